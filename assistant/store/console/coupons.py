"""Coupons as the console shows them: what was granted and used of them, in the stores a visitor answers for."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, union

from assistant.clock import SHOP_TIME
from assistant.errors import NotFound
from assistant.offers.holdout import Group, Holdout
from assistant.shop import Coupon, Customer, CustomerCard, Purpose
from assistant.sold import REDEEMED, OrderStatus, RedemptionState
from assistant.store import customers
from assistant.store.console.scope import Stores
from assistant.store.coupons import uses
from assistant.store.coupons.grants import GrantEventKind
from assistant.store.coupons.life import UNUSED, GrantStatus
from assistant.store.coupons.tallies import TallyKind
from assistant.store.tables import (
    coupon,
    coupon_grant,
    coupon_tally,
    customer,
    grant_event,
    order_line,
    person,
    product,
    revision,
    till_order,
    till_redemption,
)


class Standing(NamedTuple):
    """Grants of one coupon by where they stand, and orders on which it was used without one."""

    grants: Mapping[GrantStatus, int]
    without_grant: int

    @property
    def granted(self) -> int:
        """Every grant ever made."""
        return sum(self.grants.values())

    @property
    def used(self) -> int:
        """Orders on which it was used."""
        return self.grants.get(GrantStatus.REDEEMED, 0) + self.without_grant


class Share(NamedTuple):
    """A store's or a guide's part of the grants."""

    name: str
    granted: int
    used: int


class UsedOrder(NamedTuple):
    """One order on which a coupon was used. ``fen`` None where only the order file tells of it; ``guide`` a name."""

    order_id: str
    at: datetime
    store_id: str
    guide: str
    fen: int | None


class RefusedUse(NamedTuple):
    """A redemption that the till told of and that did not count; ``why`` is Chinese."""

    order_id: str
    at: datetime
    why: str


class Day(NamedTuple):
    """One Shanghai day of a coupon."""

    day: date
    granted: int
    used: int


class Goods(NamedTuple):
    """A product as a form offers it."""

    sku: str
    name: str
    category: str
    price_fen: int


# ---- coupons -----------------------------------------------------------------------------------


def is_in_file(tx: Connection, corp_id: str, coupon_id: str) -> bool:
    """Say whether a file of the shop tells of this coupon, whatever people put in its place."""
    this = (coupon.c.corp_id == corp_id, coupon.c.coupon_id == coupon_id)
    return tx.execute(select(coupon.c.coupon_id).where(*this)).one_or_none() is not None


def withdrawn(tx: Connection, corp_id: str) -> tuple[Coupon, ...]:
    """The coupons that people took back, as they were."""
    rows = tx.execute(
        select(revision.c.body).where(
            revision.c.corp_id == corp_id, revision.c.noun == "coupon", revision.c.status == "withdrawn"
        )
    )
    return tuple(Coupon.model_validate_json(json.dumps(row.body, ensure_ascii=False)) for row in rows)


def standings(
    tx: Connection, corp_id: str, coupon_ids: Sequence[str], stores: Stores, moment: datetime
) -> dict[str, Standing]:
    """What became of each of these coupons in these stores, as it is at a moment whether or not anything was swept."""
    over = and_(
        coupon_grant.c.status.in_([one.value for one in UNUSED]),
        coupon_grant.c.expires_at <= moment,
        or_(coupon_grant.c.held_until.is_(None), coupon_grant.c.held_until <= moment),
    )
    rows = tx.execute(
        _in_stores(
            select(coupon_grant.c.coupon_id, coupon_grant.c.status, over.label("over"), func.count().label("grants"))
            .where(coupon_grant.c.corp_id == corp_id, coupon_grant.c.coupon_id.in_(coupon_ids))
            .group_by(coupon_grant.c.coupon_id, coupon_grant.c.status, over),
            coupon_grant.c.store_id,
            stores,
        )
    )
    grants: dict[str, Counter[GrantStatus]] = {one: Counter() for one in coupon_ids}
    for row in rows:
        grants[row.coupon_id][GrantStatus.EXPIRED if row.over else GrantStatus(row.status)] += row.grants
    told = uses.times_without_grant(tx, corp_id, coupon_ids, stores)
    return {one: Standing(dict(grants[one]), told.get(one, 0)) for one in coupon_ids}


def without_grant(
    tx: Connection, corp_id: str, coupon_id: str, stores: Stores, since: datetime
) -> tuple[UsedOrder, ...]:
    """Every order since a moment on which it was used without a grant: what ``days`` and ``used_orders`` count besides."""
    return tuple(
        UsedOrder(use.order_id, use.at, use.store_id, "", None)
        for use in uses.used_without_grant(tx, corp_id, [coupon_id], since)
        if stores is None or use.store_id in stores
    )


def days(
    tx: Connection,
    corp_id: str,
    coupon_id: str,
    stores: Stores,
    first: date,
    last: date,
    besides: Sequence[UsedOrder],
) -> tuple[Day, ...]:
    """How many were granted and used on each Shanghai day from the first to the last; ``besides`` without a grant."""
    rows = tx.execute(
        _in_stores(
            select(coupon_tally.c.day, func.sum(coupon_tally.c.used).label("granted"))
            .where(
                coupon_tally.c.corp_id == corp_id,
                coupon_tally.c.coupon_id == coupon_id,
                coupon_tally.c.kind == TallyKind.STORE_DAY.value,
                coupon_tally.c.day >= first.isoformat(),
                coupon_tally.c.day <= last.isoformat(),
            )
            .group_by(coupon_tally.c.day),
            coupon_tally.c.owner,
            stores,
        )
    )
    granted = {row.day: int(row.granted) for row in rows}
    since = datetime(first.year, first.month, first.day, tzinfo=SHOP_TIME)
    moments = (*_used_at(tx, corp_id, coupon_id, stores, since), *(one.at for one in besides))
    used = Counter(at.astimezone(SHOP_TIME).date().isoformat() for at in moments)
    every = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return tuple(Day(one, granted.get(one.isoformat(), 0), used[one.isoformat()]) for one in every)


def _used_at(tx: Connection, corp_id: str, coupon_id: str, stores: Stores, since: datetime) -> Iterable[datetime]:
    by_grant = _in_stores(
        select(grant_event.c.at)
        .join(
            coupon_grant,
            and_(coupon_grant.c.corp_id == grant_event.c.corp_id, coupon_grant.c.grant_id == grant_event.c.grant_id),
        )
        .where(
            coupon_grant.c.corp_id == corp_id,
            coupon_grant.c.coupon_id == coupon_id,
            grant_event.c.kind == GrantEventKind.REDEEM.value,
            grant_event.c.at >= since,
        ),
        coupon_grant.c.store_id,
        stores,
    )
    return tx.execute(by_grant).scalars()


def by_store(tx: Connection, corp_id: str, coupon_id: str, stores: Stores) -> dict[str, tuple[int, int]]:
    """Grants made and grants used, by store id."""
    rows = tx.execute(_parts(corp_id, coupon_id, stores, coupon_grant.c.store_id))
    return {row[0]: (row.granted, row.used) for row in rows}


def by_guide(tx: Connection, corp_id: str, coupon_id: str, stores: Stores, limit: int) -> tuple[Share, ...]:
    """The guides who granted most of it."""
    parts = _parts(corp_id, coupon_id, stores, coupon_grant.c.guide_folded).subquery()
    rows = tx.execute(
        select(func.coalesce(person.c.name, parts.c.guide_folded).label("name"), parts.c.granted, parts.c.used)
        .select_from(
            parts.outerjoin(person, and_(person.c.corp_id == corp_id, person.c.userid_folded == parts.c.guide_folded))
        )
        .order_by(parts.c.granted.desc(), parts.c.guide_folded)
        .limit(limit)
    )
    return tuple(Share(row.name, row.granted, row.used) for row in rows)


def _parts(corp_id: str, coupon_id: str, stores: Stores, by: ColumnElement[str]) -> Any:
    used = func.count().filter(coupon_grant.c.status == GrantStatus.REDEEMED.value)
    query = select(by, func.count().label("granted"), used.label("used")).where(
        coupon_grant.c.corp_id == corp_id, coupon_grant.c.coupon_id == coupon_id
    )
    return _in_stores(query, coupon_grant.c.store_id, stores).group_by(by)


def used_orders(
    tx: Connection,
    corp_id: str,
    coupon_id: str,
    stores: Stores,
    since: datetime,
    limit: int,
    besides: Sequence[UsedOrder],
) -> tuple[UsedOrder, ...]:
    """The last orders since a moment on which it was used, newest first; ``besides`` without a grant."""
    query = _in_stores(
        select(
            coupon_grant.c.order_id,
            grant_event.c.at,
            coupon_grant.c.store_id,
            func.coalesce(person.c.name, coupon_grant.c.guide_folded).label("guide"),
            (coupon_grant.c.redeemed_fen - coupon_grant.c.refunded_fen).label("fen"),
        )
        .select_from(
            coupon_grant.join(
                grant_event,
                and_(
                    grant_event.c.corp_id == coupon_grant.c.corp_id, grant_event.c.grant_id == coupon_grant.c.grant_id
                ),
            ).outerjoin(
                person,
                and_(person.c.corp_id == coupon_grant.c.corp_id, person.c.userid_folded == coupon_grant.c.guide_folded),
            )
        )
        .where(
            coupon_grant.c.corp_id == corp_id,
            coupon_grant.c.coupon_id == coupon_id,
            coupon_grant.c.status == GrantStatus.REDEEMED.value,
            grant_event.c.kind == GrantEventKind.REDEEM.value,
            grant_event.c.at >= since,
        )
        .order_by(grant_event.c.at.desc())
        .limit(limit),
        coupon_grant.c.store_id,
        stores,
    )
    found = [UsedOrder(row.order_id, row.at, row.store_id, row.guide, row.fen) for row in tx.execute(query)]
    return tuple(sorted([*found, *besides], key=lambda one: (one.at, one.order_id), reverse=True)[:limit])


def refused_uses(tx: Connection, corp_id: str, coupon_id: str, stores: Stores, limit: int) -> tuple[RefusedUse, ...]:
    """The last redemptions of the till that did not count, newest first."""
    granted = select(coupon_grant.c.grant_id).where(
        coupon_grant.c.corp_id == corp_id, coupon_grant.c.coupon_id == coupon_id
    )
    query = (
        select(
            till_redemption.c.order_id,
            till_redemption.c.occurred_at,
            till_redemption.c.state,
            till_redemption.c.reason,
        )
        .outerjoin(
            till_order,
            and_(
                till_order.c.corp_id == till_redemption.c.corp_id, till_order.c.order_id == till_redemption.c.order_id
            ),
        )
        .where(
            till_redemption.c.corp_id == corp_id,
            or_(till_redemption.c.coupon_id == coupon_id, till_redemption.c.grant_id.in_(granted)),
            till_redemption.c.state.not_in([one.value for one in REDEEMED]),
        )
        .order_by(till_redemption.c.occurred_at.desc(), till_redemption.c.redemption_id)
        .limit(limit)
    )
    rows = tx.execute(_in_stores(query, till_order.c.store_id, stores))
    return tuple(
        RefusedUse(row.order_id, row.occurred_at, row.reason or RedemptionState(row.state).label) for row in rows
    )


def _in_stores(query: Any, column: ColumnElement[str], stores: Stores) -> Any:
    return query if stores is None else query.where(column.in_(sorted(stores)))


# ---- goods and customers that a form offers ----------------------------------------------------


def names(tx: Connection, corp_id: str, skus: Iterable[str]) -> dict[str, str]:
    """What these products are called, by SKU."""
    name = product.c.body["name"].as_string().label("name")
    rows = tx.execute(
        select(product.c.sku, name).where(product.c.corp_id == corp_id, product.c.sku.in_(sorted(set(skus))))
    )
    return {row.sku: row.name for row in rows}


def goods(tx: Connection, corp_id: str, words: str, limit: int) -> tuple[Goods, ...]:
    """Products whose name, category or SKU holds these words, by SKU."""
    name, category = product.c.body["name"].as_string(), product.c.body["category"].as_string()
    fen = product.c.body["price_fen"].as_integer()
    held = [column.contains(words, autoescape=True) for column in (name, category, product.c.sku)]
    rows = tx.execute(
        select(product.c.sku, name.label("name"), category.label("category"), fen.label("fen"))
        .where(product.c.corp_id == corp_id, or_(*held))
        .order_by(product.c.sku)
        .limit(limit)
    )
    return tuple(Goods(row.sku, row.name, row.category, row.fen) for row in rows)


def categories(tx: Connection, corp_id: str) -> frozenset[str]:
    """Every category that a product has."""
    category = product.c.body["category"].as_string()
    return frozenset(tx.execute(select(category).where(product.c.corp_id == corp_id).distinct()).scalars())


def there(tx: Connection, corp_id: str, customer_ids: Iterable[str]) -> frozenset[str]:
    """Those of these customers who are known."""
    return frozenset(
        tx.execute(
            select(customer.c.customer_id).where(
                customer.c.corp_id == corp_id, customer.c.customer_id.in_(sorted(set(customer_ids)))
            )
        ).scalars()
    )


def customers_named(tx: Connection, corp_id: str, stores: Stores, words: str, limit: int) -> tuple[CustomerCard, ...]:
    """Customers of these stores whose name or way to be called holds these words."""
    held = or_(customer.c.name.contains(words, autoescape=True), customer.c.address_as.contains(words, autoescape=True))
    query = (
        select(customer.c.customer_id, customer.c.name, customer.c.address_as, customer.c.phone)
        .where(customer.c.corp_id == corp_id, held)
        .order_by(customer.c.name, customer.c.customer_id)
        .limit(limit)
    )
    return tuple(
        CustomerCard(
            customer_id=row.customer_id,
            name=row.name,
            address_as=row.address_as,
            phone_head=row.phone[:3],
            phone_tail=row.phone[-4:],
        )
        for row in tx.execute(_in_stores(query, customer.c.store_id, stores))
    )


def customer_of(tx: Connection, corp_id: str, stores: Stores, customer_id: str, moment: datetime) -> Customer:
    """One customer of these stores as she may be known now; raises NotFound."""
    found = next(customers.customers_of_corp(tx, corp_id, moment, customer_id), None) if customer_id else None
    if found is None or (stores is not None and found.store_id not in stores):
        raise NotFound(customer_id)
    return found


# ---- the hold-out ------------------------------------------------------------------------------


def groups(
    tx: Connection, corp_id: str, stores: Stores, since: datetime, until: datetime, holdout: Holdout
) -> dict[bool, Group]:
    """Everybody of these stores who could be contacted since then, by whether she was left alone, and who bought.

    It looks at every customer: a page asks for it only when it is wanted.
    """
    told = select(till_order.c.customer_id).where(
        till_order.c.corp_id == corp_id,
        till_order.c.ordered_at >= since,
        till_order.c.ordered_at < until,
        till_order.c.status != OrderStatus.CANCELLED.value,
    )
    is_told = exists().where(till_order.c.corp_id == corp_id, till_order.c.order_id == order_line.c.order_id)
    filed = select(order_line.c.customer_id).where(
        order_line.c.corp_id == corp_id,
        order_line.c.ordered_at >= since,
        order_line.c.ordered_at < until,
        order_line.c.status.not_in(sorted(customers.RETURNED)),
        ~is_told,
    )
    buyers = frozenset(tx.execute(union(told, filed)).scalars())
    there_then = or_(customer.c.joined_at.is_(None), customer.c.joined_at < since)
    query = select(customer.c.customer_id, customer.c.consents).where(customer.c.corp_id == corp_id, there_then)
    number: Counter[bool] = Counter()
    bought: Counter[bool] = Counter()
    for row in tx.execute(_in_stores(query, customer.c.store_id, stores)):
        if Purpose.MARKETING.value in row.consents:
            alone = holdout.holds(corp_id, row.customer_id)
            number[alone] += 1
            bought[alone] += row.customer_id in buyers
    return {alone: Group(customers=number[alone], buyers=bought[alone]) for alone in (False, True)}
