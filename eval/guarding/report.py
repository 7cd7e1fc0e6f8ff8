"""The guard's figures as tables for a terminal."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TypeVar

from rich.console import Group
from rich.table import Table

from eval.guarding.compliance import Rate
from eval.guarding.measuring import ClaimLock, Part, Slip, Stop
from eval.guarding.mutating import FAMILIES
from eval.guarding.voice import Measure
from eval.guarding.worded import Freely

Item = TypeVar("Item")
_SPLITS = {"train": "训练", "test": "测试", "fresh": "新作者", "reckoning": "爱算账的"}


def shown_claims(measured: ClaimLock, show: int) -> Group:
    """The claim lock: both parts operator by operator, then ``show`` false stops and ``show`` slips of the train part."""
    parts: list[Table | str] = [_whole(measured), _operators(measured)]
    if show:
        parts += [_stops(measured.stops, show), _slips(measured.slips, show)]
    return Group(*parts)


def shown_compliance(rates: Sequence[Rate], title: str = "合规规则") -> Group:
    """The compliance filter: both splits side by side, then the sentences of the train split it judged otherwise."""
    table = _table(title, ("部分", "量的是", "对的", "共", "比例"))
    for rate in rates:
        table.add_row(_SPLITS[rate.split], rate.name, f"{rate.right:,}", f"{rate.of:,}", f"{rate.share:.1%}")
    misses = _table("训练部分判错的", ("量的是", "类别", "应该", "判成", "原话"))
    for rate in rates:
        for miss in rate.misses:
            misses.add_row(rate.name, miss.group, miss.wanted, miss.got, miss.text)
    return Group(table, misses)


def shown_worded(measured: Sequence[Freely], show: int) -> Group:
    """Free wording: true drafts and false sentences by kind, then ``show`` of the train split judged otherwise."""
    whole = _table(
        "自由措辞（模型那样写的话）", ("部分", "真草稿", "一字未动", "真话句数", "误删", "假话", "拦下", "拦下率")
    )
    for one in measured:
        kept, sentences = one.sentences_kept
        made = sum(of for _, of in one.stopped.values())
        whole.add_row(
            _SPLITS[one.split],
            f"{one.drafts_whole[1]:,}",
            f"{one.drafts_whole[0] / one.drafts_whole[1]:.0%}",
            f"{sentences:,}",
            f"{one.cut_share:.1%}",
            f"{made:,}",
            f"{sum(right for right, _ in one.stopped.values()):,}",
            f"{one.stopped_share:.1%}",
        )
    kinds = _table("假话按种类", ("类别", *(_SPLITS[one.split] for one in measured)))
    for kind in sorted({kind for one in measured for kind in one.stopped}):
        kinds.add_row(kind, *("/".join(map(str, one.stopped.get(kind, (0, 0)))) for one in measured))
    parts: list[Table | str] = [whole, kinds]
    if show:
        missed = _table("判错的（测试部分不列）", ("类别", "问的是", "原话", "拦的是"))
        for miss in _in_turn([one for measure in measured for one in measure.missed], lambda one: one.kind)[:show]:
            missed.add_row(miss.kind, miss.asked, miss.text, "、".join(miss.objections))
        parts.append(missed)
    return Group(*parts)


def shown_voice(measured: Measure) -> Group:
    """The voice: how far drafts were from what each guide sends, without and with her card, on turns nothing was learned from."""
    table = _table(
        "口吻 · 草稿离她自己的话有多远（0 一样，1 全不同）",
        ("导购", "学了", "量了", "没有口吻卡", "有口吻卡", "近了（95% 区间）", "事实没变", "第一条就用"),
    )
    for guide in measured.guides:
        nearer = guide.nearer
        table.add_row(
            guide.name,
            f"{guide.learned:,}",
            f"{guide.turns:,}",
            f"{guide.plain:.3f}",
            f"{guide.voiced:.3f}",
            f"{nearer.mean:+.3f}（{nearer.low:+.3f} 到 {nearer.high:+.3f}）",
            f"{guide.same_facts}/{guide.turns}",
            f"{guide.first_plain:.0%} → {guide.first_voiced:.0%}",
        )
    return Group(table, f"投诉和群发的草稿不动：{measured.neutral_untouched}/{measured.neutral}")


def _whole(measured: ClaimLock) -> Table:
    table = _table(
        f"有据锁 · 检查版本 {measured.guard_version}",
        ("部分", "真草稿", "误拦", "改错", "拦下", "拦下率", "各改法平均"),
    )
    for name, part in (("训练", measured.train), ("测试", measured.test)):
        table.add_row(
            name,
            f"{part.drafts:,}",
            f"{part.stopped}（{part.stopped_share:.1%}）",
            f"{part.made:,}",
            f"{part.caught:,}",
            f"{part.caught_share:.1%}",
            f"{part.mean_share:.1%}",
        )
    return table


def _operators(measured: ClaimLock) -> Table:
    table = _table("一处改错：逐项", ("类别", "改法", "训练", "拦下率", "测试", "拦下率"))
    for family, operators in FAMILIES.items():
        for place, operator in enumerate(operators):
            table.add_row(
                family if place == 0 else "",
                operator,
                *_cells(measured.train, operator),
                *_cells(measured.test, operator),
                end_section=place == len(operators) - 1,
            )
    return table


def _cells(part: Part, operator: str) -> tuple[str, str]:
    tally = part.tally(operator)
    return (str(tally.made), f"{tally.share:.1%}" if tally.made else "–")


def _stops(stops: Sequence[Stop], show: int) -> Table:
    table = _table(f"误拦（训练部分，共 {len(stops):,} 条）", ("问的是", "真草稿", "拦的是"))
    for one in _in_turn(stops, lambda stop: "、".join(stop.spans))[:show]:
        table.add_row(one.asked, one.text, "、".join(one.spans) or one.outcome)
    return table


def _slips(slips: Sequence[Slip], show: int) -> Table:
    table = _table(f"漏过的（训练部分，共 {len(slips):,} 句）", ("改法", "原句", "改错后"))
    for one in _in_turn(slips, lambda slip: slip.operator)[:show]:
        table.add_row(one.operator, one.before, one.after)
    return table


def _in_turn(items: Sequence[Item], kind: Callable[[Item], str]) -> list[Item]:
    """One of every kind first, the commonest kinds leading, then a second one of each, and so on."""
    kinds: dict[str, list[Item]] = {}
    for item in items:
        kinds.setdefault(kind(item), []).append(item)
    rows = sorted(kinds.values(), key=len, reverse=True)
    return [item for turn in zip_longest(*rows) for item in turn if item is not None]


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        is_words = column in ("部分", "类别", "改法", "问的是", "真草稿", "拦的是", "原句", "改错后")
        table.add_column(column, justify="left" if is_words else "right", overflow="fold")
    return table
