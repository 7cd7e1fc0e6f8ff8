"""A blind sheet: pairs of answers to the same question from two versions, in an order nobody can tell, for people to rate.

The page is one file that asks for nothing; which side was which version stands in a key that raters are not given.
"""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from random import Random

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eval.cases.reading import BadCase
from eval.checks.checks import shown_drafts
from eval.replaying.replay import TurnResult
from eval.reporting.page import hash_of
from eval.running import Ran
from knowledge.noun import Noun

STATIC = Path(__file__).parent / "static"
REASONS = ("事实或价格不对", "答非所问", "优惠给错", "语气不像同事", "太长", "不合规矩")


class Pair(Noun):
    """One question with two answers; ``left`` and ``right`` are what a customer could have been sent."""

    id: str
    asked: tuple[str, ...]
    left: str
    right: str
    slice: str


class Key(Noun):
    """Which version stands on the left of each pair: ``before`` or ``after``; made with the sheet, opened with the results."""

    sheet: str
    before: str
    after: str
    left: dict[str, str]
    slices: dict[str, str]


class Sheet(Noun):
    """What raters see; ``sheet`` names it, so that a result of another sheet is not counted here."""

    sheet: str
    pairs: tuple[Pair, ...]


def blind(before: Ran, after: Ran, number: int, seed: int) -> tuple[Sheet, Key]:
    """Draw pairs that differ, evenly over the intents; raises BadCase where no two answers differ."""
    chance = Random(seed)
    old = {(one.name, one.number): one for one in before.results if one.repeat == 0}
    found: defaultdict[str, list[tuple[TurnResult, TurnResult]]] = defaultdict(list)
    for one in after.results:
        other = old.get((one.name, one.number))
        if one.repeat == 0 and other is not None and _answers_differ(other, one):
            found[one.record.need.intent.label].append((other, one))
    if not found:
        raise BadCase("两次结果里没有一轮的草稿不一样，没有可以比的")
    for ones in found.values():
        chance.shuffle(ones)
    drawn: list[tuple[str, TurnResult, TurnResult]] = []
    while len(drawn) < number and any(found.values()):
        for intent in sorted(found):
            if found[intent] and len(drawn) < number:
                drawn.append((intent, *found[intent].pop()))
    chance.shuffle(drawn)
    pairs, left = [], {}
    for place, (intent, one, other) in enumerate(drawn, start=1):
        id_ = f"p{place:03d}"
        left[id_] = chance.choice(("before", "after"))
        answers = {"before": _answer(one), "after": _answer(other)}
        right = "after" if left[id_] == "before" else "before"
        asked = (*_earlier(other), *other.turn.guide)
        pairs.append(Pair(id=id_, asked=asked, left=answers[left[id_]], right=answers[right], slice=intent))
    name = hashlib.sha256(json.dumps([pair.model_dump() for pair in pairs], ensure_ascii=False).encode()).hexdigest()[
        :12
    ]
    key = Key(
        sheet=name,
        before=before.manifest.run_id,
        after=after.manifest.run_id,
        left=left,
        slices={pair.id: pair.slice for pair in pairs},
    )
    return Sheet(sheet=name, pairs=tuple(pairs)), key


def _answers_differ(one: TurnResult, other: TurnResult) -> bool:
    first, second = shown_drafts(one.record), shown_drafts(other.record)
    return bool(first) and bool(second) and first[0] != second[0]


def _answer(result: TurnResult) -> str:
    return shown_drafts(result.record)[0]


def _earlier(result: TurnResult) -> tuple[str, ...]:
    return tuple(text for turn in result.case.turns[: result.number - 1] for text in turn.guide)


def as_page(sheet: Sheet) -> str:
    """The sheet as one HTML file."""
    script = (STATIC / "rate.js").read_text(encoding="utf-8")
    style = (STATIC / "rate.css").read_text(encoding="utf-8")
    house = Environment(
        loader=PackageLoader("eval.rating"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return house.get_template("rate.html").render(
        pairs=sheet.pairs,
        sheet=sheet.sheet,
        reasons=REASONS,
        script=Markup(script),
        style=Markup(style),
        script_hash=hash_of(script),
        style_hash=hash_of(style),
    )
