"""Two service processes on one PostgreSQL: every message one turn and one reply, whoever takes it, whoever dies."""

import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from assistant.store.database import Database
from eval.simulator.callbacks import GuideMessage, Kind, posting
from eval.simulator.faults import CallbackFaults
from tests.faults.process import ServiceProcess, database_of, is_idle, records, service_process
from tests.way.house import GUIDE, OTHER_GUIDE, WeCom, company, free_port, furnish, settings_for, until, wecom_for

pytestmark = [pytest.mark.postgres, pytest.mark.faults]

FIRST_MSGID = 8_000_000_000
TEXTS = ("开封了还能退不", "积分怎么算", "满多少包邮", "会员怎么升级", "跨店能退换吗", "发票怎么开")
MORE = ("几天能到货", "过敏了怎么办", "生日有什么礼遇", "空瓶回收怎么参加")


@dataclass(frozen=True)
class Pair:
    """Two replicas, the WeCom they both send to, and the database they share."""

    replicas: tuple[ServiceProcess, ServiceProcess]
    wecom: WeCom
    database: Database


@contextmanager
def pair(postgres_url: str, base: Path) -> Iterator[Pair]:
    """Two processes, each with an index folder and an executor's name of its own."""
    furnish(base / "a", database_url=postgres_url)
    shutil.copytree(base / "a", base / "b")
    with ExitStack() as stack:
        wecom = stack.enter_context(wecom_for(free_port()))
        api = str(wecom.control.base_url).rstrip("/")
        replicas = [
            settings_for(
                base / name, database_url=postgres_url, executor_id=name, listen_port=free_port(), wecom_api_url=api
            )
            for name in ("a", "b")
        ]
        first, second = (stack.enter_context(service_process(settings)) for settings in replicas)
        yield Pair((first, second), wecom, stack.enter_context(database_of(first.settings)))


def deliver(replica: ServiceProcess, userid: str, number: int, text: str) -> int:
    """Post one callback to one replica; gives the status."""
    now = int(time.time())
    message = GuideMessage(FIRST_MSGID + number, userid, Kind.TEXT, text, now)
    sent = posting(company(0), message, CallbackFaults(), now)
    answer = httpx2.post(replica.callback, params=sent.query, content=sent.body, timeout=10.0, trust_env=False)
    return answer.status_code


def assert_each_once(both: Pair, sent: Sequence[str]) -> None:
    """Every message is in one turn, every turn was told once."""
    told = records(both.database)
    assert sorted(message.text for record in told for message in record.messages) == sorted(sent)
    for guide in (GUIDE, OTHER_GUIDE):
        parts = [part for record in told if record.guide == guide for part in record.reply.parts]
        assert sorted(both.wecom.shown(guide)) == sorted(parts)


def test_two_replicas_answer_each_message_once_and_one_may_die(postgres_url: str, tmp_path: Path) -> None:
    with pair(postgres_url, tmp_path) as both:
        dying, living = both.replicas
        # every callback reaches both replicas, three times each, all at once
        with ThreadPoolExecutor(8) as pool:
            for number, text in enumerate(TEXTS):
                guide = (GUIDE, OTHER_GUIDE)[number % 2]
                statuses = [pool.submit(deliver, one, guide, number, text) for one in both.replicas * 3]
                assert {status.result() for status in statuses} == {200}
                time.sleep(0.2)
        until(lambda: is_idle(both.database), 30, what="rest")
        time.sleep(1.0)
        assert_each_once(both, TEXTS)

        # one dies with a call under way, the other is asked meanwhile, and the first comes back
        both.wecom.arm(slow={"value": 1.0, "times": 2})
        assert deliver(dying, GUIDE, 10, MORE[0]) == 200
        assert deliver(dying, OTHER_GUIDE, 11, MORE[1]) == 200
        time.sleep(0.7)
        dying.kill()
        assert deliver(living, GUIDE, 12, MORE[2]) == 200
        assert deliver(living, OTHER_GUIDE, 13, MORE[3]) == 200
        dying.start()
        until(lambda: is_idle(both.database), 30, what="rest")
        time.sleep(1.0)
        assert_each_once(both, TEXTS + MORE)
