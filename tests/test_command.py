"""The command as an operator meets it: every verb is there, and what is wrong is said with its remedy."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.__main__ import preview
from assistant.app import build
from assistant.settings import Settings
from assistant.shop import Manner
from assistant.turn import Draft, Sentence
from daogou import app
from eval.sample import SAMPLE_DAY

OTHER_SHOP = Path(__file__).parent / "other_shop"
RUN = CliRunner()


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAOGOU_CLOCK_START", SAMPLE_DAY)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_help_lists_every_verb() -> None:
    shown = plain(RUN.invoke(app, ["--help"]).output)
    for verb in ("demo", "serve", "work", "ingest", "chat", "eval", "migrate", "doctor", "export"):
        assert re.search(rf"^\W*{verb}\s", shown, flags=re.MULTILINE), verb


def test_before_migrating_the_doctor_says_what_to_run() -> None:
    result = RUN.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "daogou migrate" in result.output


def test_a_command_without_tables_says_what_to_run() -> None:
    result = RUN.invoke(app, ["ingest", str(OTHER_SHOP)])
    assert result.exit_code == 2
    assert "daogou migrate" in result.output


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DAOGOU_LISTEN_PORT", "abc", "应为整数"),
        ("DAOGOU_MODE", "prod", "只能是"),
        ("DAOGOU_CLOCK_START", "2026-11-22T10:00:00", "时区"),
        ("DAOGOU_LLM_DEADLINE_SECONDS", "0", "大于 0"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    result = RUN.invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert name in result.output
    assert words in result.output.replace("\n", "")


def test_an_operators_first_hour(tmp_path: Path) -> None:
    """Migrate, read a shop with its own column names, ask, export: each step with the commands of the README."""
    assert RUN.invoke(app, ["migrate"]).exit_code == 0
    report = tmp_path / "report.json"
    read = RUN.invoke(app, ["ingest", str(OTHER_SHOP), "--report", str(report)])
    assert read.exit_code == 0, read.output
    assert not [
        problem for problem in json.loads(report.read_text(encoding="utf-8"))["problems"] if problem["is_error"]
    ]
    again = RUN.invoke(app, ["ingest", str(OTHER_SHOP)])
    assert "读入 0 个文件" in again.output
    assert RUN.invoke(app, ["doctor"]).exit_code == 0
    asked = RUN.invoke(app, ["chat", "--guide", "taoran", "大饭煲多少钱"])
    assert "¥399" in asked.output
    exported = tmp_path / "turns.jsonl"
    assert RUN.invoke(app, ["export", "turns", "--to", str(exported)]).exit_code == 0
    records = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    assert [record["guide"] for record in records] == ["taoran"]
    assert records[0]["record_version"] == 1


def test_drafts_that_come_one_by_one_are_shown_with_their_manner() -> None:
    one = Draft(manner=Manner.WARM, sentences=(Sentence(text="面霜[bold]¥268。"),))
    shown = preview((one, one.model_copy(update={"manner": Manner.BRIEF}))).plain
    assert shown == "还在写，先看写好的：\n\n亲切\n面霜[bold]¥268。\n\n简短\n面霜[bold]¥268。\n"
    assert preview(()).plain == ""


def test_files_are_read_in_beside_a_running_service(tmp_path: Path) -> None:
    """The running one owns the index and finds the new text at the very next question."""
    shop = tmp_path / "shop"
    shutil.copytree(OTHER_SHOP, shop)
    assert RUN.invoke(app, ["migrate"]).exit_code == 0
    assert RUN.invoke(app, ["ingest", str(shop)]).exit_code == 0
    running = build(Settings())
    try:
        question = "老客户以旧换新能抵多少钱"
        before = running.converse("taoran", [question])
        assert "补贴办法" not in "".join(before.reply.parts)
        (shop / "政策" / "以旧换新补贴办法.md").write_text(
            "# 以旧换新补贴办法\n\n适用范围：全品牌\n\n## 一、补贴\n\n老客户以旧换新，一台旧机抵50元。\n",
            encoding="utf-8",
        )
        read = RUN.invoke(app, ["ingest", str(shop)])
        assert read.exit_code == 0, read.output
        assert "服务正在运行" in read.output
        after = running.converse("taoran", [question])
    finally:
        running.close()
    assert "以旧换新补贴办法" in "".join(after.reply.parts)
