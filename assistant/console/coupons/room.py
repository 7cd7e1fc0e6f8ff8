"""The room of coupons: the list, the editor, the trial table, one coupon and what is decided about it."""

from fastapi import APIRouter

from assistant.console.coupons.deciding import Beside, deciding_routes
from assistant.console.coupons.editing import editing_routes
from assistant.console.coupons.listing import listing_routes
from assistant.console.coupons.one import coupon_routes
from assistant.console.coupons.trying import trying_routes
from assistant.console.frame import Console
from assistant.proving import Proving


def coupon_room_routes(router: APIRouter, one: Console, proving: Proving, beside: Beside) -> None:
    """Every route of the room; those with a fixed name before the one that takes any."""
    listing_routes(router, one, proving)
    trying_routes(router, one, proving)
    editing_routes(router, one)
    coupon_routes(router, one, proving)
    deciding_routes(router, one, proving, beside)
