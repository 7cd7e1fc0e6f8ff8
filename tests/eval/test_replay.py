"""Replaying on the real sample shop: this version passes the gate, a broken one does not, and the same is the same."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from assistant.seams import Wanted as Searched
from assistant.turn import Hit, ReplyKind
from eval.cases.case import Case, Split
from eval.cases.packs import WORKING_SPLITS, Chosen, choose, read_packs
from eval.cases.reading import BadCase
from eval.counting.outcome import TurnOutcome, outcomes_of, read_outcomes
from eval.gating.gate import BASELINE, OK, GateFile, conclude, read_gate
from eval.replaying.folder import TURNS, RunFolder
from eval.replaying.house import House, Material, houses_folder, opened
from eval.replaying.replay import replay
from eval.replaying.spread import pieces, spread
from eval.reporting.text import as_text
from eval.running import Ran, Wanted, again, run

QUIET = Console(quiet=True)
FEW = ("001", "036", "044")


def beauty(*only: str) -> list[Chosen]:
    return list(choose(read_packs(), WORKING_SPLITS, names=["beauty"], only=only))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    (one, *_) = beauty("001")
    with opened(Material(one.pack.shop, one.pack.day, {}), houses_folder()) as open_house:
        yield open_house


def passes(ran: Ran, rules: GateFile, baseline: Sequence[TurnOutcome]) -> None:
    """The gate lets it through. What a busy machine changes is no matter of right and wrong; make bench measures it."""
    outcomes = outcomes_of(ran.results, ran.manifest.packs)
    decided = {
        pack: {check: share for check, share in least.items() if check not in rules.measured}
        for pack, least in rules.least.items()
    }
    conclusion = conclude(outcomes, rules.model_copy(update={"least": decided}), baseline)
    assert conclusion.code == OK, "\n".join((as_text(ran.manifest, ran.results), *conclusion.reasons))
    assert {one.case for one in outcomes} >= {one.case for one in baseline}


@pytest.fixture(scope="module")
def sixth(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Every sixth case of every pack that needs no house of its own, and the few that are looked at one by one."""
    alike = [one.case.id for one in choose(read_packs(), WORKING_SPLITS) if not one.case.given]
    wanted = Wanted(WORKING_SPLITS, only=(*sorted({one[:3] for one in alike})[::6], *FEW, "018"), workers=1)
    return run(wanted, tmp_path_factory.mktemp("run") / "sixth", QUIET)


def test_a_sixth_of_the_cases_is_answered_as_well_as_it_was(sixth: Ran) -> None:
    asked = {one.name for one in sixth.results}
    before = [one for one in read_outcomes(BASELINE) if one.case in asked]
    assert len(before) > 80
    # a share of a sixth may lie below what the whole has to reach
    passes(sixth, read_gate().model_copy(update={"least": {}}), before)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_this_version_passes_its_own_gate(tmp_path: Path) -> None:
    whole = run(Wanted(WORKING_SPLITS, workers=2), tmp_path / "whole", QUIET)
    passes(whole, read_gate(), read_outcomes(BASELINE))


def test_a_search_that_finds_nothing_is_caught_and_named(house: House, sixth: Ran) -> None:
    def blind(wanted: Searched) -> tuple[Hit, ...]:
        return ()

    broken = House.__new__(House)
    broken.__dict__.update(house.__dict__)
    broken.service = replace(house.service, handling=replace(house.service.handling, search=blind))
    known = {one.name for one in sixth.results}
    asked = [one for one in beauty() if one.name in known and any(turn.expect.passages for turn in one.case.turns)]
    names = {one.name for one in asked}
    now = outcomes_of([result for one in asked for result in replay(broken, one)], sixth.manifest.packs)
    before = [one for one in outcomes_of(sixth.results, sixth.manifest.packs) if one.case in names]
    conclusion = conclude(now, read_gate().model_copy(update={"least": {}}), before)
    assert not conclusion.may_go
    assert any("检索命中由对变错" in reason for reason in conclusion.reasons)
    assert ("意图", "问政策") in {(one.tag, one.value) for one in conclusion.blames}


def test_the_same_case_gives_the_same_record_to_the_byte_in_any_order(house: House) -> None:
    cases = beauty(*FEW)
    one_way = {(one.name, one.number): one.fingerprint for case in cases for one in replay(house, case)}
    other_way = {(one.name, one.number): one.fingerprint for case in reversed(cases) for one in replay(house, case)}
    assert one_way == other_way


def test_the_clock_of_a_case_is_the_clock_of_its_records(house: House) -> None:
    (chosen,) = beauty("020")
    later = Case.model_validate({**chosen.case.model_dump(), "clock": "2026-12-25T18:00"})
    (result,) = replay(house, replace(chosen, case=later))
    assert result.record.started_at.isoformat() == "2026-12-25T10:00:00+00:00"
    before = next(iter(replay(house, chosen)))
    assert before.record.offer != result.record.offer, "a coupon that has ended by Christmas is still applied"


def test_given_rows_stand_before_the_shops_own() -> None:
    (chosen,) = beauty("036")
    own = next(iter(spread([(chosen, 0)], houses_folder(), workers=1)))[0].record
    read = {one.subject: one.text for one in own.evidence if one.kind == "stock"}
    sku = next(iter(read))
    given = {"库存": ({"门店编码": own.store_id, "商品编码": sku, "库存数量": "7", "盘点时间": "2026-11-22 09:00"},)}
    changed = replace(chosen, case=chosen.case.model_copy(update={"given": given}))
    now = next(iter(spread([(changed, 0)], houses_folder(), workers=1)))[0].record
    assert read[sku] != next(one.text for one in now.evidence if one.kind == "stock" and one.subject == sku)


def test_cases_with_the_same_rows_share_a_house() -> None:
    one, other, third = beauty(*FEW)[:3]
    given = {"库存": ({"门店编码": "S001", "商品编码": "A", "库存数量": "1", "盘点时间": "2026-11-22"},)}
    both = [replace(case, case=case.case.model_copy(update={"given": given})) for case in (one, other)]
    found = pieces([(case, 0) for case in (*both, third)])
    assert sorted(len(piece.cases) for piece in found) == [1, 2]


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    wanted = Wanted(WORKING_SPLITS, packs=("beauty",), only=FEW, workers=1)
    first = run(wanted, tmp_path / "run", QUIET)
    path = tmp_path / "run" / TURNS
    lines = path.read_bytes().splitlines(keepends=True)
    # killed in the middle of writing the second case's first turn
    path.write_bytes(b"".join(lines[: len(first.results) - 2]) + lines[-1][:40])
    kept = len(RunFolder(tmp_path / "run").results())
    assert 0 < kept < len(first.results)
    gone_on = run(wanted, tmp_path / "run", QUIET, resume=True)
    assert [one.fingerprint for one in gone_on.results] == [one.fingerprint for one in first.results]
    with pytest.raises(BadCase, match="题目"):
        run(replace(wanted, only=FEW[:2]), tmp_path / "run", QUIET, resume=True)
    with pytest.raises(BadCase, match="--resume"):
        run(wanted, tmp_path / "run", QUIET)


def test_an_earlier_run_is_reproduced_byte_for_byte_and_a_forged_one_is_not(sixth: Ran, tmp_path: Path) -> None:
    few = tuple(one for one in sixth.results if one.pack == "beauty" and one.case.id.startswith(FEW))
    found = again(replace(sixth, results=few), tmp_path, QUIET, workers=1)
    assert (found.same, found.other) == (len(few), ())
    reply = few[0].record.reply.model_copy(update={"kind": ReplyKind.ABSTAIN})
    forged = few[0].model_copy(update={"record": few[0].record.model_copy(update={"reply": reply})})
    found = again(replace(sixth, results=(forged, *few[1:])), tmp_path / "forged", QUIET, workers=1)
    assert found.other == (f"{forged.name}#1",)


def test_two_processes_write_what_one_does(tmp_path: Path) -> None:
    every = [(one, 0) for one in beauty(*FEW)]
    alone = {one.name: one.fingerprint for results in spread(every, houses_folder(), workers=1) for one in results}
    shared = {one.name: one.fingerprint for results in spread(every * 2, houses_folder(), workers=2) for one in results}
    assert alone == shared


def test_the_test_split_asks_for_a_reason(tmp_path: Path) -> None:
    with pytest.raises(BadCase, match="--why"):
        run(Wanted((Split.TEST,)), tmp_path / "run", QUIET)


def test_a_case_comes_through_wecom_as_it_does_in_process(sixth: Ran, tmp_path: Path) -> None:
    wanted = Wanted(WORKING_SPLITS, packs=("beauty",), only=("018",), on_wire=True)
    wired = run(wanted, tmp_path / "wire", QUIET)
    assert wired.manifest.through == "wecom"
    inside = {(one.name, one.number): one.record for one in sixth.results}
    assert len(wired.results) == len(beauty("018")[0].case.turns)
    for one in wired.results:
        record = inside[one.name, one.number]
        assert one.record.channel == "wecom"
        assert [verdict.draft.text for verdict in one.record.verdicts] == [
            verdict.draft.text for verdict in record.verdicts
        ]
        assert one.record.offer == record.offer or one.record.offer.applied == record.offer.applied  # type: ignore[union-attr]
