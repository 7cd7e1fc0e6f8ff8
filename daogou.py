"""The ``daogou`` command: the service's commands, eval's, and the demo that joins service and simulator."""

import time
from pathlib import Path
from typing import Annotated

import typer

from assistant.__main__ import app, export, out, progress_bar, set_up_logging, show_report
from assistant.auditcommands import audit
from assistant.carrying import app as carrying_app
from assistant.carrying import export_all
from assistant.offercommands import offers
from assistant.promptcommands import prompts
from assistant.tilling import till
from eval.__main__ import app as eval_app
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP

app.add_typer(eval_app, name="eval")
app.add_typer(carrying_app)
app.add_typer(offers, name="offers")
app.add_typer(till, name="till")
app.add_typer(prompts, name="prompts")
app.add_typer(audit, name="audit")
export.command("all")(export_all)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="模拟企业微信的端口；服务用下一个端口。")] = 8610,
    data: Annotated[Path, typer.Option(help="演示数据放在哪里。")] = Path("var/demo"),
    fresh: Annotated[bool, typer.Option(help="清掉上次的演示数据重新来。")] = False,
) -> None:
    """用自带的样板店跑起来：建库、读资料、启动服务和模拟的企业微信，给出一个网址。"""
    from eval.demo import Demo

    running = Demo.prepare(port=port, data=data, sample=SAMPLE_SHOP, day=SAMPLE_DAY, fresh=fresh)
    began = time.monotonic()
    out.print("准备样板店「云屿」。第一次大约 20 秒，之后几秒就好。")
    with running, progress_bar("读入资料") as advance:
        report = running.start(advance)
    if report.changed:
        show_report(report)
    out.print(f"\n准备好了，用了 {time.monotonic() - began:.0f} 秒。用浏览器打开：\n\n    [bold]{running.url}[/bold]\n")
    out.print("按 Ctrl+C 停止。")
    running.wait()


def main() -> None:
    """Run the command line."""
    set_up_logging("WARNING")
    app(prog_name="daogou")


if __name__ == "__main__":
    main()
