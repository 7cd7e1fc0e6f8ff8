"""Questions, tasks and archived talks from elsewhere: what fits comes in, what does not is told by item and remedy."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval.__main__ import app
from eval.cases.case import Expect, WantedPassage
from eval.cases.packs import read_packs
from eval.cases.reading import BadCase, read_cases
from eval.foreign.bringing import read_file
from eval.foreign.holdings import holdings_of
from knowledge.personal import find_personal
from tests.eval.foreign import GUIDE, SHOP, brought
from tests.way.invented import invent

# ---- questions with reference answers ----------------------------------------------------------

JUDGED: list[Any] = [
    {
        "id": "Return-1",
        "user_input": "没拆封能退吗",
        "reference": "七天内可以退",
        "reference_contexts": ["签收次日起七天内，没有拆封的商品，凭小票可以退货"],
        "retrieved_contexts": ["别的"],
        "response": "可以",
        "weather": "晴",
    },
    {"input": "积分怎么用", "expected_output": "100 分抵 1 元", "retrieval_context": ["积分每 100 分抵 1 元"]},
    {"question": "火星上有店吗", "ground_truth": "没有", "contexts": ["火星店十二月开业"]},
    {
        "user_input": [
            {"type": "human", "content": "在吗"},
            {"type": "ai", "content": "在"},
            {"type": "human", "content": "有券吗"},
        ]
    },
    {"reference": "没有问题的答案"},
    "不是一题",
]


def test_questions_become_cases_and_their_material_the_shops_own_passages(tmp_path: Path) -> None:
    back = brought(tmp_path, "judged", JUDGED)
    returned, points, mars, chat = back.cases
    assert returned.id == "return-1"
    (wanted,) = returned.turns[0].expect.passages
    assert wanted.title == "门店退换货政策"
    assert wanted.text
    assert wanted.text in SHOP.pieces[0].text
    told = "\n".join(back.notes[returned.id])
    assert all(kept in told for kept in ("七天内可以退", "可以", "晴", "没有当成要求"))
    assert points.turns[0].expect.passages[0].title == "积分规则"
    assert any("请核对" in note for note in back.notes[points.id])
    assert mars.turns[0].expect == Expect()
    assert any("火星店十二月开业" in note for note in back.notes[mars.id])
    assert [turn.guide for turn in chat.turns] == [("在吗",), ("有券吗",)]
    assert chat.id not in back.notes
    assert len(back.problems) == 2
    assert "file.json 第5题：字段 user_input 没有写要问的话；请写在" in back.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        {"test_cases": [{"input": "有货吗"}]},
        {"question": ["有货吗"], "answer": ["有"]},
        {"input": "有货吗"},
        '{"input": "有货吗"}\nnot json\n',
    ],
)
def test_other_ways_to_keep_questions(tmp_path: Path, content: Any) -> None:
    back = brought(tmp_path, "judged", content, "a.jsonl" if isinstance(content, str) else "a.json")
    assert [case.turns[0].guide for case in back.cases] == [("有货吗",)]
    assert [problem[:11] for problem in back.problems] == (["a.jsonl 第2行"] if isinstance(content, str) else [])


# ---- tasks -------------------------------------------------------------------------------------

TASKS = [
    {
        "id": "0",
        "description": {"purpose": "客户想退", "notes": "难"},
        "user_scenario": {
            "persona": "急性子",
            "instructions": {"reason_for_call": "问能不能退小绿瓶", "known_info": "有小票", "domain": "retail"},
        },
        "evaluation_criteria": {
            "actions": [
                {"name": "apply_coupon", "arguments": {"coupon_id": "YH023", "customer": "C00001"}},
                {"name": "look", "arguments": {"skus": ["YY-FC-005"]}},
                {"name": "refund", "arguments": {"order": "1"}},
            ],
            "communicate_info": ["七天"],
            "nl_assertions": ["要先道歉"],
            "reward_basis": ["DB", "COMMUNICATE"],
        },
    },
    {
        "id": "long-enough",
        "user_scenario": {"instructions": {}},
        "initial_state": {
            "message_history": [
                {"role": "user", "content": "你好"},
                {"role": "assistant", "content": "您好"},
                {"role": "user", "content": "有券吗"},
            ]
        },
        "evaluation_criteria": {"communicate_info": ["9折"], "reward_basis": ["DB"]},
    },
    {"id": "empty", "user_scenario": {"instructions": {}}},
    3,
]


def test_tasks_become_cases_whose_actions_are_expectations_where_they_name_what_is_ours(tmp_path: Path) -> None:
    back = brought(tmp_path, "tau2", TASKS)
    first, second = back.cases
    assert first.id == "task-0"
    assert first.title.startswith("客户想退（另有")
    assert first.turns[0].guide == ("问能不能退小绿瓶",)
    assert first.turns[0].expect == Expect(
        coupons=("YH023",), customer="C00001", products=("YY-FC-005",), says=("七天",)
    )
    told = "\n".join(back.notes[first.id])
    assert all(kept in told for kept in ("要先道歉", "refund", "急性子", "有小票", "没有原话", "难"))
    assert [turn.guide for turn in second.turns] == [("你好",), ("有券吗",)]
    assert second.turns[1].expect == Expect()
    assert any("9折" in note for note in back.notes[second.id])
    assert ["第3题" in back.problems[0], "第4题" in back.problems[1]] == [True, True]


# ---- the archive -------------------------------------------------------------------------------

BEGAN = 1_795_312_800_000


def message(number: int, speaker: str, to: str, text: str = "", minutes: float = 0, **more: Any) -> dict[str, Any]:
    """One decrypted message of the archive."""
    return {
        "msgid": f"{number}_external",
        "action": "send",
        "from": speaker,
        "tolist": [to],
        "roomid": "",
        "msgtime": BEGAN + int(minutes * 60_000),
        "msgtype": "text",
        "text": {"content": text},
        **more,
    }


def test_a_talk_becomes_what_the_guide_pastes_and_nobody_is_in_it(tmp_path: Path) -> None:
    she, persons = "wmAbCdEfGh0123456789", [invent(number) for number in range(40)]
    talk = [
        message(1, she, GUIDE, "在吗 小绿瓶多少钱"),
        message(2, she, GUIDE, "；".join("，".join(one.written) for one in persons[:3]), 1),
        message(2, she, GUIDE, "同一条又来一次", 1),
        message(3, GUIDE, she, f"您好{persons[0].name}，339元", 2),
        message(4, she, GUIDE, "", 3, msgtype="image", image={"sdkfileid": "x"}),
        message(5, she, GUIDE, "撤回的话", 3),
        message(6, she, GUIDE, "", 3, msgtype="revoke", revoke={"pre_msgid": "5_external"}),
        message(7, she, GUIDE, "有券吗", 4),
        message(8, she, GUIDE, "；".join("，".join(one.written) for one in persons[3:]), 90),
        message(9, "wmOther0000000001", GUIDE, "不同意存档的人", 0),
        message(10, "wmOther0000000001", GUIDE, "", 1, msgtype="disagree"),
        message(11, she, GUIDE, "坏时间", 0, msgtime="昨天"),
        {"msgid": "12", "action": "switch", "user": GUIDE},
        "x",
    ]
    path = tmp_path / "archive.json"
    path.write_text(json.dumps(talk, ensure_ascii=False), encoding="utf-8")
    names = tuple(name for one in persons for name in (one.name, one.address_as))
    back = read_file(path, "wecom", GUIDE, SHOP, names)
    first, later = back.cases
    assert [len(turn.guide) for turn in first.turns] == [1, 1]
    assert first.turns[0].guide[0].startswith("客户：在吗 小绿瓶多少钱\n")
    assert first.turns[1].guide == ("客户：有券吗",)
    assert first.guide == GUIDE
    assert first.clock is not None
    assert any("图片" in note for note in back.notes[first.id])
    assert any("339元" in note for note in back.notes[first.id])
    assert len(back.problems) == 3
    assert any("不同意" in problem for problem in back.problems)
    everything = "\n".join(
        (
            *(turn.guide[0] for case in (first, later) for turn in case.turns),
            *(n for ns in back.notes.values() for n in ns),
        )
    )
    assert "撤回的话" not in everything
    assert "wmAb" not in everything
    assert not find_personal(everything)
    assert [s for one in persons for s in one.secrets if len(s) > 1 and not s[0].isdigit() and s in everything] == []


def test_an_archive_that_is_still_encrypted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCase, match="解密"):
        brought(tmp_path, "wecom", {"chatdata": [{"seq": 1, "msgid": "1", "encrypt_chat_msg": "x"}]})


# ---- whatever comes ----------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "tests",
                    "vars",
                    "assert",
                    "type",
                    "value",
                    "question",
                    "input",
                    "user_input",
                    "reference",
                    "id",
                    "evaluation_criteria",
                    "user_scenario",
                    "instructions",
                    "actions",
                    "arguments",
                    "from",
                    "tolist",
                    "msgtime",
                    "msgtype",
                    "text",
                    "content",
                    "description",
                    "metadata",
                    "defaultTest",
                    "msgid",
                    "retrieval_context",
                    "turns",
                    "role",
                    "initial_state",
                    "message_history",
                    "daogou",
                    "case",
                    "turn",
                    "messages",
                    "config",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=60)
@given(content=st.lists(anything, max_size=4), form=st.sampled_from(["promptfoo", "judged", "tau2", "wecom"]))
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, content: Any, form: str) -> None:
    back = brought(tmp_path_factory.mktemp("any"), form, content, "any.json")
    assert all(problem.startswith("any.json ") for problem in back.problems)
    assert set(back.notes) <= {case.id for case in back.cases}


# ---- the commands ------------------------------------------------------------------------------


@pytest.mark.faults
def test_the_commands_take_in_and_give_out(tmp_path: Path) -> None:
    source, to = tmp_path / "q.json", tmp_path / "out.yaml"
    text = "签收次日起 7 天内"
    source.write_text(json.dumps([{"input": "没拆封能退吗", "context": [text]}, {}], ensure_ascii=False), "utf-8")
    run = CliRunner().invoke
    wanted = ["cases", "import", str(source), "--format", "judged", "--pack", "beauty", "-o", str(to)]
    ended = run(app, [*wanted, "--guide", GUIDE])
    assert ended.exit_code == 1, ended.output
    assert "读进 1 段对话" in ended.output
    assert "q.json 第2题" in ended.output
    assert len(read_cases(to)) == 1
    wrong = run(app, [*wanted, "--guide", "nobody"])
    assert wrong.exit_code == 2
    assert "没有导购 nobody" in wrong.output
    for form, name in (("promptfoo", "p.yaml"), ("inspect", "d.jsonl")):
        ended = run(app, ["cases", "export", "--format", form, "--pack", "beauty", "-o", str(tmp_path / name)])
        assert ended.exit_code == 0, ended.output
        assert (tmp_path / name).stat().st_size > 10_000
    sealed = run(app, ["cases", "export", "--format", "inspect", "--split", "test", "-o", str(tmp_path / "t")])
    assert sealed.exit_code == 2
    assert "封存" in sealed.output


def test_the_sample_shop_has_what_its_cases_want() -> None:
    (pack,) = (one for one in read_packs() if one.name == "beauty")
    holdings = holdings_of(pack)
    assert {GUIDE} <= holdings.guides
    assert not holdings.untrue(Expect(customer="C00001", coupons=("YH023",)), GUIDE, ())
    wrong = holdings.untrue(Expect(passages=(WantedPassage(title="没有这份"),), products=("X",)), GUIDE, ())
    assert set(wrong) == {"passages", "products"}
