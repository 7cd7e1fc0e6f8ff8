"""Messages as they came, and the conversation they belong to."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from assistant.store.database import upsert
from assistant.store.tables import conversation, message
from assistant.turn import Message

# the one channel whose messages wait for a job and whose replies are sent; chat and eval read the record
WECOM = "wecom"
# events are kept, but nobody answers them
NO_TURN = "none"


class Incoming(NamedTuple):
    """A message or event as the channel decrypted it; ``msgid`` makes it unique within corp and agent."""

    corp_id: str
    agent_id: int
    userid: str
    msgid: str
    kind: str
    text: str
    received_at: datetime
    channel: str


class Accepted(NamedTuple):
    """A stored message: ``number`` grows in order of arrival; ``is_new`` is False for a repeat."""

    number: int
    conversation_id: str
    is_new: bool
    needs_turn: bool = True


class StoredMessage(NamedTuple):
    """A message with its place in the order of arrival and the turn that took it up, if any."""

    number: int
    message: Message
    turn_id: str | None


class ConversationState(NamedTuple):
    """Whose conversation it is and about whom they speak."""

    conversation_id: str
    corp_id: str
    guide: str
    channel: str
    current_customer_id: str


def accept(tx: Connection, incoming: Incoming) -> Accepted:
    """Store a message once, whatever number of times and however simultaneously it is delivered."""
    conversation_id = f"{incoming.channel}:{incoming.corp_id}:{incoming.userid.lower()}"
    tx.execute(
        upsert(tx, conversation)
        .values(
            conversation_id=conversation_id,
            corp_id=incoming.corp_id,
            guide_folded=incoming.userid.lower(),
            channel=incoming.channel,
            current_customer_id="",
        )
        .on_conflict_do_nothing()
    )
    written = tx.execute(
        upsert(tx, message)
        .values(
            corp_id=incoming.corp_id,
            agent_id=incoming.agent_id,
            msgid=incoming.msgid,
            conversation_id=conversation_id,
            kind=incoming.kind,
            text=incoming.text,
            received_at=incoming.received_at,
            turn_id=NO_TURN if incoming.kind.startswith("event:") else None,
        )
        .on_conflict_do_nothing()
        .returning(message.c.number)
    ).scalar_one_or_none()
    if written is not None:
        return Accepted(written, conversation_id, is_new=True, needs_turn=not incoming.kind.startswith("event:"))
    number = tx.execute(
        select(message.c.number).where(
            message.c.corp_id == incoming.corp_id,
            message.c.agent_id == incoming.agent_id,
            message.c.msgid == incoming.msgid,
        )
    ).scalar_one()
    return Accepted(number, conversation_id, is_new=False)


def state(tx: Connection, conversation_id: str) -> ConversationState:
    """Return the conversation."""
    row = tx.execute(select(conversation).where(conversation.c.conversation_id == conversation_id)).one()
    return ConversationState(row.conversation_id, row.corp_id, row.guide_folded, row.channel, row.current_customer_id)


def remember_customer(tx: Connection, conversation_id: str, customer_id: str) -> None:
    """Keep about whom the guide speaks, for 她 and 这位 in the next message."""
    tx.execute(
        update(conversation)
        .where(conversation.c.conversation_id == conversation_id)
        .values(current_customer_id=customer_id)
    )


def conversation_of(tx: Connection, number: int) -> str:
    """Return the id of the conversation this message belongs to."""
    found: str = tx.execute(select(message.c.conversation_id).where(message.c.number == number)).scalar_one()
    return found


def read_message(tx: Connection, number: int) -> StoredMessage:
    """Return one message by its number."""
    row = tx.execute(select(message).where(message.c.number == number)).one()
    return StoredMessage(
        row.number,
        Message(message_id=row.msgid, text=row.text, kind=row.kind, received_at=row.received_at),
        row.turn_id,
    )


def count(tx: Connection) -> int:
    """How many messages were ever stored."""
    return tx.execute(select(func.count()).select_from(message)).scalar_one()


def unanswered(tx: Connection, conversation_id: str) -> tuple[StoredMessage, ...]:
    """Messages no turn has taken up yet, in order of arrival."""
    rows = tx.execute(
        select(message)
        .where(message.c.conversation_id == conversation_id, message.c.turn_id.is_(None))
        .order_by(message.c.number)
    )
    return tuple(
        StoredMessage(
            row.number,
            Message(message_id=row.msgid, text=row.text, kind=row.kind, received_at=row.received_at),
            None,
        )
        for row in rows
    )


def all_unanswered(tx: Connection) -> tuple[Accepted, ...]:
    """Every message without a turn, for the sweep at start: nothing that was acknowledged is forgotten."""
    rows = tx.execute(
        select(message.c.number, message.c.conversation_id)
        .join(conversation, conversation.c.conversation_id == message.c.conversation_id)
        .where(message.c.turn_id.is_(None), conversation.c.channel == WECOM)
        .order_by(message.c.number)
    )
    return tuple(Accepted(row.number, row.conversation_id, is_new=False) for row in rows)


def take_up(tx: Connection, numbers: Sequence[int], turn_id: str) -> None:
    """Say which turn answers these messages."""
    tx.execute(update(message).where(message.c.number.in_(list(numbers))).values(turn_id=turn_id))
