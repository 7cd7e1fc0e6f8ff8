"""Nothing personal leaves the house: five hundred invented persons go through it, and every request and log line is read.

The model is a real server on this machine, the encoder as well; what reaches the guide still carries the right names.
"""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI

from assistant.__main__ import set_up_logging
from assistant.app import build
from assistant.seams import Wanted
from assistant.service import Service
from assistant.settings import Settings
from assistant.turn import DraftSource, Hit, TurnRecord
from eval.simulator.model import ChatRequest, Model, create_model
from eval.simulator.running import serving
from tests.ingest.house import CORP, NOW, STORES, policy, products, write
from tests.way.conftest import Keep
from tests.way.house import House, furnished, open_house
from tests.way.invented import Invented, invent

GUIDES = 8
KNOWN = 400
MENTIONED = 100
TOGETHER = 12
"""So many persons are spoken of in one turn."""

PERSONS = tuple(invent(number) for number in range(KNOWN))
STRANGERS = tuple(invent(number, known=False) for number in range(KNOWN, KNOWN + MENTIONED))
TALKATIVE = (
    "",
    "openai",
    "openai._base_client",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "dbos",
    "langchain",
    "asyncio",
)


# ---- a house that can be overheard -------------------------------------------------------------


class Overheard(logging.Handler):
    """Every line that anything logs: structlog's as it is printed, the libraries' own with their details."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []
        self.printed = io.StringIO()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(self.format(record))

    @property
    def everything(self) -> list[str]:
        """Whatever was logged so far."""
        return [*self.lines, self.printed.getvalue()]


@pytest.fixture
def overheard() -> Iterator[Overheard]:
    """Log as the service does, at its most talkative, with every library made to tell what it does."""
    set_up_logging("DEBUG")
    ear = Overheard()
    # not capsys: the queue's own logger outlives its stream
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(ear.printed))
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        if logger is logging.getLogger() or not logger.propagate:
            logger.addHandler(ear)
    try:
        yield ear
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(ear)
            logger.setLevel(level)
        structlog.reset_defaults()


def answer_her(request: ChatRequest) -> str:
    """An honest model: it addresses the customer by the placeholder it was given."""
    said = json.dumps(request, ensure_ascii=False)
    address = "〔客户称呼〕，" if "〔客户称呼〕" in said else ""
    drafts = [
        {"manner": manner, "sentences": [{"text": f"{address}{opening}柔和面霜售价¥100。", "evidence": ["P1"]}]}
        for manner, opening in (("亲切", "您好呀，"), ("专业", "您好，"), ("简短", ""))
    ]
    return json.dumps({"drafts": drafts}, ensure_ascii=False)


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """The model's app and address."""
    app: FastAPI = create_model(answer_her)
    with serving(app) as server:
        yield {"model": app.state.model, "url": f"{server.url}/v1"}


def shop_of_everybody(folder: Path) -> Path:
    """A shop whose files are full of persons: customers with notes and tags, and papers that tell of them."""
    write(folder, "shop.yaml", "brand: 试店\ntiers: [普卡, 金卡]\n")
    write(folder, "门店/stores.csv", STORES)
    staff = "".join(f"guide{number},导{'甲乙丙丁戊己庚辛'[number]},导购,S001\n" for number in range(GUIDES))
    write(folder, "门店/staff.csv", f"企业微信账号,姓名,岗位,门店编码\n{staff}")
    write(folder, "商品/products.csv", products("A1,柔和面霜,100", "A2,清爽面膜,20"))
    write(folder, "会员/customers.csv", _customers())
    write(folder, "会员/orders.csv", _orders())
    for place, one in enumerate(STRANGERS[:6]):
        text = f"案例{place}：退货时客户把资料都发了过来，{'，'.join(one.written)}。面霜没有拆封，签收次日起七天内可以退货。"
        write(folder, f"政策/退货案例{place}.md", policy(f"退货案例{place}", text))
    return folder


def _customers() -> str:
    written = io.StringIO()
    rows = csv.writer(written)
    columns = "客户ID,昵称,称呼,手机号,会员等级,生日,标签,偏好,专属导购,所属门店,服务同意,营销同意,个性化同意"
    rows.writerow(columns.split(","))
    for one in PERSONS:
        rows.writerow(
            (
                *(one.customer_id, one.name, one.address_as, one.phone, "金卡", one.birthday.isoformat()),
                *(one.tags, one.note, f"guide{one.number % GUIDES}", "S001", "是", "是", "是"),
            )
        )
    return written.getvalue()


def _orders() -> str:
    lines = "".join(
        f"{one.order_id},{one.customer_id},S001,2026-10-01 10:00,A1,1,100\n" for one in PERSONS[: GUIDES * 10]
    )
    return f"订单号,客户ID,门店编码,下单时间,商品编码,数量,实付金额\n{lines}"


def furnished_for(folder: Path, url: str) -> Service:
    """A house with everybody in it, whose drafts and vectors come from the server."""
    values = {
        "data_dir": folder / "data",
        "corp_id": CORP,
        "quiet_seconds": 0,
        "llm_base_url": url,
        "llm_api_key": "key-for-tests",
        "llm_model": "honest-model",
        "llm_deadline_seconds": 5.0,
        "embedder": "honest-vectors",
        "embedder_base_url": url,
        "embedder_api_key": "key-for-tests",
    }
    service = build(Settings.model_validate(values), clock=lambda: NOW)
    service.database.migrate()
    service.ingest([shop_of_everybody(folder / "shop")])
    return service


# ---- what is said ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """One turn: the guide's customer whom it is about, and who else is spoken of in it."""

    guide: str
    customer: Invented
    others: tuple[Invented, ...]

    @property
    def text(self) -> str:
        """What a careless guide pastes: the customer by her phone, then everything about everybody."""
        told = "；".join("，".join(one.written) for one in (self.customer, *self.others))
        return f"{self.customer.phone}问柔和面霜多少钱。\n{told}"


def rounds() -> Iterator[Round]:
    """Everybody, ten at a time: of the guide's own list, and strangers."""
    for guide in range(GUIDES):
        mine = PERSONS[guide::GUIDES]
        strange = STRANGERS[guide::GUIDES]
        turns = -(-(len(mine) + len(strange)) // TOGETHER)
        for number in range(turns):
            known, unknown = mine[number::turns], strange[number::turns]
            yield Round(f"guide{guide}", known[0], (*known[1:], *unknown))


def hits(secrets: dict[str, int], texts: list[str]) -> list[tuple[str, str]]:
    """Which secrets stand in which text, with what stands around them; 1月1日 is none of 11月1日."""
    whole = "\n".join(texts)
    found = []
    for secret in secrets:
        shape = re.escape(secret) if not secret[0].isdigit() else rf"(?<!\d){re.escape(secret)}"
        match = re.search(shape, whole) if secret in whole else None
        if match is not None:
            found.append((secret, whole[max(0, match.start() - 30) : match.end() + 30]))
    return found


def of_everybody() -> dict[str, int]:
    """Every string of every person, with whose it is; a single character tells of nobody."""
    return {secret: one.number for one in (*PERSONS, *STRANGERS) for secret in one.secrets if len(secret) > 1}


# ---- the tests ---------------------------------------------------------------------------------


def test_nobody_of_five_hundred_is_in_any_request_or_log_line(
    tmp_path: Path, served: dict[str, Any], overheard: Overheard
) -> None:
    model: Model = served["model"]
    service = furnished_for(tmp_path, served["url"])
    asked, shown = 0, 0
    try:
        for one in rounds():
            first = service.converse(one.guide, [one.text])
            again = service.converse(one.guide, ["换个说法"])
            asked += sum(bool(record.provenance.prompt) for record in (first, again))
            assert first.need.customer_id == one.customer.customer_id
            shown += says_her_name(first, one.customer)
    finally:
        service.close()
    secrets = of_everybody()
    assert len(set(secrets.values())) == KNOWN + MENTIONED
    sent = [json.dumps(body, ensure_ascii=False) for body in (*model.requests, *model.embedding_requests)]
    assert len(model.requests) == asked >= len(list(rounds()))
    assert len(model.embedding_requests) > len(list(rounds()))
    assert hits(secrets, sent) == []
    assert hits(secrets, overheard.everything) == []
    assert any("openai" in line for line in overheard.lines), "the libraries were not overheard"
    assert shown == len(list(rounds()))


def says_her_name(record: TurnRecord, customer: Invented) -> bool:
    """Say whether the drafts shown come from the model and address the customer as she is called."""
    shown = [verdict.draft for verdict in record.verdicts if verdict.draft.sentences]
    reply = "\n".join(record.reply.parts)
    return bool(shown) and all(
        draft.source is DraftSource.MODEL and draft.text.startswith(customer.address_as) and draft.text in reply
        for draft in shown
    )


def test_a_turn_that_breaks_tells_the_log_no_words(
    tmp_path: Path, served: dict[str, Any], overheard: Overheard
) -> None:
    def broken(wanted: Wanted) -> tuple[Hit, ...]:
        try:
            raise KeyError(PERSONS[2].name)
        except KeyError as error:
            raise ValueError(f"cannot search for {wanted.question}, {PERSONS[0].phone}") from error

    shop = shop_of_everybody(tmp_path / "shop")
    values = {"data_dir": tmp_path / "data", "corp_id": CORP, "quiet_seconds": 0}
    service = build(Settings.model_validate(values), search=broken, clock=lambda: NOW)
    try:
        service.database.migrate()
        service.ingest([shop])
        record = service.converse("guide0", [f"{PERSONS[0].phone}问{PERSONS[0].name}买的面霜能退吗"])
    finally:
        service.close()
    assert record.provenance.fallback_reason == "error"
    assert "turn failed" in overheard.printed.getvalue()
    assert "ValueError" in overheard.printed.getvalue()
    assert "cannot search for" in overheard.printed.getvalue()
    assert hits(of_everybody(), overheard.everything) == []


def test_the_way_through_wecom_and_the_queue_logs_no_words(
    keep: Keep, served: dict[str, Any], overheard: Overheard, tmp_path: Path
) -> None:
    base = tmp_path.parent
    data = furnished(base, tmp_path / "house")
    with open_house(data, llm_base_url=served["url"], llm_api_key="key", llm_model="honest-model") as house:
        served["model"].requests.clear()
        for one in STRANGERS[:8]:
            assert turned(house, f"苏姐问舒缓修护霜多少钱，{'，'.join(one.written)}")
    secrets = {secret: one.number for one in STRANGERS[:8] for secret in one.secrets} | {"苏姐": 0, "13800002231": 0}
    sent = [json.dumps(body, ensure_ascii=False) for body in served["model"].requests]
    assert sent
    assert hits(secrets, sent) == []
    assert hits(secrets, overheard.everything) == []


def turned(house: House, text: str) -> bool:
    """Say whether a message got a reply."""
    return bool(house.ask(text).reply.parts)
