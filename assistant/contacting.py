"""A text sent unasked, in the click's own transaction: held while the caps of contact hold, counted once it is taken.

Here too a customer's wish for no more advertising is written down, and what became of her item in a task.
"""

from assistant.flow.reply import say
from assistant.flow.understanding.contacting import asks_to_stop
from assistant.outreach.caps import CapRule, may_write
from assistant.store import contacts, rulebooks, tasks, turns
from assistant.store.contacts import ContactMade
from assistant.store.database import Transaction
from assistant.store.tasks import ItemStatus
from assistant.turn import ActionKind, Intent, ReplyKind, TurnRecord

_TAKEN = (ActionKind.ACCEPTED, ActionKind.EDITED)
_NO_TASK = "任务「{title}」已经停了或到期了，这条不用再发。"


def hold_back(tx: Transaction, record: TurnRecord) -> TurnRecord:
    """Return the record, or one whose reply says why its draft must not be sent now and which records no action.

    Asked again here because time has passed since the draft was shown, and another guide may have been first. To write
    what was counted already in other words is no second contact.
    """
    drafted = _sent_unasked(tx, record)
    if drafted is None:
        return record
    customer_id = drafted.need.customer_id
    contacts.hold(tx, record.corp_id, customer_id)
    if contacts.is_noted(tx, record.corp_id, drafted.turn_id):
        return record
    goal = drafted.need.task
    if goal is not None and not tasks.runs(tx, record.corp_id, goal.task_id, record.started_at):
        return _held(record, _NO_TASK.format(title=goal.title))
    reach = contacts.reach_of(tx, record.corp_id, customer_id, record.started_at)
    permit = may_write(rulebooks.of_corp(tx, record.corp_id).contacts, reach, record.started_at)
    if permit.allowed:
        return record
    later = "" if permit.passes_at is None else "\n草稿给您留着，到时再回一次就行。"
    return _held(record, f"{permit.words}。{later if permit.rule is CapRule.QUIET else ''}")


def keep(tx: Transaction, record: TurnRecord) -> None:
    """Write down what this turn means for who may be written to: a contact, a task's item, a wish for no more."""
    need = record.need
    drafted = _sent_unasked(tx, record)
    if drafted is not None:
        _count(tx, record, drafted)
    if need.intent is Intent.SKIP_CONTACT and need.task is not None and need.customer_id:
        tasks.settle(
            tx,
            record.corp_id,
            need.task.task_id,
            need.customer_id,
            ItemStatus.SKIPPED,
            guide=record.guide,
            moment=record.finished_at,
            reason=need.refusal_note,
        )
    if need.customer_id and asks_to_stop(need):
        contacts.stop(
            tx,
            record.corp_id,
            need.customer_id,
            guide=record.guide,
            turn_id=record.turn_id,
            moment=record.started_at,
            in_her_words=need.from_customer,
        )


def _count(tx: Transaction, record: TurnRecord, drafted: TurnRecord) -> None:
    need = drafted.need
    made = ContactMade(
        turn_id=drafted.turn_id,
        customer_id=need.customer_id,
        guide=record.guide,
        store_id=record.store_id,
        intent=need.also[0] if need.intent is Intent.REFINE and need.also else need.intent,
        task_id=need.task.task_id if need.task is not None else "",
        at=record.started_at,
    )
    contacts.note(tx, record.corp_id, made)
    if need.task is not None:
        tasks.settle(
            tx,
            record.corp_id,
            need.task.task_id,
            need.customer_id,
            ItemStatus.DONE,
            guide=record.guide,
            moment=record.started_at,
            turn_id=drafted.turn_id,
        )


def _sent_unasked(tx: Transaction, record: TurnRecord) -> TurnRecord | None:
    """The turn whose draft this one takes, where it is for a customer who had asked nothing."""
    action = record.said_action
    if action is None or action.kind not in _TAKEN:
        return None
    drafted = turns.read(tx, record.answers_turn_id)
    return drafted if drafted is not None and drafted.need.proactive and drafted.need.customer_id else None


def _held(record: TurnRecord, words: str) -> TurnRecord:
    return record.model_copy(update={"reply": say(ReplyKind.HELD, f"先别发，{words}").reply, "said_action": None})
