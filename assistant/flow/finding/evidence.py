"""Everything a draft may stand on, as checkable statements with short ids.

P product, S stock, O the bill, K coupon, C customer, M store, D passage, T approved script with figures or promises of its own.
The ids count up in the order in which the records were chosen, so the same turn always names them the same.
"""

from collections.abc import Iterable

from assistant.clock import SHOP_TIME
from assistant.flow.desk import Desk
from assistant.flow.finding.offering import names_coupon
from assistant.flow.finding.quoting import quotable
from assistant.flow.finding.scripting import eligible
from assistant.flow.understanding.refining import working_need
from assistant.flow.understanding.signals import signals_in
from assistant.flow.words.wording import closed, day, money
from assistant.offers.terms import terms
from assistant.shop import Coupon, Customer, CustomerFact, Product, Purpose, Script, Stock, Store
from assistant.turn import Alternative, AppliedCoupon, CouponRule, Evidence, EvidenceKind, Hit, Intent, Need, Offer
from knowledge.reconciling import Disagreement

PURCHASES_TOLD = 3
ALTERNATIVES_TOLD = 6
LONGEST_SAID = 40
"""Characters of a disputed statement that are shown; the rest stands in the console."""
SPEAKABLE = frozenset(
    {
        CouponRule.THRESHOLD,
        CouponRule.SCOPE,
        CouponRule.EXCLUSION,
        CouponRule.NOT_COMBINABLE,
        CouponRule.NO_BENEFIT,
        CouponRule.NOT_STARTED,
        CouponRule.EXPIRED,
    }
)
"""Why a coupon was left out that a customer may be told. Whom it was not meant for, or a spent budget, stays with us."""

SENSITIVE_WORDS = ("孕", "哺乳", "过敏", "病", "炎", "疹", "术", "药", "健康", "宗教", "身份证", "住址", "收入")
"""Facts that name or hold one of these are sensitive (个人信息保护法 Art. 28) and never become a statement."""


def gather(
    need: Need,
    customer: Customer | None,
    products: tuple[Product, ...],
    stock: tuple[Stock, ...],
    hits: tuple[Hit, ...],
    offer: Offer | None,
    desk: Desk,
) -> tuple[Evidence, ...]:
    """State everything that is known for this need. No phone, no order number, no day of birth is in it."""
    working = working_need(need, desk)
    known = (*products, *companions(working, products, desk))
    return (
        *_numbered("P", (_product(product) for product in known)),
        *_numbered("S", (_stock(reading, desk) for reading in stock)),
        *_numbered("O", [] if offer is None or not offer.lines else [_bill(offer)]),
        *_numbered("K", [] if offer is None else _coupons(offer, desk, need.question)),
        *_numbered("C", [] if customer is None else _customer(customer)),
        *_numbered("M", (_store(store) for store in _stores(stock, desk))),
        *_numbered("D", (_passage(hit) for hit in hits if quotable(hit.passage))),
        *_numbered("T", (_script(one) for one in eligible(working, products, desk) if _needs_backing(one))),
    )


def companions(need: Need, products: tuple[Product, ...], desk: Desk) -> tuple[Product, ...]:
    """Return what may be named beside the products: a smaller size of the same line where the price is a worry."""
    if not need.wants(Intent.OBJECTION) or not products:
        return ()
    main = products[0]
    series = main.attributes.get("系列", "")
    same = [
        other
        for other in desk.shop.products.values()
        if series
        and other.attributes.get("系列", "") == series
        and other.category == main.category
        and other.price_fen < main.price_fen
        and (other.name.startswith(main.name) or main.name in other.name or main.name in other.aliases)
    ]
    return tuple(sorted(same, key=lambda other: (other.price_fen, other.sku))[:1])


def consented(customer: Customer | None) -> bool:
    """Say whether a draft may use what is known about this customer (个人信息保护法 Art. 14, 24)."""
    return customer is not None and Purpose.PERSONALISATION in customer.consents


def ids_about(evidence: tuple[Evidence, ...], kind: EvidenceKind, subject: str = "") -> tuple[str, ...]:
    """Return the ids of one kind, about one subject when given."""
    return tuple(one.id for one in evidence if one.kind is kind and subject in ("", one.subject))


def _numbered(letter: str, made: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(one.model_copy(update={"id": f"{letter}{number}"}) for number, one in enumerate(made, start=1))


def _product(product: Product) -> Evidence:
    listed = (
        ("适合", product.suitable_for),
        ("不适合", product.not_for),
        ("肌肤需求", product.concerns),
        ("主要成分", product.ingredients),
        ("不含", product.free_of),
        ("备案功效", product.efficacy),
        ("卖点", product.selling_points),
        ("注意事项", product.cautions),
    )
    parts = [
        f"{product.name}（{product.sku}）",
        product.category,
        f"品牌{product.brand}" if product.brand else "",
        f"规格{product.spec}" if product.spec else "",
        f"售价{money(product.price_fen)}",
        f"建议零售价{money(product.list_price_fen)}" if product.list_price_fen is not None else "",
        *(f"{label}：{'、'.join(words)}" for label, words in listed if words),
        f"用法：{product.usage}" if product.usage else "",
        f"备案/注册编号：{product.registration}" if product.registration else "",
        f"特殊化妆品注册证号：{product.special_registration}" if product.special_registration else "",
        "新品" if product.is_new else "",
        "不参加优惠" if product.coupon_excluded else "",
        f"又名：{'、'.join(product.aliases)}" if product.aliases else "",
        *(f"{name}：{value}" for name, value in product.attributes.items() if value),
    ]
    cited = product.cited
    return Evidence(
        id="P",
        kind=EvidenceKind.PRODUCT,
        subject=product.sku,
        text="；".join(part.rstrip("。；") for part in parts if part) + "。",
        title=cited.title,
        version=cited.version,
        place=cited.place,
    )


def _stock(reading: Stock, desk: Desk) -> Evidence:
    store = desk.shop.stores.get(reading.store_id)
    product = desk.shop.products.get(reading.sku)
    where = store.name if store else reading.store_id
    what = product.name if product else reading.sku
    local = reading.read_at.astimezone(SHOP_TIME)
    at = f"{day(reading.read_at)}{local.hour}:{local.minute:02d}"
    amount = f"有货，{reading.quantity}件" if reading.quantity > 0 else "无货，0件"
    return Evidence(
        id="S",
        kind=EvidenceKind.STOCK,
        subject=reading.sku,
        text=f"{where}{what}{amount}（{at}盘点）。",
        title="库存记录",
        # the guide reads the count here; the customer is only told that there is some
        place=f"{where}，{reading.quantity}件，{at}",
    )


def _bill(offer: Offer) -> Evidence:
    goods = "、".join(f"{line.name}×{line.quantity}（单价{money(line.unit_fen)}）" for line in offer.lines)
    shipping = f"，含运费{money(offer.shipping_fen)}" if offer.shipping_fen else ""
    used = f"，用{len(offer.applied)}张券" if len(offer.applied) > 1 else "，用券" if offer.applied else ""
    saved = f"{used}省{money(offer.saving_fen)}，券后实付{money(offer.pay_fen)}" if offer.applied else ""
    counted = f"，共{sum(line.quantity for line in offer.lines)}件"
    return Evidence(
        id="O",
        kind=EvidenceKind.OFFER,
        subject=offer.lines[0].sku,
        text=f"{goods}{counted}，合计{money(offer.total_fen)}{shipping}{saved}。{offer.why}",
        title="优惠计算",
        place=offer.rules_version,
    )


def _coupons(offer: Offer, desk: Desk, question: str) -> list[Evidence]:
    coupons = {coupon.coupon_id: coupon for coupon in desk.shop.coupons}
    chosen = [_applied(one, coupons.get(one.coupon_id), desk) for one in offer.applied]
    told = [one for one in offer.alternatives if one.rule in SPEAKABLE and one.coupon_id in coupons]
    # the one asked about first; those only a larger order is missing for may be named in a draft, a birthday coupon before any other
    told.sort(
        key=lambda one: (
            not names_coupon(question, coupons[one.coupon_id]),
            one.rule is not CouponRule.THRESHOLD,
            not coupons[one.coupon_id].audience.birthday_month,
        )
    )
    return chosen + [_alternative(one, coupons[one.coupon_id], desk) for one in told[:ALTERNATIVES_TOLD]]


def _applied(applied: AppliedCoupon, coupon: Coupon | None, desk: Desk) -> Evidence:
    gain = (
        f"本单省{money(applied.saving_fen)}" if applied.saving_fen else f"本单可得{applied.gift or applied.kind.label}"
    )
    whole = (
        f"全部条件：{coupon_terms(coupon, desk)}客户能用时这样说：{held_terms(coupon, desk)}"
        if coupon is not None
        else ""
    )
    text = f"本单可用「{applied.name}」（{applied.kind.label}）：{applied.terms.rstrip('。')}。{gain}。{whole}"
    return _of_coupon(applied.coupon_id, text, coupon)


def _alternative(one: Alternative, coupon: Coupon, desk: Desk) -> Evidence:
    text = f"本单没有用「{one.name}」：{one.rule.label}，{one.distance}。条件：{coupon_terms(coupon, desk)}客户能用时这样说：{held_terms(coupon, desk)}"
    return _of_coupon(one.coupon_id, text, coupon)


def _names_of(desk: Desk) -> dict[str, str]:
    shop = desk.shop
    names = {sku: product.name for sku, product in shop.products.items()}
    names.update({store.region_id: store.region_name for store in shop.stores.values()})
    names.update({store_id: store.name for store_id, store in shop.stores.items()})
    return names


def coupon_terms(coupon: Coupon, desk: Desk) -> str:
    """Return all conditions of a coupon in one sentence, with people's names for products, stores and regions."""
    return terms(coupon, names=_names_of(desk), tiers=desk.shop.tiers)


def held_terms(coupon: Coupon, desk: Desk) -> str:
    """Return the conditions as told to a customer who may have the coupon at this store."""
    return terms(coupon, names=_names_of(desk), held_at=desk.store.store_id)


def _of_coupon(coupon_id: str, text: str, coupon: Coupon | None) -> Evidence:
    if coupon is None:
        return Evidence(id="K", kind=EvidenceKind.COUPON, subject=coupon_id, text=text)
    cited = coupon.cited
    return Evidence(
        id="K",
        kind=EvidenceKind.COUPON,
        subject=coupon_id,
        text=text,
        title=cited.title,
        version=cited.version,
        place=cited.place,
    )


def _customer(customer: Customer) -> list[Evidence]:
    if not consented(customer):
        return []
    bought = sorted(customer.purchases, key=lambda one: one.bought_at, reverse=True)[:PURCHASES_TOLD]
    parts = [
        f"会员等级{customer.tier}" if customer.tier else "",
        f"现有{customer.points}积分" if customer.points else "",
        f"生日在{customer.birthday.month}月" if customer.birthday else "",
        f"标签：{'、'.join(_harmless_tags(customer.tags))}" if _harmless_tags(customer.tags) else "",
        *(f"{fact.name}：{fact.value}" for fact in customer.facts if not _is_sensitive(fact)),
        *(f"{day(one.bought_at)}买过{one.product_name}" for one in bought),
    ]
    known = "；".join(part for part in parts if part)
    if not known:
        return []
    return [
        Evidence(
            id="C",
            kind=EvidenceKind.CUSTOMER,
            subject=customer.customer_id,
            text=f"这位客户：{known}。",
            title="客户档案",
        )
    ]


def _harmless_tags(tags: tuple[str, ...]) -> list[str]:
    return [tag for tag in tags if _may_be_stated(tag)]


def _is_sensitive(fact: CustomerFact) -> bool:
    return not (_may_be_stated(fact.name) and _may_be_stated(fact.value))


def _may_be_stated(text: str) -> bool:
    """Say whether a tag or note may become a statement: none of health, faith or debts, and none meant for a model."""
    return not any(word in text for word in SENSITIVE_WORDS) and not signals_in(text)


def _stores(stock: tuple[Stock, ...], desk: Desk) -> list[Store]:
    """Return the guide's own store, then those that have what hers has not."""
    others = [
        desk.shop.stores[reading.store_id]
        for reading in stock
        if reading.quantity > 0 and reading.store_id in desk.shop.stores and reading.store_id != desk.store.store_id
    ]
    return list(dict.fromkeys([desk.store, *others]))


def _store(store: Store) -> Evidence:
    parts = [
        store.name,
        store.region_name,
        f"地址：{store.address}" if store.address else "",
        f"营业时间：{store.hours}" if store.hours else "",
    ]
    return Evidence(
        id="M",
        kind=EvidenceKind.STORE,
        subject=store.store_id,
        text="；".join(part for part in parts if part) + "。",
        title="门店信息",
    )


def _passage(hit: Hit) -> Evidence:
    passage = hit.passage
    heading = " > ".join(passage.heading)
    until = f"有效期至{day(passage.valid_to)}前。" if passage.valid_to else ""
    named = f"《{passage.title}》（第{passage.version}版）{f' {heading}' if heading else ''}：{passage.text.strip()}"
    return Evidence(
        id="D",
        kind=EvidenceKind.PASSAGE,
        subject=passage.document_id,
        text=f"{closed(named) if until else named}{until}",
        title=passage.title,
        version=passage.version,
        place=passage.place,
        disputed="；".join(_dispute(one) for one in hit.disagreements),
    )


def _dispute(one: Disagreement) -> str:
    ours, theirs = (_short(words) for words in (one.ours, one.theirs))
    return f"这里写“{ours}”，《{one.title}》（第{one.version}版）写“{theirs}”"


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_SAID else f"{words[:LONGEST_SAID]}…"


def _script(script: Script) -> Evidence:
    return Evidence(
        id="T",
        kind=EvidenceKind.SCRIPT,
        subject=script.script_id,
        text=f"已审话术「{script.title}」：{script.text}",
        title=script.cited.title,
        version=script.cited.version,
        place=script.cited.place,
    )


_PROMISED = ("免费", "包邮", "保修", "质保", "上门")


def _needs_backing(script: Script) -> bool:
    """Say whether a script has figures or promises of its own (买后免费清洗): headquarters' approval is their record."""
    return any(character.isdigit() for character in script.text) or any(word in script.text for word in _PROMISED)
