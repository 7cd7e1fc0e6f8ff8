"""The rules as written in ``compliance_rules.yaml``, compiled and indexed by the words that call for them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import ahocorasick

from assistant.flow.guard.law.disguise import Lexicon, hidden_words, make_lexicon
from assistant.flow.guard.law.second_reader import heavy_words, weigh
from assistant.flow.guard.law.wording import vocabulary
from assistant.turn import Reason
from knowledge.noun import Labelled, Noun
from knowledge.packaged import packaged


class Severity(Labelled):
    """What a violation means for the text."""

    BLOCK = "block", "不能发"
    REVIEW = "review", "需店长确认"
    WARN = "warn", "提醒"


class Needs(Noun):
    """What would make the words lawful.

    ``record`` is a regular expression that must be found in a record at hand, and with ``figures`` the figures in question
    too; ``efficacy`` asks that the effect is filed; ``free_of`` asks that the product's record lists what it is said to be
    free of; ``stated`` asks that the product's record says the same words, and judges nothing where no product is spoken of.
    """

    record: str = ""
    figures: bool = False
    efficacy: bool = False
    free_of: bool = False
    stated: bool = False


class Rule(Noun):
    """One rule as written in the data; see the head of the file for what each field means.

    ``match`` are patterns composed of word classes (see wording.py); those without an anchor of their own are looked for
    near the words of ``near``. ``unless`` must touch the hit to make it innocent, ``beside`` may stand anywhere in its sentence.
    No rule counts where the second reader finds the sentence harmless, but one whose ``needs`` decide and an ``outright`` one,
    whose words nobody says lawfully but to deny them. A rule of ``likeness``
    has no words at all: it is met where the second reader takes a sentence for one of these kinds, and blocks where the
    reader is certain.

    ``special`` and ``filed`` rules have no words of their own: they judge the effects that claims finds
    (化妆品监督管理条例 Art. 16-17: special registration; Art. 22: filed efficacy).
    """

    id: str
    article: str
    category: Reason
    severity: Severity
    words: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    spoken: bool = True
    outright: bool = False
    special: bool = False
    filed: bool = False
    likeness: tuple[str, ...] = ()
    needs: Needs = Needs()
    remedy: str
    rewrite: str
    hit: str
    innocent: str
    version: int = 1

    @property
    def by_product(self) -> bool:
        """True where the verdict depends on the product spoken of."""
        return self.special or self.filed or self.needs.efficacy or self.needs.free_of or self.needs.stated


@dataclass(frozen=True, eq=False)
class CompiledRule:
    """A rule with its patterns; ``order`` is its place in the file."""

    rule: Rule
    order: int
    unless: tuple[re.Pattern[str], ...]
    beside: tuple[re.Pattern[str], ...]
    record: re.Pattern[str] | None


@dataclass(frozen=True)
class RuleBook:
    """``triggers`` gives for every word its length, the rules it breaks by itself and the patterns to try around it."""

    rules: tuple[CompiledRule, ...]
    patterns: tuple[tuple[CompiledRule, re.Pattern[str]], ...]
    triggers: ahocorasick.Automaton
    disguises: dict[str, str]
    lexicon: Lexicon
    special: CompiledRule
    filed: CompiledRule
    likeness: dict[str, CompiledRule]
    certain: dict[str, CompiledRule]


@dataclass(frozen=True)
class Hit:
    """A rule met at [start, end); ``shown`` is the part to point at where that is not the whole."""

    compiled: CompiledRule
    start: int
    end: int
    shown: tuple[int, int] | None = None


def rules() -> tuple[Rule, ...]:
    """Return every rule, for the console's page and for tests."""
    return tuple(compiled.rule for compiled in rule_book().rules)


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """Read and index the rules, once."""
    raw = packaged("assistant.flow.guard.law", "compliance_rules.yaml")
    compiled = tuple(_compile(Rule.model_validate(item), order) for order, item in enumerate(raw["rules"]))
    literals: dict[str, list[int]] = {}
    anchors: dict[str, list[int]] = {}
    patterns: list[tuple[CompiledRule, re.Pattern[str]]] = []
    for index, one in enumerate(compiled):
        for word in one.rule.words:
            literals.setdefault(word, []).append(index)
        for written in one.rule.match:
            wording = vocabulary().compose(written)
            for word in wording.anchors or one.rule.near:
                anchors.setdefault(word, []).append(len(patterns))
            patterns.append((one, wording.pattern))
    triggers = ahocorasick.Automaton()
    for word in literals.keys() | anchors.keys():
        triggers.add_word(word, (len(word), tuple(literals.get(word, ())), tuple(anchors.get(word, ()))))
    triggers.make_automaton()
    special = next(one for one in compiled if one.rule.special)
    filed = next(one for one in compiled if one.rule.filed)
    weigh("读一句，把权重装进来。")  # the weights are loaded now, not in the middle of a turn
    likeness = {kind: one for one in compiled for kind in one.rule.likeness}
    return RuleBook(
        compiled,
        tuple(patterns),
        triggers,
        raw["disguises"],
        _lexicon(compiled, literals.keys() | anchors.keys()),
        special,
        filed,
        likeness,
        {kind: replace(one, rule=_blocking(one.rule)) for kind, one in likeness.items()},
    )


def _blocking(rule: Rule) -> Rule:
    return rule.model_copy(update={"severity": Severity.BLOCK})


def _lexicon(compiled: tuple[CompiledRule, ...], triggers: Iterable[str]) -> Lexicon:
    """Index what may be hidden: any word the rules know in Latin letters, the plainly unlawful ones by a wrong character."""
    classes, hidden = hidden_words()
    words = vocabulary().words
    strong = {word for one in compiled if one.rule.severity is Severity.BLOCK for word in one.rule.words}
    strong |= {word for name in classes for word in words[name]}
    return make_lexicon(
        {*triggers, *hidden, *heavy_words(), *(word for listed in words.values() for word in listed)},
        strong | set(hidden),
    )


def _compile(rule: Rule, order: int) -> CompiledRule:
    compose = vocabulary().compose
    return CompiledRule(
        rule=rule,
        order=order,
        unless=tuple(compose(written).pattern for written in rule.unless),
        beside=tuple(compose(written).pattern for written in rule.beside),
        record=re.compile(rule.needs.record) if rule.needs.record else None,
    )
