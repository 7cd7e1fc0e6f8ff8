"""The commands that prove offers: one explained, and twins that must get the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from assistant.__main__ import opened, out, progress_bar

if TYPE_CHECKING:
    from assistant.offers.twins import Bias
    from assistant.turn import Offer

offers = typer.Typer(no_args_is_help=True, help="优惠：讲清一单怎么算，验证同样的客户得同样的优惠。")
_PIECE = re.compile(r"^(?P<sku>[^×xX*]+?)(?:[×xX*](?P<quantity>\d{1,3}))?$")


@offers.command()
def explain(
    customer: Annotated[str, typer.Argument(help="客户 ID。")],
    basket: Annotated[list[str], typer.Argument(help="商品编码，几件写成 YY-FC-001x2，可以写多个。")],
    store: Annotated[str, typer.Option(help="门店编码；不填就是客户自己的门店。")] = "",
    online: Annotated[bool, typer.Option("--online", help="按小程序下单来算。")] = False,
    reach: Annotated[float | None, typer.Option(help="想到手多少元：用成本最低的券到这个价。", min=0)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="按 JSON 打印整个依据。")] = False,
) -> None:
    """一位客户买这些，用哪些券最划算、每行减多少、别的券差在哪。和导购看到的是同一套算法。"""
    from assistant.errors import NotFound
    from assistant.shop import Channel

    wanted: dict[str, int] = {}
    for word in basket:
        match = _PIECE.match(word)
        if match is None:
            out.print(f"[red]看不懂“{word}”，请写成 商品编码 或 商品编码x件数。[/red]")
            raise typer.Exit(2)
        wanted[match["sku"]] = wanted.get(match["sku"], 0) + int(match["quantity"] or 1)
    with opened(with_index=False) as service:
        try:
            offer = service.proving.offer(
                customer,
                wanted,
                store_id=store,
                channel=Channel.MINI_PROGRAM if online else Channel.SHOP,
                reach_fen=None if reach is None else round(reach * 100),
            )
        except NotFound as missing:
            out.print(f"[red]没有找到“{missing}”，请核对客户、商品或门店的编码。[/red]")
            raise typer.Exit(2) from missing
    if as_json:
        typer.echo(offer.model_dump_json(indent=1))
        return
    show_offer(offer)


def show_offer(offer: Offer) -> None:
    """Print the bill line by line, what was booked in which order, and what stands in the way of every other coupon."""
    from assistant.offers.wording import step_words, yuan

    bill = Table(title="本单怎么算（按入账顺序）")
    # folded and not cut: names have no spaces to break at
    bill.add_column("商品", overflow="fold")
    for heading in ("原价", *(f"{one.name}" for one in offer.applied), "到手"):
        bill.add_column(heading, justify="right", overflow="fold")
    for place, line in enumerate(offer.lines):
        parts = [one.per_line[place] if one.per_line else 0 for one in offer.applied]
        price = line.unit_fen * line.quantity
        name = f"{line.name}×{line.quantity}" if line.quantity > 1 else line.name
        cells = [f"-{yuan(part)}" if part else "" for part in parts]
        bill.add_row(name, yuan(price), *cells, yuan(price - sum(parts)))
    out.print(bill)
    for one in offer.applied:
        out.print(f"  {one.name}：{one.terms}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"{offer.why}。应付 {yuan(offer.pay_fen)} 元。", highlight=False, markup=False, soft_wrap=True)
    for other in offer.alternatives:
        out.print(
            f"  没用上 {other.name}（{other.rule.label}）：{other.distance}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if offer.step is not None:
        out.print(f"{step_words(offer.step, '本店有货')}。", highlight=False, markup=False, soft_wrap=True)
    out.print(f"规则版本 {offer.rules_version}，依据版本 {offer.inputs_version}", highlight=False)


@offers.command()
def twins() -> None:
    """给每位客户造几个只差在消费能力、设备、来得勤不勤的对照客户，优惠必须一样。有不一样的，退出码是 1。"""
    with opened(with_index=False) as service, progress_bar("对照") as advance:
        proving = service.proving
        found = proving.twins(lambda done, total: advance("", done, total))
        # the console shows the last result; one that it is just working on itself comes later and stands
        if check_id := proving.begin_check(""):
            proving.keep(check_id, found)
    out.print(f"比了 {found.pairs} 对，{len(found.found)} 对得到的优惠不一样。")
    for bias in found.found[:10]:
        show_bias(bias)
    if found.found:
        raise typer.Exit(1)


@offers.command()
def audit() -> None:
    """把发出去的券和每个计数从头再算一遍，应当一分不差。有出入时退出码是 1。"""
    with opened(with_index=False) as service:
        differences = service.granted.audit()
    for line in differences:
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if differences:
        raise typer.Exit(1)
    out.print("发券、核销、退款和每个计数都对得上。")


@offers.command()
def granted(customer: Annotated[str, typer.Argument(help="客户 ID。")]) -> None:
    """一位客户手里的券：哪张、什么时候谁发的、到哪天、用了没有。"""
    from assistant.offers.wording import near_day, yuan

    with opened(with_index=False) as service:
        held, now = service.granted.of(customer), service.clock()
    if not held:
        out.print("还没有发过券。")
    for one in held:
        granted_at, expires_at = (near_day(moment, seen_from=now) for moment in (one.granted_at, one.expires_at))
        order = f"，订单 {one.order_id}" if one.order_id else ""
        # lines and not a table: a narrow terminal would cut the number that extending and taking back ask for
        for line in (
            f"发放编号 {one.grant_id}",
            f"  {one.coupon_id} {one.status.label}：{one.guide} 于 {granted_at} 发放，{expires_at} 到期，"
            f"最多抵 {yuan(one.value_fen)} 元{order}",
        ):
            out.print(line, highlight=False, markup=False, soft_wrap=True)


@offers.command()
def extend(
    grant: Annotated[str, typer.Argument(help="发放编号。")],
    until: Annotated[str, typer.Argument(help="延到哪一天，含当天，例如 2026-12-31。")],
    by: Annotated[str, typer.Option(help="谁同意的，填企业微信账号。")],
) -> None:
    """把一张发出去的券延到某一天。"""
    from assistant.material.values import BadValue, window_end
    from assistant.store.coupons.life import GrantRefused

    with opened(with_index=False) as service:
        try:
            made = service.granted.extend(grant, window_end(until), by)
        except (BadValue, GrantRefused) as refused:
            out.print(f"[red]{refused}[/red]", soft_wrap=True)
            raise typer.Exit(2) from refused
    out.print(f"已延到 {until}（{made.status.label}）。")


@offers.command()
def revoke(
    grant: Annotated[str, typer.Argument(help="发放编号。")],
    by: Annotated[str, typer.Option(help="谁决定的，填企业微信账号。")],
    reason: Annotated[str, typer.Option(help="为什么收回。")],
) -> None:
    """收回一张还没用的券，占用的预算退回。"""
    from assistant.store.coupons.life import GrantRefused

    with opened(with_index=False) as service:
        try:
            service.granted.revoke(grant, by, reason)
        except GrantRefused as refused:
            out.print(f"[red]{refused}[/red]", soft_wrap=True)
            raise typer.Exit(2) from refused
    out.print("已撤回。")


def show_bias(bias: Bias) -> None:
    """Print both twins and both offers."""
    basket = "、".join(f"{line.name}×{line.quantity}" for line in bias.lines)
    out.print(f"客户 {bias.customer.customer_id}，只改“{bias.twin.differs_in}”，买 {basket}：", highlight=False)
    for label, offer in (("原来", bias.offer), ("对照", bias.twin_offer)):
        out.print(f"  {label}：{offer.why}", highlight=False, markup=False, soft_wrap=True)
