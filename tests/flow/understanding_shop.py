"""An invented beauty shop, an invented appliance shop, a guide's customers, and the situations utterances are said in."""

from collections.abc import Mapping
from datetime import UTC, datetime

from assistant.flow.desk import Desk, HouseRules, Inquiry, Previous, Shop
from assistant.flow.words.lexicon import Lexicon
from assistant.outreach.contacts import Contact, ContactReason
from assistant.shop import Citation, Customer, CustomerCard, Manner, Person, Product, Role, Stock, Store
from assistant.turn import CustomerMention, Draft, Intent, Message, Need, Sentence, Slots, TaskGoal

MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CITED = Citation(document_id="d1", title="商品", version=1, place="第3行")


def product(
    sku: str,
    name: str,
    category: str,
    yuan: int,
    *,
    suits: str = "",
    shuns: str = "",
    concerns: str = "",
    ingredients: str = "",
    free_of: str = "",
    aliases: str = "",
    series: str = "",
) -> Product:
    def listed(values: str) -> tuple[str, ...]:
        return tuple(values.split("、")) if values else ()

    return Product(
        sku=sku,
        name=name,
        category=category,
        price_fen=yuan * 100,
        suitable_for=listed(suits),
        not_for=listed(shuns),
        concerns=listed(concerns),
        ingredients=listed(ingredients),
        free_of=listed(free_of),
        aliases=listed(aliases),
        attributes={"系列": series} if series else {},
        cited=CITED,
    )


FACE, SUN, MAKEUP, BODY, HAIR, MOUTH = "面部护肤", "防晒", "彩妆", "身体护理", "洗护发", "口腔护理"

BEAUTY = (
    product(
        "YY-FC-001",
        "云润舒缓修护面霜 50g",
        FACE,
        268,
        suits="敏感肌、干皮",
        concerns="泛红、修护",
        ingredients="神经酰胺、积雪草",
        free_of="酒精、香精",
        aliases="小云瓶",
        series="云润",
    ),
    product(
        "YY-FC-002",
        "云润舒缓修护面霜 轻盈版 50g",
        FACE,
        258,
        suits="油皮、混合皮",
        concerns="舒缓、控油",
        ingredients="神经酰胺",
        free_of="酒精",
        series="云润",
    ),
    product(
        "YY-FC-003",
        "云润玻尿酸补水精华 30ml",
        FACE,
        198,
        suits="干皮、敏感肌、中性皮",
        concerns="补水",
        ingredients="玻尿酸",
        free_of="酒精、香精",
        aliases="水光瓶",
        series="云润",
    ),
    product(
        "YY-FC-004",
        "焕采烟酰胺亮肤精华液 30ml",
        FACE,
        328,
        suits="油皮、混合皮",
        shuns="敏感肌",
        concerns="暗沉、肤色不均",
        ingredients="烟酰胺、香精",
        series="焕采",
    ),
    product(
        "YY-FC-005",
        "云润氨基酸洁面乳 120g",
        FACE,
        99,
        suits="全肤质",
        concerns="清洁",
        ingredients="氨基酸",
        free_of="皂基",
        series="云润",
    ),
    product(
        "YY-FC-006",
        "焕采紧致眼霜 15g",
        FACE,
        368,
        suits="干皮、混合皮",
        shuns="孕妇",
        concerns="细纹",
        ingredients="视黄醇",
        series="焕采",
    ),
    product(
        "YY-FC-007",
        "云润积雪草舒缓面膜 5片",
        FACE,
        129,
        suits="敏感肌、干皮、油皮",
        concerns="泛红、补水",
        ingredients="积雪草",
        free_of="酒精、香精",
        series="云润",
    ),
    product(
        "YY-SP-001",
        "晴岚清透防晒乳 SPF50+ 60ml",
        SUN,
        159,
        suits="油皮、混合皮",
        concerns="防晒",
        ingredients="酒精",
        aliases="小晴伞",
        series="晴岚",
    ),
    product(
        "YY-SP-002",
        "晴岚儿童物理防晒霜 50g",
        SUN,
        139,
        suits="儿童、敏感肌",
        concerns="防晒",
        free_of="酒精、香精",
        series="晴岚",
    ),
    product("YY-MU-001", "花笺丝绒口红 3.5g", MAKEUP, 189, concerns="显色"),
    product(
        "YY-BD-001",
        "暖絮乳木果身体乳 250ml",
        BODY,
        119,
        suits="干皮",
        concerns="滋润",
        ingredients="乳木果油",
        free_of="酒精、香精",
    ),
    product("YY-HR-001", "丝迹控油蓬松洗发水 500ml", HAIR, 89, suits="油性头皮", concerns="控油", series="丝迹"),
    product("YY-HR-002", "丝迹修护护发素 500ml", HAIR, 95, suits="烫染发质", concerns="毛躁", series="丝迹"),
    product("YY-OC-001", "雪径护龈牙膏 120g", MOUTH, 39, concerns="护龈"),
)

APPLIANCES = (
    product(
        "NC-AF-01",
        "暖橙可视空气炸锅 5L",
        "厨房小电",
        399,
        suits="三口之家、情侣",
        concerns="少油、易清洗",
        aliases="小橙锅",
    ),
    product("NC-AF-02", "暖橙大容量空气炸锅 8L", "厨房小电", 599, suits="五口之家", concerns="少油", shuns="独居"),
    product("NC-VC-01", "净野X20无线吸尘器", "清洁电器", 1299, suits="养宠家庭", concerns="除毛、除螨"),
    product("NC-VC-02", "净野X20Pro无线吸尘器", "清洁电器", 1999, suits="养宠家庭", concerns="除毛"),
    product("NC-HD-01", "拂晓高速吹风机", "个护电器", 499, concerns="速干、护发"),
    product("NC-RB-01", "巡屋小巡扫拖机器人", "清洁电器", 2499, concerns="自动集尘"),
)

CARDS = (
    CustomerCard(customer_id="C01", name="苏晴", address_as="苏姐", phone_head="138", phone_tail="2231"),
    CustomerCard(customer_id="C02", name="陈芳", address_as="陈太太", phone_head="139", phone_tail="8876"),
    CustomerCard(customer_id="C03", name="小鹿", phone_head="137", phone_tail="0921"),
    CustomerCard(customer_id="C04", name="王丽华", address_as="王姐", phone_head="136", phone_tail="5520"),
    CustomerCard(customer_id="C05", name="王敏", address_as="王姐", phone_head="135", phone_tail="4417"),
    CustomerCard(customer_id="C06", name="Cindy", phone_head="186", phone_tail="3300"),
    CustomerCard(customer_id="C07", name="林晓晓", address_as="林小姐", phone_head="188", phone_tail="7719"),
    CustomerCard(customer_id="C08", name="周敏君", address_as="周女士", phone_head="159", phone_tail="2231"),
    CustomerCard(customer_id="C09", name="林晓", phone_head="187", phone_tail="6004"),
    CustomerCard(customer_id="C10", name="🍋一颗柠檬", phone_head="150", phone_tail="1188"),
    CustomerCard(customer_id="C11", name="赵建国", address_as="赵哥", phone_head="151", phone_tail="2090"),
    CustomerCard(customer_id="C12", name="晚安", phone_head="152", phone_tail="3071"),
)

STORE = Store(store_id="S001", name="云屿静安店", region_id="R01", region_name="华东")
GUIDE = Person(userid="xiaohe", name="何苗", role=Role.GUIDE, store_id="S001", region_id="R01")

DRAFT_TEXTS = (
    "苏姐，云润舒缓修护面霜不含酒精和香精，敏感肌可以用，建议先在耳后试一下。",
    "亲爱的苏姐，这款面霜就是给敏感肌准备的，换季泛红也能用哦。",
    "敏感肌可用，先在耳后小范围试用。",
)


def shop_of(products: tuple[Product, ...], coupon_names: tuple[str, ...] = ()) -> Shop:
    return Shop(
        corp_id="corp",
        brand="云屿",
        material_version=1,
        tiers=("普卡", "银卡", "金卡", "黑金卡"),
        rules=HouseRules(),
        products={one.sku: one for one in products},
        coupons=(),
        scripts=(),
        stores={STORE.store_id: STORE},
        lexicon=Lexicon.build(products, coupon_names),
    )


def drafts_of(texts: tuple[str, ...], skus: tuple[str, ...]) -> tuple[Draft, ...]:
    return tuple(
        Draft(manner=manner, sentences=(Sentence(text=text),), skus=skus)
        for manner, text in zip(Manner, texts, strict=False)
    )


_SUITS = Need(
    intent=Intent.SUITABILITY,
    question="敏感肌能不能用云润舒缓修护面霜",
    mention=CustomerMention(name="苏姐"),
    customer_id="C01",
    skus=("YY-FC-001",),
    product_words="小云瓶",
    slots=Slots(skin_type="敏感肌", category=FACE),
)
_ASKED = Need(
    intent=Intent.COUPON,
    question="能用什么券",
    mention=CustomerMention(name="王姐"),
    candidates=("C04", "C05"),
    skus=("YY-FC-003",),
)
_DRAFTS = drafts_of(DRAFT_TEXTS, ("YY-FC-001",))
_PREVIOUS = {
    "drafts": Previous("t1", _SUITS, _DRAFTS, None, False),
    "answered": Previous("t1", _SUITS, _DRAFTS, None, True),
    "ask": Previous("t1", _ASKED, (), None, False),
    "wang": Previous("t2", _ASKED.model_copy(update={"customer_id": "C04", "candidates": ()}), (), None, False),
    "bill": Previous(
        "t1",
        Need(
            intent=Intent.PRICE,
            question="小云瓶两瓶多少钱",
            customer_id="C01",
            skus=("YY-FC-001",),
            product_words="小云瓶",
            slots=Slots(quantity=2, category=FACE),
        ),
        _DRAFTS,
        None,
        False,
    ),
    "stock": Previous(
        "t1", Need(intent=Intent.STOCK, question="水光瓶还有货吗", skus=("YY-FC-003",)), _DRAFTS, None, False
    ),
    "opened": Previous(
        "t1",
        Need(intent=Intent.POLICY, question="没拆能退吗", slots=Slots(policy_topics=("开封", "退货"))),
        drafts_of(("未拆封的商品七天内凭小票可以退。",), ()),
        None,
        False,
    ),
    "policy": Previous(
        "t1",
        Need(intent=Intent.POLICY, question="买错了能退吗", slots=Slots(policy_topics=("退货",))),
        drafts_of(("未拆封的商品七天内凭小票可以退。",), ()),
        None,
        False,
    ),
    "reco": Previous(
        "t1",
        Need(
            intent=Intent.RECOMMEND,
            question="补水的推荐",
            customer_id="C02",
            skus=("YY-FC-001", "YY-FC-003"),
            slots=Slots(concerns=("补水",)),
        ),
        drafts_of(("陈太太，干皮可以看看小云瓶和水光瓶。",), ("YY-FC-001", "YY-FC-003")),
        None,
        False,
    ),
}
_GOAL = TaskGoal(task_id="TK1", title="老客秋冬回访")
_DUE = (
    Contact(
        customer_id="C01", name="苏晴", reason=ContactReason.TASK, detail="老客秋冬回访，明天截止", days=1, task=_GOAL
    ),
    Contact(customer_id="C02", name="陈太太", reason=ContactReason.BIRTHDAY, detail="2天后生日", days=2),
)
_PREVIOUS |= {
    "list": Previous("t1", Need(intent=Intent.CONTACT_TODAY, question="今天联系谁"), (), None, False),
    "task": Previous("t1", Need(intent=Intent.TASK, question="", customer_id="C01", task=_GOAL), _DRAFTS, None, False),
    "task-done": Previous(
        "t1", Need(intent=Intent.TASK, question="", customer_id="C01", task=_GOAL), _DRAFTS, None, True
    ),
}
_CURRENT = {"drafts": "C01", "answered": "C01", "reco": "C02", "current": "C01", "wang": "C04", "bill": "C01"}


def desk_of(
    shop: Shop,
    context: str = "none",
    customers: tuple[CustomerCard, ...] = CARDS,
    stock: Mapping[str, int] | None = None,
    customer: Customer | None = None,
    previous: Need | None = None,
) -> Desk:
    def stock_of(skus: tuple[str, ...]) -> tuple[Stock, ...]:
        return tuple(
            Stock(store_id=STORE.store_id, sku=sku, quantity=stock[sku], read_at=MOMENT)
            for sku in skus
            if stock is not None and sku in stock
        )

    return Desk(
        shop=shop,
        guide=GUIDE,
        store=STORE,
        customers=customers,
        current_customer_id=_CURRENT.get(context, ""),
        previous=Previous("T0", previous, (), None, answered=True) if previous else _PREVIOUS.get(context),
        said=frozenset(),
        customer=lambda customer_id: customer or Customer(customer_id=customer_id, name=""),
        stock=stock_of,
        uses=lambda customer_id: {},
        due=lambda: _DUE if context in ("list", "task", "task-done") else (),
        tasks=lambda: {"C01": _GOAL} if context in ("list", "task", "task-done") else {},
    )


def inquiry_of(*texts: str) -> Inquiry:
    messages = tuple(
        Message(message_id=str(number), text=text, received_at=MOMENT) for number, text in enumerate(texts)
    )
    return Inquiry(messages, MOMENT)
