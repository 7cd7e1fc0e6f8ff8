"""A built house: what may be asked of it once ``app.build`` has made it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import structlog

from assistant.clock import Clock
from assistant.errors import IndexUnusable, NotFound, SettingsError
from assistant.flow.answer import Heard
from assistant.flow.desk import Desk
from assistant.flow.finding.goods import Goods, look
from assistant.granting import Granted
from assistant.handling import Handling
from assistant.ingest.rehearsal import rehearse
from assistant.ingest.report import IngestReport
from assistant.ingest.run import Ingest, Progress
from assistant.mining import Mining
from assistant.prompting import Prompting
from assistant.proposing import Proposed, propose
from assistant.proving import Proving
from assistant.recounting import Recounting
from assistant.returning import Returning
from assistant.rulebook import Rulebook
from assistant.seams import Reader, Wanted
from assistant.searching import Explained, StoreSearch
from assistant.settings import Settings
from assistant.shop import Role
from assistant.signing import Signing
from assistant.store import (
    access,
    audit,
    conversations,
    material,
    outbox,
    rulebooks,
    summaries,
    turns,
)
from assistant.store.audit import AuditAction
from assistant.store.console import ratings, suggestions
from assistant.store.conversations import Incoming
from assistant.store.database import Database, DatabaseTrouble
from assistant.tasking import Tasking
from assistant.turn import TurnRecord
from assistant.vetting import Vetting
from knowledge.passage import Passage

log = structlog.get_logger()

MOST_DECISIONS = 10_000


class PublishedPassage(NamedTuple):
    """A published passage with the name of the file it was read from, as the shop calls it."""

    file: str
    passage: Passage


class GuideAtStore(NamedTuple):
    """A guide as a list of people shows her."""

    userid: str
    name: str
    store_name: str


class InOffice(NamedTuple):
    """Somebody with a console; ``role`` is the Chinese word for what she may do."""

    userid: str
    name: str
    role: str


class DecidedSuggestion(NamedTuple):
    """A manager's word on the text a guide had made of a draft."""

    turn_id: str
    approved: bool
    note: str


class KeptTurn(NamedTuple):
    """A turn that a manager kept as a case, and why."""

    turn_id: str
    reason: str


@dataclass
class Service:
    """A built house: open it, use it, close it. ``identify`` says who logs in by WeCom, where an app is configured."""

    settings: Settings
    clock: Clock
    database: Database
    handling: Handling
    ingesting: Ingest
    index: StoreSearch | None = None
    close_all: list[Callable[[], None]] = field(default_factory=list)
    identify: Callable[[str], str] | None = None

    def close(self) -> None:
        """Close whatever was opened, last first."""
        while self.close_all:
            self.close_all.pop()()

    def ingest(self, paths: Iterable[Path], progress: Progress | None = None, *, known_as: str = "") -> IngestReport:
        """Read the shop's files into the database, then bring the index up to it; ``known_as`` as in ``Ingest.run``."""
        return self.ingesting.run(tuple(paths), progress, known_as=known_as)

    def rehearse(self, paths: Iterable[Path], progress: Progress | None = None) -> IngestReport:
        """Say what reading these files would do, and do nothing."""
        return rehearse(self.ingesting, tuple(paths), progress)

    def converse(
        self, userid: str, texts: Iterable[str], *, channel: str = "local", heard: Heard | None = None
    ) -> TurnRecord:
        """Run one turn here and now, without queue and WeCom: the same path for chat and eval as for the service.

        ``heard`` is shown checked drafts while a model still words the others.
        """
        accepted = [
            self.handling.accept(
                Incoming(
                    corp_id=self.settings.corp_id,
                    agent_id=0,
                    userid=userid,
                    msgid=f"{channel}-{self._next_local_id()}",
                    kind="text",
                    text=text,
                    received_at=self.clock(),
                    channel=channel,
                )
            )
            for text in texts
        ]
        turn_id = self.handling.answer_burst(accepted[-1].number, heard)
        if turn_id is None:
            raise RuntimeError("another message of this conversation arrived meanwhile")
        return self.turn(turn_id)

    def explain(self, question: str, userid: str, earlier: tuple[str, ...] = ()) -> Explained:
        """Search on behalf of this guide or manager and say what the answer rests on.

        Raises NotFound for a person who is not there, IndexUnusable where this process has no index.
        """
        with self.database.read() as tx:
            person = access.access_person(tx, self.settings.corp_id, userid)
        reader = Reader(corp_id=self.settings.corp_id, store_id=person.store_id, region_id=person.region_id)
        return self.own_index().explain(Wanted(question=question, reader=reader, moment=self.clock(), earlier=earlier))

    def product(self, words: Iterable[str], *, store_id: str = "", side_by_side: bool = False) -> Goods:
        """Look goods up by what they are called or what is wished of them, with counts seen from a store.

        Raises NotFound for a store that is not there, and before anything was ingested.
        """
        moment, corp_id = self.clock(), self.settings.corp_id
        shop = self.handling.desks.shop(corp_id, moment)
        if store_id and store_id not in shop.stores:
            raise NotFound(store_id)
        stock = self.handling.desks.stock_reader(corp_id)
        return look(words, shop, stock, moment, home=store_id, side_by_side=side_by_side)

    def desk(self, userid: str) -> Desk:
        """What lies on a guide's desk now, outside any conversation: her shop, her store, her customers.

        Raises NotFound when she is not an active person of the corp.
        """
        return self.handling.desks.lay(self.settings.corp_id, userid, "", "", self.clock())

    @property
    def granted(self) -> Granted:
        """The coupons granted so far, for whoever looks after them."""
        return Granted(self.database, self.settings.corp_id, self.clock)

    @property
    def signing(self) -> Signing:
        """The drafts that wait for a manager, for whoever looks after them."""
        return Signing(self.database, self.settings.corp_id, self.clock)

    @property
    def tasking(self) -> Tasking:
        """The tasks of headquarters, for whoever tells their guides."""
        return Tasking(self.database, self.settings.corp_id, self.clock)

    @property
    def returning(self) -> Returning:
        """Answers on their way back to those who asked in vain, for whoever looks after them."""
        return Returning(self.database, self.settings.corp_id, self.clock)

    @property
    def mining(self) -> Mining:
        """Suggestions of scripts from what guides changed, for whoever looks after them."""
        desks, corp_id = self.handling.desks, self.settings.corp_id
        return Mining(self.database, corp_id, self.clock, lambda moment: desks.shop(corp_id, moment))

    @property
    def proving(self) -> Proving:
        """Offers with their proof, for whoever wants to see one, and twins that must get the same."""
        return Proving(self.database, self.handling.desks, self.settings.corp_id, self.clock)

    @property
    def vetting(self) -> Vetting:
        """The law's reading of material, for whoever is about to publish it."""
        return Vetting(self.handling.desks, self.settings.corp_id, self.clock)

    @property
    def prompting(self) -> Prompting:
        """The prompts that a model is given, for whoever wants to read them."""
        handling = self.handling
        return Prompting(
            self.database, handling.desks, handling.search, handling.prompts, self.settings.corp_id, self.clock
        )

    def own_index(self) -> StoreSearch:
        """The index this process owns; raises IndexUnusable where another does."""
        if self.index is None:
            raise IndexUnusable("这个进程没有打开检索索引")
        return self.index

    def turn(self, turn_id: str) -> TurnRecord:
        """Return one turn's record; raises KeyError when there is none."""
        with self.database.read() as tx:
            record = turns.read(tx, turn_id)
        if record is None:
            raise KeyError(turn_id)
        return record

    def guides(self) -> tuple[GuideAtStore, ...]:
        """Every active guide with the name of her store, for the demo and for replays."""
        with self.database.read() as tx:
            people = access.access_guides(tx, self.settings.corp_id)
            names = {store.store_id: store.name for store in material.stores(tx, self.settings.corp_id)}
        return tuple(GuideAtStore(one.userid, one.name, names.get(one.store_id, "")) for one in people)

    def office(self) -> tuple[InOffice, ...]:
        """Everybody who may log in to the console, for the demo: head office first, then the regions and stores."""
        with self.database.read() as tx:
            people = [
                one
                for role in (Role.MANAGER, Role.ADMIN, Role.AUDITOR)
                for one in access.access_role(tx, self.settings.corp_id, role)
            ]
        return tuple(
            InOffice(one.userid, one.name, one.role.label)
            for one in sorted(people, key=lambda one: (bool(one.store_id), bool(one.region_id), one.userid))
        )

    def propose_questions(self, limit: int, progress: Callable[[int, int], None] | None = None) -> Proposed:
        """Have the model propose sample questions for passages that have none; raises SettingsError without a model."""
        asking, prompts, corp_id = self.handling.asking, self.handling.prompts, self.settings.corp_id
        if asking is None:
            raise SettingsError("没有配置模型。请设置 DAOGOU_LLM_BASE_URL、DAOGOU_LLM_API_KEY 和 DAOGOU_LLM_MODEL")
        ask = asking.for_headquarters(corp_id)
        return propose(self.database, corp_id, ask, self.clock, limit, progress, prompts)

    def published(self) -> tuple[PublishedPassage, ...]:
        """Every published passage with its file, whether in force today or not."""
        with self.database.read() as tx:
            files = material.files_of_documents(tx, self.settings.corp_id)
            found = material.published_passages(tx, self.settings.corp_id)
        return tuple(PublishedPassage(files[passage.document_id], passage) for passage in found)

    def regions(self) -> dict[str, str]:
        """The region of every store, by store id."""
        with self.database.read() as tx:
            return {store.store_id: store.region_id for store in material.stores(tx, self.settings.corp_id)}

    def is_quiet(self) -> bool:
        """Say whether every message was answered and every reply has left."""
        with self.database.read() as tx:
            return not conversations.all_unanswered(tx) and not outbox.all_unsent(tx)

    def export_turns(self) -> Iterable[TurnRecord]:
        """Every turn of the corp with its latest action, oldest first."""
        with self.database.read() as tx:
            yield from turns.every(tx, self.settings.corp_id)

    def decided_suggestions(self) -> tuple[DecidedSuggestion, ...]:
        """What managers decided about texts that guides had changed, newest first."""
        with self.database.read() as tx:
            found = suggestions.decided_suggestions(tx, self.settings.corp_id, None, MOST_DECISIONS)
        approved = suggestions.SuggestionStatus.APPROVED
        return tuple(DecidedSuggestion(one.turn_id, one.status is approved, one.note) for one in found)

    def set_rules(self, rules: Rulebook, *, by: str) -> None:
        """Give the corp rules of its own where it has set none yet."""
        corp_id, now = self.settings.corp_id, self.clock()
        with self.database.begin() as tx:
            if rulebooks.write(tx, corp_id, rules, by=by, moment=now, seen=0):
                audit.append(tx, corp_id, now, by, AuditAction.SETTING, "rulebook")

    def kept_cases(self) -> tuple[KeptTurn, ...]:
        """Turns that managers kept as cases for the evaluation, newest first."""
        with self.database.read() as tx:
            found = ratings.all_kept(tx, self.settings.corp_id, MOST_DECISIONS)
        return tuple(KeptTurn(one.turn_id, one.reason) for one in found)

    def sum_up(self, stop: Callable[[], bool]) -> int:
        """Write the narrow rows of turns from before there were any, part by part; ``daogou migrate`` has usually done so.

        A database in trouble is told in the log and left for the next start.
        """
        try:
            return summaries.fill_missing(self.database, turns.read, stop=stop)
        except DatabaseTrouble:
            log.exception("old turns not summed up this time")
            return 0

    @property
    def recounting(self) -> Recounting:
        """The console's figures worked out anew from the records, for whoever wants to be sure of them."""
        return Recounting(self.database, self.settings.corp_id, self.clock)

    def _next_local_id(self) -> str:
        with self.database.read() as tx:
            return f"{conversations.count(tx) + 1:012d}"
