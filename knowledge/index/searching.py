"""One search: candidates from every half, let through or kept back, fused, and judged for relevance."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, zip_longest
from typing import Protocol, TypeVar

from knowledge.index.answered import AnsweredQuestions, Told
from knowledge.index.basis import odds
from knowledge.index.found import Basis, Found, NoBasis, Scored
from knowledge.index.ledger import Held, scope_mark
from knowledge.index.lexical import LexicalIndex
from knowledge.passage import DocumentKind, Scope, ScopeLevel
from knowledge.words.judge import Judge, Relevance
from knowledge.words.wording import Question

# How a passage is ranked: its BM25 score as a share of the best, plus these. Coverage (the share of what is asked, by
# words and their synonyms, that stands in it) gave nDCG@10 +0.015 on 10,305 passages of software help, +0.013 with
# headings as questions, +0.006 on 4,871 titles, +0.020 on 8,368 of manuals; anything from 0.3 to 1 is about as good.
COVERAGE_WEIGHT = 0.6
# For questions a passage has answered: what a word counts that only they have, one that the passage has as well, and
# the cube of the likeness to the nearest of them. Attaching half of 4,050 index terms to their passages of software help
# took recall@10 of the other half from 0.557 to 0.76 and cost passages without any 0.010; as one text with the passage
# 0.756 and 0.003, but there the terms have no 请问 and 怎么办 that questions of customers share.
TOLD_WEIGHT = 0.55
BOTH_WEIGHT = 0.11
SAME_WEIGHT = 0.5
# Below either a passage is not about the question. On the dev set all 55 answers stay in the first three and 38 of 40
# questions about other things get nothing; with the word coverage of plain cutting 44 stayed and 4 false ones came.
FLOOR = 0.55
LEAST_COVERAGE = 0.25
# a question that has been answered in nearly these words needs no word of the passage itself
SAME_QUESTION = 0.6
Item = TypeVar("Item")
_NO_LETTERS = re.compile(r"[\W_]+")
# of two passages that are as good the one for fewer readers stands first; by the first letter of the scope's mark
_NARROWER = {"s": 0, "r": 1, "b": 2}
_CANDIDATES = 60
# vectors bring so many: beyond them a passage that shares no word with the question is none that answers it
_NEAREST = 30
_JUDGED = 20


def scopes_of(store_id: str, region_id: str) -> frozenset[str]:
    """The marks of every scope that a reader in this store and region stands in."""
    region = Scope(level=ScopeLevel.REGION, id=region_id)
    store = Scope(level=ScopeLevel.STORE, id=store_id)
    return frozenset(map(scope_mark, (Scope(), region, store)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom and what a search is for; ``scopes`` are the marks of every scope its reader stands in.

    Without a ``moment`` validity does not count.
    """

    moment: datetime | None
    kinds: tuple[DocumentKind, ...]
    skus: tuple[str, ...]
    limit: int
    scopes: frozenset[str]

    def admits(self, held: Held) -> bool:
        """Say whether a passage may be shown in this search."""
        if held.scope not in self.scopes or (self.moment is not None and not held.valid_at(self.moment)):
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


class SecondLook(Protocol):
    """The reranker as a search sees it; it gives nothing when it fails, and the first ranking stands."""

    @property
    def share(self) -> float: ...

    def scores(self, question: str, passages: Sequence[str]) -> tuple[float, ...]: ...


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
    second: SecondLook | None = None


def look(question: Question, wanted: Wanted, halves: Halves) -> Found:
    """Search all halves for one question."""
    if not question.grams:
        return Found(passages=(), basis=Basis(value=0, enough=False, reasons=(NoBasis.NOTHING_ASKED,)))
    held: dict[str, Held] = {}
    scores = _lexical_scores(question, wanted, halves, held)
    told = _admitted(halves.answered.nearest(question), wanted, halves, held)
    cosines: Mapping[str, float] = {}
    if halves.dense is not None and halves.dense.share > 0:
        near = halves.dense.nearest(question.text, max(_NEAREST, wanted.limit * 4))
        cosines = _admitted({id_: cosine for id_, cosine in near.items() if cosine > 0}, wanted, halves, held)
    return _judged(question, _Candidates(scores, told, cosines, held), wanted, halves)


def _lexical_scores(question: Question, wanted: Wanted, halves: Halves, held: dict[str, Held]) -> dict[str, float]:
    """Admitted passages with their BM25 score; asks for more while validity thins them."""
    # a filter that every passage passes only costs time
    scopes = sorted(wanted.scopes) if halves.records.scopes() - wanted.scopes else []
    asking = max(_CANDIDATES, wanted.limit)
    while True:
        hits = halves.lexical.search(question, scopes, wanted.kinds, wanted.skus, asking)
        scores = _admitted({hit.id: hit.score for hit in hits}, wanted, halves, held)
        if len(scores) >= wanted.limit or len(hits) < asking:
            return dict(islice(scores.items(), max(_CANDIDATES, wanted.limit)))
        asking *= 4


def _admitted(items: Mapping[str, Item], wanted: Wanted, halves: Halves, held: dict[str, Held]) -> dict[str, Item]:
    held.update(halves.records.particulars([id_ for id_ in items if id_ not in held]))
    return {id_: item for id_, item in items.items() if id_ in held and wanted.admits(held[id_])}


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Admitted passages and what each half says of them: BM25 scores, questions answered, cosines."""

    scores: Mapping[str, float]
    told: Mapping[str, Told]
    cosines: Mapping[str, float]
    held: Mapping[str, Held]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every candidate once."""
        return tuple(dict.fromkeys((*self.scores, *self.told, *self.cosines)))

    def text(self, id_: str) -> str:
        """The folded text of a passage with the nearest questions it has answered."""
        folded = self.held[id_].folded
        return "\n".join((folded, *self.told[id_].texts)) if id_ in self.told else folded

    def score(self, id_: str, question: Question, judge: Judge) -> float:
        """The BM25 score, raised by words that the questions it has answered share with this one.

        No word counts for more than it tells among questions, where words of every day are common; one that stands in
        the passage anyway adds little.
        """
        folded = self.held[id_].folded
        score = self.scores[id_] if id_ in self.scores else self._estimate(folded, question, judge)
        if id_ not in self.told:
            return score
        return score + sum(
            (BOTH_WEIGHT if gram in folded else TOLD_WEIGHT) * min(rarity, judge.rarity(gram)) * question.weight(gram)
            for gram, rarity in self.told[id_].shared.items()
        )

    def _estimate(self, folded: str, question: Question, judge: Judge) -> float:
        """About the BM25 score of a passage that came from another half: it is not among the best of the words."""
        shared = sum(judge.rarity(gram) * question.weight(gram) for gram in question.grams if gram in folded)
        return min(shared, min(self.scores.values(), default=0.0))


def _judged(question: Question, candidates: _Candidates, wanted: Wanted, halves: Halves) -> Found:
    """Fuse the halves with the share of what is asked that stands in each passage, and judge the leading ones."""
    judge = halves.lexical.judge(question)
    best = max(candidates.scores.values(), default=0.0) or 1.0
    nearest = max(candidates.cosines.values(), default=0.0) or 1.0
    share = halves.dense.share if halves.dense is not None and candidates.cosines else 0.0
    scored = []
    for id_ in candidates.ids:
        lexical = candidates.score(id_, question, judge) / best
        coverage = judge.coverage(candidates.text(id_))
        dense = candidates.cosines.get(id_, 0.0) / nearest
        asked = candidates.told[id_].likeness if id_ in candidates.told else 0.0
        words = (lexical + COVERAGE_WEIGHT * coverage) / (1 + COVERAGE_WEIGHT)
        score = (1 - share) * words + share * dense + SAME_WEIGHT * asked**3
        scored.append(_Fused(score, _NARROWER[candidates.held[id_].scope[:1]], id_, lexical, dense, asked, coverage))
    leading = sorted(scored, key=lambda one: (-one.score, one.reach, one.id))
    leading = _looked_at_again(leading, question, candidates, halves.second)
    relevances = {one.id: judge.relevance(candidates.text(one.id)) for one in leading[:_JUDGED]}
    floor = halves.dense.floor if halves.dense is not None else 2.0
    whole = 1 + (SAME_WEIGHT if candidates.told else 0.0)
    ranked = []
    for one, same_as in _distinct(leading, candidates, wanted.limit):
        is_near = candidates.cosines.get(one.id, 0.0) >= floor
        ranked.append(
            Scored(
                passage_id=one.id,
                score=round(min(one.score / whole, 1.0), 4),
                dense=round(one.dense, 4),
                lexical=round(min(one.lexical, 1.0), 4),
                asked=round(one.asked, 4),
                coverage=round(one.coverage, 4),
                related=_is_related(relevances.get(one.id), one.asked, is_near),
                same_as=same_as,
            )
        )
    likeness = max((told.likeness for told in candidates.told.values()), default=0.0)
    return Found(passages=tuple(ranked), basis=_basis(ranked, relevances, likeness))


def _looked_at_again(
    leading: list["_Fused"], question: Question, candidates: _Candidates, second: SecondLook | None
) -> list["_Fused"]:
    """Order the leading passages anew by the reranker's word beside the first ranking; the rest stays behind them."""
    if second is None:
        return leading
    again, rest = leading[:_JUDGED], leading[_JUDGED:]
    given = second.scores(question.text, [candidates.held[one.id].folded for one in again])
    if not given:
        return leading
    best = max((one.score for one in again), default=0.0) or 1.0
    mixed = [
        replace(one, score=(1 - second.share) * one.score + second.share * best * score)
        for one, score in zip(again, given, strict=True)
    ]
    lowest = min(one.score for one in mixed)
    behind = [replace(one, score=min(one.score, lowest)) for one in rest]
    return [*sorted(mixed, key=lambda one: (-one.score, one.reach, one.id)), *behind]


@dataclass(frozen=True, slots=True)
class _Fused:
    """A candidate with its fused score; ``reach`` is smaller the narrower its scope."""

    score: float
    reach: int
    id: str
    lexical: float
    dense: float
    asked: float
    coverage: float


def _distinct(leading: Iterable[_Fused], candidates: _Candidates, limit: int) -> Iterator[tuple[_Fused, str]]:
    """The first ``limit`` wordings, each passage with the better placed one that has the very same words.

    Only blanks and punctuation may differ: with another figure, of another product or in another kind of document the
    same sentence is another statement.
    """
    leading = list(leading)
    # the very same words have the very same score, so most need no comparing of letters
    alike = Counter(round(one.lexical, 6) for one in leading)
    first: dict[tuple[str, DocumentKind, frozenset[str]], str] = {}
    for one in leading:
        held = candidates.held[one.id]
        letters = _NO_LETTERS.sub("", held.folded) if alike[round(one.lexical, 6)] > 1 else one.id
        same_as = first.setdefault((letters, held.kind, held.skus), one.id)
        if len(first) > limit:
            return
        yield one, same_as if same_as != one.id else ""


def woven(found: Sequence[Found], limit: int) -> Found:
    """The answers to several questions asked at once, in turns, so that each has its own in front."""
    rows: dict[str, Scored] = {}
    for place in zip_longest(*(one.passages for one in found)):
        # the best score of each round: they fall from round to round, as in every single list
        score = max(one.score for one in place if one is not None)
        for one in place:
            if one is None:
                continue
            known = rows.get(one.passage_id)
            if known is None:
                rows[one.passage_id] = one.model_copy(update={"score": score})
            elif one.related and not known.related:
                rows[one.passage_id] = known.model_copy(update={"related": True})
    basis = max((one.basis for one in found), key=lambda basis: (basis.enough, basis.value))
    return Found(passages=tuple(islice(rows.values(), limit)), basis=basis)


def _value(relevance: Relevance | None) -> float:
    return relevance.value if relevance is not None else 0.0


def _is_related(relevance: Relevance | None, asked: float, is_near: bool) -> bool:
    if asked >= SAME_QUESTION or is_near:
        return True
    return relevance is not None and relevance.value >= FLOOR and relevance.coverage >= LEAST_COVERAGE


def _basis(ranked: Sequence[Scored], relevances: Mapping[str, Relevance], likeness: float) -> Basis:
    """Say whether any of the passages found answers, and if not, why."""
    value = odds((relevances[one.passage_id] for one in ranked if one.passage_id in relevances), likeness)
    if any(one.related for one in ranked):
        return Basis(value=round(value, 4), enough=True)
    if not ranked:
        reason = NoBasis.NO_MATERIAL
    elif not any(one.coverage for one in ranked):
        reason = NoBasis.WORDS_UNKNOWN
    else:
        reason = NoBasis.TOO_LITTLE
    return Basis(value=round(value, 4), enough=False, reasons=(reason,))
