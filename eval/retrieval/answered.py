"""Whether a guide's question about the rules gets the right rule in her draft: the whole way, on the project's own questions.

Retrieval is measured by what search finds; here it is what stands in a draft at the end, after planning, choosing, wording
and the guard. A draft is right when it holds the words that answer the question, wrong when it holds others.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from rapidfuzz import fuzz
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.service import Service
from eval.replaying.house import sample_house
from eval.retrieval.own import Question, QuestionType, read_questions, split_of
from eval.sample import SAMPLE_SHOP
from knowledge.noun import Labelled

RULES = "政策"
_SPELLED_OTHERWISE = frozenset({QuestionType.DOUBLE, QuestionType.PINYIN, QuestionType.TYPO})
_HOLDS = 80.0
"""From this likeness (rapidfuzz partial ratio of the letters) on a draft holds the words of the rule."""
_NOT_LETTERS = re.compile(r"\W|_|（[^）]*）")


class Answer(Labelled):
    """What became of a question."""

    RIGHT = "right", "答对"
    WRONG = "wrong", "答成别的"
    NOTHING = "nothing", "没有草稿"


def rule_questions(splits: Iterable[str]) -> tuple[Question, ...]:
    """Single questions about the rules, and those that nothing answers, of these splits."""
    wanted = set(splits)
    return tuple(
        one
        for one in read_questions()
        if split_of(one) in wanted
        and not one.before
        and one.type not in _SPELLED_OTHERWISE
        and (not one.answer or one.answer[0].file.startswith(RULES))
    )


def answered(question: Question, guide: str, service: Service) -> Answer:
    """Ask as a guide of the question's store in a conversation of its own, and look at the drafts she is shown."""
    record = service.converse(guide, [question.ask], channel=f"answered-{question.id}")
    drafts = [verdict.draft.text for verdict in record.verdicts if verdict.draft.sentences]
    if not drafts:
        return Answer.NOTHING
    return Answer.RIGHT if any(holds_the_answer(question, draft) for draft in drafts) else Answer.WRONG


def holds_the_answer(question: Question, text: str) -> bool:
    """Say whether the words that answer stand in a text."""
    told = _letters(text)
    return any(fuzz.partial_ratio(_letters(place.quote), told) >= _HOLDS for place in question.answer)


def guides_by_store(service: Service) -> Mapping[str, str]:
    """A guide of each store, by the store's id."""
    return {service.desk(one.userid).store.store_id: one.userid for one in reversed(service.guides())}


def measure(questions: Iterable[Question], service: Service) -> Mapping[tuple[str, bool], Counter[Answer]]:
    """Count by (split, whether anything answers it)."""
    guides = guides_by_store(service)
    counted: dict[tuple[str, bool], Counter[Answer]] = {}
    for question in questions:
        if question.store in guides:
            place = (split_of(question), bool(question.answer))
            counted.setdefault(place, Counter())[answered(question, guides[question.store], service)] += 1
    return counted


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text)


def _shown(counted: Mapping[tuple[str, bool], Counter[Answer]]) -> Table:
    table = Table("部分", "题", *(one.label for one in Answer), title="问规定：草稿里写的是不是那一条")
    for (split, answerable), found in sorted(counted.items()):
        total = found.total()
        name = f"{split}{'' if answerable else '（资料里没有）'}"
        table.add_row(name, str(total), *(f"{found[one]}（{found[one] / total:.0%}）" for one in Answer))
    return table


def main() -> None:
    """Measure the splits named on the command line, train and dev where none is."""
    questions = rule_questions(sys.argv[1:] or ("train", "dev"))
    out = Console()
    with TemporaryDirectory(prefix="daogou-answered-") as folder, sample_house(SAMPLE_SHOP, Path(folder)) as service:
        out.print(_shown(measure(track(questions, "逐题问", console=Console(stderr=True), transient=True), service)))


if __name__ == "__main__":
    main()
