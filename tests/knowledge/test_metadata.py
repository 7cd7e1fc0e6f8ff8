"""Particulars come from overrides, front matter, the lines near the top and the folder, in that order."""

from datetime import UTC, datetime

import pytest

from knowledge.metadata import find_metadata, is_metadata_line
from knowledge.passage import DocumentKind, Scope, ScopeLevel
from knowledge.reading.read import Reading, read_bytes
from tests.knowledge.files import policy_docx


def document(text: str, name: str = "a.txt") -> Reading:
    return read_bytes(text.encode(), name)


def test_lines_near_the_top_in_shanghai_days() -> None:
    found = find_metadata(read_bytes(policy_docx(), "政策/退换货.docx"))
    assert found.title == "退换货政策"
    assert found.scope == Scope(level=ScopeLevel.REGION, id="R01")
    assert found.valid_from == datetime(2025, 12, 31, 16, tzinfo=UTC)
    # the last day is inside: valid until the midnight after it
    assert found.valid_to == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert found.version == 3
    assert found.usable


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("政策/a.txt", DocumentKind.POLICY),
        ("活动/a.txt", DocumentKind.CAMPAIGN),
        ("培训/a.txt", DocumentKind.TRAINING),
        ("话术/a.txt", DocumentKind.SCRIPT),
        ("商品/a.txt", DocumentKind.PRODUCT),
        ("上传/双旦活动方案.txt", DocumentKind.CAMPAIGN),
        ("a.txt", DocumentKind.POLICY),
    ],
)
def test_folder_names_the_kind(name: str, kind: DocumentKind) -> None:
    assert find_metadata(document("正文内容，一句话。", name)).kind is kind


def test_front_matter_beats_lines_and_overrides_beat_both() -> None:
    text = "---\nscope: 门店:S001\nkind: campaign\nversion: 2\n---\n适用范围：全品牌\n\n正文。\n"
    found = find_metadata(document(text, "a.md"), {"version": "5", "失效日期": "2026-03-01"})
    assert found.scope == Scope(level=ScopeLevel.STORE, id="S001")
    assert found.kind is DocumentKind.CAMPAIGN
    assert found.version == 5
    assert found.valid_to == datetime(2026, 3, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026年1月1日—2026年3月31日", (2026, 1, 1), (2026, 3, 31)),
        ("2026.1.1-2026.3.31", (2026, 1, 1), (2026, 3, 31)),
        ("即日起至2026-03-31", None, (2026, 3, 31)),
        ("2026-03-31止", None, (2026, 3, 31)),
        ("自2026-01-01起", (2026, 1, 1), None),
        ("长期有效", None, None),
    ],
)
def test_windows_as_people_write_them(
    written: str, first: tuple[int, int, int] | None, last: tuple[int, int, int] | None
) -> None:
    found = find_metadata(document(f"规则\n有效期：{written}\n正文在后面，一句话。"))
    shown_first = found.valid_from and found.valid_from.astimezone().timestamp()
    assert found.usable
    assert (shown_first is None) == (first is None)
    assert (found.valid_to is None) == (last is None)


@pytest.mark.parametrize(
    "line",
    [
        "有效期：2026-02-30 至 2026-12-31",
        "有效期：2026-12-31 至 2026-01-01",
        "适用范围：华东大区",
        "适用范围：门店:S001、S002",
        "版本：最新",
    ],
)
def test_unclear_particulars_make_a_document_unusable(line: str) -> None:
    found = find_metadata(document(f"规则\n{line}\n正文在后面，一句话。"))
    assert not found.usable
    assert found.problems[0].remedy


def test_places_known_to_the_directory_may_be_named() -> None:
    east = Scope(level=ScopeLevel.REGION, id="R01")
    assert find_metadata(document("规则\n适用范围：华东\n正文。"), places={"华东": east}).scope == east


def test_metadata_lines() -> None:
    assert is_metadata_line("「适用范围：全品牌」")
    assert is_metadata_line("版本：3　有效期：2026-01-01 至 2026-12-31")
    assert not is_metadata_line("本政策有效期：见附件")
