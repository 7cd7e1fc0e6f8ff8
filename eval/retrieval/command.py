"""``daogou eval retrieval``: how well the search finds, on any corpus in BEIR layout or on the project's own questions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out = Console()
ERROR = 2


def retrieval(
    corpus: Annotated[
        Path | None,
        typer.Argument(help="BEIR 格式的文件夹：corpus.jsonl、queries.jsonl、qrels/*.tsv；不填就用自带的题库。"),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--setting",
            "-s",
            help="要测的设置，可以写多个，后面的逐一和第一个比：lexical、trained（用 --asked 那份问题训练）、向量模型的名字或文件夹；后面加 +asked 表示挂上已经答过的问题。",
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="用 qrels 里的哪一份打分。")] = "test",
    asked: Annotated[
        str, typer.Option(help="挂上、训练用哪一份 qrels 的问题（只对 +asked 和 trained 有用）。")
    ] = "train",
    save: Annotated[Path | None, typer.Option(help="把全部数字存成 JSON。")] = None,
    write: Annotated[Path | None, typer.Option(help="只把自带的题库写成 BEIR 格式，存到这个文件夹。")] = None,
) -> None:
    """检索效果：召回、排序、建库时间、速度和内存，和线上走同一套索引和检索代码。"""
    from eval.retrieval.corpus import BadCorpus
    from eval.retrieval.measuring import setting_of
    from eval.retrieval.report import shown
    from eval.retrieval.run import run, write_own_set

    settings = [setting_of(name) for name in setting or ["lexical", "lexical+asked"]]
    try:
        with tempfile.TemporaryDirectory(prefix="daogou-own-set-") as folder:
            if corpus is None:
                corpus = write or Path(folder) / "own"
                write_own_set(corpus)
                if write is not None:
                    out.print(f"题库已写到 {write}")
                    return
            report = run(corpus, split, asked, settings)
    except BadCorpus as error:
        out.print(f"[red]{error}[/red]")
        raise typer.Exit(ERROR) from error
    out.print(shown(report))
    if save is not None:
        report.save(save)
        out.print(f"全部数字已存到 {save}")
