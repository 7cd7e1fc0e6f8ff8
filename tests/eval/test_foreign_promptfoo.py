"""promptfoo both ways: our cases go out and come back the same, and of a foreign file nothing is dropped silently."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.turn import ActionKind, Intent, ReplyKind
from eval.cases.case import Case, Expect, Split, Tone, WantedPassage
from eval.cases.packs import WORKING_SPLITS, Chosen, choose, read_packs
from eval.cases.reading import BadCase, read_cases
from eval.cases.writing import as_yaml, write_cases
from eval.foreign.bringing import read_file
from eval.foreign.inspect_dataset import read_dataset, write_dataset
from eval.foreign.promptfoo import PROVIDER, as_config, write_config
from tests.eval.foreign import GUIDE, SHOP, brought

BEAUTY = choose(read_packs(), WORKING_SPLITS, names=["beauty"])
words = st.text(min_size=1, max_size=20).filter(str.strip)
odd = st.one_of(
    words, st.sampled_from(["{{x}}", "{% if %}", "file://etc", "0o17", "1e3", "12:30:45", "是\n否", "yes", "#", "\x85"])
)
some = st.lists(odd, max_size=3).map(tuple)
expects = st.builds(
    Expect,
    reply=st.none() | st.sampled_from(ReplyKind),
    intent=st.none() | st.sampled_from(Intent),
    also=st.lists(st.sampled_from(Intent), max_size=2).map(tuple),
    customer=st.none() | odd,
    products=some,
    products_not=some,
    passages=st.lists(st.builds(WantedPassage, title=odd, place=odd, text=odd), max_size=2).map(tuple),
    coupons=st.none() | some,
    says=some,
    says_any=st.lists(some, max_size=2).map(tuple),
    says_not=some,
    drafts_not=some,
    routed=st.none() | st.booleans(),
    tone=st.none() | st.sampled_from(Tone),
    action=st.none() | st.sampled_from(ActionKind),
)


def case_of(guide: tuple[str, ...], expect: Expect, title: str = "怪字") -> Case:
    return Case.model_validate(
        {
            "id": "odd-words",
            "title": title,
            "guide": GUIDE,
            "tags": {"stage": "price", "intent": "price", "category": "彩妆", "difficulty": "easy", "risk": "low"},
            "given": {"库存": [{"门店编码": "S001", "商品编码": "01", "库存数量": "0", "盘点时间": "2026-11-21"}]},
            "clock": "2026-12-01T09:30",
            "turns": [
                {"guide": ["第一句"], "expect": {}},
                {"guide": list(guide), "expect": expect.model_dump(mode="json")},
            ],
        }
    )


def test_every_case_of_the_pack_comes_back_from_promptfoo_as_it_was(tmp_path: Path) -> None:
    write_config(BEAUTY, tmp_path / "all.yaml")
    back = read_file(tmp_path / "all.yaml", "promptfoo", "nobody", None)
    assert not back.problems
    assert not back.notes
    assert {case.id: case for case in back.cases} == {one.case.id: one.case for one in BEAUTY}
    compile((tmp_path / PROVIDER).read_text(encoding="utf-8"), PROVIDER, "exec")


def test_every_case_of_the_pack_comes_back_from_inspect_as_it_was(tmp_path: Path) -> None:
    write_dataset(BEAUTY, tmp_path / "all.jsonl")
    assert read_dataset(tmp_path / "all.jsonl") == tuple(one.case for one in BEAUTY)
    sample = json.loads((tmp_path / "all.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert sample["input"] == [{"role": "user", "content": text} for text in BEAUTY[0].case.turns[0].guide]
    assert sample["id"] == BEAUTY[0].name


@settings(max_examples=60)
@given(
    guide=st.lists(odd.filter(str.strip), min_size=1, max_size=3).map(tuple),
    expect=expects,
    title=odd.filter(lambda t: len(t) > 1),
)
def test_odd_words_survive_every_way(
    tmp_path_factory: pytest.TempPathFactory, guide: tuple[str, ...], expect: Expect, title: str
) -> None:
    folder = tmp_path_factory.mktemp("odd")
    case = case_of(guide, expect, title if len(title.strip()) > 1 else "怪字")
    chosen = [Chosen(BEAUTY[0].pack, Split.DEV, case)]
    (back,) = brought(folder, "promptfoo", as_config(chosen), holdings=None).cases
    assert back == case
    write_dataset(chosen, folder / "a.jsonl")
    assert read_dataset(folder / "a.jsonl") == (case,)
    write_cases([case], folder / "cases.yaml", {case.id: [title, *guide]})
    assert read_cases(folder / "cases.yaml") == (case,)


def test_what_promptfoo_would_refuse_or_fill_in_is_kept_out_of_its_asserts() -> None:
    expect = Expect(says=("{{env.HOME}}",), says_not=("file://x",), says_any=((),), drafts_not=("必买",))
    chosen = Chosen(BEAUTY[0].pack, Split.DEV, case_of(("a {{b}} {% c %}",), expect))
    test = yaml.safe_load(as_config([chosen]))["tests"][1]
    assert [one["type"] for one in test["assert"]] == ["python"]
    assert test["assert"][0]["config"]["expect"]["says"] == ["{{env.HOME}}"]
    assert "{{" not in test["vars"]["messages"]
    assert json.loads(test["vars"]["messages"]) == ["a {{b}} {% c %}"]


def test_an_assert_somebody_changed_in_promptfoo_comes_back_changed(tmp_path: Path) -> None:
    chosen = Chosen(BEAUTY[0].pack, Split.DEV, case_of(("多少钱",), Expect(says=("¥339",), intent=Intent.PRICE)))
    config = yaml.safe_load(as_config([chosen]))
    config["tests"][1]["assert"][0]["value"] = "¥399"
    config["tests"][1]["assert"].append({"type": "llm-rubric", "value": "语气亲切"})
    # the first turn's test was taken out, its words are still needed
    del config["tests"][0]
    back = brought(tmp_path, "promptfoo", config, "a.json", holdings=None)
    (case,) = back.cases
    assert [turn.guide for turn in case.turns] == [("第一句",), ("多少钱",)]
    assert case.turns[1].expect == Expect(says=("¥399",), intent=Intent.PRICE)
    assert back.notes[case.id] == ("llm-rubric：我们没有这样的检查：语气亲切",)


FOREIGN = """
prompts: ['你是导购。{{question}}']
defaultTest:
  vars: {tone: 亲切}
  assert:
    - {type: not-contains, value: 最便宜}
    - {type: latency, threshold: 3000}
assertionTemplates:
  price: {type: contains, value: '¥{{price}}'}
tests:
  - description: 问价
    vars: {question: 小绿瓶多少钱, price: 339}
    metadata: {stage: price, category: 面部护肤, owner: 小陈}
    assert:
      - {$ref: '#/assertionTemplates/price'}
      - {type: contains-any, value: [有货, 现货]}
      - {type: contains-all, value: '339, 舒屿'}
      - {type: icontains, value: spf50}
      - {type: regex, value: '(七天|7天)'}
      - {type: regex, value: '\\d+元'}
      - {type: not-icontains, value: 保证}
      - {type: llm-rubric, value: 要先安抚}
      - {type: is-json}
      - type: assert-set
        assert: [{type: contains, value: 小票}]
  - vars: {question: [能退吗, 能换吗]}
  - vars: {a: 1}
    assert: [{type: equals, value: 好的}]
  - 42
  - vars: {question: '  '}
  - vars: {messages: [{role: system, content: x}, {role: user, content: 你好}, {role: user, content: 电话13800002231}]}
    threshold: 0.5
"""


def test_a_foreign_file_comes_in_with_everything_it_says(tmp_path: Path) -> None:
    back = brought(tmp_path, "promptfoo", FOREIGN, "foreign.yaml")
    by_title = {case.title: case for case in back.cases}
    assert len(back.cases) == 5
    price = next(case for title, case in by_title.items() if title.startswith("问价"))
    assert price.turns[0].guide == ("小绿瓶多少钱",)
    assert (price.tags.stage.value, price.tags.category) == ("price", "面部护肤")
    expect = price.turns[0].expect
    assert expect.says == ("¥339", "339", "舒屿", "小票")
    assert expect.says_any == (("有货", "现货"), ("spf50", "SPF50", "Spf50"), ("七天", "7天"))
    assert expect.says_not == ("最便宜", "保证")
    told = "\n".join(back.notes[price.id])
    for kept in ("latency", "spf50", r"\d+元", "要先安抚", "is-json", "小陈", "亲切", "tone"):
        assert kept in told
    assert sorted(case.turns[0].guide[0] for case in back.cases if "能" in case.turns[0].guide[0]) == [
        "能换吗",
        "能退吗",
    ]
    assert any("equals" in note for notes in back.notes.values() for note in notes)
    chat = next(case for case in back.cases if case.turns[0].guide == ("你好",))
    assert chat.turns[1].guide == ("电话13800002231",)
    assert any("电话" in note for note in back.notes[chat.id])
    assert [problem.split("：")[0] for problem in back.problems] == ["foreign.yaml 第4题", "foreign.yaml 第5题"]
    text = "---\n".join(as_yaml(case, back.notes.get(case.id, ())) for case in back.cases)
    (tmp_path / "out.yaml").write_text(text, encoding="utf-8")
    assert len(read_cases(tmp_path / "out.yaml")) == 5


def test_what_cannot_come_true_in_the_shop_is_noted_and_not_expected(tmp_path: Path) -> None:
    expect = Expect(products=("YY-XX-999",), coupons=("YH023",), customer="C9", says=("¥1",))
    case = case_of(("多少钱",), expect)
    back = brought(tmp_path, "promptfoo", as_config([Chosen(BEAUTY[0].pack, Split.DEV, case)]), holdings=SHOP)
    (came,) = back.cases
    assert came.turns[1].expect == Expect(coupons=("YH023",), says=("¥1",))
    assert any("YY-XX-999" in note for note in back.notes[came.id])
    assert any("C9" in note for note in back.notes[came.id])


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [b", "读不了"), ("just words", "没有 tests"), ("tests: {a: 1}", "没有 tests"), ("", "没有 tests")],
)
def test_a_file_that_is_none_is_refused_with_what_it_should_be(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadCase, match=said):
        brought(tmp_path, "promptfoo", text, "bad.yaml")


def test_tests_in_another_file_beside_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("- vars: {question: 有货吗}\n", encoding="utf-8")
    config = "tests: ['file://more.yaml', 'file://../secret.yaml', 'file://gone.yaml', 'file://rows.csv']\n"
    back = brought(tmp_path, "promptfoo", config, "config.yaml")
    assert [case.turns[0].guide for case in back.cases] == [("有货吗",)]
    assert len(back.problems) == 3
    assert all("；" in problem for problem in back.problems)
