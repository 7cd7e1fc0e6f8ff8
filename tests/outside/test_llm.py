"""The chat client against a small local server that behaves well, badly, slowly and not at all."""

import asyncio
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from assistant.errors import ModelUnavailable
from assistant.outside.breaker import Breaker
from assistant.outside.llm import REPAIR, ChatModel, open_model
from assistant.outside.spoken import finished
from assistant.seams import Ask, ModelReason, Prompt
from eval.simulator.model import Behaviour, BehaviourOrder, Model, create_model
from eval.simulator.running import serving
from prompts.tokens import estimated_tokens


class Greeting(BaseModel):
    """What the model is asked for."""

    words: str


PROMPT = Prompt(name="greet", version="0" * 12, system="系统话", user="客户话")
KEY = "sk-very-secret-key"
GOOD = json.dumps({"words": "您好"}, ensure_ascii=False)


@dataclass
class Endpoint:
    """A model endpoint: each request takes the next behaviour, the last one for good; bodies are kept."""

    behaviours: list[Callable[[dict[str, Any]], Response]]
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.bodies.append(body)
        behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        return behave(body)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self.answer, methods=["POST"])])


def saying(content: str, finish: str = "stop") -> Callable[[dict[str, Any]], Response]:
    def behave(body: dict[str, Any]) -> Response:
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if body.get("tools"):
            name = body["tools"][0]["function"]["name"]
            call = {"id": "1", "type": "function", "function": {"name": name, "arguments": content}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        return JSONResponse(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "small-model-2026",
                "choices": [{"index": 0, "finish_reason": finish, "message": message}],
                "usage": {"prompt_tokens": 30, "completion_tokens": 7, "total_tokens": 37},
            }
        )

    return behave


def status(code: int) -> Callable[[dict[str, Any]], Response]:
    return lambda body: JSONResponse({"error": {"message": f"bad key {KEY}"}}, status_code=code)


def body_text(text: str) -> Callable[[dict[str, Any]], Response]:
    return lambda body: Response(text, media_type="application/json")


def dripping(body: dict[str, Any]) -> Response:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drops(), media_type="application/json")


def hanging(body: dict[str, Any]) -> Response:
    async def silence() -> AsyncIterator[bytes]:
        await asyncio.sleep(10)
        yield b"{}"

    return StreamingResponse(silence(), media_type="application/json")


def only(method: str) -> Callable[[dict[str, Any]], Response]:
    """A backend that knows one structured-output method and answers 400 to the others."""

    def behave(body: dict[str, Any]) -> Response:
        used = "function_calling" if body.get("tools") else str(body.get("response_format", {}).get("type"))
        return saying(GOOD)(body) if used == method else status(400)(body)

    return behave


@dataclass
class Table:
    endpoint: Endpoint
    ask: ChatModel


Lay = Callable[..., Table]


@pytest.fixture
def lay() -> Iterator[Lay]:
    """Start an endpoint with these behaviours and open a model on it; everything is closed afterwards."""
    closing: list[Callable[[], object]] = []

    def start(*behaviours: Callable[[dict[str, Any]], Response], **settings: Any) -> Table:
        endpoint = Endpoint(list(behaviours))
        running = serving(endpoint.app)
        server = running.__enter__()
        ask = open_model(base_url=f"{server.url}/v1", api_key=KEY, model="small-model", **settings)
        closing.extend([ask.close, lambda: running.__exit__(None, None, None)])
        return Table(endpoint, ask)

    yield start
    for close in closing:
        close()


def refusal(ask: Ask, seconds: float = 5.0) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        ask(PROMPT, Greeting, seconds)
    return caught.value


def test_an_answer_comes_typed_with_its_cost(lay: Lay) -> None:
    table = lay(saying(GOOD))
    answer = table.ask(PROMPT, Greeting, 5.0)
    assert answer.value == Greeting(words="您好")
    assert (answer.model, answer.input_tokens, answer.output_tokens) == ("small-model-2026", 30, 7)
    sent = table.endpoint.bodies[0]
    assert [message["content"] for message in sent["messages"]] == ["系统话", "客户话"]
    assert sent["max_tokens"] == 800
    assert sent["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_object"])
def test_a_backend_that_knows_one_method_is_found_and_remembered(lay: Lay, method: str) -> None:
    table = lay(only(method))
    assert table.ask(PROMPT, Greeting, 5.0).value.words == "您好"
    tried = len(table.endpoint.bodies)
    assert table.ask(PROMPT, Greeting, 5.0).value.words == "您好"
    assert len(table.endpoint.bodies) == tried + 1
    if method == "json_object":
        assert "JSON Schema" in table.endpoint.bodies[-1]["messages"][0]["content"]


@pytest.mark.parametrize("bad", ["不是JSON", '{"words": 3, "x"', '{"other": 1}', ""])
@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_broken_output_is_repaired_once(lay: Lay, bad: str, method: str) -> None:
    table = lay(saying(bad), saying(GOOD), method=method)
    assert table.ask(PROMPT, Greeting, 5.0).value.words == "您好"
    assert [len(body["messages"]) for body in table.endpoint.bodies] == [2, 3]
    assert table.endpoint.bodies[1]["messages"][-1]["content"] == REPAIR


def test_broken_twice_is_bad_output_and_asked_no_third_time(lay: Lay) -> None:
    table = lay(saying("还不是JSON"))
    assert refusal(table.ask).reason == ModelReason.BAD_OUTPUT
    assert len(table.endpoint.bodies) == 2


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"choices": null}', '{"choices": []}', "<html>网关错误</html>"]
)
def test_a_body_that_is_no_completion_is_bad_output(lay: Lay, text: str) -> None:
    assert refusal(lay(body_text(text)).ask).reason == ModelReason.BAD_OUTPUT


def test_a_cut_off_answer_is_bad_output(lay: Lay) -> None:
    assert refusal(lay(saying('{"words": "您', finish="length")).ask).reason == ModelReason.BAD_OUTPUT


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (500, ModelReason.SERVER_ERROR),
        (503, ModelReason.SERVER_ERROR),
        (429, ModelReason.RATE_LIMITED),
        (401, ModelReason.REFUSED),
        (403, ModelReason.REFUSED),
        (404, ModelReason.REFUSED),
        (400, ModelReason.REFUSED),
    ],
)
def test_a_status_has_a_reason_and_never_repeats_what_the_provider_wrote(
    lay: Lay, code: int, reason: ModelReason
) -> None:
    unavailable = refusal(lay(status(code)).ask)
    assert unavailable.reason == reason
    assert KEY not in str(unavailable)


# ---- asked again only where it can help --------------------------------------------------------


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_a_busy_or_failing_server_is_asked_once_more(lay: Lay, code: int) -> None:
    table = lay(status(code), saying(GOOD))
    answer = table.ask(PROMPT, Greeting, 5.0)
    assert (answer.value.words, answer.calls) == ("您好", 2)
    lasting = lay(status(code))
    assert refusal(lasting.ask).calls == 2


@pytest.mark.parametrize("code", [401, 403, 404, 409, 501, 504])
def test_what_would_be_refused_again_is_not_asked_again(lay: Lay, code: int) -> None:
    table = lay(status(code), saying(GOOD))
    assert refusal(table.ask).calls == 1
    assert len(table.endpoint.bodies) == 1


@pytest.mark.parametrize("code", [400, 422])
def test_a_request_that_is_wrong_by_every_method_is_not_asked_again(lay: Lay, code: int) -> None:
    table = lay(status(code))
    assert refusal(table.ask).reason == ModelReason.REFUSED
    assert len(table.endpoint.bodies) == 3
    table.endpoint.behaviours[:] = [saying(GOOD)]
    assert table.ask(PROMPT, Greeting, 5.0).value.words == "您好"
    # one bad request has not cost the best method for good
    assert table.endpoint.bodies[-1]["response_format"]["type"] == "json_schema"


def test_an_account_without_money_is_not_asked_again(lay: Lay) -> None:
    table = lay(lambda body: JSONResponse({"error": {"code": "insufficient_quota", "message": ""}}, status_code=429))
    assert refusal(table.ask).reason == ModelReason.RATE_LIMITED
    assert len(table.endpoint.bodies) == 1


def busy(retry_after: str) -> Callable[[dict[str, Any]], Response]:
    return lambda body: JSONResponse({"error": {}}, status_code=429, headers={"retry-after": retry_after})


@pytest.mark.parametrize("wait", ["1", "1.2"])
def test_a_wait_that_fits_is_waited(lay: Lay, wait: str) -> None:
    table = lay(busy(wait), saying(GOOD))
    start = time.monotonic()
    assert table.ask(PROMPT, Greeting, 4.0).value.words == "您好"
    assert float(wait) <= time.monotonic() - start < float(wait) + 1


def test_a_wait_until_a_moment_is_understood(lay: Lay) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    assert lay(busy(soon), saying(GOOD)).ask(PROMPT, Greeting, 5.0).value.words == "您好"
    late = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert refusal(lay(busy(late), saying(GOOD)).ask).reason == ModelReason.RATE_LIMITED


@pytest.mark.parametrize("nonsense", ["soon", "-5", "nan", "1e9"])
def test_a_wait_that_means_nothing_is_a_short_pause(lay: Lay, nonsense: str) -> None:
    start = time.monotonic()
    assert lay(busy(nonsense), saying(GOOD)).ask(PROMPT, Greeting, 5.0).value.words == "您好"
    assert time.monotonic() - start < 2


def test_a_wait_that_does_not_fit_is_not_begun(lay: Lay) -> None:
    table = lay(busy("3"), saying(GOOD))
    ask_once_to_pay_for_imports(lay)
    start = time.monotonic()
    unavailable = refusal(table.ask, seconds=3.0)
    assert (unavailable.reason, unavailable.calls) == (ModelReason.RATE_LIMITED, 1)
    assert time.monotonic() - start < 1


# ---- what it cost, and what is not worth more --------------------------------------------------


def test_what_was_asked_in_vain_is_counted(lay: Lay) -> None:
    unavailable = refusal(lay(saying("还不是JSON")).ask)
    assert (unavailable.calls, unavailable.input_tokens, unavailable.output_tokens) == (2, 60, 14)
    repaired = lay(saying("还不是JSON"), saying(GOOD)).ask(PROMPT, Greeting, 5.0)
    assert (repaired.calls, repaired.input_tokens, repaired.output_tokens) == (2, 60, 14)


def test_where_the_endpoint_does_not_count_we_estimate(lay: Lay) -> None:
    def uncounted(body: dict[str, Any]) -> Response:
        answer = json.loads(bytes(saying(GOOD)(body).body))
        return JSONResponse({**answer, "usage": None})

    answer = lay(uncounted).ask(PROMPT, Greeting, 5.0)
    assert (answer.input_tokens, answer.output_tokens) == (6, estimated_tokens(GOOD))


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize("piece", ["好的，", " ", "\n", "您好，请问有什么可以帮您的吗？"])
def test_an_answer_in_circles_is_not_asked_for_again(lay: Lay, piece: str, method: str) -> None:
    table = lay(saying('{"words": "' + piece * 300, finish="length"), method=method)
    unavailable = refusal(table.ask)
    assert (unavailable.reason, unavailable.calls, unavailable.output_tokens) == (ModelReason.BAD_OUTPUT, 1, 7)


def test_an_answer_without_end_is_left_early(lay: Lay) -> None:
    def flood(body: dict[str, Any]) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b'{"words": ' + b"x" * 65536
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), media_type="application/json")

    table = lay(flood)
    start = time.monotonic()
    assert refusal(table.ask, seconds=10.0).reason == ModelReason.BAD_OUTPUT
    assert time.monotonic() - start < 5
    assert len(table.endpoint.bodies) == 1


@pytest.mark.parametrize(
    "said", [f"<think>先想想 {{这样}}\n</think>\n{GOOD}", f"```json\n{GOOD}\n```", f"好的：\n{GOOD}\n请看。"]
)
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_what_stands_around_the_answer_is_taken_off(lay: Lay, said: str, method: str) -> None:
    answer = lay(saying(said), method=method).ask(PROMPT, Greeting, 5.0)
    assert (answer.value.words, answer.calls) == ("您好", 1)


def refusing(body: dict[str, Any]) -> Response:
    answer = json.loads(bytes(saying(GOOD)(body).body))
    answer["choices"][0]["message"] |= {"content": None, "refusal": "不能协助"}
    return JSONResponse(answer)


def test_a_refusal_is_asked_once_more(lay: Lay) -> None:
    assert lay(refusing, saying(GOOD)).ask(PROMPT, Greeting, 5.0).value.words == "您好"
    assert refusal(lay(refusing).ask).reason == ModelReason.REFUSED
    assert refusal(lay(saying("", finish="content_filter")).ask).reason == ModelReason.REFUSED


def test_nobody_listening_is_unreachable() -> None:
    ask = open_model(base_url="http://127.0.0.1:9/v1", api_key=KEY, model="small-model")
    try:
        assert refusal(ask).reason == ModelReason.UNREACHABLE
    finally:
        ask.close()


@pytest.mark.parametrize("slow", [hanging, dripping])
def test_the_deadline_holds_against_silence_and_dripping(lay: Lay, slow: Callable[[dict[str, Any]], Response]) -> None:
    ask = lay(slow).ask
    ask_once_to_pay_for_imports(lay)
    start = time.monotonic()
    assert refusal(ask, seconds=1.0).reason == ModelReason.TIMEOUT
    assert 0.9 < time.monotonic() - start < 2.0


def ask_once_to_pay_for_imports(lay: Lay) -> None:
    lay(saying(GOOD)).ask(PROMPT, Greeting, 10.0)


def test_the_repair_shares_the_deadline(lay: Lay) -> None:
    table = lay(saying("坏"), hanging)
    start = time.monotonic()
    assert refusal(table.ask, seconds=1.0).reason == ModelReason.TIMEOUT
    assert time.monotonic() - start < 2.0


def test_threads_may_ask_together(lay: Lay) -> None:
    ask = lay(saying(GOOD)).ask
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(PROMPT, Greeting, 10.0).value.words)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["您好"] * 8


def test_after_five_failures_nothing_is_asked_for_thirty_seconds(lay: Lay) -> None:
    now = [0.0]
    table = lay(status(500), clock=lambda: now[0])
    for _ in range(5):
        assert refusal(table.ask).reason == ModelReason.SERVER_ERROR
    asked = len(table.endpoint.bodies)
    assert refusal(table.ask).reason == ModelReason.PAUSED
    assert len(table.endpoint.bodies) == asked
    now[0] = 31.0
    assert refusal(table.ask).reason == ModelReason.SERVER_ERROR
    assert refusal(table.ask).reason == ModelReason.PAUSED
    now[0] = 62.0
    table.endpoint.behaviours[:] = [saying(GOOD)]
    assert table.ask(PROMPT, Greeting, 5.0).value.words == "您好"
    assert table.ask(PROMPT, Greeting, 5.0).value.words == "您好"


def test_output_that_does_not_fit_pauses_nobody(lay: Lay) -> None:
    table = lay(saying("坏"))
    for _ in range(6):
        assert refusal(table.ask).reason == ModelReason.BAD_OUTPUT


def test_after_the_pause_one_question_goes_ahead_of_the_others() -> None:
    now = [0.0]
    breaker = Breaker(failures=1, pause_seconds=30, clock=lambda: now[0])
    breaker.enter()
    breaker.failed()
    now[0] = 31.0
    breaker.enter()
    with pytest.raises(ModelUnavailable):
        breaker.enter()
    breaker.succeeded()
    breaker.enter()


def test_no_tracing_service_is_told_whatever_the_environment_says(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    traced = Endpoint([body_text("{}")])
    with serving(Starlette(routes=[Route("/{rest:path}", traced.answer, methods=["POST"])])) as listener:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", listener.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "k")
        lay(saying(GOOD)).ask(PROMPT, Greeting, 5.0)
        time.sleep(0.3)
    assert traced.bodies == []
    assert os.environ["LANGSMITH_TRACING"] == "true"


# ---- heard as it comes -------------------------------------------------------------------------


class Greetings(BaseModel):
    """Several things, told one after the other."""

    occasion: str
    greetings: list[Greeting]


MANY = json.dumps(
    {"occasion": "开店", "greetings": [{"words": f"第{number}句，您好呀。"} for number in range(4)]}, ensure_ascii=False
)


@pytest.fixture
def streaming() -> Iterator[tuple[ChatModel, Model]]:
    """A model on the simulator, which streams when asked to."""
    app = create_model(lambda request: MANY)
    with serving(app) as server:
        ask = open_model(base_url=f"{server.url}/v1", api_key=KEY, model="small-model")
        yield ask, app.state.model
        ask.close()


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_what_is_finished_is_heard_before_the_end(method: Any) -> None:
    app = create_model(lambda request: MANY)
    heard: list[list[str]] = []
    with serving(app) as server:
        ask = open_model(base_url=f"{server.url}/v1", api_key=KEY, model="small-model", method=method)
        answer = ask(PROMPT, Greetings, 10.0, lambda so_far: heard.append([one.words for one in so_far.greetings]))
        ask.close()
    every = [f"第{number}句，您好呀。" for number in range(4)]
    assert [one.words for one in answer.value.greetings] == every
    assert heard == [every[:count] for count in range(4)]
    assert (answer.calls, answer.model) == (1, "small-model")
    assert answer.input_tokens > 0
    assert answer.output_tokens == len(MANY)


def test_what_is_finished_is_heard_while_the_model_still_speaks(lay: Lay) -> None:
    first_heard = threading.Event()

    def speaking(body: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            for said in (MANY[: len(MANY) // 2], MANY[len(MANY) // 2 :]):
                choice = {"index": 0, "delta": {"role": "assistant", "content": said}, "finish_reason": None}
                yield f"data: {json.dumps({'id': '1', 'created': 1, 'model': 'm', 'object': 'x', 'choices': [choice]})}\n\n"
                while not first_heard.is_set():
                    await asyncio.sleep(0.01)
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    # the second half comes only once the first was heard
    answer = lay(speaking).ask(PROMPT, Greetings, 10.0, lambda so_far: first_heard.set())
    assert len(answer.value.greetings) == 4


@pytest.mark.parametrize("name", [Behaviour.LOOP, Behaviour.ENDLESS])
def test_a_stream_in_circles_is_left_as_soon_as_it_shows(streaming: tuple[ChatModel, Model], name: Behaviour) -> None:
    ask, model = streaming
    model.order = BehaviourOrder(name=name)
    start = time.monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        ask(PROMPT, Greetings, 20.0, lambda so_far: None)
    assert (caught.value.reason, caught.value.calls) == (ModelReason.BAD_OUTPUT, 1)
    assert caught.value.output_tokens > 100
    assert time.monotonic() - start < 5


# the pieces of a stream do not tell a refusal; it is an empty answer there
@pytest.mark.parametrize("name", [one for one in Behaviour if one not in (Behaviour.HONEST, Behaviour.REFUSE)])
def test_a_stream_that_goes_wrong_ends_like_an_answer_that_does(
    streaming: tuple[ChatModel, Model], name: Behaviour
) -> None:
    ask, model = streaming
    ends = []
    for heard in (None, lambda so_far: None):
        model.order = BehaviourOrder(name=name, seconds=1.0)
        try:
            ends.append(ask(PROMPT, Greetings, 1.0, heard).value.occasion)
        except ModelUnavailable as unavailable:
            ends.append(unavailable.reason)
        model.order = BehaviourOrder()
        ask(PROMPT, Greetings, 5.0)
    assert ends[0] == ends[1]


def test_a_listener_that_fails_ends_the_question(streaming: tuple[ChatModel, Model]) -> None:
    ask, _ = streaming

    class NotNow(Exception):
        """Not the model's fault."""

    def refuse(so_far: Greetings) -> None:
        raise NotNow

    with pytest.raises(NotNow):
        ask(PROMPT, Greetings, 5.0, refuse)
    assert ask(PROMPT, Greetings, 5.0).value.occasion == "开店"


def test_what_is_finished_of_an_answer_never_holds_half_an_item() -> None:
    for end in range(len(MANY)):
        so_far = finished(MANY[:end], Greetings)
        words = [one.words for one in so_far.greetings] if so_far is not None else []
        assert words == [f"第{number}句，您好呀。" for number in range(len(words))]
    assert finished("[1, 2", Greetings) is None
    assert finished("<think>{", Greetings) is None
