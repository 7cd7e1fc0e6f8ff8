"""Reads of the library and of edits on both databases: what a scope reaches, what ends, who is told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from assistant.errors import NotFound
from assistant.shop import Citation, Manner, Product, Scene, Script, Stage
from assistant.store import documents, material, notices, revisions, scripts
from assistant.store.database import Database, Transaction
from assistant.store.revisions import RevisionNoun, RevisionOrigin
from assistant.store.scripts import LibraryFilter
from assistant.store.tables import corp
from knowledge.passage import Scope, ScopeLevel
from tests.store import making
from tests.store.making import CORP, NOW

CITED = Citation(document_id="d", title="话术.xlsx", version=1, place="第2行")
SCRIPT = RevisionNoun.SCRIPT
DEALERS = ((4, "东湖商贸"), (5, "西溪商贸"), (6, "北山商贸"))


def a_script(script_id: str, text: str = "【客户称呼】您好", **more: object) -> Script:
    values = {"script_id": script_id, "title": f"标题{script_id}", "stage": Stage.GREETING, "scene": Scene.PRIVATE}
    return Script.model_validate({**values, "manner": Manner.WARM, "text": text, "cited": CITED, **more})


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    with database.begin() as opened:
        opened.execute(
            corp.insert().values(
                corp_id=CORP, brand="云屿", tiers=[], shipping_fen=0, lapsed_after_days=90, material_version=1
            )
        )
        source = making.source(opened)
        material.add_stores(opened, CORP, source, [making.store("S1"), making.store("S2"), making.store("S3", "R2")])
        material.add_people(opened, CORP, source, [making.person("HQ", store_id="", region_id="")])
        material.add_scripts(
            opened,
            CORP,
            source,
            [
                a_script("A", "【客户称呼】您好，今天想看点什么"),
                a_script("B", "五折 100% 优惠", keywords=("打折",), stage=Stage.PRICE),
                a_script("C", scope=Scope(level=ScopeLevel.REGION, id="R1"), valid_to=NOW + timedelta(days=6)),
                a_script("D", scope=Scope(level=ScopeLevel.STORE, id="S3"), valid_to=NOW + timedelta(days=60)),
            ],
        )
        yield opened


def found(tx: Transaction, stores: frozenset[str] | None = None, **wanted: object) -> list[str]:
    who = documents.sight(tx, CORP, stores, "hq")
    looked_for = LibraryFilter(**wanted)  # type: ignore[arg-type]
    lines = scripts.library(tx, CORP, who, looked_for, NOW, limit=50)
    assert scripts.count_library(tx, CORP, who, looked_for, NOW) == len(lines)
    return [one.script.script_id for one in lines]


def publish(tx: Transaction, script: Script, owner: str = "") -> str:
    made = revisions.propose(
        tx, CORP, SCRIPT, script.script_id, script.model_dump(mode="json"), origin=RevisionOrigin.HAND, by="guide",
        moment=NOW, owner=owner,
    )  # fmt: skip
    revisions.publish(tx, CORP, SCRIPT, made.revision_id, by="HQ", moment=NOW, note="", seen=0)
    return made.revision_id


def test_the_library_is_held_to_what_reaches_the_stores(tx: Transaction) -> None:
    assert found(tx) == ["A", "B", "C", "D"]
    assert found(tx, frozenset({"S1"})) == ["A", "B", "C"]
    assert found(tx, frozenset({"S3"})) == ["A", "B", "D"]
    assert found(tx, frozenset()) == []
    with pytest.raises(NotFound):
        scripts.one_of_library(tx, CORP, documents.sight(tx, CORP, frozenset({"S1"}), "m"), "D")


def test_a_script_for_one_dealers_stores_is_seen_by_their_managers_only(tx: Transaction) -> None:
    source = making.source(tx, name="d.csv")
    material.add_stores(tx, CORP, source, [making.store(f"S{n}").model_copy(update={"dealer": d}) for n, d in DEALERS])
    material.add_scripts(tx, CORP, source, [a_script("E", dealers=("东湖商贸", "北山商贸")), a_script("F")])
    assert found(tx)[-2:] == ["E", "F"]
    assert "E" in found(tx, frozenset({"S4"}))
    assert "E" in found(tx, frozenset({"S1", "S6"}))
    for stores in ({"S1"}, {"S5"}, {"S1", "S5"}):
        assert found(tx, frozenset(stores))[-1] == "F"
        assert "E" not in found(tx, frozenset(stores))
        with pytest.raises(NotFound):
            scripts.one_of_library(tx, CORP, documents.sight(tx, CORP, frozenset(stores), "m"), "E")


def test_any_keyword_is_found(tx: Transaction) -> None:
    material.add_scripts(tx, CORP, making.source(tx, name="k.csv"), [a_script("G", keywords=tuple("一二三四五六"))])
    assert found(tx, words="六") == ["G"]


def test_words_stand_in_title_text_id_or_keywords_and_signs_are_words(tx: Transaction) -> None:
    assert found(tx, words="想看") == ["A"]
    assert found(tx, words="标题b") == ["B"]
    assert found(tx, words="打折") == ["B"]
    assert found(tx, words="100%") == ["B"]
    assert found(tx, words="10_%") == []
    assert found(tx, stage=Stage.PRICE) == ["B"]
    assert found(tx, scope=ScopeLevel.STORE) == ["D"]
    assert found(tx, expiring=True) == ["C"]


def test_what_people_put_in_its_place_is_the_library_and_what_waits_is_not(tx: Transaction) -> None:
    publish(tx, a_script("A", "新的"), owner="HQ")
    revisions.withdraw(tx, CORP, SCRIPT, "B", a_script("B").model_dump(mode="json"), by="HQ", moment=NOW, note="过时")
    revisions.propose(
        tx, CORP, SCRIPT, "N", a_script("N").model_dump(mode="json"), origin=RevisionOrigin.HAND, by="g", moment=NOW
    )
    assert found(tx) == ["A", "C", "D"]
    assert found(tx, withdrawn=True) == ["B"]
    assert found(tx, owner="HQ") == ["A"]
    assert found(tx, words="新的") == ["A"]
    shelf = scripts.of_library(tx, CORP, ("A", "B", "C", "N"))
    assert {one: line.withdrawn for one, line in shelf.items()} == {"A": False, "B": True, "C": False}
    assert (shelf["A"].owner, shelf["C"].from_file, shelf["C"].mark) == ("hq", True, "file:1")
    everywhere = documents.sight(tx, CORP, None, "hq")
    assert [one.record_id for one in scripts.waiting(tx, CORP, everywhere, limit=5)] == ["N"]
    assert scripts.count_waiting(tx, CORP, everywhere) == 1
    assert scripts.count_expiring(tx, CORP, everywhere, NOW) == 1
    assert set(scripts.waiting_for(tx, CORP, ("N", "A"))) == {"N"}
    assert scripts.owners(tx, CORP) == {"hq": "HQ"}


def test_suggestions_are_paged_newest_first(tx: Transaction) -> None:
    for number in range(5):
        revisions.propose(
            tx, CORP, SCRIPT, f"N{number}", a_script(f"N{number}").model_dump(mode="json"),
            origin=RevisionOrigin.HAND, by="g", moment=NOW + timedelta(minutes=number // 2),
        )  # fmt: skip
    everywhere = documents.sight(tx, CORP, None, "hq")
    first = scripts.waiting(tx, CORP, everywhere, limit=3)
    rest = scripts.waiting(tx, CORP, everywhere, before=first[-1].revision_id, limit=3)
    assert len({one.revision_id for one in (*first, *rest)}) == 5
    with pytest.raises(NotFound):
        scripts.waiting(tx, CORP, everywhere, before="none", limit=3)


def test_similar_ones_are_the_likest_first(tx: Transaction) -> None:
    everywhere = documents.sight(tx, CORP, None, "hq")
    near = scripts.similar(tx, CORP, everywhere, "【客户称呼】您好，今天想看什么", "D", NOW)
    assert [one.script_id for one in near] == ["A", "C"]
    assert near[0].likeness > 0.9


def test_an_owner_is_told_once_that_a_script_ends(tx: Transaction) -> None:
    publish(tx, a_script("E", valid_to=NOW + timedelta(days=6)), owner="HQ")
    publish(tx, a_script("F", valid_to=NOW + timedelta(days=30)), owner="HQ")
    assert scripts.remind_owners(tx, CORP, NOW) == 1
    assert scripts.remind_owners(tx, CORP, NOW + timedelta(days=1)) == 0
    (told,) = notices.unsent(tx, CORP)
    assert told.userid == "hq"
    assert "「标题E」用到 11月28日 为止" in told.text
    assert scripts.remind_owners(tx, CORP, NOW + timedelta(days=25)) == 1


def test_categories_are_those_of_the_goods(tx: Transaction) -> None:
    goods = [
        Product(sku=str(number), name="x", category=category, price_fen=1, cited=CITED)
        for number, category in enumerate(("面霜", "精华", "面霜"))
    ]
    material.add_products(tx, CORP, making.source(tx, name="b.csv"), goods)
    assert set(scripts.categories(tx, CORP)) == {"面霜", "精华"}
