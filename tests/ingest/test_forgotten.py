"""Who was forgotten does not come back: not by the customer file, not by the order file, not by the till."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.app import open_till
from assistant.leftovers import files_naming
from assistant.service import Service
from assistant.sold import SoldLine, SoldOrder, TillEvent
from assistant.store import privacy, tables
from assistant.store.privacy import Order
from assistant.store.traces import Traces
from tests.ingest.house import CORP, CUSTOMERS, ORDERS, opened, small_shop, write

HER = ("C1", "小葵", "13800001111")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return small_shop(tmp_path / "shop")


@pytest.fixture
def house(tmp_path: Path, shop: Path) -> Iterator[Service]:
    with opened(tmp_path / "data") as service:
        assert service.ingest([shop]).problems == ()
        yield service


def forget(house: Service) -> privacy.Receipt:
    key = house.settings.forgetting_key()
    return privacy.forget(house.database, CORP, Order("C1", "admin", "本人要求", house.clock(), key))


def customers(house: Service) -> set[str]:
    with house.database.read() as tx:
        return set(tx.execute(select(tables.customer.c.customer_id)).scalars())


def told(house: Service, table: str) -> str:
    with house.database.read() as tx:
        return str(tx.execute(select(tables.metadata.tables[table])).all())


def test_the_files_read_again_do_not_bring_her_back(house: Service, shop: Path) -> None:
    forget(house)
    write(shop, "会员/customers.csv", CUSTOMERS + "C3,阿灿,13800003333,lin,S001,是\n")
    write(shop, "会员/orders.csv", ORDERS + "D2,C1,S001,2026-10-02 10:00,A1,1,100,\n")
    report = house.ingest([shop])
    assert customers(house) == {"C2", "C3"}
    (problem,) = report.problems
    assert "有 1 位客户要求删除过个人信息" in problem.reason
    assert not problem.is_error
    with house.database.read() as tx:
        orders = tx.execute(select(tables.order_line.c.order_id, tables.order_line.c.customer_id)).all()
    assert {tuple(row) for row in orders} == {("D1", ""), ("D2", "")}
    for table in ("customer", "order_line", "source"):
        for word in ("C1", "小葵", "13800001111"):
            assert word not in told(house, table), (table, word)


def test_she_is_known_by_her_phone_under_a_new_number(house: Service, shop: Path) -> None:
    forget(house)
    write(shop, "会员/customers.csv", CUSTOMERS.replace("C1,小葵,13800001111", "C9,葵葵,+86 138-0000-1111"))
    house.ingest([shop])
    assert customers(house) == {"C2"}


def test_nothing_about_her_row_is_reported(house: Service, shop: Path) -> None:
    forget(house)
    write(shop, "会员/customers.csv", CUSTOMERS.replace("lin,S001,是\n", "nobody,S001,是\n"))
    report = house.ingest([shop])
    assert [problem.reason for problem in report.problems if "nobody" in problem.reason] == []


def test_at_her_wish_she_is_read_again(house: Service, shop: Path) -> None:
    forget(house)
    with house.database.begin() as tx:
        privacy.let_return(tx, CORP, house.settings.forgetting_key(), "C1", "13800001111")
    write(shop, "会员/customers.csv", CUSTOMERS + "\n")
    house.ingest([shop])
    assert customers(house) == {"C1", "C2"}


def test_a_lost_key_is_told_not_silent(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "data") as service:
        service.ingest([shop])
        forget(service)
    with opened(tmp_path / "data", forgetting_secret="another key than before") as service:
        write(shop, "会员/customers.csv", CUSTOMERS + "\n")
        report = service.ingest([shop])
    assert any("认不出来" in problem.reason for problem in report.problems)


def sold(order_id: str, event_id: str, house: Service) -> TillEvent:
    line = SoldLine(sku="A1", quantity=1, amount_fen=10000)
    body = SoldOrder(
        order_id=order_id,
        customer_id="C1",
        store_id="S001",
        ordered_at=house.clock(),
        delivery_area="湖滨街道",
        paid_fen=10000,
        lines=(line,),
    )
    return TillEvent(event_id=event_id, occurred_at=house.clock() + timedelta(minutes=1), body=body)


def test_the_till_tells_of_nobody_afterwards(house: Service) -> None:
    till = open_till(house)
    before = sold("T1", "E1", house)
    till.keep(before)
    forget(house)
    after = sold("T2", "E2", house)
    till.keep(after)
    for table in ("till_order", "till_event", "till_order_line", "points_entry"):
        for word in ("'C1'", "湖滨街道"):
            assert word not in told(house, table), (table, word)
    # a repeat of either is still taken for one, and not for another fact under the same number
    till.keep(before)
    till.keep(after)
    with house.database.read() as tx:
        paid = tx.execute(select(tables.till_order.c.order_id, tables.till_order.c.paid_fen)).all()
    assert {tuple(row) for row in paid} == {("T1", 10000), ("T2", 10000)}


def test_files_that_name_her_are_told_and_none_of_ours_does(house: Service) -> None:
    traces = Traces(*HER)
    house.converse("lin", ["小葵想买面霜"])
    forget(house)
    folder = house.settings.data_dir
    assert files_naming(folder, traces.needles) == {}
    (folder / "exports").mkdir()
    (folder / "exports" / "会员.csv").write_text("小葵,138-0000-1111\n小葵", encoding="utf-8")
    assert files_naming(folder, traces.needles) == {"exports/会员.csv": 3}
    assert files_naming(folder, ()) == {}


def test_a_short_number_of_hers_inside_a_longer_one_is_not_hers(tmp_path: Path) -> None:
    (tmp_path / "钥匙.key").write_text("xC1_9AC1-zq8C12C1", encoding="utf-8")
    assert files_naming(tmp_path, ("C1",)) == {}
    (tmp_path / "名单.csv").write_text('C1,小葵\n"C1"\n客户C1\n电话+8613800001111', encoding="utf-8")
    # a Chinese character ends no number
    assert files_naming(tmp_path, ("C1", "13800001111")) == {"名单.csv": 4}
