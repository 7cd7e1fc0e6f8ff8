"""Questions attached to passages, and the shop's own synonyms."""

from datetime import timedelta

from assistant.store import material, questions, synonyms
from assistant.store.database import Database
from assistant.store.questions import MOST_SERVED, QuestionOrigin, QuestionStatus
from knowledge.passage import DocumentKind, Passage
from tests.store.making import CORP, NOW, source

PASSAGE = Passage(
    id="p1", document_id="d1", title="退换", version=1, kind=DocumentKind.POLICY, place="一", text="签收七天内可退。"
)
OTHER = PASSAGE.model_copy(update={"id": "p2", "text": "积分满一百可抵一元。"})


def served(database: Database, *passages: Passage) -> dict[str, tuple[str, ...]]:
    with database.read() as tx:
        return questions.served(tx, CORP, passages or (PASSAGE, OTHER))


def test_the_same_words_are_attached_once(database: Database) -> None:
    with database.begin() as tx:
        assert questions.attach(tx, CORP, PASSAGE, ["能退吗？", "能退吗", "  "], QuestionOrigin.MINED, NOW) == 1
        assert questions.attach(tx, CORP, PASSAGE, ["能退吗!"], QuestionOrigin.WRITTEN, NOW) == 0
    assert len(served(database)["p1"]) == 1


def test_a_question_leaves_with_the_words_that_answered_it(database: Database) -> None:
    with database.begin() as tx:
        questions.attach(tx, CORP, PASSAGE, ["能退吗"], QuestionOrigin.MINED, NOW)
    changed = PASSAGE.model_copy(update={"text": "签收十五天内可退。"})
    assert served(database, changed) == {}
    assert served(database, PASSAGE) == {"p1": ("能退吗",)}


def test_only_approved_ones_are_served(database: Database) -> None:
    with database.begin() as tx:
        questions.attach(tx, CORP, PASSAGE, ["几天能退", "可以退不"], QuestionOrigin.PROPOSED, NOW)
        waiting = questions.to_review(tx, CORP, 10)
    assert served(database) == {}
    by_text = {one.text: one.question_id for one in waiting}
    with database.begin() as tx:
        assert questions.review(tx, CORP, [by_text["几天能退"]], QuestionStatus.APPROVED, "boss", NOW) == 1
        assert questions.review(tx, CORP, [by_text["可以退不"]], QuestionStatus.REFUSED, "boss", NOW) == 1
        assert questions.review(tx, "other", [by_text["几天能退"]], QuestionStatus.REFUSED, "spy", NOW) == 0
    assert served(database) == {"p1": ("几天能退",)}
    with database.begin() as tx:
        assert questions.attach(tx, CORP, PASSAGE, ["可以退不"], QuestionOrigin.MINED, NOW) == 0
    assert served(database) == {"p1": ("几天能退",)}


def test_written_ones_come_first_and_the_latest_of_the_rest(database: Database) -> None:
    with database.begin() as tx:
        for number in range(MOST_SERVED + 5):
            moment = NOW + timedelta(minutes=number)
            questions.attach(tx, CORP, PASSAGE, [f"第{number}种问法"], QuestionOrigin.MINED, moment)
        questions.attach(tx, CORP, PASSAGE, ["写好的问法"], QuestionOrigin.WRITTEN, NOW)
    kept = served(database)["p1"]
    assert len(kept) == MOST_SERVED
    assert kept[0] == "写好的问法"
    assert kept[1] == f"第{MOST_SERVED + 4}种问法"


def test_what_a_file_brought_goes_with_the_file(database: Database) -> None:
    with database.begin() as tx:
        source_id = source(tx)
        questions.attach(tx, CORP, PASSAGE, ["能退吗"], QuestionOrigin.WRITTEN, NOW, source_id=source_id)
        synonyms.add(tx, CORP, [("退货", "退单")], NOW, source_id=source_id)
        synonyms.add(tx, CORP, [("包邮", "免邮")], NOW, changed_by="boss")
    with database.begin() as tx:
        material.remove_source(tx, source_id)
        assert questions.of_passages(tx, CORP, ["p1"]) == {}
        assert [group.words for group in synonyms.groups(tx, CORP)] == [("包邮", "免邮")]


def test_synonyms_in_any_order_are_one_group_and_a_file_keeps_its_own(database: Database) -> None:
    with database.begin() as tx:
        source_id = source(tx)
        assert synonyms.add(tx, CORP, [("退货", "退单"), ("退单", "退货"), ("孤单", "孤单")], NOW) == 1
        assert synonyms.add(tx, CORP, [("券", "优惠券")], NOW, source_id=source_id) == 1
        mine, files = synonyms.groups(tx, CORP)[0], synonyms.groups(tx, CORP)[1]
        held = {group.words[0]: group for group in (mine, files)}
        assert held["券"].from_file
        assert not synonyms.remove(tx, CORP, held["券"].group_id)
        assert not synonyms.remove(tx, "other", held["退货"].group_id)
        assert synonyms.remove(tx, CORP, held["退货"].group_id)
        assert [group.words for group in synonyms.groups(tx, CORP)] == [("券", "优惠券")]
