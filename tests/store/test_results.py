"""What came after the contacts of a time, and the hold-out beside all others. Figures worked out by hand."""

from dataclasses import replace
from datetime import timedelta

from assistant.offers.attribution import Rule
from assistant.offers.holdout import Group, Holdout
from assistant.shop import Purpose
from assistant.sold import OrderStatus, ReturnedGoods, ReturnedLine
from assistant.store import turns
from assistant.store.database import Database
from assistant.store.till.results import Results, Tally, results
from assistant.turn import Action, ActionKind, Verdict
from tests.store.making import CORP, NOW, clients, converse, customer, record, write
from tests.store.test_what_the_till_says_of_her import sold, tell

DAY = timedelta(days=1)


NOBODY = Holdout()


def found(database: Database, holdout: Holdout = NOBODY) -> Results:
    with database.read() as tx:
        return results(tx, CORP, NOW - DAY, NOW + DAY, Rule(), holdout)


def contacted(database: Database, customer_id: str) -> None:
    """A turn about A1 whose draft the guide took an hour before now."""
    made = record("T1", converse(database), "说说面霜", after=-2 * timedelta(hours=1))
    draft = made.verdicts[0].draft.model_copy(update={"skus": ("A1",)})
    verdict = Verdict.model_validate(made.verdicts[0].model_dump() | {"draft": draft})
    need = made.need.model_copy(update={"customer_id": customer_id})
    write(database, made.model_copy(update={"need": need, "verdicts": (verdict,)}))
    with database.begin() as tx:
        at = NOW - timedelta(hours=1)
        turns.add_action(tx, "T1", Action(kind=ActionKind.ACCEPTED, at=at, choice=1, sent_text="说说面霜"))


def test_credited_orders_are_counted_with_what_was_not_given_back(database: Database) -> None:
    contacted(database, "C1")
    tell(database, "e1", sold("O1", store_id="S1"))
    tell(database, "e2", sold("O2", customer_id="C2", store_id="S2"))
    tell(database, "e3", sold("O3", status=OrderStatus.CANCELLED))
    tell(database, "e4", sold("O4", ordered_at=NOW - 2 * DAY))
    one_piece = (ReturnedLine(line=1, quantity=1),)
    tell(database, "e5", ReturnedGoods(refund_id="R1", order_id="O1", lines=one_piece), 5)
    seen = found(database)
    assert seen.orders == Tally(2, 27000 - 9000 + 27000)
    assert seen.credited == Tally(1, 18000)
    assert seen.by_store == {"S1": Tally(1, 18000)}
    assert list(seen.by_guide.values()) == [Tally(1, 18000)]


def test_who_could_be_contacted_is_compared_whether_or_not_she_was(database: Database) -> None:
    ids = [f"C{number:03d}" for number in range(200)]
    agreed = [customer(one, "lin") for one in ids]
    market = (Purpose.SERVICE, Purpose.MARKETING)
    clients(
        database,
        *(replace(one, consents=market, joined_at=NOW - 2 * DAY) for one in agreed),
        customer("NO", "lin"),
        replace(customer("NEW", "lin"), consents=market, joined_at=NOW),
    )
    for number, one in enumerate([*ids[:50], "NO", "NEW", ""]):
        tell(database, f"e{number}", sold(f"O{number}", customer_id=one))
    assert (found(database).reachable, found(database).left_alone) == (Group(customers=200, buyers=50), Group())
    half = Holdout(percent=50, salt="x")
    alone = [one for one in ids if half.holds(CORP, one)]
    seen = found(database, half)
    assert seen.left_alone == Group(customers=len(alone), buyers=len(set(alone) & set(ids[:50])))
    assert seen.reachable.customers + seen.left_alone.customers == 200
    assert seen.reachable.buyers + seen.left_alone.buyers == 50
