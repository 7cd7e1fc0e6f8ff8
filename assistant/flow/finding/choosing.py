"""Which products an answer may speak of: those meant, or a structural choice a colleague could repeat by hand."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import rjieba

from assistant.flow.desk import Desk
from assistant.flow.finding.aging import age_said, ages_of
from assistant.flow.finding.evidence import consented
from assistant.flow.finding.filtering import Condition, Field, Met, filtering_for
from assistant.flow.finding.fitting import ALLERGY, holds, known_allergen, listed_fact, named_ailment
from assistant.flow.finding.trade import is_first_formula
from assistant.flow.understanding.pointing import GOES_ON
from assistant.flow.words.lexicon import Lexicon
from assistant.flow.words.vocabulary import TermKind, bare_name
from assistant.flow.words.writing import fold
from assistant.shop import Customer, Product
from assistant.turn import Intent, Need

AT_MOST = 3

_SELLS = frozenset(
    (
        Intent.RECOMMEND,
        Intent.SUITABILITY,
        Intent.PRODUCT_FACT,
        Intent.USAGE,
        Intent.COMPARE,
        Intent.PRICE,
        Intent.COUPON,
        Intent.OBJECTION,
        Intent.STOCK,
        Intent.CLOSING,
        Intent.GROUP_POST,
    )
)
_FOR_HER_SKIN = frozenset((Intent.RECOMMEND, Intent.SUITABILITY))
_KEPT_IN_TOUCH = frozenset((Intent.BIRTHDAY, Intent.CARE, Intent.REACTIVATION))
_OTHERS = re.compile(r"(?:别的|其他|其它)(?!店|门店|地方|家|人|牌|券|优惠|活动)|另外|换(?:一)?款|换个产品")
_NEW = re.compile(r"新品|新款")
_USED_UP = re.compile(r"\d\s*(?:ml|g|kg|片|支|粒|毫升|克|升|斤|抽|包)", re.IGNORECASE)

_CONCERN_WEIGHT, _SKIN_WEIGHT, _KNOWN_CONCERN_WEIGHT, _FREE_WEIGHT, _ANY_SKIN_WEIGHT = 6, 4, 2, 1, 1

_WORDS_AT_MOST = 3
_CHILD = "儿童"


@dataclass(frozen=True)
class _Wish:
    """What a product must and should be, in the words we keep."""

    skins: frozenset[str]
    concerns: frozenset[str]
    known_concerns: frozenset[str]
    avoid: frozenset[str]
    budget_fen: int | None
    age: int | None = None
    """In months, where it is a child's."""
    gender: str = ""
    made_of: str = ""
    """What it has to be made of (要玉的), where the shop's own columns know the word."""

    def directs(self, skin_types: frozenset[str]) -> bool:
        """Say whether it points to some products: a budget, an age or what to leave out fits a whole shop."""
        return bool(self.concerns or self.known_concerns or self.skins & skin_types)


def choose_products(need: Need, customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    """Return at most three products, the main one first; none where nothing is to be sold or nothing sold fits.

    A product named by the guide always stays, even one her customer must not use: that is for the answer to say.
    A product chosen here never names the customer's skin type or allergy among those it is not for.
    """
    intent = need.about
    if intent in _FOR_HER_SKIN and named_ailment(need.question):
        # somebody ill is sent to a doctor, with no product in hand
        return ()
    if intent is Intent.TASK:
        return _of_the_task(need, customer, desk)
    meant = _meant(need, desk)
    if intent is Intent.COMPARE:
        meant = _both_sides(need, meant, customer, desk)
    if meant and intent is Intent.SUITABILITY:
        return (*meant, *_instead(need, meant, customer, desk))[:AT_MOST]
    if intent is Intent.GROUP_POST or (intent in _KEPT_IN_TOUCH and need.wants(Intent.RECOMMEND)):
        named = bool(meant)
        meant = tuple(one for one in meant if not is_first_formula(one))
        if named and not meant:
            return ()
    if meant and intent is Intent.RECOMMEND:
        harmless = tuple(one for one in meant if not _harms(one, need, customer))
        if harmless or any(one.name in need.question for one in meant):
            return (harmless or meant)[:AT_MOST]
        meant = ()
    if meant:
        return meant[:AT_MOST]
    if intent is Intent.COMPLAINT:
        return _bought(need, customer, desk)
    if intent in _KEPT_IN_TOUCH and not need.wants(Intent.RECOMMEND):
        return _replenished(intent, customer, desk)
    if not (intent in _SELLS or (intent in _KEPT_IN_TOUCH and need.wants(Intent.RECOMMEND))):
        return ()
    return _structural(need, intent, None if intent is Intent.GROUP_POST else customer, desk)


def _harms(product: Product, need: Need, customer: Customer | None) -> bool:
    """Say whether a product holds what this customer may not have, by her profile or by what was said."""
    return known_allergen(product, customer) != "" or any(holds(product, one) for one in need.slots.avoid)


def _meant(need: Need, desk: Desk) -> tuple[Product, ...]:
    skus = need.skus
    if not skus and need.intent is Intent.REFINE and desk.previous is not None:
        skus = tuple(dict.fromkeys(sku for draft in desk.previous.drafts for sku in draft.skus))
    return tuple(desk.shop.products[sku] for sku in skus if sku in desk.shop.products)


def _both_sides(need: Need, meant: tuple[Product, ...], customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    """Add the best product of each type said (面霜和乳液有什么区别) that no product named stands for yet."""
    lexicon = desk.shop.lexicon
    types = tuple(dict.fromkeys(term.value for term in lexicon.terms(fold(need.product_words), TermKind.TYPE)))
    open_types = [kind for kind in types if not any(kind in lexicon.traits[one.sku].types for one in meant)]
    if len(meant) + len(open_types) < 2:
        return meant
    sides = list(meant)
    for kind in open_types:
        asked = need.slots.model_copy(update={"category": lexicon.category_of(kind)})
        side = need.model_copy(update={"product_words": kind, "slots": asked, "skus": ()})
        sides += _structural(side, Intent.COMPARE, customer, desk)[:1]
    return tuple(sides)


def _instead(need: Need, meant: tuple[Product, ...], customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    """Bring one fitting product of the same type where the one asked about is not, or not said to be, for her skin."""
    lexicon = desk.shop.lexicon
    wish = _wish(need, customer, lexicon)
    kinds = lexicon.traits[meant[0].sku].types[:1]
    if len(meant) > 1 or not kinds or not wish.skins or not wish.skins <= lexicon.skin_types:
        return ()
    if not _forbidden(meant[0], wish, lexicon) and _suits(meant[0], wish, lexicon):
        return ()
    asked = need.slots.model_copy(update={"category": meant[0].category})
    instead = need.model_copy(update={"product_words": kinds[0], "slots": asked, "skus": ()})
    found = _structural(instead, Intent.SUITABILITY, customer, desk)
    return tuple(one for one in found if one.sku != meant[0].sku and _suits(one, wish, lexicon))[:1]


def _bought(need: Need, customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    """Return what a complaint without a product name is about: the newest purchase of the type said, or her only one."""
    lexicon = desk.shop.lexicon
    if customer is None:
        return ()
    newest_first = sorted(customer.purchases, key=lambda purchase: purchase.bought_at, reverse=True)
    owned = [desk.shop.products[one.sku] for one in newest_first if one.sku in desk.shop.products]
    kinds = {term.value for term in lexicon.terms(fold(need.product_words), TermKind.TYPE)}
    of_type = [one for one in owned if kinds & set(lexicon.traits[one.sku].types)]
    if kinds:
        return tuple(of_type[:1])
    return tuple(owned) if len(owned) == 1 else ()


def _structural(need: Need, intent: Intent, customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    lexicon = desk.shop.lexicon
    wish = _wish(need, customer, lexicon, told_of_whom(need, desk))
    asked = bool(need.product_words or need.slots.category)
    if (
        not asked
        and (not need.wants(Intent.RECOMMEND) or not wish.directs(lexicon.skin_types))
        and not _NEW.search(need.question)
    ):
        return ()
    shown = _shown(need, desk)
    in_range = [product for product in _in_range(need, desk) if product.sku not in shown]
    if _NEW.search(need.question):
        in_range = [product for product in in_range if product.is_new]
    asked_for = filtering_for(lexicon).read(need.question).conditions
    lawful = [one for one in in_range if not _forbidden(one, wish, lexicon) and _affordable(one, wish, asked_for)]
    if wish.made_of:
        lawful = [one for one in lawful if _is_of(one, wish.made_of)]
    lawful = _as_described(lawful, asked_for, lexicon)
    fitting = _narrowed(lawful, wish, lexicon, strict=not asked)
    if need.wants(Intent.RECOMMEND) and need.slots.skin_type:
        fitting = _said_to_suit(fitting, wish, lexicon)
    return _ranked(fitting, wish, need.question, desk)


_OF_SOMEBODY = frozenset((Intent.SUITABILITY, Intent.RECOMMEND, Intent.PRODUCT_FACT))


def told_of_whom(need: Need, desk: Desk) -> str:
    """Return the question with the one before it where both are about the same person: 宝宝4个月, then 那推哪个."""
    before = desk.previous.need if desk.previous is not None else None
    if before is None or before.intent not in _OF_SOMEBODY or before.customer_id != need.customer_id:
        return need.question
    if need.from_customer or len(need.question) > GOES_ON:
        # pasted or told at length, it may be somebody else's
        return need.question
    return need.question if before.question in need.question else f"{need.question}\n{before.question}"


def _wish(need: Need, customer: Customer | None, lexicon: Lexicon, asked: str = "") -> _Wish:
    slots, question = need.slots, asked or need.question
    # without her consent only what keeps her from harm is looked at (个人信息保护法 Art. 24)
    agreed = customer if consented(customer) else None
    said_skin = slots.skin_type or (agreed.fact("肤质") if agreed else "")
    allergies = listed_fact(customer.fact(ALLERGY)) if customer else ()
    known = listed_fact(agreed.fact("肌肤问题")) if agreed else ()
    audiences = [value for value in slots.concerns if lexicon.terms(fold(value), TermKind.SKIN, TermKind.AUDIENCE)]
    concerns = [value for value in slots.concerns if value not in audiences]
    return _Wish(
        skins=_kept(lexicon, (said_skin, *audiences), TermKind.SKIN, TermKind.AUDIENCE),
        concerns=_kept(lexicon, concerns, TermKind.CONCERN),
        known_concerns=_kept(lexicon, known, TermKind.CONCERN),
        avoid=frozenset(fold(value) for value in (*slots.avoid, *allergies)),
        budget_fen=slots.budget_fen,
        age=age_said(question),
        gender=_gender_said(question),
        made_of=_made_of_said(question, lexicon),
    )


_MALE = re.compile(r"老公|男朋友|男友|爸|爷爷|公公|岳父|男士|男生|男款|先生用|儿子|给他")
_FEMALE = re.compile(r"老婆|女朋友|女友|妈(?!妈?群)|奶奶|婆婆|岳母|女士|女生|女款|闺蜜|女儿|给她")
_FOR_WHOM = {"男": re.compile(r"男[士款装]|^男"), "女": re.compile(r"女[士款装]|^女")}


def _gender_said(question: str) -> str:
    """Say for a man or for a woman something is wanted; nothing where both or neither are spoken of."""
    male, female = _MALE.search(question) is not None, _FEMALE.search(question) is not None
    return "" if male == female else "男" if male else "女"


def _other_gender(product: Product, gender: str) -> bool:
    """Say whether a product is marked for the other one alone, in its name, its category or for whom it is."""
    marks = (product.name, product.category, *product.suitable_for)
    told = {one for one, mark in _FOR_WHOM.items() if any(mark.search(words) for words in marks)}
    return bool(told) and gender not in told


_WISHED_MATERIAL = re.compile(
    r"(?:^|[\s,。;])(?:就|只|想)?(?:要|买|找|看|选)(?:个|款|件|条|双|只)?(?P<what>[\u4e00-\u9fff]{1,4})(?:材质)?的(?=$|[\s,。;!?吧呢啊])"
)


def _made_of_said(question: str, lexicon: Lexicon) -> str:
    """Return the material wished for (要玉的, 要纯棉的) where a column of some product holds the word."""
    for match in _WISHED_MATERIAL.finditer(fold(question)):
        if any(_is_of(product, match["what"]) for product in lexicon.products.values()):
            return match["what"]
    return ""


def _is_of(product: Product, what: str) -> bool:
    material = (value for label, value in product.attributes.items() if "材质" in label or "面料" in label)
    return what in fold(" ".join((product.name, product.category, *product.ingredients, *material)))


def _kept(lexicon: Lexicon, values: Iterable[str], *kinds: TermKind) -> frozenset[str]:
    kept: set[str] = set()
    for value in values:
        terms = lexicon.terms(fold(value), *kinds)
        kept.update(term.value for term in terms)
        if value and not terms:
            kept.add(fold(value))
    return frozenset(kept)


def _in_range(need: Need, desk: Desk) -> list[Product]:
    """List the products of the type or category asked for; a type this shop does not sell leaves none."""
    lexicon, products = desk.shop.lexicon, desk.shop.products
    types = lexicon.terms(fold(need.product_words), TermKind.TYPE)
    if types:
        skus = dict.fromkeys(sku for term in types for sku in lexicon.types_sold(term.value))
        of_type = [products[sku] for sku in skus if sku in products]
        narrower = [term.said for term in types if term.said != fold(term.value)]
        return _of_category(_as_said(of_type, narrower), need.slots.category)
    if need.slots.category:
        return [product for product in products.values() if product.category == need.slots.category]
    words = fold(need.product_words)
    return [one for one in products.values() if not words or words in fold(f"{bare_name(one.name)} {one.category}")]


def _as_said(products: list[Product], words: list[str]) -> list[Product]:
    """Prefer names that hold the narrower word said: 气垫 is a kind of 粉底, but not every 粉底 is one."""
    named = [product for product in products if any(word in fold(product.name) for word in words)]
    return named or products


def _of_category(products: list[Product], category: str) -> list[Product]:
    return [product for product in products if product.category == category] or products


def _forbidden(product: Product, wish: _Wish, lexicon: Lexicon) -> bool:
    traits = lexicon.traits[product.sku]
    if traits.shuns & (wish.skins | wish.concerns):
        return True
    ages = ages_of(product)
    if wish.age is not None and ages is not None:
        if not ages.low <= wish.age <= ages.high:
            return True
    # what is not said to be for children is not chosen for a child: products for them are registered and labelled so
    elif _CHILD in wish.skins and not (_CHILD in traits.suits or _CHILD in product.name or ages is not None):
        return True
    if is_first_formula(product):
        return True
    if wish.gender and _other_gender(product, wish.gender):
        return True
    not_for = fold(" ".join(product.not_for))
    inside = fold(" ".join((*product.ingredients, product.name, product.category)))
    free_of = fold(" ".join(product.free_of))
    return any(
        word in not_for or (word in inside and word not in free_of) or holds(product, word) for word in wish.avoid
    )


def _affordable(product: Product, wish: _Wish, asked_for: tuple[Condition, ...]) -> bool:
    """Say whether a price is within what was said: 三百左右 and 300以上 have a lower end too."""
    price = next((one for one in asked_for if one.field is Field.PRICE), None)
    if price is None or (wish.budget_fen is None and price.high is not None):
        return wish.budget_fen is None or product.price_fen <= wish.budget_fen
    return (price.low or 0) <= product.price_fen and (price.high is None or product.price_fen <= price.high)


_DESCRIBED_BY = frozenset((Field.CONTAINS, Field.FREE_OF, Field.SPEC, Field.ATTRIBUTE, Field.SERIES, Field.BRAND))


def _as_described(products: list[Product], asked_for: tuple[Condition, ...], lexicon: Lexicon) -> list[Product]:
    """Prefer what is written to be as described, then what nothing is written of, wish by wish."""
    filtering = filtering_for(lexicon)
    for wish in asked_for:
        if wish.field not in _DESCRIBED_BY or (wish.field is Field.CONTAINS and wish.said == wish.values[0]):
            continue
        met = {one.sku: filtering.met(wish, one, {}) for one in products}
        written = [one for one in products if met[one.sku] is Met.YES]
        products = written or [one for one in products if met[one.sku] is Met.UNSAID] or products
    return products


def _narrowed(products: list[Product], wish: _Wish, lexicon: Lexicon, *, strict: bool) -> list[Product]:
    """Keep what serves a worry and suits the skin. ``strict``: without a type asked, a worry nobody serves leaves none."""
    serving = [one for one in products if lexicon.traits[one.sku].concerns & wish.concerns]
    if wish.concerns:
        products = serving if serving or strict else products
    suited = [one for one in products if _suits(one, wish, lexicon)]
    return suited or products


def _said_to_suit(products: list[Product], wish: _Wish, lexicon: Lexicon) -> list[Product]:
    """Leave only what suits the skin type just said, where skin types are a matter of these products at all."""
    told = any(lexicon.traits[product.sku].suits & lexicon.skin_types for product in products)
    return [product for product in products if _suits(product, wish, lexicon)] if told else products


def _suits(product: Product, wish: _Wish, lexicon: Lexicon) -> bool:
    traits = lexicon.traits[product.sku]
    return not wish.skins or traits.any_skin or bool(traits.suits & wish.skins)


def _ranked(products: list[Product], wish: _Wish, question: str, desk: Desk) -> tuple[Product, ...]:
    """Order by shelf, then fit, then SKU."""
    words = frozenset(word for word in rjieba.cut(fold(question)) if len(word) > 1)
    quantity = {stock.sku: stock.quantity for stock in desk.stock(tuple(product.sku for product in products))}

    def order(product: Product) -> tuple[bool, int, str]:
        sold_out = quantity.get(product.sku, 1) <= 0
        fit = _fit(product, wish, desk.shop.lexicon) + _words_shared(product, words)
        return (sold_out, -fit, product.sku)

    return tuple(sorted(products, key=order)[:AT_MOST])


def _shown(need: Need, desk: Desk) -> frozenset[str]:
    """Return what was just shown where something else is asked for (还有别的吗, 换一款)."""
    if desk.previous is None or not _OTHERS.search(need.question):
        return frozenset()
    return frozenset((*desk.previous.need.skus, *(sku for draft in desk.previous.drafts for sku in draft.skus)))


def _words_shared(product: Product, words: frozenset[str]) -> int:
    """Count the words asked that stand in the product's own data (滚筒, 静音); a tie-breaker for what no slot holds."""
    told = fold(" ".join((product.name, product.spec, *product.selling_points, *product.attributes.values())))
    return min(_WORDS_AT_MOST, sum(word in told for word in words))


def _fit(product: Product, wish: _Wish, lexicon: Lexicon) -> int:
    traits = lexicon.traits[product.sku]
    free_of = fold(" ".join(product.free_of))
    return (
        _CONCERN_WEIGHT * len(traits.concerns & wish.concerns)
        + _SKIN_WEIGHT * len(traits.suits & wish.skins)
        + _KNOWN_CONCERN_WEIGHT * len(traits.concerns & wish.known_concerns)
        + _FREE_WEIGHT * sum(word in free_of for word in wish.avoid)
        + (_ANY_SKIN_WEIGHT if traits.any_skin else 0)
    )


def _replenished(intent: Intent, customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    """Bring back what a customer long away last bought, if it is something that is used up, still sold and right for her."""
    if intent is not Intent.REACTIVATION or customer is None or not consented(customer) or not customer.purchases:
        return ()
    last = max(customer.purchases, key=lambda purchase: purchase.bought_at)
    product = desk.shop.products.get(last.sku)
    if product is None or not _is_used_up(product, customer):
        return ()
    wish = _wish(Need(intent=intent, question=""), customer, desk.shop.lexicon)
    gone = any(stock.quantity <= 0 for stock in desk.stock((product.sku,)))
    return () if gone or _forbidden(product, wish, desk.shop.lexicon) else (product,)


def _of_the_task(need: Need, customer: Customer | None, desk: Desk) -> tuple[Product, ...]:
    """The goods that the task's coupon names one by one: the first that this store has and that does this customer no harm."""
    wanted = need.task.coupon_id if need.task is not None else ""
    coupon = next((one for one in desk.shop.coupons if one.coupon_id == wanted), None)
    if coupon is None or not coupon.scope.skus:
        return ()
    wish = _wish(Need(intent=Intent.TASK, question=""), customer, desk.shop.lexicon)
    here = {
        one.sku for one in desk.stock(coupon.scope.skus) if one.store_id == desk.store.store_id and one.quantity > 0
    }
    fitting = (desk.shop.products[sku] for sku in coupon.scope.skus if sku in here and sku in desk.shop.products)
    return tuple(
        one for one in fitting if not _forbidden(one, wish, desk.shop.lexicon) and not _harms(one, need, customer)
    )[:1]


def _is_used_up(product: Product, customer: Customer) -> bool:
    bought = sum(purchase.sku == product.sku for purchase in customer.purchases)
    return bought > 1 or _USED_UP.search(f"{product.spec} {product.name}") is not None
