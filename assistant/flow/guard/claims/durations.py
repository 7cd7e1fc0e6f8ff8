"""Lengths of time, and whether they are a policy's or an effect's: 7天, 3-5个工作日, 半年."""

import re
from decimal import Decimal

from assistant.flow.guard.claims.found import Role
from assistant.flow.guard.claims.numbers import NUMBER, plain, read_number
from assistant.flow.guard.claims.scan import Scan
from assistant.turn import ClaimKind

_SPAN_UNIT = "个?工作日|个?自然日|个?小时|个?钟头|个?月|个?星期|个?礼拜|个?季度|周|天|日|年|分钟|秒钟|秒"
_DURATION = re.compile(
    rf"(?P<low>{NUMBER})(?:\s?[-–~～至到—]+\s?(?P<high>{NUMBER}))?\s?(?P<unit>{_SPAN_UNIT})(?P<plus>半)?(?![份初末底号级历货用])"
)
_HALF = re.compile("半(?P<unit>年|个月|小时|个小时|天)")
_VAGUE_BEFORE = re.compile("[这那过前近头几每上下第隔另]$|早$")
_TERM_AFTER = re.compile(
    "^(?:以?内|之内|后|以后|之后|就|见|变|有效|无理由|可退|退|换|质保|保修|发|到账|之前|前|的?有效期)"
)
_EFFECT_AFTER = re.compile(
    "^(?:就|内|后|左右|能|可以|便|即可|开始)*(?:见效|有效果|起效|变|改善|淡|看[到得]|见[到证]|白|祛|去|焕|逆|年轻|瘦|明显|有变化|恢复|消失)"
)
_POLICY_NEAR = re.compile("退|换货|无理由|签收|发货|到账|退款|质保|保修|送达|寄|物流|快递|补差|保价|有效期|审核|受理")
_IDIOM = re.compile("一年四季|三天两头|一天到晚|千万年|一年一度|一日三餐|三年级|一生一世|百年")
_DAYS_IN = {"周": 7, "星期": 7, "礼拜": 7}


def mark_durations(scan: Scan) -> None:
    """Mark lengths of time; figures of speech (三天两头) are left out."""
    for match in _IDIOM.finditer(scan.text):
        if scan.free(*match.span()):
            scan.take(*match.span())
    for match in _DURATION.finditer(scan.text):
        if _is_term(match, scan):
            value = _duration_value(match)
            scan.add(ClaimKind.DURATION, value, *match.span(), role=_duration_role(scan, match))
    for match in _HALF.finditer(scan.text):
        if match["unit"] == "天":
            continue
        value = {"年": "6个月", "个月": "15天"}.get(match["unit"], "30分钟")
        scan.add(ClaimKind.DURATION, value, *match.span(), role=_duration_role(scan, match))


def _is_term(match: re.Match[str], scan: Scan) -> bool:
    """Leave out 这两天, 愉快的一天, 一天两次: words of conversation, not terms."""
    before, after = scan.before(match.start()), scan.after(match.end())
    number = read_number(match["low"])
    small = number is not None and number <= 3 and not match["high"]
    if small and _VAGUE_BEFORE.search(before) and not _EFFECT_AFTER.match(after):
        return False
    if match["unit"] == "日" and not (match["high"] or _TERM_AFTER.match(after) or "近" in before):
        return False
    if number == 1 and not match["high"] and match["low"] in ("一", "1"):
        whole_unit = match["unit"] in ("个月", "年", "小时", "个小时", "工作日", "个工作日")
        return bool(_TERM_AFTER.match(after) or _EFFECT_AFTER.match(after)) or (whole_unit and match["low"] == "1")
    return True


def _duration_value(match: re.Match[str]) -> str:
    unit = match["unit"].removeprefix("个")
    low, high = read_number(match["low"]), read_number(match["high"]) if match["high"] else None
    if low is None:
        return match.group()
    if match["plus"]:
        low += Decimal("0.5")
    factor = _DAYS_IN.get(unit, 1)
    unit = "天" if unit in _DAYS_IN or unit == "日" else {"月": "个月", "钟头": "小时", "秒钟": "秒"}.get(unit, unit)
    figures = "-".join(plain(number * factor) for number in (low, high) if number is not None)
    return f"{figures}{unit}"


def _duration_role(scan: Scan, match: re.Match[str]) -> Role:
    before, after = scan.before(match.start(), 12), scan.after(match.end(), 12)
    if _EFFECT_AFTER.match(after):
        return Role.EFFECT
    return Role.POLICY if _POLICY_NEAR.search(before + after) else Role.PLAIN
