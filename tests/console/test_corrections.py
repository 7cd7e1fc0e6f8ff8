"""Before a text is taken back: who leaned on it. Afterwards: corrections for the guides who sent its words, each once."""

import re

from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select

from assistant.store import audit, outbox, tables
from assistant.store.conversations import WECOM
from assistant.turn import ReplyKind
from tests.console.house import House, bring_in, decide
from tests.console.test_access import form_token
from tests.ingest.house import CORP, policy, write

ASKED = "拆封的商品几天内可以退货"
NEWER = policy("退货办法", "签收次日起十五天内，没有拆封的商品可以退货。")
SCRIPTS = (
    "编号,标题,阶段,场景,语气,话术\n"
    "SC1,退货怎么说,售后服务,私聊,亲切,亲，签收次日起七天内没有拆封的商品都可以退货哦\n"
    "SC2,积分怎么说,客户关怀,私聊,亲切,亲，积分一年内有效哦\n"
)


def address_of(browser: TestClient, title: str) -> str:
    listed = browser.get(f"/console/documents?words={title}").text
    found: list[str] = re.findall(rf"/console/documents/[0-9a-f]{{32}}(?=\">{title})", listed)
    return found[-1]


def sent_by(house: House, guide: str, channel: str = WECOM) -> str:
    """A guide asks about returns and takes the first draft; returns the turn of the drafts."""
    asked = house.service.converse(guide, [ASKED], channel=channel)
    assert asked.reply.kind is ReplyKind.DRAFTS, asked.reply
    assert "七" in "".join(draft.text for draft in asked.drafts)
    assert house.service.converse(guide, ["用1"], channel=channel).reply.kind is ReplyKind.CONFIRM
    return asked.turn_id


def send(browser: TestClient, address: str, *turn_ids: str) -> Response:
    form = {"form_token": form_token(browser.get("/console").text), "chosen": list(turn_ids)}
    return browser.post(f"{address}/corrections", data=form, follow_redirects=False)


def told(house: House, turn_id: str) -> list[str]:
    """The corrections laid out for the guide of a turn."""
    with house.service.database.read() as tx:
        rows = tx.execute(
            select(tables.outbox).where(tables.outbox.c.turn_id == turn_id).order_by(tables.outbox.c.part)
        )
        return [row.text for row in rows if row.text.startswith("【更正】")]


def replace(house: House) -> str:
    """Publish a newer version of the returns policy; returns the old document's address."""
    old = address_of(house.browser("ye"), "退货办法")
    new = bring_in(house.browser("ye"), "退货.md", NEWER, scope="brand")
    assert decide(house.browser("he"), new, "published").status_code == 303
    return old


def test_exactly_the_turns_that_leaned_on_it_are_listed(house: House) -> None:
    sent = sent_by(house, "lin")
    open_draft = house.service.converse("chen", [ASKED], channel=WECOM).turn_id
    other = house.service.converse("chen", ["柔和面霜多少钱"], channel=WECOM).turn_id
    write(house.files, "话术/scripts.csv", SCRIPTS)
    house.service.ingest([house.files])
    ye = house.browser("ye")
    text = ye.get(address_of(ye, "退货办法") + "/leaning").text
    assert set(re.findall(r"/console/turns/(\w[\w-]+)", text)) == {sent, open_draft}
    assert other not in text
    assert "林晓" in text.partition("发给过客户的")[2]
    assert "退货怎么说" in text
    assert "积分怎么说" not in text
    assert "它还在用，先不用更正" in text
    assert send(ye, address_of(ye, "退货办法"), sent).status_code == 409
    assert told(house, sent) == []


def test_a_replaced_text_is_corrected_once_in_the_words_of_the_new_one(house: House) -> None:
    turn_id = sent_by(house, "lin")
    old, ye = replace(house), house.browser("ye")
    page = ye.get(f"{old}/leaning").text
    assert "<mark>" in page
    assert "十五天内" in page
    assert f'value="{turn_id}" checked' in page
    assert send(ye, old, turn_id).status_code == 303
    (text,) = told(house, turn_id)
    assert "《退货办法》已经换成第 2 版" in text
    assert "签收次日起十五天内，没有拆封的商品可以退货" in text
    assert text.endswith("（AI生成）")
    assert house.delivered == [turn_id]
    assert send(ye, old, turn_id).status_code == 303
    assert len(told(house, turn_id)) == 1
    assert house.delivered == [turn_id]
    assert "发过更正" in ye.get(f"{old}/leaning").text
    with house.service.database.read() as tx:
        (entry,) = audit.entries(tx, CORP, action=audit.AuditAction.SEND)
        assert entry.details == {"turn": turn_id}
        assert [part.userid for part in outbox.unsent(tx, turn_id) if part.text == text] == ["lin"]


def test_a_withdrawn_text_without_a_successor_is_taken_back_honestly(house: House) -> None:
    turn_id = sent_by(house, "lin")
    ye = house.browser("ye")
    address = address_of(ye, "退货办法")
    gone = decide(ye, address, "withdrawn", "写错了")
    assert gone.headers["location"] == f"{address}/leaning?done=withdrawn"
    assert "要不要发更正" in ye.get(gone.headers["location"]).text
    assert send(ye, address, turn_id).status_code == 303
    (text,) = told(house, turn_id)
    assert "我再核实一下，稍后回您" in text


def test_words_that_still_hold_are_not_corrected(house: House) -> None:
    turn_id = sent_by(house, "lin")
    ye, he = house.browser("ye"), house.browser("he")
    old = address_of(ye, "退货办法")
    same = policy("退货办法", "签收次日起七天内，没有拆封的商品可以退货。\n\n赠品要一起退回。")
    decide(he, bring_in(ye, "退货.md", same, scope="brand"), "published")
    assert "不用更正" in ye.get(f"{old}/leaning").text
    send(ye, old, turn_id)
    assert told(house, turn_id) == []


def test_a_manager_sees_and_corrects_her_own_stores_only(house: House) -> None:
    mine, theirs = sent_by(house, "lin"), sent_by(house, "chen")
    old, su = replace(house), house.browser("su")
    page = su.get(f"{old}/leaning").text
    assert mine in page
    assert theirs not in page
    assert "要由管这整个范围的同事来做" in page or "发更正给导购" not in page
    assert send(su, old, mine).status_code == 403
    ye = house.browser("ye")
    assert send(ye, old, "T-of-nobody").status_code == 404
    assert send(ye, old).status_code == 422
    assert send(ye, old, mine, theirs).status_code == 303
    assert (len(told(house, mine)), len(told(house, theirs))) == (1, 1)


def test_an_auditor_reads_no_names(house: House) -> None:
    with house.service.database.begin() as tx:
        tx.execute(tables.customer.update().where(tables.customer.c.customer_id == "C1").values(address_as="小葵姐"))
    turn_id = house.service.converse("lin", [f"小葵姐问{ASKED}"], channel=WECOM).turn_id
    house.service.converse("lin", ["用1"], channel=WECOM)
    old = address_of(house.browser("ye"), "退货办法")
    assert turn_id in house.browser("ye").get(f"{old}/leaning").text
    assert "小葵姐" in house.browser("ye").get(f"{old}/leaning").text
    assert "小葵" not in house.browser("yan").get(f"{old}/leaning").text


def test_a_turn_outside_wecom_has_nowhere_to_be_told(house: House) -> None:
    turn_id = sent_by(house, "lin", "local")
    old, ye = replace(house), house.browser("ye")
    assert "要当面告诉导购" in ye.get(f"{old}/leaning").text
    send(ye, old, turn_id)
    assert told(house, turn_id) == []


def test_nobody_leaned_says_so(house: House) -> None:
    ye = house.browser("ye")
    assert "没有人把它的内容发给客户" in ye.get(address_of(ye, "退货办法") + "/leaning").text
