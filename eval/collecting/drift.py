"""How far what guides ask has moved from what the cases ask: distributions, new words, and the questions nobody foresaw.

Two distributions are compared by the Jensen–Shannon distance (0 alike, 1 nothing in common). Small samples differ by
chance, so each distance stands beside the one that chance alone would give (the 95th percentile of random divisions of
both together), and where even chance gives a large one it is said that there is not enough to see.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import rjieba
from rapidfuzz import fuzz, process

from assistant.service import Service
from assistant.turn import Intent, ReplyKind, TurnRecord
from eval.cases.case import Case, CaseTurn, Stage
from eval.collecting.cast import Cast
from eval.collecting.collect import cast_of
from eval.collecting.taking import category_of
from knowledge.people import without_people

TIMES = 400
"""Draws for an interval: its ends then move by less than one hundredth from run to run, and it takes a second."""
ENOUGH = 0.25
"""Where chance alone gives a larger distance, nothing smaller could be seen."""
FEWEST = 30
FARTHEST, WORDS, LEAST_SAID = 10, 20, 2
_LENGTHS = (5, 10, 20, 40, 80)
_SIGNS = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True)
class Compared:
    """One distribution: live and in the cases, with their distance, its interval, and what chance alone would give."""

    name: str
    live: Mapping[str, int]
    cases: Mapping[str, int]
    distance: float
    low: float
    high: float
    chance: float

    @property
    def moved(self) -> bool:
        """Say whether it is more than chance."""
        return min(sum(self.live.values()), sum(self.cases.values())) >= FEWEST and self.distance > self.chance

    @property
    def enough(self) -> bool:
        """Say whether a difference that matters was seen, or would have been."""
        fewest = min(sum(self.live.values()), sum(self.cases.values()))
        return self.moved or (fewest >= FEWEST and self.chance <= ENOUGH)


@dataclass(frozen=True)
class FarQuestion:
    """A live question with nobody in it, and how near (0..100) the nearest case comes."""

    text: str
    intent: str
    nearest: float
    times: int


@dataclass(frozen=True)
class Drift:
    """Live traffic of some days beside the cases."""

    since: datetime
    until: datetime
    turns: int
    case_turns: int
    compared: tuple[Compared, ...]
    unanswered: float
    held: float
    new_words: Mapping[str, int]
    new_share: float
    far: tuple[FarQuestion, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values, for machines."""
        content = asdict(self)
        content["since"], content["until"] = self.since.isoformat(), self.until.isoformat()
        content["compared"] = [{**asdict(one), "enough": one.enough, "moved": one.moved} for one in self.compared]
        return content


def drift(service: Service, cases: Sequence[Case], days: int) -> Drift:
    """Compare the turns of the last days with the cases."""
    until = service.clock()
    since = until - timedelta(days=days)
    cast = cast_of(service)
    live = [one for one in service.export_turns() if since <= one.started_at <= until and _texts(one)]
    asked = [(case, turn) for case in cases for turn in case.turns]
    dice = np.random.default_rng(20261122)
    compared = tuple(
        _compare(name, [of_live(one) for one in live], [value for one in asked if (value := of_case(*one))], dice)
        for name, of_live, of_case in _axes(cast)
    )
    words, share = _new_words(live, cases, cast)
    return Drift(
        since=since,
        until=until,
        turns=len(live),
        case_turns=len(asked),
        compared=compared,
        unanswered=_share(live, ReplyKind.ABSTAIN, ReplyKind.ASK),
        held=_share(live, ReplyKind.HELD),
        new_words=words,
        new_share=share,
        far=_farthest(live, cases, cast),
    )


# ---- distributions -----------------------------------------------------------------------------

_OfLive = Callable[[TurnRecord], str]
_OfCase = Callable[[Case, CaseTurn], str]


def _axes(cast: Cast) -> tuple[tuple[str, _OfLive, _OfCase], ...]:
    intents, stages = {one.value: one.label for one in Intent}, {one.value: one.label for one in Stage}
    return (
        (
            "意图",
            lambda one: one.need.intent.label,
            lambda case, turn: turn.expect.intent.label if turn.expect.intent else intents.get(case.tags.intent, ""),
        ),
        ("阶段", lambda one: stages[one.need.stage.value], lambda case, turn: case.tags.stage.label),
        ("品类", lambda one: category_of(one, cast.desk_of(one.guide)), lambda case, turn: case.tags.category),
        ("字数", lambda one: _length(_texts(one)), lambda case, turn: _length(turn.guide)),
        ("连发几条", lambda one: _burst(_texts(one)), lambda case, turn: _burst(turn.guide)),
        (
            "答法",
            lambda one: one.reply.kind.label,
            lambda case, turn: turn.expect.reply.label if turn.expect.reply else "",
        ),
    )


def _length(texts: Sequence[str]) -> str:
    length = sum(map(len, texts))
    return next((f"{most}字以内" for most in _LENGTHS if length <= most), f"{_LENGTHS[-1]}字以上")


def _burst(texts: Sequence[str]) -> str:
    return f"{len(texts)}条" if len(texts) < 3 else "3条以上"


def _compare(name: str, live: Sequence[str], cases: Sequence[str], dice: np.random.Generator) -> Compared:
    values = sorted({*live, *cases})
    place = {value: number for number, value in enumerate(values)}
    one = np.array([place[value] for value in live], dtype=np.int64)
    other = np.array([place[value] for value in cases], dtype=np.int64)
    if not len(one) or not len(other):
        return Compared(name, dict(Counter(live)), dict(Counter(cases)), 0.0, 0.0, 1.0, 1.0)

    def distance(first: np.ndarray, second: np.ndarray) -> float:
        return js_distance(np.bincount(first, minlength=len(values)), np.bincount(second, minlength=len(values)))

    drawn = [distance(dice.choice(one, len(one)), dice.choice(other, len(other))) for _ in range(TIMES)]
    both = np.concatenate([one, other])
    by_chance = []
    for _ in range(TIMES):
        dice.shuffle(both)
        by_chance.append(distance(both[: len(one)], both[len(one) :]))
    return Compared(
        name,
        dict(Counter(live)),
        dict(Counter(cases)),
        distance(one, other),
        float(np.quantile(drawn, 0.025)),
        float(np.quantile(drawn, 0.975)),
        float(np.quantile(by_chance, 0.95)),
    )


def js_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The Jensen–Shannon distance of two counts of the same values, with logarithms of base 2."""
    p, q = first / first.sum(), second / second.sum()
    middle = (p + q) / 2

    def entropy(shares: np.ndarray) -> float:
        present = shares[shares > 0]
        return float(-(present * np.log2(present)).sum())

    return float(np.sqrt(max(0.0, entropy(middle) - (entropy(p) + entropy(q)) / 2)))


def _share(live: Sequence[TurnRecord], *kinds: ReplyKind) -> float:
    return sum(one.reply.kind in kinds for one in live) / len(live) if live else 0.0


# ---- words -------------------------------------------------------------------------------------


def _texts(record: TurnRecord) -> tuple[str, ...]:
    return tuple(message.text for message in record.messages if message.text.strip())


def _new_words(live: Sequence[TurnRecord], cases: Sequence[Case], cast: Cast) -> tuple[dict[str, int], float]:
    """The words of guides that no case has, the commonest first; nobody's name is among them."""
    known = {word for case in cases for turn in case.turns for text in turn.guide for word in rjieba.cut(text)}
    said: Counter[str] = Counter()
    for record in live:
        desk = cast.desk_of(record.guide)
        people = cast.people_of(desk) if desk is not None else None
        text = without_people("\n".join(_texts(record)), people)
        said.update({word for word in rjieba.cut(text) if _HAN.fullmatch(word)})
    new = Counter({word: count for word, count in said.items() if word not in known})
    whole = sum(said.values())
    # a word that was said once could be somebody's name that nothing gave away
    often = {word: count for word, count in new.most_common(WORDS) if count >= LEAST_SAID}
    return often, sum(new.values()) / whole if whole else 0.0


def _farthest(live: Sequence[TurnRecord], cases: Sequence[Case], cast: Cast) -> tuple[FarQuestion, ...]:
    """The questions that no case comes near to, each once, redacted; what cannot be redacted is not shown."""
    asked = list({_plain(" ".join(turn.guide)) for case in cases for turn in case.turns})
    times = Counter(_plain(" ".join(_texts(one))) for one in live)
    first: dict[str, TurnRecord] = {}
    for record in live:
        first.setdefault(_plain(" ".join(_texts(record))), record)
    questions = [text for text in first if text]
    if not questions or not asked:
        return ()
    nearest = process.cdist(questions, asked, scorer=fuzz.ratio).max(axis=1)
    found: list[FarQuestion] = []
    for place in np.argsort(nearest, kind="stable"):
        record = first[questions[place]]
        shown = _without_persons(record, cast)
        if shown is not None:
            found.append(FarQuestion(shown, record.need.intent.label, float(nearest[place]), times[questions[place]]))
        if len(found) == FARTHEST:
            break
    return tuple(found)


def _plain(text: str) -> str:
    return _SIGNS.sub("", text).lower()


def _without_persons(record: TurnRecord, cast: Cast) -> str | None:
    """What a guide wrote with nobody in it; None where that cannot be made sure of."""
    desk = cast.desk_of(record.guide)
    about = [one for one in (record.need.customer_id, *record.need.candidates) if one]
    if desk is None or not set(about) <= {card.customer_id for card in desk.customers}:
        return None
    redact = cast.redactor(desk, about)
    text = " / ".join(redact(text) for text in _texts(record))
    return text if redact.is_clean(text) else None


# ---- told --------------------------------------------------------------------------------------


def in_words(found: Drift) -> Iterable[str]:
    """What people read."""
    if not found.turns:
        yield "这段时间没有人问过，没有可比的"
        return
    yield f"{found.since:%Y-%m-%d} 到 {found.until:%Y-%m-%d}：{found.turns} 轮真实提问，题目里 {found.case_turns} 轮"
    yield f"没答上或反问的占 {found.unanswered:.1%}，被拦下的占 {found.held:.1%}"
    for one in found.compared:
        said = "比碰巧大，题目没跟上" if one.moved else "碰巧也会有这么大" if one.enough else "数据不够，看不出"
        yield (
            f"{one.name}：距离 {one.distance:.2f}（{one.low:.2f}–{one.high:.2f}），碰巧可到 {one.chance:.2f}，{said}"
        )
        if one.moved:
            yield f"    多了：{_gaps(one.live, one.cases)}；少了：{_gaps(one.cases, one.live)}"
    yield f"题目里没有的词占 {found.new_share:.1%}：{'、'.join(found.new_words) or '无'}"
    if found.far:
        yield "离题目最远的提问（姓名、电话等已换掉）："
        for far in found.far:
            yield f"  {far.nearest:3.0f}  [{far.intent}] {' '.join(far.text.split())[:80]}（{far.times} 次）"


def _gaps(more: Mapping[str, int], less: Mapping[str, int]) -> str:
    """The values whose share is larger on the one side, with both shares."""
    whole, other = sum(more.values()), sum(less.values())
    gaps = sorted(((count / whole - less.get(value, 0) / other, value) for value, count in more.items()), reverse=True)
    return "、".join(f"{value} +{gap:.0%}" for gap, value in gaps[:3] if gap > 0) or "无"
