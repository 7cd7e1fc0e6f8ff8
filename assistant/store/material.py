"""What the shop has published: sources, documents, passages and the tabular records, each tied to its source.

Every record hangs on the source it was read from with ON DELETE CASCADE, so replacing or removing a file
removes exactly what came from it, in the same transaction.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Label,
    Row,
    Select,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from assistant.shop import Coupon, Person, Product, Script, Stock, Store
from assistant.store.tables import (
    asked_question,
    corp,
    coupon,
    customer,
    document,
    document_standing,
    order_line,
    passage,
    person,
    product,
    revision,
    script,
    set_aside,
    shop_store,
    source,
    stock,
    till_stock,
)
from knowledge.passage import (
    DocumentKind,
    DocumentStatus,
    Marks,
    Passage,
    Scope,
    ScopeLevel,
    content_mark,
    document_mark,
    marks,
)

# all that an ingest reads and writes, those first that others hang on
MATERIAL_TABLES = (
    *(corp, source, document, passage, asked_question, shop_store, person, product, stock, coupon, script),
    *(customer, order_line, document_standing),
)

MOST_VALUES = 10_000

# where an older version ends when the newer one names no start
LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)


class CorpFacts(NamedTuple):
    """A corp's own figures. Money in 分."""

    brand: str
    tiers: tuple[str, ...]
    shipping_fen: int
    free_shipping_from_fen: int | None
    lapsed_after_days: int
    material_version: int


class StoredSource(NamedTuple):
    """A file as it was read last time."""

    source_id: str
    name: str
    sha256: str


class NewSource(NamedTuple):
    """A source just written; ``version`` counts how often this file has changed."""

    source_id: str
    version: int


class KnownKeys(NamedTuple):
    """Every key that other files may refer to."""

    skus: frozenset[str]
    stores: frozenset[str]
    people: frozenset[str]
    coupons: frozenset[str]


class DocumentToStore(NamedTuple):
    """A document with its passages, ready to be written."""

    document_id: str
    title: str
    kind: DocumentKind
    scope: Scope
    version: int
    status: DocumentStatus
    valid_from: datetime | None
    valid_to: datetime | None
    passages: tuple[Passage, ...]
    uploaded_by: str = ""


# ---- the corp ----------------------------------------------------------------------------------


def save_corp(tx: Connection, corp_id: str, facts: CorpFacts) -> None:
    """Create or update a corp; its material version stays what it was."""
    values = {**facts._asdict(), "tiers": list(facts.tiers)}
    known = tx.execute(select(corp.c.material_version).where(corp.c.corp_id == corp_id)).scalar_one_or_none()
    if known is None:
        tx.execute(insert(corp).values(corp_id=corp_id, **values))
        return
    tx.execute(update(corp).where(corp.c.corp_id == corp_id).values(**{**values, "material_version": known}))


def corp_facts(tx: Connection, corp_id: str) -> CorpFacts | None:
    """Return the corp's figures, or None before anything was ingested."""
    row = tx.execute(select(corp).where(corp.c.corp_id == corp_id)).one_or_none()
    if row is None:
        return None
    return CorpFacts(
        row.brand,
        tuple(row.tiers),
        row.shipping_fen,
        row.free_shipping_from_fen,
        row.lapsed_after_days,
        row.material_version,
    )


def material_version(tx: Connection, corp_id: str) -> int:
    """Return the number that grows with every change of material; 0 before the first."""
    found = tx.execute(select(corp.c.material_version).where(corp.c.corp_id == corp_id)).scalar_one_or_none()
    return found or 0


def bump_material_version(tx: Connection, corp_id: str) -> None:
    """Say that material changed, so that every replica reads it anew."""
    tx.execute(update(corp).where(corp.c.corp_id == corp_id).values(material_version=corp.c.material_version + 1))


# ---- sources -----------------------------------------------------------------------------------


def sources(tx: Connection, corp_id: str, root: str) -> dict[str, StoredSource]:
    """List the files known under one root, by name."""
    rows = tx.execute(
        select(source.c.source_id, source.c.name, source.c.sha256).where(
            source.c.corp_id == corp_id, source.c.root == root
        )
    )
    return {row.name: StoredSource(row.source_id, row.name, row.sha256) for row in rows}


def id_of_source(corp_id: str, root: str, name: str) -> str:
    """The id of the file of this name under this root: the same whatever its content is."""
    return hashlib.sha256(f"{corp_id}\n{root}\n{name}".encode()).hexdigest()[:32]


def replace_source(tx: Connection, corp_id: str, root: str, name: str, sha256: str, moment: datetime) -> NewSource:
    """Write a source in place of the earlier one of the same root and name, with all that hung on that one.

    With the same content as before it keeps its version.
    """
    this = source.c.source_id == id_of_source(corp_id, root, name)
    earlier = tx.execute(select(source.c.version, source.c.sha256).where(this)).one_or_none()
    tx.execute(delete(source).where(this))
    version = 1 if earlier is None else earlier.version + (earlier.sha256 != sha256)
    new = NewSource(id_of_source(corp_id, root, name), version)
    tx.execute(
        insert(source).values(
            source_id=new.source_id,
            corp_id=corp_id,
            root=root,
            name=name,
            sha256=sha256,
            version=new.version,
            ingested_at=moment,
            report=[],
        )
    )
    return new


def keep_report(tx: Connection, source_id: str, problems: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was found wrong in a source beside it, for whoever asks later."""
    tx.execute(update(source).where(source.c.source_id == source_id).values(report=list(problems)))


def forget_hash(tx: Connection, source_id: str) -> None:
    """Have a source read again by the next ingest, whatever its content is by then; nothing when there is none."""
    tx.execute(update(source).where(source.c.source_id == source_id).values(sha256=""))


def remove_source(tx: Connection, source_id: str) -> None:
    """Remove a source with everything that was read from it."""
    tx.execute(delete(source).where(source.c.source_id == source_id))


# ---- documents and passages --------------------------------------------------------------------


def add_document(tx: Connection, corp_id: str, source_id: str, one: DocumentToStore) -> None:
    """Write a document and its passages."""
    tx.execute(
        insert(document).values(
            document_id=one.document_id,
            corp_id=corp_id,
            source_id=source_id,
            title=one.title,
            kind=one.kind.value,
            scope_level=one.scope.level.value,
            scope_id=one.scope.id,
            version=one.version,
            status=one.status.value,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            uploaded_by=one.uploaded_by.lower(),
        )
    )
    rows = [
        {
            "passage_id": piece.id,
            "corp_id": corp_id,
            "document_id": one.document_id,
            "place": piece.place,
            "heading": list(piece.heading),
            "text": piece.text,
            "skus": list(piece.skus),
            "mark": content_mark(piece),
            "number": number,
        }
        for number, piece in enumerate(one.passages)
    ]
    if rows:
        tx.execute(insert(passage), rows)


def supersede(tx: Connection, corp_id: str) -> None:
    """Work out anew where each document ends because a newer version of it begins.

    Same title, kind and scope make it the same document. A newer version without a start replaces the older at
    once; one that starts in January leaves December as it is. Worked out from nothing each time, so that removing
    the newer version brings the older one back.
    """
    tx.execute(update(document).where(document.c.corp_id == corp_id).values(superseded_at=None))
    rows = tx.execute(
        select(document).where(
            document.c.corp_id == corp_id,
            document.c.status == DocumentStatus.PUBLISHED.value,
            document.c.kind != DocumentKind.PRODUCT.value,
        )
    ).all()
    groups: dict[tuple[str, str, str, str], list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault((row.title, row.kind, row.scope_level, row.scope_id), []).append(row)
    for versions in groups.values():
        for older in versions:
            starts = [newer.valid_from or LONG_AGO for newer in versions if newer.version > older.version]
            if starts:
                this = document.c.document_id == older.document_id
                tx.execute(update(document).where(this).values(superseded_at=min(starts)))


_ABOUT = (
    document.c.title,
    document.c.version,
    document.c.kind,
    document.c.scope_level,
    document.c.scope_id,
    document.c.valid_from,
    document.c.valid_to,
    document.c.superseded_at,
)
# a passage that lost a ruling is as good as withdrawn
_STANDS = (
    ~select(set_aside.c.mark)
    .where(set_aside.c.corp_id == passage.c.corp_id, set_aside.c.mark == passage.c.mark)
    .correlate(passage)
    .exists()
)


def passages_with_documents() -> Select[Any]:
    """Passages with what ``as_passage`` needs of their documents, whatever their status."""
    return select(passage, *_ABOUT).join(document, document.c.document_id == passage.c.document_id)


_PASSAGE = passages_with_documents().where(document.c.status == DocumentStatus.PUBLISHED.value, _STANDS)


def as_passage(row: Row[Any]) -> Passage:
    """A passage from a row of ``passages_with_documents``."""
    return _of_document(row).model_copy(
        update={
            "id": row.passage_id,
            "place": row.place,
            "heading": tuple(row.heading),
            "text": row.text,
            "skus": tuple(row.skus),
        }
    )


def _of_document(row: Row[Any]) -> Passage:
    """What all passages of a document share, as a passage without words."""
    ends = [moment for moment in (row.valid_to, row.superseded_at) if moment is not None]
    return Passage(
        id="",
        document_id=row.document_id,
        title=row.title,
        version=row.version,
        kind=DocumentKind(row.kind),
        place="",
        text="",
        scope=Scope(level=ScopeLevel(row.scope_level), id=row.scope_id),
        valid_from=row.valid_from,
        valid_to=min(ends, default=None),
    )


def published_passages(tx: Connection, corp_id: str) -> tuple[Passage, ...]:
    """Every passage of a published document, whether valid today or not: what the index must hold."""
    return tuple(as_passage(row) for row in tx.execute(_PASSAGE.where(passage.c.corp_id == corp_id)))


def published_marks(tx: Connection, corp_id: str) -> dict[str, Marks]:
    """What every passage of a published document looks like, by id: what the index is compared with."""
    documents = tx.execute(
        select(document).where(document.c.corp_id == corp_id, document.c.status == DocumentStatus.PUBLISHED.value)
    )
    about = {row.document_id: document_mark(_of_document(row)) for row in documents}
    rows = tx.execute(
        select(passage.c.passage_id, passage.c.document_id, passage.c.mark).where(passage.c.corp_id == corp_id, _STANDS)
    )
    found = {id_: Marks(mark, about[document_id]) for id_, document_id, mark in rows if document_id in about}
    # written before marks were kept; the next reading of their file gives them one
    unmarked = [id_ for id_, one in found.items() if not one.content]
    return found | {id_: marks(one) for id_, one in passages_by_id(tx, corp_id, unmarked).items()}


def files_of_documents(tx: Connection, corp_id: str) -> dict[str, str]:
    """Return the name of the file each document was read from, by document id."""
    rows = tx.execute(
        select(document.c.document_id, source.c.name)
        .join(source, source.c.source_id == document.c.source_id)
        .where(document.c.corp_id == corp_id)
    )
    return {row.document_id: row.name for row in rows}


def passages_by_id(tx: Connection, corp_id: str, ids: Iterable[str]) -> dict[str, Passage]:
    """Return those of these passages that are published now, by id."""
    found: dict[str, Passage] = {}
    for part in _batched(ids):
        rows = tx.execute(_PASSAGE.where(passage.c.corp_id == corp_id, passage.c.passage_id.in_(part)))
        found.update((row.passage_id, as_passage(row)) for row in rows)
    return found


def _batched(ids: Iterable[str]) -> Iterator[list[str]]:
    """Lists short enough for one statement: SQLite takes 32,766 values, PostgreSQL 65,535."""
    left = iter(ids)
    while part := list(islice(left, MOST_VALUES)):
        yield part


# ---- records -----------------------------------------------------------------------------------


def add_stores(tx: Connection, corp_id: str, source_id: str, stores: Sequence[Store]) -> None:
    """Write stores read from one source."""
    _add(tx, shop_store, corp_id, source_id, [{"store_id": one.store_id, "body": _body(one)} for one in stores])


def add_people(tx: Connection, corp_id: str, source_id: str, people: Sequence[Person]) -> None:
    """Write guides and managers read from one source."""
    rows = [{"userid_folded": one.userid.lower(), **one.model_dump(mode="json")} for one in people]
    _add(tx, person, corp_id, source_id, rows)


def add_products(tx: Connection, corp_id: str, source_id: str, products: Sequence[Product]) -> None:
    """Write products read from one source."""
    _add(tx, product, corp_id, source_id, [{"sku": one.sku, "body": _body(one)} for one in products])


def add_stock(tx: Connection, corp_id: str, source_id: str, readings: Sequence[Stock]) -> None:
    """Write stock readings read from one source."""
    _add(tx, stock, corp_id, source_id, [one.model_dump() for one in readings])


def add_coupons(tx: Connection, corp_id: str, source_id: str, coupons: Sequence[Coupon]) -> None:
    """Write coupon templates read from one source."""
    _add(tx, coupon, corp_id, source_id, [{"coupon_id": one.coupon_id, "body": _body(one)} for one in coupons])


def add_scripts(tx: Connection, corp_id: str, source_id: str, scripts: Sequence[Script]) -> None:
    """Write approved scripts read from one source."""
    published = DocumentStatus.PUBLISHED.value
    rows = [{"script_id": one.script_id, "status": published, "body": _body(one)} for one in scripts]
    _add(tx, script, corp_id, source_id, rows)


def products(tx: Connection, corp_id: str) -> tuple[Product, ...]:
    """Every product, by SKU."""
    rows = tx.execute(select(_text(product.c.body)).where(product.c.corp_id == corp_id).order_by(product.c.sku))
    return tuple(Product.model_validate_json(row.body) for row in rows)


def stores(tx: Connection, corp_id: str) -> tuple[Store, ...]:
    """Every store, by id."""
    which = shop_store.c.corp_id == corp_id
    rows = tx.execute(select(_text(shop_store.c.body)).where(which).order_by(shop_store.c.store_id))
    return tuple(Store.model_validate_json(row.body) for row in rows)


def coupons(tx: Connection, corp_id: str) -> tuple[Coupon, ...]:
    """Every coupon template that is served, by id: the file's, or the one that people put in its place."""
    told = tx.execute(select(coupon.c.coupon_id, _text(coupon.c.body)).where(coupon.c.corp_id == corp_id))
    served = _with_revisions(tx, corp_id, "coupon", {row.coupon_id: row.body for row in told})
    return tuple(map(Coupon.model_validate_json, served))


def coupon_served(tx: Connection, corp_id: str, coupon_id: str) -> Coupon | None:
    """One coupon template as it is served now, None where it is not: gone from its file, or withdrawn."""
    which = (coupon.c.corp_id == corp_id, coupon.c.coupon_id == coupon_id)
    told = tx.execute(select(_text(coupon.c.body)).where(*which))
    row = tx.execute(
        select(revision.c.status, _text(revision.c.body)).where(
            *_standing(corp_id, "coupon"), revision.c.record_id == coupon_id
        )
    ).one_or_none()
    body = told.scalar_one_or_none()
    if row is not None:
        body = None if row.status == DocumentStatus.WITHDRAWN.value else row.body
    return None if body is None else Coupon.model_validate_json(body)


def coupon_names(tx: Connection, corp_id: str, coupon_ids: Iterable[str]) -> dict[str, str]:
    """What these coupons are called, by id; one whose template is gone is left out."""
    return _called(tx, corp_id, coupon.c.coupon_id, "name", coupon_ids)


def product_names(tx: Connection, corp_id: str, skus: Iterable[str]) -> dict[str, str]:
    """What these products are called, by SKU; one that is gone is left out."""
    return _called(tx, corp_id, product.c.sku, "name", skus)


def script_titles(tx: Connection, corp_id: str, script_ids: Iterable[str]) -> dict[str, str]:
    """The titles of these scripts, by id; one that is gone is left out."""
    return _called(tx, corp_id, script.c.script_id, "title", script_ids)


def _called(tx: Connection, corp_id: str, key: Column[str], field: str, ids: Iterable[str]) -> dict[str, str]:
    """One field of these records, by id: the file's, or of the version that people put in its place."""
    table, wanted = key.table, sorted(set(ids))
    told = select(key, table.c.body[field].as_string()).where(table.c.corp_id == corp_id, key.in_(wanted))
    standing = select(revision.c.record_id, revision.c.body[field].as_string()).where(
        *_standing(corp_id, table.name), revision.c.record_id.in_(wanted)
    )
    return {row[0]: row[1] for query in (told, standing) for row in tx.execute(query)}


def scripts(tx: Connection, corp_id: str) -> tuple[Script, ...]:
    """Every script that is served, by id; nothing unapproved is ever served."""
    rows = tx.execute(
        select(script.c.script_id, _text(script.c.body)).where(
            script.c.corp_id == corp_id, script.c.status == DocumentStatus.PUBLISHED.value
        )
    )
    served = _with_revisions(tx, corp_id, "script", {row.script_id: row.body for row in rows})
    return tuple(map(Script.model_validate_json, served))


class ScriptText(NamedTuple):
    """What a served script says, without all the rest."""

    script_id: str
    title: str
    text: str
    scope: Scope
    dealers: tuple[str, ...]


def script_texts(tx: Connection, corp_id: str) -> tuple[ScriptText, ...]:
    """The words of every script that is served, by id: thousands of them are read far sooner than whole scripts."""
    told = {
        row.id: row
        for row in tx.execute(
            _script_text(script.c.script_id, script.c.body).where(
                script.c.corp_id == corp_id, script.c.status == DocumentStatus.PUBLISHED.value
            )
        )
    }
    standing = _script_text(revision.c.record_id, revision.c.body, revision.c.status)
    for row in tx.execute(standing.where(*_standing(corp_id, "script"))):
        if row.status == DocumentStatus.WITHDRAWN.value:
            told.pop(row.id, None)
        else:
            told[row.id] = row
    # few scopes among thousands of scripts
    scopes = {
        key: Scope(level=ScopeLevel(key[0]), id=key[1]) for key in {(row.level, row.scope_id) for row in told.values()}
    }
    return tuple(
        ScriptText(id_, row.title, row.text, scopes[row.level, row.scope_id], tuple(row.dealers or ()))
        for id_, row in sorted(told.items())
    )


def _script_text(id_: Column[Any], body: Column[Any], *more: Column[Any]) -> Select[Any]:
    return select(
        id_.label("id"),
        body["title"].as_string().label("title"),
        body["text"].as_string().label("text"),
        body["scope"]["level"].as_string().label("level"),
        body["scope"]["id"].as_string().label("scope_id"),
        body["dealers"].label("dealers"),
        *more,
    )


def _with_revisions(tx: Connection, corp_id: str, noun: str, told: dict[str, str]) -> list[str]:
    """What files told, with the standing revisions in its place, by id; as JSON."""
    standing = select(revision.c.record_id, revision.c.status, _text(revision.c.body))
    rows = tx.execute(standing.where(*_standing(corp_id, noun)))
    for row in rows:
        if row.status == DocumentStatus.WITHDRAWN.value:
            told.pop(row.record_id, None)
        else:
            told[row.record_id] = row.body
    return [told[one] for one in sorted(told)]


def _standing(corp_id: str, noun: str) -> tuple[ColumnElement[bool], ...]:
    standing = (DocumentStatus.PUBLISHED.value, DocumentStatus.WITHDRAWN.value)
    return (revision.c.corp_id == corp_id, revision.c.noun == noun, revision.c.status.in_(standing))


def stock_of(tx: Connection, corp_id: str, skus: Sequence[str]) -> tuple[Stock, ...]:
    """Stock readings of these SKUs in every store: the file's or the till's, whichever was read later."""
    newest: dict[tuple[str, str], Stock] = {}
    for table in (stock, till_stock):
        rows = tx.execute(
            select(table.c.store_id, table.c.sku, table.c.quantity, table.c.read_at).where(
                table.c.corp_id == corp_id, table.c.sku.in_(list(skus))
            )
        )
        for row in rows:
            known = newest.get((row.sku, row.store_id))
            if known is None or row.read_at > known.read_at:
                newest[row.sku, row.store_id] = Stock(**row._mapping)
    return tuple(newest[key] for key in sorted(newest))


def counts(tx: Connection, corp_id: str) -> dict[str, int]:
    """How much of each kind there is, under Chinese names, for ``daogou doctor``."""
    tables = {
        "门店": shop_store,
        "员工": person,
        "商品": product,
        "优惠券": coupon,
        "话术": script,
        "资料段落": passage,
    }
    return {
        name: tx.execute(select(func.count()).select_from(table).where(table.c.corp_id == corp_id)).scalar_one()
        for name, table in tables.items()
    }


def known_keys(tx: Connection, corp_id: str) -> KnownKeys:
    """Which SKUs, stores, people and coupons are known: what the cross checks of an ingest need."""

    def column(table: Table, name: str) -> frozenset[str]:
        return frozenset(tx.execute(select(table.c[name]).where(table.c.corp_id == corp_id)).scalars())

    return KnownKeys(
        skus=column(product, "sku"),
        stores=column(shop_store, "store_id"),
        people=column(person, "userid"),
        coupons=column(coupon, "coupon_id"),
    )


_KEYS: Mapping[str, tuple[Column[Any], ...]] = {
    "store": (shop_store.c.store_id,),
    "person": (person.c.userid_folded,),
    "product": (product.c.sku,),
    "stock": (stock.c.store_id, stock.c.sku),
    "coupon": (coupon.c.coupon_id,),
    "customer": (customer.c.customer_id,),
    "order": (order_line.c.order_id,),
    "script": (script.c.script_id,),
}


def holders(tx: Connection, corp_id: str, noun: str) -> dict[tuple[str, ...], StoredSource]:
    """Keys of this noun that are there already, each with the file it came from; a stock's key is store and SKU.

    A product's barcodes are keys too, ``("条码", "2001001026486")``: no two products should share one.
    """
    columns = _KEYS[noun]
    table = columns[0].table
    rows = tx.execute(
        select(source.c.source_id, source.c.name, source.c.sha256, *columns)
        .join(source, source.c.source_id == table.c.source_id)
        .where(table.c.corp_id == corp_id)
        .distinct()
    )
    found = {tuple(row[3:]): StoredSource(*row[:3]) for row in rows}
    return found | _barcode_holders(tx, corp_id) if noun == "product" else found


def _barcode_holders(tx: Connection, corp_id: str) -> dict[tuple[str, ...], StoredSource]:
    rows = tx.execute(
        select(source.c.source_id, source.c.name, source.c.sha256, product.c.body)
        .join(source, source.c.source_id == product.c.source_id)
        .where(product.c.corp_id == corp_id)
    )
    return {
        ("条码", code): StoredSource(row.source_id, row.name, row.sha256)
        for row in rows
        for code in row.body.get("barcodes", ())
    }


def let_go(tx: Connection, corp_id: str, noun: str, key: tuple[str, ...]) -> None:
    """Remove the record with this key, whichever file it came from."""
    columns = _KEYS[noun]
    table = columns[0].table
    same = [column == part for column, part in zip(columns, key, strict=True)]
    tx.execute(delete(table).where(table.c.corp_id == corp_id, *same))


def _add(tx: Connection, table: Table, corp_id: str, source_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        tx.execute(insert(table), [{"corp_id": corp_id, "source_id": source_id, **row} for row in rows])


def _body(noun: Product | Store | Coupon | Script) -> Any:
    return noun.model_dump(mode="json")


def _text(body: Column[Any]) -> Label[str]:
    """A record as the JSON it is kept as: strict parsing turns lists back into tuples and text back into moments."""
    return cast(body, Text).label("body")
