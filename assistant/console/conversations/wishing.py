"""A customer's wish for no more advertising as a turn wrote it down, and taking back one of the wrong customer.

Whose words they were is what a guide said, so that can be wrong; that somebody said them cannot be undone here
(个人信息保护法 Art. 15). Words of a customer therefore only move to whoever said them, and count for her from then on; a wish
behind which there are no customer's words is taken back. Her own ends by her own agreeing anew, and in no other way.
"""

from typing import Literal, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from assistant.console.door.login import Visitor
from assistant.console.frame import Console
from assistant.console.refusals import AlreadyDecided, ReasonNeeded, WhoseWordsMissing, WordsStand
from assistant.errors import NotFound
from assistant.store import audit, contacts, people, privacy
from assistant.store.audit import AuditAction
from assistant.store.console import conversations
from assistant.store.console.scope import Stores
from assistant.store.contacts import TakingBack, Wish
from assistant.store.database import Transaction
from assistant.store.privacy import Found
from assistant.store.traces import Traces

SHORTEST_REASON = 4
REASON_CHARACTERS = 200
WORDS_CHARACTERS = 60

Whose = Literal["another", "nobody"]


class Told(NamedTuple):
    """A wish as a page shows it; ``name`` is empty for a customer of stores that are not the visitor's."""

    wish: Wish
    name: str
    taken_back_by: str


class Wishes(NamedTuple):
    """What a turn wrote down, and by which earlier turn its customer is left alone (empty: by none, or by this one)."""

    told: tuple[Told, ...]
    elsewhere: Wish | None

    @property
    def standing(self) -> Told | None:
        """The one that counts."""
        return next((one for one in self.told if not one.wish.taken_back_by), None)


def wishes(tx: Transaction, one: Console, stores: Stores, turn_id: str, customer_id: str) -> Wishes:
    """Read what a page says about it."""
    found = contacts.wishes_of_turn(tx, one.corp_id, turn_id)
    names = people.names(tx, one.corp_id, frozenset(each.taken_back_by for each in found))
    told = tuple(
        Told(each, _name(tx, one, stores, each.customer_id), names.get(each.taken_back_by, each.taken_back_by))
        for each in found
    )
    last = contacts.standing_wish(tx, one.corp_id, customer_id) if customer_id else None
    return Wishes(told, last if last is not None and last.turn_id != turn_id else None)


def wish_routes(router: APIRouter, one: Console) -> None:
    """Taking a wish back."""

    @router.post("/console/turns/{turn_id}/wish", response_model=None)
    def take_back(
        turn_id: str,
        whose: Whose = Form(),
        customer: str = Form("", max_length=WORDS_CHARACTERS),
        reason: str = Form("", max_length=REASON_CHARACTERS),
        visitor: Visitor = Depends(one.gate.headquarters),
    ) -> RedirectResponse:
        why = " ".join(reason.split())
        if len(why) < SHORTEST_REASON:
            raise ReasonNeeded("reason")
        by, now = visitor.person.userid, one.clock()
        with one.database.begin() as tx:
            conversations.turn_story(tx, one.corp_id, visitor.stores, turn_id, now)
            wish = _standing(tx, one, turn_id)
            if whose == "nobody" and wish.in_her_words:
                raise WordsStand(turn_id)
            speaker = _speaker(tx, one, wish, customer.strip()) if whose == "another" else None
            told = _struck(tx, one, why, (wish.customer_id, speaker.customer_id if speaker else ""))
            taking = TakingBack(by, now, told, speaker.customer_id if speaker else "")
            if not contacts.take_back(tx, one.corp_id, wish, taking):
                raise _already()
            # the log cannot be erased: it names the turn, and neither customer
            after = "改登到说这句话的客户" if speaker else "撤回，没有客户说过"
            details = {"field": "不再接收推广", "after": after, "reason": told}
            audit.append(tx, one.corp_id, now, by, AuditAction.CHANGE, f"turn:{turn_id}", **details)
        return RedirectResponse(f"/console/turns/{turn_id}?saved=wish#wish", status_code=303)


def _standing(tx: Transaction, one: Console, turn_id: str) -> Wish:
    found = contacts.wishes_of_turn(tx, one.corp_id, turn_id)
    if not found:
        raise NotFound(turn_id)
    if found[-1].taken_back_by:
        raise _already()
    return found[-1]


def _speaker(tx: Transaction, one: Console, wish: Wish, words: str) -> Found:
    """Whose words they were, by her number or her whole name; raises WhoseWordsMissing unless exactly one fits."""
    found = (
        [each for each in privacy.find(tx, one.corp_id, words) if words in (each.customer_id, each.name)]
        if words
        else []
    )
    exact = [each for each in found if each.customer_id == words] or found
    if len(exact) != 1 or exact[0].customer_id == wish.customer_id:
        raise WhoseWordsMissing(len(exact), is_the_same=bool(exact) and exact[0].customer_id == wish.customer_id)
    return exact[0]


def _struck(tx: Transaction, one: Console, text: str, customer_ids: tuple[str, ...]) -> str:
    """A text without these customers: it is kept with rows of one of them."""
    for customer_id in filter(None, customer_ids):
        try:
            hers = privacy.person(tx, one.corp_id, customer_id)
        except NotFound:
            continue
        text = Traces(hers.customer_id, hers.name, hers.phone).struck(text)
    return text


def _name(tx: Transaction, one: Console, stores: Stores, customer_id: str) -> str:
    known = conversations.customer_of(tx, one.corp_id, stores, customer_id, one.clock())
    return known.name if known is not None else ""


def _already() -> AlreadyDecided:
    return AlreadyDecided("这次登记已经撤回过了，以那次为准。请回到这一轮看看现在是什么。")
