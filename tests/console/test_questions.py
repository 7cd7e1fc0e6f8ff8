"""Headquarters decides on proposed questions, several at once."""

import pytest
from httpx2 import Response

from assistant.store import material, questions
from assistant.store.material import CorpFacts, DocumentToStore
from assistant.store.questions import QuestionOrigin
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope
from tests.console.shop import CORP, NOW, XSS, Shop
from tests.console.test_access import form_token

PASSAGE = Passage(
    id="q1",
    document_id="qd",
    title="退货办法",
    version=1,
    kind=DocumentKind.POLICY,
    place="时间",
    heading=("时间",),
    text=f"七天内可以退货。{XSS}",
)


def propose_some(shop: Shop) -> None:
    """One passage with three questions that wait for a decision."""
    with shop.database.begin() as tx:
        material.save_corp(tx, CORP, CorpFacts("试店", (), 0, None, 90, 1))
        source = material.replace_source(tx, CORP, "folder", "退货.md", "0" * 64, NOW)
        document = DocumentToStore(
            "qd", "退货办法", DocumentKind.POLICY, Scope(), 1, DocumentStatus.PUBLISHED, None, None, (PASSAGE,)
        )
        material.add_document(tx, CORP, source.source_id, document)
        questions.attach(tx, CORP, PASSAGE, ["反悔了咋整", f"想退{XSS}", "后悔行不行"], QuestionOrigin.PROPOSED, NOW)


@pytest.fixture
def asked(shop: Shop) -> Shop:
    propose_some(shop)
    return shop


def waiting(shop: Shop) -> list[questions.AskedQuestion]:
    with shop.database.read() as tx:
        return list(questions.to_review(tx, CORP, 99))


def decide(shop: Shop, userid: str, decision: str, *chosen: str) -> Response:
    browser = shop.browser(userid)
    token = form_token(browser.get("/console").text)
    form = {"form_token": token, "decision": decision, "chosen": list(chosen)}
    return browser.post("/console/questions", data=form, follow_redirects=False)


def test_proposed_questions_stand_under_their_passage(asked: Shop) -> None:
    text = asked.browser("HQ").get("/console/questions").text
    assert text.index("《退货办法》 · 时间") < text.index("反悔了咋整") < text.index("通过勾选的")
    assert XSS not in text


def test_chosen_ones_are_approved_and_refused_together(asked: Shop) -> None:
    first, second, third = waiting(asked)
    assert decide(asked, "HQ", "approved", first.question_id, second.question_id).status_code == 303
    assert [one.text for one in waiting(asked)] == [third.text]
    with asked.database.read() as tx:
        assert set(questions.served(tx, CORP, (PASSAGE,))["q1"]) == {first.text, second.text}
    decide(asked, "HQ", "refused", third.question_id)
    assert waiting(asked) == []
    assert "没有等着审的问法" in asked.browser("HQ").get("/console/questions").text


def test_nothing_chosen_changes_nothing(asked: Shop) -> None:
    assert decide(asked, "HQ", "approved").status_code == 303
    assert len(waiting(asked)) == 3


@pytest.mark.parametrize("userid", ["manager1", "auditor", "admin"])
def test_nobody_else_decides_for_all_stores(asked: Shop, userid: str) -> None:
    assert decide(asked, userid, "approved", waiting(asked)[0].question_id).status_code in {401, 403}
    assert len(waiting(asked)) == 3


def test_an_unknown_decision_is_refused(asked: Shop) -> None:
    assert decide(asked, "HQ", "burnt", waiting(asked)[0].question_id).status_code == 404
    assert len(waiting(asked)) == 3
