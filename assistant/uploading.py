"""A manager's upload: kept under a name of ours, read like a folder's file, and shown as what it would become.

Reading happens in the capped child process (safety F3). Nothing here publishes: what is read waits for another person.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from threading import BoundedSemaphore
from typing import BinaryIO
from uuid import uuid4

from rapidfuzz import fuzz

from assistant.clock import Clock
from assistant.errors import UploadRefused
from assistant.ingest.writing import LONGEST_TITLE, cut_into_passages
from assistant.material.columns import Recognised as Columns
from assistant.material.columns import recognise
from assistant.radar import Radar
from assistant.store import documents, material, rulebooks, uploads
from assistant.store.database import Database, Transaction
from assistant.uploaded import (
    LARGEST_UPLOAD,
    Likeness,
    Preview,
    ReadByLaw,
    Recognised,
    Stored,
    Trouble,
    Wishes,
)
from knowledge.answering import sentences
from knowledge.metadata import Metadata, find_metadata
from knowledge.passage import Passage, Scope, ScopeLevel
from knowledge.reading.blocks import ProblemLevel, Reading, Table
from knowledge.reading.cleaning import display_name

MOST_PASSAGES = 2000
MOST_LIKENESSES = 40
MOST_READ_AT_ONCE = 4
"""Uploads that may wait for the one child: more would hold every thread that answers pages."""

_PIECE = 1024 * 1024
_LONGEST_NAME = 200
_NO_LETTERS = re.compile(r"[\W_]+")
# a sentence of so many letters that stands in two texts makes them worth comparing
_TELLING_SENTENCE = 10
_ALIKE = 0.85


@dataclass(frozen=True)
class Uploading:
    """Keeps and reads uploads in ``folder``; ``reader`` has to survive any file, ``by_law`` reads what came out of it."""

    database: Database
    corp_id: str
    folder: Path
    reader: Callable[[Path, str], Reading]
    radar: Radar
    by_law: ReadByLaw
    clock: Clock
    _waiting: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_READ_AT_ONCE))

    def keep(self, name: str, content: BinaryIO) -> Stored:
        """Put a file away in pieces; raises UploadRefused for an empty one and one beyond 20 MB (safety F2, F4)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own, digest, size = uuid4().hex, hashlib.sha256(), 0
        path = self.folder / own
        with path.open("wb") as kept:
            while piece := content.read(_PIECE):
                size += len(piece)
                if size > LARGEST_UPLOAD:
                    break
                digest.update(piece)
                kept.write(piece)
        if not 0 < size <= LARGEST_UPLOAD:
            path.unlink()
            if size:
                raise UploadRefused("文件超过 20 MB", "请拆成几个小文件，或压缩图片后再上传")
            raise UploadRefused("没有收到文件，或者文件是空的", "请重新选一个有内容的文件")
        return Stored(own, shown_name(name), digest.hexdigest(), size)

    def discard(self, stored_name: str) -> None:
        """Throw a kept file away; nothing when it is gone already."""
        if re.fullmatch(r"[0-9a-f]{32}", stored_name):
            (self.folder / stored_name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Throw away what was not used within the corp's days, and files of which no upload knows (safety I10)."""
        with self.database.begin() as tx:
            days = rulebooks.of_corp(tx, self.corp_id).retention.unused_upload_days
            before = self.clock() - timedelta(days=days)
            unused = uploads.forget_unused(tx, self.corp_id, before)
            known = uploads.stored_names(tx)
        for name in (*unused, *self._unknown(known, before)):
            self.discard(name)

    def _unknown(self, known: frozenset[str], before: datetime) -> Iterator[str]:
        """Files whose upload was never written down or is gone; a young one may be on its way."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if path.name not in known and path.stat().st_mtime < before.timestamp():
                yield path.name

    def read(self, stored: Stored, source_id: str, wishes: Wishes) -> Preview:
        """Read a kept file and say what it would become; raises UploadRefused while too many others are read."""
        if not self._waiting.acquire(blocking=False):
            raise UploadRefused("前面还有几份文件正在读", "请过一分钟再上传一次")
        try:
            reading = self.reader(self.folder / stored.name, stored.shown)
        finally:
            self._waiting.release()
        return self._preview(reading, source_id, wishes)

    def _preview(self, reading: Reading, source_id: str, wishes: Wishes) -> Preview:
        tables = [(table, recognise(table, {})) for table in reading.tables]
        loose = tuple(table for table, columns in tables if columns.kind is None)
        text = replace(reading, tables=loose, members=())
        with self.database.read() as tx:
            told = find_metadata(text, {}, places=_places(tx, self.corp_id))
            about = self._about(tx, told, wishes)
            replaces = documents.highest_version(tx, self.corp_id, about.title, about.kind, about.scope)
        about = replace(about, version=max(about.version, (replaces or 0) + 1))
        has_text = bool(text.blocks or loose) and not reading.members
        passages, asked, troubles = self._cut(text, about, source_id) if has_text else ((), {}, [])
        return Preview(
            title=about.title,
            kind=about.kind,
            scope=about.scope,
            version=about.version,
            valid_from=about.valid_from,
            valid_to=about.valid_to,
            passages=passages,
            questions=asked,
            tables=tuple(_shown(table, columns) for table, columns in tables),
            troubles=(*_troubles(reading, told, wishes), *troubles),
            hidden=tuple(words for one in reading.every() for words in one.hidden),
            suspicious=tuple(words for one in reading.every() for words in one.suspicious),
            likenesses=self._likenesses(passages, about),
            conflicts=self.radar.preview(passages),
            objections=self.by_law(passages) or (),
            replaces=replaces,
        )

    def _about(self, tx: Transaction, told: Metadata, wishes: Wishes) -> Metadata:
        """What the person said counts; what she left empty is as the file says."""
        title = " ".join((wishes.title or told.title).split())[:LONGEST_TITLE]
        return replace(
            told,
            title=title or "没有标题的资料",
            kind=wishes.kind,
            scope=wishes.scope,
            valid_from=wishes.valid_from or told.valid_from,
            valid_to=wishes.valid_to or told.valid_to,
            problems=(),
        )

    def _cut(
        self, text: Reading, about: Metadata, source_id: str
    ) -> tuple[tuple[Passage, ...], dict[str, tuple[str, ...]], list[Trouble]]:
        cut = cut_into_passages(text, about, source_id)
        if len(cut.passages) > MOST_PASSAGES:
            reason = f"切出来有 {len(cut.passages)} 段，一次最多 {MOST_PASSAGES} 段"
            return (), {}, [Trouble(place="全文", reason=reason, remedy="请按章拆成几份再上传", is_error=True)]
        return cut.passages, dict(cut.asked), []

    def _likenesses(self, passages: Sequence[Passage], about: Metadata) -> tuple[Likeness, ...]:
        """What is published already in the same or nearly the same words; an older version of itself does not count."""
        if not passages:
            return ()
        with self.database.read() as tx:
            published = material.published_passages(tx, self.corp_id)
        by_sentence: dict[str, list[Passage]] = {}
        for one in published:
            if (one.title, one.kind, one.scope) == (about.title, about.kind, about.scope):
                continue
            for sentence in _telling(one.text):
                by_sentence.setdefault(sentence, []).append(one)
        found = (like for one in passages if (like := _nearest(one, by_sentence)) is not None)
        return tuple(sorted(found, key=lambda like: -like.share)[:MOST_LIKENESSES])


def shown_name(name: str) -> str:
    """A file's name as pages show it: without folders, control and direction characters (safety F4)."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return display_name(last)[:_LONGEST_NAME] or "没有名字的文件"


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text).lower()


def _telling(text: str) -> Iterator[str]:
    for start, end in sentences(text):
        letters = _letters(text[start:end])
        if len(letters) >= _TELLING_SENTENCE:
            yield letters


def _nearest(passage: Passage, by_sentence: dict[str, list[Passage]]) -> Likeness | None:
    candidates = {one.id: one for sentence in _telling(passage.text) for one in by_sentence.get(sentence, ())}
    mine = _letters(passage.text)
    scored = [(fuzz.ratio(mine, _letters(one.text)) / 100, one) for one in candidates.values()]
    share, other = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if other is None or share < _ALIKE:
        return None
    return Likeness(
        place=passage.place,
        text=passage.text,
        title=other.title,
        version=other.version,
        other_place=other.place,
        share=round(share, 4),
    )


def _places(tx: Transaction, corp_id: str) -> dict[str, Scope]:
    stores = material.stores(tx, corp_id)
    named = {store.name: Scope(level=ScopeLevel.STORE, id=store.store_id) for store in stores}
    return named | {store.region_name: Scope(level=ScopeLevel.REGION, id=store.region_id) for store in stores}


def _shown(table: Table, columns: Columns) -> Recognised:
    return Recognised(
        sheet=table.sheet,
        kind=columns.kind.label if columns.kind is not None else "资料正文",
        rows=len(table.rows),
        columns={header: columns.label(key) for key, header in columns.columns.items()} if columns.kind else {},
        unused=columns.unknown if columns.kind else (),
        is_record=columns.kind is not None,
    )


def _troubles(reading: Reading, told: Metadata, wishes: Wishes) -> Iterator[Trouble]:
    for one in reading.every():
        for problem in one.problems:
            place = problem.place if one is reading else f"{one.file} {problem.place}".strip()
            is_error = problem.level is ProblemLevel.ERROR
            yield Trouble(place=place, reason=problem.reason, remedy=problem.remedy, is_error=is_error)
    if reading.members:
        yield Trouble(
            place="整个文件",
            reason=f"里面装着 {len(reading.members)} 个文件",
            remedy="请解开后一份一份上传，每份自己的范围和有效期",
            is_error=True,
        )
    if told.usable and told.scope != Scope() and told.scope != wishes.scope:
        yield Trouble(
            place="文件开头",
            reason=f"文件里写的适用范围是{told.scope.level.label} {told.scope.id}，和您选的不一样",
            remedy="以您选的为准；选错了请重新上传",
        )
    for problem in told.problems:
        yield Trouble(place=problem.place, reason=problem.reason, remedy="以您在页面上填的为准")
