"""Guides one by one: each beside herself over time. Beside each other only where the corp's rules allow a ranking."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.figures import drawing, wording
from assistant.console.figures.choosing import Asked, Chosen, asked, choose, presets, weeks
from assistant.console.figures.overview import reason_lines, trend_lines
from assistant.console.frame import Console, page
from assistant.errors import NotFound
from assistant.scoring.counting import Counts, summed
from assistant.scoring.rates import ENOUGH
from assistant.store import material, people, rulebooks
from assistant.store.console import conversations, figures, naming
from assistant.store.console.filtering import Said, TurnFilter

PATH = "/console/figures/guides"
COACHING_DAYS = 56
LATEST_EDITS = 6
SHOWN_SCRIPTS = 8


class GuideLine(NamedTuple):
    """A guide of the list; ``counts`` is None while nobody may be ranked."""

    userid: str
    name: str
    href: str
    counts: Counts | None
    turns: str


class EditedScript(NamedTuple):
    """A script whose drafts a guide reworks, how often, and where those turns are."""

    title: str
    times: int
    href: str


def guide_routes(router: APIRouter, one: Console) -> None:
    """The list of guides, and one guide's page."""

    @router.get(PATH, response_model=None)
    def guides(given: Asked = Depends(asked), visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            names = one.stores(tx, visitor)
            chosen = choose(given, visitor.stores, names, now)
            ranking = rulebooks.of_corp(tx, one.corp_id).ranking
            counted = figures.by_guide(tx, one.corp_id, chosen.stores, chosen.span)
            known = people.names(tx, one.corp_id, counted) | naming.guides(tx, one.corp_id, chosen.stores)
        return page(
            "figures/guides.html",
            visitor=visitor,
            chosen=chosen,
            stores=names,
            presets=presets(chosen, now, PATH),
            path=PATH,
            ranking=ranking,
            lines=_lines(known, counted, chosen, ranking=ranking),
            wording=wording,
            enough=ENOUGH,
        )

    @router.get(PATH + "/{userid}", response_model=None)
    def guide(userid: str, given: Asked = Depends(asked), visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now, folded = one.clock(), userid.lower()
        with one.database.read() as tx:
            names = one.stores(tx, visitor)
            chosen = choose(given, visitor.stores, names, now, COACHING_DAYS)
            if folded not in naming.guides(tx, one.corp_id, visitor.stores) and not figures.has_turns(
                tx, one.corp_id, visitor.stores, folded
            ):
                raise NotFound(userid)
            name = people.names(tx, one.corp_id, [folded]).get(folded, userid)
            both = figures.Span(chosen.span.before.since, chosen.span.until)
            by_day = figures.by_day_of_guide(tx, one.corp_id, chosen.stores, both, folded)
            refused = figures.reasons(tx, one.corp_id, chosen.stores, chosen.span, folded)
            reworked = figures.scripts_of_guide(tx, one.corp_id, chosen.stores, chosen.span, folded)
            titles = material.script_titles(tx, one.corp_id, reworked)
            wanted = TurnFilter(
                store_id=chosen.store_id,
                guide=folded,
                action=Said.EDITED.value,
                since=chosen.span.since,
                until=chosen.span.until,
            )
            edits = conversations.turn_lines(tx, one.corp_id, visitor.stores, wanted, before="", limit=LATEST_EDITS)
        mine = {day: counts for day, counts in by_day.items() if day >= chosen.span.since}
        whole = summed(mine.values())
        before = summed(counts for day, counts in by_day.items() if day < chosen.span.since)
        lines = tuple(trend_lines(mine, weeks(chosen.span), chosen, folded))
        return page(
            "figures/guide.html",
            visitor=visitor,
            name=name,
            userid=folded,
            chosen=chosen,
            stores=names,
            presets=presets(chosen, now, f"{PATH}/{folded}"),
            path=f"{PATH}/{folded}",
            whole=whole,
            adoption_beside=wording.compared(whole.adoption, before.adoption, f"她自己前 {chosen.span.days} 天"),
            editing_beside=wording.compared(whole.editing, before.editing, f"她自己前 {chosen.span.days} 天"),
            trend=lines,
            trend_chart=drawing.trend(
                [one.label for one in lines], [one.counts for one in lines], [one.href for one in lines]
            ),
            reasons=tuple(reason_lines(refused, chosen, folded)),
            scripts=_scripts(reworked, titles, chosen, folded),
            edits=edits,
            lines=edits,
            wording=wording,
            enough=ENOUGH,
            hidden_names=visitor.hidden(tuple(name for line in edits for name in line.customer_names)),
        )


def _lines(
    known: Mapping[str, str], counted: Mapping[str, Counts], chosen: Chosen, *, ranking: bool
) -> tuple[GuideLine, ...]:
    """By name; with a ranking by the share that is sure (the lower end of its interval), few feedbacks last."""
    found = [
        GuideLine(
            userid=userid,
            name=name,
            href=f"{PATH}/{quote(userid)}",
            counts=counted.get(userid, Counts()) if ranking else None,
            turns=chosen.turns(guide=userid, action=Said.ANY.value),
        )
        for userid, name in known.items()
    ]
    if not ranking:
        return tuple(sorted(found, key=lambda one: (one.name, one.userid)))

    def place(one: GuideLine) -> tuple[bool, float, str]:
        rate = (one.counts or Counts()).adoption
        return (not rate.is_enough, -(rate.interval.low if rate.interval else 0.0), one.name)

    return tuple(sorted(found, key=place))


def _scripts(
    reworked: Mapping[str, int], titles: Mapping[str, str], chosen: Chosen, guide: str
) -> tuple[EditedScript, ...]:
    most = sorted(reworked.items(), key=lambda one: (-one[1], one[0]))[:SHOWN_SCRIPTS]
    return tuple(
        EditedScript(
            title=titles.get(script_id, "已撤下的话术"),
            times=times,
            href=chosen.turns(guide=guide, script=script_id, action=Said.EDITED.value),
        )
        for script_id, times in most
    )
