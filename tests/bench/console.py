"""How long the console's pages take with 100,000 turns, on SQLite and, where it runs, on PostgreSQL.

The turns are real ones: what the sample shop answers to the dialogues' questions, each many times over, by 200 guides of
20 stores in 90 days, with what guides say of drafts. Run alone: ``python -m tests.bench.console``,
or with words of the pages' names: ``python -m tests.bench.console coupons gaps``.
"""

import gc
import json
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from fastapi.testclient import TestClient
from rich.console import Console
from sqlalchemy import Table, insert, text

from assistant.app import build
from assistant.scoring.searchwords import words_of
from assistant.scoring.summing import Leaning, LeanKind, Summary, leanings_of, summary_of
from assistant.store import tables
from assistant.store.database import Database
from assistant.turn import Action, ActionKind, RefusalReason, ReplyKind, TurnRecord
from eval.cases.packs import WORKING_SPLITS, choose, read_packs
from eval.sample import SAMPLE_SHOP
from tests.bench.figures import Figure, percentile
from tests.bench.shelves import Rows, copied, stock_shelves
from tests.conftest import POSTGRES_URL, _listening
from tests.console.shop import CORP, NOW, Shop, fill_shop
from tests.way.house import settings_for

TURNS = 100_000
STORES, GUIDES_OF_STORE, DAYS, CUSTOMERS = 20, 10, 90, 5_000
QUESTIONS = 80
ROUNDS = 41
"""The first of a page warms up and does not count."""
AIM = "< 300"
_IN_ADDRESSES = (LeanKind.COUPON, LeanKind.DOCUMENT)
_AT_ONCE = 5_000

PAGES = (
    ("list", "/console/turns", "HQ"),
    ("list, a page of weeks ago", "/console/turns?before=T000000050000", "HQ"),
    ("list, one store's manager", "/console/turns", "manager1"),
    ("list, one guide", "/console/turns?guide=g7", "HQ"),
    ("list, refused for its tone", "/console/turns?refusal=tone&since=2026-10-01", "HQ"),
    ("list, redeemed coupons", "/console/turns?coupon=any&step=redeemed", "HQ"),
    ("search, a common word", "/console/turns?q=面霜", "HQ"),
    ("search, a common word in one store", "/console/turns?q=面霜", "manager1"),
    ("search, two common words", "/console/turns?q=面霜+多少钱", "HQ"),
    ("search, a rare word", "/console/turns?q=独一无二的问法", "HQ"),
    ("search, nothing found", "/console/turns?q=飞机引擎", "HQ"),
    ("figures, 30 days", "/console/figures", "HQ"),
    ("figures, 90 days: every turn", "/console/figures?since=2026-08-25", "HQ"),
    ("figures, one store's manager", "/console/figures", "manager1"),
    ("figures by coupon, 30 days", "/console/figures/funnel", "HQ"),
    ("figures by coupon, 90 days", "/console/figures/funnel?since=2026-08-25", "HQ"),
    ("figures by script, 90 days", "/console/figures/scripts?since=2026-08-25", "HQ"),
    ("figures of one guide", "/console/figures/guides/g7", "HQ"),
    ("home", "/console", "HQ"),
    ("home, one store's manager", "/console", "manager1"),
    ("scripts", "/console/scripts", "HQ"),
    ("scripts, one of them", "/console/scripts/SC-00007", "HQ"),
    ("suggestions", "/console/suggestions", "HQ"),
    ("coupons that run", "/console/coupons", "HQ"),
    ("coupons that are over", "/console/coupons?shelf=ended", "HQ"),
    ("coupons, the one sent most", "/console/coupons/{coupon}", "HQ"),
    ("documents", "/console/documents", "HQ"),
    ("documents, the one leaned on most", "/console/documents/{document}", "HQ"),
    ("documents, who leaned on it", "/console/documents/{document}/leaning", "HQ"),
    ("conflicts", "/console/conflicts", "HQ"),
    ("gaps", "/console/gaps", "HQ"),
    ("gaps, one store's manager", "/console/gaps", "manager1"),
    ("tasks", "/console/tasks", "HQ"),
    ("tasks, one of them", "/console/tasks/{task}", "HQ"),
    ("waiting for a signature", "/console/signoffs", "HQ"),
    ("people", "/console/people", "admin"),
    ("stores", "/console/stores", "admin"),
    ("audit log", "/console/audit", "admin"),
    ("one turn", "/console/turns/T000000050000", "HQ"),
)
"""``{coupon}`` and the like stand for what the turns leaned on most."""


class Kind(NamedTuple):
    """A turn that is written many times over: its record as text, its narrow rows, its words and the guide's word."""

    record: str
    summary: Summary
    leanings: tuple[Leaning, ...]
    words: tuple[str, ...]
    action: Action | None


def measure(words: Sequence[str] = ()) -> Iterator[Figure]:
    """Fill each database once and ask for every page again and again, or for those in whose name one of ``words`` is."""
    pages = [one for one in PAGES if not words or any(word in one[0] for word in words)]
    with TemporaryDirectory(prefix="daogou-bench-console-") as name:
        kinds, own = _kinds(Path(name))
        with _sqlite(Path(name)) as url:
            yield from _measured("SQLite", url, kinds, own, pages)
        if _listening(("127.0.0.1", 5432)):
            with _postgres() as url:
                yield from _measured("PostgreSQL", url, kinds, own, pages)


def _measured(
    where: str, url: str, kinds: Sequence[Kind], own: Rows, pages: Sequence[tuple[str, str, str]]
) -> Iterator[Figure]:
    began = perf_counter()
    shop = _filled(url, kinds, own)
    blanks = _leaned_on_most(shop.database)
    yield Figure(f"{where}: filled with {TURNS:,} turns", perf_counter() - began, "s", 0.0, "")
    # the clock by which login links grow old stood still meanwhile
    shop.wall.now = datetime.now(UTC)
    browsers = {who: shop.browser(who) for who in sorted({who for _, _, who in pages})}
    # as the service does when it opens
    gc.collect()
    gc.freeze()
    for name, path, who in pages:
        spent = [_timed(browsers[who], path.format(**blanks)) for _ in range(ROUNDS)][1:]
        for share, aim in ((0.5, ""), (0.95, AIM)):
            label = f"{where}: {name}, p{share * 100:.0f}"
            yield Figure(label, percentile(spent, share), "ms", min(spent), "its quickest", aim)
    shop.database.close()


def _timed(browser: TestClient, path: str) -> float:
    began = perf_counter()
    answer = browser.get(path)
    spent = (perf_counter() - began) * 1000
    assert answer.status_code == 200, (path, answer.text[:500])
    return spent


# ---- real turns --------------------------------------------------------------------------------


def _kinds(folder: Path) -> tuple[list[Kind], Rows]:
    """What the sample shop answers, with every way to say something of it, and the material that it leaned on."""
    service = build(settings_for(folder / "house", quiet_seconds=0))
    try:
        service.database.migrate()
        service.ingest([SAMPLE_SHOP])
        asked = [text for one in choose(read_packs(), WORKING_SPLITS) for turn in one.case.turns for text in turn.guide]
        guide = service.guides()[0].userid
        records = [
            service.converse(guide, [text], channel=f"bench{number}")
            for number, text in enumerate(dict.fromkeys(asked[:QUESTIONS]))
        ]
        own = copied(service.database)
    finally:
        service.close()
    return [_kind(record, action) for record in records for action in _said_of(record)], own


def _said_of(record: TurnRecord) -> Iterator[Action | None]:
    yield None
    shown = [one.draft.text for one in record.verdicts if one.draft.sentences]
    if record.reply.kind is not ReplyKind.DRAFTS or not shown:
        return
    for kind, sent, reason in (
        (ActionKind.ACCEPTED, shown[0], None),
        (ActionKind.ACCEPTED, shown[0], None),
        (ActionKind.EDITED, f"亲，{shown[0][:-4]}哦～", None),
        (ActionKind.REFUSED, "", RefusalReason.TONE),
    ):
        yield Action(kind=kind, at=NOW, choice=1 if sent else None, sent_text=sent, similarity=0.9, reason=reason)


def _kind(record: TurnRecord, action: Action | None) -> Kind:
    said = record.model_copy(update={"action": action, "corp_id": CORP})
    asked = (message.text for message in record.messages)
    words = words_of(*asked, action.sent_text if action else "")
    body = record.model_copy(update={"corp_id": CORP}).model_dump(mode="json")
    return Kind(json.dumps(body, ensure_ascii=False), summary_of(said), leanings_of(said), tuple(sorted(words)), action)


# ---- filling -----------------------------------------------------------------------------------


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite+pysqlite:///{folder / 'console.db'}"


@contextmanager
def _postgres() -> Iterator[str]:
    import psycopg

    server, name = POSTGRES_URL.replace("+psycopg", ""), f"daogou_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    try:
        yield POSTGRES_URL.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')


class _Placed(NamedTuple):
    """One of the 100,000: what kind it is, when, where, by whom and about whom."""

    turn_id: str
    kind: Kind
    at: datetime
    store_id: str
    guide: str
    customer_id: str


def _leaned_on_most(database: Database) -> dict[str, str]:
    """What stands in the blanks of the addresses."""
    most = "SELECT ref FROM turn_lean WHERE kind = :kind GROUP BY ref ORDER BY count(*) DESC LIMIT 1"
    with database.read() as tx:
        found = {kind.value: str(tx.execute(text(most), {"kind": kind.value}).scalar_one()) for kind in _IN_ADDRESSES}
        return {**found, "task": str(tx.execute(text("SELECT min(task_id) FROM task")).scalar_one())}


def _filled(url: str, kinds: Sequence[Kind], own: Rows) -> Shop:
    shop = fill_shop(url)
    chance = Random(13)
    guides = [(f"g{number}", f"S{number % STORES + 1}") for number in range(STORES * GUIDES_OF_STORE)]
    with shop.database.begin() as tx:
        _people(tx, guides)
    stock_shelves(shop, own)
    placed = []
    for number in range(TURNS):
        guide, store_id = chance.choice(guides)
        # what nobody else asks is asked twice
        kind = kinds[0] if number in (7, 70_000) else chance.choice(kinds)
        at = NOW - timedelta(days=DAYS) * (1 - number / TURNS)
        placed.append(_Placed(f"T{number:012d}", kind, at, store_id, guide, f"K{chance.randrange(CUSTOMERS)}"))
    _load(shop.database, tables.turn, _TURN, map(_turn, placed))
    _load(shop.database, tables.turn_summary, Summary._fields, map(_summary, placed))
    _load(shop.database, tables.action, _ACTION, (row for one in placed for row in _action(one)))
    _load(shop.database, tables.turn_lean, _LEAN, (row for one in placed for row in _leanings(one)))
    _load(shop.database, tables.turn_word, _WORD, (row for one in placed for row in _words(one)))
    _grants(shop.database, placed)
    shop.database.gather_statistics()
    if not shop.database.is_sqlite:
        with shop.database.engine.connect() as connection:
            # what autovacuum has done by the next morning
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    return shop


_TURN = (
    *("turn_id", "corp_id", "conversation_id", "guide_folded", "store_id", "customer_id"),
    *("intent", "reply_kind", "finished_at", "record"),
)
_ACTION = ("turn_id", "number", "kind", "at", "body")
_LEAN = ("turn_id", "kind", "ref", "corp_id", "finished_at", "store_id", "action", "taken")
_WORD = ("corp_id", "word", "finished_at", "turn_id", "store_id")


def _people(tx: Any, guides: Iterable[tuple[str, str]]) -> None:
    for number in range(4, STORES + 1):
        body = {"store_id": f"S{number}", "name": f"{number}号店", "region_id": "R3", "region_name": "R3"}
        row = {"corp_id": CORP, "store_id": f"S{number}", "source_id": "src", "body": body}
        tx.execute(insert(tables.shop_store).values(**row))
    for guide, store_id in guides:
        tx.execute(
            insert(tables.person).values(
                corp_id=CORP,
                userid_folded=guide,
                source_id="src",
                userid=guide,
                name=f"导购{guide}",
                role="guide",
                store_id=store_id,
                region_id="",
                active=True,
            )
        )
        tx.execute(
            insert(tables.conversation).values(
                conversation_id=f"c-{guide}",
                corp_id=CORP,
                guide_folded=guide,
                channel="wecom",
                current_customer_id="",
            )
        )


def _turn(one: _Placed) -> tuple[Any, ...]:
    known = one.kind.summary
    head = (one.turn_id, CORP, f"c-{one.guide}", one.guide, one.store_id, one.customer_id)
    return (*head, known.intent, known.reply_kind, one.at, one.kind.record)


def _summary(one: _Placed) -> tuple[Any, ...]:
    known = one.kind.summary
    return tuple(
        known._replace(
            turn_id=one.turn_id,
            finished_at=one.at,
            day=(one.at + timedelta(hours=8)).date(),
            store_id=one.store_id,
            guide_folded=one.guide,
            customer_id=one.customer_id,
            action_at=one.at if known.action else None,
            # as many different waits as there would be
            first_draft_ms=None if known.first_draft_ms is None else 600 + hash(one.turn_id) % 4000,
        )
    )


def _action(one: _Placed) -> Iterator[tuple[Any, ...]]:
    if one.kind.action is not None:
        yield (one.turn_id, 0, one.kind.action.kind.value, one.at, one.kind.action.model_dump_json())


def _leanings(one: _Placed) -> Iterator[tuple[Any, ...]]:
    action = one.kind.summary.action
    for lean in one.kind.leanings:
        yield (one.turn_id, lean.kind.value, lean.ref, CORP, one.at, one.store_id, action, lean.taken)


def _words(one: _Placed) -> Iterator[tuple[Any, ...]]:
    rare = ("独一", "一无", "无二", "二的", "的问", "问法") if one.turn_id in ("T000000000007", "T000000070000") else ()
    for word in {*one.kind.words, *rare}:
        yield (CORP, word, one.at, one.turn_id, one.store_id)


def _grants(database: Database, placed: Sequence[_Placed]) -> None:
    """Every coupon that was sent is granted, every third of them redeemed on an order of its own."""
    rows = [
        (one, lean.ref) for one in placed for lean in one.kind.leanings if lean.kind is LeanKind.COUPON and lean.taken
    ]
    columns = tuple(column.name for column in tables.coupon_grant.columns)
    _load(database, tables.coupon_grant, columns, (_grant(number, *row) for number, row in enumerate(rows)))
    columns = tuple(column.name for column in tables.till_order.columns)
    _load(database, tables.till_order, columns, (_order(number, rows[number][0]) for number in range(0, len(rows), 3)))


def _grant(number: int, one: _Placed, coupon_id: str) -> tuple[Any, ...]:
    used = number % 3 == 0
    values = {
        "grant_id": f"G{number}",
        "corp_id": CORP,
        "coupon_id": coupon_id,
        "customer_id": one.customer_id,
        "guide_folded": one.guide,
        "store_id": one.store_id,
        "turn_id": one.turn_id,
        "reason": "采用",
        "status": "redeemed" if used else "granted",
        "granted_at": one.at,
        "expires_at": one.at + timedelta(days=30),
        "value_fen": 3000,
        "reserved_fen": 0 if used else 3000,
        "redeemed_fen": 3000 if used else 0,
        "refunded_fen": 0,
        "order_id": f"O{number}" if used else "",
        "held_until": None,
    }
    return tuple(values.get(column.name, "") for column in tables.coupon_grant.columns)


def _order(number: int, one: _Placed) -> tuple[Any, ...]:
    values: dict[str, Any] = {
        "corp_id": CORP,
        "order_id": f"O{number}",
        "customer_id": one.customer_id,
        "store_id": one.store_id,
        "channel": "store",
        "ordered_at": one.at,
        "total_fen": 29800,
        "paid_fen": 26800,
        "refunded_fen": 0,
        "status": "completed",
        "event_id": f"E{number}",
        "occurred_at": one.at,
    }
    return tuple(values.get(column.name, "") for column in tables.till_order.columns)


def _load(database: Database, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write many rows the quickest way there is; nothing is measured here."""
    names = ", ".join(f'"{name}"' for name in columns)
    raw = database.engine.raw_connection()
    try:
        cursor: Any = raw.cursor()
        if database.is_sqlite:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("BEGIN")
            marks = ", ".join("?" * len(columns))
            cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", map(_plain, rows))
            cursor.execute("COMMIT")
            cursor.execute("PRAGMA synchronous=NORMAL")
        else:
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            raw.commit()
    finally:
        raw.close()


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """As the store writes times on SQLite: UTC without its zone."""
    return tuple(
        f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for value in row
    )


if __name__ == "__main__":
    out = Console(width=140)
    for figure in measure(sys.argv[1:]):
        missed = figure.aim and figure.value > float(figure.aim.removeprefix("< "))
        mark = "[red]misses[/red]" if missed else ""
        out.print(f"{figure.name:70} {figure.value:9.1f} {figure.unit:3} {figure.aim} {mark}", highlight=False)
        sys.stdout.flush()
