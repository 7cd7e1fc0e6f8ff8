"""May this customer be written to now? The one place where it is decided, for all guides of the corp together.

Counted is what a guide took to send unasked (a task, a birthday, a word after a purchase or a long silence, a coupon
pushed); an answer to a customer's own question is never counted and never held back. Days and months are Shanghai's.
The figures are the corp's own (``ContactRules``); WeCom's and the law's are wider (safety N1, N2).
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from assistant.clock import SHOP_TIME
from assistant.rulebook import ContactRules
from knowledge.noun import Labelled, Noun


class CapRule(Labelled):
    """Why a customer may not be written to, in the order asked: the first that holds is named."""

    STOPPED = "stopped", "客户说过别再发"
    NO_CONSENT = "no-consent", "没有同意接收营销信息"
    PER_MONTH = "per-month", "这个月联系够次数了"
    PER_DAY = "per-day", "今天联系够次数了"
    QUIET = "quiet", "休息时间"


class Reach(Noun):
    """What counts about one customer: ``contacts`` are the moments of texts sent to her unasked, by whichever guide.

    ``stopped``: she said that she wants no more; ``may_market``: she agreed to marketing (and has not stopped it).
    """

    contacts: tuple[datetime, ...] = ()
    stopped: bool = False
    may_market: bool = True


class Permit(Noun):
    """The answer. ``rule`` None allows it; ``passes_at`` is when the rule would let go by itself, None where it never does.

    ``words`` say both in Chinese, without a full stop: 今天已经联系过 1 次，明天 9 点后可以.
    """

    rule: CapRule | None = None
    passes_at: datetime | None = None
    words: str = ""

    @property
    def allowed(self) -> bool:
        """True when she may be written to now."""
        return self.rule is None


ALLOWED = Permit()
_STOPPED = "她说过别再发推广消息，所有导购都不再主动联系；她来问的照常答"
_NO_CONSENT = "她没有同意接收营销信息，征得同意后再发（广告法第四十三条）；她来问的照常答"
_NEVER = "公司规则里主动联系的次数设成了 0，要联系请先和总部说"


def may_write(rules: ContactRules, reach: Reach, moment: datetime, *, sells: bool = True) -> Permit:
    """Say whether one more text may go to this customer at this moment; ``sells`` where it advertises."""
    if reach.stopped:
        return Permit(rule=CapRule.STOPPED, words=_STOPPED)
    if sells and not reach.may_market:
        return Permit(rule=CapRule.NO_CONSENT, words=_NO_CONSENT)
    rule = _broken(rules, reach.contacts, moment)
    if rule is None:
        return ALLOWED
    if rules.per_day == 0 or rules.per_month == 0:
        return Permit(rule=rule, words=_NEVER)
    passes_at = moment
    while (still := _broken(rules, reach.contacts, passes_at)) is not None:
        passes_at = _lets_go(still, rules, passes_at)
    words = f"{_why(rule, rules, reach.contacts, moment)}，{_when(passes_at, moment)}可以"
    return Permit(rule=rule, passes_at=passes_at, words=words)


def has_room(rules: ContactRules, reach: Reach, moment: datetime, first: date, last: date) -> Permit:
    """Say whether she may be written to at all between two Shanghai days, both included, as things stand now."""
    opens = max(moment, datetime.combine(first, time(), SHOP_TIME))
    found = may_write(rules, reach, opens)
    if found.passes_at is not None and found.passes_at.astimezone(SHOP_TIME).date() <= last:
        return ALLOWED
    return found


def is_quiet(rules: ContactRules, moment: datetime) -> bool:
    """Say whether nobody is to be disturbed now."""
    now, begins, ends = moment.astimezone(SHOP_TIME).time(), rules.quiet_from, rules.quiet_to
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def quiet_words(rules: ContactRules, moment: datetime) -> str:
    """Say until when it is better to wait; empty outside quiet hours."""
    if not is_quiet(rules, moment):
        return ""
    return f"现在是休息时间（{_hours(rules)}），{_when(_lets_go(CapRule.QUIET, rules, moment), moment)}再发"


def _broken(rules: ContactRules, contacts: Sequence[datetime], moment: datetime) -> CapRule | None:
    if _in_month(contacts, moment) >= rules.per_month:
        return CapRule.PER_MONTH
    if _on_day(contacts, moment) >= rules.per_day:
        return CapRule.PER_DAY
    return CapRule.QUIET if is_quiet(rules, moment) else None


def _on_day(contacts: Sequence[datetime], moment: datetime) -> int:
    today = _day(moment)
    return sum(_day(one) == today for one in contacts)


def _in_month(contacts: Sequence[datetime], moment: datetime) -> int:
    today = _day(moment)
    return sum((_day(one).year, _day(one).month) == (today.year, today.month) for one in contacts)


def _lets_go(rule: CapRule, rules: ContactRules, moment: datetime) -> datetime:
    """Return when a rule that holds at this moment ends by itself."""
    today = _day(moment)
    if rule is CapRule.PER_MONTH:
        return datetime.combine((today.replace(day=1) + timedelta(days=32)).replace(day=1), time(), SHOP_TIME)
    if rule is CapRule.PER_DAY:
        return datetime.combine(today + timedelta(days=1), time(), SHOP_TIME)
    later = rules.quiet_from > rules.quiet_to and moment.astimezone(SHOP_TIME).time() >= rules.quiet_from
    return datetime.combine(today + timedelta(days=1 if later else 0), rules.quiet_to, SHOP_TIME)


def _why(rule: CapRule, rules: ContactRules, contacts: Sequence[datetime], moment: datetime) -> str:
    if rule is CapRule.PER_MONTH:
        return f"这个月已经联系过 {_in_month(contacts, moment)} 次"
    if rule is CapRule.PER_DAY:
        return f"今天已经联系过 {_on_day(contacts, moment)} 次"
    return f"现在是休息时间（{_hours(rules)}）"


def _hours(rules: ContactRules) -> str:
    return f"{rules.quiet_from:%H:%M}–{rules.quiet_to:%H:%M}"


def _when(at: datetime, seen_from: datetime) -> str:
    local, today = at.astimezone(SHOP_TIME), _day(seen_from)
    days = (local.date() - today).days
    named = {0: "今天", 1: "明天"}.get(days, f"{local.month}月{local.day}日")
    if local.time() == time():
        return named if days else "现在"
    minute = f":{local.minute:02d}" if local.minute else ""
    return f"{named} {local.hour}{minute} 点后" if not minute else f"{named} {local.hour}{minute} 后"


def _day(moment: datetime) -> date:
    return moment.astimezone(SHOP_TIME).date()
