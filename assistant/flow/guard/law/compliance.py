"""May this be said to a customer: advertising, efficacy, price and fair-terms law, as rules kept in data.

A reply that promotes goods is treated as advertising (广告法 Art. 2). Here disguises are taken off, the rules' words are looked
for, and it is asked whether the context, the product or a record makes them innocent.
"""

import re
from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.law.disguise import read_again
from assistant.flow.guard.law.efficacy import effect_hits
from assistant.flow.guard.law.rules import Hit, Needs, Rule, RuleBook, Severity, rule_book
from assistant.flow.guard.law.second_reader import Weighed, certain_from, is_harmless, suspicious_from, weigh
from assistant.flow.guard.law.spoken_of import SpokenOf
from assistant.flow.guard.law.unasserted import ENTICING, not_asserted
from assistant.shop import Product
from assistant.turn import Finding, Reason
from knowledge.folding import Folded, fold_widths, uncover

_WINDOW = 28
# A few words (N0.1, 送礼推荐) say too little for their sound to weigh.
_TELLING = 7
_SENTENCE_END = re.compile("[。！!？?；;\n]")


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


def check_text(text: str, products: tuple[Product, ...], records: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Return what the law objects to in ``text``, in reading order; empty means it may be sent.

    ``products`` are those the text may speak of; ``records`` are the words of records at hand (campaign rules, price records).
    """
    return tuple(violation.finding for violation in screen(text, products, records))


def screen(text: str, products: tuple[Product, ...], records: tuple[str, ...] = ()) -> tuple[Violation, ...]:
    """Return the violations themselves, with severity and place; see ``check_text``."""
    book = rule_book()
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
    book: RuleBook,
    counts: Callable[[int, int], bool],
) -> list[Hit]:
    """Return the rules that are met in a folded text where ``counts`` lets them, each stretch told once per category.

    The gravest come first, among those the rule written first, among its hits the longest.
    """
    names = KnownNames.of(products)
    spoken_of = SpokenOf(text, names, products)
    unnamed = spoken_of.unnamed(text)
    weighed = weigh(unnamed)
    hits = [hit for hit in dict.fromkeys(_hits(text, book)) if not _harmless(hit, unnamed, weighed, spoken_of)]
    claimed, filed = effect_hits(text, names, spoken_of, book)
    # of goods at hand their filing alone decides
    effects = [hit for hit in claimed if spoken_of.at(hit.start) or not _harmless(hit, unnamed, weighed, spoken_of)]
    # What a product or a record backs is not judged again by its sound.
    backed = frozenset(hit for hit in hits if _backed(hit, text, spoken_of, records))
    settled = bytearray(len(text))
    for start, end in (*filed, *((one.start, one.end) for one in (*backed, *effects))):
        settled[start:end] = b"\x01" * (end - start)
    alike = [hit for hit in _suspicious(weighed, text, book, records) if not any(settled[hit.start : hit.end])]
    # Both have judged the context themselves.
    judged = frozenset((*effects, *alike))
    told = _Told()
    for hit in sorted((*hits, *effects, *alike), key=_gravest_first):
        if not counts(hit.start, hit.end) or not told.is_free(hit):
            continue
        excusable = not _certain(hit, weighed)
        if hit in judged or not (hit in backed or _innocent(hit, text, spoken_of, excusable=excusable)):
            told.take(hit)
    return told.hits


_GRAVEST_FIRST = (Severity.BLOCK, Severity.REVIEW, Severity.WARN)


def _gravest_first(hit: Hit) -> tuple[int, int, int, int]:
    rule = hit.compiled.rule
    return _GRAVEST_FIRST.index(rule.severity), hit.compiled.order, hit.start - hit.end, hit.start


class _Told:
    """What has been told so far: one hit where several of a category overlap."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self._taken: dict[Reason, list[tuple[int, int]]] = {}

    def is_free(self, hit: Hit) -> bool:
        spans = self._taken.get(hit.compiled.rule.category, [])
        place = bisect_right(spans, (hit.start, hit.end))
        clear_before = place == 0 or spans[place - 1][1] <= hit.start
        return clear_before and (place == len(spans) or hit.end <= spans[place][0])

    def take(self, hit: Hit) -> None:
        insort(self._taken.setdefault(hit.compiled.rule.category, []), (hit.start, hit.end))
        self.hits.append(hit)


def _sentence_of(hit: Hit, weighed: tuple[Weighed, ...]) -> Weighed | None:
    place = bisect_right(weighed, hit.start, key=lambda one: one.start)
    return weighed[place - 1] if place and hit.start < weighed[place - 1].end else None


def _certain(hit: Hit, weighed: tuple[Weighed, ...]) -> bool:
    sentence = _sentence_of(hit, weighed)
    return sentence is not None and sentence.weight > certain_from()


def _harmless(hit: Hit, text: str, weighed: tuple[Weighed, ...], spoken_of: SpokenOf) -> bool:
    """Say whether a hit stands in a sentence that is taken for lawful, so that the words only look like a claim.

    What goods or a record must back sounds lawful whether they do or not: of goods at hand the rule alone decides, and so it does
    where its words are lawful nowhere. A warning stops nothing and is given all the same.
    """
    if hit.compiled.rule.severity is Severity.WARN or hit.compiled.rule.outright:
        return False
    if hit.compiled.rule.needs != Needs() and spoken_of.at(hit.start):
        return False
    sentence = _sentence_of(hit, weighed)
    # An enticing question sounds like a customer's own.
    if sentence is None or ENTICING.search(text, max(sentence.start, hit.start - 8), hit.end):
        return False
    return sentence.end - sentence.start >= _TELLING and is_harmless(text, sentence, hit.start, hit.end)


def _suspicious(weighed: tuple[Weighed, ...], text: str, book: RuleBook, records: tuple[str, ...]) -> Iterator[Hit]:
    """Yield the sentences that only sound unlawful. What a record says word for word is not doubted, unless the reader is certain."""
    for one in weighed:
        certain = one.weight > certain_from()
        compiled = (book.certain if certain else book.likeness).get(one.kind)
        telling = one.end - one.start >= _TELLING and one.weight > suspicious_from()
        if compiled is None or not telling or _left_open(one, text, certain=certain):
            continue
        clause = text[one.first : one.after]
        if one.whole > certain_from() or not (_read_out(clause, records) or _is_on_record(clause, one.kind, records)):
            yield Hit(compiled, one.start, one.end, shown=(one.first, one.after))


def _read_out(clause: str, records: tuple[str, ...]) -> bool:
    """Say whether a record has the clause, however it is spaced, as a clause of its own, so that nothing denies it there."""
    said = re.escape(_SPACES.sub("", clause.strip(_SIGNS)))
    whole = re.compile(rf"(?:^|[{_SIGNS}]){said}(?:$|[{_SIGNS}])", re.MULTILINE)
    return any(whole.search(_SPACES.sub("", fold_widths(record).text)) for record in records)


_ON_RECORD = frozenset({"figure", "price", "gift"})
"""Of these kinds the same words are lawful where they are true."""
_MOST = 0.6


def _is_on_record(clause: str, kind: str, records: tuple[str, ...]) -> bool:
    """Say whether a record has the figures of a clause and most of its words, in any order, and denies nothing that it tells."""
    figures, runs = set(_FIGURE.findall(clause)), set(_RUN.findall(clause))
    if kind not in _ON_RECORD or not runs:
        return False
    for record in map(_folded, records):
        has_figures = figures <= set(_FIGURE.findall(record))
        if has_figures and sum(run in record for run in runs) >= _MOST * len(runs) and not _DENIED_THERE.search(record):
            return True
    return False


@lru_cache(maxsize=512)
def _folded(record: str) -> str:
    return fold_widths(record).text.lower()


_RUN = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_DENIED_THERE = re.compile("[没未不无勿非]|结束|过期|终止|停用")
_SPACES = re.compile(r"[^\S\n]+")
_SIGNS = "，,、。；;：:！!？?～~ \n"
_JUST_ASKED = re.compile("[吗么][？?]?$")


def _left_open(one: Weighed, text: str, *, certain: bool) -> bool:
    """Say whether a suspicious sentence asserts nothing; that a clause beside denies or asks, a certain reader has weighed."""
    in_one_piece = one.first == one.start and one.after == one.end
    if in_one_piece and _JUST_ASKED.search(text[one.start : one.end]) and not ENTICING.search(text, one.start, one.end):
        return True
    return (in_one_piece or not certain) and not_asserted(text, one.first, one.after)


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


def _violation(text: str, plain: Folded, hit: Hit) -> Violation:
    place = plain.place(*(hit.shown or (hit.start, hit.end)))
    return Violation(hit.compiled.rule, text[place.start : place.end], place.start, place.end)


def _hits(text: str, book: RuleBook) -> Iterator[Hit]:
    tried: dict[int, list[list[int]]] = {}
    for last, (length, literals, patterns) in book.triggers.iter(text):
        start, end = last - length + 1, last + 1
        for index in literals:
            yield Hit(book.rules[index], start, end)
        for index in patterns:
            _widen(tried.setdefault(index, []), max(0, start - _WINDOW), min(len(text), end + _WINDOW))
    for index, windows in tried.items():
        compiled, pattern = book.patterns[index]
        for first, after in windows:
            for match in pattern.finditer(text, first, after):
                yield Hit(compiled, *match.span("said" if "said" in pattern.groupindex else 0))


def _widen(windows: list[list[int]], first: int, after: int) -> None:
    """Add a window to those before it, which end where the triggers end: in reading order."""
    if windows and first <= windows[-1][1]:
        windows[-1][0] = min(windows[-1][0], first)
        windows[-1][1] = max(windows[-1][1], after)
    else:
        windows.append([first, after])


def _innocent(hit: Hit, text: str, spoken_of: SpokenOf, *, excusable: bool) -> bool:
    """Say whether its context makes a hit innocent.

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
    # of no product, a material or a grade is nobody's claim
    return rule.needs.stated and hit.compiled.record is None and not spoken_of.at(hit.start)


def _has_excuse(hit: Hit, text: str) -> bool:
    if any(_excused(pattern, text, hit) for pattern in hit.compiled.unless):
        return True
    first, after = _sentence(text, hit.start, hit.end) if hit.compiled.beside else (0, 0)
    return any(pattern.search(text, first, after) for pattern in hit.compiled.beside)


def _excused(pattern: re.Pattern[str], text: str, hit: Hit) -> bool:
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


def _backed(hit: Hit, text: str, spoken_of: SpokenOf, records: tuple[str, ...]) -> bool:
    needs = hit.compiled.rule.needs
    products = spoken_of.at(hit.start)
    words = text[hit.start : hit.end]
    if hit.compiled.record is not None:
        # a pattern may end within a figure (去除率9 of 去除率96%)
        figures = {
            one.group()
            for one in (_FIGURE.finditer(text) if needs.figures else ())
            if one.start() < hit.end and hit.start < one.end()
        }
        return any(
            hit.compiled.record.search(record) and figures & set(_FIGURE.findall(record)) == figures
            for record in records
        )
    if needs.free_of:
        return bool(products) and all(any(part in words for part in product.free_of) for product in products)
    if needs.stated:
        if not products:
            return False
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
