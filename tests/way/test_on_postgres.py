"""The core of the way on PostgreSQL: the same code, the same answers, each message once."""

from pathlib import Path

import pytest

from assistant.turn import ActionKind, ReplyKind
from tests.way.house import GUIDE, OTHER_GUIDE, POLICY, QUESTION, furnish, open_house

pytestmark = pytest.mark.postgres


def test_a_day_on_postgres(postgres_url: str, tmp_path: Path) -> None:
    folder = furnish(tmp_path / "house", database_url=postgres_url)
    with open_house(folder, database_url=postgres_url) as house:
        # one message delivered eight times at once, by eight writers
        assert house.wecom.write(QUESTION, concurrent=8) == [200] * 8
        house.settle()
        [asked] = house.records()
        assert house.messages() == 1
        assert asked.reply.kind is ReplyKind.DRAFTS
        assert asked.offer is not None
        assert house.wecom.shown() == list(asked.reply.parts)

        # her word on it
        house.ask("用1")
        exported = house.records()[0]
        assert exported.action is not None
        assert exported.action.kind is ActionKind.ACCEPTED

        # several short messages, and another guide meanwhile
        for text in ("王姐", "想买瓶精华", "三百以内"):
            house.wecom.write(text)
            house.wecom.write(POLICY, OTHER_GUIDE, repeat=2)
        house.settle()
        hers = [record for record in house.records() if record.guide == GUIDE][2:]
        said = [message.text for record in hers for message in record.messages]
        assert said == ["王姐", "想买瓶精华", "三百以内"]
        assert len(hers) == 1

        # a bad moment at WeCom, and a restart: nothing lost, nothing twice
        house.wecom.arm(errcode={"value": 45009, "times": 2})
        house.wecom.write(POLICY)
        house.settle()
        house.restart()
        house.settle()
        for guide in (GUIDE, OTHER_GUIDE):
            parts = [part for record in house.records() if record.guide == guide for part in record.reply.parts]
            assert house.wecom.shown(guide) == parts
