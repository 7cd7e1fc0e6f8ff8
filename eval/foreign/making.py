"""Making cases of foreign items: what fits becomes an expectation, what does not is written above the case and told."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from eval.cases.case import Case, Expect
from eval.cases.reading import problems_of
from eval.foreign.holdings import Holdings, cells
from knowledge.personal import PersonalKind, find_personal

UNTAGGED = {"stage": "discovery", "intent": "未标注", "category": "未分类", "difficulty": "medium", "risk": "medium"}
TITLE = 30
LONGEST_NOTE = 300
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


@dataclass
class Item:
    """One foreign item on its way to a case. ``where`` is how people find it in its file."""

    where: str
    name: str = ""
    title: str = ""
    guide: str = ""
    clock: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    given: Any = None
    turns: list[tuple[tuple[str, ...], dict[str, Any]]] = field(default_factory=list)
    """What the guide writes, and the expectations by the names of ``Expect``."""
    notes: list[str] = field(default_factory=list)

    def note(self, what: str, why: str) -> None:
        """Keep something that has no counterpart, in the words it came in."""
        self.notes.append(_short(f"{what}：{why}"))


@dataclass(frozen=True)
class Brought:
    """What came of a file: the cases, the notes by case id, and what could not be read at all, one problem a line."""

    cases: tuple[Case, ...]
    notes: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...]


class Making:
    """Takes the items of one file, one after another. ``holdings`` None takes every expectation at its word."""

    def __init__(self, file: str, guide: str, holdings: Holdings | None = None) -> None:
        self._file = file
        self._guide = guide
        self.holdings = holdings
        self._stem = _slug(file.rsplit(".", 1)[0]) or "item"
        self._cases: dict[str, Case] = {}
        self._notes: dict[str, tuple[str, ...]] = {}
        self._problems: list[str] = []

    def problem(self, where: str, what: str, says: str, remedy: str) -> None:
        """Tell of something that could not be read: in which item, which field, and what would make it readable."""
        self._problems.append(f"{self._file} {where}：{f'字段 {what} ' if what else ''}{says}；{remedy}")

    def add(self, item: Item) -> None:
        """Make a case of an item; what cannot be expected in this shop is noted, an item without words is a problem."""
        turns = [(said, expect) for said, expect in item.turns if any(text.strip() for text in said)]
        if not turns:
            self.problem(item.where, "", "没有一句导购或客户的话，没法回放", "请补上要问的那句话")
            return
        guide = item.guide or self._guide
        given = self._given(item)
        made = [
            {"guide": said, "expect": self._expect(expect, guide, given, item, number if len(turns) > 1 else 0)}
            for number, (said, expect) in enumerate(turns, start=1)
        ]
        content = {
            "id": self._id(item.name),
            "title": item.title if len(item.title.strip()) > 1 else _first_words(turns[0][0]),
            "guide": guide,
            "tags": self._tags(item),
            "turns": made,
            **({"clock": item.clock} if item.clock else {}),
            **({"given": given} if given else {}),
        }
        if item.notes:
            content["title"] = f"{content['title']}（另有{len(item.notes)}处要人看）"
        content = _sound(content)
        try:
            case = Case.model_validate(content)
        except ValidationError as error:
            self._problems += [f"{self._file} {item.where}：{said}" for said in problems_of(error, content)]
            return
        self._cases[case.id] = case
        if item.notes:
            self._notes[case.id] = tuple(_sound(note) for note in item.notes)

    def done(self) -> Brought:
        """All that came in."""
        return Brought(tuple(self._cases.values()), self._notes, tuple(self._problems))

    # ---- pieces of a case ----------------------------------------------------------------------

    def _id(self, name: str) -> str:
        wanted = _slug(name)
        # an id that was one stays as it was
        if re.fullmatch(r"[a-z0-9][a-z0-9-]{2,60}", name):
            wanted = name
        if len(wanted) < 3:
            wanted = f"{self._stem[:40]}-{wanted or f'{len(self._cases) + 1:03d}'}"
        unique, number = wanted[:61], 2
        while unique in self._cases:
            unique = f"{wanted[:56]}-{number}"
            number += 1
        return unique

    def _tags(self, item: Item) -> dict[str, Any]:
        return {**UNTAGGED, **{name: value for name, value in item.tags.items() if value not in (None, "")}}

    def _given(self, item: Item) -> dict[str, tuple[dict[str, str], ...]]:
        return item.given if isinstance(item.given, dict) else {}

    def _expect(
        self, wanted: dict[str, Any], guide: str, given: Mapping[str, Any], item: Item, number: int
    ) -> dict[str, Any]:
        """The expectations that are ones of ours and can come true here; the rest is noted."""
        where = f"第{number}轮 " if number else ""
        left = dict(wanted)
        while True:
            try:
                expect = Expect.model_validate(left)
                break
            except ValidationError as error:
                for name in {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}:
                    item.note(f"{where}{name}", f"这一项我们没有这样的写法（{left.pop(name)}）")
        if self.holdings is not None:
            for name, why in self.holdings.untrue(expect, guide, cells(_rows(given))).items():
                item.note(f"{where}{name}", why)
                left.pop(name, None)
        return left


def _rows(given: Mapping[str, Any]) -> dict[str, tuple[dict[str, str], ...]]:
    return {
        table: tuple({str(name): str(cell) for name, cell in row.items()} for row in rows if isinstance(row, dict))
        for table, rows in given.items()
        if isinstance(rows, (list, tuple))
    }


def personal_in(texts: Iterable[str]) -> tuple[PersonalKind, ...]:
    """The kinds of personal data that words hold by their shape."""
    return tuple(dict.fromkeys(one.kind for text in texts for one in find_personal(text)))


def warn_of_personal(item: Item) -> None:
    """Note what looks personal in an item's words; only the keeper of the file can say whose it is."""
    kinds = personal_in(text for said, _ in item.turns for text in said)
    if kinds:
        item.note("个人信息", f"话里像有{'、'.join(kind.label for kind in kinds)}，存进题库之前请先换掉")


def _sound(value: Any) -> Any:
    """The same without halves of characters, which JSON lets through and no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_sound(name): _sound(one) for name, one in value.items()}
    return [_sound(one) for one in value] if isinstance(value, (list, tuple)) else value


def _slug(name: str) -> str:
    return _NOT_IN_ID.sub("-", name.lower()).strip("-")


def _first_words(said: tuple[str, ...]) -> str:
    words = " ".join(said[0].split())
    short = words if len(words) <= TITLE else f"{words[:TITLE]}……"
    return short if len(short) > 1 else f"导购问：{short}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_NOTE else f"{plain[:LONGEST_NOTE]}……"
