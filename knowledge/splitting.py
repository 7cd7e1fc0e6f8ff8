"""Cut a reading into pieces that each answer something, along the structure its writer gave it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from knowledge.metadata import is_metadata_line
from knowledge.reading.blocks import Block, BlockKind, Reading, Row, Table
from knowledge.reading.office import row_text
from knowledge.reading.outline import is_article, question_of

TARGET = 400
"""Characters a piece should not much exceed: two or three policy paragraphs, what a guide reads at a glance."""
LONGEST_ARTICLE = 1600
"""An article of a statute is quoted whole; only beyond this is it cut."""
_SEPARATORS = ["\n\n", "\n", "。", "！", "？", "；", "，", ""]
_QUESTION_COLUMNS = frozenset({"问题", "问", "常见问题", "顾客问题", "提问", "Q", "q", "question", "Question"})
_ANSWER_COLUMNS = frozenset({"答案", "答", "回答", "解答", "回复", "参考回答", "A", "a", "answer", "Answer"})
# a section or a column of these holds ways of asking, which help to find and are no text to quote
_SAMPLES = frozenset({"常见问法", "相似问法", "其他问法", "顾客常问", "客户常问", "顾客怎么问", "客户怎么问"})
_NUMBERING = re.compile(r"^(?:[（(]?[一二三四五六七八九十\d]+[)）]?[、.．\s]*)+")
_MARK = re.compile(r"^\s*(?:[-*•·●]|[（(]?\d{1,2}[)）.、．])\s*")
_BETWEEN = re.compile(r"[\n;；|｜]+")
_TELLING_HEADING = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a document: the titles above it, where a person finds it, its text, and the question it answers
    when the document itself asks one. ``asked`` are further ways of asking that its writer put down for it."""

    heading: tuple[str, ...]
    place: str
    text: str
    question: str = ""
    asked: tuple[str, ...] = ()


@dataclass(slots=True)
class _Section:
    """A heading path with the running text directly below it."""

    path: tuple[str, ...]
    page: str
    body: list[Block] = field(default_factory=list)
    level: int = 0


def split(reading: Reading) -> tuple[Piece, ...]:
    """Cut by structure: a section is a piece, a long one is cut at sentence ends, a question stays with its answer,
    a table row and an article of a statute are one piece each. Lines that only state scope, validity or version are
    left out: they live in the document's metadata."""
    pieces = [piece for table in reading.tables for piece in _table_pieces(table)]
    every = list(_sections(reading))
    samples = [section for section in every if _is_samples(section)]
    sections = [section for section in every if not _is_samples(section)]
    for section, following in zip(sections, [*sections[1:], None], strict=True):
        pieces.extend(_section_pieces(section, following, reading))
    return tuple(_with_samples(pieces, samples))


def stray_samples(reading: Reading) -> tuple[str, ...]:
    """Sample questions that stand under no section with a text of its own, so that nobody knows what answers them."""
    paths = {piece.heading for piece in split(reading)}
    samples = (section for section in _sections(reading) if _is_samples(section))
    return tuple(text for section in samples if section.path[:-1] not in paths for text in _lines(section))


def _is_samples(section: _Section) -> bool:
    return bool(section.path) and _NUMBERING.sub("", section.path[-1]).strip() in _SAMPLES


def _lines(section: _Section) -> tuple[str, ...]:
    lines = (line for block in section.body for line in block.text.splitlines())
    return tuple(text for line in lines if (text := _MARK.sub("", line).strip()))


def _with_samples(pieces: list[Piece], samples: list[_Section]) -> Iterator[Piece]:
    """Questions under 常见问法 belong to every piece of the section that they are a part of."""
    asked: dict[tuple[str, ...], tuple[str, ...]] = {}
    for section in samples:
        asked[section.path[:-1]] = asked.get(section.path[:-1], ()) + _lines(section)
    for piece in pieces:
        yield replace(piece, asked=piece.asked + asked.get(piece.heading, ()))


def _sections(reading: Reading) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    current = _Section((), "")
    for block in reading.blocks:
        if block.kind is BlockKind.HEADING:
            yield current
            while path and path[-1][0] >= block.level:
                path.pop()
            # the document's title is on every passage anyway
            if not (block.level == 1 and block.text == reading.title):
                path.append((block.level, block.text))
            current = _Section(tuple(text for _, text in path), block.place, level=block.level)
        elif not is_metadata_line(block.text):
            current.body.append(block)
    yield current


def _section_pieces(section: _Section, following: _Section | None, reading: Reading) -> Iterator[Piece]:
    if not section.body:
        parent = following is not None and following.path[: len(section.path)] == section.path
        if section.path and not parent and len(section.path[-1]) >= _TELLING_HEADING:
            yield Piece(section.path[:-1], _place(section, None, reading), section.path[-1])
        return
    run: list[Block] = []
    for block in section.body:
        if block.kind in {BlockKind.QA, BlockKind.TABLE_ROW}:
            yield from _running_text(section, run, reading)
            run = []
            yield Piece(section.path, _place(section, block, reading), block.text, _question(block))
        else:
            run.append(block)
    yield from _running_text(section, run, reading)


def _question(block: Block) -> str:
    return question_of(block.text.splitlines()[0]) if block.kind is BlockKind.QA else ""


def _running_text(section: _Section, run: list[Block], reading: Reading) -> Iterator[Piece]:
    if not run:
        return
    text = "\n".join(block.text for block in run)
    whole = LONGEST_ARTICLE if section.path and is_article(section.path[-1]) else TARGET * 1.25
    if len(text) <= whole:
        yield Piece(section.path, _place(section, run[0], reading), text)
        return
    for chunk, block in _chunks(run):
        yield Piece(section.path, _place(section, block, reading), chunk)


def _chunks(run: list[Block]) -> Iterator[tuple[str, Block]]:
    """Pack whole blocks up to the target; a block longer than that is cut at sentence ends."""
    packed: list[str] = []
    first = run[0]
    for block in run:
        for part in _sentences(block.text):
            if packed and sum(map(len, packed)) + len(part) > TARGET:
                yield "\n".join(packed), first
                packed = []
            if not packed:
                first = block
            packed.append(part)
    yield "\n".join(packed), first


def _sentences(text: str) -> Iterable[str]:
    if len(text) <= TARGET:
        return [text]
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=_SEPARATORS, keep_separator="end", chunk_size=TARGET, chunk_overlap=0
    )
    return [part.strip() for part in splitter.split_text(text) if part.strip()]


def _place(section: _Section, block: Block | None, reading: Reading) -> str:
    """What a guide looks for: the heading, the page, or both in a PDF; table rows name their row."""
    page = block.place if block is not None and block.place else section.page
    name = section.path[-1] if section.path else ""
    if reading.media == "pptx" and page:
        return page
    if name and page:
        return f"{name}（{page}）"
    return name or page or "正文"


def _table_pieces(table: Table) -> Iterator[Piece]:
    for row in table.rows:
        place = f"{table.sheet}!第{row.number}行" if table.sheet else f"第{row.number}行"
        heading = (table.sheet,) if table.sheet else ()
        yield _row_piece(row, heading, place)


def _row_piece(row: Row, heading: tuple[str, ...], place: str) -> Piece:
    question = next((row.cells[name] for name in row.cells if name in _QUESTION_COLUMNS and row.cells[name]), "")
    answered = any(row.cells[name] for name in row.cells if name in _ANSWER_COLUMNS)
    samples = (part.strip() for name in row.cells if name in _SAMPLES for part in _BETWEEN.split(row.cells[name]))
    told = {name: " ".join(value.split()) for name, value in row.cells.items() if name not in _SAMPLES}
    return Piece(heading, place, row_text(told), question if answered else "", tuple(filter(None, samples)))
