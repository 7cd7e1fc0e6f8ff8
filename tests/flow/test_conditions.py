"""A coupon's conditions as people say them, and the sentence that adds what is missing."""

import pytest

from assistant.flow.guard.conditions import added, left_out

FORM = "满399元减60元，限面部护肤（不含新品），11月10日至12月31日有效，每人限2次，同类券限一张"
NAME = "面部护肤满399减60"


@pytest.mark.parametrize(
    "draft",
    [
        f"可以用「{NAME}」（满399元减60元，限面部护肤（不含新品），11月10日至12月31日有效，每人限2次，同类券限一张）。",
        f"{NAME}能用，新品不算，到12月31号，一人两次，同类的券只能用一张。",
        f"用上{NAME}，12.31前有效，新品除外，每人两回，同类券限一张。",
    ],
)
def test_conditions_said_in_other_words_are_said(draft: str) -> None:
    assert left_out(draft, NAME, (FORM,)) == ()


@pytest.mark.parametrize(
    ("draft", "missing"),
    [
        (f"可以用「{NAME}」，新品除外，12月31日前有效，同类券限一张。", ("每人限2次",)),
        (f"可以用「{NAME}」，新品除外，每人2次，同类券限一张。", ("11月10日至12月31日有效",)),
        (f"可以用「{NAME}」，到12月31日，每人2次，同类券限一张。", ("限面部护肤（不含新品）",)),
        (f"可以用「{NAME}」，新品除外，到12月31日，每人2次。", ("同类券限一张",)),
        (
            f"可以用「{NAME}」。",
            ("限面部护肤（不含新品）", "11月10日至12月31日有效", "每人限2次", "同类券限一张"),
        ),
    ],
)
def test_what_is_left_out_is_named(draft: str, missing: tuple[str, ...]) -> None:
    assert left_out(draft, NAME, (FORM,)) == missing


def test_another_count_of_uses_does_not_count() -> None:
    draft = f"「{NAME}」新品除外，到12月31日，每人3次，同类券限一张。"
    assert left_out(draft, NAME, (FORM,)) == ("每人限2次",)


def test_a_threshold_that_the_name_does_not_tell_must_be_told() -> None:
    form = "满199元享9折，最多省100元，全场可用，11月20日至12月5日有效"
    assert left_out("「全场9折」到12月5日，封顶100。", "全场9折", (form,)) == ("满199元享9折",)
    assert left_out("「全场9折」要满199，到12月5日，封顶100。", "全场9折", (form,)) == ()


def test_a_coupon_that_is_not_offered_needs_no_conditions() -> None:
    assert left_out(f"{NAME}这单用不上，还差80块。", NAME, (FORM,)) == ()


def test_the_form_that_leaves_out_least_counts() -> None:
    assert left_out(f"「{NAME}」到12月31日。", NAME, (FORM, "12月31日有效")) == ()


def test_no_form_no_conditions() -> None:
    assert left_out(f"「{NAME}」", NAME, ()) == ()


def test_what_is_missing_of_several_coupons_is_one_sentence() -> None:
    assert (
        added({"甲": ("每人限1次",), "乙": ("同类券限一张", "限洗护")})
        == "用券说明：「甲」每人限1次；「乙」同类券限一张，限洗护。"
    )
