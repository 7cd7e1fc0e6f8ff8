"""The front door for the shop's files: any upload in, one ``Reading`` out, never an exception for a bad file."""

import hashlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile

from knowledge.reading.blocks import Block, BlockKind, ProblemLevel, Reading, ReadingProblem, Row, Table
from knowledge.reading.cleaning import Sweeper, display_name
from knowledge.reading.gate import Admitted, admit
from knowledge.reading.office import TextRead, read_docx, read_pptx
from knowledge.reading.outline import find_outline
from knowledge.reading.plain import FrontMatter, UndecodableText, decode, read_html, read_markdown, read_text
from knowledge.reading.printed import read_pdf
from knowledge.reading.tables import TablesRead, read_csv, read_xls, read_xlsx

__all__ = ["Block", "BlockKind", "ProblemLevel", "Reading", "ReadingProblem", "Row", "Table", "read", "read_bytes"]

_SHEETS: dict[str, Callable[[bytes, str, Sweeper], TablesRead]] = {"xlsx": read_xlsx, "xls": read_xls}
_PACKAGES: dict[str, Callable[[bytes, str, Sweeper], TextRead]] = {
    "docx": read_docx,
    "pptx": read_pptx,
    "pdf": read_pdf,
}
_PLAIN: dict[str, Callable[[str, str, Sweeper], TextRead]] = {
    "md": read_markdown,
    "html": read_html,
    "txt": read_text,
}


def read(path: Path, name: str = "") -> Reading:
    """Read a file of the shop: xlsx, xls, csv, docx, pdf, pptx, html, md or txt.

    ``name`` is how the file is called towards people, folders included (``政策/退换货.docx``); the file's own name
    when empty. A broken, encrypted, oversized or unsupported file gives a Reading without content whose problems say
    what is wrong and what to do. Raises OSError only when ``path`` cannot be opened at all.
    """
    return read_bytes(path.read_bytes(), name or path.name)


def read_bytes(data: bytes, name: str) -> Reading:
    """Read an upload by its content; see ``read``."""
    file = display_name(name)
    path = PurePosixPath(file)
    digest = hashlib.sha256(data).hexdigest()
    entry = admit(data, path.suffix)
    if not isinstance(entry, Admitted):
        problem = ReadingProblem(file, "", entry.reason, entry.remedy)
        return Reading(file, digest, path.suffix.lower().lstrip("."), path.stem, problems=(problem,))
    try:
        return _parse(data, file, digest, entry.media)
    except UndecodableText:
        reason, remedy = "文字编码认不出来", "请用记事本打开，另存为 UTF-8 编码后上传"
    except _broken_errors() as error:
        reason, remedy = _why_broken(entry.media, error)
    return Reading(file, digest, entry.media, path.stem, problems=(ReadingProblem(file, "", reason, remedy),))


def _parse(data: bytes, file: str, digest: str, media: str) -> Reading:
    sweeper = Sweeper()
    stem = PurePosixPath(file).stem
    if media in _SHEETS or media == "csv":
        sheets = read_csv(decode(data), file, sweeper) if media == "csv" else _SHEETS[media](data, file, sweeper)
        return Reading(file, digest, media, stem, (), sheets.tables, sheets.problems, sweeper.hidden)
    front = FrontMatter(decode(data), file) if media in _PLAIN else None
    found = _PLAIN[media](front.body, file, sweeper) if front else _PACKAGES[media](data, file, sweeper)
    blocks = find_outline(found.blocks, guess_headings=not found.styled)
    head = front.values if front else {}
    problems = ((*front.problems,) if front else ()) + found.problems
    if not blocks and not any(problem.level is ProblemLevel.ERROR for problem in problems):
        problems += (ReadingProblem(file, "", "文件里没有读到文字", "请确认内容是文字而不是图片，再重新上传"),)
    title = head.get("title") or found.title or stem
    return Reading(file, digest, media, title, blocks, (), problems, sweeper.hidden, head)


def _broken_errors() -> tuple[type[Exception], ...]:
    """What the parsers raise on damaged files. They are foreign code on foreign bytes, hence the long list."""
    from docx.opc.exceptions import OpcError
    from pptx.exc import PythonPptxError
    from pypdfium2 import PdfiumError
    from python_calamine import CalamineError

    return (
        OpcError, PythonPptxError, PdfiumError, CalamineError, BadZipFile, KeyError, ValueError, TypeError, IndexError,
        AttributeError, SyntaxError, OSError, EOFError, RecursionError, OverflowError, NotImplementedError,
    )  # fmt: skip


def _why_broken(media: str, error: Exception) -> tuple[str, str]:
    if "password" in str(error).lower():
        return "文件设了打开密码", "请去掉密码后重新上传"
    return f"文件损坏，按 {media} 打不开", "请用原来的软件打开并另存一次；打不开就换一份再上传"
