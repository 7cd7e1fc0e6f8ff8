"""The part of WeCom's server API that a self-built app calls, answered from one invented company.

Errors travel as ``errcode`` in HTTP 200 JSON, as WeCom does. Codes and limits: document/path/90236 (sending),
91039 (token), 90454 (limits), 90455 (codes).
"""

import hashlib
import json
import secrets
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eval.simulator.corp import Corp, Exchange, LogKind, Member

MAX_USERS = 1000
DUPLICATE_SECONDS = 1800
MAX_DUPLICATE_SECONDS = 4 * 3600
CODE_LIFE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

OPEN_PATHS = frozenset({"gettoken"})
KINDS = frozenset({"text", "markdown"})
"""Message types the page can show; WeCom has more."""

Answer = dict[str, Any]


class ApiError(Exception):
    """WeCom's refusal: what ``errcode`` and ``errmsg`` will say."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode}: {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg

    def answer(self) -> Answer:
        """The JSON body."""
        return {"errcode": self.errcode, "errmsg": self.errmsg}


@dataclass(frozen=True)
class Token:
    """One access token and the moment it stops working."""

    value: str
    expires_at: datetime


@dataclass(frozen=True)
class LoginCode:
    """A one-time OAuth code of a member."""

    userid: str
    expires_at: datetime


@dataclass(frozen=True)
class Seen:
    """A message sent with the duplicate check on."""

    msgid: str
    at: datetime


@dataclass(frozen=True)
class Recipients:
    """Whom a message reaches, and the ids nobody answers to."""

    members: tuple[Member, ...]
    invalid_users: tuple[str, ...]
    invalid_parties: tuple[str, ...]
    invalid_tags: tuple[str, ...]


class Api:
    """Answers calls under /cgi-bin/ for one company."""

    def __init__(self, corp: Corp) -> None:
        self._corp = corp
        self._token: Token | None = None
        self._past_tokens: set[str] = set()
        self._codes: dict[str, LoginCode] = {}
        self._gettoken_calls: deque[datetime] = deque()
        self._sends: dict[str, deque[datetime]] = defaultdict(deque)
        self._seen: dict[str, Seen] = {}

    def reset(self) -> None:
        """Forget counters, codes and duplicates. The token stays, as it would at WeCom."""
        self._codes.clear()
        self._gettoken_calls.clear()
        self._sends.clear()
        self._seen.clear()

    def call(self, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        """Answer one call; a refusal is an answer too."""
        try:
            if path not in OPEN_PATHS:
                self._check_token(query.get("access_token", ""))
            return {"errcode": 0, "errmsg": "ok"} | self._dispatch(path, query, body)
        except ApiError as refusal:
            return refusal.answer()

    def new_code(self, userid: str) -> str:
        """An OAuth code as the sidebar page would receive it: good once, for five minutes."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = LoginCode(userid, self._corp.clock() + CODE_LIFE)
        return code

    def new_outsiders_code(self) -> str:
        """A code of somebody who opened the page and is no member: she has an openid, no userid (page 91023)."""
        return self.new_code("")

    def forget_token(self) -> None:
        """The token dies before its time; the next use of it answers 40014."""
        self._token = None

    def _dispatch(self, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        match path:
            case "gettoken":
                return self._gettoken(query)
            case "message/send":
                return self._send(_json_object(body))
            case "getcallbackip" | "get_api_domain_ip":
                return {"ip_list": ["127.0.0.1"]}
            case "auth/getuserinfo" | "user/getuserinfo":
                userid = self._use_code(query.get("code", ""))
                return {"userid": userid} if userid else {"openid": secrets.token_urlsafe(21)}
            case "get_jsapi_ticket" | "ticket/get":
                return {"ticket": self._ticket(path), "expires_in": self._corp.config.token_seconds}
            case _:
                raise ApiError(40066, "invalid url, the simulator does not have this endpoint")

    def _gettoken(self, query: Mapping[str, str]) -> Answer:
        now = self._corp.clock()
        _forget_before(self._gettoken_calls, now - HOUR)
        self._gettoken_calls.append(now)
        if len(self._gettoken_calls) > self._corp.config.gettoken_per_hour:
            raise ApiError(45009, "api freq out of limit")
        if query.get("corpid") != self._corp.config.corp_id:
            raise ApiError(40013, "invalid corpid")
        if not query.get("corpsecret"):
            raise ApiError(41004, "corpsecret missing")
        if query["corpsecret"] != self._corp.config.secret:
            raise ApiError(40001, "invalid credential")
        token = self._living_token(now)
        return {"access_token": token.value, "expires_in": round((token.expires_at - now).total_seconds())}

    def _living_token(self, now: datetime) -> Token:
        """The same token until it expires, as WeCom answers repeated calls."""
        if self._token is None or self._token.expires_at <= now:
            if self._token is not None:
                self._past_tokens.add(self._token.value)
            life = timedelta(seconds=self._corp.token_seconds)
            self._token = Token(secrets.token_urlsafe(96), now + life)
        return self._token

    def _check_token(self, value: str) -> None:
        if not value:
            raise ApiError(41001, "access_token missing")
        if value in self._past_tokens:
            raise ApiError(42001, "access_token expired")
        if self._token is None or value != self._token.value:
            raise ApiError(40014, "invalid access_token")
        if self._token.expires_at <= self._corp.clock():
            raise ApiError(42001, "access_token expired")

    def _use_code(self, code: str) -> str:
        known = self._codes.pop(code, None)
        if known is None or known.expires_at <= self._corp.clock():
            raise ApiError(40029, "invalid code")
        return known.userid

    def _ticket(self, path: str) -> str:
        """One ticket per kind and token life; the page signature is the caller's work."""
        token = self._token.value if self._token else ""
        return hashlib.sha256(f"{path}\n{token}".encode()).hexdigest()

    def _send(self, message: Answer) -> Answer:
        kind, content = self._checked(message)
        recipients = self._recipients(message)
        invalid = {
            "invaliduser": "|".join(recipients.invalid_users),
            "invalidparty": "|".join(recipients.invalid_parties),
            "invalidtag": "|".join(recipients.invalid_tags),
            "unlicenseduser": "",
        }
        if not recipients.members:
            raise ApiError(81013, "user & party & tag all invalid")
        repeated = self._msgid_of_duplicate(message)
        if repeated is not None:
            self._note("内容相同，间隔内只展示一次", recipients.members, repeated)
            return invalid | {"msgid": repeated}
        msgid = secrets.token_urlsafe(24)
        if message.get("enable_duplicate_check") == 1:
            self._seen[_fingerprint(message)] = Seen(msgid, self._corp.clock())
        for member in recipients.members:
            self._show(member, kind, content, msgid)
        return invalid | {"msgid": msgid}

    def _checked(self, message: Answer) -> tuple[str, str]:
        """Type and content of a message that may be sent. Raises :class:`ApiError`."""
        if "agentid" not in message:
            raise ApiError(41011, "agentid missing")
        if str(message["agentid"]) != str(self._corp.config.agent_id):
            raise ApiError(40056, "invalid agentid")
        kind = message.get("msgtype")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ApiError(40008, "invalid message type, the simulator shows text and markdown")
        payload = message.get(kind)
        content = payload.get("content") if isinstance(payload, dict) else None
        if not isinstance(content, str) or not content:
            raise ApiError(44004, "content is empty")
        return kind, content

    def _recipients(self, message: Answer) -> Recipients:
        """The union of users, departments and tags, each member once."""
        users, parties, tags = (_ids(message, field) for field in ("touser", "toparty", "totag"))
        if not (users or parties or tags):
            raise ApiError(40063, "touser, toparty and totag are all empty")
        if len(users) > MAX_USERS:
            raise ApiError(40058, "touser has more than 1000 members")
        everyone = self._corp.config.members if users == ("@all",) else ()
        named = () if everyone else users
        departments = self._corp.parties()
        found = [*everyone, *(member for user in named if (member := self._corp.member(user)))]
        found += [member for party in parties for member in departments.get(party, ())]
        return Recipients(
            members=tuple(dict.fromkeys(found)),
            invalid_users=tuple(user.lower() for user in named if self._corp.member(user) is None),
            invalid_parties=tuple(party for party in parties if party not in departments),
            invalid_tags=tags,
        )

    def _msgid_of_duplicate(self, message: Answer) -> str | None:
        if message.get("enable_duplicate_check") != 1:
            return None
        wanted = message.get("duplicate_check_interval", DUPLICATE_SECONDS)
        if not isinstance(wanted, int):
            raise ApiError(40035, "duplicate_check_interval must be an integer")
        seen = self._seen.get(_fingerprint(message))
        if seen is None:
            return None
        interval = timedelta(seconds=min(wanted, MAX_DUPLICATE_SECONDS))
        return seen.msgid if self._corp.clock() - seen.at < interval else None

    def _show(self, member: Member, kind: str, content: str, msgid: str) -> None:
        now = self._corp.clock()
        recent = self._sends[member.userid]
        _forget_before(recent, now - MINUTE)
        if len(recent) >= self._corp.config.sends_per_member_minute:
            self._note("每分钟条数超限，未展示", (member,), msgid)
            return
        recent.append(now)
        self._corp.show_reply(member.userid, content, msgid, kind)

    def _note(self, outcome: str, members: tuple[Member, ...], msgid: str) -> None:
        """Tell the log what the caller is not told."""
        for member in members:
            exchange = Exchange(LogKind.API, "message/send", outcome, False, 0.0, userid=member.userid, msgid=msgid)
            self._corp.record(exchange)


def _forget_before(moments: deque[datetime], oldest: datetime) -> None:
    while moments and moments[0] <= oldest:
        moments.popleft()


def _ids(message: Answer, name: str) -> tuple[str, ...]:
    value = message.get(name, "")
    if not isinstance(value, str):
        raise ApiError(40035, f"{name} must be a string")
    return tuple(part for part in value.split("|") if part)


def _json_object(body: bytes) -> Answer:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ApiError(40035, "Warning: wrong json format. invalid parameter") from error
    if not isinstance(value, dict):
        raise ApiError(40035, "Warning: wrong json format. invalid parameter")
    return value


def _fingerprint(message: Answer) -> str:
    canonical = json.dumps(message, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
