"""Who sees which document, one step at a time, and rulings that decide what is served: the same on both databases."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert

from assistant.errors import NotFound
from assistant.shop import Citation, Manner, Scene, Script, Stage, Store
from assistant.store import conflicts, documents, material, revisions, tables
from assistant.store.conflicts import ConflictKind, FoundConflict, Ruling, Side, SideNoun
from assistant.store.database import Database
from assistant.store.documents import DocumentFilter, Sight
from assistant.store.material import CorpFacts, DocumentToStore
from assistant.store.revisions import Decided, RevisionNoun, RevisionOrigin
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel, content_mark

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
CORP = "corp"
EVERYWHERE = Sight("ye", None, frozenset(), frozenset())
NOWHERE = Sight("new", frozenset(), frozenset(), frozenset())
BRAND, REGION, STORE, OTHER = (
    Scope(),
    Scope(level=ScopeLevel.REGION, id="R1"),
    Scope(level=ScopeLevel.STORE, id="S1"),
    Scope(level=ScopeLevel.STORE, id="S3"),
)
EVERYTHING = DocumentFilter()
DRAFT, REVIEWED, PUBLISHED, WITHDRAWN = DocumentStatus


@pytest.fixture
def shop(database: Database) -> Database:
    """A corp with three stores in two regions."""
    with database.begin() as tx:
        material.save_corp(tx, CORP, CorpFacts("试店", (), 0, None, 90, 1))
        source = material.replace_source(tx, CORP, "shop", "stores.csv", "0", NOW)
        stores = [
            Store(store_id=id_, name=id_, region_id=region, region_name=region)
            for id_, region in (("S1", "R1"), ("S2", "R1"), ("S3", "R2"))
        ]
        material.add_stores(tx, CORP, source.source_id, stores)
    return database


def put(
    database: Database,
    name: str,
    text: str = "七天内可以退货。",
    *,
    scope: Scope = BRAND,
    status: DocumentStatus = PUBLISHED,
    by: str = "",
    later: int = 0,
) -> str:
    """Write one document of one passage."""
    with database.begin() as tx:
        at = NOW + timedelta(minutes=later)
        source = material.replace_source(tx, CORP, "shop", f"{name}.md", "0", at)
        passage = Passage(
            id=f"p-{name}", document_id=name, title=name, version=1, kind=DocumentKind.POLICY, place="", text=text
        )
        document = DocumentToStore(name, name, DocumentKind.POLICY, scope, 1, status, None, None, (passage,), by)
        material.add_document(tx, CORP, source.source_id, document)
    return name


def seen(database: Database, who: Sight, wanted: DocumentFilter = EVERYTHING, **page: object) -> list[str]:
    with database.read() as tx:
        found = documents.document_lines(
            tx, CORP, who, wanted, before=str(page.get("before", "")), limit=int(str(page.get("limit", 50)))
        )
    return [line.document_id for line in found]


def sight(database: Database, *stores: str, userid: str = "su") -> Sight:
    with database.read() as tx:
        return documents.sight(tx, CORP, frozenset(stores), userid)


def served(database: Database) -> set[str]:
    with database.read() as tx:
        passages = {one.document_id for one in material.published_passages(tx, CORP)}
        assert {id_.removeprefix("p-") for id_ in material.published_marks(tx, CORP)} == passages
        return passages


def side(name: str, text: str = "七天内可以退货。") -> Side:
    passage = Passage(
        id=f"p-{name}", document_id=name, title=name, version=1, kind=DocumentKind.POLICY, place="", text=text
    )
    return Side(noun=SideNoun.DOCUMENT, ref=name, title=name, text=text, mark=content_mark(passage))


def conflict(first: Side, second: Side) -> FoundConflict:
    return FoundConflict(kind=ConflictKind.FIGURE, first=first, second=second)


def keep(database: Database, *found: FoundConflict, version: int = 1) -> None:
    with database.begin() as tx:
        conflicts.keep_survey(tx, CORP, found, version, NOW)


def open_ones(database: Database, who: Sight = EVERYWHERE) -> tuple[conflicts.Conflict, ...]:
    with database.read() as tx:
        return conflicts.open_conflicts(tx, CORP, who, limit=50)


def move(database: Database, name: str, to: DocumentStatus, by: str, seen: int = 0) -> Decided:
    with database.begin() as tx:
        return documents.move(tx, CORP, name, to, by=by, moment=NOW, seen=seen)


# ---- who sees what -----------------------------------------------------------------------------


def test_a_manager_sees_what_reaches_her_stores_and_drafts_that_are_hers_to_decide(shop: Database) -> None:
    for number, (scope, name) in enumerate(((BRAND, "brand"), (REGION, "region"), (STORE, "store"), (OTHER, "other"))):
        put(shop, name, scope=scope, later=number)
        put(shop, f"{name}-draft", scope=scope, status=DRAFT, by="ye", later=10 + number)
    assert len(seen(shop, EVERYWHERE)) == 8
    assert seen(shop, sight(shop, "S1")) == ["store-draft", "store", "region", "brand"]
    region = sight(shop, "S1", "S2")
    assert seen(shop, region) == ["store-draft", "region-draft", "store", "region", "brand"]
    assert seen(shop, NOWHERE) == []
    assert seen(shop, sight(shop, "S1", userid="ye"))[:1] == ["other-draft"]
    with shop.read() as tx:
        with pytest.raises(NotFound):
            documents.one_document(tx, CORP, sight(shop, "S1"), "other")
        with pytest.raises(NotFound):
            documents.one_document(tx, "another-corp", EVERYWHERE, "brand")
        assert documents.waiting(tx, CORP, region) == 2
        assert documents.waiting(tx, CORP, EVERYWHERE) == 0


@pytest.mark.parametrize(
    ("stores", "covered"),
    [(("S1",), {"store"}), (("S1", "S2"), {"store", "region"}), (("S1", "S2", "S3"), {"store", "region", "other"})],
)
def test_only_whoever_has_every_store_of_a_scope_decides_on_it(
    shop: Database, stores: Iterable[str], covered: set[str]
) -> None:
    who = sight(shop, *stores)
    scopes = {"brand": BRAND, "region": REGION, "store": STORE, "other": OTHER}
    assert {name for name, scope in scopes.items() if who.covers(scope)} == covered
    assert all(EVERYWHERE.covers(scope) for scope in scopes.values())
    assert not any(NOWHERE.covers(scope) or NOWHERE.sees(scope) for scope in scopes.values())


def test_the_list_pages_by_key_and_takes_signs_in_a_search_as_signs(shop: Database) -> None:
    for number in range(7):
        put(shop, f"doc{number}", later=number // 2)
    put(shop, "100%退", later=20)
    pages: list[str] = []
    while page := seen(shop, EVERYWHERE, before=pages[-1] if pages else "", limit=3):
        pages += page
    assert len(pages) == len(set(pages)) == 8
    assert seen(shop, EVERYWHERE, DocumentFilter(words="100%")) == ["100%退"]
    assert seen(shop, EVERYWHERE, DocumentFilter(words="%")) == ["100%退"]
    assert seen(shop, EVERYWHERE, DocumentFilter(words="_")) == []
    with pytest.raises(NotFound):
        seen(shop, EVERYWHERE, before="nothing")


# ---- one step at a time ------------------------------------------------------------------------


def test_nothing_is_published_that_nobody_reviewed(shop: Database) -> None:
    put(shop, "draft", status=DRAFT, by="su")
    assert move(shop, "draft", PUBLISHED, "ye") is Decided.ALREADY
    assert move(shop, "draft", REVIEWED, "SU") is Decided.OWN
    assert move(shop, "draft", REVIEWED, "ye") is Decided.DONE
    assert move(shop, "draft", REVIEWED, "ye") is Decided.ALREADY
    assert served(shop) == set()
    assert move(shop, "draft", PUBLISHED, "ye", seen=1) is Decided.DONE
    assert served(shop) == {"draft"}
    with pytest.raises(NotFound):
        move(shop, "nothing", WITHDRAWN, "ye")


def test_of_decisions_at_one_moment_one_counts(shop: Database) -> None:
    put(shop, "one")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda who: move(shop, "one", WITHDRAWN, who), ("a", "b", "c", "d")))
    assert sorted(done) == sorted([Decided.DONE, *[Decided.ALREADY] * 3])
    assert served(shop) == set()


def test_every_change_of_what_is_served_is_seen_by_the_index(shop: Database) -> None:
    put(shop, "one")

    def version() -> int:
        with shop.read() as tx:
            return material.material_version(tx, CORP)

    before = version()
    move(shop, "one", WITHDRAWN, "ye")
    assert version() == before + 1
    put(shop, "two", "十五天内可以退货。")
    put(shop, "three")
    keep(shop, conflict(side("two", "十五天内可以退货。"), side("three")))
    with shop.begin() as tx:
        conflicts.rule(tx, CORP, open_ones(shop)[0], Ruling.FIRST, reason="", by="ye", moment=NOW)
    assert version() == before + 2
    assert served(shop) == {"two"}


# ---- conflicts ---------------------------------------------------------------------------------


def test_a_conflict_is_one_however_often_and_whichever_way_round_it_is_found(shop: Database) -> None:
    put(shop, "two", "十五天内可以退货。")
    put(shop, "one")
    longer, shorter = side("two", "十五天内可以退货。"), side("one")
    keep(shop, conflict(longer, shorter))
    keep(shop, conflict(shorter, longer), version=2)
    (found,) = open_ones(shop)
    with shop.begin() as tx:
        assert conflicts.last_survey(tx, CORP).material_version == 2
        assert conflicts.open_by_document(tx, CORP, ["one", "two", "three"]) == {"one": 1, "two": 1}
        assert conflicts.rule(tx, CORP, found, Ruling.BOTH, reason="x", by="ye", moment=NOW) is Decided.DONE
        assert conflicts.rule(tx, CORP, found, Ruling.FIRST, reason="", by="he", moment=NOW) is Decided.ALREADY
    keep(shop, conflict(longer, shorter), version=3)
    assert open_ones(shop) == ()
    with shop.read() as tx:
        marks = [longer.mark, shorter.mark]
        assert conflicts.agreed(tx, CORP, marks) == {frozenset(marks)}
        assert conflicts.agreed(tx, "another-corp", marks) == frozenset()
    keep(shop, conflict(side("two", "十天内可以退货。"), shorter), version=4)
    assert len(open_ones(shop)) == 1
    keep(shop, version=5)
    assert open_ones(shop) == ()


def test_what_lost_against_a_text_that_waits_is_served_until_that_is_published(shop: Database) -> None:
    put(shop, "old")
    put(shop, "new", "十五天内可以退货。", status=REVIEWED, by="su")
    with shop.begin() as tx:
        found = [conflict(side("new", "十五天内可以退货。"), side("old"))]
        conflicts.keep_comparison(tx, CORP, "new", found, NOW)
    keep(shop, version=9)
    (waits,) = open_ones(shop)
    assert waits.first_waits
    with shop.begin() as tx:
        conflicts.rule(tx, CORP, waits, Ruling.FIRST, reason="", by="ye", moment=NOW)
    assert served(shop) == {"old"}
    with shop.begin() as tx:
        documents.move(tx, CORP, "new", PUBLISHED, by="ye", moment=NOW, seen=0)
        assert conflicts.carry_out(tx, CORP, "new", "ye", NOW) == 1
    assert served(shop) == {"new"}


def test_a_passage_that_lost_twice_comes_back_only_when_both_rulings_are_taken_back(shop: Database) -> None:
    put(shop, "old")
    put(shop, "a", "十五天内可以退货。")
    put(shop, "b", "十天内可以退货。")
    keep(
        shop,
        conflict(side("a", "十五天内可以退货。"), side("old")),
        conflict(side("b", "十天内可以退货。"), side("old")),
    )
    ruled = open_ones(shop)
    with shop.begin() as tx:
        for one in ruled:
            conflicts.rule(tx, CORP, one, Ruling.FIRST, reason="", by="ye", moment=NOW)
    for one, left in zip(ruled, ({"a", "b"}, {"a", "b", "old"}), strict=True):
        with shop.begin() as tx:
            conflicts.reopen(tx, CORP, one)
        assert served(shop) == left


def test_a_conflict_of_a_text_that_waits_is_shown_only_to_those_who_decide_on_it(shop: Database) -> None:
    put(shop, "old")
    put(shop, "new", "十五天内可以退货。", status=DRAFT, by="su")
    with shop.begin() as tx:
        found = [conflict(side("new", "十五天内可以退货。"), side("old"))]
        conflicts.keep_comparison(tx, CORP, "new", found, NOW)
    assert len(open_ones(shop)) == 1
    assert open_ones(shop, sight(shop, "S1")) == ()
    put(shop, "third", "十天内可以退货。")
    keep(shop, conflict(side("third", "十天内可以退货。"), side("old")))
    (shown,) = open_ones(shop, sight(shop, "S1"))
    assert shown.first.ref == "third"
    assert open_ones(shop, NOWHERE) == ()


def test_a_turn_is_corrected_once_for_a_document_and_goes_with_its_correction(shop: Database) -> None:
    with shop.begin() as tx:
        tx.execute(
            insert(tables.conversation).values(
                conversation_id="c", corp_id=CORP, guide_folded="lin", channel="wecom", current_customer_id=""
            )
        )
        tx.execute(
            insert(tables.turn).values(
                turn_id="T1",
                corp_id=CORP,
                conversation_id="c",
                guide_folded="lin",
                store_id="S1",
                customer_id="",
                intent="policy",
                reply_kind="drafts",
                finished_at=NOW,
                record={},
            )
        )
        tx.execute(
            insert(tables.correction).values(turn_id="T1", document_id="d", corp_id=CORP, sent_by="ye", sent_at=NOW)
        )
        tx.execute(tables.turn.delete().where(tables.turn.c.turn_id == "T1"))
        assert tx.execute(tables.correction.select()).all() == []


# ---- what leaning pages read -------------------------------------------------------------------


def test_the_words_of_scripts_are_those_that_are_served(shop: Database) -> None:
    cited = Citation(document_id="x", title="x", version=1, place="x")
    told = [
        Script(
            script_id=f"SC{number}",
            title=f"第{number}条",
            stage=Stage.CARE,
            scene=Scene.PRIVATE,
            manner=Manner.WARM,
            text=f"七天内可退 {number}",
            scope=STORE if number == 1 else BRAND,
            dealers=("东湖商贸",) if number == 0 else (),
            cited=cited,
        )
        for number in range(4)
    ]
    with shop.begin() as tx:
        source = material.replace_source(tx, CORP, "shop", "scripts.csv", "0", NOW)
        material.add_scripts(tx, CORP, source.source_id, told)
        noun, body = RevisionNoun.SCRIPT, told[2].model_dump(mode="json")
        revisions.withdraw(tx, CORP, noun, "SC3", told[3].model_dump(mode="json"), by="ye", moment=NOW, note="")
        new = revisions.propose(
            tx, CORP, noun, "SC2", {**body, "text": "十天内可退"}, origin=RevisionOrigin.HAND, by="ye", moment=NOW
        )
        revisions.publish(tx, CORP, noun, new.revision_id, by="he", moment=NOW, note="", seen=0)
    with shop.read() as tx:
        served_ones = [
            (one.script_id, one.title, one.text, one.scope, one.dealers) for one in material.scripts(tx, CORP)
        ]
        assert [tuple(one) for one in material.script_texts(tx, CORP)] == served_ones
    assert [one[2] for one in served_ones] == ["七天内可退 0", "七天内可退 1", "十天内可退"]


def test_a_list_asks_as_often_for_many_as_for_few(shop: Database) -> None:
    def asked() -> int:
        statements: list[str] = []

        def heard(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(shop.engine, "before_cursor_execute", heard)
        seen(shop, EVERYWHERE)
        open_ones(shop)
        event.remove(shop.engine, "before_cursor_execute", heard)
        return len(statements)

    put(shop, "doc0")
    few = asked()
    for number in range(1, 20):
        put(shop, f"doc{number}")
    keep(shop, *(conflict(side("doc0"), side(f"doc{number}", f"{number}天内可退")) for number in range(1, 20)))
    assert asked() == few
