"""What a run came to, as text for a terminal: rates with their counts, latency, and every failure down to its turn."""

from collections.abc import Sequence

from eval.counting.figures import failures, percentile, rates, retrieval, spending, turn_rate
from eval.replaying.folder import Manifest
from eval.replaying.replay import TurnResult


def as_text(manifest: Manifest, results: Sequence[TurnResult], show: int = 40) -> str:
    """The report a person reads; at most ``show`` failures, the rest counted."""
    cases = len({result.name for result in results})
    whole = turn_rate(results)
    lines = [
        f"{'、'.join(manifest.packs.values())}；{'、'.join(split.label for split in manifest.splits)}",
        f"{cases} 段对话，{len(results)} 轮，{whole.passed} 轮全对（{_share(whole.share)}）",
        "",
    ]
    lines += [
        f"  {name:　<6}{_share(rate.share)}  {rate.passed}/{rate.judged}" for name, rate in rates(results).items()
    ]
    lines += ["", *_measured(manifest, results), ""]
    wrong = list(failures(results))
    lines += [f"  ✗ {one.name} 第{one.number}轮 {check}：{detail}" for one, check, detail in wrong[:show]]
    if len(wrong) > show:
        lines.append(f"  ……另有 {len(wrong) - show} 处，全部在结果文件夹里")
    return "\n".join(lines)


def _share(share: float | None) -> str:
    return "没检查到" if share is None else f"{share:6.1%}"


def _measured(manifest: Manifest, results: Sequence[TurnResult]) -> list[str]:
    found, spent = retrieval(results), spending(results)
    waited = [result.milliseconds for result in results]
    lines = [f"  一轮耗时 p50 {percentile(waited, 0.5):.0f} ms，p95 {percentile(waited, 0.95):.0f} ms"]
    if found.turns:
        at = "，".join(f"@{depth} {share:.1%}" for depth, share in found.recall.items())
        lines.append(f"  检索（{found.turns} 轮）召回 {at}，nDCG@6 {found.ndcg[6]:.3f}，MRR {found.mrr:.3f}")
    if spent.calls:
        lines.append(
            f"  模型 {manifest.model}：{spent.calls} 次，输入 {spent.input_tokens:,}、输出 {spent.output_tokens:,} tokens，"
            f"{spent.cost_microfen / 1e8:.4f} 元，{spent.kept_answers} 条用了存下的回答"
        )
    if manifest.finished_at is not None:
        around = sum(result.around for result in results) / 1000
        lines.append(
            f"  全程 {manifest.seconds:.1f} 秒（备料 {manifest.preparing_seconds:.1f} 秒，各轮合计 {sum(waited) / 1000:.1f} 秒，"
            f"两题之间复位 {around:.1f} 秒）"
        )
    return lines
