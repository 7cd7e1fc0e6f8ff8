"""The room of trials: planned before it begins, told honestly while it runs, put into use by somebody else."""

from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import insert

from assistant.scoring.trials import TrialOutcome
from assistant.shop import Manner, Stage
from assistant.store import experiments, material, revisions, tables
from assistant.store.audit import entries
from assistant.store.database import Transaction
from assistant.store.revisions import Revision, RevisionNoun, RevisionStatus
from assistant.turn import ActionKind, Arm
from knowledge.passage import Scope, ScopeLevel
from tests.console.scripting import a_script, furnish, post, propose
from tests.console.shop import CORP, NOW, XSS, Shop, act, add_turn

STORE = Scope(level=ScopeLevel.STORE, id="S1")
NEWER = a_script(text="【客户称呼】，【产品名】现在【价格】，用【优惠券】券只要【券后价】。")


@pytest.fixture
def known(shop: Shop) -> Shop:
    """A shop whose script was shown to 60 customers in the last ten days, and taken as it stood for half of them."""
    furnish(shop, [a_script(), a_script("SC2", NEWER.text), a_script("SX", stage=Stage.CARE), *_elsewhere()])
    for number in range(60):
        made = add_turn(shop, number + 1, customer_id=f"C{number}", ago=timedelta(hours=4 * number + 1))
        act(shop, made, ActionKind.ACCEPTED if number % 2 else ActionKind.REFUSED)
    return shop


def _elsewhere() -> list[object]:
    return [a_script("S3", scope=Scope(level=ScopeLevel.STORE, id="S3")), a_script("BRIEF", manner=Manner.BRIEF)]


def start(shop: Shop, rival: str, who: str = "HQ", **changed: str) -> Response:
    form = {"script": "SC1", "rival": rival, "effect": "30", "weeks": "8", "read": "1"} | changed
    return post(shop.browser(who), "/console/experiments", **form)


def proposed(shop: Shop, by: str = "region1") -> Revision:
    return propose(shop, NEWER, by)


def begun(shop: Shop, by: str = "region1") -> tuple[str, Revision]:
    """A trial of the served version against a proposed one, begun by headquarters."""
    version = proposed(shop, by)
    answer = start(shop, f"rev:{version.revision_id}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("experiments/")[2].partition("?")[0], version


def answer(shop: Shop, experiment_id: str, taken: dict[Arm, float], number: int = 120) -> None:
    """So many customers on either side, of whom such a share took it."""
    with shop.database.begin() as tx:
        for place in range(2 * number):
            arm = Arm.A if place % 2 else Arm.B
            rank = place // 2
            is_taken = int((rank + 1) * taken[arm]) > int(rank * taken[arm])
            outcome = TrialOutcome.ACCEPTED if is_taken else TrialOutcome.REFUSED
            _answer(tx, experiment_id, place, arm, outcome)


def _answer(tx: Transaction, experiment_id: str, place: int, arm: Arm, outcome: TrialOutcome) -> None:
    turn = {"turn_id": f"X{place}", "corp_id": CORP, "conversation_id": "c-guide1", "guide_folded": "guide1"}
    turn |= {"store_id": "S1", "customer_id": "", "intent": "price", "reply_kind": "drafts"}
    tx.execute(insert(tables.turn).values(**turn, finished_at=NOW, record={}))
    tx.execute(
        insert(tables.experiment_answer).values(
            experiment_id=experiment_id, turn_id=f"X{place}", at=NOW + timedelta(minutes=place), unit=f"u{place}",
            arm=arm.value, outcome=outcome.value, store_id="S1",
        )
    )  # fmt: skip


def served(shop: Shop) -> dict[str, str]:
    with shop.database.read() as tx:
        return {one.script_id: one.text for one in material.scripts(tx, CORP)}


# ---- planning ----------------------------------------------------------------------------------


def test_the_plan_is_shown_before_anything_begins(known: Shop) -> None:
    version = proposed(known)
    browser = known.browser("HQ")
    assert "报价 SC1" in browser.get("/console/experiments/new?words=SC1").text
    page = browser.get(f"/console/experiments/new?script=SC1&rival=rev:{version.revision_id}&effect=30&weeks=8").text
    assert "50%（最近四周 60 位客户）" in page
    assert "每边 85 位客户" in page
    assert "可以开始" in page
    assert "<del>" in page
    with known.database.read() as tx:
        assert experiments.every(tx, CORP, before="", limit=9) == ()


def test_what_cannot_come_to_an_end_is_refused_with_what_would_help(known: Shop) -> None:
    version = proposed(known)
    slow = start(known, f"rev:{version.revision_id}", effect="10", weeks="2")
    assert slow.status_code == 422
    assert "每边要 1014 位客户" in slow.text
    assert "超过计划的 2 周" in slow.text
    assert "放大想看出的差别" in slow.text
    assert "读一遍" in start(known, f"rev:{version.revision_id}", read="").text
    page = known.browser("HQ").get(
        f"/console/experiments/new?script=SC1&rival=rev:{version.revision_id}&effect=10&weeks=2"
    )
    assert "到期也凑不够，先别开始" in page.text
    assert "开始试用</button>" not in page.text


def test_a_script_nobody_used_cannot_be_tried(shop: Shop) -> None:
    furnish(shop)
    version = proposed(shop)
    refused = start(shop, f"rev:{version.revision_id}")
    assert refused.status_code == 422
    assert "还不到一周" in refused.text


def test_only_what_stands_in_the_same_place_is_offered(known: Shop) -> None:
    page = known.browser("HQ").get("/console/experiments/new?script=SC1").text
    assert 'value="script:SC2"' in page
    for other in ("script:SX", "script:BRIEF", "script:S3", "script:SC1", "file"):
        assert f'value="{other}"' not in page, other
        assert start(known, other).status_code == 404


def test_whoever_wrote_the_new_words_does_not_begin_the_trial(known: Shop) -> None:
    version = proposed(known, "HQ")
    assert start(known, f"rev:{version.revision_id}").status_code == 403
    page = known.browser("HQ").get(f"/console/experiments/new?script=SC1&rival=rev:{version.revision_id}").text
    assert "要由别人来开始" in page


def test_what_the_guard_would_not_let_out_is_tried_on_nobody(known: Shop) -> None:
    bad = propose(known, a_script(text="【客户称呼】，全网最低，【价格】。"))
    refused = start(known, f"rev:{bad.revision_id}")
    assert refused.status_code == 422
    assert "全网最低" in refused.text


def test_a_script_for_everybody_is_tried_by_headquarters_alone(known: Shop) -> None:
    version = proposed(known)
    for who, status in (("manager1", 403), ("auditor", 403), ("admin", 403)):
        assert start(known, f"rev:{version.revision_id}", who).status_code == status
    with known.database.read() as tx:
        assert experiments.every(tx, CORP, before="", limit=9) == ()


def test_one_trial_at_a_time_on_a_script(known: Shop) -> None:
    experiment_id, _ = begun(known)
    again = start(known, "script:SC2")
    assert again.status_code == 409
    assert "同时只能在一次试用里" in again.text
    page = known.browser("HQ").get("/console/experiments/new?script=SC1&rival=script:SC2&effect=30&weeks=8").text
    assert f"/console/experiments/{experiment_id}" in page


# ---- running -----------------------------------------------------------------------------------


def test_while_nothing_can_be_said_nothing_is_said(known: Shop) -> None:
    experiment_id, _ = begun(known)
    answer(known, experiment_id, {Arm.A: 0.5, Arm.B: 0.5}, 30)
    page = known.browser("HQ").get(f"/console/experiments/{experiment_id}").text
    assert "还不能下结论" in page
    assert "还差约 110 位客户" in page
    assert "用新的</button>" not in page
    refused = post(known.browser("HQ"), f"/console/experiments/{experiment_id}/settle", arm="b")
    assert refused.status_code == 422
    assert served(known)["SC1"] == a_script().text


def test_a_clear_winner_is_put_into_use_by_one_click_and_not_by_its_author(known: Shop) -> None:
    # both answer for everybody the script reaches, and one of them wrote the new words
    with known.database.begin() as tx:
        tx.exec_driver_sql("UPDATE person SET region_id = '' WHERE userid_folded = 'region1'")
    experiment_id, version = begun(known)
    answer(known, experiment_id, {Arm.A: 0.3, Arm.B: 0.7})
    path = f"/console/experiments/{experiment_id}"
    page = known.browser("HQ").get(path).text
    assert "现在停下来是可信的" in page
    assert "导购更愿意直接用「新的」" in page
    author = known.browser("region1")
    assert "要由别人来发布" in author.get(path).text
    assert post(author, f"{path}/settle", arm="b").status_code == 403
    assert served(known)["SC1"] == a_script().text
    done = post(known.browser("HQ"), f"{path}/settle", arm="b")
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=settled")
    assert served(known)["SC1"] == NEWER.text
    late = post(known.browser("HQ"), f"{path}/settle", arm="a")
    assert late.status_code == 409
    with known.database.read() as tx:
        assert revisions.one(tx, CORP, RevisionNoun.SCRIPT, version.revision_id).status is RevisionStatus.PUBLISHED
        assert experiments.open_trials(tx, CORP) == ()
        told = [(one.action.value, one.subject) for one in entries(tx, CORP, limit=3)]
    assert ("stop", f"experiment:{experiment_id}") in told
    assert ("publish", "script:SC1") in told
    assert "选了「新的」" in known.browser("HQ").get(path).text


def test_of_two_scripts_the_loser_is_withdrawn(known: Shop) -> None:
    made = start(known, "script:SC2")
    assert made.status_code == 303, made.text
    experiment_id = made.headers["location"].partition("experiments/")[2].partition("?")[0]
    answer(known, experiment_id, {Arm.A: 0.8, Arm.B: 0.3})
    assert post(known.browser("HQ"), f"/console/experiments/{experiment_id}/settle", arm="a").status_code == 303
    assert "SC2" not in served(known)
    assert served(known)["SC1"] == a_script().text


def test_stopping_early_needs_a_reason_and_serves_the_standing_words(known: Shop) -> None:
    experiment_id, _ = begun(known)
    path = f"/console/experiments/{experiment_id}"
    assert post(known.browser("HQ"), f"{path}/stop", note=" ").status_code == 422
    assert post(known.browser("manager1"), f"{path}/stop", note="不要了").status_code == 403
    assert post(known.browser("HQ"), f"{path}/stop", note="活动换了").status_code == 303
    assert post(known.browser("HQ"), f"{path}/stop", note="再停").status_code == 409
    page = known.browser("HQ").get(path).text
    assert "活动换了" in page
    assert "还用现在的" in page
    with known.database.read() as tx:
        assert experiments.open_trials(tx, CORP) == ()


def test_sides_that_were_not_served_alike_are_not_believed(known: Shop) -> None:
    experiment_id, _ = begun(known)
    with known.database.begin() as tx:
        for place in range(300):
            outcome = TrialOutcome.ACCEPTED if place % 5 == 0 else TrialOutcome.REFUSED
            _answer(tx, experiment_id, place, Arm.B if place % 5 == 0 else Arm.A, outcome)
    page = known.browser("HQ").get(f"/console/experiments/{experiment_id}").text
    assert "两边用到的客户数差得太多" in page
    assert "用新的</button>" not in page


def test_a_script_changed_meanwhile_is_told(known: Shop) -> None:
    experiment_id, version = begun(known)
    with known.database.begin() as tx:
        body = a_script(text="全新的写法。").model_dump(mode="json")
        revisions.withdraw(tx, CORP, RevisionNoun.SCRIPT, "SC1", body, by="HQ", moment=NOW, note="x")
    page = known.browser("HQ").get(f"/console/experiments/{experiment_id}").text
    assert "在试用期间被改过或撤下了" in page
    assert version.revision_id not in page


# ---- who sees what -----------------------------------------------------------------------------


def test_a_trial_of_another_store_looks_like_a_missing_one(known: Shop) -> None:
    with known.database.begin() as tx:
        material.add_scripts(tx, CORP, "src", [a_script("H1", scope=STORE), a_script("H2", NEWER.text, scope=STORE)])
        wanted = experiments.Beginning(
            a_script("H1", scope=STORE), a_script("H2", NEWER.text, scope=STORE), "", "", 0.5, 0.3, 85,
            NOW + timedelta(weeks=2),
        )  # fmt: skip
        made = experiments.begin(tx, CORP, wanted, by="manager1", moment=NOW)
    assert made is not None
    mine, other = known.browser("manager1"), known.browser("manager3")
    assert mine.get(f"/console/experiments/{made.experiment_id}").status_code == 200
    assert made.experiment_id in mine.get("/console/experiments").text
    assert made.experiment_id not in other.get("/console/experiments").text
    theirs, missing = (other.get(f"/console/experiments/{one}") for one in (made.experiment_id, "nothing"))
    assert (theirs.status_code, theirs.content) == (404, missing.content)
    for path in ("stop", "settle"):
        answers = [
            post(other, f"/console/experiments/{one}/{path}", note="x", arm="a")
            for one in (made.experiment_id, "nothing")
        ]
        assert (answers[0].status_code, answers[0].content) == (404, answers[1].content)
    assert post(mine, f"/console/experiments/{made.experiment_id}/stop", note="够了").status_code == 303


def test_an_auditor_reads_and_decides_nothing_and_an_admin_sees_none(known: Shop) -> None:
    experiment_id, _ = begun(known)
    auditor = known.browser("auditor")
    for path in ("", "/new", f"/{experiment_id}"):
        assert auditor.get(f"/console/experiments{path}").status_code == 200
        assert known.browser("admin").get(f"/console/experiments{path}").status_code == 403
    assert "停掉试用</button>" not in auditor.get(f"/console/experiments/{experiment_id}").text
    for path in ("stop", "settle"):
        assert post(auditor, f"/console/experiments/{experiment_id}/{path}", note="x", arm="a").status_code == 403


def test_markup_is_text_and_forms_from_elsewhere_change_nothing(known: Shop) -> None:
    version = propose(known, a_script(text=f"{XSS}【价格】", title=XSS))
    browser = known.browser("HQ")
    page = browser.get(f"/console/experiments/new?script=SC1&rival=rev:{version.revision_id}&words={XSS}").text
    assert "<script>alert" not in page
    made = browser.post(
        "/console/experiments",
        data={"script": "SC1", "rival": f"rev:{version.revision_id}", "effect": "30", "weeks": "8", "read": "1"},
    )
    assert made.status_code == 403


def test_an_empty_list_says_what_it_is_for(shop: Shop) -> None:
    assert "还没有做过对比" in shop.browser("HQ").get("/console/experiments").text
