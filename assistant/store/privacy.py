"""The privacy desk: find a person, show what is known of her, forget her and keep a receipt (PIPL Art. 45-47).

A forgotten person is remembered only as keyed hashes of her number and phone, so that the shop's next file does not
bring her back.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, or_, select

from assistant.clock import SHOP_TIME
from assistant.errors import NotFound
from assistant.shop import Purpose
from assistant.store import audit, erasing, material
from assistant.store.audit import AuditAction
from assistant.store.database import Database
from assistant.store.datamap import Forgetting, data_map
from assistant.store.tables import customer, forgotten, receipt
from assistant.store.traces import Traces

MOST_FOUND = 20
ROUNDS = 3
"""Times the mentions are looked for again: a guide may write her name while she is being forgotten."""


class Found(NamedTuple):
    """A customer as the desk finds her. ``phone`` is the full number: whoever shows it masks it."""

    customer_id: str
    name: str
    address_as: str
    phone: str
    tier: str
    store_id: str
    guide: str


class Held(NamedTuple):
    """What one table holds of her: how many rows; ``label`` and the rest are the data map's words."""

    table: str
    label: str
    purpose: str
    basis: str
    term: str
    forgetting: str
    what: tuple[str, ...]
    rows: int


class Done(NamedTuple):
    """What was done in one table: ``rows`` of hers, and ``mentions`` of her in rows about others."""

    label: str
    what: str
    rows: int
    mentions: int


class Receipt(NamedTuple):
    """The proof of a forgetting. ``digest`` is over all the rest, so that a changed print is found out."""

    number: str
    made_at: datetime
    made_by: str
    reason: str
    done: tuple[Done, ...]
    files: Mapping[str, int]
    digest: str


# ---- marks of the forgotten --------------------------------------------------------------------


def mark(key: bytes, kind: str, value: str) -> str:
    """A keyed hash of a number or a phone: nobody without the key can try all phones of the country."""
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def key_mark(key: bytes) -> str:
    """Tells one key from another and says nothing of it."""
    return mark(key, "key", "")[:16]


def subject_of(key: bytes, customer_id: str) -> str:
    """How the audit log, which nobody can erase, speaks of a customer."""
    return f"customer:{mark(key, 'subject', customer_id)[:16]}"


def marks_of(key: bytes, customer_id: str, phone: str) -> tuple[str, ...]:
    """The marks by which a customer is known again."""
    found = [mark(key, "id", customer_id)] if customer_id else []
    return (*found, mark(key, "phone", phone)) if phone else tuple(found)


class Forgotten(NamedTuple):
    """Everybody who was forgotten, as one reading of a file needs it."""

    key: bytes
    marks: frozenset[str]
    other_keys: bool
    """True when some were made with another key: those cannot be recognised any more."""

    def holds(self, customer_id: str, phone: str = "") -> bool:
        """Say whether this number or phone belongs to somebody who was forgotten."""
        return bool(self.marks) and not self.marks.isdisjoint(marks_of(self.key, customer_id, phone))


def everybody_forgotten(tx: Connection, corp_id: str, key: bytes) -> Forgotten:
    """Read the marks of a corp."""
    rows = tx.execute(select(forgotten.c.mark, forgotten.c.key_mark).where(forgotten.c.corp_id == corp_id)).all()
    own = key_mark(key)
    return Forgotten(key, frozenset(row.mark for row in rows), any(row.key_mark != own for row in rows))


def receipt_of(tx: Connection, corp_id: str, key: bytes, customer_id: str, phone: str = "") -> str:
    """The receipt under which this number or phone was forgotten, empty when it was not."""
    same = (forgotten.c.corp_id == corp_id, forgotten.c.mark.in_(marks_of(key, customer_id, phone)))
    return tx.execute(select(forgotten.c.receipt_number).where(*same).limit(1)).scalar_one_or_none() or ""


# ---- finding and showing -----------------------------------------------------------------------


def find(tx: Connection, corp_id: str, words: str) -> tuple[Found, ...]:
    """Customers by number, name, or the whole or last four digits of a phone."""
    query = select(customer).where(customer.c.corp_id == corp_id)
    named = [customer.c.customer_id == words, customer.c.name.contains(words, autoescape=True)]
    digits = words.replace(" ", "").replace("-", "")
    if digits.isdecimal() and len(digits) >= 4:
        named.append(customer.c.phone.endswith(digits, autoescape=True))
    rows = tx.execute(query.where(or_(*named)).order_by(customer.c.name, customer.c.customer_id).limit(MOST_FOUND + 1))
    return tuple(_as_found(row) for row in rows)


def person(tx: Connection, corp_id: str, customer_id: str) -> Found:
    """One customer; raises NotFound."""
    this = (customer.c.corp_id == corp_id, customer.c.customer_id == customer_id)
    row = tx.execute(select(customer).where(*this)).one_or_none()
    if row is None:
        raise NotFound(customer_id)
    return _as_found(row)


def _as_found(row: Any) -> Found:
    return Found(row.customer_id, row.name, row.address_as, row.phone, row.tier, row.store_id, row.guide_folded)


def held(tx: Connection, corp_id: str, customer_id: str) -> tuple[Held, ...]:
    """What every table holds of her, the empty ones left out."""
    whole = data_map()
    hers = erasing.hers_of(tx, corp_id, customer_id)
    found = []
    for name, mapped in whole.tables.items():
        rows = erasing.count_of(tx, corp_id, name, hers)
        if rows:
            found.append(
                Held(
                    table=name,
                    label=mapped.label,
                    purpose=mapped.purpose,
                    basis=whole.bases[mapped.basis],
                    term=whole.terms[mapped.term],
                    forgetting=mapped.forget.label,
                    what=tuple(one.what for one in mapped.personal.values()),
                    rows=rows,
                )
            )
    return tuple(found)


class Profile(NamedTuple):
    """What her file says of her beside name and phone; ``facts`` are name and value."""

    birthday: str
    points: int
    tags: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    consents: tuple[Purpose, ...]
    consented_at: datetime | None
    joined_at: datetime | None


def profile(tx: Connection, corp_id: str, customer_id: str) -> Profile:
    """Her file; raises NotFound."""
    this = (customer.c.corp_id == corp_id, customer.c.customer_id == customer_id)
    row = tx.execute(select(customer).where(*this)).one_or_none()
    if row is None:
        raise NotFound(customer_id)
    return Profile(
        birthday=row.birthday.isoformat() if row.birthday else "",
        points=row.points,
        tags=tuple(row.tags),
        facts=tuple((fact["name"], fact["value"]) for fact in row.facts),
        consents=tuple(Purpose(value) for value in row.consents),
        consented_at=row.consented_at,
        joined_at=row.joined_at,
    )


def everything(tx: Connection, corp_id: str, customer_id: str, at_most: int) -> dict[str, list[dict[str, Any]]]:
    """Her rows of every table for the export, the newest last; ``at_most`` of each table."""
    hers = erasing.hers_of(tx, corp_id, customer_id)
    found = {}
    for name, mapped in data_map().tables.items():
        rows = erasing.rows_of(tx, corp_id, name, hers, at_most)
        kept = [column for column in mapped.columns if column not in ("corp_id", "source_id")]
        if rows:
            found[name] = [{column: row._mapping[column] for column in kept} for row in rows]
    return found


# ---- forgetting --------------------------------------------------------------------------------


class Order(NamedTuple):
    """Who is to be forgotten, by whom, why and when. ``key`` makes her marks."""

    customer_id: str
    by: str
    reason: str
    moment: datetime
    key: bytes


def forget(database: Database, corp_id: str, order: Order, files: Mapping[str, int] | None = None) -> Receipt:
    """Delete or anonymise her in every table, and keep a receipt; raises NotFound when there is no such customer.

    Her own rows, the marks, the receipt and the audit entry are one transaction. Mentions in rows about others are
    found before it without a lock, and looked for again after it. ``files`` are files that named her, for the receipt.
    """
    with database.read() as tx:
        her = person(tx, corp_id, order.customer_id)
        turn_ids = frozenset(erasing.turns_of(tx, corp_id, her.customer_id))
        traces = Traces(her.customer_id, her.name, her.phone)
        namesakes = _namesakes(tx, corp_id, her)
        places = erasing.mentions(tx, corp_id, traces, turn_ids)
    with database.begin() as tx:
        person(tx, corp_id, order.customer_id)
        rows = _erase(tx, corp_id, traces)
        struck = {place.table: erasing.strike(tx, corp_id, place, traces, namesakes) for place in places}
        _remember(tx, corp_id, order, her)
        made = _write_receipt(tx, corp_id, order, traces, _told(rows, struck), files or {})
        material.bump_material_version(tx, corp_id)
        audit.append(tx, corp_id, order.moment, order.by, AuditAction.DELETE, f"receipt:{made.number}")
    _look_again(database, corp_id, traces, namesakes)
    database.empty_journal()
    return made


def _erase(tx: Connection, corp_id: str, traces: Traces) -> dict[str, int]:
    hers = erasing.hers_of(tx, corp_id, traces.customer_id)
    pseudonym = erasing.new_pseudonym()
    return {
        name: erasing.erase_rows(tx, corp_id, name, traces, hers, pseudonym)
        for name, mapped in data_map().tables.items()
        if mapped.hers
    }


def _look_again(database: Database, corp_id: str, traces: Traces, namesakes: frozenset[str]) -> None:
    for _ in range(ROUNDS):
        with database.read() as tx:
            places = erasing.mentions(tx, corp_id, traces, frozenset())
        if not places:
            return
        with database.begin() as tx:
            if not sum(erasing.strike(tx, corp_id, place, traces, namesakes) for place in places):
                return


def _namesakes(tx: Connection, corp_id: str, her: Found) -> frozenset[str]:
    this = (customer.c.corp_id == corp_id, customer.c.name == her.name, customer.c.customer_id != her.customer_id)
    return frozenset(tx.execute(select(customer.c.customer_id).where(*this)).scalars())


def _remember(tx: Connection, corp_id: str, order: Order, her: Found) -> None:
    known = set(tx.execute(select(forgotten.c.mark).where(forgotten.c.corp_id == corp_id)).scalars())
    number = _next_number(tx, corp_id, order.moment)
    for one in marks_of(order.key, her.customer_id, her.phone):
        if one not in known:
            tx.execute(
                insert(forgotten).values(
                    corp_id=corp_id,
                    mark=one,
                    key_mark=key_mark(order.key),
                    receipt_number=number,
                    forgotten_at=order.moment,
                )
            )


def _next_number(tx: Connection, corp_id: str, moment: datetime) -> str:
    count = tx.execute(select(func.count()).select_from(receipt).where(receipt.c.corp_id == corp_id)).scalar_one()
    return f"SC{moment.astimezone(SHOP_TIME):%Y%m%d}-{count + 1:04d}"


def _told(rows: Mapping[str, int], struck: Mapping[str, int]) -> tuple[Done, ...]:
    whole = data_map().tables
    return tuple(
        Done(one.label, _words(one.forget, rows.get(name, 0)), rows.get(name, 0), struck.get(name, 0))
        for name, one in whole.items()
        if rows.get(name) or struck.get(name)
    )


def _words(forgetting: Forgetting, rows: int) -> str:
    return forgetting.label if rows else "抹掉提到她的地方"


def _write_receipt(
    tx: Connection, corp_id: str, order: Order, traces: Traces, done: tuple[Done, ...], files: Mapping[str, int]
) -> Receipt:
    number = _next_number(tx, corp_id, order.moment)
    files = {traces.struck(name): count for name, count in files.items()}
    body = {"done": [one._asdict() for one in done], "files": dict(files)}
    reason = traces.struck(order.reason)
    digest = _digest(number, order.moment, order.by.lower(), reason, body)
    tx.execute(
        insert(receipt).values(
            corp_id=corp_id,
            number=number,
            made_at=order.moment,
            made_by=order.by.lower(),
            reason=reason,
            body=body,
            digest=digest,
        )
    )
    return Receipt(number, order.moment, order.by.lower(), reason, done, files, digest)


def _digest(number: str, moment: datetime, by: str, reason: str, body: Mapping[str, Any]) -> str:
    told = {"number": number, "at": moment.isoformat(), "by": by, "reason": reason, **body}
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def receipts(tx: Connection, corp_id: str, *, before: str = "", limit: int) -> tuple[Receipt, ...]:
    """Receipts, newest first, from a number downwards."""
    query = select(receipt).where(receipt.c.corp_id == corp_id)
    if before:
        query = query.where(receipt.c.number < before)
    return tuple(_as_receipt(row) for row in tx.execute(query.order_by(receipt.c.number.desc()).limit(limit)))


def read_receipt(tx: Connection, corp_id: str, number: str) -> Receipt:
    """One receipt; raises NotFound."""
    row = tx.execute(select(receipt).where(receipt.c.corp_id == corp_id, receipt.c.number == number)).one_or_none()
    if row is None:
        raise NotFound(number)
    return _as_receipt(row)


def is_genuine(one: Receipt) -> bool:
    """Say whether a receipt still says what it said when it was made."""
    body = {"done": [done._asdict() for done in one.done], "files": dict(one.files)}
    return one.digest == _digest(one.number, one.made_at, one.made_by, one.reason, body)


def _as_receipt(row: Any) -> Receipt:
    done = tuple(Done(**one) for one in row.body["done"])
    return Receipt(row.number, row.made_at, row.made_by, row.reason, done, row.body["files"], row.digest)


def let_return(tx: Connection, corp_id: str, key: bytes, customer_id: str, phone: str) -> int:
    """Let somebody who was forgotten be a member again, at her own wish; returns how many marks went."""
    same = (forgotten.c.corp_id == corp_id, forgotten.c.mark.in_(marks_of(key, customer_id, phone)))
    return tx.execute(delete(forgotten).where(*same)).rowcount
