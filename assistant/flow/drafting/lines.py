"""The parts a draft is put together from, before one wording of each is picked."""

from dataclasses import dataclass

from knowledge.noun import Labelled


class Part(Labelled):
    """What a line does in a draft. The answer and what the law wants said always stay; the others give way."""

    OPEN = "open", "开头"
    ANSWER = "answer", "正面回答"
    BESIDES = "besides", "一并回答"
    FACT = "fact", "补充事实"
    DEAL = "deal", "优惠"
    DUTY = "duty", "必须写明"
    CLOSE = "close", "收尾"


ASIDE = "※"
"""Where a wording takes its aside."""


@dataclass(frozen=True)
class Line:
    """One thing to say in several wordings, and the evidence all of them rest on.

    ``aside`` goes where a wording has ※ and does not count towards the length: coupons with their conditions,
    which may not be cut. ``told`` are the record's own words; a script that already holds them makes the line idle.
    ``beside`` names the parts without one of which the line has nothing to stand beside, and goes as well.
    """

    part: Part
    wordings: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    aside: str = ""
    told: tuple[str, ...] = ()
    beside: tuple[Part, ...] = ()


def opening(*wordings: str) -> Line:
    """A greeting or an acknowledgement."""
    return Line(Part.OPEN, wordings)


def answer(evidence: tuple[str, ...], *wordings: str, told: tuple[str, ...] = ()) -> Line:
    """What was asked, answered."""
    return Line(Part.ANSWER, wordings, evidence, told=told)


def fact(evidence: tuple[str, ...], *wordings: str, told: tuple[str, ...] = ()) -> Line:
    """Something true that helps."""
    return Line(Part.FACT, wordings, evidence, told=told)


def closing(*wordings: str) -> Line:
    """An easy next step."""
    return Line(Part.CLOSE, wordings)
