"""``daogou prompts``: what is said to a model, filled in for a real question, and how a shop's own differs."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daogou import app
from prompts.load import HOME, load
from tests.ingest.house import CORP, opened, small_shop

run = CliRunner()
QUESTION = "小葵问柔和面霜多少钱，电话13800001111"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prompts")
    shop = small_shop(folder / "shop")
    with opened(folder / "var") as service:
        service.ingest([shop])
    return folder / "var"


@pytest.fixture(autouse=True)
def here(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(house))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    monkeypatch.setenv("DAOGOU_CLOCK_START", "2026-11-22T10:00:00+08:00")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop's own folder with one snippet changed."""
    folder = tmp_path / "own"
    (folder / "snippets").mkdir(parents=True)
    manner = (HOME / "snippets" / "manner.md").read_text(encoding="utf-8")
    (folder / "snippets" / "manner.md").write_text(manner + "- 结尾带上门店的名字。\n", encoding="utf-8")
    monkeypatch.setenv("DAOGOU_PROMPTS_DIR", str(folder))
    return folder


def shown(*words: str, code: int = 0) -> str:
    result = run.invoke(app, ["prompts", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_all_prompts_are_listed_with_their_versions() -> None:
    listed = shown("show")
    for name in ("draft", "sample_questions"):
        assert re.search(rf"^{name}：.*版本 {load(name).version}", listed, flags=re.MULTILINE)


def test_one_prompt_is_shown_whole_with_its_variables() -> None:
    text = shown("show", "draft")
    for words in (
        load("draft").version,
        "snippets/fence.md（自带）",
        "{{question}}：data，外面来的话，围起来当资料",
        "【没有依据就不写】",
        "导购发来的原话",
    ):
        assert words in text
    assert "{{>" not in text


def test_a_name_that_is_none_is_named_with_those_that_are() -> None:
    assert "有 draft、sample_questions" in shown("show", "drafts", code=2)
    assert "有 draft、sample_questions" in shown("render", "drafts", "--question", "在吗", code=2)


def test_a_question_is_put_as_the_model_would_read_it_without_persons() -> None:
    text = shown("render", "draft", "--guide", "lin", "--question", QUESTION)
    assert re.search(rf"^draft 版本 {load('draft').version}，约 \d+ 个 token$", text, flags=re.MULTILINE)
    assert "柔和面霜" in text
    assert "¥100" in text
    assert "〔客户称呼〕" in text
    assert not re.search("小葵|13800001111|林晓", text)


def test_what_needs_no_model_says_so() -> None:
    assert "不用问模型" in shown("render", "draft", "--guide", "lin", "--question", "今天联系谁", code=1)


def test_a_question_or_a_turn_and_a_guide_that_is_there() -> None:
    for words in ((), ("--question", "在吗", "--turn", "T1")):
        assert "二选一" in shown("render", "draft", *words, code=2)
    assert "没有找到" in shown("render", "draft", "--guide", "nobody", "--question", "在吗", code=2)
    assert "没有找到" in shown("render", "draft", "--turn", "T000000009999", code=2)


def test_a_turn_on_record_is_put_again(house: Path) -> None:
    with opened(house) as service:
        record = service.converse("lin", ["小葵问柔和面霜多少钱"])
        plain = service.converse("lin", ["帮助"])
    text = shown("render", "draft", "--turn", record.turn_id)
    assert "柔和面霜" in text
    assert "小葵" not in text
    assert "不用问模型" in shown("render", "draft", "--turn", plain.turn_id, code=1)


def test_the_prompt_for_questions_is_put_for_the_first_passage() -> None:
    text = shown("render", "sample_questions")
    assert "资料名称：退货办法" in text
    assert "没有拆封的商品可以退货" in text


def test_the_difference_is_told_line_by_line(own: Path) -> None:
    for words in ((), ("draft",)):
        told = shown("diff", *words)
        assert "+++ 自己的 snippets/manner.md" in told
        assert "+- 结尾带上门店的名字。" in told
    assert "没有不同" in shown("diff", "sample_questions")
    assert "自己的：snippets/manner.md" in shown("show")
    assert "snippets/manner.md（自己的）" in shown("show", "draft")
    assert "结尾带上门店的名字" in shown("render", "draft", "--guide", "lin", "--question", "小葵问柔和面霜多少钱")


def test_another_folder_may_be_compared_and_none_is_told(tmp_path: Path) -> None:
    assert "设置 DAOGOU_PROMPTS_DIR" in shown("diff", code=2)
    (tmp_path / "draft.md").write_text((HOME / "draft.md").read_text(encoding="utf-8"), encoding="utf-8")
    assert "没有不同" in shown("diff", "draft", "--against", str(tmp_path))


def test_a_broken_folder_stops_the_service_in_plain_words_and_can_still_be_compared(own: Path) -> None:
    text = (HOME / "draft.md").read_text(encoding="utf-8")
    (own / "draft.md").write_text(text.replace("{{said}}", ""), encoding="utf-8")
    for words in (["prompts", "show"], ["chat", "--guide", "lin", "在吗"]):
        result = run.invoke(app, words)
        assert result.exit_code == 2
        assert "DAOGOU_PROMPTS_DIR 里的提示词用不了：draft.md：少了变量 said" in result.output.replace("\n", "")
    assert "-{{said}}" in shown("diff", "draft")
    doctor = run.invoke(app, ["doctor"]).output.replace("\n", "")
    assert "✗ 提示词：draft.md：少了变量 said" in doctor
    assert "daogou prompts diff" in doctor
