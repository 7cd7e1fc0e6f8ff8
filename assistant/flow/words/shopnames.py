"""What a shop's products are called by: whole names, aliases, codes, series, and pieces of names."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick
import rjieba

from assistant.barcode import comparable
from assistant.flow.words.pinyin import initials, spelled
from assistant.flow.words.vocabulary import SPEC, TermKind, Traits, bare_name, terms_in
from assistant.flow.words.writing import LATIN, fold, is_common_word, plain, sounds
from assistant.shop import Product
from knowledge.noun import Labelled
from knowledge.packaged import packaged

SERIES_LIMIT = 8
"""A short name that means more products than this says nothing about which."""
SPOKEN = 4
"""A name that ends in figures may be said without them where so many characters stay (轻透防晒乳 SPF50+)."""
_MODEL = re.compile(r"(?=[a-z0-9]*[a-z])(?=[a-z0-9]*\d)[a-z0-9]{3,}")


class How(Labelled):
    """How words were found to mean a product; the surest come first, and candidates are listed in this order."""

    CODE = "code", "编码"
    BARCODE = "barcode", "条码"
    NAME = "name", "名称"
    ALIAS = "alias", "别名"
    NICKNAME = "nickname", "昵称"
    SHORT = "short", "简称"
    PINYIN = "pinyin", "拼音"
    INITIALS = "initials", "首字母"
    TYPO = "typo", "错别字"
    DESCRIPTION = "description", "描述"


Codes = Mapping[str, Mapping[str, How]]
"""What is typed in letters and digits: for each spelling the products it means, and how."""


@dataclass(frozen=True)
class Part:
    """A piece of product names: which products carry it, and whether it may stand for them alone."""

    text: str
    skus: tuple[str, ...]
    alone: bool
    describes: bool


def names_of(products: Mapping[str, Product]) -> dict[str, tuple[str, ...]]:
    """Map whole names and aliases, with and without specification, to their SKUs."""
    names: dict[str, list[str]] = defaultdict(list)
    for sku, product in products.items():
        for name in (product.name, *product.aliases):
            for form in forms_of(name):
                if len(form) >= 2 and sku not in names[form]:
                    names[form].append(sku)
    _add_longer_names(names, products)
    return {name: tuple(skus) for name, skus in names.items() if skus}


def _add_longer_names(names: dict[str, list[str]], products: Mapping[str, Product]) -> None:
    """Let a whole name also mean the products whose names begin with it (云润面霜 and 云润面霜 轻盈版)."""
    ordered = sorted((plain(product.name), sku) for sku, product in products.items())
    for bare in {bare_name(product.name) for product in products.values()}:
        position = bisect_left(ordered, (bare, ""))
        while len(bare) >= 4 and position < len(ordered) and ordered[position][0].startswith(bare):
            sku = ordered[position][1]
            if sku not in names[bare]:
                names[bare].append(sku)
            position += 1


@lru_cache(maxsize=50_000)
def forms_of(name: str) -> frozenset[str]:
    """Return how one name may be written: whole, bare, without its size, and without the figures at its end."""
    folded = fold(name).strip()
    spoken = plain(re.split(r"\s(?=[a-z0-9])", folded, maxsplit=1)[0])
    kept = {folded, bare_name(name), SPEC.sub("", folded).strip()}
    return frozenset(kept | ({spoken} if len(spoken) >= SPOKEN else set()))


def how_called(product: Product, form: str) -> How:
    """Say what a form is to a product: its name, a shorter name, or a nickname that has other characters."""
    if any(form in forms_of(alias) for alias in product.aliases) and form not in forms_of(product.name):
        rest = iter(plain(product.name))
        return How.ALIAS if all(character in rest for character in form) else How.NICKNAME
    return How.NAME


def codes_of(
    products: Mapping[str, Product],
    names: Mapping[str, tuple[str, ...]],
    parts: Mapping[str, Part],
    traits: Mapping[str, Traits],
) -> Codes:
    """Map barcodes, SKUs without dashes and their unique ends, and pinyin and initials of names (yrmx, yunrun)."""
    codes: dict[str, dict[str, How]] = defaultdict(dict)
    for sku, product in products.items():
        for barcode in product.barcodes:
            codes[barcode].setdefault(sku, How.BARCODE)
            codes[comparable(barcode)].setdefault(sku, How.BARCODE)
        pieces = [piece for piece in re.split(r"[-_/ .]", fold(sku)) if piece]
        for code in {"".join(pieces), "".join(pieces[1:] if len(pieces) > 2 else pieces)}:
            codes[code][sku] = How.CODE
    called = {name: set(skus) for name, skus in names.items()}
    for part in parts.values():
        for sku in () if part.describes else part.skus:
            for typed in traits[sku].types[:1]:
                called.setdefault(part.text + typed, set()).add(sku)
    for name, meant in called.items():
        for spoken in _in_characters(name):
            for sku in meant:
                codes[initials(spoken)].setdefault(sku, How.INITIALS)
                codes[spelled(spoken)].setdefault(sku, How.PINYIN)
    return {code: skus for code, skus in codes.items() if len(code) >= 3 and len(skus) <= SERIES_LIMIT}


def _in_characters(name: str) -> Iterable[str]:
    """Return a name as its pinyin is typed: whole where it has no letters and figures, and else without them."""
    spoken = plain(LATIN.sub("", name))
    return (spoken,) if len(spoken) >= 3 else ()


def parts_of(
    products: Mapping[str, Product], finders: Mapping[TermKind, ahocorasick.Automaton | None]
) -> dict[str, Part]:
    """Cut names into the pieces people call products by."""
    descriptive = {fold(word) for word in packaged("assistant.flow.words", "words.yaml")["descriptive"]}
    series = _series(products)
    carried: dict[str, list[str]] = defaultdict(list)
    describing: set[str] = set()
    for sku, product in products.items():
        pieces = _pieces(bare_name(product.name), series, finders, descriptive)
        describing.update(pieces.describing)
        for piece in dict.fromkeys(pieces.naming + pieces.describing):
            carried[piece].append(sku)
    everywhere = max(SERIES_LIMIT, len(products) * 3 // 10)
    return {
        piece: Part(piece, tuple(skus), _stands_alone(piece, series, descriptive), piece in describing)
        for piece, skus in carried.items()
        if len(skus) <= everywhere
    }


def _stands_alone(piece: str, series: frozenset[str], descriptive: set[str]) -> bool:
    """Say whether a piece may mean its products by itself: a series, or a model number such as x20pro."""
    return (piece in series and piece not in descriptive) or _MODEL.fullmatch(piece) is not None


def _series(products: Mapping[str, Product]) -> frozenset[str]:
    """Return series names: those of a 系列 column, and shared beginnings that ordinary Chinese does not know."""
    named = {
        plain(product.attributes[key])
        for product in products.values()
        for key in ("系列", "series")
        if key in product.attributes
    }
    named |= {name.removesuffix("系列") for name in named}
    begun: dict[str, int] = defaultdict(int)
    for product in products.values():
        name = bare_name(product.name)
        for length in (2, 3, 4):
            if len(name) > length + 1:
                begun[name[:length]] += 1
    uncommon = {start for start in begun if len(start) == 2 and not is_common_word(start)}
    return frozenset(name for name in named | uncommon if 2 <= len(name) <= 8)


@dataclass(frozen=True)
class _Pieces:
    naming: tuple[str, ...]
    describing: tuple[str, ...]


def _pieces(
    name: str,
    series: frozenset[str],
    finders: Mapping[TermKind, ahocorasick.Automaton | None],
    descriptive: set[str],
) -> _Pieces:
    known = [
        term
        for kind in (TermKind.TYPE, TermKind.CONCERN, TermKind.SKIN, TermKind.AUDIENCE)
        for term in terms_in(kind, finders[kind], name)
    ]
    describing = [term.said for term in known if term.kind is not TermKind.TYPE]
    rest = name
    for begin in (length for length in (4, 3, 2) if name[:length] in series):
        rest = "\0" * begin + name[begin:]
        break
    for term in known:
        rest = rest[: term.start] + "\0" * (term.end - term.start) + rest[term.end :]
    naming = [name[:length] for length in (4, 3, 2) if name[:length] in series]
    for run in re.split("\0+", rest):
        for word in [run, *rjieba.cut(run)] if run else ():
            if len(word) < 2 or word.isdigit():
                continue
            (describing if word in descriptive else naming).append(word)
    return _Pieces(tuple(dict.fromkeys(naming)), tuple(dict.fromkeys(describing)))


def by_sound_of(names: Mapping[str, tuple[str, ...]], parts: Mapping[str, Part]) -> dict[int, dict[str, str]]:
    """Group names and naming parts by length and sound; words too short to be heard apart are left out."""
    grouped: dict[int, dict[str, str]] = defaultdict(dict)
    for part in parts.values():
        if not part.describes and 2 <= len(part.text) <= 6 and not LATIN.search(part.text):
            grouped[len(part.text)].setdefault(sounds(part.text), part.text)
    for name in names:
        if 3 <= len(name) <= 12 and not LATIN.search(name):
            grouped[len(name)][sounds(name)] = name
    return dict(grouped)
