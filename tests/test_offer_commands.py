"""``daogou offers``: one offer told down to the last 分, and twins compared."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.store.coupons import grants
from daogou import app
from tests.ingest.house import CORP, opened, small_shop, write

COUPONS = """券编码,券名称,类型,面额(元),折扣,使用门槛(元),件数,开始日期,结束日期,叠加组
Q1,满150减20,满减,20,,150,,2026-11-01,2026-12-31,店铺券
Q2,第二件半价,第二件半价,,,,,2026-11-01,2026-12-31,促销
Q3,满999减99,满减,99,,999,,2026-11-01,2026-12-31,店铺券
"""
run = CliRunner()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offers")
    shop = small_shop(folder / "shop")

    write(shop, "优惠/coupons.csv", COUPONS)
    with opened(folder / "var") as service:
        service.ingest([shop])
    return folder / "var"


@pytest.fixture(autouse=True)
def here(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(house))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    monkeypatch.setenv("DAOGOU_CLOCK_START", "2026-11-22T10:00:00+08:00")
    monkeypatch.setenv("COLUMNS", "200")


def test_an_offer_is_explained_line_by_line_with_what_stands_in_the_way() -> None:
    shown = run.invoke(app, ["offers", "explain", "C1", "A1x2"])
    assert shown.exit_code == 0, shown.output
    # two at 100: the cheaper one at half price, then 20 off what counts 200 at shop price
    for words in (
        "柔和面霜×2",
        "-50",
        "-20",
        "130",
        "应付 130 元",
        "满999减99（未到使用门槛）：再买 799 元可用",
        "依据版本",
    ):
        assert words in shown.output


def test_the_same_offer_as_json_has_the_whole_proof() -> None:
    shown = run.invoke(app, ["offers", "explain", "C1", "A1", "A1", "--json"])
    offer = json.loads(shown.output)
    assert (offer["pay_fen"], [one["coupon_id"] for one in offer["applied"]]) == (13000, ["Q2", "Q1"])
    assert offer["lines"][0]["quantity"] == 2


def test_a_price_to_reach() -> None:
    shown = run.invoke(app, ["offers", "explain", "C1", "A1x2", "--reach", "185"])
    assert "用「满150减20」省 20 元，到手 180 元，已到目标价 185 元" in shown.output


@pytest.mark.parametrize("words", [["NOBODY", "A1"], ["C1", "Z9"], ["C1", "A1", "--store", "S999"]])
def test_what_is_not_there_is_said_plainly(words: list[str]) -> None:
    shown = run.invoke(app, ["offers", "explain", *words])
    assert shown.exit_code == 2
    assert "没有找到" in shown.output


def test_twins_of_this_shop_get_the_same() -> None:
    shown = run.invoke(app, ["offers", "twins"])
    assert shown.exit_code == 0, shown.output
    assert "0 对得到的优惠不一样" in shown.output


def test_the_audit_of_granted_coupons_finds_nothing_in_a_sound_house() -> None:
    shown = run.invoke(app, ["offers", "audit"])
    assert (shown.exit_code, "都对得上" in shown.output) == (0, True)


def test_a_manager_sees_extends_and_takes_back_a_granted_coupon(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(house) as service:
        moment = service.clock()
        coupon = service.handling.desks.coupons(CORP, moment)["Q1"]
        with service.database.begin() as tx:
            made = grants.grant(
                tx,
                CORP,
                key="by-hand",
                coupon=coupon.model_copy(update={"valid_days": 3}),
                customer_id="C1",
                guide="lin",
                store_id="S001",
                turn_id="T1",
                reason="生日",
                value_fen=2000,
                moment=moment,
            )
    monkeypatch.setenv("COLUMNS", "40")  # the number must be whole wherever she reads it
    shown = run.invoke(app, ["offers", "granted", "C1"])
    for words in (made.grant_id, "Q1", "已发放", "20 元", "lin", "11月25日"):
        assert words in shown.output
    longer = run.invoke(app, ["offers", "extend", made.grant_id, "2026-12-05", "--by", "boss"])
    assert (longer.exit_code, "已延到 2026-12-05" in longer.output) == (0, True)
    earlier = run.invoke(app, ["offers", "extend", made.grant_id, "2026-11-23", "--by", "boss"])
    assert earlier.exit_code == 2
    gone = run.invoke(app, ["offers", "revoke", made.grant_id, "--by", "boss", "--reason", "发错了"])
    assert (gone.exit_code, "已撤回" in gone.output) == (0, True)
    again = run.invoke(app, ["offers", "extend", made.grant_id, "2026-12-06", "--by", "boss"])
    assert (again.exit_code, "已撤回" in again.output) == (2, True)
    assert run.invoke(app, ["offers", "revoke", "nothing", "--by", "boss", "--reason", "x"]).exit_code == 2
    assert "还没有发过券" in run.invoke(app, ["offers", "granted", "C2"]).output
    assert run.invoke(app, ["offers", "audit"]).exit_code == 0
