"""The same numbers two ways: from the narrow rows and from the full records; and a drift between them is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from assistant.recounting import Recounting, in_words
from assistant.rulebook import RetentionRules
from assistant.scoring.counting import EVERY_COUPON, CouponSteps, counted, summed
from assistant.store import retention, tables
from assistant.store.console import figures
from assistant.store.console.figures import Span
from assistant.store.coupons import grants
from assistant.store.database import Database
from assistant.turn import ActionKind, RefusalReason, ReplyKind
from tests.offers.making import coupon
from tests.store.making import CORP, NOW, write
from tests.store.test_summaries import TEXT, act, turn

DAY = timedelta(days=1)
SPAN = Span(NOW.date() - 40 * DAY, NOW.date() + DAY)


@pytest.fixture
def lived(database: Database) -> Database:
    """Three weeks in two stores with everything that can become of a draft."""
    for number in range(1, 31):
        one = turn(database, number, at=NOW - number * 17 * timedelta(hours=1))
        more: dict[str, object] = {"store_id": "S1" if number % 3 else "S2", "guide": f"Lin{number % 4}"}
        if number % 7 == 0:
            kind = (ReplyKind.HELD, ReplyKind.ABSTAIN, ReplyKind.ASK)[number // 7 % 3]
            more |= {"reply": one.reply.model_copy(update={"kind": kind}), "gap": "试用装" if number == 7 else ""}
        write(database, one.model_copy(update=more))
        said = {
            0: {"kind": ActionKind.ACCEPTED, "choice": 1, "sent_text": TEXT, "similarity": 1.0},
            1: {"kind": ActionKind.EDITED, "choice": 1, "sent_text": TEXT.replace("面霜券", ""), "similarity": 0.9},
            2: {"kind": ActionKind.EDITED, "choice": 2, "sent_text": "面霜298元哦。", "similarity": 0.9},
            3: {"kind": ActionKind.REFUSED, "reason": RefusalReason.TONE if number % 2 else None},
        }.get(number % 5)
        if said is not None:
            act(database, one.turn_id, **said)  # type: ignore[arg-type]
    grant(database, 5, "O1")
    grant(database, 10, "O1")
    grant(database, 15, "")
    return database


def grant(database: Database, number: int, order_id: str) -> None:
    """A coupon of this turn, redeemed on an order where one is named."""
    made = coupon("CP1", starts_at=NOW - 60 * DAY, ends_at=NOW + 60 * DAY)
    turn_id = f"T{number:012d}"
    with database.begin() as tx:
        granted = grants.grant(
            tx,
            CORP,
            key=turn_id,
            coupon=made,
            customer_id="C1",
            guide="lin",
            store_id="S1",
            turn_id=turn_id,
            reason="采用",
            value_fen=3000,
            moment=NOW,
        )
        if not order_id:
            return
        grants.redeem(tx, CORP, granted.grant_id, key=f"{turn_id}!", order_id=order_id, amount_fen=2500, moment=NOW)
        if number == 5:
            values = {"customer_id": "C1", "store_id": "S1", "channel": "store", "guide": "", "delivery_area": ""}
            money = {"total_fen": 30000, "paid_fen": 27500, "refunded_fen": 500, "status": "completed"}
            tx.execute(
                tables.till_order.insert().values(
                    corp_id=CORP, order_id=order_id, ordered_at=NOW, event_id="e", occurred_at=NOW, **values, **money
                )
            )


def recounting(database: Database) -> Recounting:
    return Recounting(database, CORP, lambda: NOW + DAY)


def test_both_ways_agree(lived: Database) -> None:
    with lived.read() as tx:
        rows, records = figures.from_rows(tx, CORP, SPAN), figures.from_records(tx, CORP, SPAN)
    assert rows.waits == records.waits == {1500: 26}
    assert rows.reasons == records.reasons
    assert rows.scripts == records.scripts
    assert rows.coupons == records.coupons
    assert rows.cells.keys() == records.cells.keys()
    assert summed(rows.cells.values()).turns == 30
    assert recounting(lived).differences(None, None, records) == ()


def test_the_numbers_by_hand(lived: Database) -> None:
    with lived.read() as tx:
        found = figures.from_rows(tx, CORP, SPAN)
    whole = summed(found.cells.values())
    # 7, 14, 21 and 28 gave no drafts, and what was said of them counts for nothing
    assert (whole.turns, whole.drafted, whole.accepted, whole.edited, whole.refused) == (30, 26, 6, 10, 5)
    # of those four one was held, one asked back and two had no answer; the one with a gap is among them
    assert (whole.asked, whole.covered, whole.held) == (29, 26, 1)
    assert found.coupons["CP1"] == found.coupons[EVERY_COUPON]
    assert found.coupons["CP1"] == CouponSteps(
        suggested=26, sent=6, granted=3, redeemed=2, saved_fen=5000, orders=1, order_fen=27000
    )


def test_a_span_counts_only_its_days(lived: Database) -> None:
    days = [NOW.date() - number * DAY for number in range(30)]
    with lived.read() as tx:
        by_day = [figures.from_rows(tx, CORP, Span(day, day)) for day in days]
        whole = figures.from_rows(tx, CORP, SPAN)
    assert sum(summed(one.cells.values()).turns for one in by_day) == 30
    assert summed(count for one in by_day for count in one.cells.values()).turns == summed(whole.cells.values()).turns


def test_other_corps_and_stores_count_for_nothing(lived: Database) -> None:
    with lived.read() as tx:
        assert figures.from_rows(tx, "other", SPAN) == counted((), (), {})
        assert figures.by_day_and_store(tx, CORP, frozenset(), SPAN) == {}
        assert figures.coupons(tx, CORP, frozenset(), SPAN) == {}
        mine = figures.by_day_and_store(tx, CORP, frozenset({"S2"}), SPAN)
    assert {store for _, store in mine} == {"S2"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"action": "accepted"}, "某天某店某位导购"),
        ({"cut_claims": 9}, "cut_claims=3"),
        ({"first_draft_ms": 7}, "等草稿的毫秒数"),
        ({"store_id": "S9"}, "没有"),
    ],
)
def test_a_drift_is_found_and_named(lived: Database, change: dict[str, object], told: str) -> None:
    with lived.begin() as tx:
        tx.execute(update(tables.turn_summary).where(tables.turn_summary.c.turn_id == "T000000000004").values(**change))
    twice = recounting(lived)
    found = twice.differences(None, None, twice.from_records(None, None))
    assert found
    assert any(told in line for line in found), found


def test_a_missing_row_is_found(lived: Database) -> None:
    from assistant.store import summaries

    with lived.begin() as tx:
        summaries.forget(tx, ["T000000000004"])
    twice = recounting(lived)
    assert any(
        "turns=1" in line or "没有" in line for line in twice.differences(None, None, twice.from_records(None, None))
    )


def test_turns_whose_words_were_cleared_are_skipped_and_counted(lived: Database) -> None:
    """Without its words nobody can say how much of a draft a guide changed: both sides leave the turn out."""
    with lived.read() as tx:
        before = figures.from_records(tx, CORP, SPAN)
    # on this day two of the three weeks are too old, and of the third whatever nobody sent
    retention.daily(lived, CORP, NOW + (RetentionRules().conversation_days - 7) * DAY)
    twice = recounting(lived)
    skipped, records = twice.skipped(None, None), twice.from_records(None, None)
    assert 0 < skipped < 30
    assert summed(records.cells.values()).turns == 30 - skipped
    assert records.coupons != before.coupons
    assert twice.differences(None, None, records) == ()
    # a drift in one that is whole is found all the same
    with lived.begin() as tx:
        whole = select(tables.turn.c.turn_id).where(tables.turn.c.cleared == "").limit(1).scalar_subquery()
        tx.execute(update(tables.turn_summary).where(tables.turn_summary.c.turn_id == whole).values(cut_claims=9))
    assert twice.differences(None, None, records)


def test_the_words_hold_every_figure(lived: Database) -> None:
    text = "\n".join(in_words(recounting(lived).from_records(None, None)))
    assert "对话 30 轮，给出草稿 26 轮" in text
    assert "采用 6，改后采用 10，不采用 5，没有反馈 5" in text
    assert "推荐 26 轮，发给客户 6，发放 3，核销 2；订单 1 笔，实付 270.00 元，优惠 50.00 元" in text
    assert in_words(counted((), (), {}))[0] == "对话 0 轮，给出草稿 0 轮"
