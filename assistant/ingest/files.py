"""Which files an ingest is about, each with its root, its name inside the root, and a hash of what it depends on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.material.shopfile import FILE_NAME

# raise it when reading or cutting changes, so that unchanged files are read again
READER_VERSION = "1"
SUFFIXES = frozenset({".xlsx", ".xls", ".csv", ".docx", ".pdf", ".pptx", ".html", ".htm", ".md", ".txt"})


@dataclass(frozen=True)
class FoundFile:
    """A file on disk. ``name`` is relative to ``root``; ``sha256`` covers the content and the shop.yaml it is read by."""

    root: Path
    name: str
    path: Path
    sha256: str


def root_of(path: Path) -> Path:
    """The shop's folder: the nearest one upwards with a shop.yaml, else the folder given, else the file's own."""
    start = path.resolve()
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate
    return folder


def find_files(path: Path, root: Path) -> Iterator[FoundFile]:
    """Every readable file under ``path``, sorted; hidden files and Office's own lock files are passed over."""
    own = root / FILE_NAME
    settings = own.read_bytes() if own.is_file() else b""
    start = path.resolve()
    candidates = sorted(start.rglob("*")) if start.is_dir() else [start]
    for candidate in candidates:
        hidden = any(part.startswith((".", "~$")) for part in candidate.relative_to(root).parts)
        if candidate.is_file() and candidate.suffix.lower() in SUFFIXES and not hidden:
            digest = hashlib.sha256(READER_VERSION.encode() + settings + candidate.read_bytes()).hexdigest()
            yield FoundFile(root, candidate.relative_to(root).as_posix(), candidate, digest)
