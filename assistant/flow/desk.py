"""What lies on the guide's desk when a turn starts: the shop, her store, her customers, and the last drafts.

Everything is a value made before the flow runs; ``customer``, ``stock`` and ``uses`` are asked only for what
the need turns out to be about, so that one turn never loads four hundred profiles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assistant.flow.words.lexicon import Lexicon
from assistant.outreach.caps import ALLOWED, Permit
from assistant.outreach.contacts import Contact
from assistant.rulebook import SignOffRules
from assistant.scoring.trials import Trial
from assistant.seams import Reader
from assistant.shop import (
    Coupon,
    CouponUse,
    Customer,
    CustomerCard,
    Person,
    Product,
    Script,
    ScriptUse,
    Stock,
    Store,
    StyleCard,
)
from assistant.sold import GuidePoints
from assistant.turn import Draft, Evidence, Message, Need, Offer, SignOff, SignOffStanding, TaskGoal


@dataclass(frozen=True)
class HouseRules:
    """The few figures of a shop that code decides with. Money in 分."""

    shipping_fen: int = 0
    free_shipping_from_fen: int | None = None
    lapsed_after_days: int = 90
    stock_good_for_hours: int = 48
    """A count older than that is told as one to be checked on the shelf."""
    guide_point_fen: int = 0
    """So many 分 paid with a coupon make one point for the guide (双积分); 0: none are given."""


@dataclass(frozen=True)
class Shop:
    """A corp's published material at one material version; the same object serves every desk of that version."""

    corp_id: str
    brand: str
    material_version: int
    tiers: tuple[str, ...]
    rules: HouseRules
    products: Mapping[str, Product]
    coupons: tuple[Coupon, ...]
    scripts: tuple[Script, ...]
    stores: Mapping[str, Store]
    lexicon: Lexicon
    trials: tuple[Trial, ...] = ()
    """Pairs of scripts of which a customer always gets the same one; also those that have ended by now."""


@dataclass(frozen=True)
class Previous:
    """The turn before this one in the same conversation, as far as a follow-up needs it."""

    turn_id: str
    need: Need
    drafts: tuple[Draft, ...]
    offer: Offer | None
    answered: bool
    """True once the guide accepted, edited or refused."""
    evidence: tuple[Evidence, ...] = ()
    sign_offs: Mapping[int, tuple[SignOff, ...]] = field(default_factory=dict)
    """Why a manager signs some of the drafts, by their number from 1."""
    standing: SignOffStanding | None = None
    """Where that sign-off stands now."""


def _anybody(customer_id: str) -> Permit:
    """Where no corp keeps caps, everybody may be written to."""
    return ALLOWED


@dataclass(frozen=True)
class Desk:
    """One guide's view at one moment."""

    shop: Shop
    guide: Person
    store: Store
    customers: tuple[CustomerCard, ...]
    current_customer_id: str
    previous: Previous | None
    said: frozenset[str]
    """Sentences already suggested in this conversation, so that none comes twice."""
    customer: Callable[[str], Customer]
    stock: Callable[[tuple[str, ...]], tuple[Stock, ...]]
    uses: Callable[[str], Mapping[str, CouponUse]]
    due: Callable[[], tuple[Contact, ...]]
    said_to: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Those suggested for each customer: what one was told unasked is new to the next."""
    may_write: Callable[[str], Permit] = _anybody
    """May this customer be written to now unasked? Consent to advertising is asked where the text is known to advertise."""
    tasks: Callable[[], Mapping[str, TaskGoal]] = dict
    """The open tasks by customer, whether or not she may be written to today."""
    quiet: str = ""
    """Why it is better to wait with any message, empty in the daytime."""
    points: Callable[[], GuidePoints] = GuidePoints
    """Her own account; nobody who drafts ever asks for it."""
    style: StyleCard = StyleCard()
    """Her own way of writing, put on drafts after the guard; empty where nothing was learned."""
    script_uses: Mapping[str, ScriptUse] = field(default_factory=dict)
    """What the corp's guides made of each approved script so far."""
    trials: tuple[Trial, ...] = ()
    """The trials of scripts that run at this moment."""
    minors: frozenset[str] = frozenset()
    """Customers who are under age by what was said in this conversation; no record keeps it beyond that."""
    ai_label: str = "（AI生成）"
    """Stands at the end of a draft sent unedited (人工智能生成合成内容标识办法 Art. 4); empty only by agreement (Art. 9)."""
    sign_off: SignOffRules = SignOffRules()
    """Which drafts the corp has a manager sign before they are sent."""
    signers: tuple[Person, ...] = ()
    """The nearest managers who may sign for this guide; never she herself."""
    signed: Previous | None = None
    """The drafts of this conversation that were signed last, wherever the talk has gone since."""

    @property
    def reader(self) -> Reader:
        """On whose behalf passages are read."""
        return Reader(corp_id=self.shop.corp_id, store_id=self.store.store_id, region_id=self.store.region_id)


@dataclass(frozen=True)
class Inquiry:
    """What the guide wrote: one message, or several in a row that make one turn."""

    messages: tuple[Message, ...]
    moment: datetime

    @property
    def text(self) -> str:
        """All messages, one a line."""
        return "\n".join(message.text for message in self.messages if message.text)
