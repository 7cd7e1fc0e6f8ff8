"""Which basket a need means, and whether it is a moment to speak of offers at all. The mathematics is in offers/."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from assistant.clock import SHOP_TIME
from assistant.flow.desk import Desk, HouseRules, Shop
from assistant.flow.finding.fitting import holds, known_allergen, named_ailment
from assistant.flow.finding.trade import on_the_body
from assistant.flow.understanding.refining import working_need
from assistant.offers.decide import decide
from assistant.offers.standing import Standing
from assistant.offers.stepping import Available, next_step
from assistant.offers.wording import yuan
from assistant.shop import Audience, Channel, Coupon, CouponUse, Customer, Product, Purpose, Scene, Stock, Store
from assistant.turn import BasketLine, Intent, Need, NextStep, Offer, Refinement, Signal

SELLING = frozenset(
    {
        Intent.RECOMMEND,
        Intent.SUITABILITY,
        Intent.PRODUCT_FACT,
        Intent.COMPARE,
        Intent.PRICE,
        Intent.COUPON,
        Intent.OBJECTION,
        Intent.CLOSING,
        Intent.BIRTHDAY,
        Intent.REACTIVATION,
        Intent.TASK,
        Intent.GROUP_POST,
    }
)
"""Intents beside which an offer is decided; the others only when price or coupons are asked for as well."""

WITHOUT_A_BASKET = frozenset(
    {
        Intent.COUPON,
        Intent.POLICY,
        Intent.BIRTHDAY,
        Intent.REACTIVATION,
        Intent.TASK,
        Intent.GROUP_POST,
        Intent.OBJECTION,
    }
)
OUTREACH = frozenset({Intent.BIRTHDAY, Intent.REACTIVATION, Intent.TASK})
SEVERAL = frozenset({Intent.PRICE, Intent.COUPON, Intent.CLOSING, Intent.OBJECTION})
"""Intents in which several products named together are one order; elsewhere they are choices, and the first counts."""

COUPON_WORDS = ("券", "优惠", "满减", "折扣", "活动价")
DELIVERY_WORDS = ("运费", "邮费", "包邮", "快递", "邮寄", "寄到", "寄给", "发货", "线上")
UNDER_AGE = "客户可能未成年，只算了人人可用的券。"
NO_CONSENT = "客户没有同意个性化推荐，只算了人人可用的券。"


def make_offer(
    need: Need, customer: Customer | None, products: tuple[Product, ...], desk: Desk, moment: datetime
) -> Offer | None:
    """Decide the best lawful offer for what is meant, or None where nothing should be sold.

    Never beside a complaint; never in outreach to a customer who did not agree to marketing (广告法 Art. 43).
    Without consent to personalisation, or for a group, only coupons open to everybody are looked at.
    """
    working = working_need(need, desk)
    if not _may_sell(working, customer):
        return None
    if products and working.intent is Intent.SUITABILITY and _about_safety(products[0], working, customer):
        return None
    lines = basket(working, products)
    if not lines and not (working.intent in WITHOUT_A_BASKET or working.wants(Intent.COUPON)):
        return None
    for_one = customer if _is_private(working) else None
    uses = desk.uses(for_one.customer_id if for_one is not None else "")
    shop = _of_the_task(working, desk.shop)

    def decide_for(wanted: tuple[BasketLine, ...]) -> Offer:
        return offer_at(
            shop,
            desk.store,
            customer=for_one,
            lines=wanted,
            shipping_fen=_shipping(working, wanted, desk),
            uses=uses,
            moment=moment,
            channel=channel_of(working),
        )

    offer = decide_for(lines)
    if for_one is not None and any(working.wants(intent) for intent in SEVERAL):
        step = step_from(offer, desk.shop, for_one, lambda skus: there(desk.stock(skus), desk.store), decide_for)
        offer = offer.model_copy(update={"step": step})
    if for_one is not None and not _may_personalise(for_one):
        why = UNDER_AGE if working.touches(Signal.MINOR) else NO_CONSENT
        return offer.model_copy(update={"why": f"{offer.why.rstrip('。')}。{why}"})
    return offer


def _of_the_task(need: Need, shop: Shop) -> Shop:
    """A task that leans on one coupon speaks of no other: only that one is weighed, by the same rules."""
    wanted = need.task.coupon_id if need.task is not None else ""
    return replace(shop, coupons=tuple(one for one in shop.coupons if one.coupon_id == wanted)) if wanted else shop


_OF_A_BODY = re.compile(
    r"孕|哺乳|喂奶|月子|[\d一二两三四五六七八九十半]个?(?:月|岁)|糖尿|血糖|血压|三高|痛风|心脏|药|病|手术|过敏|疼|痛|受伤|破皮|失眠|睡不|开车|司机|货车"
)


def _about_safety(product: Product, need: Need, customer: Customer | None) -> bool:
    """Say whether it is asked if something may do harm: then nothing is sold beside the answer."""
    if known_allergen(product, customer) or any(holds(product, one) for one in need.slots.avoid):
        return True
    return not on_the_body(product) and _OF_A_BODY.search(need.question) is not None


def step_from(
    offer: Offer,
    shop: Shop,
    customer: Customer,
    available: Available,
    decide_for: Callable[[tuple[BasketLine, ...]], Offer],
) -> NextStep | None:
    """Return one more piece that pays for itself and holds nothing she is allergic to, or None."""
    coupons = {one.coupon_id: one for one in shop.coupons}
    goods = [line_of(one, 1) for one in shop.products.values() if not known_allergen(one, customer)]
    return next_step(offer, coupons, goods, available, decide_for)


def there(counts: Iterable[Stock], store: Store) -> frozenset[str]:
    """The SKUs that a store has by its last count."""
    return frozenset(one.sku for one in counts if one.store_id == store.store_id and one.quantity > 0)


def offer_at(
    shop: Shop,
    store: Store,
    *,
    customer: Customer | None,
    lines: tuple[BasketLine, ...],
    shipping_fen: int,
    uses: Mapping[str, CouponUse],
    moment: datetime,
    channel: Channel = Channel.SHOP,
    reach_fen: int | None = None,
) -> Offer:
    """Decide for one basket in one store; the one place where a customer becomes what the rules may know of her.

    Without her consent to personalisation only coupons open to everybody are looked at.
    """
    known = customer if customer is not None and _may_personalise(customer) else None
    open_only = customer is not None and known is None
    floors = ((line.sku, shop.products[line.sku].floor_price_fen) for line in lines if line.sku in shop.products)
    return decide(
        lines=lines,
        shipping_fen=shipping_fen,
        coupons=tuple(coupon for coupon in shop.coupons if not open_only or _is_open(coupon)),
        standing=standing_of(known, shop.tiers, moment),
        uses=uses,
        store_id=store.store_id,
        region_id=store.region_id,
        moment=moment,
        names=_names(shop),
        channel=channel,
        dealer=store.dealer,
        floors={sku: floor for sku, floor in floors if floor is not None},
        reach_fen=reach_fen,
    )


def _may_personalise(customer: Customer) -> bool:
    return Purpose.PERSONALISATION in customer.consents


def basket(need: Need, products: tuple[Product, ...]) -> tuple[BasketLine, ...]:
    """Return the order that is meant: products named together, else the main one; each in the stated quantity."""
    named = tuple(product for product in products if product.sku in need.skus)
    # one word that fits two sizes names no order of both: without counts only products said one by one are added up
    together = need.intent in SEVERAL and len(named) > 1 and (bool(need.counts) or not _one_word(need))
    meant = named if together else (named or products)[:1]
    counts = dict(zip(need.skus, need.counts, strict=True)) if need.counts else {}
    return tuple(line_of(product, counts.get(product.sku, max(need.slots.quantity, 1))) for product in meant)


def _one_word(need: Need) -> bool:
    """Say whether several products were found by one and the same word (长绒棉四件套, sold in two sizes)."""
    return len(need.skus) > 1 and bool(need.product_words) and " " not in need.product_words.strip()


def line_of(product: Product, quantity: int) -> BasketLine:
    """Return a basket line at today's shop price."""
    return BasketLine(
        sku=product.sku,
        name=product.name,
        category=product.category,
        unit_fen=product.price_fen,
        quantity=quantity,
        is_new=product.is_new,
        coupon_excluded=product.coupon_excluded,
        brand=product.brand,
        attributes=tuple(f"{name}:{value}" for name, value in product.attributes.items()),
    )


def speaks_of_coupons(need: Need) -> bool:
    """Say whether coupons were asked about, in whatever words."""
    words = (need.question, *need.slots.policy_topics)
    return need.wants(Intent.COUPON) or any(mark in word for mark in COUPON_WORDS for word in words)


def names_coupon(question: str, coupon: Coupon) -> bool:
    """Say whether a question names a coupon: by its name, or by the figures people call it by (满200减50, 减25, 8.8折)."""
    spoken = [coupon.name]
    if coupon.amount_fen:
        threshold = f"满{yuan(coupon.threshold_fen)}" if coupon.threshold_fen else ""
        spoken += [f"{threshold}减{yuan(coupon.amount_fen)}", f"能减{yuan(coupon.amount_fen)}"]
    if coupon.pay_percent < _WHOLE:
        spoken.append(f"{coupon.pay_percent / 10:g}折")
    asked = question.replace(" ", "")
    return any(re.search(rf"{re.escape(word)}(?!\d)", asked) for word in spoken)


_WHOLE = 100

_FANCIED = re.compile(
    r"(?:内部|员工|店长|特批|特权|老板|经理|总部|关系|隐藏|隐形|秘密|私下|后台)[^，。,.?？!！\s]{0,6}?(?:券|价|折扣|优惠|折)"
    r"|(?<!\d\.)(?:[一二三四五六1-6]折|半价)[^，。,.?？!！\s]{0,4}?(?:券|价|卡|码)?"
    r"|(?:免单|全额|无门槛大额)[^，。,.?？!！\s]{0,3}?券"
)


def asks_for_a_fancied_coupon(question: str, coupons: Iterable[Coupon]) -> bool:
    """Say whether a question names a kind of discount that no coupon of the shop is called or gives."""
    asked = _FANCIED.search(question)
    return asked is not None and not any(asked.group() in f"{one.name}{one.pay_percent or ''}" for one in coupons)


def _may_sell(need: Need, customer: Customer | None) -> bool:
    if need.wants(Intent.COMPLAINT) or need.refinement is Refinement.NO_COUPON or named_ailment(need.question):
        return False
    asked = need.wants(Intent.PRICE) or need.wants(Intent.COUPON) or need.wants(Intent.OBJECTION)
    about_coupons = need.intent is Intent.POLICY and speaks_of_coupons(need)
    if need.touches(Signal.MINOR):
        # what is asked is answered; nothing is advertised to somebody under age (未成年人网络保护条例 Art. 24)
        return need.intent not in OUTREACH and (asked or about_coupons)
    if need.intent in OUTREACH:
        return customer is not None and Purpose.MARKETING in customer.consents
    return need.intent in SELLING or asked or about_coupons


def _is_private(need: Need) -> bool:
    return need.scene is Scene.PRIVATE and need.intent is not Intent.GROUP_POST


def _is_open(coupon: Coupon) -> bool:
    return coupon.audience == Audience()


def standing_of(customer: Customer | None, tiers: tuple[str, ...], moment: datetime) -> Standing:
    """Return what the coupon rules may know of a customer; all else about her stays behind here."""
    if customer is None:
        return Standing(tiers=tiers)
    last = max((one.bought_at for one in customer.purchases), default=None)
    return Standing(
        tier=customer.tier,
        tiers=tiers,
        is_new_customer=customer.order_count == 0,
        birthday_month=customer.birthday.month if customer.birthday else None,
        birthday_day=customer.birthday.day if customer.birthday else None,
        tags=customer.tags,
        days_since_order=(moment.astimezone(SHOP_TIME).date() - last.astimezone(SHOP_TIME).date()).days
        if last
        else None,
        customer_id=customer.customer_id,
    )


def channel_of(need: Need) -> Channel:
    """Say where the order would be placed: over the counter unless delivery or the mini-program is spoken of."""
    return Channel.MINI_PROGRAM if any(word in need.question for word in DELIVERY_WORDS) else Channel.SHOP


def _shipping(need: Need, lines: tuple[BasketLine, ...], desk: Desk) -> int:
    """Return the shipping due, 分: none over the counter, so only where delivery is spoken of."""
    return shipping_due(desk.shop.rules, lines) if any(word in need.question for word in DELIVERY_WORDS) else 0


def shipping_due(rules: HouseRules, lines: tuple[BasketLine, ...]) -> int:
    """Return what the shop asks for delivering these goods, 分."""
    goods = sum(line.unit_fen * line.quantity for line in lines)
    free_from = rules.free_shipping_from_fen
    is_free = not lines or (free_from is not None and goods >= free_from)
    return 0 if is_free else rules.shipping_fen


def _names(shop: Shop) -> dict[str, str]:
    regions = {store.region_id: store.region_name for store in shop.stores.values()}
    stores = {store_id: store.name for store_id, store in shop.stores.items()}
    return {**regions, **stores, **{sku: product.name for sku, product in shop.products.items()}}
