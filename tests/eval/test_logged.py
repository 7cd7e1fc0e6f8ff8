"""Logged turns come out alike with the version that made them, and part where a version differs."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.app import build
from assistant.seams import Wanted
from assistant.settings import Settings
from assistant.turn import Hit, TurnRecord
from eval.cases.packs import WORKING_SPLITS, choose, read_packs
from eval.replaying.house import SAMPLE_CORP, Material, houses_folder, opened
from eval.replaying.logged import Part, Parted, as_text, opened_log, replay_log

TALKS = ("001", "018", "038", "049", "053")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a few conversations were held, each a channel of its own."""
    import shutil

    from eval.replaying.house import StandingClock, prepared

    chosen = choose(read_packs(), WORKING_SPLITS, names=["beauty"], only=TALKS)
    folder = tmp_path_factory.mktemp("lived") / "house"
    material = Material(chosen[0].pack.shop, chosen[0].pack.day, {})
    shutil.copytree(prepared(material, houses_folder()), folder)
    clock = StandingClock(material.day)
    service = build(settings_of(folder), clock=clock)
    for one in chosen:
        for turn in one.case.turns:
            service.converse(one.case.guide, turn.guide, channel=f"eval-{one.case.id}")
            clock.forward()
    service.close()
    return folder


def settings_of(folder: Path) -> Settings:
    return Settings.model_validate({"data_dir": folder, "corp_id": SAMPLE_CORP, "quiet_seconds": 0})


def test_the_version_that_made_them_makes_them_again(lived_in: Path) -> None:
    with opened_log(settings_of(lived_in)) as service:
        records = tuple(service.export_turns())
        found = tuple(replay_log(service, records))
    assert len(found) == len(TALKS)
    assert [one.part for one in found] == [None] * len(TALKS), as_text(found)
    assert sum(one.same for one in found) == len(records)


def test_a_conversation_is_left_where_the_paths_part(lived_in: Path) -> None:
    def blind(wanted: Wanted) -> tuple[Hit, ...]:
        return ()

    with opened_log(settings_of(lived_in)) as service:
        records = tuple(service.export_turns())
        broken = replace(service, handling=replace(service.handling, search=blind))
        found = {one.conversation_id: one for one in replay_log(broken, records)}
    parted = next(one for name, one in found.items() if "038" in name)
    assert parted.part is Part.HITS
    assert parted.same + 1 + parted.left == sum("038" in one.conversation_id for one in records)
    told = as_text(tuple(found.values()))
    assert "找到的资料不同" in told
    assert "当时：" in told


def test_nothing_is_written_by_looking(lived_in: Path) -> None:
    def turns() -> tuple[TurnRecord, ...]:
        with opened_log(settings_of(lived_in)) as service:
            return tuple(service.export_turns())

    before = turns()
    with opened_log(settings_of(lived_in)) as service:
        list(replay_log(service, before))
    assert turns() == before


def test_changed_material_is_told() -> None:
    chosen = choose(read_packs(), WORKING_SPLITS, names=["beauty"], only=["001"])[0]
    with opened(Material(chosen.pack.shop, chosen.pack.day, {}), houses_folder()) as house:
        house.reset(chosen.pack.day)
        record = house.service.converse(chosen.case.guide, chosen.case.turns[0].guide, channel="eval")
    told = as_text([Parted("c", 0, 1, Part.DRAFTS, record, record, material_changed=True)])
    assert "1 段的资料后来改过" in told
