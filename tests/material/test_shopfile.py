"""shop.yaml: sensible without it, plain words when it is wrong."""

import pytest

from assistant.errors import SettingsError
from assistant.material.shopfile import ShopFile, parse_shopfile, read_shopfile


def test_without_a_file_the_defaults_stand(tmp_path):
    shop = read_shopfile(tmp_path)
    assert shop == ShopFile()
    assert (shop.shipping_fen, shop.free_shipping_from_fen, shop.lapsed_after_days) == (0, None, 90)


def test_a_whole_file(tmp_path):
    (tmp_path / "shop.yaml").write_text(
        """
brand: 云屿
corp: yunyu
tiers: [普卡, 银卡]
shipping: {fee: 8.5, free_from: 99}
lapsed_after_days: 120
documents:
  政策/退换货.docx: {scope: "区域:R01", valid_from: 2026-01-01, version: 3}
columns:
  products.xlsx: {售价(元): 到手价}
""",
        encoding="utf-8",
    )
    shop = read_shopfile(tmp_path)
    assert (shop.brand, shop.corp, shop.tiers) == ("云屿", "yunyu", ("普卡", "银卡"))
    assert (shop.shipping_fen, shop.free_shipping_from_fen) == (850, 9900)
    assert shop.documents["政策/退换货.docx"] == {"scope": "区域:R01", "valid_from": "2026-01-01", "version": "3"}
    assert shop.columns_of("商品/products.xlsx") == {"售价(元)": "到手价"}
    assert shop.columns_of("别的.xlsx") == {}


def test_empty_parts_are_fine():
    assert parse_shopfile("brand: 云屿\ndocuments:\ncolumns:\n".encode()).columns == {}
    assert parse_shopfile(b"") == ShopFile()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("brnad: 云屿", "不认识 brnad，是不是 brand"),
        ("shipping: {fee: 免费}", "shipping.fee 应该是数字，单位元"),
        ("shipping: {fee: -1}", "shipping.fee 太小了"),
        ("shipping: {fees: 8}", "不认识 shipping.fees，是不是 fee"),
        ("tiers: 普卡", "tiers 应该是列表"),
        ("lapsed_after_days: 很久", "lapsed_after_days 应该是整数"),
        ("- 云屿", "名字: 值"),
        ("brand: 云屿\ntiers: [普卡", "写法不对"),
        ("columns: {a.xlsx: 到手价}", "columns.a.xlsx 应该是“名字: 值”"),
    ],
)
def test_mistakes_are_told_in_chinese(content, words):
    with pytest.raises(SettingsError) as error:
        parse_shopfile(content.encode())
    assert words in str(error.value)
    assert str(error.value).startswith("shop.yaml：")


def test_every_mistake_is_told_at_once():
    with pytest.raises(SettingsError, match="tiers.*；.*lapsed_after_days|lapsed_after_days.*；.*tiers"):
        parse_shopfile("tiers: 普卡\nlapsed_after_days: 0".encode())
