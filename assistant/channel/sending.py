"""Sending to a guide by ``message/send`` (wecom.md 2, pages 90236, 91039): one token, one refresh, errcodes read.

A thin client of our own on httpx2: wechatpy's has no time limit on the token call, no lock, and puts the secret
into error texts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import httpx2

from assistant.errors import SendRefused
from assistant.seams import Outgoing, Receipt, SendState

TOKEN_ERRORS = (40001, 40014, 42001)
# busy, version conflict, frequency, concurrency: the same call may pass later (wecom.md 2.4)
RETRY_LATER = (-1, 6000, 45009, 45033)
REFRESH_AT = 0.8
DUPLICATE_SECONDS = 1800


@dataclass
class WeComSender:
    """Sends texts as one self-built app. ``client`` carries base URL and time limits; close it outside."""

    client: httpx2.Client
    corp_id: str
    secret: str
    agent_id: int
    clock: Callable[[], datetime]
    _token: str = ""
    _token_until: datetime | None = None
    # single flight: parallel gettoken calls are answered 45033
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, outgoing: Outgoing) -> Receipt:
        """Send one text; the same text within half an hour is shown once (enable_duplicate_check).

        WeCom knows a repeat by its words alone, so words said before go out without the check: a guide who asks
        the same thing twice is answered twice. Raises SendRefused for an errcode. A connection lost after the request left is ``unknown``.
        """
        body = {
            "touser": outgoing.userid,
            "msgtype": "text",
            "agentid": self.agent_id,
            "text": {"content": outgoing.text},
            "enable_duplicate_check": 0 if outgoing.said_before else 1,
            "duplicate_check_interval": DUPLICATE_SECONDS,
        }
        token = self._current_token()
        answer = self._post(token, body)
        if answer.get("errcode") in TOKEN_ERRORS:
            answer = self._post(self._renewed_token(token), body)
        return self._receipt(answer)

    def check(self) -> None:
        """Fetch a token, to see that corp id and secret fit; raises SendRefused or httpx2.TransportError."""
        self._current_token()

    def token(self, stale: str = "") -> str:
        """The app's access token, for its other calls; one that was just refused is named and renewed.

        Raises SendRefused.
        """
        return self._renewed_token(stale) if stale else self._current_token()

    def _receipt(self, answer: dict[str, Any]) -> Receipt:
        errcode = int(answer.get("errcode", -1))
        if errcode == -2:
            return Receipt(state=SendState.UNKNOWN, detail=str(answer.get("errmsg", "")))
        if errcode != 0:
            raise SendRefused(errcode, str(answer.get("errmsg", "")), retry=errcode in RETRY_LATER)
        if answer.get("invaliduser"):
            # errcode 0 with an invalid user is a failure for that user (safety C4)
            raise SendRefused(0, f"invaliduser {answer['invaliduser']}", retry=False)
        return Receipt(state=SendState.SENT, message_id=str(answer.get("msgid", "")))

    def _post(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self.client.post("/cgi-bin/message/send", params={"access_token": token}, json=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            return {"errcode": -1, "errmsg": type(error).__name__}
        except httpx2.TransportError as error:
            return {"errcode": -2, "errmsg": type(error).__name__}
        return read_json(response)

    def _current_token(self) -> str:
        with self._lock:
            if self._token_until is None or self.clock() >= self._token_until:
                self._fetch_token()
            return self._token

    def _renewed_token(self, stale: str) -> str:
        """Fetch a new token unless another thread already has."""
        with self._lock:
            if self._token == stale:
                self._fetch_token()
            return self._token

    def _fetch_token(self) -> None:
        asked = {"corpid": self.corp_id, "corpsecret": self.secret}
        try:
            answer = read_json(self.client.get("/cgi-bin/gettoken", params=asked))
        except httpx2.TransportError as error:
            # the error's own text holds the address, and the address holds the secret
            raise SendRefused(-1, f"gettoken {type(error).__name__}", retry=True) from None
        errcode = int(answer.get("errcode", -1))
        if errcode != 0:
            raise SendRefused(errcode, f"gettoken {answer.get('errmsg', '')}", retry=errcode in RETRY_LATER)
        self._token = str(answer["access_token"])
        self._token_until = self.clock() + timedelta(seconds=int(answer["expires_in"]) * REFRESH_AT)


def read_json(response: httpx2.Response) -> dict[str, Any]:
    """Read an answer; a gateway's error page counts as busy."""
    try:
        answer = response.json()
    except ValueError:
        return {"errcode": -1, "errmsg": f"HTTP {response.status_code}"}
    return answer if isinstance(answer, dict) else {"errcode": -1, "errmsg": "not an object"}
