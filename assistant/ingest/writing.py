"""Writing one file's records and passages inside its transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.ingest.report import Reported, Tally, from_reading, from_row
from assistant.material.columns import Recognised, TableKind, column_problems
from assistant.material.context import Context
from assistant.material.coupons import read_coupons
from assistant.material.customers import read_customers
from assistant.material.orders import read_orders
from assistant.material.people import read_staff, read_stores
from assistant.material.problems import Problem
from assistant.material.products import read_products, read_stock
from assistant.material.rows import Rows
from assistant.material.scripts import read_scripts
from assistant.material.shopfile import ShopFile
from assistant.shop import Product
from assistant.store import customers, material
from assistant.store.database import Transaction
from assistant.store.material import DocumentToStore
from knowledge.blocks import Reading, Table
from knowledge.metadata import find_metadata
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel
from knowledge.splitting import split


@dataclass(frozen=True)
class Tabled:
    """A table with what its columns were taken for."""

    table: Table
    recognised: Recognised


@dataclass
class Writing:
    """Writes one read file for one corp; what it could not take is in the returned findings."""

    tx: Transaction
    corp_id: str
    source_id: str
    version: int
    shop: ShopFile
    moment: datetime
    tally: Tally

    def write(self, reading: Reading, tables: tuple[Tabled, ...]) -> list[Reported]:
        """Write records from the tables that hold some, passages from everything else."""
        found = [from_reading(problem) for problem in reading.problems]
        for tabled in tables:
            if tabled.recognised.kind is not None:
                found += [from_row(problem) for problem in self._table(tabled)]
        loose = tuple(tabled.table for tabled in tables if tabled.recognised.kind is None)
        if reading.blocks or (loose and len(loose) == len(tables) and not _holds_records(reading)):
            found += self._document(replace(reading, tables=loose))
        else:
            unknown = (tabled for tabled in tables if tabled.recognised.kind is None)
            found += [from_row(one) for tabled in unknown for one in column_problems(tabled.table, tabled.recognised)]
        return found

    # ---- records -------------------------------------------------------------------------------

    def _table(self, tabled: Tabled) -> tuple[Problem, ...]:
        kind = tabled.recognised.kind
        writers: dict[TableKind, Callable[[Tabled], tuple[Problem, ...]]] = {
            TableKind.STORES: self._stores,
            TableKind.STAFF: self._staff,
            TableKind.PRODUCTS: self._products,
            TableKind.STOCK: self._stock,
            TableKind.COUPONS: self._coupons,
            TableKind.CUSTOMERS: self._customers,
            TableKind.ORDERS: self._orders,
            TableKind.SCRIPTS: self._scripts,
        }
        return writers[kind](tabled) if kind is not None else ()

    def _context(self, taken: dict[str, str]) -> Context:
        known = material.known_keys(self.tx, self.corp_id)
        stores = material.stores(self.tx, self.corp_id)
        products = material.products(self.tx, self.corp_id)
        return Context(
            moment=self.moment,
            document_id=self.source_id,
            version=self.version,
            brand=self.shop.brand,
            new_for_days=self.shop.new_for_days,
            tiers=self.shop.tiers,
            stores={store.store_id: store.region_id for store in stores} or None,
            skus=known.skus or None,
            categories=frozenset(product.category for product in products) or None,
            customers=customers.known_customers(self.tx, self.corp_id) or None,
            guides=known.people or None,
            coupons=known.coupons or None,
            taken=taken,
        )

    def _stores(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "store")
        rows = read_stores(tabled.table, tabled.recognised, self._context(taken))
        material.add_stores(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("门店", rows.good, rows.problems)

    def _staff(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "person")
        rows = read_staff(tabled.table, tabled.recognised, self._context(taken))
        material.add_people(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("员工", rows.good, rows.problems)

    def _products(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "product")
        rows: Rows[Product] = read_products(tabled.table, tabled.recognised, self._context(taken))
        material.add_products(self.tx, self.corp_id, self.source_id, rows.good)
        self._product_passages(tabled.table, rows.good)
        return self._counted("商品", rows.good, rows.problems)

    def _stock(self, tabled: Tabled) -> tuple[Problem, ...]:
        rows = read_stock(tabled.table, tabled.recognised, self._context({}))
        material.add_stock(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("库存", rows.good, rows.problems)

    def _coupons(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "coupon")
        rows = read_coupons(tabled.table, tabled.recognised, self._context(taken))
        material.add_coupons(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("优惠券", rows.good, rows.problems)

    def _customers(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "customer")
        rows = read_customers(tabled.table, tabled.recognised, self._context(taken))
        customers.add_customers(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("会员", rows.good, rows.problems)

    def _orders(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "order")
        rows = read_orders(tabled.table, tabled.recognised, self._context(taken))
        customers.add_order_lines(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("订单行", rows.good, rows.problems)

    def _scripts(self, tabled: Tabled) -> tuple[Problem, ...]:
        taken = material.taken(self.tx, self.corp_id, "script")
        rows = read_scripts(tabled.table, tabled.recognised, self._context(taken))
        material.add_scripts(self.tx, self.corp_id, self.source_id, rows.good)
        return self._counted("话术", rows.good, rows.problems)

    def _counted(self, label: str, good: tuple[object, ...], problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        self.tally.count(label, len(good))
        return problems

    # ---- passages ------------------------------------------------------------------------------

    def _product_passages(self, table: Table, products: tuple[Product, ...]) -> None:
        """Every product is a passage too, so that a question about an ingredient finds it by its words."""
        if not products:
            return
        title = table.file.rsplit("/", 1)[-1]
        document_id = _id(self.source_id, table.sheet, "products")
        passages = tuple(
            Passage(
                id=_id(document_id, product.sku),
                document_id=document_id,
                title=title,
                version=self.version,
                kind=DocumentKind.PRODUCT,
                place=product.cited.place,
                heading=(product.category, product.name),
                text=_product_text(product),
                skus=(product.sku,),
            )
            for product in products
        )
        self._add(
            DocumentToStore(
                document_id,
                title,
                DocumentKind.PRODUCT,
                Scope(),
                self.version,
                DocumentStatus.PUBLISHED,
                None,
                None,
                passages,
            )
        )

    def _document(self, reading: Reading) -> list[Reported]:
        about = find_metadata(reading, self.shop.documents.get(reading.file, {}), places=self._places())
        found = [from_reading(problem) for problem in about.problems]
        if not about.usable:
            return found
        document_id = _id(self.source_id, about.title)
        # a file that names its version keeps it; else the version counts how often the file changed
        version = max(about.version, self.version)
        passages = tuple(
            Passage(
                id=_id(document_id, piece.place, str(number)),
                document_id=document_id,
                title=about.title,
                version=version,
                kind=about.kind,
                place=piece.place,
                heading=piece.heading,
                text=_with_question(piece.question, piece.text),
                scope=about.scope,
                valid_from=about.valid_from,
                valid_to=about.valid_to,
            )
            for number, piece in enumerate(split(reading))
        )
        document = DocumentToStore(
            document_id,
            about.title,
            about.kind,
            about.scope,
            version,
            DocumentStatus.PUBLISHED,
            about.valid_from,
            about.valid_to,
            passages,
        )
        self._add(document)
        return found

    def _places(self) -> dict[str, Scope]:
        """Stores and regions by the names people write."""
        stores = material.stores(self.tx, self.corp_id)
        named = {store.name: Scope(level=ScopeLevel.STORE, id=store.store_id) for store in stores}
        return named | {store.region_name: Scope(level=ScopeLevel.REGION, id=store.region_id) for store in stores}

    def _add(self, document: DocumentToStore) -> None:
        material.add_document(self.tx, self.corp_id, self.source_id, document)
        self.tally.count("资料", 1)
        self.tally.count("段落", len(document.passages))


def _holds_records(reading: Reading) -> bool:
    """A csv or a sheet in a folder of records is a table gone wrong, not a text to quote from."""
    return reading.media == "csv"


def _with_question(question: str, text: str) -> str:
    return f"问：{question}\n{text}" if question and question not in text else text


def _product_text(product: Product) -> str:
    words = {
        "商品": f"{product.name}（{product.sku}）{product.spec}",
        "品类": product.category,
        "别名": "、".join(product.aliases),
        "适合": "、".join(product.suitable_for),
        "不适合": "、".join(product.not_for),
        "针对": "、".join(product.concerns),
        "成分": "、".join(product.ingredients),
        "不含": "、".join(product.free_of),
        "功效": "、".join(product.efficacy),
        "卖点": "、".join(product.selling_points),
        "用法": product.usage,
        "注意": "、".join(product.cautions),
        **product.attributes,
    }
    return "；".join(f"{name}：{value}" for name, value in words.items() if value)


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
