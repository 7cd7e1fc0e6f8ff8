"""Script tables → approved scripts with typed blanks."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from rapidfuzz import process

from assistant.material.columns import Recognised
from assistant.material.context import Context
from assistant.material.rows import Cells, Rows, read_rows
from assistant.material.values import moment, several, window_end
from assistant.shop import BLANK, VARIABLE_OF, Manner, Scene, Script, ScriptVariable, Stage
from knowledge.noun import Labelled
from knowledge.passage import Scope, ScopeLevel
from knowledge.reading.blocks import Table

Choice = TypeVar("Choice", bound=Labelled)
_SCOPE = re.compile(r"^(区域|门店)\s*[:：]\s*(\S+)$")
_BRAND = frozenset({"", "全品牌", "全部", "不限", "全国", "所有门店", "全部门店"})


def read_scripts(table: Table, columns: Recognised, context: Context) -> Rows[Script]:
    """Read scripts; one with an unknown blank, an open bracket or an unknown stage, scene or manner is left out."""
    return read_rows(table, columns, context, _one_script(context), identity="script")


def _one_script(context: Context) -> Callable[[Cells], Script | None]:
    def read(cells: Cells) -> Script | None:
        script_id, title, text = cells.need("script"), cells.need("title"), cells.need("text")
        stage, scene, manner = (
            _choice(cells, "stage", Stage),
            _choice(cells, "scene", Scene),
            _choice(cells, "manner", Manner),
        )
        variables = _variables(cells, text)
        scope = _scope(cells, context)
        valid_from, valid_to = _validity(cells)
        categories = several(cells.text("categories"))
        cells.known("categories", categories, context.categories, "品类")
        tiers = several(cells.text("tiers"))
        cells.known("tiers", tiers, frozenset(context.tiers) or None, "会员等级")
        if stage is None or scene is None or manner is None or cells.refused:
            return None
        return Script(
            script_id=script_id,
            title=title,
            stage=stage,
            scene=scene,
            manner=manner,
            text=text,
            variables=variables,
            keywords=several(cells.text("keywords")),
            categories=categories,
            scope=scope,
            dealers=several(cells.text("dealers")),
            tiers=tiers,
            version=context.version,
            valid_from=valid_from,
            valid_to=valid_to,
            cited=cells.cite(context),
        )

    return read


def _choice(cells: Cells, key: str, choices: type[Choice]) -> Choice | None:
    word = cells.need(key)
    found = next((choice for choice in choices if word in (choice.label, choice.value)), None)
    if word and found is None:
        label = cells.recognised.shown(key)
        cells.flag(key, f"没有“{word}”这个{label}", f"{label}请写成：{'、'.join(choice.label for choice in choices)}")
    return found


class Slip(NamedTuple):
    """Something wrong with the blanks of a text, in words a manager reads, and how to mend it."""

    span: str
    reason: str
    remedy: str


class Blanks(NamedTuple):
    """The blanks of a text in order of appearance, and what is wrong with them."""

    variables: tuple[ScriptVariable, ...]
    slips: tuple[Slip, ...]


def blanks_of(text: str) -> Blanks:
    """Read the blanks of a text; every one must be of the closed list, every bracket closed."""
    slips: list[Slip] = []
    rest = BLANK.sub("", text)
    if "【" in rest or "】" in rest:
        slips.append(Slip("【】", "内容里的【】没有成对", "请检查每个【都有对应的】"))
    found: list[ScriptVariable] = []
    for label in dict.fromkeys(BLANK.findall(text)):
        variable = VARIABLE_OF.get(label)
        if variable is None:
            slips.append(Slip(f"【{label}】", f"内容里的变量【{label}】不认识", _suggestion(label)))
        else:
            found.append(variable)
    return Blanks(tuple(found), tuple(slips))


def _variables(cells: Cells, text: str) -> tuple[ScriptVariable, ...]:
    blanks = blanks_of(text)
    for slip in blanks.slips:
        cells.flag("text", slip.reason, slip.remedy)
    return blanks.variables


def _suggestion(label: str) -> str:
    near = process.extractOne(label, list(VARIABLE_OF), score_cutoff=50) if label else None
    hint = f"是不是【{near[0]}】？" if near else ""
    return f"{hint}可用的变量有：{'、'.join(VARIABLE_OF)}"


def _scope(cells: Cells, context: Context) -> Scope:
    text = cells.text("scope")
    if text in _BRAND:
        return Scope()
    found = _SCOPE.match(text)
    if found is None:
        cells.flag("scope", f"看不懂适用范围“{text}”", "请写成 全品牌、区域:R01 或 门店:S001")
        return Scope()
    word, place = found.groups()
    stores = frozenset(context.stores) if context.stores is not None else None
    cells.known("scope", (place,), stores if word == "门店" else context.regions, word)
    return Scope(level=ScopeLevel.STORE if word == "门店" else ScopeLevel.REGION, id=place)


def _validity(cells: Cells) -> tuple[datetime | None, datetime | None]:
    valid_from, valid_to = cells.read("valid_from", moment), cells.read("valid_to", window_end)
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        reason = f"失效日期“{cells.text('valid_to')}”不晚于生效日期“{cells.text('valid_from')}”"
        cells.flag("valid_to", reason, "请核对两个日期")
    return valid_from, valid_to
