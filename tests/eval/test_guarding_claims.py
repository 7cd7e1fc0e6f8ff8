"""The claim lock is measured on what the product really writes: enough drafts, false mutants, honest counting."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from assistant.turn import Intent
from eval.guarding.__main__ import app
from eval.guarding.clean import Clean, clean_drafts
from eval.guarding.measuring import ClaimLock, measure_claims
from eval.guarding.mutating import OPERATORS, Mutant, mutants
from eval.guarding.report import shown_claims
from eval.guarding.spot import Spot, Sum
from eval.guarding.words import words

pytestmark = pytest.mark.faults

DRAFTS = 90
MUTANTS = 400

# ``python -m eval.guarding claims`` on 1,501 drafts, when this was written: 98.2 % caught of the train part and 85.7 % of
# the test part, whose wordings nobody mends the guard on; 1.4 % and 0.6 % of the true drafts stopped. On the sample
# here: 98 % and 86 %, none stopped. Raise the first two as the guard gets better.
CAUGHT_AT_LEAST = 0.95
CAUGHT_OF_TEST_AT_LEAST = 0.80
STOPPED_AT_MOST = 0.01


@pytest.fixture(scope="module")
def drafts() -> tuple[Clean, ...]:
    return clean_drafts(DRAFTS)


@pytest.fixture(scope="module")
def measured(drafts: tuple[Clean, ...]) -> ClaimLock:
    return measure_claims(drafts, at_most=MUTANTS)


def test_the_drafts_are_many_different_and_of_all_sorts(drafts: tuple[Clean, ...]) -> None:
    assert len(drafts) >= DRAFTS
    assert len({clean.draft.text for clean in drafts}) == len(drafts)
    assert len({clean.brief.need.intent for clean in drafts}) >= 12
    assert len({clean.brief.desk.store.store_id for clean in drafts}) >= 8
    assert any(clean.brief.customer is not None for clean in drafts)
    assert any(clean.brief.customer is None for clean in drafts)
    assert any(clean.brief.need.intent is Intent.REFINE for clean in drafts)


def test_a_third_is_test_and_stays_so(drafts: tuple[Clean, ...]) -> None:
    of_test = [clean for clean in drafts if clean.is_test]
    assert 0.2 * len(drafts) < len(of_test) < 0.46 * len(drafts)
    twin = Clean("问法不一样", drafts[0].brief, drafts[0].draft, drafts[0].verdict, {})
    assert twin.is_test is drafts[0].is_test


def test_true_drafts_pass(measured: ClaimLock) -> None:
    stopped, whole = measured.train.stopped + measured.test.stopped, measured.train.drafts + measured.test.drafts
    assert whole >= DRAFTS
    assert stopped <= STOPPED_AT_MOST * whole, measured.stops


def test_what_was_made_wrong_is_caught(measured: ClaimLock) -> None:
    assert measured.train.made + measured.test.made == MUTANTS
    assert measured.train.caught_share >= CAUGHT_AT_LEAST, measured.slips[:8]
    assert measured.test.caught_share >= CAUGHT_OF_TEST_AT_LEAST


def test_nearly_every_operator_finds_a_place(measured: ClaimLock) -> None:
    made = {name: measured.train.tally(name).made + measured.test.tally(name).made for name in OPERATORS}
    assert len(OPERATORS) >= 100
    assert sum(count > 0 for count in made.values()) >= 0.75 * len(OPERATORS), made


def test_every_mutant_is_wrong_in_a_way_that_can_be_seen(drafts: tuple[Clean, ...]) -> None:
    made = [mutant for clean in drafts[:30] if clean.passed for mutant in mutants(clean)]
    assert len(made) > 500
    for mutant in made:
        assert mutant.after != mutant.before
        assert not mutant.is_shown_in(mutant.clean.draft.text)
        assert mutant.is_shown_in(mutant.draft.text)
        assert len(mutant.draft.sentences) == len(mutant.clean.draft.sentences)


def test_the_test_part_has_wordings_of_its_own() -> None:
    train, test = words(), words(held_out=True)
    assert set(train.promised) == set(test.promised)
    assert train.turned == test.turned
    for name, promise in train.promised.items():
        assert not set(promise.say) & set(test.promised[name].say)
    assert not set(train.effects) & set(test.effects)
    assert not set(train.invented_products) & set(test.invented_products)
    assert not set(train.stock_promised) & set(test.stock_promised)


def test_the_same_draft_always_makes_the_same_mutants(drafts: tuple[Clean, ...]) -> None:
    clean = next(one for one in drafts if one.passed and len(list(mutants(one))) > 20)
    assert [one.after for one in mutants(clean)] == [one.after for one in mutants(clean)]
    assert [one.after for one in mutants(clean, seed=1)] != [one.after for one in mutants(clean)]


def test_a_wrong_price_is_no_price_of_that_product(drafts: tuple[Clean, ...]) -> None:
    seen = 0
    for clean in drafts:
        for place in range(len(clean.draft.sentences)):
            spot = Spot(clean, place)
            priced = spot.of(Sum.PRICE)
            if len(spot.goods) != 1 or len(priced) != 1 or priced[0].fen != spot.goods[0].price_fen:
                continue
            wrong = [one for one in mutants(clean) if one.operator == "别款的价格" and one.place == place]
            for mutant in wrong:
                seen += 1
                told = mutant.after[priced[0].start :].lstrip("¥")
                assert not told.startswith(f"{spot.goods[0].price_fen / 100:g}"), mutant
    assert seen >= 5


def test_mending_beside_a_cut_does_not_hide_what_slipped(drafts: tuple[Clean, ...]) -> None:
    clean = next(one for one in drafts if one.passed and len(one.draft.sentences) > 1)
    mutant = Mutant("试", clean, 1, "所以它的特点是抹上就白，上脸清爽。")
    assert mutant.is_shown_in("云润保湿面霜的特点是抹上就白，上脸清爽。")
    assert not mutant.is_shown_in("云润保湿面霜的特点是上脸清爽。")
    two = Mutant("试", clean, 1, "适合干皮；用7天见效。")
    assert two.is_shown_in("用7天见效。")
    assert not two.is_shown_in("")


def test_only_sentences_of_the_train_part_are_ever_told(drafts: tuple[Clean, ...], measured: ClaimLock) -> None:
    train = {sentence.text for clean in drafts if not clean.is_test for sentence in clean.draft.sentences}
    assert measured.slips
    assert {slip.before for slip in measured.slips} <= train
    assert {stop.text for stop in measured.stops} <= {clean.draft.text for clean in drafts if not clean.is_test}
    assert len(measured.slips) == measured.train.made - measured.train.caught


def test_the_report_shows_both_parts_and_what_slipped(measured: ClaimLock) -> None:
    page = Console(width=240, file=io.StringIO(), record=True)
    page.print(shown_claims(measured, show=3))
    text = page.export_text()
    assert "训练" in text
    assert "测试" in text
    assert all(name in text for name in OPERATORS)
    assert f"漏过的（训练部分，共 {len(measured.slips):,} 句）" in text
    assert measured.guard_version in text


def test_the_command_prints_and_saves(
    drafts: tuple[Clean, ...], measured: ClaimLock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.guarding.clean.clean_drafts", lambda limit, progress: drafts)
    monkeypatch.setattr("eval.guarding.measuring.measure_claims", lambda written, progress: measured)
    result = CliRunner().invoke(app, ["claims", "--show", "2", "--save", str(tmp_path / "claims.json")])
    assert result.exit_code == 0, result.output
    assert "有据锁" in result.output
    saved = json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))
    assert saved["train"]["drafts"] == measured.train.drafts
    assert len(saved["slips"]) == len(measured.slips)
