"""Scripts: only known blanks, closed brackets and the closed lists of stage, scene and manner."""

from datetime import UTC, datetime

import pytest

from assistant.material.scripts import read_scripts
from assistant.shop import Manner, Scene, ScriptVariable, Stage
from knowledge.passage import Scope, ScopeLevel

from .tables import run, table, told

COLUMNS = ["话术编号", "标题", "阶段", "场景", "风格", "内容", "关键词", "适用品类", "适用范围", "生效日期", "失效日期"]
PLAIN = {
    "话术编号": "H1",
    "标题": "问价",
    "阶段": "价格优惠",
    "场景": "私聊",
    "风格": "简短",
    "内容": "【客户称呼】，【产品名】现在【价格】，【产品名】有货。",
    "关键词": "贵、价格",
    "适用范围": "全品牌",
}


def read(**fields):
    given = PLAIN | fields
    made = table("|".join(COLUMNS), "|".join(given.get(name, "") for name in COLUMNS), file="scripts.xlsx")
    return run(read_scripts, made)


def test_a_whole_script():
    rows = read(适用品类="防晒", 适用范围="门店：S001", 生效日期="2026-01-01", 失效日期="2026-12-31")
    assert rows.problems == ()
    script = rows.good[0]
    assert (script.stage, script.scene, script.manner) == (Stage.PRICE, Scene.PRIVATE, Manner.BRIEF)
    assert script.variables == (ScriptVariable.CUSTOMER, ScriptVariable.PRODUCT, ScriptVariable.PRICE)
    assert script.keywords == ("贵", "价格")
    assert script.scope == Scope(level=ScopeLevel.STORE, id="S001")
    assert script.valid_from == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert script.valid_to == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_every_blank_of_the_closed_list_is_known():
    text = "".join(f"【{variable.label}】" for variable in ScriptVariable)
    assert read(内容=text).good[0].variables == tuple(ScriptVariable)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"内容": "这支【颜色】很好看"}, "内容", "【颜色】"),
        ({"内容": "【】您好"}, "内容", "【】"),
        ({"内容": "【客户称呼您好"}, "内容", "成对"),
        ({"内容": "客户称呼】您好"}, "内容", "成对"),
        ({"内容": "【客户【称呼】】您好"}, "内容", "成对"),
        ({"内容": ""}, "内容", "没有填"),
        ({"阶段": "临门一脚"}, "阶段", "临门一脚"),
        ({"场景": "朋友圈"}, "场景", "朋友圈"),
        ({"风格": "霸气"}, "风格", "霸气"),
        ({"适用范围": "华东"}, "适用范围", "华东"),
        ({"适用范围": "门店:S099"}, "适用范围", "S099"),
        ({"适用品类": "家电"}, "适用品类", "家电"),
        ({"生效日期": "2026-12-01", "失效日期": "2026-11-01"}, "失效日期", "不晚于"),
    ],
)
def test_a_script_that_cannot_be_filled_is_left_out(fields, field, words):
    rows = read(**fields)
    assert rows.good == ()
    severity, row, name, reason = told(rows)[0]
    assert (severity, row, name) == ("error", 3, field)
    assert words in reason


def test_a_nearly_right_blank_is_suggested():
    assert "是不是【产品名】？" in read(内容="【产品名称】很好").problems[0].remedy
