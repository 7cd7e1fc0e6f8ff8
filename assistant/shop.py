"""The nouns of the shop: what is sold, where, by whom and in whose words, to whom, with which coupons and scripts.

Money is integer 分. Moments are aware UTC; calendar days (birthdays) are plain dates.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field

from knowledge.noun import Labelled, Noun
from knowledge.passage import Scope


class Citation(Noun):
    """Where a record was read: enough for a guide to open the file and find the line."""

    document_id: str
    title: str
    version: int
    place: str


class Role(Labelled):
    """What a person of the corp may do (the access rules are in store/access.py)."""

    GUIDE = "guide", "导购"
    MANAGER = "manager", "店长/区域经理"
    AUDITOR = "auditor", "审计"
    ADMIN = "admin", "管理员"


class Store(Noun):
    """One shop floor. ``dealer`` owns the store and its customers' data."""

    store_id: str
    name: str
    region_id: str
    region_name: str
    dealer: str = ""
    address: str = ""
    phone: str = ""
    hours: str = ""


class Person(Noun):
    """A guide or manager as the directory knows them; ``userid`` is WeCom's, opaque, compared without case."""

    userid: str
    name: str
    role: Role
    store_id: str = ""
    region_id: str = ""
    active: bool = True


class Product(Noun):
    """One SKU. The named fields are those the flow reasons with; every other column stays in ``attributes``.

    ``suitable_for`` and ``not_for`` are skin types in a beauty shop, households or body types elsewhere.
    ``special_registration`` is the number that lets it claim 美白祛斑/防晒/防脱/染烫
    (化妆品监督管理条例 Art. 16-17); ``efficacy`` holds only what is registered or filed (Art. 22).
    ``barcodes`` are what a scanner reads off it, check digits verified; an old and a new pack have one each.
    ``new_until`` is the Shanghai day from which a launch is no longer new; ``is_new`` is that, seen from the day on
    which the product was read. ``list_price_fen`` is the 厂商建议零售价, ``price_fen`` what the till charges now.
    """

    sku: str
    name: str
    category: str
    brand: str = ""
    spec: str = ""
    price_fen: int = Field(ge=0)
    list_price_fen: int | None = None
    floor_price_fen: int | None = None
    aliases: tuple[str, ...] = ()
    barcodes: tuple[str, ...] = ()
    suitable_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    free_of: tuple[str, ...] = ()
    efficacy: tuple[str, ...] = ()
    registration: str = ""
    special_registration: str = ""
    selling_points: tuple[str, ...] = ()
    usage: str = ""
    cautions: tuple[str, ...] = ()
    is_new: bool = False
    new_until: date | None = None
    coupon_excluded: bool = False
    attributes: dict[str, str] = {}
    cited: Citation

    def on(self, day: date) -> "Product":
        """The product as it stands on a Shanghai day: a launch stops being new without its file being read again."""
        if self.new_until is None or self.is_new == (day < self.new_until):
            return self
        return self.model_copy(update={"is_new": day < self.new_until})


class Stock(Noun):
    """How many pieces a store had, and when that was read."""

    store_id: str
    sku: str
    quantity: int
    read_at: datetime


class Purpose(Labelled):
    """What a customer agreed to (个人信息保护法 Art. 14); absent means not agreed."""

    SERVICE = "service", "客户服务"
    MARKETING = "marketing", "营销信息"
    PERSONALISATION = "personalisation", "个性化推荐"


class CustomerFact(Noun):
    """One thing known about a customer, with where it came from and until when it may be used."""

    name: str
    value: str
    source: str
    observed_at: datetime
    expires_at: datetime | None = None


class CustomerCard(Noun):
    """The few words by which a guide tells her customers apart; all that understanding may see of others."""

    customer_id: str
    name: str
    address_as: str = ""
    phone_head: str = ""
    phone_tail: str = ""


class Purchase(Noun):
    """One bought line, newest first in a profile."""

    order_id: str
    sku: str
    product_name: str
    quantity: int
    paid_fen: int
    bought_at: datetime


class Customer(Noun):
    """A customer as this guide may know her now; facts past their expiry are already left out.

    ``address_as`` is how to call her (林姐); ``tier_level`` orders the tiers, 0 is none.
    ``phone_masked`` is 138****2231; the full number never leaves the store room.
    """

    customer_id: str
    name: str
    address_as: str = ""
    phone_masked: str = ""
    tier: str = ""
    tier_level: int = 0
    points: int = 0
    birthday: date | None = None
    tags: tuple[str, ...] = ()
    facts: tuple[CustomerFact, ...] = ()
    consents: tuple[Purpose, ...] = ()
    guide: str = ""
    store_id: str = ""
    joined_at: datetime | None = None
    order_count: int = 0
    purchases: tuple[Purchase, ...] = ()

    def fact(self, name: str) -> str:
        """Return the value known under this name, or the empty string."""
        return next((fact.value for fact in self.facts if fact.name == name), "")


def as_a_minor(customer: Customer) -> Customer:
    """Return a customer as she counts when under age: served, but nothing is chosen or advertised by what is known."""
    kept = tuple(purpose for purpose in customer.consents if purpose is Purpose.SERVICE)
    return customer.model_copy(update={"consents": kept})


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as the shop's file has her. ``phone`` is the full number: only the store room keeps it.

    ``consents`` are what she agreed to, ``consented_at`` when (None: the file does not say). ``tier_level`` orders the
    tiers, 0 is none. ``birthday`` is a calendar day. A plain dataclass, because a file holds tens of thousands.
    """

    customer_id: str
    name: str
    address_as: str
    phone: str
    tier: str
    tier_level: int
    points: int
    birthday: date | None
    tags: tuple[str, ...]
    facts: tuple[CustomerFact, ...]
    consents: tuple[Purpose, ...]
    consented_at: datetime | None
    guide: str
    store_id: str
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, ``line`` counted from 1 within the order. Money in 分, ``ordered_at`` aware UTC.

    ``coupon_id`` is kept as written even when the coupon is no longer in the file: an old coupon is not an error
    of the order, and its use still counts.
    """

    order_id: str
    line: int
    customer_id: str
    store_id: str
    channel: str
    ordered_at: datetime
    sku: str
    product_name: str
    quantity: int
    paid_fen: int
    status: str
    coupon_id: str


class CouponKind(Labelled):
    """What a coupon or promotion does to the bill."""

    THRESHOLD = "threshold", "满减券"
    DISCOUNT = "discount", "折扣券"
    VOUCHER = "voucher", "代金券"
    GIFT = "gift", "赠品/兑换券"
    FREE_SHIPPING = "free-shipping", "包邮券"
    PER_THRESHOLD = "per-threshold", "每满减"
    PIECES = "pieces", "N件折"
    NTH_PIECE = "nth-piece", "第N件折"
    ADD_ON = "add-on", "加价购"


class Layer(Labelled):
    """When a saving is booked: each layer is measured on what the ones before it left."""

    MEMBER = "member", "会员价"
    PROMOTION = "promotion", "促销"
    COUPON = "coupon", "券"
    VOUCHER = "voucher", "代金"


class Channel(Labelled):
    """Where an order is placed."""

    SHOP = "shop", "门店"
    MINI_PROGRAM = "mini-program", "小程序"


class CouponScope(Noun):
    """Which lines count and where. Empty tuples mean no restriction; exclusions always win.

    ``skus``, ``categories``, ``brands`` and ``attributes`` widen each other; an attribute is written ``系列:云润``.
    """

    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    excluded_skus: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    excludes_new: bool = False
    stores: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    dealers: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()


class Audience(Noun):
    """Who may have it. Only inputs that 个人信息保护法 Art. 24 allows; ``offers.standing`` lists them.

    ``birthday_days`` is a window around the birthday: so many days before and after, both counted. ``lapsed_days``
    means that the last order is at least so long ago. ``customers`` are the only ones who may have it, ``barred`` those
    who may not.
    """

    tiers: tuple[str, ...] = ()
    new_customer: bool = False
    birthday_month: bool = False
    birthday_days: tuple[int, int] | None = None
    tags: tuple[str, ...] = ()
    lapsed_days: int | None = None
    customers: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()


class Hours(Noun):
    """A part of the day in Shanghai, minutes since midnight: [starts, ends)."""

    starts: int = Field(ge=0, le=1440)
    ends: int = Field(ge=0, le=1440)


class Days(Noun):
    """Shanghai days from the first to the last, both included."""

    first: date
    last: date


class Times(Noun):
    """When within its window a coupon may be used. ``weekdays`` are 1 (Monday) to 7; empty means any."""

    weekdays: tuple[int, ...] = ()
    hours: tuple[Hours, ...] = ()
    blackout: tuple[Days, ...] = ()


class Coupon(Noun):
    """A coupon template as the shop wrote it.

    ``amount_fen`` for 满减, 每满减 and 代金; ``pay_percent`` for 折扣 (85 = 八五折: the customer pays 85 %), with
    ``cap_fen`` the most it may take off. ``threshold_fen`` is measured on the lines in scope at shop price.
    N件折: from ``pieces`` pieces in scope on all of them cost ``pay_percent``. 第N件折: of every ``pieces`` pieces in scope
    one costs ``pay_percent``, the cheapest ones at shop price. 加价购: with the threshold reached one piece of
    ``add_on_sku`` costs ``add_on_fen``; that SKU itself never counts towards the threshold.
    ``layer`` None means the usual one of its kind. ``per_day_limit`` is uses by one customer on one Shanghai day.
    ``stacking_group``: at most one coupon of a group in one order; ``exclusive`` combines with none.
    ``window`` is [starts_at, ends_at). ``budget_fen`` is what the shop will spend in all on it. ``grant_limit`` is how
    many may be granted in all, ``guide_day_limit`` and ``store_day_limit`` how many by one guide or store on one
    Shanghai day; ``valid_days`` how many days a grant is good, the day of granting counted, never beyond the window.
    """

    coupon_id: str
    name: str
    kind: CouponKind
    amount_fen: int = Field(default=0, ge=0)
    pay_percent: int = Field(default=100, ge=1, le=100)
    cap_fen: int | None = None
    gift: str = ""
    gift_value_fen: int = 0
    threshold_fen: int = Field(default=0, ge=0)
    pieces: int = Field(default=0, ge=0)
    add_on_sku: str = ""
    add_on_fen: int = Field(default=0, ge=0)
    layer: Layer | None = None
    scope: CouponScope = CouponScope()
    audience: Audience = Audience()
    starts_at: datetime
    ends_at: datetime
    times: Times = Times()
    per_customer_limit: int | None = None
    per_day_limit: int | None = None
    budget_fen: int | None = None
    grant_limit: int | None = None
    guide_day_limit: int | None = None
    store_day_limit: int | None = None
    valid_days: int | None = None
    stacking_group: str = ""
    exclusive: bool = False
    cited: Citation


class CouponUse(Noun):
    """What has already been used of one coupon: by this customer in all and on this Shanghai day, by everybody in 分."""

    coupon_id: str
    used_by_customer: int = 0
    used_today: int = 0
    spent_fen: int = 0


class Stage(Labelled):
    """Where a sale stands."""

    GREETING = "greeting", "破冰问候"
    DISCOVERY = "discovery", "需求挖掘"
    RECOMMENDATION = "recommendation", "产品推荐"
    OBJECTION = "objection", "异议处理"
    PRICE = "price", "价格优惠"
    CLOSING = "closing", "促成下单"
    AFTER_SALES = "after-sales", "售后服务"
    CARE = "care", "客户关怀"
    REACTIVATION = "reactivation", "沉睡唤醒"


class Scene(Labelled):
    """Where a text will be read."""

    PRIVATE = "private", "私聊"
    GROUP_MARKETING = "group-marketing", "福利群"
    GROUP_CONTENT = "group-content", "内容种草群"
    GROUP_SERVICE = "group-service", "服务群"


class Manner(Labelled):
    """How a draft sounds."""

    WARM = "warm", "亲切"
    EXPERT = "expert", "专业"
    BRIEF = "brief", "简短"


class Trait(Labelled):
    """What can be learned of a guide's way of writing: how, never what. ``Habit.value`` says what each may hold.

    An opening is what stands before the first word that says something; a bare draft is one that comes without any.
    """

    OPENING_NAMED = "opening-named", "知道称呼时的开头"
    OPENING_NAMED_BARE = "opening-named-bare", "知道称呼、草稿没写开头时补的"
    OPENING_UNNAMED = "opening-unnamed", "不知道称呼时的开头"
    OPENING_UNNAMED_BARE = "opening-unnamed-bare", "不知道称呼、草稿没写开头时补的"
    CALLS_HER = "calls-her", "对女客户的称呼"
    CALLS_HIM = "calls-him", "对男客户的称呼"
    END = "end", "句尾"
    LAST_END = "last-end", "最后一句的句尾"
    WAVE_END = "wave-end", "草稿里的～改成"
    FIRST_EMOJI = "first-emoji", "第一句后面的表情"
    LAST_EMOJI = "last-emoji", "结尾的表情"
    NO_EMOJI = "no-emoji", "草稿里的表情"
    CLOSING = "closing", "常用的结尾"
    WORD = "word", "用词"
    MANNER = "manner", "常用的风格"
    LENGTH = "length", "常用的长短"


class Habit(Noun):
    """One trait as it was seen: ``times`` of the ``of`` messages in which it could have been.

    ``value``: for an opening a template with {称呼}; for a way to call a pattern with {姓}; for an end what stands in place
    of 。 or ～; an emoji, a closing or a manner as it is; for a word ``您→你``; for the length the median of characters.
    """

    trait: Trait
    value: str
    times: int
    of: int


class StyleCard(Noun):
    """A guide's own way of writing, learned from ``edits`` drafts she reworked and ``picks`` she chose among.

    Hers to read and to erase. It holds no customer, no product, no figure: only manners.
    """

    edits: int = 0
    picks: int = 0
    habits: tuple[Habit, ...] = ()

    def values(self, trait: Trait) -> tuple[str, ...]:
        """Return what was learned of a trait, the most frequent first; nothing where nothing clear was seen."""
        return tuple(habit.value for habit in self.habits if habit.trait is trait)

    def value(self, trait: Trait) -> str | None:
        """Return the one thing learned of a trait, or None; an empty word may be it (she writes no end mark)."""
        return next(iter(self.values(trait)), None)


class ScriptVariable(Labelled):
    """Every blank a script may hold, written 【label】 in the shop's file."""

    CUSTOMER = "customer", "客户称呼"
    GUIDE = "guide", "导购姓名"
    STORE = "store", "门店"
    PRODUCT = "product", "产品名"
    PRICE = "price", "价格"
    SPEC = "spec", "规格"
    POINT = "selling_point", "卖点"
    SUITABLE = "suitable_for", "适合人群"
    USAGE = "usage", "用法"
    CAUTION = "caution", "注意事项"
    COUPON = "coupon", "优惠券"
    COUPON_TERMS = "coupon_terms", "用券条件"
    FINAL_PRICE = "final_price", "券后价"
    SAVING = "saving", "优惠金额"
    TIER = "tier", "会员等级"
    POINTS = "points", "积分"
    CONCERN = "concern", "肌肤需求"
    POLICY = "policy", "政策要点"
    LAST_PRODUCT = "last_product", "上次购买"
    STOCK = "stock", "库存"


BLANK = re.compile(r"【\s*([^【】]*?)\s*】")
"""A blank where it stands in a script; its group is the label."""

VARIABLE_OF = {variable.label: variable for variable in ScriptVariable}
"""Which variable a label means."""


class ScriptUse(Noun):
    """How often drafts that a script carried were taken as they stood, reworked, or refused."""

    accepted: int = 0
    edited: int = 0
    refused: int = 0

    @property
    def favour(self) -> float:
        """The share of guides it served, 0..1, reworked ones counting half; 0.5 while few have said anything."""
        said = self.accepted + self.edited + self.refused
        return (self.accepted + self.edited / 2 + _UNDECIDED / 2) / (said + _UNDECIDED)


_UNDECIDED = 6
"""So many undecided guides stand behind every script, so that one refusal does not bury it."""


class Script(Noun):
    """An approved 话术 with its blanks. ``keywords`` are the worries or topics it was written for (贵, 敏感, 退货).

    ``dealers`` are the owners whose stores use it, ``tiers`` the members it is written for; empty means all of them.
    """

    script_id: str
    title: str
    stage: Stage
    scene: Scene
    manner: Manner
    text: str
    variables: tuple[ScriptVariable, ...] = ()
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    scope: Scope = Scope()
    dealers: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    version: int = 1
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    cited: Citation
