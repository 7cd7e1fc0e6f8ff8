"""May this upload be parsed at all? Content and extension must agree, and an archive must not be a bomb."""

import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

MEGABYTE = 1024 * 1024
LARGEST_FILE = 20 * MEGABYTE
MOST_MEMBERS = 2000
LARGEST_CONTENT = 200 * MEGABYTE
RATIO_FROM = 10 * MEGABYTE
HIGHEST_RATIO = 100

_SUFFIXES = {
    ".xlsx": "xlsx", ".xls": "xls", ".csv": "csv", ".docx": "docx", ".pdf": "pdf", ".pptx": "pptx",
    ".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".txt": "txt",
}  # fmt: skip
_TEXTS = frozenset({"csv", "html", "md", "txt"})
_OFFICE = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx"))
_OLD_OFFICE = {".doc": "docx", ".ppt": "pptx", ".wps": "docx", ".et": "xlsx", ".dps": "pptx", ".xlsm": "xlsx"}
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".bz2", ".xz")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
ACCEPTED = "xlsx、xls、csv、docx、pdf、pptx、html、md、txt"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file is not parsed, and what to do about it; both Chinese."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """The file may be parsed as this media type."""

    media: str


def admit(data: bytes, suffix: str) -> Admitted | Refused:
    """Decide by size, content and extension together; archives are checked before anything is unpacked."""
    suffix = suffix.lower()
    if not data:
        return Refused("文件是空的", "请确认文件里有内容后重新上传")
    if len(data) > LARGEST_FILE:
        return Refused("文件超过 20 MB", "请拆成几个小文件，或压缩图片后重新上传")
    if data.startswith(b"PK\x03\x04") and (bomb := _bomb(data)):
        return bomb
    if suffix in _OLD_OFFICE and not data.startswith(b"PK\x03\x04"):
        return Refused(f"{suffix} 是旧格式，读不了", f"请用 WPS 或 Office 另存为 {_OLD_OFFICE[suffix]} 后上传")
    wanted = _SUFFIXES.get(suffix)
    if wanted is None:
        return Refused(f"不支持 {suffix or '没有后缀'} 的文件", f"请转成这些格式之一再上传：{ACCEPTED}")
    return _compare(wanted, _media(data), data)


def _compare(wanted: str, found: str, data: bytes) -> Admitted | Refused:
    if found == wanted or (found == "text" and wanted in _TEXTS):
        return Admitted(wanted)
    if found == "xls" and wanted in {"docx", "xlsx", "pptx"}:
        return Refused("文件设了打开密码，或是旧格式改了后缀", f"请去掉密码，另存为 {wanted} 后重新上传")
    if found == "text" and b"<html" in data[:2000].lower():
        return Refused(f"后缀是 {wanted}，内容其实是网页", f"请用 Excel 或 WPS 打开后另存为 {_office(wanted)} 再上传")
    shown = {"text": "纯文本", "zip": "压缩包", "unknown": "认不出的内容"}.get(found, found)
    return Refused(f"后缀是 {wanted}，内容却是{shown}", "请确认没有改错后缀，用原来的软件另存一次后上传")


def _office(wanted: str) -> str:
    return "xlsx" if wanted == "xls" else wanted


def _media(data: bytes) -> str:
    """Name the content: an office type, ``pdf``, ``xls`` (any OLE file), ``zip``, ``text`` or ``unknown``."""
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
        return next((media for part, media in _OFFICE if part in names), "zip")
    if data.startswith(_OLE):
        return "xls"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_UTF16) or b"\x00" not in data[:8192]:
        return "text"
    return "unknown"


def _bomb(data: bytes) -> Refused | None:
    """Refuse an archive whose declared contents are out of proportion.

    ``zipfile`` never reads past a member's declared size, so the declared figures bound what parsing can unpack.
    """
    damaged = Refused("压缩结构损坏，打不开", "请用原来的软件打开并另存一次后上传")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            return _too_much(members, len(data)) or _odd_member(archive, members)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return damaged


def _too_much(members: list[zipfile.ZipInfo], size: int) -> Refused | None:
    remedy = "请删掉多余的图片或工作表，另存后重新上传"
    declared = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS:
        return Refused(f"文件内部有 {len(members)} 个部件，超过 {MOST_MEMBERS} 个", remedy)
    if declared > LARGEST_CONTENT:
        return Refused("文件解开后超过 200 MB", remedy)
    if declared > RATIO_FROM and declared > HIGHEST_RATIO * size:
        return Refused("文件压缩比异常，可能是恶意文件", "请确认来源；若是正常文件，请用 Office 另存一次后上传")
    return None


def _odd_member(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Refused | None:
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16) or PurePosixPath(member.filename).suffix.lower() in _ARCHIVES:
            return Refused("文件里夹带了压缩包或链接", "请去掉里面的压缩包后重新上传")
        if member.flag_bits & 0x1:
            return Refused("文件设了密码", "请去掉密码后重新上传")
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    return Refused("文件里有不该出现的 XML 声明，可能是恶意文件", "请用 Office 另存一次后上传")
    return None
