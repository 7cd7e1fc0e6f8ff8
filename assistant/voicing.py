"""What a guide's edits teach about her own way of writing: read from the log since she last erased, kept as her card."""

from datetime import datetime

from assistant.flow.desk import Shop
from assistant.flow.drafting.masking import Mask
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.voice.learning import REMEMBERED, Edit, Harmless, Pick, harmless, learn, stays_neutral
from assistant.flow.words.wording import length
from assistant.shop import CustomerCard, Person, StyleCard
from assistant.store import access, styles, turns
from assistant.store.database import Transaction
from assistant.store.turns import WordOnDrafts
from assistant.turn import ActionKind, Draft

TEACHING = (ActionKind.EDITED, ActionKind.ACCEPTED)
"""What she edits tells how she writes; what she takes as it is, only which manner she likes."""


def learn_her_voice(tx: Transaction, corp_id: str, userid: str, shop: Shop, moment: datetime) -> StyleCard:
    """Learn a guide's way of writing anew from her latest edits and picks, and keep it; ``shop`` names the goods.

    Raises NotFound when she is not an active person of the corp.
    """
    guide = access.access_person(tx, corp_id, userid)
    cards = access.access_cards(tx, corp_id, guide)
    since = styles.erased_at(tx, corp_id, userid)
    edited, accepted = (
        tuple(
            one
            for one in turns.words_on_drafts(tx, corp_id, userid, kind, since, REMEMBERED)
            if not stays_neutral(one.need)
        )
        for kind in TEACHING
    )
    edits = [edit for one in edited if (edit := _edit(one, cards)) is not None]
    taken = sorted((*edited, *accepted), key=lambda one: one.action.at, reverse=True)
    picks = [pick for one in taken if (pick := _pick(one)) is not None]
    card = learn(edits, picks, _harmless(shop, guide, cards))
    styles.keep(tx, corp_id, userid, card, moment)
    return card


def _chosen(one: WordOnDrafts) -> Draft | None:
    place = (one.action.choice or 1) - 1
    return one.drafts[place] if 0 <= place < len(one.drafts) else None


def _edit(one: WordOnDrafts, cards: tuple[CustomerCard, ...]) -> Edit | None:
    draft = _chosen(one)
    if draft is None or not one.action.sent_text:
        return None
    mine = (card.address_as or card.name for card in cards if card.customer_id == one.need.customer_id)
    return Edit(tuple(sentence.plain for sentence in draft.sentences), one.action.sent_text, next(mine, ""))


def _pick(one: WordOnDrafts) -> Pick | None:
    """A choice says something only where there was one."""
    draft = _chosen(one)
    if draft is None or len({other.manner for other in one.drafts}) < 2:
        return None
    return Pick(draft.manner, length(one.action.sent_text))


def _harmless(shop: Shop, guide: Person, cards: tuple[CustomerCard, ...]) -> Harmless:
    names = KnownNames.of(shop.products.values(), shop.coupons, shop.brand)
    persons = [name for card in cards for name in (card.name, card.address_as)]
    return harmless(names, Mask.of_names([*persons, guide.name]))
