"""The commands about the audit log: is it whole, and all of it as lines of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from assistant.__main__ import opened, out
from assistant.store import audit as log

audit = typer.Typer(no_args_is_help=True, help="操作记录：核对有没有被改过，整份导出。")


@audit.command()
def verify(
    expect: Annotated[str, typer.Option(help="另外记下来的最后一条的指纹；记录里没有它，就是结尾被截掉了。")] = "",
) -> None:
    """核对整条操作记录；打印条数和最后一条的指纹，请把指纹记在别处。断了就说从第几条起，退出码 1。"""
    with opened(with_index=False) as service, service.database.read() as tx:
        corp_id = service.settings.corp_id
        chain = log.verify(tx, corp_id)
        known = not expect or expect == chain.head or log.has_digest(tx, corp_id, expect)
    if chain.broken_at is not None:
        out.print(
            f"[red]第 {chain.broken_at} 条对不上：记录被改过，或者少了。[/red] 一共 {chain.entries} 条。",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    if not known:
        out.print(f"[red]没有指纹是 {expect} 的记录：结尾被截掉了。[/red] 现在有 {chain.entries} 条。", soft_wrap=True)
        raise typer.Exit(1)
    out.print(f"完整，一共 {chain.entries} 条，最后一条的指纹：\n{chain.head}", highlight=False, soft_wrap=True)


@audit.command()
def export(
    to: Annotated[Path | None, typer.Option(help="写到这个文件；不填就打印出来。")] = None,
) -> None:
    """把操作记录整份导出为 JSONL，一行一条，从最早的开始。"""
    with opened(with_index=False) as service, service.database.read() as tx:
        lines = (json.dumps(log.told(entry), ensure_ascii=False) for entry in log.every(tx, service.settings.corp_id))
        if to is None:
            for line in lines:
                typer.echo(line)
            return
        written = 0
        with to.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(line + "\n")
                written += 1
    out.print(f"已导出 {written} 条到 {to}")
