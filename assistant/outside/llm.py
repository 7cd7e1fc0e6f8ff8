"""The one file that talks to a chat model: any OpenAI-compatible endpoint, one typed question at a time.

A call has one deadline over everything (connection, waiting, dripping bytes, one retry, one repair), because HTTP
timeouts are per read and an answer that comes a byte at a time never meets them. The client lives in an event loop of
its own thread, where ``asyncio.timeout`` can cancel it; the caller's thread only waits, and never past the deadline.

A request is sent again only where that can help: once, after a pause, for a busy or failing server and a broken
connection. An answer outside the schema is asked for once more. Nothing is repeated that would be refused again.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import dumps
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, Generic, Literal, get_args

import httpx2
import openai
from anyio.from_thread import start_blocking_portal
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import SecretStr

from assistant.errors import ModelUnavailable
from assistant.outside.breaker import Breaker
from assistant.outside.spoken import Unusable, finished, is_looping, piece_of, read, reported
from assistant.seams import Answer, ModelAnswer, ModelReason, Prompt
from prompts.tokens import estimated_tokens

MAX_OUTPUT_TOKENS = 800
LARGEST_ANSWER = 512 * 1024
"""Bytes of one answer that are read: many times what so many tokens take, for servers that do not mind the limit."""
GRACE_SECONDS = 0.5
"""How long past the deadline the caller's thread waits for the loop to admit that time is up."""

RETRY_PAUSE_SECONDS = 0.25
LEAST_SECONDS = 0.5
"""Less than this before the deadline no model answers, so nothing is sent any more."""
RETRIED_STATUSES: Final = frozenset({429, 500, 502, 503})
_NO_MONEY_LEFT = "insufficient_quota"
_DELAY = re.compile(r"\d{1,6}(?:\.\d+)?")

REPAIR = "上一次输出不符合要求。请重新回答，用中文，只输出一个符合格式的 JSON 对象，不要加任何解释。"

Method = Literal["json_schema", "function_calling", "json_mode"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
# compatible servers know max_tokens; the newer max_completion_tokens many do not
_BODY: Final = {"max_tokens": MAX_OUTPUT_TOKENS}
"""How a model is made to answer in a schema, in the order in which they are tried."""

COUNTED_BY_BREAKER: Final = frozenset(
    {ModelReason.TIMEOUT, ModelReason.UNREACHABLE, ModelReason.RATE_LIMITED, ModelReason.SERVER_ERROR}
)


@dataclass
class _Question(Generic[Answer]):
    """One question on its way: what it may still take, and what it has cost so far."""

    prompt: Prompt
    schema: type[Answer]
    seconds: float
    heard: Callable[[Answer], None] | None = None
    finished: SimpleQueue[Answer | None] = field(default_factory=SimpleQueue)
    """What ``heard`` is still to be told, from the event loop to the caller's thread; None when there is no more."""
    ends: float = 0.0
    """On the event loop's clock."""
    retries: int = 1
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""

    def charge(self, message: AIMessage) -> None:
        """Count what an answer cost; estimated where the endpoint does not say."""
        told = reported(message)
        asked, said = told or (estimated_tokens(self.prompt.system + self.prompt.user), estimated_tokens(message.text))
        self.input_tokens += asked
        self.output_tokens += said
        self.model = str(message.response_metadata.get("model_name") or self.model)

    def listen(self) -> None:
        """Tell what is finished as it comes, until the answer is in or time is up."""
        until = monotonic() + self.seconds + GRACE_SECONDS
        while self.heard is not None and (left := until - monotonic()) > 0:
            try:
                partial = self.finished.get(timeout=left)
            except Empty:
                return
            if partial is None:
                return
            self.heard(partial)

    def unavailable(self, reason: ModelReason, detail: str) -> ModelUnavailable:
        """Give up, and say what it cost."""
        return ModelUnavailable(
            reason, detail, calls=self.calls, input_tokens=self.input_tokens, output_tokens=self.output_tokens
        )


class ChatModel:
    """An open chat model; satisfies ``seams.Ask``. Safe to call from several threads; close it when done."""

    def __init__(
        self,
        chat: ChatOpenAI,
        http: httpx2.AsyncClient,
        *,
        method: Method,
        breaker: Breaker,
    ) -> None:
        self._chat = chat
        self._http = http
        self._methods = METHODS[METHODS.index(method) :]
        self._breaker = breaker
        self._open = ExitStack()
        self._portal = self._open.enter_context(start_blocking_portal("asyncio"))

    def __call__(
        self, prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
    ) -> ModelAnswer[Answer]:
        """Ask once, answered in ``schema`` within ``seconds`` in all; raises ModelUnavailable with a ModelReason.

        With somebody to hear it the answer is read as a stream, else whole: not every endpoint streams well.
        """
        self._breaker.enter()
        try:
            answer = self._wait_for(_Question(prompt, schema, seconds, heard))
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

    def _wait_for(self, question: _Question[Answer]) -> ModelAnswer[Answer]:
        running = self._portal.start_task_soon(self._ask_in_time, question)
        running.add_done_callback(lambda _: question.finished.put(None))
        try:
            question.listen()
        except BaseException:
            running.cancel()
            raise
        try:
            return running.result(timeout=question.seconds + GRACE_SECONDS)
        except (TimeoutError, CancelledError) as late:
            running.cancel()
            raise question.unavailable(ModelReason.TIMEOUT, f"no answer in {question.seconds:g} s") from late

    async def _ask_in_time(self, question: _Question[Answer]) -> ModelAnswer[Answer]:
        question.ends = asyncio.get_running_loop().time() + question.seconds
        try:
            # nothing about a customer's words goes to a tracing service, whatever the environment says
            with tracing_context(enabled=False):
                async with asyncio.timeout_at(question.ends):
                    return await self._ask(question)
        except TimeoutError as late:
            raise question.unavailable(ModelReason.TIMEOUT, f"no answer in {question.seconds:g} s") from late

    async def _ask(self, question: _Question[Answer]) -> ModelAnswer[Answer]:
        try:
            value = await self._once(question)
        except Unusable as unusable:
            if unusable.hopeless:
                raise question.unavailable(unusable.reason, "going round in circles") from unusable
            try:
                value = await self._once(question, REPAIR)
            except Unusable as again:
                raise question.unavailable(again.reason, "unusable twice") from again
        return ModelAnswer(
            value=value,
            model=question.model or self._chat.model_name,
            calls=question.calls,
            input_tokens=question.input_tokens,
            output_tokens=question.output_tokens,
        )

    async def _once(self, question: _Question[Answer], repair: str = "") -> Answer:
        """Get one answer and read it; raises Unusable, or ModelUnavailable where none came."""
        try:
            message = await self._answered(question, repair)
        except _Flood as flood:
            raise Unusable(ModelReason.BAD_OUTPUT, hopeless=True) from flood
        except (
            openai.APIResponseValidationError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            IndexError,
        ) as broken:
            # JSON that is none, or a completion without the fields every completion has
            raise Unusable(ModelReason.BAD_OUTPUT) from broken
        except (openai.APIError, httpx2.HTTPError) as failed:
            raise _named(failed, question) from failed
        question.charge(message)
        return read(message, question.schema)

    async def _answered(self, question: _Question[Answer], repair: str) -> AIMessage:
        """Ask, and once more after a pause where the failure may pass."""
        try:
            return await self._by_a_known_method(question, repair)
        except (openai.APIError, httpx2.HTTPError) as failed:
            pause = _pause_before_retry(failed)
            left = question.ends - asyncio.get_running_loop().time()
            if pause is None or not question.retries or pause + LEAST_SECONDS > left:
                raise
            question.retries -= 1
            await asyncio.sleep(pause)
        return await self._by_a_known_method(question, repair)

    async def _by_a_known_method(self, question: _Question[Answer], repair: str) -> AIMessage:
        """Ask by the first method that the backend knows; it answers 400 to others, and the one that works is kept."""
        methods = self._methods
        for place, method in enumerate(methods):
            try:
                message = await self._message(question, method, repair)
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if method is methods[-1]:
                    raise
                continue
            self._methods = methods[place:]
            return message
        raise AssertionError("there is always a last method")

    async def _message(self, question: _Question[Answer], method: Method, repair: str) -> AIMessage:
        question.calls += 1
        asking = _asking(self._chat, question.schema, method)
        messages = _messages(question.prompt, question.schema, method, repair)
        if question.heard is not None:
            return await _streamed(asking, messages, question)
        message: AIMessage = await asking.ainvoke(messages)
        return message


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
    transport: httpx2.AsyncBaseTransport | None = None,
) -> ChatModel:
    """Open an OpenAI-compatible chat endpoint; nothing is sent until the first question.

    ``method`` is the first structured-output method to try. ``transport`` replaces the network in tests.
    Raises ValueError for an unknown method.
    """
    http = httpx2.AsyncClient(
        transport=transport,
        timeout=httpx2.Timeout(read_seconds, connect=connect_seconds),
        follow_redirects=False,
        event_hooks={"response": [_limit]},
    )
    chat = ChatOpenAI(
        model=model,
        base_url=base_url,
        api_key=SecretStr(api_key or "none"),
        temperature=0.4,
        timeout=read_seconds,
        max_retries=0,
        extra_body=_BODY,
        http_async_client=http,
    )
    breaker = Breaker(failures=breaker_failures, pause_seconds=breaker_seconds, clock=clock)
    return ChatModel(chat, http, method=method, breaker=breaker)


# ---- what is asked -----------------------------------------------------------------------------


def _asking(chat: ChatOpenAI, schema: type[Answer], method: Method) -> Runnable[Any, AIMessage]:
    """Bind the schema by one method; the answer comes back as it was said and is read in one way.

    The format goes past the client, which would otherwise read the answer itself, raise where it is cut short, and import
    700 modules at the first stream: more than a second inside somebody's deadline.
    """
    if method == "function_calling":
        return chat.bind_tools([schema], tool_choice=schema.__name__, parallel_tool_calls=False)
    if method == "json_mode":
        return chat.bind(extra_body={**_BODY, "response_format": {"type": "json_object"}})
    shape = convert_to_openai_tool(schema, strict=True)["function"]
    named = {"name": shape["name"], "schema": shape["parameters"], "strict": True}
    return chat.bind(extra_body={**_BODY, "response_format": {"type": "json_schema", "json_schema": named}})


def _messages(prompt: Prompt, schema: type[Answer], method: Method, repair: str) -> list[tuple[str, str]]:
    """Return the conversation; the schema is repeated in words where the method itself does not carry it."""
    shape = dumps(schema.model_json_schema(), ensure_ascii=False)
    system = f"{prompt.system}\n\nJSON Schema：\n{shape}" if method == "json_mode" else prompt.system
    return [("system", system), ("human", prompt.user), *([("human", repair)] if repair else [])]


async def _streamed(
    asking: Runnable[Any, AIMessage], messages: list[tuple[str, str]], question: _Question[Answer]
) -> AIMessage:
    """Read an answer piece by piece, pass on what is finished, and leave early when it goes round in circles."""
    whole, text, told = AIMessageChunk(content=""), "", None
    async for piece in asking.astream(messages, stream_usage=True):
        if not isinstance(piece, AIMessageChunk):
            raise TypeError("a stream of whole messages")
        whole, text = whole + piece, text + piece_of(piece)
        if is_looping(text):
            question.charge(AIMessage(text))
            raise Unusable(ModelReason.BAD_OUTPUT, hopeless=True)
        partial = finished(text, question.schema)
        if partial is not None and partial != told:
            told = partial
            question.finished.put(partial)
    return whole


# ---- what comes back ---------------------------------------------------------------------------


class _Flood(Exception):
    """An answer grew beyond anything a draft could need."""


class _Limited(httpx2.AsyncByteStream):
    """A body that ends in an error once it is too large."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Hand on the body piece by piece; raises _Flood."""
        size = 0
        async for piece in self._body:
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise _Flood
            yield piece

    async def aclose(self) -> None:
        """Close the body."""
        await self._body.aclose()


async def _limit(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)


# ---- what went wrong ---------------------------------------------------------------------------


def _pause_before_retry(failed: Exception) -> float | None:
    """Seconds after which the same request may pass, None where it never will."""
    if isinstance(failed, openai.APITimeoutError | httpx2.TimeoutException):
        return None
    if isinstance(failed, openai.APIStatusError):
        if failed.status_code not in RETRIED_STATUSES or failed.code == _NO_MONEY_LEFT:
            return None
        wished = failed.response.headers.get("retry-after", "")
        return max(_seconds(wished), 0.0) if wished else RETRY_PAUSE_SECONDS
    if isinstance(failed, openai.APIConnectionError | httpx2.TransportError):
        return RETRY_PAUSE_SECONDS
    return None


def _seconds(retry_after: str) -> float:
    """Read the header in either of its forms (RFC 9110, 10.2.3); one that is neither asks for no more than a pause."""
    if _DELAY.fullmatch(retry_after):
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return RETRY_PAUSE_SECONDS


def _named(failed: Exception, question: _Question[Answer]) -> ModelUnavailable:
    """Name the reason; the detail is our own words, since a provider's text may repeat the key or the prompt."""
    if isinstance(failed, openai.APITimeoutError | httpx2.TimeoutException):
        return question.unavailable(ModelReason.TIMEOUT, "the endpoint was silent")
    if isinstance(failed, openai.RateLimitError):
        return question.unavailable(ModelReason.RATE_LIMITED, "status 429")
    if isinstance(failed, openai.APIStatusError):
        status = failed.status_code
        reason = ModelReason.SERVER_ERROR if status >= 500 else ModelReason.REFUSED
        return question.unavailable(reason, f"status {status}")
    return question.unavailable(ModelReason.UNREACHABLE, type(failed).__name__)
