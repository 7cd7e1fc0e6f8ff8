"""The page where a manager asks what a guide could ask."""

from tests.console.shop import XSS, Shop


def test_a_manager_sees_passages_scores_and_the_sentence_that_answers(shop: Shop) -> None:
    text = shop.browser("manager1").get("/console/lookup", params={"question": "几天能退"}).text
    assert "<mark>签收七天内可退。</mark>" in text
    assert "《退换货》第 2 版" in text
    assert "一、manager1" in text
    assert "得分 0.91" in text
    assert "把握 93%" in text
    assert XSS not in text


def test_nothing_found_says_why(shop: Shop) -> None:
    text = shop.browser("manager1").get("/console/lookup", params={"question": "股票怎么样"}).text
    assert "没有依据：问题里的关键词，资料里都没有出现" in text


def test_the_empty_page_asks_for_a_question(shop: Shop) -> None:
    text = shop.browser("manager1").get("/console/lookup").text
    assert "查一下" in text
    assert "没有依据" not in text


def test_markup_in_a_question_is_shown_as_words(shop: Shop) -> None:
    assert XSS not in shop.browser("manager1").get("/console/lookup", params={"question": XSS}).text


def test_without_login_nothing_is_looked_up(shop: Shop) -> None:
    answer = shop.browser().get("/console/lookup", params={"question": "几天能退"}, follow_redirects=False)
    assert answer.status_code != 200
    assert "签收七天" not in answer.text
