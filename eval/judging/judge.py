"""A model as a judge of what no rule can see: a rubric from a file, an answer in a schema, quotes that must be true.

A judge only ever adds an opinion. Whether it may count for anything is decided by ``calibrating``, against people.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from pydantic import BaseModel, Field

from assistant.errors import ModelUnavailable
from assistant.flow.drafting.masking import Mask
from assistant.outside.llm import ChatModel
from assistant.seams import Ask, Prompt
from assistant.turn import TurnRecord
from eval.checks.checks import shown_drafts
from eval.replaying.answers import Answering, KeptAnswers
from eval.replaying.replay import TurnResult
from knowledge.noun import Noun
from prompts.load import Template, load

SECONDS = 30.0
RUBRICS = "rubrics"


class Opinion(StrEnum):
    """What may be said of a turn; not judged is not passed."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"


class Judged(BaseModel):
    """What the model answers."""

    verdict: Opinion
    reason: str = Field(max_length=400)
    quotes: list[str] = Field(default_factory=list, max_length=6)


class Judgement(Noun):
    """One turn as a judge saw it. ``opinion`` is None where it could not be had, ``why`` then says why not."""

    turn: str
    rubric: str
    version: str
    opinion: Opinion | None
    why: str
    quotes: tuple[str, ...] = ()
    characters: int
    """How long the drafts were: judges like long answers."""


def rubric(name: str) -> Template:
    """A rubric by its name; raises PromptError."""
    return load(f"{RUBRICS}/{name}")


@contextmanager
def open_judge(answering: Answering) -> Iterator[KeptAnswers]:
    """A model behind its kept answers, its connections closed at the end."""
    kept = answering.open()
    try:
        yield kept
    finally:
        if isinstance(kept.model, ChatModel):
            kept.model.close()


def judge_all(results: Iterable[TurnResult], template: Template, ask: Ask) -> Iterator[Judgement]:
    """Judge every turn of a run, one after another."""
    for result in results:
        yield judge_turn(f"{result.name}#{result.number}", result.record, template, ask)


def judge_turn(turn: str, record: TurnRecord, template: Template, ask: Ask) -> Judgement:
    """Judge one turn; a judge who quotes what nobody wrote is not believed."""
    drafts = shown_drafts(record)
    # whose record it is does not matter to a judge, and its model is somebody else's
    mask = Mask.of_names(())
    shown = [mask.hide(text) for text in drafts]

    def judgement(opinion: Opinion | None, why: str, quotes: Iterable[str] = ()) -> Judgement:
        return Judgement(
            turn=turn,
            rubric=template.name,
            version=template.version,
            opinion=opinion,
            why=why,
            quotes=tuple(quotes),
            characters=max(map(len, drafts), default=0),
        )

    if not drafts:
        return judgement(Opinion.NOT_APPLICABLE, "没有草稿")
    filled = template.render(
        {
            "question": "\n".join(mask.hide(message.text) for message in record.messages),
            "drafts": "\n".join(f"{number}. {text}" for number, text in enumerate(shown, start=1)),
            "evidence": "\n".join(mask.hide(one.text) for one in record.evidence),
        }
    )
    prompt = Prompt(name=filled.name, version=filled.version, system=filled.system, user=filled.user)
    try:
        answer = ask(prompt, Judged, SECONDS).value
    except ModelUnavailable as unavailable:
        return judgement(None, f"评委没有回答：{unavailable}")
    untrue = [quote for quote in answer.quotes if not any(quote.strip() and quote in text for text in shown)]
    if untrue:
        return judgement(None, f"评委引了草稿里没有的话：{'、'.join(untrue)}")
    if answer.verdict is not Opinion.NOT_APPLICABLE and not answer.quotes:
        return judgement(None, "评委没有引原话")
    return judgement(answer.verdict, answer.reason, answer.quotes)
