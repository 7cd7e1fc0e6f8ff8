"""Files that would exhaust or break their reader, read without harm."""

import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from eval.sample import SAMPLE_SHOP
from knowledge.reading.capped import CappedReader, Limits
from knowledge.reading.read import read


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text of 14 MB in a million paragraphs: lawful, and more than a small limit allows."""
    path = tmp_path_factory.mktemp("heavy") / "rules.md"
    path.write_text("退货规则\n\n" * 1_000_000, encoding="utf-8")
    return path


@pytest.fixture
def nest(tmp_path: Path) -> Path:
    """A page whose tags are nested so deep that walking it takes minutes."""
    path = tmp_path / "nest.html"
    path.write_text("<div>" * 200_000 + "深" + "</div>" * 200_000, encoding="utf-8")
    return path


def test_the_same_comes_out_as_without_a_child() -> None:
    files = [path for path in sorted(SAMPLE_SHOP.rglob("*")) if path.is_file() and path.name != "shop.yaml"]
    with CappedReader() as reader:
        assert len(files) > 40
        for path in files:
            assert reader.read(path, path.name) == read(path, path.name)


def test_too_much_time_is_ended_and_the_next_file_is_read(nest: Path) -> None:
    with CappedReader(Limits(cpu_seconds=1)) as reader:
        reading = reader.read(nest)
        assert reading.failed
        assert "读了太久" in reading.problems[0].reason
        assert reader.read(SAMPLE_SHOP / "政策" / "价格保护规则.md").blocks


def test_waiting_has_an_end(nest: Path) -> None:
    with CappedReader(Limits(wall_seconds=0.4)) as reader:
        began = time.monotonic()
        reading = reader.read(nest, "网页/规则.html")
        assert time.monotonic() - began < 5
        assert (reading.file, reading.failed) == ("网页/规则.html", True)
        assert "读了太久" in reading.problems[0].reason


def test_too_much_memory_is_ended_and_the_next_file_is_read(heavy: Path) -> None:
    with CappedReader(Limits(memory=400 * 1024 * 1024)) as reader:
        reading = reader.read(heavy)
        assert reading.failed
        assert "内存" in reading.problems[0].reason
        assert reader.read(SAMPLE_SHOP / "政策" / "价格保护规则.md").blocks


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 150_000_000)
    path = tmp_path / "bomb.docx"
    path.write_bytes(packed.getvalue())
    with CappedReader() as reader:
        assert "压缩比异常" in reader.read(path).problems[0].reason


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with CappedReader() as reader, pytest.raises(FileNotFoundError):
        reader.read(tmp_path / "gone.md")


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
    ],
)
def test_the_child_may_neither_call_out_nor_start_anything(deed: str) -> None:
    script = f"import sys\nfrom knowledge.reading.child import _leave_the_network, _refuse\n_leave_the_network()\nsys.addaudithook(_refuse)\n{deed}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert "PermissionError" in done.stderr


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAOGOU_WECOM_SECRET", "not for children")
    with CappedReader() as reader:
        reader.read(SAMPLE_SHOP / "政策" / "价格保护规则.md")
        assert reader._child is not None
        environment = Path(f"/proc/{reader._child.process.pid}/environ").read_bytes()
    assert b"DAOGOU" not in environment
    assert b"PATH" in environment


def test_nothing_is_left_running() -> None:
    with CappedReader() as reader:
        reader.read(SAMPLE_SHOP / "政策" / "价格保护规则.md")
        assert reader._child is not None
        pid = reader._child.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
