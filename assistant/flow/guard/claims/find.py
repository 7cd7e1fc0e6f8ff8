"""What a text asserts that would need a record: figures, dates, names, effects, promises.

The same extractor reads drafts and evidence, so that both sides of a comparison are spelled the same way:
money in 分, a discount as what is paid (八五折 → 85折), a week as 7天.

Each kind of assertion has a file of its own. They look one after the other, and what one has found the next leaves alone.
"""

from collections.abc import Callable

from assistant.flow.guard.claims.dates import mark_clock, mark_dates
from assistant.flow.guard.claims.durations import mark_durations
from assistant.flow.guard.claims.effects import mark_effects, mark_plain_effects
from assistant.flow.guard.claims.found import Found
from assistant.flow.guard.claims.granting import mark_grants
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.makeup import mark_makeup
from assistant.flow.guard.claims.money import mark_cued_money, mark_money
from assistant.flow.guard.claims.names import (
    mark_fancied_coupons,
    mark_names,
    mark_quoted,
    mark_sisters,
    mark_strangers,
)
from assistant.flow.guard.claims.percents import mark_percents
from assistant.flow.guard.claims.private import spare_private
from assistant.flow.guard.claims.promises import mark_gifts, mark_promises
from assistant.flow.guard.claims.quantities import mark_bare, mark_quantities, mark_shades
from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.stock import mark_stock
from assistant.flow.guard.claims.stores import mark_stores
from assistant.turn import ClaimKind

_IN_ORDER: tuple[Callable[[Scan], None], ...] = (
    mark_names,
    mark_quoted,
    mark_fancied_coupons,
    mark_stores,
    mark_sisters,
    mark_shades,
    mark_dates,
    mark_clock,
    mark_percents,
    mark_money,
    mark_durations,
    mark_quantities,
    mark_cued_money,
    mark_strangers,
    mark_gifts,
    mark_promises,
    mark_makeup,
    mark_stock,
    mark_effects,
    mark_plain_effects,
    mark_grants,
    mark_bare,
)
"""Who looks before whom: a name keeps the figures in it, and a bare figure is what nobody else could explain."""


def find_claims(text: str, names: KnownNames, *, of_a_record: bool = False) -> tuple[Found, ...]:
    """Return every assertion in ``text`` in reading order. Personal data are left to ``find_private``.

    A record backs what is granted word for word, so in one there is no need to find that.
    """
    scan = Scan(text, names)
    spare_private(scan)
    for look in _IN_ORDER:
        if not (of_a_record and look is mark_grants):
            look(scan)
    found = sorted(scan.found, key=lambda one: (one.start, one.end))
    return tuple(_with_hint(one, found) for one in found)


def find_effects(text: str, names: KnownNames) -> tuple[Found, ...]:
    """Return only the effects a text asserts; words inside a known name, in a question, a wish or a denial assert none."""
    scan = Scan(text, names)
    mark_names(scan)
    mark_effects(scan)
    return tuple(one for one in scan.found if one.kind is ClaimKind.EFFICACY)


def _with_hint(one: Found, found: list[Found]) -> Found:
    named = [other for other in found if other.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON) and other is not one]
    if one.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON) or not named:
        return one
    earlier = [other for other in named if other.start <= one.start]
    nearest = earlier[-1] if earlier else named[0]
    return Found(one.kind, one.text, one.value, one.start, one.end, nearest.value, one.role, one.known)
