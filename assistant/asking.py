"""The open model as a shop may use it: at a guide's pace, within a day's tokens, and not twice for one answer.

Each turn gets a plain ``Ask``, so that drafting knows of none of this. A question that may not be asked is
ModelUnavailable like any other, and the composer words the drafts at once.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple

import structlog

from assistant.clock import SHOP_TIME, Clock
from assistant.errors import ModelUnavailable
from assistant.flow.desk import Desk
from assistant.pace import Pace
from assistant.seams import Answer, Ask, ModelAnswer, ModelReason, Prompt
from assistant.store import usage
from assistant.store.database import Database, Transaction
from assistant.store.usage import Usage
from assistant.turn import Provenance, TurnRecord

log = structlog.get_logger()

MOST_KEPT = 500


class Prices(NamedTuple):
    """What a million tokens cost in 分, as the provider lists it; 0 where nobody said."""

    input_fen: int = 0
    output_fen: int = 0

    def of(self, input_tokens: int, output_tokens: int) -> int:
        """The cost in millionths of a 分: whole and exact, where a turn costs a small part of one 分."""
        return input_tokens * self.input_fen + output_tokens * self.output_fen


@dataclass(frozen=True)
class Limits:
    """So many questions a minute for each guide, counted in this process, and so many tokens a day for each corp,
    counted for all replicas; 0 is no limit.

    A day's limit stops new questions: those on their way may still go a little beyond it.
    """

    calls_per_minute: int = 0
    tokens_per_day: int = 0
    kept_for: timedelta = timedelta(0)
    """How long an answer is good for the same question under the same records; 0 keeps none."""


@dataclass
class Asking:
    """The model of one service; safe to use from several threads."""

    model: Ask
    model_name: str
    database: Database
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    prices: Prices = Prices()
    _pace: Pace = field(init=False)
    _kept: "_Kept" = field(init=False)

    def __post_init__(self) -> None:
        self._pace = Pace(max(self.limits.calls_per_minute, 1))
        self._kept = _Kept(self.clock, self.limits.kept_for)

    def for_turn(self, desk: Desk) -> Ask:
        """The model for one turn at this desk. What it costs is booked with the turn, by ``book``."""
        corp_id, guide = desk.shop.corp_id, desk.guide
        # all that decides what may be read and said (safety A6), and what was said already: a sentence never comes twice
        scope = (
            corp_id,
            desk.store.store_id,
            desk.store.region_id,
            guide.role,
            desk.shop.material_version,
            self.model_name,
            desk.said,
        )

        def ask(
            prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
        ) -> ModelAnswer[Answer]:
            key = (*scope, schema, prompt.name, prompt.version, sha256(_whole(prompt)).digest())
            kept: ModelAnswer[Answer] | None = self._kept.get(key)
            if kept is not None:
                return kept
            self._check_day(corp_id)
            self._check_pace(corp_id, guide.userid)
            answer = self.model(prompt, schema, seconds, heard)
            self._kept.put(key, answer)
            return answer

        return ask

    def for_headquarters(self, corp_id: str) -> Ask:
        """The model outside any turn, for what headquarters starts: no pace, nothing kept, each call booked by itself."""

        def ask(
            prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
        ) -> ModelAnswer[Answer]:
            self._check_day(corp_id)
            try:
                answer = self.model(prompt, schema, seconds, heard)
            except ModelUnavailable as unavailable:
                self._book(corp_id, unavailable)
                raise
            self._book(corp_id, answer)
            return answer

        return ask

    def priced(self, made: Provenance) -> Provenance:
        """The same with what it cost."""
        return made.model_copy(update={"cost_microfen": self.prices.of(made.input_tokens, made.output_tokens)})

    def book(self, tx: Transaction, record: TurnRecord) -> None:
        """Book what a turn cost, in the transaction that writes it and as its last step."""
        made = record.provenance
        turned_away = int(made.fallback_reason == ModelReason.BUDGET)
        used = Usage(made.model_calls, made.input_tokens, made.output_tokens, made.cost_microfen, turned_away)
        usage.book(tx, record.corp_id, day_of(record.finished_at), used)

    def _book(self, corp_id: str, spent: ModelAnswer[Any] | ModelUnavailable) -> None:
        cost = self.prices.of(spent.input_tokens, spent.output_tokens)
        with self.database.begin() as tx:
            used = Usage(spent.calls, spent.input_tokens, spent.output_tokens, cost)
            usage.book(tx, corp_id, day_of(self.clock()), used)

    def _check_day(self, corp_id: str) -> None:
        if not self.limits.tokens_per_day:
            return
        with self.database.read() as tx:
            used = usage.of_day(tx, corp_id, day_of(self.clock()))
        if used.tokens >= self.limits.tokens_per_day:
            log.warning("model not asked", why="tokens of the day", corp=corp_id, used=used.tokens)
            raise ModelUnavailable(ModelReason.BUDGET, f"{used.tokens} tokens used today")

    def _check_pace(self, corp_id: str, guide: str) -> None:
        if not self.limits.calls_per_minute:
            return
        wait = self._pace.seconds_to_wait(f"{corp_id}/{guide.lower()}")
        if wait:
            log.warning("model not asked", why="questions of the minute", corp=corp_id, guide=guide, wait=wait)
            raise ModelUnavailable(ModelReason.BUDGET, f"{wait} s until the next question")


def day_of(moment: datetime) -> date:
    """The Shanghai day that usage is counted on."""
    return moment.astimezone(SHOP_TIME).date()


def _whole(prompt: Prompt) -> bytes:
    return f"{prompt.system}\0{prompt.user}".encode()


class _Answered(NamedTuple):
    answer: ModelAnswer[Any]
    until: datetime


class _Kept:
    """The latest answers, in this process only: losing them costs a call. No person is in them, only placeholders."""

    def __init__(self, clock: Callable[[], datetime], kept_for: timedelta, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._kept_for = kept_for
        self._most = most
        # guards _answers: turns run in several threads
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, _Answered] = OrderedDict()

    def get(self, key: Hashable) -> ModelAnswer[Any] | None:
        """The answer as it costs now: nothing."""
        with self._lock:
            kept = self._answers.get(key)
        if kept is None or kept.until <= self._clock():
            return None
        return kept.answer.model_copy(update={"cached": True, "calls": 0, "input_tokens": 0, "output_tokens": 0})

    def put(self, key: Hashable, answer: ModelAnswer[Any]) -> None:
        """Keep an answer, and let go of the oldest beyond so many."""
        if not self._kept_for:
            return
        with self._lock:
            self._answers[key] = _Answered(answer, self._clock() + self._kept_for)
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
