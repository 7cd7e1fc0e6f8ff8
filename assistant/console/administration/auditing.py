"""The audit log: who did what, when, to what; and whether the chain of entries is whole."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from assistant.clock import SHOP_TIME
from assistant.console.administration.outside import Outside
from assistant.console.administration.telling import detail_words, subject_words
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.store import audit, people, privacy
from assistant.store.audit import AuditAction, AuditEntry

PAGE = 50


class Line(NamedTuple):
    """One entry in words; ``person`` is a name where the staff file has one."""

    entry: AuditEntry
    person: str
    subject: str
    details: tuple[tuple[str, str], ...]


def audit_routes(router: APIRouter, one: Console, outside: Outside) -> None:
    """One page, filtered and paged."""

    @router.get("/console/audit", response_model=None)
    def shown(
        visitor: Visitor = Depends(one.gate.overseer),
        by: str = "",
        action: str = "",
        subject: str = "",
        day: str = "",
        before: str = "",
        check: str = "",
    ) -> HTMLResponse:
        chosen = next((known for known in AuditAction if known.value == action), None)
        since = _began(day)
        with one.database.read() as tx:
            found = audit.entries(
                tx,
                one.corp_id,
                before=int(before) if before.isdecimal() and len(before) < 18 else None,
                limit=PAGE + 1,
                action=chosen,
                by=_userid(by.strip()),
                subject=_subject(subject.strip(), outside.forgetting_key),
                since=since,
                until=None if since is None else since + timedelta(days=1),
            )
            chain = audit.verify(tx, one.corp_id) if check else audit.head(tx, one.corp_id)
            userids = frozenset(each.by for each in found) | frozenset(
                each.subject.removeprefix("person:") for each in found if each.subject.startswith("person:")
            )
            names = people.names(tx, one.corp_id, userids)
        lines = tuple(_line(each, names) for each in found[:PAGE])
        asked = {"by": by, "action": action, "subject": subject, "day": day if since else ""}
        return page(
            "administration/audit.html",
            visitor=visitor,
            lines=lines,
            more=lines[-1].entry.number if len(found) > PAGE else None,
            before=before,
            asked=asked,
            filtered=any(asked.values()),
            actions=tuple(AuditAction),
            chain=chain,
            checked=bool(check),
        )


def _line(entry: AuditEntry, names: dict[str, str]) -> Line:
    person = (
        "系统自动"
        if entry.by == audit.SERVICE
        else "没有登录的人"
        if entry.by == "-"
        else names.get(entry.by, entry.by)
    )
    return Line(entry, person, subject_words(entry.subject, names), detail_words(entry.details))


def _userid(words: str) -> str:
    return audit.SERVICE if words == "系统自动" else words.lower()


def _subject(words: str, key: bytes) -> str:
    """What to look for: a member's number is in the log only as its mark."""
    if words.startswith("会员:") or words.startswith("会员："):
        return privacy.subject_of(key, words[3:].strip())
    return words


def _began(day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), SHOP_TIME)
    except ValueError:
        return None
