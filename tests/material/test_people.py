"""Stores and staff: a person's reach is never wider than her job."""

import pytest

from assistant.material.people import read_staff, read_stores
from assistant.shop import Role

from .tables import run, table, told

STAFF = "企业微信账号|姓名|岗位|门店编码|区域编码|在职"


def test_stores():
    made = table(
        "门店编码|门店名称|区域编码|区域|电话",
        "S001|静雅店|R01|华东|021-55500101",
        "S002|榕悦店|||",
        file="stores.xlsx",
    )
    rows = run(read_stores, made)
    assert [(one.store_id, one.region_name) for one in rows.good] == [("S001", "华东")]
    assert told(rows)[0][1:3] == (4, "区域编码")


def test_a_reach_follows_the_job():
    made = table(
        STAFF,
        "lin|林|导购|S001|R09|是",
        "su|苏|店长|S002||是",
        "shao|邵|区域经理|S001|R02|是",
        "ye|叶|总部|S001|R01|是",
        "old|旧|导购|S001||否",
        file="staff.xlsx",
    )
    rows = run(read_staff, made)
    assert rows.problems == ()
    assert [(one.userid, one.role, one.store_id, one.region_id, one.active) for one in rows.good] == [
        ("lin", Role.GUIDE, "S001", "R01", True),
        ("su", Role.MANAGER, "S002", "R02", True),
        ("shao", Role.MANAGER, "", "R02", True),
        ("ye", Role.MANAGER, "", "", True),
        ("old", Role.GUIDE, "S001", "R01", False),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("a|甲|店长||R01|是", "门店编码"),
        ("a|甲|导购|S019|R01|是", "门店编码"),
        ("a|甲|区域经理|S001||是", "区域编码"),
        ("a|甲|区域经理||R09|是", "区域编码"),
        ("a|甲|兼职|S001|R01|是", "岗位"),
        ("|甲|导购|S001|R01|是", "企业微信账号"),
        ("a|甲|导购|S001|R01|休假", "在职"),
    ],
)
def test_a_person_whose_reach_is_unclear_is_left_out(row, field):
    rows = run(read_staff, table(STAFF, row, file="staff.xlsx"))
    assert rows.good == ()
    assert [name for _, _, name, _ in told(rows)] == [field]


def test_accounts_repeat_without_case():
    rows = run(read_staff, table(STAFF, "zhoumin|周敏|导购|S001||是", "ZhouMin|周敏|导购|S001||是", file="staff.xlsx"))
    assert len(rows.good) == 1
    assert "第3行" in rows.problems[0].reason
