"""With a chat model configured: its drafts when it is honest, the house's own when it lies, stalls or breaks."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi import FastAPI

from assistant.turn import DraftSource, ReplyKind, TurnRecord
from eval.simulator.model import Behaviour, BehaviourOrder, ChatRequest, Model, create_model
from eval.simulator.running import serving
from tests.way.conftest import Keep
from tests.way.house import GUIDE, House, furnished, open_house

DEADLINE = 1.0
"""Seconds the house waits for the model in these tests."""

QUESTION = "苏姐问舒缓修护霜敏感肌能不能用，有券吗"
WITH_PHONE = "苏晴🌿（13800002231，生日5月18日）问舒缓修护霜敏感肌能不能用"
TRUE_SENTENCE = "舒屿舒缓修护霜规格50g，售价¥299，适用敏感肌、干皮。"

INVENTED = {
    Behaviour.INVENT_PRICE: re.compile(r"(?<!\d)9\.9\s*元|只要9"),
    Behaviour.INVENT_COUPON: re.compile(r"五折|5折|内部券"),
    Behaviour.MARKDOWN_IMAGE: re.compile(r"evil\.example|!\["),
}
FALLBACKS = (Behaviour.BROKEN_JSON, Behaviour.SERVER_ERROR, Behaviour.HANG, Behaviour.DRIP, Behaviour.EMPTY)


def true_answer(_: ChatRequest) -> str:
    """An honest model that has read the product's record."""
    drafts = [
        {"manner": manner, "sentences": [{"text": f"{opening}{TRUE_SENTENCE}", "evidence": []}]}
        for manner, opening in (("亲切", "您好呀，"), ("专业", "您好，"), ("简短", ""))
    ]
    return json.dumps({"drafts": drafts}, ensure_ascii=False)


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, Any]]:
    """The model's app and address."""
    app: FastAPI = create_model(true_answer)
    with serving(app) as server:
        yield {"model": app.state.model, "url": f"{server.url}/v1"}


@pytest.fixture
def model(served: dict[str, Any]) -> Model:
    """The model, honest and with no memory."""
    found: Model = served["model"]
    found.order = BehaviourOrder()
    found.requests.clear()
    return found


@pytest.fixture
def house(keep: Keep, served: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house whose drafts a model words."""

    def opening(stack: ExitStack) -> House:
        folder = furnished(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("modelled") / "house")
        opened = open_house(
            folder,
            llm_base_url=served["url"],
            llm_api_key="key-for-tests",
            llm_model="honest-model",
            llm_deadline_seconds=DEADLINE,
        )
        return stack.enter_context(opened)

    return keep(opening)


def all_words(record: TurnRecord, house: House) -> str:
    """Everything a guide or customer could read of a turn."""
    left = [verdict.draft.text for verdict in record.verdicts]
    return "\n".join([*record.reply.parts, *left, *house.wecom.shown()])


def test_an_honest_model_words_the_drafts(house: House, model: Model) -> None:
    record = house.ask(QUESTION)
    assert record.reply.kind is ReplyKind.DRAFTS
    assert {draft.source for draft in record.drafts} == {DraftSource.MODEL}
    assert record.provenance.model == "honest-model"
    assert record.provenance.fallback_reason == ""
    assert record.provenance.output_tokens > 0
    assert "¥299" in all_words(record, house)
    assert len(model.requests) == 1


@pytest.mark.parametrize("behaviour", INVENTED)
def test_what_a_model_invents_reaches_nobody(house: House, model: Model, behaviour: Behaviour) -> None:
    model.order = BehaviourOrder(name=behaviour)
    record = house.ask(QUESTION)
    assert model.requests
    assert record.reply.kind is ReplyKind.DRAFTS
    assert INVENTED[behaviour].search("\n".join(draft.text for draft in record.drafts)) or (
        behaviour is Behaviour.MARKDOWN_IMAGE
    ), "the lie was never told, so nothing was tested"
    assert not INVENTED[behaviour].search(all_words(record, house))


@pytest.mark.parametrize("behaviour", FALLBACKS)
def test_a_model_that_gives_nothing_is_replaced_in_time(house: House, model: Model, behaviour: Behaviour) -> None:
    model.order = BehaviourOrder(name=behaviour, seconds=0.2)
    began = time.monotonic()
    record = house.ask(QUESTION)
    took = time.monotonic() - began
    assert record.reply.kind is ReplyKind.DRAFTS
    assert {draft.source for draft in record.drafts} == {DraftSource.COMPOSER}
    assert record.provenance.fallback_reason not in ("", "error")
    drafting = next(timing for timing in record.timings if timing.step == "draft")
    assert drafting.milliseconds < (DEADLINE + 1) * 1000
    assert took < DEADLINE + 2


def test_no_name_phone_or_birthday_is_ever_in_a_request(house: House, model: Model) -> None:
    for text in (WITH_PHONE, "客户说太贵了", "短一点", "王姐想买瓶精华", "给小鹿写个生日祝福"):
        house.ask(text)
    sent = json.dumps(model.requests, ensure_ascii=False)
    assert len(model.requests) >= 3
    personal = ("苏晴", "苏姐", "王姐", "小鹿", "13800002231", "2231", "5月18日", "1986", GUIDE, "林晓芸", "C00001")
    assert [word for word in personal if word in sent] == []
    assert not re.search(r"1[3-9]\d{9}", sent)


def test_where_all_a_model_wrote_is_held_the_house_answers(house: House, model: Model) -> None:
    """A guide is not left with a list of objections while the composer has lawful words for her."""
    honest = model.answer

    def liar(request: ChatRequest) -> str:
        drafts = json.loads(honest(request))
        for draft in drafts["drafts"]:
            draft["sentences"] = [{"text": "这款现在只要9.9元，内部五折券也给您。", "evidence": []}]
        return json.dumps(drafts, ensure_ascii=False)

    model.answer = liar
    try:
        record = house.ask(QUESTION)
    finally:
        model.answer = honest
    assert model.requests
    assert record.reply.kind is ReplyKind.DRAFTS
    assert {draft.source for draft in record.drafts} == {DraftSource.COMPOSER}
    assert record.provenance.fallback_reason == "held"
    assert record.provenance.output_tokens > 0
    assert not re.search(r"只要9|五折", all_words(record, house))
