"""A reply cut to WeCom's limit loses nothing and tears nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from assistant.flow.parting import WECOM_BYTES, part

CHARACTERS = st.sampled_from("敏感肌面霜，。！？\n①👩‍👩‍👧🇨🇳é 0123456789元折¥.%aB")


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(st.lists(st.text(CHARACTERS, min_size=1, max_size=3000), min_size=1, max_size=6))
def test_nothing_is_lost_and_nothing_is_too_long(blocks: list[str]) -> None:
    parts = part(blocks)
    assert all(len(one.encode()) <= WECOM_BYTES for one in parts)
    assert bare("".join(parts)) == bare("".join(blocks))


def test_blocks_that_fit_together_stay_together() -> None:
    assert part(["一", "二"]) == ("一\n\n二",)


def test_a_block_goes_whole_to_the_next_part_rather_than_being_cut() -> None:
    first, second = "甲" * 400, "乙" * 400
    assert part([first, second]) == (first, second)


@given(st.integers(min_value=0, max_value=60))
def test_a_price_is_never_torn(shift: int) -> None:
    text = "字" * (660 + shift) + "只要¥1,299.00元，" + "后" * 700
    parts = part([text])
    assert sum("¥1,299.00元" in one for one in parts) == 1


@given(st.integers(min_value=0, max_value=40))
def test_a_family_emoji_is_never_torn(shift: int) -> None:
    family = "👩‍👩‍👧"
    parts = part(["字" * (660 + shift) + family + "后" * 700])
    assert sum(family in one for one in parts) == 1


def test_long_text_is_cut_at_a_sentence_end() -> None:
    sentence = "这句话讲完了。"
    for one in part([sentence * 300]):
        assert one.endswith("。")
