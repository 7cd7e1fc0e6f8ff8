"""Word files as blocks in reading order: automatic numbers written out, insertions in, deletions and what is hidden out."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import Sweeper
from knowledge.reading.numbering import Numbering
from knowledge.reading.office import TextRead, caption_block, table_blocks

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.text.paragraph import Paragraph

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOX = f"{_W}txbxContent"
_GONE = frozenset({f"{_W}del", f"{_W}moveFrom"})
_WRAPPERS = frozenset({f"{_W}ins", f"{_W}customXml", f"{_W}smartTag", f"{_W}moveTo"})
_EMPHASISED_HEADING = 24
# numbers that Chinese writers use for headings and articles, which the outline knows; all others number a list
_HEADING_NUMBER = re.compile(r"^(?:第|[一二三四五六七八九十百]+、|[（(][一二三四五六七八九十百]+[）)])")


def read_docx(data: bytes, file: str, sweeper: Sweeper) -> TextRead:
    """Read a Word document: headings by style, numbered paragraphs, lists, tables, text boxes and footnotes.

    Raises KeyError, ValueError or lxml's XMLSyntaxError for a damaged package.
    """
    from docx import Document

    document = Document(io.BytesIO(data))
    word = _Word(document, sweeper)
    blocks = list(word.blocks(document.element.body, document._body))
    problems: tuple[ReadingProblem, ...] = ()
    if not blocks and (blocks := list(word.margins())):
        reason = "正文是空的，只有页眉页脚里有文字，已当作正文读取"
        problems = (ReadingProblem(file, "", reason, "请核对是不是传错了文件", ProblemLevel.WARNING),)
    for comment in document.comments:
        sweeper.note(f"批注没有读取：{comment.text[:60]}")
    styled = any(block.kind is BlockKind.HEADING for block in blocks[1:])
    return TextRead(word.title, tuple(blocks if styled else word.with_bold_headings(blocks)), problems, styled)


class _Word:
    """One walk through a document."""

    def __init__(self, document: "WordDocument", sweeper: Sweeper) -> None:
        self.title = ""
        self._document = document
        self._sweeper = sweeper
        self._numbering = Numbering(document)
        self._notes = _notes(document)
        self._bold: set[str] = set()
        self._tables = 0

    def blocks(self, parent: Any, owner: Any) -> Iterator[Block]:
        """Everything below an element, in order."""
        from docx.table import Table
        from docx.text.paragraph import Paragraph

        for element in _content(parent):
            if element.tag == f"{_W}tbl":
                self._tables += 1
                yield from self._table(Table(element, owner), f"表格{self._tables}")
            else:
                yield from self._paragraph(Paragraph(element, owner))

    def margins(self) -> Iterator[Block]:
        """Headers and footers, for a document that has nothing else."""
        for section in self._document.sections:
            for margin in (section.header, section.footer):
                if not margin.is_linked_to_previous:
                    yield from self.blocks(margin._element, margin)

    def with_bold_headings(self, blocks: list[Block]) -> list[Block]:
        """Where no heading style is used at all, a short paragraph in bold throughout is a heading."""
        return [
            Block(BlockKind.HEADING, block.text, 4, block.place)
            if block.kind is BlockKind.PARAGRAPH
            and block.text in self._bold
            and len(block.text) <= _EMPHASISED_HEADING
            and block.text[-1] not in "。；，：！？"
            else block
            for block in blocks
        ]

    def _paragraph(self, paragraph: "Paragraph") -> Iterator[Block]:
        if re.match(r"^toc \d", _style(paragraph)):
            return
        words = self._sweeper.visible(_words(paragraph, self._sweeper))
        if words:
            label = self._numbering.label(paragraph)
            text = f"{label or ''}{words}"
            if all(run.bold for run in paragraph.runs if run.text.strip()):
                self._bold.add(text)
            if not self.title and _style(paragraph) in {"title", "标题"}:
                self.title = text
                yield Block(BlockKind.HEADING, text, 1)
            else:
                yield _block(paragraph, text, label)
        for drawn in paragraph._p.iter(_DRAWN):
            said = caption_block(self._sweeper.visible(drawn.get("descr") or ""))
            if said is not None and not _is_under(drawn, {_FALLBACK}, paragraph._p):
                yield said
        for box in paragraph._p.iter(_BOX):
            if not _is_under(box, {_BOX, _FALLBACK, *_GONE}, paragraph._p):
                yield from self.blocks(box, paragraph)
        for number in _references(paragraph):
            if note := self._sweeper.visible(self._notes.get(number, "")):
                yield Block(BlockKind.PARAGRAPH, f"注：{note}")

    def _table(self, table: Any, name: str) -> Iterator[Block]:
        """One block a row, ``列名：值；``; a table of one column is plain paragraphs; tables in cells follow."""
        rows = []
        for row in table.rows:
            if row._tr.find(f"{_W}trPr/{_W}del") is not None:
                self._sweeper.note(f"修订中已删除的表格行：{' '.join(cell.text for cell in row.cells)[:60]}")
                continue
            rows.append([self._cell(cell) for cell in row.cells])
        yield from table_blocks(rows, name)
        seen: list[Any] = []
        for cell in (cell for row in table.rows for cell in row.cells):
            if any(cell._tc is one for one in seen):
                continue
            seen.append(cell._tc)
            for number, inner in enumerate(cell.tables, start=1):
                yield from self._table(inner, f"{name}内表格{number}")

    def _cell(self, cell: Any) -> str:
        texts = (
            f"{self._numbering.label(paragraph) or ''}{text}"
            for paragraph in cell.paragraphs
            if (text := self._sweeper.visible(_words(paragraph, self._sweeper)))
        )
        return " ".join(text.replace("\n", " ") for text in texts)


def _content(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables of an element, also those in content controls; a table of contents only repeats headings."""
    for element in parent:
        if element.tag in {f"{_W}p", f"{_W}tbl"}:
            yield element
        elif element.tag == f"{_W}sdt":
            gallery = element.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
            content = element.find(f"{_W}sdtContent")
            if content is not None and (gallery is None or gallery.get(f"{_W}val") != "Table of Contents"):
                yield from _content(content)
        elif element.tag in _WRAPPERS:
            yield from _content(element)


def _style(paragraph: "Paragraph") -> str:
    style = paragraph.style
    return (style.name or "").lower() if style is not None else ""


def _block(paragraph: "Paragraph", text: str, label: str | None) -> Block:
    level = _heading_level(paragraph)
    if level:
        # a document's own title stands above its first-level headings
        return Block(BlockKind.HEADING, text, level + 1)
    in_list = label is not None or _style(paragraph).startswith("list")
    if in_list and not (label and _HEADING_NUMBER.match(label)):
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


def _words(paragraph: "Paragraph", sweeper: Sweeper) -> str:
    """The text a reader sees. ``paragraph.text`` would drop tracked insertions and keep hidden runs."""
    pieces: list[str] = []
    hidden: list[str] = []
    for run in paragraph._p.iter(f"{_W}r"):
        if _is_under(run, {_BOX, _FALLBACK}, paragraph._p):
            continue
        if _is_under(run, _GONE, paragraph._p):
            if deleted := "".join(part.text or "" for part in run if part.tag in {f"{_W}delText", f"{_W}t"}):
                sweeper.note(f"修订中已删除的文字：{deleted[:60]}")
            continue
        text = "".join(_run_pieces(run))
        (hidden if text.strip() and _is_hidden(run, paragraph) else pieces).append(text)
    if hidden:
        sweeper.note(f"隐藏文字：{''.join(hidden)[:60]}")
    return "".join(pieces)


def _is_under(element: Any, tags: set[str] | frozenset[str], top: Any) -> bool:
    """Say whether one of these elements stands between this one and ``top``."""
    for parent in element.iterancestors():
        if parent is top:
            return False
        if parent.tag in tags:
            return True
    return False


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


def _references(paragraph: "Paragraph") -> Iterator[str]:
    for name in ("footnote", "endnote"):
        for mark in paragraph._p.iter(f"{_W}{name}Reference"):
            yield f"{name} {mark.get(f'{_W}id')}"


def _notes(document: "WordDocument") -> dict[str, str]:
    """Footnotes and endnotes by kind and number; the library has no name for them yet."""
    from docx.oxml import parse_xml

    found: dict[str, str] = {}
    for relation in document.part.rels.values():
        name = relation.reltype.rsplit("/", 1)[-1].removesuffix("s")
        if relation.is_external or name not in {"footnote", "endnote"}:
            continue
        for note in parse_xml(relation.target_part.blob).iter(f"{_W}{name}"):
            texts = (part.text or "" for part in note.iter(f"{_W}t"))
            found[f"{name} {note.get(f'{_W}id')}"] = "".join(texts)
    return found
