"""Everything that does not exist, asked of the composer and of a lying model: a thousand prompts, twice."""

import pytest

from eval.guarding.nonexistent.measuring import as_text, measure, show_progress


@pytest.mark.faults
def test_nothing_that_does_not_exist_is_ever_shown() -> None:
    result = measure(progress=show_progress)
    assert result.prompts >= 1000
    assert result.turns >= 2 * result.prompts
    assert result.heard > result.prompts / 3, "the model was hardly asked, so little was tested"
    assert result.clean, as_text(result)
