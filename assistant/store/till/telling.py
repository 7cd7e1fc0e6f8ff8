"""Tells one grant what happened to it, step by step, each once; and anew when a late event changes the story."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, insert, select, update

from assistant.errors import NotFound
from assistant.sold import RedemptionState
from assistant.store.tables import till_grant_use
from knowledge.noun import Noun


class Refusal(NamedTuple):
    """A grant said no: by which rule, and what would make it pass, in Chinese. ``is_missing``: there is no such grant."""

    rule: str
    distance: str = ""
    is_missing: bool = False

    @property
    def words(self) -> str:
        """Both in one Chinese sentence."""
        return "：".join(part for part in (self.rule, self.distance) if part)


MISSING = Refusal(RedemptionState.ORPHAN.label, is_missing=True)


class TellGrant(Protocol):
    """Tells a grant that it was redeemed or given back; the same key twice is once. None means it took it."""

    def __call__(
        self, tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, amount_fen: int, moment: datetime
    ) -> Refusal | None: ...


Trouble = TypeVar("Trouble", bound=Exception)


def telling(call: Callable[..., object], refused: type[Trouble], say: Callable[[Trouble], Refusal]) -> TellGrant:
    """A call that raises ``refused`` as one that answers with the refusal; what it wrote before is undone."""

    def tell(
        tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, amount_fen: int, moment: datetime
    ) -> Refusal | None:
        try:
            with tx.begin_nested():
                call(tx, corp_id, grant_id, key=key, order_id=order_id, amount_fen=amount_fen, moment=moment)
        except refused as error:
            return say(error)
        except NotFound:
            return MISSING
        return None

    return tell


def no_grants(
    tx: Connection, corp_id: str, grant_id: str, *, key: str, order_id: str, amount_fen: int, moment: datetime
) -> Refusal | None:
    """For a house that grants nothing: every granted coupon is one that cannot be found, and waits as an orphan."""
    return MISSING


class Step(Noun):
    """A redemption, or what a refund (``refund_id``) took back of it; ``whole`` once nothing of it is left."""

    redemption_id: str
    refund_id: str = ""
    order_id: str
    fen: int
    at: datetime
    whole: bool = False


class ToldStep(Noun):
    """A step a grant was told, and its words when it refused."""

    step: Step
    refused: str | None = None


class StoryChanged(Exception):
    """What a grant was told is no longer what happened."""


class Telling:
    """One grant on its way through its story. What it was told before is compared, not told again."""

    def __init__(self, tx: Connection, corp_id: str, grant_id: str, redeem: TellGrant, refund: TellGrant) -> None:
        self._tx, self._corp_id, self._grant_id = tx, corp_id, grant_id
        self._redeem, self._refund = redeem, refund
        row = tx.execute(
            select(till_grant_use).where(till_grant_use.c.corp_id == corp_id, till_grant_use.c.grant_id == grant_id)
        ).one_or_none()
        self._is_new = row is None
        self._told = [ToldStep.model_validate(one) for one in row.steps] if row is not None else []
        self._calls: int = row.calls if row is not None else 0
        self._at = 0

    def tell(self, step: Step) -> Refusal | None:
        """Tell the next step; None when the grant took it. Raises StoryChanged when it was told something else."""
        if self._at < len(self._told):
            told = self._told[self._at]
            if told.step != step:
                raise StoryChanged
            self._at += 1
            return None if told.refused is None else Refusal(told.refused)
        answer = self._call(self._refund if step.refund_id else self._redeem, step.order_id, step.fen, step.at)
        if answer is not None and answer.is_missing:
            return answer
        self._told.append(ToldStep(step=step, refused=None if answer is None else answer.words))
        self._at += 1
        return answer

    def end(self) -> None:
        """Raises StoryChanged when the grant was told more than happened."""
        if self._at < len(self._told):
            raise StoryChanged

    def take_back(self) -> None:
        """Give back what the grant still holds, so that the story can be told from the beginning."""
        holding: Step | None = None
        left = 0
        for told in self._told:
            if told.refused is not None:
                continue
            if not told.step.refund_id:
                holding, left = told.step, told.step.fen
            else:
                left -= told.step.fen
                holding = None if told.step.whole else holding
        if holding is not None:
            self._call(self._refund, holding.order_id, left, holding.at)
        self._told, self._at = [], 0

    def keep(self) -> None:
        """Write down what the grant was told."""
        values = {
            "steps": [one.model_dump(mode="json") for one in self._told],
            "calls": self._calls,
        }
        if self._is_new:
            here = {"corp_id": self._corp_id, "grant_id": self._grant_id}
            self._tx.execute(insert(till_grant_use).values(**here, **values))
            return
        self._tx.execute(
            update(till_grant_use)
            .where(till_grant_use.c.corp_id == self._corp_id, till_grant_use.c.grant_id == self._grant_id)
            .values(**values)
        )

    def _call(self, call: TellGrant, order_id: str, fen: int, moment: datetime) -> Refusal | None:
        self._calls += 1
        key = sha256(f"till/{self._grant_id}/{self._calls}".encode()).hexdigest()
        return call(self._tx, self._corp_id, self._grant_id, key=key, order_id=order_id, amount_fen=fen, moment=moment)
