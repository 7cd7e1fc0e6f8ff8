"""A model's answers on disk: asked once, answered alike again, kept apart by all that matters, and never a failure."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from assistant.errors import ModelUnavailable
from assistant.seams import Answer, ModelAnswer, Prompt
from eval.replaying.answers import KeptAnswers


class Said(BaseModel):
    text: str


class Otherwise(BaseModel):
    text: str
    why: str = ""


class Counting:
    """A model that numbers its answers, and fails while ``broken``."""

    def __init__(self) -> None:
        self.asked = 0
        self.broken = False

    def __call__(
        self, prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
    ) -> ModelAnswer[Answer]:
        self.asked += 1
        if self.broken:
            raise ModelUnavailable("timeout")
        value = schema.model_validate({"text": f"第{self.asked}次"})
        return ModelAnswer(value=value, model="m", input_tokens=100, output_tokens=20)


PROMPT = Prompt(name="draft", version="v1", system="你是助手", user="问")


def test_the_same_question_is_asked_once_and_costs_what_it_cost(tmp_path: Path) -> None:
    model = Counting()
    first = KeptAnswers(model, "here", tmp_path)(PROMPT, Said, 5.0)
    later = KeptAnswers(model, "here", tmp_path)
    heard: list[Said] = []
    again = later(PROMPT, Said, 5.0, heard.append)
    assert again == first
    assert (again.input_tokens, again.output_tokens) == (100, 20)
    assert (model.asked, later.found) == (1, 1)
    assert heard == [first.value]


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": PROMPT.model_copy(update={"version": "v2"})},
        {"prompt": PROMPT.model_copy(update={"user": "再问"})},
        {"prompt": PROMPT.model_copy(update={"system": "你是别人"})},
        {"schema": Otherwise},
        {"lives_at": "there"},
        {"repeat": 1},
    ],
)
def test_whatever_the_answer_depends_on_keeps_it_apart(tmp_path: Path, other: dict[str, object]) -> None:
    model = Counting()
    KeptAnswers(model, "here", tmp_path)(PROMPT, Said, 5.0)
    kept = KeptAnswers(model, str(other.get("lives_at", "here")), tmp_path, repeat=int(str(other.get("repeat", 0))))
    kept(other.get("prompt", PROMPT), other.get("schema", Said), 5.0)  # type: ignore[arg-type]
    assert (model.asked, kept.found) == (2, 0)


def test_a_failure_is_not_kept_and_a_spoilt_file_is_asked_anew(tmp_path: Path) -> None:
    model = Counting()
    kept = KeptAnswers(model, "here", tmp_path)
    model.broken = True
    with pytest.raises(ModelUnavailable):
        kept(PROMPT, Said, 5.0)
    assert not list(tmp_path.glob("*.json"))
    model.broken = False
    kept(PROMPT, Said, 5.0)
    (file,) = tmp_path.glob("*.json")
    file.write_text('{"value": 3}', encoding="utf-8")
    assert kept(PROMPT, Said, 5.0).value == Said(text="第3次")
