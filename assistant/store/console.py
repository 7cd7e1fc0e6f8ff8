"""What the managers' console reads and decides. Every query is held to the corp and to the stores handed in.

``stores`` always comes from ``access.access_stores``: None means every store, an empty set means nothing.
A row outside it is treated as missing: NotFound, or simply not listed.
"""

from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, or_, select, update

from assistant.errors import NotFound
from assistant.seams import SendState
from assistant.shop import Customer
from assistant.store import customers, turns
from assistant.store.outbox import PENDING, SENDING
from assistant.store.tables import action, customer, gap, outbox, person, script, suggestion, turn, used_login
from assistant.turn import ActionKind, Intent, ReplyKind, TurnRecord
from knowledge.noun import Labelled

Stores = frozenset[str] | None
_Query = TypeVar("_Query", bound=Select[Any])
_UNSENT = (SendState.FAILED.value, SendState.UNKNOWN.value)


class SuggestionStatus(Labelled):
    """How far a suggestion has come; ``turns.add_action`` opens it."""

    OPEN = "open", "待审"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "已退回"


class Review(Labelled):
    """What came of a manager's decision."""

    DONE = "done", "已记下"
    ALREADY = "already", "别人先处理了"
    OWN = "own", "自己的改写"


class Delivery(Labelled):
    """Where one part of a reply stands on its way to the guide."""

    PENDING = PENDING, "待发送"
    SENDING = SENDING, "发送中"
    SENT = SendState.SENT.value, SendState.SENT.label
    FAILED = SendState.FAILED.value, SendState.FAILED.label
    UNKNOWN = SendState.UNKNOWN.value, SendState.UNKNOWN.label


# ---- sessions ----------------------------------------------------------------------------------


class ConsoleSession(NamedTuple):
    """A login and how long it has been used; ``ended_at`` is set by logging out."""

    userid: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None


def begin_session(tx: Connection, corp_id: str, nonce: str, userid: str, digest: str, moment: datetime) -> None:
    """Use a login link up and open its session; raises AlreadyThere when the link was used before."""
    tx.execute(
        insert(used_login).values(
            nonce=nonce,
            corp_id=corp_id,
            userid_folded=userid.lower(),
            session_digest=digest,
            began_at=moment,
            seen_at=moment,
        )
    )


def session(tx: Connection, corp_id: str, digest: str) -> ConsoleSession | None:
    """Return the session with this digest, whether it still holds or not."""
    row = tx.execute(
        select(used_login).where(used_login.c.corp_id == corp_id, used_login.c.session_digest == digest)
    ).one_or_none()
    return None if row is None else ConsoleSession(row.userid_folded, row.began_at, row.seen_at, row.ended_at)


def touch_session(tx: Connection, digest: str, moment: datetime) -> None:
    """Remember that the session was used."""
    tx.execute(update(used_login).where(used_login.c.session_digest == digest).values(seen_at=moment))


def end_session(tx: Connection, digest: str, moment: datetime) -> None:
    """Log out."""
    tx.execute(update(used_login).where(used_login.c.session_digest == digest).values(ended_at=moment))


# ---- what needs a manager ----------------------------------------------------------------------


class Numbers(NamedTuple):
    """The figures of the first page. ``silent`` are turns with drafts about which the guide said nothing."""

    open_suggestions: int
    open_gaps: int
    unsent_turns: int
    turns_today: int
    accepted: int
    edited: int
    refused: int
    silent: int

    @property
    def answered(self) -> int:
        """How many drafts the guides gave their word on: the sample of the adoption rate."""
        return self.accepted + self.edited + self.refused


def numbers(tx: Connection, corp_id: str, stores: Stores, today: datetime, since: datetime) -> Numbers:
    """Count what waits, the turns since ``today`` began, and what became of drafts since ``since``."""
    waiting = _ours(
        select(func.count()).select_from(suggestion).join(turn, turn.c.turn_id == suggestion.c.turn_id), corp_id, stores
    ).where(suggestion.c.status == SuggestionStatus.OPEN.value)
    missing = _ours(
        select(func.count()).select_from(gap).join(turn, turn.c.turn_id == gap.c.turn_id), corp_id, stores
    ).where(gap.c.status == "open")
    unsent = _ours(select(func.count()).select_from(turn), corp_id, stores).where(_is_unsent())
    lately = _ours(select(func.count()).select_from(turn), corp_id, stores).where(turn.c.finished_at >= today)
    kinds = _words_on_drafts(tx, corp_id, stores, since)
    return Numbers(
        open_suggestions=tx.execute(waiting).scalar_one(),
        open_gaps=tx.execute(missing).scalar_one(),
        unsent_turns=tx.execute(unsent).scalar_one(),
        turns_today=tx.execute(lately).scalar_one(),
        accepted=kinds.get(ActionKind.ACCEPTED.value, 0),
        edited=kinds.get(ActionKind.EDITED.value, 0),
        refused=kinds.get(ActionKind.REFUSED.value, 0),
        silent=kinds.get(None, 0),
    )


def _words_on_drafts(tx: Connection, corp_id: str, stores: Stores, since: datetime) -> dict[str | None, int]:
    newest = _newest_action().label("kind")
    words = (
        _ours(select(newest), corp_id, stores)
        .where(turn.c.reply_kind == ReplyKind.DRAFTS.value, turn.c.finished_at >= since)
        .subquery()
    )
    return {
        row.kind: row.turns for row in tx.execute(select(words.c.kind, func.count().label("turns")).group_by("kind"))
    }


# ---- turns -------------------------------------------------------------------------------------


class TurnFilter(NamedTuple):
    """Which turns to list; an empty word does not restrict. ``action`` is an ActionKind or ``none``."""

    store_id: str = ""
    intent: str = ""
    action: str = ""
    unsent: bool = False


class TurnLine(NamedTuple):
    """One line of the list of turns. ``action`` is None while the guide has not said anything."""

    turn_id: str
    guide: str
    store_id: str
    intent: Intent
    reply_kind: ReplyKind
    finished_at: datetime
    question: str
    action: ActionKind | None
    customer_names: tuple[str, ...]


class DeliveredPart(NamedTuple):
    """One part of a reply on its way."""

    part: int
    delivery: Delivery
    attempts: int
    detail: str


class TurnStory(NamedTuple):
    """One turn whole. ``customer`` is None unless the customer belongs to a store this reader answers for."""

    record: TurnRecord
    guide: str
    customer: Customer | None
    parts: tuple[DeliveredPart, ...]


NO_ACTION = "none"


def turn_lines(
    tx: Connection, corp_id: str, stores: Stores, wanted: TurnFilter, *, before: str, limit: int
) -> tuple[TurnLine, ...]:
    """The newest turns older than the turn ``before`` (empty: the newest of all); raises NotFound for an unknown one."""
    newest = _newest_action()
    query = _ours(
        select(
            turn.c.turn_id,
            turn.c.store_id,
            turn.c.intent,
            turn.c.reply_kind,
            turn.c.finished_at,
            turn.c.record["messages"].label("messages"),
            turn.c.record["need"]["mention"].label("mention"),
            newest.label("action_kind"),
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            _guide_name(),
        ).select_from(turn.outerjoin(person, _is_guide()).outerjoin(customer, _is_customer())),
        corp_id,
        stores,
    )
    if wanted.store_id:
        query = query.where(turn.c.store_id == wanted.store_id)
    if wanted.intent:
        query = query.where(turn.c.intent == wanted.intent)
    if wanted.action:
        query = query.where(newest.is_(None) if wanted.action == NO_ACTION else newest == wanted.action)
    if wanted.unsent:
        query = query.where(_is_unsent())
    rows = tx.execute(_page(tx, query, corp_id, stores, before, limit))
    return tuple(_as_turn_line(row) for row in rows)


def turn_story(tx: Connection, corp_id: str, stores: Stores, turn_id: str, moment: datetime) -> TurnStory:
    """Return one turn with everything that hangs on it; raises NotFound when it is missing or not theirs."""
    head = tx.execute(
        _ours(
            select(turn.c.customer_id, turn.c.guide_folded, _guide_name()).select_from(
                turn.outerjoin(person, _is_guide())
            ),
            corp_id,
            stores,
        ).where(turn.c.turn_id == turn_id)
    ).one_or_none()
    record = None if head is None else turns.read(tx, turn_id)
    if head is None or record is None:
        raise NotFound(turn_id)
    parts = tx.execute(select(outbox).where(outbox.c.turn_id == turn_id).order_by(outbox.c.part))
    return TurnStory(
        record=record,
        guide=head.guide_name,
        customer=_customer_of(tx, corp_id, stores, head.customer_id, moment),
        parts=tuple(DeliveredPart(row.part, Delivery(row.state), row.attempts, row.detail) for row in parts),
    )


def _customer_of(tx: Connection, corp_id: str, stores: Stores, customer_id: str, moment: datetime) -> Customer | None:
    """The customer as her present guide knows her; a customer handed over to another store stays there."""
    row = tx.execute(
        select(customer.c.guide_folded, customer.c.store_id).where(
            customer.c.corp_id == corp_id, customer.c.customer_id == customer_id
        )
    ).one_or_none()
    if row is None or (stores is not None and row.store_id not in stores):
        return None
    return customers.customer_of_guide(tx, corp_id, row.guide_folded, customer_id, moment)


def _as_turn_line(row: Row[Any]) -> TurnLine:
    mention = row.mention or {}
    names = (row.customer_name or "", row.address_as or "", mention.get("name", ""))
    return TurnLine(
        turn_id=row.turn_id,
        guide=row.guide_name,
        store_id=row.store_id,
        intent=Intent(row.intent),
        reply_kind=ReplyKind(row.reply_kind),
        finished_at=row.finished_at,
        question=" / ".join(message["text"] for message in row.messages if message["text"]),
        action=ActionKind(row.action_kind) if row.action_kind else None,
        customer_names=tuple(name for name in names if name),
    )


# ---- gaps --------------------------------------------------------------------------------------


class GapLine(NamedTuple):
    """A question the material could not answer."""

    turn_id: str
    question: str
    asked_at: datetime
    guide: str
    store_id: str
    intent: Intent
    customer_names: tuple[str, ...]


def gap_lines(tx: Connection, corp_id: str, stores: Stores, *, before: str, limit: int) -> tuple[GapLine, ...]:
    """Open gaps, newest first, older than the turn ``before``; raises NotFound for an unknown one."""
    query = _ours(
        select(
            gap.c.turn_id,
            gap.c.question,
            gap.c.asked_at,
            turn.c.store_id,
            turn.c.intent,
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            _guide_name(),
        ).select_from(
            gap.join(turn, turn.c.turn_id == gap.c.turn_id)
            .outerjoin(person, _is_guide())
            .outerjoin(customer, _is_customer())
        ),
        corp_id,
        stores,
    ).where(gap.c.status == "open")
    rows = tx.execute(_page(tx, query, corp_id, stores, before, limit))
    return tuple(
        GapLine(
            turn_id=row.turn_id,
            question=row.question,
            asked_at=row.asked_at,
            guide=row.guide_name,
            store_id=row.store_id,
            intent=Intent(row.intent),
            customer_names=tuple(name for name in (row.customer_name, row.address_as) if name),
        )
        for row in rows
    )


# ---- suggestions -------------------------------------------------------------------------------


class SuggestionLine(NamedTuple):
    """A text that a guide changed before sending it, and what was decided about it."""

    turn_id: str
    guide: str
    guide_userid: str
    store_id: str
    intent: Intent
    finished_at: datetime
    question: str
    script_title: str
    draft_text: str
    proposed_text: str
    similarity: float
    status: SuggestionStatus
    reviewer: str
    reviewed_at: datetime | None
    note: str
    customer_names: tuple[str, ...]


def open_suggestions(
    tx: Connection, corp_id: str, stores: Stores, *, before: str, limit: int
) -> tuple[SuggestionLine, ...]:
    """Suggestions waiting for a decision, newest first; raises NotFound for an unknown ``before``."""
    query = _suggestions(corp_id, stores).where(suggestion.c.status == SuggestionStatus.OPEN.value)
    return tuple(_as_suggestion(row) for row in tx.execute(_page(tx, query, corp_id, stores, before, limit)))


def decided_suggestions(tx: Connection, corp_id: str, stores: Stores, limit: int) -> tuple[SuggestionLine, ...]:
    """The last decisions, newest first."""
    query = _suggestions(corp_id, stores).where(suggestion.c.status != SuggestionStatus.OPEN.value)
    rows = tx.execute(query.order_by(suggestion.c.reviewed_at.desc(), turn.c.turn_id.desc()).limit(limit))
    return tuple(_as_suggestion(row) for row in rows)


def one_suggestion(tx: Connection, corp_id: str, stores: Stores, turn_id: str) -> SuggestionLine:
    """Return the suggestion of this turn; raises NotFound when it is missing or not theirs."""
    row = tx.execute(_suggestions(corp_id, stores).where(suggestion.c.turn_id == turn_id)).one_or_none()
    if row is None:
        raise NotFound(turn_id)
    return _as_suggestion(row)


def review(
    tx: Connection,
    corp_id: str,
    stores: Stores,
    turn_id: str,
    *,
    reviewer: str,
    decision: SuggestionStatus,
    note: str,
    moment: datetime,
) -> Review:
    """Decide on a suggestion once. Nobody decides on her own (safety D7); the second of two decisions changes nothing.

    Raises NotFound when the suggestion is missing or not theirs.
    """
    found = one_suggestion(tx, corp_id, stores, turn_id)
    if found.guide_userid == reviewer.lower():
        return Review.OWN
    changed = tx.execute(
        update(suggestion)
        .where(suggestion.c.turn_id == turn_id, suggestion.c.status == SuggestionStatus.OPEN.value)
        .values(status=decision.value, reviewed_by=reviewer.lower(), reviewed_at=moment, note=note)
    )
    return Review.DONE if changed.rowcount == 1 else Review.ALREADY


def _suggestions(corp_id: str, stores: Stores) -> Select[Any]:
    reviewer = person.alias("reviewer")
    return _ours(
        select(
            suggestion,
            turn.c.guide_folded,
            turn.c.store_id,
            turn.c.intent,
            turn.c.finished_at,
            turn.c.record["messages"].label("messages"),
            script.c.body["title"].label("script_title"),
            func.coalesce(reviewer.c.name, suggestion.c.reviewed_by).label("reviewer_name"),
            customer.c.name.label("customer_name"),
            customer.c.address_as,
            _guide_name(),
        ).select_from(
            suggestion.join(turn, turn.c.turn_id == suggestion.c.turn_id)
            .outerjoin(person, _is_guide())
            .outerjoin(customer, _is_customer())
            .outerjoin(
                reviewer,
                and_(reviewer.c.corp_id == turn.c.corp_id, reviewer.c.userid_folded == suggestion.c.reviewed_by),
            )
            .outerjoin(script, and_(script.c.corp_id == turn.c.corp_id, script.c.script_id == suggestion.c.script_id))
        ),
        corp_id,
        stores,
    )


def _as_suggestion(row: Row[Any]) -> SuggestionLine:
    return SuggestionLine(
        turn_id=row.turn_id,
        guide=row.guide_name,
        guide_userid=row.guide_folded,
        store_id=row.store_id,
        intent=Intent(row.intent),
        finished_at=row.finished_at,
        question=" / ".join(message["text"] for message in row.messages if message["text"]),
        script_title=row.script_title or "",
        draft_text=row.draft_text,
        proposed_text=row.proposed_text,
        similarity=row.similarity,
        status=SuggestionStatus(row.status),
        reviewer=row.reviewer_name,
        reviewed_at=row.reviewed_at,
        note=row.note,
        customer_names=tuple(name for name in (row.customer_name, row.address_as) if name),
    )


# ---- shared ------------------------------------------------------------------------------------


def _ours(query: _Query, corp_id: str, stores: Stores) -> _Query:
    """Hold a query over turns to the corp and to these stores."""
    query = query.where(turn.c.corp_id == corp_id)
    return query if stores is None else query.where(turn.c.store_id.in_(sorted(stores)))


def _page(tx: Connection, query: Select[Any], corp_id: str, stores: Stores, before: str, limit: int) -> Select[Any]:
    """Newest turns first from a place in the list: the page stays right while new turns arrive."""
    if before:
        place = tx.execute(
            _ours(select(turn.c.finished_at), corp_id, stores).where(turn.c.turn_id == before)
        ).scalar_one_or_none()
        if place is None:
            raise NotFound(before)
        same_moment = and_(turn.c.finished_at == place, turn.c.turn_id < before)
        query = query.where(or_(turn.c.finished_at < place, same_moment))
    return query.order_by(turn.c.finished_at.desc(), turn.c.turn_id.desc()).limit(limit)


def _newest_action() -> Any:
    return (
        select(action.c.kind)
        .where(action.c.turn_id == turn.c.turn_id)
        .order_by(action.c.number.desc())
        .limit(1)
        .correlate(turn)
        .scalar_subquery()
    )


def _is_unsent() -> ColumnElement[bool]:
    return (
        select(outbox.c.turn_id)
        .where(outbox.c.turn_id == turn.c.turn_id, outbox.c.state.in_(_UNSENT))
        .correlate(turn)
        .exists()
    )


def _is_guide() -> ColumnElement[bool]:
    return and_(person.c.corp_id == turn.c.corp_id, person.c.userid_folded == turn.c.guide_folded)


def _is_customer() -> ColumnElement[bool]:
    return and_(customer.c.corp_id == turn.c.corp_id, customer.c.customer_id == turn.c.customer_id)


def _guide_name() -> ColumnElement[str]:
    return func.coalesce(person.c.name, turn.c.guide_folded).label("guide_name")
