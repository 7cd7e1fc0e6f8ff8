"""One search: candidates from every half, let through or kept back, fused, and judged for relevance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from knowledge.index.answered import AnsweredQuestions
from knowledge.index.found import Basis, Found, NoBasis, Scored
from knowledge.index.ledger import Held, scope_mark
from knowledge.index.lexical import LexicalIndex
from knowledge.passage import DocumentKind, Scope, ScopeLevel
from knowledge.words.judge import Relevance
from knowledge.words.wording import Question

RELEVANCE_WEIGHT = 0.35
ASKED_WEIGHT = 0.8
# Below either a passage is not about the question. On the dev set all 55 answers stay in the first three and 38 of 40
# questions about other things get nothing; with the word coverage of plain cutting 44 stayed and 4 false ones came.
FLOOR = 0.55
LEAST_COVERAGE = 0.25
# a question that has been answered in nearly these words needs no word of the passage itself
SAME_QUESTION = 0.6
_CANDIDATES = 60
_JUDGED = 20


def scopes_of(store_id: str, region_id: str) -> frozenset[str]:
    """The marks of every scope that a reader in this store and region stands in."""
    region = Scope(level=ScopeLevel.REGION, id=region_id)
    store = Scope(level=ScopeLevel.STORE, id=store_id)
    return frozenset(map(scope_mark, (Scope(), region, store)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom and what a search is for; ``scopes`` are the marks of every scope its reader stands in."""

    moment: datetime
    kinds: tuple[DocumentKind, ...]
    skus: tuple[str, ...]
    limit: int
    scopes: frozenset[str]

    def admits(self, held: Held) -> bool:
        """Say whether a passage may be shown in this search."""
        if held.scope not in self.scopes or not held.valid_at(self.moment):
            return False
        if self.kinds and held.kind not in self.kinds:
            return False
        return not self.skus or not held.skus.isdisjoint(self.skus)


class Dense(Protocol):
    """The dense half as a search sees it: cosines of the nearest passages, its share in the fusion and its floor."""

    @property
    def share(self) -> float: ...

    @property
    def floor(self) -> float: ...

    def nearest(self, text: str, limit: int) -> dict[str, float]: ...


class Records(Protocol):
    """What is known of passages, read under the index's lock."""

    def particulars(self, ids: Sequence[str]) -> dict[str, Held]: ...

    def scopes(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Halves:
    """What a search draws on."""

    lexical: LexicalIndex
    answered: AnsweredQuestions
    dense: Dense | None
    records: Records


def look(question: Question, carried: Question | None, wanted: Wanted, halves: Halves) -> Found:
    """Search all halves for one question."""
    if not question.units:
        return Found(passages=(), basis=Basis(value=0, enough=False, reasons=(NoBasis.NOTHING_ASKED,)))
    held: dict[str, Held] = {}
    lexical = _lexical_shares(question, carried, wanted, halves, held)
    asked = _admitted(halves.answered.likeness(question), wanted, halves, held)
    cosines: Mapping[str, float] = {}
    if halves.dense is not None:
        near = halves.dense.nearest(question.text, max(_CANDIDATES, wanted.limit * 4))
        cosines = _admitted({id_: cosine for id_, cosine in near.items() if cosine > 0}, wanted, halves, held)
    return _judged(question, _Shares(lexical, asked, cosines), wanted, halves, held)


def _lexical_shares(
    question: Question, carried: Question | None, wanted: Wanted, halves: Halves, held: dict[str, Held]
) -> dict[str, float]:
    """Admitted passages with their BM25 score as a share of the best; asks for more while validity thins them."""
    # a filter that every passage passes only costs time
    scopes = sorted(wanted.scopes) if halves.records.scopes() - wanted.scopes else []
    asking = max(_CANDIDATES, wanted.limit)
    while True:
        hits = halves.lexical.search(question, scopes, wanted.kinds, wanted.skus, asking, carried)
        scores = _admitted({hit.id: hit.score for hit in hits}, wanted, halves, held)
        if len(scores) >= wanted.limit or len(hits) < asking:
            break
        asking *= 4
    best = max(scores.values(), default=0.0)
    return {id_: score / best for id_, score in scores.items()} if best > 0 else {}


def _admitted(scores: Mapping[str, float], wanted: Wanted, halves: Halves, held: dict[str, Held]) -> dict[str, float]:
    held.update(halves.records.particulars([id_ for id_ in scores if id_ not in held]))
    return {id_: score for id_, score in scores.items() if id_ in held and wanted.admits(held[id_])}


@dataclass(frozen=True, slots=True)
class _Shares:
    """What each half says of the candidates."""

    lexical: Mapping[str, float]
    asked: Mapping[str, float]
    cosines: Mapping[str, float]


def _judged(question: Question, shares: _Shares, wanted: Wanted, halves: Halves, held: Mapping[str, Held]) -> Found:
    """Fuse the halves, judge the leading candidates for relevance, and order by both."""
    nearest = max(shares.cosines.values(), default=0.0)
    dense = {id_: cosine / nearest for id_, cosine in shares.cosines.items()}
    share = halves.dense.share if halves.dense is not None and dense else 0.0
    whole = 1 + (ASKED_WEIGHT if shares.asked else 0)
    fused = {
        id_: (
            (1 - share) * shares.lexical.get(id_, 0.0)
            + share * dense.get(id_, 0.0)
            + ASKED_WEIGHT * shares.asked.get(id_, 0.0)
        )
        / whole
        for id_ in {*shares.lexical, *shares.asked, *dense}
    }
    leading = sorted(fused, key=lambda id_: (-fused[id_], id_))[: max(_JUDGED, wanted.limit)]
    judge = halves.lexical.judge(question)
    relevances = {id_: judge.relevance(held[id_].folded) for id_ in leading[:_JUDGED]}
    floor = halves.dense.floor if halves.dense is not None else 2.0
    scored = [
        Scored(
            passage_id=id_,
            score=round((1 - RELEVANCE_WEIGHT) * fused[id_] + RELEVANCE_WEIGHT * _value(relevances.get(id_)), 4),
            dense=round(dense.get(id_, 0.0), 4),
            lexical=round(shares.lexical.get(id_, 0.0), 4),
            asked=round(shares.asked.get(id_, 0.0), 4),
            coverage=round(relevances[id_].coverage, 4) if id_ in relevances else 0.0,
            related=_is_related(relevances.get(id_), shares.asked.get(id_, 0.0), shares.cosines.get(id_, 0.0) >= floor),
        )
        for id_ in leading
    ]
    ranked = tuple(sorted(scored, key=lambda one: (-one.score, one.passage_id))[: wanted.limit])
    return Found(passages=ranked, basis=_basis(ranked, relevances))


def _value(relevance: Relevance | None) -> float:
    return relevance.value if relevance is not None else 0.0


def _is_related(relevance: Relevance | None, asked: float, is_near: bool) -> bool:
    if asked >= SAME_QUESTION or is_near:
        return True
    return relevance is not None and relevance.value >= FLOOR and relevance.coverage >= LEAST_COVERAGE


def _basis(ranked: Sequence[Scored], relevances: Mapping[str, Relevance]) -> Basis:
    """Say whether any of the passages found answers, and if not, why."""
    value = max((max(_value(relevances.get(one.passage_id)), one.asked) for one in ranked), default=0.0)
    if any(one.related for one in ranked):
        return Basis(value=round(value, 4), enough=True)
    if not ranked:
        reason = NoBasis.NO_MATERIAL
    elif not any(one.coverage for one in ranked):
        reason = NoBasis.WORDS_UNKNOWN
    else:
        reason = NoBasis.TOO_LITTLE
    return Basis(value=round(value, 4), enough=False, reasons=(reason,))
