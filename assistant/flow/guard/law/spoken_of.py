"""Which product a place in a text speaks of."""

from bisect import bisect_right

from assistant.flow.guard.claims.known_names import KnownNames
from assistant.shop import Product

# Stands where a name stood; nothing is learnt of it.
_BLOT = "\ue000"


class SpokenOf:
    """Which product a place in the text speaks of: the nearest one named before it, else every product at hand."""

    def __init__(self, text: str, names: KnownNames, products: tuple[Product, ...]) -> None:
        self._by_sku = {product.sku: product for product in products}
        self._named = [(start, end, name.value.split("|")) for start, end, name in names.find(text)]
        self._starts = [start for start, _, _ in self._named]
        self.all = products

    def at(self, position: int) -> tuple[Product, ...]:
        """Return the products that a position speaks of."""
        place = bisect_right(self._starts, position)
        return tuple(self._by_sku[sku] for sku in self._named[place - 1][2]) if place else self.all

    def unnamed(self, text: str) -> str:
        """Return the text with every name blotted out, each place kept: what a product is called makes no claim harmless."""
        parts, reached = [], 0
        for start, end, _ in self._named:
            if start >= reached:
                parts += [text[reached:start], _BLOT * (end - start)]
                reached = end
        return "".join((*parts, text[reached:]))

    def in_name(self, start: int, end: int) -> bool:
        """Say whether [start, end) lies inside a name."""
        place = bisect_right(self._starts, start)
        return place > 0 and end <= self._named[place - 1][1]
