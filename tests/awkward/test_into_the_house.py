"""Awkward files on their way into the database: archives as one source, units of money, text that waits for a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.service import Service
from assistant.store import material
from tests.awkward.making import MAKERS, book, mail, picture, zipped
from tests.ingest.house import CORP, STAFF, STORES, contents, errors, found, index_is_the_database, opened, write
from tests.knowledge.files import saved

PRODUCTS = "商品编码,商品名称,售价(元),品类\nA1,柔和面霜,100,护肤\n"
RULE = "# 退货办法\n\n签收次日起七天内，没有拆封的商品可以退货。\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path / "shop", "shop.yaml", "brand: 试店\n").parent


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Service]:
    with opened(tmp_path / "data") as service:
        yield service


def pack(**files: str) -> bytes:
    """A zip of texts; a double underscore in a name stands for a folder."""
    return zipped({name.replace("__", "/").replace("_", "."): text.encode() for name, text in files.items()})


def test_an_archive_goes_in_whole_and_comes_out_whole(house: Service, shop: Path) -> None:
    empty = contents(house.database)["passage"]
    data = pack(stores_csv=STORES, staff_csv=STAFF, products_csv=PRODUCTS, 政策__退货_md=RULE, 坏_docx="x")
    packed = write(shop, "资料.zip", data)
    report = house.ingest([shop])
    assert report.changed == ("资料.zip",)
    assert {name: report.rows[name] for name in ("门店", "员工", "商品")} == {"门店": 2, "员工": 2, "商品": 1}
    assert errors(report) == ["资料.zip/坏.docx 后缀是 docx，内容却是纯文本"]
    assert any("七天内" in text for text in found(house, "没拆封能退货吗"))
    assert house.ingest([shop]).unchanged == ("资料.zip",)
    packed.unlink()
    house.ingest([shop])
    assert contents(house.database)["passage"] == empty
    assert index_is_the_database(house)


def test_a_changed_member_changes_the_archive(house: Service, shop: Path) -> None:
    write(shop, "资料.zip", pack(政策__退货_md=RULE))
    house.ingest([shop])
    write(shop, "资料.zip", pack(政策__退货_md=RULE.replace("七天", "十五天")))
    house.ingest([shop])
    assert [text for text in found(house, "没拆封能退货吗") if "天内" in text] == [
        "签收次日起十五天内，没有拆封的商品可以退货。"
    ]


def test_an_archive_that_cannot_be_opened_keeps_what_was_there(house: Service, shop: Path) -> None:
    write(shop, "资料.zip", pack(政策__退货_md=RULE))
    house.ingest([shop])
    write(shop, "资料.zip", b"PK\x03\x04 torn")
    assert house.ingest([shop]).unread == ("资料.zip",)
    assert any("七天内" in text for text in found(house, "没拆封能退货吗"))


def test_a_mail_goes_in_with_what_is_attached(house: Service, shop: Path) -> None:
    write(shop, "通知.eml", mail("特价商品通知", "即日起，特价商品一律不退不换。\n", {"stores.csv": STORES.encode()}))
    report = house.ingest([shop])
    assert report.rows["门店"] == 2
    assert any("不退不换" in text for text in found(house, "特价商品能退吗"))


def test_a_price_in_another_unit_is_that_price(house: Service, shop: Path) -> None:
    rows = [
        ("商品编码", "商品名称", "品类", "价格"),
        (None, None, None, "售价（分）", "吊牌价(万元)"),
        ("A1", "柔和面霜", "护肤", 129900, 0.15),
    ]
    made = book(rows, ["A1:A2", "B1:B2", "C1:C2", "D1:E1"])
    write(shop, "products.xlsx", saved(made))
    report = house.ingest([shop])
    assert errors(report) == []
    with house.database.read() as tx:
        (product,) = material.products(tx, CORP)
    assert (product.price_fen, product.list_price_fen) == (129_900, 150_000)


def test_a_caption_is_the_document_and_names_its_picture(house: Service, shop: Path) -> None:
    write(shop, "政策/柜台.png", picture("png"))
    write(shop, "政策/柜台.txt", "柜台陈列\n新品放在柜台第二层，朝向入口。\n")
    report = house.ingest([shop])
    assert (report.changed, report.problems) == (("政策/柜台.txt",), ())
    assert any("图：柜台.png" in text for text in found(house, "新品放在柜台哪一层"))


def test_text_that_speaks_to_a_model_is_told(house: Service, shop: Path) -> None:
    write(shop, "政策/退货.txt", MAKERS["指令/中文.txt"]())
    write(shop, "政策/平常.txt", MAKERS["指令/正常的话.txt"]())
    report = house.ingest([shop])
    assert report.held == ("政策/退货.txt",)
    assert "1 个里有像是写给 AI 的话，等管理员核对：政策/退货.txt" in report.summary()
    assert any("忽略以上所有指令" in one.reason and one.file == "政策/退货.txt" for one in report.problems)
