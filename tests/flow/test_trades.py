"""Shops that sell no skin care: a shoe shop, a snack shop, a toy shop. Their customers are spoken to in their words."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.flow.answer import Answered, answer
from assistant.flow.desk import Desk, Inquiry
from assistant.flow.finding.aging import age_said
from assistant.flow.finding.trade import eaten, for_skin, is_first_formula, mostly, on_the_body
from assistant.flow.words.lexicon import Lexicon
from assistant.shop import Citation, Coupon, Customer, Product
from assistant.turn import Hit, Intent, Message
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from tests.flow import shopfloor
from tests.flow.shopfloor import MOMENT

CITED = Citation(document_id="d1", title="商品", version=1, place="第3行")
SKIN_TALK = re.compile("肤|上脸|洗脸|把脸|全脸|耳后|配方|质地|清爽还是|局部")


def goods(sku: str, name: str, category: str, yuan: int, **columns: object) -> Product:
    return Product(sku=sku, name=name, category=category, price_fen=yuan * 100, cited=CITED, **columns)


SHOES = (
    goods(
        "S1",
        "远山登山鞋",
        "鞋",
        599,
        suitable_for=("走山路的人",),
        ingredients=("牛皮鞋面",),
        selling_points=("鞋底抓地",),
        usage="用软刷刷净，阴干，不可机洗。",
        cautions=("新鞋先在平地穿几次",),
        attributes={"尺码参考": "41码：脚长25.5cm；42码：脚长26cm", "防水": "半天小雨不透"},
    ),
    goods(
        "S2",
        "轻履跑鞋",
        "鞋",
        399,
        suitable_for=("日常慢跑的人",),
        ingredients=("织物鞋面",),
        selling_points=("轻",),
        usage="用湿布擦，不可机洗。",
        attributes={"尺码参考": "41码：脚长25.5cm"},
    ),
)
SNACKS = (
    goods(
        "F1",
        "小满年货礼包",
        "礼盒",
        199,
        suitable_for=("走亲访友",),
        ingredients=("瓜子", "花生酥", "红枣"),
        selling_points=("一包备齐",),
        usage="开袋即食。",
        attributes={"过敏原提示": "含花生、芝麻"},
    ),
    goods(
        "F2",
        "小满白毫茶",
        "茶叶",
        88,
        suitable_for=("爱喝淡茶的人",),
        ingredients=("白茶",),
        selling_points=("回甘",),
        usage="取3克，用开水冲泡。",
        cautions=("含咖啡因，睡前少喝",),
        attributes={"过敏原提示": "无"},
    ),
    goods(
        "F3",
        "小满香脆花生",
        "炒货",
        28,
        suitable_for=("爱嚼的人",),
        ingredients=("花生", "食用盐"),
        selling_points=("脆",),
        usage="开袋即食。",
        attributes={"过敏原提示": "含花生"},
    ),
)
TOYS = (
    goods(
        "B1",
        "小驰折叠推车",
        "出行",
        699,
        suitable_for=("会坐的宝宝",),
        not_for=("6个月以内宝宝",),
        selling_points=("一拉就收",),
        usage="先锁好刹车再抱上宝宝。",
        attributes={"适用月龄": "6–36个月"},
    ),
    goods(
        "B2",
        "小驰平躺推车",
        "出行",
        1099,
        suitable_for=("新生儿到3岁",),
        selling_points=("能平躺",),
        usage="先锁好刹车再抱上宝宝。",
        attributes={"适用月龄": "0–36个月"},
    ),
    goods(
        "B3",
        "小驰婴儿配方奶粉1段",
        "奶粉",
        268,
        suitable_for=("0–6个月",),
        selling_points=("好冲",),
        usage="按罐上喂哺表冲调。",
        attributes={"适用月龄": "0–6个月"},
    ),
)
FIRST_AID = """戴了穿了受伤的，请先停止使用并保留原物，有伤请就医。
赔偿由店长按规定办理。"""


def floor(products: tuple[Product, ...], *, customer: Customer | None = None, coupons: tuple[Coupon, ...] = ()) -> Desk:
    """Lay the desk of a shop with these goods and nothing learned, said or sold yet."""
    desk = shopfloor.desk()
    by_sku = {one.sku: one for one in products}
    shop = replace(desk.shop, products=by_sku, lexicon=Lexicon.build(products), scripts=(), coupons=coupons)
    return replace(
        desk,
        shop=shop,
        customers=(),
        customer=(lambda _: customer) if customer is not None else desk.customer,
        current_customer_id=customer.customer_id if customer is not None else "",
        stock=lambda skus: (),
        previous=None,
        said=frozenset(),
    )


def says(text: str, desk: Desk, *papers: str) -> Answered:
    """Answer one message in a shop with these papers of rules."""
    inquiry = Inquiry(messages=(Message(message_id="m", text=text, received_at=MOMENT),), moment=MOMENT)
    passages = tuple(_paper(number, paper) for number, paper in enumerate(papers))
    return answer(inquiry, desk, _searching(passages), None)


def _paper(number: int, text: str) -> Passage:
    return Passage(
        id=f"p{number}",
        document_id=f"d{number}",
        title="不适与受伤处理",
        version=1,
        kind=DocumentKind.POLICY,
        text=text,
        place="第1段",
        heading=(),
        scope=Scope(level=ScopeLevel.BRAND),
    )


def _searching(passages: tuple[Passage, ...]) -> Callable[[object], tuple[Hit, ...]]:
    return lambda wanted: tuple(
        Hit(passage=one, score=0.5) for one in passages if one.kind in getattr(wanted, "kinds", ())
    )


def drafts(answered: Answered) -> str:
    return "\n".join(one.text for one in answered.drafted.drafts)


def reply(answered: Answered) -> str:
    return "\n".join(answered.presented.reply.parts)


def test_what_sort_of_goods_these_are_is_read_from_their_columns():
    assert [for_skin(one) for one in (shopfloor.CREAM, *SHOES, *SNACKS)] == [True, *(5 * [False])]
    assert on_the_body(shopfloor.CREAM)
    assert not on_the_body(SHOES[0])
    assert all(eaten(one) for one in SNACKS)
    assert not any(eaten(one) for one in (*SHOES, shopfloor.CREAM))
    assert mostly(SNACKS, eaten)
    assert not mostly((), eaten)


@pytest.mark.parametrize(
    "text",
    [
        "远山登山鞋适合什么人",
        "远山登山鞋和轻履跑鞋有什么区别",
        "推荐一双鞋",
        "远山登山鞋怎么洗",
        "介绍一下远山登山鞋",
        "远山登山鞋太贵了",
        "在吗",
        "写条群文案推轻履跑鞋",
        "远山登山鞋多少钱",
        "新加的客户第一句怎么说",
    ],
)
def test_nobody_who_buys_shoes_is_asked_about_her_skin(text: str):
    assert SKIN_TALK.search(reply(says(text, floor(SHOES)))) is None


@pytest.mark.parametrize(
    "text",
    [
        "小驰折叠推车收的时候把孩子手夹流血了，怎么赔",
        "远山登山鞋磨出血泡走不了路",
        "架子倒了砸到孩子",
        "吃完喉咙卡住了",
    ],
)
def test_somebody_hurt_is_a_complaint_and_never_sold_to(text: str):
    answered = says(text, floor((*TOYS, *SHOES)), FIRST_AID)
    assert answered.need.intent is Intent.COMPLAINT
    assert answered.offer is None
    assert re.search("医", drafts(answered))
    assert re.search("店长", drafts(answered))
    assert SKIN_TALK.search(drafts(answered)) is None


@pytest.mark.parametrize("text", ["小驰折叠推车会夹手吗", "怕孩子磕到头", "六楼没电梯收钱吗", "新鞋会不会磨出水泡"])
def test_what_might_happen_is_no_complaint(text: str):
    assert says(text, floor((*TOYS, *SHOES))).need.intent is not Intent.COMPLAINT


def test_a_notice_about_breakage_tells_of_no_accident():
    assert says("服务群发个通知，说下收到破了怎么处理", floor(SHOES)).need.intent is Intent.GROUP_POST


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("宝宝4个月 小驰折叠推车能坐不", "6–36个月"),
        ("怀孕能喝小满白毫茶吗", "咖啡因"),
        ("睡不好的人能喝小满白毫茶吗", "睡前少喝"),
        ("小满年货礼包给一岁吃行不行", "含花生、芝麻"),
    ],
)
def test_who_asks_whether_it_is_safe_is_told_what_the_record_says(text: str, told: str):
    answered = says(text, floor((*TOYS, *SNACKS)))
    assert answered.need.intent is Intent.SUITABILITY
    assert told in drafts(answered)
    assert answered.offer is None
    assert "没问题" not in drafts(answered)


def test_a_rule_of_the_shop_for_such_people_is_told_where_no_single_product_was_named():
    answered = says("2岁的宝宝能吃花生吗", floor(SNACKS), "整粒花生不推荐给 3 岁以下幼儿，有噎住的危险。")
    assert "3 岁以下" in drafts(answered)


@pytest.mark.parametrize("text", ["对花生过敏，推个能喝的茶", "花生过敏的推荐什么礼盒"])
def test_what_holds_the_allergen_is_never_recommended(text: str):
    answered = says(text, floor(SNACKS))
    assert "年货礼包" not in drafts(answered)
    assert "香脆花生" not in drafts(answered)


def test_first_stage_formula_is_sold_when_asked_for_and_never_promoted():
    assert is_first_formula(TOYS[2])
    assert not is_first_formula(TOYS[0])
    assert "¥268" in drafts(says("小驰婴儿配方奶粉1段多少钱", floor(TOYS)))
    assert "1段" not in drafts(says("帮写条宝妈群文案推小驰婴儿配方奶粉1段", floor(TOYS)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("远山登山鞋脚长26穿多大", "26cm"),
        ("远山登山鞋下雨能穿吗", "半天小雨"),
        ("远山登山鞋能丢洗衣机洗不", "不可机洗"),
        ("小满年货礼包有没有花生", "花生"),
    ],
)
def test_what_stands_in_a_column_of_the_shops_own_is_found(text: str, told: str):
    assert told in drafts(says(text, floor((*SHOES, *SNACKS))))


def test_what_no_column_tells_is_answered_with_an_honest_no():
    for text in ("远山登山鞋是哪个明星代言的吗", "远山登山鞋能租几天吗"):
        answered = says(text, floor(SHOES))
        assert answered.drafted.drafts == ()


def test_who_wants_no_more_advertising_is_answered_and_not_sold_to():
    answered = says("客户：别再给我发广告了", floor(SHOES))
    assert re.search("不再|停", drafts(answered))
    assert "登山鞋" not in drafts(answered)


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("宝宝4个月", 4),
        ("三个月能坐吗", 3),
        ("2岁半", 30),
        ("买了三个月坏了", None),
        ("11月22日", None),
        ("怀孕三个月", None),
    ],
)
def test_the_age_somebody_says(said: str, months: int | None):
    assert age_said(said) == months
