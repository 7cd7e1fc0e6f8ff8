"""The written rule of credit, the hold-out's lots, what may be said, and points that come out at zero."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.offers.attribution import (
    Credited,
    PointsRule,
    Rule,
    Side,
    StoreSource,
    Touch,
    TouchVerdict,
    credit,
    points_for,
)
from assistant.offers.settling import Books, settle
from assistant.shop import Channel, Store
from assistant.sold import (
    OrderStatus,
    RedeemedDeal,
    RefundState,
    ReturnedGoods,
    ReturnedLine,
    SoldLine,
    SoldOrder,
    TillEvent,
)

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
STORES = (
    Store(store_id="S1", name="静安店", region_id="R1", region_name="上海", address="上海市静安区南京西路1号"),
    Store(store_id="S2", name="西湖店", region_id="R2", region_name="杭州", address="杭州市西湖区文三路2号"),
    Store(store_id="S3", name="徐汇店", region_id="R1", region_name="上海", address="上海市徐汇区漕溪路3号"),
)


def order(paid_fen: int = 9000, *amounts: int, **more: object) -> SoldOrder:
    lines = tuple(
        SoldLine(sku=f"A{number}", quantity=1, amount_fen=amount)
        for number, amount in enumerate(amounts or (10000,), start=1)
    )
    values = {"order_id": "O1", "customer_id": "C1", "store_id": "S1", "ordered_at": NOON, "lines": lines}
    return SoldOrder.model_validate(values | {"paid_fen": paid_fen} | more)


def touch(turn_id: str, before: timedelta, *skus: str, sent: bool = True, **more: object) -> Touch:
    at = NOON - before
    values = {"turn_id": turn_id, "guide": "Lin", "store_id": "S3", "finished_at": at, "skus": skus}
    return Touch.model_validate(values | {"sent_at": at if sent else None} | more)


def credited(one: SoldOrder, *touches: Touch, coupons: tuple[str, ...] = (), days: int = 7) -> Credited:
    return credit(one, frozenset(coupons), touches, guide_stores={"chen": "S2"}, stores=STORES, rule=Rule(days=days))


# ---- the turn -------------------------------------------------------------------------------------


def test_the_last_sent_turn_that_named_what_was_bought_is_credited_and_every_other_is_told_why_not() -> None:
    found = credited(
        order(),
        touch("old", timedelta(days=8), "A1"),
        touch("first", timedelta(days=3), "A1"),
        touch("last", timedelta(days=2), "A1", "A9"),
        touch("other", timedelta(days=1), "B1"),
        touch("unsent", timedelta(hours=2), "A1", sent=False),
        touch("after", -timedelta(hours=1), "A1"),
    )
    assert found.turn_id == "last"
    assert found.guide == "Lin"
    verdicts = {one.touch.turn_id: one.verdict for one in found.touches}
    assert verdicts == {
        "last": TouchVerdict.CREDITED,
        "first": TouchVerdict.EARLIER,
        "old": TouchVerdict.TOO_OLD,
        "other": TouchVerdict.OFF_TOPIC,
        "unsent": TouchVerdict.NOT_SENT,
        "after": TouchVerdict.AFTER,
    }
    assert all(one.why for one in found.touches)
    assert "7 天" in next(one.why for one in found.touches if one.touch.turn_id == "old")


def test_a_redeemed_coupon_that_was_offered_is_enough() -> None:
    one = touch("T", timedelta(days=1), coupon_ids=("CP1",))
    assert credited(order(), one, coupons=("CP1",)).turn_id == "T"
    assert credited(order(), one, coupons=("CP2",)).turn_id == ""


def test_the_days_count_to_the_moment() -> None:
    assert credited(order(), touch("T", timedelta(days=7), "A1")).turn_id == "T"
    assert credited(order(), touch("T", timedelta(days=7, seconds=1), "A1")).turn_id == ""
    assert credited(order(), touch("T", timedelta(days=7, seconds=1), "A1"), days=8).turn_id == "T"


# ---- the store ------------------------------------------------------------------------------------


def test_a_shop_order_is_its_shops_whatever_else_speaks() -> None:
    found = credited(order(guide="Chen", delivery_area="杭州"), touch("T", timedelta(days=1), "A1"))
    assert (found.store_id, [one.source for one in found.stores]) == ("S1", [StoreSource.SHOP])


@pytest.mark.parametrize(
    ("more", "touched", "store_id", "source"),
    [
        ({"guide": "Chen", "delivery_area": "静安区"}, True, "S2", StoreSource.LINK),
        ({"guide": "gone", "delivery_area": "静安区"}, True, "S1", StoreSource.AREA),
        ({"delivery_area": "杭州"}, True, "S2", StoreSource.AREA),
        ({"delivery_area": "上海"}, True, "S3", StoreSource.TURN),
        ({"delivery_area": "拉萨"}, False, "S9", StoreSource.ORDER),
        ({}, False, "S9", StoreSource.ORDER),
    ],
)
def test_an_online_order_asks_link_area_turn_order_in_turn(
    more: dict[str, str], touched: bool, store_id: str, source: StoreSource
) -> None:
    touches = [touch("T", timedelta(days=1), "A1")] if touched else []
    found = credited(order(channel=Channel.MINI_PROGRAM, **{"store_id": "S9", **more}), *touches)
    assert found.store_id == store_id
    assert [one.source for one in found.stores if one.credited] == [source]
    assert all(one.why for one in found.stores)


def test_two_stores_of_an_area_are_told_apart_by_nobody() -> None:
    found = credited(order(channel=Channel.MINI_PROGRAM, delivery_area="上海"))
    assert (
        next(one.why for one in found.stores if one.source is StoreSource.AREA) == "收货地有 2 家门店，分不出是哪一家"
    )


def test_without_a_turn_the_link_names_the_guide() -> None:
    assert credited(order(guide="Chen")).guide == "Chen"
    assert credited(order(guide="Chen"), touch("T", timedelta(days=1), "A1")).guide == "Lin"


@given(
    st.lists(st.tuples(st.integers(-3, 20), st.sampled_from(["A1", "B1"]), st.booleans()), max_size=8),
    st.sampled_from(list(Channel)),
    st.randoms(use_true_random=False),
)
def test_one_store_and_at_most_one_turn_in_whatever_order_touches_come(
    days: list[tuple[int, str, bool]], channel: Channel, shuffler: object
) -> None:
    touches = [touch(f"T{number}", timedelta(days=day), sku, sent=sent) for number, (day, sku, sent) in enumerate(days)]
    found = credited(order(channel=channel), *touches)
    assert found.store_id
    assert sum(one.credited for one in found.stores) == 1
    won = [one for one in found.touches if one.verdict is TouchVerdict.CREDITED]
    assert len(won) <= 1
    assert found.turn_id == (won[0].touch.turn_id if won else "")
    shuffler.shuffle(touches)  # type: ignore[attr-defined]
    assert credited(order(channel=channel), *touches) == found


# ---- settled orders and points --------------------------------------------------------------------


def told(event_id: str, body: object, after: timedelta = timedelta(0)) -> TillEvent:
    return TillEvent(event_id=event_id, occurred_at=NOON + after, body=body)  # type: ignore[arg-type]


def returned(refund_id: str, *lines: tuple[int, int, int | None]) -> ReturnedGoods:
    return ReturnedGoods(
        refund_id=refund_id,
        order_id="O1",
        lines=tuple(ReturnedLine(line=line, quantity=quantity, fen=fen) for line, quantity, fen in lines),
    )


def test_what_was_paid_is_shared_over_the_lines_and_pieces_come_back_at_their_share() -> None:
    one = order(
        10000, lines=(SoldLine(sku="A", quantity=3, amount_fen=9000), SoldLine(sku="B", quantity=1, amount_fen=3000))
    )
    books = settle("O1", [told("e1", one), told("e2", returned("R1", (1, 1, None)), timedelta(days=1))])
    assert [line.paid_fen for line in books.lines] == [7500, 2500]
    assert books.refunded_fen == 2500
    all_back = [told("e3", returned("R2", (1, 2, None), (2, 1, None)), timedelta(days=2))]
    assert settle("O1", [told("e1", one), told("e2", returned("R1", (1, 1, None))), *all_back]).refunded_fen == 10000


def test_more_than_paid_never_goes_back() -> None:
    books = settle(
        "O1",
        [
            told("e1", order(9000)),
            told("e2", returned("R1", (1, 1, 8000))),
            told("e3", returned("R2", (1, 1, 8000), (7, 1, 5))),
        ],
    )
    assert [(one.fen, one.quantity, one.state) for one in books.refunds] == [
        (8000, 1, RefundState.COUNTED),
        (1000, 0, RefundState.CAPPED),
        (0, 0, RefundState.NO_LINE),
    ]


REDEEMED = RedeemedDeal(redemption_id="X", coupon_id="CP", order_id="O1", amount_fen=1000)
DOUBLE = PointsRule(guide_point_fen=700, customer_point_fen=100)


def points(books: Books, rule: PointsRule = DOUBLE) -> dict[Side, list[int]]:
    found = points_for(books, credited(order(), touch("T", timedelta(days=1), "A1")), rule)
    return {side: [one.points for one in found if one.side is side] for side in Side}


def test_both_sides_earn_and_a_partial_refund_takes_its_part_from_both() -> None:
    one = order(10000, 5000, 5000)
    assert points(settle("O1", [told("e1", one)])) == {Side.GUIDE: [14], Side.CUSTOMER: [100]}
    half = settle("O1", [told("e1", one), told("e2", returned("R1", (1, 1, None)))])
    assert points(half) == {Side.GUIDE: [14, -7], Side.CUSTOMER: [100, -50]}
    assert points(half, PointsRule(customer_point_fen=100)) == {Side.GUIDE: [], Side.CUSTOMER: [100, -50]}


def test_a_cancelled_order_leaves_no_points() -> None:
    one = order(10000, 5000, 5000, status=OrderStatus.CANCELLED)
    books = settle("O1", [told("e1", one), told("e2", returned("R1", (1, 1, 333)))])
    assert {sum(side) for side in points(books).values()} == {0}
    assert books.refunded_fen == 10000


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 99_999)), min_size=1, max_size=5),
    st.integers(0, 100),
    st.randoms(use_true_random=False),
    st.integers(1, 5000),
)
def test_piece_by_piece_everything_comes_back_to_the_fen_and_points_to_zero(
    lines: list[tuple[int, int]], percent: int, shuffler: object, point_fen: int
) -> None:
    sold = tuple(SoldLine(sku="A1", quantity=quantity, amount_fen=amount) for quantity, amount in lines)
    one = order(sum(amount for _, amount in lines) * percent // 100, lines=sold)
    pieces = [number for number, (quantity, _) in enumerate(lines, start=1) for _ in range(quantity)]
    shuffler.shuffle(pieces)  # type: ignore[attr-defined]
    events = [told("e", one), told("x", REDEEMED)]
    left = one.paid_fen
    for number, line in enumerate(pieces):
        events.append(told(f"r{number:02d}", returned(f"R{number}", (line, 1, None)), timedelta(hours=number)))
        books = settle("O1", events)
        assert all(refund.fen >= 0 for refund in books.refunds)
        assert one.paid_fen - books.refunded_fen <= left
        left = one.paid_fen - books.refunded_fen
    assert left == 0
    rule = PointsRule(guide_point_fen=point_fen, customer_point_fen=1)
    for side in points(settle("O1", events), rule).values():
        assert sum(side) == 0
        assert all(part <= 0 for part in side[1:])


def test_an_order_that_does_not_add_up_is_none() -> None:
    line = {"sku": "A", "quantity": 1, "amount_fen": 1000}
    for paid, lines, why in (
        (1001, [line], "还多"),
        (900, [{**line, "paid_fen": 800}], "不等于"),
        (900, [{**line, "paid_fen": 900}, line], "都不写"),
    ):
        with pytest.raises(ValueError, match=why):
            SoldOrder.model_validate({"order_id": "O", "ordered_at": NOON, "paid_fen": paid, "lines": lines})
