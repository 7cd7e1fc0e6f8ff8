"""The server API by itself, with a clock that the test moves: no server, no waiting."""

import json
from typing import Any

import pytest

from eval.simulator.api import Api
from eval.simulator.corp import Corp, Direction
from tests.simulator.company import CORP, MovableClock, company


class Desk:
    """A caller of the API who holds a token."""

    def __init__(self, **changes: Any) -> None:
        self.clock = MovableClock()
        self.corp = Corp(company(**changes), self.clock)
        self.api = Api(self.corp)

    def gettoken(self, corpid: str = CORP, secret: str = "app-secret") -> dict[str, object]:
        return self.api.call("gettoken", {"corpid": corpid, "corpsecret": secret}, b"")

    def get(self, path: str, token: object = None, **query: str) -> dict[str, object]:
        held = str(self.gettoken()["access_token"] if token is None else token)
        return self.api.call(path, {"access_token": held, **query}, b"")

    def send(self, text: str = "好的", touser: str = "zhangmin", **more: object) -> dict[str, object]:
        return self.post({"touser": touser, "msgtype": "text", "agentid": 1000002, "text": {"content": text}} | more)

    def post(self, body: dict[str, object]) -> dict[str, object]:
        query = {"access_token": str(self.gettoken()["access_token"])}
        return self.api.call("message/send", query, json.dumps(body).encode())

    def texts(self, userid: str = "zhangmin") -> list[str]:
        return [message.text for message in self.corp.chat(userid)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_token_is_the_same_until_it_expires_and_then_a_new_one(desk: Desk) -> None:
    first = desk.gettoken()
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    desk.clock.forward(seconds=7199)
    assert desk.gettoken()["access_token"] == first["access_token"]
    assert desk.gettoken()["expires_in"] == 1
    desk.clock.forward(seconds=1)
    assert desk.get("getcallbackip", first["access_token"])["errcode"] == 42001
    assert desk.gettoken()["access_token"] != first["access_token"]
    assert desk.get("getcallbackip", first["access_token"])["errcode"] == 42001


def test_the_token_life_can_be_shortened(desk: Desk) -> None:
    desk.corp.token_seconds = 3
    assert desk.gettoken()["expires_in"] == 3


def test_a_token_that_dies_early_is_invalid(desk: Desk) -> None:
    token = desk.gettoken()["access_token"]
    desk.api.forget_token()
    assert desk.get("getcallbackip", token)["errcode"] == 40014


@pytest.mark.parametrize(
    ("corpid", "secret", "errcode"),
    [(CORP, "wrong", 40001), ("wwother", "app-secret", 40013), (CORP, "", 41004)],
)
def test_wrong_credentials(desk: Desk, corpid: str, secret: str, errcode: int) -> None:
    answer = desk.gettoken(corpid, secret)
    assert answer["errcode"] == errcode
    assert "access_token" not in answer


def test_gettoken_asked_too_often_is_refused_for_an_hour() -> None:
    desk = Desk(gettoken_per_hour=3)
    assert [desk.gettoken()["errcode"] for _ in range(4)] == [0, 0, 0, 45009]
    desk.clock.forward(minutes=61)
    assert desk.gettoken()["errcode"] == 0


@pytest.mark.parametrize("path", ["message/send", "getcallbackip", "auth/getuserinfo", "get_jsapi_ticket", "nothing"])
def test_every_endpoint_asks_for_a_token(desk: Desk, path: str) -> None:
    assert desk.get(path, "")["errcode"] == 41001
    assert desk.get(path, "garbage")["errcode"] == 40014


def test_unknown_endpoints_and_the_small_ones(desk: Desk) -> None:
    assert desk.get("externalcontact/list")["errcode"] == 40066
    assert desk.get("getcallbackip")["ip_list"] == ["127.0.0.1"]
    ticket = desk.get("get_jsapi_ticket")
    assert ticket == desk.get("get_jsapi_ticket")
    assert ticket["ticket"] != desk.get("ticket/get", type="agent_config")["ticket"]


def test_a_login_code_is_good_once_and_for_five_minutes(desk: Desk) -> None:
    code = desk.api.new_code("zhangmin")
    assert desk.get("auth/getuserinfo", code=code)["userid"] == "zhangmin"
    assert desk.get("auth/getuserinfo", code=code)["errcode"] == 40029
    late = desk.api.new_code("zhangmin")
    desk.clock.forward(minutes=5)
    assert desk.get("auth/getuserinfo", code=late)["errcode"] == 40029


def test_a_text_is_shown_to_every_recipient_once(desk: Desk) -> None:
    answer = desk.send("新到三款", "zhangmin|ZHANGMIN|liqiang", toparty="1")
    assert answer["errcode"] == 0
    assert answer["msgid"]
    assert desk.texts("zhangmin") == desk.texts("LiQiang") == ["新到三款"]
    assert desk.texts("wangfang") == []
    desk.send("全员", "@all")
    assert desk.texts("wangfang") == ["全员"]
    (message,) = desk.corp.chat("wangfang")
    assert (message.direction, message.truncated) == (Direction.TO_GUIDE, False)


def test_unknown_recipients_are_named_in_lower_case_beside_success(desk: Desk) -> None:
    answer = desk.send("好", "zhangmin|GhostA|ghostB", toparty="1|99", totag="7")
    assert answer["errcode"] == 0
    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == ("ghosta|ghostb", "99", "7")
    assert desk.texts() == ["好"]


def test_nobody_known_is_an_error(desk: Desk) -> None:
    assert desk.send("好", "ghost")["errcode"] == 81013
    assert desk.send("好", "")["errcode"] == 40063
    assert desk.send("好", "|".join(f"u{n}" for n in range(1001)))["errcode"] == 40058


@pytest.mark.parametrize(
    ("more", "errcode"),
    [
        ({"text": {"content": ""}}, 44004),
        ({"text": {}}, 44004),
        ({"text": "no object"}, 44004),
        ({"msgtype": "poem"}, 40008),
        ({"msgtype": None}, 40008),
        ({"agentid": 7}, 40056),
        ({"text": {"content": {"content": "好的"}}}, 44004),
        ({"touser": ["zhangmin"]}, 40035),
        ({"enable_duplicate_check": 1, "duplicate_check_interval": "long"}, 40035),
    ],
)
def test_malformed_messages(desk: Desk, more: dict[str, object], errcode: int) -> None:
    good = {"touser": "zhangmin", "msgtype": "text", "agentid": 1000002, "text": {"content": "好的"}}
    assert desk.post(good | more)["errcode"] == errcode
    assert desk.texts() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object(desk: Desk, body: bytes) -> None:
    query = {"access_token": str(desk.gettoken()["access_token"])}
    answer = desk.api.call("message/send", query, body)
    assert answer["errcode"] == 40035
    assert "wrong json format" in str(answer["errmsg"])


def test_2048_bytes_are_whole_and_one_more_is_cut_between_characters(desk: Desk) -> None:
    desk.send("好" * 682 + "ab")
    desk.send("好" * 683)
    whole, cut = desk.corp.chat("zhangmin")
    assert (len(whole.text.encode()), whole.truncated) == (2048, False)
    assert (cut.text, cut.truncated, cut.original_bytes) == ("好" * 682, True, 2049)


def test_half_a_surrogate_pair_does_no_harm(desk: Desk) -> None:
    assert desk.send("好\ud83d")["errcode"] == 0
    assert desk.texts() == ["好?"]


def test_more_than_thirty_a_minute_are_silently_not_shown(desk: Desk) -> None:
    answers = [desk.send(f"第{number}条") for number in range(32)]
    assert {answer["errcode"] for answer in answers} == {0}
    assert len(desk.texts()) == 30
    assert [line.exchange.outcome for line in desk.corp.log] == ["每分钟条数超限，未展示"] * 2
    desk.send("别人不受影响", "wangfang")
    assert desk.texts("wangfang") == ["别人不受影响"]
    desk.clock.forward(seconds=61)
    desk.send("一分钟后")
    assert desk.texts()[-1] == "一分钟后"


def test_the_same_json_is_shown_once_within_the_interval(desk: Desk) -> None:
    first = desk.send("一样", enable_duplicate_check=1, duplicate_check_interval=60)
    second = desk.send("一样", enable_duplicate_check=1, duplicate_check_interval=60)
    assert (second["errcode"], second["msgid"]) == (0, first["msgid"])
    desk.send("不一样", enable_duplicate_check=1, duplicate_check_interval=60)
    assert desk.texts() == ["一样", "不一样"]
    desk.clock.forward(seconds=61)
    desk.send("一样", enable_duplicate_check=1, duplicate_check_interval=60)
    assert desk.texts() == ["一样", "不一样", "一样"]


def test_without_the_check_the_same_json_is_shown_twice(desk: Desk) -> None:
    desk.send("一样")
    desk.send("一样")
    assert desk.texts() == ["一样", "一样"]


def test_message_ids_of_two_runs_do_not_meet() -> None:
    first, second = Desk().corp, Desk().corp
    ids = [corp.next_msgid() for corp in (first, second) for _ in range(50)]
    assert len(set(ids)) == 100
    assert all(0 < one < 2**63 for one in ids)
