"""Two to four products side by side: what differs, what is the same, and what nobody wrote down."""

from collections.abc import Iterable

from assistant.flow.words.wording import money
from assistant.shop import Product
from knowledge.noun import Noun

FEWEST, MOST = 2, 4
UNSAID = "资料没写"
TOLD = ("价格", "规格", "适合", "不适合", "针对", "主要成分", "不含", "备案功效")
"""What customers ask when they cannot decide; a text for the chat holds no more than these."""


class Row(Noun):
    """One matter and what each product's data say about it, in the order of the products."""

    label: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Say whether the products are not alike in it; the order of a list says nothing, silence is not alike."""
        return len({frozenset(value.split("、")) for value in self.values}) > 1

    @property
    def is_whole(self) -> bool:
        """Say whether every product's data speak of it."""
        return UNSAID not in self.values


class Comparison(Noun):
    """Products side by side."""

    skus: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        """Return the rows in which they differ."""
        return tuple(row for row in self.rows if row.differs)

    @property
    def agreeing(self) -> tuple[Row, ...]:
        """Return the rows in which they are alike."""
        return tuple(row for row in self.rows if not row.differs)

    def row(self, label: str) -> Row | None:
        """Return the row of this name, None where no product has anything on it."""
        return next((row for row in self.rows if row.label == label), None)

    def text(self) -> str:
        """Write the differences a customer asks about, one a line, for a chat."""
        told = [row for row in self.differing if row.label in TOLD]
        lines = [
            f"{row.label}：{'；'.join(f'{name} {value}' for name, value in zip(self.names, row.values, strict=True))}"
            for row in told
        ]
        same = [row.label for row in self.agreeing if row.label in TOLD and row.is_whole]
        return "\n".join([*lines, *([f"相同：{'、'.join(same)}"] if same else [])])


def compare(products: Iterable[Product]) -> Comparison:
    """Set two to four products side by side; raises ValueError for fewer or more."""
    every = tuple(products)
    if not FEWEST <= len(every) <= MOST:
        raise ValueError(f"{FEWEST} to {MOST} products can be compared, not {len(every)}")
    facts = [_facts(product) for product in every]
    labels = dict.fromkeys(label for one in facts for label in one)
    rows = [Row(label=label, values=tuple(one.get(label) or UNSAID for one in facts)) for label in labels]
    return Comparison(
        skus=tuple(one.sku for one in every),
        names=tuple(one.name for one in every),
        rows=tuple(row for row in rows if set(row.values) != {UNSAID}),
    )


def _facts(product: Product) -> dict[str, str]:
    """List what is known of a product under the names customers use."""
    list_price = product.list_price_fen
    return {
        "价格": money(product.price_fen),
        "建议零售价": money(list_price) if list_price is not None else "",
        "规格": product.spec,
        "品类": product.category,
        "品牌": product.brand,
        "适合": _listed(product.suitable_for),
        "不适合": _listed(product.not_for),
        "针对": _listed(product.concerns),
        "主要成分": _listed(product.ingredients),
        "不含": _listed(product.free_of),
        "备案功效": _listed(product.efficacy),
        "卖点": "；".join(product.selling_points),
        "新品": "是" if product.is_new else "否",
        "参加优惠": "否" if product.coupon_excluded else "是",
        **product.attributes,
    }


def _listed(words: tuple[str, ...]) -> str:
    return "、".join(words)
