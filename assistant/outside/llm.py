"""The one file that talks to a chat model: any OpenAI-compatible endpoint, one typed question at a time.

A call has one deadline over everything (connection, waiting, dripping bytes, one repair), because HTTP timeouts
are per read and an answer that comes a byte at a time never meets them. The client lives in an event loop of its
own thread, where ``asyncio.timeout`` can cancel it; the caller's thread only waits, and never past the deadline.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from assistant.errors import ModelUnavailable
from assistant.seams import Answer, ModelAnswer, Prompt
from knowledge.noun import Labelled

if TYPE_CHECKING:
    import httpx2
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

MAX_OUTPUT_TOKENS = 800
GRACE_SECONDS = 0.5
"""How long past the deadline the caller's thread waits for the loop to admit that time is up."""

REPAIR = "上一次输出不符合要求的格式。请重新回答，只输出一个符合格式的 JSON 对象，不要加任何解释。"


class ModelReason(Labelled):
    """Why a model gave nothing usable; the code goes into the record."""

    TIMEOUT = "timeout", "超时"
    UNREACHABLE = "unreachable", "连不上"
    REFUSED = "refused", "被拒绝"
    RATE_LIMITED = "rate-limited", "限流"
    BAD_OUTPUT = "bad-output", "输出不可用"
    SERVER_ERROR = "server-error", "服务出错"
    PAUSED = "paused", "连续失败，暂停调用"


Method = Literal["json_schema", "function_calling", "json_mode"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""How a model is made to answer in a schema, in the order in which they are tried."""

COUNTED_BY_BREAKER: Final = frozenset(
    {ModelReason.TIMEOUT, ModelReason.UNREACHABLE, ModelReason.RATE_LIMITED, ModelReason.SERVER_ERROR}
)


class Breaker:
    """Stops asking for a while after several failures in a row, so that turns do not each wait out a dead model.

    After the pause one question is let through; its failure starts the next pause. The lock guards the two numbers,
    since turns run on several threads.
    """

    def __init__(self, *, failures: int, pause_seconds: float, clock: Callable[[], float]) -> None:
        self._limit = failures
        self._pause = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until = 0.0

    def enter(self) -> None:
        """Let a question pass, or raise ModelUnavailable(paused)."""
        with self._lock:
            if self._failed < self._limit:
                return
            now = self._clock()
            if now < self._closed_until:
                raise ModelUnavailable(ModelReason.PAUSED, f"{self._closed_until - now:.0f} s left")
            # everybody but this one caller keeps waiting until its answer is in
            self._closed_until = now + self._pause

    def succeeded(self) -> None:
        """Forget the failures."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Count one more failure in a row."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._closed_until = self._clock() + self._pause


@dataclass(frozen=True)
class _Usage:
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0

    def plus(self, raw: "BaseMessage | None") -> "_Usage":
        usage: dict[str, Any] = getattr(raw, "usage_metadata", None) or {}
        metadata: dict[str, Any] = getattr(raw, "response_metadata", None) or {}
        return _Usage(
            model=str(metadata.get("model_name") or self.model),
            input_tokens=self.input_tokens + int(usage.get("input_tokens") or 0),
            output_tokens=self.output_tokens + int(usage.get("output_tokens") or 0),
        )


class _Unusable(Exception):
    """The model answered, but not in the schema; what it cost is still counted."""

    def __init__(self, raw: "BaseMessage | None") -> None:
        super().__init__("the answer does not fit the schema")
        self.raw = raw


class ChatModel:
    """An open chat model; satisfies ``seams.Ask``. Safe to call from several threads; close it when done."""

    def __init__(
        self,
        chat: "ChatOpenAI",
        http: "httpx2.AsyncClient",
        *,
        method: Method,
        breaker: Breaker,
    ) -> None:
        from anyio.from_thread import start_blocking_portal

        self._chat = chat
        self._http = http
        self._methods = METHODS[METHODS.index(method) :]
        self._breaker = breaker
        self._open = ExitStack()
        self._portal = self._open.enter_context(start_blocking_portal("asyncio"))

    def __call__(self, prompt: Prompt, schema: type[Answer], seconds: float) -> ModelAnswer[Answer]:
        """Ask once, answered in ``schema`` within ``seconds`` in all; raises ModelUnavailable with a ModelReason."""
        self._breaker.enter()
        try:
            answer = self._wait_for(prompt, schema, seconds)
        except ModelUnavailable as unavailable:
            if unavailable.reason in COUNTED_BY_BREAKER:
                self._breaker.failed()
            raise
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """Close the connections and the thread; calls after this raise RuntimeError."""
        self._portal.call(self._http.aclose)
        self._open.close()

    def _wait_for(self, prompt: Prompt, schema: type[Answer], seconds: float) -> ModelAnswer[Answer]:
        running = self._portal.start_task_soon(self._ask_in_time, prompt, schema, seconds)
        try:
            return running.result(timeout=seconds + GRACE_SECONDS)
        except (TimeoutError, CancelledError) as late:
            running.cancel()
            raise ModelUnavailable(ModelReason.TIMEOUT, f"no answer in {seconds:g} s") from late

    async def _ask_in_time(self, prompt: Prompt, schema: type[Answer], seconds: float) -> ModelAnswer[Answer]:
        from langsmith import tracing_context

        try:
            # nothing about a customer's words goes to a tracing service, whatever the environment says
            with tracing_context(enabled=False):
                async with asyncio.timeout(seconds):
                    return await self._ask(prompt, schema)
        except TimeoutError as late:
            raise ModelUnavailable(ModelReason.TIMEOUT, f"no answer in {seconds:g} s") from late

    async def _ask(self, prompt: Prompt, schema: type[Answer]) -> ModelAnswer[Answer]:
        usage = _Usage()
        try:
            return await self._once(prompt, schema, usage)
        except _Unusable as unusable:
            usage = usage.plus(unusable.raw)
        try:
            return await self._once(prompt, schema, usage, REPAIR)
        except _Unusable as again:
            raise ModelUnavailable(ModelReason.BAD_OUTPUT, "twice outside the schema") from again

    async def _once(self, prompt: Prompt, schema: type[Answer], usage: _Usage, repair: str = "") -> ModelAnswer[Answer]:
        import httpx2
        import openai
        from langchain_core.exceptions import OutputParserException
        from langchain_openai.chat_models.base import OpenAIRefusalError

        try:
            return await self._structured(prompt, schema, usage, repair)
        except (openai.LengthFinishReasonError, openai.APIResponseValidationError, OutputParserException) as broken:
            raise _Unusable(None) from broken
        except (openai.ContentFilterFinishReasonError, OpenAIRefusalError) as refused:
            raise ModelUnavailable(ModelReason.REFUSED, "declined to answer") from refused
        except (openai.APIError, httpx2.HTTPError) as failed:
            raise _unavailable(failed) from failed
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as broken:
            # JSON that is none, or a completion without the fields every completion has
            raise _Unusable(None) from broken

    async def _structured(
        self, prompt: Prompt, schema: type[Answer], usage: _Usage, repair: str
    ) -> ModelAnswer[Answer]:
        import openai

        method = self._methods[0]
        try:
            runnable = self._chat.with_structured_output(schema, method=method, include_raw=True)
            answered: Any = await runnable.ainvoke(_messages(prompt, schema, method, repair))
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            if len(self._methods) == 1:
                raise
            # a backend without this method answers 400; the next one is kept for good
            self._methods = self._methods[1:]
            return await self._structured(prompt, schema, usage, repair)
        parsed = answered["parsed"]
        if not isinstance(parsed, schema):
            raise _Unusable(answered["raw"])
        total = usage.plus(answered["raw"])
        return ModelAnswer(
            value=parsed,
            model=total.model or self._chat.model_name,
            input_tokens=total.input_tokens,
            output_tokens=total.output_tokens,
        )


def open_model(
    *,
    base_url: str,
    api_key: str,
    model: str,
    method: Method = "json_schema",
    connect_seconds: float = 3.0,
    read_seconds: float = 20.0,
    breaker_failures: int = 5,
    breaker_seconds: float = 30.0,
    clock: Callable[[], float] = monotonic,
    transport: "httpx2.AsyncBaseTransport | None" = None,
) -> ChatModel:
    """Open an OpenAI-compatible chat endpoint; nothing is sent until the first question.

    ``method`` is the first structured-output method to try. ``transport`` replaces the network in tests.
    Raises ValueError for an unknown method.
    """
    import httpx2
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    http = httpx2.AsyncClient(
        transport=transport, timeout=httpx2.Timeout(read_seconds, connect=connect_seconds), follow_redirects=False
    )
    chat = ChatOpenAI(
        model=model,
        base_url=base_url,
        api_key=SecretStr(api_key or "none"),
        temperature=0.4,
        timeout=read_seconds,
        max_retries=0,
        # compatible servers know max_tokens; the newer max_completion_tokens many do not
        extra_body={"max_tokens": MAX_OUTPUT_TOKENS},
        http_async_client=http,
    )
    breaker = Breaker(failures=breaker_failures, pause_seconds=breaker_seconds, clock=clock)
    return ChatModel(chat, http, method=method, breaker=breaker)


def _messages(prompt: Prompt, schema: type[Answer], method: Method, repair: str) -> list[tuple[str, str]]:
    """Return the conversation; the schema is repeated in words where the method itself does not carry it."""
    shape = json.dumps(schema.model_json_schema(), ensure_ascii=False)
    system = f"{prompt.system}\n\nJSON Schema：\n{shape}" if method == "json_mode" else prompt.system
    return [("system", system), ("human", prompt.user), *([("human", repair)] if repair else [])]


def _unavailable(error: Exception) -> ModelUnavailable:
    """Name the reason; the detail is our own words, since a provider's text may repeat the key or the prompt."""
    import httpx2
    import openai

    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelUnavailable(ModelReason.TIMEOUT, "the endpoint was silent")
    if isinstance(error, openai.RateLimitError):
        return ModelUnavailable(ModelReason.RATE_LIMITED, "status 429")
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        reason = ModelReason.SERVER_ERROR if status >= 500 else ModelReason.REFUSED
        return ModelUnavailable(reason, f"status {status}")
    return ModelUnavailable(ModelReason.UNREACHABLE, type(error).__name__)
