"""Where material comes from: one seam, and the mirror every source shares.

A source brings what is at its place into a local folder, the mirror; the ordinary ingest then reads that folder. The
mirror is changed only by what is known for sure: a file is replaced once it has come whole, and removed only when a
whole listing no longer names it. A listing that fails, or is suddenly empty (a lost mount looks like that), changes
nothing.
"""

import fcntl
import hashlib
import json
import os
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from assistant.errors import DaogouError, PlaceTrouble
from assistant.ingest.files import READABLE
from assistant.ingest.report import Reported
from assistant.material.shopfile import FILE_NAME
from knowledge.reading.cleaning import display_name, strip_invisible

Progress = Callable[[str, int, int], None]
MEGABYTE = 1024 * 1024
_LONGEST_NAME = 200
_LONGEST_PART = 255
_LISTED_PER_WANTED = 10
_LEDGER_EVERY = 200


class NotFetched(DaogouError):
    """One file did not come: why, and what to do, both Chinese. What came of it earlier stays."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as its place names it.

    ``key`` is what the place fetches it by. ``tag`` changes with the content; an empty one means that only fetching
    tells. ``size`` in bytes, None when the place does not say. ``hold`` says in Chinese why it is not to be fetched
    yet: what came earlier stays.
    """

    name: str
    key: str
    tag: str = ""
    size: int | None = None
    hold: str = ""


class Place(Protocol):
    """What a source must be able to do at its place; the mirror does the rest.

    ``is_whole`` says whether the listing names everything there is, so that what it does not name is gone.
    """

    @property
    def name(self) -> str:
        """The place's own lasting name; its files are known in the database under it."""

    @property
    def is_whole(self) -> bool:
        """Say whether the listing is everything."""

    def list(self) -> Iterator[Listed]:
        """Name every file; raises PlaceTrouble when the listing cannot be finished."""

    def fetch(self, one: Listed) -> Iterator[bytes]:
        """The content of one file; raises NotFetched for this one, PlaceTrouble when the others cannot come either."""


@dataclass(frozen=True)
class Limits:
    """How much a place may bring: bytes of one file and of all, number of files, seconds for one file."""

    file_bytes: int = 100 * MEGABYTE
    total_bytes: int = 2048 * MEGABYTE
    files: int = 20_000
    file_seconds: float = 600.0


@dataclass(frozen=True)
class Plan:
    """What bringing would do. ``held`` are files that stay as they are because they cannot come now."""

    wanted: tuple[Listed, ...] = ()
    unchanged: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    problems: tuple[Reported, ...] = ()


@dataclass(frozen=True)
class Brought:
    """What came, what was already there, what is gone, and what stays as it was because it could not come."""

    fetched: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problems: tuple[Reported, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Say whether the mirror is another than before."""
        return bool(self.fetched or self.removed)

    def summary(self) -> str:
        """One Chinese line."""
        words = f"取回 {len(self.fetched)} 个文件，{len(self.unchanged)} 个没有变化，{len(self.removed)} 个已经不在。"
        return words + (f"{len(self.kept)} 个没取到，先沿用原来的。" if self.kept else "")


class Source(Protocol):
    """A place that material comes from."""

    @property
    def name(self) -> str:
        """The name its files are known under."""

    def plan(self, folder: Path) -> Plan:
        """Say what bringing would do; raises PlaceTrouble."""

    def bring(self, folder: Path, progress: Progress) -> Brought:
        """Bring the place's files into this folder; raises PlaceTrouble when that changed nothing."""


def safe_name(name: str) -> str:
    """Return the name under which a file may lie in a mirror; raises NotFetched for one that leads elsewhere."""
    remedy = "请在来源处改个名字"
    shown = display_name(name)
    try:
        name.encode()
    except UnicodeEncodeError:
        raise NotFetched("文件名的编码认不出来", remedy) from None
    plain = unicodedata.normalize("NFC", name)
    if plain.startswith("/") or (len(plain) > 1 and plain[0].isascii() and plain[0].isalpha() and plain[1] == ":"):
        raise NotFetched(f"文件名“{shown}”是绝对路径", remedy)
    if "\\" in plain:
        raise NotFetched(f"文件名“{shown}”里有反斜杠", remedy)
    if "\n" in plain or "\r" in plain or "\t" in plain or strip_invisible(plain).removed:
        raise NotFetched(f"文件名“{shown}”里有看不见的字符", remedy)
    parts = plain.split("/")
    if any(part in {"", ".", ".."} for part in parts):
        raise NotFetched(f"文件名“{shown}”指向别的文件夹", remedy)
    if len(plain) > _LONGEST_NAME or any(len(part.encode()) > _LONGEST_PART for part in parts):
        raise NotFetched(f"文件名“{shown[:40]}”太长", "请改成 200 个字以内")
    return plain


def is_readable(name: str) -> bool:
    """Say whether the product reads files of this name at all; hidden ones and Office's lock files it does not."""
    parts = PurePosixPath(name).parts
    if any(part.startswith((".", "~$")) and part not in {".", ".."} for part in parts):
        return False
    return name == FILE_NAME or PurePosixPath(name).suffix.lower() in READABLE


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is remembered of a mirrored file: its place's tag, its size here and the hash of its content."""

    tag: str
    size: int
    sha256: str


class _Ledger:
    """The small file beside a mirror that remembers what came; written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, _Entry] = {}
        if path.is_file():
            try:
                loaded = json.loads(path.read_text(encoding="utf-8"))
                self.entries = {name: _Entry(*entry) for name, entry in loaded["files"].items()}
            except (ValueError, TypeError, KeyError, AttributeError):
                # without it everything is fetched once more, and nothing is lost
                self.entries = {}

    def write(self) -> None:
        """Put the ledger in place of the earlier one."""
        files = {name: [one.tag, one.size, one.sha256] for name, one in sorted(self.entries.items())}
        fresh = self._path.with_suffix(".part")
        fresh.write_text(json.dumps({"files": files}, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self._path)


@dataclass(frozen=True)
class Mirrored:
    """A source made of a place: lists it, fetches what changed, removes what is gone.

    ``allow_empty`` lets an empty place empty the mirror too.
    """

    place: Place
    limits: Limits = field(default_factory=Limits)
    allow_empty: bool = False
    monotonic: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        """The name its files are known under."""
        return self.place.name

    def plan(self, folder: Path) -> Plan:
        """Say what bringing would do; raises PlaceTrouble when the place cannot be listed whole."""
        return self._plan(folder, _Ledger(_ledger_of(folder)))

    def bring(self, folder: Path, progress: Progress) -> Brought:
        """Bring the mirror up to the place; raises PlaceTrouble when nothing could be done and nothing was."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                ledger = _Ledger(_ledger_of(folder))
                plan = self._plan(folder, ledger)
                try:
                    for name in plan.gone:
                        (folder / name).unlink()
                        ledger.entries.pop(name, None)
                    _drop_empty_folders(folder)
                    return self._fetch_all(plan, folder, ledger, progress)
                finally:
                    ledger.write()
        except OSError as error:
            raise PlaceTrouble(f"镜像文件夹写不进去（{error.strerror}）", "请检查磁盘空间和权限") from error

    # ---- deciding ------------------------------------------------------------------------------

    def _plan(self, folder: Path, ledger: _Ledger) -> Plan:
        here = set(_files_in(folder))
        sifting = _Sifting(self.limits)
        for one in self.place.list():
            sifting.take(one)
        sifting.finish()
        if self.place.is_whole and here and not sifting.named and not self.allow_empty:
            reason = f"{self.name} 现在是空的，以前有 {len(here)} 个文件"
            raise PlaceTrouble(reason, "请看是不是没挂载好或写错了位置；确实要清空，加上 --allow-empty")
        same = {name for name, one in sifting.good.items() if name in here and self._is_same(one, name, folder, ledger)}
        return Plan(
            wanted=tuple(one for name, one in sorted(sifting.good.items()) if name not in same),
            unchanged=tuple(sorted(same)),
            gone=tuple(sorted(here - sifting.named)) if self.place.is_whole else (),
            held=tuple(sorted(sifting.held & here)),
            problems=tuple(sifting.problems),
        )

    def _is_same(self, one: Listed, name: str, folder: Path, ledger: _Ledger) -> bool:
        known = ledger.entries.get(name)
        return bool(known and one.tag and known.tag == one.tag and (folder / name).stat().st_size == known.size)

    # ---- fetching ------------------------------------------------------------------------------

    def _fetch_all(self, plan: Plan, folder: Path, ledger: _Ledger, progress: Progress) -> Brought:
        fetched: list[str] = []
        unchanged, kept, problems = list(plan.unchanged), list(plan.held), list(plan.problems)
        room = self.limits.total_bytes - sum((folder / name).stat().st_size for name in plan.unchanged)
        for done, one in enumerate(plan.wanted):
            progress(one.name, done, len(plan.wanted))
            try:
                entry = self._fetch_one(one, folder, room)
            except NotFetched as missed:
                problems.append(Reported(one.name, "", "", missed.reason, missed.remedy, is_error=True))
                kept += [one.name] if (folder / one.name).is_file() else []
                continue
            except PlaceTrouble as trouble:
                rest = plan.wanted[done:]
                reason = f"{trouble.reason}，还有 {len(rest)} 个文件没取"
                problems.append(Reported(self.name, "", "", reason, trouble.remedy, is_error=True))
                kept += [late.name for late in rest if (folder / late.name).is_file()]
                break
            room -= entry.size
            known = ledger.entries.get(one.name)
            is_new = known is None or known.sha256 != entry.sha256
            (fetched if is_new else unchanged).append(one.name)
            ledger.entries[one.name] = entry
            if not done % _LEDGER_EVERY:
                ledger.write()
        return Brought(tuple(fetched), tuple(sorted(unchanged)), plan.gone, tuple(kept), tuple(problems))

    def _fetch_one(self, one: Listed, folder: Path, room: int) -> _Entry:
        """Fetch beside the mirror, then move into it: a file is there whole or not at all."""
        target = folder / one.name
        fresh = folder.with_name(f"{folder.name}.part")
        digest, size, until = hashlib.sha256(), 0, self.monotonic() + self.limits.file_seconds
        try:
            with fresh.open("wb") as out:
                for chunk in self.place.fetch(one):
                    size += len(chunk)
                    if size > self.limits.file_bytes:
                        raise NotFetched(*_too_large(self.limits))
                    if size > room:
                        raise PlaceTrouble(*_too_much(self.limits))
                    if self.monotonic() > until:
                        raise NotFetched("取了太久还没取完", "请检查网络，下次会再取")
                    digest.update(chunk)
                    out.write(chunk)
            if one.size is not None and size != one.size:
                raise NotFetched(f"只取到 {size} 字节，应为 {one.size} 字节", "多半是传输中断，下次会再取")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.parent.resolve().is_relative_to(folder.resolve()):
                raise NotFetched("镜像文件夹里有指向外面的链接", "请删掉镜像文件夹里的链接")
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        return _Entry(one.tag, size, digest.hexdigest())


class _Sifting:
    """A listing taken in: what may come, what stays as it is, and why."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.good: dict[str, Listed] = {}
        self.held: set[str] = set()
        self.problems: list[Reported] = []
        self._listed = 0
        self._bytes = 0

    @property
    def named(self) -> set[str]:
        """Every name that is at the place, whether it may come or not."""
        return self.good.keys() | self.held

    def take(self, one: Listed) -> None:
        """Take one entry in; raises PlaceTrouble when there are too many."""
        self._listed += 1
        if self._listed > self.limits.files * _LISTED_PER_WANTED:
            raise PlaceTrouble(*_too_many(self.limits))
        if not is_readable(one.name):
            return
        try:
            name = safe_name(one.name)
        except NotFetched as refused:
            self._tell(one.name, refused)
            return
        if name in self.named:
            self._tell(name, NotFetched("同一个位置有两个同名文件，以前面那个为准", "请改掉其中一个的名字"))
            return
        if one.size is not None and one.size > self.limits.file_bytes:
            self._hold(name, NotFetched(*_too_large(self.limits)))
        elif one.hold:
            self._hold(name, NotFetched(one.hold, "不用处理，写完后会自动再取"), is_error=False)
        else:
            self.good[name] = Listed(name, one.key, one.tag, one.size)
            self._bytes += one.size or 0
        if len(self.named) > self.limits.files:
            raise PlaceTrouble(*_too_many(self.limits))
        if self._bytes > self.limits.total_bytes:
            raise PlaceTrouble(*_too_much(self.limits))

    def finish(self) -> None:
        """A name cannot be a file and a folder at once, as it may be in a bucket."""
        for name in sorted(self.good):
            if any(parent.as_posix() in self.named for parent in PurePosixPath(name).parents):
                self._tell(name, NotFetched("它所在的文件夹和另一个文件同名", "请改掉其中一个的名字"))
                del self.good[name]

    def _hold(self, name: str, why: NotFetched, *, is_error: bool = True) -> None:
        self.held.add(name)
        self._tell(name, why, is_error=is_error)

    def _tell(self, name: str, why: NotFetched, *, is_error: bool = True) -> None:
        self.problems.append(Reported(display_name(name), "", "", why.reason, why.remedy, is_error))


def _too_large(limits: Limits) -> tuple[str, str]:
    return f"文件超过 {limits.file_bytes // MEGABYTE} MB", "请拆成几个小文件，或压缩图片"


def _too_much(limits: Limits) -> tuple[str, str]:
    return f"文件加起来超过 {limits.total_bytes // MEGABYTE} MB", "请只放门店资料，或调大 DAOGOU_SOURCE_TOTAL_MB"


def _too_many(limits: Limits) -> tuple[str, str]:
    return f"文件太多，超过 {limits.files} 个", "请只放门店资料，或调大 DAOGOU_SOURCE_FILES"


def _ledger_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _files_in(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() or path.is_symlink():
            yield path.relative_to(folder).as_posix()


def _drop_empty_folders(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work on a mirror."""
    handle = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlaceTrouble("另一个进程正在取同一个来源", "请等它结束再试") from None
        yield
    finally:
        os.close(handle)
