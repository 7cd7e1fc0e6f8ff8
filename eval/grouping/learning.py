"""Teach the gap board which questions ask the same: ``python -m eval.grouping.learning``.

Gradient boosted trees (scikit-learn) over what ``assistant/scoring/alike.py`` measures, learned from parts of topics: one to four
questions of a topic beside others of it, which belong together, and beside some of a topic close by, which do not. A second
reading does without two fifths of the listed words, because a shop always has goods and words that no list knows. Chosen and
reported by cross-validation over topics: the questions of a third of the topics are gathered by trees that learned from the
other two. Of the held-out questions nothing is read.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from sklearn.ensemble import HistGradientBoostingClassifier

from assistant.scoring.alike import TREES, Rarity, measures, rarity, same_products, weigh
from assistant.scoring.asking import Asked, goods_named, heads, read, together
from assistant.scoring.grouping import SAME
from assistant.trees import Trees
from eval.boosting import trees_of
from eval.grouping.measuring import QUESTIONS, Pairs, Topic, gathered, topics_of

FOLDS = 3
PARTS = (1, 1, 1, 2, 2, 3, 4)
"""How many questions a part of a topic has: on the board most comparisons are of single ones."""
OF_ONE_TOPIC = 20
OF_TWO_TOPICS = 12
NEIGHBOURS = 25
CLOSEST = 4
CLOSEST_OFTENER = 3
TWINS = 3
"""How many times a topic is asked of other goods."""
UNLISTED = 0.4
BOOSTING: dict[str, Any] = {
    "max_iter": 300,
    "learning_rate": 0.05,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 40,
    "l2_regularization": 2.0,
    "max_features": 0.3,
    "random_state": 0,
}


class Example(NamedTuple):
    """Two parts measured beside each other, and whether they are of one topic."""

    row: list[float]
    same: bool


def unlisted(share: float, seed: int) -> frozenset[str]:
    """Draw some of the listed words, to do without."""
    chance = random.Random(seed)
    return frozenset(word for word in heads() if chance.random() < share)


def learn(topics: Sequence[Topic]) -> Trees:
    """Learn from these topics."""
    chance = random.Random(0)
    examples = [*_examples(topics, chance, frozenset(), 1.0), *_examples(topics, chance, unlisted(UNLISTED, 1), 0.5)]
    rows = np.array([one.row for one in examples], dtype=np.float32)
    model = HistGradientBoostingClassifier(**BOOSTING).fit(rows, np.array([one.same for one in examples]))
    return trees_of(model)


def _examples(topics: Sequence[Topic], chance: random.Random, but: frozenset[str], share: float) -> Iterator[Example]:
    asked = [topic.read(but) for topic in topics]
    having = Counter(word for questions in asked for one in questions for word in one.words)
    rare = rarity(sum(map(len, asked)), having)
    whole = [together(questions) for questions in asked]
    for number, questions in enumerate(asked):
        yield from _of_one(questions, chance, rare, int(share * OF_ONE_TOPIC))
        for near, other in enumerate(_neighbours(number, whole, rare)):
            for _ in range(int(share * OF_TWO_TOPICS * (CLOSEST_OFTENER if near < CLOSEST else 1))):
                yield from _example(_part(questions, chance), _part(asked[other], chance), rare, same=False)
        for _ in range(TWINS):
            twin = [read(question, but=but) for question in of_other_goods(topics[number], chance)]
            for _ in range(int(share * OF_TWO_TOPICS) if twin else 0):
                unnamed = [one._replace(skus=frozenset()) for one in questions]
                yield from _example(_part(unnamed, chance), _part(twin, chance), rare, same=False)


def of_other_goods(topic: Topic, chance: random.Random) -> list[str]:
    """The questions of a topic asked of other goods, as far as they name any: the same words, and not the same."""
    goods = goods_named()
    instead = chance.choice(sorted(set(goods.values())))
    named = re.compile("|".join(sorted(map(re.escape, goods), key=lambda word: (-len(word), word))))
    found = [(question, named.search(question)) for question in topic.asked]
    return [
        question.replace(met.group(), instead)
        for question, met in found
        if met is not None and goods[met.group()] != instead
    ]


def _of_one(questions: list[Asked], chance: random.Random, rare: Rarity, times: int) -> Iterator[Example]:
    for number, one in enumerate(questions):
        for other in questions[:number]:
            yield from _example(one, other, rare, same=True)
    for _ in range(times):
        first, second = chance.choice(PARTS), chance.choice(PARTS)
        if 2 < first + second <= len(questions):
            drawn = chance.sample(questions, first + second)
            yield from _example(together(drawn[:first]), together(drawn[first:]), rare, same=True)


def _part(questions: list[Asked], chance: random.Random) -> Asked:
    return together(chance.sample(questions, min(chance.choice(PARTS), len(questions))))


def _example(one: Asked, other: Asked, rare: Rarity, *, same: bool) -> Iterator[Example]:
    """Measure two parts, if the board would ever compare them."""
    if one.words.keys() & other.words.keys() or len(one.letters.keys() & other.letters.keys()) > 1:
        yield Example(measures(one, other, rare), same)


def _neighbours(number: int, whole: Sequence[Asked], rare: Rarity) -> list[int]:
    """The topics that share most with one: those it may be taken for."""
    mine = whole[number].words
    shared = [
        (sum(min(told, one.words.get(word, 0.0)) * rare(word) for word, told in mine.items()), other)
        for other, one in enumerate(whole)
        if other != number and same_products(whole[number], one)
    ]
    return [other for much, other in sorted(shared, reverse=True)[:NEIGHBOURS] if much > 0.05]


def cross_validated(topics: Sequence[Topic], sames: Sequence[float], but: frozenset[str] = frozenset()) -> list[Pairs]:
    """For each limit the mean over thirds of the topics, gathered by what was learned from the others."""
    order = random.Random(0).sample(range(len(topics)), len(topics))
    found: list[list[Pairs]] = []
    for fold in range(FOLDS):
        apart = set(order[fold::FOLDS])
        known = learn([topic for number, topic in enumerate(topics) if number not in apart])
        away = [topic for number, topic in enumerate(topics) if number in apart]
        found.append([gathered(away, same, lambda row, known=known: weigh(row, known), but) for same in sames])  # type: ignore[misc]
    return [Pairs(*(float(sum(column)) / FOLDS for column in zip(*of, strict=True))) for of in zip(*found, strict=True)]


def write(known: Trees, folder: Path) -> None:
    """Write ``alike_trees.json``."""
    (folder / TREES).write_text(json.dumps(known.packaged()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    written = topics_of(QUESTIONS)
    (pairs,) = cross_validated(written, [SAME])
    write(learn(written), Path(str(files("assistant.scoring"))))
    Console().print(
        f"not learned from: pairwise precision {pairs.precision:.3f}, recall {pairs.recall:.3f}, F1 {pairs.f1:.3f}"
    )
