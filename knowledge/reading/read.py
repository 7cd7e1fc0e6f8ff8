"""The front door for the shop's files: any upload in, one ``Reading`` out, never an exception for a bad file."""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile

from knowledge.reading.archives import Opened, Parcel
from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, Reading, ReadingProblem, Row, Table
from knowledge.reading.cleaning import Sweeper, display_name
from knowledge.reading.gate import ARCHIVES, LARGEST_FILE, PICTURES, SMALLER, TOO_LARGE, Admitted, admit
from knowledge.reading.mail import read_mail
from knowledge.reading.office import TextRead, read_pptx
from knowledge.reading.outline import find_outline
from knowledge.reading.pictures import CAPTION_SUFFIXES, is_picture, naming, pictures_of, read_picture
from knowledge.reading.plain import FrontMatter, UndecodableText, decode, read_html, read_markdown, read_text
from knowledge.reading.printed import read_pdf
from knowledge.reading.tables import TablesRead, read_csv, read_xls, read_xlsx
from knowledge.reading.word import read_docx
from knowledge.suspicion import SHORTEST, quoted, suspicious_parts

__all__ = ["Block", "BlockKind", "ProblemLevel", "Reading", "ReadingProblem", "Row", "Table", "read", "read_bytes"]

_SHEETS: dict[str, Callable[[bytes, str, Sweeper], TablesRead]] = {"xlsx": read_xlsx, "xls": read_xls}
_PACKAGES: dict[str, Callable[[bytes, str, Sweeper], TextRead]] = {
    "docx": read_docx,
    "pptx": read_pptx,
    "pdf": read_pdf,
    **dict.fromkeys(PICTURES, read_picture),
}
_PLAIN: dict[str, Callable[[str, str, Sweeper], TextRead]] = {
    "md": read_markdown,
    "html": read_html,
    "txt": read_text,
}
_CONTAINERS = ARCHIVES | {"eml"}
_DEEPEST = 2
"""A mail in an archive, or an archive in a mail, is read; what is packed in that is not opened further."""
_LOOK = (
    "请核对：确实是正文，就在 shop.yaml 的 documents 里给这份资料写上“已核对: 是”；"
    "不是就删掉这句再上传。核对之前这份资料不会用来回答"
)


def read(path: Path, name: str = "") -> Reading:
    """Read a file of the shop: xlsx, xls, csv, docx, pdf, pptx, html, md, txt, eml, a picture, or an archive of these.

    ``name`` is how the file is called towards people, folders included (``政策/退换货.docx``); the file's own name
    when empty. A broken, encrypted, oversized or unsupported file gives a Reading without content whose problems say
    what is wrong and what to do. A text beside a picture of the same name is that picture's caption and names it.
    Raises OSError only when ``path`` cannot be opened at all.
    """
    file = display_name(name or path.name)
    if path.stat().st_size > LARGEST_FILE:
        return _refused(file, "", TOO_LARGE, SMALLER)
    return _naming(_read(path.read_bytes(), file, ()), pictures_of(path))


def read_bytes(data: bytes, name: str) -> Reading:
    """Read an upload by its content; see ``read``."""
    return _read(data, display_name(name), ())


def _read(data: bytes, file: str, inside: tuple[str, ...]) -> Reading:
    """Read one file; ``inside`` are the media of what it was packed in, outermost first."""
    path = PurePosixPath(file)
    digest = hashlib.sha256(data).hexdigest()
    entry = admit(data, path.suffix)
    if not isinstance(entry, Admitted):
        return _refused(file, digest, entry.reason, entry.remedy)
    if len(inside) >= _DEEPEST and entry.media in _CONTAINERS:
        return _refused(file, digest, "套了太多层，没有读取", "请把里面的文件单独上传")
    try:
        return _flagged(_parse(data, file, digest, entry.media, inside))
    except UndecodableText:
        reason, remedy = "文字编码认不出来", "请用记事本打开，另存为 UTF-8 编码后上传"
    except _broken_errors() as error:
        reason, remedy = _why_broken(entry.media, error)
    return Reading(file, digest, entry.media, path.stem, problems=(ReadingProblem(file, "", reason, remedy),))


def _refused(file: str, digest: str, reason: str, remedy: str) -> Reading:
    path = PurePosixPath(file)
    problem = ReadingProblem(file, "", reason, remedy)
    return Reading(file, digest, path.suffix.lower().lstrip("."), path.stem, problems=(problem,))


def _parse(data: bytes, file: str, digest: str, media: str, inside: tuple[str, ...]) -> Reading:
    sweeper = Sweeper()
    stem = PurePosixPath(file).stem
    if media in ARCHIVES:
        opened = Opened(data, media, file)
        members = _members(opened, file, (*inside, media))
        problems = tuple(opened.problems)
        if not members and not problems:
            problems = (ReadingProblem(file, "", "压缩包里没有文件", "请确认打包的内容后重新上传"),)
        return Reading(file, digest, media, stem, problems=problems, members=members)
    if media == "eml":
        letter = read_mail(data, file, sweeper)
        members = _members(letter.attached, file, (*inside, media))
        text = _as_reading(letter.text, file, digest, media, sweeper, is_whole=not members)
        return replace(text, members=members)
    if media in _SHEETS or media == "csv":
        sheets = read_csv(decode(data), file, sweeper) if media == "csv" else _SHEETS[media](data, file, sweeper)
        return Reading(file, digest, media, stem, (), sheets.tables, sheets.problems, sweeper.hidden)
    if media not in _PLAIN:
        return _as_reading(_PACKAGES[media](data, file, sweeper), file, digest, media, sweeper)
    front = FrontMatter(decode(data), file)
    found = _as_reading(_PLAIN[media](front.body, file, sweeper), file, digest, media, sweeper)
    title = front.values.get("title") or found.title
    return replace(found, title=title, front_matter=front.values, problems=(*front.problems, *found.problems))


def _as_reading(
    found: TextRead, file: str, digest: str, media: str, sweeper: Sweeper, *, is_whole: bool = True
) -> Reading:
    blocks = find_outline(found.blocks, guess_headings=not found.styled)
    problems = found.problems
    if is_whole and not blocks and not any(problem.level is ProblemLevel.ERROR for problem in problems):
        problems += (ReadingProblem(file, "", "文件里没有读到文字", "请确认内容是文字而不是图片，再重新上传"),)
    title = found.title or PurePosixPath(file).stem
    return Reading(file, digest, media, title, blocks, (), problems, sweeper.hidden)


def _members(parcels: Iterable[Parcel], file: str, inside: tuple[str, ...]) -> tuple[Reading, ...]:
    """Read what is packed or attached; pictures come last, when it is known which of them have a caption."""
    members: list[Reading] = []
    pictures: list[Parcel] = []
    for parcel in parcels:
        if is_picture(parcel.name):
            pictures.append(parcel)
        else:
            members.append(_read(parcel.data, display_name(f"{file}/{parcel.name}"), inside))
    captions = {
        _stem(one.file): number
        for number, one in enumerate(members)
        if PurePosixPath(one.file).suffix.lower() in CAPTION_SUFFIXES and one.blocks
    }
    for picture in pictures:
        name = display_name(f"{file}/{picture.name}")
        number = captions.get(_stem(name))
        if number is None:
            members.append(_read(picture.data, name, inside))
        else:
            members[number] = _naming(members[number], (PurePosixPath(name).name,))
    return tuple(members)


def _stem(file: str) -> str:
    return str(PurePosixPath(file).with_suffix(""))


def _naming(reading: Reading, pictures: tuple[str, ...]) -> Reading:
    return replace(reading, blocks=(*reading.blocks, *naming(pictures))) if reading.blocks and pictures else reading


def _flagged(reading: Reading) -> Reading:
    """Quote what speaks to a model, and ask a person to look at it. What nobody sees is out and listed already."""
    found = tuple(suspicious_parts(itertools.chain(_written(reading.blocks), _in_cells(reading.tables))))
    if not found:
        return reading
    problems = tuple(
        ReadingProblem(reading.file, place, f"有一句像是写给 AI 的指令：“{words}”", _LOOK, ProblemLevel.WARNING)
        for place, words in found
    )
    said = tuple(f"{place}：{words}" if place else words for place, words in found)
    return replace(reading, suspicious=said, problems=(*reading.problems, *problems))


def _written(blocks: tuple[Block, ...]) -> Iterator[tuple[str, str]]:
    """Every block with its place, and two in a row where neither alone says it: an order may be told in halves."""
    yield from ((block.place, block.text) for block in blocks)
    for before, block in itertools.pairwise(blocks):
        if not quoted(before.text) and not quoted(block.text):
            yield block.place, f"{before.text} {block.text}"


def _in_cells(tables: Iterable[Table]) -> Iterator[tuple[str, str]]:
    """The cells that could tell a model anything, each text once; in a hundred thousand orders there are few."""
    seen: set[str] = set()
    for table in tables:
        for row in table.rows:
            for text in row.cells.values():
                if len(text) >= SHORTEST and not text.isalnum() and text not in seen:
                    seen.add(text)
                    yield _row_place(row), text


def _row_place(row: Row) -> str:
    return f"{row.sheet}!第{row.number}行".lstrip("!")


def _broken_errors() -> tuple[type[Exception], ...]:
    """What the parsers raise on damaged files. They are foreign code on foreign bytes, hence the long list."""
    from docx.opc.exceptions import OpcError
    from pptx.exc import PythonPptxError
    from pypdfium2 import PdfiumError
    from python_calamine import CalamineError

    return (
        OpcError, PythonPptxError, PdfiumError, CalamineError, BadZipFile, KeyError, ValueError, TypeError, IndexError,
        AttributeError, SyntaxError, OSError, EOFError, RecursionError, OverflowError, NotImplementedError, LookupError,
    )  # fmt: skip


def _why_broken(media: str, error: Exception) -> tuple[str, str]:
    if "password" in str(error).lower():
        return "文件设了打开密码", "请去掉密码后重新上传"
    return f"文件损坏，按 {media} 打不开", "请用原来的软件打开并另存一次；打不开就换一份再上传"
