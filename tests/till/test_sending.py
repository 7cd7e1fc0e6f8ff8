"""What the shop's own system is told: signed, tried again, and given up in the end."""

import json
from datetime import timedelta

import httpx2
import pytest

from assistant.sold import KeyScope
from assistant.store.till import answers, webhooks
from assistant.store.till.webhooks import LONGEST_WAIT, MOST_ATTEMPTS, WebhookState, wait_after
from assistant.till.sending import WebhookSender
from assistant.till.signing import FRESH_SECONDS, SIGNATURE, TIMESTAMP, headers, is_signed, sign
from tests.till.conftest import CORP, NOW, SECRET, House, order, stock


class Elsewhere:
    """The shop's system: answers with what it is told to, and remembers every call."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.calls.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer)


def sender(house: House, elsewhere: Elsewhere) -> WebhookSender:
    client = httpx2.Client(transport=httpx2.MockTransport(elsewhere))
    return WebhookSender(house.database, CORP, client, "https://shop.example/hook", SECRET, lambda: house.now[0])


def counts(house: House) -> dict[WebhookState, int]:
    with house.database.read() as tx:
        return webhooks.counts(tx, CORP)


def test_each_event_is_told_once_and_signed(house: House) -> None:
    house.post("orders", order(), KeyScope.ORDERS)
    house.post("orders", order(), KeyScope.ORDERS)
    elsewhere = Elsewhere(204)
    one = sender(house, elsewhere)
    assert one.send_due() == 1
    assert one.send_due() == 0
    one.client.close()
    (call,) = elsewhere.calls
    assert json.loads(call.content) == {
        "event_id": "e1",
        "order_id": "O1",
        "state": "counted",
        "state_label": "已入账",
        "reason": "",
        "kind": "order",
    }
    assert is_signed(SECRET, call.headers[TIMESTAMP], call.headers[SIGNATURE], call.content, NOW)
    assert counts(house) == {WebhookState.SENT: 1}


def test_what_did_not_arrive_is_tried_again_later_and_later(house: House) -> None:
    house.post("stock", stock(), KeyScope.STOCK)
    elsewhere = Elsewhere(500, httpx2.ConnectError("gone"), httpx2.ReadTimeout("slow"), 200)
    one = sender(house, elsewhere)
    assert one.send_due() == 0
    assert one.send_due() == 0
    assert len(elsewhere.calls) == 1
    for attempts, arrived in ((1, 0), (2, 0), (3, 1)):
        house.now[0] += wait_after(attempts)
        assert one.send_due() == arrived
    assert counts(house) == {WebhookState.SENT: 1}
    one.client.close()


def test_after_many_attempts_it_is_given_up(house: House) -> None:
    house.post("stock", stock(), KeyScope.STOCK)
    one = sender(house, Elsewhere(*[503] * MOST_ATTEMPTS))
    for _ in range(MOST_ATTEMPTS):
        one.send_due()
        house.now[0] += LONGEST_WAIT
    assert counts(house) == {WebhookState.GIVEN_UP: 1}
    assert one.send_due() == 0
    one.client.close()


def test_what_arrived_long_ago_is_forgotten(house: House) -> None:
    house.post("stock", stock(), KeyScope.STOCK, "one")
    one = sender(house, Elsewhere(200))
    assert one.send_due() == 1
    house.now[0] += webhooks.REMEMBERED + timedelta(days=1)
    assert one.send_due() == 0
    assert counts(house) == {}
    house.post("stock", stock("e5"), KeyScope.STOCK, "two")
    with house.database.read() as tx:
        assert answers.find(tx, CORP, house.tokens[KeyScope.STOCK].partition(".")[0], "one") is None
        assert answers.find(tx, CORP, house.tokens[KeyScope.STOCK].partition(".")[0], "two") is not None
    one.client.close()


def test_the_waits_grow_to_two_days_in_all() -> None:
    waits = [wait_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert waits == sorted(waits)
    assert timedelta(days=1) < sum(waits, timedelta()) < timedelta(days=3)


def test_a_signature_is_of_these_bytes_at_this_time() -> None:
    # computed beforehand: printf '1700000000.{}' | openssl dgst -sha256 -hmac key
    assert sign("key", "1700000000", b"{}") == "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    made = headers(SECRET, b"{}", NOW)
    timestamp, signature = made[TIMESTAMP], made[SIGNATURE]
    assert is_signed(SECRET, timestamp, signature, b"{}", NOW + timedelta(seconds=FRESH_SECONDS))
    assert not is_signed(SECRET, timestamp, signature, b"{}", NOW + timedelta(seconds=FRESH_SECONDS + 1))
    assert not is_signed(SECRET, timestamp, signature, b"{ }", NOW)
    assert not is_signed(SECRET, str(int(timestamp) + 1), signature, b"{}", NOW)


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "²³", "9" * 400, " 1"])
def test_a_strange_timestamp_is_no_timestamp(timestamp: str) -> None:
    assert not is_signed(SECRET, timestamp, sign(SECRET, timestamp, b""), b"", NOW)
