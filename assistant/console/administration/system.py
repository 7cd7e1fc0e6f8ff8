"""How the service stands: the model and its budget, WeCom, the index, sends that failed, what the environment set."""

from datetime import date, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.administration.outside import Look, Outside
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.store import outbox, usage
from assistant.store.usage import Usage

DAYS = 30
REASONS = 8
MICROFEN_PER_FEN = 1_000_000


class Bar(NamedTuple):
    """One day's use of the model; ``share`` is of the busiest day, 0..1."""

    day: date
    used: Usage
    share: float


def system_routes(router: APIRouter, one: Console, outside: Outside) -> None:
    """The page, and the same page with an examination made just now."""

    def filled(visitor: Visitor, looks: tuple[Look, ...]) -> HTMLResponse:
        today = one.clock().astimezone(SHOP_TIME).date()
        with one.database.read() as tx:
            days = usage.of_days(tx, one.corp_id, today - timedelta(days=DAYS - 1), today)
            failures = outbox.failures(tx, one.corp_id, REASONS)
        total = usage.total(days.values())
        return page(
            "administration/system.html",
            visitor=visitor,
            today=days.get(today, Usage()),
            total=total,
            bars=_bars(days, today),
            days=DAYS,
            budget=outside.tokens_per_day,
            fen=MICROFEN_PER_FEN,
            failures=failures,
            facts=outside.facts,
            version=outside.version,
            looks=looks,
            bad=sum(one.state == "bad" for one in looks),
            warned=sum(one.state == "warn" for one in looks),
            examined_at=one.clock() if looks else None,
        )

    @router.get("/console/system", response_model=None)
    def shown(visitor: Visitor = Depends(one.gate.administrator)) -> HTMLResponse:
        return filled(visitor, ())

    @router.post("/console/system", response_model=None)
    def examined(visitor: Visitor = Depends(one.gate.administering)) -> HTMLResponse:
        # changes nothing, so the answer may be the page itself
        return filled(visitor, tuple(outside.examine()))


def _bars(days: dict[date, Usage], today: date) -> tuple[Bar, ...]:
    most = max((one.tokens for one in days.values()), default=0)
    spread = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return tuple(
        Bar(day, used, used.tokens / most if most else 0.0) for day in spread for used in (days.get(day, Usage()),)
    )
