"""Versions of scripts: what is served, who may decide, and what stays of it."""

from datetime import UTC, datetime

import pytest

from assistant.errors import NotFound
from assistant.shop import Citation, Manner, Scene, Script, Stage
from assistant.store import material, revisions
from assistant.store.database import Database, Transaction
from assistant.store.revisions import Decided, Revision, RevisionNoun, RevisionOrigin, RevisionStatus
from assistant.store.tables import corp

NOW = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
SCRIPT = RevisionNoun.SCRIPT


def a_script(script_id: str = "SC1", text: str = "【客户称呼】您好", version: int = 3) -> Script:
    return Script(
        script_id=script_id,
        title="问候",
        stage=Stage.GREETING,
        scene=Scene.PRIVATE,
        manner=Manner.WARM,
        text=text,
        version=version,
        cited=Citation(document_id="d", title="话术.xlsx", version=version, place="第2行"),
    )


@pytest.fixture
def tx(database: Database):  # type: ignore[no-untyped-def]
    with database.begin() as opened:
        opened.execute(
            corp.insert().values(
                corp_id="corp", brand="云屿", tiers=[], shipping_fen=0, lapsed_after_days=90, material_version=1
            )
        )
        new = material.replace_source(opened, "corp", "shop:x", "话术.xlsx", "sha", NOW)
        material.add_scripts(opened, "corp", new.source_id, [a_script(), a_script("SC2")])
        yield opened


def propose(tx: Transaction, script: Script, by: str = "Guide1") -> Revision:
    return revisions.propose(
        tx, "corp", SCRIPT, script.script_id, script.model_dump(mode="json"),
        origin=RevisionOrigin.EDITS, by=by, moment=NOW,
    )  # fmt: skip


def publish(tx: Transaction, made: Revision, by: str = "HQ", seen: int = 0) -> Decided:
    return revisions.publish(tx, "corp", SCRIPT, made.revision_id, by=by, moment=NOW, note="", seen=seen)


def served(tx: Transaction) -> dict[str, Script]:
    return {one.script_id: one for one in material.scripts(tx, "corp")}


def test_a_proposal_changes_nothing_until_somebody_else_publishes_it(tx: Transaction) -> None:
    made = propose(tx, a_script(text="【客户称呼】下午好"))
    assert (made.version, made.status, served(tx)["SC1"].text) == (4, RevisionStatus.PROPOSED, "【客户称呼】您好")
    assert publish(tx, made, by="guide1") is Decided.OWN
    assert publish(tx, made) is Decided.DONE
    now = served(tx)["SC1"]
    assert (now.text, now.version, now.cited.title, now.cited.place) == ("【客户称呼】下午好", 4, "话术库", "SC1 第4版")
    facts = material.corp_facts(tx, "corp")
    assert facts is not None
    assert facts.material_version == 2


def test_the_second_decision_finds_it_decided(tx: Transaction) -> None:
    made = propose(tx, a_script(text="【客户称呼】下午好"))
    assert publish(tx, made) is Decided.DONE
    assert publish(tx, made, by="region1") is Decided.ALREADY
    late = revisions.refuse(tx, "corp", SCRIPT, made.revision_id, by="region1", moment=NOW, note="不合适", seen=0)
    assert late is Decided.ALREADY
    assert revisions.one(tx, "corp", SCRIPT, made.revision_id).reviewed_by == "hq"


def test_whoever_saves_on_an_older_text_is_told(tx: Transaction) -> None:
    made = propose(tx, a_script(text="一"))
    first = a_script(text="二").model_dump(mode="json")
    assert revisions.change(tx, "corp", SCRIPT, made.revision_id, first, seen=0)
    assert not revisions.change(tx, "corp", SCRIPT, made.revision_id, first, seen=0)
    assert publish(tx, made, seen=0) is Decided.ALREADY
    assert publish(tx, made, seen=1) is Decided.DONE
    assert served(tx)["SC1"].text == "二"


def test_a_new_version_makes_the_old_one_history_and_it_can_come_back(tx: Transaction) -> None:
    first, second = propose(tx, a_script(text="一")), propose(tx, a_script(text="二"))
    publish(tx, first)
    publish(tx, second)
    statuses = [one.status for one in revisions.of_record(tx, "corp", SCRIPT, "SC1")]
    assert statuses == [RevisionStatus.PUBLISHED, RevisionStatus.SUPERSEDED]
    again = revisions.roll_back(tx, "corp", SCRIPT, first.revision_id, by="HQ", moment=NOW, note="二不好")
    assert (again.version, served(tx)["SC1"].text) == (6, "一")
    with pytest.raises(NotFound):
        revisions.roll_back(tx, "corp", SCRIPT, again.revision_id, by="HQ", moment=NOW, note="")


def test_a_withdrawn_one_is_gone_also_when_its_file_is_read_again(tx: Transaction) -> None:
    body = served(tx)["SC1"].model_dump(mode="json")
    revisions.withdraw(tx, "corp", SCRIPT, "SC1", body, by="HQ", moment=NOW, note="过时了")
    assert set(served(tx)) == {"SC2"}
    new = material.replace_source(tx, "corp", "shop:x", "话术.xlsx", "sha2", NOW)
    material.add_scripts(tx, "corp", new.source_id, [a_script(text="新的"), a_script("SC2")])
    assert set(served(tx)) == {"SC2"}
    assert revisions.back_to_file(tx, "corp", SCRIPT, "SC1")
    assert served(tx)["SC1"].text == "新的"


def test_a_wholly_new_one_is_served_beside_the_files(tx: Transaction) -> None:
    publish(tx, propose(tx, a_script("N1", version=0)))
    assert served(tx)["N1"].version == 1
    assert set(served(tx)) == {"N1", "SC1", "SC2"}


def test_another_corps_version_is_not_found(tx: Transaction) -> None:
    made = propose(tx, a_script())
    with pytest.raises(NotFound):
        revisions.one(tx, "other", SCRIPT, made.revision_id)
    with pytest.raises(NotFound):
        revisions.one(tx, "corp", RevisionNoun.COUPON, made.revision_id)


def test_what_people_put_in_a_files_place_is_called_by_its_new_title(tx: Transaction) -> None:
    publish(tx, propose(tx, a_script().model_copy(update={"title": "晚上好"})))
    publish(tx, propose(tx, a_script("N1", version=0).model_copy(update={"title": "全新的"})))
    wanted = ("SC1", "SC2", "N1", "gone")
    assert material.script_titles(tx, "corp", wanted) == {"SC1": "晚上好", "SC2": "问候", "N1": "全新的"}
