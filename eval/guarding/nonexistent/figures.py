"""Amounts, discounts and counts on the shelf that no product, bill, coupon or text of the turn bears out."""

import re
from collections.abc import Iterable, Iterator

from assistant.flow.guard.claims.found import Found, Role
from assistant.turn import ClaimKind, TurnRecord
from eval.guarding.nonexistent.invention import Cause, Invention
from eval.guarding.nonexistent.line import Line, known_values
from eval.guarding.nonexistent.truth import Seen
from eval.guarding.nonexistent.written import skus_of_turn, written_values

_BUDGET = re.compile("以内|预算|左右|不超过|价位|之内|没有价格")
_PRICING = re.compile("(?:卖|报|降到|算|收|只?要|才|价|抹成|凑|整数?|写|是|也|今天|现在)[您成到了个为]{0,2}$")
_OF_A_COUPON = re.compile("[满减省抵券差赠换]|优惠|门槛|价值|运费|包邮|最多|便宜|少付|多付")
_OF_THE_BILL = re.compile("[这本]单|这样|合计|一共|实付|券后|用完?券|到手|共省")
_PRICED = frozenset({Role.PRICE, Role.FINAL})
_OF_COUPONS = frozenset({Role.THRESHOLD, Role.SAVING, Role.GAP, Role.FEE, Role.WORTH})


def judge_money(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """An amount must be true for what it is said to be: a price, a saving, a threshold; her budget is hers to say."""
    for one in line.found:
        if line.refused(one.start, one.end):
            continue
        if one.kind is ClaimKind.MONEY:
            fen = one.value.lstrip("~")
        elif one.kind is ClaimKind.QUANTITY and line.products and _is_bare_price(one, line):
            fen = f"{one.value}00"
        else:
            continue
        is_budget = fen == str(record.need.slots.budget_fen) and _BUDGET.search(line.text)
        if not is_budget and fen not in _true_money(one.role, line, record, seen):
            yield Invention(Cause.WRONG_FIGURE, f"{one.text}（{one.role.label}）", line.text)


def _is_bare_price(one: Found, line: Line) -> bool:
    """小云瓶199, 降到229: a figure with no unit that prices what is spoken of."""
    named = any(other.end == one.start for other in line.found if other.kind is ClaimKind.PRODUCT)
    return one.value.isdigit() and len(one.value) > 1 and (named or bool(_PRICING.search(line.text[: one.start])))


def _true_money(role: Role, line: Line, record: TurnRecord, seen: Seen) -> frozenset[str]:
    """The true amounts for a figure of this role in this sentence, 分: of the products it speaks of, of the bill, of the
    coupons of the turn, of the policy texts that were found."""
    spoken = line.products or line.carried or skus_of_turn(record)
    products = [seen.shop.products[sku] for sku in sorted(spoken) if sku in seen.shop.products]
    billed = spoken if line.products or not _OF_THE_BILL.search(line.text) else skus_of_turn(record)
    prices = {product.price_fen for product in products} | _bill(record, billed)
    lists = {product.list_price_fen for product in products if product.list_price_fen is not None}
    written = written_values(ClaimKind.MONEY, record, seen)
    if role is Role.LIST:
        return _as_words(lists)
    if role in _PRICED:
        return _as_words(prices) | (frozenset() if line.products else written)
    if role in _OF_COUPONS:
        return _as_words(_coupon_money(line, record, seen)) | written
    if not _OF_A_COUPON.search(line.text):
        return _as_words(prices | lists) | (frozenset() if line.products else written)
    return _as_words(prices | lists | _coupon_money(line, record, seen)) | written


def _as_words(amounts: Iterable[int]) -> frozenset[str]:
    return frozenset(str(fen) for fen in amounts)


def _bill(record: TurnRecord, spoken: frozenset[str]) -> set[int]:
    """What the bill of this turn comes to, where the sentence speaks of what is on it."""
    offer = record.offer
    if offer is None or not offer.lines or not spoken & {line.sku for line in offer.lines}:
        return set()
    goods = [line.unit_fen * line.quantity for line in offer.lines]
    off = [sum(one.per_line[place] for one in offer.applied if one.per_line) for place in range(len(goods))]
    each = {(whole - less) for whole, less in zip(goods, off, strict=True)}
    step = {offer.step.pay_fen, offer.step.added.unit_fen} if offer.step is not None else set()
    return {offer.total_fen, offer.pay_fen, offer.total_fen - offer.shipping_fen, *goods, *each, *step}


def _coupon_money(line: Line, record: TurnRecord, seen: Seen) -> set[int]:
    """What the coupons of the turn, or those the sentence names, take off or ask for; and the shop's shipping."""
    offer, rules = record.offer, seen.shop.rules
    amounts = {rules.shipping_fen, rules.free_shipping_from_fen or 0}
    ids = set(known_values(line.found, ClaimKind.COUPON))
    if offer is not None:
        ids |= {one.coupon_id for one in offer.applied}
        amounts |= {one.saving_fen for one in offer.applied} | {offer.saving_fen, offer.shipping_fen}
        amounts |= {one.shortfall_fen for one in offer.alternatives if one.shortfall_fen and one.name in line.text}
        if offer.step is not None:
            amounts |= {offer.step.less_fen, offer.step.added.unit_fen}
            ids.add(offer.step.coupon_id)
    for coupon in seen.shop.coupons:
        if coupon.coupon_id in ids:
            amounts |= {coupon.amount_fen, coupon.threshold_fen, coupon.gift_value_fen, coupon.add_on_fen}
            amounts.add(coupon.cap_fen or 0)
    return amounts - {0}


def judge_discounts(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A discount must be that of a coupon named or used, or stand in a passage that was found."""
    ids = set(known_values(line.found, ClaimKind.COUPON))
    ids |= {one.coupon_id for one in record.offer.applied} if record.offer is not None else set()
    true = {f"{coupon.pay_percent}折" for coupon in seen.shop.coupons if coupon.coupon_id in ids}
    for one in line.found:
        if one.kind is not ClaimKind.PERCENT or one.value in true or line.refused(one.start, one.end):
            continue
        if one.value not in written_values(ClaimKind.PERCENT, record, seen):
            yield Invention(Cause.WRONG_DISCOUNT, one.text, line.text)


def judge_counts(line: Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A count on the shelf must be one that was counted."""
    counted = {str(one.quantity) for one in seen.stock}
    for one in line.found:
        if one.kind is not ClaimKind.QUANTITY or one.role is not Role.STOCK or line.refused(one.start, one.end):
            continue
        if re.sub(r"\D", "", one.value) not in counted:
            yield Invention(Cause.INVENTED_STOCK, one.text, line.text)
