"""One customer in every table there is, with strings that are found nowhere else."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Float, Integer, Table, insert, select

from assistant.store import tables, turns
from assistant.store.database import Database
from assistant.store.datamap import Act, data_map
from assistant.store.tables import UtcDateTime, metadata
from assistant.turn import Action, ActionKind
from tests.console.shop import CORP, Shop, add_turn

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HER_ID, HER_NAME, HER_PHONE = "HY-778812", "慕容晚晴", "13977665544"
SAID = "我下个月要去冰岛拍婚纱"
STRINGS = (
    HER_ID,
    HER_NAME,
    HER_PHONE,
    "139 7766 5544",
    "139-7766-5544",
    "晚晴姐姐",
    "1991-03-07",
    "冰岛控",
    "对榛子过敏很多年",
    SAID,
    "草稿里的话：榛果色口红很衬您",
    "她发出去的话：给您留了榛果色",
    "评的人写的：太啰嗦的榛果色",
    "签发的人写的：先别提榛果色",
    "为什么没有发：榛果色断货",
    "券的缘由：榛果色到店礼",
    "问的话：榛果色适合黄皮吗",
    "改的话：榛果色很温柔",
    "送到冰岛路一带",
    "备注：榛果色给她留着",
)
"""Twenty strings of hers, none of which stands anywhere in the shop's own material."""

TURN, OTHER_TURN, ANSWER_TURN = "T000000000001", "T000000000002", "T000000000003"
ORDER = "DD-1001"


def seed(shop: Shop) -> None:
    """Her file, three turns, and rows in every other table that can hold anything of hers."""
    _customer(shop.database)
    _turns(shop)
    with shop.database.begin() as tx:
        for name, mapped in data_map().tables.items():
            table = metadata.tables[name]
            if mapped.personal and name not in ("customer", "turn", "conversation", "action", "receipt"):
                fill(tx, table)
        tx.execute(tables.source.update().values(report=[{"reason": f"{HER_NAME} {HER_PHONE} 重复"}]))
        tx.execute(tables.conversation.update().values(current_customer_id=HER_ID))


def fill(tx: Any, table: Table) -> None:
    """A row of hers and one of somebody else's, where they are not there yet; the turns they hang on must be."""
    for number in (0, 1):
        if not tx.execute(select(table).where(*_there(table, number))).first():
            _row(tx, table, number)


def _there(table: Table, number: int) -> list[Any]:
    return [column == _value(table, column, number) for column in table.primary_key.columns]


def _row(tx: Any, table: Table, number: int) -> None:
    for key in table.foreign_keys:
        _parent(tx, key.column.table, number)
    tx.execute(insert(table).values({column.name: _value(table, column, number) for column in table.columns}))


def _parent(tx: Any, table: Table, number: int) -> None:
    if (
        table.name in ("turn", "source", "conversation")
        or tx.execute(select(table).where(*_there(table, number))).first()
    ):
        return
    _row(tx, table, number)


def _value(table: Table, column: Any, number: int) -> Any:
    """Row 0 is hers, row 1 is about somebody else and mentions her."""
    mapped = data_map().tables[table.name]
    if column.name == "corp_id":
        return CORP
    if column.name == mapped.hers:
        return HER_ID if number == 0 else f"other-{number}"
    if column.name in mapped.only:
        return mapped.only[column.name]
    for key in column.foreign_keys:
        return _value(key.column.table, key.column, number)
    if column.name == "turn_id":
        return TURN if number == 0 else OTHER_TURN
    if column.name == "order_id":
        return ORDER if number == 0 else f"DD-2{number}"
    if column.name == "source_id":
        return "src"
    if column.name == "conversation_id":
        return "c-guide1"
    if column.name in mapped.personal:
        return _personal(table, column, number)
    return _plain(table, column, number)


def _personal(table: Table, column: Any, number: int) -> Any:
    name = HER_NAME if mapped_name_counts(table, column.name) else ""
    said = "；".join(STRINGS[3:5] + (STRINGS[9:] if number == 0 else ())) if data_map().tables[table.name].hers else ""
    words = f"{name} {HER_PHONE}（{HER_ID}）{said}"
    if isinstance(column.type, JSON):
        if data_map().tables[table.name].personal[column.name].act is Act.TOLD:
            words = f"{HER_NAME} {HER_PHONE}"
        body: Any = {"customer_id": HER_ID, "note": words}
        return body | ({"delivery_area": "送到冰岛路一带"} if table.name == "till_event" and number == 0 else {})
    length = getattr(column.type, "length", None)
    if column.name in ("customer_id", "owner", "unit", "delivery_area"):
        return HER_ID if number == 0 else f"other-{number}"
    if column.name == "word":
        return HER_NAME[:2]
    if column.primary_key or column.name == "key":
        return f"{table.name}/{HER_ID}/{number}"
    return words[:length] if length else words


def mapped_name_counts(table: Table, column: str) -> bool:
    """A published script or coupon keeps words that may be names."""
    return data_map().tables[table.name].personal[column].act.value != "number"


def _plain(table: Table, column: Any, number: int) -> Any:
    if isinstance(column.type, JSON):
        return []
    if isinstance(column.type, UtcDateTime):
        return NOW
    if isinstance(column.type, Date):
        return date(2026, 11, 22)
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Float):
        return 0.5
    if isinstance(column.type, Integer):
        return number + 9000 if column.primary_key else 0
    length = getattr(column.type, "length", None) or 64
    return f"{table.name[:12]}-{column.name[:12]}-{number}"[:length]


def _customer(database: Database) -> None:
    fact = {
        "name": "过敏",
        "value": STRINGS[8],
        "source": "会员档案",
        "observed_at": NOW.isoformat(),
        "expires_at": None,
    }
    values = {
        "corp_id": CORP,
        "customer_id": HER_ID,
        "source_id": "src",
        "name": HER_NAME,
        "address_as": "晚晴姐姐",
        "phone": HER_PHONE,
        "tier": "金卡",
        "tier_level": 2,
        "points": 860,
        "birthday": date(1991, 3, 7),
        "tags": ["冰岛控"],
        "facts": [fact],
        "consents": ["service"],
        "guide_folded": "guide1",
        "store_id": "S1",
    }
    friend = values | {
        "customer_id": "HY-2",
        "name": "林小满",
        "address_as": "林姐",
        "phone": "13800000000",
        "birthday": None,
    }
    friend |= {"tags": [f"{HER_NAME}的闺蜜"], "facts": [fact | {"value": f"和{HER_NAME}一起来"}]}
    with database.begin() as tx:
        tx.execute(insert(tables.customer), [values, friend])


def _turns(shop: Shop) -> None:
    add_turn(
        shop, 1, customer_id=HER_ID, question=f"{HER_NAME} {SAID} {HER_PHONE}", rich=True, draft="".join(STRINGS[10:12])
    )
    add_turn(shop, 2, customer_id="HY-2", question=f"{HER_NAME}介绍来的，电话139 7766 5544，编号{HER_ID}")
    add_turn(shop, 3, question="1", draft=STRINGS[11])
    with shop.database.begin() as tx:
        for turn_id, sent, note in ((TURN, STRINGS[11], STRINGS[-1]), (OTHER_TURN, "您朋友介绍得好", HER_PHONE)):
            said = Action(kind=ActionKind.EDITED, at=NOW, choice=1, sent_text=f"{HER_NAME}，{sent}", note=note)
            turns.add_action(tx, turn_id, said)
        record = tx.execute(select(tables.turn.c.record).where(tables.turn.c.turn_id == ANSWER_TURN)).scalar_one()
        answered = {**record, "answers_turn_id": TURN}
        this = tables.turn.update().where(tables.turn.c.turn_id == ANSWER_TURN)
        tx.execute(this.values(record=answered, intent="accept"))


def found_in(database: Database, words: tuple[str, ...] = STRINGS) -> list[str]:
    """Where any of these strings stands, as ``table.column: string``, in whatever form JSON is written."""
    found = []
    with database.read() as tx:
        for name, table in metadata.tables.items():
            for row in tx.execute(select(table)):
                for column, value in row._mapping.items():
                    told = str(value)
                    found += [f"{name}.{column}: {word}" for word in words if word in told]
    return found
