"""May this be said to a customer: advertising, efficacy, price and fair-terms law, as rules kept in data.

A reply that promotes goods is treated as advertising (广告法 Art. 2). The rules stand in ``compliance_rules.yaml``; this file
takes off disguises, looks for the rules' words, and asks whether the context, the product or a record makes them innocent.
"""

import re
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import ahocorasick

from assistant.flow.guard.claims.find import find_effects
from assistant.flow.guard.claims.found import Found
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.words import effect_families
from assistant.flow.guard.law.disguise import Lexicon, hidden_words, make_lexicon, read_again
from assistant.flow.guard.law.second_reader import Weighed, certain_from, is_harmless, suspicious_from, weigh
from assistant.flow.guard.law.wording import vocabulary
from assistant.shop import Product
from assistant.turn import Finding, Reason
from knowledge.folding import Folded, fold_widths, uncover
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
    No rule counts where the second reader finds the sentence harmless, but one whose ``needs`` decide; a ``broad`` rule is
    taken for a claim by its sound all the same. A rule of ``likeness`` has no words
    at all: it is met where the second reader takes a sentence for one of these kinds, and blocks where the reader is certain.

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
    special: bool = False
    filed: bool = False
    broad: bool = False
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


@dataclass(frozen=True)
class Violation:
    """A rule met in a text; ``start`` and ``end`` are positions in the text as given."""

    rule: Rule
    span: str
    start: int
    end: int

    @property
    def finding(self) -> Finding:
        """The same as the guard reports it."""
        return Finding(
            reason=self.rule.category,
            rule=f"{self.rule.id} {self.rule.article}",
            span=self.span,
            remedy=f"{self.rule.remedy}。可以写：{self.rule.rewrite}",
        )


@dataclass(frozen=True, eq=False)
class _Compiled:
    rule: Rule
    order: int
    unless: tuple[re.Pattern[str], ...]
    beside: tuple[re.Pattern[str], ...]
    record: re.Pattern[str] | None


@dataclass(frozen=True)
class _RuleBook:
    """``triggers`` gives for every word its length, the rules it breaks by itself and the patterns to try around it."""

    rules: tuple[_Compiled, ...]
    patterns: tuple[tuple[_Compiled, re.Pattern[str]], ...]
    triggers: ahocorasick.Automaton
    disguises: dict[str, str]
    lexicon: Lexicon
    special: _Compiled
    filed: _Compiled
    likeness: dict[str, _Compiled]
    certain: dict[str, _Compiled]


@dataclass(frozen=True)
class _Hit:
    """A rule met at [start, end); ``shown`` is the part to point at where that is not the whole."""

    compiled: _Compiled
    start: int
    end: int
    shown: tuple[int, int] | None = None


_RULE_FILES = ("compliance_rules.yaml", "compliance_words.yaml", "disguises.yaml")
# Effects that only a registered special cosmetic may claim; one registration covers 祛斑 and 美白 together.
_SPECIAL_CLASS = {
    "美白": "祛斑美白",
    "祛斑": "祛斑美白",
    "防晒": "防晒",
    "防脱": "防脱",
    "染发": "染发",
    "烫发": "烫发",
}
# These make no cosmetic claim that is filed by name; food and sleep words have rules of their own.
_NOT_FILED = frozenset({"助眠", "瘦身", "止痒"})
_WINDOW = 28
# A few words (N0.1, 送礼推荐) say too little for their sound to weigh.
_TELLING = 7
# Stands where a name stood; nothing is learnt of it.
_BLOT = "\ue000"
_SENTENCE_END = re.compile("[。！!？?；;\n]")


def rule_bytes() -> bytes:
    """Return the rules, their words and the disguises as packaged, for the guard's version."""
    room = files("assistant.flow.guard.law")
    return b"".join(room.joinpath(name).read_bytes() for name in _RULE_FILES)


def rules() -> tuple[Rule, ...]:
    """Return every rule, for the console's page and for tests."""
    return tuple(compiled.rule for compiled in _book().rules)


@lru_cache(maxsize=1)
def _book() -> _RuleBook:
    raw = packaged("assistant.flow.guard.law", "compliance_rules.yaml")
    compiled = tuple(_compile(Rule.model_validate(item), order) for order, item in enumerate(raw["rules"]))
    literals: dict[str, list[int]] = {}
    anchors: dict[str, list[int]] = {}
    patterns: list[tuple[_Compiled, re.Pattern[str]]] = []
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
    return _RuleBook(
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


def _lexicon(compiled: tuple[_Compiled, ...], triggers: Iterable[str]) -> Lexicon:
    """Index what may be hidden: any word the rules know in Latin letters, the plainly unlawful ones by a wrong character."""
    classes, hidden = hidden_words()
    words = vocabulary().words
    strong = {word for one in compiled if one.rule.severity is Severity.BLOCK for word in one.rule.words}
    strong |= {word for name in classes for word in words[name]}
    return make_lexicon(
        {*triggers, *hidden, *(word for listed in words.values() for word in listed)}, strong | set(hidden)
    )


def _compile(rule: Rule, order: int) -> _Compiled:
    compose = vocabulary().compose
    return _Compiled(
        rule=rule,
        order=order,
        unless=tuple(compose(written).pattern for written in rule.unless),
        beside=tuple(compose(written).pattern for written in rule.beside),
        record=re.compile(rule.needs.record) if rule.needs.record else None,
    )


# ---- the check ---------------------------------------------------------------------------------


def check_text(text: str, products: tuple[Product, ...], records: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Return what the law objects to in ``text``, in reading order; empty means it may be sent.

    ``products`` are those the text may speak of; ``records`` are the words of records at hand (campaign rules, price records).
    """
    return tuple(violation.finding for violation in screen(text, products, records))


def screen(text: str, products: tuple[Product, ...], records: tuple[str, ...] = ()) -> tuple[Violation, ...]:
    """Return the violations themselves, with severity and place; see ``check_text``."""
    book = _book()
    plain = uncover(text, book.disguises)
    found = [_violation(text, plain, hit) for hit in _met(plain.text, products, records, book, _everywhere)]
    for second in read_again(plain, book.lexicon):
        met = _met(second.folded.text, products, records, book, second.touches)
        hidden = [one for one in (_violation(text, second.folded, hit) for hit in met) if not _told(one, found)]
        found = [one for one in found if not _told(one, hidden)] + hidden
    return tuple(sorted(found, key=lambda one: one.start))


def _everywhere(start: int, end: int) -> bool:
    return True


def _met(
    text: str,
    products: tuple[Product, ...],
    records: tuple[str, ...],
    book: _RuleBook,
    counts: Callable[[int, int], bool],
) -> list[_Hit]:
    """Return the rules that are met in a folded text where ``counts`` lets them, each stretch told once per category.

    The gravest come first, among those the rule written first, among its hits the longest.
    """
    names = KnownNames.of(products)
    spoken_of = _SpokenOf(text, names, products)
    unnamed = spoken_of.unnamed(text)
    weighed = weigh(unnamed)
    hits = [hit for hit in dict.fromkeys(_hits(text, book)) if not _harmless(hit, unnamed, weighed)]
    effects = _effect_hits(text, names, spoken_of, book)
    # What a rule has looked at and found backed by a product or a record is not judged again by its sound.
    looked_at = bytearray(len(text))
    for hit in (*hits, *effects):
        looked_at[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
    judged = frozenset(effects)
    alike = [hit for hit in _suspicious(weighed, text, book) if not any(looked_at[hit.start : hit.end])]
    told = _Told()
    for hit in sorted((*hits, *effects, *alike), key=_gravest_first):
        if not counts(hit.start, hit.end) or not told.is_free(hit):
            continue
        if hit in judged or not _innocent(hit, text, spoken_of, records, excusable=not _certain(hit, weighed)):
            told.take(hit)
    return told.hits


_GRAVEST_FIRST = (Severity.BLOCK, Severity.REVIEW, Severity.WARN)


def _gravest_first(hit: _Hit) -> tuple[int, int, int, int]:
    rule = hit.compiled.rule
    return _GRAVEST_FIRST.index(rule.severity), hit.compiled.order, hit.start - hit.end, hit.start


class _Told:
    """What has been told so far: one hit where several of a category overlap."""

    def __init__(self) -> None:
        self.hits: list[_Hit] = []
        self._taken: dict[Reason, list[tuple[int, int]]] = {}

    def is_free(self, hit: _Hit) -> bool:
        spans = self._taken.get(hit.compiled.rule.category, [])
        place = bisect_right(spans, (hit.start, hit.end))
        clear_before = place == 0 or spans[place - 1][1] <= hit.start
        return clear_before and (place == len(spans) or hit.end <= spans[place][0])

    def take(self, hit: _Hit) -> None:
        insort(self._taken.setdefault(hit.compiled.rule.category, []), (hit.start, hit.end))
        self.hits.append(hit)


def _sentence_of(hit: _Hit, weighed: tuple[Weighed, ...]) -> Weighed | None:
    place = bisect_right(weighed, hit.start, key=lambda one: one.start)
    return weighed[place - 1] if place and hit.start < weighed[place - 1].end else None


def _certain(hit: _Hit, weighed: tuple[Weighed, ...]) -> bool:
    sentence = _sentence_of(hit, weighed)
    return sentence is not None and sentence.weight > certain_from()


def _harmless(hit: _Hit, text: str, weighed: tuple[Weighed, ...]) -> bool:
    rule = hit.compiled.rule
    if not rule.broad and rule.needs != Needs():
        return False
    sentence = _sentence_of(hit, weighed)
    # An enticing question sounds like a customer's own.
    if sentence is None or _ENTICING.search(text, max(sentence.start, hit.start - 8), hit.end):
        return False
    return sentence.end - sentence.start >= _TELLING and is_harmless(
        text, sentence, hit.start, hit.end, surely=not rule.broad or rule.needs != Needs()
    )


def _suspicious(weighed: tuple[Weighed, ...], text: str, book: _RuleBook) -> Iterator[_Hit]:
    for one in weighed:
        compiled = (book.certain if one.weight > certain_from() else book.likeness).get(one.kind)
        telling = one.end - one.start >= _TELLING and one.weight > suspicious_from()
        if compiled is not None and telling and not not_asserted(text, one.first, one.after):
            yield _Hit(compiled, one.start, one.end, shown=(one.first, one.after))


def _told(violation: Violation, found: list[Violation]) -> bool:
    """Say whether the same words are told of already, as gravely or more."""
    rank = _GRAVEST_FIRST.index(violation.rule.severity)
    return any(
        one.rule.category is violation.rule.category
        and _GRAVEST_FIRST.index(one.rule.severity) <= rank
        and one.start < violation.end
        and violation.start < one.end
        for one in found
    )


def _violation(text: str, plain: Folded, hit: _Hit) -> Violation:
    place = plain.place(*(hit.shown or (hit.start, hit.end)))
    return Violation(hit.compiled.rule, text[place.start : place.end], place.start, place.end)


def _hits(text: str, book: _RuleBook) -> Iterator[_Hit]:
    tried: dict[int, list[list[int]]] = {}
    for last, (length, literals, patterns) in book.triggers.iter(text):
        start, end = last - length + 1, last + 1
        for index in literals:
            yield _Hit(book.rules[index], start, end)
        for index in patterns:
            _widen(tried.setdefault(index, []), max(0, start - _WINDOW), min(len(text), end + _WINDOW))
    for index, windows in tried.items():
        compiled, pattern = book.patterns[index]
        for first, after in windows:
            for match in pattern.finditer(text, first, after):
                yield _Hit(compiled, *match.span("said" if "said" in pattern.groupindex else 0))


def _widen(windows: list[list[int]], first: int, after: int) -> None:
    """Add a window to those before it, which end where the triggers end: in reading order."""
    if windows and first <= windows[-1][1]:
        windows[-1][0] = min(windows[-1][0], first)
        windows[-1][1] = max(windows[-1][1], after)
    else:
        windows.append([first, after])


class _SpokenOf:
    """Which product a place in the text speaks of: the nearest one named before it, else every product at hand."""

    def __init__(self, text: str, names: KnownNames, products: tuple[Product, ...]) -> None:
        self._by_sku = {product.sku: product for product in products}
        self._named = [(start, end, name.value.split("|")) for start, end, name in names.find(text)]
        self._starts = [start for start, _, _ in self._named]
        self.all = products

    def at(self, position: int) -> tuple[Product, ...]:
        place = bisect_right(self._starts, position)
        return tuple(self._by_sku[sku] for sku in self._named[place - 1][2]) if place else self.all

    def unnamed(self, text: str) -> str:
        """Return the text with every name blotted out, each place kept: what a product is called makes no claim harmless."""
        parts, reached = [], 0
        for start, end, _ in self._named:
            if start >= reached:
                parts += [text[reached:start], _BLOT * (end - start)]
                reached = end
        return "".join((*parts, text[reached:]))

    def in_name(self, start: int, end: int) -> bool:
        place = bisect_right(self._starts, start)
        return place > 0 and end <= self._named[place - 1][1]


def _innocent(hit: _Hit, text: str, spoken_of: _SpokenOf, records: tuple[str, ...], *, excusable: bool) -> bool:
    """Say whether context, a product or a record makes a hit innocent.

    Words that merely stand nearby excuse nothing where the second reader is certain of the sentence (``excusable``).
    """
    rule = hit.compiled.rule
    # A product's own registered name is no claim (market regulator's guide 2023 no. 6); a medical word in it still is.
    if rule.category is not Reason.MEDICAL_TERM and spoken_of.in_name(hit.start, hit.end):
        return True
    if excusable and _has_excuse(hit, text):
        return True
    if rule.spoken and not_asserted(text, hit.start, hit.end):
        return True
    return _backed(hit, text, spoken_of, records)


def _has_excuse(hit: _Hit, text: str) -> bool:
    if any(_excused(pattern, text, hit) for pattern in hit.compiled.unless):
        return True
    first, after = _sentence(text, hit.start, hit.end) if hit.compiled.beside else (0, 0)
    return any(pattern.search(text, first, after) for pattern in hit.compiled.beside)


def _excused(pattern: re.Pattern[str], text: str, hit: _Hit) -> bool:
    first, last = max(0, hit.start - _WINDOW), min(len(text), hit.end + 2 * _WINDOW)
    match = pattern.search(text, first, last)
    while match is not None and match.start() < hit.end:
        if hit.start < match.end():
            return True
        match = pattern.search(text, max(match.end(), match.start() + 1), last)
    return False


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence around [start, end), at most a hundred characters away."""
    before = [match.end() for match in _SENTENCE_END.finditer(text, max(0, start - 100), start)]
    behind = _SENTENCE_END.search(text, end, min(len(text), end + 100))
    return (before[-1] if before else max(0, start - 100)), (behind.start() if behind else min(len(text), end + 100))


def _backed(hit: _Hit, text: str, spoken_of: _SpokenOf, records: tuple[str, ...]) -> bool:
    needs = hit.compiled.rule.needs
    products = spoken_of.at(hit.start)
    words = text[hit.start : hit.end]
    if hit.compiled.record is not None:
        figures = set(_FIGURE.findall(words)) if needs.figures else set()
        return any(
            hit.compiled.record.search(record) and figures & set(_FIGURE.findall(record)) == figures
            for record in records
        )
    if needs.stated and not products:
        return True
    if needs.free_of:
        return bool(products) and all(any(part in words for part in product.free_of) for product in products)
    if needs.stated:
        told = [fold_widths("、".join((_whole_record(product), *records))).text for product in products]
        return all(_says(one, part) for one in told for part in _PART.findall(words))
    return needs.efficacy and bool(products) and all(words in "、".join(one.efficacy) for one in products)


def _says(record: str, part: str) -> bool:
    """Say whether a record holds a word, or a figure or grade standing by itself."""
    if _FIGURE.fullmatch(part) or part.isascii() and part.isalpha():
        return re.search(rf"(?<![a-z\d.]){re.escape(part)}(?![a-z\d])(?!\.\d)", record) is not None or (
            _FIGURE.fullmatch(part) is not None and part in _FIGURE.findall(record)
        )
    return part in record or _ALSO_CALLED.get(part, part) in record


# What a record calls otherwise than people do.
_ALSO_CALLED = {"真丝": "桑蚕丝"}
_FIGURE = re.compile(r"\d+(?:\.\d+)?")
# 100%棉 stands in a record as 棉100%: figures and words are looked up apart.
_PART = re.compile(r"\d+(?:\.\d+)?%?|[a-z]+\d*\+*|[\u4e00-\u9fff]+")


def _whole_record(product: Product) -> str:
    told = (
        product.name,
        product.category,
        product.spec,
        *product.ingredients,
        *product.free_of,
        *product.efficacy,
        product.registration,
        product.special_registration,
        *product.selling_points,
        product.usage,
        *product.cautions,
        *(f"{name}{value}" for name, value in product.attributes.items()),
    )
    return "、".join(told)


# ---- effects -----------------------------------------------------------------------------------

# With no product on the desk 染发膏 and 烫发水 are kinds of goods, not something said of one.
_SORT_OF_GOODS = re.compile(
    "(?:膏|剂|水|药水|类)?(?:要|先|的话|前|后|得|请|一定|必须|当天|那天)|的[^，。！？!?]{0,6}(?:没货|断货|缺货|卖完)"
)
_SHADE = re.compile(r"spf\s?\d+|(?<![a-z])pa\+")
# 防晒 as a thing one puts on, not as a property of this product.
_SUNCARE_NOUN = re.compile(
    "(?:涂|抹|用|上|擦|补|带|买|配合|搭配|叠加|别忘了|不要忘|没|先|再|后|和|硬|物理|日常|白天|出门|外出)(?:好|点|一层|足)*$"
)
# With no product on the desk it is only a property where the words make it one (能防晒, 防晒力强).
_SUNCARE_CLAIMED = re.compile("(?:能|可以|可|有|具|带|兼|还|又|强|倍|轻松|实现)(?:够|高|效|强|力)*$")
_SUNCARE_POWER = re.compile("^(?:效果|力|功效|指数|值|能力|系数|性)")
_SUNCARE_HABIT = re.compile("^(?:也|都)?(?:记得|要记得|别忘|要补|得补|每|两小时|注意|建议|很重要)")


def _effect_hits(text: str, names: KnownNames, spoken_of: _SpokenOf, book: _RuleBook) -> list[_Hit]:
    hits: list[_Hit] = []
    products_at_hand = bool(spoken_of.all)
    for effect in find_effects(text, names):
        if not products_at_hand and _SORT_OF_GOODS.match(text, effect.end):
            continue
        products = spoken_of.at(effect.start)
        if effect.value in _SPECIAL_CLASS:
            if not _may_claim_special(effect, text, products) and not not_asserted(text, effect.start, effect.end):
                hits.append(_Hit(book.special, effect.start, effect.end))
        elif _unfiled(effect, products) and not not_asserted(text, effect.start, effect.end):
            hits.append(_Hit(book.filed, effect.start, effect.end))
    for match in _SHADE.finditer(text):
        if not _registered(spoken_of.at(match.start()), "防晒") and not spoken_of.in_name(*match.span()):
            hits.append(_Hit(book.special, *match.span()))
    return hits


def _may_claim_special(effect: Found, text: str, products: tuple[Product, ...]) -> bool:
    return _registered(products, effect.value) or (effect.value == "防晒" and _is_suncare_habit(effect, text, products))


def _is_suncare_habit(effect: Found, text: str, products: tuple[Product, ...]) -> bool:
    """防晒记得两小时补一次 and 出门涂防晒 are advice, whatever product lies on the desk."""
    before, after = text[max(0, effect.start - 6) : effect.start], text[effect.end : effect.end + 8]
    if _SUNCARE_HABIT.match(after) or _SUNCARE_NOUN.search(before):
        return True
    return not products and not (_SUNCARE_CLAIMED.search(before) or _SUNCARE_POWER.match(after))


def _registered(products: tuple[Product, ...], effect: str) -> bool:
    """Say whether every product has a special registration and its record speaks of this class of effect."""
    classes = {word for word, group in _SPECIAL_CLASS.items() if group == _SPECIAL_CLASS[effect]}
    words = {word for word, family in effect_families().items() if family in classes}
    return bool(products) and all(
        product.special_registration and any(word in _standing_words(product) for word in words) for product in products
    )


def _unfiled(effect: Found, products: tuple[Product, ...]) -> bool:
    if not products or effect.value in _NOT_FILED:
        return False
    words = [word for word, family in effect_families().items() if family == effect.value]
    return not all(any(word in _standing_words(product) for word in words) for product in products)


def _standing_words(product: Product) -> str:
    return "、".join((product.name, product.category, *product.efficacy, *product.selling_points, *product.attributes))


# ---- speech that asserts nothing ---------------------------------------------------------------

_STOP = "，。；！？!?;\n"
_STRONG_NO = re.compile(
    f"(?:不能|不可以?|不会|无法|没有|没|不得|不代表|不属于|不具有?|不具备|不含|不承诺|不保证|不敢|不可能|避免|谈不上|称不上|算不上|"
    f"不支持|不建议|不应|不宜|不要|做不到|不存在|没法|不打|不做|不搞|不说|不提|不用|不是说|拒绝|指望|别信|别听)[^{_STOP}]{{0,9}}$|没有(?:哪|任何|什么|谁)[^{_STOP}]{{0,14}}$"
)
_IS_NOT = re.compile(f"(?:不是|并非|不算|非)[^{_STOP}是而]{{0,6}}$")
_WEAK_NO = re.compile(f"(?:不|没|无|未|别|勿)[^{_STOP}]?$")
_NOT_REALLY_NO = re.compile(
    "不满意|不合适|不喜欢|不仅|不但|不只|不光|不止|不得不|没得说|无论|不管|不论|没话说|没有不|无不|不是不|不能不|不会不|不能错过|不要错过|不容错过|没错|不错|"
    "没有之一|不(?:买|来|下单|抢|囤|用就)|不妨|不愧|不亏|不用(?:怕|担心|愁|犹豫|想|吃药)|不再|不要(?:犹豫|怕)|没问题|没有(?:问题|比|什么比|哪|其他|别的)|不可(?:错过|多得|思议)|不会(?:错|后悔|失望)"
)
_ASKING_AFTER = re.compile(f"^[^{_STOP}]{{0,14}}?(?:吗|么(?!多|好|大)|呢?[？?])")
_ENTICING = re.compile("(?:想要|要不要|想不想|难道|谁不|还不|是不是很|心动|想拥有|想体验|渴望)")
_QUOTING = re.compile(
    f"(?:您|你|顾客|客人|客户|有人|她|他|姐|大家)(?:们)?(?:刚才|刚刚|刚|之前|上次)?(?:问|提到|说的|提的|关心|担心|想知道|咨询|在问|听说)[^{_STOP}]{{0,14}}$|"
    f"(?:能不能|可不可以|会不会|是不是|有没有|是否)[^{_STOP}]{{0,8}}$"
)
# Said of the words by the guide herself: she does not use them, nobody should believe them.
_REFUSED_AFTER = re.compile(
    '^(?:”|」|"|』)?[^。！？!?;\n]{0,12}?(?:是误会|没有依据|没依据|(?:都|就|也)别信|不可信|不能信|听听就[好行]|听听罢|违法|不合规|不能说|不让说|不敢说|(?:我|我们|咱)(?:都)?不(?:说|讲|用|做|提|写)|'
    "这种话|这种说法|这类话|这类说法|这回事|说不准|是骗人|就是个说法|只是个说法|早就?结束|(?:就|都|已经?)结束了|回答不了|说不好|不好说|我(?:也)?不(?:太)?懂|做不到(?!我|您|来|退|不|赔)|办不到|不敢保证|不评价|判断不了|才能说|才可以说|怎么看|(?:我|我们|咱|咱们)(?:可|从来|都)?没(?:说|讲|提|写)过(?!假|谎|大话|错|不))"
)
_SPEAKING_OF_THE_WORD = re.compile(
    f'^(?:”|」|"|』)?(?:这(?:个|种|一类|类|样)?(?:词|说法|话(?!费)|字眼|表述|问题)|一?类的?(?:词|说法|话(?!费)))[^{_STOP}]{{0,10}}'
)


# 显不显白 and 调不调价 leave it open.
_WHETHER = re.compile(r"([\u4e00-\u9fff])[不没]\1")


def not_asserted(text: str, start: int, end: int) -> bool:
    """Say whether the words at [start, end) are denied, asked, quoted from a customer, or only mentioned.

    An enticing question (想要三天见效吗) asserts all the same; 不仅 and 没有之一 deny nothing.
    """
    before, after = text[max(0, start - 18) : start], text[end : end + 18]
    if _SPEAKING_OF_THE_WORD.match(after) or _REFUSED_AFTER.match(after) or _QUOTING.search(before):
        return True
    if _ASKING_AFTER.match(after):
        return not _ENTICING.search(_last_clause(before) + text[start:end])
    if _WHETHER.search(text, max(0, start - 2), min(len(text), end + 2)):
        return True
    return _denied(_last_clause(before))


def _denied(before: str) -> bool:
    patterns: tuple[Callable[[str], re.Match[str] | None], ...] = (_STRONG_NO.search, _IS_NOT.search, _WEAK_NO.search)
    return any(search(before) for search in patterns) and not _NOT_REALLY_NO.search(before)


def _last_clause(text: str) -> str:
    return re.split(f"[{_STOP}]", text)[-1]
