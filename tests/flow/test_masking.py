"""Nothing personal leaves: a hundred made-up persons, every way a guide may write them, and everything comes back."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.flow.drafting.masking import HOLDER, Mask
from assistant.flow.drafting.prompt import prompt_for
from assistant.shop import Customer, Purchase, Purpose
from assistant.turn import Intent
from prompts.load import packaged
from tests.flow.shopfloor import CREAM, LIN, MOMENT, brief, desk, need

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
GIVEN = "婉清雨桐诗涵梓萱若溪欣怡佳宁思远浩然子墨景行书瑶静姝云舒语嫣采薇芷若"
TITLES = ("姐", "女士", "小姐", "阿姨", "哥", "先生")


def person(number: int) -> Customer:
    """Make up one person; the same number always gives the same one."""
    dice = random.Random(number)
    surname = dice.choice(SURNAMES)
    born = date(1960, 1, 1) + timedelta(days=dice.randrange(15000))
    order = f"OD{dice.randrange(10**11, 10**12)}"
    return Customer(
        customer_id=f"wm{dice.randrange(10**14):014d}Ab",
        name=surname + "".join(dice.sample(GIVEN, dice.choice((1, 2)))),
        address_as=surname + dice.choice(TITLES),
        phone_masked=f"1{dice.choice('3456789')}{dice.randrange(10)}****{dice.randrange(10000):04d}",
        tier="金卡",
        tier_level=3,
        points=dice.randrange(5000),
        birthday=born,
        consents=tuple(Purpose),
        order_count=1,
        purchases=(
            Purchase(
                order_id=order,
                sku=CREAM.sku,
                product_name=CREAM.name,
                quantity=1,
                paid_fen=26800,
                bought_at=datetime(2026, 6, 1, 2, 0, tzinfo=UTC),
            ),
        ),
    )


def full_phone(customer: Customer) -> str:
    return customer.phone_masked.replace("****", "5678")


def identity(customer: Customer) -> str:
    assert customer.birthday is not None
    return f"330106{customer.birthday:%Y%m%d}002X"


def words_about(customer: Customer) -> str:
    """Everything a careless guide could paste about one person."""
    assert customer.birthday is not None
    born = customer.birthday
    phone = full_phone(customer)
    return (
        f"{customer.name}（{customer.address_as}）电话{phone}，也写{phone[:3]}-{phone[3:7]}-{phone[7:]}，"
        f"{customer.phone_masked}，尾号{phone[7:]}，尾号是{phone[7:]}，身份证{identity(customer)}，生日{born.month}月{born.day}日，{born:%Y-%m-%d}出生，"
        f"订单{customer.purchases[0].order_id}，ID {customer.customer_id}，邮箱a.{phone}@mail.example.com，"
        f"住桂语路{born.day}号3单元，问面霜多少钱"
    )


def secrets_of(customer: Customer) -> tuple[str, ...]:
    assert customer.birthday is not None
    born, phone = customer.birthday, full_phone(customer)
    return (
        customer.name,
        customer.address_as,
        phone,
        f"尾号{phone[7:]}",
        f"尾号是{phone[7:]}",
        f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
        customer.phone_masked,
        identity(customer),
        f"{born.month}月{born.day}日",
        f"{born:%Y-%m-%d}",
        customer.purchases[0].order_id,
        customer.customer_id,
        "mail.example.com",
        f"桂语路{born.day}号",
    )


PERSONS = tuple(person(number) for number in range(100))


@pytest.mark.parametrize("customer", PERSONS, ids=lambda one: one.customer_id)
def test_nothing_of_a_hundred_persons_is_in_the_prompt(customer: Customer) -> None:
    where = desk(customers=PERSONS, said=frozenset({f"{customer.address_as}，这款¥268。"}))
    made = brief(need(Intent.PRICE, words_about(customer), CREAM), customer=customer, on=where)
    prompt = prompt_for(made, Mask.of(made), packaged())
    sent = prompt.system + prompt.user
    for secret in secrets_of(customer):
        assert secret not in sent
    assert "〔客户称呼〕" in sent
    assert "面霜多少钱" in sent


def test_other_customers_the_guide_mentions_are_hidden_too() -> None:
    text = "，".join(f"{one.name}和{one.address_as}" for one in PERSONS[1:])
    where = desk(customers=PERSONS)
    made = brief(need(Intent.PRICE, text, CREAM), customer=PERSONS[0], on=where)
    user = prompt_for(made, Mask.of(made), packaged()).user
    assert not any(one.name in user for one in PERSONS)


def test_what_was_hidden_comes_back_word_for_word() -> None:
    made = brief(need(Intent.PRICE, "", CREAM), customer=PERSONS[0], on=desk(customers=PERSONS))
    mask = Mask.of(made)
    text = "；".join(words_about(one) for one in PERSONS[:20])
    hidden = mask.hide(text)
    assert hidden != text
    assert mask.reveal(hidden) == text


def test_equal_words_get_one_placeholder_and_different_ones_different() -> None:
    mask = Mask.of(brief(need(Intent.PRICE, "", CREAM), customer=LIN))
    hidden = mask.hide("13812342231 和 13900001111，再打 13812342231")
    holders = HOLDER.findall(hidden)
    assert holders[0] == holders[2] != holders[1]


def test_a_placeholder_somebody_typed_reveals_nothing() -> None:
    mask = Mask.of(brief(need(Intent.PRICE, "", CREAM), customer=LIN))
    hidden = mask.hide("林姐问〔客户称呼〕和〔电话1〕")
    assert hidden == "〔客户称呼〕问[客户称呼]和[电话1]"
    assert mask.reveal("〔电话9〕您好") == "〔电话9〕您好"


def test_figures_of_the_shop_stay_readable() -> None:
    mask = Mask.of(brief(need(Intent.PRICE, "", CREAM), customer=LIN))
    text = (
        "¥268，50ml，满250元减30元，11月1日至12月31日有效，备案沪G妆网备字2025000101，"
        "国妆特字20250012，SPF50 PA+++，YY-FC-001，今天10:05，7天无理由，积分1860"
    )
    assert mask.hide(text) == text


def test_a_name_of_one_character_is_hidden_with_its_title() -> None:
    short = LIN.model_copy(update={"name": "林", "address_as": ""})
    mask = Mask.of(brief(need(Intent.PRICE, "", CREAM), customer=short, on=desk(customers=(short,))))
    assert "林姐" not in mask.hide("林姐要面霜")


def test_the_guide_and_her_account_are_hidden() -> None:
    mask = Mask.of(brief(need(Intent.PRICE, "", CREAM), customer=LIN))
    hidden = mask.hide("我是小满 guide01")
    assert "小满" not in hidden
    assert "guide01" not in hidden
    assert MOMENT.tzinfo is UTC


@pytest.mark.parametrize("gap", ["\u200b", "\u2060", "\ufeff", "\u202e", "\U000e0041"])
def test_an_invisible_character_hides_no_number_from_us(gap: str) -> None:
    mask = Mask.of_names(["林晓"])
    hidden = mask.hide(f"林{gap}晓的电话138{gap}0000{gap}2231")
    assert hidden == "〔其他客户1〕的电话〔电话1〕"
    assert mask.is_personal(f"138{gap}00002231")


def test_a_name_comes_back_as_it_is_written() -> None:
    name = "👩\u200d🦰<小李>"
    mask = Mask.of_names([name])
    hidden = mask.hide(f"{name}想买面霜")
    assert hidden == "〔其他客户1〕想买面霜"
    assert mask.reveal(hidden) == f"{name}想买面霜"
