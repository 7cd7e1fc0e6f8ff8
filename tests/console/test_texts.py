"""Comparing texts, marking claims, writing figures."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.console.conversations.story import marked
from assistant.console.differences import compare
from assistant.console.formats import moment, money, without_names, without_phones
from assistant.shop import Manner
from assistant.turn import Claim, ClaimKind, Draft, Sentence

TEXTS = st.text(alphabet="姐您好面霜298元券后，。 \nab～😀", max_size=40)


@given(TEXTS, TEXTS)
def test_the_pieces_of_a_difference_are_the_texts_again(before: str, after: str) -> None:
    found = compare(before, after)
    assert "".join(piece.text for piece in found.before) == before
    assert "".join(piece.text for piece in found.after) == after
    assert found.changed == (before != after)


def test_words_are_not_torn() -> None:
    found = compare("姐，这款面霜现在298元", "姐，这款精华现在298元")
    assert [piece.text for piece in found.before if piece.kind == "removed"] == ["面霜"]
    assert [piece.text for piece in found.after if piece.kind == "added"] == ["精华"]


@given(TEXTS, st.lists(st.text(alphabet="面霜298元券后", min_size=1, max_size=3), max_size=5))
def test_the_marked_runs_are_the_draft_again(text: str, claimed: list[str]) -> None:
    claims = tuple(Claim(kind=ClaimKind.MONEY, text=one, value=one) for one in claimed)
    draft = Draft(manner=Manner.WARM, sentences=(Sentence(text=text),), claims=claims)
    assert "".join(run.text for run in marked(draft, {})) == text


def test_the_longer_claim_wins_and_a_repeated_one_is_found_again() -> None:
    claims = (
        Claim(kind=ClaimKind.MONEY, text="300", value="30000", evidence_id="P"),
        Claim(kind=ClaimKind.COUPON, text="满300减40", value="K", evidence_id="K"),
        Claim(kind=ClaimKind.MONEY, text="300", value="30000"),
    )
    draft = Draft(manner=Manner.WARM, sentences=(Sentence(text="用满300减40，原价300，差300"),), claims=claims)
    runs = [(run.text, run.anchor) for run in marked(draft, {"P": "evidence-1", "K": "evidence-2"}) if run.claim]
    assert runs == [("满300减40", "evidence-2"), ("300", "evidence-1"), ("300", "")]


@pytest.mark.parametrize(
    ("fen", "words"), [(0, "¥0.00"), (5, "¥0.05"), (-626, "-¥6.26"), (-5, "-¥0.05"), (123456789, "¥1,234,567.89")]
)
def test_money(fen: int, words: str) -> None:
    assert money(fen) == words


def test_moments_are_the_shops() -> None:
    assert moment(datetime(2026, 12, 31, 17, 5, tzinfo=UTC)) == "2027-01-01 01:05"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("T000138123456", "T000138123456"),
        ("条码6913812345678", "条码6913812345678"),
        ("12812345678", "12812345678"),
    ],
)
def test_phone_numbers(text: str, shown: str) -> None:
    assert without_phones(text) == shown


def test_names() -> None:
    assert without_names("沈佳宜和沈佳说", ("沈佳", "沈佳宜")) == "沈＊＊和沈＊说"
