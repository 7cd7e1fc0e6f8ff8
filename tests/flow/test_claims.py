"""What find_claims reads from a text, and what it leaves alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.flow.guard.claims.find import find_claims, find_effects
from assistant.flow.guard.claims.found import Role
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.numbers import read_number
from assistant.flow.guard.claims.private import PrivateKind, find_private
from assistant.flow.guard.law.compliance import screen
from assistant.flow.guard.records.days import same_date
from assistant.shop import Citation, Coupon, CouponKind, Product
from assistant.turn import ClaimKind
from tests.flow.shopfloor import MOMENT

CITED = Citation(document_id="d", title="商品资料", version=1, place="第3行")


def product(sku: str, name: str, *aliases: str) -> Product:
    return Product(sku=sku, name=name, category="面部护肤", price_fen=26800, brand="云屿", aliases=aliases, cited=CITED)


NAMES = KnownNames.of(
    (
        product("YY-1", "云屿云感修护面霜", "云感面霜", "面霜", "防晒"),
        product("YY-2", "云屿清透防晒乳 50ml"),
        product("YY-3", "云屿清透防晒乳 30ml"),
        product("YY-4", "云屿夜润精华", "小夜"),
        product("YY-5", "云屿夜润精华水", "小夜"),
    ),
    (
        Coupon(
            coupon_id="K-1", name="秋日满减券", kind=CouponKind.THRESHOLD, starts_at=MOMENT, ends_at=MOMENT, cited=CITED
        ),
    ),
    "云屿",
)


def values(text: str, kind: ClaimKind) -> list[str]:
    return [found.value for found in find_claims(text, NAMES) if found.kind is kind]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("¥268", "26800"),
        ("268元", "26800"),
        ("42元6枚", "4200"),
        ("99元五只", "9900"),
        ("20元一口价", "2000"),
        ("268块", "26800"),
        ("268块钱", "26800"),
        ("￥1,299.00", "129900"),
        ("２６８元", "26800"),
        ("两百六十八元", "26800"),
        ("一千二百九十九元", "129900"),
        ("九块九", "990"),
        ("九块九毛", "990"),
        ("12块5", "1250"),
        ("1.2万", None),
        ("1.2万元", "1200000"),
        ("三点五万元", "3500000"),
        ("2万3块", "2300000"),
        ("百二元", "12000"),
        ("268.01元", "26801"),
        ("五毛钱", "50"),
        ("到手228", "22800"),
        ("只要268就能带走", "26800"),
        ("两百多元", "~20000"),
    ],
)
def test_money_in_fen(text: str, fen: str | None) -> None:
    assert values(text, ClaimKind.MONEY) == ([] if fen is None else [fen])


@pytest.mark.parametrize("text", ["一元硬币大小", "两块香皂", "这一块皮肤", "28元素", "一块儿", "多元选择"])
def test_no_money(text: str) -> None:
    assert values(text, ClaimKind.MONEY) == []


def test_both_ends_of_a_price_range() -> None:
    assert values("200-300元", ClaimKind.MONEY) == ["20000", "30000"]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("满300减40", [Role.THRESHOLD, Role.SAVING]),
        ("满300元减40元", [Role.THRESHOLD, Role.SAVING]),
        ("满300-40的券", [Role.THRESHOLD, Role.SAVING]),
        ("还差32元", [Role.GAP]),
        ("运费8元", [Role.FEE]),
        ("40元代金券", [Role.SAVING]),
        ("厂商建议零售价是¥299，现在售价¥268", [Role.LIST, Role.PRICE]),
        ("价值59元", [Role.WORTH]),
        ("用券省¥40，券后实付¥228", [Role.SAVING, Role.FINAL]),
        ("300元以上", [Role.THRESHOLD]),
    ],
)
def test_what_a_sum_is_for(text: str, roles: list[Role]) -> None:
    assert [found.role for found in find_claims(text, NAMES) if found.kind is ClaimKind.MONEY] == roles


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("八五折", "85折"),
        ("8.5折", "85折"),
        ("85折", "85折"),
        ("九折", "90折"),
        ("八点五折", "85折"),
        ("第二件半价", "50折"),
        ("立减15%", "85折"),
        ("便宜三成", "70折"),
        ("85%", "85%"),
        ("百分之八十五", "85%"),
    ],
)
def test_discounts_and_percentages(text: str, value: str) -> None:
    assert values(text, ClaimKind.PERCENT) == [value]


@pytest.mark.parametrize("text", ["打折", "折扣", "来回折腾", "一折叠就收好", "成分表"])
def test_no_discount(text: str) -> None:
    assert values(text, ClaimKind.PERCENT) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("11月30日", "--11-30"),
        ("11月30号", "--11-30"),
        ("十一月三十号", "--11-30"),
        ("2026年11月30日10:05", "2026-11-30"),
        ("2026-11-30", "2026-11-30"),
        ("2026/11/30", "2026-11-30"),
        ("活动到11.30", "--11-30"),
        ("30号截止", "---30"),
        ("11月", "--11"),
        ("本月底", "本月底"),
        ("双十二", "双十二"),
        ("活动明天结束", "明天"),
        ("周五前到货", "周五"),
    ],
)
def test_dates(text: str, value: str) -> None:
    assert values(text, ClaimKind.DATE)[:1] == [value]


@pytest.mark.parametrize("text", ["今天过来看看", "明天见", "质地打11.3分", "周五见", "目前有货", "今天天气真好"])
def test_no_date(text: str) -> None:
    assert values(text, ClaimKind.DATE) == []


@pytest.mark.parametrize(
    ("said", "written", "same"),
    [
        ("--11-30", "2026-11-30", True),
        ("2026-11-30", "--11-30", True),
        ("2025-11-30", "2026-11-30", False),
        ("--11-30", "--11", False),
        ("--11-30", "2026", False),
        ("--11", "2026-11-30", True),
        ("本月底", "2026-11-30", True),
        ("本月底", "2026-11-28", False),
        ("双十二", "2026-12-12", True),
        ("今天", "2026-11-22", True),
        ("周五", "2026-11-27", False),
        ("下周五", "2026-11-27", True),
        ("---30", "2026-11-30", True),
        ("中秋", "2026-09-25", False),
    ],
)
def test_same_day(said: str, written: str, same: bool) -> None:
    assert same_date(said, written, date(2026, 11, 22)) is same


@pytest.mark.parametrize(
    ("text", "value", "role"),
    [
        ("7天内可退", "7天", Role.POLICY),
        ("七天无理由", "7天", Role.POLICY),
        ("一周内", "7天", Role.PLAIN),
        ("24小时", "24小时", Role.PLAIN),
        ("3-5个工作日", "3-5工作日", Role.PLAIN),
        ("2至3天送达", "2-3天", Role.POLICY),
        ("一个月内", "1个月", Role.PLAIN),
        ("半年", "6个月", Role.PLAIN),
        ("28天见效", "28天", Role.EFFECT),
        ("三天就变白", "3天", Role.EFFECT),
        ("按摩3分钟", "3分钟", Role.PLAIN),
    ],
)
def test_durations(text: str, value: str, role: Role) -> None:
    (found,) = (one for one in find_claims(text, NAMES) if one.kind is ClaimKind.DURATION)
    assert (found.value, found.role) == (value, role)


@pytest.mark.parametrize(
    "text", ["这两天降温", "过两天再来", "愉快的一天", "一天两次", "每天", "前几天", "一年四季", "三年级"]
)
def test_no_duration(text: str) -> None:
    assert values(text, ClaimKind.DURATION) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50ml", "50ml"),
        ("50毫升", "50ml"),
        ("30克", "30g"),
        ("2支", "2支"),
        ("三盒", "3盒"),
        ("1200积分", "1200积分"),
        ("积分1860", "1860积分"),
        ("库存6件", "6件"),
        ("SPF50+", "SPF50+"),
        ("PA+++", "PA+++"),
        ("两次", "2次"),
        ("2-3滴", "2-3滴"),
        ("双倍积分", "2倍"),
        ("编号268", "268"),
    ],
)
def test_quantities(text: str, value: str) -> None:
    assert values(text, ClaimKind.QUANTITY) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "一下", "一起", "一点", "第一次", "三言两语", "2号店", "一款", "两款给您", "1-2句", "十分适合", "维生素B5", "第2步",
        "两位", "一支", "各一次", "两个都好", "1. 先洁面", "①", "一般", "万一", "A和B",
    ],
)  # fmt: skip
def test_conversation_is_no_claim(text: str) -> None:
    assert [found for found in find_claims(text, NAMES) if found.kind is not ClaimKind.PRODUCT] == []


def test_stock_is_marked() -> None:
    (found,) = find_claims("店里还有3支", NAMES)
    assert found.role is Role.STOCK


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("云屿云感修护面霜", "YY-1"),
        ("云感修护面霜", "YY-1"),
        ("云感面霜", "YY-1"),
        ("yy-1", "YY-1"),
        ("云屿清透防晒乳 50ml", "YY-2"),
        ("清透防晒乳", "YY-2|YY-3"),
        ("云屿夜润精华水", "YY-5"),
        ("小夜", "YY-4|YY-5"),
    ],
)
def test_known_products(text: str, value: str) -> None:
    assert values(text, ClaimKind.PRODUCT) == [value]


@pytest.mark.parametrize("text", ["面霜", "防晒", "云屿的面霜", "YY-12"])
def test_a_kind_of_product_is_no_name(text: str) -> None:
    assert values(text, ClaimKind.PRODUCT) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("「焕颜霜」", ClaimKind.PRODUCT),
        ("云屿焕白精华", ClaimKind.PRODUCT),
        ("「周年礼券」", ClaimKind.COUPON),
        ("周年庆礼券", ClaimKind.COUPON),
        ("生日礼券", ClaimKind.COUPON),
    ],
)
def test_unknown_names(text: str, kind: ClaimKind) -> None:
    (found,) = find_claims(text, NAMES)
    assert (found.kind, found.known) == (kind, False)


def test_quoted_speech_is_no_name() -> None:
    assert find_claims("您说「有点贵，再看看」", NAMES) == ()


def test_a_figure_knows_the_name_before_it() -> None:
    found = find_claims("云感面霜268元，云屿夜润精华水199元，可用「秋日满减券」满300减40", NAMES)
    hints = {one.text: one.subject_hint for one in found if one.kind is ClaimKind.MONEY}
    assert hints == {"268元": "YY-1", "199元": "YY-5", "300": "K-1", "40": "K-1"}


def test_places_are_those_of_the_original() -> None:
    text = "售价￥２６８，８５折"
    assert [text[one.start : one.end] for one in find_claims(text, NAMES)] == ["￥２６８", "８５折"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("不满意包退", "包退"),
        ("支持七天无理由退货", "无理由退货"),
        ("假一赔十", "假一赔:假一赔十"),
        ("一定有货", "有货"),
        ("终身使用", "终身"),
        ("满99包邮", "包邮"),
        ("送您旅行装洁面乳一支", "赠品:旅行装洁面乳"),
        ("赠品：化妆棉", "赠品:化妆棉"),
        ("买一送一", "买赠:买一送一"),
    ],
)
def test_promises(text: str, value: str) -> None:
    assert value in values(text, ClaimKind.PROMISE)


@pytest.mark.parametrize(
    "text",
    [
        "不包邮",
        "不支持无理由退货",
        "送妈妈很合适",
        "送货时间看快递",
        "能包退吗",
        "送您一张秋日满减券",
        "保证金",
        "我帮您包得整齐些",
        "我单独帮您看",
    ],
)
def test_no_promise(text: str) -> None:
    assert values(text, ClaimKind.PROMISE) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("能补水", ["保湿"]),
        ("保湿又美白", ["保湿", "美白"]),
        ("不仅保湿", ["保湿"]),
        ("没有美白功效", []),
        ("您想要保湿还是控油？", []),
        ("注意补水", []),
        ("您的美白需求", []),
        ("医生发现", []),
        ("云屿云感修护面霜", []),
        ("记得涂防晒衣", []),
        ("防晒和日常妆都能卸", []),
    ],
)
def test_effects(text: str, found: list[str]) -> None:
    assert [one.value for one in find_effects(text, NAMES)] == found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("电话13800002231", PrivateKind.PHONE),
        ("138 0000 2231", PrivateKind.PHONE),
        ("１３８００００２２３１", PrivateKind.PHONE),
        ("110101199003074514", PrivateKind.IDENTITY),
        ("wmAbCdEfGhIjKlMnOp", PrivateKind.EXTERNAL_ID),
        ("订单号YY2026110100123", PrivateKind.ORDER),
        ("订单：100200300", PrivateKind.ORDER),
        ("6222020200112230", PrivateKind.CARD),
        ("生日是1990年8月15日", PrivateKind.BIRTHDAY),
        ("1990-08-15出生", PrivateKind.BIRTHDAY),
    ],
)
def test_personal_data(text: str, kind: PrivateKind) -> None:
    assert [private.kind for private in find_private(text)] == [kind]
    assert find_claims(text, NAMES) == ()


@pytest.mark.parametrize(
    "text",
    [
        "138****2231",
        "满300减40",
        "2026年11月30日",
        "生日快乐",
        "8月生日礼",
        "备案号2025000101",
        "专利号ZL209920001173.5",
    ],
)
def test_no_personal_data(text: str) -> None:
    assert find_private(text) == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("两百六十八", "268"),
        ("1,299.00", "1299.00"),
        ("半", "0.5"),
        ("百二", "120"),
        ("三点五万", "35000"),
        ("2千3", "2300"),
        ("廿五", "25"),
    ],
)
def test_numbers(text: str, number: str) -> None:
    assert str(read_number(text)) in (number, f"{number}.0")


def test_unreadable_numbers_are_none() -> None:
    assert read_number("点点") is None


@given(
    st.text(
        st.sampled_from("满减送¥$0123456789.,，。-/一二两百点半元块折天日月年ml支第「」最好 \n%不吗云屿🌿\u200b１①")
        | st.characters(),
        max_size=60,
    )
)
def test_no_text_breaks_the_reading(text: str) -> None:
    for found in find_claims(text, NAMES):
        assert text[found.start : found.end] == found.text
    for private in find_private(text):
        assert text[private.start : private.end] == private.text
    for violation in screen(text, ()):
        assert text[violation.start : violation.end] == violation.span


def test_a_nickname_inside_an_ingredient_or_a_size_names_nothing() -> None:
    shea = product("T-31", "云屿滋润身体霜", "乳木果")
    oily = product("T-32", "云屿丝柔护手霜").model_copy(update={"ingredients": ("乳木果油", "甘油")})
    names = KnownNames.of((shea, oily))
    assert [one for one in find_claims("里面有乳木果油和甘油", names) if one.kind is ClaimKind.PRODUCT] == []
    assert [one.value for one in find_claims("乳木果还有吗", names) if one.kind is ClaimKind.PRODUCT] == ["T-31"]


def test_a_nickname_in_a_list_of_parts_names_nothing() -> None:
    heads = product("T-33", "云屿牙刷刷头", "刷头")
    brush = product("T-34", "云屿声波牙刷").model_copy(update={"ingredients": ("主机", "充电座", "刷头")})
    names = KnownNames.of((heads, brush))

    def named(text: str) -> list[str]:
        return [one.value for one in find_claims(text, names) if one.kind is ClaimKind.PRODUCT]

    assert named("成分材质是主机、充电座、刷头，一共三样") == []
    assert named("刷头还有吗") == ["T-33"]
    assert named("主机和刷头是分开卖的") == ["T-33"]


@pytest.mark.parametrize(
    "text", ["您有需要的时候再找我就好。", "超过时间没有收到，请把订单号发我。", "超过时间没到的，您把订单号给我。"]
)
def test_whom_to_turn_to_and_how_late_it_is_promise_nothing(text: str) -> None:
    assert [one.text for one in find_claims(text, KnownNames.of(())) if one.kind is ClaimKind.PROMISE] == []


@given(st.text(alphabet="零〇一二两三五九十百千万亿壹拾佰廿卅点半029.,块", min_size=1, max_size=8))
def test_no_run_of_numerals_is_too_odd_to_look_at(text: str) -> None:
    """周二二十四号 is written by honest people, and 二二十四 is no number."""
    assert read_number(text) is None or read_number(text) >= 0
    assert read_number("二二十四") is None
