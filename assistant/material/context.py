"""What the readers must know beside the table itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Context:
    """The shop as known so far. A set that is None is not known yet, and nothing is checked against it.

    ``document_id`` and ``version`` go into citations. ``moment`` (aware) is when the file is read; a product launched
    less than ``new_for_days`` before it is new. ``stores`` maps store ids to region ids, ``guides`` are compared
    without case; ``least_margin_percent`` is how much of a price must stay over the cost; ``taken`` maps ids that came from earlier sheets or files to the place where they stand.
    """

    moment: datetime
    document_id: str = ""
    version: int = 1
    brand: str = ""
    new_for_days: int = 90
    least_margin_percent: int | None = None
    tiers: tuple[str, ...] = ()
    stores: Mapping[str, str] | None = None
    skus: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    customers: frozenset[str] | None = None
    guides: frozenset[str] | None = None
    coupons: frozenset[str] | None = None
    taken: Mapping[str, str] = field(default_factory=dict)

    @property
    def regions(self) -> frozenset[str] | None:
        """Return the regions that have a store."""
        return frozenset(self.stores.values()) if self.stores is not None else None

    def after(self, places: Mapping[str, str]) -> "Context":
        """Return the context for the next sheet of the same kind: these ids are taken now."""
        return replace(self, taken={**self.taken, **places})
