"""One coupon bound to one customer, from granting to refund: every step, every refusal, each key once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from assistant.shop import Coupon
from assistant.store.coupons import grants
from assistant.store.coupons.grants import Grant, GrantEventKind, GrantRule, GrantStatus, GrantUse
from assistant.store.database import Database, Transaction
from assistant.store.tables import coupon_grant, coupon_tally, grant_event
from tests.store.granting import (
    OFF40,
    changes_nothing,
    coupon,
    everything,
    give,
    given,
    published,
    refused,
    shanghai,
    sound,
    spent,
)
from tests.store.making import CORP, NOW

LATER = NOW + timedelta(minutes=15)
END = OFF40.ends_at
AFTER_END = END + timedelta(hours=1)
EXTENDED = shanghai(6, month=12)
Step = Callable[[Transaction, str], Grant]


def hold(key: str = "h", order_id: str = "D1", until: datetime = LATER, moment: datetime = NOW) -> Step:
    return lambda tx, grant_id: grants.hold(tx, CORP, grant_id, key=key, order_id=order_id, until=until, moment=moment)


def release(key: str = "l", order_id: str = "D1", moment: datetime = NOW) -> Step:
    return lambda tx, grant_id: grants.release(tx, CORP, grant_id, key=key, order_id=order_id, moment=moment)


def redeem(key: str = "r", order_id: str = "D1", amount_fen: int = 4000, moment: datetime = NOW) -> Step:
    return lambda tx, grant_id: grants.redeem(
        tx, CORP, grant_id, key=key, order_id=order_id, amount_fen=amount_fen, moment=moment
    )


def refund(key: str = "b", order_id: str = "D1", amount_fen: int = 4000, moment: datetime = NOW) -> Step:
    return lambda tx, grant_id: grants.refund(
        tx, CORP, grant_id, key=key, order_id=order_id, amount_fen=amount_fen, moment=moment
    )


def extend(key: str = "e", until: datetime = EXTENDED, moment: datetime = NOW) -> Step:
    return lambda tx, grant_id: grants.extend(tx, CORP, grant_id, key=key, by="Wei", until=until, moment=moment)


def revoke(key: str = "v", moment: datetime = NOW) -> Step:
    return lambda tx, grant_id: grants.revoke(tx, CORP, grant_id, key=key, by="Wei", reason="发错", moment=moment)


STEPS = {"hold": hold, "release": release, "redeem": redeem, "refund": refund, "extend": extend, "revoke": revoke}


def after(database: Database, *steps: Step, start: Grant | None = None) -> Grant:
    """The grant after these steps, each in a transaction of its own."""
    now = start or given(database)
    for step in steps:
        with database.begin() as tx:
            now = step(tx, now.grant_id)
    sound(database)
    return now


def expire(database: Database, moment: datetime = AFTER_END) -> int:
    with database.begin() as tx:
        return grants.expire_due(tx, CORP, moment)


def stored(database: Database, one: Grant) -> Grant:
    with database.read() as tx:
        return grants.read(tx, CORP, one.grant_id)


# ---- each step ---------------------------------------------------------------------------------


def test_a_grant_is_what_was_asked_for_and_reserves_its_value(database: Database) -> None:
    made = given(database, value_fen=3550)
    assert made == stored(database, made)
    assert made.model_dump(exclude={"grant_id"}) == {
        "coupon_id": "OFF40",
        "customer_id": "C1",
        "guide": "lin",
        "store_id": "S1",
        "turn_id": "T1",
        "reason": "生日",
        "status": GrantStatus.GRANTED,
        "granted_at": NOW,
        "expires_at": END,
        "value_fen": 3550,
        "reserved_fen": 3550,
        "redeemed_fen": 0,
        "refunded_fen": 0,
        "order_id": "",
        "held_until": None,
    }
    assert spent(database) == 3550
    sound(database)


@pytest.mark.parametrize(
    ("valid_days", "moment", "expires_at"),
    [
        (None, NOW, END),
        (1, NOW, shanghai(23)),
        (7, NOW, shanghai(29)),
        (1, shanghai(22, 23, 59), shanghai(23)),
        (1, shanghai(23), shanghai(24)),
        (9, NOW, END),
        (90, NOW, END),
    ],
)
def test_a_grant_is_good_for_so_many_shanghai_days_within_the_window(
    database: Database, valid_days: int | None, moment: datetime, expires_at: datetime
) -> None:
    made = given(database, template=coupon(valid_days=valid_days), moment=moment)
    assert made.expires_at == expires_at


def test_a_hold_keeps_it_for_one_order_and_may_be_lengthened_by_it(database: Database) -> None:
    now = after(database, hold())
    assert (now.status, now.order_id, now.held_until) == (GrantStatus.HELD, "D1", LATER)
    longer = after(database, hold(key="h2", until=LATER + timedelta(minutes=5)), start=now)
    assert longer.held_until == LATER + timedelta(minutes=5)
    assert spent(database) == 4000


def test_a_released_grant_may_be_held_by_another_order(database: Database) -> None:
    now = after(database, hold(), release(), hold(key="h2", order_id="D2"))
    assert (now.status, now.order_id) == (GrantStatus.HELD, "D2")


def test_a_hold_past_its_end_holds_nothing(database: Database) -> None:
    made = after(database, hold())
    with database.read() as tx:
        assert grants.of_customer(tx, CORP, "C1", LATER)[0].status is GrantStatus.GRANTED
    now = after(database, redeem(order_id="D2", moment=LATER), start=made)
    assert (now.status, now.order_id) == (GrantStatus.REDEEMED, "D2")


def test_an_order_that_holds_it_in_time_may_be_paid_after_its_end(database: Database) -> None:
    made = after(database, hold(until=AFTER_END + timedelta(minutes=1), moment=END - timedelta(minutes=1)))
    assert expire(database) == 0
    now = after(database, redeem(moment=AFTER_END), start=made)
    assert now.status is GrantStatus.REDEEMED


def test_a_hold_released_after_the_end_is_an_expired_grant(database: Database) -> None:
    made = after(database, hold(until=AFTER_END))
    now = after(database, release(moment=END), start=made)
    assert (now.status, now.reserved_fen, spent(database)) == (GrantStatus.EXPIRED, 0, 0)


@pytest.mark.parametrize(("amount_fen", "spent_fen"), [(4000, 4000), (2500, 2500), (0, 0), (5500, 5500)])
def test_what_was_reserved_becomes_what_was_redeemed(database: Database, amount_fen: int, spent_fen: int) -> None:
    now = after(database, redeem(amount_fen=amount_fen), start=given(database, template=coupon(budget_fen=5500)))
    assert (now.status, now.reserved_fen, now.redeemed_fen) == (GrantStatus.REDEEMED, 0, amount_fen)
    assert spent(database) == spent_fen


def test_a_part_refunded_leaves_it_redeemed(database: Database) -> None:
    now = after(database, redeem(), refund(amount_fen=1500))
    assert (now.status, now.refunded_fen, now.paid_fen, spent(database)) == (GrantStatus.REDEEMED, 1500, 2500, 2500)


def test_refunded_whole_it_is_unused_again_and_the_budget_has_the_money(database: Database) -> None:
    now = after(database, redeem(), refund(amount_fen=1500), refund(key="b2", amount_fen=2500))
    assert (now.status, now.order_id, now.reserved_fen) == (GrantStatus.GRANTED, "", 0)
    assert spent(database) == 0
    again = after(database, redeem(key="r2", order_id="D2", amount_fen=3000), start=now)
    assert (again.redeemed_fen, again.refunded_fen, again.paid_fen, spent(database)) == (7000, 4000, 3000, 3000)


def test_refunded_whole_after_its_end_it_is_expired(database: Database) -> None:
    now = after(database, redeem(), refund(moment=AFTER_END))
    assert (now.status, spent(database)) == (GrantStatus.EXPIRED, 0)


def test_a_coupon_that_took_nothing_off_can_be_given_back(database: Database) -> None:
    assert after(database, redeem(amount_fen=0), refund(amount_fen=0)).status is GrantStatus.GRANTED


def test_a_manager_extends_beyond_the_window(database: Database) -> None:
    now = after(database, extend())
    assert (now.status, now.expires_at) == (GrantStatus.GRANTED, EXTENDED)
    assert after(database, redeem(moment=AFTER_END), start=now).status is GrantStatus.REDEEMED


@pytest.mark.parametrize("swept", [True, False])
def test_an_expired_grant_extended_is_good_again_with_its_value_reserved(database: Database, swept: bool) -> None:
    made = given(database)
    assert not swept or expire(database) == 1
    now = after(database, extend(moment=AFTER_END), start=made)
    assert (now.status, now.reserved_fen, spent(database)) == (GrantStatus.GRANTED, 4000, 4000)
    assert expire(database, EXTENDED) == 1
    sound(database)


def test_a_revoked_grant_frees_money_and_place_but_stays_counted_for_its_day(database: Database) -> None:
    limited = coupon(per_customer_limit=1, guide_day_limit=2)
    now = after(database, revoke(), start=given(database, template=limited))
    assert (now.status, now.reserved_fen, spent(database)) == (GrantStatus.REVOKED, 0, 0)
    second = given(database, "k2", limited)
    after(database, revoke(key="v2"), start=second)
    with database.begin() as tx, refused(GrantRule.GUIDE_DAY_LIMIT):
        give(tx, "k3", limited)


def test_due_grants_expire_once_and_give_back_money_and_place(database: Database) -> None:
    limited = coupon(per_customer_limit=1, budget_fen=8000, valid_days=1)
    first, second = given(database, "k1", limited), given(database, "k2", limited, customer_id="C2")
    assert expire(database, shanghai(22, 23, 59)) == 0
    assert expire(database, shanghai(23)) == 2
    assert expire(database, shanghai(23)) == 0
    assert {stored(database, one).status for one in (first, second)} == {GrantStatus.EXPIRED}
    assert spent(database) == 0
    given(database, "k3", limited, moment=shanghai(23))
    sound(database)


def test_a_long_sweep_comes_in_parts(database: Database) -> None:
    for number in range(5):
        given(database, f"k{number}", customer_id=f"C{number}")
    parts = []
    while not parts or parts[-1] == 2:
        with database.begin() as tx:
            parts.append(grants.expire_due(tx, CORP, AFTER_END, at_most=2))
        sound(database)
    assert (parts, spent(database)) == ([2, 2, 1], 0)


def test_until_it_is_swept_a_grant_past_its_end_counts(database: Database) -> None:
    daily = coupon(per_customer_limit=1, valid_days=1)
    given(database, "k1", daily)
    with database.begin() as tx, refused(GrantRule.CUSTOMER_LIMIT):
        give(tx, "k2", daily, moment=shanghai(23))
    assert expire(database, shanghai(23)) == 1
    assert given(database, "k2", daily, moment=shanghai(23)).status is GrantStatus.GRANTED


def test_used_and_revoked_grants_do_not_expire(database: Database) -> None:
    after(database, redeem())
    after(database, revoke(), start=given(database, "k2"))
    assert expire(database) == 0


def test_a_customers_grants_are_shown_as_they_stand_now(database: Database) -> None:
    day = coupon("DAY", valid_days=1)
    first = given(database, "k1", day, moment=NOW - timedelta(hours=1))
    second = given(database, "k2")
    given(database, "k3", customer_id="C2")
    with database.read() as tx:
        assert grants.of_customer(tx, CORP, "C1", NOW) == (second, first)
        late = grants.of_customer(tx, CORP, "C1", shanghai(23))
        assert [one.status for one in late] == [GrantStatus.GRANTED, GrantStatus.EXPIRED]
        assert grants.read(tx, CORP, first.grant_id).status is GrantStatus.GRANTED
        assert grants.of_customer(tx, CORP, "C9", NOW) == ()
        assert grants.of_customer(tx, "other", "C1", NOW) == ()


def test_standing_counts_hers_in_grants_and_everybodys_in_money(database: Database) -> None:
    gift = coupon("GIFT")
    after(database, redeem(amount_fen=3000))
    given(database, "k2")
    after(database, revoke(), start=given(database, "k3"))
    given(database, "k4", customer_id="C2", value_fen=1000)
    given(database, "k5", gift, customer_id="C2", value_fen=700)
    with database.read() as tx:
        assert grants.standing(tx, CORP, "C1") == {
            "OFF40": GrantUse("OFF40", unused=1, used=1, spent_fen=8000),
            "GIFT": GrantUse("GIFT", spent_fen=700),
        }
        assert grants.standing(tx, "other", "C1") == {}


def test_history_tells_every_step_with_who_and_what(database: Database) -> None:
    now = after(database, hold(), redeem(), refund(), extend(), revoke())
    with database.read() as tx:
        events = grants.history(tx, CORP, now.grant_id)
    assert [(one.key, one.kind, one.by) for one in events] == [
        ("k1", GrantEventKind.GRANT, "lin"),
        ("h", GrantEventKind.HOLD, ""),
        ("r", GrantEventKind.REDEEM, ""),
        ("b", GrantEventKind.REFUND, ""),
        ("e", GrantEventKind.EXTEND, "wei"),
        ("v", GrantEventKind.REVOKE, "wei"),
    ]
    assert events[2].asked == {"order_id": "D1", "amount_fen": 4000}
    assert events[5].asked == {"by": "wei", "reason": "发错"}
    assert events[-1].after == now == stored(database, now)
    assert [one.number for one in events] == sorted(one.number for one in events)
    assert all(one.at == NOW for one in events)


def test_expiry_is_in_the_history(database: Database) -> None:
    made = given(database)
    expire(database)
    with database.read() as tx:
        last = grants.history(tx, CORP, made.grant_id)[-1]
    assert (last.kind, last.at, last.after.status) == (GrantEventKind.EXPIRE, AFTER_END, GrantStatus.EXPIRED)


# ---- the same key ------------------------------------------------------------------------------

PATHS = {
    "hold": [hold()],
    "release": [hold(), release()],
    "redeem": [redeem()],
    "refund": [redeem(), refund(amount_fen=100)],
    "extend": [extend()],
    "revoke": [revoke()],
}
# what a retry asks later, when time has gone on
RETRIES = {
    "hold": hold(until=LATER + timedelta(hours=2), moment=NOW + timedelta(hours=2)),
    "release": release(moment=AFTER_END),
    "redeem": redeem(moment=AFTER_END),
    "refund": refund(amount_fen=100, moment=AFTER_END),
    "extend": extend(until=EXTENDED.astimezone(UTC), moment=AFTER_END),
    "revoke": revoke(moment=AFTER_END),
}


@pytest.mark.parametrize("name", sorted(PATHS))
def test_the_same_key_again_returns_the_same_and_changes_nothing(database: Database, name: str) -> None:
    now = after(database, *PATHS[name])
    before = everything(database)
    assert after(database, RETRIES[name], start=now) == now
    assert everything(database) == before


def test_a_grant_asked_twice_is_granted_once_even_after_the_window(database: Database) -> None:
    one_only = coupon(grant_limit=1, per_customer_limit=1)
    made = given(database, template=one_only)
    after(database, redeem(), start=made)
    assert given(database, template=one_only, moment=AFTER_END) == made
    with database.begin() as tx:
        assert give(tx, "k2", OFF40) == give(tx, "k2", OFF40)
    sound(database)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_key_used_for_a_grant_does_nothing_else(database: Database, name: str) -> None:
    made = given(database)
    words = "这个请求编号已用于另一次发放，请换一个新的编号"
    changes_nothing(database, lambda tx: STEPS[name](key="k1")(tx, made.grant_id), GrantRule.KEY_REUSED, words)


@pytest.mark.parametrize(
    "more", [{"customer_id": "C2"}, {"value_fen": 1}, {"guide": "Wei"}, {"template": coupon("X")}, {"reason": "补发"}]
)
def test_a_grants_key_is_for_that_grant_only(database: Database, more: dict[str, object]) -> None:
    given(database)
    words = "这个请求编号已用于另一次发放，请换一个新的编号"
    changes_nothing(database, lambda tx: give(tx, "k1", **more), GrantRule.KEY_REUSED, words)  # type: ignore[arg-type]


def test_a_steps_key_is_for_that_grant_order_and_amount_only(database: Database) -> None:
    made, other = after(database, redeem()), given(database, "k2")
    words = "这个请求编号已用于另一次核销，请换一个新的编号"
    for step, one in ((redeem(), other), (redeem(order_id="D2"), made), (redeem(amount_fen=1), made)):
        changes_nothing(database, lambda tx, do=step, it=one: do(tx, it.grant_id), GrantRule.KEY_REUSED, words)


def test_two_corps_may_use_one_key(database: Database) -> None:
    ours, theirs = given(database), given(database, corp_id="other")
    assert ours.grant_id != theirs.grant_id
    sound(database)
    sound(database, "other")


def test_a_refused_key_may_be_used_again_once_it_would_pass(database: Database) -> None:
    full = coupon(grant_limit=0)
    with database.begin() as tx, refused(GrantRule.GRANT_LIMIT):
        give(tx, "k1", full)
    assert given(database, "k1").status is GrantStatus.GRANTED


# ---- refusals ----------------------------------------------------------------------------------

LAST_DAY = {"ends_at": shanghai(23)}


@pytest.mark.parametrize(
    ("template", "before", "rule", "distance"),
    [
        (coupon(starts_at=shanghai(25)), [], GrantRule.NOT_STARTED, "11月25日开始，到时可以发"),
        (coupon(starts_at=shanghai(22, 20)), [], GrantRule.NOT_STARTED, "11月22日20:00开始，到时可以发"),
        (coupon(ends_at=shanghai(22)), [], GrantRule.ENDED, "11月21日已结束，活动延期后可以再发"),
        (coupon(budget_fen=7500), [{}], GrantRule.BUDGET, "活动预算只剩 35 元，不够这张 40 元"),
        (coupon(budget_fen=7999), [{}], GrantRule.BUDGET, "活动预算只剩 39.99 元，不够这张 40 元"),
        (coupon(budget_fen=4000), [{}], GrantRule.BUDGET, "活动预算已用完，追加预算后可以再发"),
        (coupon(grant_limit=2), [{}, {}], GrantRule.GRANT_LIMIT, "活动的 2 张已发完，调高发放总张数后可以再发"),
        (coupon(guide_day_limit=1), [{}], GrantRule.GUIDE_DAY_LIMIT, "今天您的 1 张已发完，明天可以再发"),
        (coupon(guide_day_limit=1), [{"guide": "LIN"}], GrantRule.GUIDE_DAY_LIMIT, "今天您的 1 张已发完，明天可以再发"),
        (
            coupon(guide_day_limit=1, **LAST_DAY),
            [{}],
            GrantRule.GUIDE_DAY_LIMIT,
            "今天您的 1 张已发完，活动今天结束，调高每日张数后可以再发",
        ),
        (
            coupon(store_day_limit=2),
            [{"guide": "Wei"}, {}],
            GrantRule.STORE_DAY_LIMIT,
            "今天本店的 2 张已发完，明天可以再发",
        ),
        (
            coupon(per_customer_limit=1),
            [{"customer_id": "C0"}],
            GrantRule.CUSTOMER_LIMIT,
            "每人限领 1 张，这位客户已有 1 张，撤回未用的一张，或调高每人限领张数后可以再发",
        ),
    ],
)
def test_a_grant_that_is_refused_says_what_would_make_it_pass(
    database: Database, template: Coupon, before: list[dict[str, object]], rule: GrantRule, distance: str
) -> None:
    for number, more in enumerate(before):
        given(database, f"before{number}", template, **({"customer_id": "C0"} | more))  # type: ignore[arg-type]
    who = "C0" if rule is GrantRule.CUSTOMER_LIMIT else "C1"
    changes_nothing(database, lambda tx: give(tx, "k1", template, customer_id=who), rule, distance)


def test_a_used_grant_counts_for_the_customer_and_cannot_be_taken_back(database: Database) -> None:
    once = coupon(per_customer_limit=1)
    after(database, redeem(), start=given(database, "k1", once))
    words = "每人限领 1 张，这位客户已有 1 张，调高每人限领张数后可以再发"
    changes_nothing(database, lambda tx: give(tx, "k2", once), GrantRule.CUSTOMER_LIMIT, words)


def test_a_day_ends_at_shanghai_midnight(database: Database) -> None:
    daily = coupon(guide_day_limit=1, store_day_limit=1)
    given(database, "k1", daily, moment=shanghai(22, 0, 0))
    with database.begin() as tx, refused(GrantRule.GUIDE_DAY_LIMIT):
        give(tx, "k2", daily, moment=shanghai(22, 23, 59))
    given(database, "k3", daily, moment=shanghai(23))
    sound(database)


HELD_WORDS = "订单 D1 正在占用，释放后或过了11月22日10:15可以"
USED_WORDS = "已在订单 D1 核销，全额退款后可以"
ENDED_WORDS = "11月30日已过期，"


@pytest.mark.parametrize(
    ("path", "step", "rule", "distance"),
    [
        ([hold()], hold(key="x", order_id="D2"), GrantRule.OTHER_ORDER, HELD_WORDS + "用"),
        ([hold()], redeem(key="x", order_id="D2"), GrantRule.OTHER_ORDER, HELD_WORDS + "用"),
        ([hold()], revoke(key="x"), GrantRule.STATUS, HELD_WORDS + "撤回"),
        ([hold()], release(key="x", order_id="D2"), GrantRule.OTHER_ORDER, "这张券由订单 D1 占用，请按该订单释放"),
        ([], hold(key="x", until=NOW), GrantRule.TOO_EARLY, "占用的截止时间要晚于现在"),
        ([], release(key="x"), GrantRule.STATUS, "这张券已发放，没有被占用，不用释放"),
        ([], refund(key="x"), GrantRule.STATUS, "这张券已发放，核销后才能退款"),
        ([], extend(key="x", until=NOW), GrantRule.TOO_EARLY, "新的有效期要晚于现在"),
        ([], extend(key="x", until=shanghai(25)), GrantRule.TOO_EARLY, "现在有效期到11月30日，新的有效期要更晚"),
        ([redeem()], hold(key="x"), GrantRule.STATUS, USED_WORDS + "使用"),
        ([redeem()], redeem(key="x"), GrantRule.STATUS, USED_WORDS + "使用"),
        ([redeem()], extend(key="x"), GrantRule.STATUS, USED_WORDS + "延期"),
        ([redeem()], revoke(key="x"), GrantRule.STATUS, USED_WORDS + "撤回"),
        ([redeem()], release(key="x"), GrantRule.STATUS, "这张券已核销，没有被占用，不用释放"),
        ([redeem()], refund(key="x", order_id="D2"), GrantRule.OTHER_ORDER, "这张券由订单 D1 核销，请按该订单退款"),
        ([redeem()], refund(key="x", amount_fen=4001), GrantRule.REFUND_LIMIT, "最多还能退 40 元，不能退 40.01 元"),
        (
            [redeem(), refund(amount_fen=1500)],
            refund(key="x", amount_fen=2501),
            GrantRule.REFUND_LIMIT,
            "最多还能退 25 元，不能退 25.01 元",
        ),
        ([redeem(), refund()], refund(key="x"), GrantRule.STATUS, "这张券已发放，核销后才能退款"),
        ([], hold(key="x", until=AFTER_END, moment=END), GrantRule.EXPIRED, ENDED_WORDS + "请店长延期后再用"),
        ([], redeem(key="x", moment=END), GrantRule.EXPIRED, ENDED_WORDS + "请店长延期后再用"),
        ([], revoke(key="x", moment=END), GrantRule.EXPIRED, ENDED_WORDS + "不用再撤回"),
        ([revoke()], hold(key="x"), GrantRule.STATUS, "这张券已撤回，请重新发一张"),
        ([revoke()], redeem(key="x"), GrantRule.STATUS, "这张券已撤回，请重新发一张"),
        ([revoke()], extend(key="x"), GrantRule.STATUS, "这张券已撤回，请重新发一张"),
        ([revoke()], revoke(key="x"), GrantRule.STATUS, "这张券已撤回，请重新发一张"),
    ],
)
def test_a_step_that_is_refused_says_what_would_make_it_pass(
    database: Database, path: list[Step], step: Step, rule: GrantRule, distance: str
) -> None:
    now = after(database, *path)
    changes_nothing(database, lambda tx: step(tx, now.grant_id), rule, distance)


@pytest.mark.parametrize("name", sorted(STEPS))
def test_missing_and_not_yours_look_the_same(database: Database, name: str) -> None:
    theirs = given(database, corp_id="other")
    for grant_id in (theirs.grant_id, "missing"):
        changes_nothing(
            database,
            lambda tx, one=grant_id: STEPS[name]()(tx, one),
            GrantRule.NOT_FOUND,
            "没有找到这张券，请核对券号",
        )
        with database.read() as tx, refused(GrantRule.NOT_FOUND):
            grants.read(tx, CORP, grant_id)
        with database.read() as tx, refused(GrantRule.NOT_FOUND):
            grants.history(tx, CORP, grant_id)


def test_more_than_was_reserved_needs_budget(database: Database) -> None:
    made = given(database, template=coupon(budget_fen=4500))
    words = "给这张券留了 40 元，活动预算只剩 5 元，这次最多能抵 45 元，不够 45.01 元"
    changes_nothing(database, lambda tx: redeem(amount_fen=4501)(tx, made.grant_id), GrantRule.BUDGET, words)
    assert after(database, redeem(amount_fen=4500), start=made).status is GrantStatus.REDEEMED


def test_a_grant_given_back_needs_budget_for_its_next_use(database: Database) -> None:
    tight = coupon(budget_fen=4000)
    now = after(database, redeem(), refund(), start=given(database, template=tight))
    given(database, "k2", tight, value_fen=1000, customer_id="C2")
    words = "活动预算只剩 30 元，这次最多能抵 30 元，不够 40 元"
    changes_nothing(database, lambda tx: redeem(key="r2")(tx, now.grant_id), GrantRule.BUDGET, words)


def test_an_expired_grant_extended_needs_budget_and_a_place_anew(database: Database) -> None:
    tight = coupon(budget_fen=4000, per_customer_limit=1, valid_days=1)
    made = given(database, template=tight)
    expire(database, shanghai(23))
    again = extend(moment=shanghai(23))
    second = given(database, "k2", tight, moment=shanghai(23), value_fen=0)
    words = "每人限领 1 张，这位客户已有 1 张，撤回未用的一张，或调高每人限领张数后可以延期"
    changes_nothing(database, lambda tx: again(tx, made.grant_id), GrantRule.CUSTOMER_LIMIT, words)
    after(database, revoke(moment=shanghai(23)), start=second)
    given(database, "k3", tight, customer_id="C2", moment=shanghai(23))
    words = "活动预算已用完，追加预算后可以延期"
    changes_nothing(database, lambda tx: again(tx, made.grant_id), GrantRule.BUDGET, words)


def test_limits_are_those_of_the_template_as_it_is_now(database: Database) -> None:
    """A raised budget counts at once; where the file is gone, the limit the coupon was last used under."""
    made = given(database, template=coupon(budget_fen=4000))
    dearer = redeem(amount_fen=5000)
    with database.begin() as tx, refused(GrantRule.BUDGET):
        dearer(tx, made.grant_id)
    published(database, coupon(budget_fen=5000))
    assert after(database, dearer, start=made).redeemed_fen == 5000
    published(database, coupon("OTHER"))
    now = after(database, refund(amount_fen=5000), start=made)
    with database.begin() as tx, refused(GrantRule.BUDGET):
        redeem(key="r2", amount_fen=5001)(tx, now.grant_id)


def test_a_budget_lowered_below_what_is_spent_grants_no_more(database: Database) -> None:
    given(database, template=coupon(budget_fen=8000))
    words = "活动预算已用完，追加预算后可以再发"
    lowered = coupon(budget_fen=3000)
    changes_nothing(database, lambda tx: give(tx, "k2", lowered), GrantRule.BUDGET, words)


@pytest.mark.parametrize(
    "ask",
    [lambda tx, _: give(tx, value_fen=-1), redeem(amount_fen=-1), refund(amount_fen=-1)],
    ids=["grant", "redeem", "refund"],
)
def test_an_amount_below_nothing_is_an_error_of_ours(database: Database, ask: Step) -> None:
    made = given(database, "k0")
    with pytest.raises(ValueError, match="-1"), database.begin() as tx:
        ask(tx, made.grant_id)


# ---- the ledger --------------------------------------------------------------------------------


def test_the_audit_names_every_counter_that_differs(database: Database) -> None:
    made = given(database)
    with database.begin() as tx:
        tx.execute(update(coupon_tally).where(coupon_tally.c.kind == "budget").values(used=1200))
        tx.execute(update(coupon_tally).where(coupon_tally.c.kind == "guide-day").values(used=2))
        tx.execute(insert(coupon_tally).values(corp_id=CORP, coupon_id="X", kind="grants", owner="", day="", used=7))
        assert set(grants.audit(tx, CORP)) == {
            "券 OFF40 的预算占用：计数为 12 元，按发放记录应为 40 元",
            "券 OFF40 的导购当日发放张数（lin 2026-11-22）：计数为 2 张，按发放记录应为 1 张",
            "券 X 的发放总张数：计数为 7 张，按发放记录应为 0 张",
        }
        assert grants.audit(tx, "other") == ()
    assert stored(database, made) == made


def test_the_audit_names_every_grant_that_is_not_what_happened_to_it(database: Database) -> None:
    first, second, third = (given(database, f"k{number}", value_fen=0) for number in range(3))
    lost = after(database, redeem(amount_fen=0), start=given(database, "k4", value_fen=0))
    with database.begin() as tx:
        event = grants.history(tx, CORP, lost.grant_id)[-1]
        tx.execute(update(coupon_grant).where(coupon_grant.c.grant_id == first.grant_id).values(reason="改过"))
        tx.execute(update(grant_event).where(grant_event.c.grant_id == second.grant_id).values(grant_id="gone"))
        tx.execute(
            update(grant_event)
            .where(grant_event.c.number == event.number)
            .values(body={"asked": {"amount_fen": 5}, "after": event.after.model_dump(mode="json")})
        )
        assert set(grants.audit(tx, CORP)) == {
            f"券 {first.grant_id}：发放记录与最后一条经过不一致",
            f"券 {second.grant_id}：没有经过记录",
            "券 gone：有经过记录，没有发放记录",
            f"券 {lost.grant_id}：核销或退款金额与各条经过之和不一致",
        }
    assert stored(database, third) == third
