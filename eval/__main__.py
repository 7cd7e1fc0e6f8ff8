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
    dialogues: Annotated[Path | None, typer.Option(help="对话文件夹；不填就用自带的 60 段。")] = None,
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


if __name__ == "__main__":
    app()
