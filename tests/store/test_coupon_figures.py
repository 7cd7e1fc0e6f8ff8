"""What the console counts of a coupon, on both databases: by grant, by till and by the order file, each use once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from assistant.offers.holdout import Holdout
from assistant.shop import Citation, Coupon, CouponKind
from assistant.store import material, revisions, tables
from assistant.store.console import coupons
from assistant.store.coupons import checks, grants
from assistant.store.coupons.life import GrantRefused, GrantRule, GrantStatus
from assistant.store.database import Database, Transaction
from assistant.store.revisions import RevisionNoun

NOW = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
DAY = date(2026, 12, 1)
CITED = Citation(document_id="d", title="券.xlsx", version=1, place="第2行")
COUPON = Coupon(
    coupon_id="K1",
    name="满150减20",
    kind=CouponKind.THRESHOLD,
    amount_fen=2000,
    threshold_fen=15000,
    starts_at=NOW - timedelta(days=9),
    ends_at=NOW + timedelta(days=9),
    valid_days=1,
    cited=CITED,
)


@pytest.fixture
def tx(database: Database):  # type: ignore[no-untyped-def]
    with database.begin() as opened:
        opened.execute(
            insert(tables.corp).values(
                corp_id="corp", brand="云屿", tiers=[], shipping_fen=0, lapsed_after_days=90, material_version=1
            )
        )
        new = material.replace_source(opened, "corp", "shop:x", "券.xlsx", "sha", NOW)
        material.add_coupons(opened, "corp", new.source_id, [COUPON])
        for number in range(80):
            opened.execute(
                insert(tables.customer).values(
                    corp_id="corp", customer_id=f"C{number}", source_id=new.source_id, name=f"客户{number}",
                    address_as="", phone="13800001234", tier="", tier_level=0, points=0, tags=[], facts=[],
                    consents=["service", "marketing"] if number % 2 else ["service"], guide_folded="g1",
                    store_id="S1" if number < 60 else "S3", joined_at=None,
                )
            )  # fmt: skip
        yield opened


def give(tx: Transaction, number: int, store_id: str = "S1", moment: datetime = NOW) -> str:
    made = grants.grant(
        tx, "corp", key=f"k{number}", coupon=COUPON, customer_id=f"C{number}", guide="G1", store_id=store_id,
        turn_id="", reason="", value_fen=2000, moment=moment,
    )  # fmt: skip
    return made.grant_id


def file_order(tx: Transaction, order_id: str, store_id: str = "S1", customer_id: str = "C70") -> None:
    source = tx.execute(tables.source.select()).one().source_id
    tx.execute(
        insert(tables.order_line).values(
            corp_id="corp", order_id=order_id, line=1, source_id=source, customer_id=customer_id, store_id=store_id,
            channel="门店", ordered_at=NOW - timedelta(days=1), sku="A", product_name="A", quantity=1, paid_fen=18000,
            status="已完成", coupon_id="K1",
        )
    )  # fmt: skip


def test_every_use_counts_once_and_in_its_own_store(tx: Transaction) -> None:
    used = give(tx, 1)
    give(tx, 2)
    give(tx, 3, "S3")
    grants.redeem(tx, "corp", used, key="r", order_id="O1", amount_fen=2000, moment=NOW)
    file_order(tx, "O1")
    file_order(tx, "O2")
    file_order(tx, "O3", "S3")
    everywhere = coupons.standings(tx, "corp", ["K1"], None, NOW)["K1"]
    assert everywhere.grants == {GrantStatus.GRANTED: 2, GrantStatus.REDEEMED: 1}
    # O1 is the grant's own order: the file tells of it a second time
    assert (everywhere.granted, everywhere.without_grant, everywhere.used) == (3, 2, 3)
    here = coupons.standings(tx, "corp", ["K1"], frozenset({"S1"}), NOW)["K1"]
    assert (here.granted, here.used) == (2, 2)
    assert coupons.standings(tx, "corp", ["K1"], frozenset(), NOW)["K1"].granted == 0
    later = coupons.standings(tx, "corp", ["K1"], None, NOW + timedelta(days=2))["K1"]
    assert later.grants == {GrantStatus.EXPIRED: 2, GrantStatus.REDEEMED: 1}


def test_days_stores_guides_and_orders(tx: Transaction) -> None:
    used = give(tx, 1)
    give(tx, 3, "S3")
    grants.redeem(tx, "corp", used, key="r", order_id="O1", amount_fen=1900, moment=NOW)
    file_order(tx, "O2")
    besides = coupons.without_grant(tx, "corp", "K1", None, NOW - timedelta(days=5))
    days = coupons.days(tx, "corp", "K1", None, DAY - timedelta(days=2), DAY, besides)
    assert [(one.granted, one.used) for one in days] == [(0, 0), (0, 1), (2, 1)]
    assert [one.granted for one in coupons.days(tx, "corp", "K1", frozenset({"S3"}), DAY, DAY, ())] == [1]
    assert coupons.by_store(tx, "corp", "K1", None) == {"S1": (1, 1), "S3": (1, 0)}
    (guide,) = coupons.by_guide(tx, "corp", "K1", frozenset({"S1"}), 5)
    assert guide == ("g1", 1, 1)
    orders = coupons.used_orders(tx, "corp", "K1", None, NOW - timedelta(days=5), 5, besides)
    assert [(one.order_id, one.fen) for one in orders] == [("O1", 1900), ("O2", None)]
    south = frozenset({"S3"})
    assert coupons.without_grant(tx, "corp", "K1", south, NOW - timedelta(days=5)) == ()
    assert coupons.used_orders(tx, "corp", "K1", south, NOW - timedelta(days=5), 5, ()) == ()


def test_refused_sends_are_seen_in_their_store_alone(tx: Transaction) -> None:
    refused = GrantRefused(GrantRule.BUDGET, "活动预算已用完，追加预算后可以再发")
    checks.note_refusal(tx, "corp", "K1", refused, turn_id="T1", guide="G1", store_id="S1", moment=NOW)
    (found,) = checks.refusals(tx, "corp", "K1", frozenset({"S1"}), 5)
    assert (found.rule, found.guide, found.turn_id) == (GrantRule.BUDGET, "g1", "T1")
    assert checks.refusals(tx, "corp", "K1", frozenset({"S3"}), 5) == ()
    assert checks.refusals(tx, "other", "K1", None, 5) == ()


def test_a_withdrawn_coupon_is_served_no_longer_and_its_grants_keep_their_limits(tx: Transaction) -> None:
    held = give(tx, 1)
    body = COUPON.model_dump(mode="json")
    revisions.withdraw(tx, "corp", RevisionNoun.COUPON, "K1", body, by="HQ", moment=NOW, note="停")
    assert material.coupon_served(tx, "corp", "K1") is None
    assert [one.coupon_id for one in coupons.withdrawn(tx, "corp")] == ["K1"]
    assert grants.redeem(tx, "corp", held, key="r", order_id="O", amount_fen=2000, moment=NOW).redeemed_fen == 2000
    assert grants.audit(tx, "corp") == ()


def test_the_groups_of_the_holdout_are_those_who_may_be_contacted(tx: Transaction) -> None:
    file_order(tx, "O5", customer_id="C1")
    holdout = Holdout(percent=30, salt="x")
    groups = coupons.groups(tx, "corp", None, NOW - timedelta(days=5), NOW, holdout)
    alone = sum(holdout.holds("corp", f"C{number}") for number in range(1, 80, 2))
    assert (groups[True].customers, groups[False].customers) == (alone, 40 - alone)
    assert groups[True].buyers + groups[False].buyers == 1
    here = coupons.groups(tx, "corp", frozenset({"S1"}), NOW - timedelta(days=5), NOW, holdout)
    assert here[True].customers + here[False].customers == 30


def test_a_check_of_twins_lives_ends_and_dies(tx: Transaction) -> None:
    check_id = checks.begin(tx, "corp", by="HQ", moment=NOW)
    assert check_id
    checks.go_on(tx, check_id, 5, 10, NOW + timedelta(seconds=100))
    running = checks.latest(tx, "corp", NOW + timedelta(seconds=200))
    assert running is not None
    assert (running.state, running.done, running.total) == (checks.CheckState.RUNNING, 5, 10)
    dead = checks.latest(tx, "corp", NOW + timedelta(minutes=10))
    assert dead is not None
    assert dead.state is checks.CheckState.DIED
    found = [{"differs_in": "积分更多", "basket": "A×1", "offer": "一", "twin_offer": "二", "customer_id": "C1"}]
    checks.finish(tx, check_id, pairs=90, unequal=1, found=found, rules_version="r", moment=NOW + timedelta(minutes=11))
    ended = checks.latest(tx, "corp", NOW + timedelta(days=1))
    assert ended is not None
    assert (ended.state, ended.pairs, ended.unequal, ended.found[0]["differs_in"]) == (
        checks.CheckState.DONE,
        90,
        1,
        "积分更多",
    )
