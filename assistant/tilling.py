"""The commands for whoever connects the till: keys, tables read in, and what waits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.__main__ import opened, out

till = typer.Typer(no_args_is_help=True, help="收银对接：发钥匙、导入核销和退款、查找不到券或订单的核销。")


@till.command("key")
def make_key(
    name: Annotated[str, typer.Argument(help="这把钥匙给谁用，例如 总部收银。")],
    scopes: Annotated[
        str,
        typer.Option(help="能做什么，逗号分开：orders:write、redemptions:write、refunds:write、stock:write、read。"),
    ],
) -> None:
    """发一把钥匙。密钥只显示这一次，库里只存摘要。"""
    from assistant.sold import KeyScope
    from assistant.store import keys

    wanted = [one.strip() for one in scopes.replace("，", ",").split(",") if one.strip()]
    wrong = [one for one in wanted if one not in {scope.value for scope in KeyScope}]
    if wrong or not wanted:
        known = "、".join(f"{scope.value}（{scope.label}）" for scope in KeyScope)
        out.print(f"[red]没有这样的权限：{'、'.join(wrong) or '没有填'}。可以填：{known}[/red]", highlight=False)
        raise typer.Exit(2)
    with opened(with_index=False) as service, service.database.begin() as tx:
        token = keys.make(tx, service.settings.corp_id, name[:100], {KeyScope(one) for one in wanted}, service.clock())
    out.print("密钥只显示这一次，请马上存到收银系统里，丢了就作废重发：")
    typer.echo(token)
    out.print("调用时写在请求头里：Authorization: Bearer 上面这一串", highlight=False)


@till.command("keys")
def list_keys() -> None:
    """列出发过的钥匙，不含密钥。"""
    from assistant.offers.wording import full_day
    from assistant.store import keys

    with opened(with_index=False) as service, service.database.read() as tx:
        found = keys.every(tx, service.settings.corp_id)
    for one in found:
        state = f"{full_day(one.revoked_at)}作废" if one.revoked_at else "有效"
        opens = "、".join(sorted(scope.label for scope in one.scopes))
        out.print(f"{one.key_id}  {one.name}  {opens}  {state}", highlight=False, markup=False)
    if not found:
        out.print("还没有发过钥匙。")


@till.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="钥匙编号，dk_ 开头。")]) -> None:
    """作废一把钥匙，马上生效。"""
    from assistant.store import keys

    with opened(with_index=False) as service, service.database.begin() as tx:
        done = keys.revoke(tx, service.settings.corp_id, key_id, service.clock())
    if not done:
        out.print("[red]没有这把钥匙，或已经作废。[/red]")
        raise typer.Exit(1)
    out.print("已作废。")


@till.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="核销或退款的 csv、xlsx。", exists=True, dir_okay=False)],
) -> None:
    """导入核销或退款表。好的行入账，有问题的逐条列出；同一份再导一次不会重复。"""
    from assistant.app import open_till
    from assistant.till.sheets import import_reading
    from knowledge.reading.capped import CappedReader

    with CappedReader() as reader:
        reading = reader.read(file, file.name)
    with opened(with_index=False) as service:
        desk = open_till(service)
        done = import_reading(reading, desk.lines_with, desk.keep, desk.is_known, service.clock())
    out.print(done.summary())
    for problem in done.problems:
        where = " ".join(filter(None, (problem.file, problem.place, problem.field)))
        out.print(f"  {where}：{problem.reason} → {problem.remedy}", highlight=False, soft_wrap=True, markup=False)
    if done.problems:
        raise typer.Exit(1)


@till.command("orphans")
def show_orphans() -> None:
    """再找一遍缺的券，然后列出还找不到券或订单的核销。"""
    from assistant.app import open_till
    from assistant.offers.wording import full_day, yuan

    with opened(with_index=False) as service:
        desk = open_till(service)
        desk.heal()
        found = desk.orphans()
    for one in found:
        coupon = one.grant_id or one.coupon_id
        line = f"{one.redemption_id}  订单 {one.order_id}  券 {coupon}  {yuan(one.amount_fen)}元"
        out.print(f"{line}  {full_day(one.occurred_at)}  {one.reason}", highlight=False, markup=False)
    if not found:
        out.print("每笔核销都找到了券和订单。")
