"""The till API's door: who comes in, how much may be carried, and how a refusal is worded.

The key or signature is looked at before the body is parsed; a request is read to 256 KiB and no further. Every refusal
is ``{"error", "message", "field"}``; 401 and 403 say nothing of why.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from assistant.clock import Clock
from assistant.errors import NotFound, TillRefused
from assistant.pace import Pace
from assistant.sold import KeyScope
from assistant.store.database import DatabaseTrouble
from assistant.store.till.calls import Call
from assistant.store.till.keys import Key
from assistant.till.signing import SIGNATURE, TIMESTAMP, is_signed
from assistant.till.words import Trouble

log = structlog.get_logger()

MOST_BYTES = 256 * 1024
READ_SECONDS = 5.0
"""How long a body may take to arrive: whoever sends a letter a minute holds no place."""
NEEDS = "x-daogou-needs"
"""Stands in every route's OpenAPI entry: a scope, or one of the two below. A route without it lets nobody in."""
SIGNED = "signature"
OPEN = "nothing"
SIGNED_AS = "webhook"
"""Stands for a key in the log and the pace of signed calls."""


class Refused(Exception):
    """A request goes no further; ``trouble`` is the answer's body. ``retry_after``: seconds, 0 for none."""

    def __init__(self, status: int, error: str, message: str, field: str = "", retry_after: int = 0) -> None:
        super().__init__(error)
        self.status = status
        self.trouble = Trouble(error=error, message=message, field=field)
        self.retry_after = retry_after


def make_door(
    find_key: Callable[[str], Key | None],
    write_call: Callable[[Call], None],
    pace: Pace,
    webhook_secret: str,
    clock: Clock,
) -> type[APIRoute]:
    """The class of every route of the till's API. Every call with a key is written down with how it was answered."""

    def keep_pace(request: Request, key_id: str) -> None:
        request.state.key_id = key_id
        if wait := pace.seconds_to_wait(key_id):
            words = f"请求太快，每分钟最多 {pace.per_minute} 次，请 {wait} 秒后再发"
            raise Refused(429, "too_many", words, retry_after=wait)

    async def let_in(request: Request, needs: str) -> Request:
        if needs == OPEN:
            return request
        if needs == SIGNED:
            body = await _limited_body(request)
            timestamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
            if not webhook_secret or not is_signed(webhook_secret, timestamp, signature, body, clock()):
                raise _unknown()
            keep_pace(request, SIGNED_AS)
            return _with_body(request, body)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        key = await run_in_threadpool(find_key, token) if scheme.lower() == "bearer" else None
        if key is None:
            raise _unknown()
        keep_pace(request, key.key_id)
        if needs not in {scope.value for scope in key.scopes}:
            raise Refused(403, "forbidden", "这把钥匙没有这项权限")
        return _with_body(request, await _limited_body(request))

    class Door(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()
            needs = (self.openapi_extra or {}).get(NEEDS)

            async def handle(request: Request) -> Response:
                response = await answer(request)
                if key_id := getattr(request.state, "key_id", ""):
                    error = getattr(response, "error", "")
                    event_id = getattr(request.state, "event_id", "")
                    call = Call(key_id, request.method, self.path, response.status_code, error, event_id, clock())
                    try:
                        await run_in_threadpool(write_call, call)
                    except DatabaseTrouble:
                        # a call that nobody could find again is not answered; the same call again is harmless
                        log.exception("till call not written down")
                        return _busy()
                return response

            async def answer(request: Request) -> Response:
                try:
                    if needs is None:
                        raise _unknown()
                    return await inner(await let_in(request, needs))
                except Refused as refused:
                    return _refusal(refused.status, refused.trouble, refused.retry_after)
                except RequestValidationError as error:
                    return _refusal(422, _misread(error))
                except TillRefused as told:
                    status = 409 if told.code.endswith("_reused") else 422
                    return _refusal(status, Trouble(error=told.code, message=told.message, field=told.field))
                except NotFound:
                    return _refusal(404, Trouble(error="not_found", message="没有找到", field=""))
                except HTTPException as error:
                    trouble = Trouble(error="bad_request", message="请求读不懂，请检查是不是 UTF-8 的 JSON", field="")
                    return _refusal(error.status_code, trouble)
                except DatabaseTrouble:
                    log.exception("till request not kept")
                    return _busy()

            return handle

    return Door


def needs(scope: KeyScope | str) -> dict[str, Any]:
    """What a route says it needs, for ``openapi_extra``."""
    return {NEEDS: scope.value if isinstance(scope, KeyScope) else scope}


def _unknown() -> Refused:
    return Refused(401, "unauthorized", "没有通过身份验证")


class _Refusal(JSONResponse):
    """A refusal on its way out; ``error`` is its code."""

    error: str


def _refusal(status: int, trouble: Trouble, retry_after: int = 0) -> _Refusal:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    made = _Refusal(trouble.model_dump(), status_code=status, headers=headers)
    made.error = trouble.error
    return made


def _busy() -> _Refusal:
    return _refusal(503, Trouble(error="busy", message="暂时存不进去，请稍后原样再发一次", field=""), retry_after=5)


async def _limited_body(request: Request) -> bytes:
    announced = request.headers.get("Content-Length", "")
    body = b""
    if announced.isdigit() and int(announced[:12]) > MOST_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _too_large()
    except TimeoutError as error:
        raise Refused(408, "too_slow", "请求传得太慢，请再发一次") from error
    except ClientDisconnect as gone:
        raise Refused(400, "bad_request", "请求没有传完") from gone
    return body


def _too_large() -> Refused:
    return Refused(413, "too_large", f"请求太大，最多 {MOST_BYTES // 1024} KB，请分几次发")


def _with_body(request: Request, body: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


_WORDS = {
    "missing": "没有填",
    "extra_forbidden": "没有这个字段，请检查拼写",
    "json_invalid": "不是合法的 JSON",
    "int_type": "要写整数，不带引号和小数",
    "int_parsing": "要写整数",
    "string_type": "要写成文字",
    "string_too_short": "不能为空",
    "string_too_long": "太长，最多 {max_length} 个字",
    "string_pattern_mismatch": "含有不允许的字符",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "太多，最多 {max_length} 项",
    "enum": "只能是 {expected}",
    "literal_error": "只能是 {expected}",
    "union_tag_invalid": "kind 只能是 order、redemption、refund、stock",
    "union_tag_not_found": "没有写 kind",
    "timezone_aware": "时间要带时区，例如 2026-11-22T10:00:00+08:00",
    "datetime_type": "要写时间，例如 2026-11-22T10:00:00+08:00",
    "datetime_parsing": "不是合法的时间，例如 2026-11-22T10:00:00+08:00",
    "datetime_from_date_parsing": "不是合法的时间，例如 2026-11-22T10:00:00+08:00",
}


def _misread(error: RequestValidationError) -> Trouble:
    """The first thing that is wrong; what was sent is not repeated."""
    first = error.errors()[0]
    # of a body that is no JSON the place is a count of letters
    place = () if first["type"] == "json_invalid" else first["loc"][1:]
    field = ".".join(str(part) for part in place)
    context = first.get("ctx", {})
    if first["type"] == "value_error":
        words = str(context.get("error", "写法不对"))
    else:
        # pydantic lists the choices as one English phrase: 'a', 'b' or 'c'
        if "expected" in context:
            choices = context["expected"].replace("'", "").replace(" or ", ", ")
            context = context | {"expected": choices.replace(", ", "、")}
        words = _WORDS.get(first["type"], "写法不对").format_map(context)
    return Trouble(error="invalid", message=f"{field}：{words}" if field else words, field=field)
