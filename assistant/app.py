"""The composition root: the only file that knows every room. ``build`` makes a service from settings.

Whatever is passed to ``build`` replaces the real thing; the web app, the worker, the eval and the tests all
call it. Jobs and WeCom's callback start only with ``web_app`` or ``open_jobs``.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
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
from assistant.offers.attribution import PointsRule, Rule
from assistant.prompting import Prompting
from assistant.proposing import Proposed, propose
from assistant.proving import Proving
from assistant.seams import Ask, Outgoing, Reader, Receipt, Search, Send, SendState, Wanted
from assistant.searching import Explained, StoreSearch
from assistant.settings import Settings
from assistant.spool import Spool
from assistant.store import access, conversations, material, outbox, turns
from assistant.store.console import suggestions
from assistant.store.conversations import Incoming
from assistant.store.coupons import grants
from assistant.store.coupons.life import GrantRefused, GrantRule
from assistant.store.database import Database, DatabaseTrouble
from assistant.store.till import telling
from assistant.store.till.events import TillRules
from assistant.till.desk import TillDesk
from assistant.turn import Hit, TurnRecord
from knowledge.passage import Passage
from knowledge.reading.capped import CappedReader
from prompts.load import PromptError, Prompts, read_prompts

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.channel.wecom import Callback
    from assistant.store.jobs import Jobs
    from assistant.till.sending import WebhookSender

log = structlog.get_logger()

# how often grants past their end give back their money, and redemptions look again for their coupon; what a grant
# says of itself does not wait for it
SWEEP_SECONDS = 60.0

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


class DecidedSuggestion(NamedTuple):
    """A manager's word on the text a guide had made of a draft."""

    turn_id: str
    approved: bool
    note: str


@dataclass
class Service:
    """A built house: open it, use it, close it."""

    settings: Settings
    clock: Clock
    database: Database
    handling: Handling
    ingesting: Ingest
    index: StoreSearch | None = None
    close_all: list[Callable[[], None]] = field(default_factory=list)

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
    def proving(self) -> Proving:
        """Offers with their proof, for whoever wants to see one, and twins that must get the same."""
        return Proving(self.database, self.handling.desks, self.settings.corp_id, self.clock)

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
    desks = Desks(database, settings.ai_label, settings.holdout, settings.till_guide_point_fen)
    handling = Handling(
        database=database,
        desks=desks,
        search=search,
        asking=_open_asking(settings, database, clock, ask or _open_model(settings, closing)),
        send=send or _open_sender(settings, closing),
        clock=clock,
        quiet=timedelta(seconds=settings.quiet_seconds),
        model_seconds=settings.llm_deadline_seconds,
        prompts=prompts,
    )
    reader = CappedReader()
    closing.append(reader.close)
    ingesting = Ingest(database, settings.corp_id, clock, reader.read, own.bring_up if own is not None else None)
    return Service(settings, clock, database, handling, ingesting, own, closing)


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
    return jobs


def web_app(service: Service, *, work: bool = True) -> "FastAPI":
    """The web application: WeCom's callback, the managers' console, health. Opens and closes with its lifespan."""
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from assistant.channel.wecom import CallbackCrypto, callback_routes
    from assistant.console.pages import console_routes
    from assistant.pace import Pace
    from assistant.till.routes import till_routes
    from assistant.till.sending import tend

    settings = service.settings
    till = open_till(service)
    webhooks = open_webhooks(service) if settings.till_api else None
    opened: dict[str, Jobs] = {}
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
        tending = [asyncio.create_task(intake.tend()), asyncio.create_task(sweep())]
        if webhooks is not None:
            tending.append(asyncio.create_task(tend(webhooks)))
        log.info("service open", corp=settings.corp_id)
        yield
        for task in tending:
            task.cancel()
        await asyncio.to_thread(intake.close)
        await asyncio.to_thread(service.close)

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await asyncio.to_thread(service.granted.expire)
                await asyncio.to_thread(till.tidy)
            except DatabaseTrouble:
                log.exception("grants not swept this time")

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
        )
    )

    if settings.till_api:
        pace = Pace(settings.till_calls_per_minute)
        app.include_router(till_routes(till, pace, settings.till_webhook_secret.get_secret_value(), system_clock))

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
