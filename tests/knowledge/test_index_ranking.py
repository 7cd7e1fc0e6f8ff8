"""How passages are ranked: against plain BM25, with questions answered before, and with the same words twice."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.index.found import Basis, Found, NoBasis, Scored
from knowledge.index.index import PassageIndex
from knowledge.index.searching import woven
from knowledge.measures import ndcg
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from knowledge.words.wording import Wording
from tests.knowledge.dev_questions import ASKED, TEXTS
from tests.knowledge.test_index import passage, store_scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def found(index: PassageIndex, question: str, *, limit: int = 6, store: str = "S001") -> Found:
    return index.search(question, store_id=store, region_id="R01", moment=NOW, limit=limit)


def placed(result: Found) -> list[str]:
    return [one.passage_id for one in result.passages]


@pytest.fixture
def index() -> Iterator[PassageIndex]:
    with PassageIndex(None, None, "corp") as opened:
        yield opened


@pytest.fixture(scope="module")
def shop() -> Iterator[PassageIndex]:
    with PassageIndex(None, None, "corp") as opened:
        opened.apply([passage(text.id, text.text, title=text.title, heading=text.heading) for text in TEXTS], ())
        yield opened


class PlainBm25:
    """BM25 over single characters and pairs, written out from Robertson & Zaragoza (2009) with Lucene's idf."""

    def __init__(self, texts: Sequence[Passage], wording: Wording) -> None:
        self._wording = wording
        self._counts = {
            one.id: Counter(wording.grams(wording.fold("\n".join((one.title, *one.heading, one.text)))))
            for one in texts
        }
        self._within = Counter(gram for counts in self._counts.values() for gram in counts)
        self._mean = sum(counts.total() for counts in self._counts.values()) / len(self._counts)

    def rank(self, question: str) -> list[str]:
        grams = dict.fromkeys(self._wording.grams(self._wording.fold(question)))
        scores = {id_: sum(self._score(gram, counts) for gram in grams) for id_, counts in self._counts.items()}
        return sorted((id_ for id_ in scores if scores[id_]), key=lambda id_: (-scores[id_], id_))

    def _score(self, gram: str, counts: Counter[str]) -> float:
        rarity = math.log(1 + (len(self._counts) - self._within[gram] + 0.5) / (self._within[gram] + 0.5))
        times = counts[gram]
        return rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * counts.total() / self._mean))


def test_ranking_is_better_than_plain_bm25_on_the_dev_questions(shop: PassageIndex) -> None:
    texts = [passage(text.id, text.text, title=text.title, heading=text.heading) for text in TEXTS]
    plain = PlainBm25(texts, Wording())
    ours = sum(ndcg(placed(found(shop, one.question, limit=10)), {one.answer: 1}) for one in ASKED)
    theirs = sum(ndcg(plain.rank(one.question)[:10], {one.answer: 1}) for one in ASKED)
    assert ours > theirs, (ours / len(ASKED), theirs / len(ASKED))


def test_the_ranking_is_not_cut_by_any_floor(shop: PassageIndex) -> None:
    result = found(shop, "怎么减肥最快", limit=20)
    assert len(result.passages) > 5
    assert result.usable == ()
    assert not result.basis.enough


def test_a_question_of_empty_words_ranks_and_has_no_basis(shop: PassageIndex) -> None:
    result = found(shop, "怎么样呢")
    assert not result.basis.enough
    assert result.usable == ()
    assert found(shop, "？！").basis.reasons == (NoBasis.NOTHING_ASKED,)


def test_a_pair_across_two_words_counts_less_than_a_word() -> None:
    question = Wording().question("会员生日礼")
    assert question.weight("会员") == question.weight("生日") == 1
    assert question.weight("员生") < 1


# ---- the same words twice ----------------------------------------------------------------------


def test_the_same_words_are_shown_once_and_the_narrower_scope_stands_first(index: PassageIndex) -> None:
    index.apply(
        [
            passage("brand", "停车满两百元，凭小票免两小时。"),
            passage("store", "停车满两百元 凭小票免两小时", scope=store_scope("S001")),
            passage("other", "雨伞可以在服务台借用。"),
        ],
        (),
    )
    result = found(index, "停车免费吗 小票")
    assert placed(result)[:2] == ["store", "brand"]
    assert [one.same_as for one in result.passages[:2]] == ["", "store"]
    assert [one.passage_id for one in result.usable] == ["store"]
    assert placed(found(index, "停车免费吗 小票", store="S002"))[0] == "brand"


def test_two_versions_of_a_figure_are_both_returned(index: PassageIndex) -> None:
    index.apply([passage("old", "停车满200元免两小时。"), passage("new", "停车满300元免两小时。")], ())
    result = found(index, "停车满多少元免费")
    assert {one.passage_id for one in result.passages if not one.same_as} == {"old", "new"}


def test_the_same_sentence_about_another_product_is_another_statement(index: PassageIndex) -> None:
    values = {"kind": DocumentKind.PRODUCT, "title": "产品"}
    index.apply(
        [
            passage("a", "早晚洁面后使用。", skus=("A",), **values),
            passage("b", "早晚洁面后使用。", skus=("B",), **values),
        ],
        (),
    )
    assert [one.same_as for one in found(index, "早晚洁面后使用").passages] == ["", ""]


def test_doubles_do_not_take_the_places_of_other_passages(index: PassageIndex) -> None:
    doubles = [passage(f"d{number}", "停车满两百元，凭小票免两小时。" + "！" * number) for number in range(8)]
    index.apply([*doubles, passage("x", "停车场在负二层。"), passage("y", "停车券可以转赠。")], ())
    result = found(index, "停车", limit=3)
    assert {one.same_as for one in result.passages} == {"", result.passages[0].passage_id} or len(result.passages) == 10
    assert {"x", "y"} <= set(placed(result))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("停车满两百元免小票。，！ 3", min_size=1, max_size=12), min_size=1, max_size=8))
def test_every_passage_is_either_first_or_names_one_before_it(texts: list[str]) -> None:
    with PassageIndex(None, None, "corp") as opened:
        opened.apply([passage(str(number), text) for number, text in enumerate(texts)], ())
        seen: list[str] = []
        for one in found(opened, "停车满两百元免3小时").passages:
            assert one.same_as == "" or one.same_as in seen
            seen.append(one.passage_id)


# ---- questions answered before -----------------------------------------------------------------


def test_an_answered_question_brings_its_passage_and_harms_no_other(index: PassageIndex) -> None:
    texts = [
        passage("gift", "正装满三百赠两份体验装。"),
        passage("birthday", "会员生日当月双倍积分。"),
        passage("return", "签收次日起七日内可以退货。"),
    ]
    index.apply(texts, (), {"gift": ["请问怎么薅羊毛", "请问有没有试用装"]})
    assert placed(found(index, "怎么薅羊毛呀"))[0] == "gift"
    # 请问 and 怎么 stand only in the answered questions, and must not pull their passage forward
    assert placed(found(index, "请问生日怎么算积分"))[0] == "birthday"
    assert placed(found(index, "请问怎么退货"))[0] == "return"


def test_answered_questions_of_another_store_are_not_used(index: PassageIndex) -> None:
    texts = [passage("theirs", "暗号牡丹。", scope=store_scope("S002")), passage("ours", "会员生日当月双倍积分。")]
    index.apply(texts, (), {"theirs": ["怎么薅羊毛"]})
    assert "theirs" not in placed(found(index, "怎么薅羊毛"))
    assert found(index, "怎么薅羊毛").usable == ()


def test_attached_questions_go_with_their_passage(index: PassageIndex) -> None:
    texts = [passage("gift", "正装满三百赠两份体验装。"), passage("birthday", "会员生日当月双倍积分。")]
    index.apply(texts, (), {"gift": ["有没有薅羊毛攻略"]})
    index.apply(texts, (), {})
    assert found(index, "薅羊毛攻略").usable == ()
    index.apply(texts, (), {"birthday": ["有没有薅羊毛攻略"]})
    assert placed(found(index, "薅羊毛攻略"))[0] == "birthday"


# ---- several questions at once -----------------------------------------------------------------


def _list(names: str, score: float, enough: bool = True) -> Found:
    passages = tuple(
        Scored(passage_id=name, score=score - place / 10, related=place == 0) for place, name in enumerate(names)
    )
    return Found(passages=passages, basis=Basis(value=score, enough=enough))


def test_the_answers_to_two_questions_take_turns() -> None:
    both = woven([_list("abcd", 0.9), _list("xaby", 0.7)], 6)
    assert "".join(one.passage_id for one in both.passages) == "axbcdy"
    scores = [one.score for one in both.passages]
    assert scores == sorted(scores, reverse=True)
    assert {one.passage_id for one in both.usable} == {"a", "x"}


def test_one_answered_question_of_two_is_a_basis() -> None:
    assert woven([_list("ab", 0.9, enough=False), _list("xy", 0.6)], 4).basis.enough
    assert not woven([_list("ab", 0.9, enough=False), _list("xy", 0.6, enough=False)], 4).basis.enough


def test_a_region_reads_its_own(index: PassageIndex) -> None:
    index.apply([passage("east", "停车免两小时。", scope=Scope(level=ScopeLevel.REGION, id="R09"))], ())
    assert placed(found(index, "停车")) == []
