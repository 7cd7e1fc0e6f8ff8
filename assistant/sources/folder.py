"""A folder on this machine or a NAS, looked at again and again: polling sees changes where a mount tells of none."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from assistant.errors import DaogouError, PlaceTrouble
from assistant.sources.source import Brought, Listed, NotFetched, Source

_CHUNK = 1024 * 1024


class Seen(NamedTuple):
    """A file at one look."""

    size: int
    modified_ns: int


@dataclass(frozen=True)
class WatchedFolder:
    """The files of a folder; links are not followed.

    A file is taken once two looks, ``quiet`` seconds apart, find it the same: one still being written is left for
    later. ``pause`` waits and says whether to stop.
    """

    folder: Path
    quiet: float
    pause: Callable[[float], bool]

    @property
    def name(self) -> str:
        """The folder's own path: what a plain ingest of it knows its files under."""
        return str(self.folder.resolve())

    @property
    def is_whole(self) -> bool:
        """A look sees everything or fails."""
        return True

    def look(self) -> dict[str, Seen]:
        """Every file by its name now; raises PlaceTrouble when any part of the folder cannot be looked at."""
        found: dict[str, Seen] = {}
        try:
            self._walk(self.folder, "", found)
        except OSError as error:
            reason = f"文件夹 {self.folder} 现在打不开（{error.strerror}）"
            raise PlaceTrouble(reason, "请检查挂载和权限；这期间照旧用已经读入的资料") from error
        return found

    def _walk(self, folder: Path, prefix: str, found: dict[str, Seen]) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{prefix}{entry.name}"
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    self._walk(Path(entry.path), f"{name}/", found)
                elif entry.is_file(follow_symlinks=False):
                    state = entry.stat(follow_symlinks=False)
                    found[name] = Seen(state.st_size, state.st_mtime_ns)

    def list(self) -> Iterator[Listed]:
        """Every file of two looks; what differs between them is held back."""
        before = self.look()
        if self.pause(self.quiet):
            # the second look would come too early to tell what is still being written
            raise PlaceTrouble("正在停止", "不用处理，下次启动会接着读")
        for name, seen in sorted(self.look().items()):
            hold = "" if before.get(name) == seen else "文件还在写入"
            yield Listed(name, name, f"{seen.size}-{seen.modified_ns}", seen.size, hold)

    def fetch(self, one: Listed) -> Iterator[bytes]:
        """The content of a file, if it stays the same while it is read."""
        changed = NotFetched("复制的时候文件又变了", "不用处理，下次会再取")
        try:
            handle = os.open(self.folder / one.key, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as content:
                while chunk := content.read(_CHUNK):
                    yield chunk
                state = os.fstat(content.fileno())
        except OSError as error:
            raise NotFetched(f"文件打不开（{error.strerror}）", "请检查文件权限，下次会再取") from error
        if one.tag != f"{state.st_size}-{state.st_mtime_ns}":
            raise changed


@dataclass
class Watch:
    """Looks at a folder every so often and reads it again when it has changed.

    ``pause`` waits and says whether to stop; ``tell`` says something in Chinese; ``read`` reads the mirror. What is
    wrong is told once, until something else is.
    """

    place: WatchedFolder
    source: Source
    mirror: Path
    read: Callable[[], None]
    tell: Callable[[str], None]
    pause: Callable[[float], bool]
    every: float
    _done: dict[str, Seen] | None = None
    _is_unread: bool = True
    _is_away: bool = False
    _told: str = ""
    _problems: tuple[object, ...] = field(default=())

    def run(self) -> None:
        """Go on until ``pause`` says to stop; what has begun is finished."""
        while True:
            self.once()
            if self.pause(self.every):
                return

    def once(self) -> None:
        """Look once, and read what has changed."""
        try:
            seen = self.place.look()
            if seen == self._done:
                return
            brought = self.source.bring(self.mirror, lambda what, done, total: None)
        except PlaceTrouble as trouble:
            self._is_away = True
            self._tell_once(trouble)
            return
        if self._is_away:
            self.tell("文件夹恢复正常。")
            self._is_away, self._told = False, ""
        self._tell_of(brought)
        self._is_unread |= brought.is_changed
        if self._is_unread:
            try:
                self.read()
            except DaogouError as trouble:
                self._tell_once(trouble)
                return
            self._is_unread, self._told = False, ""
        # what is held back now is looked for again although nothing changes any more
        self._done = None if brought.problems else seen

    def _tell_once(self, trouble: DaogouError) -> None:
        self._done = None
        if str(trouble) != self._told:
            self._told = str(trouble)
            self.tell(self._told)

    def _tell_of(self, brought: Brought) -> None:
        if brought.is_changed:
            self.tell(brought.summary())
        if brought.problems != self._problems:
            for problem in brought.problems:
                self.tell(f"{problem.severity_label} {problem.where}：{problem.reason} → {problem.remedy}")
        self._problems = brought.problems
