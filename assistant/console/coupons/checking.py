"""A rule as it was typed, read by the very reader of the shop's coupon tables: the same checks, the same words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from assistant.console.coupons.fields import KEY_OF, KEYS, LABEL_OF
from assistant.material.columns import TableKind, recognise
from assistant.material.context import Context
from assistant.material.coupons import read_coupons
from assistant.material.problems import Problem, Severity
from assistant.material.values import several
from assistant.shop import Coupon
from assistant.store import material
from assistant.store.console import coupons as kept
from knowledge.reading.blocks import Row, Table

PLACE = "控制台"


class Checked(NamedTuple):
    """What came of reading a form. ``coupon`` is None when something is wrong; ``wrong`` and ``doubtful`` are by field,
    ``besides`` is what belongs to no field."""

    coupon: Coupon | None
    wrong: Mapping[str, tuple[Problem, ...]]
    doubtful: Mapping[str, tuple[Problem, ...]]
    besides: tuple[Problem, ...]


def check(cells: Mapping[str, str], context: Context) -> Checked:
    """Read the cells of one coupon, by the keys of a coupon table."""
    headers = tuple(LABEL_OF[key] for key in KEYS)
    row = Row(PLACE, "", 1, {LABEL_OF[key]: cells.get(key, "") for key in KEYS})
    table = Table(PLACE, "", 1, headers, (row,))
    rows = read_coupons(table, recognise(table, kind=TableKind.COUPONS), context)
    wrong: dict[str, tuple[Problem, ...]] = {}
    doubtful: dict[str, tuple[Problem, ...]] = {}
    besides: list[Problem] = []
    for problem in rows.problems:
        key = KEY_OF.get(problem.field, "")
        if key:
            found = wrong if problem.severity is Severity.ERROR else doubtful
            found[key] = (*found.get(key, ()), problem)
        else:
            besides.append(problem)
    return Checked(rows.good[0] if rows.good else None, wrong, doubtful, tuple(besides))


def context_for(tx: Any, corp_id: str, cells: Mapping[str, str], moment: datetime, taken: Mapping[str, str]) -> Context:
    """The shop as an ingest would know it; ``taken`` are coupon ids that stand elsewhere, with where."""
    facts = material.corp_facts(tx, corp_id)
    known = material.known_keys(tx, corp_id)
    named = (*several(cells.get("customers", "")), *several(cells.get("barred", "")))
    return Context(
        moment=moment,
        brand=facts.brand if facts else "",
        tiers=facts.tiers if facts else (),
        stores={one.store_id: one.region_id for one in material.stores(tx, corp_id)} or None,
        skus=known.skus or None,
        categories=kept.categories(tx, corp_id) or None,
        customers=kept.there(tx, corp_id, named),
        guides=None,
        coupons=known.coupons,
        taken=taken,
    )
