"""How the service stands, examined on demand, without a secret on the page."""

from datetime import date, timedelta

from assistant.clock import SHOP_TIME
from assistant.console.administration.outside import Fact, Look, Outside
from assistant.doctor import facts_of
from assistant.seams import SendState
from assistant.settings import Settings
from assistant.store import usage
from assistant.store.usage import Usage
from tests.console.shop import CORP, XSS, Shop, add_turn
from tests.console.test_access import form_token


def outside() -> Outside:
    looks = (
        Look("数据库", "ok", "SQLite 已就绪"),
        Look("企业微信", "bad", f"取不到令牌（errcode 60020）{XSS}", "把本机出口 IP 加进应用的「企业可信 IP」"),
    )
    return Outside(
        examine=lambda: looks,
        facts=(Fact("大模型", "qwen-plus", "DAOGOU_LLM_MODEL"),),
        tokens_per_day=1000,
        version="1.2.3",
    )


def test_the_model_is_counted_by_day(shop: Shop) -> None:
    today = shop.clock().astimezone(SHOP_TIME).date()
    with shop.database.begin() as tx:
        usage.book(tx, CORP, today, Usage(3, 400, 100, 12_000_000, 2))
        usage.book(tx, CORP, today - timedelta(days=29), Usage(1, 1000, 500, 0, 5))
        usage.book(tx, CORP, today - timedelta(days=30), Usage(1, 70000, 0, 0, 0))
        usage.book(tx, "other", today, Usage(1, 90000, 0, 0, 0))
    page = shop.browser("admin", outside=outside()).get("/console/system").text
    assert "<strong>500</strong>" in page
    assert "<strong>2,000</strong>" in page
    assert "¥0.12" in page
    assert "今天用了 50%" in page
    assert "近 30 天共 7 轮" in page
    assert "70,000" not in page
    assert "90,000" not in page
    assert page.count("<progress") == 30


def test_the_days_are_read_as_they_were_booked(shop: Shop) -> None:
    with shop.database.begin() as tx:
        usage.book(tx, CORP, date(2026, 11, 20), Usage(1, 2, 3, 4, 5))
        usage.book(tx, CORP, date(2026, 11, 22), Usage(1, 2, 3, 4, 5))
        found = usage.of_days(tx, CORP, date(2026, 11, 20), date(2026, 11, 21))
    assert found == {date(2026, 11, 20): Usage(1, 2, 3, 4, 5)}
    assert usage.total(found.values()) == Usage(1, 2, 3, 4, 5)
    assert usage.total(()) == Usage()


def test_an_examination_is_made_on_demand_with_its_remedies(shop: Shop) -> None:
    browser = shop.browser("admin", outside=outside())
    page = browser.get("/console/system").text
    assert "60020" not in page
    assert "版本 1.2.3" in page
    assert "qwen-plus" in page
    done = browser.post("/console/system", data={"form_token": form_token(page)})
    assert done.status_code == 200
    assert "1 处要修" in done.text
    assert "怎么修：把本机出口 IP" in done.text
    assert XSS not in done.text


def test_replies_that_did_not_arrive_are_counted_by_reason(shop: Shop) -> None:
    for number in (1, 2):
        add_turn(shop, number, state=SendState.FAILED)
    page = " ".join(shop.browser("admin").get("/console/system").text.split())
    assert "4 条</strong> errcode 60020" in page
    assert "回复都送到了" not in page


def test_no_secret_is_among_the_facts() -> None:
    secrets = {
        "wecom_secret": "s1-secret",
        "wecom_token": "s2-secret",
        "wecom_aes_key": "s3-secret",
        "llm_api_key": "s4-secret",
        "console_secret": "s5-secret",
        "forgetting_secret": "s6-secret",
        "till_webhook_secret": "s7-secret",
        "s3_secret_key": "s8-secret",
    }
    addresses = {
        "llm_base_url": "https://key:s9-secret@model.test",
        "database_url": "postgresql+psycopg://u:s10-secret@h/d",
    }
    settings = Settings.model_validate(secrets | addresses)
    told = facts_of(settings)
    assert "secret" not in str([value for _, value, _ in told])
    assert all(name.startswith("DAOGOU_") for _, _, name in told)


def test_only_the_admin_looks(shop: Shop) -> None:
    for who in ("HQ", "auditor"):
        browser = shop.browser(who)
        assert browser.get("/console/system").status_code == 403
        form = {"form_token": form_token(browser.get("/console").text)}
        assert browser.post("/console/system", data=form).status_code == 403
