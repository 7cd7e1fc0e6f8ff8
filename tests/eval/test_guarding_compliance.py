"""The compliance filter on sentences by people who had not seen its rules, train and test split apart.

Rules and the second reader are written and trained against ``sets/train`` (and the sentences of ``sets/more`` and ``sets/authors``,
which no figure counts). ``sets/test`` is never read by whoever writes them: only the figures below are taken from it, and a miss of it is
never printed, so it keeps telling how the filter does on sentences it has not met. A floor lies a little below what was
measured: it may be raised, and is lowered only with a reason in the change log.
"""

import io
from functools import lru_cache

import numpy as np
import pytest

from assistant.flow.guard.law.second_reader import THRESHOLDS
from assistant.flow.guard.network import Network
from eval.guarding import compliance
from eval.guarding.compliance import Rate, Split, measure
from eval.guarding.second_reading.examples import Example, written_by_others
from eval.guarding.second_reading.packing import packed

FLOORS: dict[tuple[Split, str], float] = {
    ("train", "unlawful, blocked"): 0.98,
    ("train", "unlawful, stopped"): 0.99,
    ("train", "disguised, blocked"): 0.97,
    ("train", "disguised, stopped"): 0.98,
    ("train", "innocent, not blocked"): 0.99,
    ("train", "innocent, let through"): 0.99,
    ("train", "innocent, without a warning"): 0.99,
    ("train", "unlawful in lawful company, stopped"): 0.98,
    ("train", "two innocent ones, let through"): 0.985,
    ("train", "context pairs, told apart"): 0.975,
    ("train", "context pairs on a record, told apart"): 0.7,
    ("test", "unlawful, blocked"): 0.98,
    ("test", "unlawful, stopped"): 0.988,
    ("test", "disguised, blocked"): 0.965,
    ("test", "disguised, stopped"): 0.96,
    ("test", "innocent, not blocked"): 0.995,
    ("test", "innocent, let through"): 0.98,
    ("test", "innocent, without a warning"): 0.98,
    ("test", "unlawful in lawful company, stopped"): 0.97,
    ("test", "two innocent ones, let through"): 0.985,
    ("test", "context pairs, told apart"): 0.915,
    ("test", "context pairs on a record, told apart"): 0.87,
    ("fresh", "unlawful, blocked"): 0.965,
    ("fresh", "unlawful, stopped"): 0.98,
    ("fresh", "disguised, blocked"): 0.95,
    ("fresh", "disguised, stopped"): 0.96,
    ("fresh", "innocent, not blocked"): 0.975,
    ("fresh", "innocent, let through"): 0.97,
    ("fresh", "innocent, without a warning"): 0.97,
    ("fresh", "unlawful in lawful company, stopped"): 0.94,
    ("fresh", "two innocent ones, let through"): 0.95,
    ("fresh", "context pairs, told apart"): 0.86,
    ("fresh", "context pairs on a record, told apart"): 0.48,
    ("fresh", "personal data misused, stopped"): 0.83,
    ("fresh", "honest with personal data, let through"): 0.95,
}


@lru_cache(maxsize=1)
def rates() -> tuple[Rate, ...]:
    return measure()


@pytest.mark.parametrize(("split", "name"), FLOORS, ids=lambda value: str(value))
def test_the_filter_does_at_least_as_well_as_measured(split: Split, name: str) -> None:
    (rate,) = [one for one in rates() if one.split == split and one.name == name]
    assert rate.share >= FLOORS[split, name], "\n".join(
        f"{miss.group}: {miss.text} ({miss.got})" for miss in rate.misses
    )


def test_every_figure_has_a_floor() -> None:
    assert {(rate.split, rate.name) for rate in rates()} == set(FLOORS)


@pytest.mark.parametrize(("name", "least"), [("unlawful, blocked", 500), ("innocent, let through", 500)])
def test_the_sets_are_large_enough(name: str, least: int) -> None:
    assert sum(rate.of for rate in rates() if rate.name == name) >= least


def test_there_are_enough_context_pairs() -> None:
    # two sentences make a pair
    assert sum(rate.of for rate in rates() if rate.name == "context pairs, told apart") >= 2 * 200


def test_nothing_of_the_test_split_is_told() -> None:
    assert [rate.misses for rate in rates() if rate.split != "train" and rate.misses] == []
    assert any(rate.misses for rate in rates() if rate.split == "train")


@pytest.mark.parametrize("name", ["block", "innocent", "obfuscated"])
def test_no_sentence_stands_in_both_splits(name: str) -> None:
    train, test = ({row["text"] for row in compliance._read(split, name)} for split in ("train", "test"))
    assert train.isdisjoint(test)


@lru_cache(maxsize=1)
def learnt_from() -> frozenset[str]:
    return frozenset(one.text for one in written_by_others())


@pytest.mark.parametrize("split", ["test", "fresh"])
def test_what_is_learnt_from_holds_nothing_of_what_is_held_aside(split: Split) -> None:
    held_aside = {row["text"] for name in ("block", "innocent") for row in compliance._read(split, name)}
    # a phrase of a few words that everybody says may have been written twice
    assert [text for text in held_aside & learnt_from() if len(text) > 8] == []


def test_the_second_reader_learns_to_tell_two_kinds_of_sentences_apart() -> None:
    pytest.importorskip("torch", reason="needs the extra [local]")
    from eval.guarding.second_reading import __main__ as teaching

    told = [
        ("今天全网最低价", True, "price"),
        ("拆封一律不退，您慢慢看", True, "terms"),
        ("您慢慢看", False, "terms"),
        ("您慢慢考虑", False, "terms"),
    ] * 8
    sentences = [
        Example(text, unlawful, kind, f"author {number // 4}") for number, (text, unlawful, kind) in enumerate(told)
    ]
    held = teaching.bags(sentences)
    scores = teaching.cross_validated(held, sentences, jobs=1)
    unlawful = np.array([one.unlawful for one in sentences])
    assert np.isnan(scores).all(axis=1).sum() == len(sentences) // 2, "half of the folds are not kept away"
    assert np.nanmin(scores[unlawful]) > np.nanmax(scores[~unlawful])
    assert teaching.thresholds_of(scores, sentences)["certain"] < np.nanmin(scores[unlawful])


def test_what_is_trained_is_read_as_it_was_packaged() -> None:
    network = Network(
        np.array([[4, -16], [0, 0], [10, 0]], dtype=np.int8),
        np.array([1.0, -1.0]),
        np.array([[256.0, 0.0, 3.0], [-2.0, 1.0, 0.0]]),
        np.array([10.0, -10.0, 0.0]),
    )
    thresholds = dict.fromkeys(THRESHOLDS, 0.3) | {"certain": 1.0}
    written = packed(network, ("price", "terms"), ("低价", "a", "{refund}"), np.array([0]), thresholds)
    with np.load(io.BytesIO(written)) as held:
        assert held["features"].tobytes().decode("utf-8").split("\n") == ["低价", "{refund}"]
        assert held["units"].tolist() == [[4, -16], [10, 0]]
        assert (held["kinds"].tolist(), held["bias"].tolist()) == (["price", "terms"], [10, -10, 0])
        assert (held["at_rest"].tolist(), held["out"].tolist()) == ([1, -1], [[256, 0, 3], [-2, 1, 0]])
        assert held["heavy"].tolist() == [0]
        assert dict(zip(THRESHOLDS, held["thresholds"].tolist(), strict=True)) == dict.fromkeys(THRESHOLDS, 30) | {
            "certain": 100
        }


def test_a_network_weighs_what_its_units_hold() -> None:
    network = Network(
        np.array([[8, -16], [16, 0]], dtype=np.int8),
        np.array([-8.0, 0.0]),
        np.array([[256.0, 128.0], [512.0, 0.0]]),
        np.array([-2048.0, 0.0]),
    )
    # the second unit is below nothing and says nothing; the first holds (8 + 16 - 8) / 8 = 2
    assert network.weigh(network.add([0, 1])).tolist() == [2.0 - 1.0, 1.0]
