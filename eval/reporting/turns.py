"""One turn as a manager reads it: what was asked and expected, what was answered and on what grounds, what was wrong.

What many turns share (a passage, a coupon's terms) is written once and named by its place in a list: a thousand turns
stay a file that opens at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.offers.wording import yuan
from assistant.turn import ActionKind, Draft, Offer, TurnRecord, Verdict
from eval.cases.case import Expect
from eval.checks.checks import CHECK_NAMES, SKIP, Status, fits_passage
from eval.comparing.paired import Comparison
from eval.counting.figures import ranks_of, tags_of
from eval.replaying.replay import TurnResult
from eval.reporting.figures import case_scores, score_of, steps_of
from eval.running import Ran

Plain = dict[str, Any]
"""What becomes JSON as it is."""


class Shared:
    """Rows that several turns name by their place."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, ...], int] = {}

    def place(self, *row: str) -> int:
        """Where this row stands; added where it is new."""
        return self._places.setdefault(row, len(self._places))

    def rows(self) -> list[tuple[str, ...]]:
        """Every row in its place."""
        return list(self._places)


def turns_of(now: Ran, before: Ran | None, compared: Comparison | None, shared: Shared) -> list[Plain]:
    """Every turn of a run, each with the earlier run's answer where it is another."""
    old = {(one.name, one.repeat, one.number): one for one in before.results} if before is not None else {}
    worse, better = _moves(compared, is_worse=True), _moves(compared, is_worse=False)
    same = {
        (one.case, one.repeat, one.number): earlier.fingerprint == one.fingerprint
        for earlier, one in (compared.pairs if compared is not None else ())
    }
    scores, flaky = case_scores(now.results), _flaky(now.results)
    told = []
    for one in now.results:
        key = (one.name, one.repeat, one.number)
        turn = _turn(one, now.manifest.packs, shared)
        turn["case_score"] = scores[one.name, one.repeat]
        turn["flaky"] = one.name in flaky
        turn["worse"], turn["better"] = worse.get(key, []), better.get(key, [])
        turn["compared"], turn["same"] = key in same, same.get(key, False)
        if key in old:
            alike = old[key].fingerprint == one.fingerprint
            turn["was"] = _was(old[key], shared, with_answer=not alike)
        told.append(turn)
    return told


def _moves(compared: Comparison | None, *, is_worse: bool) -> dict[tuple[str, int, int], list[str]]:
    found: dict[tuple[str, int, int], list[str]] = {}
    if compared is not None:
        for change in compared.worse if is_worse else compared.better:
            found.setdefault((change.after.case, change.after.repeat, change.after.number), []).append(change.check)
    return found


def _flaky(results: Sequence[TurnResult]) -> set[str]:
    """The cases that are wholly right in some repetitions and not in others."""
    right: dict[tuple[str, int], bool] = {}
    for one in results:
        right[one.name, one.repeat] = right.get((one.name, one.repeat), True) and one.passed
    seen: dict[str, set[bool]] = {}
    for (name, _), passed in right.items():
        seen.setdefault(name, set()).add(passed)
    return {name for name, both in seen.items() if len(both) > 1}


def _turn(one: TurnResult, titles: Mapping[str, str], shared: Shared) -> Plain:
    expect = one.turn.expect
    return {
        "case": one.name,
        "title": one.case.title,
        "n": one.number,
        "of": len(one.case.turns),
        "r": one.repeat,
        "guide": one.case.guide,
        "split": one.split.label,
        "tags": tags_of(one, titles),
        "asked": list(one.turn.guide),
        "expect": expectations(expect),
        "expected": expect.intent.label if expect.intent is not None else "",
        "rank": min(ranks_of(one), default=0) if expect.passages else None,
        "score": score_of((one,)),
        **_judged(one),
        "answer": _answer(one, shared),
    }


def _judged(one: TurnResult) -> Plain:
    return {
        "ok": one.passed,
        "error": one.error,
        "failed": {name: judged.detail for name, judged in one.judgements.items() if judged.status is Status.FAIL},
        "passed": [
            place for place, name in enumerate(CHECK_NAMES) if one.judgements.get(name, SKIP).status is Status.PASS
        ],
        "heard": one.record.need.intent.label,
        "ms": one.milliseconds,
        "steps": {step: round(spent, 1) for step, spent in steps_of(one).items()},
        "calls": one.record.provenance.model_calls,
    }


def _was(one: TurnResult, shared: Shared, *, with_answer: bool) -> Plain:
    return {**_judged(one), **({"answer": _answer(one, shared)} if with_answer else {})}


# ---- what was expected -------------------------------------------------------------------------


def expectations(expect: Expect) -> list[tuple[str, str]]:
    """Everything a case asks of an answer, each with its words."""
    told = [
        ("答法", expect.reply.label if expect.reply is not None else ""),
        ("意图", "、".join(one.label for one in (expect.intent, *expect.also) if one is not None)),
        ("客户", "" if expect.customer is None else expect.customer or "不该认成任何客户"),
        ("产品", "、".join(expect.products)),
        ("不提的产品", "、".join(expect.products_not)),
        ("资料", "；".join(_passage(*one) for one in _passages(expect.passages))),
        ("不用的资料", "；".join(_passage(*one) for one in _passages(expect.passages_not))),
        ("用券", "" if expect.coupons is None else "、".join(expect.coupons) or "这里没有券可用"),
        ("要说", "、".join(f"「{word}」" for word in expect.says)),
        ("至少说一个", "；".join("／".join(group) for group in expect.says_any)),
        ("不能说", "、".join(f"「{word}」" for word in expect.says_not)),
        ("草稿里不能说", "、".join(f"「{word}」" for word in expect.drafts_not)),
        ("转人处理", "" if expect.routed is None else "要" if expect.routed else "不用"),
        ("语气", expect.tone.label if expect.tone is not None else ""),
        ("动作", expect.action.label if expect.action is not None else ""),
    ]
    return [(name, words) for name, words in told if words]


def _passages(wanted: Sequence[Any]) -> list[tuple[str, str, str]]:
    return [(one.title, one.place, one.text) for one in wanted]


def _passage(title: str, place: str, text: str) -> str:
    return f"《{title}》" + (f" {place}" if place else "") + (f"，含「{text}」" if text else "")


# ---- what was answered -------------------------------------------------------------------------


def _answer(one: TurnResult, shared: Shared) -> Plain:
    record = one.record
    cited = {name for verdict in record.verdicts for part in verdict.draft.sentences for name in part.evidence}
    return {
        "kind": record.reply.kind.label,
        "parts": [_segments(part, [verdict.draft.text for verdict in record.verdicts]) for part in record.reply.parts],
        "need": _need(record),
        "drafts": [_draft(verdict, drafted) for verdict, drafted in _verdicts(record)],
        "evidence": [
            (piece.id, shared.place(piece.kind.label, piece.title, piece.place, piece.text), int(piece.id in cited))
            for piece in record.evidence
        ],
        "hits": [
            (
                shared.place("检索", hit.passage.title, hit.passage.place, hit.passage.text),
                round(hit.score, 3),
                int(any(fits_passage(wanted, hit) for wanted in one.turn.expect.passages)),
            )
            for hit in record.hits
        ],
        "offer": _offer(record.offer, shared) if record.offer is not None else None,
        "made": shared.place(*(word for pair in _made(record) for word in pair)),
    }


def _segments(part: str, drafts: Sequence[str]) -> list[str | int]:
    """A part of the reply with every draft in it named by its number: the words of most replies are those of drafts."""
    segments: list[str | int] = [part]
    for number, draft in enumerate(drafts):
        for place, segment in enumerate(segments):
            if draft and isinstance(segment, str) and draft in segment:
                before, after = segment.split(draft, 1)
                segments[place : place + 1] = [one for one in (before, number, after) if one != ""]
                break
    return segments


def _need(record: TurnRecord) -> list[tuple[str, str]]:
    need, slots = record.need, record.need.slots
    told = [
        ("听成", "、".join(one.label for one in (need.intent, *need.also))),
        ("客户", need.customer_id or ("有几位同名：" + "、".join(need.candidates) if need.candidates else "")),
        ("产品", "、".join(need.skus)),
        ("肤质", slots.skin_type),
        ("诉求", "、".join(slots.concerns)),
        ("避开", "、".join(slots.avoid)),
        ("预算", f"{yuan(slots.budget_fen)} 元" if slots.budget_fen is not None else ""),
        ("件数", str(slots.quantity) if slots.quantity != 1 else ""),
        ("要小心的", "、".join(f"{one.signal.label}（{one.words}）" for one in record.signals)),
        ("记成的动作", _action(record.said_action.kind) if record.said_action is not None else ""),
        ("资料缺口", record.gap),
    ]
    return [(name, words) for name, words in told if words]


def _action(kind: ActionKind) -> str:
    return kind.label


def _verdicts(record: TurnRecord) -> list[tuple[Verdict, Draft | None]]:
    """Every verdict with the draft as it was written; None where the two lists do not go together."""
    if len(record.drafts) == len(record.verdicts):
        return list(zip(record.verdicts, record.drafts, strict=True))
    return [(verdict, None) for verdict in record.verdicts]


def _draft(verdict: Verdict, drafted: Draft | None) -> Plain:
    left = verdict.draft
    written = drafted.text if drafted is not None else ""
    return {
        "outcome": verdict.outcome.value,
        "label": verdict.outcome.label,
        "manner": left.manner.label,
        "source": left.source.label,
        "sentences": [(one.text, list(one.evidence)) for one in left.sentences],
        "written": written if written != left.text else "",
        "findings": [(one.reason.label, one.rule, one.span, one.remedy) for one in verdict.findings],
    }


def _offer(offer: Offer, shared: Shared) -> Plain:
    return {
        "lines": [(one.name, one.quantity, yuan(one.unit_fen)) for one in offer.lines],
        "shipping": yuan(offer.shipping_fen) if offer.shipping_fen else "",
        "total": yuan(offer.total_fen),
        "pay": yuan(offer.pay_fen),
        "saving": yuan(offer.saving_fen),
        "applied": [
            (shared.place(one.coupon_id, one.name, one.gift, one.terms), yuan(one.saving_fen)) for one in offer.applied
        ],
        "not_applied": [
            shared.place(one.coupon_id, one.name, one.rule.label, one.distance) for one in offer.alternatives
        ],
        "why": offer.why,
        "step": (
            f"再加一件「{offer.step.added.name}」用「{offer.step.coupon_name}」，实付 {yuan(offer.step.pay_fen)} 元，"
            f"反而少付 {yuan(offer.step.less_fen)} 元"
            if offer.step is not None
            else ""
        ),
        "exact": offer.is_exact,
        "version": f"{offer.rules_version} · {offer.inputs_version}",
    }


def _made(record: TurnRecord) -> list[tuple[str, str]]:
    made = record.provenance
    told = [
        ("模型", made.model),
        (
            "调用",
            f"{made.model_calls} 次，输入 {made.input_tokens}、输出 {made.output_tokens} tokens"
            if made.model_calls
            else "",
        ),
        ("提示词", f"{made.prompt} {made.prompt_version}".strip()),
        ("没用模型的原因", made.fallback_reason),
        ("组稿版本", made.composer_version),
        ("把关版本", made.guard_version),
    ]
    return [(name, words) for name, words in told if words]
