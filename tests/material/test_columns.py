"""Which table is this, and which header is which column."""

import pytest

from assistant.material.columns import COLUMNS, TableKind, column_problems, plain_header, recognise

from .tables import table


def headers(*names, file="上传.xlsx"):
    return table("|".join(names), file=file)


@pytest.mark.parametrize("kind", list(TableKind))
def test_our_own_headers_are_recognised_whole(kind):
    names = [column.label for column in COLUMNS[kind]]
    found = recognise(headers(*names))
    assert found.kind is kind
    assert (found.missing, found.unknown, found.guessed) == ((), (), ())
    assert set(found.columns) == {column.key for column in COLUMNS[kind]}


@pytest.mark.parametrize("kind", list(TableKind))
def test_no_name_means_two_columns_of_one_table(kind):
    names = [plain_header(name) for column in COLUMNS[kind] for name in {column.label, *column.synonyms}]
    assert [name for name in names if names.count(name) > 1] == []


def test_units_marks_and_case_do_not_matter():
    found = recognise(headers("*SKU", "商品名称（必填）", "售价（元）", "品 类"))
    assert found.columns == {"sku": "*SKU", "name": "商品名称（必填）", "price": "售价（元）", "category": "品 类"}


def test_synonyms_and_the_shops_own_mapping():
    made = headers("货号", "品名", "VIP价", "类目", "功率")
    found = recognise(made, {"售价(元)": "VIP价"})
    assert found.kind is TableKind.PRODUCTS
    assert found.columns["price"] == "VIP价"
    assert found.unknown == ("功率",)


def test_the_mapping_wins_over_the_usual_name():
    found = recognise(headers("商品编码", "商品名称", "售价", "会员价"), {"售价(元)": "会员价"})
    assert found.columns["price"] == "会员价"
    assert found.unknown == ("售价",)


def test_a_mapped_header_that_is_not_there_is_reported():
    made = headers("商品编码", "商品名称", "售价")
    problems = column_problems(made, recognise(made, {"品类": "大类"}))
    assert [(one.severity.value, one.field) for one in problems] == [("warning", "大类")]


def test_a_near_header_is_taken_with_a_warning():
    made = headers("订单号", "客户ID号", "下单时间", "商品编码", "数量", "实付金额", file="订单.csv")
    found = recognise(made)
    assert found.columns["customer"] == "客户ID号"
    assert "按“客户ID”读取" in column_problems(made, found)[0].reason


@pytest.mark.parametrize("header", ["参加优惠", "适用"])
def test_a_header_of_the_opposite_sense_is_never_taken_for_another(header):
    found = recognise(headers("商品编码", "商品名称", "售价", header))
    assert found.unknown == (header,)


def test_a_missing_required_column_names_the_remedy():
    made = headers("商品编码", "商品名称", "品类", "规格", file="新品补录.xlsx")
    found = recognise(made)
    assert (found.kind, found.missing) == (TableKind.PRODUCTS, ("售价(元)",))
    problem = column_problems(made, found)[0]
    assert (problem.row, problem.field, problem.severity.value) == (2, "售价(元)", "error")
    assert "shop.yaml" in problem.remedy


def test_a_table_of_another_trade_is_not_forced_into_a_kind():
    made = headers("会议主题", "时间", "参会人", "纪要")
    found = recognise(made)
    assert found.kind is None
    assert "看不出" in column_problems(made, found)[0].reason


def test_the_offices_notes_and_costs_are_unknown_but_not_extra():
    found = recognise(headers("商品编码", "商品名称", "售价", "功率", "备注", "成本价", "供应商"))
    assert found.extra == ("功率",)
