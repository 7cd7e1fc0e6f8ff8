"""Tasks as tau2-bench keeps them: a user with a reason to write, what must be done, and what she must be told.

Where the task brings its messages, those are replayed; else the reason for writing stands for them, and a note says that
nobody spoke these words. Arguments of actions that name our goods, coupons or customers become expectations.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases.reading import BadCase
from eval.foreign.making import Item, Making, warn_of_personal

_LISTS = ("tasks", "data", "items")
_COUPON_WORDS = ("coupon", "voucher", "券", "优惠")


def read(path: Path, making: Making) -> None:
    """Take in every task; raises BadCase where the file is no list of tasks."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BadCase(
            f"{path.name}：第{error.lineno}行不是 JSON（{error.msg}）；请从 tau2 原样导出 tasks.json"
        ) from error
    if isinstance(content, dict):
        content = next((content[name] for name in _LISTS if isinstance(content.get(name), list)), [content])
    if not isinstance(content, list):
        raise BadCase(f"{path.name}：要的是任务的列表，或者放在 tasks 下面")
    for number, task in enumerate(content, start=1):
        where = f"第{number}题"
        if not isinstance(task, dict):
            making.problem(where, "", "不是一个任务", "每题要有 user_scenario 和 evaluation_criteria")
            continue
        _take(where, task, making)


def _take(where: str, task: Mapping[str, Any], making: Making) -> None:
    name = str(task.get("id") or "")
    description = task.get("description")
    purpose = description.get("purpose") if isinstance(description, dict) else description
    item = Item(where, name=f"task-{name}" if name and len(name) < 3 else name, title=str(purpose or "").strip()[:60])
    said = _messages(task)
    if not said:
        reason = _reason(task, item)
        if not reason:
            making.problem(
                where,
                "user_scenario.instructions.reason_for_call",
                "没有写为什么来",
                "请写清要问什么，或者带上 initial_state.message_history",
            )
            return
        item.note("user_scenario", "原来只有场景说明，没有原话，请改成导购会发来的话")
        said = [(reason,)]
    expect = _expectations(_dict(task.get("evaluation_criteria")), making, item)
    item.turns = [*((text, {}) for text in said[:-1]), (said[-1], expect)]
    for key, value in task.items():
        if key not in ("id", "description", "user_scenario", "initial_state", "evaluation_criteria") and value:
            item.note(key, _words(value))
    if isinstance(description, dict):
        for key in sorted(set(description) - {"purpose"}):
            if description[key]:
                item.note(f"description.{key}", _words(description[key]))
    state = _dict(task.get("initial_state"))
    for key in sorted(set(state) - {"message_history"}):
        if state[key]:
            item.note(f"initial_state.{key}", "要先放好的数据没有带进来，可以改写成 given")
    warn_of_personal(item)
    making.add(item)


def _messages(task: Mapping[str, Any]) -> list[tuple[str, ...]]:
    history = _dict(task.get("initial_state")).get("message_history") or task.get("messages")
    listed = history if isinstance(history, list) else []
    return [
        (str(one["content"]),)
        for one in listed
        if isinstance(one, dict) and one.get("role") == "user" and str(one.get("content") or "").strip()
    ]


def _reason(task: Mapping[str, Any], item: Item) -> str:
    scenario = task.get("user_scenario")
    if isinstance(scenario, str):
        return scenario.strip()
    told = _dict(scenario)
    instructions = told.get("instructions", task.get("instruction"))
    if told.get("persona"):
        item.note("persona", _words(told["persona"]))
    if isinstance(instructions, str):
        return instructions.strip()
    given = _dict(instructions)
    for key in ("task_instructions", "known_info", "unknown_info"):
        if given.get(key):
            item.note(key, _words(given[key]))
    return str(given.get("reason_for_call") or "").strip()


def _expectations(criteria: Mapping[str, Any], making: Making, item: Item) -> dict[str, Any]:
    expect: dict[str, Any] = {}
    basis = [str(one).upper() for one in criteria.get("reward_basis") or ()]
    told = [str(one) for one in criteria.get("communicate_info") or () if str(one).strip()]
    if told and (not basis or "COMMUNICATE" in basis):
        expect["says"] = told
    elif told:
        item.note("communicate_info", f"原来不计分：{'、'.join(told)}")
    for one in criteria.get("nl_assertions") or ():
        item.note("要人或评委模型来看", _words(one))
    for action in criteria.get("actions") or ():
        if not _took(_dict(action), expect, making):
            item.note("动作", _words({key: value for key, value in _dict(action).items() if value}))
    for key in sorted(set(criteria) - {"reward_basis", "communicate_info", "nl_assertions", "actions"}):
        if criteria[key]:
            item.note(key, _words(criteria[key]))
    return expect


def _took(action: Mapping[str, Any], expect: dict[str, Any], making: Making) -> bool:
    """Make expectations of the arguments that are ours; False where the action says nothing we can look at."""
    holdings, took = making.holdings, False
    if holdings is None or action.get("requestor") == "user":
        return False
    about_coupons = any(word in str(action.get("name", "")).lower() for word in _COUPON_WORDS)
    for value in _values(action.get("arguments")):
        if value in holdings.skus:
            expect["products"] = tuple(dict.fromkeys((*expect.get("products", ()), value)))
        elif value in holdings.coupons and about_coupons:
            expect["coupons"] = tuple(dict.fromkeys((*expect.get("coupons", ()), value)))
        elif any(value == customer for _, customer in holdings.customers):
            expect["customer"] = value
        else:
            continue
        took = True
    return took


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _values(one)
    elif isinstance(value, list):
        for one in value:
            yield from _values(one)
    elif isinstance(value, (str, int)):
        yield str(value)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
