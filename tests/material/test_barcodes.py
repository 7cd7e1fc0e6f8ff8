"""Barcodes at load: whole, check digit right, one product each; what is wrong is said and the product stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.barcode import check_digit, comparable, is_barcode
from assistant.material.products import BARCODE_TAKEN, read_products
from assistant.material.values import BadValue, barcode

from .tables import SHOP, run, table, told


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(body: str, place: int, by: int):
    code = body + str(check_digit(body))
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert is_barcode(code)
    assert not is_barcode(wrong)


def test_known_codes():
    assert is_barcode("4006381333931")
    assert is_barcode("036000291452")
    assert is_barcode("73513537")
    assert comparable("036000291452") == comparable("0036000291452") == "0036000291452"


@pytest.mark.parametrize(
    ("written", "reason", "remedy"),
    [
        ("6.92E+12", "科学计数法", "文本"),
        ("6920000000001", "校验位不对", "扫码枪"),
        ("36000291452", "有 11 位", "开头的 0"),
        ("见包装", "不是条码", "只写数字"),
    ],
)
def test_what_is_no_barcode_is_refused_with_its_remedy(written: str, reason: str, remedy: str):
    with pytest.raises(BadValue) as refused:
        barcode(written)
    assert reason in refused.value.reason
    assert remedy in refused.value.remedy


def test_a_bad_code_is_a_warning_and_the_product_stays():
    code = "200100118391" + str(check_digit("200100118391"))
    made = table(
        "商品编码|商品名称|品类|售价(元)|69码",
        f"A1|甲|防晒|9|{code[:1]} {code[1:7]} {code[7:]}、6.92E+12",
        f"A2|乙|防晒|9|{code}",
        "A3|丙|防晒|9|6920000000001",
    )
    rows = run(read_products, made)
    assert [one.barcodes for one in rows.good] == [(code,), (code,), ()]
    assert [(kind, row, name) for kind, row, name, _ in told(rows)] == [
        ("warning", 3, "69码"),
        ("warning", 4, "69码"),
        ("warning", 5, "69码"),
    ]
    assert "表!第3行“A1”已经是另一个商品的" in rows.problems[1].reason
    assert all(problem.file and problem.remedy for problem in rows.problems)


def test_a_code_of_another_file_is_reported():
    from dataclasses import replace

    code = "200100118391" + str(check_digit("200100118391"))
    known = replace(SHOP, taken={BARCODE_TAKEN.format(code): "旧表.xlsx"})
    rows = run(read_products, table("商品编码|商品名称|品类|售价(元)|条形码", f"A9|甲|防晒|9|{code}"), known)
    assert rows.good[0].barcodes == (code,)
    assert "旧表.xlsx" in rows.problems[0].reason
