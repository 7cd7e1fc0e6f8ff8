"""Rules are read out the way a person reads them, with every word and figure kept."""

import pytest

from assistant.flow.words.wording import quoted


@pytest.mark.parametrize(
    ("statement", "read_out"),
    [
        ("未开封商品：自购买次日起 15 天内，可以退货。", "未开封商品，自购买次日起15天内，可以退货。"),
        ("满 99 元包邮", "满99元包邮。"),
        ("收货地区：西南；发货后几天到：4 天；说明：由华东仓发出", "西南，发货后几天到：4天（由华东仓发出）。"),
        ("客服电话：工作日 9 点到 18 点", "客服电话，工作日9点到18点。"),
    ],
)
def test_a_rule_is_read_out(statement: str, read_out: str) -> None:
    assert quoted((statement,)) == read_out


def test_several_rules_make_one_sentence() -> None:
    assert quoted(("未拆封可以退。", "已拆封的看质量。")) == "未拆封可以退；已拆封的看质量。"
