"""What an operator asks of the till: its calls, an order's credit, the results of a time, and what is off."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.app import build, open_till
from assistant.doctor import Finding, examine
from assistant.settings import Settings
from assistant.sold import KeyScope, TillEvent
from assistant.store.till import calls, keys, webhooks
from assistant.store.till.calls import Call
from daogou import app
from tests.store.making import NOW
from tests.store.test_what_the_till_says_of_her import sold

RUN = CliRunner()
CORP = "demo-corp"


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAOGOU_CLOCK_START", NOW.isoformat())
    assert RUN.invoke(app, ["migrate"]).exit_code == 0


def said(*words: str) -> str:
    return RUN.invoke(app, list(words)).output


def test_the_log_names_the_key_and_what_was_answered() -> None:
    assert "还没有调用记录" in said("till", "log")
    service = build(Settings(), search=lambda wanted: ())
    with service.database.begin() as tx:
        key_id = keys.make(tx, CORP, "总部收银", [KeyScope.READ], NOW).partition(".")[0]
        calls.write(tx, CORP, Call(key_id, "GET", "/till/v1/orphans", 200, "", "", NOW))
        calls.write(tx, CORP, Call("webhook", "POST", "/till/v1/webhook", 409, "event_id_reused", "e7", NOW))
    service.close()
    first, second = said("till", "log").splitlines()
    assert first == f"2026-11-22 10:00:00  总部收银（{key_id}）  GET /till/v1/orphans  200"
    assert second == "2026-11-22 10:00:00  （webhook）  POST /till/v1/webhook  409  event_id_reused  e7"
    assert said("till", "log", "--key", "webhook").splitlines() == [second]
    assert "2026年11月22日10:00用过" in said("till", "keys")


def test_an_order_s_credit_is_shown_with_what_competed() -> None:
    unknown = RUN.invoke(app, ["till", "credit", "T1"])
    assert (unknown.exit_code, "还没有收到订单“T1”" in unknown.output) == (2, True)
    service = build(Settings(), search=lambda wanted: ())
    body = sold("T1", store_id="S001", guide="lin")
    open_till(service).keep(TillEvent(event_id="e1", occurred_at=NOW, body=body))
    service.close()
    shown = said("till", "credit", "T1")
    assert "门店：S001，沟通：没有，导购：lin" in shown
    assert "✓ 下单门店 S001：按下单门店计" in shown
    assert "下单前后没有和这位客户的沟通" in shown


def test_results_say_no_more_than_they_know() -> None:
    assert RUN.invoke(app, ["till", "results", "昨天", "2026-11-30"]).exit_code == 2
    service = build(Settings(), search=lambda wanted: ())
    open_till(service).keep(TillEvent(event_id="e1", occurred_at=NOW, body=sold("T1", store_id="S001")))
    service.close()
    shown = said("till", "results", "2026-11-01", "2026-11-30").replace("\n", "")
    assert "这段时间共 1 单，实付 270 元" in shown
    assert "客户下单 0 单，实付共 0 元。没有对照组，只说明先后，不说明是沟通的结果。" in shown
    assert "0 单" in said("till", "results", "2026-12-01", "2026-12-30")


def till_finding(**values: object) -> Finding:
    settings = Settings.model_validate({"till_api": True} | values)
    return next(one for one in examine(settings) if one.what == "收银对接")


def test_the_doctor_looks_at_the_till() -> None:
    assert till_finding(till_api=False).says == "没有开通，订单和核销从文件读入"
    assert till_finding().remedy == "运行 daogou till key 发一把"
    assert till_finding(till_webhook_url="https://shop.example").state == "bad"
    insecure = {"till_webhook_url": "http://shop.example", "till_webhook_secret": "x" * 32, "mode": "production"}
    assert "https" in till_finding(**insecure).remedy
    service = build(Settings(), search=lambda wanted: ())
    with service.database.begin() as tx:
        keys.make(tx, CORP, "总部收银", [KeyScope.READ], NOW)
    assert (till_finding().state, till_finding().says) == ("ok", "1 把钥匙有效，0 笔核销等券或订单，0 条推送没送到")
    with service.database.begin() as tx:
        webhooks.put(tx, CORP, "e1", "{}", NOW)
        for number in range(webhooks.MOST_ATTEMPTS):
            (due,) = webhooks.take_due(tx, CORP, NOW + timedelta(days=number + 1), 5)
            webhooks.mark(tx, CORP, due, arrived=False, detail="500")
    assert (till_finding().state, till_finding().remedy) == ("warn", "检查 DAOGOU_TILL_WEBHOOK_URL 那边是否在收")
    service.close()
