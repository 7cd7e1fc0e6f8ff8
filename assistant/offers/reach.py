"""Where a coupon may be used, and whether that lies within what somebody answers for. Pure."""

from collections.abc import Iterable

from assistant.shop import CouponScope, Store


def is_limited(scope: CouponScope) -> bool:
    """Say whether the coupon is for some stores only."""
    return bool(scope.stores or scope.regions or scope.dealers)


def reaches(scope: CouponScope, store: Store) -> bool:
    """Say whether the coupon may be used in this store, as ``offers.rules`` asks it."""
    if not is_limited(scope):
        return True
    named = store.store_id in scope.stores or store.region_id in scope.regions
    return named or bool(store.dealer and store.dealer in scope.dealers)


def reaches_any(scope: CouponScope, stores: Iterable[Store], hers: frozenset[str] | None) -> bool:
    """Say whether the coupon reaches a store she answers for; ``hers`` None means every store."""
    return hers is None or any(store.store_id in hers and reaches(scope, store) for store in stores)


def within(scope: CouponScope, stores: Iterable[Store], hers: frozenset[str] | None) -> bool:
    """Say whether the coupon stays within the stores she answers for."""
    if hers is None:
        return True
    reached = [store.store_id for store in stores if reaches(scope, store)]
    return bool(reached) and hers.issuperset(reached) and is_limited(scope)
