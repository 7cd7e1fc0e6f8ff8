"""One message end to end: accept it, then answer, record, send. A job may be run twice; each step sees what is done.

Here the database and the outside world meet the flow. The guard's place when it fails is fixed here: an error
inside the flow never lets an unchecked draft out, the guide is told honestly instead.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from assistant.asking import Asking
from assistant.contacting import hold_back, keep
from assistant.desks import Desks
from assistant.errors import NotFound, SendRefused
from assistant.flow.answer import Answered, Heard, answer, provenance, warm_up
from assistant.flow.awaiting import on_the_signed
from assistant.flow.desk import Desk, Inquiry
from assistant.flow.profile import snapshot
from assistant.granting import grant_what_is_sent
from assistant.learning import learn
from assistant.seams import Outgoing, Receipt, Search, Send, SendState
from assistant.shop import Store
from assistant.signing import lay_before, withdraw
from assistant.store import conversations, notices, outbox, styles, turns
from assistant.store.conversations import Accepted, ConversationState, Incoming, StoredMessage
from assistant.store.database import AlreadyThere, Database, Transaction
from assistant.turn import Intent, Need, Provenance, Reply, ReplyKind, TurnRecord
from assistant.voicing import TEACHING, learn_her_voice
from prompts.load import Prompts

log = structlog.get_logger()

NOT_A_GUIDE = "您还没有开通导购助手。请店长在员工表里加上您的企业微信账号，再发一次消息。"
FAILED = "这条我没处理好，已经记下来了。请换个说法再发一次；急的话先联系店长。"
SEND_ATTEMPTS = 5


@dataclass(frozen=True)
class Handling:
    """Everything one message needs, handed in by the composition root."""

    database: Database
    desks: Desks
    search: Search
    asking: Asking | None
    send: Send
    clock: Callable[[], datetime]
    quiet: timedelta
    model_seconds: float
    prompts: Prompts
    console: str = ""
    """Where the console is reached from outside, for links in messages; empty where nobody said."""
    sleep: Callable[[float], None] = time.sleep

    def warm_up(self, corp_id: str) -> None:
        """Load what every turn needs before the first one comes; a corp without material yet has nothing to load."""
        warm_up()
        try:
            self.desks.shop(corp_id, self.clock())
        except NotFound:
            log.warning("no material yet", corp=corp_id)

    # ---- accept --------------------------------------------------------------------------------

    def accept(self, incoming: Incoming) -> Accepted:
        """Store a message once; after this returns, nothing that was acknowledged can be lost."""
        with self.database.begin() as tx:
            return conversations.accept(tx, incoming)

    # ---- answer --------------------------------------------------------------------------------

    def run_turn(self, number: int) -> None:
        """Answer the burst of messages that this one closes, and send the reply. Safe to run again."""
        self._wait_for_quiet(number)
        turn_id = self.answer_burst(number)
        if turn_id is not None:
            self.send_turn(turn_id)

    def answer_burst(self, number: int, heard: Heard | None = None) -> str | None:
        """Make and write the turn of this message, or None when a later message of the burst will.

        Returns the turn's id, also when an earlier run wrote it already. ``heard`` as in ``answer``.
        """
        with self.database.read() as tx:
            stored = conversations.read_message(tx, number)
        if stored.turn_id is not None:
            return None if stored.turn_id == conversations.NO_TURN else stored.turn_id
        conversation, burst = self._burst(number)
        if not burst or burst[-1].number != number:
            return None
        turn_id = f"T{burst[0].number:012d}"
        messages = tuple(stored.message for stored in burst)
        record = self._make_record(turn_id, conversation, Inquiry(messages, self.clock()), heard=heard)
        return self._write(record, conversation, burst)

    def _wait_for_quiet(self, number: int) -> None:
        """Let a guide finish typing: several short messages in a row are one question."""
        with self.database.read() as tx:
            stored = conversations.read_message(tx, number)
        left = stored.message.received_at + self.quiet - self.clock()
        if stored.turn_id is None and timedelta(0) < left <= self.quiet:
            self.sleep(left.total_seconds())

    def _burst(self, number: int) -> tuple[ConversationState, tuple[StoredMessage, ...]]:
        """The unanswered messages up to where the guide paused for longer than the quiet time."""
        with self.database.read() as tx:
            conversation_id = conversations.conversation_of(tx, number)
            conversation = conversations.state(tx, conversation_id)
            waiting = conversations.unanswered(tx, conversation_id)
        burst: list[StoredMessage] = []
        for stored in waiting:
            pause = burst and stored.message.received_at - burst[-1].message.received_at > self.quiet
            if pause and burst[-1].number >= number:
                break
            burst.append(stored)
        return conversation, tuple(burst)

    def again(self, logged: TurnRecord, current_customer_id: str) -> TurnRecord:
        """Make a logged turn once more with this version, at its own moment and after the turns before it; write nothing.

        The desk is laid as the log tells: its conversation up to then, the customer spoken of. What keeps no history is
        as it is today: coupons used since, what was learned of scripts and of her way of writing.
        """
        conversation = ConversationState(
            conversation_id=logged.conversation_id,
            corp_id=logged.corp_id,
            guide=logged.guide,
            channel=logged.channel,
            current_customer_id=current_customer_id,
        )
        inquiry = Inquiry(logged.messages, logged.started_at)
        return self._make_record(logged.turn_id, conversation, inquiry, before_turn=logged.turn_id)

    def _make_record(
        self,
        turn_id: str,
        conversation: ConversationState,
        inquiry: Inquiry,
        *,
        heard: Heard | None = None,
        before_turn: str = "",
    ) -> TurnRecord:
        started = inquiry.moment
        try:
            desk = self.desks.lay(
                conversation.corp_id,
                conversation.guide,
                conversation.conversation_id,
                conversation.current_customer_id,
                started,
                before_turn=before_turn,
            )
        except NotFound:
            return self._plain_record(turn_id, conversation, inquiry, "", NOT_A_GUIDE, "not-a-guide")
        desk = on_the_signed(desk, inquiry.text)
        ask = self.asking.for_turn(desk) if self.asking is not None else None
        try:
            answered = answer(inquiry, desk, self.search, ask, self.model_seconds, self.prompts, heard)
        except Exception:
            # whatever broke, no unchecked draft leaves and the guide is not left waiting; the log has the trace
            log.exception("turn failed", turn_id=turn_id)
            return self._plain_record(turn_id, conversation, inquiry, desk.store.store_id, FAILED, "error")
        return self._record(turn_id, conversation, inquiry, desk, answered)

    def _record(
        self, turn_id: str, conversation: ConversationState, inquiry: Inquiry, desk: Desk, answered: Answered
    ) -> TurnRecord:
        presented = answered.presented
        made = provenance(answered.drafted, desk.shop.material_version)
        return TurnRecord(
            turn_id=turn_id,
            corp_id=conversation.corp_id,
            conversation_id=conversation.conversation_id,
            guide=desk.guide.userid,
            store_id=desk.store.store_id,
            channel=conversation.channel,
            messages=inquiry.messages,
            started_at=inquiry.moment,
            finished_at=self.clock(),
            need=answered.need,
            signals=answered.signals,
            hits=answered.hits,
            evidence=answered.evidence,
            profile=snapshot(answered.customer),
            offer=answered.offer,
            drafts=answered.drafted.drafts,
            verdicts=answered.verdicts,
            sign_off=presented.sign_off,
            trials=answered.trials,
            reply=presented.reply,
            next_question=presented.next_question,
            gap=presented.gap,
            provenance=self.asking.priced(made) if self.asking is not None else made,
            timings=answered.timings,
            answers_turn_id=desk.previous.turn_id if presented.action and desk.previous else "",
            said_action=presented.action,
        )

    def _plain_record(
        self,
        turn_id: str,
        conversation: ConversationState,
        inquiry: Inquiry,
        store_id: str,
        text: str,
        fallback_reason: str,
    ) -> TurnRecord:
        return TurnRecord(
            turn_id=turn_id,
            corp_id=conversation.corp_id,
            conversation_id=conversation.conversation_id,
            guide=conversation.guide,
            store_id=store_id,
            channel=conversation.channel,
            messages=inquiry.messages,
            started_at=inquiry.moment,
            finished_at=self.clock(),
            need=Need(intent=Intent.UNCLEAR, question=inquiry.text),
            reply=Reply(kind=ReplyKind.INFORM, parts=(text,)),
            provenance=Provenance(composer_version="", guard_version="", fallback_reason=fallback_reason),
        )

    def _write(self, record: TurnRecord, conversation: ConversationState, burst: tuple[StoredMessage, ...]) -> str:
        """Write turn, reply, action, memory and cost in one transaction; a second run of the job finds them there."""
        try:
            with self.database.begin() as tx:
                if record.said_action is not None:
                    record = hold_back(tx, record)
                    record = grant_what_is_sent(tx, record, self.desks.coupons(record.corp_id, record.started_at))
                turns.write(tx, record)
                lay_before(tx, record, self._stores(record), self.console)
                conversations.take_up(tx, [stored.number for stored in burst], record.turn_id)
                if conversation.channel == conversations.WECOM:
                    outbox.put(tx, record.corp_id, record.turn_id, record.guide, record.reply.parts)
                if record.said_action is not None:
                    turns.add_action(tx, record.answers_turn_id, record.said_action)
                    learn(tx, record.answers_turn_id, record.said_action, record.finished_at)
                    withdraw(tx, record.answers_turn_id, record)
                self._keep_her_voice(tx, record)
                keep(tx, record)
                if record.need.customer_id:
                    conversations.remember_customer(tx, conversation.conversation_id, record.need.customer_id)
                if self.asking is not None:
                    self.asking.book(tx, record)
        except AlreadyThere:
            with self.database.read() as tx:
                if not turns.exists(tx, record.turn_id):
                    raise
        return record.turn_id

    def _stores(self, record: TurnRecord) -> Mapping[str, Store]:
        """The stores of the shop; asked for only where a manager has to be told."""
        return self.desks.shop(record.corp_id, record.started_at).stores if record.sign_off is not None else {}

    def _keep_her_voice(self, tx: Transaction, record: TurnRecord) -> None:
        """Learn from her word on drafts how she writes, or forget it where she said so."""
        if record.need.intent is Intent.FORGET_STYLE:
            styles.erase(tx, record.corp_id, record.guide, record.finished_at)
        elif record.said_action is not None and record.said_action.kind in TEACHING:
            shop = self.desks.shop(record.corp_id, record.started_at)
            learn_her_voice(tx, record.corp_id, record.guide, shop, record.finished_at)

    # ---- send ----------------------------------------------------------------------------------

    def send_turn(self, turn_id: str) -> None:
        """Send what is unsent of a reply, in order. The key stays the same, so a repeat shows nothing twice."""
        with self.database.read() as tx:
            parts = outbox.unsent(tx, turn_id)
        for part in parts:
            with self.database.begin() as tx:
                outbox.mark_sending(tx, part)
            key = f"{part.turn_id}-{part.part}"
            receipt = self._send(Outgoing(key=key, userid=part.userid, text=part.text, said_before=part.said_before))
            with self.database.begin() as tx:
                outbox.mark(tx, part, receipt)

    def send_notice(self, number: int) -> None:
        """Send a notice unless it is settled. The key stays the same, so a repeat shows nothing twice."""
        with self.database.read() as tx:
            found = notices.waiting(tx, number)
        if found is None:
            return
        with self.database.begin() as tx:
            notices.mark_sending(tx, number)
        receipt = self._send(Outgoing(key=f"notice-{number}", userid=found.userid, text=found.text))
        with self.database.begin() as tx:
            notices.mark(tx, number, receipt)

    def _send(self, outgoing: Outgoing) -> Receipt:
        refused = SendRefused(0, "not tried", retry=True)
        for attempt in range(SEND_ATTEMPTS):
            if attempt:
                self.sleep(min(2.0**attempt, 20.0))
            try:
                receipt = self.send(outgoing)
            except SendRefused as error:
                refused = error
                if not error.retry:
                    break
                continue
            if receipt.state is not SendState.UNKNOWN:
                return receipt
            refused = SendRefused(0, receipt.detail, retry=True)
        log.error("message not sent", key=outgoing.key, errcode=refused.errcode)
        return Receipt(state=SendState.FAILED, detail=str(refused))
