"""Dialogues to replay, as YAML a non-programmer can edit, and what is expected of each answer."""

from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from assistant.turn import ActionKind, Intent, ReplyKind
from knowledge.noun import Noun

DIALOGUES = Path(__file__).parent / "dialogues"


class BadCase(Exception):
    """A dialogue file does not fit; the text names file, field and remedy in Chinese."""


class WantedPassage(Noun):
    """A passage that answers: the document's title, and words its place or text must hold (either may be empty)."""

    title: str
    place: str = ""
    text: str = ""


class Expect(Noun):
    """What a right answer holds. A field left out is not checked.

    ``coupons`` is the exact set of coupon ids to apply; an empty list says that no coupon is right here.
    ``passages`` needs any one of them among the passages used. ``says`` must stand in a shown draft or the reply,
    ``says_not`` nowhere in it. ``products`` must be among the products of the shown drafts.
    """

    reply: ReplyKind | None = None
    intent: Intent | None = None
    also: tuple[Intent, ...] = ()
    customer: str | None = None
    products: tuple[str, ...] = ()
    passages: tuple[WantedPassage, ...] = ()
    coupons: tuple[str, ...] | None = None
    says: tuple[str, ...] = ()
    says_not: tuple[str, ...] = ()
    action: ActionKind | None = None


class CaseTurn(Noun):
    """What the guide writes (several lines are several messages in a row), and what is expected."""

    guide: tuple[str, ...] = Field(min_length=1)
    expect: Expect


class Case(Noun):
    """One dialogue of one guide."""

    id: str
    title: str
    guide: str
    tags: dict[str, str] = {}
    turns: tuple[CaseTurn, ...] = Field(min_length=1)


def read_cases(folder: Path = DIALOGUES) -> tuple[Case, ...]:
    """Read every dialogue of a folder, by id; raises BadCase."""
    cases = [_read(path) for path in sorted(folder.glob("*.yaml"))]
    seen: dict[str, int] = {}
    for case in cases:
        seen[case.id] = seen.get(case.id, 0) + 1
    twice = [case_id for case_id, times in seen.items() if times > 1]
    if twice:
        raise BadCase(f"编号重复：{'、'.join(twice)}。每段对话的 id 要不一样。")
    return tuple(sorted(cases, key=lambda case: case.id))


def _read(path: Path) -> Case:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadCase(f"{path.name}：YAML 格式不对（{error}）") from error
    try:
        return Case.model_validate(content)
    except ValidationError as error:
        raise BadCase(f"{path.name}：{'；'.join(_problems(error))}") from error


def _problems(error: ValidationError) -> Iterable[str]:
    for problem in error.errors():
        where = ".".join(str(step) for step in problem["loc"])
        yield f"字段 {where} 不对（{problem['msg']}）"
