"""Everything about the products some words name or describe, for whoever looks goods up: command line and console."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from assistant.flow.desk import Shop
from assistant.flow.finding.comparing import FEWEST, MOST, Comparison, compare
from assistant.flow.finding.filtering import Field, ProductFilter, Sifted, filtering_for
from assistant.flow.finding.stocking import Shelf, shelves
from assistant.flow.words.catalogue import Catalogue, Matches
from assistant.flow.words.shopnames import How
from assistant.flow.words.writing import fold
from assistant.shop import Product, Stock
from knowledge.noun import Noun

_AND = re.compile(r"[、,，/]|和|跟|与|还是|对比|比较|vs", re.IGNORECASE)
_NARROWS = frozenset(Field) - {Field.TYPE, Field.CATEGORY, Field.SERIES, Field.BRAND, Field.WORDS}


class Goods(Noun):
    """What was found. ``lookup`` says which products the words name; where they describe, ``wished`` and ``sifted`` do.

    ``products`` are those to be shown, in their order; ``trouble`` is what could not be done and why.
    """

    lookup: tuple[Matches, ...] = ()
    wished: ProductFilter | None = None
    sifted: Sifted | None = None
    products: tuple[Product, ...] = ()
    comparison: Comparison | None = None
    shelves: tuple[Shelf, ...] = ()
    trouble: str = ""


def look(
    words: Iterable[str],
    shop: Shop,
    stock: Callable[[tuple[str, ...]], tuple[Stock, ...]],
    moment: datetime,
    *,
    home: str = "",
    side_by_side: bool = False,
) -> Goods:
    """Look words up as names of products or, where they wish for something, sift the shop's products by them."""
    said = tuple(words)
    catalogue = Catalogue(shop.products.values(), shop.lexicon)
    if side_by_side:
        return _compared(said, catalogue, shop, stock, moment, home)
    text = " ".join(said)
    named = catalogue.find(text)
    surely = [match for match in named.found if match.how is not How.DESCRIPTION]
    filtering = filtering_for(shop.lexicon)
    wished = filtering.read(_without(text, [match.said for match in surely]))
    if (surely or named.note) and not wished.of(*_NARROWS):
        skus = tuple(dict.fromkeys(match.sku for match in surely))
        return _shown(Goods(lookup=(named,)), skus, shop, stock, moment, home)
    among = tuple(dict.fromkeys(match.sku for match in surely)) or tuple(shop.products)
    wished = wished.model_copy(update={"words": text})
    here = {one.sku: one.quantity for one in stock(among) if one.store_id == home} if wished.of(Field.STOCK) else {}
    if not wished.conditions and wished.order is None:
        return Goods(lookup=(named,), wished=wished)
    sifted = filtering.sift(wished, here, among)
    nowhere = "没有指定门店，看不了哪些有货" if wished.of(Field.STOCK) and not home else ""
    found = Goods(lookup=(named,) if surely else (), wished=wished, sifted=sifted, trouble=nowhere)
    return _shown(found, sifted.passing, shop, stock, moment, home)


def _compared(
    words: tuple[str, ...],
    catalogue: Catalogue,
    shop: Shop,
    stock: Callable[[tuple[str, ...]], tuple[Stock, ...]],
    moment: datetime,
    home: str,
) -> Goods:
    lookup = tuple(catalogue.find(piece.strip()) for word in words for piece in _AND.split(word) if piece.strip())
    unclear = [one.words for one in lookup if len({match.sku for match in one.found}) != 1]
    skus = tuple(dict.fromkeys(one.one for one in lookup if one.one))
    if unclear:
        return Goods(lookup=lookup, trouble=f"“{'”“'.join(unclear)}”没有对上唯一的商品，请写全名或编码再比")
    if not FEWEST <= len(skus) <= MOST:
        return Goods(lookup=lookup, trouble=f"一次可以比 {FEWEST} 到 {MOST} 个商品，现在是 {len(skus)} 个")
    found = Goods(lookup=lookup, comparison=compare(shop.products[sku] for sku in skus))
    return _shown(found, skus, shop, stock, moment, home)


def _shown(
    found: Goods,
    skus: tuple[str, ...],
    shop: Shop,
    stock: Callable[[tuple[str, ...]], tuple[Stock, ...]],
    moment: datetime,
    home: str,
) -> Goods:
    counted = shelves(stock(skus), shop.stores, home, moment, shop.rules.stock_good_for_hours)
    return found.model_copy(update={"products": tuple(shop.products[sku] for sku in skus), "shelves": counted})


def _without(text: str, said: Iterable[str]) -> str:
    folded = fold(text)
    for words in sorted(set(said), key=len, reverse=True):
        folded = folded.replace(words, " ")
    return folded
