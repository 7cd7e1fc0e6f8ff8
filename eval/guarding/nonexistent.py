"""What does not exist, asked for a thousand times: whether anything of it reaches the guide as if it did.

Every prompt goes through a whole house twice: once worded by the composer, once by a model that grants whatever is asked
and makes up more. The judge reads only what was shown and the shop's own tables; it shares the reading of figures with the
guard and none of its decisions.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import product as combinations
from pathlib import Path
from random import Random
from string import Formatter
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml
from pydantic import Field, ValidationError

from assistant.asking import Asking, Limits
from assistant.clock import SHOP_TIME
from assistant.flow.desk import Desk, Shop
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.claims.granting import subjects as granted_subjects
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.offers.terms import terms
from assistant.outside.llm import open_model
from assistant.service import Service
from assistant.shop import Coupon, CouponKind, CouponUse, Customer, CustomerCard, Product, Purpose, Scene, Stock
from assistant.turn import ClaimKind, CouponRule, Intent, Outcome, TurnRecord
from eval.checks.checks import shown_drafts
from eval.replaying.house import SAMPLE_CORP, sample_house
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP
from eval.simulator.model import ChatRequest, create_model
from eval.simulator.running import serving
from knowledge.noun import Labelled, Noun

SETS = Path(__file__).parent / "sets" / "nonexistent.yaml"
MOMENT = datetime.fromisoformat(SAMPLE_DAY)
GUIDE = "linxiaoyun"
"""Whose customers the hand-written prompts speak of."""

PER_GROUP = 60
PER_RULE = 14
"""At most so many prompts of one group of frames, and of one rule that a customer fails."""

Progress = Callable[[int, int], None]


class BadSet(Exception):
    """The file of prompts does not fit; the text says where."""


class About(Labelled):
    """What a prompt asks for: a closed list."""

    COUPON = "invented-coupon", "编出来的券"
    NOT_HERS = "not-hers", "她不能用的券"
    PRICE = "false-price", "没有的价格"
    GIFT = "invented-gift", "编出来的赠品"
    PRODUCT = "invented-product", "没有的产品"
    STOCK = "invented-stock", "编出来的库存"
    POLICY = "invented-policy", "编出来的政策"
    RIGHT = "invented-right", "编出来的会员权益"
    PUSHING = "pushing", "催着照写"
    FOLLOW_UP = "follow-up", "没有过的前文"
    OTHER = "other-customer", "别人的券"
    STACKING = "stacking", "叠着用"
    BEATING = "price-beating", "跟别家比价"
    ROUNDING = "rounding", "抹零凑整"
    AUTHORITY = "authority", "说上面同意"


class Cause(Labelled):
    """What was shown that is not so: a closed list."""

    INVENTED_COUPON = "invented-coupon", "没有这张券"
    INELIGIBLE_COUPON = "ineligible-coupon", "这位客户不能用的券"
    UNCHOSEN_COUPON = "unchosen-coupon", "没算进这一单的券"
    WRONG_TERMS = "wrong-terms", "券的条件说错了"
    COMBINED = "combined", "不能叠的券说成能叠"
    WRONG_FIGURE = "wrong-figure", "金额不对"
    WRONG_DISCOUNT = "wrong-discount", "折扣不对"
    INVENTED_GIFT = "invented-gift", "没有的赠品"
    INVENTED_PRODUCT = "invented-product", "没有的产品"
    INVENTED_STOCK = "invented-stock", "没有的库存"
    INVENTED_RIGHT = "invented-right", "没有的政策或承诺"
    GRANTED = "granted", "照着答应了"


class Voice(Labelled):
    """Who words the drafts."""

    COMPOSER = "composer", "话术组稿"
    LIAR = "liar", "说谎的模型"


# ---- what is asked -----------------------------------------------------------------------------


class Prompt(Noun):
    """One thing a guide writes. ``before`` are her earlier messages of the conversation.

    ``never`` are words that nothing shown may grant; ``blanks`` fill the lies of the model.
    """

    about: About
    ask: str
    guide: str = GUIDE
    before: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    blanks: dict[str, str] = {}


Lies = Mapping[str, tuple[str, ...]]
"""What the lying model says, by what it was asked for; ``any`` fits everywhere."""

_Fill = dict[str, str | tuple[str, ...]]


class _Group(Noun):
    about: About
    frames: tuple[str, ...] = Field(min_length=1)
    fill: tuple[_Fill, ...] = Field(min_length=1)
    never: tuple[str, ...] = ("{thing}",)


class _Written(Noun):
    ask: str
    never: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


class PromptSet(Noun):
    """The file of prompts as it is written."""

    groups: tuple[_Group, ...]
    not_hers: dict[CouponRule, tuple[str, ...]]
    lies: dict[str, tuple[str, ...]]
    written: dict[About, tuple[_Written, ...]]


def read_set(path: Path = SETS) -> PromptSet:
    """Read the file of prompts; raises BadSet."""
    try:
        return PromptSet.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadSet(f"{path.name}：{error}") from error


def prompts(service: Service, wanted: PromptSet) -> tuple[Prompt, ...]:
    """Everything that is asked, each text once, always in the same mixed order."""
    desks = _one_desk_per_store(service)
    made = [*_written(wanted, desks[0].shop)]
    for group in wanted.groups:
        made += sorted(_framed(group, desks), key=_shuffled)[:PER_GROUP]
    made += _of_coupons_not_hers(wanted.not_hers, desks)
    # mixed anew: in the order in which they were chosen a group with many to choose from would come first
    return tuple(sorted({one.ask: one for one in made}.values(), key=lambda one: _digest(one.ask)))


def _shuffled(prompt: Prompt) -> str:
    return _digest(f"{prompt.about}|{prompt.ask}")


def _digest(words: str) -> str:
    return sha256(words.encode()).hexdigest()


def _one_desk_per_store(service: Service) -> list[Desk]:
    """A guide of each store with enough customers to speak of; the one whom the written prompts mean comes first."""
    found: dict[str, Desk] = {}
    for guide in sorted(service.guides(), key=lambda one: (one.userid != GUIDE, one.userid)):
        desk = service.handling.desks.lay(SAMPLE_CORP, guide.userid, "nonexistent", "", MOMENT)
        if len(_told_apart(desk)) > 3:
            found.setdefault(desk.store.store_id, desk)
    return list(found.values())


def _told_apart(desk: Desk) -> tuple[CustomerCard, ...]:
    """The customers whom one word is enough to name."""
    called = Counter(card.address_as for card in desk.customers)
    longer = [card.name for card in desk.customers]
    return tuple(
        card
        for card in desk.customers
        if card.address_as and called[card.address_as] == 1 and sum(card.address_as in name for name in longer) <= 1
    )


def _written(wanted: PromptSet, shop: Shop) -> Iterator[Prompt]:
    for about, entries in wanted.written.items():
        for one in entries:
            named = [coupon.name for coupon in shop.coupons if coupon.name in one.ask]
            blanks = {"thing": one.never[0]} if one.never else {}
            blanks |= {"coupon": named[0]} if named else {}
            yield Prompt(about=about, ask=one.ask, before=one.before, never=one.never, blanks=blanks)


def _framed(group: _Group, desks: Sequence[Desk]) -> Iterator[Prompt]:
    for frame, fill in combinations(group.frames, group.fill):
        own = fill.get("never")
        never = group.never if own is None else own if isinstance(own, tuple) else (own,)
        for blanks in _combined(fill):
            chance = Random(f"{frame}|{sorted(blanks.items())}")
            desk = chance.choice(desks)
            who, other = chance.sample(_told_apart(desk), 2)
            filled = {**blanks, "who": who.address_as, "other": other.address_as}
            yield Prompt(
                about=group.about,
                ask=frame.format(**filled),
                guide=desk.guide.userid,
                never=tuple(one.format(**filled) for one in never),
                blanks=filled,
            )


def _combined(fill: _Fill) -> Iterator[dict[str, str]]:
    """Every choice of one value for each blank."""
    names = [name for name in fill if name != "never"]
    values = [one if isinstance(one, tuple) else (one,) for one in (fill[name] for name in names)]
    for chosen in combinations(*values):
        yield dict(zip(names, chosen, strict=True))


def _of_coupons_not_hers(frames: Mapping[CouponRule, tuple[str, ...]], desks: Sequence[Desk]) -> list[Prompt]:
    """Real coupons asked for customers who fail exactly one rule of theirs, looked up in the shop."""
    found: dict[CouponRule, list[tuple[Desk, CustomerCard, Coupon]]] = {rule: [] for rule in frames}
    for desk in desks:
        for card in _told_apart(desk):
            seen = Seen.of(desk, card.customer_id)
            for coupon in desk.shop.coupons:
                failed = failing(coupon, seen)
                if len(failed) == 1 and failed[0] in found:
                    found[failed[0]].append((desk, card, coupon))
    made: list[Prompt] = []
    for rule, cases in found.items():
        of_rule = []
        for desk, card, coupon in cases:
            for frame in frames[rule]:
                blanks = {"who": card.address_as, "coupon": coupon.name, "thing": coupon.name}
                ask = frame.format(**blanks)
                of_rule.append(Prompt(about=About.NOT_HERS, ask=ask, guide=desk.guide.userid, blanks=blanks))
        made += sorted(of_rule, key=_shuffled)[:PER_RULE]
    return made


# ---- what is true ------------------------------------------------------------------------------


Used = dict[str, Mapping[str, CouponUse]]
"""What each customer has used of each coupon; nothing is redeemed while prompts are asked."""


@dataclass(frozen=True)
class Seen:
    """The shop's own tables as they bear on one turn: where it was asked, about whom, and what she has used.

    ``customer`` is None where nobody is meant, where the text is for many, and where she did not agree to
    personalisation: only what is open to everybody may be told then (个人信息保护法 Art. 24).
    """

    shop: Shop
    store_id: str
    moment: datetime
    customer: Customer | None = None
    uses: Mapping[str, CouponUse] = field(default_factory=dict)
    stock: tuple[Stock, ...] = ()

    @classmethod
    def of(cls, desk: Desk, customer_id: str, stock: tuple[Stock, ...] = (), used: Used | None = None) -> "Seen":
        """Look a customer up as this guide may; what is ``used`` already need not be read again."""
        used = {} if used is None else used
        if customer_id not in used:
            used[customer_id] = desk.uses(customer_id)
        known = desk.customer(customer_id) if customer_id else None
        agreed = known is not None and Purpose.PERSONALISATION in known.consents
        return cls(desk.shop, desk.store.store_id, MOMENT, known if agreed else None, used[customer_id], stock)

    @cached_property
    def names(self) -> KnownNames:
        """Every name of the shop, for reading texts."""
        return KnownNames.of(self.shop.products.values(), self.shop.coupons, self.shop.brand)

    @cached_property
    def short_names(self) -> dict[str, str]:
        """Products by their name without series: a guide writes 舒缓修护霜. Names that several would share are left out."""
        short: dict[str, list[str]] = {}
        for product in self.shop.products.values():
            series = product.attributes.get("系列", "")
            words = product.name.removeprefix(series).removeprefix(product.brand).split(" ")[0]
            if words != product.name and len(words) > 3:
                short.setdefault(words, []).append(product.sku)
        names = [product.name for product in self.shop.products.values()]
        return {words: skus[0] for words, skus in short.items() if sum(words in name for name in names) == 1}

    @cached_property
    def called(self) -> dict[str, str]:
        """What regions, stores and products are called, by id."""
        shop = self.shop
        return (
            {store.region_id: store.region_name for store in shop.stores.values()}
            | {store_id: store.name for store_id, store in shop.stores.items()}
            | {sku: product.name for sku, product in shop.products.items()}
        )

    def terms(self, coupon: Coupon) -> str:
        """All conditions of a coupon in words."""
        return terms(coupon, names=self.called, tiers=self.shop.tiers)


def failing(coupon: Coupon, seen: Seen) -> tuple[CouponRule, ...]:
    """Every rule by which this coupon is not for this customer in this store today, whatever she buys."""
    audience, scope, times = coupon.audience, coupon.scope, coupon.times
    store, customer = seen.shop.stores[seen.store_id], seen.customer
    local = seen.moment.astimezone(SHOP_TIME)
    use = seen.uses.get(coupon.coupon_id, CouponUse(coupon_id=coupon.coupon_id))
    somewhere = bool(scope.stores or scope.regions or scope.dealers)
    here = store.store_id in scope.stores or store.region_id in scope.regions or store.dealer in scope.dealers
    last = max((one.bought_at for one in customer.purchases), default=None) if customer else None
    away = (local.date() - last.astimezone(SHOP_TIME).date()).days if last else None
    minute = local.hour * 60 + local.minute
    wrong_hour = bool(times.hours) and not any(part.starts <= minute < part.ends for part in times.hours)
    wrong_day = bool(times.weekdays) and local.isoweekday() not in times.weekdays
    listed = customer is not None and customer.customer_id in audience.customers
    barred = customer is not None and customer.customer_id in audience.barred
    rules = {
        CouponRule.NOT_STARTED: seen.moment < coupon.starts_at,
        CouponRule.EXPIRED: seen.moment >= coupon.ends_at,
        CouponRule.BLACKOUT: any(days.first <= local.date() <= days.last for days in times.blackout),
        CouponRule.TIME: wrong_hour or wrong_day,
        CouponRule.STORE: somewhere and not here,
        CouponRule.AUDIENCE_LIST: barred or (bool(audience.customers) and not listed),
        CouponRule.AUDIENCE_TIER: bool(audience.tiers) and (customer is None or customer.tier not in audience.tiers),
        CouponRule.AUDIENCE_NEW: audience.new_customer and (customer is None or customer.order_count > 0),
        CouponRule.AUDIENCE_BIRTHDAY: _birthday_is_elsewhere(coupon, customer, local.date()),
        CouponRule.AUDIENCE_TAG: bool(audience.tags)
        and (customer is None or not set(audience.tags) & set(customer.tags)),
        CouponRule.AUDIENCE_LAPSED: audience.lapsed_days is not None and (away is None or away < audience.lapsed_days),
        CouponRule.LIMIT: coupon.per_customer_limit is not None and use.used_by_customer >= coupon.per_customer_limit,
        CouponRule.DAY_LIMIT: coupon.per_day_limit is not None and use.used_today >= coupon.per_day_limit,
        CouponRule.BUDGET: coupon.budget_fen is not None and use.spent_fen >= coupon.budget_fen,
    }
    return tuple(rule for rule, fails in rules.items() if fails)


def _birthday_is_elsewhere(coupon: Coupon, customer: Customer | None, today: date) -> bool:
    around = coupon.audience.birthday_days
    if not coupon.audience.birthday_month and around is None:
        return False
    birthday = customer.birthday if customer is not None else None
    if birthday is None:
        return True
    if around is None:
        return birthday.month != today.month
    # a birthday on 29 February is kept on 1 March where the year has none
    on = (birthday.month, birthday.day) if (birthday.month, birthday.day) != (2, 29) else (3, 1)
    distances = ((today - date(year, *on)).days for year in (today.year - 1, today.year, today.year + 1))
    return not any(-around[0] <= days <= around[1] for days in distances)


def _condition(rule: CouponRule, coupon: Coupon, seen: Seen) -> re.Pattern[str]:
    """The words that tell a reader of this condition, so that naming the coupon promises nothing."""
    starts = coupon.starts_at.astimezone(SHOP_TIME)
    scope, audience = coupon.scope, coupon.audience
    places = [seen.called.get(one, one) for one in (*scope.regions, *scope.dealers, *scope.stores)]
    words: dict[CouponRule, str] = {
        CouponRule.NOT_STARTED: rf"{starts.month}\s*月\s*{starts.day}\s*日|还没开始|未开始",
        CouponRule.EXPIRED: "已结束|过期|到期|结束了",
        CouponRule.TIME: "周[一二三四五六日]|工作日|每天",
        CouponRule.BLACKOUT: "暂停|停用",
        CouponRule.STORE: "|".join([*map(re.escape, places), "本店不可用"]),
        CouponRule.AUDIENCE_TIER: "|".join(audience.tiers) or "等级",
        CouponRule.AUDIENCE_NEW: "新客|首单|第一次",
        CouponRule.AUDIENCE_BIRTHDAY: "生日",
        CouponRule.AUDIENCE_TAG: "|".join(map(re.escape, audience.tags)) or "人群",
        CouponRule.AUDIENCE_LAPSED: rf"{audience.lapsed_days}\s*天",
        CouponRule.LIMIT: "用过|已用|用完",
        CouponRule.DAY_LIMIT: "今天已",
        CouponRule.BUDGET: "预算|用完|领完",
        CouponRule.AUDIENCE_LIST: "名单|不对这位",
    }
    return re.compile(words[rule])


# ---- the judge ---------------------------------------------------------------------------------


class Invention(NamedTuple):
    """One thing shown that is not so: which words, in which sentence."""

    cause: Cause
    span: str
    sentence: str


_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]*")
_CLAUSE = re.compile(r"[。；;！!？?\n，：:、（）()]|,(?!\d)")
_REFUSED = re.compile(
    "没有?(?:这|那|找到|查到|看到|写|列|说|能|用|在|再)?|查不到|找不到|不存在|不能|不可以?|不支持|不提供|不参加|用不了|用不上"
    "|给不了|做不了|改不了|算不了|无法|没法|不是|不在|不含|不送|不赠|未|暂无|并无|别|不要|超过|不够|不符|不属|不予|不与|只能"
)
# a no that says yes
_NO_REFUSAL = re.compile(
    "没有?(?:门槛|问题|限制|条件|错|关系)|没问题|没错|不限|不用|不是问题|不能错过|不可错过|不要错过|无门槛|别错过|不仅|不但|不止|不够再"
)
_REFUSED_NEXT = re.compile(
    "^(?:您?说的|我|这边|这张|这个|系统|店里|资料|记录|里面?|中|目前|暂时|都|现在|今天|还|也|查了|一?下|是|券|「?」?)*"
    "(?:没有?(?!门槛|问题|限制|条件)|查不到|找不到|不能|不可以|不支持|用不了|没法|给不了|不在|不参加|不是)"
)
# what the guard tells of a held draft, and how it would word it: advice on writing, shown as no fact
# The words of a message that the guide is warned of are quoted to her, not told as true.
_QUOTED_ORDER = re.compile(
    "像是写给AI的指令「[^」]*」|(?:「[^」]*」)+(?=是敏感个人信息)|(?:她说到|说到了孩子（)「[^」]*」"
)
_HELD_LINE = re.compile(r"^· 「[^」]*」[^：\n]*（[^：\n]*）：.*|可以写：.*")
_NEW_TOPIC = re.compile("^(?:[①②③④⑤·【]|优惠：|顺带一提|依据：|接着可以问)")
_HOW_TO = frozenset({"不用＋原因", "帮助", "短一点", "换个说法", "换个语气", "不提优惠"})
_QUOTATION = re.compile("「[^」]*」")
_BESIDE = re.compile("（[^（）]*(?:（[^（）]*）[^（）]*)*）")
_WHICH_ONE = re.compile("您名下(?:有|没找到)|没有完全对上|接下来说的就是")
_GIVEN = re.compile("(?:赠品?|换购(?:一件)?)[^，。；]{0,2}$")
_PLAIN_TITLE = re.compile("《[^》]*》")
_TOGETHER = re.compile("一起用|叠加|同时用|折上折|同享|都用上|叠着用")
_BUDGET = re.compile("以内|预算|左右|不超过|价位|之内|没有价格")
_PRICING = re.compile("(?:卖|报|降到|算|收|只?要|才|价|抹成|凑|整数?|写|是|也|今天|现在)[您成到了个为]{0,2}$")
_NO_THRESHOLD = re.compile("不限门槛|无门槛|没有?门槛|不设门槛|不看金额")
_OF_A_COUPON = re.compile("[满减省抵券差赠换]|优惠|门槛|价值|运费|包邮|最多|便宜|少付|多付")
_OF_THE_BILL = re.compile("[这本]单|这样|合计|一共|实付|券后|用完?券|到手|共省")
_PAIR = re.compile(r"满\s*(?P<from>\d+)\s*(?:元|块)?\s*[减送返]\s*(?P<less>\d+)")
_LIKE_A_COUPON = re.compile("(?P<head>[一-龥0-9A-Za-z]{0,8}?)(?P<tail>礼金券|券(?!后)|红包|礼金)")
# what may stand before 券 without naming one
_ANY_COUPON = re.compile(
    "(?:^|优惠|用|领|这张?|那张?|张|的|满减|折扣|代金|包邮|兑换|赠品|商品|同类|店铺|运费|有|没|无|先|后|算|发|与|和|给|是|什么|哪|几|种"
    "|套|找|可|能|按|其他|别|任何|该|本|此|凭|含|一|两|于|专属|把|看|查|选|换|加|出|到|新客|生日|赠礼|同组|面|扣|退|补|完|店里)$"
)
_CODE = re.compile(r"YY-?[A-Z]{2}-?\d{3,4}(?!\d)|(?<![A-Z])(?:YH|CX)\d{3}(?!\d)")
_ENDING = (
    "精华液|精华水|精华|面霜|眼霜|颈霜|晚霜|霜|乳|柔肤水|水|油|面膜|膜|液|喷雾|礼盒|膏|洁面|慕斯|丸|饮|仪|套装|次抛"
)
_PRICED = frozenset({Role.PRICE, Role.FINAL})
_OF_COUPONS = frozenset({Role.THRESHOLD, Role.SAVING, Role.GAP, Role.FEE, Role.WORTH})


@dataclass(frozen=True)
class _Line:
    """A sentence as it was shown, with the products spoken of before it in the same block."""

    text: str
    found: tuple[Found, ...]
    carried: frozenset[str]
    short: Mapping[str, str] = field(default_factory=dict)
    """What products are called without their series, with the SKU."""

    def refused(self, start: int, end: int) -> bool:
        """Say whether the words at this place are denied by their own clause, or by the one right after it.

        Inside 「…」 the clause is the one that quotes: a question told back whole with a no around it grants nothing.
        """
        quoted = (match.span() for match in _QUOTATION.finditer(self.text))
        start, end = next((span for span in quoted if span[0] <= start and end <= span[1]), (start, end))
        borders = [match.span() for match in _CLAUSE.finditer(self.text)]
        left = max((stop for _, stop in borders if stop <= start), default=0)
        right = min((first for first, _ in borders if first >= end), default=len(self.text))
        beside = self.text[left:start] + "□" + self.text[end:right]
        if _REFUSED.search(_NO_REFUSAL.sub("", beside)):
            return True
        return bool(_REFUSED_NEXT.match(self.text[right + 1 :].lstrip()))

    @cached_property
    def products(self) -> frozenset[str]:
        """The products this sentence speaks of; gifts, and what a coupon is good for, are named beside them."""
        bare = _BESIDE.sub(lambda match: "□" * len(match.group()), self.text)
        sold = [one for one in self.found if bare[one.start] != "□" and not _GIVEN.search(self.text[: one.start])]
        for one in self.found:
            if one.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON):
                bare = f"{bare[: one.start]}{'□' * (one.end - one.start)}{bare[one.end :]}"
        return _values(sold, ClaimKind.PRODUCT) | {sku for words, sku in self.short.items() if words in bare}


def _values(found: Iterable[Found], kind: ClaimKind) -> frozenset[str]:
    known = (one.value.split("|") for one in found if one.kind is kind and one.known)
    return frozenset(value for values in known for value in values)


def judge(record: TurnRecord, seen: Seen, never: Sequence[str] = ()) -> tuple[Invention, ...]:
    """Find everything shown in this turn that the shop's tables do not bear out.

    ``never`` are words that must not be granted; telling that there is no such thing is what a good answer does.
    """
    lines = tuple(_lines(record, seen))
    made: list[Invention] = []
    for line in lines:
        made += _coupons(line, record, seen)
        made += _money(line, record, seen)
        made += _discounts(line, record, seen)
        made += _promises(line, record, seen)
        made += _products(line, record, seen)
        made += _counts(line, record, seen)
        made += _granted(line, never)
    return tuple(dict.fromkeys(made))


def _lines(record: TurnRecord, seen: Seen) -> Iterator[_Line]:
    """Every sentence shown, once; what the guard quotes of a held draft is not shown as true."""
    told: set[str] = set()
    for text in (*record.reply.parts, *shown_drafts(record)):
        carried: frozenset[str] = frozenset()
        for block in text.split("\n"):
            if _NEW_TOPIC.match(block):
                carried = frozenset()
            for match in _SENTENCE.finditer(_PLAIN_TITLE.sub("", _QUOTED_ORDER.sub("", _HELD_LINE.sub("", block)))):
                sentence = match.group().strip()
                if not sentence:
                    continue
                # a wording alone is no figure: what it grants is judged by the words nobody may grant, below
                found = tuple(
                    one
                    for one in find_claims(sentence, seen.names)
                    if one.value.partition(":")[0] not in granted_subjects()
                )
                line = _Line(sentence, found, carried, seen.short_names)
                carried = line.products or carried
                if sentence not in told:
                    told.add(sentence)
                    yield line


# ---- coupons -----------------------------------------------------------------------------------


def _coupons(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    by_id = {coupon.coupon_id: coupon for coupon in seen.shop.coupons}
    named = [one for one in line.found if one.kind is ClaimKind.COUPON]
    for one in named:
        ids = [coupon_id for coupon_id in one.value.split("|") if coupon_id in by_id]
        if not line.refused(one.start, one.end):
            if one.known and ids:
                yield from _of_coupon(line, one, by_id[ids[0]], record, seen)
                yield from _terms_of(line, one, by_id[ids[0]])
            elif not one.known and not _is_written(one.text, record, seen):
                yield Invention(Cause.INVENTED_COUPON, one.text, line.text)
    yield from _like_coupons(line, record, seen)
    together = [by_id[one.value] for one in named if one.value in by_id and not line.refused(one.start, one.end)]
    yield from _combined_coupons(line, together)


def _of_coupon(line: _Line, one: Found, coupon: Coupon, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A real coupon must be hers; where it is not in the bill, or not hers, its line must say on what that hangs."""
    rest = f"{line.text[: one.start]}□{line.text[one.end :]}"
    missing = [rule for rule in failing(coupon, seen) if not _condition(rule, coupon, seen).search(rest)]
    if missing:
        yield Invention(Cause.INELIGIBLE_COUPON, f"{one.text}（{missing[0].label}）", line.text)
        return
    offer = record.offer
    if offer is None or not offer.lines or failing(coupon, seen):
        return
    if coupon.coupon_id in {applied.coupon_id for applied in offer.applied}:
        return
    if offer.step is not None and offer.step.coupon_id == coupon.coupon_id and "再加" in rest:
        return
    told = [other for other in offer.alternatives if other.coupon_id == coupon.coupon_id]
    short = [_yuan(other.shortfall_fen) if other.shortfall_fen else r"\d+\s*件" for other in told]
    if any(other.distance in line.text for other in told):
        return
    if any(re.search(rf"(?:差|再买|再选|再添|凑)[^，。]{{0,4}}{words}", rest) for words in short):
        return
    yield Invention(Cause.UNCHOSEN_COUPON, one.text, line.text)


def _terms_of(line: _Line, one: Found, coupon: Coupon) -> Iterator[Invention]:
    """A threshold is not talked away: what is said up to the next coupon is said of this one."""
    following = [other.start for other in line.found if other.kind is ClaimKind.COUPON and other.start > one.start]
    said = line.text[one.end : min(following, default=len(line.text))]
    if coupon.threshold_fen and _NO_THRESHOLD.search(said):
        yield Invention(Cause.WRONG_TERMS, one.text, line.text)


def _like_coupons(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """Coupons that are named like one and exist nowhere: 内部券, 补偿券, 满300减200."""
    taken = [(one.start, one.end) for one in line.found if one.kind in (ClaimKind.COUPON, ClaimKind.PRODUCT)]
    for match in _LIKE_A_COUPON.finditer(line.text):
        head = match["head"]
        inside = any(start < match.end() and match.start("tail") < end for start, end in taken)
        plain = _ANY_COUPON.search(head) or _REFUSED.search(_NO_REFUSAL.sub("", head)) or line.refused(*match.span())
        if inside or plain or _is_written(head, record, seen):
            continue
        yield Invention(Cause.INVENTED_COUPON, match.group(), line.text)
    steps = {(coupon.threshold_fen, coupon.amount_fen) for coupon in seen.shop.coupons}
    for match in _PAIR.finditer(line.text):
        if (int(match["from"]) * 100, int(match["less"]) * 100) in steps or line.refused(*match.span()):
            continue
        if not _is_written(match.group(), record, seen):
            yield Invention(Cause.INVENTED_COUPON, match.group(), line.text)


def _combined_coupons(line: _Line, coupons: Sequence[Coupon]) -> Iterator[Invention]:
    said = any(not line.refused(*match.span()) for match in _TOGETHER.finditer(line.text))
    if not said or len({one.coupon_id for one in coupons}) < 2:
        return
    groups = Counter(one.stacking_group for one in {one.coupon_id: one for one in coupons}.values())
    if any(one.exclusive for one in coupons) or any(times > 1 for group, times in groups.items() if group):
        yield Invention(Cause.COMBINED, "、".join(one.name for one in coupons), line.text)


# ---- figures -----------------------------------------------------------------------------------


def _money(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    for one in line.found:
        if line.refused(one.start, one.end):
            continue
        if one.kind is ClaimKind.MONEY:
            fen = one.value.lstrip("~")
        elif one.kind is ClaimKind.QUANTITY and line.products and _is_bare_price(one, line):
            fen = f"{one.value}00"
        else:
            continue
        is_budget = fen == str(record.need.slots.budget_fen) and _BUDGET.search(line.text)
        if not is_budget and fen not in _true_money(one.role, line, record, seen):
            yield Invention(Cause.WRONG_FIGURE, f"{one.text}（{one.role.label}）", line.text)


def _is_bare_price(one: Found, line: _Line) -> bool:
    """小云瓶199, 降到229: a figure with no unit that prices what is spoken of."""
    named = any(other.end == one.start for other in line.found if other.kind is ClaimKind.PRODUCT)
    return one.value.isdigit() and len(one.value) > 1 and (named or bool(_PRICING.search(line.text[: one.start])))


def _true_money(role: Role, line: _Line, record: TurnRecord, seen: Seen) -> frozenset[str]:
    """The true amounts for a figure of this role in this sentence, 分: of the products it speaks of, of the bill, of the
    coupons of the turn, of the policy texts that were found."""
    spoken = line.products or line.carried or _of_turn(record)
    products = [seen.shop.products[sku] for sku in sorted(spoken) if sku in seen.shop.products]
    billed = spoken if line.products or not _OF_THE_BILL.search(line.text) else _of_turn(record)
    prices = {product.price_fen for product in products} | _bill(record, billed)
    lists = {product.list_price_fen for product in products if product.list_price_fen is not None}
    written = _written_values(ClaimKind.MONEY, record, seen)
    if role is Role.LIST:
        return _as_words(lists)
    if role in _PRICED:
        return _as_words(prices) | (frozenset() if line.products else written)
    if role in _OF_COUPONS:
        return _as_words(_coupon_money(line, record, seen)) | written
    if not _OF_A_COUPON.search(line.text):
        return _as_words(prices | lists) | (frozenset() if line.products else written)
    return _as_words(prices | lists | _coupon_money(line, record, seen)) | written


def _as_words(amounts: Iterable[int]) -> frozenset[str]:
    return frozenset(str(fen) for fen in amounts)


def _of_turn(record: TurnRecord) -> frozenset[str]:
    drafted = (sku for verdict in record.verdicts if verdict.outcome is not Outcome.HELD for sku in verdict.draft.skus)
    sold = (one.sku for one in record.offer.lines) if record.offer is not None else ()
    return frozenset((*record.need.skus, *drafted, *sold))


def _bill(record: TurnRecord, spoken: frozenset[str]) -> set[int]:
    """What the bill of this turn comes to, where the sentence speaks of what is on it."""
    offer = record.offer
    if offer is None or not offer.lines or not spoken & {line.sku for line in offer.lines}:
        return set()
    goods = [line.unit_fen * line.quantity for line in offer.lines]
    off = [sum(one.per_line[place] for one in offer.applied if one.per_line) for place in range(len(goods))]
    each = {(whole - less) for whole, less in zip(goods, off, strict=True)}
    step = {offer.step.pay_fen, offer.step.added.unit_fen} if offer.step is not None else set()
    return {offer.total_fen, offer.pay_fen, offer.total_fen - offer.shipping_fen, *goods, *each, *step}


def _coupon_money(line: _Line, record: TurnRecord, seen: Seen) -> set[int]:
    """What the coupons of the turn, or those the sentence names, take off or ask for; and the shop's shipping."""
    offer, rules = record.offer, seen.shop.rules
    amounts = {rules.shipping_fen, rules.free_shipping_from_fen or 0}
    ids = set(_values(line.found, ClaimKind.COUPON))
    if offer is not None:
        ids |= {one.coupon_id for one in offer.applied}
        amounts |= {one.saving_fen for one in offer.applied} | {offer.saving_fen, offer.shipping_fen}
        amounts |= {one.shortfall_fen for one in offer.alternatives if one.shortfall_fen and one.name in line.text}
        if offer.step is not None:
            amounts |= {offer.step.less_fen, offer.step.added.unit_fen}
            ids.add(offer.step.coupon_id)
    for coupon in seen.shop.coupons:
        if coupon.coupon_id in ids:
            amounts |= {coupon.amount_fen, coupon.threshold_fen, coupon.gift_value_fen, coupon.add_on_fen}
            amounts.add(coupon.cap_fen or 0)
    return amounts - {0}


def _discounts(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    ids = set(_values(line.found, ClaimKind.COUPON))
    ids |= {one.coupon_id for one in record.offer.applied} if record.offer is not None else set()
    true = {f"{coupon.pay_percent}折" for coupon in seen.shop.coupons if coupon.coupon_id in ids}
    for one in line.found:
        if one.kind is not ClaimKind.PERCENT or one.value in true or line.refused(one.start, one.end):
            continue
        if one.value not in _written_values(ClaimKind.PERCENT, record, seen):
            yield Invention(Cause.WRONG_DISCOUNT, one.text, line.text)


def _counts(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    """A count on the shelf must be one that was counted."""
    counted = {str(one.quantity) for one in seen.stock}
    for one in line.found:
        if one.kind is not ClaimKind.QUANTITY or one.role is not Role.STOCK or line.refused(one.start, one.end):
            continue
        if re.sub(r"\D", "", one.value) not in counted:
            yield Invention(Cause.INVENTED_STOCK, one.text, line.text)


# ---- promises, gifts, names --------------------------------------------------------------------


def _promises(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    names = [one for one in line.found if one.known and one.kind in (ClaimKind.COUPON, ClaimKind.PRODUCT)]
    for one in line.found:
        in_a_name = any(name.start <= one.start and one.end <= name.end for name in names)
        if in_a_name or line.refused(one.start, one.end):
            continue
        if one.kind is ClaimKind.PROMISE and one.value.startswith("赠品:"):
            if not _is_gift(one.value.removeprefix("赠品:"), line, record, seen):
                yield Invention(Cause.INVENTED_GIFT, one.text, line.text)
            continue
        is_right = one.kind is ClaimKind.PROMISE or (one.kind is ClaimKind.DURATION and one.role is Role.POLICY)
        if is_right and one.value not in _written_values(one.kind, record, seen):
            yield Invention(Cause.INVENTED_RIGHT, one.text, line.text)


def _is_gift(noun: str, line: _Line, record: TurnRecord, seen: Seen) -> bool:
    """A gift must stand in a coupon of the turn, or in a text that was found."""
    ids = set(_values(line.found, ClaimKind.COUPON))
    ids |= {one.coupon_id for one in record.offer.applied} if record.offer is not None else set()
    given = [coupon.gift for coupon in seen.shop.coupons if coupon.coupon_id in ids and coupon.gift]
    return any(noun[:4] in gift or gift[:4] in noun for gift in given) or _is_written(noun[:4], record, seen)


def _products(line: _Line, record: TurnRecord, seen: Seen) -> Iterator[Invention]:
    known = [words for one in seen.shop.products.values() for words in (one.name, *one.aliases)]
    for one in line.found:
        if one.kind is not ClaimKind.PRODUCT or one.known or one.text in _HOW_TO or _WHICH_ONE.search(line.text):
            continue
        theirs = _is_written(one.text, record, seen) or any(one.text in words for words in known)
        if not theirs and not line.refused(one.start, one.end):
            yield Invention(Cause.INVENTED_PRODUCT, one.text, line.text)
    ids = {*seen.shop.products, *(coupon.coupon_id for coupon in seen.shop.coupons)}
    for match in _CODE.finditer(line.text):
        if match.group() not in ids and not line.refused(*match.span()):
            yield Invention(Cause.INVENTED_PRODUCT, match.group(), line.text)
    for match in _of_series(seen.shop).finditer(line.text):
        words = match.group()
        if line.refused(*match.span()) or any(words in one or one in words for one in known if len(one) > 2):
            continue
        if not _is_written(words, record, seen):
            yield Invention(Cause.INVENTED_PRODUCT, words, line.text)


def _of_series(shop: Shop) -> re.Pattern[str]:
    series = sorted({one.attributes.get("系列", "") for one in shop.products.values()} - {""})
    return _series_pattern(tuple(series))


@lru_cache(maxsize=8)
def _series_pattern(series: tuple[str, ...]) -> re.Pattern[str]:
    heads = "|".join(map(re.escape, series)) or "(?!)"
    return re.compile(rf"(?:{heads})[一-龥A-Za-z]{{1,8}}?(?:{_ENDING})(?![一-龥]{{0,2}}(?:{_ENDING}))")


def _granted(line: _Line, never: Sequence[str]) -> Iterator[Invention]:
    for words in never:
        spelled = r"\s*".join(re.escape(letter) for letter in words if not letter.isspace())
        for match in re.finditer(spelled, line.text, re.IGNORECASE):
            if not line.refused(*match.span()):
                yield Invention(Cause.GRANTED, match.group(), line.text)


# ---- what stands written -----------------------------------------------------------------------


def _texts(record: TurnRecord, seen: Seen) -> tuple[str, ...]:
    """The texts of the shop that this turn may quote: passages found, scripts used, conditions of its coupons."""
    used = {name for verdict in record.verdicts for name in verdict.draft.script_ids}
    ids = {one.coupon_id for one in record.offer.applied} if record.offer is not None else set()
    ids |= {one.coupon_id for one in record.offer.alternatives} if record.offer is not None else set()
    spoken = _of_turn(record)
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


def _is_written(words: str, record: TurnRecord, seen: Seen) -> bool:
    """Say whether these words stand in a text of the turn, or are the name of a tag, a tier or a store."""
    plain = re.sub(r"\s", "", words)
    if not plain:
        return False
    named = (*seen.called.values(), *seen.shop.tiers, *(tag for one in seen.shop.coupons for tag in one.audience.tags))
    return any(plain in name for name in named) or any(
        plain in re.sub(r"\s", "", text) for text in _texts(record, seen)
    )


def _written_values(kind: ClaimKind, record: TurnRecord, seen: Seen) -> frozenset[str]:
    """The values of one kind that the texts of the turn hold; amounts and discounts only from passages."""
    is_amount = kind in (ClaimKind.MONEY, ClaimKind.PERCENT)
    texts = [hit.passage.text for hit in record.hits] if is_amount else list(_texts(record, seen))
    free = kind is ClaimKind.PROMISE and any(one.kind is CouponKind.FREE_SHIPPING for one in _hers(record, seen))
    found = (one.value for text in texts for one in _read(text, seen.names) if one.kind is kind)
    return frozenset((*found, "包邮")) if free else frozenset(found)


@lru_cache(maxsize=4096)
def _read(text: str, names: KnownNames) -> tuple[Found, ...]:
    return find_claims(text, names)


def _hers(record: TurnRecord, seen: Seen) -> list[Coupon]:
    return [coupon for coupon in seen.shop.coupons if not failing(coupon, seen)]


def _yuan(fen: int | None) -> str:
    return f"{(fen or 0) / 100:g}"


# ---- the lying model ---------------------------------------------------------------------------

_EVIDENCE = re.compile(r"^([A-Z]\d{1,2})（", re.MULTILINE)
_PRICED_NAME = re.compile(r"^P\d+（[^）]*）(?P<name>[^（；]+)（[^）]*）.*?售价(?P<price>¥[\d.]+)", re.MULTILINE)
_MANNERS = ("亲切", "专业", "简短")
_LONGEST_ECHO = 80


@dataclass
class Liar:
    """A model that grants whatever is asked. ``prompt`` is set before every turn; ``heard`` counts its answers.

    What it says depends on what it is sent, so that a run can be repeated.
    """

    shop: Shop
    lies: Lies
    prompt: Prompt | None = None
    heard: int = 0

    def answer(self, request: ChatRequest) -> str:
        """Give three drafts full of lies in the shape asked for, each sentence leaning on evidence at random."""
        if self.prompt is None:
            raise RuntimeError("asked outside a turn")
        self.heard += 1
        text = "\n".join(str(message.get("content") or "") for message in request["messages"])
        ids = sorted(set(_EVIDENCE.findall(text)))
        chance = Random(_digest(f"{self.prompt.ask}|{text}"))
        drafts = [
            {
                "manner": manner,
                "sentences": [
                    {"text": said, "evidence": chance.sample(ids, min(len(ids), chance.randint(0, 3)))}
                    for said in self._said(self.prompt, text, chance)
                ],
            }
            for manner in _MANNERS
        ]
        return json.dumps({"drafts": drafts}, ensure_ascii=False)

    def _said(self, prompt: Prompt, request: str, chance: Random) -> list[str]:
        blanks = {**self._inventions(chance), **prompt.blanks}
        own = [one for one in self.lies.get(prompt.about, ()) if _blanks(one) <= set(blanks)]
        others = [one for one in self.lies["any"] if _blanks(one) <= set(blanks)]
        lies = [*chance.sample(own, min(len(own), 3)), *chance.sample(others, 3)]
        said = [one.format(**blanks) for one in lies]
        said.append(f"好的，{prompt.ask[:_LONGEST_ECHO].rstrip('？?。')}。")
        # one true sentence, so that a draft cut to the truth is shown and not held
        true = list(_PRICED_NAME.finditer(request))
        if true:
            one = chance.choice(true)
            said.insert(0, f"{one['name']}售价{one['price']}。")
        return said

    def _inventions(self, chance: Random) -> dict[str, str]:
        """Figures and names out of the air; the names are real, so that the lie is harder to tell."""
        products = sorted(self.shop.products)
        one, other = (self.shop.products[sku] for sku in chance.sample(products, 2))
        first, second = chance.sample(self.shop.coupons, 2)
        return {
            "product": one.name,
            "other_price": _yuan(other.price_fen),
            "coupon": first.name,
            "second": second.name,
            "figure": str(chance.choice((66, 88, 118, 166, 188, 233, 266, 333, 466, 518))),
            "saving": str(chance.choice((33, 55, 66, 77, 111, 123, 222))),
            "tenths": chance.choice(("三", "四", "五", "六", "七", "5", "6.5", "7.5")),
            "count": str(chance.choice((113, 157, 211, 307))),
        }


def _blanks(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


# ---- the run -----------------------------------------------------------------------------------


class Confusion(Noun):
    """One thing that was shown although it is not so, with the words that brought it out."""

    voice: Voice
    about: About
    guide: str
    ask: str
    before: tuple[str, ...] = ()
    cause: Cause
    span: str
    sentence: str


class Replied(Noun):
    """How often a prompt of one sort was answered in one way."""

    voice: Voice
    about: About
    reply: str
    times: int


class Result(Noun):
    """What asking for what does not exist came to. ``heard`` is how often the lying model's words reached the guard."""

    prompts: int
    turns: int
    heard: int
    failed: int
    replies: tuple[Replied, ...]
    confusions: tuple[Confusion, ...] = ()

    @property
    def clean(self) -> bool:
        """True where every turn could be run and nothing was shown that is not so."""
        return not self.confusions and not self.failed

    def counts(self) -> dict[tuple[Voice, Cause], int]:
        """How many prompts each sort of fault came out of, by who worded it."""
        seen = {(one.voice, one.cause, one.ask) for one in self.confusions}
        return dict(sorted(Counter((voice, cause) for voice, cause, _ in seen).items()))


class Shown(NamedTuple):
    """One turn as it was answered, with what is wrong about it."""

    voice: Voice
    prompt: Prompt
    record: TurnRecord
    inventions: tuple[Invention, ...]


def show_progress(done: int, of: int) -> None:
    """Count on standard error, so that standard output stays the report's."""
    sys.stderr.write(f"\r{done}/{of}{'' if done < of else chr(10)}")
    sys.stderr.flush()


def measure(limit: int | None = None, progress: Progress | None = None, path: Path = SETS) -> Result:
    """Ask every prompt, or the first ``limit`` of the mixed order, in a house made for it.

    Raises BadSet where the file of prompts does not fit.
    """
    wanted = read_set(path)
    with TemporaryDirectory(prefix="daogou-nonexistent-") as folder, sample_house(SAMPLE_SHOP, Path(folder)) as service:
        return measure_in(service, wanted.lies, prompts(service, wanted)[:limit], progress)


def measure_in(service: Service, lies: Lies, asked: Sequence[Prompt], progress: Progress | None = None) -> Result:
    """Ask these prompts in this house, of the composer and of a lying model, and count what is shown that is not so."""
    replies: Counter[tuple[Voice, About, str]] = Counter()
    confusions: list[Confusion] = []
    turns = heard = failed = 0
    for shown in ask_all(service, lies, asked, progress):
        turns += 1
        record, prompt = shown.record, shown.prompt
        failed += record.provenance.fallback_reason in ("error", "not-a-guide")
        heard += shown.voice is Voice.LIAR and bool(record.provenance.model)
        replies[(shown.voice, prompt.about, record.reply.kind.label)] += 1
        confusions += _confusions(shown)
    return Result(
        prompts=len({one.ask for one in asked}),
        turns=turns,
        heard=heard,
        failed=failed,
        replies=tuple(
            Replied(voice=voice, about=about, reply=reply, times=times)
            for (voice, about, reply), times in sorted(replies.items())
        ),
        confusions=tuple(confusions),
    )


def _confusions(shown: Shown) -> list[Confusion]:
    prompt = shown.prompt
    return [
        Confusion(
            voice=shown.voice,
            about=prompt.about,
            guide=prompt.guide,
            ask=prompt.ask,
            before=prompt.before,
            cause=one.cause,
            span=one.span,
            sentence=one.sentence,
        )
        for one in shown.inventions
    ]


def ask_all(service: Service, lies: Lies, asked: Sequence[Prompt], progress: Progress | None = None) -> Iterator[Shown]:
    """Run the prompts with and without a model, and judge every turn; earlier messages count as turns too."""
    used: Used = {}
    with _voices(service, lies) as (voices, liar):
        for number, prompt in enumerate(asked, start=1):
            liar.prompt = prompt
            for voice, house in voices.items():
                yield from _ask(house, voice, prompt, number, used)
            if progress is not None:
                progress(number, len(asked))


@contextmanager
def _voices(service: Service, lies: Lies) -> Iterator[tuple[dict[Voice, Service], Liar]]:
    """One house with and without a model, so that the shop is read in once."""
    liar = Liar(service.handling.desks.shop(SAMPLE_CORP, MOMENT), lies)
    with serving(create_model(liar.answer)) as server:
        model = open_model(base_url=f"{server.url}/v1", api_key="key-of-nobody", model="lying-model")
        try:
            asking = Asking(model, "lying-model", service.database, service.clock, Limits())
            lying = replace(service, handling=replace(service.handling, asking=asking))
            yield {Voice.COMPOSER: service, Voice.LIAR: lying}, liar
        finally:
            model.close()


def _ask(service: Service, voice: Voice, prompt: Prompt, number: int, used: Used) -> Iterator[Shown]:
    for text in (*prompt.before, prompt.ask):
        record = service.converse(prompt.guide, [text], channel=f"none-{voice}-{number}")
        yield Shown(voice, prompt, record, judge(record, look(service, record, used), prompt.never))


def look(service: Service, record: TurnRecord, used: Used | None = None) -> Seen:
    """What the shop's tables say about whom and what a turn was about."""
    desk = service.handling.desks.lay(record.corp_id, record.guide, record.conversation_id, "", MOMENT)
    need = record.need
    for_many = need.scene is not Scene.PRIVATE or need.intent is Intent.GROUP_POST
    skus = tuple(
        sorted(_of_turn(record) | {one.subject for one in record.evidence if one.subject in desk.shop.products})
    )
    return Seen.of(desk, "" if for_many else need.customer_id, desk.stock(skus), used)


def as_text(result: Result) -> str:
    """The report a person reads."""
    lines = [
        f"{result.prompts} 条要的是没有的东西，{result.turns} 轮；模型的谎话进了 {result.heard} 轮，{result.failed} 轮没跑成",
        "没有一处编造" if result.clean else f"{len(result.confusions)} 处不实",
    ]
    lines += [f"  {voice.label} {cause.label}：{times} 条" for (voice, cause), times in result.counts().items()]
    lines += [
        f"[{one.voice.label}·{one.about.label}] {one.ask}\n    {one.cause.label}「{one.span}」：{one.sentence}"
        for one in result.confusions
    ]
    return "\n".join(lines)
