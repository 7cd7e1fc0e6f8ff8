"""Change one fact of a true draft: the guard must see it. And it must leave the true draft alone.

Twenty made-up products, records worded like the shop's, drafts from templates; one change each.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from assistant.flow.brief import Brief
from assistant.flow.guard.check import check
from assistant.shop import Citation, Coupon, CouponKind, Manner, Product
from assistant.turn import Draft, Evidence, EvidenceKind, Intent, Need, Outcome, Sentence
from tests.flow.shopfloor import MOMENT, desk

_LINES = (
    "云朵",
    "松露",
    "青苔",
    "晨露",
    "雪绒",
    "麦穗",
    "山茶",
    "海盐",
    "竹影",
    "白桦",
    "橙花",
    "豆蔻",
    "琥珀",
    "浮萍",
    "桂雨",
    "荷风",
    "茉语",
    "栗壳",
    "石榴",
    "芦荟",
)
_KINDS = ("面霜", "精华液", "身体乳", "洗发水", "护手霜")
_EFFECTS = (("保湿",), ("舒缓", "保湿"), ("修护",), ("控油",), ("滋养",))
_SPECS = ("50ml", "30ml", "200ml", "400ml", "80g")


def _product(index: int) -> Product:
    price = 6800 + 1310 * index
    return Product(
        sku=f"MU-{index:03d}",
        name=f"云屿{_LINES[index]}{_KINDS[index % 5]}",
        category="个人护理",
        brand="云屿",
        spec=_SPECS[index % 5],
        price_fen=price,
        list_price_fen=price + 3000,
        efficacy=_EFFECTS[index % 5],
        suitable_for=("干性", "中性"),
        usage=f"取适量涂开，按摩{index % 3 + 2}分钟",
        cited=Citation(document_id="d", title="商品资料", version=1, place=f"第{index + 3}行"),
    )


PRODUCTS = tuple(_product(index) for index in range(20))
STRANGER = PRODUCTS[-1]
_CITED = Citation(document_id="k", title="优惠券", version=1, place="第2行")
THRESHOLD = Coupon(coupon_id="MK-1", name="秋日护肤满减券", kind=CouponKind.THRESHOLD, amount_fen=4000, threshold_fen=30000, starts_at=MOMENT, ends_at=MOMENT, cited=_CITED)  # fmt: skip
FOLD = Coupon(coupon_id="MK-2", name="会员八五折券", kind=CouponKind.DISCOUNT, pay_percent=85, starts_at=MOMENT, ends_at=MOMENT, cited=_CITED)  # fmt: skip
GIFT = Coupon(coupon_id="MK-3", name="满额好礼券", kind=CouponKind.GIFT, gift="旅行装洁面乳", threshold_fen=50000, starts_at=MOMENT, ends_at=MOMENT, cited=_CITED)  # fmt: skip
FOREIGN = Coupon(coupon_id="MK-9", name="周年庆满减券", kind=CouponKind.THRESHOLD, amount_fen=9000, threshold_fen=40000, starts_at=MOMENT, ends_at=MOMENT, cited=_CITED)  # fmt: skip
DESK = desk(products={product.sku: product for product in PRODUCTS}, coupons=(THRESHOLD, FOLD, GIFT, FOREIGN))


def yuan(fen: int) -> str:
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}".rstrip("0")


def evidence_for(main: Product, other: Product) -> tuple[Evidence, ...]:
    def record(id_: str, kind: EvidenceKind, subject: str, text: str) -> Evidence:
        return Evidence(id=id_, kind=kind, subject=subject, text=text, title="资料", place="第1页")

    goods = [
        record(
            f"P{number}",
            EvidenceKind.PRODUCT,
            one.sku,
            f"{one.name}（{one.sku}）；个人护理；规格{one.spec}；售价¥{yuan(one.price_fen)}；建议零售价¥{yuan(one.list_price_fen or 0)}；"
            f"适合：干性、中性；肌肤需求：美白、抗皱；备案功效：{'、'.join(one.efficacy)}；用法：{one.usage}。",
        )
        for number, one in enumerate((main, other), start=1)
    ]
    pay = 2 * main.price_fen - 4000
    return (
        *goods,
        record("S1", EvidenceKind.STOCK, main.sku, f"湖滨店{main.name}有货，6件（2026年11月22日10:05盘点）。"),
        record("O1", EvidenceKind.OFFER, main.sku, f"{main.name}×2（单价¥{yuan(main.price_fen)}），共2件，合计¥{yuan(2 * main.price_fen)}，用券省¥40，券后实付¥{yuan(pay)}。"),
        record("K1", EvidenceKind.COUPON, "MK-1", "本单可用「秋日护肤满减券」（满减券）：满300元减40元，全场商品可用，2026年11月1日至2026年11月30日有效，每人限用1次。"),
        record("K2", EvidenceKind.COUPON, "MK-2", "本单没有用「会员八五折券」：享8.5折（最多优惠100元），2026年12月1日至2026年12月12日有效。"),
        record("K3", EvidenceKind.COUPON, "MK-3", "本单没有用「满额好礼券」：满500元赠旅行装洁面乳一支（价值59元），2026年11月1日至2026年11月30日有效。"),
        record("C1", EvidenceKind.CUSTOMER, "cust-1", "这位客户：会员等级金卡；积分1860；2026年8月15日买过云屿云朵面霜。"),
        record("D1", EvidenceKind.PASSAGE, "doc-r", "《退换货规定》（第3版）：门店购买的商品未拆封，自购买之日起15天内凭小票可以退货。线上订单自签收次日起7天内可申请无理由退货。"),
        record("D2", EvidenceKind.PASSAGE, "doc-s", "《配送说明》（第1版）：线上订单满99元包邮，不满99元收取运费8元，付款后48小时内发货，一般2至3天送达。"),
    )  # fmt: skip


def brief_for(main: Product, other: Product) -> Brief:
    return Brief(
        need=Need(intent=Intent.PRICE, question="林姐问多少钱", skus=(main.sku, other.sku)),
        desk=DESK,
        customer=None,
        products=(main, other),
        stock=(),
        hits=(),
        offer=None,
        evidence=evidence_for(main, other),
        manners=(Manner.WARM,),
        moment=MOMENT,
    )


@dataclass(frozen=True)
class Clean:
    """A true draft and what it stands on."""

    template: int
    main: Product
    other: Product
    sentences: tuple[str, ...]
    brief: Brief

    def draft(self, sentences: tuple[str, ...]) -> Draft:
        return Draft(
            manner=Manner.WARM, sentences=tuple(Sentence(text=text) for text in sentences), skus=(self.main.sku,)
        )


def _templates(a: Product, b: Product) -> tuple[tuple[str, ...], ...]:
    price, listed, pay = yuan(a.price_fen), yuan(a.list_price_fen or 0), yuan(2 * a.price_fen - 4000)
    return (
        (f"{a.name}现在是¥{price}（{a.spec}），厂商建议零售价是¥{listed}。", "您看合适吗？"),
        ("林姐，", f"您看的{a.name}售价{price}元，{a.spec}一瓶。", f"它备案的功效是{'、'.join(a.efficacy)}，适合干皮。"),
        (f"两件{a.name}一共¥{yuan(2 * a.price_fen)}，可以用「秋日护肤满减券」（满300元减40元，全场商品可用，2026年11月1日至2026年11月30日有效，每人限用1次）。", f"用完券实付¥{pay}，省了¥40。"),
        (f"{a.name}店里有现货，库存6件，我帮您留一瓶？",),
        ("门店买的未拆封，15天内凭小票可以退。", "线上满99元包邮，付款后48小时内发货。"),
        (f"{a.name}是¥{price}，{b.name}是¥{yuan(b.price_fen)}。", "您更偏向哪款？"),
        ("「会员八五折券」享八五折，12月1日到12月12日可以用。",),
        ("用「满额好礼券」的话，满500元送您旅行装洁面乳一支，11月30日前有效。",),
        (f"您账上有1860积分。{a.name}卖{price}元，上脸清爽。",),
        (f"{a.name}的用法是{a.usage}。", "有问题随时找我。"),
        (f"{a.name}和{b.name}分别是{price}元和{yuan(b.price_fen)}元，规格分别是{a.spec}和{b.spec}。",),
    )  # fmt: skip


def clean_drafts() -> list[Clean]:
    found: list[Clean] = []
    for index, main in enumerate(PRODUCTS[:-1]):
        other = PRODUCTS[(index + 7) % 19]
        brief = brief_for(main, other)
        found += [Clean(number, main, other, one, brief) for number, one in enumerate(_templates(main, other))]
    return found


# ---- one change each ---------------------------------------------------------------------------

Change = Callable[[Clean, str, random.Random], str | None]


def _replaced(text: str, old: str, new: str) -> str | None:
    return text.replace(old, new, 1) if old in text else None


def _money(change: Callable[[int], int]) -> Change:
    def apply(clean: Clean, text: str, chance: random.Random) -> str | None:
        figures = list(re.finditer(r"(?<=¥)\d+(?:\.\d+)?|\d+(?:\.\d+)?(?=元)", text))
        if not figures:
            return None
        match = chance.choice(figures)
        fen = change(round(float(match.group()) * 100))
        return text[: match.start()] + yuan(fen) + text[match.end() :]

    return apply


def _date(clean: Clean, text: str, chance: random.Random) -> str | None:
    return re.sub(r"(\d+)日", lambda match: f"{int(match[1]) % 27 + 1 if int(match[1]) != 30 else 29}日", text, count=1) if "日" in text and re.search(r"\d日", text) else None  # fmt: skip


def _other_product(clean: Clean, text: str, chance: random.Random) -> str | None:
    if clean.template in (5, 10):
        marker = "\0"
        swapped = (
            text.replace(clean.main.name, marker)
            .replace(clean.other.name, clean.main.name)
            .replace(marker, clean.other.name)
        )
        return swapped if swapped != text else None
    return _replaced(text, clean.main.name, clean.other.name) if re.search(r"\d", text) else None


def _gift(clean: Clean, text: str, chance: random.Random) -> str | None:
    gift = chance.choice(("护手霜一支", "化妆棉一盒", "定制帆布袋", "正装面膜"))
    return text.rstrip("。？") + f"，再送您{gift}。"


def _effect(clean: Clean, text: str, chance: random.Random) -> str | None:
    effect = chance.choice(("美白", "抗皱", "淡斑", "去屑", "防脱", "紧致"))
    return text.rstrip("。") + f"，还能{effect}。" if clean.main.name in text else None


def _number(pattern: str) -> Change:
    def apply(clean: Clean, text: str, chance: random.Random) -> str | None:
        match = re.search(pattern, text)
        if match is None:
            return None
        return text[: match.start(1)] + str(int(match[1]) + chance.choice((1, 2, 5))) + text[match.end(1) :]

    return apply


CHANGES: dict[str, Change] = {
    "price + 1 fen": _money(lambda fen: fen + 1),
    "price - 1 fen": _money(lambda fen: fen - 1),
    "price x 10": _money(lambda fen: fen * 10),
    "date": _date,
    "percent": lambda clean, text, chance: _replaced(text, "八五折", "七折") if "享" in text else None,
    "other product": _other_product,
    "unknown product": lambda clean, text, chance: _replaced(text, clean.main.name, STRANGER.name),
    "invented product": lambda clean, text, chance: _replaced(text, clean.main.name, "云屿极光焕颜精华"),
    "threshold": lambda clean, text, chance: _replaced(text, "满", "满1") if re.search(r"满\d", text) else None,
    "threshold and amount exchanged": lambda clean, text, chance: _replaced(text, "满300元减40元", "满40元减300元"),
    "list price as price": lambda clean, text, chance: _replaced(text, f"现在是¥{yuan(clean.main.price_fen)}", f"现价¥{yuan(clean.main.list_price_fen or 0)}"),
    "other coupon": lambda clean, text, chance: re.sub("「[^」]+」", "「周年庆满减券」", text, count=1) if "「" in text else None,
    "invented coupon": lambda clean, text, chance: re.sub("「[^」]+」", "「店长特批券」", text, count=1) if "「" in text else None,
    "gift invented": _gift,
    "gift changed": lambda clean, text, chance: _replaced(text, "旅行装洁面乳", "正装精华液"),
    "effect added": _effect,
    "size": _number(r"(\d+)(?:ml|g)"),
    "term": _number(r"(\d+)(?:天|小时|分钟)"),
    "stock": _number(r"库存(\d+)件"),
    "points": _number(r"(\d+)积分"),
}  # fmt: skip


def mutants(clean: Clean, chance: random.Random) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    for name, change in CHANGES.items():
        for place, text in enumerate(clean.sentences):
            changed = change(clean, text, chance)
            if changed is not None and changed != text:
                yield name, place, (*clean.sentences[:place], changed, *clean.sentences[place + 1 :])
                break


@pytest.fixture(scope="module")
def drafts() -> list[Clean]:
    return clean_drafts()


def test_true_drafts_pass(drafts: list[Clean]) -> None:
    assert len(drafts) >= 200
    stopped = []
    for clean in drafts:
        verdict = check(clean.draft(clean.sentences), clean.brief)
        if verdict.outcome is not Outcome.PASS:
            stopped.append((clean.sentences, [(finding.reason, finding.span) for finding in verdict.findings]))
    assert len(stopped) <= 0.01 * len(drafts), stopped[:5]


def test_one_changed_fact_is_seen(drafts: list[Clean], record_property: Callable[[str, object], None]) -> None:
    chance = random.Random(20261122)
    made: Counter[str] = Counter()
    slipped: list[tuple[str, tuple[str, ...]]] = []
    for clean in drafts:
        for name, place, sentences in mutants(clean, chance):
            made[name] += 1
            verdict = check(clean.draft(sentences), clean.brief)
            if sentences[place] in [sentence.text for sentence in verdict.draft.sentences]:
                slipped.append((name, sentences))
    total = sum(made.values())
    record_property("mutants", total)
    record_property("caught", total - len(slipped))
    assert set(made) == set(CHANGES)
    assert total >= 1000
    assert len(slipped) <= 0.01 * total, (total, Counter(name for name, _ in slipped), slipped[:8])
