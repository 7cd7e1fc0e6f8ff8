"""What an answer settles: the questions a published document was written for, each once."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from assistant.store.gaprulings import GapStatus, RulingKind, one_at_a_time
from assistant.store.tables import customer, document, gap, gap_ruling, shop_store
from knowledge.passage import DocumentStatus, Scope, ScopeLevel


class Settled(NamedTuple):
    """A question whose answer is there now, with who asked it for whom."""

    turn_id: str
    question: str
    asked_at: datetime
    guide: str
    store_id: str
    customer_id: str


def due_answers(tx: Connection, corp_id: str, moment: datetime) -> tuple[str, ...]:
    """Documents that answer a topic, are served now, and of which nobody was told yet."""
    rows = tx.execute(
        select(gap_ruling.c.document_id)
        .join(document, document.c.document_id == gap_ruling.c.document_id)
        .where(
            gap_ruling.c.corp_id == corp_id,
            gap_ruling.c.kind == RulingKind.ANSWER.value,
            gap_ruling.c.told_at.is_(None),
            gap_ruling.c.ended_at.is_(None),
            *serving(moment),
        )
        .distinct()
        .order_by(gap_ruling.c.document_id)
    )
    return tuple(rows.scalars())


def settle(tx: Connection, corp_id: str, document_id: str, moment: datetime) -> tuple[Settled, ...]:
    """Mark as answered every question this document was written for and reaches, each once; return those it settled.

    Nothing happens while the document is not served.
    """
    if not in_force(tx, corp_id, document_id, moment):
        return ()
    one_at_a_time(tx, corp_id)
    standing = and_(
        gap_ruling.c.corp_id == corp_id,
        gap_ruling.c.document_id == document_id,
        gap_ruling.c.kind == RulingKind.ANSWER.value,
        gap_ruling.c.ended_at.is_(None),
    )
    found: list[Settled] = []
    for ruling in tx.execute(select(gap_ruling).where(standing)).all():
        scope = Scope(level=ScopeLevel(ruling.scope_level), id=ruling.scope_id)
        found += _settle_topic(tx, corp_id, ruling.topic_id, scope, document_id, moment)
        told = (gap_ruling.c.ruling_id == ruling.ruling_id, gap_ruling.c.told_at.is_(None))
        tx.execute(update(gap_ruling).where(*told).values(told_at=moment))
    return tuple(sorted(found, key=lambda one: (one.asked_at, one.turn_id)))


def _settle_topic(
    tx: Connection, corp_id: str, topic_id: str, scope: Scope, document_id: str, moment: datetime
) -> list[Settled]:
    rows = tx.execute(
        update(gap)
        .where(
            gap.c.corp_id == corp_id,
            gap.c.topic_id == topic_id,
            gap.c.status == GapStatus.OPEN.value,
            # one asked after it was served was not helped by it
            gap.c.despite != document_id,
            *_reached(corp_id, scope),
        )
        .values(status=GapStatus.ANSWERED.value, answer=document_id, settled_at=moment)
        .returning(gap.c.turn_id, gap.c.question, gap.c.asked_at, gap.c.guide_folded, gap.c.store_id, gap.c.customer_id)
    )
    return [Settled(*row) for row in rows]


def _reached(corp_id: str, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    if scope.level is ScopeLevel.STORE:
        return (gap.c.store_id == scope.id,)
    if scope.level is ScopeLevel.REGION:
        of_region = select(shop_store.c.store_id).where(
            shop_store.c.corp_id == corp_id, shop_store.c.body["region_id"].as_string() == scope.id
        )
        return (gap.c.store_id.in_(of_region),)
    return ()


def present_guide(tx: Connection, corp_id: str, customer_id: str) -> str:
    """Whose customer she is now, in lower case; empty when she is nobody's, or unknown."""
    found = tx.execute(
        select(customer.c.guide_folded).where(customer.c.corp_id == corp_id, customer.c.customer_id == customer_id)
    ).scalar_one_or_none()
    return found or ""


def in_force(tx: Connection, corp_id: str, document_id: str, moment: datetime) -> bool:
    """Say whether guides are answered from this document at this moment."""
    return bool(
        tx.execute(
            select(document.c.document_id).where(
                document.c.corp_id == corp_id, document.c.document_id == document_id, *serving(moment)
            )
        ).first()
    )


def serving(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a document must be for guides to be answered from it at this moment."""
    return (
        document.c.status == DocumentStatus.PUBLISHED.value,
        or_(document.c.valid_from.is_(None), document.c.valid_from <= moment),
        or_(document.c.valid_to.is_(None), document.c.valid_to > moment),
    )
