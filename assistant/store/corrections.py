"""What leaned on a document: texts that guides sent, drafts that lie open, gaps it answered; and corrections of those sent.

A correction goes to the guide who sent the words, never to her customer, and once for each document.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, insert, select

from assistant.scoring.summing import LeanKind
from assistant.store import conversations, documents, outbox, summaries
from assistant.store.console.scope import Stores, guide_name, is_customer, is_guide, ours
from assistant.store.tables import action, conversation, correction, customer, document, gap, person, turn
from assistant.turn import ActionKind
from knowledge.passage import DocumentStatus, Passage


class SentText(NamedTuple):
    """A text that a guide took from a draft that leaned on a document. ``corrected_at`` is when she was told."""

    turn_id: str
    guide: str
    guide_userid: str
    store_id: str
    customer_id: str
    customer: str
    customer_names: tuple[str, ...]
    sent_at: datetime
    text: str
    in_wecom: bool
    corrected_at: datetime | None


class OpenDraft(NamedTuple):
    """A turn whose drafts leaned on it and about which the guide has said nothing yet."""

    turn_id: str
    guide: str
    store_id: str
    finished_at: datetime


class Leaning(NamedTuple):
    """Everything that leaned on a document since a moment; of the sent texts and open drafts the newest."""

    turns: int
    sent: int
    texts: tuple[SentText, ...]
    drafts: tuple[OpenDraft, ...]
    gaps: int


def leaning_on(
    tx: Connection,
    corp_id: str,
    stores: Stores,
    document_id: str,
    *,
    since: datetime,
    drafts_since: datetime,
    limit: int,
) -> Leaning:
    """What leaned on a document, in these stores."""
    counted = summaries.counts(tx, corp_id, stores, LeanKind.DOCUMENT, since, refs=[document_id]).get(document_id)
    newest = summaries.leaned_on(tx, corp_id, stores, LeanKind.DOCUMENT, document_id, since, 4 * limit)
    sent = [one.turn_id for one in newest if one.taken and one.action in (ActionKind.ACCEPTED, ActionKind.EDITED)]
    waiting = [one.turn_id for one in newest if one.action is None and one.finished_at >= drafts_since]
    return Leaning(
        turns=counted.turns if counted else 0,
        sent=counted.sent if counted else 0,
        texts=sent_texts(tx, corp_id, stores, document_id, sent[:limit]),
        drafts=_open_drafts(tx, corp_id, stores, waiting[:limit]),
        gaps=_gaps_answered(tx, corp_id, stores, document_id),
    )


def sent_texts(
    tx: Connection, corp_id: str, stores: Stores, document_id: str, turn_ids: Iterable[str]
) -> tuple[SentText, ...]:
    """What guides sent in these turns, newest first; turns of other stores are left out."""
    later = action.alias("later")
    newest = ~(
        select(later.c.turn_id)
        .where(later.c.turn_id == action.c.turn_id, later.c.number > action.c.number)
        .correlate(action)
        .exists()
    )
    # typed loosely: more columns than sqlalchemy has types for
    query: Select[Any] = (
        ours(
            select(
                turn.c.turn_id,
                turn.c.store_id,
                turn.c.guide_folded,
                turn.c.customer_id,
                action.c.at,
                action.c.body["sent_text"].as_string().label("sent_text"),
                conversation.c.channel,
                correction.c.sent_at.label("corrected_at"),
                customer.c.name.label("customer_name"),
                customer.c.address_as,
                customer.c.store_id.label("customer_store"),
                guide_name(),
            ).select_from(
                turn.join(action, and_(action.c.turn_id == turn.c.turn_id, newest))
                .join(conversation, conversation.c.conversation_id == turn.c.conversation_id)
                .outerjoin(person, is_guide())
                .outerjoin(customer, is_customer())
                .outerjoin(
                    correction,
                    and_(correction.c.turn_id == turn.c.turn_id, correction.c.document_id == document_id),
                )
            ),
            corp_id,
            stores,
        )
        .where(turn.c.turn_id.in_(sorted(set(turn_ids))))
        .order_by(action.c.at.desc(), turn.c.turn_id.desc())
    )
    return tuple(_as_sent(row, stores) for row in tx.execute(query))


def newer_passages(tx: Connection, corp_id: str, document_id: str) -> tuple[Passage, ...]:
    """The passages of the newest published version of the same document; empty where there is none."""
    row = tx.execute(
        select(document).where(document.c.corp_id == corp_id, document.c.document_id == document_id)
    ).one_or_none()
    if row is None:
        return ()
    newer = tx.execute(
        select(document.c.document_id)
        .where(
            document.c.corp_id == corp_id,
            document.c.title == row.title,
            document.c.kind == row.kind,
            document.c.scope_level == row.scope_level,
            document.c.scope_id == row.scope_id,
            document.c.version > row.version,
            document.c.status == DocumentStatus.PUBLISHED.value,
        )
        .order_by(document.c.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    if newer is None:
        return ()
    found = documents.passages_of_document(tx, corp_id, newer)
    return tuple(one.passage for one in found if not one.is_set_aside)


def send(
    tx: Connection, corp_id: str, document_id: str, one: SentText, text: str, *, by: str, moment: datetime
) -> None:
    """Lay a correction out for the guide behind the parts of her turn.

    Raises AlreadyThere when this document was corrected to her for this turn before.
    """
    tx.execute(
        insert(correction).values(
            turn_id=one.turn_id,
            document_id=document_id,
            corp_id=corp_id,
            sent_by=by.lower(),
            sent_at=moment,
        )
    )
    # the row above keeps a second correction of this document out; the turn's own row keeps two documents apart
    tx.execute(select(turn.c.turn_id).where(turn.c.turn_id == one.turn_id).with_for_update())
    outbox.add(tx, corp_id, one.turn_id, one.guide_userid, [text])


def _open_drafts(tx: Connection, corp_id: str, stores: Stores, turn_ids: list[str]) -> tuple[OpenDraft, ...]:
    rows = tx.execute(
        ours(
            select(turn.c.turn_id, turn.c.store_id, turn.c.finished_at, guide_name()).select_from(
                turn.outerjoin(person, is_guide())
            ),
            corp_id,
            stores,
        )
        .where(turn.c.turn_id.in_(turn_ids))
        .order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc())
    )
    return tuple(OpenDraft(row.turn_id, row.guide_name, row.store_id, row.finished_at) for row in rows)


def _gaps_answered(tx: Connection, corp_id: str, stores: Stores, document_id: str) -> int:
    query = select(func.count()).select_from(gap).where(gap.c.corp_id == corp_id, gap.c.answer == document_id)
    if stores is not None:
        query = query.where(gap.c.store_id.in_(sorted(stores)))
    return tx.execute(query).scalar_one()


def _as_sent(row: Row[Any], stores: Stores) -> SentText:
    # a customer handed to a store she does not answer for is not named
    hers = stores is None or row.customer_store in stores
    names = tuple(name for name in (row.customer_name, row.address_as) if name) if hers else ()
    return SentText(
        turn_id=row.turn_id,
        guide=row.guide_name,
        guide_userid=row.guide_folded,
        store_id=row.store_id,
        customer_id=row.customer_id,
        customer=((row.address_as or row.customer_name or "") if hers else ""),
        customer_names=names,
        sent_at=row.at,
        text=row.sent_text or "",
        in_wecom=row.channel == conversations.WECOM,
        corrected_at=row.corrected_at,
    )
