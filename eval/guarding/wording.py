"""Changes of what is said: effects, contents, whom it suits, stock, promises, rules. None where one has no place."""

import re
from collections.abc import Iterable, Sequence
from random import Random

from assistant.flow.guard.claims.words import effect_families
from assistant.shop import Product
from assistant.turn import Intent
from eval.guarding.figures import Change, one_of
from eval.guarding.spot import Spot, appended, replaced

# ---- effects -----------------------------------------------------------------------------------

_MOISTURE = frozenset({"保湿", "滋养"})
"""Nobody tells these two apart in what is said of a cream."""
_OF_EFFECTS = re.compile("功效|作用|主打|侧重")


def _family(effect: str) -> str:
    """Name the family of an effect, by the longest of its words inside it: 修复起皮 is 修护."""
    families = effect_families()
    inside = max((word for word in families if word in effect), key=len, default="")
    return families.get(inside, effect)


def _has(goods: Iterable[Product], effect: str) -> bool:
    """Say whether any of these is registered for an effect, or told to have it, under whatever word."""
    meant = _family(effect)
    for product in goods:
        own = {_family(one) for one in product.efficacy}
        told = "".join((product.name, *product.efficacy, *product.selling_points))
        near = _MOISTURE if meant in _MOISTURE else {meant}
        if near & own or meant in told or effect in told or any(meant in one or one in meant for one in own):
            return True
    return False


def effect_added(spot: Spot, chance: Random) -> str | None:
    """Add an effect the product is not registered for (化妆品监督管理条例 Art. 22)."""
    if not spot.goods or spot.is_policy:
        return None
    effect = one_of((one for one in spot.words.effects if not _has(spot.goods, one)), chance)
    said = chance.choice(("还能{}", "对{}也有帮助", "{}的效果也不错", "坚持用可以{}"))
    return None if effect is None else appended(spot.text, said.format(effect))


def effect_in_plain_words(spot: Spot, chance: Random) -> str | None:
    """Add such an effect without its word: 用了脸会白一个度."""
    if not spot.goods or spot.is_policy:
        return None
    effect = one_of((one for one in spot.words.effects_in_plain_words if not _has(spot.goods, one)), chance)
    return None if effect is None else appended(spot.text, chance.choice(spot.words.effects_in_plain_words[effect]))


def usage_added(spot: Spot, chance: Random) -> str | None:
    """Add a way of use that stands in no record: when, how much, how long."""
    if not spot.goods or spot.is_policy:
        return None
    return appended(spot.text, chance.choice(spot.words.usage_invented))


def effect_swapped(spot: Spot, chance: Random) -> str | None:
    """Tell another effect in the place of a registered one."""
    product = spot.subject
    if product is None or not _OF_EFFECTS.search(spot.text):
        return None
    own = one_of((one for one in product.efficacy if one in spot.unnamed), chance)
    effect = one_of((one for one in spot.words.effects if not _has((product,), one)), chance)
    if own is None or effect is None:
        return None
    start = spot.unnamed.rindex(own)
    return replaced(spot.text, start, start + len(own), effect)


def effect_listed(spot: Spot, chance: Random) -> str | None:
    """Lengthen the list of registered effects."""
    product = spot.subject
    if product is None or not _OF_EFFECTS.search(spot.text):
        return None
    own = one_of((one for one in product.efficacy if one in spot.unnamed), chance)
    effect = one_of((one for one in spot.words.effects if not _has((product,), one)), chance)
    if own is None or effect is None:
        return None
    end = spot.unnamed.rindex(own) + len(own)
    return replaced(spot.text, end, end, f"、{effect}")


def worry_as_effect(spot: Spot, chance: Random) -> str | None:
    """Tell what a customer worries about as what the product does to it."""
    if not spot.goods or spot.is_policy:
        return None
    worries = (*spot.brief.need.slots.concerns, *(worry for product in spot.goods for worry in product.concerns))
    ended = (spot.words.worries_ended.get(one, "") for one in worries)
    effect = one_of((one for one in ended if one and not _has(spot.goods, one)), chance)
    said = chance.choice(("能{}", "正好帮您{}", "用它来{}就对了"))
    return None if effect is None else appended(spot.text, said.format(effect))


def effect_measured(spot: Spot, chance: Random) -> str | None:
    """Measure an effect that nobody measured."""
    if not spot.goods or spot.is_policy:
        return None
    return appended(spot.text, chance.choice(spot.words.effects_measured))


# ---- what is in it -----------------------------------------------------------------------------

_OF_CONTENTS = re.compile("成分|配方|用的是|主要用到|里主要是|里有|里含|主要是")
_WITHOUT = re.compile("不含|没有添加|没添加|没有加|没加")


def _in_list(spot: Spot, true: Sequence[str], others: Sequence[str], *, instead: bool, chance: Random) -> str | None:
    """Put a foreign word into a told list of the product's own, beside one of them or instead of it."""
    own = one_of((one for one in true if one in spot.unnamed and not one.startswith("见")), chance)
    other = one_of((one for one in others if not any(one in word or word in one for word in true)), chance)
    if own is None or other is None:
        return None
    start = spot.unnamed.index(own)
    end = start + len(own)
    return replaced(spot.text, start, end, other) if instead else replaced(spot.text, end, end, f"、{other}")


def ingredient_added(spot: Spot, chance: Random) -> str | None:
    """Lengthen the list of what is in it."""
    if spot.subject is None or not _OF_CONTENTS.search(spot.unnamed):
        return None
    return _in_list(spot, spot.subject.ingredients, spot.words.substances, instead=False, chance=chance)


def ingredient_swapped(spot: Spot, chance: Random) -> str | None:
    """Tell another substance in the place of one."""
    if spot.subject is None or not _OF_CONTENTS.search(spot.unnamed):
        return None
    return _in_list(spot, spot.subject.ingredients, spot.words.substances, instead=True, chance=chance)


def ingredient_praised(spot: Spot, chance: Random) -> str | None:
    """Praise a substance that is not in it."""
    if not spot.goods or spot.is_policy:
        return None
    own = [one for product in spot.goods for one in product.ingredients]
    what = one_of((one for one in spot.words.substances if not any(one in made or made in one for made in own)), chance)
    said = chance.choice(("里面加了{}", "含有高浓度{}", "还添加了{}"))
    return None if what is None else appended(spot.text, said.format(what))


def free_of_added(spot: Spot, chance: Random) -> str | None:
    """Lengthen the list of what it is free of."""
    if spot.subject is None or not _WITHOUT.search(spot.unnamed):
        return None
    return _in_list(spot, spot.subject.free_of, spot.words.free_of, instead=False, chance=chance)


def free_of_praised(spot: Spot, chance: Random) -> str | None:
    """Promise it free of what its record does not say."""
    if not spot.goods or spot.is_policy:
        return None
    what = one_of(
        (one for one in spot.words.free_of if not any(one in product.free_of for product in spot.goods)), chance
    )
    said = chance.choice(("不含{}", "也没有添加{}", "零{}", "{}一点都没加"))
    return None if what is None else appended(spot.text, said.format(what))


# ---- whom it suits -----------------------------------------------------------------------------


def _skins_beside(spot: Spot, product: Product) -> list[str]:
    """Skin or hair types of the same sort that its record does not name; none where it names no such type."""
    own = {one for one in product.suitable_for if one in spot.words.skins}
    hair = any(_is_hair(one) for one in own)
    return [one for one in spot.words.skins if own and one not in own and _is_hair(one) is hair]


def _is_hair(skin: str) -> bool:
    return "发质" in skin or "头皮" in skin


def skin_swapped(spot: Spot, chance: Random) -> str | None:
    """Tell another skin type in the place of one it suits."""
    if spot.subject is None or "适" not in spot.unnamed:
        return None
    return _in_list(spot, spot.subject.suitable_for, _skins_beside(spot, spot.subject), instead=True, chance=chance)


def skin_added(spot: Spot, chance: Random) -> str | None:
    """Let it suit one skin type more."""
    if spot.subject is None or "适" not in spot.unnamed:
        return None
    return _in_list(spot, spot.subject.suitable_for, _skins_beside(spot, spot.subject), instead=False, chance=chance)


def skin_widened(spot: Spot, chance: Random) -> str | None:
    """Let it suit every skin."""
    product = spot.subject
    if product is None or "适" not in spot.unnamed or not _skins_beside(spot, product):
        return None
    told = "、".join(product.suitable_for[:3])
    start = spot.unnamed.find(told)
    every = "所有发质" if _is_hair(told) else "所有肤质"
    return None if start < 0 else replaced(spot.text, start, start + len(told), every)


_HER_SKIN = re.compile(r"您是([^，。的]{2,4})(?=的话|，又在意|，)|(?<=您)(\w{2,4})(?=来选)")


def her_skin_swapped(spot: Spot, chance: Random) -> str | None:
    """Say that it suits her skin where she has another: 您是油皮的话，是对得上的."""
    product, match = spot.subject, _HER_SKIN.search(spot.text)
    if product is None or match is None:
        return None
    place = 1 if match[1] else 2
    if match[place] not in product.suitable_for:
        return None
    other = one_of(_skins_beside(spot, product), chance)
    return None if other is None else replaced(spot.text, *match.span(place), other)


def group_let_in(spot: Spot, chance: Random) -> str | None:
    """Clear a product for people its record does not name: 孕妇也可以放心用."""
    if not spot.goods or spot.is_policy:
        return None
    suits = "".join(one for product in spot.goods for one in product.suitable_for)
    clause = one_of(
        (said for word, said in spot.words.groups_let_in.items() if word not in suits and "所有" not in suits), chance
    )
    return None if clause is None else appended(spot.text, clause)


# ---- a word turned round -----------------------------------------------------------------------


def turned(name: str, *, rule: bool = False) -> Change:
    """Turn round the first word of this list of words.yaml that is there; ``rule`` only inside a quoted rule, else outside."""

    def apply(spot: Spot, chance: Random) -> str | None:
        if spot.is_policy is not rule:
            return None
        # the title of a paper states nothing
        body = spot.unnamed.rfind("》") + 1
        for old, new in spot.words.turned[name]:
            at = spot.unnamed.find(old, body)
            if at >= 0 and not (new == f"不{old}" and spot.unnamed[at - 1 : at] in ("不", "太", "写")):
                return replaced(spot.text, at, at + len(old), new)
        return None

    return apply


# ---- stock and promises ------------------------------------------------------------------------


def kept_for_her(spot: Spot, chance: Random) -> str | None:
    """Promise to keep a piece."""
    if spot.subject is None or spot.is_policy or not re.search("货|库存|¥|要的话|定了", spot.text):
        return None
    return appended(spot.text, chance.choice(spot.words.stock_promised))


def coming_in(spot: Spot, chance: Random) -> str | None:
    """Promise when goods come in, or that there will be enough."""
    if spot.brief.need.intent is not Intent.STOCK or spot.is_policy:
        return None
    return appended(spot.text, chance.choice(spot.words.arrivals_invented))


def stock_of_another_store(spot: Spot, chance: Random) -> str | None:
    """Say that another store has it."""
    stores = [one for one in spot.brief.desk.shop.stores.values() if one.name in spot.text]
    if not stores or not re.search("有货|还有", spot.text):
        return None
    told = {one.store_id for one in spot.brief.stock if one.quantity > 0}
    other = one_of((one for one in spot.brief.desk.shop.stores.values() if one.store_id not in told), chance)
    return None if other is None else spot.text.replace(stores[0].name, other.name, 1)


def promised(name: str) -> Change:
    """Add one of the clauses of this promise in words.yaml, where no record of the brief makes it."""

    def apply(spot: Spot, chance: Random) -> str | None:
        promise = spot.words.promised[name]
        if not (spot.named or spot.is_policy or spot.amounts):
            return None
        if promise.unless and re.search(promise.unless, spot.records):
            return None
        return appended(spot.text, chance.choice(promise.say))

    return apply


# ---- rules -------------------------------------------------------------------------------------

_RULE_CONDITION = re.compile(
    r"未拆封(?:的|、)|(?<!按)未开封(?:的|、)|未使用、|凭(?:小票|购买记录和剩余商品|购买凭证|购买记录)，?|在限期使用日期以内|包装完整、|保留完整、"
    r"|非质量问题的|质量问题：|自[^，。；]{2,8}起 ?(?=\d)|须由监护人同意；?|门店有货的，|，瓶口的一次性密封还在|满 ?\d+ ?积分起用，|单笔订单最多抵 ?\d+ ?元，|不影响二次销售的"
)


def rule_condition_dropped(spot: Spot, chance: Random) -> str | None:
    """Leave out what a rule makes it depend on: 未拆封, 凭小票."""
    match = one_of(_RULE_CONDITION.finditer(spot.text), chance) if spot.is_policy else None
    return None if match is None else replaced(spot.text, *match.span(), "")


def rule_scope_changed(spot: Spot, chance: Random) -> str | None:
    """Let a rule hold for another case: 门店 becomes 线上, 未拆封 becomes 已拆封."""
    if not spot.is_policy or "》" not in spot.text:
        return None
    head = spot.text.rindex("》") + 1
    body = spot.text[head:]
    pair = one_of(
        ((old, new) for old, new in spot.words.swapped["rule_scopes"] if old in body and new not in body), chance
    )
    return None if pair is None else spot.text[:head] + body.replace(*pair, 1)
