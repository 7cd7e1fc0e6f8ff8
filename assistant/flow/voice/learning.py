"""What a guide's edits tell of her way of writing: pairs of draft and sent text in, one style card out. No model, no guess.

A trait counts only when she was seen to do it in ``SEEN`` of her edits and in ``MAJORITY`` of those in which it could
be seen, and not when she left it off in the last ``SEEN``. Nothing that says something is ever kept: openings and closings are courtesies, or they are not learned.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from assistant.flow.drafting.masking import Mask
from assistant.flow.guard.check import is_courtesy
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.private import find_private
from assistant.flow.guard.law.compliance import check_text
from assistant.flow.voice.anatomy import (
    CUSTOMER,
    EMOJI,
    HER_TITLES,
    HIS_TITLES,
    PARTICLES,
    QUOTATION,
    SURNAME,
    SWAPS,
    TITLE,
    after,
    called,
    core,
    last_emoji,
    level,
    opening,
    unswapped,
    without_emoji,
)
from assistant.shop import Habit, Manner, Scene, StyleCard, Trait
from assistant.turn import Intent, Need

SEEN = 3
"""Edits in which a trait must have been seen."""
MAJORITY, MAJORITY_WORDS = 2 / 3, "三分之二"
"""Share of the edits in which it could have been seen."""
REMEMBERED = 60
"""The latest edits that count; who changes her ways is followed."""
A_FEW = 3
"""Pictures and closings kept; they take turns."""
LONGEST_OPENING, LONGEST_CLOSING = 12, 24
_ANCHOR = 6
"""Characters by which a place of the draft is found again in the sent text."""
_FARTHEST_OPENING = 30
_ALIKE_IN_LENGTH = 1 / 4

Harmless = Callable[[str], bool]
"""Says whether words are a courtesy that may stand in any message to anybody."""

_NEUTRAL = frozenset((Intent.COMPLAINT, Intent.GROUP_POST))
_OTHER = "\0"
"""Stands for what she wrote and nobody may learn; it counts against every habit."""
_END = re.compile(rf"[{PARTICLES}]?[。！～…]{{0,3}}\n?")
_OF_TRADE = re.compile(
    r"[\d０-９【】「」《》〔〕券价折减省送赠退换赔货寄包保效买卖单付钱元块惠利奖免费店款药医]|http|www", re.IGNORECASE
)
# a first place, full marks, medicine, money and presents say something
_TELLING = frozenset("💯🥇🥈🥉🏆🔝👑💊💉🩺💰💸💵🎁🧧🎀")
_OPENINGS = {
    (True, True): Trait.OPENING_NAMED,
    (True, False): Trait.OPENING_NAMED_BARE,
    (False, True): Trait.OPENING_UNNAMED,
    (False, False): Trait.OPENING_UNNAMED_BARE,
}
_SEVERAL = (Trait.FIRST_EMOJI, Trait.LAST_EMOJI, Trait.CLOSING)


@dataclass(frozen=True)
class Edit:
    """A draft as it stood before her voice, sentence by sentence, and what she made of it.

    ``address`` is how the record says to call the customer; empty where nobody was named.
    """

    sentences: tuple[str, ...]
    sent: str
    address: str = ""


@dataclass(frozen=True)
class Pick:
    """The draft she took among several manners, reworked or not; ``length`` is that of what she sent, in characters."""

    manner: Manner
    length: int


@dataclass(frozen=True)
class _Seen:
    """One trait in one message; ``changed`` says that she made it so, not the draft."""

    trait: Trait
    value: str
    changed: bool


def stays_neutral(need: Need) -> bool:
    """Say whether a text keeps a neutral manner: many read it, or somebody is hurt or angry."""
    return need.scene is not Scene.PRIVATE or not _NEUTRAL.isdisjoint((need.intent, *need.also))


def opening_trait(*, named: bool, bare: bool) -> Trait:
    """Return the habit that speaks of this kind of draft's opening."""
    return _OPENINGS[named, not bare]


def harmless(names: KnownNames, mask: Mask) -> Harmless:
    """Make the judge of openings and closings: no person, no goods, no figure, no promise, nothing the law objects to."""

    def judge(words: str) -> bool:
        text = without_emoji(words)
        if _OF_TRADE.search(text) or mask.is_personal(text) or find_private(text) or find_claims(text, names):
            return False
        polite = text.replace("你", "您").replace("咱们", "我们")
        return is_courtesy(polite) and not check_text(text, ()) and _TELLING.isdisjoint(words)

    return judge


def learn(edits: Sequence[Edit], picks: Sequence[Pick], is_harmless: Harmless) -> StyleCard:
    """Return what these edits and picks, the newest first, have in common; the same ones always give the same card."""
    seen = [one for edit in edits for one in _observed(edit, is_harmless)]
    seen += [_Seen(Trait.MANNER, pick.manner.value, True) for pick in picks]
    by_trait: dict[Trait, list[_Seen]] = {}
    for one in seen:
        by_trait.setdefault(one.trait, []).append(one)
    habits: list[Habit] = []
    for trait in Trait:
        found = by_trait.get(trait, [])
        habits += _several(trait, found) if trait in _SEVERAL else _settled(trait, found)
    habits += _usual_length([pick.length for pick in picks])
    return StyleCard(edits=len(edits), picks=len(picks), habits=tuple(habits))


# ---- what counts -------------------------------------------------------------------------------


def _settled(trait: Trait, seen: Sequence[_Seen]) -> Iterator[Habit]:
    """Yield what she does in a clear majority; of words each pair by itself."""
    groups = [seen] if trait is not Trait.WORD else [_of_pair(seen, ours) for ours, _ in SWAPS]
    for group in groups:
        times = Counter(one.value for one in group)
        made = Counter(one.value for one in group if one.changed)
        for value, count in times.most_common(1):
            is_clear = made[value] >= SEEN and count >= MAJORITY * len(group)
            if value != _OTHER and is_clear and any(one.value == value for one in group[:SEEN]):
                yield Habit(trait=trait, value=value, times=count, of=len(group))


def _of_pair(seen: Sequence[_Seen], ours: str) -> list[_Seen]:
    return [one for one in seen if one.value.startswith(f"{ours}→")]


def _several(trait: Trait, seen: Sequence[_Seen]) -> Iterator[Habit]:
    """Yield the few pictures or closings of a guide who nearly always has one."""
    hers = [one for one in seen if one.changed and one.value != _OTHER]
    used = Counter(one.value for one in hers)
    if len(hers) < SEEN or len(hers) < MAJORITY * len(seen) or not any(one.changed for one in seen[:SEEN]):
        return
    kept = [(value, count) for value, count in used.most_common(A_FEW) if trait is not Trait.CLOSING or count >= SEEN]
    yield from (Habit(trait=trait, value=value, times=count, of=len(seen)) for value, count in kept)


def _usual_length(lengths: Sequence[int]) -> Iterator[Habit]:
    if len(lengths) < SEEN:
        return
    middle = round(median(lengths))
    alike = sum(abs(one - middle) <= _ALIKE_IN_LENGTH * middle for one in lengths)
    if alike >= MAJORITY * len(lengths):
        yield Habit(trait=Trait.LENGTH, value=str(middle), times=alike, of=len(lengths))


# ---- what one edit shows -----------------------------------------------------------------------


def _observed(edit: Edit, is_harmless: Harmless) -> Iterator[_Seen]:
    if not edit.sentences or not edit.sent.strip():
        return
    yield from _openings(edit, is_harmless)
    yield from _endings(edit, is_harmless)
    yield from _pictures(edit)
    yield from _words(edit)


def _openings(edit: Edit, is_harmless: Harmless) -> Iterator[_Seen]:
    """What she puts before the first words of the draft, with the customer's name taken out."""
    first = edit.sentences[0]
    head = opening(first, edit.address)
    anchor = level(core(first[len(head) :]))[:_ANCHOR]
    place = level(edit.sent).find(anchor, 0, _FARTHEST_OPENING + _ANCHOR) if len(anchor) > 1 else -1
    if place < 0:
        return
    trait = opening_trait(named=bool(edit.address), bare=not head)
    drafted = head.replace(edit.address, CUSTOMER) if edit.address else head
    # 你好 is a word of hers, and learned as one
    written = unswapped(edit.sent[:place].strip(" ").translate(str.maketrans("~!,", "～！，")))
    way = _way_of_calling(written, edit.address)
    if way is not None:
        yield _Seen(way.trait, way.pattern, way.words != edit.address)
        written = written.replace(way.words, CUSTOMER, 1)
    elif edit.address:
        written = written.replace(edit.address, CUSTOMER, 1)
    free = written.replace(CUSTOMER, "")
    # 姐 for somebody whose record does not say that she is one
    may_be_learned = len(free) <= LONGEST_OPENING and not TITLE.search(free) and (not free or is_harmless(free))
    yield _Seen(trait, written if may_be_learned else _OTHER, written != drafted)


@dataclass(frozen=True)
class _Way:
    """How she called somebody whose record has a title: her words, and the pattern they follow."""

    trait: Trait
    words: str
    pattern: str


def _way_of_calling(written: str, address: str) -> _Way | None:
    recorded = called(address)
    if recorded is None:
        return None
    titles = HER_TITLES if recorded.trait is Trait.CALLS_HER else HIS_TITLES
    found = re.search(rf"(?P<name>{recorded.name})?(?P<title>{'|'.join(titles)})", written)
    if found is None:
        return None
    return _Way(recorded.trait, found.group(), f"{SURNAME if found['name'] else ''}{found['title']}")


def _endings(edit: Edit, is_harmless: Harmless) -> Iterator[_Seen]:
    """How each sentence of the draft ends in her text, and what she adds behind the last one."""
    written = level(edit.sent)
    position, ends, last = 0, [], len(edit.sentences) - 1
    for number, sentence in enumerate(edit.sentences):
        body = core(sentence[len(opening(sentence, edit.address)) :] if number == 0 else sentence)
        anchor = level(body)[-_ANCHOR:]
        place = written.find(anchor, position) if len(anchor) > 1 else -1
        if place < 0:
            continue
        found = after(written, place + len(anchor))
        position = place + len(anchor) + found.length
        ends.append((number, sentence, found))
    rest = edit.sent[position:].strip()
    # a last sentence that is not found again was cut, or put in other words: then what stands there is no closing
    is_whole = bool(ends) and (ends[-1][0] == last or not rest)
    inner: list[_Seen] = []
    for place_in_list, (number, sentence, found) in enumerate(ends):
        is_last = is_whole and place_in_list == len(ends) - 1
        drafted = after(sentence, len(core(sentence))).end
        if number == 0 and not is_last and not EMOJI.search(sentence):
            yield _picture(Trait.FIRST_EMOJI, found.emoji)
        if drafted not in ("。", "～"):
            continue
        end = found.end.rstrip("\n") if is_last else found.end
        value = end if _END.fullmatch(end) and (is_last or end) else _OTHER
        trait = Trait.WAVE_END if drafted == "～" else Trait.LAST_END if is_last else Trait.END
        one = _Seen(trait, value, value != drafted)
        if trait is Trait.END:
            inner.append(one)
        else:
            yield one
    yield from _of_one_kind(inner)
    if is_whole:
        closing = without_emoji(rest).strip()
        may_be_learned = len(closing) <= LONGEST_CLOSING and not TITLE.search(closing) and is_harmless(closing)
        yield _Seen(Trait.CLOSING, closing if may_be_learned else _OTHER, bool(closing))


def _of_one_kind(inner: Sequence[_Seen]) -> Iterator[_Seen]:
    """One message is one observation, however many sentences it has."""
    if inner:
        value, count = Counter(one.value for one in inner).most_common(1)[0]
        value = value if count >= MAJORITY * len(inner) else _OTHER
        yield _Seen(Trait.END, value, value != "。")


def _pictures(edit: Edit) -> Iterator[_Seen]:
    draft = "".join(edit.sentences)
    if EMOJI.search(draft):
        kept = EMOJI.search(edit.sent) is not None
        yield _Seen(Trait.NO_EMOJI, "留着" if kept else "去掉", not kept)
    if not last_emoji(draft):
        yield _picture(Trait.LAST_EMOJI, last_emoji(edit.sent))


def _picture(trait: Trait, emoji: str) -> _Seen:
    few = "".join(EMOJI.findall(emoji)[:2])
    return _Seen(trait, few if _TELLING.isdisjoint(few) else _OTHER, bool(few))


def _words(edit: Edit) -> Iterable[_Seen]:
    draft, sent = (QUOTATION.sub("", text) for text in ("".join(edit.sentences), edit.sent))
    for ours, hers in SWAPS:
        if ours in draft:
            replaced = ours not in sent and hers in sent
            yield _Seen(Trait.WORD, f"{ours}→{hers if replaced else ours}", replaced)
