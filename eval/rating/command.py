"""``daogou eval rate``: people compare two versions without knowing which is which."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.saying import ERROR, say, told

rate = typer.Typer(no_args_is_help=True, help="请人盲评两个版本：出评分页面，收回评分，算一致性和胜负。")


@rate.command()
def make(
    before: Annotated[Path, typer.Argument(help="原来的版本跑出来的结果文件夹。")],
    after: Annotated[Path, typer.Argument(help="新版本跑出来的结果文件夹。")],
    page: Annotated[Path, typer.Option("-o", "--page", help="评分页面存到哪里（发给评分的人）。")],
    key: Annotated[Path, typer.Option(help="对照表存到哪里（不要发给评分的人）。")],
    number: Annotated[int, typer.Option(min=1, help="多少题。")] = 40,
    seed: Annotated[int, typer.Option(help="抽题和打乱的种子。")] = 1,
) -> None:
    """做一份盲评页面：一个网页文件，不联网，手机电脑都能评。"""
    from eval.rating.sheet import as_page, blind
    from eval.running import read_run

    with told():
        sheet, kept = blind(read_run(before), read_run(after), number, seed)
    page.write_text(as_page(sheet), encoding="utf-8")
    key.write_text(kept.model_dump_json(indent=1), encoding="utf-8")
    say(f"{len(sheet.pairs)} 题。页面 {page} 发给评分的人，对照表 {key} 自己留着。")


@rate.command()
def read(
    ratings: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="评分的人存下来的 JSON 文件。")],
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="做页面时存下的对照表。")],
) -> None:
    """收回评分：谁更好、有多大把握、大家一致不一致。"""
    try:
        from eval.rating.reading import preference, read_ratings
    except ImportError as missing:
        say("算一致性要多装一组依赖：pip install 'daogou[eval]'")
        raise typer.Exit(ERROR) from missing
    from eval.rating.sheet import Key

    with told():
        found = preference(read_ratings(ratings), Key.model_validate_json(key.read_text(encoding="utf-8")))
    say(found.in_words())
