"""The law's reading of documents: told in the preview and at review, answered for by whoever publishes."""

import re

from fastapi.testclient import TestClient
from httpx2 import Response

from assistant.console.knowledge.lawful import ByLaw
from assistant.store import audit
from assistant.turn import Finding, Reason
from assistant.uploaded import Objection
from tests.console.house import House, bring_in, decide, upload
from tests.console.test_access import form_token
from tests.ingest.house import CORP

BOLD = "# 面霜介绍\n\n本店面霜全网最低价，三天见效。\n\n# 停车\n\n消费满100元，可在地下车库免费停车两小时。\n"
FOR_STAFF = "# 面霜怎么介绍\n\n## 员工话术禁用词\n\n国家级、最佳、根治。\n\n## 推荐顺序\n\n先问肤质，再推荐。\n"
LAWFUL = "# 停车说明\n\n消费满100元，可在地下车库免费停车两小时。\n"


def publish(browser: TestClient, address: str, *, acknowledged: str, note: str) -> Response:
    changes = browser.get(address).text.partition('name="changes" value="')[2].partition('"')[0]
    form = {
        "form_token": form_token(browser.get("/console").text),
        "decision": "published",
        "changes": changes,
        "note": note,
        "acknowledged": acknowledged,
    }
    return browser.post(address, data=form, follow_redirects=False)


def tick(html: str) -> str:
    return html.partition('name="acknowledged" value="')[2].partition('"')[0]


def in_words(html: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


def test_the_preview_says_which_words_break_which_article_and_what_to_write_instead(house: House) -> None:
    su = house.browser("su")
    told = in_words(su.get(upload(su, "面霜.md", BOLD).headers["location"]).text)
    assert "不能对客户说全网最" in told
    assert "ABS-02广告法第九条第（三）项" in told
    assert "怎么改：" in told
    assert "免费停车两小时。不能对客户说" not in told


def test_whoever_publishes_forbidden_words_answers_for_them_with_a_reason(house: House) -> None:
    su, shao = house.browser("su"), house.browser("shao")
    address = bring_in(su, "面霜.md", BOLD)
    page = shao.get(address).text
    assert "处是法律不许对客户说的话" in page
    for acknowledged, note in (("", ""), ("", "培训里的反例"), (tick(page), ""), ("another", "培训里的反例")):
        refused = publish(shao, address, acknowledged=acknowledged, note=note)
        assert refused.status_code == 422
        assert "「全网最」ABS-02 广告法第九条第（三）项" in refused.text
    assert "地下车库" not in house.answers("停车怎么收费")
    assert publish(shao, address, acknowledged=tick(page), note="培训里的反例").status_code == 303
    assert "地下车库" in house.answers("停车怎么收费")
    assert "发布：培训里的反例" in shao.get(address).text
    with house.service.database.read() as tx:
        last = audit.entries(tx, CORP, subject=f"document:{address.rpartition('/')[2]}")[0]
    assert last.by == "shao"
    assert "「全网最」ABS-02 广告法第九条第（三）项" in last.details["law"]
    assert last.details["reason"] == "培训里的反例"


def test_what_is_headed_for_staff_is_shown_but_needs_no_word(house: House) -> None:
    su, shao = house.browser("su"), house.browser("shao")
    address = bring_in(su, "禁用词.md", FOR_STAFF)
    page = shao.get(address).text
    assert "不能对客户说，这段不会念给客户" in page
    assert not tick(page)
    assert decide(shao, address, "published").status_code == 303


def test_a_lawful_text_is_published_as_before(house: House) -> None:
    su, shao = house.browser("su"), house.browser("shao")
    address = bring_in(su, "停车.md", LAWFUL)
    assert "按法律查到的" not in shao.get(address).text
    assert decide(shao, address, "published").status_code == 303


def test_the_tick_is_for_just_these_findings() -> None:
    def objection(span: str) -> Objection:
        finding = Finding(reason=Reason.ABSOLUTE_TERM, rule="ABS-01", span=span, remedy="删掉")
        return Objection(passage_id="P1", place="一", finding=finding, forbids=True, reaches=True)

    one, two = ByLaw((objection("最佳"),)), ByLaw((objection("最佳"), objection("第一")))
    assert one.mark != two.mark
    assert two.answered(two.mark, "反例") == {"law": "一「最佳」ABS-01；一「第一」ABS-01", "reason": "反例"}
    many = ByLaw(tuple(objection(str(number)) for number in range(25)))
    assert many.answered(many.mark, "反例")["law"].endswith("另有 5 处")
