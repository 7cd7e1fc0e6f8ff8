"""Who is at the console: a link used once, a session kept on the server, a role read anew on every request.

The cookie carries a signed random id and nothing else; who that is, what she may see and whether the account is
still open come from the directory each time (safety A7, A10, D1).
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from fastapi import Form, Request, Response
from itsdangerous import BadData, BadSignature, Signer, URLSafeTimedSerializer

from assistant.clock import Clock, system_clock
from assistant.console.door.noting import Noting
from assistant.console.door.pacing import Deed, Pacing
from assistant.console.refusals import (
    FormRefused,
    LinkRefused,
    NoConsole,
    NotForAdmin,
    NotForAuditor,
    NotForManagers,
    NotForOneStore,
    Refusal,
    SignedOut,
)
from assistant.errors import NotFound
from assistant.shop import Person, Role
from assistant.store import access
from assistant.store.console import sessions
from assistant.store.console.scope import Stores
from assistant.store.console.sessions import Way
from assistant.store.database import AlreadyThere, Database

COOKIE = "__Host-daogou"
LINK_LASTS = timedelta(minutes=10)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
# a write for every click would queue behind the turns on SQLite; a minute is exact enough for half an hour
TOUCH_EVERY = timedelta(minutes=1)
# machines that share a database may differ a little in their clocks
CLOCK_SLACK = timedelta(minutes=1)
CONSOLE_ROLES = frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR})


class Link(NamedTuple):
    """What a login link says."""

    userid: str
    nonce: str


class NewSession(NamedTuple):
    """A session just begun; ``cookie`` is the only place where its id stands in clear."""

    cookie: str
    person: Person


class Visitor(NamedTuple):
    """Who asks for this page. ``stores`` None means every store; ``form_token`` goes into each form."""

    person: Person
    stores: Stores
    session_digest: str
    form_token: str

    @property
    def may_read(self) -> bool:
        """True when she may read conversations."""
        return self.person.role is not Role.ADMIN

    @property
    def may_review(self) -> bool:
        """True when she may decide on suggestions."""
        return self.person.role is Role.MANAGER

    @property
    def may_decide_for_all(self) -> bool:
        """True when she decides on what every store shares (synonyms, questions): whoever answers for all of them."""
        return self.may_review and self.stores is None

    @property
    def may_administer(self) -> bool:
        """True when she keeps people, settings and the privacy desk."""
        return self.person.role is Role.ADMIN

    @property
    def may_audit(self) -> bool:
        """True when she may read the audit log."""
        return self.person.role in (Role.ADMIN, Role.AUDITOR)

    def hidden(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these customer names the page must not spell out for her."""
        return names if self.person.role is Role.AUDITOR else ()


def login_link(key: str, userid: str) -> str:
    """Make a link that logs this person in once within ten minutes; it is useless without an active role."""
    token = _links(key).dumps([userid, token_urlsafe(18)])
    return "/console/login?" + urlencode({"token": token})


def _links(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="console-login-link")


@dataclass(frozen=True)
class Gate:
    """The door of the console. ``clock`` is the real one: how long a login holds is not the demo's day.

    ``day`` is the shop's, which the audit log is written in.
    """

    database: Database
    corp_id: str
    key: str
    clock: Clock
    day: Clock = system_clock
    pacing: Pacing = field(default_factory=Pacing)

    @property
    def noting(self) -> Noting:
        """What the door writes into the audit log."""
        return Noting(self.database, self.corp_id, self.day)

    # ---- coming in -----------------------------------------------------------------------------

    def read_link(self, token: str) -> Link:
        """Read a link without using it up; raises LinkRefused when it is forged or too old."""
        try:
            (userid, nonce), made_at = _links(self.key).loads(token, return_timestamp=True)
        except (BadData, ValueError) as error:
            raise LinkRefused("link") from error
        if not -CLOCK_SLACK <= self.clock() - made_at <= LINK_LASTS:
            raise LinkRefused("link")
        return Link(str(userid), str(nonce))

    def person(self, userid: str) -> Person:
        """Return the person if the console is open to her; raises NoConsole."""
        with self.database.read() as tx:
            try:
                found = access.access_person(tx, self.corp_id, userid)
            except NotFound as error:
                raise NoConsole(userid) from error
        if found.role not in CONSOLE_ROLES:
            raise NoConsole(userid)
        return found

    def enter(self, link: Link, way: Way = Way.LINK, address: str = "") -> NewSession:
        """Use a link up and begin a session; raises LinkRefused the second time, NoConsole without a role."""
        found = self.person(link.userid)
        session_id = token_urlsafe(32)
        digest = _digest(session_id)
        try:
            with self.database.begin() as tx:
                sessions.begin_session(tx, self.corp_id, link.nonce, found.userid, digest, self.clock(), way)
                self.noting.came_in(tx, found.userid, way.value, address)
        except AlreadyThere as error:
            raise LinkRefused("used") from error
        return NewSession(self._sessions().sign(session_id).decode(), found)

    def enter_demo(self, role: Role = Role.MANAGER) -> NewSession:
        """Log in the first person of this role, of managers one of head office; raises NoConsole when there is none."""
        with self.database.read() as tx:
            people = access.access_role(tx, self.corp_id, role)
        if role not in CONSOLE_ROLES or not people:
            raise NoConsole("demo")
        everywhere = [one for one in people if not one.store_id and not one.region_id]
        return self.enter(Link((everywhere or people)[0].userid, "demo-" + token_urlsafe(18)), Way.DEMO)

    def leave(self, visitor: Visitor) -> None:
        """End the session on the server: a copied cookie is worth nothing afterwards."""
        with self.database.begin() as tx:
            sessions.end_session(tx, visitor.session_digest, self.clock())
            self.noting.went(tx, visitor.person.userid)

    # ---- every request -------------------------------------------------------------------------

    def visitor(self, request: Request) -> Visitor:
        """Say who asks; raises SignedOut or NoConsole."""
        digest = self._session_digest(request.cookies.get(COOKIE, ""))
        now = self.clock()
        with self.database.read() as tx:
            session = sessions.session(tx, self.corp_id, digest)
        if session is None or not _holds(session, now):
            raise SignedOut("session")
        found = self.person(session.userid)
        with self.database.read() as tx:
            stores = access.access_stores(tx, self.corp_id, found)
        if now - session.seen_at >= TOUCH_EVERY:
            with self.database.begin() as tx:
                sessions.touch_session(tx, digest, now)
        return Visitor(found, stores, digest, self._forms().sign(digest).decode())

    def reader(self, request: Request) -> Visitor:
        """Say who asks for conversation text; raises NotForAdmin besides."""
        visitor = self.visitor(request)
        if not visitor.may_read:
            raise self._denied(NotForAdmin("reader"), visitor, request)
        return visitor

    def sender(self, request: Request, form_token: str = Form("")) -> Visitor:
        """Say who sends a form, after checking that she sent it from a page of this session; raises FormRefused."""
        check_own_page(request)
        visitor = self.visitor(request)
        try:
            signed_for = self._forms().unsign(form_token).decode()
        except BadSignature as error:
            raise FormRefused("token") from error
        if signed_for != visitor.session_digest:
            raise FormRefused("token")
        return visitor

    def reviewer(self, request: Request, form_token: str = Form("")) -> Visitor:
        """Say who decides; raises NotForAdmin, NotForAuditor and TooOften besides."""
        visitor = self.sender(request, form_token)
        if not visitor.may_read:
            raise self._denied(NotForAdmin("reviewer"), visitor, request)
        if not visitor.may_review:
            raise self._denied(NotForAuditor("reviewer"), visitor, request)
        self.pacing.count(Deed.APPROVE, request, visitor.person.userid)
        return visitor

    def inquirer(self, request: Request, form_token: str = Form("")) -> Visitor:
        """Say who asks by a form for what readers may read (a list to take away, a trial); raises NotForAdmin besides."""
        visitor = self.sender(request, form_token)
        if not visitor.may_read:
            raise NotForAdmin("inquirer")
        return visitor

    def headquarters(self, request: Request, form_token: str = Form("")) -> Visitor:
        """Say who decides for every store; raises NotForOneStore besides."""
        visitor = self.reviewer(request, form_token)
        if not visitor.may_decide_for_all:
            raise self._denied(NotForOneStore("headquarters"), visitor, request)
        return visitor

    def administrator(self, request: Request) -> Visitor:
        """Say who asks for people, settings or the privacy desk; raises NotForManagers besides."""
        visitor = self.visitor(request)
        if not visitor.may_administer:
            raise self._denied(NotForManagers("administrator"), visitor, request)
        return visitor

    def administering(self, request: Request, form_token: str = Form("")) -> Visitor:
        """Say who changes people, settings or a person's data; raises NotForManagers besides."""
        visitor = self.sender(request, form_token)
        if not visitor.may_administer:
            raise self._denied(NotForManagers("administering"), visitor, request)
        return visitor

    def overseer(self, request: Request) -> Visitor:
        """Say who asks for the audit log; raises NotForManagers besides."""
        visitor = self.visitor(request)
        if not visitor.may_audit:
            raise self._denied(NotForManagers("overseer"), visitor, request)
        return visitor

    def _denied(self, refusal: Refusal, visitor: Visitor, request: Request) -> Refusal:
        self.noting.denied(visitor.person.userid, request)
        return refusal

    def _session_digest(self, cookie: str) -> str:
        try:
            return _digest(self._sessions().unsign(cookie).decode())
        except (BadSignature, UnicodeDecodeError) as error:
            raise SignedOut("cookie") from error

    def _sessions(self) -> Signer:
        return Signer(self.key, salt="console-session", digest_method=hashlib.sha256)

    def _forms(self) -> Signer:
        return Signer(self.key, salt="console-form", digest_method=hashlib.sha256)


def set_cookie(response: Response, session: NewSession) -> None:
    """Give the browser its session (safety D1)."""
    response.set_cookie(
        COOKIE,
        session.cookie,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def forget_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def check_own_page(request: Request) -> None:
    """Raise FormRefused unless the browser says that one of our own pages sent this (safety D2).

    Under Referrer-Policy no-referrer a browser sends ``Origin: null`` with a form (Fetch standard, "append a request
    Origin header"); Sec-Fetch-Site then says where it came from, and no page can forge it.
    """
    origin = request.headers.get("origin", "null")
    if origin == "null":
        same = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        same = urlsplit(origin).netloc == request.headers.get("host")
    if not same:
        raise FormRefused("origin")


def _holds(session: sessions.ConsoleSession, now: datetime) -> bool:
    return (
        session.ended_at is None
        and -CLOCK_SLACK <= now - session.began_at <= ABSOLUTE
        and -CLOCK_SLACK <= now - session.seen_at <= IDLE
    )


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
