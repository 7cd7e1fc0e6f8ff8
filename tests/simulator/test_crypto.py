"""The official sample messages, and the corners where other implementations went wrong."""

import pytest

from eval.simulator.crypto import CannotOpen, Crypt, jsapi_signature, pad_length, padded
from tests.simulator.company import KEY, TOKEN

SAMPLE_CORP = "wx5823bf96d3bd56c7"

# Sample messages of the official callback documentation.
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
BOT_REPLY = (
    "sKqRbbiSUnDhFHOvPjtUMTyjUwe2MrmqVjeWqmzykPIgrJiyR3Mh55RQvnI0y4m+X/q1t90XbvmII0s68uYjm1QOi7aiWXxSmW+0xS9upznCals2"
    "q7YCui1d2efiMcEI"
)


@pytest.fixture
def crypt() -> Crypt:
    return Crypt(TOKEN, KEY, SAMPLE_CORP)


def test_url_verification_sample(crypt: Crypt) -> None:
    assert crypt.sign("1409659589", "263014780", ECHO) == "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    opened = crypt.open(ECHO)
    assert opened.message == b"1616140317555161061"
    assert (opened.prefix, opened.pad, opened.receive_id) == (b"c41b64491c2468d0", 7, SAMPLE_CORP)


def test_message_sample_opens_and_is_reproduced_byte_for_byte(crypt: Crypt) -> None:
    assert crypt.sign("1409659813", "1372623149", MESSAGE) == "477715d11cdb4164915debcba66cb864d751f3e6"
    opened = crypt.open(MESSAGE)
    assert (len(opened.message), opened.prefix, opened.pad) == (284, b"0960688932c47ef1", 30)
    assert b"<MsgId>4561255354251345929</MsgId>" in opened.message
    assert crypt.encrypt(opened.message, b"0960688932c47ef1") == MESSAGE


def test_page_signature_sample() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    url = "http://mp.weixin.qq.com?params=value"
    signed = jsapi_signature(ticket, "Wm3WZYTPz0wzccnW", "1414587457", url)
    assert signed == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    assert jsapi_signature(ticket, "Wm3WZYTPz0wzccnW", "1414587457", url + "#part") == signed


def test_a_bot_reply_has_an_empty_receive_id() -> None:
    crypt = Crypt(TOKEN, KEY, "")
    message = '{"msgtype":"stream","stream":{"id":"S1","finish":true,"content":"你好"}}'.encode()
    assert crypt.encrypt(message, b"0123456789abcdef") == BOT_REPLY
    assert crypt.sign("1700000000", "nonce123", BOT_REPLY) == "c988d570d22a060c2044367cbbd9260e5b1d3735"
    assert crypt.open(BOT_REPLY).receive_id == ""


def test_every_length_goes_in_and_out_with_a_pad_of_1_to_32(crypt: Crypt) -> None:
    pads = set()
    for length in range(0, 130):
        opened = crypt.open(crypt.encrypt(b"x" * length))
        assert opened.message == b"x" * length
        pads.add(opened.pad)
    assert pads == set(range(1, 33))


@pytest.mark.parametrize("end", [b"\x00", b"\x21", b"\x02\x03\x03", b"\x01\x02"])
def test_a_pad_is_checked_byte_by_byte(end: bytes) -> None:
    with pytest.raises(CannotOpen):
        pad_length(b"data" * 16 + end)


@pytest.mark.parametrize("encrypted", ["", "???", "YWJj", "ä"])
def test_what_is_no_ciphertext_does_not_open(crypt: Crypt, encrypted: str) -> None:
    with pytest.raises(CannotOpen):
        crypt.open(encrypted)


def test_a_length_beyond_the_end_does_not_open(crypt: Crypt) -> None:
    with pytest.raises(CannotOpen):
        crypt.open(crypt.seal(padded(b"0" * 16 + b"\x00\x00\xff\xff" + b"short")))


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "=", "!" + KEY[1:]])
def test_a_key_of_another_length_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="EncodingAESKey|padding"):
        Crypt(TOKEN, key, "")
