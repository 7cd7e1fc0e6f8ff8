"""The narrow rows beside a turn: written with it, kept up with every word on it, gone with it, made anew for old ones."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from assistant.scoring.summing import LeanKind
from assistant.shop import CouponKind, Manner
from assistant.store import summaries, tables, turns
from assistant.store.database import Database
from assistant.store.summaries import LeanCount
from assistant.turn import (
    Action,
    ActionKind,
    AppliedCoupon,
    BasketLine,
    Draft,
    Evidence,
    EvidenceKind,
    Finding,
    Hit,
    Message,
    Offer,
    Outcome,
    Reason,
    RefusalReason,
    ReplyKind,
    Sentence,
    TurnRecord,
    Verdict,
)
from knowledge.passage import DocumentKind, Passage
from tests.store.making import CORP, NOW, converse, record, write

POLICY = "签收七天内可退。"
TEXT = "晨露面霜298元，用面霜券268元，七天内可退。"


def turn(
    database: Database, number: int = 1, *, question: str = "想要晨露面霜，能退吗", at: datetime = NOW
) -> TurnRecord:
    """A turn whose first draft leans on everything there is, with a cut second and a held third one."""
    found = record(f"T{number:012d}", converse(database, f"m{number}"))
    finding = Finding(reason=Reason.ABSOLUTE_TERM, rule="第九条", span="最好", remedy="去掉")
    full = Draft(
        manner=Manner.WARM,
        sentences=(Sentence(text=TEXT, evidence=("D1", "O1", "T1", "P1")),),
        skus=("SKU1",),
        coupon_ids=("CP1",),
        script_ids=("SC1",),
    )
    return found.model_copy(
        update={
            "messages": (Message(message_id="m", text=question, received_at=at - timedelta(milliseconds=1500)),),
            "started_at": at - timedelta(milliseconds=900),
            "finished_at": at,
            "hits": tuple(
                Hit(
                    passage=Passage(
                        id=f"p{n}",
                        document_id="doc",
                        title="退换",
                        version=1,
                        kind=DocumentKind.POLICY,
                        place="一",
                        text=text,
                    ),
                    score=0.9,
                )
                for n, text in enumerate((POLICY, "换货要带小票。"))
            ),
            "evidence": (
                Evidence(id="D1", kind=EvidenceKind.PASSAGE, subject="doc", text=f"《退换》：{POLICY}", place="一"),
                Evidence(id="O1", kind=EvidenceKind.OFFER, subject="offer", text="券后268元"),
                Evidence(id="T1", kind=EvidenceKind.SCRIPT, subject="SC1", text="话术"),
                Evidence(id="P1", kind=EvidenceKind.PRODUCT, subject="SKU1", text="298元"),
                Evidence(id="P2", kind=EvidenceKind.PRODUCT, subject="SKU2", text="没有用上"),
            ),
            "offer": Offer(
                lines=(BasketLine(sku="SKU1", name="晨露面霜", category="面霜", unit_fen=29800),),
                total_fen=29800,
                pay_fen=26800,
                saving_fen=3000,
                applied=(
                    AppliedCoupon(
                        coupon_id="CP1", name="面霜券", kind=CouponKind.THRESHOLD, saving_fen=3000, terms="满250"
                    ),
                ),
                why="省30元",
                decided_at=at,
                rules_version="r",
            ),
            "verdicts": (
                Verdict(outcome=Outcome.PASS, draft=full),
                Verdict(
                    outcome=Outcome.TRIMMED,
                    findings=(finding,),
                    draft=Draft(manner=Manner.BRIEF, sentences=(Sentence(text="面霜298元。"),), skus=("SKU1",)),
                ),
                Verdict(
                    outcome=Outcome.HELD, findings=(finding, finding), draft=Draft(manner=Manner.EXPERT, sentences=())
                ),
            ),
            "reply": found.reply.model_copy(update={"kind": ReplyKind.DRAFTS}),
        }
    )


def act(database: Database, turn_id: str, kind: ActionKind, **more: object) -> None:
    with database.begin() as tx:
        turns.add_action(tx, turn_id, Action.model_validate({"kind": kind, "at": NOW, **more}))


def rows(database: Database, table: str) -> list[tuple[object, ...]]:
    with database.read() as tx:
        found = getattr(tables, table)
        return sorted(tuple(row) for row in tx.execute(select(found)))


def summary(database: Database) -> dict[str, object]:
    with database.read() as tx:
        return dict(tx.execute(select(tables.turn_summary)).one()._mapping)


def words(database: Database) -> set[str]:
    with database.read() as tx:
        return set(tx.execute(select(tables.turn_word.c.word)).scalars())


def test_a_turn_is_summed_up_as_it_is_written(database: Database) -> None:
    write(database, turn(database, at=datetime.fromisoformat("2026-11-22T16:30:00+00:00")))
    found = summary(database)
    assert found["day"] == date(2026, 11, 23), "the day is Shanghai's"
    assert (found["draft_count"], found["trimmed_count"], found["held_count"], found["cut_claims"]) == (2, 1, 1, 3)
    assert (found["verdict"], found["first_draft_ms"], found["suggests_coupon"]) == ("cut", 1500, True)
    assert (found["action"], found["action_at"], found["refusal"], found["edit_share"]) == ("", None, "", None)
    assert isinstance(found["score"], float)
    assert {(kind, ref) for _, kind, ref, *_ in rows(database, "turn_lean")} == {
        ("document", "doc"),
        ("passage", "p0"),
        ("script", "SC1"),
        ("coupon", "CP1"),
        ("product", "SKU1"),
    }


@pytest.mark.parametrize(
    ("kind", "verdict"), [("ask", "asked"), ("abstain", "abstained"), ("held", "held"), ("inform", "none")]
)
def test_a_turn_without_drafts_leans_on_nothing(database: Database, kind: str, verdict: str) -> None:
    one = turn(database)
    write(database, one.model_copy(update={"reply": one.reply.model_copy(update={"kind": ReplyKind(kind)})}))
    found = summary(database)
    assert (found["verdict"], found["draft_count"], found["first_draft_ms"]) == (verdict, 0, None)
    assert rows(database, "turn_lean") == []


def test_the_latest_word_is_kept_up(database: Database) -> None:
    one = turn(database)
    write(database, one)
    before = summary(database)["score"]
    act(database, one.turn_id, ActionKind.REFUSED, reason=RefusalReason.TONE)
    found = summary(database)
    assert (found["action"], found["refusal"]) == ("refused", "tone")
    assert found["score"] != before
    with database.read() as tx:
        assert summaries.counts(tx, CORP, None, LeanKind.SCRIPT, None) == {"SC1": LeanCount(1, 0, 0, 0, 1)}
    sent = TEXT.replace("面霜券", "小礼物").replace("298", "299")
    act(database, one.turn_id, ActionKind.EDITED, choice=1, sent_text=sent, similarity=0.8)
    found = summary(database)
    assert (found["action"], found["refusal"], found["similarity"]) == ("edited", "", 0.8)
    assert found["edit_distance"] == 4
    assert found["edit_share"] == pytest.approx(4 / len(TEXT))
    assert {"小礼", "礼物"} <= words(database)
    with database.read() as tx:
        scripts = summaries.counts(tx, CORP, None, LeanKind.SCRIPT, None)
        coupons = summaries.counts(tx, CORP, None, LeanKind.COUPON, None)
    assert scripts == {"SC1": LeanCount(1, 1, 0, 1, 0)}
    assert coupons == {"CP1": LeanCount(1, 0, 0, 1, 0)}, "she took the coupon's name out: it was not sent"


def test_the_second_draft_leans_on_less(database: Database) -> None:
    one = turn(database)
    write(database, one)
    act(database, one.turn_id, ActionKind.ACCEPTED, choice=2, sent_text="面霜298元。", similarity=1.0)
    with database.read() as tx:
        assert summaries.counts(tx, CORP, None, LeanKind.PRODUCT, None)["SKU1"].sent == 1
        assert summaries.counts(tx, CORP, None, LeanKind.SCRIPT, None)["SC1"].sent == 0


def test_who_leaned_on_a_document_newest_first_and_only_in_these_stores(database: Database) -> None:
    for number in range(1, 5):
        one = turn(database, number, at=NOW + timedelta(hours=number))
        write(database, one.model_copy(update={"store_id": "S1" if number < 4 else "S9"}))
    with database.read() as tx:

        def found(stores: frozenset[str] | None, since: datetime | None, limit: int = 9, ref: str = "doc") -> list[str]:
            lines = summaries.leaned_on(tx, CORP, stores, LeanKind.DOCUMENT, ref, since, limit)
            return [line.turn_id[-1] for line in lines]

        assert found(None, None) == ["4", "3", "2", "1"]
        assert found(None, None, 2) == ["4", "3"]
        assert found(frozenset({"S1"}), NOW + timedelta(hours=2)) == ["3", "2"]
        assert found(frozenset(), None) == []
        assert found(None, None, ref="other") == []
        assert summaries.counts(tx, CORP, None, LeanKind.DOCUMENT, None, NOW + timedelta(hours=3))["doc"].turns == 2
        assert summaries.counts(tx, "other", None, LeanKind.DOCUMENT, None) == {}
        assert summaries.counts(tx, CORP, None, LeanKind.DOCUMENT, None, refs=["x"]) == {}


def test_words_hold_no_number_by_which_somebody_is_found(database: Database) -> None:
    asked = "沈姐 138 1234 5678 或13912345678，卡号6222-0211-0000，护手霜套装 SPF50 满300减40"
    write(database, turn(database, question=asked))
    found = words(database)
    assert {"护手", "手霜", "霜套", "套装", "spf50", "300", "40"} <= found
    assert not [word for word in found if any(part in word for part in ("1381", "5678", "139", "6222", "0211"))]


@pytest.mark.parametrize("table", ["turn_summary", "turn_lean", "turn_word", "turn_rating", "kept_case"])
def test_everything_goes_with_its_turn(database: Database, table: str) -> None:
    one = turn(database)
    write(database, one)
    with database.begin() as tx:
        tx.execute(
            tables.turn_rating.insert().values(
                turn_id=one.turn_id,
                rated_by="hq",
                corp_id=CORP,
                marks={},
                automatic={},
                note="",
                rated_at=NOW,
                changes=1,
            )
        )
        tx.execute(
            tables.kept_case.insert().values(turn_id=one.turn_id, corp_id=CORP, reason="", kept_by="hq", kept_at=NOW)
        )
    assert rows(database, table)
    with database.begin() as tx:
        tx.execute(delete(tables.turn).where(tables.turn.c.turn_id == one.turn_id))
    assert rows(database, table) == []


def test_turns_from_before_are_filled_in_once_and_just_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "FILLED_AT_ONCE", 2)
    written = [turn(database, number, at=NOW + timedelta(hours=number)) for number in range(1, 6)]
    write(database, *written)
    act(database, written[0].turn_id, ActionKind.EDITED, choice=1, sent_text="换一句。", similarity=0.3)
    tables_of = ("turn_summary", "turn_lean", "turn_word")
    before = {name: rows(database, name) for name in tables_of}
    with database.begin() as tx:
        summaries.forget(tx, [one.turn_id for one in written])
    assert all(rows(database, name) == [] for name in tables_of)
    told: list[tuple[int, int]] = []
    assert summaries.fill_missing(database, turns.read, lambda done, of: told.append((done, of))) == 5
    assert {name: rows(database, name) for name in tables_of} == before
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert summaries.fill_missing(database, turns.read) == 0


def test_filling_stops_when_told_and_goes_on_later(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "FILLED_AT_ONCE", 2)
    written = [turn(database, number) for number in range(1, 6)]
    write(database, *written)
    with database.begin() as tx:
        summaries.forget(tx, [one.turn_id for one in written])
    asked: list[int] = []

    def after_one_part() -> bool:
        asked.append(1)
        return len(asked) > 1

    assert summaries.fill_missing(database, turns.read, stop=after_one_part) == 2
    assert summaries.fill_missing(database, turns.read) == 3
