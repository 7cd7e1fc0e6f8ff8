"""Goods on the command line, as whoever is at the counter looks them up."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daogou import app
from eval.sample import SAMPLE_DAY

RUN = CliRunner()
SAMPLE = Path(__file__).parents[1] / "knowledge" / "samples" / "yunyu"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DAOGOU_CLOCK_START", SAMPLE_DAY)
        assert RUN.invoke(app, ["migrate"]).exit_code == 0
        assert RUN.invoke(app, ["ingest", str(SAMPLE)]).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def inside(shop: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(shop)
    monkeypatch.setenv("DAOGOU_CLOCK_START", SAMPLE_DAY)
    monkeypatch.setenv("COLUMNS", "200")


def test_a_nickname_gives_the_product_and_its_shelves():
    shown = RUN.invoke(app, ["product", "小云瓶", "--store", "S001"])
    assert shown.exit_code == 0, shown.output
    for words in ("云润保湿精华液", "昵称", "确定", "¥299", "本店", "同区域", "小时前"):
        assert words in shown.output


def test_wishes_give_a_list_and_what_to_loosen():
    shown = RUN.invoke(app, ["product", "200以内", "敏感肌", "无酒精", "精华", "显白"])
    assert shown.exit_code == 1
    for words in ("价格 不超过200元", "没有看懂", "显白", "没有商品符合全部条件", "放宽“200以内”", "339元"):
        assert words in shown.output


def test_side_by_side_and_as_json():
    shown = RUN.invoke(app, ["product", "小云瓶", "小绿瓶", "--compare"])
    assert shown.exit_code == 0, shown.output
    assert "* 价格" in shown.output
    data = json.loads(RUN.invoke(app, ["product", "xiaoyunping", "--json"]).output)
    assert data["lookup"][0]["found"][0]["how"] == "pinyin"
    assert len(data["shelves"]) > 1


def test_what_is_not_there_is_said():
    assert "没有门店" in RUN.invoke(app, ["product", "小云瓶", "--store", "S999"]).output
    missing = RUN.invoke(app, ["product", "小棕瓶"])
    assert missing.exit_code == 1
    assert "小棕瓶" in missing.output


def test_one_barcode_in_two_files_is_reported_and_shows_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "资料"
    folder.mkdir()
    for name, sku in (("甲.csv", "A1"), ("乙.csv", "B1")):
        text = f"商品编码,商品名称,品类,售价,国际条码\n{sku},{name[0]}牌面霜,面部护肤,99,4006381333931\n"
        (folder / name).write_text(text, encoding="utf-8")
    assert RUN.invoke(app, ["migrate"]).exit_code == 0
    read = RUN.invoke(app, ["ingest", str(folder)])
    assert "已经是另一个商品的" in read.output.replace("\n", "")
    shown = RUN.invoke(app, ["product", "4006381333931"])
    assert "A1" in shown.output
    assert "B1" in shown.output
    assert "没有库存记录" in shown.output
    assert "已经是另一个商品的" not in RUN.invoke(app, ["ingest", str(folder)]).output
