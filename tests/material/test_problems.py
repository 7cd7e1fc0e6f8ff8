"""Findings in many rows are told once; nothing else is."""

from dataclasses import replace

from assistant.material.problems import OFTEN, Problem, Severity, told_once

ONE = Problem("会员.xlsx", "会员", 2, "手机号", "138****0001", "手机号不是 11 位手机号码", "请核对手机号；没有就留空")


def rows(count: int, problem: Problem = ONE) -> list[Problem]:
    return [replace(problem, row=2 + number, value=f"138****{number:04d}") for number in range(count)]


def test_few_are_told_row_by_row() -> None:
    assert told_once(rows(OFTEN)) == tuple(rows(OFTEN))


def test_many_are_told_once_with_the_first_rows() -> None:
    (told,) = told_once(rows(404))
    assert told.reason == "手机号不是 11 位手机号码（共 404 处：第2行、第3行、第4行、第5行、第6行等）"
    assert (told.row, told.remedy, told.severity) == (2, ONE.remedy, ONE.severity)


def test_another_reason_field_sheet_or_severity_is_another_finding() -> None:
    others = [
        replace(ONE, row=1, reason="手机号写了两个"),
        replace(ONE, row=1, field="生日"),
        replace(ONE, row=1, sheet="新会员"),
        replace(ONE, row=1, severity=Severity.WARNING),
    ]
    assert told_once([*rows(30), *others]) == (*others, told_once(rows(30))[0])
