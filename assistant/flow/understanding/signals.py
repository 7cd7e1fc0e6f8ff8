"""What takes care in a turn's words: somebody under age, a child, health, faith, debts, and words meant for a model.

Read from the words of this turn and kept with it; nothing here becomes a tag or a fact of anybody's profile
(个人信息保护法 Art. 28, 29). Who buys for a child is no child.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import cn2an

from assistant.flow.desk import Desk
from assistant.flow.words.writing import fold
from assistant.shop import Scene
from assistant.turn import Need, Noticed, Signal
from knowledge.packaged import packaged
from knowledge.suspicion import overheard, quoted

OF_AGE = 18
NEEDS_A_GUARDIAN = 14
"""Below this age personal information takes a guardian's consent (个人信息保护法 Art. 31)."""
CHILDREN = "儿童"
EARLIER = "前面的对话"
_LONGEST_WORDS = 40
_SENTENCE = re.compile(r"[。!?;\n]+")
_PLAIN = (Signal.PREGNANCY, Signal.HEALTH, Signal.RELIGION, Signal.FINANCE, Signal.IDENTITY)
SENSITIVE = frozenset((*_PLAIN, Signal.CHILD, Signal.MINOR))


def signals_in(text: str) -> tuple[Noticed, ...]:
    """Return each signal a text gives, once, with the words that gave it."""
    return (*sensitive_in(text), *_orders_in(text))


def sensitive_in(text: str) -> tuple[Noticed, ...]:
    """Return the signals of sensitive personal information in a text."""
    folded = fold(text)
    found = [*_of_age(folded), *_by_words(folded)]
    return tuple({one.signal: one for one in reversed(found)}.values())[::-1]


def injection_in(text: str, where: str = "") -> tuple[Noticed, ...]:
    """Return the words of a paper or a name that speak to a model."""
    words = quoted(text)
    return (Noticed(signal=Signal.INJECTION, words=words, where=where),) if words else ()


def _orders_in(message: str) -> tuple[Noticed, ...]:
    """Return the words of a message that speak to a model, or only sound like it: the turn is read with more care then."""
    words = overheard(message)
    return (Noticed(signal=Signal.INJECTION, words=words),) if words else ()


def injections_in(texts: Iterable[tuple[str, str]]) -> tuple[Noticed, ...]:
    """Return what speaks to a model in these texts, each given with the place where it stands."""
    return tuple(dict.fromkeys(one for where, text in texts for one in injection_in(text, where)))


def with_signals(need: Need, said: str, written: str, desk: Desk, *, pasted: bool) -> Need:
    """Return the need with what its words gave away, and with a minor remembered from before.

    ``said`` are the words the need was read from, ``written`` everything that was written. A minor stays one in the
    turns after: those about the same customer, or those that go on with an unnamed one; ``pasted`` words begin anew.
    """
    found = [*sensitive_in(said), *_orders_in(written)]
    given = {one.signal for one in found}
    kept = [] if Signal.MINOR in given else _remembered(need, desk, pasted=pasted)
    concerns = need.slots.concerns
    if Signal.CHILD in given and CHILDREN not in concerns:
        # 12岁 and 上二年级 are words for a child that no shop's list of groups holds
        concerns = (*concerns, CHILDREN)
    slots = need.slots.model_copy(update={"concerns": concerns})
    # an order hidden in what one customer says makes it no text for a group
    private = bool(need.customer_id) and Signal.INJECTION in given
    scene = Scene.PRIVATE if private else need.scene
    return need.model_copy(update={"signals": (*kept, *found), "slots": slots, "scene": scene})


def _remembered(need: Need, desk: Desk, *, pasted: bool) -> list[Noticed]:
    if need.customer_id:
        known = need.customer_id in desk.minors
    else:
        previous = desk.previous.need if desk.previous is not None and not pasted else None
        known = previous is not None and not previous.customer_id and previous.touches(Signal.MINOR)
    return [Noticed(signal=Signal.MINOR, words="", where=EARLIER)] if known else []


# ---- age ---------------------------------------------------------------------------------------


def _of_age(folded: str) -> Iterator[Noticed]:
    words = _words()
    for sentence in _SENTENCE.split(folded):
        for child in words["child_grade"].finditer(sentence):
            yield _noticed(Signal.CHILD, child.group())
        for match in words["minor"].finditer(sentence):
            if not words["child"].search(sentence[: match.end()]):
                yield _noticed(Signal.MINOR, match.group())
        for match in words["age"].finditer(sentence):
            yield from _aged(match, sentence)


def _aged(match: re.Match[str], sentence: str) -> Iterator[Noticed]:
    """Tell whose age it is by what stands before it; nobody's is the asker's where use is asked about."""
    words = _words()
    said = next(group for name, group in match.groupdict().items() if name.startswith("age") and group)
    age = int(said) if said.isdigit() else int(cn2an.cn2an(said, "smart"))
    before = sentence[: match.start()]
    if words["child"].search(sentence[: match.end()]) or words["child"].match(sentence[match.end() :].lstrip("的")):
        if age < NEEDS_A_GUARDIAN:
            yield _noticed(Signal.CHILD, match.group())
    elif age < OF_AGE and (
        _SPEAKS_OF_HERSELF.search(before[-8:] + match.group()) or words["asks_use"].search(sentence)
    ):
        yield _noticed(Signal.MINOR, match.group())


_SPEAKS_OF_HERSELF = re.compile("我|本人|人家|她|他|客户|顾客|客人|才|刚满|今年")


# ---- words -------------------------------------------------------------------------------------


def _by_words(folded: str) -> Iterator[Noticed]:
    for signal in _PLAIN:
        match = _words()[signal.value].search(folded)
        if match is not None:
            yield _noticed(signal, match.group())


def _noticed(signal: Signal, words: str) -> Noticed:
    return Noticed(signal=signal, words=words.strip()[:_LONGEST_WORDS])


@lru_cache(maxsize=1)
def _words() -> Mapping[str, re.Pattern[str]]:
    read: Mapping[str, Any] = packaged("assistant.flow.words", "signals.yaml")
    return {name: _one_of([words] if isinstance(words, str) else words) for name, words in read.items()}


def _one_of(expressions: list[str]) -> re.Pattern[str]:
    """Join expressions; a name in several of them is numbered, since one expression can hold a name but once."""
    named = (one.replace("?P<age>", f"?P<age{number}>") for number, one in enumerate(expressions))
    return re.compile("|".join(f"(?:{one})" for one in named))
