"""How good a turn was, read from its record alone: six items, each 0 to 1, or not judged where the record cannot say.

Not judged is not passed: such an item is left out of the mean and of the count beside it. What was *shown* is judged;
a draft the guard held never reached the guide.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean

from rapidfuzz.distance import Levenshtein

from assistant.shop import Manner, Purpose
from assistant.turn import (
    Action,
    ActionKind,
    Draft,
    EvidenceKind,
    Outcome,
    Reason,
    RefusalReason,
    ReplyKind,
    TurnRecord,
    Verdict,
)
from knowledge.noun import Labelled, Noun

SHORTEST = 8
LONGEST = {Manner.WARM: 160, Manner.EXPERT: 220, Manner.BRIEF: 70}
"""Characters a chat message of this manner may have for full marks; at twice as many there are none."""
PROMPT_MS = 3_000.0
LATE_MS = 10_000.0
"""Up to the first the customer does not notice the wait; from the second on the guide has answered by herself."""
BLOCKING = frozenset(
    {
        Reason.ABSOLUTE_TERM,
        Reason.MEDICAL_TERM,
        Reason.PRICE_LAW,
        Reason.UNFAIR_TERM,
        Reason.PRIVACY,
        Reason.UNFILLED_BLANK,
    }
)
"""Words that may not go out wherever they stand; a figure may be wrong in one sentence and right in the next."""
_NOT_FACTS = frozenset({"consents", "orders", "points", "birthday_month"})


class Rubric(Labelled):
    """What a turn is judged by."""

    GROUNDED = "grounded", "有依据"
    COMPLIANT = "compliant", "合规"
    PERSONAL = "personal", "个性化"
    FITTING = "fitting-length", "长度合适"
    ADOPTED = "adopted", "采用"
    TIMELY = "timely", "及时"


class Item(Noun):
    """One item: ``value`` is 0..1, None when it was not judged; ``why`` says so in words a manager reads."""

    rubric: Rubric
    value: float | None
    why: str


class Score(Noun):
    """A turn's items in the order of the rubric; ``overall`` is the mean of the ``judged`` ones, None when none was."""

    turn_id: str
    items: tuple[Item, ...]
    overall: float | None
    judged: int

    def value(self, rubric: Rubric) -> float | None:
        """Return the value of one item."""
        return next(item.value for item in self.items if item.rubric is rubric)


class Mean(Noun):
    """One item over a conversation: the mean of the turns where it was judged, and how many those were."""

    rubric: Rubric
    value: float | None
    judged: int


class ConversationScore(Noun):
    """A conversation's items; ``overall`` is the mean over the ``judged`` turns of its ``turns``."""

    items: tuple[Mean, ...]
    overall: float | None
    judged: int
    turns: int


def score_turn(record: TurnRecord) -> Score:
    """Judge one turn."""
    shown = _shown(record)
    items = (
        _grounded(shown),
        _compliant(shown),
        _personal(record, shown),
        _fitting(shown),
        _adopted(record.action, shown),
        _timely(record),
    )
    values = [item.value for item in items if item.value is not None]
    return Score(turn_id=record.turn_id, items=items, overall=_mean(values), judged=len(values))


def score_conversation(records: Iterable[TurnRecord]) -> ConversationScore:
    """Judge every turn and take the means; a turn with nothing to judge counts among the turns only."""
    scores = [score_turn(record) for record in records]
    overall = [score.overall for score in scores if score.overall is not None]
    return ConversationScore(
        items=tuple(_over(rubric, scores) for rubric in Rubric),
        overall=_mean(overall),
        judged=len(overall),
        turns=len(scores),
    )


def _over(rubric: Rubric, scores: Sequence[Score]) -> Mean:
    values = [value for score in scores if (value := score.value(rubric)) is not None]
    return Mean(rubric=rubric, value=_mean(values), judged=len(values))


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _shown(record: TurnRecord) -> tuple[Verdict, ...]:
    if record.reply.kind is not ReplyKind.DRAFTS:
        return ()
    return tuple(one for one in record.verdicts if one.outcome is not Outcome.HELD and one.draft.sentences)


# ---- the items ---------------------------------------------------------------------------------


def _item(rubric: Rubric, value: float | None, why: str) -> Item:
    return Item(rubric=rubric, value=value, why=why)


def _grounded(shown: Sequence[Verdict]) -> Item:
    claims = [claim for one in shown for claim in one.draft.claims]
    if not claims:
        return _item(Rubric.GROUNDED, None, "没有需要依据的说法")
    backed = sum(bool(claim.evidence_id) for claim in claims)
    return _item(Rubric.GROUNDED, backed / len(claims), f"{len(claims)} 处说法，{backed} 处有依据")


def _compliant(shown: Sequence[Verdict]) -> Item:
    if not shown:
        return _item(Rubric.COMPLIANT, None, "没有给出草稿")
    left = [
        one for one in shown if any(found.reason in BLOCKING and found.span in one.draft.text for found in one.findings)
    ]
    why = f"{len(left)} 条草稿里还留着不能说的词" if left else "没有留下不能说的词"
    return _item(Rubric.COMPLIANT, 1 - len(left) / len(shown), why)


def _personal(record: TurnRecord, shown: Sequence[Verdict]) -> Item:
    if not shown:
        return _item(Rubric.PERSONAL, None, "没有给出草稿")
    if Purpose.PERSONALISATION.value not in record.profile.get("consents", "").split("、"):
        return _item(Rubric.PERSONAL, None, "没有客户，或客户没有同意个性化推荐")
    known = (words for name, words in record.profile.items() if name not in _NOT_FACTS)
    # one character alone (过敏史：无) stands in any text
    facts = {word for words in known for word in words.split("、") if len(word) > 1}
    if not facts:
        return _item(Rubric.PERSONAL, None, "对客户还没有了解")
    about = {one.id for one in record.evidence if one.kind is EvidenceKind.CUSTOMER}
    used = sum(_uses(one.draft, facts, about) for one in shown)
    return _item(Rubric.PERSONAL, used / len(shown), f"{len(shown)} 条草稿，{used} 条用上了客户的情况")


def _uses(draft: Draft, facts: set[str], about: set[str]) -> bool:
    leaned = any(about.intersection(sentence.evidence) for sentence in draft.sentences)
    return leaned or any(fact in draft.text for fact in facts)


def _fitting(shown: Sequence[Verdict]) -> Item:
    if not shown:
        return _item(Rubric.FITTING, None, "没有给出草稿")
    lengths = [len("".join(one.draft.text.split())) for one in shown]
    marks = [_fit(length, LONGEST[one.draft.manner]) for length, one in zip(lengths, shown, strict=True)]
    return _item(Rubric.FITTING, fmean(marks), f"每条 {'、'.join(map(str, lengths))} 字")


def _fit(length: int, longest: int) -> float:
    if length < SHORTEST:
        return 0.0
    return max(0.0, min(1.0, 2 - length / longest))


def _adopted(action: Action | None, shown: Sequence[Verdict]) -> Item:
    if action is None:
        return _item(Rubric.ADOPTED, None, "导购还没有表态")
    if action.kind is ActionKind.ACCEPTED:
        return _item(Rubric.ADOPTED, 1.0, "原样采用")
    if action.kind is ActionKind.REFUSED:
        if action.reason is RefusalReason.CUSTOMER_CHANGED:
            return _item(Rubric.ADOPTED, None, "客户不需要了，不算草稿的")
        return _item(Rubric.ADOPTED, 0.0, f"没有采用：{action.reason.label if action.reason else '没说原因'}")
    texts = [one.draft.text for one in shown]
    if not action.sent_text or not texts:
        return _item(Rubric.ADOPTED, None, "改过，但没有留下改后的文字")
    edits = min(Levenshtein.distance(text, action.sent_text) for text in texts)
    likeness = max(Levenshtein.normalized_similarity(text, action.sent_text) for text in texts)
    return _item(Rubric.ADOPTED, likeness, f"改了 {edits} 个字后采用")


def _timely(record: TurnRecord) -> Item:
    milliseconds = (record.finished_at - record.started_at).total_seconds() * 1000
    if milliseconds < 0:
        return _item(Rubric.TIMELY, None, "记录的时间前后颠倒")
    value = (LATE_MS - milliseconds) / (LATE_MS - PROMPT_MS)
    return _item(Rubric.TIMELY, max(0.0, min(1.0, value)), f"用了 {milliseconds:.0f} 毫秒")
