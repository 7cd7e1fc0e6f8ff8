"""A task in a guide's chat: listed first, written for one customer after another, counted, capped, left out with a reason."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from assistant.clock import SHOP_TIME
from assistant.errors import ModelUnavailable
from assistant.flow.answer import Answered, answer
from assistant.flow.desk import Inquiry
from assistant.outreach.segment import Addressee, Segment
from assistant.seams import ModelReason
from assistant.service import Service
from assistant.shop import Purpose
from assistant.store import contacts, customers, notices, tables, tasks
from assistant.store.tasks import TaskWords
from assistant.turn import ActionKind, Intent, Message, ReplyKind, TurnRecord
from eval.replaying.house import SAMPLE_CORP, sample_house
from eval.sample import SAMPLE_SHOP
from tests.way.house import House, until

GUIDE, ELSEWHERE = "linxiaoyun", "007wang"
"""Guides of S001 and S002."""
SU, WANG, WANG_OF_THE_GARDEN, FANG = "C00001", "C00002", "C00003", "C00008"
HELLO, PLAIN = "HS166", "HS176"
"""Approved scripts: 有券告诉您 (with a coupon and its terms) and 报名字 (with store and guide)."""
EVERYWHERE, FOR_GOLD, OF_THE_EAST = "YH001", "YH009", "YH019"
_CHANNEL = count()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The sample shop at ten in the morning, with no model and nobody listening."""
    with sample_house(SAMPLE_SHOP, tmp_path_factory.mktemp("tasks")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def clean(service: Service) -> Iterator[None]:
    """No task, no contact, nobody who wants no more, the clock where it was."""
    clock = service.handling.clock
    yield
    set_clock(service, clock)
    with service.database.begin() as tx:
        for table in (
            tables.task_item,
            tables.task_store,
            tables.task,
            tables.contact,
            tables.marketing_stop,
            tables.marketing_wish,
            tables.notice,
            tables.coupon_grant,
            tables.grant_event,
            tables.coupon_tally,
        ):
            tx.execute(delete(table))


def set_clock(service: Service, clock: Any) -> None:
    object.__setattr__(service.handling, "clock", clock)
    service.clock = clock


def later(service: Service, hours: float) -> None:
    """Move the shop's day on."""
    now = service.clock() + timedelta(hours=hours)
    set_clock(service, lambda: now)


def today(service: Service) -> date:
    return service.clock().astimezone(SHOP_TIME).date()


def start(service: Service, *customer_ids: str, days: int = 3, **more: str) -> str:
    """Publish a task for these customers as the console does."""
    now = service.clock()
    words = TaskWords(
        title=more.get("title", "老客秋冬回访"),
        purpose="秋冬换季，请老客回店做一次护理",
        segment=Segment(),
        script_id=more.get("script_id", ""),
        coupon_id=more.get("coupon_id", ""),
        starts_on=today(service),
        ends_on=today(service) + timedelta(days=days),
    )
    with service.database.begin() as tx:
        chosen = [
            Addressee(customer_id=one.customer_id, store_id=one.store_id, guide=one.guide)
            for one in customers.customers_of_corp(tx, SAMPLE_CORP, now)
            if one.customer_id in customer_ids
        ]
        stores = {one.store_id for one in chosen}
        task_id = tasks.make(tx, SAMPLE_CORP, words, stores, by="hq", moment=now)
        assert tasks.publish(tx, SAMPLE_CORP, task_id, chosen, [], {}, by="hq", moment=now, seen=1)
    return task_id


def talk(service: Service, *texts: str, guide: str = GUIDE, channel: str = "") -> list[TurnRecord]:
    """One conversation of its own, or the one of this channel."""
    named = channel or f"tasks-{next(_CHANNEL)}"
    return [service.converse(guide, [text], channel=named) for text in texts]


def shown(record: TurnRecord) -> str:
    return "\n".join(record.reply.parts)


def drafts(record: TurnRecord) -> list[str]:
    return [verdict.draft.text for verdict in record.verdicts if verdict.draft.sentences]


def items(service: Service) -> dict[str, tuple[str, str, str]]:
    """Every item: status, turn, reason."""
    with service.database.read() as tx:
        rows = tx.execute(select(tables.task_item))
        return {row.customer_id: (row.status, row.turn_id, row.reason) for row in rows}


def contacted(service: Service) -> list[tuple[str, str]]:
    with service.database.read() as tx:
        return [
            (row.customer_id, row.intent) for row in tx.execute(select(tables.contact).order_by(tables.contact.c.at))
        ]


# ---- working through it --------------------------------------------------------------------------


def test_tasks_stand_first_on_the_list_with_their_title_and_last_day(service: Service) -> None:
    start(service, SU, WANG)
    (listed,) = talk(service, "任务")
    assert listed.need.intent is Intent.CONTACT_TODAY
    lines = shown(listed).splitlines()
    assert "｜任务：老客秋冬回访，11月25日截止" in lines[1]
    assert "｜任务：老客秋冬回访" in lines[2]
    assert "任务" not in lines[3]
    assert "下一位" in shown(listed)


def test_one_customer_after_another_until_all_are_settled(service: Service) -> None:
    task_id = start(service, SU, WANG, WANG_OF_THE_GARDEN)
    _, first, took, second, skipped, third, refused = talk(
        service, "任务", "1", "2", "下一位", "不联系，她上周刚买过", "下一位", "不用，语气不对"
    )
    assert (first.need.intent, first.need.customer_id) == (Intent.TASK, SU)
    assert first.need.proactive
    assert first.need.task is not None
    assert first.need.task.task_id == task_id
    assert "只给您看：总部任务「老客秋冬回访」：秋冬换季，请老客回店做一次护理" in shown(first)
    assert all("换季，请老客" not in text for text in drafts(first))
    assert all(word in "".join(drafts(first)) for word in ("苏姐", "消息"))
    assert "任务还有2位今天能联系" in took.reply.parts[-1]
    assert second.need.customer_id == WANG
    assert skipped.need.intent is Intent.SKIP_CONTACT
    assert "她上周刚买过" in shown(skipped)
    assert "任务还有1位" in shown(skipped)
    assert third.need.customer_id == WANG_OF_THE_GARDEN
    assert "回「不联系＋原因」" in shown(refused)
    assert items(service) == {
        SU: ("done", first.turn_id, ""),
        WANG: ("skipped", "", "她上周刚买过"),
        WANG_OF_THE_GARDEN: ("open", "", ""),
    }
    assert contacted(service) == [(SU, "task")]
    with service.database.read() as tx:
        sent = tx.execute(select(tables.action.c.body).where(tables.action.c.turn_id == first.turn_id)).scalar_one()
    assert sent["sent_text"] == drafts(first)[1]


def test_her_own_words_settle_it_too_and_are_the_proof(service: Service) -> None:
    start(service, SU)
    _, first, edited = talk(service, "任务", "苏姐", "我改成：苏姐，换季了，有空回店里坐坐，我给您留了位子。")
    assert edited.said_action is not None
    assert edited.said_action.kind is ActionKind.EDITED
    assert items(service)[SU][:2] == ("done", first.turn_id)
    assert contacted(service) == [(SU, "task")]


def test_two_customers_are_not_written_to_in_the_same_words(service: Service) -> None:
    start(service, SU, WANG)
    _, first, second = talk(service, "任务", "1", "下一位")
    assert not set(drafts(first)) & set(drafts(second))
    for record in (first, second):
        assert "说回您问的" not in "".join(drafts(record))
        assert all(any(word in text for word in ("打扰", "不发了", "消息", "退订")) for text in drafts(record))


def test_one_who_is_left_out_by_name_from_the_list(service: Service) -> None:
    start(service, SU, WANG)
    _, skipped, asked = talk(service, "任务", "苏姐出国了，不联系", "任务")
    assert items(service)[SU] == ("skipped", "", "苏姐出国了".replace("苏姐", ""))
    assert "苏晴" in shown(skipped)
    assert "任务" not in "".join(line for line in shown(asked).splitlines() if "苏晴" in line)


def test_a_refinement_stays_with_the_task(service: Service) -> None:
    start(service, SU, script_id=PLAIN)
    _, first, shorter, took = talk(service, "任务", "1", "短一点", "1")
    assert shorter.need.task == first.need.task
    assert shorter.need.proactive
    assert shorter.offer is None or not shorter.offer.lines
    assert items(service)[SU][:2] == ("done", shorter.turn_id)
    assert took.said_action is not None


def test_nothing_left_says_so(service: Service) -> None:
    start(service, SU)
    *_, took = talk(service, "任务", "1", "1")
    assert "都处理完了" in took.reply.parts[-1]


# ---- what it leans on ----------------------------------------------------------------------------


def test_the_script_and_the_coupon_of_the_task_are_used_and_the_coupon_is_granted(service: Service) -> None:
    start(service, SU, script_id=HELLO, coupon_id=EVERYWHERE)
    _, first, _ = talk(service, "任务", "1", "1")
    [scripted] = [one.draft for one in first.verdicts if HELLO in one.draft.script_ids]
    assert "苏姐，您账户里有张「全场满300减30」，怕您没留意" in scripted.text
    assert all("满300元减30元" in text for text in drafts(first))
    assert first.offer is not None
    assert {one.coupon_id for one in first.offer.alternatives} == {EVERYWHERE}
    assert not any("会员兑换" in text for text in drafts(first))
    with service.database.read() as tx:
        granted = tx.execute(select(tables.coupon_grant)).one()
    assert (granted.coupon_id, granted.customer_id, granted.turn_id) == (EVERYWHERE, SU, first.turn_id)
    assert granted.reserved_fen == 3000


def test_a_model_does_not_word_anew_what_the_manager_chose(service: Service) -> None:
    def ask(*_: Any, **__: Any) -> Any:
        raise ModelUnavailable(ModelReason.TIMEOUT)

    def written(**task: str) -> Answered:
        start(service, SU, **task)
        message = Message(message_id="m", text="给苏姐写任务的消息", received_at=service.clock())
        return answer(Inquiry((message,), service.clock()), service.desk(GUIDE), lambda wanted: (), ask)

    chosen = written(script_id=PLAIN)
    assert chosen.need.intent is Intent.TASK
    assert chosen.drafted.provenance.fallback_reason == ""
    assert any(PLAIN in draft.script_ids for draft in chosen.drafted.drafts)
    with service.database.begin() as tx:
        tx.execute(delete(tables.task_item))
    assert written().drafted.provenance.fallback_reason == ModelReason.TIMEOUT


def test_a_coupon_she_may_not_have_is_not_told_and_the_guide_hears_why(service: Service) -> None:
    start(service, SU, WANG, script_id=HELLO, coupon_id=FOR_GOLD)
    _, gold, silver = talk(service, "任务", "1", "下一位")
    assert "金卡会员满500减70" in "".join(drafts(gold))
    assert "金卡会员满500减70" not in "".join(drafts(silver))
    assert "任务里的「金卡会员满500减70」这位用不了" in shown(silver)
    assert not any("好消息" in text or "活动" in text for text in drafts(silver))


def test_two_stores_get_their_own_text_and_offer(service: Service) -> None:
    with service.database.read() as tx:
        there = customers.customers_of_guide(tx, SAMPLE_CORP, ELSEWHERE, service.clock())
        far = next(one for one in customers.customers_of_corp(tx, SAMPLE_CORP, service.clock()) if may(one, "S010"))
    near = next(one for one in there if may(one, "S002"))
    start(service, SU, near.customer_id, far.customer_id, script_id=PLAIN, coupon_id=OF_THE_EAST)
    (_, mine), (_, hers), (_, theirs) = (
        talk(service, "任务", "1", guide=guide) for guide in (GUIDE, ELSEWHERE, far.guide)
    )
    assert [one.store_id for one in (mine, hers, theirs)] == ["S001", "S002", "S010"]
    texts = ["".join(drafts(one)) for one in (mine, hers, theirs)]
    assert len(set(texts)) == 3
    shop = service.handling.desks.shop(SAMPLE_CORP, service.clock())
    for text, store_id in zip(texts, ("S001", "S002", "S010"), strict=True):
        assert shop.stores[store_id].name in text
    assert "华东满400减50" in texts[0]
    assert "华东满400减50" in texts[1]
    assert "华东满400减50" not in texts[2]
    assert "华东满400减50" in shown(theirs)


def may(one: Any, store_id: str) -> bool:
    return one.store_id == store_id and one.guide != "" and set(Purpose) <= set(one.consents) and one.order_count > 0


# ---- caps ----------------------------------------------------------------------------------------


def test_a_customer_written_to_today_is_on_no_list_and_gets_no_draft_until_tomorrow(service: Service) -> None:
    start(service, SU)
    talk(service, "给苏姐写个生日祝福", "1")
    listed, asked = talk(service, "任务", "给苏姐写一条任务消息")
    assert "苏晴" not in shown(listed)
    assert asked.reply.kind is ReplyKind.HELD
    assert shown(asked) == "先别联系苏晴🌿，今天已经联系过 1 次，明天 9 点后可以。"
    assert drafts(asked) == []
    later(service, 24)
    listed, asked = talk(service, "任务", "1")
    assert "苏晴" in shown(listed)
    assert drafts(asked)


def test_what_was_drafted_before_another_guide_wrote_is_held_at_the_click(service: Service) -> None:
    start(service, SU)
    channel = f"tasks-{next(_CHANNEL)}"
    talk(service, "任务", "1", channel=channel)
    with service.database.begin() as tx:
        made = contacts.ContactMade("T-x", SU, "xuyilin", "S001", Intent.CARE, "", service.clock())
        contacts.note(tx, SAMPLE_CORP, made)
    (held,) = talk(service, "1", channel=channel)
    assert held.reply.kind is ReplyKind.HELD
    assert held.said_action is None
    assert "今天已经联系过 1 次，明天 9 点后可以" in shown(held)
    assert items(service)[SU][0] == "open"
    later(service, 24)
    (again,) = talk(service, "1", channel=channel)
    assert again.said_action is not None
    assert items(service)[SU][0] == "done"


def test_in_quiet_hours_a_text_may_be_prepared_and_goes_out_in_the_morning(service: Service) -> None:
    start(service, SU)
    later(service, 12)
    channel = f"tasks-{next(_CHANNEL)}"
    listed, drafted, held = talk(service, "任务", "1", "1", channel=channel)
    assert "现在是休息时间（21:00–09:00），明天 9 点后再发" in shown(listed)
    assert drafts(drafted)
    assert "现在是休息时间" in shown(drafted)
    assert held.reply.kind is ReplyKind.HELD
    assert "到时再回一次就行" in shown(held)
    later(service, 11)
    (took,) = talk(service, "1", channel=channel)
    assert took.said_action is not None


def test_four_contacts_a_month_and_no_more_however_they_came_about(service: Service) -> None:
    said = (
        "给苏姐写个生日祝福",
        "问问苏姐最近用得怎么样",
        "苏姐好久没来了，发点什么",
        "给苏姐发张优惠券",
        "给苏姐写个生日祝福",
    )
    answers = []
    for text in said:
        answers.append(talk(service, text, "1"))
        later(service, 24)
    assert [took.said_action is not None for _, took in answers] == [True, True, True, True, False]
    assert "这个月已经联系过 4 次，12月1日 9 点后可以" in shown(answers[-1][0])


def test_an_answer_to_the_customers_own_question_is_never_counted_nor_held(service: Service) -> None:
    talk(service, "给苏姐写个生日祝福", "1")
    for text in ("苏姐问舒缓修护霜多少钱", "苏姐问有券吗", "苏姐说用了有点干", "客户：生日有什么优惠"):
        asked, took = talk(service, text, "1")
        assert asked.reply.kind is not ReplyKind.HELD, text
        assert not asked.need.proactive, text
        if drafts(asked):
            assert took.said_action is not None, text
    assert contacted(service) == [(SU, "birthday")]


def test_the_same_draft_in_other_words_is_no_second_contact(service: Service) -> None:
    *_, edited = talk(service, "给苏姐写个生日祝福", "1", "我改成：苏姐，祝您生日快乐，天天开心，有空回店里坐坐呀。")
    assert edited.said_action is not None
    assert len(contacted(service)) == 1


def test_what_was_drafted_for_a_task_stopped_meanwhile_is_not_sent(service: Service) -> None:
    task_id = start(service, SU)
    channel = f"tasks-{next(_CHANNEL)}"
    talk(service, "任务", "1", channel=channel)
    with service.database.begin() as tx:
        assert tasks.stop(tx, SAMPLE_CORP, task_id, by="hq", moment=service.clock(), seen=2)
    held, listed = talk(service, "1", "任务", channel=channel)
    assert held.reply.kind is ReplyKind.HELD
    assert "任务「老客秋冬回访」已经停了或到期了" in shown(held)
    assert "老客秋冬回访" not in shown(listed)


# ---- no more of it -------------------------------------------------------------------------------


def test_who_wants_no_more_gets_no_marketing_from_any_guide_and_is_still_answered(service: Service) -> None:
    start(service, SU)
    channel = f"tasks-{next(_CHANNEL)}"
    _, told = talk(service, "苏姐的档案", "客户：别再给我发广告了", channel=channel)
    assert "已登记苏晴🌿不再接收推广，所有导购都不会再主动联系她" in shown(told)
    assert drafts(told)
    for text in ("给苏姐写个生日祝福", "问问苏姐最近用得怎么样", "苏姐好久没来了，发点什么", "给苏姐写一条任务消息"):
        (asked,) = talk(service, text)
        assert asked.reply.kind is ReplyKind.HELD, text
        assert "所有导购都不再主动联系" in shown(asked)
    (listed,) = talk(service, "任务")
    assert "苏晴" not in shown(listed)
    (answered,) = talk(service, "苏姐问舒缓修护霜多少钱")
    assert drafts(answered)
    moved = tables.customer.c.customer_id == SU
    with service.database.begin() as tx:
        tx.execute(update(tables.customer).where(moved).values(guide_folded=ELSEWHERE))
    try:
        (other,) = talk(service, "给苏姐写个生日祝福", guide=ELSEWHERE)
    finally:
        with service.database.begin() as tx:
            tx.execute(update(tables.customer).where(moved).values(guide_folded=GUIDE))
    assert other.reply.kind is ReplyKind.HELD


def test_whose_words_they_were_is_asked_and_then_written_down(service: Service) -> None:
    unknown, named = talk(service, "客户：退订，别再给我发消息了", "苏姐")
    assert "还没登记，因为不知道是哪位" in shown(unknown)
    assert named.need.customer_id == SU
    assert "已登记苏晴🌿" in shown(named)
    with service.database.read() as tx:
        assert tx.execute(select(tables.marketing_stop.c.customer_id)).scalars().all() == [SU]


def test_a_question_about_the_rules_stops_nothing(service: Service) -> None:
    talk(service, "苏姐问开封了还能退不", "1")
    with service.database.read() as tx:
        assert tx.execute(select(tables.marketing_stop)).all() == []


# ---- telling guides ------------------------------------------------------------------------------


def told(service: Service) -> dict[str, list[str]]:
    with service.database.read() as tx:
        found: dict[str, list[str]] = {}
        for one in notices.unsent(tx, SAMPLE_CORP):
            found.setdefault(one.userid, []).append(one.text)
        return found


def test_guides_hear_when_it_begins_and_once_before_it_ends_while_something_is_open(service: Service) -> None:
    start(service, SU, WANG, days=2)
    for _ in range(3):
        service.tasking.tend()
    assert len(told(service)[GUIDE]) == 1
    assert "今天有 2 位客户要联系：苏晴🌿、王姐" in told(service)[GUIDE][0]
    talk(service, "任务", "1", "1")
    later(service, 24)
    for _ in range(3):
        service.tasking.tend()
    assert len(told(service)[GUIDE]) == 2
    assert "任务「老客秋冬回访」明天截止，还有 1 位没处理：王姐" in told(service)[GUIDE][1]
    later(service, 24)
    service.tasking.tend()
    assert len(told(service)[GUIDE]) == 2


def test_who_has_settled_all_is_not_reminded(service: Service) -> None:
    start(service, SU, days=1)
    talk(service, "任务", "1", "1")
    later(service, 24)
    service.tasking.tend()
    assert told(service) == {}


def test_nobody_is_told_at_night(service: Service) -> None:
    start(service, SU)
    later(service, 13)
    service.tasking.tend()
    assert told(service) == {}
    later(service, 11)
    service.tasking.tend()
    assert len(told(service)[GUIDE]) == 1


def test_a_long_task_fits_into_one_wecom_message(service: Service) -> None:
    with service.database.read() as tx:
        every = customers.customers_of_guide(tx, SAMPLE_CORP, GUIDE, service.clock())
    start(service, *(one.customer_id for one in every), title="很长的标题" * 6)
    service.tasking.tend()
    (text,) = told(service)[GUIDE]
    assert len(text.encode()) <= 2048
    assert f"今天有 {len(every)} 位客户" in text


# ---- over WeCom ----------------------------------------------------------------------------------


def test_a_notice_reaches_the_guide_once_also_across_a_restart(house: House) -> None:
    with house.service.database.begin() as tx:
        words, now = "今天有 1 位客户要联系：苏晴。回复「任务」开始", house.service.clock()
        notices.put(tx, house.settings.corp_id, GUIDE, words, "task:TK1:start:x", now)
    assert house.wecom.wait_for(1) == ["今天有 1 位客户要联系：苏晴。回复「任务」开始"]
    house.restart()
    record = house.ask("任务")
    assert record.need.intent is Intent.CONTACT_TODAY
    house.settle()
    assert house.wecom.shown().count("今天有 1 位客户要联系：苏晴。回复「任务」开始") == 1


def test_a_notice_left_by_a_stopped_service_goes_out_at_the_next_start(house: House) -> None:
    house.stop()
    service = house.service
    with service.database.begin() as tx:
        words, now = "明天截止，还有 2 位没处理", service.clock()
        notices.put(tx, house.settings.corp_id, GUIDE, words, "task:TK2:end:x", now)
        [one] = notices.unsent(tx, house.settings.corp_id)
        notices.mark_sending(tx, one.number)
    house.start()
    house.wecom.wait_for(1)
    until(lambda: _state(house, one.number) == "sent", what="the state")
    assert house.wecom.shown() == ["明天截止，还有 2 位没处理"]


def _state(house: House, number: int) -> str:
    with house.service.database.read() as tx:
        return tx.execute(select(tables.notice.c.state).where(tables.notice.c.number == number)).scalar_one()
