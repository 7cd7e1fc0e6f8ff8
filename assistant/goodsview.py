"""Goods as tables on a terminal: what the words mean, what a filter leaves, products side by side, and the shelves."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from assistant.flow.finding.comparing import Comparison
from assistant.flow.finding.filtering import ProductFilter, Sifted
from assistant.flow.finding.goods import Goods
from assistant.flow.finding.stocking import Near, Shelf
from assistant.flow.words.catalogue import Matches
from assistant.flow.words.wording import listed, money
from assistant.shop import Product

UNSAID_SHOWN = 10


def goods_parts(goods: Goods, store_id: str = "") -> Iterator[RenderableType]:
    """Give the parts to print, in their order."""
    for lookup in goods.lookup:
        yield from _lookup(lookup)
    if goods.trouble:
        yield Text(goods.trouble, style="yellow")
    if goods.wished is not None and (goods.sifted is not None or not goods.lookup):
        yield from _wishes(goods.wished)
    if goods.comparison is not None:
        yield _side_by_side(goods.comparison)
    elif goods.products:
        yield _products(goods.products, goods.shelves if store_id else ())
    if goods.sifted is not None:
        yield from _sifted(goods.sifted)
    if goods.products and (goods.sifted is None or len(goods.products) == 1):
        yield from _stocked(goods, store_id)


def _lookup(lookup: Matches) -> Iterator[RenderableType]:
    if not lookup.found:
        yield Text(f"没有找到“{lookup.words}”。{lookup.note}", style="yellow")
        return
    table = Table(title=f"“{lookup.words}”对上的商品" + ("（不止一个，请选）" if lookup.is_ambiguous else ""))
    for header in ("编码", "名称", "怎么对上的", "原话", "把握"):
        table.add_column(header, overflow="fold")
    for one in lookup.found:
        table.add_row(one.sku, one.name, one.how.label, one.said, one.sure.label)
    yield table


def _wishes(wished: ProductFilter) -> Iterator[RenderableType]:
    told = "；".join(f"{one.told}（“{one.said}”）" if one.said else one.told for one in wished.conditions)
    if told:
        yield Text(f"条件：{told}")
    if wished.order is not None:
        yield Text(f"排序：{wished.order.label}")
    if wished.not_understood:
        yield Text(f"没有看懂，也没有用上：{'、'.join(wished.not_understood)}（商品资料里没有这一项）", style="yellow")
    if not told and wished.order is None:
        yield Text("没有对上商品，也没有看懂任何条件。", style="yellow")


def _products(products: tuple[Product, ...], shelves: tuple[Shelf, ...]) -> Table:
    here = {one.sku: one for one in shelves if one.near is Near.OWN}
    table = Table(title=f"{len(products)} 个商品")
    for header in ("编码", "名称", "规格", "售价", "适合", "不含", *(["本店库存"] if shelves else [])):
        table.add_column(header, overflow="fold")
    for one in products:
        shelf = here.get(one.sku)
        count = ["没有记录" if shelf is None else f"{shelf.quantity}{'（盘点过旧）' if shelf.is_stale else ''}"]
        free_of = listed(one.free_of) or "资料没写"
        table.add_row(
            one.sku,
            one.name,
            one.spec,
            money(one.price_fen),
            listed(one.suitable_for) or "资料没写",
            free_of,
            *(count if shelves else []),
        )
    return table


def _sifted(sifted: Sifted) -> Iterator[RenderableType]:
    if not sifted.passing:
        yield Text("没有商品符合全部条件。", style="yellow")
    for number, one in enumerate(sifted.loosened[:3]):
        nearest = f"，最接近的是 {one.nearest}（{one.skus[0]}{f'，{one.to}' if one.to else ''}）"
        lead = "放宽" if not number else "或者放宽"
        yield Text(f"{lead}“{'”和“'.join(one.wishes)}”，有 {one.count} 个{nearest}")
    for silent in sifted.unsaid[:UNSAID_SHOWN]:
        yield Text(f"资料没写“{'”“'.join(silent.wishes)}”：{silent.name}（{silent.sku}），请先核对再推荐")
    if len(sifted.unsaid) > UNSAID_SHOWN:
        yield Text(f"另有 {len(sifted.unsaid) - UNSAID_SHOWN} 个商品资料没写。")


def _side_by_side(comparison: Comparison) -> Table:
    table = Table(title="并排比较（* 是不同的地方）")
    table.add_column("", overflow="fold")
    for name in comparison.names:
        table.add_column(name, overflow="fold")
    for row in (*comparison.differing, *comparison.agreeing):
        table.add_row(f"* {row.label}" if row.differs else row.label, *row.values)
    return table


def _stocked(goods: Goods, store_id: str) -> Iterator[RenderableType]:
    counted = {one.sku for one in goods.shelves}
    here = {one.sku for one in goods.shelves if one.near is Near.OWN}
    if len(goods.products) == 1 and goods.shelves:
        yield _shelves(goods.shelves, seen_from_a_store=bool(store_id))
    elif goods.shelves:
        yield _shelves_of_several(goods.products, goods.shelves)
    for one in goods.products:
        if one.sku not in counted:
            yield Text(f"{one.name}（{one.sku}）没有库存记录。", style="yellow")
        elif store_id and one.sku not in here:
            yield Text(f"{one.name}（{one.sku}）本店没有库存记录，不等于没货。", style="yellow")


def _shelves(shelves: tuple[Shelf, ...], *, seen_from_a_store: bool) -> Table:
    table = Table(title="各店库存")
    for header in ("门店", *(["远近"] if seen_from_a_store else []), "数量", "盘点时间", "多久以前"):
        table.add_column(header, overflow="fold")
    for one in shelves:
        old = Text(f"{one.age}，过旧，请先核对", style="yellow") if one.is_stale else Text(one.age)
        near = [one.near.label] if seen_from_a_store else []
        table.add_row(f"{one.store_name}（{one.store_id}）", *near, str(one.quantity), one.counted, old)
    return table


def _shelves_of_several(products: tuple[Product, ...], shelves: tuple[Shelf, ...]) -> Table:
    """One row a store, one column a product; a count too old to rely on says so."""
    order = list(Near)
    places = {one.store_id: one for one in sorted(shelves, key=lambda one: (order.index(one.near), one.store_id))}
    counts = {(one.store_id, one.sku): one for one in shelves}
    table = Table(title="各店库存（数量，盘点时间）")
    table.add_column("门店", overflow="fold")
    for product in products:
        table.add_column(product.name, overflow="fold")
    for store_id, place in places.items():
        row = [counts.get((store_id, product.sku)) for product in products]
        table.add_row(f"{place.store_name}（{store_id}）", *("没有记录" if one is None else _count(one) for one in row))
    return table


def _count(one: Shelf) -> str:
    return f"{one.quantity}，{one.counted}{'，过旧，请先核对' if one.is_stale else ''}"
