"""Archives of the shop's files: every member told apart by itself, unpacked in memory only and in counted amounts."""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from knowledge.reading.blocks import ProblemLevel, ReadingProblem
from knowledge.reading.cleaning import display_name
from knowledge.reading.gate import (
    HIGHEST_RATIO,
    LARGEST_CONTENT,
    LARGEST_FILE,
    MOST_MEMBERS,
    PACKED,
    RATIO_FROM,
    SMALLER,
    TOO_LARGE,
)

_LINK = 0o120000
_FORMAT = 0o170000
_UTF8_NAME = 0x800
_LOCKED = 0x1
_JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_NESTED = ("压缩包里还有压缩包，没有读取", "请解开里面的压缩包，把文件直接放进来")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file inside another one, by its name there."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Listed:
    """What an archive says of a member before it is read."""

    name: str
    size: int
    is_link: bool = False
    is_locked: bool = False


class TooMuch(Exception):
    """A stream gives out of all proportion to what was uploaded."""


class Opened:
    """An archive being read: iterate for its files; ``problems`` grows meanwhile and is complete after the last one."""

    def __init__(self, data: bytes, media: str, file: str) -> None:
        self._data = data
        self._media = media
        self._file = file
        self.problems: list[ReadingProblem] = []

    def __iter__(self) -> Iterator[Parcel]:
        yield from self._zip() if self._media == "zip" else self._tar()

    def _zip(self) -> Iterator[Parcel]:
        with zipfile.ZipFile(io.BytesIO(self._data)) as archive:
            for info in archive.infolist():
                is_link = (info.external_attr >> 16) & _FORMAT == _LINK
                listed = _Listed(_zip_name(info), info.file_size, is_link, bool(info.flag_bits & _LOCKED))
                if info.is_dir() or not self._wanted(listed):
                    continue
                try:
                    data = archive.read(info)
                except NotImplementedError:
                    self._report(listed.name, "压缩方法少见，解不开", "请用系统自带的“压缩”重新打包成 zip")
                except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
                    self._report(listed.name, "在压缩包里已经损坏，解不开", "请重新打包，或单独上传这个文件")
                else:
                    yield Parcel(listed.name, data)

    def _tar(self) -> Iterator[Parcel]:
        plain = io.BytesIO(self._data)
        raw = gzip.GzipFile(fileobj=plain) if self._data.startswith(b"\x1f\x8b") else plain
        parcels: list[Parcel] = []
        try:
            # "r|": one way through, so that the counting stream sees every byte that is unpacked
            with tarfile.open(fileobj=_Counted(raw, len(self._data)), mode="r|") as archive:
                for number, info in enumerate(archive):
                    if number >= MOST_MEMBERS:
                        self._report("", f"里面超过 {MOST_MEMBERS} 个文件，后面的没有读取", "请分成几个压缩包上传")
                        break
                    listed = _Listed(_posix(info.name), info.size, info.issym() or info.islnk())
                    if info.isdir() or not self._wanted(listed):
                        continue
                    if info.issparse():
                        self._report(listed.name, "是稀疏文件，没有读取", "请用普通方式重新打包成 zip")
                        continue
                    content = archive.extractfile(info)
                    if content is not None:
                        parcels.append(Parcel(listed.name, content.read()))
        except TooMuch:
            self._report("", "解开后太大，压缩比异常，可能是恶意文件", "请确认来源，只打包需要的文件")
            return
        except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError):
            self._report("", "压缩包损坏，后面的内容解不开", "请重新打包成 zip 后上传")
        yield from parcels

    def _wanted(self, listed: _Listed) -> bool:
        """Say whether to read this member; what a person put in and is not read is reported."""
        path = PurePosixPath(listed.name)
        if _is_junk(path):
            return False
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            why = ("文件名里的路径不正常，没有读取", "请重新打包；来历不明的压缩包请不要上传")
        elif listed.is_link:
            why = ("是链接，不是文件，没有读取", "请把真正的文件放进压缩包")
        elif listed.is_locked:
            why = ("设了解压密码，没有读取", "请去掉密码重新打包")
        elif path.suffix.lower() in PACKED:
            why = _NESTED
        elif listed.size > LARGEST_FILE:
            why = (TOO_LARGE, SMALLER)
        else:
            return True
        self._report(listed.name, *why)
        return False

    def _report(self, name: str, reason: str, remedy: str) -> None:
        file = display_name(f"{self._file}/{name}" if name else self._file)
        self.problems.append(ReadingProblem(file, "", reason, remedy, ProblemLevel.ERROR))


class _Counted(io.RawIOBase):
    """A stream that stops giving once it gave too much for the size of the upload."""

    def __init__(self, stream: io.BufferedIOBase, uploaded: int) -> None:
        self._stream = stream
        self._most = min(LARGEST_CONTENT, max(RATIO_FROM, HIGHEST_RATIO * uploaded))
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        """Raise TooMuch instead of giving more than the bound."""
        data = self._stream.read(size)
        self._given += len(data)
        if self._given > self._most:
            raise TooMuch
        return data


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A name without the UTF-8 flag is whatever its writer's system used: UTF-8 on a Mac, GBK on Chinese Windows."""
    if info.flag_bits & _UTF8_NAME:
        return _posix(info.filename)
    # zipfile takes such names for cp437, which has a character for every byte, so nothing is lost on the way back
    raw = info.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return _posix(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _posix(info.filename)


def _posix(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")


def _is_junk(path: PurePosixPath) -> bool:
    """What systems and editors leave behind, and nobody put in on purpose."""
    parts = tuple(part.lower() for part in path.parts)
    return not parts or any(part in _JUNK or part.startswith((".", "~$")) and part != ".." for part in parts)
