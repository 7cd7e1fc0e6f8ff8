"""A small made-up shop for the flow's tests: everything a desk holds, at one fixed moment.

``desk()`` lays a guide's desk, ``need()`` and ``brief()`` make what the later steps are given. Nobody in here exists.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from assistant.flow.brief import Brief
from assistant.flow.desk import Desk, HouseRules, Previous, Shop
from assistant.flow.drafting.manner import manners_for
from assistant.flow.finding.evidence import gather
from assistant.flow.finding.offering import make_offer
from assistant.flow.words.lexicon import Lexicon
from assistant.shop import (
    BLANK,
    VARIABLE_OF,
    Audience,
    Citation,
    Coupon,
    CouponKind,
    CouponScope,
    CouponUse,
    Customer,
    CustomerCard,
    CustomerFact,
    Manner,
    Person,
    Product,
    Purchase,
    Purpose,
    Role,
    Scene,
    Script,
    Stage,
    Stock,
    Store,
)
from assistant.turn import Hit, Intent, Need, Slots
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel

MOMENT = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
"""22 November 2026, 14:30 in Shanghai."""

TIERS = ("普卡", "银卡", "金卡", "黑金卡")


def cited(title: str, place: str) -> Citation:
    """Return where a record was read."""
    return Citation(document_id=f"doc-{title}", title=title, version=2, place=place)


# ---- products ----------------------------------------------------------------------------------

CREAM = Product(
    sku="YY-FC-001",
    name="云屿舒缓保湿面霜",
    category="面部护肤",
    brand="云屿",
    spec="50ml",
    price_fen=26800,
    list_price_fen=29800,
    aliases=("舒缓面霜",),
    suitable_for=("干性", "敏感性"),
    not_for=("油性",),
    concerns=("干燥", "泛红", "紧绷"),
    ingredients=("神经酰胺", "角鲨烷", "泛醇"),
    free_of=("酒精", "香精"),
    efficacy=("舒缓", "保湿"),
    registration="沪G妆网备字2025000101",
    selling_points=("质地像奶油，推开不黏", "洗完脸不紧绷"),
    usage="洁面后取黄豆大小，由内向外推开，早晚各一次",
    cautions=("首次使用请先在耳后做局部测试", "如有不适请停用"),
    attributes={"系列": "舒缓", "上市日期": "2025-03-01"},
    cited=cited("商品资料", "面部护肤!第3行"),
)
CREAM_SMALL = Product(
    sku="YY-FC-005",
    name="云屿舒缓保湿面霜旅行装",
    category="面部护肤",
    brand="云屿",
    spec="15ml",
    price_fen=9800,
    suitable_for=("干性", "敏感性"),
    not_for=("油性",),
    concerns=("干燥", "泛红"),
    ingredients=("神经酰胺", "角鲨烷", "泛醇"),
    free_of=("酒精", "香精"),
    efficacy=("舒缓", "保湿"),
    selling_points=("小小一支，随身好带",),
    usage="同正装用法，早晚各一次",
    cautions=("首次使用请先在耳后做局部测试",),
    attributes={"系列": "舒缓"},
    cited=cited("商品资料", "面部护肤!第7行"),
)
LOTION = Product(
    sku="YY-FC-002",
    name="云屿控油清爽乳",
    category="面部护肤",
    brand="云屿",
    spec="100ml",
    price_fen=15800,
    suitable_for=("油性", "混合性"),
    concerns=("出油", "毛孔粗大"),
    ingredients=("烟酰胺", "锌盐"),
    free_of=("酒精",),
    efficacy=("控油", "保湿"),
    selling_points=("上脸清爽不黏",),
    usage="洁面后取适量均匀涂于面部，避开眼周",
    cautions=("如有不适请停用",),
    attributes={"系列": "清爽"},
    cited=cited("商品资料", "面部护肤!第4行"),
)
ESSENCE = Product(
    sku="YY-FC-003",
    name="云屿焕亮精华液",
    category="面部护肤",
    brand="云屿",
    spec="30ml",
    price_fen=39800,
    suitable_for=("各类肤质",),
    not_for=("孕妇及哺乳期",),
    concerns=("暗沉", "肤色不均"),
    ingredients=("烟酰胺", "甘草提取物"),
    efficacy=("美白祛斑", "保湿"),
    special_registration="国妆特字20250012",
    selling_points=("吸收快，不搓泥",),
    usage="爽肤水后取2至3滴，轻拍至吸收；白天使用后请涂防晒",
    cautions=("白天使用请注意防晒", "首次使用请先在耳后做局部测试"),
    is_new=True,
    attributes={"系列": "焕亮"},
    cited=cited("商品资料", "面部护肤!第5行"),
)
CLEANSER = Product(
    sku="YY-FC-004",
    name="云屿氨基酸洁面乳",
    category="面部护肤",
    brand="云屿",
    spec="120g",
    price_fen=9800,
    suitable_for=("各类肤质",),
    concerns=("清洁",),
    ingredients=("椰油酰甘氨酸钠", "甘油"),
    free_of=("皂基",),
    efficacy=("清洁",),
    selling_points=("泡沫细，冲得净",),
    usage="取适量加水揉出泡沫，轻柔打圈后冲净，早晚各一次",
    cautions=("避免入眼",),
    cited=cited("商品资料", "面部护肤!第6行"),
)
SUNSCREEN = Product(
    sku="YY-SP-001",
    name="云屿轻透防晒乳",
    category="防晒",
    brand="云屿",
    spec="60ml",
    price_fen=13800,
    suitable_for=("各类肤质",),
    concerns=("日晒",),
    ingredients=("二氧化钛", "氧化锌"),
    efficacy=("防晒",),
    special_registration="国妆特字20240088",
    selling_points=("轻薄成膜快",),
    usage="出门前15分钟均匀涂抹，每两小时补涂",
    cautions=("儿童请遵医嘱使用",),
    attributes={"防晒指数": "SPF50 PA+++"},
    cited=cited("商品资料", "防晒!第2行"),
)
LIPSTICK = Product(
    sku="YY-MU-001",
    name="云屿丝绒口红",
    category="彩妆",
    brand="云屿",
    spec="3.5g",
    price_fen=12900,
    suitable_for=(),
    selling_points=("显色柔和", "不易沾杯"),
    usage="从唇中向外涂抹",
    coupon_excluded=True,
    cited=cited("商品资料", "彩妆!第2行"),
)
BODY_MILK = Product(
    sku="YY-BD-001",
    name="云屿滋养身体乳",
    category="身体护理",
    brand="云屿",
    spec="250ml",
    price_fen=8900,
    suitable_for=("干性",),
    concerns=("干燥",),
    ingredients=("乳木果油",),
    efficacy=("保湿",),
    selling_points=("吸收快不油腻",),
    usage="沐浴后涂抹全身",
    cited=cited("商品资料", "身体护理!第2行"),
)
SHAMPOO = Product(
    sku="YY-HR-001",
    name="云屿柔顺洗发水",
    category="洗护发",
    brand="云屿",
    spec="400ml",
    price_fen=7900,
    suitable_for=("干枯发质",),
    efficacy=("清洁", "修护"),
    selling_points=("冲洗后顺滑好梳",),
    usage="取适量揉出泡沫，按摩头皮后冲净",
    cited=cited("商品资料", "洗护发!第2行"),
)
PRODUCTS = (CREAM, CREAM_SMALL, LOTION, ESSENCE, CLEANSER, SUNSCREEN, LIPSTICK, BODY_MILK, SHAMPOO)

# ---- stores, people ----------------------------------------------------------------------------

HOME = Store(
    store_id="S001",
    name="云屿湖滨店",
    region_id="R01",
    region_name="华东",
    address="湖滨路18号1楼",
    phone="0571-86001234",
    hours="10:00-22:00",
)
NEARBY = Store(
    store_id="S002", name="云屿城西店", region_id="R01", region_name="华东", address="文新路6号", hours="10:00-21:30"
)
FAR = Store(store_id="S005", name="云屿天河店", region_id="R02", region_name="华南", address="天河路99号")
STORES = (HOME, NEARBY, FAR)
GUIDE = Person(userid="guide01", name="小满", role=Role.GUIDE, store_id="S001", region_id="R01")

LIN = Customer(
    customer_id="wmLin0000000001",
    name="林婉清",
    address_as="林姐",
    phone_masked="138****2231",
    tier="金卡",
    tier_level=3,
    points=1860,
    birthday=date(1988, 11, 28),
    tags=("爱逛门店",),
    facts=(
        CustomerFact(name="肤质", value="干性敏感肌", source="导购记录", observed_at=MOMENT - timedelta(days=60)),
        CustomerFact(name="过敏史", value="水杨酸", source="导购记录", observed_at=MOMENT - timedelta(days=60)),
    ),
    consents=tuple(Purpose),
    guide="guide01",
    store_id="S001",
    order_count=4,
    purchases=(
        Purchase(
            order_id="OD20260910001",
            sku=CLEANSER.sku,
            product_name=CLEANSER.name,
            quantity=1,
            paid_fen=9800,
            bought_at=datetime(2026, 9, 10, 4, 0, tzinfo=UTC),
        ),
        Purchase(
            order_id="OD20260602007",
            sku=CREAM.sku,
            product_name=CREAM.name,
            quantity=1,
            paid_fen=26800,
            bought_at=datetime(2026, 6, 2, 4, 0, tzinfo=UTC),
        ),
    ),
)
ZHOU = Customer(
    customer_id="wmZhou000000002",
    name="周敏",
    address_as="周女士",
    phone_masked="139****7788",
    tier="银卡",
    tier_level=2,
    points=320,
    birthday=date(1992, 3, 5),
    facts=(CustomerFact(name="肤质", value="油性", source="会员表", observed_at=MOMENT - timedelta(days=10)),),
    consents=(Purpose.SERVICE,),
    guide="guide01",
    store_id="S001",
    order_count=2,
    purchases=(
        Purchase(
            order_id="OD20260801002",
            sku=LOTION.sku,
            product_name=LOTION.name,
            quantity=1,
            paid_fen=15800,
            bought_at=datetime(2026, 8, 1, 4, 0, tzinfo=UTC),
        ),
    ),
)
CHEN = Customer(
    customer_id="wmChen000000003",
    name="陈诺",
    phone_masked="137****0456",
    tier="普卡",
    tier_level=1,
    consents=(Purpose.SERVICE, Purpose.PERSONALISATION),
    guide="guide01",
    store_id="S001",
)
CUSTOMERS = (LIN, ZHOU, CHEN)

# ---- coupons -----------------------------------------------------------------------------------

_START = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
_END = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)


def coupon(coupon_id: str, name: str, kind: CouponKind, **rest: object) -> Coupon:
    """Make a coupon that runs in November and December."""
    made = {"starts_at": _START, "ends_at": _END, "cited": cited("优惠券", f"{coupon_id}行"), **rest}
    return Coupon.model_validate({"coupon_id": coupon_id, "name": name, "kind": kind, **made})


FACE_300 = coupon(
    "K01",
    "护肤满300减50",
    CouponKind.THRESHOLD,
    amount_fen=5000,
    threshold_fen=30000,
    scope=CouponScope(categories=("面部护肤",)),
    per_customer_limit=1,
    stacking_group="满减",
)
FACE_250 = coupon(
    "K02",
    "护肤满250减30",
    CouponKind.THRESHOLD,
    amount_fen=3000,
    threshold_fen=25000,
    scope=CouponScope(categories=("面部护肤",)),
    stacking_group="满减",
)
GOLD_FOLD = coupon(
    "K03",
    "金卡九折券",
    CouponKind.DISCOUNT,
    pay_percent=90,
    cap_fen=10000,
    audience=Audience(tiers=("金卡", "黑金卡")),
    stacking_group="折扣",
)
BIRTHDAY_20 = coupon(
    "K04", "生日礼金20元", CouponKind.VOUCHER, amount_fen=2000, audience=Audience(birthday_month=True), exclusive=True
)
GIFT_500 = coupon(
    "K05", "满500赠旅行装", CouponKind.GIFT, gift="洁面旅行装30g×1", gift_value_fen=2900, threshold_fen=50000
)
NEW_30 = coupon(
    "K06", "新客立减30", CouponKind.VOUCHER, amount_fen=3000, threshold_fen=10000, audience=Audience(new_customer=True)
)
COUPONS = (FACE_300, FACE_250, GOLD_FOLD, BIRTHDAY_20, GIFT_500, NEW_30)

# ---- scripts -----------------------------------------------------------------------------------


def script(
    number: int,
    stage: Stage,
    manner: Manner,
    text: str,
    keywords: tuple[str, ...] = (),
    scene: Scene = Scene.PRIVATE,
    **rest: object,
) -> Script:
    """Make an approved script; its blanks are read from the text."""
    return Script.model_validate(
        {
            "script_id": f"SC{number:03d}",
            "title": f"{stage.label}{number}",
            "stage": stage,
            "scene": scene,
            "manner": manner,
            "text": text,
            "variables": tuple(
                dict.fromkeys(VARIABLE_OF[label] for label in BLANK.findall(text) if label in VARIABLE_OF)
            ),
            "keywords": keywords,
            "cited": cited("话术库", f"第{number + 1}行"),
            **rest,
        }
    )


SCRIPTS = (
    script(
        1,
        Stage.GREETING,
        Manner.WARM,
        "【客户称呼】，您好呀，我是【门店】的【导购姓名】。护肤上想了解什么，随时喊我就行。",
    ),
    script(2, Stage.GREETING, Manner.BRIEF, "【客户称呼】好，我是【门店】【导购姓名】，有事您说。"),
    script(3, Stage.DISCOVERY, Manner.WARM, "换季皮肤闹脾气很常见，您先跟我说说现在用的是什么。", ("换季",)),
    script(
        4,
        Stage.RECOMMENDATION,
        Manner.WARM,
        "【客户称呼】，按您说的情况，我给您看看【产品名】，【规格】【价格】，适合【适合人群】。它的特点是【卖点】。",
        categories=("面部护肤",),
    ),
    script(
        5,
        Stage.RECOMMENDATION,
        Manner.EXPERT,
        "【产品名】对应的是【肌肤需求】，适用【适合人群】，规格【规格】，【价格】。",
    ),
    script(
        6,
        Stage.OBJECTION,
        Manner.WARM,
        "【客户称呼】，您的顾虑我理解，钱要花在合适的地方。【产品名】的特点是【卖点】，您可以先比比看。",
        ("贵", "价格"),
    ),
    script(7, Stage.OBJECTION, Manner.BRIEF, "理解您的考虑。【产品名】【卖点】，您再掂量掂量。", ("贵", "价格")),
    script(
        8,
        Stage.OBJECTION,
        Manner.EXPERT,
        "您问得很实在。【产品名】【规格】，写明适合【适合人群】，您可以对照自己的情况看值不值。",
        ("贵", "划算"),
    ),
    script(9, Stage.OBJECTION, Manner.WARM, "多比较是应该的，咱们不急，您先了解清楚再定。", ("考虑", "比较", "别家")),
    script(
        10,
        Stage.PRICE,
        Manner.WARM,
        "【客户称呼】，帮您算好了：【产品名】可以用【优惠券】（【用券条件】），券后【券后价】，省【优惠金额】。",
        ("券", "优惠"),
    ),
    script(11, Stage.PRICE, Manner.BRIEF, "可用【优惠券】（【用券条件】），实付【券后价】。", ("券", "优惠")),
    script(12, Stage.CLOSING, Manner.WARM, "【客户称呼】，您看合适的话，我帮您把【产品名】先登记上，您到店直接拿。"),
    script(13, Stage.CLOSING, Manner.BRIEF, "【产品名】给您登记一件吗？"),
    script(
        14,
        Stage.AFTER_SALES,
        Manner.WARM,
        "【客户称呼】，真不好意思让您不舒服了，咱们先把皮肤照顾好，别的都放后面。",
        ("不适", "过敏", "泛红"),
    ),
    script(15, Stage.AFTER_SALES, Manner.WARM, "【客户称呼】，退换的事我帮您对过了：【政策要点】。", ("退", "换货")),
    script(16, Stage.CARE, Manner.WARM, "【客户称呼】，最近天干，记得多喝水。之前的【上次购买】用着还习惯吗？"),
    script(17, Stage.CARE, Manner.WARM, "【客户称呼】，【门店】全体小伙伴祝您生日快乐，愿您天天好心情。", ("生日",)),
    script(18, Stage.CARE, Manner.BRIEF, "【客户称呼】，生日快乐，祝您一切顺心。", ("生日",)),
    script(19, Stage.REACTIVATION, Manner.WARM, "【客户称呼】，好久没见您来店里了，之前买的【上次购买】用完了吗？"),
    script(20, Stage.REACTIVATION, Manner.BRIEF, "【客户称呼】，好久不见，最近皮肤还好吗？"),
    script(
        21,
        Stage.RECOMMENDATION,
        Manner.WARM,
        "各位邻居，【门店】给大家说说【产品名】，【规格】【价格】，适合【适合人群】。",
        scene=Scene.GROUP_MARKETING,
    ),
    script(
        22,
        Stage.RECOMMENDATION,
        Manner.WARM,
        "【客户称呼】，【产品名】【价格】，华南的姐妹常问起。",
        scope=Scope(level=ScopeLevel.REGION, id="R02"),
    ),
    script(23, Stage.PRICE, Manner.WARM, "现在下单立减50元，过了今天就没有了。", ("券", "优惠")),
    script(
        24,
        Stage.CLOSING,
        Manner.EXPERT,
        "【客户称呼】，您是【会员等级】，账上有【积分】积分，本单需要一起用的话告诉我。",
    ),
    script(
        25,
        Stage.GREETING,
        Manner.WARM,
        "【客户称呼】，国庆快乐，店里放假不打烊。",
        valid_to=datetime(2026, 10, 8, tzinfo=UTC),
    ),
    script(
        26,
        Stage.RECOMMENDATION,
        Manner.EXPERT,
        "【客户称呼】，【产品名】的用法是：【用法】。注意：【注意事项】。",
        ("怎么用", "用法"),
    ),
)

# ---- passages ----------------------------------------------------------------------------------


def passage(
    number: int, title: str, kind: DocumentKind, text: str, heading: tuple[str, ...] = (), version: int = 3
) -> Passage:
    """Make a passage of a document."""
    return Passage(
        id=f"p{number}",
        document_id=f"doc-{title}",
        title=title,
        version=version,
        kind=kind,
        place=heading[-1] if heading else "第1页",
        heading=heading,
        text=text,
    )


RETURNS = passage(
    1,
    "退换货规定",
    DocumentKind.POLICY,
    "1. 门店购买的商品，未拆封且不影响二次销售的，自购买之日起15天内凭小票可以退货。\n"
    "2. 已拆封的商品，一次性封膜损坏即视为商品不完好，不适用无理由退货；存在质量问题的不受此限。\n"
    "3. 线上订单自签收次日起7天内可申请无理由退货，来回运费按平台规则承担。\n"
    "4. 导购遇到争议应先报店长。",
    ("二、退货条件",),
)
REACTION = passage(
    2,
    "不良反应处理办法",
    DocumentKind.POLICY,
    "顾客使用后出现不适的，请先停用并保留产品和购买凭证。\n"
    "经医院诊断与本产品有关的，凭就诊记录由总部客服在3个工作日内联系处理。\n"
    "员工不得自行承诺赔偿金额。",
    ("三、处理流程",),
)
POINTS = passage(
    3,
    "会员积分规则",
    DocumentKind.POLICY,
    "消费1元积1分，积分自获得之日起24个月内有效。\n100积分可抵1元，每单抵扣不超过实付金额的10%。",
    ("一、积分",),
)
DELIVERY = passage(
    4,
    "配送说明",
    DocumentKind.POLICY,
    "线上订单满99元包邮，不满99元收取运费8元。\n付款后48小时内发货，江浙沪一般2至3天送达。",
    ("一、运费",),
)
TRAINING = passage(
    5,
    "舒缓系列培训",
    DocumentKind.TRAINING,
    "面霜开封后建议在12个月内用完，放在阴凉处。\n导购推荐时不要和竞品比较。",
    ("保存",),
)
PASSAGES = (RETURNS, REACTION, POINTS, DELIVERY, TRAINING)


def hit(one: Passage, score: float = 0.7) -> Hit:
    """Return a passage as a search would."""
    return Hit(passage=one, score=score)


# ---- the desk ----------------------------------------------------------------------------------

READ_AT = datetime(2026, 11, 22, 2, 5, tzinfo=UTC)
STOCK = (
    Stock(store_id="S001", sku=CREAM.sku, quantity=8, read_at=READ_AT),
    Stock(store_id="S002", sku=CREAM.sku, quantity=3, read_at=READ_AT),
    Stock(store_id="S001", sku=ESSENCE.sku, quantity=0, read_at=READ_AT),
    Stock(store_id="S002", sku=ESSENCE.sku, quantity=5, read_at=READ_AT - timedelta(days=2)),
    Stock(store_id="S001", sku=SHAMPOO.sku, quantity=0, read_at=READ_AT),
)


def shop(**rest: object) -> Shop:
    """Return the shop's material; keywords replace parts of it."""
    plain = Shop(
        corp_id="demo-corp",
        brand="云屿",
        material_version=7,
        tiers=TIERS,
        rules=HouseRules(shipping_fen=800, free_shipping_from_fen=9900),
        products={product.sku: product for product in PRODUCTS},
        coupons=COUPONS,
        scripts=SCRIPTS,
        stores={store.store_id: store for store in STORES},
        lexicon=lexicon(),
    )
    return replace(plain, **rest)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the words of this shop; built once, it is the slow part of a desk."""
    return Lexicon.build(PRODUCTS, [one.name for one in COUPONS])


def desk(
    *,
    said: frozenset[str] = frozenset(),
    previous: Previous | None = None,
    customers: tuple[Customer, ...] = CUSTOMERS,
    uses: Mapping[str, CouponUse] | None = None,
    current: str = "",
    **of_shop: object,
) -> Desk:
    """Lay 小满's desk in the 湖滨 store; further keywords replace parts of the shop."""
    by_id = {customer.customer_id: customer for customer in customers}
    return Desk(
        shop=shop(**of_shop),
        guide=GUIDE,
        store=HOME,
        customers=tuple(card(customer) for customer in customers),
        current_customer_id=current,
        previous=previous,
        said=said,
        customer=by_id.__getitem__,
        stock=lambda skus: tuple(reading for reading in STOCK if reading.sku in skus),
        uses=lambda customer_id: uses or {},
        due=tuple,
    )


def card(customer: Customer) -> CustomerCard:
    """Return the few words a guide tells this customer by."""
    return CustomerCard(
        customer_id=customer.customer_id,
        name=customer.name,
        address_as=customer.address_as,
        phone_head=customer.phone_masked[:3],
        phone_tail=customer.phone_masked[-4:],
    )


def need(intent: Intent, question: str = "", *products: Product, slots: Slots | None = None, **rest: object) -> Need:
    """Make a need about these products."""
    skus = tuple(product.sku for product in products)
    return Need.model_validate(
        {"intent": intent, "question": question, "skus": skus, "slots": slots or Slots(), **rest}
    )


def brief(
    wanted: Need,
    *,
    customer: Customer | None = None,
    products: tuple[Product, ...] | None = None,
    hits: tuple[Hit, ...] = (),
    on: Desk | None = None,
) -> Brief:
    """Prepare a brief the way one turn does; ``products`` defaults to those the need names."""
    where = on or desk()
    meant = products if products is not None else tuple(where.shop.products[sku] for sku in wanted.skus)
    if customer is not None:
        wanted = wanted.model_copy(update={"customer_id": customer.customer_id})
    stock = where.stock(tuple(product.sku for product in meant))
    offer = make_offer(wanted, customer, meant, where, MOMENT)
    evidence = gather(wanted, customer, meant, stock, hits, offer, where)
    return Brief(wanted, where, customer, meant, stock, hits, offer, evidence, manners_for(wanted, where), MOMENT)
