"""Scopes and dates of material as people name them and choose them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.refusals import DatesOdd, NotHerScope
from assistant.store import documents, material
from assistant.store.documents import Sight
from knowledge.passage import Scope, ScopeLevel

BRAND = "brand"


class ScopeChoice(NamedTuple):
    """A scope in a form: ``value`` is what the form sends."""

    value: str
    label: str


class Places:
    """Stores and regions by their names, for one visitor."""

    def __init__(self, tx: Any, corp_id: str, visitor: Visitor) -> None:
        self._stores = material.stores(tx, corp_id)
        self.names = {one.store_id: one.name for one in self._stores}
        self.regions = {one.region_id: one.region_name or one.region_id for one in self._stores}
        self.who = documents.sight(tx, corp_id, visitor.stores, visitor.person.userid)

    def named(self, scope: Scope) -> str:
        """A scope as people call it."""
        if scope.level is ScopeLevel.BRAND:
            return "全品牌"
        names = self.names if scope.level is ScopeLevel.STORE else self.regions
        return names.get(scope.id, f"{scope.level.label} {scope.id}")

    def days(self, valid_from: datetime | None, valid_to: datetime | None) -> str:
        """A validity in whole days, the last one included."""
        first, last = form_day(valid_from), form_day(valid_to, is_end=True)
        if first and last:
            return f"{first} 至 {last}"
        if first:
            return f"{first} 起"
        return f"到 {last} 为止" if last else "长期有效"

    def choices(self) -> tuple[ScopeChoice, ...]:
        """The scopes she may upload for, the widest first."""
        regions = [Scope(level=ScopeLevel.REGION, id=id_) for id_ in sorted(self.regions)]
        stores = [Scope(level=ScopeLevel.STORE, id=one.store_id) for one in self._stores]
        hers = [scope for scope in (Scope(), *regions, *stores) if self.who.covers(scope)]
        return tuple(ScopeChoice(_value(scope), self.named(scope)) for scope in hers)

    def chosen(self, value: str) -> Scope:
        """The scope a form named; raises NotHerScope for one that is not hers or not there."""
        level, _, id_ = value.partition(":")
        known = {BRAND: {""}, ScopeLevel.REGION.value: self.regions, ScopeLevel.STORE.value: self.names}
        if id_ not in known.get(level, ()):
            raise NotHerScope(value)
        scope = Scope(level=ScopeLevel(level), id=id_)
        check_covers(self.who, scope)
        return scope


def check_covers(who: Sight, scope: Scope) -> None:
    """Raise NotHerScope unless she answers for everybody whom this scope reaches."""
    if not who.covers(scope):
        raise NotHerScope(scope.id)


def first_moment(day: str) -> datetime | None:
    """The beginning of a Shanghai day from a form; None for an empty field. Raises DatesOdd."""
    return _midnight(day, timedelta(0))


def last_moment(day: str) -> datetime | None:
    """The end of a Shanghai day from a form, exclusive; None for an empty field. Raises DatesOdd."""
    return _midnight(day, timedelta(days=1))


def check_order(valid_from: datetime | None, valid_to: datetime | None) -> None:
    """Raise DatesOdd for a validity that ends before it begins."""
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        raise DatesOdd("order")


def form_day(at: datetime | None, *, is_end: bool = False) -> str:
    """A moment as the value of a date field; the last day itself for an exclusive end."""
    if at is None:
        return ""
    local = (at - timedelta(microseconds=1) if is_end else at).astimezone(SHOP_TIME)
    return f"{local:%Y-%m-%d}"


def _midnight(day: str, later: timedelta) -> datetime | None:
    if not day.strip():
        return None
    try:
        found = date.fromisoformat(day.strip()) + later
    except (ValueError, OverflowError) as error:
        raise DatesOdd(day) from error
    return datetime.combine(found, time(), SHOP_TIME).astimezone(UTC)


def _value(scope: Scope) -> str:
    return BRAND if scope.level is ScopeLevel.BRAND else f"{scope.level.value}:{scope.id}"
