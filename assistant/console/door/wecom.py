"""Logging in by WeCom: inside it by OAuth2, on a desktop by scanning (pages 91022, 91023, 98152; safety D4).

WeCom sends the browser back with a code. Only our server turns it into a userid, once, and only for the browser that
began: the state in the address must be the one in its cookie, at most ten minutes old, and is used up by the first try.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from urllib.parse import urlencode

from fastapi import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from assistant.console.door.login import CLOCK_SLACK, LINK_LASTS, Gate
from assistant.console.refusals import CodeRefused, NoConsole, StateRefused, WeComSilent
from assistant.errors import SendRefused
from assistant.store.console import sessions
from assistant.store.database import AlreadyThere

STATE_COOKIE = "__Host-daogou-login"
BACK = "/console/login/back"
BAD_CODE = 40029
LONGEST_CODE = 512
"""Bytes, page 91022."""


@dataclass(frozen=True)
class WeComDoor:
    """How this corp logs in by WeCom.

    ``public_url`` is the fixed address WeCom sends people back to. ``oauth_url`` and ``scan_url`` are WeCom's own
    pages. ``identify`` turns a code into a userid, empty for somebody who is no member; raises SendRefused.
    """

    corp_id: str
    agent_id: int
    public_url: str
    oauth_url: str
    scan_url: str
    identify: Callable[[str], str]

    def address(self, state: str, *, inside_wecom: bool) -> str:
        """WeCom's page that asks the person and sends her back with a code."""
        back = self.public_url.rstrip("/") + BACK
        if inside_wecom:
            asked = {
                "appid": self.corp_id,
                "redirect_uri": back,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
                "agentid": self.agent_id,
            }
            return f"{self.oauth_url}?{urlencode(asked)}#wechat_redirect"
        asked = {
            "login_type": "CorpApp",
            "appid": self.corp_id,
            "agentid": self.agent_id,
            "redirect_uri": back,
            "state": state,
            "lang": "zh",
        }
        return f"{self.scan_url}?{urlencode(asked)}"

    def userid(self, code: str) -> str:
        """Who came back with this code; raises CodeRefused, NoConsole for no member, WeComSilent."""
        if not code or len(code.encode()) > LONGEST_CODE:
            raise CodeRefused("code")
        try:
            found = self.identify(code)
        except SendRefused as refused:
            if refused.errcode == BAD_CODE:
                raise CodeRefused("code") from refused
            raise WeComSilent(f"errcode {refused.errcode}") from refused
        if not found:
            raise NoConsole("no member")
        return found


def is_inside_wecom(request: Request) -> bool:
    """Say whether the page is open inside WeCom: its browser names itself so."""
    return "wxwork" in request.headers.get("user-agent", "").lower()


def begin(gate: Gate, response: Response, state: str) -> None:
    """Bind a login that begins now to this browser."""
    response.set_cookie(
        STATE_COOKIE,
        _states(gate).dumps(state),
        max_age=int(LINK_LASTS.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def new_state() -> str:
    """128 random bits, in the letters WeCom takes."""
    return token_hex(16)


def spend(gate: Gate, request: Request, state: str) -> None:
    """Use the state up; raises StateRefused unless this browser began with it, lately, and for the first time."""
    try:
        kept, made_at = _states(gate).loads(request.cookies.get(STATE_COOKIE, ""), return_timestamp=True)
    except (BadData, ValueError) as error:
        raise StateRefused("cookie") from error
    if not state or kept != state or not -CLOCK_SLACK <= gate.clock() - made_at <= LINK_LASTS:
        raise StateRefused("state")
    try:
        with gate.database.begin() as tx:
            sessions.spend_state(tx, gate.corp_id, hashlib.sha256(state.encode()).hexdigest(), gate.clock())
    except AlreadyThere as error:
        raise StateRefused("used") from error


def forget_state(response: Response) -> None:
    """Take the state from the browser, whatever came of it."""
    response.delete_cookie(STATE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def _states(gate: Gate) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(gate.key, salt="console-wecom-state")
