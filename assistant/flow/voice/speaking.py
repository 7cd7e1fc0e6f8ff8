"""Put a guide's own way of writing on drafts that passed the guard. Figures, names, rules and promises stay as they are.

Every change is held against the claim lock again: where the words would assert anything else, or the law would object
to anything else, that change is dropped. Complaints and group posts keep a neutral manner.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from zlib import crc32

from assistant.flow.brief import Brief
from assistant.flow.drafting.composing import LONGEST
from assistant.flow.drafting.draft import Drafted
from assistant.flow.drafting.ground import Ground
from assistant.flow.guard.check import check
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.private import find_private
from assistant.flow.guard.law.compliance import screen
from assistant.flow.voice.anatomy import (
    CUSTOMER,
    EMOJI,
    PARTICLES,
    QUOTATION,
    SURNAME,
    SWAPS,
    called,
    core,
    opening,
    without_emoji,
)
from assistant.flow.voice.learning import opening_trait, stays_neutral
from assistant.flow.words.wording import conditions, length
from assistant.shop import Manner, StyleCard, Trait
from assistant.turn import Draft, EvidenceKind, Intent, Outcome, Verdict

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Occasion:
    """What speaking has to know of a message: whom it is for, which sentences are quoted, which names assert something.

    A quoted sentence holds the words of a rule, a coupon's conditions or a caution, and is left alone. ``turn`` makes pictures and closings take turns.
    """

    address: str
    quoted: tuple[bool, ...]
    names: KnownNames
    turn: str = ""


def in_her_order(drafted: Drafted, brief: Brief) -> Drafted:
    """Put the manner she usually takes first, else the draft nearest to her usual length; what she asked for stays."""
    card = brief.desk.style
    manner, usual = card.value(Trait.MANNER), card.value(Trait.LENGTH)
    if not (manner or usual) or Ground(brief).need.refinement is not None or _keeps_neutral(brief):
        return drafted

    def rank(one: Draft) -> tuple[bool, int]:
        return one.manner.value != manner, abs(length(one.text) - int(usual)) if usual and not manner else 0

    return replace(drafted, drafts=tuple(sorted(drafted.drafts, key=rank)))


def voiced(verdicts: tuple[Verdict, ...], brief: Brief) -> tuple[Verdict, ...]:
    """Return the verdicts with what is left to show in the guide's own way of writing."""
    card = brief.desk.style
    return tuple(
        one if one.outcome is Outcome.HELD else one.model_copy(update={"draft": speak(one.draft, card, brief)})
        for one in verdicts
    )


def speak(draft: Draft, card: StyleCard, brief: Brief) -> Draft:
    """Word a checked draft as this guide would; always from its plain words, so that twice is the same as once."""
    plain = tuple(sentence.plain for sentence in draft.sentences)
    if not (plain and card.habits) or _keeps_neutral(brief):
        return _worded(draft, plain)
    occasion, room = _occasion(draft, brief), _room(draft.manner, plain, brief)
    before = _meaning(_worded(draft, plain), brief)

    def may_stand(texts: Texts) -> bool:
        added = length("".join(texts)) - length("".join(plain))
        return added <= room and _meaning(_worded(draft, texts), brief) == before

    texts = _in_her_words(plain, card, occasion)
    if texts == plain or may_stand(texts):
        return _worded(draft, texts)
    texts = plain
    for step in STEPS:
        tried = step(texts, card, occasion)
        if tried != texts and may_stand(tried):
            texts = tried
    return _worded(draft, texts)


def example(texts: Texts, address: str, card: StyleCard) -> str:
    """Word a text that asserts nothing, to show a guide what was learned."""
    return "".join(_in_her_words(texts, card, Occasion(address, (False,) * len(texts), KnownNames.of(()))))


def _in_her_words(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    for step in STEPS:
        texts = step(texts, card, occasion)
    return texts


def _worded(draft: Draft, texts: Texts) -> Draft:
    sentences = tuple(
        one.model_copy(update={"text": text, "before_voice": one.plain if text != one.plain else ""})
        for one, text in zip(draft.sentences, texts, strict=True)
    )
    return draft.model_copy(update={"sentences": sentences})


# ---- what may not change -----------------------------------------------------------------------


def _keeps_neutral(brief: Brief) -> bool:
    """A complaint, the question that follows it about the same customer, and what many people read."""
    ground, previous = Ground(brief), brief.desk.previous
    if stays_neutral(brief.need) or stays_neutral(ground.need):
        return True
    return (
        previous is not None
        and Intent.COMPLAINT in (previous.need.intent, *previous.need.also)
        and previous.need.customer_id == brief.need.customer_id
    )


def _meaning(draft: Draft, brief: Brief) -> tuple[object, ...]:
    """Return what a draft asserts and what may be held against it, place aside: equal before and after, or not said.

    Once as the guard reads it, sentence by sentence with the evidence behind each claim, and once as the customer reads
    it, in one piece.
    """
    text, names = draft.text, _names(brief)
    verdict = check(draft, brief)
    records = tuple(one.text for one in brief.evidence)
    return (
        verdict.outcome,
        verdict.findings,
        verdict.draft.claims,
        tuple(
            (one.kind, one.text, one.value, one.role, one.known, one.subject_hint) for one in find_claims(text, names)
        ),
        tuple((one.kind, one.text) for one in find_private(text)),
        tuple((one.rule.id, one.span) for one in screen(text, brief.products, records)),
        tuple(EMOJI.sub("", piece) for piece in QUOTATION.findall(text)),
    )


def _names(brief: Brief) -> KnownNames:
    shop = brief.desk.shop
    return KnownNames.of(shop.products.values(), shop.coupons, shop.brand)


def _occasion(draft: Draft, brief: Brief) -> Occasion:
    ground = Ground(brief)
    rules = {one.id for one in brief.evidence if one.kind is EvidenceKind.PASSAGE}
    conditions_told = tuple(filter(None, (ground.terms_of(coupon_id) for coupon_id in draft.coupon_ids)))
    cautions = tuple(caution.rstrip("。") for product in brief.products for caution in product.cautions)
    quoted = tuple(
        not rules.isdisjoint(one.evidence)
        or core(one.plain).endswith(conditions_told)
        or any(caution in one.plain for caution in cautions)
        for one in draft.sentences
    )
    return Occasion(ground.address, quoted, _names(brief), f"{draft.manner}{brief.need.question}")


def _room(manner: Manner, plain: Texts, brief: Brief) -> int:
    """Return how many characters may be added before the draft is too long, the conditions of coupons aside."""
    text, ground, uncounted = "".join(plain), Ground(brief), 0
    told = [conditions(brief.offer)] if brief.offer is not None and brief.offer.applied else []
    told += [ground.terms_of(one.coupon_id) for one in brief.desk.shop.coupons if one.name in text]
    for terms in sorted(filter(None, told), key=len, reverse=True):
        uncounted += text.count(terms) * length(terms)
        text = text.replace(terms, "")
    return max(0, LONGEST[manner] - length("".join(plain)) + uncounted)


# ---- how she says it ---------------------------------------------------------------------------


def _swap_words(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    swaps = [pair for pair in SWAPS if "→".join(pair) in card.values(Trait.WORD)]

    def swapped(text: str) -> str:
        for ours, hers in swaps:
            text = text.replace(ours, hers)
        return text

    return tuple(
        text if quoted else _outside_quotations(text, swapped)
        for text, quoted in zip(texts, occasion.quoted, strict=True)
    )


def _outside_quotations(text: str, change: Callable[[str], str]) -> str:
    pieces, place = [], 0
    for quotation in QUOTATION.finditer(text):
        pieces += [change(text[place : quotation.start()]), quotation.group()]
        place = quotation.end()
    return "".join((*pieces, change(text[place:])))


def _open(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    first, *rest = texts
    head = opening(first, occasion.address)
    value = card.value(opening_trait(named=bool(occasion.address), bare=not head))
    body = first[len(head) :]
    if not core(body):
        return texts
    name = _called_by_her(occasion.address, card)
    if value is None:
        renamed = head.replace(occasion.address, name) if occasion.address else head
        return (f"{renamed}{body}", *rest)
    if CUSTOMER in value and occasion.address in "".join((body, *rest)):
        # the name stands further on, where the sentence needs it
        return texts
    return (f"{value.replace(CUSTOMER, name)}{body}", *rest)


def _called_by_her(address: str, card: StyleCard) -> str:
    recorded = called(address)
    pattern = card.value(recorded.trait) if recorded is not None else None
    return pattern.replace(SURNAME, recorded.name) if recorded is not None and pattern is not None else address


def _end_sentences(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    made = list(texts)
    for number, (text, quoted) in enumerate(zip(texts, occasion.quoted, strict=True)):
        ends = {"。": Trait.LAST_END if number == len(texts) - 1 else Trait.END, "～": Trait.WAVE_END}
        value = card.value(ends[text[-1]]) if not quoted and text[-1] in ends else None
        made[number] = text if value is None else _ended(text, value, occasion)
    return tuple(made)


def _ended(text: str, value: str, occasion: Occasion) -> str:
    """Put her end in place of the mark; a softener only behind words that assert nothing and have none yet."""
    soft, mark = (value[:1], value[1:]) if value[:1] and value[0] in PARTICLES else ("", value)
    body = text[:-1]
    if body[-1:] in PARTICLES or not body[-1:].isalnum() or find_claims(text, occasion.names):
        soft = ""
    return f"{body}{soft}{mark}"


def _close(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    closings = card.values(Trait.CLOSING)
    if not closings or any(core(one) in "".join(texts) for one in closings):
        return texts
    *before, last = texts
    # who writes no mark at the end needs one where something follows
    joint = "，" if last[-1].isalnum() else ""
    return (*before, f"{last}{joint}{_turned(closings, occasion)}")


def _turned(values: Texts, occasion: Occasion) -> str:
    """Take one of a few, another for another question."""
    return values[crc32(occasion.turn.encode()) % len(values)]


def _drop_pictures(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    if card.value(Trait.NO_EMOJI) is None:
        return texts
    return tuple(
        text if quoted else without_emoji(text) or text for text, quoted in zip(texts, occasion.quoted, strict=True)
    )


def _add_pictures(texts: Texts, card: StyleCard, occasion: Occasion) -> Texts:
    made = list(texts)
    last = len(texts) - 1
    for trait, number in ((Trait.FIRST_EMOJI, 0), (Trait.LAST_EMOJI, last)):
        values = card.values(trait)
        if values and not EMOJI.search(made[number]) and (number != last or trait is Trait.LAST_EMOJI):
            made[number] += _turned(values, occasion)
    return tuple(made)


STEPS = (_drop_pictures, _open, _swap_words, _end_sentences, _close, _add_pictures)
