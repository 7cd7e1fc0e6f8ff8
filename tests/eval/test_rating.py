"""People rate two versions without knowing which is which: the sheet is blind, the page keeps what was said, alpha is right."""

import json
from pathlib import Path

import pytest

from eval.cases.packs import WORKING_SPLITS, choose, read_packs
from eval.cases.reading import BadCase
from eval.counting.outcome import outcomes_of
from eval.rating.reading import Rating, Ratings, preference, read_ratings
from eval.rating.sheet import Key, as_page, blind
from eval.replaying.folder import begun
from eval.replaying.house import Material, houses_folder, opened
from eval.replaying.replay import TurnResult, replay
from eval.running import Ran


@pytest.fixture(scope="module")
def before() -> Ran:
    chosen = choose(read_packs(), WORKING_SPLITS, names=["beauty"], only=["017", "018", "038"])
    with opened(Material(chosen[0].pack.shop, chosen[0].pack.day, {}), houses_folder()) as house:
        results = tuple(result for one in chosen for result in replay(house, one))
    manifest = begun(chosen, chosen[0].pack.day, splits=WORKING_SPLITS, repeats=1)
    return Ran(Path(), manifest.model_copy(update={"run_id": "old"}), results)


@pytest.fixture(scope="module")
def after(before: Ran) -> Ran:
    """The same with a word before every draft, and a script in one."""
    manifest = before.manifest.model_copy(update={"run_id": "new"})
    return Ran(Path(), manifest, tuple(changed(one) for one in before.results))


def changed(result: TurnResult) -> TurnResult:
    verdicts = []
    for verdict in result.record.verdicts:
        said = [
            one.model_copy(update={"text": f"</script><b>好的</b>{one.text}"}) for one in verdict.draft.sentences[:1]
        ]
        draft = verdict.draft.model_copy(update={"sentences": (*said, *verdict.draft.sentences[1:])})
        verdicts.append(verdict.model_copy(update={"draft": draft}))
    return result.model_copy(update={"record": result.record.model_copy(update={"verdicts": tuple(verdicts)})})


def rated(key: Key, rater: str, version: str, *, but: int = 0) -> Ratings:
    """Someone who prefers one version throughout, but for the first few."""
    sides = {}
    for place, (id_, left) in enumerate(key.left.items()):
        better = "same" if place < but else ("left" if left == version else "right")
        sides[id_] = Rating(better=better, why=("太长",))
    return Ratings(sheet=key.sheet, rater=rater, ratings=sides)


def test_the_sheet_is_blind_and_the_key_turns_it_back(before: Ran, after: Ran) -> None:
    sheet, key = blind(before, after, 20, 1)
    assert (key.before, key.after) == ("old", "new")
    assert {key.left[pair.id] for pair in sheet.pairs} == {"before", "after"}
    for pair in sheet.pairs:
        marked = {"left": "好的" in pair.left, "right": "好的" in pair.right}
        assert marked["right" if key.left[pair.id] == "before" else "left"]
    page = as_page(sheet)
    assert "old" not in page.split("<body")[1].split("<script>")[0]
    assert "</script><b>" not in page
    assert blind(before, after, 20, 1) == (sheet, key)


def test_versions_that_say_the_same_have_nothing_to_rate(before: Ran) -> None:
    with pytest.raises(BadCase, match="没有一轮"):
        blind(before, before, 20, 1)


def test_preferences_are_counted_by_version_and_agreement_is_told(before: Ran, after: Ran) -> None:
    _, key = blind(before, after, 20, 1)
    every = [rated(key, "甲店长", "after"), rated(key, "乙店长", "after", but=1)]
    found = preference(every, key)
    assert (found.raters, found.after, found.same, found.before) == (2, 2 * len(key.left) - 1, 1, 0)
    assert found.pairs_after == len(key.left)
    assert found.agreement is not None
    assert "新版胜" in found.in_words()
    assert found.reasons == (("太长", 2 * len(key.left)),)
    split = preference([rated(key, "甲", "after"), rated(key, "乙", "before")], key)
    assert split.agreement is not None
    assert split.agreement < 0
    assert "不够一致" in split.in_words()
    assert preference(every[:1], key).agreement is None


def test_alpha_is_that_of_the_published_example() -> None:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: alpha nominal .743, ordinal .815."""
    import numpy as np
    from krippendorff import alpha

    gap = np.nan
    published = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    assert alpha(reliability_data=published, level_of_measurement="nominal") == pytest.approx(0.743, abs=0.001)
    assert alpha(reliability_data=published, level_of_measurement="ordinal") == pytest.approx(0.815, abs=0.001)


def test_files_that_do_not_belong_are_refused_by_name(before: Ran, after: Ran, tmp_path: Path) -> None:
    _, key = blind(before, after, 20, 1)
    with pytest.raises(BadCase, match="另一份"):
        preference([rated(key, "甲", "after").model_copy(update={"sheet": "other"})], key)
    with pytest.raises(BadCase, match="两份"):
        preference([rated(key, "甲", "after"), rated(key, "甲", "before")], key)
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadCase, match="bad.json"):
        read_ratings([tmp_path / "bad.json"])
    assert outcomes_of(before.results, before.manifest.packs)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_a_rater_rates_goes_away_comes_back_and_saves(before: Ran, after: Ran, tmp_path: Path, width: int) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    sheet, key = blind(before, after, 20, 1)
    page_file = tmp_path / "rate.html"
    page_file.write_text(as_page(sheet), encoding="utf-8")
    with playwright.sync_playwright() as opened_playwright:
        browser = opened_playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith("file:") else None)
        page.goto(page_file.as_uri())
        page.fill("#rater", "李店长")
        for pair in sheet.pairs[:2]:
            page.check(f"#{pair.id} input[value=right]")
            page.check(f"#{pair.id} input[value=太长]")
        page.reload()
        assert page.inner_text("#done") == f"评了 2 / {len(sheet.pairs)} 题"
        with page.expect_download() as download:
            page.click("#save")
        download.value.save_as(tmp_path / "ratings.json")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.screenshot(path=tmp_path / f"rate-{width}.png", full_page=False)
        browser.close()
    assert not wrong
    assert overflow <= 0
    (saved,) = read_ratings([tmp_path / "ratings.json"])
    assert saved.rater == "李店长"
    assert {id_: one.better for id_, one in saved.ratings.items()} == {pair.id: "right" for pair in sheet.pairs[:2]}
    assert preference([saved], key).pairs == 2
    assert json.loads((tmp_path / "ratings.json").read_text(encoding="utf-8"))["ratings"][sheet.pairs[0].id]["why"] == [
        "太长"
    ]
