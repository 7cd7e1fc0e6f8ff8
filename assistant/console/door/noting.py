"""What the door writes into the audit log: who came in and went, who was sent away, who tried a page not meant for her."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from assistant.clock import Clock
from assistant.store import audit
from assistant.store.audit import AuditAction
from assistant.store.database import Database, Transaction

AGAIN_AFTER = timedelta(minutes=1)
"""The same refusal of the same person is noted once in this time: a page tried again and again fills no log."""

NOBODY = "-"
"""Stands for whoever the door could not tell."""


@dataclass(frozen=True)
class Noting:
    """``clock`` is the shop's day, as for every other entry of the log."""

    database: Database
    corp_id: str
    clock: Clock

    def came_in(self, tx: Transaction, userid: str, way: str, address: str) -> None:
        """Somebody logged in, in the transaction that begins her session."""
        audit.append(
            tx,
            self.corp_id,
            self.clock(),
            userid,
            AuditAction.LOGIN,
            f"person:{userid.lower()}",
            way=way,
            address=address,
        )

    def went(self, tx: Transaction, userid: str) -> None:
        """Somebody logged out."""
        audit.append(tx, self.corp_id, self.clock(), userid, AuditAction.LOGOUT, f"person:{userid.lower()}")

    def sent_away(self, userid: str, why: str, address: str) -> None:
        """A login was refused; ``why`` is a short Chinese reason."""
        self._once(userid or NOBODY, AuditAction.LOGIN_REFUSED, f"login:{address}", why=why, address=address)

    def denied(self, userid: str, request: Request) -> None:
        """A page or a deed was not for her role; the route as declared, without the ids that were asked for."""
        route = getattr(request.scope.get("route"), "path", "") or "/console"
        self._once(userid, AuditAction.DENIED, f"route:{request.method} {route}"[:200])

    def _once(self, by: str, action: AuditAction, subject: str, **details: str) -> None:
        with self.database.read() as tx:
            if self._noted(tx, by, action, subject):
                return
        with self.database.begin() as tx:
            if not self._noted(tx, by, action, subject):
                audit.append(tx, self.corp_id, self.clock(), by, action, subject, **details)

    def _noted(self, tx: Transaction, by: str, action: AuditAction, subject: str) -> bool:
        last = audit.entries(tx, self.corp_id, limit=1, action=action, by=by, subject=subject)
        return bool(last) and timedelta(0) <= self.clock() - last[0].at < AGAIN_AFTER
