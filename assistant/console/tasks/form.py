"""The form of a task: what a manager writes, read and judged before anything is kept. Pure but for the request's words."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from assistant.clock import SHOP_TIME
from assistant.offers.reach import reaches
from assistant.offers.standing import forbidden_input
from assistant.outreach.segment import Segment
from assistant.shop import Coupon, Scene, Script, Store
from assistant.store.tasks import TaskWords

TITLE_CHARACTERS = 30
PURPOSE_CHARACTERS = 300
LONGEST_DAYS = 92
MOST_LAPSED_DAYS = 3650


class Choices(NamedTuple):
    """What may be chosen from: only what reaches the manager's stores."""

    stores: tuple[Store, ...]
    tiers: tuple[str, ...]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    scripts: tuple[Script, ...]
    coupons: tuple[Coupon, ...]

    @property
    def regions(self) -> Mapping[str, str]:
        """The regions of her stores, by id."""
        return {one.region_id: one.region_name or one.region_id for one in self.stores if one.region_id}


class Written(NamedTuple):
    """The form as it was sent, every blank as text, so that a page with mistakes gives it back unchanged."""

    title: str = ""
    purpose: str = ""
    regions: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    tags: str = ""
    lapsed_days: str = ""
    birthday_month: str = ""
    categories: tuple[str, ...] = ()
    script_id: str = ""
    coupon_id: str = ""
    starts_on: str = ""
    ends_on: str = ""

    @classmethod
    def of(cls, words: TaskWords) -> "Written":
        """The form of a task as it was kept."""
        segment = words.segment
        return cls(
            title=words.title,
            purpose=words.purpose,
            regions=segment.regions,
            stores=segment.stores,
            tiers=segment.tiers,
            tags="、".join(segment.tags),
            lapsed_days=str(segment.lapsed_days or ""),
            birthday_month=str(segment.birthday_month or ""),
            categories=segment.categories,
            script_id=words.script_id,
            coupon_id=words.coupon_id,
            starts_on=words.starts_on.isoformat(),
            ends_on=words.ends_on.isoformat(),
        )


class Mistake(NamedTuple):
    """What is wrong with one blank, and what would make it right."""

    field: str
    text: str


class Judged(NamedTuple):
    """The task, None where there are mistakes."""

    words: TaskWords | None
    mistakes: tuple[Mistake, ...]


def judge(written: Written, choices: Choices, today: date) -> Judged:
    """Read a form; every mistake is told at once."""
    mistakes: list[Mistake] = []
    title, purpose = written.title.strip(), written.purpose.strip()
    if not 1 <= len(title) <= TITLE_CHARACTERS:
        mistakes.append(Mistake("title", f"写一个标题，{TITLE_CHARACTERS} 个字以内，导购一眼能懂。"))
    if not 1 <= len(purpose) <= PURPOSE_CHARACTERS:
        mistakes.append(Mistake("purpose", f"写一句为什么联系，{PURPOSE_CHARACTERS} 个字以内，导购好跟客户开口。"))
    starts, ends = _days(written, today, mistakes)
    segment = _segment(written, choices, mistakes)
    _offered(written, choices, starts, ends, mistakes)
    if mistakes or starts is None or ends is None or segment is None:
        return Judged(None, tuple(mistakes))
    return Judged(TaskWords(title, purpose, segment, written.script_id, written.coupon_id, starts, ends), ())


def forbidden_tag(tags: Sequence[str]) -> str:
    """Return what one of the tags would have the choice depend on although the law forbids it; empty for nothing."""
    return next((what for tag in tags if (what := forbidden_input(tag))), "")


def reached(segment: Segment, stores: Sequence[Store]) -> tuple[Store, ...]:
    """The stores that a segment means among those a manager answers for; naming none means all of them."""
    if not segment.stores and not segment.regions:
        return tuple(stores)
    return tuple(one for one in stores if one.store_id in segment.stores or one.region_id in segment.regions)


def serving(scripts: Sequence[Script], stores: Sequence[Store]) -> tuple[Script, ...]:
    """The scripts that may be written to one customer in at least one of these stores."""
    return tuple(
        one
        for one in scripts
        if one.scene is Scene.PRIVATE
        and any(one.scope.reaches(store_id=store.store_id, region_id=store.region_id) for store in stores)
    )


def offering(coupons: Sequence[Coupon], stores: Sequence[Store], today: date) -> tuple[Coupon, ...]:
    """The coupons that may still be used in at least one of these stores."""
    return tuple(
        one for one in coupons if one.ends_at.date() >= today and any(reaches(one.scope, store) for store in stores)
    )


def _days(written: Written, today: date, mistakes: list[Mistake]) -> tuple[date | None, date | None]:
    starts, ends = _day(written.starts_on), _day(written.ends_on)
    if starts is None or starts < today:
        mistakes.append(Mistake("starts_on", "选开始的日子，今天或以后。"))
    if ends is None or (starts is not None and ends < starts):
        mistakes.append(Mistake("ends_on", "选结束的日子，不早于开始那天。"))
    elif starts is not None and (ends - starts).days >= LONGEST_DAYS:
        mistakes.append(Mistake("ends_on", f"一个任务最长 {LONGEST_DAYS} 天；更长的请分成几个任务。"))
    return starts, ends


def _segment(written: Written, choices: Choices, mistakes: list[Mistake]) -> Segment | None:
    lapsed = _number(written.lapsed_days, 1, MOST_LAPSED_DAYS)
    month = _number(written.birthday_month, 1, 12)
    if written.lapsed_days and lapsed is None:
        mistakes.append(Mistake("lapsed_days", f"多少天没来，写 1 到 {MOST_LAPSED_DAYS} 之间的整数，不限就留空。"))
    if written.birthday_month and month is None:
        mistakes.append(Mistake("birthday_month", "生日月请选 1 到 12 月，不限就留空。"))
    known: tuple[tuple[str, tuple[str, ...], Collection[str]], ...] = (
        ("regions", written.regions, choices.regions),
        ("stores", written.stores, {one.store_id for one in choices.stores}),
        ("tiers", written.tiers, choices.tiers),
        ("categories", written.categories, choices.categories),
    )
    for field, chosen, allowed in known:
        if any(one not in allowed for one in chosen):
            mistakes.append(Mistake(field, "有选项已经不在了，请重新选一次。"))
    segment = Segment(
        regions=written.regions,
        stores=written.stores,
        tiers=written.tiers,
        tags=tuple(dict.fromkeys(one.strip() for one in _split(written.tags) if one.strip())),
        lapsed_days=lapsed,
        birthday_month=month,
        categories=written.categories,
    )
    forbidden = forbidden_tag(segment.tags)
    if forbidden:
        mistakes.append(
            Mistake(
                "tags",
                f"不能按{forbidden}挑客户（个人信息保护法第二十四条、算法推荐管理规定第二十一条）。"
                "换成会员等级、买过的品类或多久没来。",
            )
        )
    if not reached(segment, choices.stores):
        mistakes.append(Mistake("stores", "选的范围里没有您负责的门店。"))
    return segment


def _offered(
    written: Written, choices: Choices, starts: date | None, ends: date | None, mistakes: list[Mistake]
) -> None:
    if written.script_id and written.script_id not in {one.script_id for one in choices.scripts}:
        mistakes.append(Mistake("script_id", "这条话术现在用不了，请另选一条，或不指定。"))
    coupon = next((one for one in choices.coupons if one.coupon_id == written.coupon_id), None)
    if written.coupon_id and coupon is None:
        mistakes.append(Mistake("coupon_id", "这张券现在用不了，请另选一张，或不指定。"))
    if coupon is None or starts is None or ends is None:
        return
    begins, over = _midnight(starts), _midnight(ends + timedelta(days=1))
    if coupon.ends_at <= begins or coupon.starts_at >= over:
        mistakes.append(Mistake("coupon_id", f"任务这几天里「{coupon.name}」还没开始或已经过期，换一张或改日子。"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHOP_TIME)


def _split(text: str) -> list[str]:
    for mark in ("，", ",", "；", ";", "\n", " "):
        text = text.replace(mark, "、")
    return text.split("、")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _number(text: str, least: int, most: int) -> int | None:
    said = text.strip()
    if not (said.isascii() and said.isdigit()) or len(said) > len(str(most)):
        return None
    return int(said) if least <= int(said) <= most else None
