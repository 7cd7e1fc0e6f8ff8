"""Word and PowerPoint files as blocks in reading order; what a reader of the page cannot see is left out and listed."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table as WordTable
    from docx.text.paragraph import Paragraph
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_EMPHASISED_HEADING = 24


@dataclass(frozen=True, slots=True)
class TextRead:
    """What a text document gave; ``title`` is empty when the file names none."""

    title: str
    blocks: tuple[Block, ...]
    problems: tuple[ReadingProblem, ...] = ()
    styled: bool = False
    """Whether the file marks its own headings, so that none need to be guessed."""


def read_docx(data: bytes, file: str, sweeper: Sweeper) -> TextRead:
    """Read a Word document: headings by style, paragraphs, lists and tables, insertions kept, deletions left out.

    Raises KeyError, ValueError or lxml's XMLSyntaxError for a damaged package.
    """
    from docx import Document
    from docx.table import Table as WordTable

    document = Document(io.BytesIO(data))
    blocks: list[Block] = []
    title = ""
    tables = 0
    for item in document.iter_inner_content():
        if isinstance(item, WordTable):
            tables += 1
            blocks.extend(_word_table(item, f"表格{tables}", sweeper))
            continue
        text = sweeper.visible(_word_text(item, sweeper))
        if not text:
            continue
        if not title and _style(item) in {"title", "标题"}:
            title = text
            blocks.append(Block(BlockKind.HEADING, text, 1))
        else:
            blocks.append(_word_block(item, text))
    _note_word_comments(document, sweeper)
    styled = any(block.kind is BlockKind.HEADING for block in blocks[1:])
    return TextRead(title, tuple(blocks if styled else _promote_bold(document, blocks)), (), styled)


def _style(paragraph: "Paragraph") -> str:
    style = paragraph.style
    return (style.name or "").lower() if style is not None else ""


def _word_block(paragraph: "Paragraph", text: str) -> Block:
    level = _heading_level(paragraph)
    if level:
        # a document's own title stands above its first-level headings
        return Block(BlockKind.HEADING, text, level + 1)
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    if numbered or _style(paragraph).startswith("list"):
        return Block(BlockKind.LIST, text)
    return Block(BlockKind.PARAGRAPH, text)


def _heading_level(paragraph: "Paragraph") -> int:
    """1 for a first-level heading, by style name or outline level; 0 for running text."""
    name = _style(paragraph)
    for prefix in ("heading ", "标题 ", "标题"):
        rest = name.removeprefix(prefix)
        if rest != name and rest.strip().isdigit():
            return min(int(rest), 8)
    outline = paragraph._p.find(f"{_W}pPr/{_W}outlineLvl")
    value = outline.get(f"{_W}val") if outline is not None else None
    return min(int(value) + 1, 8) if value and value.isdigit() and int(value) < 9 else 0


def _word_text(paragraph: "Paragraph", sweeper: Sweeper) -> str:
    """The text a reader sees. ``paragraph.text`` would drop tracked insertions and keep hidden runs."""
    pieces: list[str] = []
    hidden: list[str] = []
    for run in paragraph._p.iter(f"{_W}r"):
        if any(parent.tag in {f"{_W}del", _MC_FALLBACK} for parent in run.iterancestors()):
            if deleted := "".join(part.text or "" for part in run.iter(f"{_W}delText")):
                sweeper.note(f"修订中已删除的文字：{deleted[:60]}")
            continue
        text = "".join(_run_pieces(run))
        (hidden if text.strip() and _is_hidden(run, paragraph) else pieces).append(text)
    if hidden:
        sweeper.note(f"隐藏文字：{''.join(hidden)[:60]}")
    return "".join(pieces)


def _run_pieces(run: Any) -> Iterator[str]:
    for child in run:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag == f"{_W}tab":
            yield "\t"
        elif child.tag in {f"{_W}br", f"{_W}cr"}:
            yield "\n"
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"


def _is_hidden(run_element: Any, paragraph: "Paragraph") -> bool:
    """Hidden by format or style, or white letters on the white page, or letters too small to see."""
    from docx.shared import Pt, RGBColor
    from docx.text.run import Run

    run = Run(run_element, paragraph)
    font = run.font
    if font.hidden or (run.style is not None and run.style.font.hidden):
        return True
    if font.size is not None and font.size < Pt(2):
        return True
    if font.color is None or font.color.rgb != RGBColor(0xFF, 0xFF, 0xFF):
        return False
    shaded = any(True for parent in (run_element, *run_element.iterancestors()) for _ in _shadings(parent))
    return not shaded and font.highlight_color is None


def _shadings(element: Any) -> Iterator[Any]:
    for name in ("rPr", "pPr", "tcPr", "tblPr"):
        found = element.find(f"{_W}{name}/{_W}shd")
        if found is not None and (found.get(f"{_W}fill") or "auto").upper() not in {"AUTO", "FFFFFF"}:
            yield found


def _word_table(table: "WordTable", name: str, sweeper: Sweeper) -> Iterator[Block]:
    """One block a row, ``列名：值；``; a table of one column is plain paragraphs."""
    rows = [[_cell_text(cell, sweeper) for cell in row.cells] for row in table.rows]
    yield from table_blocks(rows, name)


def _cell_text(cell: Any, sweeper: Sweeper) -> str:
    texts = (sweeper.visible(_word_text(paragraph, sweeper)) for paragraph in cell.paragraphs)
    return " ".join(text.replace("\n", " ") for text in texts if text)


def table_blocks(rows: list[list[str]], name: str) -> Iterator[Block]:
    """Rows of a table inside a document as blocks, the first row being the header."""
    if not rows:
        return
    header, *body = rows
    if len({text for text in header if text}) < 2 or not body:
        for row in rows:
            if text := " ".join(dict.fromkeys(cell for cell in row if cell)):
                yield Block(BlockKind.PARAGRAPH, text)
        return
    for number, row in enumerate(body, start=2):
        text = row_text(dict(zip(header, row, strict=False)))
        if text:
            yield Block(BlockKind.TABLE_ROW, text, 0, f"{name}第{number}行")


def row_text(cells: dict[str, str]) -> str:
    """A table row in one line that can be read without its header: ``列名：值；列名：值``; empty cells are left out."""
    return "；".join(f"{name}：{value}" if name else value for name, value in cells.items() if value)


def _note_word_comments(document: "WordDocument", sweeper: Sweeper) -> None:
    for comment in document.comments:
        sweeper.note(f"批注没有读取：{comment.text[:60]}")


def _promote_bold(document: "WordDocument", blocks: list[Block]) -> list[Block]:
    """Where no heading style is used at all, a short paragraph in bold throughout is a heading."""
    bold = {
        paragraph.text.strip()
        for paragraph in document.paragraphs
        if paragraph.text.strip() and all(run.bold for run in paragraph.runs if run.text.strip())
    }
    return [
        Block(BlockKind.HEADING, block.text, 4, block.place)
        if block.kind is BlockKind.PARAGRAPH
        and block.text in bold
        and len(block.text) <= _EMPHASISED_HEADING
        and block.text[-1] not in "。；，：！？"
        else block
        for block in blocks
    ]


def read_pptx(data: bytes, file: str, sweeper: Sweeper) -> TextRead:
    """Read slides: the title as heading, other shapes top to bottom, tables by row; hidden slides and notes left out.

    Raises KeyError, ValueError or lxml's XMLSyntaxError for a damaged package.
    """
    from pptx import Presentation

    blocks: list[Block] = []
    problems: list[ReadingProblem] = []
    title = ""
    for number, slide in enumerate(Presentation(io.BytesIO(data)).slides, start=1):
        place = f"第{number}页"
        if slide._element.get("show") == "0":
            sweeper.note(f"{place}是隐藏的幻灯片，没有读取")
            continue
        found = list(_slide_blocks(slide, place, sweeper))
        if not title and found and found[0].kind is BlockKind.HEADING:
            title = found[0].text
        if not found and len(slide.shapes):
            reason, remedy = "这一页只有图片，没有文字可读", "图片里的重要内容请补成文字"
            problems.append(ReadingProblem(file, place, reason, remedy, ProblemLevel.WARNING))
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) and notes.text.strip():
            sweeper.note(f"{place}的备注没有读取")
        blocks.extend(found)
    return TextRead(title, tuple(blocks), tuple(problems), styled=True)


def _slide_blocks(slide: "Slide", place: str, sweeper: Sweeper) -> Iterator[Block]:
    heading = slide.shapes.title
    if heading is not None and (text := sweeper.visible(heading.text_frame.text, place)):
        yield Block(BlockKind.HEADING, text.replace("\n", " "), 2, place)
    others = (shape for shape in slide.shapes if heading is None or shape.shape_id != heading.shape_id)
    for shape in sorted(others, key=lambda shape: (shape.top or 0, shape.left or 0)):
        yield from _shape_blocks(shape, place, sweeper)


def _shape_blocks(shape: "BaseShape", place: str, sweeper: Sweeper) -> Iterator[Block]:
    from pptx.shapes.graphfrm import GraphicFrame
    from pptx.shapes.group import GroupShape

    if isinstance(shape, GroupShape):
        for inner in sorted(shape.shapes, key=lambda inner: (inner.top or 0, inner.left or 0)):
            yield from _shape_blocks(inner, place, sweeper)
    elif isinstance(shape, GraphicFrame) and shape.has_table:
        rows = [
            [sweeper.visible(cell.text, place).replace("\n", " ") for cell in row.cells] for row in shape.table.rows
        ]
        for block in table_blocks(rows, f"{place}表格"):
            yield Block(block.kind, block.text, 0, block.place or place)
    elif shape.has_text_frame:
        frame: Any = shape
        for paragraph in frame.text_frame.paragraphs:
            text = sweeper.visible("".join(run.text for run in paragraph.runs), place)
            if text:
                yield Block(BlockKind.PARAGRAPH, text, 0, place)
