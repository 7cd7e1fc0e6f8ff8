"""Letters in pictures: what is done with them whoever reads them, and that RapidOCR reads them inside its child."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from knowledge.reading import recognising
from knowledge.reading.capped import CappedReader
from knowledge.reading.read import read_bytes
from tests.awkward.making import MAKERS

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
# which of the faces in the collection draws the mainland's shapes
_SIMPLIFIED = 2
CHECK = ("文字是从图片里识别出来的，可能有错字", "请对照原件核对，特别是价格、日期和编码")


class Eyes:
    """Reads the same lines in every picture."""

    def __init__(self, *lines: str) -> None:
        self.read = lines

    def lines(self, picture: Image.Image) -> tuple[str, ...]:
        assert picture.width > 0
        return self.read


def see(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(recognising, "installed", lambda: Eyes(*lines))


def test_a_scanned_page_says_that_it_was_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, "签收次日起七天内可退。", "特价商品不退不换。")
    reading = read_bytes(MAKERS["文档/扫描件.pdf"](), "a.pdf")
    assert [(block.place, block.text) for block in reading.blocks] == [
        ("第1页（识别）", "签收次日起七天内可退。"),
        ("第1页（识别）", "特价商品不退不换。"),
    ]
    assert [(one.place, one.level.label, one.reason, one.remedy) for one in reading.problems] == [
        ("第1页", "提醒", *CHECK)
    ]


def test_a_picture_says_that_it_was_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, "全场满三百减四十")
    reading = read_bytes(MAKERS["图片/海报.png"](), "a.png")
    assert [(block.place, block.text) for block in reading.blocks] == [("图（识别）", "全场满三百减四十")]
    assert [(one.level.label, one.reason, one.remedy) for one in reading.problems] == [("提醒", *CHECK)]


def test_a_picture_without_letters_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch)
    (problem,) = read_bytes(MAKERS["图片/海报.png"](), "a.png").problems
    assert problem.reason == "图片里没有识别出文字"
    (problem,) = read_bytes(MAKERS["文档/扫描件.pdf"](), "a.pdf").problems
    assert problem.reason == "扫描件：这一页没有识别出文字"


def test_a_long_scan_says_where_it_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    see(monkeypatch, "文字")
    monkeypatch.setattr(recognising.Clocked.__init__, "__defaults__", (0.0,))
    (problem,) = read_bytes(MAKERS["文档/扫描件.pdf"](), "a.pdf").problems
    assert (problem.place, problem.reason) == ("第1页", "扫描件太长，从这一页起没有识别完")


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    if not FONT.exists():
        pytest.skip("needs Debian's fonts-noto-cjk")
    made = Image.new("RGB", (1000, 300), "white")
    font = ImageFont.truetype(str(FONT), 48, index=_SIMPLIFIED)
    ImageDraw.Draw(made).text((40, 40), "满300元减40元", fill="black", font=font)
    ImageDraw.Draw(made).text((40, 140), "签收次日起七天内可以退货", fill="black", font=font)
    path = tmp_path / "海报.png"
    made.save(path)
    return path


def test_rapidocr_reads_inside_its_child(poster: Path) -> None:
    pytest.importorskip("rapidocr", reason="needs the extra [ocr]")
    with CappedReader() as reader:
        picture = reader.read(poster)
        assert [block.text for block in picture.blocks] == ["满300元减40元", "签收次日起七天内可以退货"]
        buffer = io.BytesIO()
        with Image.open(poster) as opened:
            opened.save(buffer, "PDF")
        scan = poster.with_suffix(".pdf")
        scan.write_bytes(buffer.getvalue())
        reading = reader.read(scan)
    assert {block.place for block in reading.blocks} == {"第1页（识别）"}
    assert "七天内可以退货" in "".join(block.text for block in reading.blocks)
