"""PDF files as blocks: lines joined to paragraphs again, page furniture and unseen text taken out."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

from knowledge.reading import recognising
from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper
from knowledge.reading.layout import Box, UnclearPage, in_columns, ruled_tables
from knowledge.reading.office import TextRead, table_blocks
from knowledge.reading.recognising import CHECK, EXTRA, Clocked

MOST_PAGES = 500
_MOST_LINES = 3000
_LONGEST_SIDE = 2000
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


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a page: running lines, or the rows of a ruled table."""

    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One page once read; ``recognised`` says that its letters were read from a picture."""

    number: int
    parts: tuple[_Part, ...]
    recognised: bool = False

    @property
    def lines(self) -> list[str]:
        """Every running line of the page."""
        return [line for part in self.parts for line in part.lines]

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"第{self.number}页（识别）" if self.recognised else f"第{self.number}页"


def read_pdf(data: bytes, file: str, sweeper: Sweeper) -> TextRead:
    """Read a PDF page by page; a page with no text layer is recognised where that is installed, else reported.

    Raises ``pypdfium2.PdfiumError`` when the file is damaged or needs a password.
    """
    import pypdfium2

    problems: list[ReadingProblem] = []
    with pypdfium2.PdfDocument(data) as document:
        read = [_sheet(document, data, number, file, sweeper) for number in range(min(len(document), MOST_PAGES))]
        if len(document) > MOST_PAGES:
            reason = f"超过 {MOST_PAGES} 页，后面的没有读取"
            problems.append(ReadingProblem(file, f"第{MOST_PAGES + 1}页", reason, "请拆成几个文件上传"))
        sheets = [one.sheet for one in read]
        furniture = _furniture([sheet.lines for sheet in sheets])
        scans = [sheet.number for sheet in sheets if not _has_text(sheet, furniture, document)]
        recognised, told = _recognise(document, file, scans, sweeper, all_pages=len(scans) == len(sheets))
    problems += [problem for one in read for problem in one.problems]
    problems += told
    blocks: list[Block] = []
    tables = 0
    for sheet in (recognised.get(sheet.number, sheet) for sheet in sheets):
        for part in sheet.parts:
            if part.rows:
                tables += 1
                found = table_blocks([list(row) for row in part.rows], f"{sheet.place}表格{tables}")
                blocks += [Block(one.kind, one.text, 0, one.place or sheet.place) for one in found]
                continue
            kept = [line for line in part.lines if line not in furniture and not _PAGE_NUMBER.match(line)]
            paragraphs = list(_paragraphs(kept))
            if paragraphs and blocks and part is sheet.parts[0] and _follows(blocks[-1], paragraphs[0]):
                blocks[-1] = Block(BlockKind.PARAGRAPH, _join(blocks[-1].text, paragraphs.pop(0)), 0, blocks[-1].place)
            blocks.extend(Block(BlockKind.PARAGRAPH, text, 0, sheet.place) for text in paragraphs)
    title, rest = _take_title(blocks)
    return TextRead(title, rest, tuple(problems))


def _follows(before: Block, text: str) -> bool:
    return before.kind is BlockKind.PARAGRAPH and _runs_on(before.text, text)


def _has_text(sheet: _Sheet, furniture: set[str], document: Any) -> bool:
    """Say whether a page says anything; a picture with nothing but a page number below it does not."""
    import pypdfium2.raw as pdfium

    if any(part.rows for part in sheet.parts):
        return True
    if any(line not in furniture and not _PAGE_NUMBER.match(line) for line in sheet.lines):
        return True
    if not sheet.lines:
        return False
    page = document[sheet.number - 1]
    pictures = any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]))
    page.close()
    return not pictures


def _recognise(
    document: Any, file: str, scans: list[int], sweeper: Sweeper, *, all_pages: bool
) -> tuple[dict[int, _Sheet], list[ReadingProblem]]:
    """Read the pages that are pictures, as many as the time allows; every one of them is told of."""
    level = ProblemLevel.ERROR if all_pages else ProblemLevel.WARNING
    recogniser = recognising.installed()
    if recogniser is None:
        reason, remedy = "扫描件：这一页是图片，没有文字可读", f"请上传可以选中文字的 PDF，或{EXTRA}后重新导入"
        return {}, [ReadingProblem(file, f"第{number}页", reason, remedy, level) for number in scans]
    clocked = Clocked(recogniser)
    sheets: dict[int, _Sheet] = {}
    problems: list[ReadingProblem] = []
    for number in scans:
        page = document[number - 1]
        longest = max(page.get_width(), page.get_height(), 1)
        lines = clocked.lines(page.render(scale=min(2.0, _LONGEST_SIDE / longest)).to_pil())
        page.close()
        if lines is None:
            reason = "扫描件太长，从这一页起没有识别完"
            problems.append(ReadingProblem(file, f"第{number}页", reason, "请拆成几份上传，每份不超过五页"))
            break
        visible = tuple(text for line in lines if (text := sweeper.visible(line)))
        if visible:
            sheets[number] = _Sheet(number, (_Part(visible),), recognised=True)
            problems.append(ReadingProblem(file, f"第{number}页", *CHECK, ProblemLevel.WARNING))
        else:
            reason = "扫描件：这一页没有识别出文字"
            problems.append(
                ReadingProblem(file, f"第{number}页", reason, "空白页不用处理；有内容请换清楚的扫描件", level)
            )
    return sheets, problems


@dataclass(frozen=True, slots=True)
class _Found:
    """A page with what was odd about it."""

    sheet: _Sheet
    problems: tuple[ReadingProblem, ...] = ()


def _sheet(document: Any, data: bytes, number: int, file: str, sweeper: Sweeper) -> _Found:
    page = document[number]
    place = f"第{number + 1}页"
    _drop_unseen(page, place, sweeper)
    text_page = page.get_textpage()
    problems: tuple[ReadingProblem, ...] = ()
    try:
        tables = ruled_tables(data, number) if _may_have_tables(page) else ()
    except UnclearPage:
        reason, remedy = "这一页的表格线认不出来，按文字读取", "请核对这一页；最好上传原来的表格"
        problems = (ReadingProblem(file, place, reason, remedy, ProblemLevel.WARNING),)
        tables = ()

    def lines(text: str) -> tuple[str, ...]:
        return tuple(line for line in sweeper.visible(text.replace("\r", ""), place).splitlines() if line)

    parts: list[_Part] = []
    if tables:
        top = page.get_height()
        for table in tables:
            parts.append(_Part(lines(text_page.get_text_bounded(bottom=table.box.top, top=top))))
            rows = tuple(
                tuple(reduce(_join, lines(_inside(text_page, cell)), "") if cell else "" for cell in row)
                for row in table.rows
            )
            parts.append(_Part(rows=rows))
            for beside in (
                Box(0, table.box.bottom, table.box.left, table.box.top),
                Box(table.box.right, table.box.bottom, page.get_width(), table.box.top),
            ):
                parts.append(_Part(lines(_inside(text_page, beside))))
            top = table.box.bottom
        parts.append(_Part(lines(text_page.get_text_bounded(top=top))))
    else:
        columns = in_columns(page, text_page)
        parts.append(_Part(lines("\n".join(columns) if columns else text_page.get_text_bounded())))
    text_page.close()
    page.close()
    return _Found(_Sheet(number + 1, tuple(part for part in parts if part.lines or part.rows)), problems)


def _inside(text_page: Any, box: Box) -> str:
    return str(text_page.get_text_bounded(box.left, box.bottom, box.right, box.top)) if box.right - box.left > 1 else ""


def _may_have_tables(page: Any) -> bool:
    """A table is ruled with at least four lines; a drawing of thousands is none, and would take minutes to look at."""
    import pypdfium2.raw as pdfium

    return 4 <= sum(1 for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])) <= _MOST_LINES


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
    """Two lines that belong together: Chinese runs on without a blank."""
    if not before:
        return after
    both_latin = before[-1].isascii() and after[0].isascii() and before[-1].isalnum() and after[0].isalnum()
    return f"{before} {after}" if both_latin else before + after


def _take_title(blocks: list[Block]) -> tuple[str, tuple[Block, ...]]:
    """A short first line without an end mark is the document's title."""
    if len(blocks) > 1 and len(blocks[0].text) <= 40 and blocks[0].text[-1] not in _ENDS:
        first = blocks[0]
        if not _STARTS_ANEW.match(first.text):
            return first.text, (Block(BlockKind.HEADING, first.text, 1, first.place), *blocks[1:])
    return "", tuple(blocks)
