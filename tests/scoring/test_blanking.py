"""A sent text turned back into a template, and what keeps it from being one."""

import pytest

from assistant.scoring.blanking import Known, blanked, template
from assistant.shop import ScriptVariable
from knowledge.people import people

KNOWN = (
    Known(ScriptVariable.CUSTOMER, "沈姐"),
    Known(ScriptVariable.PRODUCT, "晨露舒缓面霜"),
    Known(ScriptVariable.SPEC, "50ml"),
    Known(ScriptVariable.PRICE, "¥298"),
    Known(ScriptVariable.PRICE, "298元"),
    Known(ScriptVariable.COUPON, "面霜满250减30"),
    Known(ScriptVariable.TIER, "金卡"),
    Known(ScriptVariable.COUPON, "金卡10元代金券"),
)


def test_what_the_records_filled_in_becomes_blank_again() -> None:
    text = "沈姐，晨露舒缓面霜50ml今天298元，用「面霜满250减30」，喜欢就跟我说。"
    assert template(text, KNOWN) == ("【客户称呼】，【产品名】【规格】今天【价格】，用【优惠券】，喜欢就跟我说。", "")


def test_the_longest_words_go_first_and_a_blank_stays_one() -> None:
    assert blanked("用金卡10元代金券，金卡会员", KNOWN) == "用【优惠券】，【会员等级】会员"
    assert blanked("【价格】金卡", [*KNOWN, Known(ScriptVariable.POINT, "价格")]) == "【价格】【会员等级】"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("喜欢就打13800002222找我，随时都在", "里面有号码或地址"),
        ("王丽女士您好，今天有空过来看看吗", "里面有人名"),
        ("小葵您好，今天有空过来看看吗", "里面有人名"),
        ("林晓给您留意着，今天有空过来看看吗", "里面有人名"),
        ("今天只要199元，喜欢就跟我说", "里面有写死的数字（199元）"),
        ("签收15天内可以退，您放心挑", "里面有写死的数字（15天）"),
        ("沈姐，晨露舒缓面霜298元", "去掉变量就没有几个字了"),
    ],
)
def test_what_belongs_into_no_template(text: str, why: str) -> None:
    known_people = people((("", "小葵"), ("", "林晓")))
    assert template(text, KNOWN, people=known_people).left == why


def test_a_figure_that_the_script_had_already_stays() -> None:
    text = "签收7天内没拆封都可以退，您慢慢挑"
    assert template(text, KNOWN, own="签收7天内可以退").left == ""
    assert template(text, KNOWN).left
