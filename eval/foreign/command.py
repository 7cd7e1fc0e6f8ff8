"""``daogou eval cases import`` and ``export``: questions from other tools, and ours for them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.cases.case import Split
from eval.saying import say, told

if TYPE_CHECKING:
    from eval.foreign.making import Brought

SHOWN = 20


class ForeignFormat(StrEnum):
    """What can be taken in."""

    PROMPTFOO = "promptfoo"
    JUDGED = "judged"
    TAU2 = "tau2"
    WECOM = "wecom"


class ExportFormat(StrEnum):
    """What can be written."""

    PROMPTFOO = "promptfoo"
    INSPECT = "inspect"


def import_cases(
    file: Annotated[Path, typer.Argument(help="别的工具的题目文件，或企业微信会话存档解密后的消息。")],
    form: Annotated[
        ForeignFormat,
        typer.Option(
            "--format",
            help="promptfoo（YAML）、judged（RAGAS、DeepEval 那样的问答 JSON）、tau2（tau2-bench 的任务）、wecom（会话存档）。",
        ),
    ],
    pack: Annotated[str, typer.Option(help="放进哪个题包：门店的商品、券、资料按它核对。")],
    guide: Annotated[str, typer.Option(help="用哪位导购的身份来问（企业微信账号）。")],
    to: Annotated[Path, typer.Option("-o", help="写到哪个 YAML 文件。")],
    name: Annotated[list[str] | None, typer.Option(help="存档里要盖掉的人名，可以写多个。")] = None,
    packs_folder: Annotated[Path | None, typer.Option(help="题包文件夹；不填就用自带的。")] = None,
) -> None:
    """把别处的题目读进来。我们没有的写法记在题目上方的注释里，读不了的逐条说明，其余照常写出。"""
    from eval.cases.packs import PACKS
    from eval.cases.reading import read_cases
    from eval.cases.writing import write_cases
    from eval.foreign.bringing import bring

    with told():
        brought = bring(file, form, pack, guide, packs_folder or PACKS, tuple(name or ()))
        if brought.cases:
            write_cases(brought.cases, to, brought.notes)
            read_cases(to)
    _tell(brought, to)
    raise typer.Exit(1 if brought.problems else 0)


def _tell(brought: Brought, to: Path) -> None:
    say(f"读进 {len(brought.cases)} 段对话" + (f"，写到 {to}" if brought.cases else "，没有写文件"))
    if brought.notes:
        say(f"其中 {len(brought.notes)} 段有我们没有的写法，记在题目上方的注释里：")
        every = [f"  · {name} {note}" for name, notes in brought.notes.items() for note in notes]
        for one in every[:SHOWN]:
            say(one)
        if len(every) > SHOWN:
            say(f"  …… 还有 {len(every) - SHOWN} 条，见文件里的注释")
    for problem in brought.problems:
        say(f"  ✗ {problem}")


def export_cases(
    form: Annotated[ExportFormat, typer.Option("--format", help="promptfoo（YAML 配置）或 inspect（JSONL 数据集）。")],
    to: Annotated[Path, typer.Option("-o", help="写到哪个文件。")],
    pack: Annotated[list[str] | None, typer.Option(help="只写这些题包，可以写多个。")] = None,
    split: Annotated[list[Split] | None, typer.Option(help="用哪一部分；测试部分封存着，不导出。")] = None,
    packs_folder: Annotated[Path | None, typer.Option(help="题包文件夹；不填就用自带的。")] = None,
) -> None:
    """把题目写成别的工具能跑的格式；promptfoo 旁边会多一个 Python 文件，它通过这个文件问 daogou。"""
    from eval.cases.packs import PACKS, WORKING_SPLITS, choose, read_packs
    from eval.cases.reading import BadCase
    from eval.foreign.inspect_dataset import write_dataset
    from eval.foreign.promptfoo import write_config

    splits = tuple(split or WORKING_SPLITS)
    with told():
        if Split.TEST in splits:
            raise BadCase("测试部分封存着，不导出：别的工具跑过一遍，它就不能再用来检验发布了")
        chosen = choose(read_packs(packs_folder or PACKS), splits, names=tuple(pack or ()))
        if not chosen:
            raise BadCase("没有选中任何对话：看看 --pack、--split 写得对不对")
    (write_config if form is ExportFormat.PROMPTFOO else write_dataset)(chosen, to)
    say(f"{len(chosen)} 段对话写到 {to}")
