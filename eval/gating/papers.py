"""The gate's papers: JUnit XML for the machine that builds, Markdown for the people who read what it says."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from eval.checks.checks import CHECK_NAMES
from eval.comparing.paired import Change
from eval.counting.outcome import RAN, TurnOutcome
from eval.gating.gate import Conclusion

MOST_SHOWN = 40


def write_junit(outcomes: Sequence[TurnOutcome], conclusion: Conclusion, path: Path) -> None:
    """Write a test case for every turn and one for the gate itself.

    A turn is a failure only where it was right in the baseline: what was wrong before is told in its output, and does
    not turn a build red. Where there is no baseline, every wrong turn is a failure.
    """
    worse = _new_failures(conclusion)
    suite = ElementTree.Element("testsuite", name="daogou eval", tests=str(len(outcomes) + 1))
    failed = errors = 0
    for one in outcomes:
        case = ElementTree.SubElement(suite, "testcase", classname=one.case.replace("/", "."), name=f"第{one.number}轮")
        details = "\n".join(f"{check}：{detail}" for check, detail in one.failed.items())
        if RAN in one.failed:
            errors += 1
            ElementTree.SubElement(case, "error", message=details)
        elif one.failed and (worse is None or one.name in worse):
            failed += 1
            ElementTree.SubElement(case, "failure", message=next(iter(one.failed))).text = details
        elif one.failed:
            ElementTree.SubElement(case, "system-out").text = f"基线里就没通过：\n{details}"
    gate = ElementTree.SubElement(suite, "testcase", classname="gate", name="放行")
    if not conclusion.may_go:
        failed += 1
        ElementTree.SubElement(gate, "failure", message="没有通过").text = "\n".join(conclusion.reasons)
    suite.set("failures", str(failed))
    suite.set("errors", str(errors))
    ElementTree.indent(suite)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _new_failures(conclusion: Conclusion) -> frozenset[str] | None:
    compared = conclusion.comparison
    return None if compared is None else frozenset(one.name for one in compared.worse)


def as_markdown(outcomes: Sequence[TurnOutcome], conclusion: Conclusion) -> str:
    """A summary for a pull request: the verdict, what got worse and where, the rates."""
    verdict = "✅ 可以放行" if conclusion.may_go else "⛔ 没有通过"
    cases = len({one.case for one in outcomes})
    right = sum(not one.failed for one in outcomes)
    lines = [f"## {verdict}", "", f"{cases} 段对话，{len(outcomes)} 轮，{right} 轮全对。", ""]
    lines += [f"- {reason}" for reason in conclusion.reasons[:MOST_SHOWN]]
    if len(conclusion.reasons) > MOST_SHOWN:
        lines.append(f"- ……另有 {len(conclusion.reasons) - MOST_SHOWN} 条")
    if conclusion.blames:
        lines += ["", f"主要集中在：{in_which_slices(conclusion)}。"]
    lines += [f"- {note}" for note in conclusion.notes]
    compared = conclusion.comparison
    if compared is not None:
        lines += _table_of("变差", compared.worse) + _table_of("变好", compared.better)
    lines += ["", "| 检查 | 通过 | 检查到 | 占比 |", "|---|---:|---:|---:|"]
    for name in CHECK_NAMES:
        passes = [one.passes(name) for one in outcomes]
        judged = sum(one is not None for one in passes)
        passed = sum(one is True for one in passes)
        lines.append(f"| {name} | {passed} | {judged} | {f'{passed / judged:.1%}' if judged else '没检查到'} |")
    return "\n".join(lines) + "\n"


def in_which_slices(conclusion: Conclusion) -> str:
    """The slices that explain best what got worse, in words."""
    return "，".join(f"{one.tag}「{one.value}」{one.turns} 轮里 {one.worse} 轮" for one in conclusion.blames)


def _table_of(title: str, changes: Iterable[Change]) -> list[str]:
    rows = [f"| {one.name} | {one.check} | {_cell(one.detail)} |" for one in changes]
    if not rows:
        return []
    more = [f"| …… | 另有 {len(rows) - MOST_SHOWN} 处 | |"] if len(rows) > MOST_SHOWN else []
    return ["", f"### {title}", "", "| 轮次 | 检查 | 说明 |", "|---|---|---|", *rows[:MOST_SHOWN], *more]


def _cell(text: str) -> str:
    return text.replace("|", "／").replace("\n", " ")
