"""The composition root: the only file that knows every room. ``build`` makes a service from settings.

Whatever is passed to ``build`` replaces the real thing; the web app, the worker, the eval and the tests all
call it. Jobs and WeCom's callback start only with ``web_app`` or ``open_jobs``.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import structlog

from assistant.asking import Asking, Limits, Prices
from assistant.clock import Clock, clock_from, system_clock
from assistant.desks import Desks
from assistant.errors import IndexUnusable, SettingsError
from assistant.handling import Handling
from assistant.ingest.run import Ingest
from assistant.offers.attribution import PointsRule, Rule
from assistant.radar import Radar
from assistant.seams import Ask, Outgoing, Receipt, Search, Send, SendState, Wanted
from assistant.searching import StoreSearch
from assistant.service import Service
from assistant.settings import Settings
from assistant.store.coupons import grants
from assistant.store.coupons.life import GrantRefused, GrantRule
from assistant.store.database import Database
from assistant.store.till import telling
from assistant.store.till.events import TillRules
from assistant.till.desk import TillDesk
from assistant.trying import ScriptTrial
from assistant.turn import Hit
from assistant.uploaded import MaterialDesk
from assistant.uploading import Uploading
from knowledge.reading.blocks import Reading
from knowledge.reading.capped import CappedReader
from knowledge.words.wording import general_wording
from prompts.load import PromptError, Prompts, read_prompts

if TYPE_CHECKING:
    from assistant.console.administration.outside import Outside
    from assistant.console.door.wecom import WeComDoor
    from assistant.console.knowledge.answering import Checked
    from assistant.console.scripts.tools import ScriptTools
    from assistant.till.sending import WebhookSender

log = structlog.get_logger()

SHORTEST_SECRET = 32


def build(
    settings: Settings,
    *,
    ask: Ask | None = None,
    search: Search | None = None,
    send: Send | None = None,
    clock: Clock | None = None,
    read: Callable[[Path, str], Reading] | None = None,
) -> Service:
    """Make a service from settings; migrates nothing and serves nothing yet.

    What is handed in takes the place of what the settings name, and whoever handed it in closes it.

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
    if read is None:
        reader = CappedReader()
        closing.append(reader.close)
        read = reader.read
    bring_up = own.bring_up if own is not None else None
    ingesting = Ingest(database, settings.corp_id, clock, read, bring_up, settings.forgetting_key())
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
    wording = (lambda: index.index.wording) if index is not None else general_wording
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


def read_by_the_law(service: Service, text: str) -> "Checked":
    """What the law says to a text that is to become material."""
    from assistant.console.knowledge.answering import Checked
    from assistant.flow.guard.law.rules import Severity

    found = service.vetting.violations(text)
    return Checked(
        blocks=tuple(one.finding for one in found if one.rule.severity is Severity.BLOCK),
        remarks=tuple(one.finding for one in found if one.rule.severity is not Severity.BLOCK),
    )


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
