"""The data map: which table and column holds what about whom, why, how long, and what forgetting does (safety I1)."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator

from knowledge.noun import Labelled, Noun
from knowledge.packaged import packaged

BY_TURN = "turn"
BY_ORDER = "order"
"""Stand for a column where rows are hers because their turn or their order is."""


class Act(Labelled):
    """What forgetting does with a column."""

    CLEAR = "clear", "清空"
    PSEUDONYM = "pseudonym", "换成查不回去的编号"
    RECORD = "record", "去掉原话、草稿和客户资料，只留数字"
    ACTION = "action", "去掉发出去的话，只留采用与否"
    TOLD = "told", "去掉会员号和送货地区"
    RENAME = "rename", "把会员号换成查不回去的编号"
    NUMBER = "number", "抹掉会员号和电话"
    REDACT = "redact", "抹掉姓名、电话和会员号"


class Forgetting(Labelled):
    """What forgetting does with a table."""

    ROWS = "rows", "整行删除"
    COLUMNS = "columns", "留下数字，去掉身份"


class PersonalColumn(NamedTuple):
    """What a column holds about a customer, in Chinese, and what forgetting does with it."""

    what: str
    act: Act


def _words(given: object) -> object:
    return tuple(given.split()) if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class MappedTable(Noun):
    """One table. ``hers`` is the column that holds a customer's number, ``turn``, or empty; ``only`` narrows it.

    ``aged`` is the moment by which rows that hang on no turn grow too old with the conversations.
    """

    label: str
    purpose: str
    basis: str
    term: str
    hers: str = ""
    only: dict[str, str] = {}
    aged: str = ""
    forget: Forgetting
    speech: bool = False
    personal: dict[str, PersonalColumn] = {}
    staff: Words = ()
    plain: Words = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is told of."""
        return (*self.personal, *self.staff, *self.plain)


class DataMap(Noun):
    """All tables by name; ``bases`` and ``terms`` are the legal bases and the keeping times in words."""

    bases: dict[str, str]
    terms: dict[str, str]
    tables: Mapping[str, MappedTable]


@cache
def data_map() -> DataMap:
    """Read the map that lies beside this file."""
    return DataMap.model_validate(packaged("assistant.store", "data_map.yaml"))
