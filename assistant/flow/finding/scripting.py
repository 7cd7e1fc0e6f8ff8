"""Which approved scripts may carry an answer, best first: stage, scene, keywords, category, scope and validity decide."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from assistant.flow.desk import Desk
from assistant.scoring.trials import Trial, arm_of, unit_of
from assistant.shop import Product, Scene, Script, ScriptUse, ScriptVariable, Stage
from assistant.turn import Arm, Draft, Intent, Need, TrialShown
from knowledge.passage import ScopeLevel

MONEY_SIGNS = ("¥", "￥", "元", "折", "%")
_DEAL_BLANKS = frozenset(
    {
        ScriptVariable.PRICE,
        ScriptVariable.COUPON,
        ScriptVariable.COUPON_TERMS,
        ScriptVariable.FINAL_PRICE,
        ScriptVariable.SAVING,
    }
)
_COUPON_BLANKS = _DEAL_BLANKS - {ScriptVariable.PRICE}
_NARROWEST_FIRST = (ScopeLevel.STORE, ScopeLevel.REGION, ScopeLevel.BRAND)


@dataclass(frozen=True)
class Casting:
    """What a script must be to carry an answer.

    Its stages; ``keyword_needed``: a keyword of its own was said, or it carries one of ``keywords``;
    ``general``: leading keywords that fit the intent even when nobody said them (a script led by another
    keyword was written for another occasion); ``without``: keywords it may not carry; ``one_of``: blanks of
    which it has one; ``deals``: may it name a price.
    """

    stages: tuple[Stage, ...]
    keyword_needed: bool = False
    keywords: tuple[str, ...] = ()
    general: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    one_of: frozenset[ScriptVariable] = frozenset()
    deals: bool = True


CASTING = {
    Intent.GREETING: Casting((Stage.GREETING,), general=("新好友", "打招呼", "自我介绍", "问候"), deals=False),
    Intent.RECOMMEND: Casting(
        (Stage.RECOMMENDATION,), general=("推荐", "产品信息"), one_of=frozenset({ScriptVariable.PRODUCT})
    ),
    Intent.SUITABILITY: Casting(
        (Stage.RECOMMENDATION,),
        keyword_needed=True,
        without=("不适合",),
        one_of=frozenset({ScriptVariable.SUITABLE}),
    ),
    Intent.USAGE: Casting(
        (Stage.RECOMMENDATION, Stage.AFTER_SALES),
        general=("用法", "怎么用"),
        one_of=frozenset({ScriptVariable.USAGE}),
        deals=False,
    ),
    Intent.PRICE: Casting(
        (Stage.PRICE,), general=("价格", "多少钱", "到手价"), one_of=frozenset({ScriptVariable.PRICE})
    ),
    Intent.COUPON: Casting(
        (Stage.PRICE,), general=("券", "优惠", "到手价"), one_of=frozenset({ScriptVariable.COUPON_TERMS})
    ),
    Intent.OBJECTION: Casting((Stage.OBJECTION,), keyword_needed=True),
    Intent.POLICY: Casting((Stage.AFTER_SALES,), one_of=frozenset({ScriptVariable.POLICY}), keyword_needed=True),
    Intent.COMPLAINT: Casting((Stage.AFTER_SALES,), keyword_needed=True, deals=False),
    Intent.CLOSING: Casting((Stage.CLOSING,), general=("下单", "确认", "促成")),
    Intent.BIRTHDAY: Casting((Stage.CARE,), keywords=("生日",), keyword_needed=True),
    Intent.CARE: Casting((Stage.CARE,), general=("回访", "使用感受", "关怀", "换季"), without=("生日",), deals=False),
    Intent.REACTIVATION: Casting((Stage.REACTIVATION,), general=("久未到店", "唤醒", "好久不见", "老客")),
    Intent.TASK: Casting((Stage.CARE, Stage.REACTIVATION), general=("久未到店", "唤醒", "好久不见", "老客", "关怀")),
    Intent.GROUP_POST: Casting(
        (Stage.RECOMMENDATION, Stage.PRICE),
        general=("推荐", "用法", "成分", "种草", "券", "价格", "活动"),
        one_of=frozenset({ScriptVariable.PRODUCT}),
    ),
}
"""Not here: stock, whose answer names the time of the reading, and product facts, of which each question wants
another one. No blank holds either."""

_UNUSED = ScriptUse()
_PUTS_OFF = ("查查", "稍等", "看看有没有", "算好发", "算好了发", "正在发")
"""A script that promises to look something up does not go with a draft that holds the answer."""


def eligible(need: Need, products: tuple[Product, ...], desk: Desk) -> tuple[Script, ...]:
    """Return the scripts that could carry this answer, best first; validity and blanks are looked at later.

    Of scripts that fit alike, the one that guides took before goes first. A script that writes money outside a blank is
    never used: prices change and approved words do not. Where both sides of a trial fit, the one that this customer
    gets stands in the better place of the two, so that neither is shown more often than the other.
    """
    if need.task is not None and need.task.script_id:
        return _of_the_task(need.task.script_id, need, desk)
    casting = CASTING.get(need.intent)
    if casting is None:
        return ()
    placed = {
        script.script_id: (_place(script, need, casting, desk), script)
        for script in desk.shop.scripts
        if _fits(script, need, products, desk, casting)
    }
    for trial, arm in _trials(need, products, desk, casting):
        best = min(_place(one, need, casting, desk) for one in (trial.a, trial.b))
        for one in (trial.a, trial.b):
            placed.pop(one.script_id, None)
        placed[trial.a.script_id] = (best, trial.side(arm))
    return tuple(script for _, script in sorted(placed.values(), key=lambda pair: pair[0]))


def _of_the_task(script_id: str, need: Need, desk: Desk) -> tuple[Script, ...]:
    """The script a task names, whatever its stage, where it may be used in this store; no other takes its place."""
    return tuple(
        one
        for one in desk.shop.scripts
        if one.script_id == script_id and one.scene is need.scene and _serves(one, desk)
    )


def tried(need: Need, products: tuple[Product, ...], desk: Desk, drafts: Iterable[Draft]) -> tuple[TrialShown, ...]:
    """The trials in which these drafts stand: those of which they carry the side that this customer gets."""
    casting = CASTING.get(need.intent)
    carried = {script_id for draft in drafts if draft.sentences for script_id in draft.script_ids}
    if casting is None or not carried:
        return ()
    sides = ((trial, arm, trial.side(arm)) for trial, arm in _trials(need, products, desk, casting))
    return tuple(
        TrialShown(experiment_id=trial.experiment_id, arm=arm, script_id=side.script_id, version=side.version)
        for trial, arm, side in sides
        if side.script_id in carried
    )


def _trials(need: Need, products: tuple[Product, ...], desk: Desk, casting: Casting) -> Iterator[tuple[Trial, Arm]]:
    """The trials that bear on this need: only where both sides fit can they be compared."""
    unit = unit_of(desk.shop.corp_id, need.customer_id, desk.guide.userid)
    for trial in desk.trials:
        if all(_fits(one, need, products, desk, casting) for one in (trial.a, trial.b)):
            yield trial, arm_of(trial.experiment_id, unit)


def _place(script: Script, need: Need, casting: Casting, desk: Desk) -> tuple[int, int, float, str]:
    """The place in the row of those that fit, the smaller the better."""
    return (
        -_score(script, need, casting),
        _NARROWEST_FIRST.index(script.scope.level),
        -desk.script_uses.get(script.script_id, _UNUSED).favour,
        script.script_id,
    )


def in_force(script: Script, moment: datetime) -> bool:
    """Say whether a script may be used at this moment; the end is exclusive."""
    started = script.valid_from is None or script.valid_from <= moment
    return started and (script.valid_to is None or moment < script.valid_to)


def talks_of_coupons(script: Script) -> bool:
    """Say whether a script speaks about a coupon or the price after it."""
    return bool(_COUPON_BLANKS & set(script.variables))


def _fits(script: Script, need: Need, products: tuple[Product, ...], desk: Desk, casting: Casting) -> bool:
    scene = _scene(need)
    return (
        script.scene is scene
        and script.stage in casting.stages
        and _serves(script, desk)
        and _fits_category(script, products)
        and not any(word in (*script.keywords, script.title) for word in casting.without)
        and (casting.deals or not _DEAL_BLANKS & set(script.variables))
        and (not casting.one_of or bool(casting.one_of & set(script.variables)))
        and _suits_occasion(script, need, casting)
        and not any(words in script.text for words in _PUTS_OFF)
    )


def _serves(script: Script, desk: Desk) -> bool:
    """Say whether a script may be used in this store at all: it reaches it, and promises no money of its own."""
    return (
        script.scope.reaches(store_id=desk.store.store_id, region_id=desk.store.region_id)
        and (not script.dealers or desk.store.dealer in script.dealers)
        and not any(sign in _outside_blanks(script.text) for sign in MONEY_SIGNS)
        # conditions go wherever a coupon is named
        and (ScriptVariable.COUPON not in script.variables or ScriptVariable.COUPON_TERMS in script.variables)
    )


def _suits_occasion(script: Script, need: Need, casting: Casting) -> bool:
    if _matches(script, need, casting) > 0:
        return True
    return not casting.keyword_needed and (not script.keywords or script.keywords[0] in casting.general)


def _scene(need: Need) -> Scene:
    if need.intent is Intent.GROUP_POST and need.scene is Scene.PRIVATE:
        return Scene.GROUP_MARKETING
    return need.scene


def _fits_category(script: Script, products: tuple[Product, ...]) -> bool:
    return not script.categories or any(product.category in script.categories for product in products[:1])


def _matches(script: Script, need: Need, casting: Casting) -> int:
    slots = need.slots
    said = " ".join((need.question, *slots.concerns, slots.skin_type, *slots.policy_topics, slots.occasion))
    spoken = sum(1 for word in script.keywords if word and word in said)
    return spoken + sum(1 for word in casting.keywords if word in script.keywords)


def _score(script: Script, need: Need, casting: Casting) -> int:
    return 3 * _matches(script, need, casting) + (1 if script.categories else 0)


def _outside_blanks(text: str) -> str:
    outside = []
    for piece in text.split("【"):
        outside.append(piece.split("】", 1)[-1] if "】" in piece else piece)
    return "".join(outside)
