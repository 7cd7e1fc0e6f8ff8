"""The commands that carry material in from where it lies, and everything out again."""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.__main__ import opened, out, progress_bar, read_settings, set_up_logging, show_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.settings import Settings
    from assistant.sources.source import Brought, Limits, Place, Plan

app = typer.Typer()
fetch = typer.Typer(no_args_is_help=True, help="从别处取回资料再读入：对象存储、微盘、网页。只取有变化的。")
app.add_typer(fetch, name="fetch")

AllowEmpty = Annotated[bool, typer.Option("--allow-empty", help="来源里什么都没有了也照办：撤下它的全部资料。")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只看会取回什么，什么都不做。")]


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="本机或 NAS 上的资料文件夹。", exists=True, file_okay=False)],
    every: Annotated[float, typer.Option(help="每隔多少秒看一次。", min=0.1)] = 60.0,
    quiet: Annotated[float, typer.Option(help="文件多少秒不再变化才算写完。", min=0)] = 3.0,
    allow_empty: AllowEmpty = False,
) -> None:
    """看着一个资料文件夹，有变化就重新读入。文件夹暂时断开时照旧用已有的资料。"""
    from assistant.ingest.files import root_of
    from assistant.sources.folder import Watch, WatchedFolder
    from assistant.sources.source import Mirrored

    settings = read_settings()
    set_up_logging(settings.log_level)
    root = root_of(folder)
    if root != folder.resolve():
        out.print(f"[red]shop.yaml 在 {root}，请监看那个文件夹。[/red]")
        raise typer.Exit(2)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    place = WatchedFolder(root, quiet, stopped.wait)
    source = Mirrored(place, limits_of(settings), allow_empty)
    mirror = mirror_of(settings, place.name)

    def tell(words: str) -> None:
        out.print(words, highlight=False, soft_wrap=True, markup=False)

    def read() -> None:
        # not kept open in between: whoever serves must be able to open the index meanwhile
        with opened(beside_a_running_service=True) as service:
            show_report(service.ingest([mirror], known_as=place.name))

    tell(f"开始监看 {root}，按 Ctrl+C 停止。")
    Watch(place, source, mirror, read, tell, stopped.wait, every).run()
    tell("已停止监看。")


@fetch.command("bucket")
def fetch_bucket(
    bucket: Annotated[str, typer.Argument(help="桶名。")],
    prefix: Annotated[str, typer.Option(help="只取这个前缀下的文件，例如 资料/。")] = "",
    allow_empty: AllowEmpty = False,
    dry_run: DryRun = False,
) -> None:
    """从兼容 S3 的对象存储取回资料再读入（AWS、MinIO、阿里云 OSS、腾讯云 COS）。"""
    from assistant.errors import SettingsError
    from assistant.sources.bucket import BucketAccess, open_bucket

    settings = read_settings()
    access = BucketAccess(
        settings.s3_access_key.get_secret_value(),
        settings.s3_secret_key.get_secret_value(),
        settings.s3_endpoint_url,
        settings.s3_region,
        settings.s3_path_style,
    )
    try:
        place = open_bucket(access, bucket, prefix)
    except SettingsError as missing:
        out.print(f"[red]{missing}[/red]".replace("daogou[s3]", r"daogou\[s3]"))
        raise typer.Exit(2) from missing
    try:
        carry(place, settings, allow_empty=allow_empty, dry_run=dry_run)
    finally:
        place.close()


@fetch.command("wedrive")
def fetch_wedrive(
    space: Annotated[str, typer.Argument(help="微盘空间的 spaceid。")],
    folder: Annotated[str, typer.Option(help="只取这个文件夹，填它的 fileid。")] = "",
    allow_empty: AllowEmpty = False,
    dry_run: DryRun = False,
) -> None:
    """从企业微信微盘取回资料再读入。应用要在微盘的「可调用应用」里。"""
    import httpx2

    from assistant.channel.sending import WeComSender
    from assistant.clock import system_clock
    from assistant.sources.wedrive import WeDrive

    settings = read_settings()
    secret = settings.wecom_secret.get_secret_value()
    if not secret:
        out.print("[red]还没有配置企业微信应用，请设置 DAOGOU_CORP_ID 和 DAOGOU_WECOM_SECRET。[/red]")
        raise typer.Exit(2)
    limit = httpx2.Timeout(30.0, connect=5.0)
    with httpx2.Client(base_url=settings.wecom_api_url, timeout=limit, trust_env=False) as client:
        app_of_ours = WeComSender(client, settings.corp_id, secret, settings.wecom_agent_id, system_clock)
        place = WeDrive(client, app_of_ours.token, space, folder, time.sleep)
        carry(place, settings, allow_empty=allow_empty, dry_run=dry_run)


@fetch.command("url")
def fetch_url(
    urls: Annotated[list[str], typer.Argument(help="网址，可以给多个；只读允许的网站。")],
    remove: Annotated[bool, typer.Option("--remove", help="不是读入，而是撤下这些网址的资料。")] = False,
    dry_run: DryRun = False,
) -> None:
    """按网址读入资料。默认不开放，要先在 DAOGOU_URL_INGEST_HOSTS 里写上允许的网站。"""
    from assistant.sources.web import WebPages, name_of

    settings = read_settings()
    if not settings.url_ingest_hosts:
        out.print("[red]按网址导入没有开放：请在 DAOGOU_URL_INGEST_HOSTS 里写上允许的网站。[/red]", highlight=False)
        raise typer.Exit(2)
    place = WebPages(tuple(urls), settings.url_ingest_hosts)
    if remove and not dry_run:
        for url in urls:
            if not place.refusal(url):
                (mirror_of(settings, place.name) / name_of(url)).unlink(missing_ok=True)
        place = WebPages((), settings.url_ingest_hosts)
    carry(place, settings, allow_empty=False, dry_run=dry_run)


def carry(place: Place, settings: Settings, *, allow_empty: bool, dry_run: bool) -> None:
    """Bring what is at a place, then read it in; exits 2 when the place cannot be read."""
    from assistant.sources.source import Mirrored

    source = Mirrored(place, limits_of(settings), allow_empty)
    mirror = mirror_of(settings, source.name)
    with told():
        if dry_run:
            show_plan(source.plan(mirror))
            return
        with progress_bar("取回资料") as advance:
            brought = source.bring(mirror, advance)
        show_brought(brought)
        with opened(beside_a_running_service=True) as service, progress_bar("读入资料") as advance:
            report = service.ingest([mirror], advance, known_as=source.name)
    show_report(report)


@contextmanager
def told() -> Iterator[None]:
    """Whatever goes wrong in an expected way is said in plain words and exits 2."""
    from assistant.errors import DaogouError

    try:
        yield
    except DaogouError as trouble:
        out.print(f"[red]{str(trouble).replace('[', chr(92) + '[')}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from trouble


def show_plan(plan: Plan) -> None:
    """Print what would be fetched and what would go."""
    for label, names in (("会取回", [one.name for one in plan.wanted]), ("会撤下", plan.gone), ("先沿用", plan.held)):
        for name in names:
            out.print(f"{label}：{name}", highlight=False, markup=False, soft_wrap=True)
    for problem in plan.problems:
        line = f"{problem.severity_label} {problem.where}：{problem.reason} → {problem.remedy}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    out.print(f"共 {len(plan.wanted)} 个要取，{len(plan.unchanged)} 个没有变化。以上只是预演，什么都没有做。")


def show_brought(brought: Brought) -> None:
    """Print what came and what did not."""
    out.print(brought.summary())
    for problem in brought.problems:
        line = f"{problem.severity_label} {problem.where}：{problem.reason} → {problem.remedy}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def mirror_of(settings: Settings, name: str) -> Path:
    """Where the mirror of a place lies: hidden, so that no folder that holds it reads it as its own."""
    mark = hashlib.sha256(name.encode()).hexdigest()[:16]
    return settings.data_dir.resolve() / ".sources" / mark


def limits_of(settings: Settings) -> Limits:
    """How much a place may bring."""
    from assistant.sources.source import MEGABYTE, Limits

    return Limits(settings.source_file_mb * MEGABYTE, settings.source_total_mb * MEGABYTE, settings.source_files)


def export_all(
    folder: Annotated[Path, typer.Argument(help="导出到这个文件夹；要是空的或还没有。")],
    form: Annotated[str, typer.Option("--format", help="表格的格式：xlsx 或 csv。")] = "xlsx",
    with_phones: Annotated[bool, typer.Option("--with-phones", help="会员手机号不打码；会记入日志。")] = False,
) -> None:
    """把本企业的全部资料、会员、订单、券和收银的账、控制台里定下的事、对话记录导出成文件，能再读入（daogou restore）。"""
    from assistant.exporting.everything import export_everything

    if form not in {"xlsx", "csv"}:
        out.print("[red]--format 只能是 xlsx 或 csv。[/red]")
        raise typer.Exit(2)
    with opened(beside_a_running_service=True) as service, told():
        exported = export_everything(
            service.database,
            service.settings.corp_id,
            folder,
            service.clock,
            form="csv" if form == "csv" else "xlsx",
            with_phones=with_phones,
        )
    counts = "，".join(f"{name} {number}" for name, number in exported.counts.items() if number)
    out.print(f"已导出到 {folder}：{counts}。", highlight=False, soft_wrap=True)
    if not with_phones and exported.counts["会员"]:
        out.print("会员手机号已打码；要完整的号码，加上 --with-phones。")
    for problem in exported.problems:
        line = f"{problem.severity_label} {problem.where}：{problem.reason} → {problem.remedy}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="daogou export all 导出的文件夹。", exists=True, file_okay=False)],
) -> None:
    """读入一份导出：资料照常读入，再补上攒下的问法、同义词、券和收银的账、控制台里定下的事。对话和操作记录只供查阅，不会写回。"""
    from assistant.exporting.everything import restore_beside
    from assistant.store import privacy

    with opened(beside_a_running_service=True) as service, told():
        with progress_bar("读入资料") as advance:
            report = service.ingest([folder], advance)
        show_report(report)
        corp_id = service.settings.corp_id
        back = restore_beside(service.database, corp_id, folder, service.clock())
        with service.database.read() as tx:
            key_is_missing = privacy.everybody_forgotten(tx, corp_id, service.settings.forgetting_key()).other_keys
    lost = f"，{back.questions.lost} 条对应的资料变了，没有补上" if back.questions.lost else ""
    out.print(
        f"补上问法 {back.questions.found} 条{lost}，同义词 {back.synonyms} 组，"
        f"券和收银的账、控制台里定下的事 {back.ledger_rows} 条。",
        soft_wrap=True,
    )
    if back.in_the_way:
        out.print(
            f"[yellow]这里已经有账 {back.in_the_way} 条（{'、'.join(back.held)}），导出里的账没有写入："
            "两套账混在一起会对不上。要恢复账，请用空的数据库。[/yellow]",
            soft_wrap=True,
        )
    if key_is_missing:
        out.print(
            "[yellow]要求忘记的客户是用另一把钥匙记下的，认不出来：请把原来的 DAOGOU_FORGETTING_SECRET 或 forgetting.key "
            "换到这里，再读入会员表。[/yellow]",
            soft_wrap=True,
        )
