"""What a shop's own columns tell about the thing asked: a size table, a material, a care label, a warning.

Every column is searched, also those no other shop has; a piece is told under its own heading and word for word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from assistant.flow.words.writing import fold
from assistant.shop import Product
from knowledge.packaged import packaged

AT_MOST = 2
_FILLER = re.compile(
    r"客户|顾客|请问|想问|问一下|问问|这款|那款|这个|那个|你们|咱们|我们|能不能|可不可以|可以|有没有|是不是|怎么|什么|多少|"
    r"一下|一个|如果|的话|吗|呢|嘛|吧|啊|呀|哦|了|的|我|您|你|她|他|说|想|要|会|在|是|就|都|也|还|问|能|不"
)
_PIECES = re.compile(r"[^。；;]+")
_RUN = re.compile(r"[\u4e00-\u9fff]+|[a-z]+\d*|\d+")


@dataclass(frozen=True)
class Piece:
    """One thing a record says: under which heading, in its own words, and how well it meets the question."""

    label: str
    words: str
    score: float


def recorded(product: Product, question: str, at_most: int = AT_MOST) -> tuple[Piece, ...]:
    """Return what the record tells about the thing asked, best first; nothing where no column speaks of it."""
    asked = _without_names(fold(question), product)
    terms = _terms(asked)
    told = [pattern for sign, pattern in _asked_and_told() if sign.search(asked)]
    scored = [
        Piece(label, words, score)
        for label, words in _pieces(product)
        if (score := _score(fold(label), fold(words), terms, told)) > 0
    ]
    ranked = {one.words: one for one in sorted(scored, key=lambda one: one.score)}
    best = sorted(ranked.values(), key=lambda one: -one.score)[:at_most]
    return tuple(one for one in best if one.score * 2 >= best[0].score)


def _pieces(product: Product) -> Iterable[tuple[str, str]]:
    yield "规格", product.spec
    yield "不适合", "、".join(product.not_for)
    yield "适合", "、".join(product.suitable_for)
    yield "成分材质", "、".join(product.ingredients)
    yield "不含", "、".join(product.free_of)
    for point in product.selling_points:
        yield "特点", point
    for sentence in _PIECES.findall(product.usage):
        yield "使用说明", sentence
    for caution in product.cautions:
        yield "注意", caution.rstrip("。")
    for label, value in product.attributes.items():
        if label not in ("系列", "上市日期", "备注") and value:
            yield label, value.rstrip("。")


def _score(label: str, words: str, terms: frozenset[str], told: list[re.Pattern[str]]) -> float:
    if not words:
        return 0
    shared = sum(term in words or term in label for term in terms)
    # a heading that is the very thing asked (尺码参考, 重量) settles it before words that only touch it
    headed = sum(1.5 for pattern in told if pattern.search(label))
    return shared + headed + sum(1.0 for pattern in told if pattern.search(words))


def _terms(asked: str) -> frozenset[str]:
    runs = _RUN.findall(_FILLER.sub(" ", asked))
    return frozenset(
        run[start : start + 2] for run in runs if not run.isascii() for start in range(len(run) - 1)
    ) | frozenset(run for run in runs if run.isascii() and len(run) > 1)


def _without_names(asked: str, product: Product) -> str:
    """Take the product's own names out, so that 羊毛围巾 does not match its name's 羊毛 everywhere."""
    for name in sorted((product.name, product.brand, product.category, *product.aliases), key=len, reverse=True):
        if name:
            asked = asked.replace(fold(name), " ")
    return asked


@lru_cache(maxsize=1)
def _asked_and_told() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (re.compile(asked), re.compile(told))
        for asked, told in packaged("assistant.flow.words", "columns.yaml")["asked"]
    )
