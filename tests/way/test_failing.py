"""When something inside breaks: the guide is told, nothing unchecked leaves, and the log names no customer."""

from pathlib import Path

import pytest

from assistant.seams import Wanted
from assistant.turn import Hit, ReplyKind
from tests.way.house import open_house

TOLD = "苏姐 13800002231 问敏感肌开封了还能退不"


def test_a_turn_that_breaks_says_so_shows_no_draft_and_logs_no_customer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(wanted: Wanted) -> tuple[Hit, ...]:
        raise RuntimeError("the index fell over")

    with open_house(folder, search=broken) as house:
        record = house.ask(TOLD)
        [shown] = house.wecom.shown()
        assert "没处理好" in shown
        assert record.provenance.fallback_reason == "error"
        assert record.drafts == ()
        assert record.verdicts == ()
        assert record.reply.kind is ReplyKind.INFORM
        # what broke one turn does not stop the next
        assert "138****2231" in "".join(house.ask("苏姐的档案").reply.parts)
    logged = capsys.readouterr().out
    assert "the index fell over" in logged
    assert not [word for word in ("2231", "苏", "敏感肌", "退不") if word in logged]
