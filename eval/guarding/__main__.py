"""``python -m eval.guarding``: measure the guard on what the product really writes, one sub-command for each of its duties."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

app = typer.Typer(add_completion=False, no_args_is_help=True, help="检查关和口吻的效果：真话放不放行，假话拦不拦得住。")
out = Console()
_waiting = Console(stderr=True)


def _moved(bar: Progress, task: TaskID, done: int, of: int) -> None:
    bar.update(task, completed=done, total=of)


@app.callback()
def guarding() -> None:
    """Every duty of the guard has a sub-command of its own."""


@app.command()
def claims(
    drafts: Annotated[int, typer.Option(help="大约用多少条真草稿；0 就是全部（约 4,900 条，十几分钟）。")] = 1500,
    show: Annotated[int, typer.Option(help="误拦和漏过的各列多少条（只列训练部分的）。")] = 0,
    save: Annotated[Path | None, typer.Option(help="把全部结果存成 JSON。")] = None,
) -> None:
    """有据锁：用真流程写出真草稿，每条改错一处，看拦下多少，又误拦了多少真话。"""
    from eval.guarding.clean import clean_drafts
    from eval.guarding.measuring import measure_claims
    from eval.guarding.report import shown_claims

    with Progress(console=_waiting, transient=True) as bar:
        writing = bar.add_task("写草稿", total=None)
        written = clean_drafts(drafts or None, lambda done, total: bar.update(writing, completed=done, total=total))
        checking = bar.add_task("逐条改错", total=None)
        measured = measure_claims(
            written, progress=lambda done, total: bar.update(checking, completed=done, total=total)
        )
    out.print(shown_claims(measured, show))
    if save is not None:
        save.write_text(json.dumps(asdict(measured), ensure_ascii=False, indent=1), encoding="utf-8")
        out.print(f"全部结果已存到 {save}")


@app.command()
def worded(
    show: Annotated[int, typer.Option(help="判错的列多少句（测试部分的不列）。")] = 0,
    test_only: Annotated[bool, typer.Option(help="只量没人学过的作者。")] = False,
) -> None:
    """自由措辞：别人照着记录像模型那样写的真草稿和假话，假话拦下多少，真话误删多少。"""
    from eval.guarding.report import shown_worded
    from eval.guarding.worded import SPLITS, measure

    with Progress(console=_waiting, transient=True) as bar:
        measured = []
        for split in SPLITS[1:] if test_only else SPLITS:
            checking = bar.add_task(f"逐句检查 {split}", total=None)
            measured.append(measure(split, partial(_moved, bar, checking)))
    out.print(shown_worded(measured, show))


@app.command()
def compliance() -> None:
    """合规：五千多条违法话、伪装话、正常话和成对的话，规则拦得对不对；测试部分和新作者的只报数字。"""
    from eval.guarding.compliance import measure
    from eval.guarding.report import shown_compliance

    out.print(shown_compliance(measure()))


@app.command()
def attacks() -> None:
    """指令：藏在消息和资料里、写给模型的话认不认得出，平常话会不会错认；测试部分只报数字。"""
    from eval.guarding.attacks import measure
    from eval.guarding.report import shown_compliance

    out.print(shown_compliance(measure(), "写给模型的话"))


@app.command()
def nonexistent(
    prompts: Annotated[int, typer.Option(help="问多少条；0 就是全部（约 1,200 条，各问两遍）。")] = 0,
) -> None:
    """不存在的东西：没有的商品、编的券、假的活动，不用模型和用一个爱撒谎的模型各问一遍，看编没编。"""
    from eval.guarding.nonexistent.measuring import as_text, measure

    with Progress(console=_waiting, transient=True) as bar:
        asking = bar.add_task("逐条问", total=None)
        result = measure(prompts or None, lambda done, of: bar.update(asking, completed=done, total=of))
    out.print(as_text(result), markup=False)


@app.command()
def voice(
    rounds: Annotated[int, typer.Option(help="每种问法问多少遍。")] = 14,
) -> None:
    """口吻：各种脾气的导购改过草稿之后，新草稿离她自己的话近了多少，事实有没有变。"""
    from eval.guarding.report import shown_voice
    from eval.guarding.voice import measure, sample_turns

    with _waiting.status("写草稿，学口吻"):
        measured = measure(sample_turns(rounds))
    out.print(shown_voice(measured))


if __name__ == "__main__":
    app()
