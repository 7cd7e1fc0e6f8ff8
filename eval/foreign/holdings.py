"""What a pack's shop has to show: against it an expectation from elsewhere is found to be one that can come true."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from assistant.errors import NotFound
from eval.cases.case import Expect, WantedPassage
from eval.cases.packs import Pack
from eval.replaying.house import Material, houses_folder, opened

ALIKE = 85
"""From here on (0..100) a text is taken for a piece of a passage; cut and rewrapped texts of the sample shop lie above."""
SHOWN = 24


@dataclass(frozen=True)
class Piece:
    """A published passage as a case may want it."""

    title: str
    where: str
    text: str


@dataclass(frozen=True)
class Holdings:
    """The shop by what a case names: guides, goods, coupons, each guide's customers, and the passages."""

    guides: frozenset[str]
    skus: frozenset[str]
    coupons: frozenset[str]
    customers: frozenset[tuple[str, str]]
    """Guide (folded) and customer id."""
    pieces: tuple[Piece, ...]

    def like(self, text: str) -> WantedPassage | None:
        """The passage that a text was taken from, or None where the shop has no such passage."""
        found = process.extractOne(
            text,
            [piece.text for piece in self.pieces],
            scorer=fuzz.partial_ratio,
            processor=utils.default_process,
            score_cutoff=ALIKE,
        )
        if found is None:
            return None
        piece = self.pieces[found[2]]
        return WantedPassage(title=piece.title, text=_shared(text, piece.text))

    def untrue(self, expect: Expect, guide: str, given: Iterable[str]) -> dict[str, str]:
        """The fields that cannot come true in this shop, each with why; ``given`` are the cells a case brings along."""
        brought = frozenset(given)
        wrong: dict[str, str] = {}
        for name, known in (("products", self.skus), ("products_not", self.skus), ("coupons", self.coupons)):
            missing = [one for one in getattr(expect, name) or () if one not in known and one not in brought]
            if missing:
                wrong[name] = f"店里没有 {'、'.join(missing)}"
        if (
            expect.customer
            and (guide.lower(), expect.customer) not in self.customers
            and expect.customer not in brought
        ):
            wrong["customer"] = f"{guide} 名下没有客户 {expect.customer}"
        if expect.passages and not any(self._has(one) for one in expect.passages):
            wrong["passages"] = f"资料里没有{'、'.join(f'《{one.title}》' for one in expect.passages)}"
        return wrong

    def _has(self, wanted: WantedPassage) -> bool:
        return any(
            wanted.title in piece.title and wanted.place in piece.where and wanted.text in piece.text
            for piece in self.pieces
        )


def _shared(text: str, passage: str) -> str:
    """Words of the passage that stand in both, short enough to be read in a case."""
    place = fuzz.partial_ratio_alignment(text, passage)
    if place is None:
        return ""
    piece = passage[place.dest_start : place.dest_end].strip()
    line = max(piece.splitlines() or [""], key=len).strip()
    return line[:SHOWN]


def holdings_of(pack: Pack, kept_in: Path | None = None) -> Holdings:
    """Open the pack's shop and look."""
    with opened(Material(pack.shop, pack.day, {}), kept_in or houses_folder()) as house:
        service = house.service
        guides = [one.userid for one in service.guides()]
        shop = service.desk(guides[0]).shop if guides else None
        customers: set[tuple[str, str]] = set()
        for guide in guides:
            try:
                cards = service.desk(guide).customers
            except NotFound:
                continue
            customers |= {(guide.lower(), card.customer_id) for card in cards}
        return Holdings(
            guides=frozenset(guide.lower() for guide in guides),
            skus=frozenset(shop.products) if shop else frozenset(),
            coupons=frozenset(coupon.coupon_id for coupon in shop.coupons) if shop else frozenset(),
            customers=frozenset(customers),
            pieces=tuple(
                Piece(
                    one.passage.title,
                    f"{one.passage.place} {' '.join(one.passage.heading)}",
                    one.passage.text,
                )
                for one in service.published()
            ),
        )


def cells(given: Mapping[str, Iterable[Mapping[str, str]]]) -> frozenset[str]:
    """Every cell of the rows that a case brings along."""
    return frozenset(cell for rows in given.values() for row in rows for cell in row.values())
