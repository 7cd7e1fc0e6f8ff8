"""An answer goes back to every guide who asked for it, once, with the customer she asked for still named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from assistant.clock import SHOP_TIME, Clock
from assistant.errors import NotFound
from assistant.flow.drafting.masking import Mask
from assistant.flow.parting import part
from assistant.shop import CustomerCard, Person
from assistant.store import (
    access,
    conversations,
    documents,
    gapanswers,
    gapboard,
    material,
    notices,
    outbox,
    questions,
    turns,
)
from assistant.store.database import Database, Transaction
from assistant.store.gapanswers import Settled
from assistant.store.questions import QuestionOrigin
from knowledge.passage import DocumentKind, Passage

LONGEST_ANSWER = 500
"""Characters of the answer told in the message; a longer one is read on in the material."""


@dataclass(frozen=True)
class Returning:
    """The gap board's own housekeeping, for whoever looks after the service."""

    database: Database
    corp_id: str
    clock: Clock

    def tend(self) -> tuple[str, ...]:
        """Sort in gaps from before there were topics, gather again what nobody has decided about, and return answers
        that are due; return the turns to send."""
        with self.database.begin() as tx:
            gapboard.sort_loose(tx, self.corp_id)
        self._gather_again()
        with self.database.begin() as tx:
            return return_due(tx, self.corp_id, self.clock())

    def _gather_again(self) -> None:
        """Comparing takes a second or two: no transaction is held for it."""
        with self.database.read() as tx:
            waiting, own = gapboard.undecided(tx, self.corp_id)
        moves = gapboard.gathered_again(waiting, own)
        if moves:
            with self.database.begin() as tx:
                gapboard.move(tx, self.corp_id, moves, self.clock())


class _Answer(NamedTuple):
    """A served document as the message tells it."""

    document_id: str
    passage: Passage
    text: str
    is_several: bool

    @property
    def cited(self) -> str:
        return f"（资料《{self.passage.title}》第{self.passage.version}版）"

    def asked_for(self, customer: str) -> str:
        """What a guide writes for a draft of it: by its title, as a rule, so that no word of it is taken for goods."""
        return (
            f"{customer}问《{self.passage.title}》是怎么规定的" if customer else f"《{self.passage.title}》是怎么规定的"
        )


class _Waiting(NamedTuple):
    """A settled question with who is told now. ``customer`` is how she calls the customer, empty for none of hers."""

    settled: Settled
    guide: Person
    customer: str
    is_handed_over: bool


def return_answers(tx: Transaction, corp_id: str, document_id: str, moment: datetime) -> tuple[str, ...]:
    """Settle what this document answers and lay the answer out for those who asked; return the turns to send.

    A guide is told once, on the newest of her turns, with all of her customers who wait. A customer who is another
    guide's by now is told of to that one, as a notice, without what the former guide wrote. Nothing happens while the
    document is not served, nor a second time. The caller delivers the turns after the transaction.
    """
    settled = gapanswers.settle(tx, corp_id, document_id, moment)
    answer = _answer(tx, corp_id, document_id) if settled else None
    if answer is None:
        return ()
    _find_by(tx, corp_id, answer, settled, moment)
    regions = {one.store_id: one.region_id for one in material.stores(tx, corp_id)}
    waiting = [one for gap in settled if (one := _who_waits(tx, corp_id, gap)) is not None]
    reached = [one for one in waiting if _reaches(answer, one.guide, regions)]
    for one in reached:
        if one.is_handed_over:
            _tell_present_guide(tx, corp_id, one, answer, moment)
    asked = [one for one in reached if not one.is_handed_over and _is_on_wecom(tx, one.settled.turn_id)]
    return tuple(_tell_asker(tx, corp_id, mine, answer) for mine in _by_guide(asked))


def return_due(tx: Transaction, corp_id: str, moment: datetime) -> tuple[str, ...]:
    """Return every answer that has come into force unnoticed: published for a later day, or by another way."""
    due = gapanswers.due_answers(tx, corp_id, moment)
    return tuple(turn_id for one in due for turn_id in return_answers(tx, corp_id, one, moment))


def _answer(tx: Transaction, corp_id: str, document_id: str) -> _Answer | None:
    found = [one.passage for one in documents.passages_of_document(tx, corp_id, document_id) if not one.is_set_aside]
    if not found:
        return None
    text = "\n".join(one.text for one in found)
    if len(text) > LONGEST_ANSWER:
        text = f"{text[:LONGEST_ANSWER].rstrip()}……（后面的请看资料）"
    return _Answer(document_id, found[0], text, len(found) > 1)


def _find_by(tx: Transaction, corp_id: str, answer: _Answer, settled: Iterable[Settled], moment: datetime) -> None:
    """Have the answer found by the very words it was asked with, unless they are about a person (see learning)."""
    if answer.is_several:
        return
    for gap in settled:
        record = turns.read(tx, gap.turn_id)
        if record is None or record.signals or _is_personal(tx, corp_id, gap):
            continue
        questions.attach(tx, corp_id, answer.passage, [gap.question], QuestionOrigin.MINED, moment, turn_id=gap.turn_id)


def _is_personal(tx: Transaction, corp_id: str, gap: Settled) -> bool:
    try:
        guide = access.access_person(tx, corp_id, gap.guide)
    except NotFound:
        return True
    cards = access.access_cards(tx, corp_id, guide)
    names = [name for card in cards for name in (card.name, card.address_as)]
    return Mask.of_names([*names, guide.name]).is_personal(gap.question)


def _who_waits(tx: Transaction, corp_id: str, gap: Settled) -> _Waiting | None:
    """Whom to tell: the guide who asked, or the one whose customer she is now; nobody where that account is closed."""
    present = gapanswers.present_guide(tx, corp_id, gap.customer_id) if gap.customer_id else ""
    is_handed_over = bool(present) and present != gap.guide
    try:
        guide = access.access_person(tx, corp_id, present or gap.guide)
    except NotFound:
        return None
    cards = access.access_cards(tx, corp_id, guide) if present else ()
    card = next((one for one in cards if one.customer_id == gap.customer_id), None)
    return _Waiting(gap, guide, _called(card, cards), is_handed_over)


def _reaches(answer: _Answer, guide: Person, regions: dict[str, str]) -> bool:
    """She may have moved to a store for which the answer does not hold."""
    return answer.passage.scope.reaches(store_id=guide.store_id, region_id=regions.get(guide.store_id, ""))


def _is_on_wecom(tx: Transaction, turn_id: str) -> bool:
    return conversations.state(tx, turns.conversation_of(tx, turn_id)).channel == conversations.WECOM


def _by_guide(waiting: Iterable[_Waiting]) -> tuple[tuple[_Waiting, ...], ...]:
    """Each guide's own, in the order of asking."""
    grouped: dict[str, list[_Waiting]] = {}
    for one in waiting:
        grouped.setdefault(one.guide.userid, []).append(one)
    return tuple(tuple(mine) for mine in grouped.values())


# ---- in words ----------------------------------------------------------------------------------


def _tell_asker(tx: Transaction, corp_id: str, mine: Sequence[_Waiting], answer: _Answer) -> str:
    newest = mine[-1]
    blocks = (_heading(mine), f"{answer.text}\n{answer.cited}", _what_next(mine, answer))
    outbox.add(tx, corp_id, newest.settled.turn_id, newest.guide.userid, part(blocks))
    return newest.settled.turn_id


def _heading(mine: Sequence[_Waiting]) -> str:
    last = mine[-1]
    if len(mine) == 1:
        about = f"（{last.customer}）" if last.customer else ""
        return f"您{_day(last.settled.asked_at)}问的「{last.settled.question}」{about}有答案了："
    plainest = min((one.settled.question for one in mine), key=len)
    return f"您问过 {len(mine)} 次的「{plainest}」有答案了："


def _what_next(mine: Sequence[_Waiting], answer: _Answer) -> str:
    """What to write back for a draft, one line a customer with the day she last asked."""
    if answer.passage.kind is DocumentKind.TRAINING:
        return "这段是给导购看的，别原样发给客户。" + _who_still_waits(mine)
    asked_on = {one.customer: _day(one.settled.asked_at) for one in mine if one.customer}
    if not asked_on:
        return f"要一段能直接发的话，回我这句：\n{answer.asked_for('')}"
    if len(asked_on) == 1:
        (name,) = asked_on
        return f"要发给{name}，回我这句就有草稿：\n{answer.asked_for(name)}"
    lines = [f"· {answer.asked_for(name)}（{day}问的）" for name, day in asked_on.items()]
    return "还在等的客户，回我其中一句就有草稿：\n" + "\n".join(lines)


def _who_still_waits(mine: Sequence[_Waiting]) -> str:
    names = list(dict.fromkeys(one.customer for one in mine if one.customer))
    return f"还在等的客户：{'、'.join(names)}。" if names else ""


def _tell_present_guide(tx: Transaction, corp_id: str, one: _Waiting, answer: _Answer, moment: datetime) -> None:
    """The former guide's words stay hers: only the customer and the answer are told."""
    if not one.customer or answer.passage.kind is DocumentKind.TRAINING:
        return
    words = (
        f"您的客户{one.customer}之前问过一件事，当时没有资料，现在有答案了：",
        f"{answer.text}\n{answer.cited}",
        f"要发给{one.customer}，回我这句就有草稿：\n{answer.asked_for(one.customer)}",
    )
    for number, text in enumerate(part(words)):
        # one customer, one answer: however often it was asked for her
        key = f"gap:{answer.document_id}:{one.settled.customer_id}:{number}"
        notices.put(tx, corp_id, one.guide.userid, text, key, moment)


def _called(card: CustomerCard | None, cards: Sequence[CustomerCard]) -> str:
    """How the guide calls her; by her whole name where two of her customers are called the same."""
    if card is None:
        return ""
    is_shared = sum(one.address_as == card.address_as for one in cards) > 1
    return card.name if is_shared or not card.address_as else card.address_as


def _day(at: datetime) -> str:
    local = at.astimezone(SHOP_TIME)
    return f"{local.month}月{local.day}日"
