"""What a text grants, praises or foretells: goods that come in, a piece kept back, money off, a return, being better than others.

A closed world: of each such subject only what stands in a record word for word may be told. So the rules need not know
every wording, only what a clause speaks of; it may still be denied, asked or left open. Rules are patterns of word
classes in grant_words.yaml: ``<when>`` is any word of that class, ``<6>`` up to six characters of the same clause
without a denial, ``<*6>`` up to six of any.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.telling import asked, denied, is_open
from assistant.flow.guard.word_patterns import WordPatterns
from assistant.turn import ClaimKind
from knowledge.packaged import packaged


class Granted(NamedTuple):
    """What is granted at [start, end) of a folded text, by the name of its subject; ``clause`` is where its clause begins and ends."""

    name: str
    start: int
    end: int
    clause: tuple[int, int]


@dataclass(frozen=True)
class _Subject:
    """One thing that is granted. ``cue`` is a character or word without which nothing of it can be said."""

    name: str
    cue: re.Pattern[str]
    told: re.Pattern[str]
    innocent: re.Pattern[str]
    case: re.Pattern[str]
    may_be_denied: bool


@lru_cache(maxsize=1)
def _subjects() -> tuple[_Subject, ...]:
    raw = packaged("assistant.flow.guard.claims", "grant_words.yaml")
    patterns = WordPatterns(raw["classes"], bounds="，。；！？!?\\n")
    return tuple(
        _Subject(
            name,
            re.compile(f"[{item['cue']}]"),
            patterns.compiled(item["told"]),
            patterns.compiled(item.get("innocent", [])),
            patterns.compiled(item.get("case", [])),
            item.get("denial", "counts") != "within",
        )
        for name, item in raw["subjects"].items()
    )


def subjects() -> frozenset[str]:
    """The names of everything that may be granted."""
    return frozenset(subject.name for subject in _subjects())


_CLAUSE = re.compile(r"[^，,。；;！!？?\n]+[？?]*")


def granted(text: str) -> Iterator[Granted]:
    """Yield everything a folded text grants, clause by clause, once for each subject."""
    clauses = [match.span() for match in _CLAUSE.finditer(text)]
    for subject in _subjects():
        if not subject.cue.search(text):
            continue
        for start, end in clauses:
            clause = text[start:end]
            match = subject.told.search(clause)
            if match is None or match.start() == match.end():
                continue
            before, after = clause[: match.start()], clause[match.end() :]
            if subject.may_be_denied and denied(before[-12:]) or asked(after) or is_open(clause):
                continue
            if subject.innocent.search(clause) or subject.case.search(clause):
                continue
            yield Granted(subject.name, start + match.start(), start + match.end(), (start, end))


_KIND_OF_GRANT = {"加券": ClaimKind.COUPON, "功效": ClaimKind.EFFICACY, "人群": ClaimKind.SUITABILITY}


def mark_grants(scan: Scan) -> None:
    """Mark what is granted, praised or foretold, outside the names of products and coupons."""
    for one in granted(scan.text):
        if scan.in_a_name(one.start, one.end):
            continue
        kind = _KIND_OF_GRANT.get(one.name, ClaimKind.PROMISE)
        over = kind in (ClaimKind.PROMISE, ClaimKind.COUPON)
        value = scan.text[slice(*one.clause)]
        scan.add(kind, f"{one.name}:{value}", one.start, one.end, known=kind is not ClaimKind.COUPON, over=over)
