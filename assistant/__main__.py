"""The commands that run the service. ``daogou.py`` joins them with eval's and the demo.

Heavy libraries are imported inside the commands, so that ``daogou --help`` answers at once.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant.ingest.report import IngestReport
    from assistant.searching import Comparison, Explained
    from assistant.service import Service
    from assistant.settings import Settings
    from assistant.turn import Draft, Hit, TurnRecord

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="导购助手：给门店导购起草有依据的回复，并挑出客户能用的最合适的券。",
)
export = typer.Typer(no_args_is_help=True, help="导出记录。")
app.add_typer(export, name="export")
index = typer.Typer(no_args_is_help=True, help="检索索引：核对、重建。")
app.add_typer(index, name="index")
questions = typer.Typer(no_args_is_help=True, help="资料的常见问法。")
app.add_typer(questions, name="questions")
out = Console()
SHOWN_DIFFERENCES = 20


@contextmanager
def opened(*, beside_a_running_service: bool = False, with_index: bool = True) -> Iterator[Service]:
    """A service for the length of one command; what is wrong is said in plain words and exits 2.

    ``beside_a_running_service`` lets the command go on where that one owns the index: it will refresh it itself.
    A command that searches nothing does without the index (``with_index``).
    """
    from assistant.app import build, build_without_index
    from assistant.errors import DaogouError, IndexUnusable

    settings = read_settings()
    try:
        service = build(settings) if with_index else build_without_index(settings)
    except IndexUnusable as taken:
        if not beside_a_running_service:
            out.print(f"[red]{taken}[/red]")
            raise typer.Exit(2) from taken
        out.print("服务正在运行：资料先写进数据库，服务在下一次提问前自己更新索引。")
        service = build_without_index(settings)
    except DaogouError as error:
        out.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error
    try:
        if not service.database.is_migrated():
            out.print("[red]数据库还没建好，先运行 daogou migrate。[/red]")
            raise typer.Exit(2)
        yield service
    finally:
        service.close()


def read_settings() -> Settings:
    """Settings from the environment and .env; a wrong one is named in plain words and exits 2."""
    from pydantic import ValidationError

    from assistant.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "DAOGOU_" + "_".join(str(part) for part in problem["loc"]).upper()
            wanted = _WANTED.get(problem["type"], "写法不对").format(**problem.get("ctx", {}))
            out.print(f"[red]设置 {name} 不对：{wanted}。对照 .env.example 改好再试。[/red]")
        raise typer.Exit(2) from error


# what each kind of mistake in a setting wants instead; the given value may be a secret and is not repeated
_WANTED = {
    "int_parsing": "应为整数",
    "float_parsing": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "literal_error": "只能是 {expected}",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "datetime_from_date_parsing": "应为带时区的时刻，例如 2026-11-22T10:00:00+08:00",
    "value_error": "{error}",
}


@app.command()
def migrate() -> None:
    """建好或升级数据库。重复运行不会有变化。"""
    from assistant.store import summaries, turns
    from assistant.store.database import Database

    settings = read_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    database.migrate()
    with progress_bar("整理旧对话") as advance:
        filled = summaries.fill_missing(database, turns.read, lambda done, total: advance("", done, total))
    database.close()
    out.print(f"数据库已是最新。{f'给 {filled} 轮旧对话补好了检索和统计。' if filled else ''}")


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹，可以给多个。", exists=True)],
    report: Annotated[Path | None, typer.Option(help="把问题清单另存为 JSON 文件。")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看会发生什么：认出的列、数量、冲突和变化，什么都不写。")
    ] = False,
    map_out: Annotated[Path | None, typer.Option(help="把认出的列名对照写成文件，核对后放进 shop.yaml。")] = None,
) -> None:
    """读入门店资料：商品、库存、政策、话术、优惠券、会员、订单。好的行先进，有问题的逐条列出。"""
    with opened(beside_a_running_service=True) as service, progress_bar("读入资料") as advance:
        result = service.rehearse(paths, advance) if dry_run else service.ingest(paths, advance)
    if dry_run:
        show_guesses(result)
    show_report(result)
    if dry_run:
        out.print("以上只是预演，数据库和索引都没有改动。")
    if map_out is not None:
        import yaml

        map_out.write_text(yaml.safe_dump({"columns": result.columns()}, allow_unicode=True), encoding="utf-8")
        out.print(f"列名对照已存到 {map_out}，核对后抄进资料文件夹的 shop.yaml")
    if report is not None:
        report.write_text(result.to_json(), encoding="utf-8")
        out.print(f"问题清单已存到 {report}")


def show_guesses(result: IngestReport) -> None:
    """Print what every table was taken for, column by column."""
    changes = (("新的或有变化", result.changed), ("会撤下", result.removed), ("读不了", result.unread))
    for label, names in changes:
        for name in names:
            out.print(f"{label}：{name}", highlight=False)
    for guess in result.guesses:
        out.print(f"[bold]{' '.join(filter(None, (guess.file, guess.sheet)))}[/bold] → {guess.kind}", highlight=False)
        for theirs, ours in guess.columns.items():
            doubt = "  [yellow]按相近猜的，请核对[/yellow]" if ours in guess.unsure else ""
            out.print(f"   {theirs} → {ours}{doubt}", highlight=False)
        if guess.unused:
            out.print(f"   没有对上的列：{'、'.join(guess.unused)}", highlight=False)


def show_report(result: IngestReport) -> None:
    """Print what came in and every problem by file, place, field, reason and remedy."""
    out.print(result.summary())
    for problem in result.problems:
        colour = "red" if problem.is_error else "yellow"
        out.print(
            f"  [{colour}]{problem.severity_label}[/{colour}] {problem.where}：{problem.reason} → {problem.remedy}",
            highlight=False,
            soft_wrap=True,
        )


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar that says what is being done, how far it is and how long it will take."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title} {what[-30:]}", completed=done, total=total)

        yield advance


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="要查的问题。")],
    guide: Annotated[
        str, typer.Option(help="以谁的身份查，填企业微信账号；能看到哪些资料随她的门店而定。")
    ] = "linxiaoyun",
    before: Annotated[list[str] | None, typer.Option(help="前面说过的话，按先后写，可以写多句。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="按 JSON 打印。")] = False,
) -> None:
    """查资料：和企业微信里走同一套检索，列出段落、出处、得分，查不到就说明原因。"""
    from assistant.errors import DaogouError

    with opened() as service:
        try:
            found = service.explain(question, guide, tuple(before or ()))
        except DaogouError as error:
            out.print(f"[red]查不了：{error}[/red]")
            raise typer.Exit(2) from error
        if as_json:
            typer.echo(found.model_dump_json(indent=1))
            return
        show_found(found)


def show_found(found: Explained) -> None:
    """Print passages with place and scores, and the basis with its reasons."""
    for number, (hit, span) in enumerate(zip(found.hits, found.sentences, strict=True), start=1):
        passage = hit.passage
        place = " > ".join((f"《{passage.title}》第{passage.version}版", *passage.heading, passage.place))
        out.print(f"[bold]{number}. {place}[/bold]", highlight=False)
        scores = f"得分 {hit.score:.2f}，词面 {hit.lexical:.2f}，向量 {hit.dense:.2f}"
        out.print(f"   {scores}，{passage.kind.label}，{passage.scope.level.label} {passage.scope.id}", highlight=False)
        for line in standing_of(hit):
            out.print(f"   [yellow]{escape(line)}[/yellow]", highlight=False)
        text = Text("   ").append(passage.text)
        text.stylize("bold green", span.start + 3, span.end + 3)
        out.print(text, soft_wrap=True)
    reasons = "；".join(reason.label for reason in found.basis.reasons)
    verdict = "有依据" if found.hits else f"没有依据：{reasons or '找到的资料这位导购现在不能看'}"
    out.print(f"{verdict}（把握 {found.basis.value:.2f}）", highlight=False)


def standing_of(hit: Hit) -> list[str]:
    """What a manager should know of a passage found beside others: replaced, or at odds with them."""
    lines = ["本店或本区域有更具体的规定，以那一段为准"] if hit.replaced_by else []
    lines += [f"和《{one.title}》第{one.version}版对不上：那里写“{one.theirs}”" for one in hit.disagreements]
    return lines


@app.command()
def product(
    words: Annotated[
        list[str], typer.Argument(help="编码、条码、名称、昵称、拼音、首字母，或者条件，例如 200以内 敏感肌 精华。")
    ],
    store: Annotated[str, typer.Option(help="从哪家门店看库存，填门店编码。")] = "",
    side_by_side: Annotated[bool, typer.Option("--compare", help="把 2 到 4 个商品并排比较。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="按 JSON 打印。")] = False,
) -> None:
    """查商品：按名字找到是哪一个，按条件筛，并排比较，各店库存。查不到就说查不到，不猜。"""
    from assistant.errors import NotFound
    from assistant.goodsview import goods_parts

    with opened(with_index=False) as service:
        try:
            goods = service.product(words, store_id=store, side_by_side=side_by_side)
        except NotFound as missing:
            out.print(
                f"[red]查不了：没有门店“{store}”。[/red]"
                if store
                else "[red]还没有读入资料，先运行 daogou ingest。[/red]"
            )
            raise typer.Exit(2) from missing
    if as_json:
        typer.echo(goods.model_dump_json(indent=1))
        return
    for part in goods_parts(goods, store):
        out.print(part, highlight=False)
    if not goods.products:
        raise typer.Exit(1)


@app.command()
def figures(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="从哪天起，含这一天。")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="到哪天止，含这一天。")] = None,
    check: Annotated[bool, typer.Option("--check", help="再和控制台用的统计表逐项核对，有出入时退出码是 1。")] = False,
) -> None:
    """从完整的对话记录重新算一遍控制台的数据。文字已经清掉的对话算不出来，跳过并说明有多少轮。"""
    from assistant.recounting import in_words

    first, last = since.date() if since else None, until.date() if until else None
    with opened(with_index=False) as service:
        recounting = service.recounting
        records = recounting.from_records(first, last)
        for line in in_words(records):
            out.print(line, highlight=False)
        if skipped := recounting.skipped(first, last):
            out.print(f"跳过 {skipped} 轮：文字已按保存期或客户要求清掉，没有算在上面，也不核对。", highlight=False)
        if not check:
            return
        differences = recounting.differences(first, last, records)
    for line in differences[:SHOWN_DIFFERENCES]:
        out.print(f"[red]{escape(line)}[/red]", highlight=False)
    if differences:
        out.print(
            f"[red]共有 {len(differences)} 处对不上。[/red]运行 daogou migrate 会补上缺的；还对不上，请把上面几行发给我们。"
        )
        raise typer.Exit(1)
    out.print("和控制台的统计表逐项核对过，全部一致。")


@questions.command("propose")
def propose_questions(
    limit: Annotated[int, typer.Option(help="最多给多少段资料想问法。", min=1)] = 50,
) -> None:
    """请模型替还没有问法的政策和活动资料想几句顾客会怎么问；总部在控制台“待审问法”里通过后才使用。"""
    from assistant.errors import DaogouError

    with opened(beside_a_running_service=True) as service, progress_bar("想问法") as advance:
        try:
            done = service.propose_questions(limit, lambda count, total: advance("", count, total))
        except DaogouError as error:
            out.print(f"[red]{error}[/red]")
            raise typer.Exit(2) from error
    out.print(
        f"给 {done.passages} 段资料想了 {done.proposed} 句，{done.turned_down} 句不合用没有留下，还有 {done.left} 段没有问法。"
    )
    if done.proposed:
        out.print("请总部到控制台的“待审问法”里审核，通过后才会使用。")
    if done.failure:
        out.print(f"[yellow]模型没有应答，提前停下：{done.failure}。已经想好的都存下了，稍后再运行会接着来。[/yellow]")
        raise typer.Exit(1)


@index.command("check")
def index_check() -> None:
    """核对索引和数据库：缺的、旧的、多出来的段落各有多少。有出入时退出码是 1。"""
    with opened() as service:
        own = service.own_index()
        if own.trouble:
            out.print(f"[red]{own.trouble}[/red]")
            raise typer.Exit(1)
        show_comparison(own.compare(service.settings.corp_id))


@index.command("rebuild")
def index_rebuild() -> None:
    """丢掉索引，照数据库重新建一份，建完再核对一遍。"""
    with opened() as service, progress_bar("重建索引") as advance:
        own = service.own_index()
        if own.trouble:
            out.print(f"[red]{own.trouble}[/red]")
            raise typer.Exit(1)
        compared = own.rebuild(service.settings.corp_id, lambda done, total: advance("算向量", done, total))
    show_comparison(compared)


@index.command("train")
def index_train() -> None:
    """用答过的问题训练检索编码器；留出的问题证明有用才采用，没用就维持原样。需要 daogou[local]。"""
    from knowledge.embedding.embed import EmbedderUnavailable

    with opened() as service, progress_bar("训练") as advance:
        settings = service.settings
        try:
            taught = service.own_index().teach(
                settings.corp_id, settings.encoder_dir, lambda done, total: advance("编码器", done, total)
            )
        except EmbedderUnavailable as missing:
            out.print(f"[red]{missing}[/red]")
            raise typer.Exit(2) from missing
    out.print(taught.words)
    if taught.is_kept:
        out.print("重启服务后生效；重启前照旧用现在的索引。")


def show_comparison(compared: Comparison) -> None:
    """Print what index and database do not agree on; exits 1 when there is anything."""
    out.print(f"数据库里已发布 {compared.published} 段。")
    if compared.waiting:
        out.print(f"[yellow]还有 {compared.waiting} 段没有算好向量，先只用关键词检索。[/yellow]")
    if compared.is_equal:
        out.print("[green]索引和数据库一致。[/green]")
        return
    differ = (("缺", compared.missing), ("旧", compared.stale), ("多", compared.extra))
    for name, ids in differ:
        if ids:
            out.print(f"[red]{name} {len(ids)} 段，例如 {ids[0]}[/red]", highlight=False)
    out.print("启动服务或查一次资料会自动补齐；仍不一致就运行 daogou index rebuild。")
    raise typer.Exit(1)


@app.command()
def chat(
    guide: Annotated[str, typer.Option(help="以哪位导购的身份，填企业微信账号。")] = "linxiaoyun",
    message: Annotated[str, typer.Argument(help="要问的话；不填就进入对话。")] = "",
) -> None:
    """在终端里像导购一样问一句。走的是和企业微信里完全相同的流程。"""
    with opened() as service:
        if message:
            ask_and_show(service, guide, message)
            return
        out.print("输入问题，空行退出。")
        while line := input("导购> ").strip():
            ask_and_show(service, guide, line)


def ask_and_show(service: Service, guide: str, text: str) -> None:
    """Ask, and print the reply; on a terminal each draft of a model shows as soon as it is checked, until the reply is in."""
    from rich.live import Live

    if not out.is_terminal:
        show_turn(service.converse(guide, [text], channel="chat"))
        return
    with Live(console=out, transient=True, auto_refresh=False) as live:

        def show(drafts: tuple[Draft, ...]) -> None:
            live.update(preview(drafts), refresh=True)

        record = service.converse(guide, [text], channel="chat", heard=show)
    show_turn(record)


def preview(drafts: tuple[Draft, ...]) -> Text:
    """The drafts that have come so far; nothing before the first."""
    told = Text()
    if drafts:
        told.append("还在写，先看写好的：\n", style="dim")
    for one in drafts:
        told.append(f"\n{one.manner.label}\n", style="bold").append(f"{one.text}\n")
    return told


def show_turn(record: TurnRecord) -> None:
    """Print the reply as the guide would read it."""
    for part in record.reply.parts:
        typer.echo(f"{part}\n")


@app.command()
def serve() -> None:
    """启动服务：接收企业微信回调、起草回复、店长控制台。"""
    import uvicorn

    from assistant.errors import SettingsError
    from assistant.serving import web_app

    with opened() as service:
        set_up_logging(service.settings.log_level)
        settings = service.settings
        try:
            served = web_app(service)
        except SettingsError as error:
            out.print(f"[red]{error}[/red]")
            raise typer.Exit(2) from error
        uvicorn.run(
            served, host=settings.listen_host, port=settings.listen_port, log_level="warning", proxy_headers=False
        )


@app.command()
def work() -> None:
    """只起草和发送，不接收回调；数据库用 PostgreSQL 时可以开任意多个。"""
    import signal
    import threading

    from assistant.serving import open_jobs

    with opened() as service:
        set_up_logging(service.settings.log_level)
        open_jobs(service, work=True)
        stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        out.print("开始处理，按 Ctrl+C 停止。")
        stopped.wait()


@app.command()
def doctor() -> None:
    """检查设置、数据库、资料、索引、模型和企业微信，哪里不对就说怎么修。"""
    from assistant.doctor import examine

    findings = examine(read_settings())
    marks = {"ok": "[green]✓[/green]", "warn": "[yellow]![/yellow]", "bad": "[red]✗[/red]"}
    for finding in findings:
        remedy = f"\n    怎么修：{finding.remedy}" if finding.remedy else ""
        out.print(f"{marks[finding.state]} {finding.what}：{finding.says}{remedy}", highlight=False, soft_wrap=True)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


@app.command("console-link")
def console_link(userid: Annotated[str, typer.Argument(help="店长的企业微信账号。")]) -> None:
    """给一位店长生成登录控制台的链接，10 分钟内有效，只能用一次。"""
    from assistant.console.door.entering import links_open
    from assistant.console.door.login import login_link
    from assistant.store.console import sessions

    with opened(with_index=False) as service:
        settings = service.settings
        stay_open = settings.mode != "production" or settings.emergency_links or not settings.has_wecom_login
        with service.database.read() as tx:
            open_now = links_open(stay_open, lambda: sessions.came_by(tx, settings.corp_id, sessions.Way.WECOM))
        if not open_now:
            out.print("[red]企业微信登录已经能用，登录链接停用了。[/red]请打开控制台，用企业微信登录。")
            out.print("企业微信登不了时，设 DAOGOU_EMERGENCY_LINKS=true 并重启服务，再运行一次；恢复后记得改回 false。")
            raise typer.Exit(2)
        base = settings.public_url or f"http://{settings.listen_host}:{settings.listen_port}"
        out.print(f"{base}{login_link(settings.console_key(), userid)}", soft_wrap=True)


@export.command("turns")
def export_turns(
    to: Annotated[Path | None, typer.Option(help="写到这个文件；不填就打印出来。")] = None,
) -> None:
    """把每一轮的完整记录导出为 JSONL，一行一轮。"""
    with opened() as service:
        if to is None:
            for record in service.export_turns():
                typer.echo(json.dumps(record.model_dump(mode="json"), ensure_ascii=False))
            return
        written = 0
        with to.open("w", encoding="utf-8") as file:
            for record in service.export_turns():
                file.write(json.dumps(record.model_dump(mode="json"), ensure_ascii=False) + "\n")
                written += 1
        out.print(f"已导出 {written} 轮到 {to}")


def set_up_logging(level: str) -> None:
    """JSON lines with UTC times; message text is never an event field (safety G2)."""
    import logging

    import structlog

    from assistant.logs import TraceOfLines, hush_foreign_loggers

    hush_foreign_loggers()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(TraceOfLines()),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
    )


if __name__ == "__main__":
    app()
