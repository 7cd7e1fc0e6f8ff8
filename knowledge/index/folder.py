"""The index's folder: one process owns it, and only what we made is opened."""

import fcntl
import shutil
from pathlib import Path
from typing import IO

from knowledge.index.vectors import corp_mark

FORMAT = "daogou-index 5"


class IndexProblem(RuntimeError):
    """The index folder cannot be used; the Chinese text says why and what to do."""


class IndexBusy(IndexProblem):
    """Another process (or another opener in this one) owns the folder."""


class IndexForeign(IndexProblem):
    """The folder holds something that is not our index, or another corp's."""


class IndexDamaged(IndexProblem):
    """The folder is ours and its files cannot be read; ``daogou index rebuild`` makes it anew."""


class OwnedFolder:
    """A folder held by this process until it is released, with the places of everything in it.

    An index of an older format is thrown away, since it can be rebuilt. Raises IndexBusy and IndexForeign.
    """

    def __init__(self, path: Path, corp_id: str) -> None:
        self.path = path
        self._lock = _take_lock(path)
        try:
            _claim(path, corp_id)
        except BaseException:
            self._lock.close()
            raise

    @property
    def is_released(self) -> bool:
        """Say whether others may have it."""
        return self._lock.closed

    def release(self) -> None:
        """Let others have it. Releasing twice does nothing."""
        self._lock.close()

    @property
    def vectors(self) -> Path:
        """Where the vectors are: the newest of their folders."""
        return self.path / f"vectors-{self._generation()}"

    def renew_vectors(self) -> None:
        """Make an empty folder for vectors, in place of a damaged one.

        It has a new name: Chroma remembers a folder it failed to open as long as the process lives.
        """
        damaged = self.vectors
        (self.path / f"vectors-{self._generation() + 1}").mkdir()
        shutil.rmtree(damaged, ignore_errors=True)

    def _generation(self) -> int:
        return max((int(one.name.rsplit("-", 1)[-1]) for one in self.path.glob("vectors-*")), default=1)


def discard(path: Path, corp_id: str) -> None:
    """Throw a damaged index of ours away, so that opening the folder begins anew.

    Raises IndexBusy, and IndexForeign for a folder that is not ours to empty.
    """
    folder = OwnedFolder(path, corp_id)
    try:
        _empty(path)
    finally:
        folder.release()


def _take_lock(path: Path) -> IO[str]:
    path.mkdir(parents=True, exist_ok=True)
    # append mode: opening must not touch a file that somebody else holds
    lock = (path / "lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        lock.close()
        raise IndexBusy(
            "索引文件夹正被另一个进程使用：同一个文件夹只能由一个服务打开，请先停掉另一个，或换一个文件夹"
        ) from busy
    return lock


def _claim(path: Path, corp_id: str) -> None:
    """Open only what we made: a vector store from elsewhere can carry settings that run code when opened."""
    mark = path / "made-by"
    ours = f"{FORMAT} {corp_mark(corp_id)}"
    if not mark.exists():
        if any(child.name != "lock" for child in path.iterdir()):
            raise IndexForeign("索引文件夹里有别的东西，不是本程序建的索引；请换一个空文件夹")
        mark.write_text(ours, encoding="utf-8")
        return
    made = mark.read_text(encoding="utf-8").strip()
    if made == ours:
        return
    if not made.startswith("daogou-index ") or made.rsplit(" ", 1)[-1] != corp_mark(corp_id):
        raise IndexForeign("索引文件夹属于另一个企业；请换一个文件夹")
    _empty(path)
    mark.write_text(ours, encoding="utf-8")


def _empty(path: Path) -> None:
    for part in (path / "lexical", path / "answered", *path.glob("vectors-*")):
        shutil.rmtree(part, ignore_errors=True)
    for file in (*path.glob("ledger.sqlite3*"), *path.glob("vocabulary")):
        file.unlink()
