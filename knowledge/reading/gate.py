"""May this upload be parsed at all? Content and extension must agree, and an archive must not be a bomb."""

import io
import stat
import zipfile
import zlib
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
    ".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".txt": "txt", ".eml": "eml",
    ".zip": "zip", ".tar": "tar", ".tgz": "tar", ".gz": "tar",
    ".png": "png", ".jpg": "jpg", ".jpeg": "jpg", ".webp": "webp", ".gif": "gif",
}  # fmt: skip
PICTURES = frozenset({"png", "jpg", "webp", "gif"})
ARCHIVES = frozenset({"zip", "tar"})
_TEXTS = frozenset({"csv", "html", "md", "txt", "eml"})
_OFFICE = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx"))
_OLD_OFFICE = {".doc": "docx", ".ppt": "pptx", ".wps": "docx", ".et": "xlsx", ".dps": "pptx", ".xlsm": "xlsx"}
PACKED = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz")
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_SAVE_AS = "请用 WPS 或 Office 打开后另存为 {} 再上传"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTENTS = (
    (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"\x1f\x8b", "tar"),
    (b"Rar!", "rar"), (b"7z\xbc\xaf", "7z"), (b"{\\rtf", "rtf"),
)  # fmt: skip
_TAR_MARK = slice(257, 262)
# names of streams in the directory of an OLE file, which is UTF-16
_OLE_KINDS = (("EncryptedPackage", "locked"), ("WordDocument", "doc"), ("PowerPoint Document", "ppt"))
_SHOWN = {
    "text": "纯文本", "zip": "压缩包", "tar": "压缩包", "rar": "压缩包", "7z": "压缩包", "unknown": "认不出的内容",
    "png": "图片", "jpg": "图片", "gif": "图片", "webp": "图片", "doc": "旧版 Word", "ppt": "旧版 PowerPoint",
    "xls": "旧版 Office 文件", "rtf": "RTF 文档",
}  # fmt: skip
ACCEPTED = "xlsx、xls、csv、docx、pdf、pptx、html、md、txt、eml、zip"
TOO_LARGE = "文件超过 20 MB"
SMALLER = "请拆成几个小文件，或压缩图片后重新上传"


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
        return Refused(TOO_LARGE, SMALLER)
    wanted = _SUFFIXES.get(suffix)
    if data.startswith(_ZIP) and (bomb := _bomb(data, is_archive=wanted == "zip")):
        return bomb
    if data.startswith(_EMPTY_ZIP):
        return Refused("压缩包是空的", "请确认里面有文件后重新打包")
    found = _media(data)
    if found == "locked":
        return Refused("文件设了打开密码", "请去掉密码后重新上传")
    if wanted is None:
        return _unknown(suffix, found)
    return _compare(wanted, found, data)


def _unknown(suffix: str, found: str) -> Refused:
    if suffix in _OLD_OFFICE:
        modern = _OLD_OFFICE[suffix]
        if found == modern:
            return Refused(f"后缀是 {suffix}，内容其实是 {modern}", f"请把后缀改成 .{modern} 再上传")
        kind = {"rtf": "，内容其实是 RTF 文档", "text": "，内容其实是文本或网页"}.get(found, " 是旧格式，读不了")
        return Refused(f"{'后缀是 ' if kind.startswith('，') else ''}{suffix}{kind}", _SAVE_AS.format(modern))
    if suffix == ".msg":
        return Refused(".msg 是 Outlook 自己的格式，读不了", "请在邮箱里另存为 .eml 再上传")
    if suffix in PACKED:
        return Refused(f"{suffix} 压缩包读不了", "请解开后重新打包成 zip，或直接上传里面的文件")
    return Refused(f"不支持 {suffix or '没有后缀'} 的文件", f"请转成这些格式之一再上传：{ACCEPTED}")


def _compare(wanted: str, found: str, data: bytes) -> Admitted | Refused:
    if found == wanted or (found == "text" and wanted in _TEXTS):
        return Admitted(wanted)
    # a gzip or old Excel file is told apart further only by opening it
    shown = _SHOWN.get(found, found)
    if found in {"doc", "ppt", "xls", "rtf"} and wanted in {"docx", "xlsx", "pptx", "xls"}:
        return Refused(f"后缀是 {wanted}，内容却是{shown}", _SAVE_AS.format(_office(wanted)))
    if found == "text" and wanted not in PICTURES and b"<html" in data[:2000].lower():
        return Refused(f"后缀是 {wanted}，内容其实是网页", f"请用 Excel 或 WPS 打开后另存为 {_office(wanted)} 再上传")
    if found == "text" and wanted in {"xls", "xlsx"}:
        return Refused(f"后缀是 {wanted}，内容却是纯文本", "如果是用逗号或制表符分列的表格，请把后缀改成 .csv 再上传")
    return Refused(f"后缀是 {wanted}，内容却是{shown}", "请确认没有改错后缀，用原来的软件另存一次后上传")


def _office(wanted: str) -> str:
    return "xlsx" if wanted == "xls" else wanted


def _media(data: bytes) -> str:
    """Name the content: an office type, ``pdf``, ``xls`` (any other OLE file), ``zip``, ``text``, ``unknown`` ..."""
    if data.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
        return next((media for part, media in _OFFICE if part in names), "zip")
    if data.startswith(_OLE):
        return next((kind for name, kind in _OLE_KINDS if name.encode("utf-16-le") in data), "xls")
    for mark, media in _CONTENTS:
        if data.startswith(mark):
            return media
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data[_TAR_MARK] == b"ustar":
        return "tar"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_UTF16) or b"\x00" not in data[:8192]:
        return "text"
    return "unknown"


def _bomb(data: bytes, *, is_archive: bool) -> Refused | None:
    """Refuse an archive whose declared contents are out of proportion.

    ``zipfile`` never reads past a member's declared size, so the declared figures bound what parsing can unpack. An
    archive of the shop's own files is told apart member by member later; an office file has nothing odd inside.
    """
    remedy = "请重新打包后上传" if is_archive else "请用原来的软件打开并另存一次后上传"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            return _too_much(members, len(data), is_archive=is_archive) or (
                None if is_archive else _odd_member(archive, members)
            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        return Refused("压缩结构损坏，打不开", remedy)


def _too_much(members: list[zipfile.ZipInfo], size: int, *, is_archive: bool) -> Refused | None:
    remedy = "请分成几个压缩包上传" if is_archive else "请删掉多余的图片或工作表，另存后重新上传"
    declared = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS:
        what = "压缩包里有 {} 个文件" if is_archive else "文件内部有 {} 个部件"
        return Refused(f"{what.format(len(members))}，超过 {MOST_MEMBERS} 个", remedy)
    if declared > LARGEST_CONTENT:
        return Refused("文件解开后超过 200 MB", remedy)
    if declared > RATIO_FROM and declared > HIGHEST_RATIO * size:
        again = "请确认来源，只打包需要的文件" if is_archive else "请确认来源；若是正常文件，请用 Office 另存一次后上传"
        return Refused("文件压缩比异常，可能是恶意文件", again)
    return None


def _odd_member(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Refused | None:
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16) or PurePosixPath(member.filename).suffix.lower() in PACKED:
            return Refused("文件里夹带了压缩包或链接", "请去掉里面的压缩包后重新上传")
        if member.flag_bits & 0x1:
            return Refused("文件设了密码", "请去掉密码后重新上传")
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    return Refused("文件里有不该出现的 XML 声明，可能是恶意文件", "请用 Office 另存一次后上传")
    return None
