"""Faults of the server API over real HTTP, the log, the JSON around the chat, and the page's files."""

import time

import httpx2
import pytest

from tests.simulator.conftest import Bench


def lines(bench: Bench, subject: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = bench.http.get("/simulator/log").json()["lines"]
    return [line for line in found if line["subject"] == subject]


@pytest.mark.parametrize("errcode", [45009, -1, 42001, 40014, 60020, 45033])
def test_the_next_two_sends_fail_and_the_third_does_not(bench: Bench, errcode: int) -> None:
    bench.arm(errcode={"value": errcode, "times": 2})
    assert [bench.send(f"第{n}条")["errcode"] for n in range(3)] == [errcode, errcode, 0]
    assert [bubble["text"] for bubble in bench.chat()] == ["第2条"]
    assert [line["errcode"] for line in lines(bench, "message/send")] == [errcode, errcode, 0]


def test_a_lasting_fault_strikes_every_endpoint_until_it_is_lifted(bench: Bench) -> None:
    bench.arm(errcode={"value": 60020, "times": None, "path": "any"})
    for _ in range(3):
        assert bench.http.get("/cgi-bin/gettoken").json()["errcode"] == 60020
    (armed,) = bench.http.get("/simulator/faults").json()["armed"]
    assert (armed["label"], armed["left"]) == ("IP 不可信 60020（一直）", None)
    assert bench.http.delete("/simulator/faults").json() == []
    assert bench.send("好了")["errcode"] == 0


def test_a_fault_can_aim_at_one_endpoint(bench: Bench) -> None:
    bench.arm(errcode={"value": -1, "path": "getcallbackip"})
    assert bench.send("不受影响")["errcode"] == 0
    token = bench.token()
    asked = [bench.http.get("/cgi-bin/getcallbackip", params={"access_token": token}).json() for _ in range(2)]
    assert [answer["errcode"] for answer in asked] == [-1, 0]


def test_faults_armed_one_after_the_other_strike_in_that_order(bench: Bench) -> None:
    bench.arm(errcode=-1)
    bench.arm(errcode=45009)
    assert [bench.send("x")["errcode"] for _ in range(3)] == [-1, 45009, 0]


def test_a_gateway_error(bench: Bench) -> None:
    bench.arm(http_status=502)
    token = bench.token()
    answer = bench.http.post("/cgi-bin/message/send", params={"access_token": token}, json={})
    assert (answer.status_code, answer.content) == (502, b"")


def test_slow_comes_on_top_of_the_answer(bench: Bench) -> None:
    bench.arm(slow=0.2, errcode=-1)
    bench.token()
    started = time.perf_counter()
    assert bench.send("慢")["errcode"] == -1
    assert time.perf_counter() - started >= 0.2
    assert float(str(lines(bench, "message/send")[0]["milliseconds"])) >= 200


def test_a_reset_connection_has_no_answer_and_nothing_is_shown(bench: Bench) -> None:
    bench.arm(reset=True)
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        bench.send("断了")
    assert bench.chat() == []
    assert bench.send("又好了")["errcode"] == 0


def test_a_lost_answer_was_accepted_and_shown(bench: Bench) -> None:
    bench.arm(lost_answer=True)
    token = bench.token()
    body = {"touser": "zhangmin", "msgtype": "text", "agentid": 1000002, "text": {"content": "到了"}}
    with pytest.raises(httpx2.ReadTimeout):
        bench.http.post("/cgi-bin/message/send", params={"access_token": token}, json=body, timeout=0.3)
    (bubble,) = bench.chat()
    assert (bubble["text"], bubble["direction"]) == ("到了", "to_guide")
    (line,) = lines(bench, "message/send")
    assert (line["ok"], line["msgid"]) == (False, bubble["msgid"])


@pytest.mark.parametrize(
    "order",
    [
        {"errcode": "many"},
        {"http_status": 200},
        {"repeat": 0},
        {"bad_pad": True},
        {"no_such_fault": 1},
        {"errcode": {"value": 1, "times": 0}},
        {"errcode": {"value": 1, "time": 2}},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(bench: Bench, order: dict[str, object]) -> None:
    assert bench.http.post("/simulator/faults", json=order).status_code == 422
    assert bench.http.get("/simulator/faults").json()["armed"] == []


def test_every_switch_of_the_page_can_be_pressed(bench: Bench) -> None:
    switches = bench.http.get("/simulator/faults").json()["switches"]
    assert len(switches) == 19
    for switch in switches:
        armed = bench.http.post(f"/simulator/faults/switches/{switch['id']}").json()
        assert armed[-1]["label"] == switch["label"]
    assert bench.http.post("/simulator/faults/switches/99").status_code == 404


def test_the_token_can_be_made_to_die(bench: Bench) -> None:
    token = bench.token()
    bench.http.post("/simulator/settings", json={"forget_token": True, "token_seconds": 5}).raise_for_status()
    old = bench.http.get("/cgi-bin/getcallbackip", params={"access_token": token}).json()
    assert old["errcode"] == 40014
    fresh = bench.http.get(
        "/cgi-bin/gettoken", params={"corpid": bench.corp.config.corp_id, "corpsecret": "app-secret"}
    )
    assert fresh.json()["expires_in"] == 5
    bench.http.post("/simulator/settings", json={"forget_token": True})


def test_the_log_tells_calls_from_callbacks_and_keeps_no_token(bench: Bench) -> None:
    bench.write("问一句")
    bench.send("答一句")
    answer = bench.http.get("/simulator/log")
    kinds = [(line["kind"], line["subject"]) for line in answer.json()["lines"]]
    assert kinds == [("callback", "text"), ("api", "gettoken"), ("api", "message/send")]
    assert bench.token() not in answer.text
    assert "app-secret" not in answer.text
    last = answer.json()["lines"][-1]["seq"]
    assert bench.http.get("/simulator/log", params={"after": last}).json()["lines"][0]["subject"] == "gettoken"


def test_the_chat_is_in_order_and_can_be_read_from_a_place_on(bench: Bench) -> None:
    bench.write("问")
    assert bench.http.get("/simulator/guides/zhangmin/messages").json()["waiting"] is True
    bench.send("答\n第二行")
    answer = bench.http.get("/simulator/guides/ZhangMin/messages").json()
    assert answer["waiting"] is False
    assert [(m["direction"], m["text"]) for m in answer["messages"]] == [("to_app", "问"), ("to_guide", "答\n第二行")]
    after = answer["messages"][0]["seq"]
    (rest,) = bench.http.get("/simulator/guides/zhangmin/messages", params={"after": after}).json()["messages"]
    assert rest["at"] == bench.clock().isoformat()
    assert bench.chat("wangfang") == []


def test_waiting_ends_when_the_app_stays_silent(bench: Bench) -> None:
    bench.write("问")
    bench.clock.forward(seconds=91)
    assert bench.http.get("/simulator/guides/zhangmin/messages").json()["waiting"] is False


def test_guides_with_their_last_message(bench: Bench) -> None:
    bench.send("上新了", "zhangmin")
    first, second, _ = bench.http.get("/simulator/guides").json()
    assert (first["name"], first["store"], first["last_text"], first["received"]) == ("张敏", "人民路店", "上新了", 1)
    assert (second["last_text"], second["last_at"]) == ("", None)


def test_an_unknown_guide_is_not_found(bench: Bench) -> None:
    assert bench.http.get("/simulator/guides/ghost/messages").status_code == 404
    assert bench.http.post("/simulator/guides/ghost/messages", json={"text": "x"}).status_code == 404


def test_half_a_surrogate_pair_from_a_guide_does_no_harm(bench: Bench) -> None:
    headers = {"content-type": "application/json"}
    bench.http.post("/simulator/guides/zhangmin/messages", content=b'{"text": "\\ud83d"}', headers=headers)
    assert [bubble["text"] for bubble in bench.chat()] == ["?"]


def test_a_login_code_for_a_guide(bench: Bench) -> None:
    code = bench.http.post("/simulator/guides/zhangmin/code").json()["code"]
    query = {"access_token": bench.token(), "code": code}
    assert bench.http.get("/cgi-bin/auth/getuserinfo", params=query).json()["userid"] == "zhangmin"


def test_the_page_loads_nothing_from_elsewhere(bench: Bench) -> None:
    page = bench.http.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    script = bench.http.get("/static/chat.js").text
    style = bench.http.get("/static/chat.css").text
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script
    assert "http" not in style
    assert 'src="/static/chat.js"' in page.text
    about = bench.http.get("/simulator/about").json()
    assert about["console_url"] == "http://127.0.0.1:1/console"
    assert about["samples"] == [{"userid": "zhangmin", "text": "顾客问羊绒围巾能不能机洗"}]
