"""The sample shop's products as an ingest reads them, without a database."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from assistant.material.columns import TableKind, recognise
from assistant.material.context import Context
from assistant.material.products import read_products
from assistant.shop import Product
from knowledge.reading.read import read

FOLDER = Path(__file__).parents[2] / "knowledge" / "samples" / "yunyu" / "商品"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@lru_cache(maxsize=1)
def sample_products() -> tuple[Product, ...]:
    found: dict[str, Product] = {}
    for table in read(FOLDER / "products.xlsx").tables:
        recognised = recognise(table, kind=TableKind.PRODUCTS)
        for product in read_products(table, recognised, Context(moment=NOW, brand="云屿")).good:
            found.setdefault(product.sku, product)
    return tuple(found.values())
