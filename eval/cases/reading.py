"""Reading cases from YAML or JSONL, with errors a non-programmer can act on: file, case, line of thought, remedy."""

import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from eval.cases.case import Case, CaseTurn, Expect, Tags, WantedPassage


class BadCase(Exception):
    """A dialogue file does not fit; the text names file, case, field and remedy in Chinese, one problem a line."""


_NOUNS: dict[str, type[BaseModel]] = {"expect": Expect, "tags": Tags, "turns": CaseTurn, "passages": WantedPassage}
_WORDS = {
    "missing": "少了这一项，请补上",
    "string_too_short": "写得太短",
    "too_short": "至少要有一条",
    "string_pattern_mismatch": "只能用小写字母、数字和短横线，3 到 61 个字",
    "tuple_type": "要写成列表，每行前面一个短横线，或者放进方括号",
    "string_type": "要写成文字，数字请加引号",
    "bool_type": "只能写 true 或 false",
    "bool_parsing": "只能写 true 或 false",
    "dict_type": "要写成「名称: 值」的形式",
    "model_type": "要写成「名称: 值」的形式",
    "datetime_from_date_parsing": "时间请写成 2026-11-22T10:00",
    "datetime_parsing": "时间请写成 2026-11-22T10:00",
}


def read_cases(*places: Path) -> tuple[Case, ...]:
    """Read every case of these files and folders, by id; raises BadCase with every problem there is."""
    read: list[tuple[Case, Path]] = []
    problems: list[str] = []
    for path in _files(places):
        for number, content, trouble in _contents(path):
            where = path.name if number == 0 else f"{path.name} 第{number}段"
            if trouble:
                problems.append(f"{where}：{trouble}")
                continue
            try:
                read.append((Case.model_validate(content), path))
            except ValidationError as error:
                problems += [f"{where}：{problem}" for problem in problems_of(error, content)]
    problems += _twice(read)
    if problems:
        raise BadCase("\n".join(problems))
    return tuple(sorted((case for case, _ in read), key=lambda case: case.id))


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if not place.exists():
            raise BadCase(f"{place}：没有这个文件或文件夹")
        yield from (
            sorted(one for one in place.rglob("*") if one.suffix in (".yaml", ".yml", ".jsonl"))
            if (place.is_dir())
            else (place,)
        )


def _contents(path: Path) -> Iterator[tuple[int, Any, str]]:
    """Every case of a file as it was written, with its number where there are several, or what is wrong with it."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    yield number, json.loads(line), ""
                except json.JSONDecodeError as error:
                    yield number, None, f"这一行不是 JSON（第 {error.colno} 个字附近）"
        return
    try:
        documents = [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one is not None]
    except yaml.YAMLError as error:
        yield 0, None, f"YAML 格式不对（{error}）"
        return
    for number, document in enumerate(documents, start=1):
        yield number if len(documents) > 1 else 0, document, ""


def _twice(read: list[tuple[Case, Path]]) -> Iterator[str]:
    first: dict[str, Path] = {}
    for case, path in read:
        if case.id in first:
            yield f"{path.name}：编号 {case.id} 在 {first[case.id].name} 里已经用了，每段对话的 id 要不一样"
        first.setdefault(case.id, path)


def problems_of(error: ValidationError, content: Any) -> Iterator[str]:
    """Everything that does not fit a case, each with its field and what to write instead."""
    name = content.get("id", "") if isinstance(content, dict) else ""
    said = f"（{name}）" if name else ""
    for problem in error.errors():
        where = ".".join(str(step) for step in problem["loc"]) or "整段"
        yield f"字段 {where} 不对{said}：{_remedy(problem)}"


def _remedy(problem: ErrorDetails) -> str:
    kind, key = problem["type"], str(problem["loc"][-1]) if problem["loc"] else ""
    if kind == "extra_forbidden":
        return f"没有「{key}」这一项{_nearest(key, _keys_beside(problem))}"
    if kind == "enum":
        allowed = str(problem.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        return f"没有「{problem['input']}」{_nearest(str(problem['input']), allowed)}；可以写：{'、'.join(allowed)}"
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    return _WORDS.get(kind, str(problem["msg"]))


def _keys_beside(problem: ErrorDetails) -> list[str]:
    above = [str(step) for step in problem["loc"][:-1] if isinstance(step, str)]
    noun = _NOUNS.get(above[-1], Case) if above else Case
    return list(noun.model_fields)


def _nearest(word: str, allowed: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(allowed), n=1)
    return f"，是不是想写「{near[0]}」" if near else ""
