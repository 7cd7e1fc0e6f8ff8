"""Which material is searched for which need, and what comes back from two searches."""

from dataclasses import replace

import pytest

from assistant.flow.desk import Previous
from assistant.flow.finding.choosing import choose_products
from assistant.flow.finding.retrieval import AT_MOST, retrieve
from assistant.flow.understanding.understand import understand
from assistant.seams import Wanted
from assistant.turn import Hit
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from tests.flow.understanding_shop import BEAUTY, MOMENT, desk_of, inquiry_of, shop_of

SHOP = shop_of(BEAUTY)


def hit(
    name: str,
    score: float,
    kind: DocumentKind = DocumentKind.POLICY,
    text: str = "",
    scope: Scope | None = None,
    heading: tuple[str, ...] = (),
) -> Hit:
    passage = Passage(
        id=name,
        document_id="d",
        title="t",
        version=1,
        kind=kind,
        place="p",
        heading=heading,
        text=text or name,
        scope=scope or Scope(),
    )
    return Hit(passage=passage, score=score)


class Shelf:
    """Answers by kind and remembers what was wanted."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = hits
        self.wanted: list[Wanted] = []

    def __call__(self, wanted: Wanted) -> tuple[Hit, ...]:
        self.wanted.append(wanted)
        return tuple(one for one in self.hits if one.passage.kind in wanted.kinds)[: wanted.limit]


def searched(text: str, shelf: Shelf, context: str = "none") -> tuple[Hit, ...]:
    desk = desk_of(SHOP, context)
    need = understand(inquiry_of(text), desk)
    return retrieve(need, choose_products(need, None, desk), desk, shelf, MOMENT)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("开封了还能退不", [DocumentKind.POLICY]),
        ("小云瓶敏感肌能用吗", [DocumentKind.PRODUCT]),
        ("小云瓶敏感肌能用吗，拆封了能退吗", [DocumentKind.POLICY, DocumentKind.PRODUCT]),
        ("用了小云瓶脸红刺痛", [DocumentKind.POLICY, DocumentKind.PRODUCT]),
        ("福利群双十二预热文案", [DocumentKind.CAMPAIGN]),
        ("怎么让她下单", [DocumentKind.TRAINING]),
        ("客户：怎么下单", []),
        ("券可以叠加吗", [DocumentKind.POLICY]),
        ("有什么券", []),
        ("早上好文案", []),
        ("苏姐的档案", []),
        ("今天联系谁", []),
        ("小云瓶多少钱", []),
        ("孕妇能用小云瓶吗", [DocumentKind.PRODUCT, DocumentKind.POLICY]),
        ("小云瓶保质期多久", [DocumentKind.PRODUCT, DocumentKind.POLICY]),
        ("小云瓶断货了能从别的店调货吗", [DocumentKind.POLICY]),
        ("服务群发个通知 说下发票怎么开", [DocumentKind.CAMPAIGN, DocumentKind.POLICY]),
        ("种草群发一条防晒的", [DocumentKind.CAMPAIGN, DocumentKind.PRODUCT]),
    ],
)
def test_only_material_that_belongs_is_searched(text, kinds):
    shelf = Shelf()
    searched(text, shelf)
    # rules are looked for once more by topic, so that a store's or region's own one comes along
    assert list(dict.fromkeys(wanted.kinds[0] for wanted in shelf.wanted)) == kinds


def test_the_search_is_made_for_this_guide_at_this_moment_and_these_products():
    shelf = Shelf()
    searched("小云瓶怎么用", shelf)
    (wanted,) = shelf.wanted
    assert (wanted.skus, wanted.moment, wanted.reader.store_id) == (("YY-FC-001",), MOMENT, "S001")


def test_a_follow_up_is_searched_with_its_topic():
    shelf = Shelf()
    searched("那线上买的呢", shelf, "policy")
    assert "退货" in shelf.wanted[0].question


def test_a_refined_draft_is_searched_like_the_first():
    first, again = Shelf(), Shelf()
    searched("敏感肌能用小云瓶吗", first)
    searched("短一点", again, "drafts")
    assert [wanted.kinds for wanted in again.wanted] == [wanted.kinds for wanted in first.wanted]


def test_best_first_no_two_alike_the_narrower_scope_kept():
    store = Scope(level=ScopeLevel.STORE, id="S001")
    shelf = Shelf(
        hit("a", 0.5, text="退货说明一"),
        hit("b", 0.9, text="退货说明二"),
        hit("c", 0.7, text="退货同一句"),
        hit("d", 0.6, text="退货同一句", scope=store),
        hit("b", 0.8, text="退货说明二"),
    )
    assert [one.passage.id for one in searched("开封了还能退不", shelf)] == ["b", "d", "a"]


def test_two_searches_share_the_places():
    policies = [hit(f"p{number}", 0.9) for number in range(6)]
    products = [hit(f"q{number}", 0.5, DocumentKind.PRODUCT) for number in range(6)]
    found = searched("用了小云瓶脸红刺痛", Shelf(*policies, *products))
    assert len(found) == AT_MOST
    assert [one.passage.kind for one in found].count(DocumentKind.PRODUCT) == 2


def test_a_rule_of_the_store_replaces_the_brands_other_figure_and_leads():
    store = Scope(level=ScopeLevel.STORE, id="S001")
    shelf = Shelf(
        hit("brand", 0.9, text="到店自提的，2 小时备好，保留 5 天。", heading=("自提",)),
        hit("brand-else", 0.8, text="自提请带会员手机号。", heading=("自提",)),
        hit("own", 0.4, text="本店自提 4 小时备好，保留 7 天。", heading=("自提",), scope=store),
    )
    found = searched("自提要等多久", shelf)
    assert [one.passage.id for one in found] == ["own", "brand-else"]
    assert found[0].score >= 0.9


def test_a_rule_of_the_region_with_the_same_figure_leaves_the_brands_standing():
    region = Scope(level=ScopeLevel.REGION, id="R01")
    shelf = Shelf(
        hit("brand", 0.9, text="满 99 元包邮，按用券前的金额算。", heading=("运费",)),
        hit("own", 0.5, text="运费与全国相同，满 99 元包邮。", heading=("运费",), scope=region),
    )
    assert [one.passage.id for one in searched("满多少包邮", shelf)] == ["own", "brand"]


def test_a_local_text_that_only_mentions_the_topic_replaces_nothing():
    store = Scope(level=ScopeLevel.STORE, id="S001")
    shelf = Shelf(
        hit("brand", 0.9, text="到店自提的，2 小时备好。", heading=("自提",)),
        hit("own", 0.5, text="停车免费 3 小时，自提的客户也一样。", heading=("停车",), scope=store),
    )
    assert "brand" in [one.passage.id for one in searched("自提要等多久", shelf)]


@pytest.mark.parametrize(
    ("text", "told", "answers"),
    [
        ("能海外发货吗", "现货订单付款后 48 小时内发货。", False),
        ("国外能发货吗", "现货订单付款后 48 小时内发货。", False),
        ("小程序下单到店自提 多久能备好", "到店自提的，2 小时备好。", True),
        ("可以用花呗分期吗", "微信、支付宝付款的原路退回。", False),
        ("发票抬头写错了能换吗", "抬头填错的，发票当月可以换开一次。", True),
        ("快递箱子压坏了怎么退货", "收货时外箱破损的可以退货。", True),
        ("网上买的能退吗", "自签收次日起 7 天内可以无理由退货。", True),
        ("开封了还能退不 客户就是不喜欢那个味道", "一次性密封破损的不办理退货。", True),
    ],
)
def test_a_passage_answers_only_where_it_names_what_is_asked(text, told, answers):
    assert bool(searched(text, Shelf(hit("p", 0.9, text=told)))) is answers


def test_what_went_wrong_decides_which_rules_are_searched():
    wanted = {}
    for text in ("用了小云瓶脸红刺痛", "收到的小云瓶漏了", "店员态度太差我要投诉"):
        shelf = Shelf()
        searched(text, shelf)
        # first with her words as they are, for what she may ask; then with those of the rules for what went wrong
        assert shelf.wanted[0].question == text
        wanted[text] = shelf.wanted[1].question
    assert "不适" in wanted["用了小云瓶脸红刺痛"]
    assert "质量问题" in wanted["收到的小云瓶漏了"]
    assert "客诉" in wanted["店员态度太差我要投诉"]
    assert "过敏" not in wanted["店员态度太差我要投诉"]


def test_a_question_that_goes_on_is_about_the_same_place() -> None:
    south = Scope(level=ScopeLevel.REGION, id="R01")
    shelf = Shelf(hit("华南收货满 99 元包邮", 0.9, scope=south), hit("满 99 元包邮", 0.8))
    desk = desk_of(SHOP, "none")

    def told(text: str, before: str = "") -> list[str]:
        at = desk
        if before:
            earlier = understand(inquiry_of(before), desk)
            at = replace(desk, previous=Previous("t", earlier, drafts=(), offer=None, answered=False))
        need = understand(inquiry_of(text), at)
        return [one.passage.text for one in retrieve(need, choose_products(need, None, at), at, shelf, MOMENT)]

    assert told("满多少包邮")[0] == "华南收货满 99 元包邮"
    assert told("满多少包邮", before="寄到成都几天到") == ["满 99 元包邮"]
    assert told("寄到广州满多少包邮", before="寄到成都几天到")[0] == "华南收货满 99 元包邮"
    assert told("寄到成都满多少包邮") == ["满 99 元包邮"]
