"""Which files an ingest is about, each with its root, its name inside the root, and a hash of what it depends on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.material.shopfile import FILE_NAME
from knowledge.reading.pictures import PICTURE_SUFFIXES, caption_of, is_picture, pictures_of

# raise it when reading or cutting changes, so that unchanged files are read again
READER_VERSION = "2"
TABLE_SUFFIXES = frozenset({".xlsx", ".xls", ".csv"})
SUFFIXES = TABLE_SUFFIXES | {".docx", ".pdf", ".pptx", ".html", ".htm", ".md", ".txt"}
"""What a single file of a web address may be."""
CONTAINER_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".gz", ".eml"})
READABLE = SUFFIXES | CONTAINER_SUFFIXES | PICTURE_SUFFIXES
"""What is read from a folder, and brought from elsewhere."""


@dataclass(frozen=True)
class FoundFile:
    """A file on disk. ``name`` is relative to ``root``; ``sha256`` covers the content and the shop.yaml it is read by."""

    root: Path
    name: str
    path: Path
    sha256: str


def is_table(name: str) -> bool:
    """Say whether a file of this name may hold tables, which lean on one another, or is a text that stands for itself."""
    return Path(name).suffix.lower() in TABLE_SUFFIXES | CONTAINER_SUFFIXES


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
    start = path.resolve()
    candidates = sorted(start.rglob("*")) if start.is_dir() else [start]
    yield from look_at((candidate.relative_to(root).as_posix() for candidate in candidates), root)


def look_at(names: Iterator[str], root: Path) -> Iterator[FoundFile]:
    """Those of these names under ``root`` that are readable files now."""
    own = root / FILE_NAME
    settings = own.read_bytes() if own.is_file() else b""
    for name in names:
        path = root / name
        hidden = any(part.startswith((".", "~$")) for part in Path(name).parts)
        if not path.is_file() or path.suffix.lower() not in READABLE or hidden:
            continue
        # a picture with a caption beside it is read as its caption, which names it
        if is_picture(name) and caption_of(path) is not None:
            continue
        yield FoundFile(root, name, path, _digest(path, settings))


def _digest(path: Path, settings: bytes) -> str:
    """Hash everything a reading of this file depends on, in pieces: what is too large to read is hashed all the same."""
    depends = READER_VERSION.encode() + settings + "".join(f"\n{one}" for one in pictures_of(path)).encode()
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.sha256(depends)).hexdigest()
