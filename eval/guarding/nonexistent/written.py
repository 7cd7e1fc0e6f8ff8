"""What stands written in the texts of the shop that a turn may quote."""

import re
from functools import lru_cache

from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.found import Found
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.shop import Coupon, CouponKind, Product
from assistant.turn import ClaimKind, Outcome, TurnRecord
from eval.guarding.nonexistent.truth import Seen, failing


def is_written(words: str, record: TurnRecord, seen: Seen) -> bool:
    """Say whether these words stand in a text of the turn, or are the name of a tag, a tier or a store."""
    plain = re.sub(r"\s", "", words)
    if not plain:
        return False
    named = (*seen.called.values(), *seen.shop.tiers, *(tag for one in seen.shop.coupons for tag in one.audience.tags))
    return any(plain in name for name in named) or any(
        plain in re.sub(r"\s", "", text) for text in _texts(record, seen)
    )


def written_values(kind: ClaimKind, record: TurnRecord, seen: Seen) -> frozenset[str]:
    """The values of one kind that the texts of the turn hold; amounts and discounts only from passages."""
    is_amount = kind in (ClaimKind.MONEY, ClaimKind.PERCENT)
    texts = [hit.passage.text for hit in record.hits] if is_amount else list(_texts(record, seen))
    free = kind is ClaimKind.PROMISE and any(one.kind is CouponKind.FREE_SHIPPING for one in _hers(record, seen))
    found = (one.value for text in texts for one in _read(text, seen.names) if one.kind is kind)
    return frozenset((*found, "包邮")) if free else frozenset(found)


def skus_of_turn(record: TurnRecord) -> frozenset[str]:
    """The products a turn is about: those meant, those of drafts that were not held, those on its bill."""
    drafted = (sku for verdict in record.verdicts if verdict.outcome is not Outcome.HELD for sku in verdict.draft.skus)
    sold = (one.sku for one in record.offer.lines) if record.offer is not None else ()
    return frozenset((*record.need.skus, *drafted, *sold))


def _texts(record: TurnRecord, seen: Seen) -> tuple[str, ...]:
    """The texts of the shop that this turn may quote: passages found, scripts used, conditions of its coupons."""
    used = {name for verdict in record.verdicts for name in verdict.draft.script_ids}
    ids = {one.coupon_id for one in record.offer.applied} if record.offer is not None else set()
    ids |= {one.coupon_id for one in record.offer.alternatives} if record.offer is not None else set()
    spoken = skus_of_turn(record)
    return (
        *(f"{' '.join(hit.passage.heading)} {hit.passage.text}" for hit in record.hits),
        *(script.text for script in seen.shop.scripts if script.script_id in used),
        *(seen.terms(coupon) for coupon in seen.shop.coupons if coupon.coupon_id in ids),
        *(_row(product) for sku, product in seen.shop.products.items() if sku in spoken),
    )


def _row(product: Product) -> str:
    """A product's row without its prices, which are asked for by their own name."""
    words = (*product.selling_points, *product.cautions, product.usage, product.spec, *product.attributes.values())
    return "；".join((*words, *product.suitable_for, *product.not_for, *product.efficacy))


@lru_cache(maxsize=4096)
def _read(text: str, names: KnownNames) -> tuple[Found, ...]:
    return find_claims(text, names)


def _hers(record: TurnRecord, seen: Seen) -> list[Coupon]:
    return [coupon for coupon in seen.shop.coupons if not failing(coupon, seen)]
