"""Mining on both databases: what stood in the blanks of a draft, and one suggestion whoever runs it how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from assistant.desks import Desks
from assistant.flow.desk import Shop
from assistant.mining import Mining, look_through
from assistant.shop import Citation, Manner, Product, Scene, Script, Stage
from assistant.store import material, mined, revisions, turns
from assistant.store.database import Database
from assistant.store.revisions import RevisionNoun
from assistant.store.tables import corp
from assistant.turn import Action, ActionKind, Draft, Evidence, EvidenceKind, Outcome, Sentence, Verdict
from tests.store import making
from tests.store.conftest import database, kept_postgres, migrated_postgres
from tests.store.making import CORP, NOW

__all__ = ["database", "kept_postgres", "migrated_postgres"]

CITED = Citation(document_id="d", title="话术.xlsx", version=1, place="第2行")
TEXT = "【客户称呼】，【产品名】我自己也在用，您可以看看。用法很简单，【用法】。"
FIRST, SECOND = "客户C1，舒缓面霜我自己也在用，您可以看看。", "用法很简单，取适量抹开。"
FACT = "舒缓面霜适合敏感肌。"


@pytest.fixture
def house(database: Database) -> Database:
    goods = Product(
        sku="SKU-1", name="舒缓面霜", category="面霜", spec="50ml", usage="取适量抹开", price_fen=29800,
        suitable_for=("敏感肌",), cited=CITED,
    )  # fmt: skip
    script = Script(
        script_id="SC1", title="推荐", stage=Stage.RECOMMENDATION, scene=Scene.PRIVATE, manner=Manner.WARM,
        text=TEXT, cited=CITED,
    )  # fmt: skip
    with database.begin() as tx:
        tx.execute(
            corp.insert().values(
                corp_id=CORP, brand="云屿", tiers=[], shipping_fen=0, lapsed_after_days=90, material_version=1
            )
        )
        source = making.source(tx)
        material.add_stores(tx, CORP, source, [making.store("S1")])
        material.add_products(tx, CORP, source, [goods])
        material.add_scripts(tx, CORP, source, [script])
    making.people(database, making.person("Lin"), making.person("Xu"))
    making.clients(database, making.customer("C1", "Lin"))
    return database


def edit(database: Database, number: int, sent: str, guide: str = "Lin", first: str = FIRST) -> None:
    """One turn with the script's two sentences and a fact beside them, changed by its guide."""
    conversation = making.converse(database, f"m{number}", userid=guide)
    draft = Draft(
        manner=Manner.WARM,
        sentences=(Sentence(text=first), Sentence(text=SECOND), Sentence(text=FACT, evidence=("P1",))),
        skus=("SKU-1",),
        script_ids=("SC1",),
    )
    record = making.record(
        f"T{number}",
        conversation,
        guide=guide,
        drafts=(draft,),
        verdicts=(Verdict(outcome=Outcome.PASS, draft=draft),),
        evidence=(Evidence(id="P1", kind=EvidenceKind.PRODUCT, subject="SKU-1", text="舒缓面霜"),),
    )
    making.write(database, record)
    with database.begin() as tx:
        turns.add_action(
            tx, f"T{number}", Action(kind=ActionKind.EDITED, at=NOW, choice=1, sent_text=sent, similarity=0.8)
        )


def shop_of(database: Database, moment: datetime = NOW) -> Shop:
    return Desks(database, "").shop(CORP, moment)


def looked_at(database: Database) -> mined.MinedEdit:
    shop = shop_of(database)
    with database.read() as tx:
        (fresh,) = mined.fresh(tx, CORP, 10)
    return look_through(fresh, shop.scripts[0], shop)


def mining(database: Database) -> Mining:
    return Mining(database, CORP, lambda: NOW, lambda moment: shop_of(database, moment))


def test_names_and_uses_go_back_into_their_blanks_and_facts_beside_the_script_are_left_out(house: Database) -> None:
    edit(house, 1, f"客户C1呀，舒缓面霜我自己也在用，很舒服，您可以看看。{SECOND}{FACT}")
    found = looked_at(house)
    assert found.template == "【客户称呼】呀，【产品名】我自己也在用，很舒服，您可以看看。用法很简单，【用法】。"
    assert (found.judged.cause.value, found.manner, found.stage) == ("tone", Manner.WARM, Stage.RECOMMENDATION)


def test_a_script_keeps_its_address_where_no_customer_was_known(house: Database) -> None:
    nobody = FIRST.removeprefix("客户C1，")
    edit(house, 1, f"{nobody}{SECOND}这几天降温，您多穿点。{FACT}", first=nobody)
    assert looked_at(house).template.startswith("【客户称呼】，【产品名】我自己也在用")


def test_whoever_took_the_address_out_of_a_text_to_somebody_meant_it(house: Database) -> None:
    edit(house, 1, f"{FIRST.removeprefix('客户C1，')}{SECOND}这几天降温，您多穿点。{FACT}")
    assert looked_at(house).template.startswith("【产品名】我自己也在用")


def test_a_change_beside_the_script_suggests_nothing_for_it(house: Database) -> None:
    edit(house, 1, f"{FIRST}{SECOND}")
    assert looked_at(house).obstacle == "改的不是话术里的话"


def test_the_guides_own_name_is_a_blank_and_a_colleagues_is_none(house: Database) -> None:
    edit(house, 1, f"{FIRST}{SECOND}有事找Lin就好。")
    assert "【导购姓名】" in looked_at(house).template


def test_whoever_runs_it_how_often_one_suggestion_is_made(house: Database) -> None:
    for number, guide in enumerate(("Lin", "Xu", "Lin", "Xu"), start=1):
        edit(house, number, f"{FIRST}{SECOND}这几天降温，您多穿点。", guide)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: mining(house).run(), range(3)))
    assert sum(made) == 1
    assert mining(house).run() == 0
    with house.read() as tx:
        (found,) = revisions.waiting(tx, CORP, RevisionNoun.SCRIPT)
        assert mined.behind(tx, CORP, found.revision_id).edits == 4
    assert (
        found.body["text"]
        == "【客户称呼】，【产品名】我自己也在用，您可以看看。用法很简单，【用法】。这几天降温，您多穿点。"
    )
    assert (found.about["cause"], found.about["proposers"], found.proposed_by) == (
        "care-added",
        ["lin", "xu"],
        "daogou",
    )


def test_before_anything_was_ingested_nothing_is_done(database: Database) -> None:
    assert mining(database).run() == 0
