"""The till's API (``/till/v1``): orders, redemptions, refunds and stock in; orders, orphans and credit out; and the
coupons a customer holds, kept for an order while it is paid.
"""

from datetime import timedelta
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from assistant.clock import Clock
from assistant.errors import TillRefused
from assistant.offers.attribution import Credited
from assistant.pace import Pace
from assistant.sold import Id, KeyScope, TillEvent
from assistant.till.desk import TillDesk
from assistant.till.door import OPEN, SIGNED, make_door, needs
from assistant.till.signing import SIGNATURE, TIMESTAMP
from assistant.till.words import (
    CouponAnswer,
    CouponsAnswer,
    HoldTold,
    Kept,
    OrderAnswer,
    OrderTold,
    OrphanAnswer,
    OrphansAnswer,
    RedemptionTold,
    RefundTold,
    ReleaseTold,
    StockTold,
    Trouble,
    WebhookTold,
)

PREFIX = "/till/v1"
AHEAD = timedelta(minutes=10)
"""How far a till's clock may run ahead: an event from the future would stand as the newest for good."""

OrderId = Annotated[Id, Path()]
Once = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$"),
]


def till_routes(desk: TillDesk, pace: Pace, webhook_secret: str, clock: Clock) -> APIRouter:
    """The routes of the till. ``clock`` is the real one, for signatures and events from the future.

    Without a ``webhook_secret`` no signed call is let in.
    """
    router = APIRouter(
        prefix=PREFIX,
        route_class=make_door(desk.key, desk.write_call, pace, webhook_secret, clock),
        responses={status: {"model": Trouble} for status in (400, 401, 403, 408, 413, 422, 429, 503)},
    )
    bearer = [Depends(HTTPBearer(auto_error=False, description="key_id.secret"))]
    conflict: dict[int | str, dict[str, Any]] = {409: {"model": Trouble}}
    missing: dict[int | str, dict[str, Any]] = {404: {"model": Trouble}}

    def checked(event: TillEvent) -> TillEvent:
        if event.occurred_at > clock() + AHEAD:
            raise TillRefused("in_the_future", "发生时间在将来，请核对收银系统的时钟和时区", "occurred_at")
        return event

    def keep(request: Request, once: str, event: TillEvent) -> Kept:
        request.state.event_id = event.event_id
        return desk.keep_once(checked(event), request.url.path, request.state.key_id, once)

    @router.post("/orders", openapi_extra=needs(KeyScope.ORDERS), dependencies=bearer, responses=conflict)
    def tell_order(request: Request, once: Once, told: OrderTold) -> Kept:
        return keep(request, once, told.event())

    @router.post("/redemptions", openapi_extra=needs(KeyScope.REDEMPTIONS), dependencies=bearer, responses=conflict)
    def tell_redemption(request: Request, once: Once, told: RedemptionTold) -> Kept:
        return keep(request, once, told.event())

    @router.post("/refunds", openapi_extra=needs(KeyScope.REFUNDS), dependencies=bearer, responses=conflict)
    def tell_refund(request: Request, once: Once, told: RefundTold) -> Kept:
        return keep(request, once, told.event())

    @router.post("/stock", openapi_extra=needs(KeyScope.STOCK), dependencies=bearer, responses=conflict)
    def tell_stock(request: Request, once: Once, told: StockTold) -> Kept:
        return keep(request, once, told.event())

    @router.post("/webhook", openapi_extra=needs(SIGNED), responses=conflict)
    def webhook(
        request: Request,
        told: WebhookTold,
        timestamp: Annotated[str, Header(alias=TIMESTAMP)],
        signature: Annotated[str, Header(alias=SIGNATURE)],
    ) -> Kept:
        request.state.event_id = told.root.event_id
        return desk.keep(checked(told.root.event()))

    both = conflict | missing

    @router.post("/holds", openapi_extra=needs(KeyScope.HOLDS), dependencies=bearer, responses=both)
    def hold(request: Request, once: Once, told: HoldTold) -> CouponAnswer:
        return desk.hold_once(told, request.state.key_id, once)

    @router.post("/releases", openapi_extra=needs(KeyScope.HOLDS), dependencies=bearer, responses=both)
    def release(request: Request, once: Once, told: ReleaseTold) -> CouponAnswer:
        return desk.release_once(told, request.state.key_id, once)

    @router.get("/customers/{customer_id}/coupons", openapi_extra=needs(KeyScope.COUPONS), dependencies=bearer)
    def coupons(customer_id: Annotated[Id, Path()]) -> CouponsAnswer:
        return desk.coupons_of(customer_id)

    @router.get("/coupons/{grant_id}", openapi_extra=needs(KeyScope.COUPONS), dependencies=bearer, responses=missing)
    def coupon(grant_id: Annotated[Id, Path()]) -> CouponAnswer:
        return desk.coupon(grant_id)

    @router.get("/orders/{order_id}", openapi_extra=needs(KeyScope.READ), dependencies=bearer, responses=missing)
    def order(order_id: OrderId) -> OrderAnswer:
        return desk.order(order_id)

    @router.get("/orphans", openapi_extra=needs(KeyScope.READ), dependencies=bearer)
    def orphans(limit: Annotated[int, Query(ge=1, le=500)] = 100) -> OrphansAnswer:
        found = desk.orphans()
        return OrphansAnswer(total=len(found), orphans=tuple(OrphanAnswer.of(one) for one in found[:limit]))

    @router.get("/attribution/{order_id}", openapi_extra=needs(KeyScope.READ), dependencies=bearer, responses=missing)
    def attribution(order_id: OrderId) -> Credited:
        return desk.attribution(order_id)

    @cache
    def described() -> dict[str, Any]:
        return get_openapi(title="daogou till", version="1", routes=router.routes)

    @router.get("/openapi.json", openapi_extra=needs(OPEN), include_in_schema=False)
    def document() -> dict[str, Any]:
        return described()

    return router
