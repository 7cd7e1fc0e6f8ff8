"""Whatever order a till's facts come in, however often: the same tables. And nothing it told is lost."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from assistant.errors import NotFound, TillRefused
from assistant.offers.attribution import PointsReason, PointsRule
from assistant.sold import (
    EventState,
    OrderStatus,
    RedeemedDeal,
    RedemptionState,
    ReturnedGoods,
    ReturnedLine,
    SoldLine,
    SoldOrder,
    StockCount,
    StockCounts,
    TillEvent,
)
from assistant.store import material, turns
from assistant.store.database import Database, Transaction
from assistant.store.tables import (
    coupon_grant,
    metadata,
    points_entry,
    till_event,
    till_order,
    till_order_line,
    till_redemption,
    till_refund,
    till_stock,
)
from assistant.store.till import events, points
from assistant.store.till.events import Applied, TillRules
from assistant.store.till.telling import Refusal, telling
from assistant.turn import Action, ActionKind, Draft, Verdict
from tests.shared import lay_tables
from tests.store.making import CORP, NOW, converse, record, write

RULES = TillRules(points=PointsRule(guide_point_fen=300, customer_point_fen=100))
FOLDED = (till_order, till_order_line, till_redemption, till_refund, till_stock)


class GrantRefused(Exception):
    def __init__(self, rule: str, distance: str) -> None:
        super().__init__(rule)
        self.rule, self.distance = rule, distance


class Grants:
    """A little house of grants: each is used by one order at a time, each key counts once."""

    def __init__(self, *grant_ids: str, ends_at: datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> None:
        self.known = set(grant_ids)
        self.ends_at = ends_at
        self.used: dict[str, tuple[str, int]] = {}
        self.keys: set[str] = set()
        self.redeem = telling(self._redeem, GrantRefused, lambda error: Refusal(error.rule, error.distance))
        self.refund = telling(self._refund, GrantRefused, lambda error: Refusal(error.rule, error.distance))

    def _redeem(
        self,
        tx: Transaction,
        corp_id: str,
        grant_id: str,
        *,
        key: str,
        order_id: str,
        amount_fen: int,
        moment: datetime,
    ) -> None:
        self._known(grant_id)
        if key in self.keys:
            return
        if moment >= self.ends_at:
            raise GrantRefused("已过期", "券在下单前已经过期")
        if grant_id in self.used:
            raise GrantRefused("已核销", "这张券已经用过")
        self.keys.add(key)
        self.used[grant_id] = (order_id, amount_fen)

    def _refund(
        self,
        tx: Transaction,
        corp_id: str,
        grant_id: str,
        *,
        key: str,
        order_id: str,
        amount_fen: int,
        moment: datetime,
    ) -> None:
        self._known(grant_id)
        if key in self.keys:
            return
        held_by, left = self.used.get(grant_id, ("", 0))
        if held_by != order_id or amount_fen > left:
            raise GrantRefused("退得太多", "这张券没有用掉这么多")
        self.keys.add(key)
        if amount_fen == left:
            del self.used[grant_id]
        else:
            self.used[grant_id] = (order_id, left - amount_fen)

    def _known(self, grant_id: str) -> None:
        if grant_id not in self.known:
            raise NotFound(grant_id)


def order(order_id: str = "O1", paid_fen: int = 9000, **more: object) -> SoldOrder:
    values = {
        "order_id": order_id,
        "customer_id": "C1",
        "store_id": "S1",
        "ordered_at": NOW,
        "paid_fen": paid_fen,
        "lines": (SoldLine(sku="A1", quantity=2, amount_fen=8000), SoldLine(sku="A2", quantity=1, amount_fen=4000)),
    }
    return SoldOrder.model_validate(values | more)


def deal(redemption_id: str = "X1", grant_id: str = "G1", order_id: str = "O1", amount_fen: int = 3000) -> RedeemedDeal:
    return RedeemedDeal(redemption_id=redemption_id, grant_id=grant_id, order_id=order_id, amount_fen=amount_fen)


def back(refund_id: str, *lines: tuple[int, int], order_id: str = "O1") -> ReturnedGoods:
    told = tuple(ReturnedLine(line=line, quantity=quantity) for line, quantity in lines)
    return ReturnedGoods(refund_id=refund_id, order_id=order_id, lines=told)


def count(quantity: int, sku: str = "A1", store_id: str = "S1") -> StockCounts:
    return StockCounts(counts=(StockCount(store_id=store_id, sku=sku, quantity=quantity),))


def event(event_id: str, body: object, minutes: int = 0) -> TillEvent:
    at = NOW + timedelta(minutes=minutes)
    return TillEvent(event_id=event_id, occurred_at=at, body=body)  # type: ignore[arg-type]


def tell(database: Database, grants: Grants, *facts: TillEvent, received: datetime = NOW) -> Applied:
    for one in facts:
        with database.begin() as tx:
            applied = events.apply(tx, CORP, one, grants.redeem, grants.refund, received, RULES)
    return applied


def write_grants(database: Database, *grant_ids: str) -> None:
    """What the house of grants above keeps in memory, as far as whoever looks for waiting redemptions must see it."""
    more = {"coupon_id": "", "customer_id": "", "guide_folded": "", "store_id": "", "turn_id": "", "reason": ""}
    money = dict.fromkeys(("value_fen", "reserved_fen", "redeemed_fen", "refunded_fen"), 0)
    times = {"status": "granted", "granted_at": NOW, "expires_at": NOW, "order_id": ""}
    with database.begin() as tx:
        tx.execute(
            insert(coupon_grant), [{"corp_id": CORP, "grant_id": one} | more | money | times for one in grant_ids]
        )


def tables(database: Database) -> dict[str, Any]:
    """Everything that is a function of the facts; of the ledger, what stands on every account."""
    with database.read() as tx:
        found: dict[str, Any] = {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key.columns))]
            for table in FOLDED
        }
        states = select(till_event.c.event_id, till_event.c.state).order_by(till_event.c.event_id)
        found["states"] = [tuple(row) for row in tx.execute(states)]
        found["points"] = points.balance(tx, CORP)
    return found


def states(database: Database) -> dict[str, str]:
    return {row[1]: RedemptionState(row[7]).label for row in tables(database)["till_redemption"]}


# ---- one after the other --------------------------------------------------------------------------


def test_an_order_with_a_coupon_and_a_part_given_back(database: Database) -> None:
    grants = Grants("G1")
    told = tell(database, grants, event("e1", order(guide="Chen")), event("e2", deal(), 1))
    assert told == Applied("e2", "O1", EventState.COUNTED, is_new=True)
    assert grants.used == {"G1": ("O1", 3000)}
    tell(database, grants, event("e3", back("R1", (1, 1)), 60))
    # 90 元 over 80 and 40 元: 60 and 30; one of two pieces is 30 元, a third of the order
    assert grants.used == {"G1": ("O1", 2000)}
    found = tables(database)
    assert [row[-1] for row in found["till_order_line"]] == [6000, 3000]
    assert found["till_order"][0][10] == 3000
    assert found["points"] == {
        ("O1", "guide", "chen", ""): 30,
        ("O1", "customer", "C1", ""): 90,
        ("O1", "guide", "chen", "R1"): -10,
        ("O1", "customer", "C1", "R1"): -30,
    }
    tell(database, grants, event("e4", back("R2", (1, 1), (2, 1)), 90))
    assert grants.used == {}
    assert states(database) == {"X1": "已随退款退回"}
    assert sum(tables(database)["points"].values()) == 0


def test_the_same_event_twice_is_once_and_another_content_is_refused(database: Database) -> None:
    grants = Grants("G1")
    tell(database, grants, event("e1", order()), event("e2", deal(), 1))
    before = tables(database)
    again = tell(database, grants, event("e2", deal(), 1))
    assert not again.is_new
    assert again.state is EventState.COUNTED
    for other in (event("e2", deal(amount_fen=1), 1), event("e2", deal(), 2), event("e2", order(), 1)):
        with pytest.raises(TillRefused, match="已经用过") as refused:
            tell(database, grants, other)
        assert refused.value.code == "event_id_reused"
    with pytest.raises(TillRefused) as refused:
        tell(database, grants, event("e9", deal(amount_fen=1), 1))
    assert (refused.value.code, refused.value.field) == ("redemption_id_reused", "redemption_id")
    assert not tell(database, grants, event("e8", deal(), 5)).reason
    assert before["till_redemption"] == tables(database)["till_redemption"]


def test_another_zone_is_the_same_moment(database: Database) -> None:
    grants = Grants()
    tell(database, grants, event("e1", order()))
    shanghai = NOW.astimezone().isoformat()
    same = TillEvent.model_validate({"event_id": "e1", "occurred_at": shanghai, "body": order(ordered_at=shanghai)})
    assert not tell(database, grants, same).is_new


def test_an_orphan_is_listed_and_healed_by_its_order_or_its_grant(database: Database) -> None:
    grants = Grants()
    told = tell(database, grants, event("e1", deal()))
    assert told.state is EventState.WAITING
    assert told.reason == "找不到对应的券"
    with database.read() as tx:
        assert [(one.redemption_id, one.state) for one in events.orphans(tx, CORP)] == [("X1", RedemptionState.ORPHAN)]
    grants.known.add("G1")
    with database.begin() as tx:
        # as long as the grant is not written anywhere, nothing is tried
        assert events.heal(tx, CORP, grants.redeem, grants.refund, NOW, RULES) == 0
        assert [one.state for one in events.orphans(tx, CORP)] == [RedemptionState.ORPHAN]
    write_grants(database, "G1")
    with database.begin() as tx:
        assert events.heal(tx, CORP, grants.redeem, grants.refund, NOW, RULES) == 1
        assert events.heal(tx, CORP, grants.redeem, grants.refund, NOW, RULES) == 0
        (one,) = events.orphans(tx, CORP)
        assert (one.state, one.reason) == (RedemptionState.NO_ORDER, "还没有收到订单“O1”")
    assert tell(database, grants, event("e2", order(), -5)).state is EventState.COUNTED
    assert states(database) == {"X1": "已核销"}
    assert tables(database)["states"] == [("e1", "counted"), ("e2", "counted")]
    with database.read() as tx:
        assert events.orphans(tx, CORP) == ()


def test_a_coupon_of_which_nothing_was_granted_waits_for_the_shops_file(database: Database) -> None:
    grants = Grants()
    told = RedeemedDeal(redemption_id="X1", coupon_id="CP1", order_id="O1", amount_fen=100)
    assert "没有“CP1”这张优惠券" in tell(database, grants, event("e0", order()), event("e1", told)).reason
    assert states(database) == {"X1": "找不到对应的券"}


def test_of_two_redemptions_the_earlier_holds_the_grant_also_when_it_comes_late(database: Database) -> None:
    grants = Grants("G1")
    tell(database, grants, event("e1", order("O1")), event("e2", order("O2")))
    tell(database, grants, event("a", deal("X2", order_id="O2"), 30))
    assert grants.used == {"G1": ("O2", 3000)}
    tell(database, grants, event("b", deal("X1", order_id="O1"), 10))
    assert grants.used == {"G1": ("O1", 3000)}
    assert states(database) == {"X1": "已核销", "X2": "这张券先在别的单里核销了"}
    with database.read() as tx:
        assert {row[0] for row in points.balance(tx, CORP)} == {"O1"}
        reasons = tx.execute(select(points_entry.c.reason).order_by(points_entry.c.reason)).scalars().all()
    assert reasons == [PointsReason.CORRECTED, PointsReason.EARNED, PointsReason.EARNED]


def test_a_coupon_given_back_whole_may_be_used_again(database: Database) -> None:
    grants = Grants("G1")
    facts = [
        event("e1", order("O1")),
        event("e2", order("O2")),
        event("e3", deal("X1", order_id="O1"), 1),
        event("e4", back("R1", (1, 2), (2, 1)), 2),
        event("e5", deal("X2", order_id="O2"), 3),
    ]
    tell(database, grants, *facts)
    assert grants.used == {"G1": ("O2", 3000)}
    assert states(database) == {"X1": "已随退款退回", "X2": "已核销"}


def test_a_refused_grant_says_why(database: Database) -> None:
    grants = Grants("G1", ends_at=NOW)
    told = tell(database, grants, event("e1", order()), event("e2", deal(), 1))
    assert (told.state, told.reason) == (EventState.NOT_COUNTED, "已过期：券在下单前已经过期")
    assert tables(database)["points"] == {}


def test_a_coupon_that_would_not_come_back_is_told(database: Database) -> None:
    grants = Grants("G1")
    tell(database, grants, event("e1", order()), event("e2", deal(), 1))
    grants.used["G1"] = ("O9", 1)
    tell(database, grants, event("e3", back("R1", (1, 1)), 2))
    (row,) = tables(database)["till_redemption"]
    assert row[7:9] == (RedemptionState.VALID, "退款“R1”没能退回券：退得太多：这张券没有用掉这么多")


def test_an_older_order_that_comes_late_changes_nothing(database: Database) -> None:
    grants = Grants()
    tell(database, grants, event("new", order(status=OrderStatus.COMPLETED), 10))
    assert tell(database, grants, event("old", order(paid_fen=1), 5)).state is EventState.SUPERSEDED
    assert tables(database)["till_order"][0][9] == 9000


def test_the_till_s_count_stands_while_it_is_the_later_one(database: Database) -> None:
    grants = Grants()
    tell(database, grants, event("e2", count(5), 10), event("e1", count(9), 5))
    with database.begin() as tx:
        assert [one.quantity for one in material.stock_of(tx, CORP, ["A1"])] == [5]
        source = material.replace_source(tx, CORP, "shop", "stock.csv", "0" * 64, NOW).source_id
        reading = {"store_id": "S1", "sku": "A1", "quantity": 7, "read_at": NOW + timedelta(minutes=11)}
        material.add_stock(tx, CORP, source, [material.Stock.model_validate(reading)])
        assert [one.quantity for one in material.stock_of(tx, CORP, ["A1"])] == [7]


def test_two_corps_do_not_meet(database: Database) -> None:
    grants = Grants("G1")
    tell(database, grants, event("e1", order()))
    with database.begin() as tx:
        other = event("e1", order(paid_fen=1))
        assert events.apply(tx, "other", other, grants.redeem, grants.refund, NOW, RULES).is_new
        assert events.books(tx, CORP, "O1").refunded_fen == 0
        with pytest.raises(NotFound):
            events.books(tx, "third", "O1")


def test_the_credited_turn_is_read_from_the_record(database: Database) -> None:
    conversation = converse(database)
    offered = record("T1", conversation, "推荐您这款", after=-timedelta(days=2))
    draft = Draft.model_validate(offered.drafts[0].model_dump() | {"skus": ("A2",)})
    named = offered.model_copy(
        update={"drafts": (draft,), "verdicts": (Verdict(outcome=offered.verdicts[0].outcome, draft=draft),)}
    )
    write(database, named, record("T2", conversation, "别的", after=-timedelta(days=1)))
    grants = Grants("G1")
    with database.begin() as tx:
        for turn_id in ("T1", "T2"):
            taken = Action(kind=ActionKind.ACCEPTED, at=NOW - timedelta(hours=20), choice=1, sent_text="推荐您这款")
            turns.add_action(tx, turn_id, taken)
    tell(database, grants, event("e1", order()), event("e2", deal(), 1))
    with database.read() as tx:
        found = events.attribution(tx, CORP, "O1", RULES.credit)
        assert (found.turn_id, found.guide, found.store_id) == ("T1", "Lin", "S1")
        assert {one.touch.turn_id: one.why for one in found.touches}["T2"] == "没有提到这一单买的商品或用的券"
        entry = tx.execute(select(points_entry).where(points_entry.c.side == "guide")).one()
        assert (entry.owner, entry.turn_id, entry.points) == ("lin", "T1", 30)
        with pytest.raises(NotFound):
            events.attribution(tx, CORP, "O9", RULES.credit)


# ---- in any order ---------------------------------------------------------------------------------

FACTS: tuple[TillEvent, ...] = (
    event("o1", order("O1", guide="chen"), 0),
    event("o1b", order("O1", 8000, guide="chen"), 20),
    event("o1c", order("O1", 8000, guide="wu", status=OrderStatus.CANCELLED), 400),
    event("o2", order("O2", customer_id="C2"), 5),
    event("o3", order("O3", 0, guide="chen"), 6),
    event("x1", deal("X1", "G1", "O1"), 1),
    event("x1b", deal("X1", "G1", "O1"), 3),
    event("x2", deal("X2", "G1", "O2"), 2),
    event("x3", deal("X3", "G2", "O2", 500), 7),
    event("x4", deal("X4", "G1", "O3"), 300),
    event("x5", deal("X5", "G9", "O3"), 8),
    event("x6", deal("X6", "G2", "O9"), 4),
    event("x7", deal("X7", "G3", "O3", 0), 9),
    event("r1", back("R1", (1, 1)), 30),
    event("r2", back("R2", (1, 1), (2, 1)), 40),
    event("r3", back("R3", (1, 2), (2, 1), order_id="O2"), 50),
    event("r4", back("R4", (2, 1), order_id="O3"), 60),
    event("r5", back("R5", (9, 1), order_id="O1"), 25),
    event("s1", count(5), 1),
    event("s2", count(7), 2),
    event("s3", count(9), 2),
    event("s4", count(1, "A2"), 1),
)
GRANTS = ("G1", "G2", "G3")


@contextmanager
def emptied(database: Database) -> Iterator[Database]:
    """The same tables with nothing in them: a new file for every example would take most of the time."""
    with database.begin() as tx:
        for table in metadata.sorted_tables:
            if table.name.startswith(("till_", "points_", "coupon_grant")):
                tx.execute(delete(table))
    yield database


def run(database: Database, facts: Sequence[TillEvent], late: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables after these facts, with the grants becoming known only before event number ``late``."""
    with emptied(database):
        grants = Grants()
        for number, one in enumerate(facts):
            if number == late:
                grants.known.update(GRANTS)
            tell(database, grants, one, received=NOW + timedelta(days=number))
        grants.known.update(GRANTS)
        write_grants(database, *GRANTS)
        with database.begin() as tx:
            events.heal(tx, CORP, grants.redeem, grants.refund, NOW, RULES)
        return tables(database), dict(grants.used)


def in_order(database: Database, facts: Sequence[TillEvent]) -> tuple[dict[str, Any], dict[str, Any]]:
    return run(database, sorted(set(facts), key=lambda one: one.rank))


CHOSEN = st.lists(st.sampled_from(FACTS), min_size=1, max_size=26)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = lay_tables(tmp_path_factory.mktemp("till") / "state.db")
    database = Database(f"sqlite+pysqlite:///{path}")
    yield database
    database.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CHOSEN, st.integers(0, 26))
def test_any_order_with_repeats_and_late_grants_gives_the_same_tables(
    sqlite: Database, facts: list[TillEvent], late: int
) -> None:
    assert run(sqlite, facts, late) == in_order(sqlite, facts)


MINUTES = st.integers(0, 12)
ORDERS = st.sampled_from(["O1", "O2", "O3"])


@st.composite
def made_up(draw: st.DrawFn) -> list[TillEvent]:
    """Facts of three orders and two grants that know nothing of each other, told once or twice."""
    found: list[TillEvent] = []
    for number in range(draw(st.integers(2, 12))):
        kind = draw(st.sampled_from(["order", "deal", "deal", "back", "again"]))
        order_id, name = draw(ORDERS), f"e{draw(st.integers(0, 99)):02d}-{number}"
        body: object
        if kind == "order":
            status = draw(st.sampled_from([OrderStatus.PAID, OrderStatus.PAID, OrderStatus.CANCELLED]))
            customer_id = draw(st.sampled_from(["", "C1", "C2"]))
            paid_fen = draw(st.sampled_from([0, 1, 8999, 12000]))
            body = order(order_id, paid_fen, status=status, customer_id=customer_id, guide="chen")
        elif kind == "deal":
            grant_id, fen = draw(st.sampled_from(["G1", "G2"])), draw(st.sampled_from([0, 1, 3001]))
            body = deal(f"X{number}", grant_id, order_id, fen)
        elif kind == "back" or not found:
            body = back(f"R{number}", (draw(st.integers(1, 2)), draw(st.integers(1, 3))), order_id=order_id)
        else:
            body = draw(st.sampled_from(found)).body
        found.append(event(name, body, draw(MINUTES)))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made_up(), st.data())
def test_made_up_facts_come_to_the_same_in_any_order(
    sqlite: Database, facts: list[TillEvent], data: st.DataObject
) -> None:
    told = [*data.draw(st.permutations(facts)), *data.draw(st.lists(st.sampled_from(facts), max_size=3))]
    found = run(sqlite, told, data.draw(st.integers(0, len(told))))
    assert found == in_order(sqlite, facts)
    for table in ("till_order", "till_refund"):
        assert all(value >= 0 for row in found[0][table] for value in row if isinstance(value, int))
    paid = {row[1]: (row[9], row[10]) for row in found[0]["till_order"]}
    assert all(refunded <= whole for whole, refunded in paid.values())
    holding = [row[2] for row in found[0]["till_redemption"] if row[7] == RedemptionState.VALID]
    assert len(holding) == len(set(holding))


def test_all_of_them_shuffled_give_the_same_tables_on_both_databases(database: Database) -> None:
    expected = in_order(database, FACTS)
    assert len(expected[0]["till_redemption"]) == 7
    for seed in range(12):
        shuffled = list(FACTS) + list(FACTS[::3])
        Random(seed).shuffle(shuffled)
        assert run(database, shuffled, seed * 2) == expected


def test_entries_are_only_ever_added(database: Database) -> None:
    shuffled = list(FACTS)
    Random(1).shuffle(shuffled)
    grants = Grants(*GRANTS)
    seen: dict[str, Any] = {}
    for one in shuffled:
        tell(database, grants, one)
        with database.read() as tx:
            now = {row.entry_id: tuple(row) for row in tx.execute(select(points_entry))}
        assert {key: now.get(key) for key in seen} == seen
        seen = now


def test_two_at_a_time_see_each_other(database: Database) -> None:
    grants = Grants(*GRANTS)
    troubles: list[BaseException] = []

    def part(mine: Sequence[TillEvent]) -> None:
        try:
            tell(database, grants, *mine)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            troubles.append(error)

    threads = [threading.Thread(target=part, args=(FACTS[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    found = tables(database)
    assert found == in_order(database, FACTS)[0]
