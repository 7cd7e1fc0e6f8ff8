"""Who may see what: her own customers, her own stores, her own corp; and missing looks like forbidden."""

from datetime import timedelta

import pytest

from assistant.errors import NotFound
from assistant.seams import Reader
from assistant.shop import CustomerFact, Role
from assistant.store import access, material
from assistant.store.database import Database
from assistant.store.material import DocumentToStore
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope, ScopeLevel
from tests.store.making import CORP, NOW, clients, customer, line, orders, people, person, source, store

LIN = person("Lin")
CHEN = person("chen", store_id="S2", region_id="R2")


# ---- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("userid", ["Lin", "lin", "LIN"])
def test_a_userid_is_compared_without_case(database: Database, userid: str) -> None:
    people(database, LIN)
    with database.read() as tx:
        assert access.access_person(tx, CORP, userid) == LIN


def test_who_left_is_as_if_she_had_never_been(database: Database) -> None:
    people(database, person("gone", active=False), LIN)
    with database.read() as tx:
        for userid in ("gone", "nobody", ""):
            with pytest.raises(NotFound):
                access.access_person(tx, CORP, userid)
        assert [one.userid for one in access.access_guides(tx, CORP)] == ["Lin"]


def test_the_same_userid_in_two_corps_is_two_people(database: Database) -> None:
    people(database, person("Lin", store_id="S1"))
    people(database, person("lin", store_id="S9"), corp_id="other")
    clients(database, customer("C1", "Lin"))
    clients(database, customer("C1", "lin", phone="13900009999"), customer("C2", "lin"), corp_id="other")
    with database.read() as tx:
        ours, theirs = access.access_person(tx, CORP, "lin"), access.access_person(tx, "other", "LIN")
        assert (ours.store_id, theirs.store_id) == ("S1", "S9")
        assert [one.customer_id for one in access.access_cards(tx, CORP, ours)] == ["C1"]
        assert access.access_customer(tx, CORP, ours, "C1", NOW).phone_masked == "138****1234"
        assert access.access_customer(tx, "other", theirs, "C1", NOW).phone_masked == "139****9999"
        with pytest.raises(NotFound):
            access.access_customer(tx, CORP, ours, "C2", NOW)


def test_guides_and_managers_are_listed_apart(database: Database) -> None:
    people(
        database,
        LIN,
        person("boss", Role.MANAGER),
        person("root", Role.ADMIN),
        person("eye", Role.AUDITOR),
        person("old", Role.MANAGER, active=False),
    )
    with database.read() as tx:
        assert [one.userid for one in access.access_guides(tx, CORP)] == ["Lin"]
        assert [one.userid for one in access.access_managers(tx, CORP)] == ["boss", "root"]


def test_a_manager_answers_for_her_store_her_region_or_all(database: Database) -> None:
    with database.begin() as tx:
        material.add_stores(tx, CORP, source(tx), (store("S1"), store("S2"), store("S3", "R2")))
        material.add_stores(tx, "other", source(tx, "other"), (store("S4"),))
    with database.read() as tx:
        assert access.access_stores(tx, CORP, person("a", Role.MANAGER, "S2", "R1")) == {"S2"}
        assert access.access_stores(tx, CORP, person("b", Role.MANAGER, "", "R1")) == {"S1", "S2"}
        assert access.access_stores(tx, CORP, person("c", Role.MANAGER, "", "R9")) == frozenset()
        assert access.access_stores(tx, CORP, person("d", Role.MANAGER, "", "")) is None


# ---- customers ------------------------------------------------------------------------------------


def test_a_guide_sees_her_own_customers_only(database: Database) -> None:
    people(database, LIN, CHEN)
    clients(database, customer("C1", "LIN"), customer("C2", "chen"), customer("C3", ""), customer("C4", "lin"))
    with database.read() as tx:
        assert [one.customer_id for one in access.access_cards(tx, CORP, LIN)] == ["C1", "C4"]
        assert [one.customer_id for one in access.access_customers(tx, CORP, CHEN, NOW)] == ["C2"]
        assert access.access_customer(tx, CORP, LIN, "C4", NOW).name == "客户C4"
        for foreign in ("C2", "C3", "C999", ""):
            with pytest.raises(NotFound):
                access.access_customer(tx, CORP, LIN, foreign, NOW)


def test_a_card_and_a_profile_never_hold_the_whole_number(database: Database) -> None:
    clients(database, customer("C1", "lin"), customer("C2", "lin", phone=""))
    with database.read() as tx:
        card, nameless = access.access_cards(tx, CORP, LIN)
        assert (card.phone_head, card.phone_tail) == ("138", "1234")
        assert (nameless.phone_head, nameless.phone_tail) == ("", "")
        for one in access.access_customers(tx, CORP, LIN, NOW):
            assert "13800001234" not in one.model_dump_json()


def test_a_fact_ends_at_its_moment(database: Database) -> None:
    lasting = CustomerFact(name="肤质", value="干皮", source="会员档案", observed_at=NOW)
    ending = CustomerFact(name="孕期", value="是", source="导购", observed_at=NOW, expires_at=NOW + timedelta(days=1))
    clients(database, customer("C1", "lin", lasting, ending))
    with database.read() as tx:
        before = access.access_customer(tx, CORP, LIN, "C1", NOW + timedelta(days=1, seconds=-1))
        after = access.access_customer(tx, CORP, LIN, "C1", NOW + timedelta(days=1))
    assert (before.fact("孕期"), before.fact("肤质")) == ("是", "干皮")
    assert (after.fact("孕期"), after.fact("肤质")) == ("", "干皮")


def test_purchases_come_newest_first_and_one_by_one_or_all_at_once_alike(database: Database) -> None:
    clients(database, customer("C1", "lin"), customer("C2", "lin"))
    days = [line(f"D{day:02d}", ordered_at=NOW - timedelta(days=day)) for day in range(1, 14)]
    orders(
        database, *reversed(days), line("D01", line=2, sku="A2", ordered_at=NOW - timedelta(days=1)), line("E1", "C2")
    )
    with database.read() as tx:
        together = access.access_customers(tx, CORP, LIN, NOW)
        alone = tuple(access.access_customer(tx, CORP, LIN, one, NOW) for one in ("C1", "C2"))
    assert together == alone
    assert [(one.order_id, one.sku) for one in alone[0].purchases[:3]] == [("D01", "A1"), ("D01", "A2"), ("D02", "A1")]
    assert (len(alone[0].purchases), alone[0].order_count) == (10, 13)


def test_what_was_given_back_was_not_bought(database: Database) -> None:
    clients(database, customer("C1", "lin"))
    orders(database, line("D1"), line("D2", status="已退款", sku="A2"), line("D3", status="已取消", sku="A3"))
    with database.read() as tx:
        one = access.access_customer(tx, CORP, LIN, "C1", NOW)
    assert [purchase.sku for purchase in one.purchases] == ["A1"]
    assert one.order_count == 3, "she is no new customer for that"


def test_another_corps_orders_are_not_hers(database: Database) -> None:
    clients(database, customer("C1", "lin"))
    orders(database, line("D1"))
    orders(database, line("D1", sku="B9"), corp_id="other")
    with database.read() as tx:
        (one,) = access.access_customers(tx, CORP, LIN, NOW)
    assert [purchase.sku for purchase in one.purchases] == ["A1"]


# ---- passages -------------------------------------------------------------------------------------


def passage(id_: str, **more: object) -> Passage:
    values = {
        "id": id_,
        "document_id": f"d-{id_}",
        "title": "退货",
        "version": 1,
        "kind": DocumentKind.POLICY,
        "place": "一",
        "text": "七天内可退",
        **more,
    }
    return Passage.model_validate(values)


def publish(
    database: Database, one: Passage, status: DocumentStatus = DocumentStatus.PUBLISHED, corp: str = CORP
) -> None:
    with database.begin() as tx:
        material.add_document(
            tx,
            corp,
            source(tx, corp, one.id),
            DocumentToStore(
                one.document_id, one.title, one.kind, one.scope, 1, status, one.valid_from, one.valid_to, (one,)
            ),
        )


def test_a_passage_is_checked_against_the_database_whatever_an_index_believed(database: Database) -> None:
    def scope(level: ScopeLevel, id_: str) -> Scope:
        return Scope(level=level, id=id_)

    publish(database, passage("brand"))
    publish(database, passage("mine", scope=scope(ScopeLevel.STORE, "S1")))
    publish(database, passage("my-region", scope=scope(ScopeLevel.REGION, "R1")))
    publish(database, passage("their-store", scope=scope(ScopeLevel.STORE, "S2")))
    publish(database, passage("their-region", scope=scope(ScopeLevel.REGION, "R2")))
    publish(database, passage("named-like-my-store", scope=scope(ScopeLevel.REGION, "S1")))
    publish(database, passage("future", valid_from=NOW + timedelta(seconds=1)))
    publish(database, passage("from-now", valid_from=NOW))
    publish(database, passage("past", valid_to=NOW))
    publish(database, passage("draft"), DocumentStatus.DRAFT)
    publish(database, passage("reviewed"), DocumentStatus.REVIEWED)
    publish(database, passage("withdrawn"), DocumentStatus.WITHDRAWN)
    publish(database, passage("theirs"), corp="other")
    everything = [
        *("brand", "mine", "my-region", "their-store", "their-region", "named-like-my-store", "future", "from-now"),
        *("past", "draft", "reviewed", "withdrawn", "theirs", "never-was"),
    ]
    reader = Reader(corp_id=CORP, store_id="S1", region_id="R1")
    with database.read() as tx:
        readable = access.access_passages(tx, everything, reader, NOW)
    assert set(readable) == {"brand", "mine", "my-region", "from-now"}
