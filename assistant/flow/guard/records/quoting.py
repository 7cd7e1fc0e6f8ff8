"""What is quoted must be what the record says: a rule, a coupon's conditions, a use, a caution, word by word.

Figures are compared elsewhere. Here it is the words between them: a 不 that fell out, 已开封 for 未开封, a condition left out
in the middle of a sentence, a rule told under another document's name (禁止价格欺诈规定 Art. 19: no condition may be hidden).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from itertools import accumulate

from rapidfuzz import fuzz

from knowledge.folding import fold_widths, looks

NEAR = 68.0
"""From this likeness (rapidfuzz ratio, 0..100) on, a clause is taken for a record's clause told again."""
SHORTEST = 4
"""Shorter clauses say too little to be recognised."""

_MARKER = re.compile(r"(?:^|(?<=[\n|]))\s*(?:\d{1,2}[.、．]|[-*•]|[①-⑳])\s*", re.MULTILINE)
_BREAK = re.compile(r"[，,。；;：:！!？?（）()\n]")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_LINE = re.compile(r"[^。！？!?\n]+")
_TITLE = re.compile(
    r"《(?P<title>[^》]{2,40})》(?:第[一二三四五六七八九十百零\d]+条)?(?:[（(]第(?P<version>\d+)版[)）])?"
)
_NEGATIONS = re.compile("不(?![仅但只过同少错妨])|没|未|无(?!理由|忧)|非(?!常)|勿|别(?![的人家])|禁止|拒绝|避开")
_TURNING = re.compile(
    "只|仅|都|全部?|任何|所有|必须|须|可以?|能|应|每天|每日|隔天|每周|隔周|早中晚|早晚|早上|晚上|白天|睡前|外用|内服|口服|有效|无效|"
    "饭前|饭后|中午|实付|标价|原价|吊牌价|工作日|自然日|免费|收费|继续|停用|"
    "以内|以上|以下|之前|之后|前|后|次日|当天|当日|普卡|银卡|黑金卡?|金卡|门店|线上|网购|到店|自提|现金|原路"
)


@dataclass(frozen=True)
class Record:
    """A record's words as they may be quoted. ``title`` is set for a document; ``id`` names the evidence."""

    id: str
    text: str
    title: str = ""
    version: int = 1


@dataclass(frozen=True)
class Misquote:
    """Words at [start, end) of the text that are told otherwise than written; ``written`` is what the record says."""

    start: int
    end: int
    written: str


@dataclass(frozen=True)
class _Clause:
    """One clause, bare of spaces and signs, and where it stands."""

    words: str
    start: int
    end: int


@dataclass(frozen=True)
class _Row:
    """The clauses of a line of a record, one row of a table say, statement by statement (收货地区：华南；几天到：3 天)."""

    statements: tuple[tuple[str, ...], ...]

    @cached_property
    def clauses(self) -> tuple[str, ...]:
        return tuple(clause for statement in self.statements for clause in statement)

    @cached_property
    def _ends(self) -> frozenset[int]:
        return frozenset(accumulate(map(len, self.statements)))

    def from_here(self, place: int) -> tuple[str, ...]:
        """Return the clause at a place, and "" where a statement is over and nothing need follow."""
        return (*self.clauses[place : place + 1], *([""] if place in self._ends else []))


_Place = tuple[int, int]
"""A row by its number, and the place of the clause in it that comes next."""


def clause_around(text: str, start: int, end: int, opens: str, closes: str) -> str:
    """The clause that [start, end) stands in, from behind the last mark that opens one to the first that closes it."""
    first = max(text.rfind(mark, 0, start) for mark in opens) + 1
    return text[first : min((place for mark in closes if (place := text.find(mark, end)) >= 0), default=len(text))]


_RUN, _READ_OUT = 4, 0.6


def reads_out(text: str, record: str) -> bool:
    """Say whether a sentence is mostly the record's own text.

    Anybody may have put words into a document: they hold for who tells what it tells, not for a name or an address that
    is taken out of it.
    """
    said, written = _only_letters(text), _only_letters(record)
    blocks = SequenceMatcher(None, said, written, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= _RUN) >= _READ_OUT * max(len(said), 1)


@lru_cache(maxsize=256)
def _only_letters(text: str) -> str:
    return re.sub(r"\W|_", "", looks(text))


def titles_in(text: str) -> frozenset[str]:
    """The documents a text names."""
    return frozenset(match["title"] for match in _TITLE.finditer(text))


def misquotes(text: str, records: Sequence[Record], under: frozenset[str] = frozenset()) -> Iterator[Misquote]:
    """Yield what a sentence quotes otherwise than its record has it; a sentence in its own words yields nothing.

    ``under`` are the documents named before a semicolon, whose quotation goes on here.
    """
    yield from _wrong_titles(text, records)
    told = _clauses(_without_titles(text))
    titled = titles_in(text) or under
    sources = [record for record in records if record.title in titled] or list(records)
    if titled:
        yield from _read_out(told, [row for record in sources for row in _rows(record.text)])
    else:
        yield from _retold(told, [sentence for record in sources for sentence in _sentences(record.text)])


def _wrong_titles(text: str, records: Sequence[Record]) -> Iterator[Misquote]:
    """A document by a name or in a version that is not at hand, or told for what another document says."""
    documents = {record.title: record for record in records if record.title}
    for match in _TITLE.finditer(text):
        known = documents.get(match["title"])
        if _is_referred_to(text, match, records):
            continue
        if known is None:
            if not any(match["title"] in record.text for record in records):
                yield Misquote(*match.span(), "、".join(f"《{title}》" for title in documents))
        elif match["version"] and int(match["version"]) != known.version:
            yield Misquote(*match.span(), f"《{known.title}》（第{known.version}版）")
        elif other := _told_by_another(text[match.end() :], known.title, records):
            yield Misquote(*match.span(), f"《{other}》")


def _is_referred_to(text: str, title: re.Match[str], records: Sequence[Record]) -> bool:
    """Say whether a rule itself refers to the document, in the words before its name too (见《退款说明》)."""
    before = text[max(0, title.start() - _LEADS_IN) : title.start()]
    return bool(before) and any(f"{before}{title.group()}" in record.text for record in records)


_LEADS_IN = 2


def _told_by_another(rest: str, title: str, records: Sequence[Record]) -> str:
    """Return the title of the document that a quotation really stands in, where it does not stand in the one named."""
    clauses = [one.words for one in _clauses(rest) if len(one.words) > SHORTEST]
    own = "".join(_bare(record.text) for record in records if record.title == title)
    if not clauses or any(clause in own for clause in clauses):
        return ""
    for record in records:
        if record.title and record.title != title:
            told = [clause for clause in clauses if clause in _bare(record.text)]
            if len(told) > 1 or any(len(clause) >= 2 * SHORTEST for clause in told):
                return record.title
    return ""


def _retold(told: Sequence[_Clause], written: Sequence[tuple[str, ...]]) -> Iterator[Misquote]:
    """Words of a record that come without its name: what is told alike must not mean something else."""
    for one in told:
        if len(one.words) < SHORTEST or any(_stands_in(one.words, sentence) for sentence in written):
            continue
        for sentence in written:
            if altered := _altered(one.words, sentence):
                yield Misquote(one.start, one.end, altered)
                break


def _read_out(told: Sequence[_Clause], rows: Sequence[_Row]) -> Iterator[Misquote]:
    """What is read out under a document's name goes on as it goes on there, to the end of a statement.

    It goes on in the row it began in: what is written of 金卡 does not hold for 银卡.
    """
    places: dict[str, set[_Place]] = {}
    for number, row in enumerate(rows):
        for place, clause in enumerate(row.clauses):
            places.setdefault(clause, set()).add((number, place + 1))
    reached: set[_Place] = set()
    for one in told:
        expected = {clause for number, place in reached for clause in rows[number].from_here(place)} or {""}
        goes_on = {(number, place + 1) for number, place in reached if one.words in rows[number].clauses[place:][:1]}
        if "" not in expected and not goes_on:
            yield Misquote(one.start, one.end, "，".join(sorted(expected)))
        elif one.words not in places and len(one.words) >= SHORTEST:
            altered = (_altered(one.words, said, exact=True) for row in rows for said in row.statements)
            if near := next((words for words in altered if words), ""):
                yield Misquote(one.start, one.end, near)
        reached = goes_on or places.get(one.words, set())
    expected = {clause for number, place in reached for clause in rows[number].from_here(place)} or {""}
    if "" not in expected:
        yield Misquote(told[-1].start, told[-1].end, "，".join(sorted(expected)))


def _stands_in(words: str, sentence: tuple[str, ...]) -> bool:
    """Say whether a record's sentence holds these words as they are, with no 不 before them."""
    for written in sentence:
        at = written.find(words)
        if at == 0 or (at > 0 and not _NEGATIONS.search(written[max(0, at - 2) : at])):
            return True
    return False


def _altered(words: str, sentence: tuple[str, ...], *, exact: bool = False) -> str:
    """Return the record's clause that these words tell with another meaning; empty where they tell it alike or not at all.

    ``exact`` is for what is read out under a document's name: there no turning word may be missing either.
    """
    near = max(sentence, key=lambda written: fuzz.ratio(words, written), default="")
    at = words.find(near)
    if at >= 0:
        # told whole, with more words around it
        return near if _NEGATIONS.search(words[max(0, at - 2) : at]) else ""
    if fuzz.ratio(words, near) < NEAR:
        return ""
    brought_in = _turns(words) - _turns("，".join(sentence))
    if brought_in or _denials(words) != _denials(near):
        return near
    return near if exact and (_turns(words) != _turns(near) or _figures(words) != _figures(near)) else ""


def _figures(words: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", words)


@lru_cache(maxsize=8192)
def _denials(words: str) -> int:
    return len(_NEGATIONS.findall(words))


@lru_cache(maxsize=8192)
def _turns(words: str) -> frozenset[str]:
    """The words that turn a rule; none may come in from outside its sentence."""
    return frozenset(_TURNING.findall(words)) - {"可", "可以", "能", "后", "前"}


@lru_cache(maxsize=2048)
def _rows(text: str) -> tuple[_Row, ...]:
    """The lines and sentences of a record with their statements."""
    rows = (_Row(_sentences(row)) for row in _LINE.findall(_without_titles(text)))
    return tuple(row for row in rows if row.statements)


@lru_cache(maxsize=2048)
def _sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """The clauses of every sentence of a record, bare."""
    return tuple(
        clauses
        for sentence in _SENTENCE.findall(_without_titles(text))
        if (clauses := tuple(one.words for one in _clauses(sentence) if one.words))
    )


def _without_titles(text: str) -> str:
    return _TITLE.sub(lambda match: " " * len(match.group()), text)


def _clauses(text: str) -> tuple[_Clause, ...]:
    found, start = [], 0
    text = _MARKER.sub(lambda match: " " * len(match.group()), text)
    for end in (*(match.start() for match in _BREAK.finditer(text)), len(text)):
        words = _bare(text[start:end])
        if words:
            found.append(_Clause(words, start, end))
        start = end + 1
    return tuple(found)


@lru_cache(maxsize=8192)
def _bare(text: str) -> str:
    return re.sub(r"[\s*·、\"“”‘’「」]+", "", fold_widths(text).text)


# ---- conditions of a coupon --------------------------------------------------------------------


@dataclass(frozen=True)
class NamedCoupon:
    """A coupon named at [start, end): everything written of it, and the forms its conditions may be told in."""

    start: int
    end: int
    written: str
    forms: tuple[str, ...]


def broken_conditions(text: str, named: Sequence[NamedCoupon]) -> Iterator[Misquote]:
    """Yield what stands as a condition behind a coupon's name, or behind several as 以上…, and is none of theirs."""
    allowed_of_all: set[str] = set()
    for one in named:
        allowed = _written_clauses(one.written)
        allowed_of_all |= allowed
        for clause in _conditions_behind(text, one.end, allowed):
            if not _is_condition(clause.words, allowed):
                yield _unlike(clause, allowed)
    for tail in _SHARED.finditer(text) if named else ():
        for clause in _clauses(tail["inside"]):
            if not _is_condition(clause.words, allowed_of_all):
                at = tail.start("inside")
                yield _unlike(_Clause(clause.words, clause.start + at, clause.end + at), allowed_of_all)


def _is_condition(words: str, allowed: set[str]) -> bool:
    return words in allowed or _LAST_DAY_TOLD.search(words) is not None


def _unlike(clause: _Clause, allowed: set[str]) -> Misquote:
    near = max(sorted(allowed), key=lambda one: fuzz.ratio(clause.words, one), default="")
    return Misquote(clause.start, clause.end, near)


@lru_cache(maxsize=2048)
def _written_clauses(written: str) -> set[str]:
    return {clause for sentence in _sentences(written) for clause in sentence}


_SHARED = re.compile(r"[；，、]以上(?P<inside>(?!都|全)[^。；]{2,60})")
_CLOSED = re.compile(r"^」?[（(](?P<inside>(?:[^（）()]|[（(][^（）()]*[)）])*)[)）]")
_OPEN = re.compile(r"^」?(?P<inside>[^；。「」（(）)]*)")
_LAST_DAY_TOLD = re.compile(r"[月日号](?:之?前|止|截止)(?:有效|可用|能用)?$")
"""11月30日前有效 leaves the first day open; the day itself is compared as a date."""


def _conditions_behind(text: str, end: int, allowed: set[str]) -> Iterator[_Clause]:
    """The clauses told as conditions: in brackets behind the name, or right behind it where the first is one."""
    rest = text[end:]
    closed = _CLOSED.match(rest)
    match = closed or _OPEN.match(rest)
    if match is None:
        return
    begin = end + match.start("inside")
    clauses = [_Clause(one.words, one.start + begin, one.end + begin) for one in _clauses(match["inside"]) if one.words]
    if closed or (clauses and clauses[0].words in allowed):
        yield from (one for one in clauses if len(one.words) > 1)


def tells_conditions(text: str, written: str) -> bool:
    """Say whether a sentence lists conditions as they are written of a coupon."""
    allowed = _written_clauses(written)
    return sum(one.words in allowed for one in _clauses(text)) > 1


def missing_conditions(text: str, mentions: Sequence[NamedCoupon], every: Sequence[NamedCoupon]) -> tuple[str, ...]:
    """Return the conditions of a coupon that a draft leaves out, by the form that leaves out least.

    They stand behind one of its ``mentions``, up to the next name among ``every`` coupon named, or at the end as 以上….
    """
    told = "".join(tail["inside"] for tail in _SHARED.finditer(text))
    for one in mentions:
        after = min((other.start for other in every if other.start >= one.end), default=len(text))
        told += text[one.end : after]
    bare = _bare(told)
    forms = {form: tuple(one for one in _clauses_of(form) if one not in bare) for one in mentions for form in one.forms}
    return min(forms.values(), key=len, default=())


def _clauses_of(form: str) -> tuple[str, ...]:
    return tuple(clause for sentence in _sentences(form) for clause in sentence)
