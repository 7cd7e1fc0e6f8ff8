"""The composition root: the only file that knows every room. ``build`` makes a service from settings.

Whatever is passed to ``build`` replaces the real thing; the web app, the worker, the eval and the tests all
call it. Jobs and WeCom's callback start only with ``web_app`` or ``open_jobs``.
"""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import structlog

from assistant.asking import Asking, Limits, Prices
from assistant.clock import Clock, clock_from, system_clock
from assistant.desks import Desks
from assistant.errors import IndexUnusable, NotFound, SettingsError
from assistant.flow.answer import Heard
from assistant.flow.desk import Desk
from assistant.flow.finding.goods import Goods, look
from assistant.granting import Granted
from assistant.handling import Handling
from assistant.ingest.rehearsal import rehearse
from assistant.ingest.report import IngestReport
from assistant.ingest.run import Ingest, Progress
from assistant.intake import Intake
from assistant.mining import Mining
from assistant.offers.attribution import PointsRule, Rule
from assistant.prompting import Prompting
from assistant.proposing import Proposed, propose
from assistant.proving import Proving
from assistant.radar import Radar
from assistant.recounting import Recounting
from assistant.returning import Returning
from assistant.rulebook import Rulebook
from assistant.seams import Ask, Outgoing, Reader, Receipt, Search, Send, SendState, Wanted
from assistant.searching import Explained, StoreSearch
from assistant.settings import Settings
from assistant.shop import Role
from assistant.signing import Signing
from assistant.spool import Spool
from assistant.store import (
    access,
    audit,
    conversations,
    material,
    notices,
    outbox,
    retention,
    rulebooks,
    summaries,
    turns,
)
from assistant.store.audit import AuditAction
from assistant.store.console import ratings, suggestions
from assistant.store.conversations import Incoming
from assistant.store.coupons import grants
from assistant.store.coupons.life import GrantRefused, GrantRule
from assistant.store.database import Database, DatabaseTrouble
from assistant.store.till import telling
from assistant.store.till.events import TillRules
from assistant.tasking import Tasking
from assistant.till.desk import TillDesk
from assistant.trying import ScriptTrial
from assistant.turn import Hit, TurnRecord
from assistant.uploaded import MaterialDesk
from assistant.uploading import Uploading
from assistant.vetting import Vetting
from knowledge.passage import Passage
from knowledge.reading.blocks import Reading
from knowledge.reading.capped import CappedReader
from knowledge.words.wording import Wording
from prompts.load import PromptError, Prompts, read_prompts

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.channel.wecom import Callback
    from assistant.console.administration.outside import Outside
    from assistant.console.door.wecom import WeComDoor
    from assistant.console.knowledge.answering import Checked
    from assistant.console.scripts.tools import ScriptTools
    from assistant.store.jobs import Jobs
    from assistant.till.sending import WebhookSender

log = structlog.get_logger()

# how often grants past their end give back their money, and redemptions look again for their coupon; what a grant
# says of itself does not wait for it
SWEEP_SECONDS = 60.0
# how long a notice may lie before it is sent
TELL_SECONDS = 3.0

# the demo's open door into the console exists only where nobody else can reach it
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SHORTEST_SECRET = 32
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


def build(
    settings: Settings,
    *,
    ask: Ask | None = None,
    search: Search | None = None,
    send: Send | None = None,
    clock: Clock | None = None,
) -> Service:
    """Make a service from settings; migrates nothing and serves nothing yet.

    Raises SettingsError when a setting does not fit, IndexUnusable when another process owns the index.
    """
    clock = clock or (clock_from(settings.clock_start) if settings.clock_start else system_clock)
    prompts = _read_prompts(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    closing: list[Callable[[], None]] = [database.close]
    own = None
    if search is None:
        search = own = _open_search(settings, database, closing)
    sender = _open_sender(settings, closing)
    identify = _open_identity(sender)
    desks = Desks(database, settings.ai_label, settings.holdout, settings.till_guide_point_fen)
    handling = Handling(
        database=database,
        desks=desks,
        search=search,
        asking=_open_asking(settings, database, clock, ask or _open_model(settings, closing)),
        send=send or sender,
        clock=clock,
        quiet=timedelta(seconds=settings.quiet_seconds),
        model_seconds=settings.llm_deadline_seconds,
        prompts=prompts,
        console=settings.public_url,
    )
    reader = CappedReader()
    closing.append(reader.close)
    bring_up = own.bring_up if own is not None else None
    ingesting = Ingest(database, settings.corp_id, clock, reader.read, bring_up, settings.forgetting_key())
    return Service(settings, clock, database, handling, ingesting, own, closing, identify)


def build_without_index(settings: Settings) -> Service:
    """A service that reads files into the database only, for while another process owns the index.

    The owner brings its index up to the database before its next search, so nothing more is needed.
    """

    def unread(wanted: Wanted) -> tuple[Hit, ...]:
        raise IndexUnusable("这个进程没有打开检索索引")

    return build(settings, search=unread)


def _open_search(settings: Settings, database: Database, closing: list[Callable[[], None]]) -> StoreSearch:
    from knowledge.embedding.embed import open_embedder
    from knowledge.embedding.rerank import CrossEncoderReranker
    from knowledge.index.folder import IndexDamaged, IndexForeign, IndexProblem, discard
    from knowledge.index.index import PassageIndex

    embedder = open_embedder(
        settings.embedder,
        trained=settings.encoder_dir,
        base_url=settings.embedder_base_url,
        key=settings.embedder_api_key.get_secret_value(),
        query_instruction=settings.embedder_instruction,
    )
    reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
    trouble = ""
    try:
        try:
            index = PassageIndex(settings.index_dir, embedder, settings.corp_id, reranker)
        except IndexDamaged as damaged:
            # a projection: the first refresh makes it anew from the database, words first
            log.warning("index begun anew", why=str(damaged))
            discard(settings.index_dir, settings.corp_id)
            index = PassageIndex(settings.index_dir, embedder, settings.corp_id, reranker)
    except IndexForeign as foreign:
        trouble = f"{foreign}；先在内存里用关键词检索"
        log.warning("index folder left alone", why=str(foreign))
        index = PassageIndex(None, None, settings.corp_id)
    except IndexProblem as problem:
        database.close()
        raise IndexUnusable(str(problem)) from problem
    search = StoreSearch(database, index, trouble)
    closing.append(search.close)
    return search


def _read_prompts(settings: Settings) -> Prompts:
    try:
        return read_prompts(settings.prompts_dir)
    except PromptError as wrong:
        raise SettingsError(f"DAOGOU_PROMPTS_DIR 里的提示词用不了：{wrong}") from wrong


def _open_model(settings: Settings, closing: list[Callable[[], None]]) -> Ask | None:
    if not settings.has_model:
        return None
    from assistant.outside.llm import open_model

    model = open_model(
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value(),
        model=settings.llm_model,
        method=settings.llm_method,
    )
    closing.append(model.close)
    return model


def _open_asking(settings: Settings, database: Database, clock: Clock, model: Ask | None) -> Asking | None:
    if model is None:
        return None
    limits = Limits(
        calls_per_minute=settings.llm_calls_per_minute,
        tokens_per_day=settings.llm_tokens_per_day,
        kept_for=timedelta(seconds=settings.llm_cache_seconds),
    )
    prices = Prices(settings.llm_input_fen_per_million, settings.llm_output_fen_per_million)
    return Asking(model, settings.llm_model, database, clock, limits, prices)


def _open_sender(settings: Settings, closing: list[Callable[[], None]]) -> Send:
    if not settings.has_wecom:
        return _nowhere
    import httpx2

    from assistant.channel.sending import WeComSender

    client = httpx2.Client(base_url=settings.wecom_api_url, timeout=httpx2.Timeout(10.0, connect=3.0))
    closing.append(client.close)
    return WeComSender(
        client, settings.corp_id, settings.wecom_secret.get_secret_value(), settings.wecom_agent_id, system_clock
    )


def _open_identity(sender: Send) -> Callable[[str], str] | None:
    """Who stands behind a login code, asked with the sender's token; None without a WeCom app."""
    from assistant.channel.sending import WeComSender

    if not isinstance(sender, WeComSender):
        return None
    from assistant.channel.identity import Identity

    return Identity(sender)


def _nowhere(outgoing: Outgoing) -> Receipt:
    """Where no WeCom app is configured a reply has nowhere to go: it stays in the record and says so."""
    return Receipt(state=SendState.FAILED, detail="没有配置企业微信应用，回复只留在记录里")


def open_till(service: Service) -> TillDesk:
    """The desk that keeps what the shop's till tells, and redeems and refunds the coupons it names."""
    settings = service.settings
    return TillDesk(
        database=service.database,
        corp_id=settings.corp_id,
        clock=service.clock,
        redeem=telling.telling(grants.redeem, GrantRefused, _refusal),
        refund=telling.telling(grants.refund, GrantRefused, _refusal),
        rules=TillRules(
            credit=Rule(days=settings.till_attribution_days),
            points=PointsRule(
                guide_point_fen=settings.till_guide_point_fen, customer_point_fen=settings.till_customer_point_fen
            ),
            forgetting_key=settings.forgetting_key(),
        ),
        tells_others=bool(settings.till_webhook_url),
        holdout=settings.holdout,
    )


def _refusal(refused: GrantRefused) -> telling.Refusal:
    if refused.rule is GrantRule.NOT_FOUND:
        return telling.MISSING
    return telling.Refusal(refused.rule.label, refused.distance)


def open_webhooks(service: Service) -> "WebhookSender | None":
    """The sender to the shop's own system, None where no address is set; raises SettingsError for one without a secret."""
    settings = service.settings
    secret = settings.till_webhook_secret.get_secret_value()
    if secret and len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"DAOGOU_TILL_WEBHOOK_SECRET 太短，至少 {SHORTEST_SECRET} 个字符")
    if not settings.till_webhook_url:
        return None
    if not secret:
        raise SettingsError("设置了 DAOGOU_TILL_WEBHOOK_URL，还要设置 DAOGOU_TILL_WEBHOOK_SECRET 用来签名")
    import httpx2

    from assistant.till.sending import WebhookSender

    client = httpx2.Client(timeout=httpx2.Timeout(10.0, connect=3.0), trust_env=False)
    service.close_all.append(client.close)
    return WebhookSender(service.database, settings.corp_id, client, settings.till_webhook_url, secret, system_clock)


def open_material_desk(service: Service) -> MaterialDesk:
    """What keeps, reads and compares material for the console."""
    settings, index = service.settings, service.index
    wording = (lambda: index.index.wording) if index is not None else cache(Wording)
    radar = Radar(service.database, settings.corp_id, service.clock, wording)
    folder = settings.data_dir / "uploads"
    by_law = service.vetting.objections
    uploading = Uploading(
        service.database, settings.corp_id, folder, service.ingesting.read, radar, by_law, service.clock
    )
    return MaterialDesk(
        keep=uploading.keep,
        read=uploading.read,
        discard=uploading.discard,
        compare=radar.compare,
        survey=radar.survey,
        by_law=by_law,
        tidy=uploading.tidy,
        ai_label=settings.ai_label,
    )


def open_script_tools(service: Service) -> "ScriptTools":
    """What tries scripts before they are served, and reads tables of them, for the console."""
    from assistant.console.scripts.tools import ScriptTools

    handling, corp_id = service.handling, service.settings.corp_id
    trial = ScriptTrial(corp_id, service.clock, handling.desks, handling.search)

    def read_table(name: str, content: bytes) -> Reading:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"table{Path(name).suffix.lower()}"
            path.write_bytes(content)
            return service.ingesting.read(path, name)

    return ScriptTools(trial.try_out, read_table)


def open_wecom_door(service: Service) -> "WeComDoor | None":
    """How people log in to the console by WeCom; None where the app or the public address is not configured."""
    from assistant.console.door.wecom import WeComDoor

    settings = service.settings
    if service.identify is None or not settings.has_wecom_login:
        return None
    oauth_url, scan_url = settings.wecom_login_urls
    return WeComDoor(
        settings.corp_id, settings.wecom_agent_id, settings.public_url, oauth_url, scan_url, service.identify
    )


def open_outside(service: Service) -> "Outside":
    """What the administration of the console is handed: it reads no settings and no files itself."""
    from importlib.metadata import version

    from assistant.console.administration.outside import Fact, Look, Outside
    from assistant.doctor import examine, facts_of
    from assistant.leftovers import files_naming

    settings = service.settings
    return Outside(
        examine=lambda: [Look(one.what, one.state, one.says, one.remedy) for one in examine(settings)],
        facts=tuple(Fact(*one) for one in facts_of(settings)),
        tokens_per_day=settings.llm_tokens_per_day if settings.has_model else 0,
        version=version("daogou"),
        forgetting_key=settings.forgetting_key(),
        files=lambda words: files_naming(settings.data_dir, words),
    )


# ---- serving -----------------------------------------------------------------------------------


def open_jobs(service: Service, *, work: bool) -> "Jobs":
    """Start the durable jobs and ask again for whatever an earlier process left unanswered or unsent."""
    from assistant.store.jobs import Jobs

    jobs = Jobs(
        service.settings.jobs_database,
        executor_id=service.settings.executor_id,
        workers=service.settings.turn_workers,
        run_turn=service.handling.run_turn,
        send_turn=service.handling.send_turn,
        send_notice=service.handling.send_notice,
    )
    jobs.start(work=work)
    service.close_all.append(jobs.stop)
    with service.database.read() as tx:
        waiting = conversations.all_unanswered(tx)
        unsent = outbox.all_unsent(tx)
    started = f"{service.clock():%Y%m%d%H%M%S%f}"
    for accepted in waiting:
        jobs.enqueue_turn(accepted.number, accepted.conversation_id, started)
    for turn_id, conversation_id in unsent:
        jobs.enqueue_send(turn_id, started, conversation_id)
    tell(service, jobs, started)
    return jobs


def tell(service: Service, jobs: "Jobs", attempt: str) -> None:
    """Ask for the sending of every notice that is not out yet; one being sent now is not sent again."""
    with service.database.read() as tx:
        waiting = notices.unsent(tx, service.settings.corp_id)
    for one in waiting:
        jobs.enqueue_notice(one.number, attempt, one.userid)


def read_by_the_law(service: Service, text: str) -> "Checked":
    """What the law says to a text that is to become material."""
    from assistant.console.knowledge.answering import Checked
    from assistant.flow.guard.compliance import Severity

    found = service.vetting.violations(text)
    return Checked(
        blocks=tuple(one.finding for one in found if one.rule.severity is Severity.BLOCK),
        remarks=tuple(one.finding for one in found if one.rule.severity is not Severity.BLOCK),
    )


def web_app(service: Service, *, work: bool = True) -> "FastAPI":
    """The web application: WeCom's callback, the managers' console, health. Opens and closes with its lifespan."""
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.channel.wecom import CallbackCrypto, callback_routes
    from assistant.console.door.pacing import Pacing
    from assistant.console.pages import console_routes
    from assistant.pace import Pace
    from assistant.till.routes import till_routes
    from assistant.till.sending import tend

    settings = service.settings
    till = open_till(service)
    material_desk = open_material_desk(service)
    webhooks = open_webhooks(service) if settings.till_api else None
    opened: dict[str, Jobs] = {}
    closing = threading.Event()
    intake = Intake(
        database=service.database,
        accept=service.handling.accept,
        enqueue=lambda accepted: opened["jobs"].enqueue_turn(accepted.number, accepted.conversation_id),
        spool=Spool(settings.data_dir),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # DBOS refuses to be set up from within an event loop
        opened["jobs"] = await asyncio.to_thread(open_jobs, service, work=work)
        await asyncio.to_thread(intake.drain)
        await asyncio.to_thread(service.handling.warm_up, settings.corp_id)
        # what is loaded now stays: the collector need not walk through it and stop every thread meanwhile
        gc.collect()
        gc.freeze()
        tending = [asyncio.create_task(one) for one in (intake.tend(), sweep(), telling())]
        summing = asyncio.create_task(asyncio.to_thread(service.sum_up, closing.is_set))
        if webhooks is not None:
            tending.append(asyncio.create_task(tend(webhooks)))
        log.info("service open", corp=settings.corp_id)
        yield
        closing.set()
        for task in tending:
            task.cancel()
        await summing
        await asyncio.to_thread(intake.close)
        await asyncio.to_thread(service.close)

    def send_what_changed(look: Callable[[], Iterable[str]]) -> None:
        for turn_id in look():
            deliver(turn_id)

    chores: tuple[Callable[[], object], ...] = (
        service.tasking.tend,
        service.granted.expire,
        lambda: send_what_changed(service.signing.expire),
        lambda: send_what_changed(service.returning.tend),
        till.tidy,
        service.mining.run,
        service.mining.remind,
        lambda: retention.daily(service.database, settings.corp_id, service.clock()),
        material_desk.survey,
        material_desk.tidy,
    )

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for chore in chores:
                try:
                    await asyncio.to_thread(chore)
                except Exception:
                    # whatever broke one chore, the others are done and it is tried again: grants still have to expire
                    log.exception("not swept this time", chore=getattr(chore, "__qualname__", ""))

    async def telling() -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            try:
                # the same minute asks once, so what is being sent now is left alone
                await asyncio.to_thread(tell, service, opened["jobs"], f"{service.clock():%Y%m%d%H%M}")
            except DatabaseTrouble:
                log.exception("notices not looked at this time")

    async def accept(callback: "Callback") -> None:
        await intake.take(
            Incoming(
                corp_id=settings.corp_id,
                agent_id=callback.agent_id,
                userid=callback.userid,
                msgid=callback.msgid,
                kind=callback.kind,
                text=callback.text,
                received_at=service.clock(),
                channel=conversations.WECOM,
            )
        )

    def deliver(turn_id: str) -> None:
        with service.database.read() as tx:
            conversation_id = turns.conversation_of(tx, turn_id)
        opened["jobs"].enqueue_send(turn_id, f"{service.clock():%Y%m%d%H%M%S%f}", conversation_id)

    app = FastAPI(title="daogou", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts))
    if settings.has_wecom:
        crypto = CallbackCrypto(
            settings.wecom_token.get_secret_value(), settings.wecom_aes_key.get_secret_value(), settings.corp_id
        )
        app.include_router(callback_routes(crypto, accept, system_clock))
    app.include_router(
        console_routes(
            service.database,
            settings.corp_id,
            settings.console_key(),
            service.clock,
            service.explain,
            deliver,
            demo=settings.mode == "demo" and settings.listen_host in LOOPBACK,
            wecom=open_wecom_door(service),
            links_stay_open=settings.mode != "production" or settings.emergency_links,
            pacing=Pacing(settings.trusted_proxies),
            outside=open_outside(service),
            check_text=lambda text: read_by_the_law(service, text),
            material_desk=material_desk,
            script_tools=open_script_tools(service),
            proving=service.proving,
            holdout=settings.holdout,
            credit=Rule(days=settings.till_attribution_days),
            beside=lambda work: threading.Thread(target=work, daemon=True).start(),
        )
    )

    if settings.till_api:
        pace = Pace(settings.till_calls_per_minute)
        app.include_router(till_routes(till, pace, settings.till_webhook_secret.get_secret_value(), system_clock))

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
