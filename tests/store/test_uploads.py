"""Uploads nobody used lose their rows and bytes after the corp's days; what is in use, or young, stays."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.radar import Radar
from assistant.rulebook import RetentionRules, Rulebook
from assistant.store import documents, rulebooks, tables, uploads
from assistant.store.database import Database
from assistant.store.documents import DocumentStatus
from assistant.store.revisions import Decided
from assistant.uploaded import Preview
from assistant.uploading import Uploading
from knowledge.passage import DocumentKind, Passage
from knowledge.reading.blocks import Reading
from knowledge.words.wording import Wording
from tests.store.making import CORP, NOW


def nobody_reads(path: Path, name: str) -> Reading:
    raise AssertionError(f"{name} at {path} is only kept")


class House:
    """The uploads folder beside a database; ``bring`` keeps a file of so many days ago."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        radar = Radar(database, CORP, lambda: NOW, Wording)
        self.uploading = Uploading(database, CORP, folder, nobody_reads, radar, lambda _: (), lambda: NOW)

    def bring(self, name: str, days: int) -> None:
        stored = self.uploading.keep(f"{name}.md", io.BytesIO(name.encode()))
        at = NOW - timedelta(days=days)
        os.utime(self.folder / stored.name, (at.timestamp(), at.timestamp()))
        passage = Passage(
            id=f"P-{name}",
            document_id=f"D-{name}",
            title=name,
            version=1,
            kind=DocumentKind.POLICY,
            place="",
            text=name,
        )
        preview = Preview(title=name, kind=DocumentKind.POLICY, scope=passage.scope, version=1, passages=(passage,))
        with self.database.begin() as tx:
            uploads.add(tx, CORP, name, stored, preview, by="su", moment=at)

    def submit(self, name: str, days: int, *steps: DocumentStatus) -> None:
        """Hand it over, and let another person decide so many days ago."""
        at = NOW - timedelta(days=days)
        with self.database.begin() as tx:
            uploads.submit(tx, CORP, uploads.own(tx, CORP, "su", name), at)
            for seen, to in enumerate(steps):
                done = documents.move(tx, CORP, f"D-{name}", to, by="shao", moment=at, seen=seen, note="不用了")
                assert done is Decided.DONE

    @property
    def kept(self) -> set[str]:
        """The uploads that have both their row and their bytes."""
        with self.database.read() as tx:
            rows = tx.execute(select(tables.upload.c.upload_id, tables.upload.c.stored_name)).all()
        there = {path.name for path in self.folder.iterdir()}
        assert {row.stored_name for row in rows} <= there
        return {row.upload_id for row in rows}


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path / "uploads")


def test_what_was_never_submitted_sent_back_or_withdrawn_goes_after_a_week(house: House) -> None:
    for name, days in (("previewed", 8), ("today", 0), ("waiting", 8), ("refused", 20), ("late", 20), ("used", 99)):
        house.bring(name, days)
    house.submit("waiting", 8)
    house.submit("refused", 8, DocumentStatus.WITHDRAWN)
    house.submit("late", 6, DocumentStatus.WITHDRAWN)
    house.submit("used", 98, DocumentStatus.REVIEWED, DocumentStatus.PUBLISHED)
    house.uploading.tidy()
    assert house.kept == {"today", "waiting", "late", "used"}
    assert len(list(house.folder.iterdir())) == 4
    # its words are the library's, whatever became of the file
    with house.database.read() as tx:
        assert "D-refused" in tx.execute(select(tables.document.c.document_id)).scalars().all()
    house.uploading.tidy()
    assert house.kept == {"today", "waiting", "late", "used"}


def test_bytes_that_no_upload_knows_go_once_they_are_old(house: House) -> None:
    for days in (0, 8):
        stored = house.uploading.keep("断在半路.md", io.BytesIO(b"x"))
        at = (NOW - timedelta(days=days)).timestamp()
        os.utime(house.folder / stored.name, (at, at))
    (house.folder / "readme").write_text("not ours")
    os.utime(house.folder / "readme", (0, 0))
    house.uploading.tidy()
    assert sorted(path.name == "readme" for path in house.folder.iterdir()) == [False, True]


def test_the_corp_says_how_many_days(house: House) -> None:
    with house.database.begin() as tx:
        rules = Rulebook(retention=RetentionRules(unused_upload_days=30))
        rulebooks.write(tx, CORP, rules, by="admin", moment=NOW, seen=0)
    house.bring("month", 31)
    house.bring("fortnight", 14)
    house.uploading.tidy()
    assert house.kept == {"fortnight"}


def test_a_folder_that_was_never_made_needs_no_tidying(house: House) -> None:
    house.uploading.tidy()
    assert not house.folder.exists()
