"""What stands on a guide's account, read for herself: this month, in all, the latest orders."""

from datetime import UTC, datetime, timedelta

from assistant.offers.attribution import PointsRule
from assistant.sold import RedeemedDeal, ReturnedGoods, ReturnedLine, TillEvent, Told
from assistant.store.database import Database
from assistant.store.till import events, points
from assistant.store.till.events import TillRules
from tests.store.making import CORP, NOW
from tests.store.test_what_the_till_says_of_her import REDEEM, REFUND, sold, templates

RULES = TillRules(points=PointsRule(guide_point_fen=300, customer_point_fen=100))
MONTH = datetime(2026, 10, 31, 16, tzinfo=UTC)


def tell(database: Database, event_id: str, body: Told, at: datetime = NOW) -> None:
    with database.begin() as tx:
        events.apply(tx, CORP, TillEvent(event_id=event_id, occurred_at=at, body=body), REDEEM, REFUND, NOW, RULES)


def deal(order_id: str) -> RedeemedDeal:
    return RedeemedDeal(redemption_id=f"X{order_id}", coupon_id="VOUCHER", order_id=order_id, amount_fen=700)


def test_her_account_by_month_and_order(database: Database) -> None:
    templates(database, "VOUCHER")
    before = MONTH - timedelta(days=3)
    tell(database, "e1", sold("O1", guide="Lin", ordered_at=before), before)
    tell(database, "e2", deal("O1"), before)
    tell(database, "e3", sold("O2", guide="lin"))
    tell(database, "e4", deal("O2"))
    tell(database, "e5", sold("O3", guide="chen"))
    tell(database, "e6", deal("O3"))
    # no coupon, no points
    tell(database, "e7", sold("O4", guide="lin"))
    tell(database, "e8", ReturnedGoods(refund_id="R1", order_id="O2", lines=(ReturnedLine(line=1, quantity=1),)))
    with database.read() as tx:
        mine = points.of_guide(tx, CORP, "LIN", MONTH, 5)
        one = points.of_guide(tx, CORP, "lin", MONTH, 1)
        nobody = points.of_guide(tx, CORP, "wang", MONTH, 5)
        elsewhere = points.of_guide(tx, "other", "lin", MONTH, 5)
    assert (mine.this_month, mine.total) == (60, 150)
    assert [(one.order_id, one.earned, one.given_back) for one in mine.latest] == [("O2", 90, 30), ("O1", 90, 0)]
    assert [(other.order_id) for other in one.latest] == ["O2"]
    assert (nobody.total, nobody.latest, elsewhere.total) == (0, (), 0)
