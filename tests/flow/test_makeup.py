"""What a text says is in a product and whom it suits, with its sign; and what it only mentions."""

import pytest

from assistant.flow.guard.claims.makeup import contents, listed_contents, suits
from assistant.flow.guard.claims.vocabulary import vocabulary

WORDS = vocabulary(("泛醇", "山茶籽油", "透明质酸钠"), ("油性头皮", "所有肤质"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("主要成分：泛醇、山茶籽油；不含：酒精、香精", ["+泛醇", "+山茶籽油", "-酒精", "-香精"]),
        ("配方里是泛醇和透明质酸钠", ["+泛醇", "+透明质酸"]),
        ("酒精、香精都没有添加", ["-酒精", "-香精"]),
        ("酒精一点都没加", ["-酒精"]),
        ("还加了烟酰胺", ["+烟酰胺"]),
        ("对烟酰胺过敏的话先别用", []),
        ("您介意酒精吗", []),
        ("有没有酒精", []),
        ("氨基酸洁面乳洗得干净", []),
        # 主要是 is no 要是
        ("里面主要是透明质酸钠、泛醇", ["+透明质酸", "+泛醇"]),
        ("要是泛醇、烟酰胺", []),
        ("不含的，泛醇是云朵面霜 第二代的主要成分之一", ["-泛醇"]),
        ("含的，泛醇是云朵面霜 第二代的主要成分之一", ["+泛醇"]),
    ],
)
def test_contents(text: str, values: list[str]) -> None:
    assert [one.value for one in contents(text, WORDS)] == values


def test_a_made_up_member_of_a_list_is_found() -> None:
    assert [one.value for one in listed_contents("主要成分有泛醇、星尘肽因子", WORDS)] == ["+星尘肽因子"]
    assert [one.value for one in listed_contents("里面主要是泛醇、星尘肽因子", WORDS)] == ["+星尘肽因子"]
    assert list(listed_contents("主要是保湿、滋润", WORDS)) == []
    assert list(listed_contents("泛醇是主要成分之一", WORDS)) == []
    assert list(listed_contents("含有运费8元", WORDS)) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("适合：敏感肌、干性；不适合：油皮", ["+敏感肌", "+干皮", "-油皮"]),
        ("它适合所有肤质", ["+所有肤质"]),
        ("适合云朵面霜的是敏感肌、油皮", ["+敏感肌", "+油皮"]),
        ("不适合云朵面霜的是敏感肌", ["-敏感肌"]),
        ("敏感肌也能用", ["+敏感肌"]),
        ("孕妇也可以放心用", ["+孕妇"]),
        ("术后照样用", ["+术后"]),
        ("敏感肌不建议用", ["-敏感肌"]),
        ("敏感肌请先在耳后试用", []),
        ("敏感肌能用吗", []),
        ("油皮的话可以说说", []),
        ("未标注油皮", []),
        ("您是干皮的话", ["=干皮"]),
        ("油性头皮、干皮看这款", ["+油性头皮", "+干皮"]),
    ],
)
def test_whom_it_suits(text: str, values: list[str]) -> None:
    assert [one.value for one in suits(text, WORDS)] == values
