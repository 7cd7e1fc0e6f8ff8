"""What the guide says to her drafts is joined to their turn."""

import pytest

from assistant.shop import ScriptUse
from assistant.store import scripting
from assistant.turn import Action, ActionKind, RefusalReason, ReplyKind
from tests.way.house import POLICY, QUESTION, House


def action_after(house: House, words: str) -> Action:
    """What the export says became of a question's drafts after these words."""
    asked = house.ask(QUESTION)
    assert asked.reply.kind is ReplyKind.DRAFTS
    house.ask(words)
    exported = next(record for record in house.records() if record.turn_id == asked.turn_id)
    assert exported.action is not None
    return exported.action


def test_an_accepted_draft_is_recorded_and_comes_back_ready_to_copy(house: House) -> None:
    action = action_after(house, "用2")
    assert (action.kind, action.choice, action.similarity) == (ActionKind.ACCEPTED, 2, 1.0)
    [*_, copy] = house.wecom.shown()
    assert copy == f"{action.sent_text}（AI生成）"
    assert house.records()[0].verdicts[1].draft.text == action.sent_text


def test_an_edited_draft_is_recorded_with_its_likeness(house: House) -> None:
    own = "苏姐，舒缓修护霜适合敏感肌，第一次用先在耳后试一下哦，券我帮您留着。"
    action = action_after(house, f"改成：{own}")
    assert (action.kind, action.sent_text) == (ActionKind.EDITED, own)
    assert action.similarity is not None
    assert 0 < action.similarity < 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("不用，太长了", RefusalReason.TOO_LONG),
        ("不用，语气不对", RefusalReason.TONE),
        ("不合适，价格写错了", RefusalReason.WRONG_FACT),
    ],
)
def test_a_refusal_is_recorded_with_its_reason(house: House, words: str, reason: RefusalReason) -> None:
    action = action_after(house, words)
    assert (action.kind, action.reason, action.note) == (ActionKind.REFUSED, reason, words)


def test_a_second_word_replaces_the_first(house: House) -> None:
    asked = house.ask(POLICY)
    house.ask("用1")
    house.ask("改成：开封的不能无理由退，有质量问题随时找我。")
    exported = next(record for record in house.records() if record.turn_id == asked.turn_id)
    assert exported.action is not None
    assert exported.action.kind is ActionKind.EDITED


def test_scripts_that_guides_take_are_counted_and_go_first(house: House) -> None:
    first = house.ask("刚加了个客户微信 第一句怎么说")
    scripts = {script_id for draft in first.drafts for script_id in draft.script_ids}
    assert scripts
    house.ask("不用 语气不合适")
    with house.service.database.read() as tx:
        counted = scripting.uses(tx, first.corp_id)
    assert {name: counted[name].refused for name in scripts} == dict.fromkeys(scripts, 1)
    house.ask("刚加了个客户微信 第一句怎么说")
    house.ask("1")
    with house.service.database.read() as tx:
        again = scripting.uses(tx, first.corp_id)
    assert sum(one.accepted for one in again.values()) == 1
    assert ScriptUse(accepted=9).favour > ScriptUse().favour > ScriptUse(refused=3).favour
    assert ScriptUse(refused=1).favour > 0.4
