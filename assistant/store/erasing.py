"""Does with every table what the data map says: to the rows of one customer, and to mentions of her elsewhere."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from secrets import token_hex
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Row,
    Table,
    Text,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)

from assistant.store import anonymous
from assistant.store.datamap import BY_ORDER, BY_TURN, Act, Forgetting, MappedTable, data_map
from assistant.store.tables import gap_word, metadata, till_order, turn, turn_word
from assistant.store.traces import Traces
from assistant.turn import Intent, TurnRecord

AT_ONCE = 500
WORDS = "words"
GONE = "gone-"
_STRUCK_ACTS = (Act.REDACT, Act.RECORD, Act.ACTION, Act.NUMBER, Act.TOLD, Act.RENAME)

Key = tuple[Any, ...]
_One = TypeVar("_One")
_ANSWERING = tuple(one.value for one in (Intent.ACCEPT, Intent.EDIT, Intent.REFUSE))


class Place(NamedTuple):
    """A table where somebody is mentioned, and the keys of the rows."""

    table: str
    keys: tuple[Key, ...]


def _parts(values: Sequence[_One]) -> Iterator[Sequence[_One]]:
    """Lists short enough for one statement."""
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))


class Hers(NamedTuple):
    """One customer's number, and her turns and till orders, by which other rows are known to be hers."""

    customer_id: str
    turn_ids: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()


def hers_of(tx: Connection, corp_id: str, customer_id: str) -> Hers:
    """What is known to be a customer's."""
    bought = select(till_order.c.order_id).where(
        till_order.c.corp_id == corp_id, till_order.c.customer_id == customer_id
    )
    orders = tuple(tx.execute(bought.order_by(till_order.c.order_id)).scalars())
    return Hers(customer_id, turns_of(tx, corp_id, customer_id), orders)


def turns_of(tx: Connection, corp_id: str, customer_id: str) -> tuple[str, ...]:
    """The turns about a customer, and those in which a guide only said what to do with their drafts."""
    about = tx.execute(
        select(turn.c.turn_id, turn.c.conversation_id).where(
            turn.c.corp_id == corp_id, turn.c.customer_id == customer_id
        )
    ).all()
    ids = {row.turn_id for row in about}
    conversations = sorted({row.conversation_id for row in about})
    answers = turn.c.record["answers_turn_id"].as_string()
    for part in _parts(conversations):
        said = select(turn.c.turn_id, answers.label("answered")).where(
            turn.c.conversation_id.in_(part), turn.c.intent.in_(_ANSWERING)
        )
        ids |= {row.turn_id for row in tx.execute(said) if row.answered in ids}
    return tuple(sorted(ids))


def rows_of(tx: Connection, corp_id: str, name: str, hers: Hers, limit: int | None = None) -> tuple[Row[Any], ...]:
    """The rows of a table that are about a customer, as the data map finds them."""
    mapped, table = data_map().tables[name], metadata.tables[name]
    found: list[Row[Any]] = []
    for where in _hers(mapped, table, corp_id, hers):
        query = select(table).where(*where).order_by(*table.primary_key.columns)
        found += tx.execute(query if limit is None else query.limit(limit - len(found)))
        if limit is not None and len(found) >= limit:
            break
    return tuple(found)


def _hers(mapped: MappedTable, table: Table, corp_id: str, hers: Hers) -> Iterator[list[ColumnElement[bool]]]:
    if not mapped.hers:
        return
    narrowed = [table.c[name] == value for name, value in mapped.only.items()]
    if "corp_id" in table.c:
        narrowed.append(table.c.corp_id == corp_id)
    if mapped.hers == BY_TURN or table is turn:
        for part in _parts(hers.turn_ids):
            yield [*narrowed, table.c.turn_id.in_(part)]
    elif mapped.hers == BY_ORDER:
        for part in _parts(hers.order_ids):
            yield [*narrowed, table.c.order_id.in_(part)]
    elif hers.customer_id:
        yield [*narrowed, table.c[mapped.hers] == hers.customer_id]


def count_of(tx: Connection, corp_id: str, name: str, hers: Hers) -> int:
    """How many rows of a table are about a customer."""
    mapped, table = data_map().tables[name], metadata.tables[name]
    counted = (select(func.count()).select_from(table).where(*where) for where in _hers(mapped, table, corp_id, hers))
    return sum(tx.execute(query).scalar_one() for query in counted)


# ---- her own rows ------------------------------------------------------------------------------


def erase_rows(tx: Connection, corp_id: str, name: str, traces: Traces, hers: Hers, pseudonym: str) -> int:
    """Do with her rows of one table what the data map says; returns how many there were."""
    mapped, table = data_map().tables[name], metadata.tables[name]
    number = 0
    for where in _hers(mapped, table, corp_id, hers):
        if mapped.forget is Forgetting.ROWS:
            number += tx.execute(delete(table).where(*where)).rowcount
            continue
        for row in tx.execute(select(table).where(*where)).all():
            number += 1
            change(tx, table, row, _erased(table, mapped, row, traces, pseudonym))
    return number


def age_rows(tx: Connection, corp_id: str, name: str, old: ColumnElement[bool]) -> int:
    """Do with the rows of a table that are too old what forgetting does; each gets a word of its own."""
    mapped, table = data_map().tables[name], metadata.tables[name]
    of_corp = [table.c.corp_id == corp_id] if "corp_id" in table.c else []
    named = [table.c[mapped.hers] != "", ~table.c[mapped.hers].startswith(GONE)]
    rows = tx.execute(select(table).where(*of_corp, old, *named).limit(AT_ONCE)).all()
    for row in rows:
        change(tx, table, row, _erased(table, mapped, row, Traces(), new_pseudonym()))
    return len(rows)


def new_pseudonym() -> str:
    """A random word that stands for somebody nobody finds back."""
    return f"{GONE}{token_hex(12)}"


def _erased(table: Table, mapped: MappedTable, row: Row[Any], traces: Traces, pseudonym: str) -> dict[str, Any]:
    values = {
        column: _acted(one.act, table.c[column], row._mapping[column], traces, pseudonym)
        for column, one in mapped.personal.items()
    }
    return values | {"cleared": WORDS} if table is turn else values


def _acted(act: Act, column: Column[Any], value: Any, traces: Traces, pseudonym: str) -> Any:
    match act:
        case Act.CLEAR:
            return _empty(column, value)
        case Act.PSEUDONYM:
            # a turn that only answers one of hers names nobody
            return pseudonym[: getattr(column.type, "length", None)] if value else value
        case Act.RECORD:
            return traces.struck(record_without_words(value, pseudonym))
        case Act.ACTION:
            return traces.struck(anonymous.action_without_words(value))
        case Act.TOLD:
            return traces.blanked({**value, "delivery_area": ""} if "delivery_area" in value else value)
        case Act.RENAME:
            return traces.renamed(value, pseudonym)
    return traces.struck(value)


def record_without_words(body: Mapping[str, Any], customer_id: str = "") -> Any:
    """A stored record without words and customer, in the form it is stored in."""
    record = TurnRecord.model_validate_json(json.dumps(body))
    return anonymous.without_words(record, customer_id).model_dump(mode="json")


def _empty(column: Column[Any], value: Any) -> Any:
    if column.nullable:
        return None
    if isinstance(value, str):
        return ""
    if isinstance(value, dict):
        return {}
    if isinstance(value, list):
        return []
    if isinstance(value, date | datetime):
        raise TypeError(f"{column}: a moment that must be there cannot be emptied")
    return 0


def change(tx: Connection, table: Table, row: Row[Any], values: Mapping[str, Any]) -> None:
    """Write these values into one row, found by the key it had."""
    same = [column == row._mapping[column.name] for column in table.primary_key.columns]
    tx.execute(update(table).where(*same).values(**values))


# ---- mentions elsewhere ------------------------------------------------------------------------


def mentions(tx: Connection, corp_id: str, traces: Traces, hers: frozenset[str]) -> tuple[Place, ...]:
    """Where else her name, phone or number stands; ``hers`` are her own turns, which are gone through otherwise.

    Reads every free text of the corp once: a matter of seconds in a large shop, and nobody waits for a lock meanwhile.
    """
    found = []
    for name, mapped in data_map().tables.items():
        table = metadata.tables[name]
        if columns := _searched(table, mapped):
            keys = _keys(tx, corp_id, table, columns, traces, hers)
            if keys:
                found.append(Place(name, keys))
    return tuple(found)


def _searched(table: Table, mapped: MappedTable) -> list[Column[Any]]:
    """Free texts and JSON that may name her; a column that holds one thing about one person is no mention."""
    return [
        table.c[name]
        for name, one in mapped.personal.items()
        if one.act in _STRUCK_ACTS or isinstance(table.c[name].type, Text)
    ]


def _keys(
    tx: Connection,
    corp_id: str,
    table: Table,
    columns: Iterable[Column[Any]],
    traces: Traces,
    hers: frozenset[str],
) -> tuple[Key, ...]:
    contains = [
        (cast(column, Text) if isinstance(column.type, JSON) else column).contains(needle, autoescape=True)
        for column in columns
        for needle in traces.needles
    ]
    if not contains:
        return ()
    query = select(*table.primary_key.columns).where(or_(*contains))
    if "corp_id" in table.c:
        query = query.where(table.c.corp_id == corp_id)
    rows = tx.execute(query).all()
    at = next((i for i, column in enumerate(table.primary_key.columns) if column.name == "turn_id"), None)
    return tuple(tuple(row) for row in rows if at is None or row[at] not in hers)


def strike(tx: Connection, corp_id: str, place: Place, traces: Traces, namesakes: frozenset[str]) -> int:
    """Strike her out of these rows; returns in how many something was found.

    Rows about somebody who goes by the same name keep the name: it is theirs.
    """
    mapped, table = data_map().tables[place.table], metadata.tables[place.table]
    columns = _searched(table, mapped)
    number = 0
    for part in _parts(place.keys):
        for row in _by_keys(tx, table, part):
            here = traces.without_name() if _whose(tx, table, mapped, row) & namesakes else traces
            values = {}
            for column in columns:
                was = row._mapping[column.name]
                struck = _struck(mapped.personal[column.name].act, was, here)
                if struck != was:
                    values[column.name] = struck
            if values:
                number += 1
                change(tx, table, row, values)
                _forget_words(tx, row, here)
    return number


def _struck(act: Act, value: Any, traces: Traces) -> Any:
    if act is Act.TOLD:
        return traces.blanked(value)
    if act is Act.RENAME:
        return traces.renamed(value, new_pseudonym())
    return (traces.without_name() if act is Act.NUMBER else traces).struck(value)


def _by_keys(tx: Connection, table: Table, keys: Sequence[Key]) -> Sequence[Row[Any]]:
    columns = tuple(table.primary_key.columns)
    if len(columns) == 1:
        return tx.execute(select(table).where(columns[0].in_([key[0] for key in keys]))).all()
    return [
        row
        for key in keys
        for row in tx.execute(select(table).where(*(c == part for c, part in zip(columns, key, strict=True))))
    ]


def _whose(tx: Connection, table: Table, mapped: MappedTable, row: Row[Any]) -> frozenset[str]:
    """Which customer a row is about, empty where it is about nobody in particular."""
    if mapped.hers and mapped.hers not in (BY_TURN, BY_ORDER):
        return frozenset({row._mapping[mapped.hers]})
    if mapped.hers == BY_TURN and row._mapping["turn_id"]:
        asked = select(turn.c.customer_id).where(turn.c.turn_id == row._mapping["turn_id"])
        return frozenset(tx.execute(asked).scalars())
    return frozenset()


def _forget_words(tx: Connection, row: Row[Any], traces: Traces) -> None:
    """The words by which a manager finds a turn again must not spell her name."""
    turn_id = row._mapping.get("turn_id")
    for words in (turn_word, gap_word) if turn_id else ():
        tx.execute(delete(words).where(words.c.turn_id == turn_id, words.c.word.in_(sorted(traces.grams))))
