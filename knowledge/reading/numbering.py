"""The numbers Word writes in front of paragraphs by itself: 第一条, 1.1, （一）. They stand nowhere in the text."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_LONGEST_CHAIN = 12
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
          (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_NEEDS_NO_GAP = "、）)：:】"


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered; ``pattern`` has %1 to %9 where the counters go."""

    kind: str
    pattern: str
    start: int = 1
    is_decimal: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """A list a paragraph may belong to: the counters it shares, its levels, and where it starts anew."""

    counters: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbering:
    """Counts through a document's paragraphs in order; ask once for each paragraph."""

    def __init__(self, document: "Document") -> None:
        self._lists: dict[str, _List] = {}
        self._counters: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()
        for relation in document.part.rels.values():
            if not relation.is_external and relation.reltype.endswith("/numbering"):
                self._load(relation.target_part.element, document)

    def _load(self, root: Any, document: "Document") -> None:
        abstract = {one.get(f"{_W}abstractNumId"): one for one in root.findall(f"{_W}abstractNum")}
        numbers = {one.get(f"{_W}numId"): one for one in root.findall(f"{_W}num")}
        for number, one in numbers.items():
            key = _value(one, "abstractNumId")
            found = abstract.get(key)
            linked = _value(found, "numStyleLink") if found is not None else ""
            if linked:
                # the levels of a list style stand with the style's own list
                key = _list_of_style(document, linked, numbers) or key
                found = abstract.get(key, found)
            levels = {} if found is None else {_level_of(level): _level(level) for level in found.findall(f"{_W}lvl")}
            starts = {}
            for override in one.findall(f"{_W}lvlOverride"):
                index = _level_of(override)
                if (start := _value(override, "startOverride")).isdigit():
                    starts[index] = int(start)
                if (level := override.find(f"{_W}lvl")) is not None:
                    levels[index] = _level(level)
            self._lists[number or ""] = _List(key, levels, starts)

    def label(self, paragraph: "Paragraph") -> str | None:
        """What stands in front of a paragraph, gap included; empty for a bullet, None when it is in no list."""
        number, index = _membership(paragraph)
        found = self._lists.get(number)
        level = found.levels.get(index) if found is not None else None
        if found is None or level is None:
            return "" if number not in {"", "0"} else None
        counters = self._counters.setdefault(found.counters, [None] * _LEVELS)
        if index in found.starts and (number, index) not in self._begun:
            counters[index] = found.starts[index]
        else:
            known = counters[index]
            counters[index] = level.start if known is None else known + 1
        self._begun.add((number, index))
        counters[index + 1 :] = [None] * (_LEVELS - index - 1)
        if level.kind in {"bullet", "none"}:
            return ""

        def shown(mark: re.Match[str]) -> str:
            position = int(mark[1]) - 1
            other = found.levels.get(position, level)
            value = counters[position]
            return _written(other.start if value is None else value, "decimal" if level.is_decimal else other.kind)

        text = re.sub(r"%([1-9])", shown, level.pattern).strip()
        return text if not text or text[-1] in _NEEDS_NO_GAP else f"{text} "


def _membership(paragraph: "Paragraph") -> tuple[str, int]:
    """The list and level of a paragraph: its own, else those of its style and the styles that one is based on."""
    own = paragraph._p.pPr
    number, level = _number_and_level(own)
    style: Any = paragraph.style
    for _ in range(_LONGEST_CHAIN):
        if style is None or (number and level is not None):
            break
        inherited, inherited_level = _number_and_level(style.element.find(f"{_W}pPr"))
        number, level = number or inherited, level if level is not None else inherited_level
        style = style.base_style
    return number, min(level or 0, _LEVELS - 1)


def _number_and_level(properties: Any) -> tuple[str, int | None]:
    found = properties.find(f"{_W}numPr") if properties is not None else None
    if found is None:
        return "", None
    level = _value(found, "ilvl")
    return _value(found, "numId"), int(level) if level.isdigit() else None


def _list_of_style(document: "Document", style_id: str, numbers: dict[str | None, Any]) -> str:
    style = next((one for one in document.styles.element if one.get(f"{_W}styleId") == style_id), None)
    number, _ = _number_and_level(style.find(f"{_W}pPr") if style is not None else None)
    return _value(numbers[number], "abstractNumId") if number in numbers else ""


def _level(element: Any) -> _Level:
    start = _value(element, "start")
    return _Level(
        _value(element, "numFmt") or "decimal",
        _value(element, "lvlText"),
        int(start) if start.isdigit() else 1,
        element.find(f"{_W}isLgl") is not None,
    )


def _level_of(element: Any) -> int:
    value = element.get(f"{_W}ilvl") or "0"
    return int(value) if value.isdigit() else 0


def _value(element: Any, name: str) -> str:
    found = element.find(f"{_W}{name}")
    return (found.get(f"{_W}val") or "") if found is not None else ""


def _written(number: int, kind: str) -> str:
    """A counter the way its level writes it."""
    if kind.startswith(("chinese", "japanese", "taiwanese")) or kind == "ideographDigital":
        # half of what the reading child takes to start, for the few documents that count in Chinese
        import cn2an

        return str(cn2an.an2cn(number))
    if kind.startswith("decimalEnclosedCircle") and number <= 20:
        return chr(0x2460 + number - 1)
    if kind == "decimalZero":
        return f"{number:02d}"
    if kind in {"upperLetter", "lowerLetter"}:
        letter = chr(65 + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if kind == "upperLetter" else letter.lower()
    if kind in {"upperRoman", "lowerRoman"}:
        return _roman(number) if kind == "upperRoman" else _roman(number).lower()
    if kind == "ideographTraditional":
        return _STEMS[(number - 1) % len(_STEMS)]
    if kind == "ideographZodiac":
        return _BRANCHES[(number - 1) % len(_BRANCHES)]
    return str(number)


def _roman(number: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        count, number = divmod(number, value)
        letters += letter * count
    return letters
