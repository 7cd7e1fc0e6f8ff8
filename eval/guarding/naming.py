"""Changes of names: goods, what is dearer, coupons and their conditions, gifts, stores, papers. None where one has no place."""

import re
from collections.abc import Iterable, Sequence
from random import Random

from assistant.shop import CouponKind, Product
from assistant.turn import EvidenceKind
from eval.guarding.figures import one_of
from eval.guarding.spot import BLANK, Spot, Sum, appended, replaced

# ---- goods -------------------------------------------------------------------------------------


def _other_name(spot: Spot, others: Sequence[Product], chance: Random) -> str | None:
    """Put another product in the place of one, where the sentence is then untrue."""
    named = one_of(spot.named, chance)
    if named is None:
        return None
    standing = {one.product.sku for one in spot.named}
    fitting = [one for one in others if one.sku not in standing and spot.is_false_of(one, named.product)]
    other = one_of(fitting, chance)
    return None if other is None else replaced(spot.text, named.start, named.end, other.name)


def product_at_hand(spot: Spot, chance: Random) -> str | None:
    """Say it of another product the brief has a record of."""
    return _other_name(spot, spot.at_hand, chance)


def product_unknown(spot: Spot, chance: Random) -> str | None:
    """Say it of a product of the shop that the brief knows nothing of."""
    return _other_name(spot, spot.strangers, chance)


def product_invented(spot: Spot, chance: Random) -> str | None:
    """Say it of a product that does not exist."""
    named = one_of(spot.named, chance)
    return (
        None
        if named is None
        else replaced(spot.text, named.start, named.end, chance.choice(spot.words.invented_products))
    )


def products_exchanged(spot: Spot, chance: Random) -> str | None:
    """Exchange two products of one sentence."""
    if len(spot.named) < 2:
        return None
    first, second = spot.named[:2]
    if first.product is second.product or not spot.tells_apart(first.product, second.product):
        return None
    text = replaced(spot.text, second.start, second.end, first.product.name)
    return replaced(text, first.start, first.end, second.product.name)


_PLACES = (("前一款", "后一款"), ("前者", "后者"), ("第一款", "第二款"))


def places_exchanged(spot: Spot, chance: Random) -> str | None:
    """Exchange 前一款 and 后一款."""
    for first, second in _PLACES:
        if first in spot.text and second in spot.text:
            return spot.text.replace(first, BLANK).replace(second, first).replace(BLANK, second)
    return None


def dearer_as_cheaper(spot: Spot, chance: Random) -> str | None:
    """Call the dearer of two products the cheaper one."""
    pair = _two_prices(spot)
    if pair is None:
        return None
    dear, cheap = pair
    said = chance.choice(("{dear}比{cheap}便宜", "{dear}更便宜", "{cheap}要贵一些", "两款里{dear}价格低"))
    return appended(spot.text, said.format(dear=dear.name, cheap=cheap.name))


def difference_turned(spot: Spot, chance: Random) -> str | None:
    """Tell the right difference of two prices the wrong way round."""
    pair = _two_prices(spot)
    if pair is None:
        return None
    dear, cheap = pair
    less = (dear.price_fen - cheap.price_fen) // 100
    said = chance.choice(("{dear}比{cheap}便宜{less}元", "{cheap}贵{less}元", "{dear}少付{less}元"))
    return appended(spot.text, said.format(dear=dear.name, cheap=cheap.name, less=less))


def _two_prices(spot: Spot) -> tuple[Product, Product] | None:
    fens = {one.fen for one in spot.of(Sum.PRICE)}
    priced = [one.product for one in spot.named if one.product.price_fen in fens]
    if len(priced) < 2 or priced[0].price_fen == priced[1].price_fen:
        return None
    dear, cheap = sorted(priced[:2], key=lambda one: -one.price_fen)
    return dear, cheap


# ---- coupons -----------------------------------------------------------------------------------

_COUPON = re.compile(r"「([^」]+)」")


def _other_coupon(spot: Spot, names: Iterable[str], chance: Random) -> str | None:
    known = {one.name for one in spot.brief.desk.shop.coupons}
    match = one_of((one for one in _COUPON.finditer(spot.text) if one[1] in known), chance)
    other = one_of((one for one in names if one not in spot.text), chance)
    return None if match is None or other is None else replaced(spot.text, *match.span(1), other)


def coupon_at_hand(spot: Spot, chance: Random) -> str | None:
    """Name a coupon the brief has a record of but that this order does not use."""
    return _other_coupon(spot, (one.name for one in spot.coupons_told if one.name not in spot.usable), chance)


def coupon_of_another_store(spot: Spot, chance: Random) -> str | None:
    """Name a coupon that only other stores or regions have."""
    home = spot.brief.desk.store
    there = (
        one.name
        for one in spot.brief.desk.shop.coupons
        if (one.scope.stores and home.store_id not in one.scope.stores)
        or (one.scope.regions and home.region_id not in one.scope.regions)
    )
    return _other_coupon(spot, there, chance)


def coupon_out_of_time(spot: Spot, chance: Random) -> str | None:
    """Name a coupon that is over, or has not begun."""
    moment = spot.brief.moment
    over = (one.name for one in spot.brief.desk.shop.coupons if not one.starts_at <= moment < one.ends_at)
    return _other_coupon(spot, over, chance)


def coupon_invented(spot: Spot, chance: Random) -> str | None:
    """Name a coupon that does not exist."""
    return _other_coupon(spot, spot.words.invented_coupons, chance)


def coupon_added(spot: Spot, chance: Random) -> str | None:
    """Offer one more coupon, without 「」, of which the brief knows nothing."""
    if not (spot.of(Sum.PRICE, Sum.BILL) or spot.usable & set(_COUPON.findall(spot.text))):
        return None
    clause = one_of((said for word, said in spot.words.coupons_added.items() if word not in spot.records), chance)
    return None if clause is None else appended(spot.text, clause)


def coupon_terms_turned(spot: Spot, chance: Random) -> str | None:
    """Turn one condition of a coupon round: 同类券限一张 becomes 同类券可以叠加."""
    pair = one_of(((old, new) for old, new in spot.words.swapped["coupon_terms"] if old in spot.terms), chance)
    return None if pair is None else spot.text.replace(*pair, 1)


_CONDITION = re.compile(
    r"，(?:最多[省减][\d.]+元|限[^，。）（；]+(?:（[^）]*）)?|每人限\d+次|每人每天限\d+次|同类券限一张|不与其他优惠同享|本店可用|仅[^，。）]+可用)"
)


def coupon_condition_dropped(spot: Spot, chance: Random) -> str | None:
    """Leave one condition of a coupon out (明码标价和禁止价格欺诈规定 Art. 19)."""
    match = one_of((one for one in _CONDITION.finditer(spot.terms) if not _told_elsewhere(one, spot)), chance)
    return None if match is None else replaced(spot.text, *match.span(), "")


def _told_elsewhere(condition: re.Match[str], spot: Spot) -> bool:
    """Say whether another sentence of the draft tells the same coupon's conditions whole: then none is left out."""
    start, end = spot.text.rfind("（", 0, condition.start()), spot.text.find("）", condition.end())
    whole = spot.text[start : end + 1]
    others = (one.text for place, one in enumerate(spot.clean.draft.sentences) if place != spot.place)
    return 0 <= start < end and any(whole in text for text in others)


# ---- gifts -------------------------------------------------------------------------------------

_GIFT = re.compile(r"赠([^，。；×]+?)(\d+(?:ml|g))?×(\d+)")
_PIECE = re.compile("[一两][支盒个片]$")


def gift_added(spot: Spot, chance: Random) -> str | None:
    """Promise a gift nobody gives."""
    if not (spot.named or spot.usable & set(_COUPON.findall(spot.text))) or spot.is_policy:
        return None
    gift = one_of((one for one in spot.words.gifts if _PIECE.sub("", one) not in spot.records), chance)
    said = chance.choice(("再送您{}", "另外送{}", "今天下单还有{}赠送", "另外给您备了{}"))
    return None if gift is None else appended(spot.text, said.format(gift))


def gift_counted(spot: Spot, chance: Random) -> str | None:
    """Give more pieces of a gift than the coupon does."""
    match = one_of(_GIFT.finditer(spot.terms), chance)
    return None if match is None else replaced(spot.text, *match.span(3), str(int(match[3]) + 1))


def gift_enlarged(spot: Spot, chance: Random) -> str | None:
    """Give a larger size of a gift: 5ml becomes 30ml."""
    match = one_of((one for one in _GIFT.finditer(spot.terms) if one[2]), chance)
    return None if match is None else replaced(spot.text, *match.span(2), "正装")


def gift_swapped(spot: Spot, chance: Random) -> str | None:
    """Give another product as the gift."""
    match = one_of(_GIFT.finditer(spot.terms), chance)
    other = one_of((one for one in spot.strangers if one.name not in spot.text), chance)
    return None if match is None or other is None else replaced(spot.text, *match.span(1), other.name)


def gift_of_another_coupon(spot: Spot, chance: Random) -> str | None:
    """Promise the gift of a coupon that this order does not use."""
    if not spot.of(Sum.BILL) or spot.is_policy:
        return None
    other = one_of(
        (
            one
            for one in spot.brief.desk.shop.coupons
            if one.kind is CouponKind.GIFT and one.name not in spot.usable and one.gift not in spot.clean.draft.text
        ),
        chance,
    )
    return None if other is None else appended(spot.text, f"还送您{other.gift}")


def one_for_nothing(spot: Spot, chance: Random) -> str | None:
    """Promise 买一送一."""
    if not spot.of(Sum.PRICE, Sum.BILL) or "半价" in spot.records:
        return None
    return appended(spot.text, chance.choice(spot.words.free_pieces))


# ---- stores and papers -------------------------------------------------------------------------


def store_swapped(spot: Spot, chance: Random) -> str | None:
    """Speak for another store."""
    home = spot.brief.desk.store
    if home.name not in spot.text:
        return None
    other = one_of((one for one in spot.brief.desk.shop.stores.values() if one.name not in spot.records), chance)
    return None if other is None else spot.text.replace(home.name, other.name, 1)


def store_invented(spot: Spot, chance: Random) -> str | None:
    """Speak for a store that does not exist."""
    found = one_of((one for one in spot.brief.desk.shop.stores.values() if one.name in spot.text), chance)
    made = chance.choice(spot.words.invented_stores)
    return None if found is None else spot.text.replace(found.name, made, 1)


def address_changed(spot: Spot, chance: Random) -> str | None:
    """Give another house number or floor."""
    addresses = [
        one.address for one in spot.brief.desk.shop.stores.values() if one.address and one.address in spot.text
    ]
    if not addresses:
        return None
    start = spot.text.index(addresses[0])
    match = chance.choice(list(re.finditer(r"\d+(?=号|层)", addresses[0])))
    changed = str(int(match.group()) + chance.choice((1, 10)))
    return replaced(spot.text, start + match.start(), start + match.end(), changed)


def hours_added(spot: Spot, chance: Random) -> str | None:
    """Add an opening hour that no store has; the composer tells none itself."""
    if not any(one.name in spot.text for one in spot.brief.desk.shop.stores.values()):
        return None
    return appended(spot.text, chance.choice(spot.words.hours_invented))


def tier_changed(spot: Spot, chance: Random) -> str | None:
    """Tell another tier: hers, or the one a rule is for."""
    tiers = sorted(spot.brief.desk.shop.tiers, key=len, reverse=True)
    said = _COUPON.sub(lambda one: BLANK * len(one.group()), spot.text)
    match = one_of(re.finditer("|".join(tiers), said), chance)
    if match is None:
        return None
    return replaced(spot.text, *match.span(), chance.choice([one for one in tiers if one != match.group()]))


_TITLE = re.compile(r"《([^》]+)》")


def source_swapped(spot: Spot, chance: Random) -> str | None:
    """Quote a rule as standing in another paper."""
    match = _TITLE.search(spot.text)
    titles = {one.title for one in spot.brief.evidence if one.kind is EvidenceKind.PASSAGE}
    other = one_of(sorted(one for one in titles if one not in spot.text), chance)
    return None if match is None or other is None else replaced(spot.text, *match.span(1), other)


def version_changed(spot: Spot, chance: Random) -> str | None:
    """Quote a rule as standing in another version of its paper."""
    match = re.search(r"(?<=（第)(\d+)(?=版）)", spot.text)
    return None if match is None else replaced(spot.text, *match.span(), str(int(match[1]) + chance.choice((1, 2))))
