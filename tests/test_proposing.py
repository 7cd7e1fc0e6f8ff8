"""A model proposes questions for passages; only what headquarters approved is ever served."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import ModelUnavailable, SettingsError
from assistant.proposing import SampleQuestions, is_usable, propose
from assistant.seams import ModelAnswer, ModelReason, Prompt
from assistant.store import material, questions
from assistant.store.questions import QuestionStatus
from tests.ingest.house import CORP, found, opened, policy, small_shop, write
from tests.knowledge.files import workbook


class Asked:
    """A model that gives these answers one after the other, the last for good; an exception is raised."""

    def __init__(self, *answers: Sequence[str] | ModelUnavailable) -> None:
        self.answers = list(answers)
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt, schema: type[Any], seconds: float, heard: object = None) -> ModelAnswer[Any]:
        assert schema is SampleQuestions
        self.prompts.append(prompt)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ModelUnavailable):
            raise answer
        return ModelAnswer(value=SampleQuestions(questions=list(answer)), model="m")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = small_shop(tmp_path / "shop")
    write(folder, "政策/包邮.md", policy("配送说明", "满 99 元包邮，不满收 8 元。"))
    return folder


def test_what_is_proposed_waits_and_what_is_approved_is_found(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        model = Asked(["反悔了咋整", "后悔想送回来行不行"])
        done = propose(service.database, CORP, model, service.clock, 9)
        assert (done.passages, done.proposed, done.turned_down, done.left, done.failure) == (2, 4, 0, 0, "")
        assert "没有拆封的商品可以退货" in "".join(prompt.user for prompt in model.prompts)
        assert found(service, "反悔了咋整") == ()
        with service.database.begin() as tx:
            waiting = questions.to_review(tx, CORP, 99)
            held = material.passages_by_id(tx, CORP, [one.passage_id for one in waiting])
            returns = [one.question_id for one in waiting if "退货" in held[one.passage_id].text]
            questions.review(tx, CORP, returns, QuestionStatus.APPROVED, "boss", service.clock())
        assert found(service, "反悔了咋整") == ("签收次日起七天内，没有拆封的商品可以退货。",)
        assert propose(service.database, CORP, model, service.clock, 9).passages == 0


def test_a_round_stops_when_the_model_is_down_and_goes_on_later(tmp_path: Path, shop: Path) -> None:
    down = ModelUnavailable(ModelReason.TIMEOUT, "")
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        first = propose(service.database, CORP, Asked(["几天能退呀"], down), service.clock, 9)
        assert (first.passages, first.proposed, first.left) == (1, 1, 1)
        assert first.failure
        second = propose(service.database, CORP, Asked(["邮费多少呀"]), service.clock, 9)
        assert (second.passages, second.left, second.failure) == (1, 0, "")


def test_without_a_model_it_says_what_to_set(tmp_path: Path) -> None:
    with opened(tmp_path / "var") as service, pytest.raises(SettingsError, match="DAOGOU_LLM_BASE_URL"):
        service.propose_questions(5)


@pytest.mark.parametrize(
    ("text", "usable"),
    [("满99元包邮吗", True), ("满199包邮吗", False), ("邮", False), ("多少钱包邮" * 9, False), ("包邮吗\n退吗", False)],
)
def test_only_short_questions_with_figures_of_the_passage_are_kept(
    tmp_path: Path, shop: Path, text: str, usable: bool
) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        with service.database.read() as tx:
            (passage,) = (one for one in material.published_passages(tx, CORP) if "包邮" in one.text)
    assert is_usable(text, passage) is usable


def test_questions_written_with_the_material_are_served_and_go_with_it(tmp_path: Path, shop: Path) -> None:
    text = "## 时间\n\n签收次日起七天内可以退货。\n\n### 常见问法\n\n- 反悔了咋整\n- 后悔想送回来行不行\n"
    write(shop, "政策/退货.md", policy("退货办法", text))
    rows = [("问题", "答案", "相似问法"), ("几点关门", "晚上十点", "开到啥时候；多晚打烊")]
    write(shop, "政策/问答.xlsx", workbook({"问答": rows}))
    with opened(tmp_path / "var") as service:
        report = service.ingest([shop])
        assert [one for one in report.problems if one.field == "常见问法"] == []
        assert found(service, "反悔了咋整") == ("签收次日起七天内可以退货。",)
        (hours,) = found(service, "多晚打烊呀")
        assert "十点" in hours
        assert "多晚打烊" not in hours
        write(shop, "政策/退货.md", policy("退货办法", "签收次日起七天内可以退货。"))
        service.ingest([shop])
        assert found(service, "反悔了咋整") == ()


def test_questions_without_a_text_above_them_are_reported(tmp_path: Path, shop: Path) -> None:
    write(shop, "政策/退货.md", policy("退货办法", "## 时间\n\n七天内可以退货。\n\n## 常见问法\n\n- 反悔了咋整\n"))
    with opened(tmp_path / "var") as service:
        (told,) = [one for one in service.ingest([shop]).problems if one.field == "常见问法"]
        assert told.reason == "“反悔了咋整”上面没有对应的正文，没有挂上"
        assert told.remedy == "请把它移到所问的那一节下面"
