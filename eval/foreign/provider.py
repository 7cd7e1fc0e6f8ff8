"""What promptfoo calls: ``call_api`` answers a turn as the product would, ``get_assert`` runs our checks on its record.

promptfoo keeps the process that answers, so houses stay open in it; for each ``get_assert`` it starts a new one, and
this file imports only what that needs (measured: 10 seconds a turn with the whole product, under 2 without).
"""

from __future__ import annotations

import atexit
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from assistant.turn import TurnRecord
from eval.cases.case import Case, Expect
from eval.checks.checks import Status, judge, reply_text

if TYPE_CHECKING:
    from eval.cases.packs import Pack
    from eval.replaying.house import House

_STACK = ExitStack()
_HOUSES: dict[str, House] = {}
atexit.register(_STACK.close)


def call_api(prompt: str, options: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """Replay the earlier turns of a case and this one; the record goes along for ``get_assert``."""
    from eval.cases.packs import read_packs

    del prompt, options
    mine = context["test"]["metadata"]["daogou"]
    kept = mine["case"]
    said, earlier = json.loads(context["vars"]["messages"]), json.loads(context["vars"]["earlier"])
    case = Case.model_validate({**kept, "turns": [{"guide": one, "expect": {}} for one in (*earlier, said)]})
    pack = next((one for one in read_packs() if one.name == mine["pack"]), None)
    if pack is None:
        return {"error": f"没有题包 {mine['pack']}"}
    house = _house(pack, case)
    house.reset(case.clock or pack.day)
    record = None
    for turn in case.turns:
        record = house.service.converse(case.guide, turn.guide, channel="eval")
        house.clock.forward()
    assert record is not None, "a case has a turn"
    return {"output": reply_text(record), "metadata": {"record": record.model_dump(mode="json")}}


def get_assert(output: str, context: dict[str, Any]) -> dict[str, Any]:
    """Every check of ours on the record of the answer."""
    del output
    record = TurnRecord.model_validate(context["providerResponse"]["metadata"]["record"])
    expect = Expect.model_validate(context["config"]["expect"])
    judged = {name: one for name, one in judge(expect, record).items() if one.status is not Status.NOT_APPLICABLE}
    wrong = [f"{name}：{one.detail}" for name, one in judged.items() if one.status is Status.FAIL]
    return {
        "pass": not wrong,
        "score": 1 - len(wrong) / len(judged),
        "reason": "；".join(wrong) or "都对",
        "namedScores": {name: float(one.status is Status.PASS) for name, one in judged.items()},
    }


def _house(pack: Pack, case: Case) -> House:
    from eval.replaying.house import Material, houses_folder, opened

    material = Material(pack.shop, pack.day, case.given)
    if material.key not in _HOUSES:
        _HOUSES[material.key] = _STACK.enter_context(opened(material, houses_folder()))
    return _HOUSES[material.key]
