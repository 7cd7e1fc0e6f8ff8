"""What the guide is told of drafts that a manager signs first: which wait, why, for whom, until when, and what else would do."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from assistant.clock import SHOP_TIME
from assistant.flow.desk import Desk, Previous
from assistant.offers.wording import near_day
from assistant.shop import Person
from assistant.turn import SignOff, SignOffAsked, SignOffStanding, SignOffStatus

NUMBERS = "①②③④⑤"
NOBODY = "现在没有能签发的店长或总部账号，请管理员在员工表里加上"
_SIGNED_CHOICE = re.compile(r"^\s*(?:用|选)?\s*签发的?\s*(?:的|第)?\s*(?=[1-9一二三四五①-⑤])")


# ---- which drafts are meant --------------------------------------------------------------------


def on_the_signed(desk: Desk, text: str) -> Desk:
    """The desk with the drafts signed last on top, where she answers to them (签发1), wherever the talk has gone since."""
    if desk.signed is None or not _SIGNED_CHOICE.match(text):
        return desk
    return replace(desk, previous=replace(desk.signed, answered=False))


def asked(desk: Desk, moment: datetime) -> SignOffAsked:
    """Whom drafts that wait are laid before, and until when they may be signed."""
    until = moment + timedelta(minutes=desk.sign_off.answer_minutes)
    return SignOffAsked(signers=tuple(one.userid for one in desk.signers), until=until)


# ---- words -------------------------------------------------------------------------------------


def named(signers: Iterable[Person]) -> str:
    """The managers as a guide calls them: 店长苏婉, 区域经理邵青, 总部叶总; empty where there is none."""
    return "或".join(f"{_post(one)}{one.name}" for one in signers)


def _post(person: Person) -> str:
    if person.store_id:
        return "店长"
    return "区域经理" if person.region_id else "总部"


def deadline(until: datetime, moment: datetime) -> str:
    """The last moment as people say it: 今天16:30, 明天09:10, 12月3日 09:10."""
    local, today = until.astimezone(SHOP_TIME), moment.astimezone(SHOP_TIME).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return f"今天{clock}"
    if local.date() == today + timedelta(days=1):
        return f"明天{clock}"
    return near_day(until, seen_from=moment)


def drafts(numbers: Iterable[int]) -> str:
    """第①③条."""
    return f"第{''.join(NUMBERS[number - 1] for number in numbers)}条"


def waiting(
    sign_offs: Mapping[int, tuple[SignOff, ...]], asked: SignOffAsked, signers: Iterable[Person], moment: datetime
) -> str:
    """The block of a reply about drafts that wait."""
    because: dict[SignOff, list[int]] = {}
    for number, reasons in sign_offs.items():
        for reason in reasons:
            because.setdefault(reason, []).append(number)
    lines = [f"要签发才能发：{drafts(sign_offs)}"]
    lines += [f"· {drafts(numbers)}：{_said(reason)}" for reason, numbers in because.items()]
    lines += [f"· 不想等：{one}" for one in dict.fromkeys(reason.remedy for reason in because)]
    who = named(signers)
    if who:
        until = deadline(asked.until, moment)
        lines.append(f"已经报给{who}，{until}前签了有效。有结果我马上告诉您，签之前先别发给客户。")
    else:
        lines.append(f"{NOBODY}；签之前先别发给客户。")
    return "\n".join(lines)


def _said(reason: SignOff) -> str:
    words = reason.words if "「" in reason.words else f"「{reason.words}」"
    return f"{words}（{reason.rule.label}）"


def not_signed(number: int, previous: Previous, desk: Desk, moment: datetime) -> str:
    """Why this draft may not be sent yet, or not at all; empty where nothing is in its way."""
    reasons = previous.sign_offs.get(number, ())
    standing = previous.standing
    if not reasons or (standing is not None and number in standing.signed):
        return ""
    return f"先别发。{drafts((number,))}{_said(reasons[0])}{_stands(standing, desk, moment)}\n{_else(reasons)}"


def own_text(found: tuple[SignOff, ...], desk: Desk) -> str:
    """Why her own words may not be sent without a manager."""
    who = named(desk.signers)
    ask = f"一定要这么答应她，请{who}直接跟客户说" if who else NOBODY
    return f"先别发您改的这段：{'；'.join(_said(one) for one in found)}要店长签发才能发。\n{_else(found)}。{ask}。"


def _else(reasons: tuple[SignOff, ...]) -> str:
    remedies = "；".join(dict.fromkeys(one.remedy for one in reasons))
    return f"换个办法：{remedies}"


def _stands(standing: SignOffStanding | None, desk: Desk, moment: datetime) -> str:
    who = named(desk.signers) or "店长"
    if standing is None:
        return f"要{who}签发才能发，这条没有报上去。"
    if standing.status is SignOffStatus.WAITING:
        until = deadline(standing.until, moment)
        return f"还在等{who}签发，{until}前有效。急的话直接找{who}。"
    if standing.status is SignOffStatus.TIMED_OUT:
        return (
            f"等到{deadline(standing.until, moment)}没有人签发，现在不能发了。还要用就把客户的话再发我一次，我重新报。"
        )
    if standing.status is SignOffStatus.WITHDRAWN:
        return "您前面选了别的说法，这条就没再等签发。还要用就把客户的话再发我一次，我重新报。"
    reason = f"，原因：{standing.reason}" if standing.reason else ""
    return f"{standing.by}没有签发{reason}。"
