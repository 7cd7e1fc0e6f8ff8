"""What is asked: prompts written by hand, made from frames, and of real coupons for those who cannot have them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product as combinations
from pathlib import Path
from random import Random

import yaml
from pydantic import Field, ValidationError

from assistant.flow.desk import Desk, Shop
from assistant.service import Service
from assistant.shop import Coupon, CustomerCard
from assistant.turn import CouponRule
from eval.guarding.nonexistent.truth import MOMENT, Seen, failing
from eval.replaying.house import SAMPLE_CORP
from knowledge.noun import Labelled, Noun

SETS = Path(__file__).parents[1] / "sets" / "nonexistent.yaml"
GUIDE = "linxiaoyun"
"""Whose customers the hand-written prompts speak of."""

PER_GROUP = 60
PER_RULE = 14
"""At most so many prompts of one group of frames, and of one rule that a customer fails."""


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
    return tuple(sorted({one.ask: one for one in made}.values(), key=lambda one: digest(one.ask)))


def _shuffled(prompt: Prompt) -> str:
    return digest(f"{prompt.about}|{prompt.ask}")


def digest(words: str) -> str:
    """What stands for chance in an order or a choice: the same words always give the same."""
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
