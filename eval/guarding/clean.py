"""Drafts the product itself writes: many questions through the live path, each draft with all that it may stand on.

Nothing is stored and nothing is sent: desks are laid on a house of its own, and ``answer`` is called as a turn calls it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from assistant.flow.answer import Answered, answer
from assistant.flow.brief import Brief
from assistant.flow.desk import Desk, Inquiry, Previous
from assistant.service import Service
from assistant.shop import CustomerCard, Product
from assistant.turn import Draft, Message, Outcome, Verdict
from eval.replaying.house import SAMPLE_CORP, sample_house
from eval.retrieval.own import read_questions, split_of
from eval.sample import SAMPLE_DAY, SAMPLE_SHOP

MOMENT = datetime.fromisoformat(SAMPLE_DAY)
"""When every question is asked: the day the sample's coupons, orders and counts were written for."""

FORMS_PER_PRODUCT = 9
CUSTOMERS_PER_GUIDE = 4
GONE_PER_STORE = 6
FOLLOWED_UP = 8
"""One question in so many is followed by a wish about the wording."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asking:
    """What one guide writes, and what she writes next in the same conversation, if anything."""

    guide: str
    text: str
    then: str = ""


@dataclass(frozen=True)
class Clean:
    """One draft as it was written, with the brief behind it and the guard's word on it.

    ``shelf`` is how many pieces of each product the guide's store had when last counted: the brief holds only the
    counts that were asked for, and its desk reads no more once the house is closed.
    """

    asked: str
    brief: Brief
    draft: Draft
    verdict: Verdict
    shelf: Mapping[str, int] = field(repr=False)

    @property
    def passed(self) -> bool:
        """True where the guard took nothing away."""
        return self.verdict.outcome is Outcome.PASS

    @cached_property
    def is_test(self) -> bool:
        """A third of the drafts is for telling how good the guard is, never for mending it; decided by the words alone."""
        return int(sha256(self.draft.text.encode()).hexdigest()[:8], 16) % 3 == 0


def clean_drafts(limit: int | None = None, progress: Progress | None = None) -> tuple[Clean, ...]:
    """Write the drafts, each text once; ``limit`` is about how many are wanted, spread over everything asked."""
    with TemporaryDirectory(prefix="daogou-guarding-") as folder, sample_house(SAMPLE_SHOP, Path(folder)) as service:
        asked = askings(service)
        shelves = {guide: _shelf(_desk(guide, service)) for guide in dict.fromkeys(one.guide for one in asked)}
        made: dict[str, Clean] = {}
        for number, asking in enumerate(asked):
            if limit is not None and len(made) >= limit:
                break
            for clean in _answered(asking, service, shelves[asking.guide]):
                made.setdefault(clean.draft.text, clean)
            if progress is not None:
                progress(number + 1, len(asked))
    return tuple(made.values())


def _answered(asking: Asking, service: Service, shelf: Mapping[str, int]) -> Iterator[Clean]:
    desk = _desk(asking.guide, service)
    first = _ask(asking.text, desk, service)
    yield from _cleans(asking.text, first, shelf)
    if asking.then and first.drafted.drafts:
        again = replace(desk, previous=_before(first), said=frozenset(_shown(first)))
        yield from _cleans(f"{asking.text} → {asking.then}", _ask(asking.then, again, service), shelf)


def _desk(guide: str, service: Service) -> Desk:
    return service.handling.desks.lay(SAMPLE_CORP, guide, "guarding", "", MOMENT)


def _shelf(desk: Desk) -> Mapping[str, int]:
    counted = sorted(desk.stock(tuple(desk.shop.products)), key=lambda one: one.read_at)
    return {one.sku: one.quantity for one in counted if one.store_id == desk.store.store_id}


def _ask(text: str, desk: Desk, service: Service) -> Answered:
    message = Message(message_id="guarding", text=text, received_at=MOMENT)
    return answer(Inquiry((message,), MOMENT), desk, service.handling.search, None)


def _cleans(asked: str, answered: Answered, shelf: Mapping[str, int]) -> Iterator[Clean]:
    if answered.brief is not None:
        for draft, verdict in zip(answered.drafted.drafts, answered.verdicts, strict=True):
            yield Clean(asked, answered.brief, draft, verdict, shelf)


def _before(answered: Answered) -> Previous:
    left = tuple(verdict.draft for verdict in answered.verdicts if verdict.draft.sentences)
    return Previous("guarding", answered.need, left, answered.offer, answered=False, evidence=answered.evidence)


def _shown(answered: Answered) -> Iterator[str]:
    return (sentence.text for verdict in answered.verdicts for sentence in verdict.draft.sentences)


# ---- what is asked -----------------------------------------------------------------------------

ABOUT_A_PRODUCT = (
    "{p}多少钱",
    "{who}问{p}现在什么价 有券吗",
    "{p}要{n}件一共多少钱",
    "{who}想要{n}件{p}和一件{q} 怎么买划算",
    "{p}能用什么券",
    "{who}买{n}件{p}有什么优惠",
    "{skin}能用{p}吗",
    "{who}问{p}适不适合{skin}",
    "{who}能用{p}吗 多少钱",
    "孕妇能用{p}吗",
    "{p}适合什么肤质",
    "{p}里面有什么成分",
    "{p}有没有{substance}",
    "{p}多大一瓶 有什么功效",
    "{p}备案号是多少",
    "介绍一下{p}",
    "{p}怎么用",
    "{who}买了{p} 怎么用好",
    "{p}和{q}有什么区别",
    "{p}跟{q}哪个好 {skin}",
    "{p}和{q}成分有什么不同",
    "{p}还有货吗",
    "{who}问{p}有没有现货 多少钱",
    "{who}嫌{p}贵",
    "客户说{p}网上便宜",
    "{who}担心{p}没效果",
    "{who}想买{p}还在犹豫 怎么促成",
    "福利群发一条{p} 带上券",
    "种草群写一段{p}",
    "{who}用了{p}脸红发痒",
    "{who}收到的{p}漏了",
    "给{who}写个生日祝福 顺便推一下{p}",
    "{who}好久没来了 发点什么 提一下{p}",
    "{p}里有{content}吗",
)
"""``p`` is a product, ``q`` another of its category, ``who`` one of the guide's customers."""

ABOUT_WHAT_IS_GONE = ("{p}还有货吗", "{who}问{p}有没有货", "{p}哪家店有货")

ABOUT_A_CUSTOMER = (
    "{who}能用什么券",
    "给{who}推荐个{kind}",
    "{who}想要{budget}以内的{kind}",
    "给{who}写个生日祝福",
    "{who}好久没来了 发点什么",
    "降温了 给{who}发条关心",
    "回访一下{who}",
    "{who}问积分怎么用",
    "{who}问会员等级有什么权益",
    "刚加了{who} 第一句怎么说",
    "给{who}发条积分提醒 关心一下",
    "{who}好久没来了 说说她的会员等级权益",
)

OF_NOBODY = (
    "福利群发下现在有什么券",
    "服务群发个通知 说下退换怎么办",
    "{skin}推荐个{kind}",
    "{worry} 推荐个{kind}",
    "{budget}以内的{kind}推荐一款",
    "店在哪 几点关门",
)

WHERE_NOTHING_IS_SOLD = (
    "有{unmet}的吗",
    "{who}想要{unmet}的 有什么",
    "{who}说用了没效果 要退",
    "{who}投诉上次态度不好",
    "{who}收到的少了一件",
    "{who}要开发票",
    "{who}说别再发消息了",
    "{who}怀孕了能用什么",
    "{who}的孩子起湿疹 用什么好",
    "{who}在吃药 能不能一起用",
    "{who}问能不能再便宜点",
    "{who}想给同事代购 批发价多少",
    "{who}说脸肿了 很疼",
    "{who}要找店长",
)

WISHES = ("换个说法", "详细一点", "短一点", "不提优惠", "亲切一点", "专业一点")
SKINS = ("敏感肌", "干皮", "油皮", "混合皮", "中性皮")
SUBSTANCES = ("酒精", "香精", "色素", "硅油", "烟酰胺", "水杨酸")
KINDS = ("精华", "面霜", "防晒", "洗发水", "身体乳", "口红", "面膜", "牙膏")
WORRIES = ("泛红", "出油", "干燥起皮", "细纹", "头屑多", "毛躁")
UNMET = ("祛痘", "祛斑", "生发", "瘦身", "丰唇", "脱毛", "祛疤", "去黑头", "增高", "防脱", "去眼袋", "止汗")
BUDGETS = ("100", "200", "300", "500")


def askings(service: Service) -> tuple[Asking, ...]:
    """Everything that is asked, always in the same mixed order."""
    desks = [_desk(guide, service) for guide in _one_guide_per_store(service)]
    chance = Random(20261122)
    asked = [
        *_about_products(desks, chance),
        *_about_what_is_gone(desks, chance),
        *_about_customers(desks, chance),
        *_of_the_papers(desks),
        *_where_nothing_is_sold(desks, Random(20261130)),
    ]
    unique = tuple(dict.fromkeys((one.guide, one.text) for one in asked))
    return tuple(
        Asking(guide, text, chance.choice(WISHES) if chance.randrange(FOLLOWED_UP) == 0 else "")
        for guide, text in sorted(unique, key=_shuffled)
    )


def _shuffled(asked: tuple[str, str]) -> str:
    return sha256("|".join(asked).encode()).hexdigest()


def _one_guide_per_store(service: Service) -> tuple[str, ...]:
    """The guide of each store who looks after most customers."""
    chosen: dict[str, tuple[int, str]] = {}
    for guide in service.guides():
        served = (len(_desk(guide.userid, service).customers), guide.userid)
        chosen[guide.store_name] = max(chosen.get(guide.store_name, (0, "")), served)
    return tuple(userid for _, userid in chosen.values())


def _about_products(desks: list[Desk], chance: Random) -> Iterator[Asking]:
    products = list(desks[0].shop.products.values())
    for product in products:
        like = [one for one in products if one.category == product.category and one is not product]
        for form in chance.sample(ABOUT_A_PRODUCT, FORMS_PER_PRODUCT):
            desk = chance.choice(desks)
            given = {"p": _called(product, chance), "q": _called(chance.choice(like), chance)}
            given["content"] = chance.choice(product.ingredients or SUBSTANCES)
            yield Asking(desk.guide.userid, _filled(form, desk, chance, **given))


def _about_what_is_gone(desks: list[Desk], chance: Random) -> Iterator[Asking]:
    """Few shelves are empty, so what is sold out is asked for on purpose."""
    for desk in desks:
        gone = [desk.shop.products[sku] for sku, pieces in _shelf(desk).items() if pieces <= 0]
        for product in gone[:GONE_PER_STORE]:
            yield Asking(desk.guide.userid, _filled(chance.choice(ABOUT_WHAT_IS_GONE), desk, chance, p=product.name))


def _about_customers(desks: list[Desk], chance: Random) -> Iterator[Asking]:
    for desk in desks:
        for card in chance.sample(desk.customers, CUSTOMERS_PER_GUIDE):
            for form in ABOUT_A_CUSTOMER:
                yield Asking(desk.guide.userid, _filled(form, desk, chance, who=_addressed(card)))
        for form in OF_NOBODY:
            yield Asking(desk.guide.userid, _filled(form, desk, chance))


def _where_nothing_is_sold(desks: list[Desk], chance: Random) -> Iterator[Asking]:
    """Wishes that no product serves, trouble and refusals: what is said then is true as well."""
    for desk in desks:
        for form in WHERE_NOTHING_IS_SOLD:
            yield Asking(desk.guide.userid, _filled(form, desk, chance, unmet=chance.choice(UNMET)))


def _of_the_papers(desks: list[Desk]) -> Iterator[Asking]:
    """What guides ask of rules and papers; the retrieval set's own test questions stay unseen."""
    by_store = {desk.store.store_id: desk.guide.userid for desk in desks}
    for question in read_questions():
        if split_of(question) == "train" and question.answer and not question.before and question.store in by_store:
            yield Asking(by_store[question.store], question.ask)


def _filled(form: str, desk: Desk, chance: Random, **given: str) -> str:
    chosen = {
        "who": _addressed(chance.choice(desk.customers)),
        "skin": chance.choice(SKINS),
        "substance": chance.choice(SUBSTANCES),
        "kind": chance.choice(KINDS),
        "worry": chance.choice(WORRIES),
        "budget": chance.choice(BUDGETS),
        "n": str(chance.randint(2, 4)),
    }
    return form.format(**(chosen | given))


def _called(product: Product, chance: Random) -> str:
    return chance.choice((product.name, *product.aliases[:1]))


def _addressed(card: CustomerCard) -> str:
    return card.address_as or card.name
