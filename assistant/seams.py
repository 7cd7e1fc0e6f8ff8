"""The three places where the other side is slow, paid or not ours: a model, the passages, WeCom. One method each."""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from assistant.turn import Hit
from knowledge.noun import Labelled, Noun
from knowledge.passage import DocumentKind

Answer = TypeVar("Answer", bound=BaseModel)


class Reader(Noun):
    """On whose behalf passages are read; made from the directory on the server, never from a request."""

    corp_id: str
    store_id: str
    region_id: str


class Wanted(Noun):
    """A search: the question, who reads, when, and how many at most. Empty ``kinds`` or ``skus`` do not restrict.

    ``earlier`` are the messages before, latest last, for a question that leans on them.
    """

    question: str
    reader: Reader
    moment: datetime
    kinds: tuple[DocumentKind, ...] = ()
    skus: tuple[str, ...] = ()
    limit: int = 6
    earlier: tuple[str, ...] = ()


class Search(Protocol):
    """Passages this reader may see that are published and valid now, best first, none below the relevance floor."""

    def __call__(self, wanted: Wanted) -> tuple[Hit, ...]: ...


class Prompt(Noun):
    """A rendered prompt, with the name and content hash of the file it came from."""

    name: str
    version: str
    system: str
    user: str


class ModelReason(Labelled):
    """Why a model gave nothing that could be used; the code goes into the record."""

    TIMEOUT = "timeout", "超时"
    UNREACHABLE = "unreachable", "连不上"
    REFUSED = "refused", "被拒绝"
    RATE_LIMITED = "rate-limited", "限流"
    BAD_OUTPUT = "bad-output", "输出不可用"
    SERVER_ERROR = "server-error", "服务出错"
    PAUSED = "paused", "连续失败，暂停调用"
    BUDGET = "budget", "用量到上限"
    HELD = "held", "草稿都没过审核"


class ModelAnswer(Noun, Generic[Answer]):
    """A model's typed answer and its cost together: so many requests, and the tokens of all of them.

    ``cached`` says that the same question was answered a moment ago, and nobody was asked again.
    """

    value: Answer
    model: str
    cached: bool = False
    calls: int = 1
    input_tokens: int = 0
    output_tokens: int = 0


class Ask(Protocol):
    """One question to a chat model, answered in a schema within ``seconds`` in all.

    ``heard`` is told, in the caller's thread, what is finished of the answer whenever that is more: an answer like the
    last, with fewer items. It may start anew when the model is asked again. Raises ModelUnavailable with a ModelReason.
    """

    def __call__(
        self, prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
    ) -> ModelAnswer[Answer]: ...


class Outgoing(Noun):
    """One text to one guide. ``key`` names it for good: sending the same key twice shows one message.

    ``said_before`` marks words she was sent lately in another reply: they are new, whatever they look like.
    """

    key: str
    userid: str
    text: str
    said_before: bool = False


class SendState(Labelled):
    """What is known about a sent message; unknown means the request left and no answer came back."""

    SENT = "sent", "已送达"
    FAILED = "failed", "失败"
    UNKNOWN = "unknown", "不确定"


class Receipt(Noun):
    """What WeCom answered."""

    state: SendState
    message_id: str = ""
    detail: str = ""


class Send(Protocol):
    """Send one text to a guide; raises SendRefused when WeCom says no."""

    def __call__(self, outgoing: Outgoing) -> Receipt: ...
