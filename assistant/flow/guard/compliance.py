"""May this be said to a customer: advertising, efficacy, price and fair-terms law, as rules kept in data.

A reply that promotes goods is treated as advertising (广告法 Art. 2). The rules stand in ``compliance_rules.yaml``; this file
takes off disguises, looks for the rules' words, and asks whether the context, the product or a record makes them innocent.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import ahocorasick
import yaml

from assistant.flow.guard.claims import Found, KnownNames, effect_families, find_effects
from assistant.flow.guard.folding import Folded, uncover
from assistant.shop import Product
from assistant.turn import Finding, Reason
from knowledge.noun import Labelled, Noun


class Severity(Labelled):
    """What a violation means for the text."""

    BLOCK = "block", "不能发"
    REVIEW = "review", "需店长确认"
    WARN = "warn", "提醒"


class Needs(Noun):
    """What would make the words lawful.

    ``record`` is a regular expression that must be found in a record at hand; ``efficacy`` asks that the effect is filed;
    ``free_of`` asks that the product's record lists what it is said to be free of.
    """

    record: str = ""
    efficacy: bool = False
    free_of: bool = False


class Rule(Noun):
    """One rule as written in the data; see the head of the file for what each field means.

    ``special`` and ``filed`` rules have no words of their own: they judge the effects that claims finds
    (化妆品监督管理条例 Art. 16-17: special registration; Art. 22: filed efficacy).
    """

    id: str
    article: str
    category: Reason
    severity: Severity
    words: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    match: str = ""
    unless: tuple[str, ...] = ()
    spoken: bool = True
    special: bool = False
    filed: bool = False
    needs: Needs = Needs()
    remedy: str
    rewrite: str
    hit: str
    innocent: str
    version: int = 1

    @property
    def by_product(self) -> bool:
        """True where the verdict depends on the product spoken of."""
        return self.special or self.filed or self.needs.efficacy or self.needs.free_of


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


@dataclass(frozen=True)
class _Compiled:
    rule: Rule
    match: re.Pattern[str] | None
    unless: tuple[re.Pattern[str], ...]
    record: re.Pattern[str] | None


@dataclass(frozen=True)
class _RuleBook:
    rules: tuple[_Compiled, ...]
    triggers: ahocorasick.Automaton
    disguises: dict[str, str]
    special: _Compiled
    filed: _Compiled


@dataclass(frozen=True)
class _Hit:
    compiled: _Compiled
    start: int
    end: int


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


def rule_bytes() -> bytes:
    """Return the rule and word files as packaged, for the guard's version."""
    room = files("assistant.flow.guard")
    return room.joinpath("compliance_rules.yaml").read_bytes() + room.joinpath("claim_words.yaml").read_bytes()


def rules() -> tuple[Rule, ...]:
    """Return every rule, for the console's page and for tests."""
    return tuple(compiled.rule for compiled in _book().rules)


@lru_cache(maxsize=1)
def _book() -> _RuleBook:
    raw = yaml.safe_load(files("assistant.flow.guard").joinpath("compliance_rules.yaml").read_text("utf-8"))
    compiled = tuple(_compile(Rule.model_validate(item)) for item in raw["rules"])
    triggers: dict[str, list[tuple[int, bool]]] = {}
    for index, one in enumerate(compiled):
        for word in one.rule.words:
            triggers.setdefault(word, []).append((index, True))
        for word in one.rule.near:
            triggers.setdefault(word, []).append((index, False))
    automaton = ahocorasick.Automaton()
    for word, uses in triggers.items():
        automaton.add_word(word, (len(word), tuple(uses)))
    automaton.make_automaton()
    special = next(one for one in compiled if one.rule.special)
    filed = next(one for one in compiled if one.rule.filed)
    return _RuleBook(compiled, automaton, raw["disguises"], special, filed)


def _compile(rule: Rule) -> _Compiled:
    return _Compiled(
        rule=rule,
        match=re.compile(rule.match) if rule.match else None,
        unless=tuple(re.compile(pattern) for pattern in rule.unless),
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
    names = KnownNames.of(products)
    spoken_of = _SpokenOf(plain.text, names, products)
    hits = dict.fromkeys(_hits(plain.text, book))
    judged = [hit for hit in hits if not _innocent(hit, plain.text, spoken_of, records)]
    judged += _effect_hits(plain.text, names, spoken_of, book)
    return tuple(sorted((_violation(text, plain, hit) for hit in _outermost(judged)), key=lambda one: one.start))


def _violation(text: str, plain: Folded, hit: _Hit) -> Violation:
    place = plain.place(hit.start, hit.end)
    return Violation(hit.compiled.rule, text[place.start : place.end], place.start, place.end)


def _hits(text: str, book: _RuleBook) -> Iterator[_Hit]:
    for last, (length, uses) in book.triggers.iter(text):
        start = last - length + 1
        for index, literal in uses:
            compiled = book.rules[index]
            if literal:
                yield _Hit(compiled, start, last + 1)
            elif compiled.match is not None:
                yield from _around(text, compiled, compiled.match, start, last + 1)


def _around(text: str, compiled: _Compiled, pattern: re.Pattern[str], start: int, end: int) -> Iterator[_Hit]:
    for match in pattern.finditer(text, max(0, start - _WINDOW), min(len(text), end + _WINDOW)):
        if match.start() < end and start < match.end():
            yield _Hit(compiled, *match.span())


def _outermost(hits: Iterable[_Hit]) -> list[_Hit]:
    """Keep one hit of a rule where several overlap: the longest."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda one: (one.start - one.end, one.start)):
        overlapping = (
            one for one in kept if one.compiled is hit.compiled and one.start < hit.end and hit.start < one.end
        )
        if next(overlapping, None) is None:
            kept.append(hit)
    return kept


class _SpokenOf:
    """Which product a place in the text speaks of: the nearest one named before it, else every product at hand."""

    def __init__(self, text: str, names: KnownNames, products: tuple[Product, ...]) -> None:
        self._by_sku = {product.sku: product for product in products}
        self._named = [(start, end, name.value.split("|")) for start, end, name in names.find(text)]
        self.all = products

    def at(self, position: int) -> tuple[Product, ...]:
        earlier = [skus for start, _, skus in self._named if start <= position]
        return tuple(self._by_sku[sku] for sku in earlier[-1]) if earlier else self.all

    def in_name(self, start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last, _ in self._named)


def _innocent(hit: _Hit, text: str, spoken_of: _SpokenOf, records: tuple[str, ...]) -> bool:
    rule = hit.compiled.rule
    # A product's own registered name is no claim (market regulator's guide 2023 no. 6); a medical word in it still is.
    if rule.category is not Reason.MEDICAL_TERM and spoken_of.in_name(hit.start, hit.end):
        return True
    if any(_excused(pattern, text, hit) for pattern in hit.compiled.unless):
        return True
    if rule.spoken and not_asserted(text, hit.start, hit.end):
        return True
    return _backed(hit, text, spoken_of, records)


def _excused(pattern: re.Pattern[str], text: str, hit: _Hit) -> bool:
    first, last = max(0, hit.start - _WINDOW), min(len(text), hit.end + 2 * _WINDOW)
    return any(match.start() < hit.end and hit.start < match.end() for match in pattern.finditer(text, first, last))


def _backed(hit: _Hit, text: str, spoken_of: _SpokenOf, records: tuple[str, ...]) -> bool:
    needs = hit.compiled.rule.needs
    products = spoken_of.at(hit.start)
    words = text[hit.start : hit.end]
    if hit.compiled.record is not None:
        return any(hit.compiled.record.search(record) for record in records)
    if needs.efficacy:
        return bool(products) and all(words in "、".join(product.efficacy) for product in products)
    if needs.free_of:
        return bool(products) and all(any(part in words for part in product.free_of) for product in products)
    return False


# ---- effects -----------------------------------------------------------------------------------

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
    for effect in find_effects(text, names):
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
    return "、".join((product.name, product.category, *product.efficacy, *product.selling_points))


# ---- speech that asserts nothing ---------------------------------------------------------------

_STOP = "，。；！？!?;\n"
_STRONG_NO = re.compile(
    f"(?:不能|不可以?|不会|无法|没有|没|不得|不代表|不属于|不具有?|不具备|不含|不承诺|不保证|不敢|不可能|避免|谈不上|称不上|算不上|"
    f"不支持|不建议|不应|不宜|不要|做不到|不存在|没法|不打|不做|不搞|不说|不提|不用|不是说|拒绝)[^{_STOP}]{{0,9}}$"
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
_SPEAKING_OF_THE_WORD = re.compile(
    f'^(?:”|」|"|』)?(?:这(?:个|种|一类|类|样)?(?:词|说法|话|字眼|表述)|一?类的?(?:词|说法|话))[^{_STOP}]{{0,10}}'
)


def not_asserted(text: str, start: int, end: int) -> bool:
    """Say whether the words at [start, end) are denied, asked, quoted from a customer, or only mentioned.

    An enticing question (想要三天见效吗) asserts all the same; 不仅 and 没有之一 deny nothing.
    """
    before, after = text[max(0, start - 18) : start], text[end : end + 18]
    if _SPEAKING_OF_THE_WORD.match(after) or _QUOTING.search(before):
        return True
    if _ASKING_AFTER.match(after):
        return not _ENTICING.search(_last_clause(before) + text[start:end])
    return _denied(_last_clause(before))


def _denied(before: str) -> bool:
    patterns: tuple[Callable[[str], re.Match[str] | None], ...] = (_STRONG_NO.search, _IS_NOT.search, _WEAK_NO.search)
    return any(search(before) for search in patterns) and not _NOT_REALLY_NO.search(before)


def _last_clause(text: str) -> str:
    return re.split(f"[{_STOP}]", text)[-1]
