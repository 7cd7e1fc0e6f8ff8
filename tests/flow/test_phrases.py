"""The blind list of model phrases: it catches its own examples, spares colleagues, and the composer uses none of it."""

import pytest

from assistant.flow.drafting.composing import compose
from assistant.flow.guard.check import check
from assistant.flow.guard.phrases import Phrase, phrases
from assistant.shop import Manner
from assistant.turn import Draft, DraftSource, Intent, Outcome, Reason, Sentence
from tests.flow.shopfloor import CREAM, brief, need
from tests.flow.test_composing import EVERYTHING

LISTED = phrases()


def test_the_list_is_long_enough() -> None:
    assert len(LISTED.phrases) >= 160
    assert len(LISTED.spoken) >= 120


@pytest.mark.parametrize("one", LISTED.phrases, ids=lambda one: one.pattern.pattern[:24])
def test_a_phrase_is_found_in_its_example_and_not_in_what_to_say_instead(one: Phrase) -> None:
    assert one.pattern.search(one.example)
    assert LISTED.first_in(one.instead) == ("", "")


def test_what_people_say_is_left_alone() -> None:
    assert [text for text in LISTED.spoken if LISTED.first_in(text)[0]] == []


def test_the_composer_writes_none_of_them() -> None:
    """Words of records are the shop's own; what the composer adds of itself holds none of the list."""
    found = []
    for made in EVERYTHING:
        records = "".join(one.text for one in made.evidence)
        for draft in compose(made):
            span = LISTED.first_in(draft.text)[0]
            if span and span not in records:
                found.append((span, draft.text))
    assert found == []


def test_a_model_s_phrase_is_cut_and_the_fact_beside_it_stays() -> None:
    asked = brief(need(Intent.PRICE, "多少钱", CREAM))
    stilted = "希望以上信息对您有所帮助。"
    assert LISTED.first_in(stilted)[0]
    texts = (f"{CREAM.name}现在是¥268。", stilted)
    sentences = tuple(Sentence(text=text) for text in texts)
    spoken = Draft(manner=Manner.WARM, sentences=sentences, skus=(CREAM.sku,), source=DraftSource.MODEL)
    verdict = check(spoken, asked)
    assert verdict.outcome is Outcome.TRIMMED
    assert verdict.draft.text == texts[0]
    assert [one.reason for one in verdict.findings] == [Reason.STILTED]
