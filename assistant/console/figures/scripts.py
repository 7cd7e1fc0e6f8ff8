"""What became of the drafts that each script carried."""

from typing import NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.console.door.login import Visitor
from assistant.console.figures import wording
from assistant.console.figures.choosing import Asked, Chosen, asked, choose, presets
from assistant.console.frame import Console, page
from assistant.scoring.counting import LeanCount
from assistant.scoring.rates import ENOUGH, Rate
from assistant.store import material
from assistant.store.console import figures

PATH = "/console/figures/scripts"
SHOWN = 100


class ScriptLine(NamedTuple):
    """One script beside all others together."""

    script_id: str
    title: str
    uses: LeanCount
    beside: str
    chosen: Chosen


def script_figure_routes(router: APIRouter, one: Console) -> None:
    """The figures by script."""

    @router.get(PATH, response_model=None)
    def scripts(given: Asked = Depends(asked), visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            names = one.stores(tx, visitor)
            chosen = choose(given, visitor.stores, names, now)
            counted = figures.scripts(tx, one.corp_id, chosen.stores, chosen.span)
            most = sorted(counted, key=lambda one: (-counted[one].turns, one))[:SHOWN]
            titles = material.script_titles(tx, one.corp_id, most)
        sent = sum(count.sent for count in counted.values())
        said = sum(count.adoption.of for count in counted.values())
        lines = tuple(
            ScriptLine(
                script_id=script_id,
                title=titles.get(script_id, "已撤下的话术"),
                uses=counted[script_id],
                beside=wording.compared(
                    counted[script_id].adoption,
                    Rate(sent - counted[script_id].sent, said - counted[script_id].adoption.of),
                    "其他话术",
                ),
                chosen=chosen,
            )
            for script_id in most
        )
        return page(
            "figures/scripts.html",
            visitor=visitor,
            chosen=chosen,
            stores=names,
            presets=presets(chosen, now, PATH),
            path=PATH,
            lines=lines,
            left_out=len(counted) - len(most),
            wording=wording,
            enough=ENOUGH,
        )
