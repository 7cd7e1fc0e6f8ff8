"""``daogou audit``: is the log whole, and all of it as lines of JSON; and login links that close."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from assistant.service import Service
from assistant.store import audit
from assistant.store.audit import AuditAction
from assistant.store.console import sessions
from daogou import app
from tests.ingest.house import CORP, opened

run = CliRunner()
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    with opened(tmp_path / "var") as service:
        with service.database.begin() as tx:
            for number in (1, 2, 3):
                audit.append(tx, CORP, NOW, "hq", AuditAction.PUBLISH, f"script:SC{number}", note="好")
        yield service


def shown(*words: str, code: int = 0) -> str:
    result = run.invoke(app, list(words))
    assert result.exit_code == code, result.output
    return result.output


def head(house: Service, number: int = 3) -> str:
    with house.database.read() as tx:
        return next(one.digest for one in audit.every(tx, CORP) if one.number == number)


def tamper(house: Service, statement: str) -> None:
    with house.database.begin() as tx:
        tx.execute(text("DROP TRIGGER audit_entry_no_update"))
        tx.execute(text("DROP TRIGGER audit_entry_no_delete"))
        tx.execute(text(statement))


def test_a_whole_log_is_said_with_its_head(house: Service) -> None:
    said = shown("audit", "verify")
    assert "完整，一共 3 条" in said
    assert head(house) in said.replace("\n", "")
    assert "完整" in shown("audit", "verify", "--expect", head(house))
    # a head noted earlier is still in it
    assert "完整" in shown("audit", "verify", "--expect", head(house, 2))


def test_a_changed_entry_is_named(house: Service) -> None:
    tamper(house, "UPDATE audit_entry SET subject = 'script:SC9' WHERE number = 2")
    assert "第 2 条对不上" in shown("audit", "verify", code=1)


def test_a_missing_entry_is_named(house: Service) -> None:
    tamper(house, "DELETE FROM audit_entry WHERE number = 2")
    assert "第 3 条对不上" in shown("audit", "verify", code=1)


def test_a_cut_end_is_found_by_the_head_noted_elsewhere(house: Service) -> None:
    noted = head(house)
    tamper(house, "DELETE FROM audit_entry WHERE number = 3")
    assert "完整" in shown("audit", "verify")
    assert "结尾被截掉了" in shown("audit", "verify", "--expect", noted, code=1)


def test_the_export_is_one_line_an_entry(house: Service, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in shown("audit", "export").splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert lines[0]["subject"] == "script:SC1"
    assert lines[0]["details"] == {"note": "好"}
    assert lines[-1]["digest"] == head(house)
    shown("audit", "export", "--to", str(tmp_path / "log.jsonl"))
    assert len((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_login_links_close_in_production_once_wecom_login_has_worked(
    house: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAOGOU_MODE", "production")
    monkeypatch.setenv("DAOGOU_PUBLIC_URL", "https://console.test")
    monkeypatch.setenv("DAOGOU_WECOM_AGENT_ID", "7")
    monkeypatch.setenv("DAOGOU_WECOM_SECRET", "secret")
    assert "https://console.test/console/login?token=" in shown("console-link", "lin")
    with house.database.begin() as tx:
        sessions.begin_session(tx, CORP, "wecom-1", "lin", "d" * 64, NOW, sessions.Way.WECOM)
    assert "登录链接停用了" in shown("console-link", "lin", code=2)
    monkeypatch.setenv("DAOGOU_EMERGENCY_LINKS", "true")
    assert "/console/login?token=" in shown("console-link", "lin")
    monkeypatch.setenv("DAOGOU_EMERGENCY_LINKS", "false")
    monkeypatch.setenv("DAOGOU_WECOM_SECRET", "")
    assert "/console/login?token=" in shown("console-link", "lin")
