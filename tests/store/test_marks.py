"""Marks of passages: what the database tells of a passage without its text is what the passage itself says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from assistant.store import material
from assistant.store.database import Database
from assistant.store.material import DocumentToStore
from assistant.store.tables import passage as passage_table
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel, marks

CORP = "corp"
MOMENT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def piece(**more: object) -> Passage:
    plain = {
        "id": "p1",
        "document_id": "d1",
        "title": "退货办法",
        "version": 1,
        "kind": DocumentKind.POLICY,
        "place": "二、时间",
        "heading": ("二、时间",),
        "text": "签收次日起七天内可退。",
        "skus": ("YY-1",),
    }
    return Passage.model_validate(plain | more)


def write(
    database: Database, one: Passage, *, name: str = "退货.md", status: DocumentStatus = DocumentStatus.PUBLISHED
):
    with database.begin() as tx:
        source = material.replace_source(tx, CORP, "root", name, name, MOMENT)
        valid = (one.valid_from, one.valid_to)
        kept = DocumentToStore(
            one.document_id, one.title, one.kind, one.scope, one.version, status, *valid, passages=(one,)
        )
        material.add_document(tx, CORP, source.source_id, kept)
        material.supersede(tx, CORP)


def told(database: Database) -> dict[str, str]:
    with database.read() as tx:
        return {id_: one.fingerprint() for id_, one in material.published_marks(tx, CORP).items()}


def loaded(database: Database) -> dict[str, str]:
    with database.read() as tx:
        return {one.id: marks(one).fingerprint() for one in material.published_passages(tx, CORP)}


def test_the_database_and_the_passage_say_the_same(database: Database) -> None:
    write(database, piece())
    dated = piece(
        id="p2",
        document_id="d2",
        scope=Scope(level=ScopeLevel.STORE, id="S001"),
        valid_from=MOMENT,
        valid_to=datetime(2027, 1, 1, tzinfo=UTC),
        skus=(),
        heading=(),
    )
    write(database, dated, name="梧桐.md")
    assert told(database) == loaded(database)
    assert len(told(database)) == 2


def test_a_draft_has_none(database: Database) -> None:
    write(database, piece(), status=DocumentStatus.DRAFT)
    assert told(database) == {}


def test_a_newer_version_changes_the_older_ones_mark(database: Database) -> None:
    write(database, piece())
    before = told(database)["p1"]
    newer = piece(id="p9", document_id="d9", version=2, valid_from=MOMENT)
    write(database, newer, name="新退货.md")
    assert told(database)["p1"] != before
    assert told(database) == loaded(database)


def test_what_was_written_before_marks_were_kept_is_marked_from_its_words(database: Database) -> None:
    write(database, piece())
    before = told(database)
    with database.begin() as tx:
        tx.execute(update(passage_table).values(mark=""))
    assert told(database) == before


@pytest.mark.parametrize(
    "other",
    [
        {"text": "签收次日起十五天内可退。"},
        {"heading": ("二、", "时间")},
        {"heading": ()},
        {"place": "三、时间"},
        {"skus": ("YY-1", "YY-2")},
        {"title": "退货规定"},
        {"version": 2},
        {"kind": DocumentKind.CAMPAIGN},
        {"scope": Scope(level=ScopeLevel.REGION, id="R01")},
        {"valid_from": MOMENT},
        {"valid_to": MOMENT},
    ],
)
def test_any_change_is_seen(other: dict[str, object]) -> None:
    assert marks(piece()).fingerprint() != marks(piece(**other)).fingerprint()


@given(st.lists(st.text(max_size=5), max_size=3), st.lists(st.text(max_size=5), max_size=3))
def test_two_lists_of_questions_are_one_only_when_they_are(one: list[str], other: list[str]) -> None:
    seen = marks(piece())
    assert (seen.fingerprint(one) == seen.fingerprint(other)) == (one == other)
