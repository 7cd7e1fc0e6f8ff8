"""WeCom's callback: verify, decrypt, parse; and nothing else before it is stored (wecom.md 1, pages 90930, 90238, 90239).

wechatpy does the parsing of XML; signature, padding and receive id are checked here, because its signature
comparison is not constant-time and its unpad accepts a bad padding.
"""

import asyncio
import base64
import hashlib
import hmac
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from xml.parsers.expat import ExpatError

import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from wechatpy.work import parse_message

from assistant.errors import CallbackRefused, NotKept, SettingsError

log = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
FRESH_SECONDS = 300
BLOCK_BYTES = 32
# WeCom hangs up after five seconds and sends again
GIVEN_UP_SECONDS = 6.0
KEY_LENGTH = 43


@dataclass(frozen=True)
class Callback:
    """A decrypted message or event. ``msgid`` is WeCom's, or a hash of the body for events, which have none."""

    userid: str
    agent_id: int
    msgid: str
    kind: str
    text: str


class CallbackCrypto:
    """Signature and AES of one app (wecom.md 1.4). Raises SettingsError for a key of the wrong shape."""

    def __init__(self, token: str, aes_key: str, receive_id: str) -> None:
        if len(aes_key) != KEY_LENGTH:
            raise SettingsError(
                f"EncodingAESKey 应为 {KEY_LENGTH} 位，现在是 {len(aes_key)} 位，请到企业微信后台重新复制"
            )
        self._token = token
        # the official sample key carries stray bits in its last character; only the lenient decoder reads it
        self._key = base64.b64decode(aes_key + "=")
        self._receive_id = receive_id

    def check_signature(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """Compare in constant time; raises CallbackRefused."""
        joined = "".join(sorted([self._token, timestamp, nonce, encrypted]))
        expected = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise CallbackRefused("signature")

    def decrypt(self, encrypted: str) -> str:
        """Return the message inside; raises CallbackRefused for a bad padding, length or receive id."""
        try:
            cipher = base64.b64decode(encrypted, validate=True)
        except ValueError as error:
            raise CallbackRefused("base64") from error
        if not cipher or len(cipher) % 16:
            raise CallbackRefused("cipher length")
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).decryptor()
        plain = _unpad(decryptor.update(cipher) + decryptor.finalize())
        if len(plain) < 20:
            raise CallbackRefused("too short")
        (length,) = struct.unpack(">I", plain[16:20])
        if length > len(plain) - 20:
            raise CallbackRefused("length")
        try:
            content, receive_id = plain[20 : 20 + length].decode(), plain[20 + length :].decode()
        except UnicodeDecodeError as error:
            raise CallbackRefused("not UTF-8") from error
        if receive_id != self._receive_id:
            raise CallbackRefused("receive id")
        return content


def _unpad(padded: bytes) -> bytes:
    """Take off PKCS#7 to 32 bytes: every pad byte is checked, 0 and more than 32 are refused (safety B2)."""
    pad = padded[-1]
    if not 1 <= pad <= BLOCK_BYTES or len(padded) < pad or padded[-pad:] != bytes([pad]) * pad:
        raise CallbackRefused("padding")
    return padded[:-pad]


def read_callback(xml: str) -> Callback:
    """Parse a decrypted message; an unknown kind is kept as such, a malformed one is refused."""
    try:
        parsed = parse_message(xml)
    except (ExpatError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise CallbackRefused("message xml") from error
    if parsed is None:
        raise CallbackRefused("empty message")
    data: dict[str, str] = parsed._data
    kind = str(data.get("MsgType", "unknown"))
    kind = f"event:{data.get('Event', '')}" if kind == "event" else kind
    msgid = str(data.get("MsgId") or "") or "body:" + hashlib.sha256(xml.encode()).hexdigest()[:40]
    return Callback(
        userid=str(data.get("FromUserName", "")),
        agent_id=int(data.get("AgentID") or 0),
        msgid=msgid,
        kind=kind,
        text=str(data.get("Content") or "").strip() if kind == "text" else "",
    )


def encrypted_part(body: bytes) -> str:
    """Take the ciphertext out of the envelope; entities and document types are refused (safety B5)."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ValueError, SyntaxError, DefusedXmlException) as error:
        raise CallbackRefused("envelope") from error
    encrypted = root.findtext("Encrypt")
    if not encrypted:
        raise CallbackRefused("no Encrypt")
    return encrypted


def check_fresh(timestamp: str, now: datetime) -> None:
    """Refuse a callback more than five minutes off our clock; a repeat inside them is caught by its msgid."""
    try:
        behind = now.timestamp() - int(timestamp)
    except ValueError as error:
        raise CallbackRefused("timestamp") from error
    if abs(behind) > FRESH_SECONDS:
        raise CallbackRefused(f"stale by {behind:.0f} s")


Accept = Callable[[Callback], Awaitable[None]]


def callback_routes(crypto: CallbackCrypto, accept: Accept, clock: Callable[[], datetime]) -> APIRouter:
    """The two routes of a self-built app. ``accept`` keeps the message for good before the answer leaves.

    When it cannot, the call is left to time out rather than answered 5xx: WeCom's pages disagree whether an
    HTTP error is sent again, and agree that a time-out is (safety B6).
    """
    router = APIRouter()

    def refuse(error: CallbackRefused) -> Response:
        log.warning("callback refused", why=str(error))
        return Response(status_code=403)

    @router.get("/wecom/callback")
    async def verify(msg_signature: str, timestamp: str, nonce: str, echostr: str) -> Response:
        try:
            check_fresh(timestamp, clock())
            crypto.check_signature(msg_signature, timestamp, nonce, echostr)
            return PlainTextResponse(crypto.decrypt(echostr))
        except CallbackRefused as error:
            return refuse(error)

    @router.post("/wecom/callback")
    async def receive(request: Request, msg_signature: str, timestamp: str, nonce: str) -> Response:
        try:
            check_fresh(timestamp, clock())
            encrypted = encrypted_part(await _limited_body(request))
            crypto.check_signature(msg_signature, timestamp, nonce, encrypted)
            callback = read_callback(crypto.decrypt(encrypted))
        except CallbackRefused as error:
            return refuse(error)
        if callback.userid and callback.userid != "sys":
            try:
                await accept(callback)
            except NotKept:
                log.exception("message not kept", msgid=callback.msgid)
                await asyncio.sleep(GIVEN_UP_SECONDS)
                return Response(status_code=503)
        return Response(status_code=200)

    return router


async def _limited_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise CallbackRefused("too large")
    return body
