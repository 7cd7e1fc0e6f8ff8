"""Who stands behind a login code: ``auth/getuserinfo`` (page 91023), with the app's one token."""

from dataclasses import dataclass
from typing import Any

import httpx2

from assistant.channel.sending import RETRY_LATER, TOKEN_ERRORS, WeComSender, read_json
from assistant.errors import SendRefused


@dataclass(frozen=True)
class Identity:
    """Asks over the sender's client and with the sender's token, so that there is one holder of it (safety C1)."""

    sender: WeComSender

    def __call__(self, code: str) -> str:
        """Turn a code into a userid; empty for somebody who is no member of the corp.

        A code works once, so nothing is asked again except with a new token, which WeCom looks at before the code.
        Raises SendRefused with WeCom's errcode (40029: the code was used or is too old), -1 when no answer came.
        """
        token = self.sender.token()
        answer = self._ask(token, code)
        if answer.get("errcode") in TOKEN_ERRORS:
            answer = self._ask(self.sender.token(stale=token), code)
        errcode = int(answer.get("errcode", -1))
        if errcode != 0:
            raise SendRefused(errcode, f"getuserinfo {answer.get('errmsg', '')}", retry=errcode in RETRY_LATER)
        # an outsider has an openid instead; the old path wrote the name with a capital
        return str(answer.get("userid") or answer.get("UserId") or "")

    def _ask(self, token: str, code: str) -> dict[str, Any]:
        try:
            asked = {"access_token": token, "code": code}
            return read_json(self.sender.client.get("/cgi-bin/auth/getuserinfo", params=asked))
        except httpx2.TransportError as error:
            # the error's own text holds the address, and the address holds token and code
            raise SendRefused(-1, f"getuserinfo {type(error).__name__}", retry=True) from None
