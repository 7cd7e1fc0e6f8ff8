"""What many turns come to: counts that add up, and the rates read from them. Pure; who counts is not asked here.

``assistant.store.console.figures`` counts the narrow rows, ``counted`` here the full records: two independent ways to the
same numbers (``daogou figures --check``).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from assistant.clock import SHOP_TIME
from assistant.scoring.rates import Rate
from assistant.scoring.summing import Leaning, LeanKind, edit_of, leanings_of
from assistant.turn import Action, ActionKind, Outcome, ReplyKind, TurnRecord

_NEED_MATERIAL = (ReplyKind.DRAFTS, ReplyKind.HELD, ReplyKind.ABSTAIN)


class Counts(NamedTuple):
    """Counts over some turns; every field adds up.

    ``drafted`` turns gave the guide drafts; on those she accepted, edited, refused or said nothing. ``edit_characters``
    and ``edit_share`` sum over the ``measured`` edited ones the distance between the draft and what she sent.
    ``asked`` turns needed material, ``covered`` ones had it without a gap. ``held`` turns gave nothing because the guard
    held all of it; ``guarded`` ones had something cut or held; ``cut_claims`` counts what it objected to.
    """

    turns: int = 0
    drafted: int = 0
    accepted: int = 0
    edited: int = 0
    refused: int = 0
    measured: int = 0
    edit_characters: int = 0
    edit_share: float = 0.0
    asked: int = 0
    covered: int = 0
    held: int = 0
    guarded: int = 0
    cut_claims: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts._make(one + two for one, two in zip(self, other, strict=True))

    def less(self, other: "Counts") -> "Counts":
        """These without others that are among them."""
        return Counts._make(one - two for one, two in zip(self, other, strict=True))

    @property
    def answered(self) -> int:
        """Drafts the guides gave their word on."""
        return self.accepted + self.edited + self.refused

    @property
    def silent(self) -> int:
        """Drafts about which the guide said nothing."""
        return self.drafted - self.answered

    @property
    def adoption(self) -> Rate:
        """Used as they were or edited, of those the guides gave their word on."""
        return Rate(self.accepted + self.edited, self.answered)

    @property
    def editing(self) -> Rate:
        """Edited, of those used."""
        return Rate(self.edited, self.accepted + self.edited)

    @property
    def coverage(self) -> Rate:
        """Answered without a gap, of those that needed material."""
        return Rate(self.covered, self.asked)

    @property
    def guarding(self) -> Rate:
        """Turns in which the guard cut or held something, of all that had or should have had drafts."""
        return Rate(self.guarded, self.drafted + self.held)

    @property
    def mean_edit_characters(self) -> float | None:
        """Characters a guide changes where she changes something; None where nobody did."""
        return self.edit_characters / self.measured if self.measured else None

    @property
    def mean_edit_share(self) -> float | None:
        """The same, of the longer text: 0..1."""
        return self.edit_share / self.measured if self.measured else None


def summed(many: Iterable[Counts]) -> Counts:
    """All of them together."""
    whole = Counts()
    for one in many:
        whole = whole.plus(one)
    return whole


class Cell(NamedTuple):
    """Where a turn is counted: its Shanghai day, its store, its guide in lower case."""

    day: date
    store_id: str
    guide: str


class LeanCount(NamedTuple):
    """How many turns leaned on one thing, and what the guides made of them. ``sent`` are those whose sent draft did."""

    turns: int = 0
    sent: int = 0
    accepted: int = 0
    edited: int = 0
    refused: int = 0

    @property
    def silent(self) -> int:
        """Turns about which the guide said nothing."""
        return self.turns - self.accepted - self.edited - self.refused

    @property
    def adoption(self) -> Rate:
        """Turns whose sent draft leaned on it, of those the guides gave their word on."""
        return Rate(self.sent, self.accepted + self.edited + self.refused)

    @property
    def editing(self) -> Rate:
        """Edited, of those the guides used."""
        return Rate(self.edited, self.accepted + self.edited)


class CouponSteps(NamedTuple):
    """How far a coupon came, in turns; ``saved_fen`` it took off, ``orders`` and ``order_fen`` are what was bought with it."""

    suggested: int = 0
    sent: int = 0
    granted: int = 0
    redeemed: int = 0
    saved_fen: int = 0
    orders: int = 0
    order_fen: int = 0


class GrantTold(NamedTuple):
    """A coupon granted by a turn; ``order_id`` is the order that used it, ``saved_fen`` what it took off for good."""

    turn_id: str
    coupon_id: str
    is_redeemed: bool
    saved_fen: int
    order_id: str


EVERY_COUPON = ""
"""The key under which all coupons together are counted: a turn with two counts once, and so does an order."""


class Figures(NamedTuple):
    """Everything that is counted, for comparing two ways of counting.

    ``waits`` says how often drafts came after so many milliseconds, ``reasons`` how often guides refused for which
    reason (empty: none given). ``scripts`` and ``coupons`` are by id.
    """

    cells: dict[Cell, Counts]
    waits: dict[int, int]
    reasons: dict[str, int]
    scripts: dict[str, LeanCount]
    coupons: dict[str, CouponSteps]


# ---- the second way: from the full records -----------------------------------------------------


def counted(records: Iterable[TurnRecord], grants: Sequence[GrantTold], order_fen: Mapping[str, int]) -> Figures:
    """Count full records, what became of their coupons and what the orders came to (分, by id)."""
    cells: dict[Cell, Counts] = {}
    waits: Counter[int] = Counter()
    reasons: Counter[str] = Counter()
    scripts: dict[str, LeanCount] = {}
    coupons: dict[str, dict[str, set[str]]] = {}
    turn_ids = set()
    for record in records:
        turn_ids.add(record.turn_id)
        cell, counts = _cell(record), counts_of(record)
        cells[cell] = cells.get(cell, Counts()).plus(counts)
        waited = _waited(record)
        if counts.drafted and waited is not None:
            waits[waited] += 1
        if record.action is not None and record.action.kind is ActionKind.REFUSED:
            reasons[record.action.reason.value if record.action.reason else ""] += 1
        for one in leanings_of(record):
            if one.kind is LeanKind.SCRIPT:
                scripts[one.ref] = _with_use(scripts.get(one.ref, LeanCount()), one, record.action)
            if one.kind is LeanKind.COUPON:
                for key in (one.ref, EVERY_COUPON):
                    steps = coupons.setdefault(key, {"suggested": set(), "sent": set()})
                    steps["suggested"].add(record.turn_id)
                    if one.taken:
                        steps["sent"].add(record.turn_id)
    mine = [one for one in grants if one.turn_id in turn_ids]
    ids = {*coupons, *(one.coupon_id for one in mine), *([EVERY_COUPON] if mine else [])}
    return Figures(
        cells=cells,
        waits=dict(waits),
        reasons=dict(reasons),
        scripts=scripts,
        coupons={one: _steps(one, coupons.get(one, {}), mine, order_fen) for one in sorted(ids)},
    )


def counts_of(record: TurnRecord) -> Counts:
    """One turn, read from its record."""
    kind, action = record.reply.kind, record.action
    drafted = kind is ReplyKind.DRAFTS and any(
        one.outcome is not Outcome.HELD and one.draft.sentences for one in record.verdicts
    )
    said = action.kind if action is not None and drafted else None
    edit = edit_of(record) if said is ActionKind.EDITED else None
    objections = sum(len(one.findings) for one in record.verdicts)
    return Counts(
        turns=1,
        drafted=int(drafted),
        accepted=int(said is ActionKind.ACCEPTED),
        edited=int(said is ActionKind.EDITED),
        refused=int(said is ActionKind.REFUSED),
        measured=int(edit is not None),
        edit_characters=edit.distance if edit is not None else 0,
        edit_share=edit.share if edit is not None else 0.0,
        asked=int(kind in _NEED_MATERIAL),
        covered=int(kind is ReplyKind.DRAFTS and not record.gap),
        held=int(kind is ReplyKind.HELD),
        guarded=int(objections > 0 and (drafted or kind is ReplyKind.HELD)),
        cut_claims=objections,
    )


def _cell(record: TurnRecord) -> Cell:
    return Cell(record.finished_at.astimezone(SHOP_TIME).date(), record.store_id, record.guide.lower())


def _waited(record: TurnRecord) -> int | None:
    asked = record.messages[-1].received_at if record.messages else record.started_at
    waited = round((record.finished_at - asked) / timedelta(milliseconds=1))
    return waited if waited >= 0 else None


def _with_use(before: LeanCount, one: Leaning, action: Action | None) -> LeanCount:
    kind = action.kind if action is not None else None
    return LeanCount(
        turns=before.turns + 1,
        sent=before.sent + one.taken,
        accepted=before.accepted + (kind is ActionKind.ACCEPTED),
        edited=before.edited + (kind is ActionKind.EDITED),
        refused=before.refused + (kind is ActionKind.REFUSED),
    )


def _steps(
    coupon_id: str, turns: Mapping[str, set[str]], grants: Sequence[GrantTold], order_fen: Mapping[str, int]
) -> CouponSteps:
    mine = [one for one in grants if coupon_id in (EVERY_COUPON, one.coupon_id)]
    redeemed = [one for one in mine if one.is_redeemed]
    orders = {one.order_id for one in redeemed if one.order_id in order_fen}
    return CouponSteps(
        suggested=len(turns.get("suggested", ())),
        sent=len(turns.get("sent", ())),
        granted=len({one.turn_id for one in mine}),
        redeemed=len({one.turn_id for one in redeemed}),
        saved_fen=sum(one.saved_fen for one in mine),
        orders=len(orders),
        order_fen=sum(order_fen[one] for one in orders),
    )


# ---- two ways beside each other ----------------------------------------------------------------


def differing(records: Figures, rows: Figures) -> tuple[str, ...]:
    """What differs between the records and the rows, in words; nothing when both ways agree."""
    return tuple(
        line
        for name in Figures._fields
        for line in _differing(_NAMES[name], getattr(records, name), getattr(rows, name))
    )


def _differing(name: str, records: Mapping[Any, Any], rows: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted({*records, *rows}):
        one, two = records.get(key), rows.get(key)
        if not _alike(one, two):
            place = "、".join(map(str, key)) if isinstance(key, tuple) else str(key) or "合计"
            yield f"{name}（{place}）：对话记录里是 {_told(one, two)}，统计表里是 {_told(two, one)}"


def _alike(one: Any, two: Any) -> bool:
    if isinstance(one, tuple) and isinstance(two, tuple):
        return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in zip(one, two, strict=True))
    return bool(one == two)


def _told(one: Any, other: Any) -> str:
    if one is None:
        return "没有"
    if not isinstance(one, tuple):
        return str(one)
    fields = one._fields  # type: ignore[attr-defined]
    before = other if other is not None else (None,) * len(fields)
    return " ".join(
        f"{name}={a:g}" for name, a, b in zip(fields, one, before, strict=True) if b is None or not _alike((a,), (b,))
    )


_NAMES = {
    "cells": "某天某店某位导购",
    "waits": "等草稿的毫秒数",
    "reasons": "不采用的原因",
    "scripts": "话术",
    "coupons": "优惠券",
}
