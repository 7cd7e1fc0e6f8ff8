"""Word the drafts with no model: an approved script where one fits, product and policy facts joined into plain Chinese.

This is the product when no model is configured, when it is down and when it misbehaves. It is deterministic:
the same brief always gives the same drafts, and a sentence once suggested in a conversation does not come again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.flow.brief import Brief
from assistant.flow.drafting.blanks import Filled, fill
from assistant.flow.drafting.caring import birthday, care, greeting, of_task, reactivation
from assistant.flow.drafting.comparing import compare
from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import ASIDE, Line, Part
from assistant.flow.drafting.recommending import recommend
from assistant.flow.drafting.selling import asked_besides, close_sale, coupon, deal, group_post, objection, price
from assistant.flow.drafting.serving import complaint, policy, stock
from assistant.flow.drafting.suiting import suitability
from assistant.flow.drafting.telling import product_fact, usage
from assistant.flow.finding.fitting import Fit
from assistant.flow.finding.offering import speaks_of_coupons
from assistant.flow.finding.scripting import eligible, in_force, talks_of_coupons
from assistant.flow.words.places import regions_named
from assistant.flow.words.wording import Pen, closed, length
from assistant.shop import Manner, Scene, Script, ScriptVariable
from assistant.turn import Draft, DraftSource, Intent, Refinement, Sentence
from knowledge.packaged import version_of

LONGEST = {Manner.WARM: 160, Manner.EXPERT: 220, Manner.BRIEF: 70}
"""Characters a draft may have, the conditions of coupons aside."""

Writer = Callable[[Ground, Manner], tuple[Line, ...]]

WRITERS: dict[Intent, Writer] = {
    Intent.RECOMMEND: recommend,
    Intent.SUITABILITY: suitability,
    Intent.PRODUCT_FACT: product_fact,
    Intent.USAGE: usage,
    Intent.COMPARE: compare,
    Intent.PRICE: price,
    Intent.COUPON: coupon,
    Intent.OBJECTION: objection,
    Intent.STOCK: stock,
    Intent.POLICY: policy,
    Intent.COMPLAINT: complaint,
    Intent.GREETING: greeting,
    Intent.CLOSING: close_sale,
    Intent.BIRTHDAY: birthday,
    Intent.CARE: care,
    Intent.REACTIVATION: reactivation,
    Intent.TASK: of_task,
    Intent.GROUP_POST: group_post,
}
BESIDES = (Intent.SUITABILITY, Intent.USAGE, Intent.STOCK, Intent.POLICY)
"""Intents that are answered when they were asked beside the main one; price and coupons have their own way."""

LED_BY_SCRIPT = frozenset(
    {
        Intent.GREETING,
        Intent.OBJECTION,
        Intent.CLOSING,
        Intent.BIRTHDAY,
        Intent.CARE,
        Intent.REACTIVATION,
        Intent.TASK,
        Intent.GROUP_POST,
    }
)
"""Here an approved script is the message; elsewhere the facts are, and a script frames them."""

ANSWERING = {
    Intent.RECOMMEND: ScriptVariable.PRODUCT,
    Intent.SUITABILITY: ScriptVariable.SUITABLE,
    Intent.USAGE: ScriptVariable.USAGE,
    Intent.PRICE: ScriptVariable.PRICE,
    Intent.POLICY: ScriptVariable.POLICY,
}
"""The blank by which a script holds the answer itself."""

LEADS = ("简单说，", "跟您说一下，", "再跟您确认一遍，", "您参考一下，", "说回您问的，")
"""Put before an answer whose wordings are all used up: the answer is the same, and so it says."""
DUTY_LEADS = ("顺便说一声，", "另外跟您说明一下，", "还有一句，")
"""The same for what the law wants said beside it, which nobody asked."""

_GIVE_WAY = (Part.FACT, Part.CLOSE, Part.OPEN, Part.DEAL)


COMPOSER_VERSION = f"composer-{version_of(Path(__file__).parent)}"


def compose(brief: Brief) -> tuple[Draft, ...]:
    """Write one draft in each manner of the brief; none where the records hold no answer."""
    ground = Ground(brief)
    need = ground.need
    # two customers of one task are not written to in the same words
    asked = need.question or need.customer_id
    pen = Pen(said=_said(brief), seed=f"{asked}|{len(brief.desk.said)}", address=ground.address)
    drafts = [_draft(ground, manner, pen, number) for number, manner in enumerate(brief.manners)]
    return tuple(draft for draft in drafts if draft is not None)


def _said(brief: Brief) -> frozenset[str]:
    """Return what may not be said again: the conversation so far, and the very drafts a refinement is about."""
    previous = brief.desk.previous
    if brief.need.refinement is None or previous is None:
        return brief.desk.said
    shown = (sentence.plain for draft in previous.drafts for sentence in draft.sentences)
    return brief.desk.said.union(shown)


def _draft(ground: Ground, manner: Manner, pen: Pen, number: int) -> Draft | None:
    lines = _lines(ground, manner)
    seed = f"{pen.seed}|{manner}|{number}"
    script = _script(ground, manner, pen) if _may_use_script(ground, lines) else None
    if script is not None and not _leaves_room(script, _beside_script(ground, lines, script), manner, pen, seed):
        script = None
    if script is not None:
        lines = _beside_script(ground, lines, script)
    if not lines and script is None:
        return None
    written = _write(lines, pen, seed)
    parts = {one.part for one in written}
    if script is None and Part.ANSWER not in parts:
        return None
    if Part.DUTY not in parts and any(line.part is Part.DUTY for line in lines):
        return None
    body = _accompanied(
        _shortened(written, LONGEST[manner] - (length(script.text) - script.uncounted if script else 0))
    )
    ordered = _placed(script, body)
    if not ordered:
        return None
    sentences = _addressed(ordered, ground, manner, script is not None)
    for sentence in sentences:
        pen.wrote(sentence.text)
    script_ids = (script.script.script_id,) if script is not None else ()
    return made_draft(ground.brief, manner, sentences, DraftSource.COMPOSER, script_ids)


# ---- what is said ------------------------------------------------------------------------------


def _lines(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    need = ground.need
    writer = WRITERS.get(need.intent)
    if writer is None:
        return ()
    lines = writer(ground, manner)
    if need.intent is Intent.COMPLAINT or not lines:
        return lines
    besides = [
        _besides(line)
        for intent in BESIDES
        if intent in need.also and intent is not need.intent
        for line in WRITERS[intent](ground, manner)
        if line.part is Part.ANSWER
    ]
    money_lines = tuple(_besides(line) for line in asked_besides(ground, manner))
    if need.intent is Intent.RECOMMEND and not money_lines and manner is Manner.WARM and _is_simple(ground):
        # worth a sentence although nobody asked, in one draft of three
        money_lines = deal(ground, manner)
    body = tuple(line for line in lines if line.part is not Part.CLOSE)
    ends = tuple(line for line in lines if line.part is Part.CLOSE)
    return _unless_no_coupon(ground, (*body, *besides, *money_lines, *ends))


def _is_simple(ground: Ground) -> bool:
    """A single coupon is told in passing; the conditions of several would bury what was recommended."""
    offer = ground.brief.offer
    return offer is not None and len(offer.applied) == 1


def _besides(line: Line) -> Line:
    return replace(line, part=Part.BESIDES) if line.part is Part.ANSWER else line


def _unless_no_coupon(ground: Ground, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Leave offers out where the guide asked for that."""
    if ground.need.refinement is not Refinement.NO_COUPON:
        return lines
    return tuple(line for line in lines if line.part is not Part.DEAL and not line.aside)


def _may_use_script(ground: Ground, lines: tuple[Line, ...]) -> bool:
    """A script never answers what the facts could not, and never sells what does not suit."""
    if ground.need.intent in LED_BY_SCRIPT:
        return bool(lines)
    if ground.ailment:
        return False
    unfit = ground.main is not None and ground.fit(ground.main).fit is Fit.DOES_NOT
    return bool(lines) and not (unfit and ground.need.intent in (Intent.SUITABILITY, Intent.RECOMMEND))


def _script(ground: Ground, manner: Manner, pen: Pen) -> Filled | None:
    brief = ground.brief
    for script in eligible(ground.need, brief.products, brief.desk):
        if script.manner is not manner or not in_force(script, brief.moment):
            continue
        if talks_of_coupons(script) and not _may_speak_of_coupons(ground):
            continue
        if ScriptVariable.POLICY in script.variables and ground.need.intent is Intent.COMPLAINT:
            continue
        if _prices_nothing(script, ground) or _of_another_region(script, ground) or not _of_her_tier(script, ground):
            continue
        filled = fill(script, ground)
        if filled is not None and pen.fresh(filled.text) and _fits(filled, manner):
            return filled
    return None


def _may_speak_of_coupons(ground: Ground) -> bool:
    if ground.need.refinement is Refinement.NO_COUPON:
        return False
    return ground.need.scene is not Scene.GROUP_CONTENT or speaks_of_coupons(ground.need)


def _prices_nothing(script: Script, ground: Ground) -> bool:
    """A script that tells what is to pay and not for what: of no use where the goods are the question."""
    names_goods = ScriptVariable.PRODUCT in script.variables
    return ground.need.intent in (Intent.PRICE, Intent.COUPON) and talks_of_coupons(script) and not names_goods


def _of_another_region(script: Script, ground: Ground) -> bool:
    """A script about the delivery to one part of the country frames no answer about another."""
    told, asked = regions_named(script.text), regions_named(ground.need.question)
    return bool(told) and bool(asked) and not told & asked


def _of_her_tier(script: Script, ground: Ground) -> bool:
    """A script for some members is kept from everybody whose tier is not known, or may not be used."""
    return not script.tiers or (ground.known_customer is not None and ground.known_customer.tier in script.tiers)


def _fits(filled: Filled, manner: Manner) -> bool:
    return length(filled.text) - filled.uncounted <= LONGEST[manner]


def _leaves_room(script: Filled, lines: tuple[Line, ...], manner: Manner, pen: Pen, seed: str) -> bool:
    """Say whether what may not be left out still fits beside the script; the answer counts more than the frame."""
    must = [one.counted for one in _write(lines, pen, seed) if one.part not in _GIVE_WAY]
    return sum(must) + length(script.text) - script.uncounted <= LONGEST[manner]


def _beside_script(ground: Ground, lines: tuple[Line, ...], script: Filled) -> tuple[Line, ...]:
    """Drop what the script says itself: the frame always, the answer where the script is the message."""
    return tuple(line for line in lines if not _said_by(script, line, ground))


def _said_by(script: Filled, line: Line, ground: Ground) -> bool:
    blanks = set(script.script.variables)
    if line.part in (Part.OPEN, Part.CLOSE):
        return True
    if line.part is Part.DEAL or line.aside:
        return bool(blanks & {ScriptVariable.COUPON, ScriptVariable.FINAL_PRICE, ScriptVariable.SAVING})
    if line.told:
        return any(words in script.text for words in line.told)
    if line.part is Part.ANSWER:
        return ground.need.intent in LED_BY_SCRIPT or ANSWERING.get(ground.need.intent) in blanks
    return False


# ---- how it is said ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Written:
    """A sentence of a draft to be; ``counted`` is its length without the conditions of coupons."""

    part: Part
    sentence: Sentence
    counted: int
    beside: tuple[Part, ...] = ()


def _write(lines: tuple[Line, ...], pen: Pen, seed: str) -> list[_Written]:
    """Pick a wording for every line; one whose wordings are all used up is left out."""
    turned = Pen(said=pen.said, seed=seed, address=pen.address)
    written: list[_Written] = []
    for line in lines:
        options = tuple(wording.replace(ASIDE, line.aside) for wording in line.wordings)
        text = _picked(options, pen, turned)
        if not text and line.part in (Part.ANSWER, Part.BESIDES, Part.DUTY):
            leads = DUTY_LEADS if line.part is Part.DUTY else LEADS
            led = (f"{lead}{option}" for lead in leads for option in options if not option.startswith(lead[:2]))
            text = _picked(tuple(led), pen, turned)
        if text:
            turned.wrote(text)
            sentence = Sentence(text=closed(text), evidence=line.evidence)
            written.append(_Written(line.part, sentence, length(text) - length(line.aside), line.beside))
    return written


def _picked(options: tuple[str, ...], pen: Pen, turned: Pen) -> str:
    return turned.pick(tuple(option for option in options if pen.fresh(option)))


def _shortened(written: list[_Written], longest: int) -> list[_Written]:
    kept = list(written)
    for part in _GIVE_WAY:
        for one in reversed([one for one in kept if one.part is part]):
            if sum(other.counted for other in kept) <= longest:
                return kept
            kept.remove(one)
    return kept


def _accompanied(written: list[_Written]) -> list[_Written]:
    """Leave out what stands beside another part that did not come to be: no way out of an offer that is not made."""
    parts = {one.part for one in written}
    return [one for one in written if not one.beside or parts & set(one.beside)]


def _placed(script: Filled | None, body: list[_Written]) -> list[Sentence]:
    said = [one.sentence for one in body]
    if script is None:
        return said
    return [*script.sentences, *said]


def _addressed(sentences: list[Sentence], ground: Ground, manner: Manner, scripted: bool) -> tuple[Sentence, ...]:
    """Open with the customer's name, or 您好, unless the text already does."""
    first, *rest = sentences
    if scripted or ground.is_group or first.text.startswith(("您好", "你好")):
        return tuple(sentences)
    address = ground.address
    if address and address not in first.text:
        hello = f"{address}，您好，" if manner is Manner.EXPERT else f"{address}，"
    elif not address and manner is not Manner.BRIEF:
        hello = "您好，"
    else:
        hello = ""
    return (first.model_copy(update={"text": f"{hello}{first.text}"}), *rest)


def made_draft(
    brief: Brief,
    manner: Manner,
    sentences: tuple[Sentence, ...],
    source: DraftSource,
    script_ids: tuple[str, ...] = (),
) -> Draft:
    """Make a draft; which products and coupons it names is read from its words."""
    text = "".join(sentence.text for sentence in sentences)
    shop = brief.desk.shop
    return Draft(
        manner=manner,
        sentences=sentences,
        skus=tuple(product.sku for product in shop.products.values() if product.name in text),
        coupon_ids=tuple(one.coupon_id for one in shop.coupons if one.name in text),
        script_ids=script_ids,
        source=source,
    )
