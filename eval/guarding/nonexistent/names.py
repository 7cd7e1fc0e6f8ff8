"""Promises, gifts and products that the shop does not have, and words that nothing shown may grant."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.flow.desk import Shop
from assistant.flow.guard.claims.found import Role
from assistant.turn import ClaimKind, TurnRecord
from eval.guarding.nonexistent.invention import Cause, Invention
from eval.guarding.nonexistent.line import Line, known_values
from eval.guarding.nonexistent.truth import Seen
from eval.guarding.nonexistent.written import is_written, written_values

_HOW_TO = frozenset({"不用＋原因", "帮助", "短一点", "换个说法", "换个语气", "不提优惠"})
_WHICH_ONE = re.compile("您名下(?:有|没找到)|没有完全对上|接下来说的就是")
_CODE = re.compile(r"YY-?[A-Z]{2}-?\d{3,4}(?!\d)|(?<![A-Z])(?:YH|CX)\d{3}(?!\d)")
_ENDING = (
    "精华液|精华水|精华|面霜|眼霜|颈霜|晚霜|霜|乳|柔肤水|水|油|面膜|膜|液|喷雾|礼盒|膏|洁面|慕斯|丸|饮|仪|套装|次抛"
)


def judge_promises(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A gift, a promise or a term of policy must stand in a coupon or a text of the turn."""
    names = [one for one in line.found if one.known and one.kind in (ClaimKind.COUPON, ClaimKind.PRODUCT)]
    for one in line.found:
        in_a_name = any(name.start <= one.start and one.end <= name.end for name in names)
        if in_a_name or line.refused(one.start, one.end):
            continue
        if one.kind is ClaimKind.PROMISE and one.value.startswith("赠品:"):
            if not _is_gift(one.value.removeprefix("赠品:"), line, record, seen):
                yield Invention(Cause.INVENTED_GIFT, one.text, line.text)
            continue
        is_right = one.kind is ClaimKind.PROMISE or (one.kind is ClaimKind.DURATION and one.role is Role.POLICY)
        if is_right and one.value not in written_values(one.kind, record, seen):
            yield Invention(Cause.INVENTED_RIGHT, one.text, line.text)


def _is_gift(noun: str, line: Line, record: TurnRecord, seen: Seen) -> bool:
    """A gift must stand in a coupon of the turn, or in a text that was found."""
    ids = set(known_values(line.found, ClaimKind.COUPON))
    ids |= {one.coupon_id for one in record.offer.applied} if record.offer is not None else set()
    given = [coupon.gift for coupon in seen.shop.coupons if coupon.coupon_id in ids and coupon.gift]
    return any(noun[:4] in gift or gift[:4] in noun for gift in given) or is_written(noun[:4], record, seen)


def judge_products(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A product must be one the shop has, by its name, its code or its series."""
    known = [words for one in seen.shop.products.values() for words in (one.name, *one.aliases)]
    for one in line.found:
        if one.kind is not ClaimKind.PRODUCT or one.known or one.text in _HOW_TO or _WHICH_ONE.search(line.text):
            continue
        theirs = is_written(one.text, record, seen) or any(one.text in words for words in known)
        if not theirs and not line.refused(one.start, one.end):
            yield Invention(Cause.INVENTED_PRODUCT, one.text, line.text)
    ids = {*seen.shop.products, *(coupon.coupon_id for coupon in seen.shop.coupons)}
    for match in _CODE.finditer(line.text):
        if match.group() not in ids and not line.refused(*match.span()):
            yield Invention(Cause.INVENTED_PRODUCT, match.group(), line.text)
    for match in _of_series(seen.shop).finditer(line.text):
        words = match.group()
        if line.refused(*match.span()) or any(words in one or one in words for one in known if len(one) > 2):
            continue
        if not is_written(words, record, seen):
            yield Invention(Cause.INVENTED_PRODUCT, words, line.text)


def _of_series(shop: Shop) -> re.Pattern[str]:
    series = sorted({one.attributes.get("系列", "") for one in shop.products.values()} - {""})
    return _series_pattern(tuple(series))


@lru_cache(maxsize=8)
def _series_pattern(series: tuple[str, ...]) -> re.Pattern[str]:
    heads = "|".join(map(re.escape, series)) or "(?!)"
    return re.compile(rf"(?:{heads})[一-龥A-Za-z]{{1,8}}?(?:{_ENDING})(?![一-龥]{{0,2}}(?:{_ENDING}))")


def judge_grants(line: Line, never: Sequence[str]) -> Iterator[Invention]:
    """Words that must not be granted may stand only where they are denied."""
    for words in never:
        spelled = r"\s*".join(re.escape(letter) for letter in words if not letter.isspace())
        for match in re.finditer(spelled, line.text, re.IGNORECASE):
            if not line.refused(*match.span()):
                yield Invention(Cause.GRANTED, match.group(), line.text)
