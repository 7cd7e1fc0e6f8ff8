"""Order tables → order lines; one order may stand on several rows."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from assistant.material.columns import Recognised
from assistant.material.context import Context
from assistant.material.problems import Severity
from assistant.material.rows import Cells, Rows, read_rows
from assistant.material.values import count, moment
from assistant.offers.wording import yuan
from assistant.shop import OrderLine
from knowledge.reading.blocks import Table

LARGEST_PAID_FEN = 1_000_000_000
"""Ten million 元 for one line of a shop's order is a slip of the pen."""


def read_orders(table: Table, columns: Recognised, context: Context) -> Rows[OrderLine]:
    """Read order lines; one of an unknown customer is left out, one of an unknown product is kept with a warning.

    An order stands whole in one table: a line whose order came from another (``context.taken``) is left out.
    """
    return read_rows(table, columns, context, _one_line(context))


def _one_line(context: Context) -> Callable[[Cells], OrderLine | None]:
    lines: Counter[str] = Counter()
    seen: dict[tuple[str, ...], str] = {}

    def read(cells: Cells) -> OrderLine | None:
        order, customer, sku = cells.need("order"), cells.need("customer"), cells.need("sku")
        ordered = cells.need_value("ordered", moment)
        quantity, paid = cells.need_value("quantity", count), cells.need_money("paid")
        _check(cells, context, ordered, quantity)
        if paid is not None and paid > LARGEST_PAID_FEN:
            cells.flag("paid", f"实付金额 {yuan(paid)} 元大得不合常理", "请核对金额，单位是元")
        if order in context.taken:
            reason = f"订单号“{order}”重复，{context.taken[order]}已经有了，以那边为准"
            cells.flag("order", reason, "两次导出的日期重叠了，请只留一份")
        same = tuple(cells.row.cells.values())
        if same in seen:
            cells.flag("order", f"和{seen[same]}完全一样，像是重复导出", "请删掉多余的一行；确实买了两份请改数量")
        if ordered is None or quantity is None or paid is None or cells.refused:
            return None
        seen[same] = cells.place
        lines[order] += 1
        return OrderLine(
            order_id=order,
            line=lines[order],
            customer_id=customer,
            store_id=cells.text("store"),
            channel=cells.text("channel"),
            ordered_at=ordered,
            sku=sku,
            product_name=cells.text("product_name"),
            quantity=quantity,
            paid_fen=paid,
            status=cells.text("status"),
            coupon_id=cells.text("coupon"),
        )

    return read


def _check(cells: Cells, context: Context, ordered: datetime | None, quantity: int | None) -> None:
    stores = frozenset(context.stores) if context.stores is not None else None
    if customer := cells.text("customer"):
        cells.known("customer", (customer,), context.customers, "客户")
    if sku := cells.text("sku"):
        cells.known("sku", (sku,), context.skus, "商品", Severity.WARNING)
    if store := cells.text("store"):
        cells.known("store", (store,), stores, "门店", Severity.WARNING)
    if coupon := cells.text("coupon"):
        cells.known("coupon", (coupon,), context.coupons, "优惠券", Severity.WARNING)
    if quantity == 0:
        cells.flag("quantity", "数量是 0", "请填写购买数量；取消的订单不用导入")
    if ordered is not None and ordered > context.moment:
        cells.flag("ordered", f"下单时间“{cells.text('ordered')}”比现在还晚", "请核对下单日期和时间")
