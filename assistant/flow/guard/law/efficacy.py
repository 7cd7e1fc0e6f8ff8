"""Effects that the product spoken of may not claim: unregistered special ones, and such as are not filed."""

import re

from assistant.flow.guard.claims.find import find_effects
from assistant.flow.guard.claims.found import Found
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.words import effect_families
from assistant.flow.guard.law.rules import Hit, RuleBook
from assistant.flow.guard.law.spoken_of import SpokenOf
from assistant.flow.guard.law.unasserted import not_asserted
from assistant.shop import Product

# Effects that only a registered special cosmetic may claim; one registration covers 祛斑 and 美白 together.
_SPECIAL_CLASS = {
    "美白": "祛斑美白",
    "祛斑": "祛斑美白",
    "防晒": "防晒",
    "防脱": "防脱",
    "染发": "染发",
    "烫发": "烫发",
}
# These make no cosmetic claim that is filed by name; food and sleep words have rules of their own.
_NOT_FILED = frozenset({"助眠", "瘦身", "止痒"})
# With no product on the desk 染发膏 and 烫发水 are kinds of goods, not something said of one.
_SORT_OF_GOODS = re.compile(
    "(?:膏|剂|水|药水|类)?(?:要|先|的话|前|后|得|请|一定|必须|当天|那天)|的[^，。！？!?]{0,6}(?:没货|断货|缺货|卖完)"
)
_SHADE = re.compile(r"spf\s?\d+|(?<![a-z])pa\+")
# 防晒 as a thing one puts on, not as a property of this product.
_SUNCARE_NOUN = re.compile(
    "(?:涂|抹|用|上|擦|补|带|买|限|配合|搭配|叠加|别忘了|不要忘|没|先|再|后|和|硬|物理|日常|白天|出门|外出)(?:好|点|一层|足)*$"
)
# With no product on the desk it is only a property where the words make it one (能防晒, 防晒力强).
_SUNCARE_CLAIMED = re.compile("(?:能|可以|可|有|具|带|兼|还|又|强|倍|轻松|实现)(?:够|高|效|强|力)*$")
_SUNCARE_POWER = re.compile("^(?:效果|力|功效|指数|值|能力|系数|性)")
_SUNCARE_HABIT = re.compile(
    "^(?:也|都)?(?:记得|要记得|别忘|要补|得补|每|两小时|注意|建议|很重要)|^(?:[、和跟与][^，。；]{0,4})?(?:都|也)?(?:能|可以)?卸"
)


def effect_hits(
    text: str, names: KnownNames, spoken_of: SpokenOf, book: RuleBook
) -> tuple[list[Hit], list[tuple[int, int]]]:
    """Return where a folded text claims an effect that the product spoken of there may not, and where one that it may."""
    hits: list[Hit] = []
    filed: list[tuple[int, int]] = []
    products_at_hand = bool(spoken_of.all)
    for effect in find_effects(text, names):
        if not products_at_hand and _SORT_OF_GOODS.match(text, effect.end):
            continue
        products = spoken_of.at(effect.start)
        special = effect.value in _SPECIAL_CLASS
        lacking = not _may_claim_special(effect, text, products) if special else _unfiled(effect, products)
        if lacking and not not_asserted(text, effect.start, effect.end):
            hits.append(Hit(book.special if special else book.filed, effect.start, effect.end))
        elif products:
            filed.append((effect.start, effect.end))
    for match in _SHADE.finditer(text):
        if not _registered(spoken_of.at(match.start()), "防晒") and not spoken_of.in_name(*match.span()):
            hits.append(Hit(book.special, *match.span()))
    return hits, filed


def _may_claim_special(effect: Found, text: str, products: tuple[Product, ...]) -> bool:
    return _registered(products, effect.value) or (effect.value == "防晒" and _is_suncare_habit(effect, text, products))


def _is_suncare_habit(effect: Found, text: str, products: tuple[Product, ...]) -> bool:
    """防晒记得两小时补一次 and 出门涂防晒 are advice, whatever product lies on the desk."""
    before, after = text[max(0, effect.start - 6) : effect.start], text[effect.end : effect.end + 8]
    if _SUNCARE_HABIT.match(after) or _SUNCARE_NOUN.search(before):
        return True
    return not products and not (_SUNCARE_CLAIMED.search(before) or _SUNCARE_POWER.match(after))


def _registered(products: tuple[Product, ...], effect: str) -> bool:
    """Say whether every product has a special registration and its record speaks of this class of effect."""
    classes = {word for word, group in _SPECIAL_CLASS.items() if group == _SPECIAL_CLASS[effect]}
    words = {word for word, family in effect_families().items() if family in classes}
    return bool(products) and all(
        product.special_registration and any(word in _standing_words(product) for word in words) for product in products
    )


def _unfiled(effect: Found, products: tuple[Product, ...]) -> bool:
    if not products or effect.value in _NOT_FILED:
        return False
    words = [word for word, family in effect_families().items() if family == effect.value]
    return not all(any(word in _standing_words(product) for word in words) for product in products)


def _standing_words(product: Product) -> str:
    return "、".join((product.name, product.category, *product.efficacy, *product.selling_points, *product.attributes))
