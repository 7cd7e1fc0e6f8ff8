"""``daogou figures`` and what ``daogou migrate`` fills in, as an operator meets them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.store import summaries, tables
from assistant.store.database import Database
from daogou import app
from tests.store.making import write
from tests.store.test_summaries import turn

RUN = CliRunner()


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """The migrated database that the commands will open, with three turns of its corp."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAOGOU_CORP_ID", "corp")
    assert RUN.invoke(app, ["migrate"]).exit_code == 0
    found = Database(f"sqlite+pysqlite:///{next(tmp_path.rglob('*.db'))}")
    write(found, *(turn(found, number) for number in (1, 2, 3)))
    return found


def test_the_figures_are_worked_out_again_and_checked(database: Database) -> None:
    result = RUN.invoke(app, ["figures", "--check"])
    assert result.exit_code == 0, result.output
    assert "对话 3 轮，给出草稿 3 轮" in result.output
    assert "全部一致" in result.output
    none = RUN.invoke(app, ["figures", "--since", "2026-01-01", "--until", "2026-01-31"])
    assert "对话 0 轮" in none.output


def test_a_difference_is_told_and_fails(database: Database) -> None:
    with database.begin() as tx:
        summaries.forget(tx, ["T000000000002"])
    result = RUN.invoke(app, ["figures", "--check"])
    assert result.exit_code == 1
    assert "对不上" in result.output
    assert "daogou migrate" in result.output
    filled = RUN.invoke(app, ["migrate"])
    assert "给 1 轮旧对话补好了检索和统计" in filled.output
    assert RUN.invoke(app, ["figures", "--check"]).exit_code == 0
    assert "补好" not in RUN.invoke(app, ["migrate"]).output


def test_turns_whose_words_are_gone_are_skipped_and_told(database: Database) -> None:
    with database.begin() as tx:
        tx.execute(tables.turn.update().where(tables.turn.c.turn_id == "T000000000002").values(cleared="words"))
    result = RUN.invoke(app, ["figures", "--check"])
    assert result.exit_code == 0, result.output
    assert "对话 2 轮，给出草稿 2 轮" in result.output
    assert "跳过 1 轮" in result.output
    assert "跳过" not in RUN.invoke(app, ["figures", "--since", "2026-01-01", "--until", "2026-01-31"]).output


def test_a_day_that_is_none_is_refused(database: Database) -> None:
    assert RUN.invoke(app, ["figures", "--since", "昨天"]).exit_code == 2
