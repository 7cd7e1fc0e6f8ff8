"""PDF files as blocks: lines joined to paragraphs again, page furniture and unseen text taken out."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper
from knowledge.reading.office import TextRead

MOST_PAGES = 500
_PAGE_NUMBER = re.compile(
    r"^(?:第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?|[-–—]?\s*\d{1,4}\s*[-–—]?|\d{1,4}\s*/\s*\d{1,4})$"
)
_STARTS_ANEW = re.compile(
    r"^(?:第[零〇一二三四五六七八九十百千0-9]+[编章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|"
    r"\d{1,2}[.、．)）]|[①-⑳]|[•·●○■◆▪➢✓√]|[问答QAqa]\s*\d{0,3}\s*[:：]|[^\s，。；]{2,8}[:：])"
)
_ENDS = "。！？；：!?;:”」）)"
_INVISIBLE_MODE = 3
_TINY = 1.5


def read_pdf(data: bytes, file: str, sweeper: Sweeper) -> TextRead:
    """Read a PDF page by page; a page with no text layer is reported as a scan.

    Raises ``pypdfium2.PdfiumError`` when the file is damaged or needs a password.
    """
    import pypdfium2

    problems: list[ReadingProblem] = []
    with pypdfium2.PdfDocument(data) as document:
        pages = [_page_lines(document, number, sweeper) for number in range(min(len(document), MOST_PAGES))]
        if len(document) > MOST_PAGES:
            reason = f"超过 {MOST_PAGES} 页，后面的没有读取"
            problems.append(ReadingProblem(file, f"第{MOST_PAGES + 1}页", reason, "请拆成几个文件上传"))
    scans = [number for number, lines in enumerate(pages, start=1) if not lines]
    problems.extend(_scan(file, number, all_pages=len(scans) == len(pages)) for number in scans)
    furniture = _furniture(pages)
    blocks: list[Block] = []
    for number, lines in enumerate(pages, start=1):
        kept = [line for line in lines if line not in furniture and not _PAGE_NUMBER.match(line)]
        paragraphs = list(_paragraphs(kept))
        if paragraphs and blocks and _runs_on(blocks[-1].text, paragraphs[0]):
            blocks[-1] = Block(BlockKind.PARAGRAPH, _join(blocks[-1].text, paragraphs.pop(0)), 0, blocks[-1].place)
        blocks.extend(Block(BlockKind.PARAGRAPH, text, 0, f"第{number}页") for text in paragraphs)
    title, rest = _take_title(blocks)
    return TextRead(title, rest, tuple(problems))


def _scan(file: str, number: int, *, all_pages: bool) -> ReadingProblem:
    level = ProblemLevel.ERROR if all_pages else ProblemLevel.WARNING
    reason = "扫描件：这一页是图片，没有文字可读"
    return ReadingProblem(file, f"第{number}页", reason, "请上传可以选中文字的 PDF，或先用 OCR 软件识别", level)


def _page_lines(document: Any, number: int, sweeper: Sweeper) -> list[str]:
    page = document[number]
    _drop_unseen(page, f"第{number + 1}页", sweeper)
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    text_page.close()
    page.close()
    place = f"第{number + 1}页"
    return [line for line in sweeper.visible(text.replace("\r", ""), place).splitlines() if line]


def _drop_unseen(page: Any, place: str, sweeper: Sweeper) -> None:
    """Remove text nobody can see: drawn invisibly, white, or tiny, with nothing but one colour where it stands.

    Only suspicious objects are compared with the rendered page, so an ordinary page costs no rendering; the invisible
    text layer over a scanned picture and white letters on a coloured bar are seen there and stay.
    """
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()
    suspects = [found for found in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]) if _is_suspect(found)]
    if suspects:
        picture = page.render(scale=1, grayscale=True).to_numpy()
        height = page.get_height()
        unseen = [found for found in suspects if _is_blank(picture, height, found) or _size(found) < _TINY]
        words = [_object_text(found, text_page) for found in unseen]
        for found in unseen:
            page.remove_obj(found)
        if any(word.strip() for word in words):
            page.gen_content()
            sweeper.note(f"{place}看不见的文字：{''.join(words).strip()[:60]}")
    text_page.close()


def _is_suspect(found: Any) -> bool:
    import pypdfium2.raw as pdfium

    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium.FPDFPageObj_GetFillColor(found, red, green, blue, alpha)
    pale = min(red.value, green.value, blue.value) >= 0xF0 or alpha.value < 0x10
    return pale or pdfium.FPDFTextObj_GetTextRenderMode(found) == _INVISIBLE_MODE or _size(found) < _TINY


def _size(found: Any) -> float:
    """Font size on the page in points. Not the height of the ink: an ordinary 一 is a thin line."""
    import pypdfium2.raw as pdfium

    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(found, size)
    matrix = found.get_matrix()
    return abs(size.value) * max(float(abs(matrix.a) + abs(matrix.b)), float(abs(matrix.c) + abs(matrix.d)))


def _is_blank(picture: Any, height: float, found: Any) -> bool:
    left, bottom, right, top = found.get_bounds()
    rows = slice(max(int(height - top), 0), max(int(height - bottom) + 1, 1))
    columns = slice(max(int(left), 0), max(int(right) + 1, 1))
    area = picture[rows, columns]
    return area.size == 0 or int(area.max()) - int(area.min()) < 8


def _object_text(found: Any, text_page: Any) -> str:
    import pypdfium2.raw as pdfium

    length = pdfium.FPDFTextObj_GetText(found, text_page, None, 0)
    buffer = ctypes.create_string_buffer(length * 2)
    units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    pdfium.FPDFTextObj_GetText(found, text_page, units, length)
    return buffer.raw.decode("utf-16-le", errors="replace").rstrip("\x00")


def _furniture(pages: list[list[str]]) -> set[str]:
    """Lines at the top or bottom of most pages: running heads, file names, dates of printing."""
    if len(pages) < 3:
        return set()
    edges = Counter(line for lines in pages for line in {*lines[:2], *lines[-2:]} if len(line) <= 60)
    return {line for line, count in edges.items() if count > len(pages) / 2}


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Join lines that a page's width broke: a full line without an end mark runs on in the next."""
    widest = max((len(line) for line in lines), default=0)
    current = ""
    for line in lines:
        if current and _line_runs_on(current.rsplit("\n", 1)[-1], line, widest, len(current)):
            current = _join(current, line)
            continue
        if current:
            yield current
        current = line
    if current:
        yield current


def _line_runs_on(last: str, line: str, widest: int, joined: int) -> bool:
    full = joined >= 0.75 * widest and widest >= 12
    return full and last[-1] not in _ENDS and not _STARTS_ANEW.match(line)


def _runs_on(before: str, after: str) -> bool:
    """Whether a paragraph goes on over a page break."""
    return len(before) >= 25 and before[-1] not in _ENDS and not _STARTS_ANEW.match(after)


def _join(before: str, after: str) -> str:
    both_latin = before[-1].isascii() and after[0].isascii() and before[-1].isalnum() and after[0].isalnum()
    return f"{before} {after}" if both_latin else before + after


def _take_title(blocks: list[Block]) -> tuple[str, tuple[Block, ...]]:
    """A short first line without an end mark is the document's title."""
    if len(blocks) > 1 and len(blocks[0].text) <= 40 and blocks[0].text[-1] not in _ENDS:
        first = blocks[0]
        if not _STARTS_ANEW.match(first.text):
            return first.text, (Block(BlockKind.HEADING, first.text, 1, first.place), *blocks[1:])
    return "", tuple(blocks)
