"""The room of coupons: the list, the editor, the trial table, one coupon and what is decided about it."""

from fastapi import APIRouter

from assistant.console.coupons.deciding import Beside, deciding_routes
from assistant.console.coupons.editing import editing_routes
from assistant.console.coupons.listing import listing_routes
from assistant.console.coupons.one import coupon_routes
from assistant.console.coupons.trying import trying_routes
from assistant.console.frame import Console, ConsoleRoute
from assistant.proving import Proving


def coupon_room_routes(one: Console, proving: Proving, beside: Beside) -> APIRouter:
    """Every route of the room; those with a fixed name before the one that takes any."""
    router = APIRouter(route_class=ConsoleRoute)
    router.include_router(listing_routes(one, proving))
    router.include_router(trying_routes(one, proving))
    router.include_router(editing_routes(one))
    router.include_router(coupon_routes(one, proving))
    router.include_router(deciding_routes(one, proving, beside))
    return router
