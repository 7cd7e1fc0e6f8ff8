"""What a replay came to, as text: rates with their counts, latency, and every failure down to its turn."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from eval.checks import Status, reply_text
from eval.replay import Run

THRESHOLDS = Path(__file__).parent / "thresholds.yaml"
OK, REGRESSION, ERROR, NOTHING_RAN = 0, 1, 2, 3


@dataclass(frozen=True)
class Conclusion:
    """Whether a run may pass, as an exit code, and why not."""

    code: int
    reasons: tuple[str, ...]


def thresholds(path: Path = THRESHOLDS) -> dict[str, float]:
    """Read the least shares that must pass."""
    return {str(name): float(value) for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def conclude(run: Run, least: dict[str, float]) -> Conclusion:
    """Hold a run against the thresholds. A check that ran on nothing has not passed."""
    if not run.results:
        return Conclusion(NOTHING_RAN, ("一段对话也没有跑",))
    errors = [f"{result.case.id} 第{result.number}轮出错：{result.error}" for result in run.results if result.error]
    if errors:
        return Conclusion(ERROR, tuple(errors))
    rates = run.rates()
    empty = [f"「{name}」一次也没有检查到" for name in least if rates.get(name, (0, 0))[1] == 0]
    if empty:
        return Conclusion(NOTHING_RAN, tuple(empty))
    low = [
        f"「{name}」{rates[name][0]}/{rates[name][1]}，要求不低于 {share:.0%}"
        for name, share in least.items()
        if rates[name][0] < share * rates[name][1]
    ]
    return Conclusion(REGRESSION, tuple(low)) if low else Conclusion(OK, ())


def percentile(values: list[float], share: float) -> float:
    """The value below which this share lies; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def as_text(run: Run, conclusion: Conclusion) -> str:
    """The report a person reads."""
    lines = [f"{len({result.case.id for result in run.results})} 段对话，{len(run.results)} 轮", ""]
    for name, (passed, judged) in run.rates().items():
        share = f"{passed / judged:6.1%}" if judged else "  没检查"
        lines.append(f"  {name:　<6}{share}  {passed}/{judged}")
    spent = [result.milliseconds for result in run.results]
    lines += ["", f"  一轮耗时 p50 {percentile(spent, 0.5):.0f} ms，p95 {percentile(spent, 0.95):.0f} ms", ""]
    for result in run.results:
        for name, judgement in result.judgements.items():
            if judgement.status is Status.FAIL:
                lines.append(f"  ✗ {result.case.id} 第{result.number}轮 {name}：{judgement.detail}")
    lines.append("通过。" if conclusion.code == OK else "没有通过：" + "；".join(conclusion.reasons))
    return "\n".join(lines)


def as_jsonl(run: Run) -> str:
    """One line a turn, with the whole reply, for reading what happened."""
    rows = [
        {
            "case": result.case.id,
            "turn": result.number,
            "guide": list(result.case.turns[result.number - 1].guide),
            "reply": reply_text(result.record) if result.record else "",
            "milliseconds": round(result.milliseconds, 1),
            "judgements": {name: [one.status.value, one.detail] for name, one in result.judgements.items()},
            "error": result.error,
        }
        for result in run.results
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
