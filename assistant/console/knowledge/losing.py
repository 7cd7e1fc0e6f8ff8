"""What becomes of a script or a coupon that lost a ruling: withdrawn with the ruling, or left to whoever may.

The gates are those of their own rooms: a script is withdrawn by whoever answers for everybody it reaches, a coupon is
stopped by headquarters. What the ruler may not do stands as work in the room of whoever may.
"""

from collections.abc import Mapping
from typing import NamedTuple

from assistant.console.coupons.deciding import stop_coupon
from assistant.console.door.login import Visitor
from assistant.console.frame import Console
from assistant.console.knowledge.places import Places
from assistant.console.scripts.deciding import withdraw
from assistant.store import conflicts
from assistant.store.conflicts import Conflict, Side, SideNoun
from assistant.store.console.losers import coupon_of_side, reason_of, script_of_side
from assistant.store.database import Transaction
from knowledge.noun import Labelled

HEADQUARTERS = "总部"


class Fate(Labelled):
    """What a ruling did to the script or coupon that lost; ``NONE`` where that is a document, or nothing is served."""

    NONE = "none", ""
    LATER = "later", "对的那份发布时再撤"
    ENDED = "ended", "已撤下"
    LEFT = "left", "交给负责的同事撤下"


class Owned(NamedTuple):
    """Whether a visitor may withdraw a side that is a script or a coupon, and who can."""

    is_hers: bool
    whose: str


class Losing(NamedTuple):
    """One visitor's hand on what loses, inside a transaction."""

    tx: Transaction
    one: Console
    visitor: Visitor
    places: Places

    def owned(self, found: Conflict) -> Mapping[str, Owned]:
        """For the sides of a conflict that are scripts or coupons still served: whose they are, by the ruling against them."""
        sides = {"second": found.first, "first": found.second}
        owned = {ruling: self._owned(side) for ruling, side in sides.items()}
        return {ruling: one for ruling, one in owned.items() if one is not None}

    def end(self, ruled: Conflict) -> Fate:
        """Withdraw what lost, where it is hers; ``ruled`` has its ruling."""
        loser, owned = ruled.loser, self._owned(ruled.loser) if ruled.loser is not None else None
        if loser is None or owned is None:
            return Fate.NONE
        if ruled.winner_waits:
            return Fate.LATER
        if not owned.is_hers:
            return Fate.LEFT
        userid, told = self.visitor.person.userid, {"conflict": ruled.conflict_id}
        if loser.noun is SideNoun.SCRIPT:
            served = script_of_side(self.tx, self.one.corp_id, loser)
            if served is not None:
                withdraw(self.tx, self.one, userid, served.script, reason_of(ruled), **told)
        else:
            coupon = coupon_of_side(self.tx, self.one.corp_id, loser)
            if coupon is not None:
                stop_coupon(self.tx, self.one, userid, coupon, reason_of(ruled), **told)
        return Fate.ENDED

    def end_lost_to(self, document_id: str) -> None:
        """Withdraw what lost to a document that is published now, where it is hers."""
        for ruled in conflicts.lost_to(self.tx, self.one.corp_id, self.places.who, document_id):
            self.end(ruled)

    def _owned(self, side: Side) -> Owned | None:
        if side.noun is SideNoun.SCRIPT:
            served = script_of_side(self.tx, self.one.corp_id, side)
            if served is None:
                return None
            scope = served.script.scope
            return Owned(self.places.who.covers(scope), f"负责「{self.places.named(scope)}」的同事")
        if side.noun is SideNoun.COUPON and coupon_of_side(self.tx, self.one.corp_id, side) is not None:
            return Owned(self.visitor.may_decide_for_all, HEADQUARTERS)
        return None
