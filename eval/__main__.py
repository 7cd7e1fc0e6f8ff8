"""``daogou eval``: replay dialogues against this version, score them, compare versions, hold back a worse one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from eval.cases.case import Split
from eval.customers.command import talk
from eval.retrieval.command import retrieval

if TYPE_CHECKING:
    from eval.gating.gate import Conclusion
    from eval.running import Ran, Wanted

app = typer.Typer(invoke_without_command=True, add_completion=False, help="回放对话，给这个版本打分；变差了就不放行。")
app.command()(retrieval)
app.command()(talk)
cases_app = typer.Typer(no_args_is_help=True, help="题目：检查写法、看数量、封存测试部分、写出格式说明。")
app.add_typer(cases_app, name="cases")
out = Console()
waiting = Console(stderr=True)

WORKING = [Split.TRAIN, Split.DEV]
ERROR = 2

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


@contextmanager
def _told() -> Iterator[None]:
    """Tell what is wrong with cases or folders as people read it, without a trace."""
    from eval.cases.reading import BadCase

    try:
        yield
    except BadCase as bad:
        out.print(f"[red]{bad}[/red]", highlight=False)
        raise typer.Exit(ERROR) from bad


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
    out.print(as_text(ran.manifest, ran.results), highlight=False, markup=False, soft_wrap=True)
    out.print(f"结果存在 {ran.folder}")


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
    from eval.counting.outcome import outcomes_of, read_outcomes
    from eval.gating.gate import BASELINE, GATE, conclude, read_gate
    from eval.gating.papers import as_markdown, write_junit
    from eval.reporting.text import as_text

    with _told():
        rules_read = read_gate(rules or GATE)
    with tempfile.TemporaryDirectory(prefix="daogou-gate-") as fresh:
        ran = (
            _opened(folder)
            if folder is not None
            else _run(_wanted(WORKING, pack, workers=workers), Path(fresh) / "run")
        )
    outcomes = outcomes_of(ran.results, ran.manifest.packs)
    kept = baseline or BASELINE
    conclusion = conclude(outcomes, rules_read, read_outcomes(kept) if kept.exists() else None)
    out.print(as_text(ran.manifest, ran.results), highlight=False, markup=False, soft_wrap=True)
    _show(conclusion)
    if junit is not None:
        write_junit(outcomes, conclusion, junit)
    if markdown is not None:
        markdown.write_text(as_markdown(outcomes, conclusion), encoding="utf-8")
    raise typer.Exit(conclusion.code)


def _show(conclusion: Conclusion) -> None:
    from eval.gating.papers import in_which_slices

    for note in conclusion.notes:
        out.print(f"  · {note}", highlight=False, markup=False, soft_wrap=True)
    if conclusion.may_go:
        out.print("通过。")
        return
    out.print("没有通过：")
    for reason in conclusion.reasons:
        out.print(f"  ✗ {reason}", highlight=False, markup=False, soft_wrap=True)
    if conclusion.blames:
        out.print(f"主要集中在：{in_which_slices(conclusion)}。", highlight=False, markup=False, soft_wrap=True)


@app.command()
def accept(
    folder: Annotated[Path, typer.Argument(help="已经跑好的结果。")],
    baseline: Baseline = None,
) -> None:
    """把这次的结果定为新的基线。先看清楚哪些变差了，再这样做。"""
    from eval.counting.outcome import outcomes_of, write_outcomes
    from eval.gating.gate import BASELINE

    ran = _opened(folder)
    kept = baseline or BASELINE
    write_outcomes(outcomes_of(ran.results, ran.manifest.packs), kept)
    out.print(f"新的基线已存到 {kept}：{len(ran.results)} 轮")


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="原来的版本跑出来的结果文件夹。")],
    after: Annotated[Path, typer.Argument(help="新版本跑出来的结果文件夹。")],
) -> None:
    """同一批题，两个版本哪里变好、哪里变差，有多大把握不是碰巧。"""
    from eval.comparing.differences import ALL, WHOLE, differences, least_seen
    from eval.comparing.paired import compare as paired
    from eval.counting.outcome import outcomes_of

    one, other = _opened(before), _opened(after)
    old, new = outcomes_of(one.results, one.manifest.packs), outcomes_of(other.results, other.manifest.packs)
    compared = paired(old, new)
    found = differences(compared.pairs)
    out.print(f"一样的 {compared.same} / {compared.turns} 轮", highlight=False)
    whole = [one for one in found if one.check == WHOLE and one.tag == ALL]
    for one_difference in whole:
        differing = max((one_difference.worse + one_difference.better) / max(one_difference.turns, 1), 0.02)
        least = least_seen(one_difference.cases, differing)
        out.print(
            f"这些题看得出的最小差别约 {least:.1%}（{one_difference.cases} 段，八成把握）",
            highlight=False,
            markup=False,
        )
    moved = [one for one in found if one.worse or one.better]
    for one_difference in sorted(moved, key=lambda one: (one.adjusted, one.share)):
        out.print(f"  {one_difference.in_words()}", highlight=False, markup=False, soft_wrap=True)
    for change in compared.changes:
        mark = "✗" if change.is_worse else "✓"
        out.print(
            f"  {mark} {change.name} {change.check}：{change.detail}", highlight=False, markup=False, soft_wrap=True
        )
    if compared.left_out:
        out.print(f"没法比的 {len(compared.left_out)} 轮：{'、'.join(compared.left_out[:10])}……", highlight=False)


@app.command()
def reliability(folder: Annotated[Path, typer.Argument(help="用 --times 跑出来的结果文件夹。")]) -> None:
    """同一段对话跑几遍都对的占多少，哪些时好时坏。"""
    from eval.comparing.reliability import reliability as counted
    from eval.counting.outcome import outcomes_of

    ran = _opened(folder)
    found = counted(outcomes_of(ran.results, ran.manifest.packs))
    out.print(f"{found.cases} 段对话，各跑 {found.repeats} 遍", highlight=False)
    for k, share in found.all_of.items():
        out.print(f"  连续 {k} 遍都全对：{share:.1%}", highlight=False)
    for one in found.flaky:
        out.print(f"  时好时坏：{one.name}（{one.repeats} 遍里 {one.passed} 遍全对）", highlight=False)


@app.command()
def reproduce(folder: Annotated[Path, typer.Argument(help="以前跑出来的结果文件夹。")], workers: Workers = 0) -> None:
    """用现在的代码把那次的题再跑一遍，逐字节核对每一轮是不是一样；不一样退出码 1。"""
    from eval.running import again

    ran = _opened(folder)
    with _told(), tempfile.TemporaryDirectory(prefix="daogou-again-") as fresh:
        found = again(ran, Path(fresh), waiting, workers)
    out.print(f"{found.same} / {found.turns} 轮一模一样", highlight=False)
    for name in found.other:
        out.print(f"  不一样：{name}", highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(1 if found.other else 0)


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

    with _told():
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

    with _told():
        return running(wanted, folder, waiting, resume=resume)


def _opened(folder: Path) -> Ran:
    from eval.running import read_run

    with _told():
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

    with _told():
        if places:
            out.print(f"{len(read_cases(*places))} 段对话，写法没有问题。", highlight=False)
            return
        for one in read_packs(packs_folder or PACKS):
            counts = "，".join(f"{split.label} {len(one.cases(split))}" for split in Split)
            out.print(f"{one.title}（{one.name}）：{counts}", highlight=False)
        broken = broken_seals(packs_folder or PACKS)
    if broken:
        out.print(f"[red]测试部分和封存时不一样：{'、'.join(broken)}[/red]")
        raise typer.Exit(1)


@cases_app.command()
def seal(packs_folder: PacksFolder = None) -> None:
    """封存每个题包的测试部分：记下内容的哈希，以后改了就看得出来。"""
    from eval.cases.packs import PACKS
    from eval.cases.packs import seal as sealed

    with _told():
        for name, kept in sealed(packs_folder or PACKS).items():
            out.print(f"{name} {kept[:16]}", highlight=False)


@cases_app.command()
def schema(
    write: Annotated[Path | None, typer.Option(help="存到这个文件；不填就打印出来。")] = None,
) -> None:
    """题目文件的 JSON Schema，编辑器可以拿来提示和检查。"""
    import json

    from eval.cases.case import Case

    text = json.dumps(Case.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
    if write is None:
        out.print(text, highlight=False, markup=False, soft_wrap=True)
    else:
        write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app()
