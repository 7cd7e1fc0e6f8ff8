"""The way of a coupon: suggested in a draft, sent, granted, redeemed, and what was bought with it."""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.figures import drawing, wording
from assistant.console.figures.choosing import Asked, Chosen, asked, choose, presets
from assistant.console.figures.overview import check_export, note_export
from assistant.console.frame import Console, page
from assistant.console.tablefile import MOST_ROWS, REASON_CHARACTERS, table_file
from assistant.scoring.counting import EVERY_COUPON, CouponSteps
from assistant.scoring.rates import ENOUGH, Rate
from assistant.store import material
from assistant.store.console import figures
from assistant.store.console.filtering import ANY, Step

PATH = "/console/figures/funnel"
SHOWN = 100
_HEADERS = ("优惠券", "推荐过", "发给了客户", "已发放", "已核销", "优惠金额（元）", "用券订单", "用券订单实付（元）")


class StepLine(NamedTuple):
    """One step of all coupons together, beside the step before it."""

    label: str
    turns: int
    of_before: Rate
    href: str


class CouponLine(NamedTuple):
    """One coupon's way; ``hrefs`` are the lists of turns, in the order of ``Step``."""

    name: str
    steps: CouponSteps
    turns: tuple[int, ...]
    hrefs: tuple[str, ...]
    sending: Rate
    redeeming: Rate


def funnel_routes(router: APIRouter, one: Console) -> None:
    """The funnel and its file."""

    @router.get(PATH, response_model=None)
    def funnel(given: Asked = Depends(asked), visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            names = one.stores(tx, visitor)
            chosen = choose(given, visitor.stores, names, now)
            counted = figures.coupons(tx, one.corp_id, chosen.stores, chosen.span)
            most = _most(counted)
            called = material.coupon_names(tx, one.corp_id, most)
        whole = counted.get(EVERY_COUPON, CouponSteps())
        lines = _steps(whole, chosen)
        return page(
            "figures/funnel.html",
            visitor=visitor,
            chosen=chosen,
            stores=names,
            presets=presets(chosen, now, PATH),
            path=PATH,
            whole=whole,
            steps=lines,
            steps_chart=drawing.bars(
                [one.label for one in lines], [one.turns for one in lines], [one.href for one in lines], "轮"
            ),
            coupons=tuple(_coupon(one, called, counted[one], chosen) for one in most),
            left_out=max(len(counted) - 1 - len(most), 0),
            step_labels=tuple(step.label for step in Step),
            wording=wording,
            enough=ENOUGH,
            reason_characters=REASON_CHARACTERS,
        )

    @router.post(PATH + "/export", response_model=None)
    def export(
        request: Request,
        reason: str = Form("", max_length=REASON_CHARACTERS),
        given: Asked = Depends(asked),
        visitor: Visitor = Depends(one.gate.inquirer),
    ) -> Response:
        check_export(one, request, visitor, reason)
        now = one.clock()
        with one.database.begin() as tx:
            chosen = choose(given, visitor.stores, one.stores(tx, visitor), now)
            counted = figures.coupons(tx, one.corp_id, chosen.stores, chosen.span)
            ids = [one for one in counted if one != EVERY_COUPON][:MOST_ROWS]
            called = material.coupon_names(tx, one.corp_id, ids)
            note_export(one, tx, visitor, "funnel", reason, len(ids))
        return table_file("优惠漏斗", now, _HEADERS, (_row(called.get(one, one), counted[one]) for one in ids))


def _most(counted: Mapping[str, CouponSteps]) -> list[str]:
    """The coupons that were suggested most, by id."""
    ids = [one for one in counted if one != EVERY_COUPON]
    return sorted(ids, key=lambda one: (-counted[one].suggested, one))[:SHOWN]


def _turns(steps: CouponSteps) -> tuple[int, ...]:
    return (steps.suggested, steps.sent, steps.granted, steps.redeemed)


def _steps(whole: CouponSteps, chosen: Chosen) -> tuple[StepLine, ...]:
    # a guide may write a coupon into a text by herself: then more was granted than drafts had sent
    turns = _turns(whole)
    return tuple(
        StepLine(
            label=step.label,
            turns=count,
            of_before=Rate(min(count, before), before) if number else Rate(),
            href=chosen.turns(coupon=ANY, step=step.value),
        )
        for number, (step, count, before) in enumerate(zip(Step, turns, (0, *turns), strict=False))
    )


def _coupon(coupon_id: str, called: Mapping[str, str], steps: CouponSteps, chosen: Chosen) -> CouponLine:
    return CouponLine(
        name=called.get(coupon_id, "已下架的券"),
        steps=steps,
        turns=_turns(steps),
        hrefs=tuple(chosen.turns(coupon=coupon_id, step=step.value) for step in Step),
        sending=Rate(min(steps.sent, steps.suggested), steps.suggested),
        redeeming=Rate(min(steps.redeemed, steps.granted), steps.granted),
    )


def _row(name: str, one: CouponSteps) -> tuple[str, ...]:
    money = (f"{one.saved_fen / 100:.2f}", str(one.orders), f"{one.order_fen / 100:.2f}")
    return (name, *(str(count) for count in _turns(one)), *money)
