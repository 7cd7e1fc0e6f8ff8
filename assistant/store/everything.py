"""Everything a corp has, read whole for its own export, and what of it comes back by other ways than a file."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from assistant.shop import CustomerFact, CustomerRecord, OrderLine, Person, Purpose, Stock
from assistant.store import questions
from assistant.store.material import DocumentToStore, published_passages
from assistant.store.people import directory
from assistant.store.questions import QuestionOrigin, QuestionStatus, mark_of
from assistant.store.tables import asked_question, customer, document, order_line, source, stock
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel

_AT_ONCE = 1000


class KeptQuestion(NamedTuple):
    """An attached question with the words it belongs to: ``mark`` is of the passage's heading and text."""

    text: str
    origin: QuestionOrigin
    status: QuestionStatus
    asked_at: datetime
    mark: str


class PutBack(NamedTuple):
    """How many questions found their passage again, and how many did not."""

    found: int
    lost: int


def shop_names(tx: Connection, corp_id: str) -> frozenset[str]:
    """The short names that the corp's shop folders gave themselves."""
    roots = tx.execute(select(source.c.root).where(source.c.corp_id == corp_id).distinct()).scalars()
    return frozenset(root.removeprefix("shop:") for root in roots if root.startswith("shop:"))


def people(tx: Connection, corp_id: str) -> tuple[Person, ...]:
    """Everybody as they stand now, those who left too, by userid."""
    return directory(tx, corp_id)


def stock_readings(tx: Connection, corp_id: str) -> Iterator[Stock]:
    """Every stock reading, by store and SKU."""
    rows = tx.execute(
        select(stock.c.store_id, stock.c.sku, stock.c.quantity, stock.c.read_at)
        .where(stock.c.corp_id == corp_id)
        .order_by(stock.c.store_id, stock.c.sku)
        .execution_options(yield_per=_AT_ONCE)
    )
    return (Stock(**row._mapping) for row in rows)


def customer_records(tx: Connection, corp_id: str) -> Iterator[CustomerRecord]:
    """Every customer as her file had her, phone included, by id."""
    rows = tx.execute(
        select(customer)
        .where(customer.c.corp_id == corp_id)
        .order_by(customer.c.customer_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    return (_as_record(row) for row in rows)


def _as_record(row: Row[Any]) -> CustomerRecord:
    return CustomerRecord(
        customer_id=row.customer_id,
        name=row.name,
        address_as=row.address_as,
        phone=row.phone,
        tier=row.tier,
        tier_level=row.tier_level,
        points=row.points,
        birthday=row.birthday,
        tags=tuple(row.tags),
        facts=tuple(CustomerFact.model_validate(fact) for fact in row.facts),
        consents=tuple(Purpose(value) for value in row.consents),
        consented_at=row.consented_at,
        guide=row.guide_folded,
        store_id=row.store_id,
        joined_at=row.joined_at,
    )


def order_lines(tx: Connection, corp_id: str) -> Iterator[OrderLine]:
    """Every order line, whole orders together."""
    wanted = [column for column in order_line.c if column.name not in {"corp_id", "source_id"}]
    rows = tx.execute(
        select(*wanted)
        .where(order_line.c.corp_id == corp_id)
        .order_by(order_line.c.order_id, order_line.c.line)
        .execution_options(yield_per=_AT_ONCE)
    )
    return (OrderLine(**row._mapping) for row in rows)


def documents(tx: Connection, corp_id: str) -> tuple[DocumentToStore, ...]:
    """Every published document, in force or not, with its own dates: not those a newer version gives it."""
    pieces: dict[str, list[Passage]] = {}
    for piece in published_passages(tx, corp_id):
        pieces.setdefault(piece.document_id, []).append(piece)
    rows = tx.execute(
        select(document)
        .where(document.c.corp_id == corp_id, document.c.status == DocumentStatus.PUBLISHED.value)
        .order_by(document.c.kind, document.c.title, document.c.version, document.c.document_id)
    )
    return tuple(
        DocumentToStore(
            row.document_id,
            row.title,
            DocumentKind(row.kind),
            Scope(level=ScopeLevel(row.scope_level), id=row.scope_id),
            row.version,
            DocumentStatus(row.status),
            row.valid_from,
            row.valid_to,
            tuple(pieces.get(row.document_id, ())),
        )
        for row in rows
    )


def kept_questions(tx: Connection, corp_id: str) -> tuple[KeptQuestion, ...]:
    """Every attached question, whatever became of it, oldest first."""
    rows = tx.execute(
        select(asked_question)
        .where(asked_question.c.corp_id == corp_id)
        .order_by(asked_question.c.asked_at, asked_question.c.question_id)
    )
    return tuple(
        KeptQuestion(row.text, QuestionOrigin(row.origin), QuestionStatus(row.status), row.asked_at, row.passage_mark)
        for row in rows
    )


def put_back_questions(tx: Connection, corp_id: str, kept: Iterable[KeptQuestion], moment: datetime) -> PutBack:
    """Attach questions to the passages that say the same words again, with what was decided about them."""
    passages = {mark_of(piece): piece for piece in published_passages(tx, corp_id)}
    found = lost = 0
    for one in kept:
        piece = passages.get(one.mark)
        if piece is None:
            lost += 1
            continue
        found += 1
        questions.attach(tx, corp_id, piece, [one.text], one.origin, one.asked_at)
        same = questions.of_passages(tx, corp_id, [piece.id]).get(piece.id, ())
        ids = [other.question_id for other in same if other.text == one.text and other.status is not one.status]
        questions.review(tx, corp_id, ids, one.status, "", moment)
    return PutBack(found, lost)
