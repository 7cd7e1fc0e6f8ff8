"""Names as shops print them, and as guides type them."""

import pytest

from assistant.flow.words.lexicon import Lexicon
from assistant.flow.words.vocabulary import TermKind
from assistant.flow.words.writing import fold
from tests.flow.understanding_shop import APPLIANCES, BEAUTY, FACE, product

LEXICON = Lexicon.build(BEAUTY, ("新客满300减50",))
CREAMS = {"YY-FC-001", "YY-FC-002"}


def skus(text: str, lexicon: Lexicon = LEXICON) -> set[str]:
    return {found.sku for found in lexicon.find_products(text)}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("云润舒缓修护面霜 50g", {"YY-FC-001"}),
        ("云润舒缓修护面霜", CREAMS),
        ("云润舒缓修护面霜 轻盈版", {"YY-FC-002"}),
        ("云润面霜", CREAMS),
        ("云润家的那个面霜", CREAMS),
        ("雲潤面霜", CREAMS),
        ("云闰面霜", CREAMS),
        ("小云瓶", {"YY-FC-001"}),
        ("小云平还有吗", {"YY-FC-001"}),
        ("ＹＹ－ＦＣ－００１", {"YY-FC-001"}),
        ("yyfc006", {"YY-FC-006"}),
        ("fc006", {"YY-FC-006"}),
        ("yrms有货吗", CREAMS),
        ("烟酰胺精华", {"YY-FC-004"}),
        ("云润精华", {"YY-FC-003"}),
        ("蓬松洗发水", {"YY-HR-001"}),
        ("云润眼霜", set()),
        ("对烟酰胺过敏 推荐个精华", set()),
        ("云润补水精华", {"YY-FC-003"}),
        ("面霜", set()),
        ("你好在吗", set()),
        ("白云润色的面料", set()),
        ("敏感肌用什么面霜", set()),
    ],
)
def test_products_are_found_by_what_people_call_them(text, meant):
    assert skus(text) == meant


def test_an_exact_name_scores_above_a_series_and_names_its_place():
    exact, series = LEXICON.find_products("小云瓶和焕采")[0], LEXICON.find_products("小云瓶和焕采")[-1]
    assert exact.score > series.score
    assert "小云瓶和焕采"[exact.start : exact.end] == exact.said == "小云瓶"


def test_model_numbers_are_not_cut_out_of_longer_ones():
    lexicon = Lexicon.build(APPLIANCES)
    assert skus("x20pro有货吗", lexicon) == {"NC-VC-02"}
    assert skus("x200有货吗", lexicon) == set()


def test_a_type_the_trade_words_do_not_know_is_read_from_the_names():
    lexicon = Lexicon.build([product("A1", "松木画架 大号", "画材", 99), product("A2", "榉木画架", "画材", 199)])
    assert lexicon.traits["A2"].types == ("画架",)
    assert [term.value for term in lexicon.terms("有画架吗", TermKind.TYPE)] == ["画架"]


def test_values_as_a_shop_writes_them_compare_alike():
    lexicon = Lexicon.build([product("A1", "某某面霜", FACE, 99, suits="油性肌肤、干性皮肤", concerns="保湿补水")])
    assert {"油皮", "干皮"} <= lexicon.traits["A1"].suits
    assert "补水" in lexicon.traits["A1"].concerns
    assert lexicon.kept(TermKind.SKIN, "大油皮") == {"油皮"}


def test_categories_are_called_short_where_that_is_clear():
    assert [term.value for term in LEXICON.terms(fold("护肤的有什么"), TermKind.CATEGORY)] == ["面部护肤"]
    assert LEXICON.category_of("口红") == "彩妆"
    assert LEXICON.category_of("电饭煲") == ""


def test_coupon_names_are_known():
    assert LEXICON.find_coupon(fold("新客满300减50还在吗")) == "新客满300减50"
    assert LEXICON.find_coupon("有券吗") == ""


def test_an_empty_shop_finds_nothing():
    empty = Lexicon.build([])
    assert empty.find_products("云润面霜") == ()
    assert [term.value for term in empty.terms("面霜", TermKind.TYPE)] == ["面霜"]
