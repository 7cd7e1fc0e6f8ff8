"""What is on which shelf, seen from one store: its own first, then its region, then the rest, with the count's age."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from assistant.flow.words.wording import reading_time
from assistant.shop import Stock, Store
from knowledge.noun import Labelled, Noun


class Near(Labelled):
    """How far a store is from the one that asks."""

    OWN = "own", "本店"
    REGION = "region", "同区域"
    OTHER = "other", "其他区域"


class Shelf(Noun):
    """What one store has of one product, when that was counted, and whether the count is too old to rely on."""

    sku: str
    store_id: str
    store_name: str
    near: Near
    quantity: int
    read_at: datetime
    counted: str
    age: str
    is_stale: bool


def is_stale(reading: Stock, moment: datetime, good_for_hours: int) -> bool:
    """Say whether a count is older than the shop relies on."""
    return moment - reading.read_at > timedelta(hours=good_for_hours)


def shelves(
    readings: Iterable[Stock], stores: Mapping[str, Store], home: str, moment: datetime, good_for_hours: int
) -> tuple[Shelf, ...]:
    """List counts by product, nearest store first and the fullest first among the equally near.

    Without a ``home`` every store is an other one. A store the directory no longer has is left out.
    """
    found = [
        Shelf(
            sku=one.sku,
            store_id=one.store_id,
            store_name=stores[one.store_id].name,
            near=near(stores[one.store_id], stores.get(home)),
            quantity=one.quantity,
            read_at=one.read_at,
            counted=reading_time(one.read_at, moment),
            age=age(one.read_at, moment),
            is_stale=is_stale(one, moment, good_for_hours),
        )
        for one in readings
        if one.store_id in stores
    ]
    order = {one: place for place, one in enumerate(Near)}
    return tuple(sorted(found, key=lambda one: (one.sku, order[one.near], -one.quantity, one.store_id)))


def near(store: Store, home: Store | None) -> Near:
    """Say how near a store is to another."""
    if home is None:
        return Near.OTHER
    if store.store_id == home.store_id:
        return Near.OWN
    return Near.REGION if store.region_id and store.region_id == home.region_id else Near.OTHER


def age(read_at: datetime, moment: datetime) -> str:
    """Return how long ago a count was, in the coarsest words that are still true: 25分钟前, 13小时前, 3天前."""
    minutes = int((moment - read_at).total_seconds() // 60)
    if minutes < 0:
        return "盘点时间比现在晚"
    if minutes < 60:
        return f"{minutes}分钟前"
    return f"{minutes // 60}小时前" if minutes < 48 * 60 else f"{minutes // (24 * 60)}天前"
