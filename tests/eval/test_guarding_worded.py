"""The guard on drafts worded freely by an author nobody learned from, and the set they are in.

A floor lies a little below what was measured; it may be raised, and is lowered only with a reason in the change log.
"""

from functools import lru_cache
from itertools import combinations

import pytest

from eval.guarding.worded import SPLITS, Freely, Split, measure, read

AUTHOR = "11"


@lru_cache(maxsize=1)
def measured() -> Freely:
    return measure("test", author=AUTHOR)


@pytest.mark.faults
def test_false_sentences_are_stopped_however_they_are_worded() -> None:
    assert measured().stopped_share >= STOPPED


@pytest.mark.faults
def test_true_sentences_are_mostly_kept() -> None:
    assert measured().cut_share <= CUT
    whole, drafts = measured().drafts_whole
    assert whole / drafts >= WHOLE


@pytest.mark.faults
def test_nothing_of_the_test_split_is_told() -> None:
    assert measured().missed == ()


STOPPED, CUT, WHOLE = 0.92, 0.17, 0.62


def test_the_set_is_large_and_its_splits_have_no_author_and_no_question_in_common() -> None:
    train, test, reckoning = (read(split) for split in SPLITS)
    assert sum(len(one.untrue) for one in train) >= 4000
    assert sum(len(draft) for one in train for draft in one.true) >= 3500
    for one, other in combinations((train, test, reckoning), 2):
        assert {each.author for each in one}.isdisjoint({each.author for each in other})
        assert {(each.pack, each.asked) for each in one}.isdisjoint({(each.pack, each.asked) for each in other})


@pytest.mark.parametrize("split", SPLITS)
def test_every_marked_span_stands_in_its_sentence(split: Split) -> None:
    broken = [untrue.text for one in read(split) for untrue in one.untrue if untrue.span not in untrue.text]
    assert broken == []
