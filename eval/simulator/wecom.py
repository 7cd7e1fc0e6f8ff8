"""A simulated WeCom on this machine: the app's server API, the callbacks, and a chat page for the guides.

``create_simulator`` gives an ASGI app to run with :func:`eval.simulator.running.serving` or uvicorn. It knows nothing
of the product; the two meet only over HTTP, as they do with the real WeCom.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from eval.simulator.api import Answer, Api
from eval.simulator.broken import NoAnswer, ResetAnswer
from eval.simulator.callbacks import DETAIL_CHARACTERS, CallbackDriver, Kind
from eval.simulator.corp import (
    DELIVERY_LABELS,
    ChatMessage,
    Clock,
    Corp,
    Delivery,
    Direction,
    Exchange,
    LogKind,
    LogLine,
    Member,
    Sample,
    SimulatorConfig,
    system_clock,
)
from eval.simulator.faults import SWITCHES, ArmedFault, CallbackFaults, FaultName, FaultOrder
from eval.simulator.login import login_pages

__all__ = ["Corp", "Member", "Sample", "Simulator", "SimulatorConfig", "create_simulator"]

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'"
)
WAITING_SECONDS = 90
"""How long the page shows that the app is writing."""


@dataclass(frozen=True)
class Simulator:
    """The three parts of a running simulator; found by tests at ``app.state.simulator``."""

    corp: Corp
    api: Api
    driver: CallbackDriver

    async def reset(self) -> None:
        """Stop deliveries and forget everything said so far."""
        await self.driver.stop()
        self.corp.reset()
        self.api.reset()


def _without_half_pairs(text: object) -> object:
    """Half a surrogate pair becomes a question mark: it can be written in JSON but never in UTF-8."""
    return text.encode(errors="replace").decode() if isinstance(text, str) else text


class Writing(BaseModel):
    """What a guide sends. ``wait``: answer only when the callback attempts are over."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, BeforeValidator(_without_half_pairs)] = Field(default="", max_length=20_000)
    kind: Kind = Kind.TEXT
    faults: dict[str, Any] = Field(default_factory=dict)
    wait: bool = True


class Settings(BaseModel):
    """What may be changed while running."""

    model_config = ConfigDict(extra="forbid")

    strict: bool | None = None
    token_seconds: int | None = Field(default=None, ge=0)
    """Life of tokens handed out from now on."""
    forget_token: Literal[True] | None = None
    """The token in use dies before its time: 40014."""


def create_simulator(config: SimulatorConfig, clock: Clock = system_clock) -> FastAPI:
    """One simulated company as an ASGI app. Serve it once: its HTTP client is closed when it stops."""
    # trust_env off: a proxy of this machine has no business between the simulator and the app.
    client = httpx2.AsyncClient(trust_env=False, timeout=None)
    corp = Corp(config, clock)
    simulator = Simulator(corp, Api(corp), CallbackDriver(corp, client))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await simulator.driver.stop()
        await client.aclose()

    app = FastAPI(title="WeCom simulator", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.simulator = simulator
    app.state.corp = corp
    app.include_router(_server_api(simulator))
    app.include_router(login_pages(corp, simulator.api))
    app.include_router(_guides(simulator))
    app.include_router(_controls(simulator))
    app.include_router(_page(simulator))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _server_api(simulator: Simulator) -> APIRouter:
    """Everything under /cgi-bin/, with the faults armed against it."""
    router = APIRouter(prefix="/cgi-bin")

    @router.api_route("/{path:path}", methods=["GET", "POST"], response_model=None)
    async def call(path: str, request: Request) -> Response:
        body = await request.body()
        started = time.perf_counter()
        response, outcome = await _answer(simulator, path, dict(request.query_params), body)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        simulator.corp.record(_api_line(path, body, outcome, milliseconds))
        return response

    return router


@dataclass(frozen=True)
class _Outcome:
    """How a call of our API ended, for the log."""

    words: str
    ok: bool
    status: int | None = 200
    errcode: int | None = None
    msgid: str = ""


async def _answer(simulator: Simulator, path: str, query: dict[str, str], body: bytes) -> tuple[Response, _Outcome]:
    """Answer one call, or fail as ordered. Slowness may come on top of any other fault."""
    board = simulator.corp.board
    seconds = board.take(FaultName.SLOW, path)
    if seconds is not None:
        await asyncio.sleep(float(seconds))
    if board.take(FaultName.RESET, path) is not None:
        return ResetAnswer(), _Outcome("连接断开（故障）", False, None)
    status = board.take(FaultName.HTTP_STATUS, path)
    if status is not None:
        return Response(status_code=int(status)), _Outcome(f"答复 HTTP {status}（故障）", False, int(status))
    errcode = board.take(FaultName.ERRCODE, path)
    if errcode is not None:
        refusal = {"errcode": int(errcode), "errmsg": "ordered by a fault switch"}
        return JSONResponse(refusal), _Outcome(f"答复 {errcode}（故障）", False, errcode=int(errcode))
    answer = simulator.api.call(path, query, body)
    if board.take(FaultName.LOST_ANSWER, path) is not None:
        return NoAnswer(), _Outcome("收下了，答复没有送出（故障）", False, None, msgid=str(answer.get("msgid", "")))
    return JSONResponse(answer), _outcome(answer)


def _outcome(answer: Answer) -> _Outcome:
    errcode = int(answer["errcode"])
    words = "成功" if errcode == 0 else f"{errcode} {answer['errmsg']}"
    if answer.get("invaliduser"):
        words += f"，无效成员 {answer['invaliduser']}"
    return _Outcome(words, errcode == 0, errcode=errcode, msgid=str(answer.get("msgid", "")))


def _api_line(path: str, body: bytes, outcome: _Outcome, milliseconds: float) -> Exchange:
    return Exchange(
        kind=LogKind.API,
        subject=path,
        outcome=outcome.words,
        ok=outcome.ok,
        milliseconds=milliseconds,
        userid=_addressee(body),
        msgid=outcome.msgid,
        status=outcome.status,
        errcode=outcome.errcode,
        request=body.decode(errors="replace")[:DETAIL_CHARACTERS],
    )


def _addressee(body: bytes) -> str:
    """Whom a message is for, as far as the log can tell."""
    try:
        message = json.loads(body)
    except ValueError:
        return ""
    return str(message.get("touser", "")) if isinstance(message, dict) else ""


def _guides(simulator: Simulator) -> APIRouter:
    """Write as a guide, and read what she was shown."""
    router = APIRouter(prefix="/simulator/guides")
    corp = simulator.corp

    @router.get("")
    async def guides() -> list[dict[str, Any]]:
        return [_guide_summary(corp, member) for member in corp.config.members]

    @router.get("/{userid}/messages")
    async def messages(userid: str, after: int = 0) -> dict[str, Any]:
        member = _known(corp, userid)
        return {
            "generation": corp.generation,
            "waiting": _waiting(corp, member.userid),
            "messages": [_bubble(corp, message) for message in corp.chat(member.userid, after)],
        }

    @router.post("/{userid}/messages")
    async def write(userid: str, writing: Writing) -> dict[str, Any]:
        member = _known(corp, userid)
        faults = _faults(corp, writing.faults)
        message = simulator.driver.write(member.userid, writing.kind, writing.text)
        delivery = simulator.driver.start(message, faults)
        if writing.wait:
            # Waited for, not awaited: a caller who goes away does not stop the delivery, a reset may.
            await asyncio.wait({delivery})
        over = delivery.done() and not delivery.cancelled()
        return {"msgid": str(message.msgid), "attempts": delivery.result() if over else ()}

    @router.post("/-/code")
    async def outsiders_code() -> dict[str, str]:
        return {"code": simulator.api.new_outsiders_code()}

    @router.post("/{userid}/code")
    async def code(userid: str) -> dict[str, str]:
        return {"code": simulator.api.new_code(_known(corp, userid).userid)}

    return router


def _controls(simulator: Simulator) -> APIRouter:
    """Faults, settings, log and reset."""
    router = APIRouter(prefix="/simulator")
    corp = simulator.corp

    @router.get("/faults")
    async def faults() -> dict[str, Any]:
        return {
            "switches": [{"id": number, "group": s.group, "label": s.label} for number, s in enumerate(SWITCHES)],
            "armed": [_armed(fault) for fault in corp.board.armed()],
        }

    @router.post("/faults")
    async def arm(orders: dict[FaultName, FaultOrder | int | float | bool | str]) -> list[dict[str, Any]]:
        try:
            for name, given in orders.items():
                corp.board.arm(name, given if isinstance(given, FaultOrder) else FaultOrder(value=given))
        except ValidationError as error:
            raise HTTPException(422, str(error)) from error
        return [_armed(fault) for fault in corp.board.armed()]

    @router.post("/faults/switches/{number}")
    async def press(number: int) -> list[dict[str, Any]]:
        if not 0 <= number < len(SWITCHES):
            raise HTTPException(404, "no such switch")
        corp.board.arm(SWITCHES[number].name, SWITCHES[number].order)
        return [_armed(fault) for fault in corp.board.armed()]

    @router.delete("/faults")
    async def clear(name: FaultName | None = None) -> list[dict[str, Any]]:
        corp.board.clear(name)
        return [_armed(fault) for fault in corp.board.armed()]

    @router.get("/log")
    async def log(after: int = 0, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000) -> dict[str, Any]:
        lines = [line for line in corp.log if line.seq > after][-limit:]
        return {"generation": corp.generation, "lines": [_line(line) for line in lines]}

    @router.post("/settings")
    async def change(settings: Settings) -> dict[str, Any]:
        corp.strict = corp.strict if settings.strict is None else settings.strict
        corp.token_seconds = corp.token_seconds if settings.token_seconds is None else settings.token_seconds
        if settings.forget_token:
            simulator.api.forget_token()
        return {"strict": corp.strict, "token_seconds": corp.token_seconds}

    @router.post("/verify")
    async def verify() -> dict[str, Any]:
        return dict(vars(await simulator.driver.verify()))

    @router.post("/reset")
    async def reset() -> dict[str, int]:
        await simulator.reset()
        return {"generation": corp.generation}

    return router


def _page(simulator: Simulator) -> APIRouter:
    """The chat page and what it needs to know about the company."""
    router = APIRouter()
    config = simulator.corp.config

    @router.get("/")
    async def page() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"content-security-policy": PAGE_POLICY})

    @router.get("/simulator/about")
    async def about() -> dict[str, Any]:
        return {
            "app_name": config.app_name,
            "console_url": config.console_url,
            "callback_url": config.callback_url,
            "strict": simulator.corp.strict,
            "generation": simulator.corp.generation,
            "samples": config.samples,
        }

    return router


def _known(corp: Corp, userid: str) -> Member:
    member = corp.member(userid)
    if member is None:
        raise HTTPException(404, "no such guide")
    return member


def _faults(corp: Corp, given: dict[str, Any]) -> CallbackFaults:
    """The faults armed for the next message, overruled by those sent with it."""
    try:
        CallbackFaults.model_validate(given)
        return CallbackFaults.model_validate(corp.board.take_callback_faults() | given)
    except ValidationError as error:
        raise HTTPException(422, str(error)) from error


def _waiting(corp: Corp, userid: str) -> bool:
    """Whether the app still owes this guide an answer and may be thought to be writing one."""
    chat = corp.chat(userid)
    if not chat or chat[-1].direction is Direction.TO_GUIDE:
        return False
    arrived = corp.deliveries.get(chat[-1].msgid) is Delivery.DELIVERED
    return arrived and (corp.clock() - chat[-1].at).total_seconds() < WAITING_SECONDS


def _guide_summary(corp: Corp, member: Member) -> dict[str, Any]:
    chat = corp.chat(member.userid)
    last = chat[-1] if chat else None
    return {
        "userid": member.userid,
        "name": member.name,
        "store": member.store,
        "last_text": last.text[:60] if last else "",
        "last_at": last.at.isoformat() if last else None,
        "received": sum(message.direction is Direction.TO_GUIDE for message in chat),
    }


def _bubble(corp: Corp, message: ChatMessage) -> dict[str, Any]:
    delivery = corp.deliveries.get(message.msgid)
    return {
        "seq": message.seq,
        "msgid": message.msgid,
        "direction": message.direction.value,
        "kind": message.kind,
        "text": message.text,
        "at": message.at.isoformat(),
        "truncated": message.truncated,
        "original_bytes": message.original_bytes,
        "delivery": delivery.value if delivery else None,
        "delivery_label": DELIVERY_LABELS[delivery] if delivery else "",
    }


def _armed(fault: ArmedFault) -> dict[str, Any]:
    label = next((s.label for s in SWITCHES if s.name is fault.name and s.order.value == fault.value), fault.name.value)
    return fault.model_dump(mode="json") | {"label": label}


def _line(line: LogLine) -> dict[str, Any]:
    return {"seq": line.seq, "at": line.at.isoformat(), **vars(line.exchange)}
