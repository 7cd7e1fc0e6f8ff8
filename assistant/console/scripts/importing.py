"""A table of scripts brought in at the console: read as the shop's files are, but every good row waits for review."""

from typing import NamedTuple

from assistant.console.knowledge.places import Places
from assistant.console.refusals import FileRefused
from assistant.console.scripts.deciding import Deciding
from assistant.material.columns import TableKind, recognise
from assistant.material.context import Context
from assistant.material.problems import Problem, Severity
from assistant.material.scripts import read_scripts
from assistant.shop import Script
from assistant.store import material, scripts
from assistant.store.database import Transaction
from assistant.store.revisions import RevisionOrigin
from knowledge.reading.blocks import Reading, Table

LARGEST_TABLE = 2_000_000
"""Bytes; five thousand scripts take half of it."""
MOST_BYTES = LARGEST_TABLE + 64 * 1024
_NOT_COMPARED = {"version", "cited", "variables"}


class Imported(NamedTuple):
    """What became of a table: ids of the rows that wait now, of those that say nothing new, and what is wrong with others."""

    file: str
    waiting: tuple[str, ...]
    same: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def left_out(self) -> int:
        """How many findings kept a row, or a whole sheet, out."""
        return sum(one.severity is Severity.ERROR for one in self.problems)


def take_in(tx: Transaction, deciding: Deciding, places: Places, reading: Reading) -> Imported:
    """Propose every good row that says something new; raises FileRefused where there is no table at all."""
    tables = [table for each in reading.every() for table in each.tables]
    if not tables:
        told = next((f"{one.reason}" for one in reading.problems), "里面没有表格")
        raise FileRefused(told, "请上传话术表（xlsx 或 csv），第一行是列名：话术编号、标题、阶段、场景、风格、内容")
    corp_id = deciding.one.corp_id
    context = _context(tx, deciding)
    waiting: list[str] = []
    same: list[str] = []
    problems: list[Problem] = []
    for table in tables:
        rows = read_scripts(table, recognise(table, kind=TableKind.SCRIPTS), context)
        context = context.after(rows.places)
        problems += rows.problems
        served = scripts.of_library(tx, corp_id, (one.script_id for one in rows.good))
        proposed = scripts.waiting_for(tx, corp_id, (one.script_id for one in rows.good))
        for script in rows.good:
            now = served.get(script.script_id)
            if not places.who.covers(script.scope) or (now is not None and not places.who.covers(now.script.scope)):
                problems.append(_not_hers(table, script))
                continue
            there = [scripts.script_of(one) for one in proposed.get(script.script_id, ())]
            there += [now.script] if now is not None and not now.withdrawn else []
            if any(_alike(script, other) for other in there):
                same.append(script.script_id)
                continue
            # its own file counts other versions
            follows = script.model_copy(update={"version": now.script.version if now is not None else 0})
            deciding.propose(tx, follows, origin=RevisionOrigin.IMPORT)
            waiting.append(script.script_id)
    return Imported(reading.file, tuple(waiting), tuple(same), tuple(problems))


def _context(tx: Transaction, deciding: Deciding) -> Context:
    corp_id = deciding.one.corp_id
    facts = material.corp_facts(tx, corp_id)
    stores = material.stores(tx, corp_id)
    return Context(
        moment=deciding.one.clock(),
        tiers=facts.tiers if facts is not None else (),
        stores={one.store_id: one.region_id for one in stores} or None,
        categories=frozenset(scripts.categories(tx, corp_id)) or None,
    )


def _alike(one: Script, other: Script) -> bool:
    return one.model_dump(exclude=_NOT_COMPARED) == other.model_dump(exclude=_NOT_COMPARED)


def _not_hers(table: Table, script: Script) -> Problem:
    place = script.cited.place.rpartition("第")[2].rstrip("行")
    return Problem(
        table.file,
        table.sheet,
        int(place) if place.isdigit() else 0,
        "适用范围",
        script.script_id,
        "这条话术的范围不归您管，没有提上去",
        "请总部的同事来导入，或把范围改成您负责的门店、区域",
    )
