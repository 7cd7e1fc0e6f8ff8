"""The commands about prompts: what is said to a model, filled in for a real question, and how a shop's own differs."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from assistant.__main__ import opened, out, read_settings
from prompts.load import HOME, SNIPPETS, PromptError, Template, VariableKind, packaged, read_prompts
from prompts.tokens import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assistant.seams import Prompt
    from assistant.service import Service

prompts = typer.Typer(no_args_is_help=True, help="提示词：看写了什么、填上真的问题、比较自己改的。")

DRAFT, SAMPLE_QUESTIONS = "draft", "sample_questions"
_KINDS = {
    VariableKind.LINE: "一行，我们自己的话",
    VariableKind.TEXT: "多行，我们自己的话",
    VariableKind.DATA: "外面来的话，围起来当资料",
}
_STYLES = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}

NameArgument = Annotated[str, typer.Argument(help="提示词的名字，不填就列出全部。")]


@prompts.command()
def show(name: NameArgument = "") -> None:
    """列出提示词；给了名字就看全文（小片段已放进去）、变量和版本。"""
    templates = _read()
    if not name:
        for one in templates.values():
            whose = f"，自己的：{'、'.join(one.own)}" if one.own else ""
            _say(f"{one.name}：{one.purpose}（版本 {one.version}{whose}）")
        return
    one = _named(name, templates)
    says = estimated_tokens(one.system) + estimated_tokens(one.user)
    _say(f"{one.name}：{one.purpose}")
    _say(f"版本 {one.version}，本身约 {says} 个 token")
    for file in one.files:
        _say(f"  {file}（{'自己的' if file in one.own else '自带'}）")
    for variable, kind in one.variables.items():
        _say(f"  {{{{{variable}}}}}：{kind}，{_KINDS[kind]}")
    _show_parts(one.system, one.user)


@prompts.command()
def render(
    name: Annotated[str, typer.Argument(help="提示词的名字。")],
    guide: Annotated[str, typer.Option(help="以哪位导购的身份问，填企业微信账号。")] = "linxiaoyun",
    question: Annotated[str, typer.Option(help="导购问的话。")] = "",
    turn: Annotated[str, typer.Option(help="记录里的一轮，填轮次编号。")] = "",
) -> None:
    """看模型真正会读到的全文：本店的资料、隐去了姓名电话，约多少个 token。什么都不写，也不调用模型。"""
    from assistant.errors import NotFound

    _named(name, packaged().templates)
    if name == DRAFT and bool(question) == bool(turn):
        out.print("[red]写草稿的提示词要有一句话：--question 现问一句，或者 --turn 看记录里的一轮，二选一。[/red]")
        raise typer.Exit(2)
    with opened(with_index=bool(question)) as service:
        try:
            made = _rendered(service, name, guide, question, turn)
        except NotFound as missing:
            out.print(f"[red]没有找到“{missing}”，请核对导购账号或轮次编号。[/red]")
            raise typer.Exit(2) from missing
    if made is None:
        out.print("这一句不用问模型：资料里没有答案，或者不是要写草稿。")
        raise typer.Exit(1)
    _say(f"{made.name} 版本 {made.version}，约 {_tokens(made)} 个 token")
    _show_parts(made.system, made.user)


def _rendered(service: Service, name: str, guide: str, question: str, turn: str) -> Prompt | None:
    prompting = service.prompting
    if name == SAMPLE_QUESTIONS:
        return prompting.of_material()
    if not turn:
        return prompting.of_question(guide, question)
    found = prompting.of_turn(turn)
    if found is None:
        return None
    was = found.record.provenance
    if was.prompt_version and was.prompt_version != found.prompt.version:
        _say(f"提醒：当时用的是版本 {was.prompt_version}，下面是现在的版本。")
    return found.prompt


@prompts.command()
def diff(
    name: NameArgument = "",
    against: Annotated[
        Path | None, typer.Option(help="和哪个文件夹比；不填就是 DAOGOU_PROMPTS_DIR。", exists=True, file_okay=False)
    ] = None,
) -> None:
    """自带的和自己的差在哪。自己的写错了、启动不了的时候也能比。"""
    folder = against or read_settings().prompts_dir
    if folder is None:
        out.print("还没有自己的提示词：设置 DAOGOU_PROMPTS_DIR，或者用 --against 指定文件夹。")
        raise typer.Exit(2)
    if name:
        _named(name, packaged().templates)
    differ = False
    for file in _own_files(name, folder):
        lines = list(
            unified_diff(_lines(HOME / file), _lines(folder / file), f"自带 {file}", f"自己的 {file}", lineterm="")
        )
        differ = differ or bool(lines)
        for line in lines:
            out.print(Text(line, style=_style(line)), soft_wrap=True)
    if not differ:
        out.print("没有不同。")


def _own_files(name: str, folder: Path) -> Iterator[str]:
    """The files of a folder that stand in the place of packaged ones, of one prompt or of all, and its new snippets."""
    found = [*folder.glob("*.md"), *(folder / SNIPPETS).glob("*.md")]
    wanted = {file for one in packaged().templates.values() if name in ("", one.name) for file in one.files}
    for path in sorted(found):
        file = path.relative_to(folder).as_posix()
        if file in wanted or not (HOME / file).exists():
            yield file


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8-sig", errors="replace").splitlines() if path.is_file() else []


def _style(line: str) -> str:
    return next((style for mark, style in _STYLES.items() if line.startswith(mark)), "")


def _read() -> Mapping[str, Template]:
    try:
        return read_prompts(read_settings().prompts_dir).templates
    except PromptError as wrong:
        out.print(f"[red]DAOGOU_PROMPTS_DIR 里的提示词用不了：{wrong}[/red]", soft_wrap=True)
        raise typer.Exit(2) from wrong


def _named(name: str, templates: Mapping[str, Template]) -> Template:
    if name not in templates:
        out.print(f"[red]没有叫“{name}”的提示词，有 {'、'.join(templates)}。[/red]")
        raise typer.Exit(2)
    return templates[name]


def _tokens(made: Prompt) -> int:
    return estimated_tokens(made.system) + estimated_tokens(made.user)


def _show_parts(system: str, user: str) -> None:
    for title, text in (("system", system), ("user", user)):
        out.print(f"\n[bold]—— {title}（约 {estimated_tokens(text)} 个 token）[/bold]", highlight=False)
        _say(text)


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
