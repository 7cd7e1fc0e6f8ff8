"""The project's own retrieval set: questions about the sample shop as YAML, and the corpus they are asked of.

A question names the file and the words that answer it, not a passage: cutting may change, the answer does not move.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from assistant.clock import SHOP_TIME
from assistant.service import PublishedPassage, Service
from eval.retrieval.corpus import UNANSWERABLE, About, BadCorpus, Query, write
from knowledge.noun import Labelled, Noun
from knowledge.passage import DocumentKind

QUESTIONS = Path(__file__).parent / "questions"
SPLITS = ("train", "dev", "test")
_DEFAULT_STORE = "S001"
_BETWEEN_CELLS = 16
"""Characters of a column's name that reading may put between two cells of a quoted row."""


class QuestionType(Labelled):
    """How a question differs from the words of the material."""

    PARAPHRASE = "paraphrase", "换说法"
    SPOKEN = "spoken", "口语"
    TYPO = "typo", "错别字"
    PINYIN = "pinyin", "拼音"
    CODE = "product-code", "编码"
    SIZE = "size", "规格数量"
    CLAUSE = "clause", "条款"
    COMPARISON = "comparison", "比较"
    DOUBLE = "double", "一次两问"
    FOLLOW_UP = "follow-up", "追问"
    UNANSWERABLE = UNANSWERABLE, "资料里没有"


class Place(Noun):
    """Where an answer stands: in a file, or in a product's row.

    ``quote`` holds the words as they stand on the page; at a blank, as between two cells of a table, reading may put
    the name of a column, so that reading tables better moves no question to another split.
    """

    file: str = ""
    sku: str = ""
    quote: str = ""


class Question(Noun):
    """One question; with several places a full answer needs or may use each of them.

    ``at`` is the Shanghai day on which it is asked, where the answer holds on other days than the sample's own.
    """

    ask: str
    type: QuestionType
    answer: tuple[Place, ...]
    before: tuple[str, ...] = ()
    store: str = _DEFAULT_STORE
    at: date | None = None

    @property
    def id(self) -> str:
        """A name that stays with the words, whatever the order of the file."""
        return _digest(*self.before, self.ask, self.store)[:12]


def read_questions(folder: Path = QUESTIONS) -> tuple[Question, ...]:
    """Read every question of a folder; raises BadCorpus with file, entry and field."""
    found: dict[str, Question] = {}
    for path in sorted(folder.glob("*.yaml")):
        for number, entry in enumerate(
            yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or (), start=1
        ):
            try:
                question = Question.model_validate(entry)
            except ValidationError as error:
                fields = "、".join(".".join(map(str, problem["loc"])) for problem in error.errors())
                raise BadCorpus(f"{path.name} 第 {number} 题：{fields} 写得不对") from error
            if bool(question.answer) is (question.type is QuestionType.UNANSWERABLE):
                raise BadCorpus(f"{path.name} 第 {number} 题：只有 unanswerable 的 answer 是空的，别的都要写明出处")
            if question.id in found:
                raise BadCorpus(f"{path.name} 第 {number} 题：“{question.ask}”和前面的重复了，请删掉一题")
            found[question.id] = question
    return tuple(found.values())


def split_of(question: Question) -> str:
    """A third of the questions train, a quarter are for choosing settings, the rest is the test nobody looks at.

    Three places in ten are never trained on, so that the test also tells of passages nobody asked about; of the other
    questions half train. Decided by hashes, so a new question moves no old one.
    """
    first = question.answer[0] if question.answer else Place()
    is_unasked = bool(question.answer) and _tenth("place", first.file, first.sku, first.quote) < 3
    turn = _tenth("question", question.id)
    if is_unasked:
        return "dev" if turn < 4 else "test"
    return "train" if turn < 5 else "dev" if turn < 7 else "test"


def build_own_set(service: Service, questions: Sequence[Question], folder: Path) -> None:
    """Write the set over what this service has published; raises BadCorpus when an answer stands nowhere."""
    published = service.published()
    regions = service.regions()
    asked: list[Query] = []
    judged: dict[str, dict[str, dict[str, int]]] = {split: {} for split in SPLITS}
    for question in questions:
        sentences = _sentences(question, published)
        about = About(
            type=question.type.value,
            before=question.before,
            store_id=question.store,
            region_id=regions[question.store],
            sentences=sentences,
            moment=datetime.combine(question.at, time(12), SHOP_TIME) if question.at else None,
            split="" if question.answer else split_of(question),
        )
        asked.append(Query(id=question.id, text=question.ask, about=about))
        if sentences:
            judged[split_of(question)][question.id] = dict.fromkeys(sentences, 1)
    write(folder, (one.passage for one in published), asked, judged)


def _sentences(question: Question, published: Sequence[PublishedPassage]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for place in question.answer:
        here = [one for one in published if _holds(one, place)]
        if not here:
            where = place.sku or place.file
            raise BadCorpus(f"“{question.ask}”：在 {where} 里找不到“{place.quote}”。请照原文抄写 quote")
        found.update((one.passage.id, place.quote) for one in here)
    return found


def _holds(one: PublishedPassage, place: Place) -> bool:
    passage = one.passage
    if place.sku:
        return passage.kind is DocumentKind.PRODUCT and passage.skus == (place.sku,)
    if one.file != place.file:
        return False
    words = _bare(" ".join((passage.title, *passage.heading, passage.text)))
    quoted = f".{{0,{_BETWEEN_CELLS}}}?".join(re.escape(_bare(part)) for part in place.quote.split())
    return re.search(quoted, words) is not None


@lru_cache(maxsize=8192)
def _bare(text: str) -> str:
    """The text without blanks and table bars, which differ between a file and its passage."""
    return "".join(character for character in text if not character.isspace() and character not in "|*")


def _tenth(*parts: str) -> int:
    return int(_digest(*parts)[:8], 16) % 10


def _digest(*parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
