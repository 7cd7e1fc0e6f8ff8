"""Documents as Markdown that reads back into the same passages.

What the database holds is passages, not the file they were cut from. They are written out in their order under their
headings, and every document is read back before it is kept: one that would be cut differently is written again with
its heading before each passage, which sets it apart, and told when even that does not help.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from assistant.exporting.sheets import first_day, last_day, scope_words
from assistant.store.material import DocumentToStore
from knowledge.metadata import find_metadata
from knowledge.passage import Passage, Scope
from knowledge.reading.read import read_bytes
from knowledge.splitting import TARGET, split

_INLINE = re.compile(r"([\\`*_\[\]<>&|~])")
_LINE_START = re.compile(r"^(?:([#+\-=:])|(\d+)([.)]))")
_IN_A_NAME = re.compile(r"[\x00-\x1f\\/:*?\"<>|]+")
_LONGEST_NAME = 80
_DEEPEST = 6


@dataclass(frozen=True)
class Paper:
    """A document as a file. ``is_exact`` says that reading it gives the same passages again."""

    name: str
    text: str
    is_exact: bool


def papers(documents: tuple[DocumentToStore, ...], places: Mapping[str, Scope]) -> Iterator[Paper]:
    """Every document as Markdown; those that come from the product table are left to that table.

    ``places`` are stores and regions by name, as an ingest knows them.
    """
    taken: set[str] = set()
    for one in documents:
        if one.passages and not all(piece.skus for piece in one.passages):
            yield _paper(one, _free_name(one, taken), places)


def _paper(one: DocumentToStore, name: str, places: Mapping[str, Scope]) -> Paper:
    pieces = in_order(one.passages)
    loose = ""
    for apart in (False, True):
        text = _front_matter(one, places) + _body(one.title, pieces, apart=apart)
        loose = loose or text
        if _comes_back(text, name, one, pieces, places):
            return Paper(name, text, is_exact=True)
    return Paper(name, loose, is_exact=False)


def in_order(pieces: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Passages in the order of their document: an id is made of document, place and number, so it tells the number."""

    def number(piece: Passage) -> int:
        for number in range(len(pieces)):
            made = "\n".join((piece.document_id, piece.place, str(number)))
            if hashlib.sha256(made.encode()).hexdigest()[: len(piece.id)] == piece.id:
                return number
        return len(pieces)

    return tuple(sorted(pieces, key=lambda piece: (number(piece), piece.id)))


def _front_matter(one: DocumentToStore, places: Mapping[str, Scope]) -> str:
    scope = scope_words(one.scope)
    if not re.fullmatch(r"[\w-]*", one.scope.id):
        scope = next((name for name, place in places.items() if place == one.scope), scope)
    head = {
        "title": one.title,
        "kind": one.kind.value,
        "scope": scope,
        "valid_from": first_day(one.valid_from),
        "valid_to": last_day(one.valid_to),
        "version": str(one.version),
    }
    return f"---\n{yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=10_000)}---\n\n"


def _body(title: str, pieces: tuple[Passage, ...], *, apart: bool) -> str:
    parts = [_heading(1, title)]
    path: tuple[str, ...] = ()
    for piece in pieces:
        parts += _headings(title, path, piece.heading, apart=apart)
        path = piece.heading
        text = "\n".join(_escaped(line) for line in piece.text.splitlines())
        # a piece just above the target is many short paragraphs; as one it would be cut at its sentences
        parts.append(text if len(piece.text) <= TARGET else text.replace("\n", "\n\n"))
    return "\n\n".join(parts) + "\n"


def _headings(title: str, path: tuple[str, ...], wanted: tuple[str, ...], *, apart: bool) -> list[str]:
    """What has to be written so that the text below stands under ``wanted``."""
    if wanted == path:
        if not apart:
            return []
        return [_heading(len(wanted) + 1, wanted[-1])] if wanted else [_heading(1, title)]
    if not wanted:
        return [_heading(1, title)]
    same = 0
    while same < min(len(path), len(wanted)) and path[same] == wanted[same]:
        same += 1
    same = min(same, len(wanted) - 1)
    return [_heading(depth + 2, text) for depth, text in enumerate(wanted) if depth >= same]


def _heading(level: int, text: str) -> str:
    return f"{'#' * min(level, _DEEPEST)} {_escaped(' '.join(text.split()))}"


def _escaped(line: str) -> str:
    """A line whose every mark is a mere character to Markdown."""
    plain = _INLINE.sub(r"\\\1", line)
    return _LINE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", plain)


def _comes_back(
    text: str, name: str, one: DocumentToStore, pieces: tuple[Passage, ...], places: Mapping[str, Scope]
) -> bool:
    reading = read_bytes(text.encode(), name)
    about = find_metadata(reading, places=places)
    same = (about.title, about.kind, about.scope, about.valid_from, about.valid_to, about.version)
    if not about.usable or same != (one.title, one.kind, one.scope, one.valid_from, one.valid_to, one.version):
        return False
    return [(cut.heading, cut.text) for cut in split(reading)] == [(piece.heading, piece.text) for piece in pieces]


def _free_name(one: DocumentToStore, taken: set[str]) -> str:
    plain = _IN_A_NAME.sub("_", one.title).strip(" ._~$")[:_LONGEST_NAME] or "资料"
    name = f"资料/{one.kind.label}/{plain}.md"
    number = 1
    while name.lower() in taken:
        number += 1
        name = f"资料/{one.kind.label}/{plain}-{number}.md"
    taken.add(name.lower())
    return name
