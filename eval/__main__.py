"""``daogou eval``: replay dialogues against this version, score them, compare versions, hold back a worse one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eval.cases.case import Split
from eval.collecting.command import collect, drift
from eval.customers.command import talk
from eval.foreign.command import export_cases, import_cases
from eval.judging.command import judge
from eval.rating.command import rate
from eval.reporting.command import register as register_reports
from eval.retrieval.command import retrieval
from eval.saying import out, say, told, waiting

if TYPE_CHECKING:
    from eval.gating.gate import Conclusion
    from eval.running import Ran, Wanted

app = typer.Typer(invoke_without_command=True, add_completion=False, help="回放对话，给这个版本打分；变差了就不放行。")
app.command()(retrieval)
app.command()(talk)
register_reports(app)
cases_app = typer.Typer(no_args_is_help=True, help="题目：检查写法、看数量、封存测试部分、写出格式说明。")
app.add_typer(cases_app, name="cases")
app.add_typer(rate, name="rate")
app.command()(collect)
app.command()(drift)
app.command()(judge)
cases_app.command("import")(import_cases)
cases_app.command("export")(export_cases)
WORKING = [Split.TRAIN, Split.DEV]

Splits = Annotated[list[Split], typer.Option("--split", help="用哪一部分，可以写多个；test 只在发布前用，要写 --why。")]
PackNames = Annotated[list[str] | None, typer.Option("--pack", help="只跑这些题包，可以写多个。")]
Only = Annotated[list[str] | None, typer.Option("--only", help="只跑编号以此开头的对话，可以写多个。")]
Folder = Annotated[Path | None, typer.Option("--folder", help="结果存到哪个文件夹；不填就存在 var/eval 下面。")]
Workers = Annotated[int, typer.Option(help="用几个进程；0 就是每个核一个，1 便于调试。")]
Repeats = Annotated[int, typer.Option("--times", min=1, help="每段对话跑几遍（看稳不稳，用模型时有意义）。")]
WithModel = Annotated[bool, typer.Option("--with-model", help="用 DAOGOU_LLM_* 设置的模型；不加就只用话术组稿。")]
Why = Annotated[str, typer.Option(help="用测试部分的原因，会记下来。")]
Resume = Annotated[bool, typer.Option("--resume", help="接着 --folder 里没跑完的那次跑。")]
Through = Annotated[
    Literal["process", "wecom"],
    typer.Option(help="process 在进程里直接跑；wecom 每条消息都走加密回调和模拟的企业微信，一段对话要几秒。"),
]
PacksFolder = Annotated[Path | None, typer.Option("--packs-folder", help="题包文件夹；不填就用自带的。")]
Baseline = Annotated[Path | None, typer.Option("--baseline", help="和哪份基线比；不填就用自带的。")]


@app.callback(invoke_without_command=True)
def evaluate(context: typer.Context) -> None:
    """Without a sub-command: the gate, over all packs. Exit codes: 0 may go, 1 worse, 2 could not run, 3 nothing ran."""
    if context.invoked_subcommand is None:
        gate()


@app.command()
def run(
    split: Splits = WORKING,
    pack: PackNames = None,
    only: Only = None,
    folder: Folder = None,
    workers: Workers = 0,
    times: Repeats = 1,
    with_model: WithModel = False,
    why: Why = "",
    resume: Resume = False,
    packs_folder: PacksFolder = None,
    through: Through = "process",
) -> None:
    """回放对话，把每一轮的完整记录和评分存进一个文件夹。"""
    from eval.reporting.text import as_text

    wanted = _wanted(split, pack, only, workers, times, with_model, why, packs_folder, through == "wecom")
    ran = _run(wanted, folder, resume)
    say(as_text(ran.manifest, ran.results))
    say(f"结果存在 {ran.folder}")


@app.command()
def gate(
    folder: Annotated[Path | None, typer.Argument(help="已经跑好的结果；不填就现在跑一次。")] = None,
    baseline: Baseline = None,
    rules: Annotated[Path | None, typer.Option(help="放行规则文件；不填就用自带的。")] = None,
    junit: Annotated[Path | None, typer.Option(help="另存一份 JUnit XML。")] = None,
    markdown: Annotated[Path | None, typer.Option(help="另存一份 Markdown 摘要。")] = None,
    pack: PackNames = None,
    workers: Workers = 0,
) -> None:
    """放行：达不到最低要求，或者有哪一轮比基线差了，就不放行（退出码 1）。"""
    from eval.counting.outcome import read_outcomes
    from eval.gating.gate import BASELINE, GATE, conclude, read_gate
    from eval.gating.papers import as_markdown, write_junit
    from eval.reporting.text import as_text

    with told():
        rules_read = read_gate(rules or GATE)
    with tempfile.TemporaryDirectory(prefix="daogou-gate-") as fresh:
        ran = (
            _opened(folder)
            if folder is not None
            else _run(_wanted(WORKING, pack, workers=workers), Path(fresh) / "run")
        )
    outcomes = ran.outcomes
    kept = baseline or BASELINE
    conclusion = conclude(outcomes, rules_read, read_outcomes(kept) if kept.exists() else None)
    say(as_text(ran.manifest, ran.results))
    _show(conclusion)
    if junit is not None:
        write_junit(outcomes, conclusion, junit)
    if markdown is not None:
        markdown.write_text(as_markdown(outcomes, conclusion), encoding="utf-8")
    raise typer.Exit(conclusion.code)


def _show(conclusion: Conclusion) -> None:
    from eval.gating.papers import in_which_slices

    for note in conclusion.notes:
        say(f"  · {note}")
    if conclusion.may_go:
        say("通过。")
        return
    say("没有通过：")
    for reason in conclusion.reasons:
        say(f"  ✗ {reason}")
    if conclusion.blames:
        say(f"主要集中在：{in_which_slices(conclusion)}。")


@app.command()
def accept(
    folder: Annotated[Path, typer.Argument(help="已经跑好的结果。")],
    baseline: Baseline = None,
) -> None:
    """把这次的结果定为新的基线。先看清楚哪些变差了，再这样做。"""
    from eval.counting.outcome import write_outcomes
    from eval.gating.gate import BASELINE

    ran = _opened(folder)
    kept = baseline or BASELINE
    write_outcomes(ran.outcomes, kept)
    say(f"新的基线已存到 {kept}：{len(ran.results)} 轮")


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="原来的版本跑出来的结果文件夹。")],
    after: Annotated[Path, typer.Argument(help="新版本跑出来的结果文件夹。")],
) -> None:
    """同一批题，两个版本哪里变好、哪里变差，有多大把握不是碰巧。"""
    from eval.comparing.differences import ALL, WHOLE, differences, least_seen
    from eval.comparing.paired import compare as paired

    one, other = _opened(before), _opened(after)
    old, new = one.outcomes, other.outcomes
    compared = paired(old, new)
    found = differences(compared.pairs)
    say(f"一样的 {compared.same} / {compared.turns} 轮")
    whole = [one for one in found if one.check == WHOLE and one.tag == ALL]
    for one_difference in whole:
        differing = max((one_difference.worse + one_difference.better) / max(one_difference.turns, 1), 0.02)
        least = least_seen(one_difference.cases, differing)
        say(f"这些题看得出的最小差别约 {least:.1%}（{one_difference.cases} 段，八成把握）")
    moved = [one for one in found if one.worse or one.better]
    for one_difference in sorted(moved, key=lambda one: (one.adjusted, one.share)):
        say(f"  {one_difference.in_words()}")
    for change in compared.changes:
        mark = "✗" if change.is_worse else "✓"
        say(f"  {mark} {change.name} {change.check}：{change.detail}")
    if compared.left_out:
        say(f"没法比的 {len(compared.left_out)} 轮：{'、'.join(compared.left_out[:10])}……")


@app.command()
def reliability(folder: Annotated[Path, typer.Argument(help="用 --times 跑出来的结果文件夹。")]) -> None:
    """同一段对话跑几遍都对的占多少，哪些时好时坏。"""
    from eval.comparing.reliability import reliability as counted

    ran = _opened(folder)
    found = counted(ran.outcomes)
    say(f"{found.cases} 段对话，各跑 {found.repeats} 遍")
    for k, share in found.all_of.items():
        say(f"  连续 {k} 遍都全对：{share:.1%}")
    for one in found.flaky:
        say(f"  时好时坏：{one.name}（{one.repeats} 遍里 {one.passed} 遍全对）")


@app.command()
def reproduce(folder: Annotated[Path, typer.Argument(help="以前跑出来的结果文件夹。")], workers: Workers = 0) -> None:
    """用现在的代码把那次的题再跑一遍，逐字节核对每一轮是不是一样；不一样退出码 1。"""
    from eval.running import again

    ran = _opened(folder)
    with told(), tempfile.TemporaryDirectory(prefix="daogou-again-") as fresh:
        found = again(ran, Path(fresh), waiting, workers)
    say(f"{found.same} / {found.turns} 轮一模一样")
    for name in found.other:
        say(f"  不一样：{name}")
    raise typer.Exit(1 if found.other else 0)


@app.command()
def logged(
    days: Annotated[int, typer.Option(min=1, help="看最近多少天的。")] = 7,
    limit: Annotated[int, typer.Option(min=1, help="最多多少段对话。")] = 200,
    show: Annotated[int, typer.Option(help="把分岔的列出多少段。")] = 20,
) -> None:
    """把线上记下的对话用现在的版本再走一遍：每轮都接着当时的上文，走到第一处不一样为止。只读，不改线上的数据。"""
    from datetime import timedelta

    from rich.progress import Progress

    from assistant.settings import Settings
    from eval.replaying.logged import as_text, opened_log, replay_log

    with opened_log(Settings()) as service:
        since = service.clock() - timedelta(days=days)
        records = [one for one in service.export_turns() if one.started_at >= since]
        wanted = set(list(dict.fromkeys(one.conversation_id for one in reversed(records)))[:limit])
        records = [one for one in records if one.conversation_id in wanted]
        with Progress(console=waiting, transient=True) as bar:
            task = bar.add_task("再走一遍", total=len(wanted))
            found = tuple(replay_log(service, records, lambda: bar.advance(task)))
    if not found:
        say(f"最近 {days} 天没有记下的对话。")
        raise typer.Exit(3)
    say(as_text(found, show))
    raise typer.Exit(1 if any(one.part is not None for one in found) else 0)


def _wanted(
    split: list[Split],
    pack: list[str] | None = None,
    only: list[str] | None = None,
    workers: int = 0,
    times: int = 1,
    with_model: bool = False,
    why: str = "",
    packs_folder: Path | None = None,
    on_wire: bool = False,
) -> Wanted:
    from eval.cases.packs import PACKS
    from eval.running import Wanted, answering_of_settings

    with told():
        return Wanted(
            splits=tuple(split),
            packs=tuple(pack or ()),
            only=tuple(only or ()),
            packs_folder=packs_folder or PACKS,
            repeats=times,
            workers=workers,
            answering=answering_of_settings() if with_model else None,
            why=why,
            on_wire=on_wire,
        )


def _run(wanted: Wanted, folder: Path | None, resume: bool = False) -> Ran:
    from eval.running import run as running

    with told():
        return running(wanted, folder, waiting, resume=resume)


def _opened(folder: Path) -> Ran:
    from eval.running import read_run

    with told():
        return read_run(folder)


# ---- cases -------------------------------------------------------------------------------------


@cases_app.command()
def check(
    places: Annotated[list[Path] | None, typer.Argument(help="题目文件或文件夹；不填就看自带的题包。")] = None,
    packs_folder: PacksFolder = None,
) -> None:
    """看看题目写得对不对；不对的，逐条说清哪个文件、哪一项、怎么改。"""
    from eval.cases.packs import PACKS, broken_seals, read_packs
    from eval.cases.reading import read_cases

    with told():
        if places:
            say(f"{len(read_cases(*places))} 段对话，写法没有问题。")
            return
        for one in read_packs(packs_folder or PACKS):
            counts = "，".join(f"{split.label} {len(one.cases(split))}" for split in Split)
            say(f"{one.title}（{one.name}）：{counts}")
        broken = broken_seals(packs_folder or PACKS)
    if broken:
        out.print(f"[red]测试部分和封存时不一样：{'、'.join(broken)}[/red]")
        raise typer.Exit(1)


@cases_app.command()
def seal(packs_folder: PacksFolder = None) -> None:
    """封存每个题包的测试部分：记下内容的哈希，以后改了就看得出来。"""
    from eval.cases.packs import PACKS
    from eval.cases.packs import seal as sealed

    with told():
        for name, kept in sealed(packs_folder or PACKS).items():
            say(f"{name} {kept[:16]}")


@cases_app.command()
def agreement(show: Annotated[bool, typer.Option("--show", help="把不一致的轮次列出来。")] = False) -> None:
    """抽出来给第二个人重新标过的题，两个人标得一致不一致。"""
    from eval.cases.agreement import agreement as counted
    from eval.cases.agreement import as_text, read_second
    from eval.cases.packs import choose, read_packs

    with told():
        second = read_second()
        cases = {one.name: one.case for one in choose(read_packs(), list(Split))}
        found = counted(cases, second)
    say(f"{len(second)} 轮由两个人分别标过：")
    say(as_text(found, show))


@cases_app.command()
def schema(
    write: Annotated[Path | None, typer.Option(help="存到这个文件；不填就打印出来。")] = None,
) -> None:
    """题目文件的 JSON Schema，编辑器可以拿来提示和检查。"""
    import json

    from eval.cases.case import Case

    text = json.dumps(Case.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
    if write is None:
        say(text)
    else:
        write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app()
