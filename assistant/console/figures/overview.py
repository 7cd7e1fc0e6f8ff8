"""The figures of some days: how drafts fare, how fast they come, what the guard did, what the material lacked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.door.pacing import Deed
from assistant.console.figures import drawing, wording
from assistant.console.figures.choosing import Asked, Bucket, Chosen, asked, buckets, choose, presets
from assistant.console.formats import without_phones
from assistant.console.frame import Console, page
from assistant.console.refusals import ReasonNeeded
from assistant.console.tablefile import MOST_ROWS, REASON_CHARACTERS, table_file
from assistant.scoring.counting import Counts, summed
from assistant.scoring.rates import ENOUGH, Rate, percentile
from assistant.store import audit, rulebooks
from assistant.store.audit import AuditAction
from assistant.store.console import figures, naming, ratings
from assistant.store.console.filtering import UNSAID, Covered, Said, Seen, day_began
from assistant.store.database import Transaction
from assistant.turn import RefusalReason

PATH = "/console/figures"
_HEADERS = (
    "日期",
    "门店",
    "轮次",
    "给出草稿",
    "采用",
    "改后采用",
    "不采用",
    "没有反馈",
    "改动字数合计",
    "要资料的",
    "答上的",
    "整轮拦下",
    "删过或拦过",
    "删拦处数",
)


class Card(NamedTuple):
    """One figure: its value in words, what it rests on, how it stands to the days before, and where its turns are."""

    name: str
    value: str
    note: str
    change: str
    href: str


class TrendLine(NamedTuple):
    """Some days of the trend."""

    label: str
    counts: Counts
    href: str


class StoreLine(NamedTuple):
    """A store beside all others together; ``links`` lead to the turns of each number."""

    store_id: str
    name: str
    counts: Counts
    beside: str
    chosen: Chosen


class ReasonLine(NamedTuple):
    """Why guides refused."""

    label: str
    turns: int
    href: str


def figure_routes(router: APIRouter, one: Console) -> None:
    """The overview and its file."""

    @router.get(PATH, response_model=None)
    def overview(given: Asked = Depends(asked), visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            names = one.stores(tx, visitor)
            chosen = choose(given, visitor.stores, names, now)
            both = figures.Span(chosen.span.before.since, chosen.span.until)
            cells = figures.by_day_and_store(tx, one.corp_id, chosen.stores, both)
            waits = figures.waits(tx, one.corp_id, chosen.stores, chosen.span)
            refused = figures.reasons(tx, one.corp_id, chosen.stores, chosen.span)
            week = figures.Span(_monday(chosen.span.until), chosen.span.until)
            active = figures.active_guides(tx, one.corp_id, chosen.stores, week)
            rostered = naming.guides(tx, one.corp_id, chosen.stores)
            agreed = ratings.agreement(tx, one.corp_id, chosen.stores, day_began(chosen.span.since))
            ranking = rulebooks.of_corp(tx, one.corp_id).ranking
        mine = {cell: counts for cell, counts in cells.items() if cell[0] >= chosen.span.since}
        before = summed(counts for cell, counts in cells.items() if cell[0] < chosen.span.since)
        whole = summed(mine.values())
        lines = _trend(mine, buckets(chosen.span, whole.answered), chosen)
        reasons = tuple(reason_lines(refused, chosen))
        return page(
            "figures/overview.html",
            visitor=visitor,
            chosen=chosen,
            stores=names,
            presets=presets(chosen, now, PATH),
            path=PATH,
            whole=whole,
            cards=(_active(active, rostered, week, chosen), *_cards(whole, before, waits, chosen)),
            trend=lines,
            trend_chart=_trend_chart(lines),
            reasons=reasons,
            reasons_chart=drawing.bars(
                [one.label for one in reasons], [one.turns for one in reasons], [one.href for one in reasons], "次"
            ),
            by_store=_by_store(mine, names, whole, chosen),
            agreed=agreed,
            ranking=ranking,
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
            names = one.stores(tx, visitor)
            chosen = choose(given, visitor.stores, names, now)
            cells = figures.by_day_and_store(tx, one.corp_id, chosen.stores, chosen.span)
            rows = [_row(day, names.get(store_id, store_id), cells[day, store_id]) for day, store_id in sorted(cells)]
            note_export(one, tx, visitor, "figures", reason, len(rows[:MOST_ROWS]))
        return table_file("数据总览", now, _HEADERS, rows[:MOST_ROWS])


def check_export(one: Console, request: Request, visitor: Visitor, reason: str) -> None:
    """Let whoever may read take a file with her, not too often, and say why (safety D8, F8)."""
    if not reason.strip():
        raise ReasonNeeded("export")
    one.gate.pacing.count(Deed.EXPORT, request, visitor.person.userid)


def note_export(one: Console, tx: Transaction, visitor: Visitor, what: str, reason: str, rows: int) -> None:
    """Write into the audit log that a file went out."""
    told = {"reason": without_phones(reason.strip()), "rows": str(rows)}
    audit.append(tx, one.corp_id, one.clock(), visitor.person.userid, AuditAction.EXPORT, what, **told)


def _row(day: date, store: str, one: Counts) -> tuple[str, ...]:
    counted = (
        *(one.turns, one.drafted, one.accepted, one.edited, one.refused, one.silent, one.edit_characters),
        *(one.asked, one.covered, one.held, one.guarded, one.cut_claims),
    )
    return (day.isoformat(), store, *(str(number) for number in counted))


# ---- the cards ---------------------------------------------------------------------------------


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _active(used: set[str], rostered: Mapping[str, str], week: figures.Span, chosen: Chosen) -> Card:
    there = len(used & set(rostered))
    gone = len(used) - there
    return Card(
        name="活跃导购 · 这一周",
        value=f"{there} / {len(rostered)}",
        note=f"{week.since.month}月{week.since.day}日起用过至少一条草稿的，占在册导购"
        + (f"；另有 {gone} 位已不在册" if gone else ""),
        change="",
        href=chosen._replace(span=week).turns(action=Said.USED.value),
    )


def _cards(now: Counts, before: Counts, waits: Mapping[int, int], chosen: Chosen) -> Iterator[Card]:
    earlier = f"前 {chosen.span.days} 天"
    yield _rated("采用率", now.adoption, before.adoption, "次反馈", earlier, chosen.turns(action=Said.USED.value))
    yield _rated("改稿比例", now.editing, before.editing, "次采用", earlier, chosen.turns(action=Said.EDITED.value))
    yield _edits(now, chosen)
    yield _waiting(waits, chosen)
    yield _rated(
        "审核删过或拦过", now.guarding, before.guarding, "轮", earlier, chosen.turns(verdict=Seen.GUARDED.value)
    )
    yield _rated("资料答上率", now.coverage, before.coverage, "轮", earlier, chosen.turns(covered=Covered.YES.value))


def _rated(name: str, now: Rate, before: Rate, of: str, earlier: str, href: str) -> Card:
    return Card(name, wording.share(now), wording.sample(now, of), wording.compared(now, before, earlier), href)


def _edits(now: Counts, chosen: Chosen) -> Card:
    characters, share = now.mean_edit_characters, now.mean_edit_share
    enough = now.measured >= ENOUGH and characters is not None and share is not None
    return Card(
        name="每次改多少",
        value=f"{characters:.0f} 个字" if enough else wording.NOT_ENOUGH,
        note=f"平均是全文的 {share:.0%}，{now.measured} 次改稿"
        if enough
        else f"已有 {now.measured} 次改稿，满 {ENOUGH} 才算得准",
        change="",
        href=chosen.turns(action=Said.EDITED.value),
    )


def _waiting(waits: Mapping[int, int], chosen: Chosen) -> Card:
    half, most = percentile(waits, 0.5), percentile(waits, 0.95)
    measured = sum(waits.values())
    enough = measured >= ENOUGH
    return Card(
        name="等第一条草稿",
        value=wording.seconds(half) if enough else wording.NOT_ENOUGH,
        note=f"一半不超过；95% 不超过 {wording.seconds(most)}，{measured} 轮"
        if enough
        else f"已有 {measured} 轮，满 {ENOUGH} 才算得准",
        change="",
        href=chosen.turns(verdict=Seen.SHOWN.value),
    )


# ---- the tables --------------------------------------------------------------------------------


def _trend(cells: Mapping[tuple[date, str], Counts], days: Sequence[Bucket], chosen: Chosen) -> tuple[TrendLine, ...]:
    by_day: dict[date, Counts] = {}
    for (day, _), counts in cells.items():
        by_day[day] = by_day.get(day, Counts()).plus(counts)
    return tuple(trend_lines(by_day, days, chosen))


def trend_lines(
    by_day: Mapping[date, Counts], days: Sequence[Bucket], chosen: Chosen, guide: str = ""
) -> Iterator[TrendLine]:
    """Each bucket with its counts and the list of its turns."""
    for one in days:
        counts = summed(counts for day, counts in by_day.items() if one.since <= day <= one.until)
        more = {"guide": guide} if guide else {}
        yield TrendLine(one.label, counts, chosen.within(one.since, one.until).turns(action=Said.ANY.value, **more))


def _trend_chart(lines: Sequence[TrendLine]) -> str:
    return drawing.trend([one.label for one in lines], [one.counts for one in lines], [one.href for one in lines])


def reason_lines(refused: Mapping[str, int], chosen: Chosen, guide: str = "") -> Iterator[ReasonLine]:
    """Why guides, or one of them, refused, the commonest first."""
    for reason, turns in sorted(refused.items(), key=lambda one: (-one[1], one[0])):
        label = RefusalReason(reason).label if reason else "没说原因"
        yield ReasonLine(label, turns, chosen.turns(refusal=reason or UNSAID, **({"guide": guide} if guide else {})))


def _by_store(
    cells: Mapping[tuple[date, str], Counts], names: Mapping[str, str], whole: Counts, chosen: Chosen
) -> tuple[StoreLine, ...]:
    found: dict[str, Counts] = {}
    for (_, store_id), counts in cells.items():
        found[store_id] = found.get(store_id, Counts()).plus(counts)
    several = len(found) > 1
    return tuple(
        StoreLine(
            store_id=store_id,
            name=names.get(store_id, store_id or "未分门店"),
            counts=counts,
            beside=wording.compared(counts.adoption, whole.less(counts).adoption, "其他门店") if several else "",
            chosen=chosen._replace(store_id=store_id),
        )
        for store_id, counts in sorted(found.items(), key=lambda one: names.get(one[0], one[0]))
    )
