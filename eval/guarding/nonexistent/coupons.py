"""Coupons that do not exist, are not hers or not in the bill, or are told with terms they do not have."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from assistant.clock import SHOP_TIME
from assistant.flow.guard.claims.found import Found
from assistant.shop import Coupon
from assistant.turn import ClaimKind, CouponRule, TurnRecord
from eval.guarding.nonexistent.invention import Cause, Invention
from eval.guarding.nonexistent.line import Line, denies
from eval.guarding.nonexistent.truth import Seen, failing, yuan
from eval.guarding.nonexistent.written import is_written

_TOGETHER = re.compile("一起用|叠加|同时用|折上折|同享|都用上|叠着用")
_NO_THRESHOLD = re.compile("不限门槛|无门槛|没有?门槛|不设门槛|不看金额")
_PAIR = re.compile(r"满\s*(?P<from>\d+)\s*(?:元|块)?\s*[减送返]\s*(?P<less>\d+)")
_LIKE_A_COUPON = re.compile("(?P<head>[一-龥0-9A-Za-z]{0,8}?)(?P<tail>礼金券|券(?!后)|红包|礼金)")
# what may stand before 券 without naming one
_ANY_COUPON = re.compile(
    "(?:^|优惠|用|领|这张?|那张?|张|的|满减|折扣|代金|包邮|兑换|赠品|商品|同类|店铺|运费|有|没|无|先|后|算|发|与|和|给|是|什么|哪|几|种"
    "|套|找|可|能|按|其他|别|任何|该|本|此|凭|含|一|两|于|专属|把|看|查|选|换|加|出|到|新客|生日|赠礼|同组|面|扣|退|补|完|店里)$"
)


def judge_coupons(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A coupon must exist and be hers, keep its terms, and not be added to one it cannot be added to."""
    by_id = {coupon.coupon_id: coupon for coupon in seen.shop.coupons}
    named = [one for one in line.found if one.kind is ClaimKind.COUPON]
    for one in named:
        ids = [coupon_id for coupon_id in one.value.split("|") if coupon_id in by_id]
        if not line.refused(one.start, one.end):
            if one.known and ids:
                yield from _of_coupon(line, one, by_id[ids[0]], record, seen)
                yield from _terms_of(line, one, by_id[ids[0]])
            elif not one.known and not is_written(one.text, record, seen):
                yield Invention(Cause.INVENTED_COUPON, one.text, line.text)
    yield from _like_coupons(line, record, seen)
    together = [by_id[one.value] for one in named if one.value in by_id and not line.refused(one.start, one.end)]
    yield from _combined_coupons(line, together)


def _of_coupon(line: Line, one: Found, coupon: Coupon, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A real coupon must be hers; where it is not in the bill, or not hers, its line must say on what that hangs."""
    rest = f"{line.text[: one.start]}□{line.text[one.end :]}"
    missing = [rule for rule in failing(coupon, seen) if not _condition(rule, coupon, seen).search(rest)]
    if missing:
        yield Invention(Cause.INELIGIBLE_COUPON, f"{one.text}（{missing[0].label}）", line.text)
        return
    offer = record.offer
    if offer is None or not offer.lines or failing(coupon, seen):
        return
    if coupon.coupon_id in {applied.coupon_id for applied in offer.applied}:
        return
    if offer.step is not None and offer.step.coupon_id == coupon.coupon_id and "再加" in rest:
        return
    told = [other for other in offer.alternatives if other.coupon_id == coupon.coupon_id]
    short = [yuan(other.shortfall_fen) if other.shortfall_fen else r"\d+\s*件" for other in told]
    if any(other.distance in line.text for other in told):
        return
    if any(re.search(rf"(?:差|再买|再选|再添|凑)[^，。]{{0,4}}{words}", rest) for words in short):
        return
    yield Invention(Cause.UNCHOSEN_COUPON, one.text, line.text)


def _condition(rule: CouponRule, coupon: Coupon, seen: Seen) -> re.Pattern[str]:
    """The words that tell a reader of this condition, so that naming the coupon promises nothing."""
    starts = coupon.starts_at.astimezone(SHOP_TIME)
    scope, audience = coupon.scope, coupon.audience
    places = [seen.called.get(one, one) for one in (*scope.regions, *scope.dealers, *scope.stores)]
    words: dict[CouponRule, str] = {
        CouponRule.NOT_STARTED: rf"{starts.month}\s*月\s*{starts.day}\s*日|还没开始|未开始",
        CouponRule.EXPIRED: "已结束|过期|到期|结束了",
        CouponRule.TIME: "周[一二三四五六日]|工作日|每天",
        CouponRule.BLACKOUT: "暂停|停用",
        CouponRule.STORE: "|".join([*map(re.escape, places), "本店不可用"]),
        CouponRule.AUDIENCE_TIER: "|".join(audience.tiers) or "等级",
        CouponRule.AUDIENCE_NEW: "新客|首单|第一次",
        CouponRule.AUDIENCE_BIRTHDAY: "生日",
        CouponRule.AUDIENCE_TAG: "|".join(map(re.escape, audience.tags)) or "人群",
        CouponRule.AUDIENCE_LAPSED: rf"{audience.lapsed_days}\s*天",
        CouponRule.LIMIT: "用过|已用|用完",
        CouponRule.DAY_LIMIT: "今天已",
        CouponRule.BUDGET: "预算|用完|领完",
        CouponRule.AUDIENCE_LIST: "名单|不对这位",
    }
    return re.compile(words[rule])


def _terms_of(line: Line, one: Found, coupon: Coupon) -> Iterator[Invention]:
    """A threshold is not talked away: what is said up to the next coupon is said of this one."""
    following = [other.start for other in line.found if other.kind is ClaimKind.COUPON and other.start > one.start]
    said = line.text[one.end : min(following, default=len(line.text))]
    if coupon.threshold_fen and _NO_THRESHOLD.search(said):
        yield Invention(Cause.WRONG_TERMS, one.text, line.text)


def _like_coupons(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """Coupons that are named like one and exist nowhere: 内部券, 补偿券, 满300减200."""
    taken = [(one.start, one.end) for one in line.found if one.kind in (ClaimKind.COUPON, ClaimKind.PRODUCT)]
    for match in _LIKE_A_COUPON.finditer(line.text):
        head = match["head"]
        inside = any(start < match.end() and match.start("tail") < end for start, end in taken)
        plain = _ANY_COUPON.search(head) or denies(head) or line.refused(*match.span())
        if inside or plain or is_written(head, record, seen):
            continue
        yield Invention(Cause.INVENTED_COUPON, match.group(), line.text)
    steps = {(coupon.threshold_fen, coupon.amount_fen) for coupon in seen.shop.coupons}
    for match in _PAIR.finditer(line.text):
        if (int(match["from"]) * 100, int(match["less"]) * 100) in steps or line.refused(*match.span()):
            continue
        if not is_written(match.group(), record, seen):
            yield Invention(Cause.INVENTED_COUPON, match.group(), line.text)


def _combined_coupons(line: Line, coupons: Sequence[Coupon]) -> Iterator[Invention]:
    said = any(not line.refused(*match.span()) for match in _TOGETHER.finditer(line.text))
    if not said or len({one.coupon_id for one in coupons}) < 2:
        return
    groups = Counter(one.stacking_group for one in {one.coupon_id: one for one in coupons}.values())
    if any(one.exclusive for one in coupons) or any(times > 1 for group, times in groups.items() if group):
        yield Invention(Cause.COMBINED, "、".join(one.name for one in coupons), line.text)
