"""Product and stock tables → products and stock readings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.clock import SHOP_TIME
from assistant.material.columns import Recognised
from assistant.material.context import Context
from assistant.material.rows import Cells, Rows, read_rows
from assistant.material.values import BadValue, barcode, count, day, moment, phrases, several, yes_or_no
from assistant.offers.wording import yuan
from assistant.shop import Product, Stock
from knowledge.reading.blocks import Table

SPECIAL_EFFICACY = ("防晒", "染发", "烫发", "祛斑", "美白", "防脱")
"""Effects that need a special registration number (化妆品监督管理条例 Art. 16-17)."""
BARCODE_TAKEN = "条码 {}"
"""The key in ``Context.taken`` under which the file stands that already has a barcode."""
_PLAIN_SHEET = ("sheet", "工作表", "商品", "产品")


def read_products(table: Table, columns: Recognised, context: Context) -> Rows[Product]:
    """Read products; columns that are not ours go into ``attributes``, the office's own notes and costs nowhere."""
    return read_rows(table, columns, context, _one_product(context), identity="sku")


def read_stock(table: Table, columns: Recognised, context: Context) -> Rows[Stock]:
    """Read stock; a row for an unknown store or product, or a second one for the same pair, is left out."""
    return read_rows(table, columns, context, _one_stock(context))


def _one_product(context: Context) -> Callable[[Cells], Product | None]:
    carriers: dict[str, str] = {}

    def read(cells: Cells) -> Product | None:
        sku, name, category = cells.need("sku"), cells.need("name"), _category(cells)
        price = cells.need_money("price")
        list_price = cells.money("list_price")
        written = cells.money("floor_price")
        floor_price = _floor(cells, price, written, context)
        newness = _newness(cells, context)
        excluded = cells.read("coupon_excluded", yes_or_no) or False
        if price is None or cells.refused:
            return None
        _look_at_prices(cells, price, list_price, written)
        _look_at_efficacy(cells)
        return Product(
            sku=sku,
            name=" ".join(name.split()),
            category=category,
            brand=cells.text("brand") or context.brand,
            spec=cells.text("spec"),
            price_fen=price,
            list_price_fen=list_price,
            floor_price_fen=floor_price,
            aliases=several(cells.text("aliases")),
            barcodes=_barcodes(cells, carriers, context),
            suitable_for=several(cells.text("suitable_for")),
            not_for=several(cells.text("not_for")),
            concerns=several(cells.text("concerns")),
            ingredients=several(cells.text("ingredients")),
            free_of=several(cells.text("free_of")),
            efficacy=several(cells.text("efficacy")),
            registration=cells.text("registration"),
            special_registration=cells.text("special_registration"),
            selling_points=phrases(cells.text("selling_points")),
            usage=cells.text("usage"),
            cautions=phrases(cells.text("cautions")),
            is_new=newness.now,
            new_until=newness.until,
            coupon_excluded=excluded,
            attributes=_attributes(cells),
            cited=cells.cite(context),
        )

    return read


def _floor(cells: Cells, price: int | None, written: int | None, context: Context) -> int | None:
    """Return the least a piece may cost: 控价, or what leaves the shop's least margin over the cost, whichever is more.

    The cost itself goes no further than this line: nobody who drafts, asks or reads offers ever sees it.
    """
    cost = cells.money("cost")
    if cost is None or context.least_margin_percent is None:
        return written
    # rounded up: a 分 less would already be below the margin
    with_margin = -(-cost * 100 // (100 - context.least_margin_percent))
    if price is not None and with_margin > price:
        cells.warn("price", "售价低于成本加最低毛利，这个商品用不了任何券", "请核对售价和成本价")
    return max(written or 0, with_margin)


def _barcodes(cells: Cells, carriers: dict[str, str], context: Context) -> tuple[str, ...]:
    """Return the good barcodes of a row. A bad one is left out, one that two products carry is kept with both:
    the scanner then shows both, and a person has to say which is right."""
    kept: dict[str, None] = {}
    for written in several(cells.text("barcodes")):
        try:
            code = barcode(written)
        except BadValue as bad:
            cells.warn("barcodes", bad.reason, bad.remedy)
            continue
        earlier = carriers.get(code) or context.taken.get(BARCODE_TAKEN.format(code))
        if earlier and code not in kept:
            reason = f"条码“{code}”在{earlier}已经是另一个商品的"
            cells.warn("barcodes", reason, "请核对两个商品的条码，只留对的那一个；改好之前扫码会列出两个商品")
        if not cells.refused:
            carriers.setdefault(code, f"{cells.place}“{cells.text('sku')}”")
        kept[code] = None
    return tuple(kept)


def _category(cells: Cells) -> str:
    """Return the category, or the sheet's own name in a workbook with one sheet per category."""
    category = cells.text("category")
    sheet = cells.row.sheet
    if not category and sheet and not sheet.lower().startswith(_PLAIN_SHEET):
        category = sheet
    if not category:
        cells.flag("category", "“品类”没有填", "请补上品类，或让工作表名就是品类")
    return category


@dataclass(frozen=True)
class _Newness:
    """Whether a product is new today, and until when that follows from its launch (None: somebody marked it)."""

    now: bool
    until: date | None = None


def _newness(cells: Cells, context: Context) -> _Newness:
    marked = cells.read("is_new", yes_or_no)
    launched = cells.read("launched", day)
    if launched is None:
        return _Newness(marked or False)
    today = context.moment.astimezone(SHOP_TIME).date()
    if launched > today:
        cells.warn("launched", f"{launched.isoformat()} 才上市", "还没到货请先不要导入，或改正上市日期")
    if marked is not None:
        return _Newness(marked)
    until = launched + timedelta(days=context.new_for_days)
    return _Newness(today < until, until)


def _look_at_prices(cells: Cells, price: int, list_price: int | None, floor_price: int | None) -> None:
    shown = yuan(price)
    if len(cells.text("price").split()) > 1:
        cells.warn("price", f"售价单元格里有换行或空格，读作 {shown} 元", "请核对，并把售价写在一行里")
    if price == 0:
        cells.flag("price", "售价是 0 元", "请填写实际售价；赠品不用放进商品表")
    if list_price is not None and price > list_price:
        cells.warn("price", f"售价 {shown} 元高于建议零售价 {yuan(list_price)} 元", "请核对两个价格是否填反")
    if floor_price is not None and price < floor_price:
        cells.warn("price", f"售价 {shown} 元低于控价 {yuan(floor_price)} 元", "请核对售价")


def _look_at_efficacy(cells: Cells) -> None:
    """Warn of an effect that needs a special registration where that column is kept and empty."""
    if not cells.has("special_registration") or cells.text("special_registration"):
        return
    claimed = [word for word in several(cells.text("efficacy")) if word.startswith(SPECIAL_EFFICACY)]
    if claimed:
        reason = f"功效“{'、'.join(claimed)}”要有特殊化妆品注册证号（化妆品监督管理条例第十六、十七条）"
        cells.warn("special_registration", reason, "请补上证号；补上之前不会对客户说这个功效")


def _attributes(cells: Cells) -> dict[str, str]:
    found = {"系列": cells.text("series")} | cells.extra()
    return {name: value for name, value in found.items() if value}


def _one_stock(context: Context) -> Callable[[Cells], Stock | None]:
    stores = frozenset(context.stores) if context.stores is not None else None
    places: dict[str, str] = {}

    def read(cells: Cells) -> Stock | None:
        store, sku = cells.need("store"), cells.need("sku")
        quantity, read_at = cells.need_value("quantity", count), cells.need_value("read_at", moment)
        if store:
            cells.known("store", (store,), stores, "门店")
        if sku:
            cells.known("sku", (sku,), context.skus, "商品")
        if read_at is not None and read_at > context.moment:
            cells.warn("read_at", "盘点时间比现在还晚", "请核对盘点时间")
        pair = f"{store} {sku}"
        earlier = places.get(pair) or context.taken.get(pair)
        if earlier and not cells.refused:
            cells.flag("sku", f"{store}的“{sku}”重复，{earlier}已经有了，以那边为准", "请只留最新一次盘点")
        if quantity is None or read_at is None or cells.refused:
            return None
        places[pair] = cells.place
        return Stock(store_id=store, sku=sku, quantity=quantity, read_at=read_at)

    return read
