"""The best lawful combination of coupons for one basket, one customer, one store and one moment, with its proof.

The rules, which are also what a manager may be told:

- A coupon is asked every rule of ``CouponRule`` in that order; the first it fails is reported with its distance.
- A line counts for a coupon when its SKU, category, brand or an attribute is in scope (no list: everything counts) and
  it is not excluded, not new where new goods are excluded, and not marked 不参加优惠. Exclusions always win.
- A threshold is measured on the counting lines at shop price, before any coupon.
- Coupons are booked by layer, 会员价 → 促销 → 券 → 代金, within a layer 加价购 → 第N件折 → N件折 → 每满减 → 折扣 → 满减 → 代金,
  then 赠品 → 包邮; each on what is left of its own pieces, never below 0. Within a kind the narrower scope comes first
  (smaller amount at shop price), then the larger saving.
- Which pieces 第N件折 makes cheaper is settled at shop price: the cheapest, one of every N; among equal prices those that
  stand first in the basket. A piece's share of what is left of its line is rounded down.
- A coupon template is used once in an order.
- No line may be brought below the least that it may cost (控价); a coupon or a combination that would is out. The figure
  itself is never told.
- 折扣 is rounded half up on the saving (half a 分 goes to the customer) and stops at its cap.
- What a coupon takes is shared over its lines by largest remainder in proportion to what is left of them.
- At most one coupon of a stacking group; an exclusive coupon combines with none.
- A coupon whose cost, used alone, does not fit into budget minus spent is out. 赠品 costs its value, 包邮 the shipping.
- The best combination is worth most to the customer (赠品 counts at its value, 包邮 at the shipping); among equals the
  one with fewer coupons, then the one that ends earliest (end moments in ascending order), then coupon ids. Where a
  price to reach is given, it is instead the one that costs the shop least among those that bring the bill down to it.
- ``saving_fen`` is money not paid. A gift's value decides the comparison but is never called money saved:
  it leaves the price as it is (明码标价和禁止价格欺诈规定 Art. 18).
- Nothing about a customer but ``Standing`` is asked (个人信息保护法 Art. 24).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from assistant.offers.combine import Booked, best_combination
from assistant.offers.effect import Bearing, bearing, line_fen
from assistant.offers.rules import Failure, Occasion, failure, is_for_some_goods
from assistant.offers.standing import Standing
from assistant.offers.terms import order_terms
from assistant.offers.wording import yuan
from assistant.shop import Channel, Coupon, CouponKind, CouponUse
from assistant.turn import Alternative, AppliedCoupon, BasketLine, CouponRule, Offer

NEAREST_FIRST = (
    CouponRule.THRESHOLD,
    CouponRule.NOT_COMBINABLE,
    CouponRule.NO_BENEFIT,
    CouponRule.FLOOR,
    CouponRule.SCOPE,
    CouponRule.EXCLUSION,
    CouponRule.NOT_STARTED,
    CouponRule.TIME,
    CouponRule.BLACKOUT,
    CouponRule.CHANNEL,
    CouponRule.DAY_LIMIT,
    CouponRule.AUDIENCE_TIER,
    CouponRule.AUDIENCE_NEW,
    CouponRule.AUDIENCE_BIRTHDAY,
    CouponRule.AUDIENCE_TAG,
    CouponRule.AUDIENCE_LAPSED,
    CouponRule.AUDIENCE_LIST,
    CouponRule.LIMIT,
    CouponRule.BUDGET,
    CouponRule.STORE,
    CouponRule.EXPIRED,
)
"""Alternatives are listed by how much a guide can do about them."""


def decide(
    *,
    lines: tuple[BasketLine, ...],
    shipping_fen: int,
    coupons: tuple[Coupon, ...],
    standing: Standing,
    uses: Mapping[str, CouponUse],
    store_id: str,
    region_id: str,
    moment: datetime,
    names: Mapping[str, str] = {},
    channel: Channel = Channel.SHOP,
    dealer: str = "",
    floors: Mapping[str, int] = {},
    reach_fen: int | None = None,
) -> Offer:
    """Return the best offer; the rules stand at the top of this file.

    ``uses`` is by coupon id, missing means unused. ``names`` gives SKUs, stores and regions the words people use.
    ``floors`` is the least a piece may cost by SKU, 分. ``reach_fen`` asks for the cheapest way down to this bill.
    With an empty basket nothing is applied and every coupon is reported: those the customer may have
    come first, with the whole threshold as their distance. Raises ValueError for a naive moment, a negative
    amount or two coupons with one id.
    """
    _check(lines, shipping_fen, coupons, moment)
    occasion = Occasion(
        lines=lines,
        shipping_fen=shipping_fen,
        standing=standing,
        store_id=store_id,
        region_id=region_id,
        moment=moment,
        names=names,
        channel=channel,
        dealer=dealer,
        floors=floors,
    )
    usable: list[Bearing] = []
    left_out: list[Alternative] = []
    for coupon in coupons:
        one = bearing(coupon, lines)
        failed = failure(one, uses.get(coupon.coupon_id, CouponUse(coupon_id=coupon.coupon_id)), occasion)
        if failed is None:
            usable.append(one)
        else:
            left_out.append(_alternative(coupon, failed))
    booked, is_exact = best_combination(usable, lines, shipping_fen, occasion.least, reach_fen)
    chosen = {one.coupon.coupon_id for one in booked}
    rest = [one for one in usable if one.coupon.coupon_id not in chosen]
    alone = {one.coupon.coupon_id: one.worth_alone(shipping_fen) for one in usable}
    is_reached = reach_fen is not None and _bill(lines, shipping_fen, booked) <= reach_fen
    left_out += [
        _alternative(one.coupon, REACHED if is_reached else _unchosen(one, booked, alone, occasion)) for one in rest
    ]
    version = rules_version(coupons)
    offer = _offer(occasion, booked, _ranked(left_out, occasion, coupons), version)
    why = offer.why if reach_fen is None or not lines else _why_reaching(offer, reach_fen)
    if not is_exact:
        why = f"{why.replace('最划算', '划算').replace('最省', '省')}（能叠的券太多，没有逐一比完，可能还有更省的）"
    inputs = inputs_version(occasion, uses, version, reach_fen)
    return offer.model_copy(update={"why": why, "inputs_version": inputs, "is_exact": is_exact})


REACHED = Failure(rule=CouponRule.NOT_COMBINABLE, distance="已经到目标价，用不着这张")


def _bill(lines: Sequence[BasketLine], shipping_fen: int, booked: Sequence[Booked]) -> int:
    saved = sum(sum(one.per_line) + one.shipping_fen for one in booked)
    return sum(line_fen(line) for line in lines) + shipping_fen - saved


def rules_version(coupons: Sequence[Coupon]) -> str:
    """Return a hash of what the coupons say, whatever their order; where they were read (``cited``) is left out."""
    contents = sorted(coupon.model_dump_json(exclude={"cited"}) for coupon in coupons)
    return sha256("\n".join(contents).encode()).hexdigest()[:12]


def inputs_version(occasion: Occasion, uses: Mapping[str, CouponUse], rules: str, reach_fen: int | None) -> str:
    """Return a hash of everything a decision looks at; the order of mappings does not matter."""
    known = occasion.model_dump(mode="json") | {
        "uses": {one: use.model_dump(mode="json") for one, use in uses.items()},
        "rules": rules,
        "reach": reach_fen,
    }
    return sha256(json.dumps(known, sort_keys=True, ensure_ascii=True).encode()).hexdigest()[:16]


def _check(lines: Sequence[BasketLine], shipping_fen: int, coupons: Sequence[Coupon], moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("moment must be aware")
    if shipping_fen < 0 or any(line.unit_fen < 0 or line.quantity < 1 for line in lines):
        raise ValueError("prices and shipping must not be negative, quantities must be at least 1")
    if len({coupon.coupon_id for coupon in coupons}) != len(coupons):
        raise ValueError("coupon ids must differ")


def _unchosen(one: Bearing, booked: Sequence[Booked], alone: Mapping[str, int], occasion: Occasion) -> Failure:
    """Say why a usable coupon was not chosen: it clashes with a chosen one, or nothing was left for it.

    ``alone`` is what each usable coupon would bring by itself.
    """
    coupon = one.coupon
    rival = next((other.coupon for other in booked if _clash(coupon, other.coupon)), None)
    if rival is None and (name := _sunk(one, booked, occasion)):
        distance = f"和已选的优惠一起用，「{name}」会低于规定的最低售价"
        return Failure(rule=CouponRule.FLOOR, distance=distance)
    if rival is None:
        return Failure(rule=CouponRule.NO_BENEFIT, distance="已选的优惠更合适，再叠这张也不会更省")
    mine, theirs = alone[coupon.coupon_id], alone[rival.coupon_id]
    if mine < theirs:
        verdict = "已选更省的"
    elif mine == theirs:
        verdict = "两张优惠一样多，用一张就够"
    else:
        verdict = "已选整单更省的搭配"
    return Failure(rule=CouponRule.NOT_COMBINABLE, distance=f"与「{rival.name}」不能同享，{verdict}")


def _sunk(coupon: Bearing, booked: Sequence[Booked], occasion: Occasion) -> str:
    """Name a product that this coupon on top of the chosen ones would bring below the least that it may cost."""
    if not occasion.floors:
        return ""
    left = [line_fen(line) for line in occasion.lines]
    for one in booked:
        left = [was - part for was, part in zip(left, one.per_line, strict=True)]
    taken = coupon.per_line(left)
    for line, was, part, least in zip(occasion.lines, left, taken, occasion.least, strict=True):
        if part and was - part < least:
            return line.name
    return ""


def _clash(one: Coupon, other: Coupon) -> bool:
    same_group = bool(one.stacking_group) and one.stacking_group == other.stacking_group
    return one.exclusive or other.exclusive or same_group


def _alternative(coupon: Coupon, failed: Failure) -> Alternative:
    return Alternative(
        coupon_id=coupon.coupon_id,
        name=coupon.name,
        rule=failed.rule,
        distance=failed.distance,
        shortfall_fen=failed.shortfall_fen,
    )


def _ranked(left_out: Sequence[Alternative], occasion: Occasion, coupons: Sequence[Coupon]) -> tuple[Alternative, ...]:
    """The nearest first; while nothing is chosen, what counts money before what counts pieces, and what is for all goods
    before what is for some."""
    empty = not occasion.lines
    narrow = {one.coupon_id for one in coupons if empty and is_for_some_goods(one)}

    def nearness(one: Alternative) -> tuple[int, bool, int, bool, str]:
        by_pieces = empty and one.shortfall_fen is None
        is_narrow = one.coupon_id in narrow
        return (NEAREST_FIRST.index(one.rule), by_pieces, one.shortfall_fen or 0, is_narrow, one.coupon_id)

    return tuple(sorted(left_out, key=nearness))


def _offer(occasion: Occasion, booked: Sequence[Booked], alternatives: tuple[Alternative, ...], version: str) -> Offer:
    total = sum(line_fen(line) for line in occasion.lines) + occasion.shipping_fen
    applied = tuple(_applied(one, occasion) for one in booked)
    saving = sum(one.saving_fen for one in applied)
    return Offer(
        lines=occasion.lines,
        shipping_fen=occasion.shipping_fen,
        total_fen=total,
        pay_fen=total - saving,
        saving_fen=saving,
        applied=applied,
        alternatives=alternatives,
        why=_why(occasion, booked, alternatives),
        decided_at=occasion.moment,
        rules_version=version,
    )


def _applied(one: Booked, occasion: Occasion) -> AppliedCoupon:
    """Return the applied coupon; shipping lies on no line, so 包邮 (like 赠品) has an empty ``per_line``."""
    return AppliedCoupon(
        coupon_id=one.coupon.coupon_id,
        name=one.coupon.name,
        kind=one.coupon.kind,
        saving_fen=sum(one.per_line) + one.shipping_fen,
        per_line=one.per_line if any(one.per_line) else (),
        gift=one.coupon.gift if one.coupon.kind is CouponKind.GIFT else "",
        terms=order_terms(one.coupon, names=occasion.names, moment=occasion.moment),
    )


def _why(occasion: Occasion, booked: Sequence[Booked], alternatives: Sequence[Alternative]) -> str:
    if not occasion.lines:
        return _why_empty(alternatives)
    goods = sum(line_fen(line) for line in occasion.lines)
    shipping = f"（另有运费 {yuan(occasion.shipping_fen)} 元）" if occasion.shipping_fen else ""
    order = f"本单 {yuan(goods)} 元{shipping}"
    if not booked:
        return f"{order}，没有用得上的券{_nearest(alternatives)}"
    used = "".join(f"「{one.coupon.name}」" for one in booked)
    saving = sum(sum(one.per_line) + one.shipping_fen for one in booked)
    gifts = "、".join(one.coupon.gift for one in booked if one.coupon.kind is CouponKind.GIFT)
    gains = [f"{'共' if len(booked) > 1 else ''}省 {yuan(saving)} 元"] if saving else []
    gains += [f"得赠品{gifts}"] if gifts else []
    return f"{order}，用{used}{'、'.join(gains)}，{_rank_words(booked, alternatives)}"


def _why_reaching(offer: Offer, reach_fen: int) -> str:
    """Say whether the price asked for was reached, and with what."""
    used = "".join(f"「{one.name}」" for one in offer.applied)
    by = f"用{used}省 {yuan(offer.saving_fen)} 元" if used else "不用券"
    if offer.pay_fen <= reach_fen:
        return f"本单 {yuan(offer.total_fen)} 元，{by}，到手 {yuan(offer.pay_fen)} 元，已到目标价 {yuan(reach_fen)} 元"
    return f"本单 {yuan(offer.total_fen)} 元，{by}，最低到 {yuan(offer.pay_fen)} 元，到不了 {yuan(reach_fen)} 元"


def _rank_words(booked: Sequence[Booked], alternatives: Sequence[Alternative]) -> str:
    """Claim to be the best only where there was something to choose from."""
    if not any(one.rule is CouponRule.NOT_COMBINABLE for one in alternatives):
        return "能用的券都用上了"
    has_gift = any(one.coupon.kind is CouponKind.GIFT for one in booked)
    best = "最划算" if has_gift else "最省"
    return f"是可用券里{best}的搭配" if len(booked) > 1 else f"是可用券里{best}的"


def _nearest(alternatives: Sequence[Alternative]) -> str:
    near = next((one for one in alternatives if one.rule is CouponRule.THRESHOLD), None)
    return f"；最接近的是「{near.name}」：{near.distance}" if near else ""


def _why_empty(alternatives: Sequence[Alternative]) -> str:
    ready = [one for one in alternatives if one.rule is CouponRule.THRESHOLD]
    if not ready:
        return "还没选商品；目前没有这位客户能用的券"
    return f"还没选商品；这位客户能用的券有 {len(ready)} 张，最容易用上的是「{ready[0].name}」：{ready[0].distance}"
