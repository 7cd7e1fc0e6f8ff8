"""What a writer of drafts is given: the need, and everything that may be said about it."""

from dataclasses import dataclass
from datetime import datetime

from assistant.flow.desk import Desk
from assistant.shop import Customer, Manner, Product, Stock
from assistant.turn import Evidence, Hit, Need, Offer


@dataclass(frozen=True)
class Brief:
    """The whole ground a draft may stand on. What is not here may not be said."""

    need: Need
    desk: Desk
    customer: Customer | None
    products: tuple[Product, ...]
    stock: tuple[Stock, ...]
    hits: tuple[Hit, ...]
    offer: Offer | None
    evidence: tuple[Evidence, ...]
    manners: tuple[Manner, ...]
    moment: datetime
    asked: str = ""
    """The guide's own words of this turn; a writer may not take them for facts."""
