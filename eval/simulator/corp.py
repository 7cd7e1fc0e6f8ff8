"""One invented WeCom company: its members, what each was shown, and a log of every exchange."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from eval.simulator.crypto import Crypt
from eval.simulator.faults import FaultBoard

Clock = Callable[[], datetime]
"""Gives the present moment, aware, UTC."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Member:
    """A store guide who may use the app."""

    userid: str
    name: str
    store: str


@dataclass(frozen=True)
class Sample:
    """A question the page offers to this guide as a click."""

    userid: str
    text: str


@dataclass(frozen=True)
class SimulatorConfig:
    """Everything that makes one simulated company. The secrets are invented and only good here."""

    corp_id: str
    agent_id: int
    secret: str
    token: str
    encoding_aes_key: str
    callback_url: str
    members: tuple[Member, ...]
    samples: tuple[Sample, ...] = ()
    office: tuple[Member, ...] = ()
    """People who do not write to the app and only log in to its console."""
    console_url: str | None = None
    app_name: str = "导购助手"
    token_seconds: int = 7200
    gettoken_per_hour: int = 2000
    """Calls of gettoken in an hour before it answers 45009."""
    sends_per_member_minute: int = 30
    """message/send above this is silently not shown (document/path/90454)."""
    strict: bool = False
    """True: an HTTP status other than 200 is delivered once more, as document/path/90238 reads."""
    callback_seconds: float = 5.0
    callback_retries: int = 3
    callback_pause_seconds: float = 1.0
    """Wait before a retry. WeCom publishes no figure."""
    verify_seconds: float = 1.0

    def crypt(self) -> Crypt:
        """The company's own cryptography."""
        return Crypt(self.token, self.encoding_aes_key, self.corp_id)


TEXT_BYTES = 2048
"""A text for a guide beyond this is cut (document/path/90236, 90241)."""


class Direction(StrEnum):
    """Who wrote a message."""

    TO_APP = "to_app"
    TO_GUIDE = "to_guide"


class Delivery(StrEnum):
    """How far a guide's message has come on its way to the app."""

    SENDING = "sending"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    LOST = "lost"


DELIVERY_LABELS: Mapping[Delivery, str] = {
    Delivery.SENDING: "发送中",
    Delivery.HELD: "暂不送达（乱序）",
    Delivery.DELIVERED: "已送达",
    Delivery.FAILED: "未送达",
    Delivery.LOST: "丢失",
}


@dataclass(frozen=True)
class ChatMessage:
    """One bubble in a guide's chat with the app."""

    seq: int
    msgid: str
    userid: str
    direction: Direction
    kind: str
    text: str
    at: datetime
    truncated: bool = False
    original_bytes: int = 0


class LogKind(StrEnum):
    """What a line of the log is about."""

    CALLBACK = "callback"
    API = "api"
    VERIFY = "verify"


@dataclass(frozen=True)
class Exchange:
    """One HTTP exchange: a callback attempt, a URL verification or a call of our API."""

    kind: LogKind
    subject: str
    """The endpoint, or what was delivered."""
    outcome: str
    """What came of it, in Chinese."""
    ok: bool
    milliseconds: float
    userid: str = ""
    msgid: str = ""
    attempt: int = 0
    status: int | None = None
    """HTTP status; None when no answer came."""
    errcode: int | None = None
    request: str = ""
    """The body as it was sent, shortened; access tokens are never kept."""


@dataclass(frozen=True)
class LogLine:
    """An exchange with its place and moment in the log."""

    seq: int
    at: datetime
    exchange: Exchange


@dataclass
class Corp:
    """The company's state. Lives in memory, belongs to one event loop, is emptied by :meth:`reset`."""

    config: SimulatorConfig
    clock: Clock
    board: FaultBoard = field(default_factory=FaultBoard)
    messages: list[ChatMessage] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)
    generation: int = 1
    """Grows at every reset, so that an open page knows to start afresh."""
    strict: bool = False
    token_seconds: int = 0
    _last_msgid: int = 0
    _last_seq: int = 0

    def __post_init__(self) -> None:
        self.strict = self.config.strict
        self.token_seconds = self.config.token_seconds
        # Ids of two runs never meet: an app that remembers what it has seen would ignore the second run.
        self._last_msgid = (int(self.clock().timestamp()) << 31) | (secrets.randbelow(1 << 20) << 11)

    def member(self, userid: str) -> Member | None:
        """The member of this id; WeCom compares ids without case."""
        wanted = userid.lower()
        return next(
            (member for member in (*self.config.members, *self.config.office) if member.userid.lower() == wanted), None
        )

    def parties(self) -> Mapping[str, tuple[Member, ...]]:
        """Departments for ``toparty``: the stores, numbered from 1 in the order the config names them."""
        stores = list(dict.fromkeys(member.store for member in self.config.members))
        return {
            str(number): tuple(member for member in self.config.members if member.store == store)
            for number, store in enumerate(stores, start=1)
        }

    def next_msgid(self) -> int:
        """A fresh 64-bit message id, never handed out before."""
        self._last_msgid += 1
        return self._last_msgid

    def show_written(self, userid: str, text: str, msgid: str, kind: str) -> None:
        """A guide's own message appears in her chat, on its way to the app."""
        self.messages.append(ChatMessage(self._next_seq(), msgid, userid, Direction.TO_APP, kind, text, self.clock()))
        self.deliveries[msgid] = Delivery.SENDING

    def show_reply(self, userid: str, text: str, msgid: str, kind: str = "text") -> None:
        """The app's message appears in a guide's chat, cut between two characters when it is too long."""
        encoded = text.encode(errors="replace")
        message = ChatMessage(
            seq=self._next_seq(),
            msgid=msgid,
            userid=userid,
            direction=Direction.TO_GUIDE,
            kind=kind,
            text=encoded[:TEXT_BYTES].decode(errors="ignore"),
            at=self.clock(),
            truncated=len(encoded) > TEXT_BYTES,
            original_bytes=len(encoded),
        )
        self.messages.append(message)

    def chat(self, userid: str, after: int = 0) -> tuple[ChatMessage, ...]:
        """What this guide was shown, in order."""
        return tuple(message for message in self.messages if message.userid == userid and message.seq > after)

    def record(self, exchange: Exchange) -> None:
        """Write one line of the log."""
        self.log.append(LogLine(self._next_seq(), self.clock(), exchange))

    def reset(self) -> None:
        """Forget chats, log, faults and changed settings; the members and the ids already used stay."""
        self.messages.clear()
        self.deliveries.clear()
        self.log.clear()
        self.board.clear()
        self.strict = self.config.strict
        self.token_seconds = self.config.token_seconds
        self.generation += 1

    def _next_seq(self) -> int:
        self._last_seq += 1
        return self._last_seq
