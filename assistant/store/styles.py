"""Style cards: one for each guide, hers alone. An erased card stays as an empty one, with the moment before which nothing counts."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from assistant.shop import StyleCard
from assistant.store.database import upsert
from assistant.store.tables import style_card


def of_guide(tx: Connection, corp_id: str, userid: str) -> StyleCard:
    """Return her card; an empty one where nothing was learned or all was erased."""
    card = tx.execute(select(style_card.c.card).where(*_hers(corp_id, userid))).scalar_one_or_none()
    return StyleCard() if card is None else StyleCard.model_validate(card)


def erased_at(tx: Connection, corp_id: str, userid: str) -> datetime | None:
    """Return when she last erased it; what she did until then is not to be learned from."""
    return tx.execute(select(style_card.c.erased_at).where(*_hers(corp_id, userid))).scalar_one_or_none()


def keep(tx: Connection, corp_id: str, userid: str, card: StyleCard, moment: datetime) -> None:
    """Write what is known of her way of writing now."""
    _write(tx, corp_id, userid, card, {"updated_at": moment})


def erase(tx: Connection, corp_id: str, userid: str, moment: datetime) -> None:
    """Forget what was learned, and everything it could be learned from again."""
    _write(tx, corp_id, userid, StyleCard(), {"updated_at": moment, "erased_at": moment})


def _write(tx: Connection, corp_id: str, userid: str, card: StyleCard, moments: dict[str, datetime]) -> None:
    news = {"card": card.model_dump(mode="json"), "learned_from": card.edits, **moments}
    tx.execute(
        upsert(tx, style_card)
        .values(corp_id=corp_id, userid_folded=userid.lower(), **news)
        .on_conflict_do_update(index_elements=["corp_id", "userid_folded"], set_=news)
    )


def _hers(corp_id: str, userid: str) -> tuple[ColumnElement[bool], ...]:
    return style_card.c.corp_id == corp_id, style_card.c.userid_folded == userid.lower()
