"""What a task's figures are called on its pages. Pure."""

from collections.abc import Collection, Mapping
from datetime import date

from assistant.outreach.plan import Counted, is_behind
from assistant.outreach.segment import Segment
from assistant.store.tasks import TaskWords

STORES_NAMED = 3


def whom_words(
    segment: Segment, reached: Collection[str], stores: Mapping[str, str], regions: Mapping[str, str]
) -> str:
    """Whom a task means, in one line; ``reached`` are its stores, the mappings name every store and region."""
    parts = [
        _places(segment, reached, stores, regions),
        "、".join(segment.tiers),
        f"带「{'」或「'.join(segment.tags)}」标签" if segment.tags else "",
        f"{segment.lapsed_days} 天以上没来" if segment.lapsed_days is not None else "",
        f"{segment.birthday_month} 月生日" if segment.birthday_month is not None else "",
        f"买过{'、'.join(segment.categories)}" if segment.categories else "",
    ]
    return "；".join(part for part in parts if part)


def _places(segment: Segment, reached: Collection[str], stores: Mapping[str, str], regions: Mapping[str, str]) -> str:
    chosen = [regions.get(one, one) for one in segment.regions] + [stores.get(one, one) for one in segment.stores]
    if chosen:
        return "、".join(chosen)
    if len(reached) >= len(stores):
        return "全部门店"
    if len(reached) > STORES_NAMED:
        return f"{len(reached)} 家门店"
    return "、".join(stores.get(one, one) for one in sorted(reached))


def progress_words(counted: Counted) -> str:
    """How far a task is, in words beside its bar."""
    if not counted.total:
        return "这里没有要联系的客户"
    return (
        f"{counted.total} 位里处理了 {counted.settled} 位：联系 {counted.reached}，"
        f"不联系 {counted.skipped}，还剩 {counted.open}"
    )


def days_words(words: TaskWords) -> str:
    """The days of a task as people say them: 11月22日到11月25日."""
    first, last = words.starts_on, words.ends_on
    year = f"{first.year}年" if first.year != last.year else ""
    begins = f"{year}{first.month}月{first.day}日"
    return begins if first == last else f"{begins}到{f'{last.year}年' if year else ''}{last.month}月{last.day}日"


def behind(counted: Counted, words: TaskWords, today: date) -> bool:
    """True where a task does not keep up with its days."""
    return is_behind(counted, words.starts_on, words.ends_on, today)
