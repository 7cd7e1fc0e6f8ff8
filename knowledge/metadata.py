"""What a document says about itself: title, kind, scope, validity and version."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import TypeVar
from zoneinfo import ZoneInfo

from knowledge.passage import DocumentKind, Scope, ScopeLevel
from knowledge.reading.blocks import BlockKind, ProblemLevel, Reading, ReadingProblem

Value = TypeVar("Value")
SHANGHAI = ZoneInfo("Asia/Shanghai")
# lines such as 版本：3 further down belong to the text, not to the document
_NEAR_THE_TOP = 15
_LABELS = {
    "适用范围": "scope",
    "适用门店": "scope",
    "适用区域": "scope",
    "有效期": "validity",
    "有效期限": "validity",
    "活动时间": "validity",
    "活动日期": "validity",
    "执行时间": "validity",
    "生效日期": "valid_from",
    "生效时间": "valid_from",
    "施行日期": "valid_from",
    "失效日期": "valid_to",
    "截止日期": "valid_to",
    "版本": "version",
    "版本号": "version",
    "文件类型": "kind",
    "资料类型": "kind",
}
_KEYS = {
    **_LABELS,
    "标题": "title",
    "类型": "kind",
    **{key: key for key in ("title", "kind", "scope", "valid_from", "valid_to", "version")},
}
_FOLDERS = (
    ("政策", DocumentKind.POLICY),
    ("制度", DocumentKind.POLICY),
    ("活动", DocumentKind.CAMPAIGN),
    ("培训", DocumentKind.TRAINING),
    ("话术", DocumentKind.SCRIPT),
    ("商品", DocumentKind.PRODUCT),
    ("产品", DocumentKind.PRODUCT),
)
_LINE = re.compile(rf"^(?P<label>{'|'.join(sorted(_LABELS, key=len, reverse=True))})\s*[:：]\s*(?P<value>.*)$")
_NEXT_LABEL = re.compile(rf"[\s;；|｜,，、]+(?=(?:{'|'.join(sorted(_LABELS, key=len, reverse=True))})\s*[:：])")
_DATE = re.compile(r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?")
_UNTIL = re.compile(r"(?:至|到|止|截止|截至|[-~～—–])\s*$")
_AFTER_UNTIL = re.compile(r"^\s*(?:止|前|截止|为止|失效)")
_OPEN_ENDED = re.compile(r"长期|永久|不限|持续有效")
_SCOPE_ID = re.compile(r"^(?P<level>全品牌|品牌|区域|门店|brand|region|store)\s*(?:[:：]\s*(?P<id>[\w-]+))?$")
_BRAND_WIDE = frozenset({"全品牌", "品牌", "全国", "全国门店", "全部门店", "所有门店", "brand"})
_LEVELS = {"区域": ScopeLevel.REGION, "region": ScopeLevel.REGION, "门店": ScopeLevel.STORE, "store": ScopeLevel.STORE}


@dataclass(frozen=True, slots=True)
class Metadata:
    """A document's own particulars.

    ``valid_from`` is inclusive, ``valid_to`` exclusive, both aware UTC; None means open. Files name the last day
    itself, so ``valid_to`` is the midnight after it in Shanghai.
    """

    title: str
    kind: DocumentKind
    scope: Scope = Scope()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = 1
    problems: tuple[ReadingProblem, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the particulars could be read; a document with an unclear scope must not be published."""
        return not any(problem.level is ProblemLevel.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class _Window:
    """First and last day as written, both inclusive."""

    first: date | None = None
    last: date | None = None


class _Unclear(ValueError):
    """A value was given but cannot be understood; carries the Chinese reason."""


def is_metadata_line(text: str) -> bool:
    """Say whether a line only states scope, validity or version (``适用范围：全品牌``)."""
    return all(_LINE.match(part) for line in text.splitlines() for part in _parts(line))


def find_metadata(
    reading: Reading,
    overrides: Mapping[str, str] | None = None,
    *,
    places: Mapping[str, Scope] | None = None,
) -> Metadata:
    """Collect the particulars of a document.

    The strongest source wins, field by field: ``overrides`` (title, kind, scope, valid_from, valid_to, version, or
    the Chinese labels), then the file's front matter, then lines near its top (``有效期：2026-01-01 至 2026-12-31``),
    then its folder's name for the kind. ``places`` lets people write 华东 or a store's name instead of ``区域:R01``.
    What cannot be understood is reported as an error and leaves the document unusable rather than brand-wide.
    """
    values = _top_lines(reading) | _known(reading.front_matter) | _known(overrides or {})
    problems: list[ReadingProblem] = []
    title = values.get("title") or reading.title
    kind = _settle(problems, reading, "类型", _kind, values.get("kind", ""), _folder_kind(reading.file))
    named = places or {}
    scope = _settle(problems, reading, "适用范围", lambda text: _scope(text, named), values.get("scope", ""), Scope())
    version = _settle(problems, reading, "版本", _version, values.get("version", ""), 1)
    window = _settle(problems, reading, "有效期", _window, values.get("validity", ""), _Window())
    first = _settle(problems, reading, "生效日期", _day, values.get("valid_from", ""), window.first)
    last = _settle(problems, reading, "失效日期", _day, values.get("valid_to", ""), window.last)
    if first and last and last < first:
        problems.append(_problem(reading, f"有效期在 {last} 结束，比开始的 {first} 还早", "请改正有效期"))
    return Metadata(
        title=title,
        kind=kind,
        scope=scope,
        valid_from=_midnight(first) if first else None,
        valid_to=_midnight(last + timedelta(days=1)) if last else None,
        version=version,
        problems=tuple(problems),
    )


def _settle(
    problems: list[ReadingProblem],
    reading: Reading,
    label: str,
    parse: Callable[[str], Value],
    text: str,
    default: Value,
) -> Value:
    """Parse one value when given; an unclear one is reported and the default stands in."""
    if not text:
        return default
    try:
        return parse(text)
    except _Unclear as unclear:
        problems.append(_problem(reading, f"{label}“{text[:40]}”{unclear}", _REMEDIES[label]))
        return default


_REMEDIES = {
    "类型": "请写：商品、政策、话术、活动、培训 之一",
    "适用范围": "请写：全品牌，或 区域:R01、门店:S001 这样的一个编码",
    "版本": "请写数字，例如 版本：2",
    "有效期": "请写成 有效期：2026-01-01 至 2026-12-31",
    "生效日期": "请写成 2026-01-01",
    "失效日期": "请写成 2026-12-31",
}


def _problem(reading: Reading, reason: str, remedy: str) -> ReadingProblem:
    return ReadingProblem(reading.file, "文件开头", reason, remedy)


def _known(values: Mapping[str, str]) -> dict[str, str]:
    return {_KEYS[key]: str(value).strip() for key, value in values.items() if key in _KEYS and str(value).strip()}


def _top_lines(reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in reading.blocks[:_NEAR_THE_TOP]:
        if block.kind is BlockKind.QA:
            continue
        for line in block.text.splitlines():
            for part in _parts(line):
                if matched := _LINE.match(part):
                    found.setdefault(_LABELS[matched["label"]], matched["value"].strip(" 。；;"))
    return found


def _parts(line: str) -> Sequence[str]:
    """Several particulars may share one line: ``适用范围：全品牌　版本：3``; brackets around them are decoration."""
    return [part.strip() for part in _NEXT_LABEL.split(line.strip().strip("「」【】[]"))]


def _folder_kind(file: str) -> DocumentKind:
    """The nearest folder that names a kind decides, then the file's own name; plain files are policy."""
    path = PurePosixPath(file)
    for name in (*reversed(path.parent.parts), path.stem):
        for word, kind in _FOLDERS:
            if word in name:
                return kind
    return DocumentKind.POLICY


def _kind(text: str) -> DocumentKind:
    for kind in DocumentKind:
        if text.lower() in {kind.value, kind.label}:
            return kind
    for word, kind in _FOLDERS:
        if word in text:
            return kind
    raise _Unclear("认不出来")


def _scope(text: str, places: Mapping[str, Scope]) -> Scope:
    text = text.strip()
    if text in places:
        return places[text]
    if text in _BRAND_WIDE:
        return Scope()
    found = _SCOPE_ID.match(text)
    if not found or found["level"] not in _LEVELS or not found["id"]:
        raise _Unclear("认不出来；范围不清的资料不会发布")
    return Scope(level=_LEVELS[found["level"]], id=found["id"])


def _version(text: str) -> int:
    found = re.search(r"\d+", text)
    if not found:
        raise _Unclear("里没有数字")
    return int(found.group())


def _day(text: str) -> date | None:
    if _OPEN_ENDED.search(text):
        return None
    days = _days(text)
    if len(days) != 1:
        raise _Unclear("不是一个日期")
    return days[0]


def _window(text: str) -> _Window:
    if _OPEN_ENDED.search(text) and not _DATE.search(text):
        return _Window()
    days = _days(text)
    if len(days) == 2:
        return _Window(days[0], days[1])
    if len(days) != 1:
        raise _Unclear("看不出起止日期")
    found = _DATE.search(text)
    if found and (_UNTIL.search(text[: found.start()]) or _AFTER_UNTIL.match(text[found.end() :])):
        return _Window(None, days[0])
    return _Window(days[0], None)


def _days(text: str) -> list[date]:
    days = []
    for found in _DATE.finditer(text):
        try:
            days.append(date(int(found["year"]), int(found["month"]), int(found["day"])))
        except ValueError:
            raise _Unclear(f"里的 {found.group().strip()} 不是真实存在的日期") from None
    return days


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
