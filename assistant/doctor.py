"""What is off, in plain words, and how to mend it. Looks only; changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assistant.settings import Settings

State = Literal["ok", "warn", "bad"]
MICROFEN_PER_YUAN = 100_000_000


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``remedy`` is empty where nothing needs doing."""

    what: str
    state: State
    says: str
    remedy: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything a running service needs, in the order in which one would mend it."""
    looks: tuple[Callable[[Settings], Finding], ...] = (
        _mode,
        _data_dir,
        _database,
        _material,
        _index,
        _wecom,
        _model,
        _model_usage,
        _prompts,
        _embedder,
        _till,
        _hosts,
        _ai_label,
    )
    return tuple(look(settings) for look in looks)


def facts_of(settings: Settings) -> tuple[tuple[str, str, str], ...]:
    """What the environment set, in words and without secrets: what, its value, the variable."""
    database = "PostgreSQL" if settings.database.startswith("postgresql") else "SQLite"
    links = "开着（应急）" if settings.emergency_links else "正式使用且企业微信登录成功过以后停用"
    limit = f"{settings.llm_tokens_per_day:,} 个 token" if settings.llm_tokens_per_day else "不限"
    model = settings.llm_model if settings.has_model else "没有配置，由话术组稿"
    return (
        ("运行方式", "正式使用" if settings.mode == "production" else "演示", "DAOGOU_MODE"),
        ("对外地址", settings.public_url or "没有填", "DAOGOU_PUBLIC_URL"),
        ("企业微信应用", str(settings.wecom_agent_id) if settings.has_wecom else "没有配置", "DAOGOU_WECOM_AGENT_ID"),
        (
            "企业微信登录",
            "可以用" if settings.has_wecom_login else "没有配好",
            "DAOGOU_PUBLIC_URL、DAOGOU_WECOM_SECRET",
        ),
        ("登录链接", links, "DAOGOU_EMERGENCY_LINKS"),
        ("大模型", model, "DAOGOU_LLM_MODEL"),
        ("大模型密钥", "已填" if settings.llm_api_key.get_secret_value() else "没有填", "DAOGOU_LLM_API_KEY"),
        ("委托处理约定", settings.llm_processor_note or "没有记录", "DAOGOU_LLM_PROCESSOR_NOTE"),
        ("每天模型额度", limit, "DAOGOU_LLM_TOKENS_PER_DAY"),
        ("向量编码", "自带" if settings.embedder == "built-in" else settings.embedder, "DAOGOU_EMBEDDER"),
        ("数据库", database, "DAOGOU_DATABASE_URL"),
        ("收银对接", "已开通" if settings.till_api else "没有开通", "DAOGOU_TILL_API"),
        (
            "AI 标识",
            settings.ai_label or f"按约定去掉（{settings.unlabelled_agreement}）",
            "DAOGOU_UNLABELLED_AGREEMENT",
        ),
    )


def _mode(settings: Settings) -> Finding:
    if settings.mode == "demo":
        return Finding("运行方式", "warn", "现在是演示方式", "正式使用前设置 DAOGOU_MODE=production")
    if settings.clock_start is not None:
        return Finding("运行方式", "bad", "正式使用不能改时钟", "去掉 DAOGOU_CLOCK_START")
    return Finding("运行方式", "ok", "正式使用")


def _data_dir(settings: Settings) -> Finding:
    import os

    folder = settings.data_dir
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not os.access(existing, os.W_OK):
        return Finding("数据文件夹", "bad", f"{folder} 写不进去", "给它写权限，或用 DAOGOU_DATA_DIR 换一个地方")
    return Finding("数据文件夹", "ok", str(folder))


def _database(settings: Settings) -> Finding:
    from assistant.store.database import Database, DatabaseTrouble

    try:
        database = Database(settings.database)
        migrated = database.is_migrated()
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        database.close()
    except (DatabaseTrouble, OSError) as error:
        return Finding(
            "数据库", "bad", f"连不上（{type(error).__name__}）", "检查 DAOGOU_DATABASE_URL 和数据库是否启动"
        )
    if not migrated:
        return Finding("数据库", "bad", f"{kind} 里还没有表", "运行 daogou migrate")
    return Finding("数据库", "ok", f"{kind} 已就绪")


def _material(settings: Settings) -> Finding:
    from assistant.store import material
    from assistant.store.database import Database, DatabaseTrouble

    database = Database(settings.database)
    try:
        with database.read() as tx:
            facts = material.corp_facts(tx, settings.corp_id)
            counts = material.counts(tx, settings.corp_id)
    except DatabaseTrouble:
        return Finding("门店资料", "bad", "读不了", "先把数据库建好：daogou migrate")
    finally:
        database.close()
    if facts is None:
        return Finding("门店资料", "bad", "还没有资料", "运行 daogou ingest 资料文件夹")
    listed = "，".join(f"{name}{number}" for name, number in counts.items())
    empty = [name for name, number in counts.items() if number == 0]
    if empty:
        return Finding(
            "门店资料", "warn", f"{facts.brand}：{listed}", f"还缺{'、'.join(empty)}，补好文件再运行 daogou ingest"
        )
    return Finding("门店资料", "ok", f"{facts.brand}：{listed}")


def _index(settings: Settings) -> Finding:
    from knowledge.index.folder import IndexBusy, IndexProblem
    from knowledge.index.index import PassageIndex

    if not settings.index_dir.exists():
        return Finding("检索索引", "warn", "还没建", "运行 daogou ingest，或启动服务时会自动建")
    try:
        with PassageIndex(settings.index_dir, None, settings.corp_id) as index:
            held = index.count()
    except IndexBusy:
        return Finding("检索索引", "ok", f"在 {settings.index_dir}，服务正在使用")
    except IndexProblem as problem:
        return Finding(
            "检索索引", "bad", str(problem), "别的文件夹就改 DAOGOU_DATA_DIR；坏了就运行 daogou index rebuild"
        )
    return Finding("检索索引", "ok", f"在 {settings.index_dir}，{held} 段；可用 daogou index check 和数据库核对")


def _wecom(settings: Settings) -> Finding:
    if not settings.has_wecom:
        remedy = (
            "填 DAOGOU_CORP_ID、DAOGOU_WECOM_AGENT_ID、DAOGOU_WECOM_SECRET、DAOGOU_WECOM_TOKEN、DAOGOU_WECOM_AES_KEY"
        )
        return Finding("企业微信", "bad" if settings.mode == "production" else "warn", "还没配置应用", remedy)
    if len(settings.wecom_aes_key.get_secret_value()) != 43:
        return Finding("企业微信", "bad", "EncodingAESKey 不是 43 位", "到应用的「接收消息」设置里重新复制")
    import httpx2

    from assistant.channel.sending import WeComSender
    from assistant.clock import system_clock
    from assistant.errors import SendRefused

    with httpx2.Client(base_url=settings.wecom_api_url, timeout=5.0) as client:
        secret = settings.wecom_secret.get_secret_value()
        sender = WeComSender(client, settings.corp_id, secret, settings.wecom_agent_id, system_clock)
        try:
            sender.check()
        except SendRefused as error:
            return Finding("企业微信", "bad", f"取不到令牌（{error}）", _wecom_remedy(error.errcode))
    return Finding("企业微信", "ok", "令牌取得正常")


def _wecom_remedy(errcode: int) -> str:
    known = {
        40001: "Secret 不对，到应用详情里重新复制",
        40013: "企业 ID 不对，到「我的企业」最下面复制",
        60020: "把本机出口 IP 加进应用的「企业可信 IP」",
        -1: "检查能否访问 qyapi.weixin.qq.com，或稍后再试",
    }
    return known.get(errcode, "对照企业微信全局错误码处理")


def _model(settings: Settings) -> Finding:
    if not settings.has_model:
        return Finding("大模型", "ok", "没有配置，草稿由话术组稿生成（可以正常使用）")
    if not settings.llm_processor_note:
        remedy = "在 DAOGOU_LLM_PROCESSOR_NOTE 写明服务商、合同和数据所在地（个人信息保护法第二十一条）"
        return Finding("大模型", "warn", f"{settings.llm_model}，没有记录委托处理约定", remedy)
    return Finding("大模型", "ok", settings.llm_model)


def _model_usage(settings: Settings) -> Finding:
    if not settings.has_model:
        return Finding("模型用量", "ok", "没有配置大模型，没有用量")
    from assistant.asking import day_of
    from assistant.clock import clock_from, system_clock
    from assistant.store import usage
    from assistant.store.database import Database, DatabaseTrouble

    clock = clock_from(settings.clock_start) if settings.clock_start else system_clock
    database = Database(settings.database)
    try:
        with database.read() as tx:
            used = usage.of_day(tx, settings.corp_id, day_of(clock()))
    except DatabaseTrouble:
        return Finding("模型用量", "bad", "读不了", "先把数据库升级：daogou migrate")
    finally:
        database.close()
    limit = settings.llm_tokens_per_day
    yuan = used.cost_microfen / MICROFEN_PER_YUAN
    cost = f"，约 {yuan:.2f} 元" if yuan >= 0.01 else "，不到 1 分钱" if yuan else ""
    most = f"每天上限 {limit:,} 个" if limit else "没有每天的上限"
    says = f"今天调用 {used.calls:,} 次，用了 {used.tokens:,} 个 token{cost}；{most}"
    if used.turned_away or (limit and used.tokens >= limit):
        remedy = "要放宽就改 DAOGOU_LLM_TOKENS_PER_DAY 或 DAOGOU_LLM_CALLS_PER_MINUTE"
        return Finding("模型用量", "warn", f"{says}；{used.turned_away} 轮因为到了上限改用话术组稿", remedy)
    return Finding("模型用量", "ok", says)


def _prompts(settings: Settings) -> Finding:
    from prompts.load import PromptError, read_prompts

    try:
        own = [one for one in read_prompts(settings.prompts_dir).templates.values() if one.own]
    except PromptError as wrong:
        return Finding("提示词", "bad", str(wrong), "改好 DAOGOU_PROMPTS_DIR 里的文件；差在哪看 daogou prompts diff")
    if not own:
        return Finding("提示词", "ok", "都用自带的")
    return Finding("提示词", "ok", f"换成自己的：{'、'.join(dict.fromkeys(file for one in own for file in one.own))}")


def _embedder(settings: Settings) -> Finding:
    from importlib.util import find_spec

    if settings.embedder == "built-in":
        trained = settings.encoder_dir.is_dir()
        says = "用答过的问题训练的编码器" if trained else "还没有训练，只用关键词检索；问答多了运行 daogou index train"
        return Finding("向量编码", "ok", says)
    if settings.embedder_base_url or find_spec("sentence_transformers"):
        return Finding("向量编码", "ok", settings.embedder)
    remedy = "先 pip install torch==2.13.0，再 pip install 'daogou[local]'"
    return Finding("向量编码", "bad", "没装 sentence-transformers", remedy)


def _till(settings: Settings) -> Finding:
    if not settings.till_api:
        return Finding("收银对接", "ok", "没有开通，订单和核销从文件读入")
    from assistant.store.database import Database, DatabaseTrouble
    from assistant.store.till import events, keys, webhooks
    from assistant.store.till.webhooks import WebhookState

    secret = settings.till_webhook_secret.get_secret_value()
    if settings.till_webhook_url and not secret:
        return Finding("收银对接", "bad", "推送没有签名密钥", "设置 DAOGOU_TILL_WEBHOOK_SECRET")
    if settings.mode == "production" and settings.till_webhook_url.startswith("http://"):
        return Finding("收银对接", "bad", "推送地址不是 https", "把 DAOGOU_TILL_WEBHOOK_URL 换成 https 地址")
    database = Database(settings.database)
    try:
        with database.read() as tx:
            opening = [one for one in keys.every(tx, settings.corp_id) if one.revoked_at is None]
            orphans = len(events.orphans(tx, settings.corp_id))
            unsent = webhooks.counts(tx, settings.corp_id).get(WebhookState.GIVEN_UP, 0)
    except DatabaseTrouble:
        return Finding("收银对接", "bad", "读不了", "先把数据库升级：daogou migrate")
    finally:
        database.close()
    says = f"{len(opening)} 把钥匙有效，{orphans} 笔核销等券或订单，{unsent} 条推送没送到"
    if not opening and not secret:
        return Finding("收银对接", "warn", "开通了，但没有钥匙，也不收推送", "运行 daogou till key 发一把")
    if unsent:
        return Finding("收银对接", "warn", says, "检查 DAOGOU_TILL_WEBHOOK_URL 那边是否在收")
    if orphans:
        return Finding("收银对接", "warn", says, "运行 daogou till orphans 看缺哪张券、哪个订单")
    return Finding("收银对接", "ok", says)


def _hosts(settings: Settings) -> Finding:
    if settings.mode == "production" and not settings.public_url.startswith("https://"):
        return Finding("访问地址", "bad", "没有 https 的对外地址", "设置 DAOGOU_PUBLIC_URL 和 DAOGOU_ALLOWED_HOSTS")
    return Finding("访问地址", "ok", "、".join(settings.allowed_hosts))


def _ai_label(settings: Settings) -> Finding:
    if settings.ai_label:
        return Finding("AI 标识", "ok", f"原样采用的草稿末尾带「{settings.ai_label}」")
    return Finding(
        "AI 标识", "warn", f"已按约定去掉（{settings.unlabelled_agreement}）", "保存好约定和六个月以上的发送记录"
    )
