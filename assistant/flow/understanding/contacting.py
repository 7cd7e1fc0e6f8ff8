"""A guide works through the people she is to write to: one of the list, the next one, one she leaves out and why."""

import re

from assistant.flow.desk import Desk, Previous
from assistant.flow.understanding.control import CONTROLS, choice_of, only_names
from assistant.flow.understanding.intents import opts_out, stage_of
from assistant.flow.understanding.naming import who_is_called, without
from assistant.outreach.contacts import Contact, ContactReason
from assistant.shop import Scene
from assistant.turn import Intent, Need, TaskGoal

WRITTEN_FOR = {
    ContactReason.TASK: Intent.TASK,
    ContactReason.BIRTHDAY: Intent.BIRTHDAY,
    ContactReason.CARE: Intent.CARE,
    ContactReason.LAPSED: Intent.REACTIVATION,
}
_ASKED_FOR = {Intent.BIRTHDAY: "生日祝福", Intent.CARE: "回访一下使用感受", Intent.REACTIVATION: "好久没来了"}
LONGEST_REASON = 200

_NEXT = re.compile(
    r"^(?:好的?|嗯+|行|ok)?[,。!\s]*(?:下一?(?:位|个)(?:客户)?|(?:继续|开始|接着)做?任务|做任务)(?:吧|呢|哈|了)?[。!~\s]*$"
)
_BEGIN = re.compile(r"^(?:开始|继续|来吧|第一(?:位|个))(?:吧|哈)?[。!~\s]*$")
_SKIP = re.compile(
    r"(?:先|就|暂时|还是|这次)*(?:不(?:用|想|要|去|方便)?联系(?![不得上])|别联系|跳过)(?:她|他|这位|这个|了|吧)*[,，。:：;；!！\s]*"
)
_LONGEST_BEFORE = 14
"""Characters before the words that leave somebody out: a name, not a story."""
_WHOM = re.compile(r"[\W\d]|因为|客户|这位|这个|把|给|她|他|的|就|先|说")


def on_the_list(text: str, written: str, desk: Desk) -> Need | None:
    """Read a word about whom to write to; None where the text is something else. ``text`` is folded, ``written`` is not."""
    skipped = _skipped(text, written, desk)
    if skipped is not None:
        return skipped
    previous = desk.previous
    listed = previous is not None and previous.need.intent is Intent.CONTACT_TODAY
    if _NEXT.match(text) or (listed and _BEGIN.match(text)):
        return _next(desk)
    if not listed:
        return _who_stops(text, desk)
    due = desk.due()
    number = choice_of(text)
    if number is not None:
        return _need_for(due[number - 1]) if number <= len(due) else None
    called = who_is_called(text, desk.customers)
    if not called.customer_id or not only_names(text, called):
        return None
    return next((_need_for(one) for one in due if one.customer_id == called.customer_id), None)


def asks_to_stop(need: Need) -> bool:
    """Say whether a customer's words ask for no more advertising; whoever writes the turn down stops it."""
    return need.intent not in CONTROLS and opts_out(need.question)


def _who_stops(text: str, desk: Desk) -> Need | None:
    """Complete 别再给我发广告了 once it is said whose words they were."""
    previous = desk.previous
    if previous is None or previous.need.customer_id or not asks_to_stop(previous.need):
        return None
    called = who_is_called(text, desk.customers)
    if not called.customer_id or not only_names(text, called):
        return None
    return previous.need.model_copy(
        update={"customer_id": called.customer_id, "candidates": (), "mention": called.mention}
    )


def with_her_task(need: Need, desk: Desk) -> Need:
    """Say which task a text for one is written for; a word after a purchase where she is on none."""
    if need.intent is not Intent.TASK or need.task is not None or not need.customer_id:
        return need
    goal = desk.tasks().get(need.customer_id)
    if goal is None:
        return need.model_copy(update={"intent": Intent.CARE, "question": _ASKED_FOR[Intent.CARE]})
    return need.model_copy(update=_of_task(goal))


def _next(desk: Desk) -> Need:
    """The first of the list who comes after the one just spoken of; the list itself once nobody is left."""
    due = desk.due()
    last = desk.previous.need.customer_id if desk.previous is not None else ""
    places = [place for place, one in enumerate(due) if one.customer_id == last]
    turned = (*due[places[0] + 1 :], *due[: places[0]]) if places else due
    return _need_for(turned[0]) if turned else Need(intent=Intent.CONTACT_TODAY, question="今天联系谁")


def _need_for(contact: Contact) -> Need:
    intent = WRITTEN_FOR[contact.reason]
    asked = _ASKED_FOR.get(intent, "")
    made = Need(
        intent=intent, question=asked, customer_id=contact.customer_id, stage=stage_of(intent, Scene.PRIVATE, asked)
    )
    return made if contact.task is None else made.model_copy(update=_of_task(contact.task))


def _of_task(goal: TaskGoal) -> dict[str, object]:
    # the manager's own words for it are no question: nothing is looked up or chosen by them
    return {"task": goal, "question": ""}


def _skipped(text: str, written: str, desk: Desk) -> Need | None:
    found = _SKIP.search(text)
    if found is None:
        return None
    called = who_is_called(text, desk.customers)
    before = _WHOM.sub("", without(text, called.spans)[: found.start()] if called.spans else text[: found.start()])
    if len(before) > _LONGEST_BEFORE:
        return None
    tasks = desk.tasks()
    customer_id = called.customer_id or _spoken_of(desk.previous)
    goal = tasks.get(customer_id)
    if goal is None:
        return None
    reason = _reason(written, called.mention.name if called.mention is not None else "")
    return Need(
        intent=Intent.SKIP_CONTACT,
        question="",
        customer_id=customer_id,
        mention=called.mention,
        refusal_note=reason,
        task=goal,
    )


def _spoken_of(previous: Previous | None) -> str:
    return previous.need.customer_id if previous is not None and previous.need.task is not None else ""


def _reason(written: str, name: str) -> str:
    """What she says besides: 不联系苏姐，她刚买过 gives 她刚买过; 她出国了，不联系 gives 她出国了."""
    found = _SKIP.search(written)
    before, after = (written[: found.start()], written[found.end() :]) if found else ("", written)
    told = after.replace(name, "", 1) if name and after.startswith(name) else after
    said = told.strip(" ,，。:：;；\n") or before.replace(name, "", 1).strip(" ,，。:：;；\n")
    return re.sub(r"^(?:原因|因为|理由)(?:是)?[:：]?\s*", "", said)[:LONGEST_REASON]
