"""A guide's word about what she was just shown: take it, refuse it, change it, her own text, or which customer she means."""

import re

from rapidfuzz import fuzz

from assistant.flow.desk import Desk, Previous
from assistant.flow.understanding.intents import Refined, refinement_of, refusal_of
from assistant.flow.understanding.naming import Called, fits, who_is_called, without
from assistant.flow.words.vocabulary import TermKind
from assistant.flow.words.writing import fold, plain
from assistant.shop import CustomerCard
from assistant.turn import CustomerMention, Intent, Need, Refinement

EDIT_SIMILARITY = 60.0
"""From this likeness (rapidfuzz ratio, 0..100) on, a text is taken for a draft she reworked and sent."""
EDIT_LENGTH = 10
"""Shorter texts are never taken for a reworked draft."""
_DIGITS = {**{str(n): n for n in range(1, 10)}, **{c: n for n, c in enumerate("一二三四五六七八九", 1)}, "两": 2}
_CHOICE = re.compile(
    r"^(?:嗯+|好的?|行|ok|那)?[,\s]*(?:就|我)?(?:用|选|要|发|采用|拿|选择|定|第)?(?:签发的?)?(?:上面|这)?(?:的)?(?:第)?\s*(?P<number>[1-9一二两三四五六七八九])\s*"
    r"(?:号|个|条|版|款|种|\.|、|那个|那条|这个|这条|的)?(?:的)?(?:草稿|话术|文案)?(?:吧|了|就行|可以|好了|挺好|不错|好|行|ok|!|。|~|哈|呗|就好|发)*[^\w一-龥]*$"
)
_TAKES = re.compile(
    r"^(?:就(?:用)?(?:这个|它|这条|这版)|采用|用这个|用这条|可以,?就这个|这个(?:可以|好|不错|行))(?:吧|了|哈|!|。|~)*$"
)
_REFUSES = re.compile(
    r"^(?:都|全|全都|全部|这些?|几个都|一个都|哪个都)?(?:不行|不好|不用(?!写|太|提|带|说|那么|这么|加|发|优惠|券|讲)|不采用|不合适|不对(?![,\s]*(?:是|应该|换成|我说的|客户))|不满意|没法用|用不了|不能用|不喜欢|不想用|pass|算了|都不要|不要(?:了|这些?|$|[,。\s!])|不要$)"
)
_OWN_TEXT = re.compile(
    r"^\s*(?:(?:改|改成|改为|修改|我改|修改后|我的版本)\s*[:：]|(?:我改成|我改了|我发的是?|最后发的是?|实际发的是?|我最后发的是?|发出去的是?|我是这么发的|我这么发的|已发)\s*[:：,，\s]?)\s*(?P<own>.{2,})$",
    re.S,
)
ASKS = re.compile(
    r"吗|嘛|么|呢|\?|怎么|咋|多少|多久|多长|什么|啥|哪|几|能不能|可不可以|有没有|是不是|不$|伐|咩|(.)不\1|有没"
)
_FILLERS = re.compile(
    r"第[一二三\d]|[用选]第?[一二三\d]|[吧呗哈啊呀哦了的再帮我给请把这个条它写得更说话术文案语句子]|\W"
)
_WHICH = re.compile(r"第([1-9一二三])|[用选把按就]([1-9])|([1-9])(?:号|条|版)|^([1-9])(?!\d)")
_OTHER_CUSTOMER = re.compile(r"^(?:那|不对|不是|错了|是|换成|应该是)")
CONTROLS = frozenset(
    (Intent.REFINE, Intent.ACCEPT, Intent.EDIT, Intent.REFUSE, Intent.CHOOSE_CUSTOMER, Intent.UNCLEAR, Intent.HELP)
)


def about_drafts(written: str, text: str, previous: Previous, desk: Desk) -> Need | None:
    """Read a word about the drafts just shown; None where the text is something else. ``written`` is kept for her own text."""
    if not previous.drafts:
        return None
    own = _OWN_TEXT.match(written)
    if own and not _only_refines(text, own.group("own")):
        return _carried(previous.need, Intent.EDIT, own_text=own.group("own").strip())
    if previous.answered:
        return _refined(text, previous, desk)
    choice = choice_of(text)
    if choice is not None:
        known = 1 <= choice <= len(previous.drafts)
        return _carried(previous.need, Intent.ACCEPT if known else Intent.UNCLEAR, choice=choice)
    if _TAKES.match(text):
        return _carried(previous.need, Intent.ACCEPT, choice=1 if len(previous.drafts) == 1 else None)
    if _REFUSES.match(text) and not _avoids_something(text, desk):
        return _carried(previous.need, Intent.REFUSE, refusal=refusal_of(text), refusal_note=written.strip())
    refined = _refined(text, previous, desk)
    if refined is not None:
        return refined
    if _reworked(written, previous):
        return _carried(previous.need, Intent.EDIT, own_text=written.strip())
    return None


def _carried(need: Need, intent: Intent, **news: object) -> Need:
    """Take a need up again under another intent; what it was about stands first in ``also``."""
    meant = need.also if need.intent in CONTROLS else (need.intent, *need.also)
    kept = {
        "refinement": None,
        "choice": None,
        "refusal": None,
        "refusal_note": "",
        "own_text": "",
        "from_customer": False,
    }
    also = meant if intent is Intent.REFINE else ()
    if news.get("refinement") is Refinement.NO_COUPON and need.skus:
        # 别提优惠了, after a question about coupons, leaves the price to be told
        also = tuple(dict.fromkeys(Intent.PRICE if one is Intent.COUPON else one for one in also))
    return need.model_copy(update={**kept, "intent": intent, "also": also, **news})


def choice_of(text: str) -> int | None:
    """Return the number a text says and nothing besides (就用第二条), None for another text."""
    match = _CHOICE.match(text)
    return _DIGITS[match.group("number")] if match else None


def _only_refines(text: str, own: str) -> bool:
    """Say whether 我改成短一点 asks for a change rather than giving the changed text."""
    return len(own) <= 8 and refinement_of(text) is not None


def _avoids_something(text: str, desk: Desk) -> bool:
    return bool(desk.shop.lexicon.terms(text, TermKind.AVOIDABLE)) and "过敏" not in text


def _refined(text: str, previous: Previous, desk: Desk) -> Need | None:
    """Read a wish about the wording; one that names a product or asks something else is a new need."""
    refined = refinement_of(text)
    if refined is None:
        return None
    rest = _FILLERS.sub("", refined.rest)
    if len(rest) > 4 and (refined.start > 1 or _says_more(refined, desk)):
        return None
    chosen = _WHICH.search(text)
    number = next((group for group in chosen.groups() if group), "") if chosen else ""
    return _carried(previous.need, Intent.REFINE, refinement=refined.refinement, choice=_DIGITS.get(number))


def _says_more(refined: Refined, desk: Desk) -> bool:
    named = who_is_called(refined.rest, desk.customers).named
    return named or bool(desk.shop.lexicon.find_products(refined.rest)) or len(refined.rest) > 14


def _reworked(written: str, previous: Previous) -> bool:
    mine = plain(written)
    if len(mine) < EDIT_LENGTH or ASKS.search(written[-3:]):
        return False
    return any(fuzz.ratio(mine, plain(draft.text)) >= EDIT_SIMILARITY for draft in previous.drafts)


def customer_chosen(text: str, previous: Previous, desk: Desk) -> Need | None:
    """Complete the need of the turn before once its customer is said."""
    need = previous.need
    if need.customer_id and not _OTHER_CUSTOMER.match(text):
        return None
    called = who_is_called(text, desk.customers)
    if need.candidates and not need.customer_id:
        picked = _picked(text, called, need.candidates, desk)
        if picked:
            return _completed(need, picked)
        if choice_of(text) is not None:
            return need.model_copy(
                update={"intent": Intent.CHOOSE_CUSTOMER, "also": _asked_before(need), "choice": choice_of(text)}
            )
    taken_up = need.intent not in CONTROLS and (need.customer_id or not previous.drafts or text.startswith("那"))
    if called.customer_id and taken_up and only_names(text, called):
        completed = _completed(need, called.customer_id, called.mention)
        return _for_another(completed) if text.startswith("那") else completed
    return None


def _for_another(need: Need) -> Need:
    """Ask the same about another customer; the skin and worries said were the first one's."""
    slots = need.slots.model_copy(update={"skin_type": "", "concerns": (), "avoid": ()})
    return need.model_copy(update={"slots": slots})


def _picked(text: str, called: Called, candidates: tuple[str, ...], desk: Desk) -> str:
    choice = choice_of(text)
    if choice is not None:
        return candidates[choice - 1] if choice <= len(candidates) else ""
    if not called.mention:
        return _described(text, candidates, desk)
    if not only_names(text, called):
        return ""
    if called.customer_id in candidates:
        return called.customer_id
    fitting = [
        card.customer_id for card in desk.customers if card.customer_id in candidates and fits(called.mention, card)
    ]
    return fitting[0] if len(fitting) == 1 else ""


_POINTS = re.compile(r"不对|不是|[是的那呢个这位家就我说找问给吧呢哦啊呀哈\W]")


def _described(text: str, candidates: tuple[str, ...], desk: Desk) -> str:
    """Return the one candidate that a word of her name, grade, tags or last purchase describes: 菜园那个, 买取暖器那个."""
    said = _POINTS.sub("", text).removeprefix("买")
    if not 2 <= len(said) <= _LONGEST_WORD:
        return ""
    cards = {card.customer_id: card for card in desk.customers}
    told = {one: _told(cards[one], desk) for one in candidates if one in cards}
    fitting = [one for one, words in told.items() if said in words]
    return fitting[0] if len(fitting) == 1 else ""


_LONGEST_WORD = 8


def _told(card: CustomerCard, desk: Desk) -> str:
    customer = desk.customer(card.customer_id)
    bought = (one.product_name for one in customer.purchases)
    return fold(" ".join((card.name, card.address_as, customer.tier, *customer.tags, *bought)))


def _asked_before(need: Need) -> tuple[Intent, ...]:
    """Keep what the question was, while which customer is meant stays open."""
    return need.also if need.intent is Intent.CHOOSE_CUSTOMER else (need.intent, *need.also)


def _completed(need: Need, customer_id: str, mention: CustomerMention | None = None) -> Need:
    update: dict[str, object] = {"customer_id": customer_id, "candidates": (), "choice": None}
    if need.intent is Intent.CHOOSE_CUSTOMER and need.also:
        update |= {"intent": need.also[0], "also": need.also[1:]}
    if mention is not None:
        update["mention"] = mention
    return need.model_copy(update=update)


def only_names(text: str, called: Called) -> bool:
    """Say whether a text names a customer and asks nothing besides."""
    rest = without(text, called.spans)
    return called.named and not re.sub(
        r"不对|不是|错了|应该是|换成|[是的那呢个这位就我说找问给客户吧呢哦啊呀哈手机尾号电话\W]", "", rest
    )
