"""``daogou eval``: replay the dialogues against this version and hold the figures against the thresholds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from eval.sample import SAMPLE_SHOP

app = typer.Typer(invoke_without_command=True, add_completion=False, help="回放对话，给这个版本打分；变差了就不放行。")
out = Console()


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    dialogues: Annotated[Path | None, typer.Option(help="对话文件夹；不填就用自带的 61 段。")] = None,
    shop: Annotated[Path, typer.Option(help="门店资料文件夹。")] = SAMPLE_SHOP,
    save: Annotated[Path | None, typer.Option(help="把每一轮的结果存成 JSONL。")] = None,
) -> None:
    """Exit codes: 0 passed, 1 worse than the thresholds, 2 a turn could not be run, 3 nothing ran."""
    if context.invoked_subcommand is not None:
        return
    from eval.cases import DIALOGUES, BadCase, read_cases
    from eval.report import ERROR, as_jsonl, as_text, conclude, thresholds
    from eval.stage import replay_on_sample

    try:
        cases = read_cases(dialogues or DIALOGUES)
    except BadCase as error:
        out.print(f"[red]{error}[/red]")
        raise typer.Exit(ERROR) from error
    with tempfile.TemporaryDirectory(prefix="daogou-eval-") as folder:
        run = replay_on_sample(cases, shop, Path(folder))
    conclusion = conclude(run, thresholds())
    out.print(as_text(run, conclusion), highlight=False, markup=False)
    if save is not None:
        save.write_text(as_jsonl(run), encoding="utf-8")
        out.print(f"每一轮的结果已存到 {save}")
    raise typer.Exit(conclusion.code)


@app.command()
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
    from eval.report import ERROR
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


if __name__ == "__main__":
    app()
