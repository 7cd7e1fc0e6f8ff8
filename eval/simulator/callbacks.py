"""WeCom's side of a callback: build the message, encrypt, sign, post, give up after five seconds, try again.

Rules: document/path/90238 (envelope, five seconds, three retries), 90930 (retries only when no answer came),
90239 and 90240 (messages and events), 90241 (passive replies).
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from xml.etree.ElementTree import ParseError

import httpx2
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from eval.simulator.corp import Corp, Delivery, Exchange, LogKind, SimulatorConfig
from eval.simulator.crypto import PAD_BLOCK, CannotOpen, padded
from eval.simulator.faults import CallbackFaults

OTHER_CORP = "wwsomeothercorp00"
NOT_XML = b"this is <not xml"
DETAIL_CHARACTERS = 2000


class Kind(StrEnum):
    """What a guide can send to the app, and one type no documentation names."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    ENTER_AGENT = "enter_agent"
    UNKNOWN = "unknown"

    @property
    def is_event(self) -> bool:
        """Events carry no MsgId and are not shown as a bubble."""
        return self is Kind.ENTER_AGENT


SHOWN: dict[Kind, str] = {
    Kind.IMAGE: "[图片]",
    Kind.VOICE: "[语音] 3″",
    Kind.VIDEO: "[视频]",
    Kind.LOCATION: "[位置]",
    Kind.LINK: "[链接]",
    Kind.UNKNOWN: "[表情]",
}
"""What a bubble says when the message is no text."""


@dataclass(frozen=True)
class GuideMessage:
    """One message or event on its way to the app."""

    msgid: int
    userid: str
    kind: Kind
    text: str
    created: int
    """Unix seconds."""


@dataclass(frozen=True)
class Posting:
    """What one attempt puts on the wire."""

    query: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended; ``status`` is None when no answer came in time."""

    number: int
    msgid: str
    status: int | None
    milliseconds: float
    outcome: str


@dataclass(frozen=True)
class Verification:
    """What the app made of the URL verification request."""

    ok: bool
    status: int | None
    milliseconds: float
    reason: str


def _cdata(text: str) -> str:
    """A CDATA section; a closing mark inside the text is split over two."""
    legal = "".join(letter for letter in text if letter in "\t\n\r" or letter >= " ")
    return f"<![CDATA[{legal.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _fields(message: GuideMessage) -> str:
    """The part of the message XML that depends on its type."""
    media = f"<MediaId>{_cdata('media-' + str(message.msgid))}</MediaId>"
    match message.kind:
        case Kind.TEXT:
            return f"<Content>{_cdata(message.text)}</Content>"
        case Kind.IMAGE:
            return f"<PicUrl>{_cdata('https://wework.example/picture.jpg')}</PicUrl>{media}"
        case Kind.VOICE:
            return f"{media}<Format>{_cdata('amr')}</Format>"
        case Kind.VIDEO:
            return f"{media}<ThumbMediaId>{_cdata('thumb')}</ThumbMediaId>"
        case Kind.LOCATION:
            place = f"<Label>{_cdata(message.text or '人民路 12 号')}</Label><AppType>{_cdata('wxwork')}</AppType>"
            return f"<Location_X>31.230</Location_X><Location_Y>121.470</Location_Y><Scale>16</Scale>{place}"
        case Kind.LINK:
            title = f"<Title>{_cdata(message.text or '分享')}</Title><Description>{_cdata('')}</Description>"
            return f"{title}<Url>{_cdata('https://shop.example/page')}</Url><PicUrl>{_cdata('')}</PicUrl>"
        case Kind.ENTER_AGENT:
            return f"<Event>{_cdata('enter_agent')}</Event><EventKey>{_cdata('')}</EventKey>"
        case Kind.UNKNOWN:
            return f"<Sticker>{_cdata('smile')}</Sticker>"


def message_xml(config: SimulatorConfig, message: GuideMessage) -> str:
    """The XML inside the envelope."""
    kind = {Kind.ENTER_AGENT: "event", Kind.UNKNOWN: "sticker"}.get(message.kind, message.kind.value)
    msgid = "" if message.kind.is_event else f"<MsgId>{message.msgid}</MsgId>"
    return (
        f"<xml><ToUserName>{_cdata(config.corp_id)}</ToUserName><FromUserName>{_cdata(message.userid)}</FromUserName>"
        f"<CreateTime>{message.created}</CreateTime><MsgType>{_cdata(kind)}</MsgType>"
        f"{_fields(message)}{msgid}<AgentID>{config.agent_id}</AgentID></xml>"
    )


def _seal(config: SimulatorConfig, inside: bytes, faults: CallbackFaults) -> str:
    receiver = OTHER_CORP if faults.wrong_receive_id else config.corp_id
    crypt = replace(config, corp_id=receiver).crypt()
    plain = crypt.plaintext(inside)
    match faults.bad_pad:
        case None:
            return crypt.seal(padded(plain))
        case "zero":
            return crypt.seal(padded(plain)[:-1] + b"\x00")
        case "over":
            return crypt.seal(padded(plain)[:-1] + bytes([PAD_BLOCK + 1]))
        case "uneven":
            # At least two pad bytes are needed for them to differ.
            room = PAD_BLOCK - len(plain) % PAD_BLOCK
            whole = padded(plain if room > 1 else plain + b" ")
            return crypt.seal(whole[: -whole[-1]] + bytes([whole[-1] ^ 1]) + whole[1 - whole[-1] :])


def posting(config: SimulatorConfig, message: GuideMessage, faults: CallbackFaults, now: int) -> Posting:
    """One attempt's query and body: nonce, timestamp and ciphertext are new every time, the MsgId is not."""
    inside = NOT_XML if faults.not_xml == "inner" else message_xml(config, message).encode()
    encrypted = _seal(config, inside, faults)
    timestamp, nonce = str(now - faults.stale_timestamp), secrets.token_hex(8)
    signature = "0" * 40 if faults.wrong_signature else config.crypt().sign(timestamp, nonce, encrypted)
    head = f"<ToUserName>{_cdata(config.corp_id)}</ToUserName><AgentID>{_cdata(str(config.agent_id))}</AgentID>"
    body = f"<xml>{head}<Encrypt>{_cdata(encrypted)}</Encrypt></xml>".encode()
    body += b" " * (faults.oversize - len(body))
    query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
    return Posting(query, NOT_XML if faults.not_xml == "outer" else body)


class BadReply(Exception):
    """The app answered a callback with something WeCom would not accept as a passive reply."""


def passive_reply(config: SimulatorConfig, message: GuideMessage, body: bytes) -> str:
    """Text of a passive reply; "" when the app only acknowledged. Raises :class:`BadReply`."""
    if body.strip() in (b"", b"success"):
        return ""
    try:
        envelope = fromstring(body, forbid_dtd=True)
        part = {name: envelope.findtext(name) or "" for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
        if config.crypt().sign(part["TimeStamp"], part["Nonce"], part["Encrypt"]) != part["MsgSignature"]:
            raise BadReply("签名不符")
        opened = config.crypt().open(part["Encrypt"])
        inside = fromstring(opened.message, forbid_dtd=True)
    except CannotOpen as error:
        raise BadReply("解不开") from error
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadReply("不是规定的 XML") from error
    if opened.receive_id != config.corp_id:
        raise BadReply("企业号不符")
    if (inside.findtext("ToUserName"), inside.findtext("FromUserName")) != (message.userid, config.corp_id):
        raise BadReply("收发双方不符")
    if inside.findtext("MsgType") != "text" or not inside.findtext("Content"):
        raise BadReply("模拟器只展示文本回复")
    return inside.findtext("Content") or ""


class CallbackDriver:
    """Delivers guides' messages to the app and notes how each attempt went."""

    def __init__(self, corp: Corp, client: httpx2.AsyncClient) -> None:
        self._corp = corp
        self._config = corp.config
        self._client = client
        self._held: dict[str, list[tuple[GuideMessage, CallbackFaults]]] = {}
        self._running: set[asyncio.Task[tuple[Attempt, ...]]] = set()

    def write(self, userid: str, kind: Kind, text: str) -> GuideMessage:
        """The guide has pressed send: her bubble appears, the message has its id. Delivery comes next."""
        message = GuideMessage(self._corp.next_msgid(), userid, kind, text, int(self._corp.clock().timestamp()))
        if not kind.is_event:
            self._corp.show_written(userid, SHOWN.get(kind, text), str(message.msgid), kind.value)
        return message

    def start(self, message: GuideMessage, faults: CallbackFaults) -> asyncio.Task[tuple[Attempt, ...]]:
        """Deliver in the background; the task gives every attempt."""
        task = asyncio.create_task(self._deliver(message, faults))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def stop(self) -> None:
        """Give up what is under way and what is held."""
        self._held.clear()
        tasks = tuple(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, message: GuideMessage, faults: CallbackFaults) -> tuple[Attempt, ...]:
        if faults.lost:
            self._mark(message, Delivery.LOST)
            self._note(message, Attempt(0, str(message.msgid), None, 0.0, "丢失，没有送出"), "")
            return ()
        if faults.out_of_order:
            self._mark(message, Delivery.HELD)
            kept = faults.model_copy(update={"out_of_order": False})
            self._held.setdefault(message.userid, []).append((message, kept))
            return ()
        attempts = await self._deliver_now(message, faults)
        for late, late_faults in self._held.pop(message.userid, []):
            await self._deliver_now(late, late_faults)
        return attempts

    async def _deliver_now(self, message: GuideMessage, faults: CallbackFaults) -> tuple[Attempt, ...]:
        rounds = [await self._once(message, faults) for _ in range(faults.repeat - 1)]
        rounds += await asyncio.gather(*(self._once(message, faults) for _ in range(faults.concurrent)))
        attempts = tuple(attempt for series in rounds for attempt in series)
        arrived = any(attempt.status == httpx2.codes.OK for attempt in attempts)
        self._mark(message, Delivery.DELIVERED if arrived else Delivery.FAILED)
        return attempts

    async def _once(self, message: GuideMessage, faults: CallbackFaults) -> tuple[Attempt, ...]:
        """One delivery with WeCom's retries."""
        attempts: list[Attempt] = []
        while True:
            attempt = await self._attempt(message, faults, len(attempts) + 1)
            attempts.append(attempt)
            if not self._again(attempts):
                return tuple(attempts)
            await asyncio.sleep(self._config.callback_pause_seconds)

    def _again(self, attempts: list[Attempt]) -> bool:
        """No answer: up to three more tries. A status other than 200: one more, in strict mode only."""
        if attempts[-1].status is None:
            return len(attempts) <= self._config.callback_retries
        refused = [attempt for attempt in attempts if attempt.status not in (None, httpx2.codes.OK)]
        return self._corp.strict and attempts[-1].status != httpx2.codes.OK and len(refused) == 1

    async def _attempt(self, message: GuideMessage, faults: CallbackFaults, number: int) -> Attempt:
        sent = posting(self._config, message, faults, int(self._corp.clock().timestamp()))
        msgid = "" if message.kind.is_event else str(message.msgid)
        status, reply, outcome, started = None, b"", "", time.perf_counter()
        try:
            async with asyncio.timeout(self._config.callback_seconds):
                answer = await self._client.post(
                    self._config.callback_url,
                    params=sent.query,
                    content=sent.body,
                    headers={"content-type": "text/xml; charset=utf-8"},
                )
            status, reply = answer.status_code, answer.content
            outcome = "已收下" if status == httpx2.codes.OK else f"应用答复 HTTP {status}"
        except TimeoutError:
            outcome = f"{self._config.callback_seconds:g} 秒内没有答复"
        except httpx2.TransportError as error:
            outcome = f"连接失败（{type(error).__name__}）"
        attempt = Attempt(number, msgid, status, _since(started), outcome)
        if status == httpx2.codes.OK:
            attempt = replace(attempt, outcome=self._show_reply(message, reply) or outcome)
        self._note(message, attempt, message.text)
        return attempt

    def _show_reply(self, message: GuideMessage, body: bytes) -> str:
        """Put a passive reply into the chat; what the log should say of it, "" when there was none."""
        try:
            text = passive_reply(self._config, message, body)
        except BadReply as error:
            return f"已收下，但被动回复无效：{error}"
        if not text:
            return ""
        self._corp.show_reply(message.userid, text, f"reply-{self._corp.next_msgid()}")
        return f"已收下，被动回复 {len(text)} 字"

    async def verify(self) -> Verification:
        """Ask the app to prove the URL is its own: the bare plaintext within a second, byte for byte."""
        secret = str(self._corp.next_msgid()).encode()
        encrypted = self._config.crypt().encrypt(secret)
        timestamp, nonce = str(int(self._corp.clock().timestamp())), secrets.token_hex(8)
        signature = self._config.crypt().sign(timestamp, nonce, encrypted)
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": encrypted}
        result = await self._verify(query, secret)
        exchange = Exchange(
            LogKind.VERIFY, "验证回调地址", result.reason, result.ok, result.milliseconds, status=result.status
        )
        self._corp.record(exchange)
        return result

    async def _verify(self, query: dict[str, str], expected: bytes) -> Verification:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._config.verify_seconds):
                answer = await self._client.get(self._config.callback_url, params=query)
        except TimeoutError:
            return Verification(False, None, _since(started), f"{self._config.verify_seconds:g} 秒内没有答复")
        except httpx2.TransportError as error:
            return Verification(False, None, _since(started), f"连接失败（{type(error).__name__}）")
        took = _since(started)
        if answer.status_code != httpx2.codes.OK:
            return Verification(False, answer.status_code, took, f"应用答复 HTTP {answer.status_code}")
        if answer.content != expected:
            return Verification(False, answer.status_code, took, "答复不是解密后的原文（多了引号、换行，或内容不对）")
        return Verification(True, answer.status_code, took, "通过")

    def _mark(self, message: GuideMessage, delivery: Delivery) -> None:
        if str(message.msgid) in self._corp.deliveries:
            self._corp.deliveries[str(message.msgid)] = delivery

    def _note(self, message: GuideMessage, attempt: Attempt, detail: str) -> None:
        exchange = Exchange(
            kind=LogKind.CALLBACK,
            subject=message.kind.value,
            outcome=attempt.outcome,
            ok=attempt.status == httpx2.codes.OK,
            milliseconds=attempt.milliseconds,
            userid=message.userid,
            msgid=attempt.msgid,
            attempt=attempt.number,
            status=attempt.status,
            request=detail[:DETAIL_CHARACTERS],
        )
        self._corp.record(exchange)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
