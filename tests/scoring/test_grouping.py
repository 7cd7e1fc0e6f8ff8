"""Which questions ask the same: the rules one by one, and how often they are right on invented shops' questions."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from assistant.scoring.grouping import SAME, Asked, Wants, likeness, nearest, rarity, read

QUESTIONS = Path(__file__).with_name("gap_questions.yaml")
ORDERS = 5
"""The questions are asked in so many orders: who asks first must not decide what belongs together."""


class Pairs(NamedTuple):
    """Over all pairs of questions: of those put together how many belong together, of those that belong how many were."""

    precision: float
    recall: float


def grouped(groups: Sequence[dict[str, object]], seed: int) -> Pairs:
    """Take every question in as the board does, one after the other, and compare with the groups they were written in."""
    asked = [(str(text), number, one.get("skus", ())) for number, one in enumerate(groups) for text in one["asked"]]  # type: ignore[attr-defined]
    random.Random(seed).shuffle(asked)
    topics: list[list[Asked]] = []
    said: Counter[str] = Counter()
    placed: list[tuple[int, int]] = []
    for count, (text, group, skus) in enumerate(asked):
        one = read(text, skus)  # type: ignore[arg-type]
        place = nearest(one, topics, rarity(count, said))
        if place is None:
            topics.append([])
            place = len(topics) - 1
        topics[place].append(one)
        said.update(one.words.keys())
        placed.append((place, group))
    pairs = list(itertools.combinations(placed, 2))
    together = [(a, b) for a, b in pairs if a[0] == b[0]]
    belong = [(a, b) for a, b in pairs if a[1] == b[1]]
    right = sum(a[1] == b[1] for a, b in together)
    return Pairs(right / len(together), right / len(belong))


def mean(groups: Sequence[dict[str, object]], name: str) -> Pairs:
    measured = [grouped(groups, seed) for seed in range(ORDERS)]
    found = Pairs(*(sum(column) / ORDERS for column in zip(*measured, strict=True)))
    print(f"\n{name}: {len(groups)} groups, pairwise precision {found.precision:.3f}, recall {found.recall:.3f}")  # noqa: T201
    return found


def load() -> list[dict[str, object]]:
    loaded: list[dict[str, object]] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    return loaded


def test_sixty_groups_that_the_words_were_chosen_on() -> None:
    found = mean([one for one in load() if not one.get("fresh")], "chosen on")
    assert found.precision >= 0.95
    assert found.recall >= 0.8


def test_groups_of_trades_that_nothing_was_chosen_for() -> None:
    """Half of what belongs together is found; what is put together is right. The rest a manager merges by hand."""
    found = mean([one for one in load() if one.get("fresh")], "fresh")
    assert found.precision >= 0.95
    assert found.recall >= 0.4


def test_all_of_them_at_once() -> None:
    found = mean(load(), "all")
    assert found.precision >= 0.93
    assert found.recall >= 0.7


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("自提要几天", "到店自提多久能拿"),
        ("门店停车免费吗", "停车怎么收费"),
        ("积分会过期吗", "积分有效期多久"),
        ("能寄国外吗", "可不可以寄到海外"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert likeness(read(one), read(other)).value >= SAME


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("退货几天", "换货几天", "another matter"),
        ("自提要几天", "自提要钱吗", "it wants to know something else"),
        ("停车场在哪里", "停车怎么收费", "another matter, and something else"),
        ("积分能转给别人吗", "优惠券可以转送朋友吗", "another matter"),
        ("你好", "在吗", "nothing is asked"),
    ],
)
def test_not_the_same(one: str, other: str, why: str) -> None:
    assert likeness(read(one), read(other)).value < SAME, why


def test_products_named_must_agree() -> None:
    words = "开封后能用多久"
    assert likeness(read(words, ["A1"]), read(words, ["A1", "A1-30"])).value == 1.0
    assert likeness(read(words, ["A1"]), read(words, ["A2"])).value == 0.0
    assert likeness(read(words, ["A1"]), read(words)).value == 0.0


def test_a_shops_own_synonyms_count() -> None:
    one, other = "黄金以旧换新怎么算", "金饰换款怎么算"
    own = (("以旧换新", "换款"), ("黄金", "金饰"))
    assert likeness(read(one), read(other)).value < SAME
    assert likeness(read(one, (), own), read(other, (), own)).value == 1.0


def test_it_says_by_which_words() -> None:
    assert likeness(read("自提要几天"), read("到店自提多久能拿")).shared == ("自提",)
    assert read("退货运费谁出").wants == {Wants.WHO}


def test_a_word_that_everybody_says_tells_less() -> None:
    rare = rarity(100, {"积分": 60, "转赠": 1})
    assert rare("转赠") > 1.8 * rare("积分")
    assert rare("没人说过") == 1.0
    assert rarity(0, {})("积分") == 1.0


def test_the_nearest_topic_takes_it_and_none_where_nothing_is_near() -> None:
    topics = [[read("换货几天")], [read("退货几天"), read("几天内可以退货")]]
    assert nearest(read("买了之后多久之内能退货"), topics, rarity(0, {})) == 1
    assert nearest(read("停车收费吗"), topics, rarity(0, {})) is None
    assert nearest(read("停车收费吗"), [], rarity(0, {})) is None
