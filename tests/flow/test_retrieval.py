"""Which material is searched for which need, and what comes back from two searches."""

import pytest

from assistant.flow.choosing import choose_products
from assistant.flow.retrieval import AT_MOST, retrieve
from assistant.flow.understanding import understand
from assistant.seams import Wanted
from assistant.turn import Hit
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from tests.flow.understanding_shop import BEAUTY, MOMENT, desk_of, inquiry_of, shop_of

SHOP = shop_of(BEAUTY)


def hit(
    name: str, score: float, kind: DocumentKind = DocumentKind.POLICY, text: str = "", scope: Scope | None = None
) -> Hit:
    passage = Passage(
        id=name, document_id="d", title="t", version=1, kind=kind, place="p", text=text or name, scope=scope or Scope()
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
    ],
)
def test_only_material_that_belongs_is_searched(text, kinds):
    shelf = Shelf()
    searched(text, shelf)
    assert [wanted.kinds[0] for wanted in shelf.wanted] == kinds


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
        hit("a", 0.5),
        hit("b", 0.9),
        hit("c", 0.7, text="同一句"),
        hit("d", 0.6, text="同一句", scope=store),
        hit("b", 0.8),
    )
    assert [one.passage.id for one in searched("开封了还能退不", shelf)] == ["b", "d", "a"]


def test_two_searches_share_the_places():
    policies = [hit(f"p{number}", 0.9) for number in range(6)]
    products = [hit(f"q{number}", 0.5, DocumentKind.PRODUCT) for number in range(6)]
    found = searched("用了小云瓶脸红刺痛", Shelf(*policies, *products))
    assert len(found) == AT_MOST
    assert [one.passage.kind for one in found].count(DocumentKind.PRODUCT) == 2
