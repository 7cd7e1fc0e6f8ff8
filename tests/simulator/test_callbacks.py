"""Callbacks over real HTTP: what reaches the app, how often, and what the log says of it."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx2
import pytest
from fastapi import Response

from eval.simulator.callbacks import GuideMessage, Kind, posting
from eval.simulator.crypto import Crypt
from eval.simulator.faults import CallbackFaults
from eval.simulator.running import serving
from eval.simulator.wecom import create_simulator
from tests.simulator.company import CORP, KEY, TOKEN, Arrival, MovableClock, company
from tests.simulator.conftest import Bench


def answering(status: int) -> object:
    return lambda _: Response(status_code=status)


def late(_: Arrival) -> float:
    return 0.6


def test_a_text_arrives_signed_and_sealed_for_our_corp(bench: Bench) -> None:
    (attempt,) = bench.write("顾客问：能机洗吗？]]> <b>&")
    (arrival,) = bench.app.arrivals
    assert arrival.signature_fits
    assert (arrival.receive_id, arrival.kind) == (CORP, "text")
    assert arrival.content == "顾客问：能机洗吗？]]> <b>&"
    assert arrival.query["timestamp"] == str(int(bench.clock().timestamp()))
    assert (attempt["status"], attempt["number"], attempt["msgid"]) == (200, 1, arrival.msgid)
    (bubble,) = bench.chat()
    assert (bubble["direction"], bubble["text"], bubble["msgid"]) == ("to_app", arrival.content, arrival.msgid)
    assert (bubble["delivery"], bubble["delivery_label"]) == ("delivered", "已送达")


def test_no_answer_in_time_is_tried_four_times_with_one_msgid_and_fresh_wrapping(bench: Bench) -> None:
    bench.app.script += [late, late, late, late, late]
    attempts = bench.write("慢")
    assert [attempt["status"] for attempt in attempts] == [None] * 4
    assert all(float(str(attempt["milliseconds"])) >= 300 for attempt in attempts)
    assert len({arrival.msgid for arrival in bench.app.arrivals}) == 1
    assert len({arrival.query["nonce"] for arrival in bench.app.arrivals}) == 4
    assert len({arrival.query["msg_signature"] for arrival in bench.app.arrivals}) == 4
    assert len({arrival.body for arrival in bench.app.arrivals}) == 4
    assert bench.chat()[0]["delivery"] == "failed"


def test_a_retry_that_is_answered_ends_the_series(bench: Bench) -> None:
    bench.app.script += [late]
    assert [attempt["status"] for attempt in bench.write("第二次就好")] == [None, 200]
    assert bench.chat()[0]["delivery"] == "delivered"


def test_a_closed_port_is_tried_four_times() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/callback"
        with serving(create_simulator(company(nobody))) as server:
            answer = httpx2.post(f"{server.url}/simulator/guides/zhangmin/messages", json={"text": "有人吗"}).json()
    assert [attempt["status"] for attempt in answer["attempts"]] == [None] * 4
    assert "连接失败" in answer["attempts"][0]["outcome"]


def test_an_http_error_is_noted_and_only_in_strict_mode_tried_once_more(bench: Bench) -> None:
    bench.app.script += [answering(500)]  # type: ignore[list-item]
    assert [attempt["status"] for attempt in bench.write("一次")] == [500]
    assert bench.chat()[0]["delivery"] == "failed"
    bench.http.post("/simulator/settings", json={"strict": True}).raise_for_status()
    bench.app.script += [answering(500), answering(403)]  # type: ignore[list-item]
    assert [attempt["status"] for attempt in bench.write("两次")] == [500, 403]


def test_repeats_and_simultaneous_copies_share_one_msgid(bench: Bench) -> None:
    bench.write("三遍", faults={"repeat": 3})
    assert len(bench.app.arrivals) == 3
    assert bench.app.most_at_once == 1
    assert len({arrival.msgid for arrival in bench.app.arrivals}) == 1
    bench.app.forget()
    bench.app.script += [lambda _: 0.15] * 5
    bench.write("五份", faults={"concurrent": 5})
    assert len(bench.app.arrivals) == 5
    assert bench.app.most_at_once == 5
    assert len({arrival.msgid for arrival in bench.app.arrivals}) == 1
    assert len(bench.chat()) == 2


def test_out_of_order_waits_for_the_same_guides_next_message(bench: Bench) -> None:
    assert bench.write("先写的", faults={"out_of_order": True}) == []
    assert bench.chat()[0]["delivery"] == "held"
    bench.write("别人的", userid="wangfang")
    bench.write("后写的")
    assert [arrival.content for arrival in bench.app.arrivals] == ["别人的", "后写的", "先写的"]
    first, second = bench.app.arrivals[2], bench.app.arrivals[1]
    assert int(first.msgid) < int(second.msgid)
    assert {bubble["delivery"] for bubble in bench.chat()} == {"delivered"}


def test_a_lost_message_never_arrives(bench: Bench) -> None:
    assert bench.write("丢了", faults={"lost": True}) == []
    assert bench.app.arrivals == []
    assert bench.chat()[0]["delivery"] == "lost"


def test_a_wrong_signature_does_not_fit(bench: Bench) -> None:
    bench.write("假的", faults={"wrong_signature": True})
    (arrival,) = bench.app.arrivals
    assert (arrival.signature_fits, arrival.content) == (False, "假的")


def test_a_wrong_receiver_is_well_signed(bench: Bench) -> None:
    bench.write("别家的", faults={"wrong_receive_id": True})
    (arrival,) = bench.app.arrivals
    assert arrival.signature_fits
    assert arrival.receive_id != CORP


@pytest.mark.parametrize("kind", ["uneven", "zero", "over"])
def test_a_bad_pad_does_not_open_whatever_the_length(bench: Bench, kind: str) -> None:
    faults = CallbackFaults.model_validate({"bad_pad": kind})
    for length in range(1, 34):
        message = GuideMessage(1, "zhangmin", Kind.TEXT, "x" * length, 1)
        sent = posting(bench.corp.config, message, faults, 1)
        arrival = bench.app.read(sent.query, sent.body)
        assert (arrival.refused, arrival.msgid) == ("CannotOpen", "")
    bench.write("坏的", faults={"bad_pad": kind})
    assert [arrival.refused for arrival in bench.app.arrivals] == ["CannotOpen"]


def test_a_stale_timestamp_is_correctly_signed(bench: Bench) -> None:
    bench.write("旧的", faults={"stale_timestamp": 3600})
    (arrival,) = bench.app.arrivals
    assert arrival.signature_fits
    assert int(arrival.query["timestamp"]) == int((bench.clock() - timedelta(hours=1)).timestamp())


def test_an_oversize_body_is_otherwise_correct(bench: Bench) -> None:
    bench.write("很大", faults={"oversize": 400_000})
    (arrival,) = bench.app.arrivals
    assert len(arrival.body) == 400_000
    assert arrival.signature_fits
    assert arrival.content == "很大"


def test_no_xml_outside_or_inside(bench: Bench) -> None:
    bench.write("外", faults={"not_xml": "outer"})
    bench.write("里", faults={"not_xml": "inner"})
    assert [arrival.refused for arrival in bench.app.arrivals] == ["ParseError", "ParseError"]
    assert b"<Encrypt>" not in bench.app.arrivals[0].body
    assert b"<Encrypt>" in bench.app.arrivals[1].body


def test_an_unknown_fault_is_named_and_nothing_is_sent(bench: Bench) -> None:
    refused = bench.http.post("/simulator/guides/zhangmin/messages", json={"text": "x", "faults": {"typo": 1}})
    assert refused.status_code == 422
    assert "typo" in refused.text
    assert (bench.app.arrivals, bench.chat()) == ([], [])


@pytest.mark.parametrize("kind", ["image", "voice", "video", "location", "link"])
def test_other_message_types_have_an_id_and_a_bubble(bench: Bench, kind: str) -> None:
    bench.write("", kind=kind)
    (arrival,) = bench.app.arrivals
    assert (arrival.kind, arrival.msgid != "") == (kind, True)
    assert str(bench.chat()[0]["text"]).startswith("[")


def test_events_have_neither_id_nor_bubble(bench: Bench) -> None:
    bench.write("", kind="enter_agent")
    (arrival,) = bench.app.arrivals
    assert (arrival.kind, arrival.event, arrival.msgid) == ("event", "enter_agent", "")
    assert bench.chat() == []


def test_a_type_nobody_documented_arrives_too(bench: Bench) -> None:
    bench.write("", kind="unknown")
    assert bench.app.arrivals[0].kind == "sticker"


def test_an_armed_fault_strikes_the_next_message_only(bench: Bench) -> None:
    bench.arm(repeat=2, wrong_signature=True)
    bench.write("一")
    bench.write("二")
    assert [arrival.signature_fits for arrival in bench.app.arrivals] == [False, False, True]


def test_without_waiting_the_answer_comes_at_once_and_reset_stops_the_delivery(bench: Bench) -> None:
    bench.app.script += [late] * 4
    answer = bench.http.post("/simulator/guides/zhangmin/messages", json={"text": "不等", "wait": False})
    assert answer.json()["attempts"] == []
    assert bench.chat()[0]["delivery"] == "sending"
    bench.wait_until(lambda: len(bench.app.arrivals) == 1)
    before = bench.http.get("/simulator/about").json()["generation"]
    assert bench.http.post("/simulator/reset").json() == {"generation": before + 1}
    assert bench.chat() == []
    assert bench.http.get("/simulator/log").json()["lines"] == []


def test_a_reset_frees_who_waits_for_a_delivery(bench: Bench) -> None:
    bench.app.script += [lambda _: 2.0] * 4
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bench.write, "等着")
        bench.wait_until(lambda: len(bench.app.arrivals) == 1)
        bench.http.post("/simulator/reset").raise_for_status()
        assert waiting.result(timeout=2) == []


def passive(content: str, **changes: str) -> Response:
    crypt = Crypt(TOKEN, KEY, changes.get("corp", CORP))
    inside = (
        f"<xml><ToUserName>zhangmin</ToUserName><FromUserName>{CORP}</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>{changes.get('kind', 'text')}</MsgType><Content>{content}</Content></xml>"
    )
    encrypted = crypt.encrypt(inside.encode())
    signature = changes.get("signature") or crypt.sign("1", "n", encrypted)
    return Response(
        f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signature}</MsgSignature>"
        "<TimeStamp>1</TimeStamp><Nonce>n</Nonce></xml>"
    )


def test_a_passive_reply_is_shown(bench: Bench) -> None:
    bench.app.script += [lambda _: passive("马上帮您看"), lambda _: Response("success")]
    (attempt,) = bench.write("在吗")
    assert attempt["outcome"] == "已收下，被动回复 5 字"
    bench.write("在吗")
    assert [bubble["text"] for bubble in bench.chat()] == ["在吗", "马上帮您看", "在吗"]


def test_a_passive_reply_is_cut_like_any_text(bench: Bench) -> None:
    bench.app.script += [lambda _: passive("长" * 700)]
    bench.write("在吗")
    bubble = bench.chat()[1]
    assert (len(str(bubble["text"])), bubble["truncated"], bubble["original_bytes"]) == (682, True, 2100)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Response("hello"), "XML"),
        (Response("<xml/>"), "签名不符"),
        (passive("x", signature="0" * 40), "签名不符"),
        (passive("x", corp="wwother"), "企业号不符"),
        (passive("x", kind="markdown"), "文本"),
    ],
)
def test_a_bad_passive_reply_is_not_shown_but_explained(bench: Bench, reply: Response, reason: str) -> None:
    bench.app.script += [lambda _: reply]
    (attempt,) = bench.write("在吗")
    assert "被动回复无效" in str(attempt["outcome"])
    assert reason in str(attempt["outcome"])
    assert len(bench.chat()) == 1


def test_url_verification_wants_the_bare_plaintext_in_time(bench: Bench) -> None:
    good = bench.http.post("/simulator/verify").json()
    assert (good["ok"], good["status"], good["reason"]) == (True, 200, "通过")
    bench.app.verify_suffix = b"\n"
    assert "原文" in bench.http.post("/simulator/verify").json()["reason"]
    bench.app.verify_suffix, bench.app.verify_delay = b"", 0.5
    assert "没有答复" in bench.http.post("/simulator/verify").json()["reason"]
    lines = bench.http.get("/simulator/log").json()["lines"]
    assert [(line["kind"], line["ok"]) for line in lines] == [("verify", True), ("verify", False), ("verify", False)]


def test_verification_says_when_nobody_listens_or_the_app_refuses() -> None:
    with serving(create_simulator(company("http://127.0.0.1:9/callback"), MovableClock())) as server:
        refused = httpx2.post(f"{server.url}/simulator/verify").json()
        other = company(f"{server.url}/nothing")
        with serving(create_simulator(other)) as second:
            missing = httpx2.post(f"{second.url}/simulator/verify").json()
    assert (refused["ok"], refused["status"]) == (False, None)
    assert (missing["ok"], missing["status"], missing["reason"]) == (False, 404, "应用答复 HTTP 404")
