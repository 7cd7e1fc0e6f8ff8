"""The commands for whoever connects the till: keys, tables read in, and what waits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.__main__ import opened, out, progress_bar

till = typer.Typer(no_args_is_help=True, help="收银对接：发钥匙、看调用记录、导入核销和退款、查一单算谁的。")


@till.command("key")
def make_key(
    name: Annotated[str, typer.Argument(help="这把钥匙给谁用，例如 总部收银。")],
    scopes: Annotated[
        str,
        typer.Option(
            help="能做什么，逗号分开：orders:write、redemptions:write、refunds:write、stock:write、read、"
            "coupons:read、coupons:hold。"
        ),
    ],
) -> None:
    """发一把钥匙。密钥只显示这一次，库里只存摘要。"""
    from assistant.sold import KeyScope
    from assistant.store.till import keys

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
    """列出发过的钥匙，不含密钥；没人在用的可以作废。"""
    from assistant.offers.wording import full_day
    from assistant.store.till import calls, keys

    with opened(with_index=False) as service, service.database.read() as tx:
        found = keys.every(tx, service.settings.corp_id)
        last = calls.last_of_keys(tx, service.settings.corp_id)
    for one in found:
        state = f"{full_day(one.revoked_at)}作废" if one.revoked_at else "有效"
        used = f"{full_day(last[one.key_id])}用过" if one.key_id in last else "近 200 天没用过"
        opens = "、".join(sorted(scope.label for scope in one.scopes))
        line = f"{one.key_id}  {one.name}  {opens}  {state}  {used}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if not found:
        out.print("还没有发过钥匙。")


@till.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="钥匙编号，dk_ 开头。")]) -> None:
    """作废一把钥匙，马上生效。"""
    from assistant.store.till import keys

    with opened(with_index=False) as service, service.database.begin() as tx:
        done = keys.revoke(tx, service.settings.corp_id, key_id, service.clock())
    if not done:
        out.print("[red]没有这把钥匙，或已经作废。[/red]")
        raise typer.Exit(1)
    out.print("已作废。")


@till.command("log")
def show_log(
    key: Annotated[str, typer.Option(help="只看这一把钥匙，dk_ 开头；webhook 看带签名的推送。")] = "",
    last: Annotated[int, typer.Option(help="最近多少次调用。", min=1, max=10_000)] = 50,
) -> None:
    """谁在什么时候调用了什么、答了什么。只记调用，不记内容，留存 200 天。"""
    from assistant.clock import SHOP_TIME
    from assistant.store.till import calls, keys

    with opened(with_index=False) as service, service.database.read() as tx:
        found = calls.latest(tx, service.settings.corp_id, last, key)
        names = {one.key_id: one.name for one in keys.every(tx, service.settings.corp_id)}
    for one in reversed(found):
        words = (
            f"{one.at.astimezone(SHOP_TIME):%Y-%m-%d %H:%M:%S}",
            f"{names.get(one.key_id, '')}（{one.key_id}）",
            f"{one.method} {one.route}",
            str(one.status),
            one.error,
            one.event_id,
        )
        out.print("  ".join(filter(None, words)), highlight=False, markup=False, soft_wrap=True)
    if not found:
        out.print("还没有调用记录。")


@till.command("credit")
def show_credit(order: Annotated[str, typer.Argument(help="订单号。")]) -> None:
    """这一单算哪家店、哪次沟通的，还有哪些在争、为什么没算。"""
    from assistant.app import open_till
    from assistant.errors import NotFound
    from assistant.offers.wording import full_day

    with opened(with_index=False) as service:
        try:
            found = open_till(service).attribution(order)
        except NotFound as missing:
            out.print(f"[red]还没有收到订单“{order}”，请核对订单号。[/red]", highlight=False)
            raise typer.Exit(2) from missing
    told = [f"门店：{found.store_id or '没有'}", f"沟通：{found.turn_id or '没有'}", f"导购：{found.guide or '没有'}"]
    out.print("，".join(told), highlight=False, markup=False, soft_wrap=True)
    for store in found.stores:
        mark = "✓" if store.credited else " "
        line = f"  {mark} {store.source.label} {store.store_id}：{store.why}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    for one in found.touches:
        mark = "✓" if one.touch.turn_id == found.turn_id else " "
        sent = full_day(one.touch.sent_at) + "发送" if one.touch.sent_at else full_day(one.touch.finished_at)
        line = f"  {mark} {one.touch.turn_id} {one.touch.guide} {sent}：{one.why}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if not found.touches:
        out.print("  下单前后没有和这位客户的沟通。")


@till.command("results")
def show_results(
    since: Annotated[str, typer.Argument(help="从哪天起，例如 2026-11-01。")],
    until: Annotated[str, typer.Argument(help="到哪天止，含当天。")],
) -> None:
    """一段时间里沟通之后的下单：按门店、导购，和对照组比。每个数都从收银事件和对话记录重新算出。"""
    from assistant.app import open_till
    from assistant.material.values import BadValue, moment, window_end
    from assistant.offers.holdout import result_words
    from assistant.offers.wording import yuan

    try:
        start, end = moment(since), window_end(until)
    except BadValue as wrong:
        out.print(f"[red]{wrong}[/red]", soft_wrap=True)
        raise typer.Exit(2) from wrong
    with opened(with_index=False) as service, progress_bar("归因") as advance:
        desk = open_till(service)
        found = desk.results(start, end, lambda done, total: advance("", done, total))
    out.print(f"这段时间共 {found.orders.orders} 单，实付 {yuan(found.orders.paid_fen)} 元（已除去取消和退款）。")
    credited, rule = found.credited, desk.rules.credit
    out.print(result_words(credited.orders, credited.paid_fen, rule, found.reachable, found.left_alone), soft_wrap=True)
    for title, parts in (("按门店", found.by_store), ("按导购", found.by_guide)):
        for name, part in sorted(parts.items(), key=lambda one: (-one[1].paid_fen, one[0])):
            line = f"  {title} {name or '没有写'}：{part.orders} 单，{yuan(part.paid_fen)} 元"
            out.print(line, highlight=False, markup=False, soft_wrap=True)


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
