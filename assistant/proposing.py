"""Questions that a model proposes for a passage, for headquarters to review: none is served before somebody approves."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from assistant.clock import Clock
from assistant.errors import ModelUnavailable
from assistant.flow.drafting.masking import HOLDER, Mask
from assistant.seams import Ask, Prompt
from assistant.store import material, questions
from assistant.store.database import Database
from assistant.store.questions import QuestionOrigin
from knowledge.passage import DocumentKind, Passage
from prompts.load import Prompts, packaged

AT_MOST = 5
"""Questions for one passage."""
SHORTEST, LONGEST = 4, 40
SECONDS = 20.0
_ASKED_OF = frozenset((DocumentKind.POLICY, DocumentKind.CAMPAIGN))
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_LEFT_AFTER_FAILURES = 3
_LONGEST_TITLE = 200


class SampleQuestions(BaseModel):
    """What the model answers."""

    questions: list[str]


@dataclass(frozen=True)
class Proposed:
    """How a round of proposing went. ``left`` passages still have no question; ``failure`` says why it stopped early."""

    passages: int
    proposed: int
    turned_down: int
    left: int
    failure: str = ""


def propose(
    database: Database,
    corp_id: str,
    ask: Ask,
    clock: Clock,
    limit: int,
    progress: Callable[[int, int], None] | None = None,
    prompts: Prompts | None = None,
) -> Proposed:
    """Ask the model for questions to at most ``limit`` rule and campaign passages that have none yet.

    Each passage is written by itself, so a round that stops has lost nothing. Three failures in a row end it.
    """
    with database.read() as tx:
        every = [one for one in material.published_passages(tx, corp_id) if asked_of(one)]
        known = questions.of_passages(tx, corp_id, [one.id for one in every])
    waiting = [one for one in every if one.id not in known]
    done = proposed = turned_down = failures = 0
    failure = ""
    for passage in waiting[:limit]:
        try:
            told = ask(prompt_about(passage, prompts or packaged()), SampleQuestions, SECONDS).value.questions
        except ModelUnavailable as unavailable:
            failures += 1
            failure = str(unavailable)
            if failures == _LEFT_AFTER_FAILURES:
                break
            continue
        failures, failure = 0, ""
        kept = [text.strip() for text in told[:AT_MOST] if is_usable(text.strip(), passage)]
        with database.begin() as tx:
            proposed += questions.attach(tx, corp_id, passage, kept, QuestionOrigin.PROPOSED, clock())
        turned_down += len(told) - len(kept)
        done += 1
        if progress is not None:
            progress(done, min(limit, len(waiting)))
    return Proposed(done, proposed, turned_down, len(waiting) - done, failure)


def is_usable(text: str, passage: Passage) -> bool:
    """Say whether a proposed question may go to review: one short line, with no figure the passage does not have.

    Nor one about a person who was hidden from the model.
    """
    if "\n" in text or not SHORTEST <= len(text) <= LONGEST or HOLDER.search(text):
        return False
    there = set(_FIGURE.findall(" ".join((passage.title, *passage.heading, passage.text))))
    return set(_FIGURE.findall(text)) <= there


def asked_of(passage: Passage) -> bool:
    """Say whether customers ask about what a passage tells: rules and campaigns; goods are found by their records."""
    return passage.kind in _ASKED_OF


def prompt_about(passage: Passage, prompts: Prompts) -> Prompt:
    """Render the prompt that asks for questions to one passage."""
    title = " ".join(" · ".join((passage.title, *passage.heading)).split())[:_LONGEST_TITLE]
    mask = Mask.of_names(())
    values = {"title": mask.hide(title), "number": str(AT_MOST), "passage": mask.hide(passage.text)}
    made = prompts.render("sample_questions", values)
    return Prompt(name=made.name, version=made.version, system=made.system, user=made.user)
