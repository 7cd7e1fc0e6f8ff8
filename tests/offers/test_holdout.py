"""Who is left alone, and what may be said of the others: never more than the comparison shows."""

from random import Random

import pytest
from pydantic import ValidationError

from assistant.offers.attribution import Rule
from assistant.offers.holdout import Group, Holdout, difference, result_words

NOBODY = Group()


def group(customers: int, buyers: int) -> Group:
    return Group(customers=customers, buyers=buyers)


def test_the_lots_are_the_same_every_time_and_anew_with_another_salt() -> None:
    ids = [f"C{number}" for number in range(2000)]
    spring = Holdout(percent=10, salt="spring")
    first = {one for one in ids if spring.holds("corp", one)}
    assert first == {one for one in ids if spring.holds("corp", one)}
    assert first != {one for one in ids if Holdout(percent=10, salt="autumn").holds("corp", one)}
    assert 140 <= len(first) <= 260
    assert not any(Holdout().holds("corp", one) for one in ids)
    assert all(Holdout(percent=100).holds("corp", one) for one in ids)
    with pytest.raises(ValidationError):
        Holdout(percent=101)


@pytest.mark.parametrize(
    ("reachable", "left_alone"),
    [
        (NOBODY, NOBODY),
        (group(100, 12), NOBODY),
        (NOBODY, group(100, 12)),
        (group(100, 12), group(100, 11)),
        (group(100, 5), group(100, 40)),
        (group(3, 3), group(3, 0)),
        (group(2000, 1500), group(29, 0)),
        (group(1, 1), group(1, 0)),
    ],
)
def test_nothing_is_called_caused_without_a_clear_difference(reachable: Group, left_alone: Group) -> None:
    words = result_words(12, 340000, Rule(), reachable, left_alone)
    assert "带来" not in words
    assert "促成" not in words
    assert words.startswith("沟通后 7 天内，客户下单 12 单，实付共 3400 元。")
    assert "不说明是沟通的结果" in words or "不能说是沟通的结果" in words


def test_a_clear_difference_to_the_holdout_may_be_called_so() -> None:
    words = result_words(300, 900000, Rule(), group(1000, 300), group(1000, 100))
    assert "可以联系的 1000 位客户里 30.0% 下了单，对照组 1000 位里 10.0%" in words
    # Newcombe's interval by hand: 0.2 - 0.0340 to 0.2 + 0.0336
    assert "多出的约 165 到 233 位下单客户可以说是沟通带来的。" in words


def test_the_interval_is_newcombes() -> None:
    # the worked example of his paper, table II (a): 56 of 70 against 48 of 80
    low, high = difference(group(70, 56), group(80, 48))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_the_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    random = Random(7)
    for first, second, true_first, true_second in ((200, 40, 0.2, 0.1), (60, 12, 0.5, 0.5), (400, 100, 0.04, 0.02)):
        held = 0
        for _ in range(2000):
            one = group(first, sum(random.random() < true_first for _ in range(first)))
            other = group(second, sum(random.random() < true_second for _ in range(second)))
            low, high = difference(one, other)
            held += low <= true_first - true_second <= high
        assert held / 2000 > 0.93
