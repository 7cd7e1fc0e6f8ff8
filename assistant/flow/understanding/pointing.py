"""Which products a message points to: by name, by type, or by 这款 and silence after a turn about them."""

import re
from dataclasses import dataclass

from assistant.flow.desk import Desk
from assistant.flow.understanding.intents import Wants
from assistant.flow.understanding.naming import Called
from assistant.flow.understanding.pasting import Heard
from assistant.flow.words.lexicon import DESCRIBED, Found
from assistant.flow.words.vocabulary import TermKind
from assistant.turn import Intent

_THAT = re.compile(
    r"(?:这|那)(?:个|款|支|瓶|盒|件|台|套|两款|两个|几款|俩|种|一款|一个|些)?(?!么|边|里|样|会|位|次|天|时|儿|点|家|单|是|条|版|事|周|个?月|个?(?:客户|客人|会员|顾客|人|姐|群|活动))|它|上面(?:的|那)|刚才(?:的|那|说的)|同款"
)
_OTHERS = re.compile(
    r"(?:别的|其他|其它)(?!店|门店|地方|家|人|牌|券|优惠|活动)|另外|换(?:一)?款|换个产品|换(?:一?个|一?种)(?!说法|语气|口吻|码|尺码|颜色)"
)
_FOR_SOMEBODY = re.compile(r"送(?!货|到|了)|给(?:我|她|他)?(?:妈|爸|婆|女|男|老|朋|孩|儿|闺)")
_MODEL = re.compile(r"(?<![a-z0-9])(?!spf|pa|ml|kg|ph|vc|b\d|k\d)[a-z]{1,4}-?\d{1,4}[a-z]{0,3}(?![a-z0-9])")
_THEN = re.compile(r"^(?:那么?)(?=给|推|换|来|有|买|选|挑|再|还|帮|要)")
"""那给她推个茶 goes on talking, it points to nothing."""
GOES_ON = 24
"""A wish no longer than this, without a kind of product, may go on with the kind asked before."""
STILL_ABOUT = frozenset(
    (
        Intent.PRICE,
        Intent.COUPON,
        Intent.OBJECTION,
        Intent.STOCK,
        Intent.USAGE,
        Intent.PRODUCT_FACT,
        Intent.SUITABILITY,
        Intent.COMPLAINT,
        Intent.CLOSING,
        Intent.COMPARE,
    )
)
"""Asked without a product, these go on about the products of the turn before."""
_WITHOUT_PRODUCTS = frozenset(
    (
        Intent.HELP,
        Intent.CONTACT_TODAY,
        Intent.MY_POINTS,
        Intent.MY_STYLE,
        Intent.FORGET_STYLE,
        Intent.PROFILE,
        Intent.UNCLEAR,
    )
)


@dataclass(frozen=True)
class Meant:
    """Products meant: SKUs, the words said for them, and the category those words belong to."""

    skus: tuple[str, ...] = ()
    words: str = ""
    category: str = ""
    inherited: bool = False


@dataclass(frozen=True)
class Reading:
    """A text with its names taken out, and everything looked up in it once."""

    heard: Heard
    called: Called
    text: str
    found: tuple[Found, ...]
    topics: tuple[str, ...]
    wants: Wants | None


def products_meant(reading: Reading, wanted: Wants, desk: Desk) -> Meant:
    """Return the products, or the product type, a message is about."""
    if wanted.intent in _WITHOUT_PRODUCTS:
        return Meant()
    lexicon = desk.shop.lexicon
    named = _named(reading, wanted)
    if named and wanted.intent is Intent.COMPARE:
        return _compared(reading, named, desk)
    if named:
        skus = tuple(dict.fromkeys(one.sku for one in named))
        said = " ".join(dict.fromkeys(one.said for one in named))
        return Meant(skus, said, desk.shop.products[skus[0]].category)
    types = lexicon.terms(reading.text, TermKind.TYPE)
    categories = lexicon.terms(reading.text, TermKind.CATEGORY)
    previous = previous_skus(desk)
    if wanted.intent is Intent.COMPARE and not types and len(shown := _shown_skus(desk)) > 1:
        return Meant(shown[:2], "", desk.shop.products[shown[0]].category, inherited=True)
    if types:
        words = " ".join(dict.fromkeys(term.said for term in types))
        kinds = {term.value for term in types}
        pointed = _THAT.search(reading.text) is not None or wanted.intent in STILL_ABOUT
        of_type = tuple(sku for sku in previous if kinds & set(lexicon.traits[sku].types)) if pointed else ()
        if of_type and wanted.intent is not Intent.RECOMMEND:
            return Meant(of_type, words, desk.shop.products[of_type[0]].category, inherited=True)
        return Meant((), words, lexicon.category_of(types[0].value))
    if categories:
        return Meant((), categories[0].said, categories[0].value)
    hinted = lexicon.category_hinted(reading.text) if wanted.intent is Intent.RECOMMEND else ""
    if hinted:
        return Meant((), "", hinted)
    kind = _kind_wished(reading.text, desk) if wanted.intent is Intent.RECOMMEND else ""
    if kind:
        return Meant((), kind, "")
    if previous and _goes_on(reading, wanted, desk):
        return Meant(previous, "", desk.shop.products[previous[0]].category, inherited=True)
    if wanted.intent is Intent.RECOMMEND and desk.previous is not None and _wishes_on(reading, desk):
        kind = kind_before(desk) if _OTHERS.search(reading.text) else kind_asked(desk)
        return Meant((), kind, desk.previous.need.slots.category, inherited=True)
    return Meant()


_WISHED_KIND = re.compile(
    r"(?:推|换|来|选|挑|买|要|找|拿|配)[^,。;\s]{0,8}?(?:的|哪(?:个|款|种|件|双|辆)?|个|款|种|件|双|辆|点)(?P<kind>[\u4e00-\u9fff]{1,3}?)(?:吧|吗|呢|啊|呀|嘛|好|$|[\s,。!?])"
)


def _kind_wished(text: str, desk: Desk) -> str:
    """Return what ends a wish where the shop's names or categories hold it: 推个能喝的茶, 推哪个车."""
    for match in _WISHED_KIND.finditer(text):
        for kind in dict.fromkeys((match["kind"], match["kind"].rstrip("头子儿"))):
            holding = [one for one in desk.shop.products.values() if kind in one.name or kind in one.category]
            if kind and 0 < len(holding) < len(desk.shop.products):
                return kind
    return ""


def _compared(reading: Reading, named: tuple[Found, ...], desk: Desk) -> Meant:
    """Take one product for each side: every name said, and a product type said beside a single name."""
    sides: dict[int, Found] = {}
    for one in named:
        sides.setdefault(one.start, one)
    chosen = tuple(sides.values()) if len(sides) > 1 else named
    words = [one.said for one in chosen]
    if len(sides) == 1:
        types = desk.shop.lexicon.terms(reading.text, TermKind.TYPE)
        beside = [term.said for term in types if not (named[0].start <= term.start < named[0].end)]
        if beside:
            chosen, words = chosen[:1], [chosen[0].said, *beside]
    skus = tuple(dict.fromkeys(one.sku for one in chosen))
    return Meant(skus, " ".join(dict.fromkeys(words)), desk.shop.products[skus[0]].category)


def _wishes_on(reading: Reading, desk: Desk) -> bool:
    """Say whether a wish goes on with the kind of product asked before: 还有别的吗, 有波轮的吗."""
    if _OTHERS.search(reading.text):
        return True
    before = desk.previous.need if desk.previous is not None else None
    return (
        before is not None
        and Intent.RECOMMEND in (before.intent, *before.also)
        and not reading.called.named
        and len(reading.text) <= GOES_ON
        and not desk.shop.lexicon.terms(reading.text, TermKind.OCCASION)
        and not _FOR_SOMEBODY.search(reading.text)
    )


def _named(reading: Reading, wanted: Wants) -> tuple[Found, ...]:
    """Return named products, best first; a mere description (补水精华) is a wish when a recommendation is asked."""
    found = reading.found
    if wanted.intent is Intent.RECOMMEND:
        found = tuple(one for one in found if one.score > DESCRIBED)
    order = {one.start: position for position, one in enumerate(found)}
    return tuple(sorted(found, key=lambda one: (order[one.start], -one.score, one.sku))) if len(found) > 1 else found


def previous_skus(desk: Desk) -> tuple[str, ...]:
    """List the products of the turn before: those meant, or else those its drafts spoke of; only ones still sold."""
    if desk.previous is None:
        return ()
    shown = _shown_skus(desk)
    offered = {line.sku for line in desk.previous.offer.lines} if desk.previous.offer else set()
    # a gift named in a draft is not what was spoken about
    chosen = tuple(sku for sku in shown if sku in offered) or shown
    skus = desk.previous.need.skus or chosen
    return tuple(sku for sku in skus if sku in desk.shop.products)


def _shown_skus(desk: Desk) -> tuple[str, ...]:
    """List the products that the last drafts spoke of, in their order; only ones still sold."""
    drafts = desk.previous.drafts if desk.previous is not None else ()
    return tuple(dict.fromkeys(sku for draft in drafts for sku in draft.skus if sku in desk.shop.products))


def kind_before(desk: Desk) -> str:
    """Return the product type spoken of before, so that 换一款 after a face cream means face creams."""
    if desk.previous is None:
        return ""
    lexicon = desk.shop.lexicon
    words = desk.previous.need.product_words
    if lexicon.terms(words, TermKind.TYPE):
        return words
    kinds = dict.fromkeys(kind for sku in previous_skus(desk) for kind in lexicon.traits[sku].types[:1])
    return next(iter(kinds)) if len(kinds) == 1 else ""


def kind_asked(desk: Desk) -> str:
    """Return the product type that was asked for before; one that only our advice brought up binds no further wish."""
    if desk.previous is not None and desk.previous.need.intent is Intent.RECOMMEND:
        return desk.previous.need.product_words
    return kind_before(desk)


def _goes_on(reading: Reading, wanted: Wants, desk: Desk) -> bool:
    if _OTHERS.search(reading.text) or wanted.intent is Intent.GROUP_POST:
        return _THAT.search(reading.text) is not None and wanted.intent is Intent.GROUP_POST
    if _MODEL.search(reading.text):
        # a model this shop does not have is not the product spoken of before
        return False
    said = _THEN.sub("", reading.text) if wanted.intent is Intent.RECOMMEND else reading.text
    if _THAT.search(said):
        return True
    return wanted.intent in STILL_ABOUT and (not reading.called.named or _names_her_again(reading, desk))


def _names_her_again(reading: Reading, desk: Desk) -> bool:
    """Say whether the customer named is the one the turn before was about: each of her pasted messages names her."""
    named = reading.called.customer_id
    return bool(named) and desk.previous is not None and desk.previous.need.customer_id == named
