"""Which products are as somebody wishes: 200以内 敏感肌 无酒精 精华, each wish tested on the shop's own data.

A product whose data say nothing about a wish neither passes nor fails it: it is listed as 资料没写.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

import rjieba

from assistant.flow.finding.measuring import Asked, amounts, asked_amounts
from assistant.flow.understanding.slots import avoided_said, price_said
from assistant.flow.words.lexicon import Lexicon
from assistant.flow.words.vocabulary import TermKind
from assistant.flow.words.writing import fold
from assistant.offers.wording import yuan
from assistant.shop import Product
from knowledge.noun import Labelled, Noun

SERIES_NAME = "系列"
NEARLY = 0.2
"""三百左右 is from 240 to 360."""
CLOSE = 0.3
"""A price so little beyond what was said is the first wish to loosen."""


class Field(Labelled):
    """What a wish is about."""

    PRICE = "price", "价格"
    TYPE = "type", "产品类型"
    CATEGORY = "category", "品类"
    SUITS = "suits", "适合"
    CONCERN = "concern", "需求"
    FREE_OF = "free-of", "不含"
    CONTAINS = "contains", "含有"
    BRAND = "brand", "品牌"
    SERIES = "series", "系列"
    SPEC = "spec", "规格"
    ATTRIBUTE = "attribute", "属性"
    WORDS = "words", "名称或卖点"
    STOCK = "stock", "本店有货"
    NEW = "new", "新品"


class Order(Labelled):
    """In which order the products are shown."""

    CHEAPEST = "cheapest", "价格从低到高"
    DEAREST = "dearest", "价格从高到低"
    LARGEST = "largest", "规格从大到小"
    SMALLEST = "smallest", "规格从小到大"


class Met(Labelled):
    """What a product's data say about a wish."""

    YES = "yes", "符合"
    NO = "no", "不符合"
    UNSAID = "unsaid", "资料没写"


class Condition(Noun):
    """One wish and the words it was read from. ``values``: any of them will do; ``name`` is the attribute's.

    ``low`` and ``high`` are 分 for a price, and the smallest unit of ``unit`` for an amount.
    """

    field: Field
    said: str
    values: tuple[str, ...] = ()
    name: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def told(self) -> str:
        """Return the wish as it was understood: 价格 不超过200元."""
        label = self.name or self.field.label
        if self.field is Field.PRICE:
            return f"{label} {_between(self.low, self.high, lambda fen: f'{yuan(round(fen))}元')}"
        if self.unit:
            return f"{label} {_between(self.low, self.high, lambda amount: f'{amount:g}{self.unit}')}"
        return f"{label} {'或'.join(self.values)}".strip()


class ProductFilter(Noun):
    """What a text wishes for. ``not_understood`` are its words that no data of this shop speak of."""

    words: str
    conditions: tuple[Condition, ...] = ()
    order: Order | None = None
    not_understood: tuple[str, ...] = ()

    def of(self, *fields: Field) -> tuple[Condition, ...]:
        """Return the conditions on these fields."""
        return tuple(one for one in self.conditions if one.field in fields)


class Unsaid(Noun):
    """A product that nothing speaks against, and the wishes its data do not say anything about."""

    sku: str
    name: str
    wishes: tuple[str, ...]


class Loosened(Noun):
    """Wishes to give up so that there is something: how many products that gives, the nearest first, and how far off."""

    wishes: tuple[str, ...]
    skus: tuple[str, ...]
    nearest: str
    to: str = ""

    @property
    def count(self) -> int:
        """How many products it gives."""
        return len(self.skus)


class Sifted(Noun):
    """What a filter leaves: products that meet every wish, those whose data are silent, and what to loosen if none does."""

    passing: tuple[str, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    loosened: tuple[Loosened, ...] = ()


_CHEAP = re.compile(r"便宜一?点?的?|平价|实惠|性价比高?|划算|价格低|低价|最便宜")
_DEAR = re.compile(r"贵一?点的?|最贵|高端|高档|价格高")
_LARGE = re.compile(r"大瓶|大支|大罐|大包装|大容量|大规格|家庭装|量大|加大")
_SMALL = re.compile(r"小瓶(?!子)|小支|小罐|小包装|小容量|小规格|量小|小份")
_ORDERS = ((_CHEAP, Order.CHEAPEST), (_DEAR, Order.DEAREST), (_LARGE, Order.LARGEST), (_SMALL, Order.SMALLEST))
_IN_STOCK = re.compile(r"(?:本店|店里|我们店|我店|门店)?(?:现在|目前)?(?:有货|有现货|现货|有库存|没断货|不缺货)的?")
_NEW = re.compile(r"新品|新款|上新|刚上市|新上的?|新出的?")
_SIZE = re.compile(r"(?<![a-z0-9.])(?P<size>[0-9]?x{0,4}[slm]|xl|\d{2}(?:\.5)?)\s?[码号]")
_HOLDS = re.compile(r"(?:主打|添加了?|加了|含有?|带|有)$")
_UNWANTED = re.compile(r"(?:成分)?的?(?:都|我|她)?(?:不要|不行|不能|过敏|不耐受|别|除外)")
_FILLER = re.compile(
    r"系列|有没有|有木有|推荐|帮我?|给我?|我想要?|想要?|需要|客户|顾客|会员|客人|找一?下?|看看|看一?下|来一?个|来点|挑一?个?|选一?个?|"
    r"哪一?[些款个种]|什么|产品|商品|东西|那种|这种|一款|一个|一瓶|一支|最好|可以|适合|适用|能用|使用|用的?|价格|价位|预算|大概|"
    r"差不多|左右|以内|以下|以上|之间|不要|不含|并且|而且|或者|还要|同时|要求|主要|肌肤|皮肤|全部|所有|都|也|且|和|跟|及|又|的|吗|呢|么|吧|啊|"
    r"了|是|在|要|有|款|只|块钱|块|元|钱|无|含|带|我|她|他|您|你|店里?|本店|请|麻烦|一下|点"
)
_SIGNS = re.compile(r"[\s,，。.;；、!！?？:：/+&\-~\"'“”()（）\0]+")


@dataclass
class _Text:
    """A text whose words are taken one wish at a time, so that no word makes two wishes."""

    text: str
    conditions: list[tuple[int, Condition]] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)

    def take(self, start: int, end: int) -> str:
        said = self.text[start:end]
        self.text = self.text[:start] + "\0" * (end - start) + self.text[end:]
        return said

    def is_free(self, start: int, end: int) -> bool:
        return "\0" not in self.text[start:end]

    def add(self, start: int, end: int, wish: Field, values: Iterable[str] = (), **more: object) -> None:
        said = self.take(start, end)
        self.conditions.append((start, Condition(field=wish, said=said, values=tuple(values), **more)))


class Filtering:
    """Reads and applies filters for one shop. Immutable; safe to share between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._products = lexicon.products
        self._lexicon = lexicon
        every = self._products.values()
        self._told = {one.sku: _told(one) for one in every}
        self._said_to_suit = _longest_first(fold(word) for one in every for word in one.suitable_for + one.not_for)
        self._concerns = frozenset(word for traits in lexicon.traits.values() for word in traits.concerns)
        self._suits = frozenset(word for traits in lexicon.traits.values() for word in traits.suits | traits.shuns)
        self._brands = _longest_first(one.brand for one in every)
        self._series = _longest_first(one.attributes.get(SERIES_NAME, "") for one in every)
        self._values = _values_of(every)

    # ---- reading -------------------------------------------------------------------------------

    def read(self, words: str) -> ProductFilter:
        """Say what a text wishes for; whatever is left over and says something is returned as not understood."""
        text = _Text(fold(words))
        self._amounts(text)
        self._price(text)
        self._contents(text)
        order = _order(text)
        self._kinds(text)
        self._names(text)
        self._people(text)
        for sign, wish in ((_IN_STOCK, Field.STOCK), (_NEW, Field.NEW)):
            for match in sign.finditer(text.text):
                text.add(*match.span(), wish)
        self._left_over(text)
        return ProductFilter(
            words=words,
            conditions=tuple(condition for _, condition in sorted(text.conditions, key=lambda pair: pair[0])),
            order=order,
            not_understood=tuple(dict.fromkeys(text.not_understood)),
        )

    def _amounts(self, text: _Text) -> None:
        """Read 30ml, 1500W以上 and 41码 where products have such a size or such an attribute."""
        for asked in asked_amounts(text.text):
            name = self._measured(asked, text.text[: asked.start])
            if name is None:
                continue
            start = asked.start - len(name) if name and text.text[: asked.start].endswith(fold(name)) else asked.start
            wish = Field.ATTRIBUTE if name else Field.SPEC
            text.add(start, asked.end, wish, name=name, low=asked.low, high=asked.high, unit=asked.unit)
        for match in _SIZE.finditer(text.text):
            names = [name for (name, value) in self._values if value in (match.group("size"), match.group().strip())]
            if names and text.is_free(*match.span()):
                text.add(*match.span(), Field.ATTRIBUTE, (match.group("size"),), name=names[0])

    def _measured(self, asked: Asked, before: str) -> str | None:
        """Return the attribute that an amount is about, the empty string for the size, None where nothing has such a unit."""
        having = {
            name
            for product in self._products.values()
            for name, value in (("", product.spec), *product.attributes.items())
            if any(amount.unit == asked.unit for amount in amounts(fold(value)))
        }
        said = [name for name in having if name and before.endswith(fold(name))]
        return said[0] if said else "" if "" in having else min(having, default=None)

    def _price(self, text: _Text) -> None:
        price = price_said(text.text, selling=True, described=True)
        if price is None:
            return
        low, high = price.low_fen, price.high_fen
        if price.around and high is not None:
            low, high = round(high * (1 - NEARLY)), round(high * (1 + NEARLY))
        start, end = price.spans[0]
        for other in price.spans[1:]:
            text.take(*other)
        text.add(start, end, Field.PRICE, low=low, high=high)

    def _contents(self, text: _Text) -> None:
        for one in avoided_said(text.text, self._lexicon):
            if text.is_free(one.start, one.end):
                text.add(one.start, one.end, Field.FREE_OF, (one.value,))
        for term in self._lexicon.terms(text.text, TermKind.AVOIDABLE):
            if not text.is_free(term.start, term.end):
                continue
            lead, unwanted = _HOLDS.search(text.text[: term.start]), _UNWANTED.match(text.text, term.end)
            start = lead.start() if lead else term.start
            if unwanted:
                text.add(start, unwanted.end(), Field.FREE_OF, (term.value,))
            elif lead or any(fold(term.value) in fold(" ".join(one.ingredients)) for one in self._products.values()):
                text.add(start, term.end, Field.CONTAINS, (term.value,))

    def _kinds(self, text: _Text) -> None:
        """Read product types, any of which will do, and categories."""
        for kind, wish in ((TermKind.TYPE, Field.TYPE), (TermKind.CATEGORY, Field.CATEGORY)):
            terms = [term for term in self._lexicon.terms(text.text, kind) if text.is_free(term.start, term.end)]
            sold = [term for term in terms if kind is TermKind.CATEGORY or self._lexicon.types_sold(term.value)]
            text.not_understood += [text.take(term.start, term.end) for term in terms if term not in sold]
            if sold:
                values = dict.fromkeys(self._narrow(term.value, term.said) for term in sold)
                said = "、".join(text.take(term.start, term.end) for term in sold)
                text.conditions.append((sold[0].start, Condition(field=wish, said=said, values=tuple(values))))

    def _narrow(self, value: str, said: str) -> str:
        """Keep the narrower word where names hold it: 气垫 is a kind of 粉底, but not every 粉底 is one."""
        named = said != fold(value) and any(
            said in fold(self._products[sku].name) for sku in self._lexicon.types_sold(value)
        )
        return said if named else value

    def _names(self, text: _Text) -> None:
        """Read brands, series, and the values of whatever else the shop writes about its goods."""
        for wish, words in ((Field.SERIES, self._series), (Field.BRAND, self._brands)):
            for word in words:
                self._each(text, wish, word, fold(word))
        for name, value in self._values:
            for said in (f"{value}色", value) if len(value) == 1 else (value,):
                if len(said) > 1 and not said.isdigit():
                    self._each(text, Field.ATTRIBUTE, value, said, name)

    def _each(self, text: _Text, wish: Field, value: str, said: str, name: str = "") -> None:
        start = text.text.find(said)
        if start >= 0:
            lead = len(name) if name and text.text[:start].endswith(fold(name)) else 0
            text.add(start - lead, start + len(said), wish, (value,), name=name)

    def _people(self, text: _Text) -> None:
        """Read for whom and against what; a word that no product of this shop speaks of is not understood."""
        for value in self._said_to_suit:
            self._each(text, Field.SUITS, value, value)
        for wish, known, kinds in (
            (Field.SUITS, self._suits, (TermKind.SKIN, TermKind.AUDIENCE)),
            (Field.CONCERN, self._concerns, (TermKind.CONCERN,)),
        ):
            for term in self._lexicon.terms(text.text, *kinds):
                if not text.is_free(term.start, term.end):
                    continue
                if term.value in known:
                    text.add(term.start, term.end, wish, (term.value,))
                else:
                    text.not_understood.append(text.take(term.start, term.end))

    def _left_over(self, text: _Text) -> None:
        """Look the words nothing was made of up in names and selling points; the others are told, never dropped."""
        for chunk in _SIGNS.split(text.text):
            for piece in _FILLER.split(chunk):
                if not piece:
                    continue
                if len(piece) > 1 and any(_says(told, piece) for told in self._told.values()):
                    start = text.text.find(piece)
                    text.add(start, start + len(piece), Field.WORDS, (piece,))
                elif len(piece) > 1 or piece.isalnum() and not rjieba.has_word(piece):
                    text.not_understood.append(piece)

    # ---- applying ------------------------------------------------------------------------------

    def sift(self, wished: ProductFilter, stock: Mapping[str, int], skus: Iterable[str] | None = None) -> Sifted:
        """Divide products by what their data say. ``stock`` is what the own store has, by SKU, where it was counted."""
        products = [self._products[sku] for sku in (self._products if skus is None else skus) if sku in self._products]
        met = {one.sku: [self.met(wish, one, stock) for wish in wished.conditions] for one in products}
        passing = [one for one in products if all(met_one is Met.YES for met_one in met[one.sku])]
        silent = [one for one in products if Met.NO not in met[one.sku] and Met.UNSAID in met[one.sku]]
        unsaid = tuple(
            Unsaid(
                sku=one.sku,
                name=one.name,
                wishes=tuple(
                    wish.said for wish, how in zip(wished.conditions, met[one.sku], strict=True) if how is Met.UNSAID
                ),
            )
            for one in _sorted(silent, wished.order)
        )
        return Sifted(
            passing=tuple(one.sku for one in _sorted(passing, wished.order)),
            unsaid=unsaid,
            loosened=() if passing or not wished.conditions else self._loosen(wished, products, met),
        )

    def met(self, wish: Condition, product: Product, stock: Mapping[str, int]) -> Met:
        """Say what a product's data say about one wish."""
        return _TESTS[wish.field](wish, product, self._lexicon, stock)

    def _loosen(
        self, wished: ProductFilter, products: list[Product], met: Mapping[str, list[Met]]
    ) -> tuple[Loosened, ...]:
        """Find the fewest wishes without which something is left; a price nearly met comes first, then what gives most."""
        numbered = range(len(wished.conditions))
        soft = [place for place in numbered if wished.conditions[place].field not in _KINDS]
        for among in (soft, list(numbered)):
            for given_up in range(1, len(among) + 1):
                found: list[tuple[int, Loosened]] = []
                for left_out in combinations(among, given_up):
                    rest = [place for place in numbered if place not in left_out]
                    fits = [one for one in products if all(met[one.sku][place] is Met.YES for place in rest)]
                    if fits:
                        found.append(_loosened([wished.conditions[place] for place in left_out], fits))
                if found:
                    return tuple(one for _, one in sorted(found, key=lambda pair: (pair[0], -pair[1].count)))
        return ()


_KINDS = frozenset((Field.TYPE, Field.CATEGORY))
"""Who asks for an essence is not helped by a toothbrush: given up last."""
_CAREFUL = frozenset((Field.SUITS, Field.FREE_OF))
"""Given up only by the customer herself, so told after the others."""


def _loosened(wishes: list[Condition], fits: list[Product]) -> tuple[int, Loosened]:
    """Return how soon it is to be told, and what giving up these wishes gives."""
    price = next((wish for wish in wishes if wish.field is Field.PRICE), None)
    careful = any(wish.field in _CAREFUL for wish in wishes)
    nearest = sorted(fits, key=lambda one: (_beyond(price, one), one.sku)) if price is not None else fits
    close = price is not None and not careful and _beyond(price, nearest[0]) <= CLOSE
    return 0 if close else 2 if careful else 1, Loosened(
        wishes=tuple(wish.said for wish in wishes),
        skus=tuple(one.sku for one in nearest),
        nearest=nearest[0].name,
        to=f"{yuan(nearest[0].price_fen)}元" if price is not None else "",
    )


def _beyond(price: Condition, product: Product) -> float:
    """Return by which part of what was said a price misses it."""
    low, high = price.low or 0.0, price.high
    if high is not None and product.price_fen > high:
        return (product.price_fen - high) / high
    return (low - product.price_fen) / low if low and product.price_fen < low else 0.0


@lru_cache(maxsize=4)
def filtering_for(lexicon: Lexicon) -> Filtering:
    """Return the filtering of a shop; made once for every version of its material."""
    return Filtering(lexicon)


# ---- tests -------------------------------------------------------------------------------------


def _yes(held: bool) -> Met:
    return Met.YES if held else Met.NO


def _within(wish: Condition, value: float) -> bool:
    return (wish.low is None or wish.low <= value) and (wish.high is None or value <= wish.high)


def _suits(wish: Condition, product: Product, lexicon: Lexicon, _: Mapping[str, int]) -> Met:
    traits = lexicon.traits[product.sku]
    wanted = lexicon.kept(TermKind.SKIN, wish.values[0]) | frozenset(wish.values)
    if frozenset(wish.values) & {fold(word) for word in product.suitable_for}:
        return Met.YES
    if wanted & traits.shuns:
        return Met.NO
    of_skin = bool(wanted & lexicon.skin_types)
    if wanted & traits.suits or (of_skin and traits.any_skin):
        return Met.YES
    # a list of skin types leaves out the others; it says nothing about children
    return Met.NO if of_skin and traits.suits & lexicon.skin_types else Met.UNSAID


def _concern(wish: Condition, product: Product, lexicon: Lexicon, _: Mapping[str, int]) -> Met:
    concerns = lexicon.traits[product.sku].concerns
    return _yes(bool(concerns & set(wish.values))) if concerns else Met.UNSAID


def _free_of(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    word = fold(wish.values[0])
    if any(word in fold(free) for free in product.free_of):
        return Met.YES
    return Met.NO if word in fold(" ".join((*product.ingredients, product.name))) else Met.UNSAID


def _contains(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    word = fold(wish.values[0])
    if any(word in fold(free) for free in product.free_of):
        return Met.NO
    if word in fold(" ".join((*product.ingredients, product.name))):
        return Met.YES
    return Met.NO if product.ingredients else Met.UNSAID


def _price(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    return _yes(_within(wish, product.price_fen))


def _type(wish: Condition, product: Product, lexicon: Lexicon, _: Mapping[str, int]) -> Met:
    types, name = lexicon.traits[product.sku].types, lexicon.name_of(product.sku)
    for value in wish.values:
        sold = lexicon.types_sold(value)
        # what no product is mainly may still be said of some beside their main type, or stand in names alone
        mainly = bool(sold) and lexicon.traits[sold[0]].types[:1] == (value,)
        if value in types[:1] or (not mainly and (value in types or (not sold and value in name))):
            return Met.YES
    return Met.NO


def _category(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    return _yes(product.category in wish.values)


def _brand(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    return _yes(product.brand in wish.values) if product.brand else Met.UNSAID


def _of_series(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    series = product.attributes.get(SERIES_NAME, "")
    return _yes(series in wish.values) if series else Met.UNSAID


def _spec(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    return _amount(wish, product.spec)


def _attribute(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    value = product.attributes.get(wish.name, "")
    if wish.unit:
        return _amount(wish, value)
    return _yes(any(one in _pieces(value) for one in wish.values)) if value else Met.UNSAID


def _amount(wish: Condition, value: str) -> Met:
    found = [amount.value for amount in amounts(fold(value)) if amount.unit == wish.unit]
    return _yes(any(_within(wish, one) for one in found)) if found else Met.UNSAID


def _words(wish: Condition, product: Product, _: Lexicon, __: Mapping[str, int]) -> Met:
    # what a selling point does not mention may still be so
    return Met.YES if any(_says(_told(product), value) for value in wish.values) else Met.UNSAID


def _stocked(_: Condition, product: Product, __: Lexicon, stock: Mapping[str, int]) -> Met:
    return _yes(stock[product.sku] > 0) if product.sku in stock else Met.UNSAID


def _is_new(_: Condition, product: Product, __: Lexicon, ___: Mapping[str, int]) -> Met:
    return _yes(product.is_new)


_TESTS: Mapping[Field, Callable[[Condition, Product, Lexicon, Mapping[str, int]], Met]] = {
    Field.PRICE: _price,
    Field.TYPE: _type,
    Field.CATEGORY: _category,
    Field.SUITS: _suits,
    Field.CONCERN: _concern,
    Field.FREE_OF: _free_of,
    Field.CONTAINS: _contains,
    Field.BRAND: _brand,
    Field.SERIES: _of_series,
    Field.SPEC: _spec,
    Field.ATTRIBUTE: _attribute,
    Field.WORDS: _words,
    Field.STOCK: _stocked,
    Field.NEW: _is_new,
}


# ---- helpers -----------------------------------------------------------------------------------


def _between(low: float | None, high: float | None, shown: Callable[[float], str]) -> str:
    if low is not None and high is not None:
        return shown(low) if low == high else f"{shown(low)}到{shown(high)}"
    return f"不超过{shown(high)}" if high is not None else f"{shown(low or 0.0)}以上"


def _order(text: _Text) -> Order | None:
    for sign, order in _ORDERS:
        match = sign.search(text.text)
        if match is not None:
            text.take(*match.span())
            return order
    return None


def _sorted(products: list[Product], order: Order | None) -> list[Product]:
    if order in (Order.CHEAPEST, Order.DEAREST):
        return sorted(products, key=lambda one: (one.price_fen * (1 if order is Order.CHEAPEST else -1), one.sku))
    if order is not None:
        return sorted(products, key=lambda one: (_size(one) * (1 if order is Order.SMALLEST else -1), one.sku))
    return products


def _size(product: Product) -> float:
    return max((amount.value for amount in amounts(fold(product.spec))), default=0.0)


def _told(product: Product) -> str:
    return fold(" ".join((product.name, product.spec, *product.selling_points)))


def _says(told: str, words: str) -> bool:
    """Say whether words stand in a product's own text, and not turned round by a 不 before them."""
    return re.search(rf"(?<![不没无非别]){re.escape(words)}", told) is not None


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if len(word) > 1}, key=lambda word: (-len(word), word)))


def _pieces(value: str) -> tuple[str, ...]:
    return tuple(piece for piece in re.split(r"[、,，;；/|\s]+", fold(value)) if piece)


def _values_of(products: Iterable[Product]) -> tuple[tuple[str, str], ...]:
    """List (attribute, value) of the shop's further columns, the longest value first."""
    found = {
        (name, piece)
        for product in products
        for name, value in product.attributes.items()
        if name != SERIES_NAME
        for piece in _pieces(value)
        if len(piece) <= 10
    }
    return tuple(sorted(found, key=lambda pair: (-len(pair[1]), pair)))
