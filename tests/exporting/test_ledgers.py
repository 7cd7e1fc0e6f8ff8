"""Granted coupons, what the till told and points go out with everything and come back into an empty house."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.app import open_till
from assistant.exporting.everything import export_everything, restore_beside
from assistant.service import Service
from assistant.shop import Habit, StyleCard, Trait
from assistant.sold import RedeemedDeal, ReturnedGoods, ReturnedLine, SoldLine, SoldOrder, TillEvent, Told
from assistant.store import ledgers, styles
from assistant.store.coupons import grants
from assistant.store.database import Database
from assistant.store.ledgers import Ledger
from daogou import app
from tests.exporting.test_everything import opened
from tests.ingest.house import CORP, NOW, small_shop
from tests.store.granting import given

SOLD = tuple(
    one for one in Ledger if one.value.startswith(("coupon_grant", "grant_", "coupon_tally", "till_", "points_"))
)
"""What selling leaves behind."""


def event(event_id: str, body: Told) -> TillEvent:
    return TillEvent(event_id=event_id, occurred_at=NOW, body=body)


def sell(service: Service) -> None:
    """Two coupons granted, one redeemed in part of an order and partly given back, one redemption without a coupon."""
    service.settings.till_guide_point_fen = service.settings.till_customer_point_fen = 100
    database, till = service.database, open_till(service)
    used, kept = given(database, "k1"), given(database, "k2", customer_id="C2")
    with database.begin() as tx:
        grants.extend(
            tx, CORP, kept.grant_id, key="k3", by="Zhou", until=kept.expires_at + timedelta(days=3), moment=NOW
        )
    lines = (SoldLine(sku="A1", quantity=2, amount_fen=20000),)
    told: list[Told] = [
        SoldOrder(
            order_id="O1", customer_id="C1", store_id="S1", guide="lin", ordered_at=NOW, paid_fen=16000, lines=lines
        ),
        RedeemedDeal(redemption_id="X1", grant_id=used.grant_id, coupon_id="OFF40", order_id="O1", amount_fen=4000),
        RedeemedDeal(redemption_id="X2", grant_id="lost", order_id="O1", amount_fen=100),
        ReturnedGoods(refund_id="R1", order_id="O1", lines=(ReturnedLine(line=1, quantity=1),)),
    ]
    for number, body in enumerate(told):
        till.keep(event(f"e{number}", body))
    learned = StyleCard(edits=4, habits=(Habit(trait=Trait.LAST_END, value="～", times=4, of=4),))
    with database.begin() as tx:
        styles.keep(tx, CORP, "lin", learned, NOW)
        styles.erase(tx, CORP, "chen", NOW)


def rows(database: Database) -> dict[str, list[dict[str, object]]]:
    with database.read() as tx:
        return {one.label: list(ledgers.rows(tx, CORP, one)) for one in Ledger}


def test_the_ledgers_come_back_and_go_on(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        service.ingest([small_shop(tmp_path / "shop")])
        sell(service)
        before = rows(service.database)
        assert all(before[one.label] for one in (*SOLD, Ledger.STYLES) if one is not Ledger.COUNTS)
        exported = export_everything(service.database, CORP, tmp_path / "out", service.clock)
        assert exported.counts["发出的券"] == 2
        other.ingest([tmp_path / "out"])
        back = restore_beside(other.database, CORP, tmp_path / "out", NOW)
        assert (back.ledger_rows, back.in_the_way) == (sum(map(len, before.values())), 0)
        assert rows(other.database) == before
        assert other.granted.audit() == ()
        # what was told before is known, and the story goes on where it stood
        till = open_till(other)
        lines = (SoldLine(sku="A1", quantity=2, amount_fen=20000),)
        again = SoldOrder(
            order_id="O1", customer_id="C1", store_id="S1", guide="lin", ordered_at=NOW, paid_fen=16000, lines=lines
        )
        till.keep(event("e0", again))
        assert rows(other.database) == before
        till.keep(event("e9", ReturnedGoods(refund_id="R2", order_id="O1", lines=(ReturnedLine(line=1, quantity=1),))))
        assert other.granted.audit() == ()
        assert [one.paid_fen for one in other.granted.of("C1")] == [0]


def test_ledgers_with_a_history_of_their_own_are_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as service, opened(tmp_path / "two") as other:
        service.ingest([small_shop(tmp_path / "shop")])
        sell(service)
        export_everything(service.database, CORP, tmp_path / "out", service.clock)
        given(other.database, "another")
        before = rows(other.database)
        back = restore_beside(other.database, CORP, tmp_path / "out", NOW)
        assert (back.ledger_rows, back.in_the_way) == (0, sum(map(len, before.values())))
        assert rows(other.database) == before


def test_the_command_says_what_it_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "one") as service:
        service.ingest([small_shop(tmp_path / "shop")])
        sell(service)
        export_everything(service.database, CORP, tmp_path / "out", service.clock)
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    run = CliRunner()
    assert run.invoke(app, ["migrate"]).exit_code == 0
    first = run.invoke(app, ["restore", str(tmp_path / "out")]).output
    assert "券和收银的账" in first
    assert "没有写入" not in first
    assert "没有写入" in run.invoke(app, ["restore", str(tmp_path / "out")]).output.replace("\n", "")
