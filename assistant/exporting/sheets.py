"""The shop's records as rows of tables, under the very column names that an ingest reads them by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from assistant.clock import SHOP_TIME
from assistant.material.columns import COLUMNS, TableKind
from assistant.material.coupon_cells import cells_of
from assistant.material.customers import CONSENTS, FACTS
from assistant.shop import Coupon, CustomerRecord, OrderLine, Person, Product, Role, Script, Stock, Store
from knowledge.passage import Scope, ScopeLevel

NEW_FOR_DAYS = 90
"""What shop.yaml says when it says nothing: a product's launch is worked back from the day it stops being new."""
LINE_HEADER = "行号"
_YES, _NO = "是", "否"
_LABELS = {kind: {column.key: column.label for column in columns} for kind, columns in COLUMNS.items()}


@dataclass(frozen=True)
class Sheet:
    """A table to be written. ``groups`` are rows that must stay in one file."""

    kind: TableKind
    headers: tuple[str, ...]
    groups: Iterator[tuple[Mapping[str, str], ...]]


def stores_sheet(stores: Iterable[Store]) -> Sheet:
    """Stores."""
    return _sheet(
        TableKind.STORES,
        (
            {
                "store": one.store_id,
                "name": one.name,
                "region": one.region_id,
                "region_name": one.region_name,
                "dealer": one.dealer,
                "address": one.address,
                "phone": one.phone,
                "hours": one.hours,
            }
            for one in stores
        ),
    )


def staff_sheet(people: Iterable[Person]) -> Sheet:
    """Guides and managers; a manager's 岗位 follows from what she answers for."""
    return _sheet(
        TableKind.STAFF,
        (
            {
                "userid": one.userid,
                "name": one.name,
                "role": _job(one),
                "store": one.store_id,
                "region": one.region_id,
                "active": _YES if one.active else _NO,
            }
            for one in people
        ),
    )


def _job(one: Person) -> str:
    if one.role is Role.MANAGER:
        return "店长" if one.store_id else "区域经理" if one.region_id else "总部"
    return {Role.GUIDE: "导购", Role.AUDITOR: "审计", Role.ADMIN: "管理员"}[one.role]


def products_sheet(products: tuple[Product, ...]) -> Sheet:
    """Products; every attribute that is no column of ours has a column of its own."""
    own = {name for one in products for name in one.attributes} - {"系列"}
    extra = _in_order((name for one in products for name in one.attributes), own)
    return _sheet(TableKind.PRODUCTS, map(_product_row, products), extra)


def _product_row(one: Product) -> dict[str, str]:
    launched = one.new_until - timedelta(days=NEW_FOR_DAYS) if one.new_until else None
    return {
        "sku": one.sku,
        "barcodes": _several(one.barcodes),
        "name": one.name,
        "category": one.category,
        "brand": one.brand,
        "series": one.attributes.get("系列", ""),
        "spec": one.spec,
        "list_price": _yuan(one.list_price_fen),
        "price": _yuan(one.price_fen),
        "floor_price": _yuan(one.floor_price_fen),
        "suitable_for": _several(one.suitable_for),
        "not_for": _several(one.not_for),
        "concerns": _several(one.concerns),
        "ingredients": _several(one.ingredients),
        "free_of": _several(one.free_of),
        "efficacy": _several(one.efficacy),
        "registration": one.registration,
        "special_registration": one.special_registration,
        "selling_points": "；".join(one.selling_points),
        "usage": one.usage,
        "cautions": "；".join(one.cautions),
        "aliases": _several(one.aliases),
        "launched": launched.isoformat() if launched else "",
        "is_new": _yes(one.is_new) if launched is None else "",
        "coupon_excluded": _yes(one.coupon_excluded),
        **{f"+{name}": value for name, value in one.attributes.items() if name != "系列"},
    }


def stock_sheet(readings: Iterable[Stock]) -> Sheet:
    """Stock readings."""
    return _sheet(
        TableKind.STOCK,
        (
            {"store": one.store_id, "sku": one.sku, "quantity": str(one.quantity), "read_at": _moment(one.read_at)}
            for one in readings
        ),
    )


def coupons_sheet(coupons: Iterable[Coupon]) -> Sheet:
    """Coupon templates."""
    return _sheet(TableKind.COUPONS, map(cells_of, coupons))


def customers_sheet(customers: tuple[CustomerRecord, ...], userids: Mapping[str, str], *, with_phones: bool) -> Sheet:
    """Customers; what is known beside the usual columns has columns of its own. ``userids`` are by lower case."""
    usual = {_LABELS[TableKind.CUSTOMERS][key] for key in FACTS}
    names = [fact.name for one in customers for fact in one.facts]
    extra = _in_order(names, set(names) - usual)

    def row(one: CustomerRecord) -> dict[str, str]:
        facts = {fact.name: fact.value for fact in one.facts}
        return {
            "customer": one.customer_id,
            "name": one.name,
            "address_as": one.address_as,
            "phone": one.phone if with_phones else masked(one.phone),
            "tier": one.tier,
            "points": str(one.points),
            "birthday": one.birthday.isoformat() if one.birthday else "",
            "tags": _several(one.tags),
            "guide": userids.get(one.guide, one.guide),
            "store": one.store_id,
            "joined": _moment(one.joined_at),
            "consented": _moment(one.consented_at),
            **{key: _yes(purpose in one.consents) for key, purpose in CONSENTS.items()},
            **{key: facts.get(_LABELS[TableKind.CUSTOMERS][key], "") for key in FACTS},
            **{f"+{name}": facts.get(name, "") for name in extra},
        }

    return _sheet(TableKind.CUSTOMERS, map(row, customers), extra)


def masked(phone: str) -> str:
    """A phone as it may be seen: 138****2231."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def orders_sheet(lines: Iterable[OrderLine]) -> Sheet:
    """Order lines, an order's together; their numbers stand beside, so that two equal lines stay two."""

    def groups() -> Iterator[tuple[Mapping[str, str], ...]]:
        order: list[Mapping[str, str]] = []
        last = ""
        for one in lines:
            if order and one.order_id != last:
                yield tuple(order)
                order = []
            last = one.order_id
            order.append(_labelled(TableKind.ORDERS, _order_row(one)))
        if order:
            yield tuple(order)

    return Sheet(TableKind.ORDERS, (*_LABELS[TableKind.ORDERS].values(), LINE_HEADER), groups())


def _order_row(one: OrderLine) -> dict[str, str]:
    return {
        "order": one.order_id,
        "customer": one.customer_id,
        "store": one.store_id,
        "channel": one.channel,
        "ordered": _moment(one.ordered_at),
        "sku": one.sku,
        "product_name": one.product_name,
        "quantity": str(one.quantity),
        "paid": _yuan(one.paid_fen),
        "status": one.status,
        "coupon": one.coupon_id,
        f"+{LINE_HEADER}": str(one.line),
    }


def scripts_sheet(scripts: Iterable[Script]) -> Sheet:
    """Approved scripts."""
    return _sheet(
        TableKind.SCRIPTS,
        (
            {
                "script": one.script_id,
                "title": one.title,
                "stage": one.stage.label,
                "scene": one.scene.label,
                "manner": one.manner.label,
                "text": one.text,
                "keywords": _several(one.keywords),
                "categories": _several(one.categories),
                "scope": scope_words(one.scope),
                "dealers": _several(one.dealers),
                "tiers": _several(one.tiers),
                "valid_from": _moment(one.valid_from),
                "valid_to": _last_moment(one.valid_to),
            }
            for one in scripts
        ),
    )


def scope_words(scope: Scope) -> str:
    """A scope as files write it: 全品牌, 区域:R01, 门店:S001."""
    return "全品牌" if scope.level is ScopeLevel.BRAND else f"{scope.level.label}:{scope.id}"


def _sheet(kind: TableKind, rows: Iterable[Mapping[str, str]], extra: tuple[str, ...] = ()) -> Sheet:
    groups = ((_labelled(kind, row),) for row in rows)
    return Sheet(kind, (*_LABELS[kind].values(), *extra), groups)


def _labelled(kind: TableKind, row: Mapping[str, str]) -> dict[str, str]:
    """By header instead of by key; ``+`` marks a header that is no column of ours."""
    return {key[1:] if key.startswith("+") else _LABELS[kind][key]: value for key, value in row.items()}


def _in_order(names: Iterable[str], wanted: set[str]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(names) if name in wanted)


def _yuan(fen: int | None) -> str:
    if fen is None:
        return ""
    whole, part = divmod(fen, 100)
    return f"{whole}.{part:02d}" if part else str(whole)


def _yes(value: bool) -> str:
    return _YES if value else ""


def _several(words: Iterable[str]) -> str:
    return "、".join(words)


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(SHOP_TIME)
    return local.date().isoformat() if local.time() == time() else f"{local:%Y-%m-%d %H:%M:%S}"


def _last_moment(end: datetime | None) -> str:
    """An exclusive end as files name it: the last day itself, or a time of day."""
    if end is None:
        return ""
    local = end.astimezone(SHOP_TIME)
    return (local - timedelta(days=1)).date().isoformat() if local.time() == time() else _moment(end)


def last_day(end: datetime | None) -> str:
    """The last day of a document's validity, 长期 when there is none."""
    return _last_moment(end) or "长期"


def first_day(start: datetime | None) -> str:
    """The first day of a document's validity, 长期 when there is none."""
    return start.astimezone(SHOP_TIME).date().isoformat() if start else "长期"
