"""The model as a shop may use it: a guide's pace, a day's tokens, what they cost, and answers not asked for twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from assistant.asking import MOST_KEPT, Asking, Limits, Prices, day_of
from assistant.errors import ModelUnavailable
from assistant.flow.desk import Desk
from assistant.flow.drafting.draft import Drafted, draft
from assistant.seams import ModelAnswer, ModelReason, Prompt
from assistant.shop import Role
from assistant.store import usage
from assistant.store.database import Database
from assistant.store.usage import Usage
from assistant.turn import DraftSource, Intent, Provenance
from tests.flow.shopfloor import CREAM, LIN, brief, desk, need
from tests.ingest.house import Hands
from tests.shared import lay_tables

CORP = desk().shop.corp_id
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
PRICES = Prices(input_fen=80, output_fen=200)


class Words(BaseModel):
    """What is asked for."""

    words: str


class OtherWords(Words):
    """The same in another schema."""


@dataclass
class Counted:
    """A model that answers how often it was asked; ``failure`` is raised instead while it is set."""

    asked: int = 0
    failure: ModelUnavailable | None = None
    answer: Callable[[int], dict[str, Any]] = field(default=lambda times: {"words": f"第{times}次"})

    def __call__(self, prompt: Prompt, schema: type[Any], seconds: float, heard: object = None) -> ModelAnswer[Any]:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        value = schema.model_validate(self.answer(self.asked))
        return ModelAnswer(value=value, model="small", input_tokens=900, output_tokens=100)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite+pysqlite:///{lay_tables(tmp_path / 'state.db')}")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Hands:
    return Hands(NOON)


Opening = Callable[..., tuple[Asking, Counted]]


@pytest.fixture
def opened(database: Database, clock: Hands) -> Opening:
    def opening(model: Counted | None = None, **limits: Any) -> tuple[Asking, Counted]:
        asked = model or Counted()
        return Asking(asked, "small", database, clock, Limits(**{"kept_for": FIVE_MINUTES, **limits}), PRICES), asked

    return opening


def prompt(user: str = "敏感肌能用吗", version: str = "1" * 12) -> Prompt:
    return Prompt(name="draft", version=version, system="规矩", user=user)


def words(asking: Asking, at: Desk | None = None, asked: Prompt | None = None) -> str:
    return asking.for_turn(at or desk())(asked or prompt(), Words, 1.0).value.words


def spend(database: Database, tokens: int, moment: datetime = NOON) -> None:
    with database.begin() as tx:
        usage.book(tx, CORP, day_of(moment), Usage(calls=1, input_tokens=tokens))


# ---- the same question twice -------------------------------------------------------------------


def test_the_same_question_under_the_same_records_is_asked_once(opened: Opening) -> None:
    asking, model = opened()
    first = asking.for_turn(desk())(prompt(), Words, 1.0)
    again = asking.for_turn(desk())(prompt(), Words, 1.0)
    assert model.asked == 1
    assert (first.cached, first.calls, first.input_tokens) == (False, 1, 900)
    assert again.value == first.value
    assert again.model == first.model
    assert (again.cached, again.calls, again.input_tokens, again.output_tokens) == (True, 0, 0, 0)


def elsewhere(**more: Any) -> Desk:
    return replace(desk(), **more)


@pytest.mark.parametrize(
    "other",
    [
        elsewhere(store=desk().store.model_copy(update={"store_id": "S002"})),
        elsewhere(store=desk().store.model_copy(update={"region_id": "R99"})),
        elsewhere(guide=desk().guide.model_copy(update={"role": Role.MANAGER})),
        elsewhere(shop=replace(desk().shop, material_version=desk().shop.material_version + 1)),
        elsewhere(shop=replace(desk().shop, corp_id="another-corp")),
        elsewhere(said=frozenset({"面霜¥268。"})),
    ],
    ids=["store", "region", "role", "material", "corp", "said"],
)
def test_what_is_read_or_said_elsewhere_is_never_shared(opened: Opening, other: Desk) -> None:
    asking, model = opened()
    assert words(asking) == "第1次"
    assert words(asking, other) == "第2次"
    assert words(asking) == "第1次"
    assert model.asked == 2


def test_another_prompt_version_or_schema_is_another_question(opened: Opening) -> None:
    asking, model = opened()
    words(asking)
    assert words(asking, asked=prompt("干皮能用吗")) == "第2次"
    assert words(asking, asked=prompt(version="2" * 12)) == "第3次"
    assert type(asking.for_turn(desk())(prompt(), OtherWords, 1.0).value) is OtherWords
    assert model.asked == 4


def test_another_guide_of_the_store_may_have_the_answer_too(opened: Opening) -> None:
    asking, model = opened()
    words(asking)
    words(asking, elsewhere(guide=desk().guide.model_copy(update={"userid": "anotherguide"})))
    assert model.asked == 1


def test_an_answer_is_good_for_some_minutes_only(opened: Opening, clock: Hands) -> None:
    asking, model = opened()
    words(asking)
    clock.now += timedelta(minutes=4, seconds=59)
    assert words(asking) == "第1次"
    clock.now += timedelta(seconds=1)
    assert words(asking) == "第2次"
    assert model.asked == 2


def test_nothing_is_kept_where_nothing_should_be(opened: Opening) -> None:
    asking, model = opened(kept_for=timedelta(0))
    words(asking)
    words(asking)
    assert model.asked == 2


def test_only_so_many_answers_are_kept_the_oldest_go_first(opened: Opening) -> None:
    asking, model = opened(calls_per_minute=0, tokens_per_day=0)
    for number in range(MOST_KEPT + 1):
        words(asking, asked=prompt(f"第{number}问"))
    words(asking, asked=prompt(f"第{MOST_KEPT}问"))
    assert model.asked == MOST_KEPT + 1
    words(asking, asked=prompt("第0问"))
    assert model.asked == MOST_KEPT + 2


def test_a_failure_is_not_kept(opened: Opening) -> None:
    asking, model = opened(Counted(failure=ModelUnavailable(ModelReason.TIMEOUT)))
    with pytest.raises(ModelUnavailable):
        words(asking)
    model.failure = None
    assert words(asking) == "第2次"


def says(sentence: str) -> Counted:
    drafts = [{"manner": manner, "sentences": [{"text": sentence, "evidence": []}]} for manner in ("亲切", "专业")]
    return Counted(answer=lambda times: {"drafts": drafts})


def drafted(asking: Asking, at: Desk, question: str = "林姐问面霜多少钱", **whose: Any) -> Drafted:
    made = brief(need(Intent.PRICE, question, CREAM), on=at, **({"customer": LIN} | whose))
    return draft(made, asking.for_turn(at))


def test_a_kept_answer_is_given_each_customers_own_name(opened: Opening) -> None:
    asking, model = opened(says("〔客户称呼〕，云屿舒缓保湿面霜现在是¥268。"))
    twin = LIN.model_copy(update={"customer_id": LIN.customer_id + "-2", "name": "赵小姐", "address_as": "赵姐"})
    at = desk(customers=(LIN, twin))
    first = drafted(asking, at)
    second = drafted(asking, at, "赵姐问面霜多少钱", customer=twin)
    assert first.drafts[0].text.startswith("林姐，")
    assert second.drafts[0].text.startswith("赵姐，")
    assert model.asked == 1
    assert second.provenance.cached
    assert (second.provenance.model, second.provenance.model_calls, second.provenance.input_tokens) == ("small", 0, 0)


def test_in_one_conversation_nothing_is_said_twice(opened: Opening) -> None:
    asking, model = opened(says("云屿舒缓保湿面霜现在是¥268。"))
    first = drafted(asking, desk())
    said = frozenset(sentence.text for one in first.drafts for sentence in one.sentences)
    # more than the prompt has room for: what was said counts all the same
    long_talk = said | {f"第{number}句，说过的话。{'很长' * 60}" for number in range(60)}
    for before in (said, long_talk):
        again = drafted(asking, desk(said=before))
        assert {one.source for one in again.drafts} == {DraftSource.COMPOSER}
        assert not {sentence.text for one in again.drafts for sentence in one.sentences} & before
    assert model.asked == 3


# ---- the pace of a guide -----------------------------------------------------------------------


def test_a_guide_asks_so_often_a_minute_and_another_is_not_held_up(opened: Opening) -> None:
    asking, model = opened(calls_per_minute=3)
    for number in range(3):
        words(asking, asked=prompt(f"第{number}问"))
    with pytest.raises(ModelUnavailable) as refused:
        words(asking, asked=prompt("再问"))
    assert refused.value.reason is ModelReason.BUDGET
    assert refused.value.calls == 0
    assert words(asking, asked=prompt("第0问")) == "第1次", "what is known costs nothing"
    other = elsewhere(guide=desk().guide.model_copy(update={"userid": "anotherguide"}))
    assert words(asking, other, prompt("再问")) == "第4次"
    assert model.asked == 4


def test_over_the_pace_the_composer_drafts_at_once(opened: Opening) -> None:
    asking, _ = opened(says("云屿舒缓保湿面霜现在是¥268。"), calls_per_minute=1)
    assert {one.source for one in drafted(asking, desk()).drafts} == {DraftSource.MODEL}
    over = drafted(asking, desk(), "林姐问面霜贵不贵")
    assert {one.source for one in over.drafts} == {DraftSource.COMPOSER}
    assert over.provenance.fallback_reason == "budget"
    assert over.provenance.model_calls == 0


def test_no_limit_is_none(opened: Opening) -> None:
    asking, model = opened(calls_per_minute=0, tokens_per_day=0)
    for number in range(50):
        words(asking, asked=prompt(f"第{number}问"))
    assert model.asked == 50


# ---- the tokens of a day -----------------------------------------------------------------------


def test_a_days_tokens_are_counted_over_restarts_and_replicas(
    opened: Opening, database: Database, clock: Hands
) -> None:
    asking, model = opened(tokens_per_day=5000)
    spend(database, 4999)
    words(asking)
    spend(database, 1)
    elsewhere_in_the_house, other = opened(tokens_per_day=5000)
    for replica in (asking, elsewhere_in_the_house):
        with pytest.raises(ModelUnavailable) as refused:
            words(replica, asked=prompt("另一问"))
        assert refused.value.reason is ModelReason.BUDGET
    assert (model.asked, other.asked) == (1, 0)
    assert words(asking) == "第1次", "what is known costs nothing"
    clock.now = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert words(asking, asked=prompt("另一问")) == "第2次", "midnight in Shanghai is a new day"


def test_another_corps_tokens_are_its_own(opened: Opening, database: Database) -> None:
    asking, _ = opened(tokens_per_day=5000)
    spend(database, 6000)
    other = elsewhere(shop=replace(desk().shop, corp_id="another-corp"))
    assert words(asking, other) == "第1次"


def test_what_headquarters_asks_is_booked_by_itself_and_bound_by_the_day(opened: Opening, database: Database) -> None:
    asking, model = opened(tokens_per_day=1500)
    ask = asking.for_headquarters(CORP)
    ask(prompt(), Words, 1.0)
    model.failure = ModelUnavailable(ModelReason.BAD_OUTPUT, calls=2, input_tokens=600, output_tokens=50)
    with pytest.raises(ModelUnavailable):
        ask(prompt(), Words, 1.0)
    with database.read() as tx:
        assert usage.of_day(tx, CORP, day_of(NOON)) == Usage(3, 1500, 150, 1500 * 80 + 150 * 200, 0)
    model.failure = None
    with pytest.raises(ModelUnavailable) as refused:
        ask(prompt(), Words, 1.0)
    assert refused.value.reason is ModelReason.BUDGET


# ---- what it costs -----------------------------------------------------------------------------


def test_a_cost_is_exact_in_millionths_of_a_fen(opened: Opening) -> None:
    asking, _ = opened()
    made = Provenance(composer_version="", guard_version="", input_tokens=2413, output_tokens=187)
    # 0.8 元 and 2 元 a million: 0.19304 分 and 0.0374 分
    assert asking.priced(made).cost_microfen == 193_040 + 37_400
    assert Prices().of(10**6, 10**6) == 0
    assert Prices(80, 200).of(10**6, 10**6) == 280 * 10**6
