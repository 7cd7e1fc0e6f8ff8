"""The audit log: append-only, every entry sealed with the one before it (safety G3).

The database itself refuses to change or delete an entry (triggers in the migration). Whoever goes round them breaks the
chain, and ``verify`` says where; whoever cuts off its end is found by the head that was noted elsewhere.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, text

from assistant.store.tables import audit_entry
from knowledge.noun import Labelled

FIRST = "0" * 64
SERVICE = "daogou"
_AT_ONCE = 1000


class AuditAction(Labelled):
    """Everything that leaves an entry."""

    LOGIN = "login", "登录"
    LOGOUT = "logout", "退出"
    LOGIN_REFUSED = "login-refused", "登录被拒"
    DENIED = "denied", "越权访问被拒"
    REVEAL = "reveal", "查看完整信息"
    EXPORT = "export", "导出"
    UPLOAD = "upload", "上传资料"
    PROPOSE = "propose", "提出"
    CHANGE = "change", "修改"
    PUBLISH = "publish", "发布"
    REFUSE = "refuse", "退回"
    WITHDRAW = "withdraw", "撤下"
    ROLL_BACK = "roll-back", "退回旧版"
    MERGE = "merge", "合并"
    RULE = "rule", "裁定冲突"
    SIGN = "sign", "签发草稿"
    SEND = "send", "发给导购"
    ROLE = "role", "调整权限"
    SETTING = "setting", "修改设置"
    DELETE = "delete", "删除"
    KEEP_CASE = "keep-case", "收为评测用例"
    RATE = "rate", "人工评分"
    START = "start", "开始"
    STOP = "stop", "停止"


class AuditEntry(NamedTuple):
    """One entry; ``details`` are flat texts."""

    number: int
    at: datetime
    by: str
    action: AuditAction
    subject: str
    details: Mapping[str, str]
    digest: str


class Chain(NamedTuple):
    """What a look at the whole chain found. ``broken_at`` is the first entry that does not fit, None when all do."""

    entries: int
    head: str
    broken_at: int | None


def append(
    tx: Connection,
    corp_id: str,
    moment: datetime,
    by: str,
    action: AuditAction,
    subject: str,
    **details: str,
) -> None:
    """Add one entry in the transaction of the deed itself: neither is there without the other."""
    if tx.dialect.name != "sqlite":
        # the next number is read and used by one transaction at a time; SQLite has one writer anyway
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"audit:{corp_id}"})
    last = tx.execute(
        select(audit_entry.c.number, audit_entry.c.digest)
        .where(audit_entry.c.corp_id == corp_id)
        .order_by(audit_entry.c.number.desc())
        .limit(1)
    ).one_or_none()
    number, before = (last.number + 1, last.digest) if last else (1, FIRST)
    entry = {"at": moment, "by": by.lower(), "action": action.value, "subject": subject, "details": details}
    tx.execute(
        insert(audit_entry).values(
            corp_id=corp_id, number=number, digest=_seal(before, corp_id, number, entry), **entry
        )
    )


def entries(
    tx: Connection,
    corp_id: str,
    *,
    before: int | None = None,
    limit: int = 50,
    action: AuditAction | None = None,
    by: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[AuditEntry, ...]:
    """Entries, newest first, from number ``before`` downwards; an empty word does not restrict.

    ``since`` is included, ``until`` is not.
    """
    query = select(audit_entry).where(audit_entry.c.corp_id == corp_id)
    if before is not None:
        query = query.where(audit_entry.c.number < before)
    if action is not None:
        query = query.where(audit_entry.c.action == action.value)
    if by:
        query = query.where(audit_entry.c.by == by.lower())
    if subject:
        query = query.where(audit_entry.c.subject == subject)
    if since is not None:
        query = query.where(audit_entry.c.at >= since)
    if until is not None:
        query = query.where(audit_entry.c.at < until)
    return tuple(_as_entry(row) for row in tx.execute(query.order_by(audit_entry.c.number.desc()).limit(limit)))


def every(tx: Connection, corp_id: str) -> Iterator[AuditEntry]:
    """All entries, oldest first, read in parts."""
    number = 0
    while part := _after(tx, corp_id, number):
        yield from map(_as_entry, part)
        number = part[-1].number


def told(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON has it: what ``daogou audit export`` and an export of everything write a line."""
    return entry._asdict() | {
        "at": entry.at.isoformat(),
        "action": entry.action.value,
        "details": dict(entry.details),
    }


def head(tx: Connection, corp_id: str) -> Chain:
    """How many entries there are and the seal of the last one, without looking at the others."""
    last = (
        select(audit_entry.c.number, audit_entry.c.digest)
        .where(audit_entry.c.corp_id == corp_id)
        .order_by(audit_entry.c.number.desc())
        .limit(1)
    )
    row = tx.execute(last).one_or_none()
    return Chain(0, FIRST, None) if row is None else Chain(row.number, row.digest, None)


def has_digest(tx: Connection, corp_id: str, digest: str) -> bool:
    """Say whether an entry carries this seal: a head noted elsewhere must be found again, however much came after."""
    this = (audit_entry.c.corp_id == corp_id, audit_entry.c.digest == digest)
    return tx.execute(select(audit_entry.c.number).where(*this).limit(1)).first() is not None


def verify(tx: Connection, corp_id: str) -> Chain:
    """Walk the whole chain and seal every entry anew."""
    number, before = 0, FIRST
    while part := _after(tx, corp_id, number):
        for row in part:
            entry = {name: row._mapping[name] for name in ("at", "by", "action", "subject", "details")}
            if row.number != number + 1 or row.digest != _seal(before, corp_id, number + 1, entry):
                return Chain(_size(tx, corp_id), before, row.number)
            number, before = row.number, row.digest
    return Chain(number, before, None)


def _after(tx: Connection, corp_id: str, number: int) -> Sequence[Row[Any]]:
    query = select(audit_entry).where(audit_entry.c.corp_id == corp_id, audit_entry.c.number > number)
    return tx.execute(query.order_by(audit_entry.c.number).limit(_AT_ONCE)).all()


def _size(tx: Connection, corp_id: str) -> int:
    return tx.execute(
        select(func.count()).select_from(audit_entry).where(audit_entry.c.corp_id == corp_id)
    ).scalar_one()


def _seal(before: str, corp_id: str, number: int, entry: Mapping[str, Any]) -> str:
    sealed = {**entry, "at": entry["at"].isoformat(), "corp": corp_id, "number": number, "before": before}
    return hashlib.sha256(json.dumps(sealed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _as_entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.number, row.at, row.by, AuditAction(row.action), row.subject, row.details, row.digest)
