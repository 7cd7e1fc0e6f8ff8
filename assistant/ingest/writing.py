"""Writing one file's records and passages inside its transaction."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from assistant.ingest.forgetting import read_without
from assistant.ingest.report import Guess, Reported, Tally, from_hidden, from_reading, from_row
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
from assistant.store import customers, documents, material, privacy, questions
from assistant.store.database import Transaction
from assistant.store.material import DocumentToStore, StoredSource
from assistant.store.questions import QuestionOrigin
from knowledge.metadata import Metadata, find_metadata
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel
from knowledge.reading.blocks import Reading, Table
from knowledge.splitting import split, stray_samples

Item = TypeVar("Item")
LONGEST_TITLE = 300
"""Characters of a title or a place that are kept: a longer one is a paragraph that looked like a heading."""
CHECKED = "已核对"
"""The entry of a document in shop.yaml by which a manager says that she has read it."""
_YES = frozenset(("是", "true", "True", "yes", "y"))
_MOVE = "请把它移到所问的那一节下面"


@dataclass(frozen=True)
class Tabled:
    """A table with what its columns were taken for; ``rows`` where they were read ahead of its transaction."""

    table: Table
    recognised: Recognised
    rows: Rows[Any] | None = None

    @property
    def order(self) -> int:
        """Tables that others lean on come first; what is no table of ours comes last."""
        kind = self.recognised.kind
        return len(TableKind) if kind is None else list(TableKind).index(kind)


def guess_of(tabled: Tabled) -> Guess:
    """What a table was taken for, as a person confirms it."""
    recognised = tabled.recognised
    columns = {header: recognised.label(key) for key, header in recognised.columns.items()}
    return Guess(
        tabled.table.file,
        tabled.table.sheet,
        recognised.kind.label if recognised.kind is not None else "认不出，按资料正文读取",
        columns,
        tuple(columns[header] for header in recognised.guessed if header in columns),
        recognised.unknown,
    )


@dataclass(frozen=True)
class _Records(Generic[Item]):
    """How the rows of one kind of table are read, told apart and written; ``noun`` is what the store calls them."""

    label: str
    noun: str
    read: Callable[[Table, Recognised, Context], Rows[Item]]
    key: Callable[[Item], tuple[str, ...]]
    add: Callable[[Transaction, str, str, Sequence[Item]], None]


_RECORDS: Mapping[TableKind, _Records[Any]] = {
    TableKind.STORES: _Records("门店", "store", read_stores, lambda one: (one.store_id,), material.add_stores),
    TableKind.STAFF: _Records("员工", "person", read_staff, lambda one: (one.userid.lower(),), material.add_people),
    TableKind.PRODUCTS: _Records("商品", "product", read_products, lambda one: (one.sku,), material.add_products),
    TableKind.STOCK: _Records("库存", "stock", read_stock, lambda one: (one.store_id, one.sku), material.add_stock),
    TableKind.COUPONS: _Records("优惠券", "coupon", read_coupons, lambda one: (one.coupon_id,), material.add_coupons),
    TableKind.CUSTOMERS: _Records(
        "会员", "customer", read_customers, lambda one: (one.customer_id,), customers.add_customers
    ),
    TableKind.ORDERS: _Records("订单行", "order", read_orders, lambda one: (one.order_id,), customers.add_order_lines),
    TableKind.SCRIPTS: _Records("话术", "script", read_scripts, lambda one: (one.script_id,), material.add_scripts),
}


_LONG = frozenset((TableKind.STOCK, TableKind.CUSTOMERS, TableKind.ORDERS))
"""Tables that grow with the business, and whose rows cite no version of their file."""


@dataclass
class Writing:
    """Writes one read file for one corp; what it could not take is in the returned findings.

    ``pending`` are sources of the same ingest that will be written after this one: of two rows with the same id the
    one here counts, and theirs is reported when their turn comes. With ``forgetting_key`` people who asked to be
    forgotten are known again and left out.
    """

    tx: Transaction
    corp_id: str
    source_id: str
    version: int
    shop: ShopFile
    moment: datetime
    tally: Tally
    pending: frozenset[str] = frozenset()
    forgetting_key: bytes = b""

    def write(self, reading: Reading, tables: tuple[Tabled, ...]) -> list[Reported]:
        """Write records from the tables that hold some, passages from everything else."""
        found = [from_reading(problem) for problem in reading.problems]
        found += [from_hidden(reading.file, words) for words in reading.hidden]
        for tabled in sorted(tables, key=lambda one: one.order):
            if tabled.recognised.kind is not None:
                found += [from_row(problem) for problem in self._table(tabled, tabled.recognised.kind)]
        loose = tuple(tabled.table for tabled in tables if tabled.recognised.kind is None)
        if reading.blocks or (loose and len(loose) == len(tables) and not _holds_records(reading)):
            found += self._document(replace(reading, tables=loose))
        else:
            unknown = (tabled for tabled in tables if tabled.recognised.kind is None)
            found += [from_row(one) for tabled in unknown for one in column_problems(tabled.table, tabled.recognised)]
        return found

    # ---- records -------------------------------------------------------------------------------

    def read_ahead(self, tabled: Tabled) -> Tabled:
        """Read the rows of a table that may be long, so that its transaction need only write them.

        A hundred thousand orders take seconds to read, during which nobody else could write to SQLite. What they lean
        on is looked up again by the next ingest when it changes in between, as for any other file.
        """
        kind = tabled.recognised.kind
        if kind not in _LONG:
            return tabled
        holders = material.holders(self.tx, self.corp_id, _RECORDS[kind].noun)
        return replace(tabled, rows=self._rows(tabled, kind, holders))

    def _rows(self, tabled: Tabled, kind: TableKind, holders: Mapping[tuple[str, ...], StoredSource]) -> Rows[Any]:
        own = self.pending | {self.source_id}
        taken = {" ".join(key): held.name for key, held in holders.items() if held.source_id not in own}
        context = self._context(taken)
        if kind not in (TableKind.CUSTOMERS, TableKind.ORDERS):
            return _RECORDS[kind].read(tabled.table, tabled.recognised, context)
        gone = privacy.everybody_forgotten(self.tx, self.corp_id, self.forgetting_key)
        return read_without(gone, kind, tabled.table, tabled.recognised, context)

    def _table(self, tabled: Tabled, kind: TableKind) -> tuple[Problem, ...]:
        records = _RECORDS[kind]
        holders = material.holders(self.tx, self.corp_id, records.noun)
        rows = tabled.rows if tabled.rows is not None else self._rows(tabled, kind, holders)
        for key in {records.key(one) for one in rows.good} & holders.keys():
            material.let_go(self.tx, self.corp_id, records.noun, key)
        records.add(self.tx, self.corp_id, self.source_id, rows.good)
        if kind is TableKind.PRODUCTS:
            self._product_passages(tabled.table, rows.good)
        self.tally.count(records.label, len(rows.good))
        return rows.problems

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
            least_margin_percent=self.shop.least_margin_percent,
            tiers=self.shop.tiers,
            stores={store.store_id: store.region_id for store in stores} or None,
            skus=known.skus or None,
            categories=frozenset(product.category for product in products) or None,
            customers=customers.known_customers(self.tx, self.corp_id) or None,
            guides=known.people or None,
            coupons=known.coupons or None,
            taken=taken,
        )

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
        if unknown := self._unknown_place(about.scope):
            return [*found, Reported(reading.file, "文件开头", "适用范围", unknown, "请核对编码，或先补进门店表", True)]
        cut = cut_into_passages(reading, about, self.source_id)
        document = DocumentToStore(
            cut.document_id,
            cut.title,
            about.kind,
            about.scope,
            about.version,
            self._status(reading),
            about.valid_from,
            about.valid_to,
            cut.passages,
        )
        self._add(document)
        # what a manager withdrew stays withdrawn while its words are the same
        documents.hold_to_decisions(self.tx, self.corp_id, document)
        written = QuestionOrigin.WRITTEN
        for passage in cut.passages:
            if asked := cut.asked.get(passage.id):
                questions.attach(self.tx, self.corp_id, passage, asked, written, self.moment, source_id=self.source_id)
        found += [
            Reported(reading.file, "正文", "常见问法", f"“{text}”上面没有对应的正文，没有挂上", _MOVE, True)
            for text in stray_samples(reading)
        ]
        return found

    def _status(self, reading: Reading) -> DocumentStatus:
        """What speaks to a model is kept and not served before a person has looked and said so in shop.yaml."""
        checked = self.shop.documents.get(reading.file, {}).get(CHECKED, "").strip() in _YES
        return DocumentStatus.DRAFT if reading.suspicious and not checked else DocumentStatus.PUBLISHED

    def _unknown_place(self, scope: Scope) -> str:
        """Say that a document speaks to a store or region that is not there: nobody would ever find it."""
        stores = material.stores(self.tx, self.corp_id)
        if scope.level is ScopeLevel.BRAND or not stores:
            return ""
        is_store = scope.level is ScopeLevel.STORE
        known = {store.store_id if is_store else store.region_id for store in stores}
        return "" if scope.id in known else f"没有“{scope.id}”这个{scope.level.label}"

    def _places(self) -> dict[str, Scope]:
        """Stores and regions by the names people write."""
        stores = material.stores(self.tx, self.corp_id)
        named = {store.name: Scope(level=ScopeLevel.STORE, id=store.store_id) for store in stores}
        return named | {store.region_name: Scope(level=ScopeLevel.REGION, id=store.region_id) for store in stores}

    def _add(self, document: DocumentToStore) -> None:
        material.add_document(self.tx, self.corp_id, self.source_id, document)
        self.tally.count("资料", 1)
        self.tally.count("段落", len(document.passages))


class Cut(NamedTuple):
    """A document's passages under their ids, and the ways of asking written for them, by passage id."""

    document_id: str
    title: str
    passages: tuple[Passage, ...]
    asked: Mapping[str, tuple[str, ...]]


def cut_into_passages(reading: Reading, about: Metadata, source_id: str) -> Cut:
    """Cut a text into the passages it will be found by: the same for a folder's file and for an upload."""
    title = about.title[:LONGEST_TITLE]
    document_id = _id(source_id, title)
    pieces = split(reading)
    passages = tuple(
        Passage(
            id=_id(document_id, piece.place, str(number)),
            document_id=document_id,
            title=title,
            version=about.version,
            kind=about.kind,
            place=piece.place[:LONGEST_TITLE],
            heading=piece.heading,
            text=_with_question(piece.question, piece.text),
            scope=about.scope,
            valid_from=about.valid_from,
            valid_to=about.valid_to,
        )
        for number, piece in enumerate(pieces)
    )
    asked = {
        passage.id: tuple(text for text in (piece.question, *piece.asked) if text)
        for piece, passage in zip(pieces, passages, strict=True)
    }
    return Cut(document_id, title, passages, {id_: texts for id_, texts in asked.items() if texts})


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
