"""Scripts and coupons that lost a ruling and are served all the same: work for whoever may withdraw them.

Nothing is filed by hand: a ruling that stands against what is still served is the work, and is gone once that is.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from assistant.shop import Coupon
from assistant.store import conflicts, material, scripts
from assistant.store.conflicts import Conflict, Side, SideNoun
from assistant.store.documents import Sight
from assistant.store.scripts import Served

LONGEST_REASON = 200


class LostScript(NamedTuple):
    """A served script and the ruling against it."""

    conflict: Conflict
    served: Served


class LostCoupon(NamedTuple):
    """A served coupon and the ruling against it."""

    conflict: Conflict
    coupon: Coupon


def script_of_side(tx: Connection, corp_id: str, side: Side) -> Served | None:
    """The script that a side names, while it is served in those very words."""
    served = scripts.of_library(tx, corp_id, (side.ref,)).get(side.ref)
    if served is None or served.withdrawn or conflicts.script_mark(served.script) != side.mark:
        return None
    return served


def coupon_of_side(tx: Connection, corp_id: str, side: Side) -> Coupon | None:
    """The coupon that a side names, while it is served by that very rule."""
    served = material.coupon_served(tx, corp_id, side.ref)
    return served if served is not None and conflicts.coupon_mark(served) == side.mark else None


def lost_scripts(tx: Connection, corp_id: str, who: Sight) -> tuple[LostScript, ...]:
    """Scripts that she may withdraw because a ruling went against them, each once."""
    found: dict[str, LostScript] = {}
    for one in conflicts.lost_by(tx, corp_id, who, SideNoun.SCRIPT):
        served = script_of_side(tx, corp_id, one.loser) if one.loser is not None else None
        if served is not None and who.covers(served.script.scope):
            found.setdefault(served.script.script_id, LostScript(one, served))
    return tuple(found.values())


def lost_coupons(tx: Connection, corp_id: str, who: Sight) -> tuple[LostCoupon, ...]:
    """Coupons that headquarters may stop because a ruling went against them, each once."""
    found: dict[str, LostCoupon] = {}
    for one in conflicts.lost_by(tx, corp_id, who, SideNoun.COUPON):
        coupon = coupon_of_side(tx, corp_id, one.loser) if one.loser is not None else None
        if coupon is not None:
            found.setdefault(coupon.coupon_id, LostCoupon(one, coupon))
    return tuple(found.values())


def reason_of(ruled: Conflict) -> str:
    """Why a script or a coupon is withdrawn, for its own history."""
    winner = ruled.winner
    right = f"「{winner.title}」的说法对" if winner is not None else ruled.kind.label
    told = f"冲突裁定：{right}" + (f"。{ruled.reason}" if ruled.reason else "")
    return told[:LONGEST_REASON]
