"""``daogou eval report | serve | export``: what a run came to, for people and for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.saying import say, told

Run = Annotated[Path, typer.Argument(metavar="RUN", help="评测结果的文件夹。")]
Before = Annotated[Path | None, typer.Option("--before", metavar="RUN0", help="和哪一次比；不填就和基线比。")]
Baseline = Annotated[Path | None, typer.Option("--baseline", help="基线文件；不填就用自带的。")]
Rules = Annotated[Path | None, typer.Option("--rules", help="放行规则文件；不填就用自带的。")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``daogou eval``."""
    app.command()(report)
    app.command()(serve)
    app.command()(export)


def report(
    run: Run,
    before: Before = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="存到哪里；不填就是 RUN/report.html。")] = None,
    baseline: Baseline = None,
    rules: Rules = None,
) -> None:
    """写出一份网页报告（一个文件，不联网，可以发给别人），每个数字都能点到是哪几轮。"""
    from eval.gating.gate import GATE, read_gate
    from eval.reporting.page import report as as_html
    from eval.reporting.reading import kept_baseline, opened

    with told():
        now, earlier = opened(run), opened(before) if before is not None else None
        html = as_html(now, read_gate(rules or GATE), before=earlier, baseline=kept_baseline(baseline))
    path = output or run / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    say(f"报告存在 {path}，用浏览器打开就能看")


def serve(
    runs: Annotated[Path, typer.Option("--runs", help="放评测结果的文件夹。")] = Path("var/eval"),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="端口，只在本机能打开。")] = 8620,
    baseline: Baseline = None,
    rules: Rules = None,
) -> None:
    """在本机的浏览器里看每一次评测，任选两次比较。"""
    import uvicorn

    from eval.gating.gate import GATE, read_gate
    from eval.reporting.reading import kept_baseline
    from eval.reporting.serving import web

    with told():
        app = web(runs, read_gate(rules or GATE), kept_baseline(baseline))
    say(f"用浏览器打开 http://127.0.0.1:{port} ，按 Ctrl+C 停止")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def export(
    run: Run,
    json: Annotated[Path | None, typer.Option("--json", help="报告里的全部数字存成 JSON。")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="每一轮一行，存成 Parquet。")] = None,
    before: Before = None,
    baseline: Baseline = None,
    rules: Rules = None,
) -> None:
    """把一次评测交给别的工具：数字存成 JSON，每一轮存成 Parquet 的一行。"""
    from eval.cases.reading import BadCase
    from eval.gating.gate import GATE, read_gate
    from eval.reporting.exporting import write_figures, write_turns
    from eval.reporting.figures import count
    from eval.reporting.reading import kept_baseline, opened

    with told():
        if json is None and parquet is None:
            raise BadCase("请写明存成什么：--json 文件名，或者 --parquet 文件名，也可以两个都写")
        now, earlier = opened(run), opened(before) if before is not None else None
        if json is not None:
            figures, _ = count(now, read_gate(rules or GATE), before=earlier, baseline=kept_baseline(baseline))
            write_figures(figures, json)
            say(f"数字存在 {json}")
        if parquet is not None:
            rows = write_turns(now, parquet)
            say(f"{rows} 轮存在 {parquet}")
