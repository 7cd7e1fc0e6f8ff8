"""Sets of questions with reference answers, as RAGAS, DeepEval and their like keep them: JSON, or JSON lines.

A question becomes what the guide asks, a piece of the material it was taken from becomes a wanted passage where the shop
has it. A reference answer is somebody's wording: it stands above the case, and nobody compares it word by word.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.cases.case import WantedPassage
from eval.cases.reading import BadCase
from eval.foreign.making import Item, Making, warn_of_personal

_LISTS = ("samples", "test_cases", "goldens", "examples", "data", "questions", "conversational_goldens", "items")
_QUESTION = ("user_input", "question", "input", "query", "prompt", "问题")
_NAME = ("id", "name", "sample_id", "question_id", "编号")
_ANSWER = ("reference", "expected_output", "ground_truth", "ground_truths", "answers", "expected_outcome", "参考答案")
_TAUGHT = ("reference_contexts", "context", "参考段落")
_FOUND = ("retrieved_contexts", "retrieval_context", "contexts")
_ITS_OWN = {
    "response": "另一个系统的回答",
    "actual_output": "另一个系统的回答",
    "answer": "另一个系统的回答",
    "generated_answer": "另一个系统的回答",
    "rubrics": "给评委模型的评分说明",
    "rubric": "给评委模型的评分说明",
    "expected_tools": "要调用的工具",
    "tools_called": "调用过的工具",
    "reference_tool_calls": "要调用的工具",
    "reference_topics": "要谈到的话题",
    "scenario": "场景说明",
    "user_description": "客户的人设",
    "comments": "备注",
}
_TAGS = ("stage", "scene", "intent", "category", "difficulty", "risk")


def read(path: Path, making: Making) -> None:
    """Take in every question; raises BadCase where the file is no list of them."""
    for number, one in enumerate(_items(path, making), start=1):
        where = f"第{number}题"
        if not isinstance(one, dict):
            making.problem(where, "", "不是「名称: 值」的形式", '每题要像 {"user_input": "…", "reference": "…"}')
            continue
        _take(where, one, making)


def _items(path: Path, making: Making) -> list[Any]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".jsonl":
        return _lines(text, making)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadCase(
            f"{path.name}：第{error.lineno}行不是 JSON（{error.msg}）；一行一题的文件请用 .jsonl 结尾"
        ) from error
    if isinstance(content, dict):
        lists = [content[name] for name in _LISTS if isinstance(content.get(name), list)]
        columns = {name: value for name, value in content.items() if isinstance(value, list)}
        if lists:
            return [one for listed in lists for one in listed]
        if any(name in columns for name in _QUESTION):
            # a data set turned on its side: a list for each column
            return [dict(zip(columns, row, strict=False)) for row in zip(*columns.values(), strict=False)]
        if any(name in content for name in _QUESTION):
            return [content]
    if not isinstance(content, list):
        raise BadCase(f"{path.name}：没有题目的列表；可以是一个列表，或者放在 {'、'.join(_LISTS[:4])} 下面")
    return content


def _lines(text: str, making: Making) -> list[Any]:
    read: list[Any] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            read.append(json.loads(line))
        except json.JSONDecodeError as error:
            making.problem(f"第{number}行", "", f"不是 JSON（第 {error.colno} 个字附近）", "请一行写一个完整的题目")
    return read


def _take(where: str, one: Mapping[str, Any], making: Making) -> None:
    item = Item(where, name=str(_first(one, _NAME) or ""), tags={name: one[name] for name in _TAGS if one.get(name)})
    used = {name for name in (*_NAME, *_TAGS) if name in one}
    said, asked = _said(one)
    if not said:
        making.problem(where, "user_input", "没有写要问的话", f"请写在 {'、'.join(_QUESTION[:4])} 任何一项里")
        return
    expect: dict[str, Any] = {}
    passages = _passages(one, making, item)
    if passages:
        expect["passages"] = [passage.model_dump(mode="json") for passage in passages]
    item.turns = [*((text, {}) for text in said[:-1]), (said[-1], expect)]
    for name in _ANSWER:
        if one.get(name):
            item.note("参考答案", _words(one[name]))
    for name, what in _ITS_OWN.items():
        if one.get(name):
            item.note(what, _words(one[name]))
    used |= {asked, *_ANSWER, *_ITS_OWN, *_TAUGHT, *_FOUND}
    for name, value in one.items():
        if name not in used and value not in (None, "", [], {}):
            item.note(name, _words(value))
    warn_of_personal(item)
    making.add(item)


def _said(one: Mapping[str, Any]) -> tuple[list[tuple[str, ...]], str]:
    """What is asked, and the name it was found under; of a chat, what the user says."""
    for name in (*_QUESTION, "turns", "messages"):
        value = one.get(name)
        if isinstance(value, (str, int, float)) and str(value).strip():
            return [(str(value),)], name
        if isinstance(value, list):
            chat: list[tuple[str, ...]] = [
                (str(turn["content"]),)
                for turn in value
                if isinstance(turn, dict)
                and turn.get("content")
                and turn.get("role", turn.get("type", "user")) in ("user", "human", "customer")
            ]
            if chat:
                return chat, name
    return [], ""


def _passages(one: Mapping[str, Any], making: Making, item: Item) -> list[WantedPassage]:
    """The passages of the shop that the pieces of material come from; only the pieces meant to be right count fully."""
    meant = _texts(_first(one, _TAUGHT))
    found = [] if meant else _texts(_first(one, _FOUND))
    if meant and _texts(_first(one, _FOUND)):
        item.note("它检索到的段落", f"{len(_texts(_first(one, _FOUND)))} 段，没有当成要求")
    if found:
        item.note("它检索到的段落", "没有写参考段落，先拿检索到的当要求，请核对")
    wanted: list[WantedPassage] = []
    for text in (*meant, *found):
        like = making.holdings.like(text) if making.holdings is not None else None
        if like is None:
            item.note("参考段落", f"店里的资料没有这一段：{text}")
        elif like not in wanted:
            wanted.append(like)
    return wanted


def _first(one: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((one[name] for name in names if one.get(name)), None)


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value] if value else []
    return [text for text in (one if isinstance(one, str) else _words(one) for one in listed) if text.strip()]


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
