"""What every text document gives, and slides as blocks; what a reader of the page cannot see is left out and listed."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide


@dataclass(frozen=True, slots=True)
class TextRead:
    """What a text document gave; ``title`` is empty when the file names none."""

    title: str
    blocks: tuple[Block, ...]
    problems: tuple[ReadingProblem, ...] = ()
    styled: bool = False
    """Whether the file marks its own headings, so that none need to be guessed."""


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


# what programs fill in by themselves says nothing about the picture
_SAYS_NOTHING = re.compile(
    r"^(?:图片|图像|图形|picture|image|img|photo|截图|screenshot)?\s*[\d_-]*$|\.(?:png|jpe?g|gif|webp|bmp)$|"
    r"已自动生成|AI-generated|description automatically",
    re.IGNORECASE,
)


def caption_block(words: str) -> Block | None:
    """A picture's own words as a block; None when they say nothing about it."""
    words = " ".join(words.split())
    return Block(BlockKind.PARAGRAPH, f"图：{words}") if words and not _SAYS_NOTHING.search(words) else None


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
    from pptx.shapes.picture import Picture

    if isinstance(shape, GroupShape):
        for inner in sorted(shape.shapes, key=lambda inner: (inner.top or 0, inner.left or 0)):
            yield from _shape_blocks(inner, place, sweeper)
    elif isinstance(shape, GraphicFrame) and shape.has_table:
        rows = [
            [sweeper.visible(cell.text, place).replace("\n", " ") for cell in row.cells] for row in shape.table.rows
        ]
        for block in table_blocks(rows, f"{place}表格"):
            yield Block(block.kind, block.text, 0, block.place or place)
    elif isinstance(shape, Picture):
        drawn: Any = shape._element
        said = caption_block(sweeper.visible(drawn.nvPicPr.cNvPr.get("descr") or "", place))
        if said is not None:
            yield Block(said.kind, said.text, 0, place)
    elif shape.has_text_frame:
        frame: Any = shape
        for paragraph in frame.text_frame.paragraphs:
            text = sweeper.visible("".join(run.text for run in paragraph.runs), place)
            if text:
                yield Block(BlockKind.PARAGRAPH, text, 0, place)
