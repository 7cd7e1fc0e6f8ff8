"""The callback's crypto against WeCom's official vectors, and against everything that is not quite them."""

import base64
import hashlib
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from assistant.channel.wecom import CallbackCrypto, encrypted_part, read_callback
from assistant.errors import CallbackRefused, SettingsError

TOKEN = "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
CORP = "wx5823bf96d3bd56c7"
V1 = {
    "timestamp": "1409659589",
    "nonce": "263014780",
    "signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    "encrypted": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
}
V2 = {
    "timestamp": "1409659813",
    "nonce": "1372623149",
    "signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "encrypted": (
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/"
        "sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJ"
        "YuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGU"
        "callcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA"
        "5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
    ),
}


@pytest.fixture
def crypto() -> CallbackCrypto:
    return CallbackCrypto(TOKEN, KEY, CORP)


def seal(
    content: bytes, *, receive_id: bytes = CORP.encode(), length: int | None = None, pad: bytes | None = None
) -> str:
    """Encrypt as WeCom would, or wrongly on purpose."""
    key = base64.b64decode(KEY + "=")
    plain = b"0123456789abcdef" + struct.pack(">I", len(content) if length is None else length) + content + receive_id
    if pad is None:
        missing = 32 - len(plain) % 32
        pad = bytes([missing]) * missing
    plain += pad
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def test_official_vector_for_url_verification(crypto: CallbackCrypto) -> None:
    crypto.check_signature(V1["signature"], V1["timestamp"], V1["nonce"], V1["encrypted"])
    assert crypto.decrypt(V1["encrypted"]) == "1616140317555161061"


def test_official_vector_for_a_message(crypto: CallbackCrypto) -> None:
    crypto.check_signature(V2["signature"], V2["timestamp"], V2["nonce"], V2["encrypted"])
    callback = read_callback(crypto.decrypt(V2["encrypted"]))
    assert (callback.userid, callback.kind, callback.text) == ("mycreate", "text", "hello")
    assert (callback.msgid, callback.agent_id) == ("4561255354251345929", 218)


def test_a_wrong_signature_is_refused(crypto: CallbackCrypto) -> None:
    with pytest.raises(CallbackRefused):
        crypto.check_signature("0" * 40, V1["timestamp"], V1["nonce"], V1["encrypted"])


@given(body=st.binary(max_size=1100).map(lambda raw: base64.b64encode(raw)))
def test_every_length_comes_back_as_it_went(body: bytes) -> None:
    assert CallbackCrypto(TOKEN, KEY, CORP).decrypt(seal(body)) == body.decode()


@pytest.mark.parametrize("size", range(64))
def test_every_padding_from_1_to_32_is_read(crypto: CallbackCrypto, size: int) -> None:
    assert crypto.decrypt(seal(b"x" * size)) == "x" * size


@pytest.mark.parametrize(
    "sealed",
    [
        seal(b"hello", receive_id=b"another-corp"),
        seal(b"hello", length=4000),
        seal(b"hello" * 3, pad=b"\x00" * (32 - (20 + 15 + len(CORP)) % 32)),
        seal(b"x" * (64 - 20 - len(CORP)), pad=b"\x21" * 32),
        seal(b"x" * (64 - 20 - len(CORP)), pad=b"\x1f" * 31 + b"\x20"),
        "not base64!",
        "",
        base64.b64encode(b"short").decode(),
    ],
    ids=["receive id", "length", "pad 0", "pad 33", "uneven pad", "not base64", "empty", "odd length"],
)
def test_what_is_not_ours_is_refused(crypto: CallbackCrypto, sealed: str) -> None:
    with pytest.raises(CallbackRefused):
        crypto.decrypt(sealed)


def test_a_key_of_the_wrong_length_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="43"):
        CallbackCrypto(TOKEN, KEY[:-1], CORP)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml></xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
        b"<xml><Encrypt>unclosed",
    ],
)
def test_a_malformed_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused):
        encrypted_part(body)


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (
            "<xml><FromUserName>a</FromUserName><MsgType>voice</MsgType><MsgId>1</MsgId><MediaId>m</MediaId></xml>",
            "voice",
        ),
        ("<xml><FromUserName>a</FromUserName><MsgType>sticker</MsgType><MsgId>1</MsgId></xml>", "sticker"),
        (
            "<xml><FromUserName>a</FromUserName><MsgType>event</MsgType><Event>enter_agent</Event></xml>",
            "event:enter_agent",
        ),
    ],
)
def test_kinds_nobody_can_read_are_kept_without_text(xml: str, kind: str) -> None:
    callback = read_callback(xml)
    assert (callback.kind, callback.text) == (kind, "")


def test_an_event_is_known_by_its_whole_body() -> None:
    xml = (
        "<xml><FromUserName>sys</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>{}</Event></xml>"
    )
    first, again, other = (read_callback(xml.format(event)) for event in ("subscribe", "subscribe", "unsubscribe"))
    assert first.msgid == again.msgid != other.msgid


@given(st.text(max_size=300))
def test_no_decrypted_text_breaks_the_parser(xml: str) -> None:
    try:
        read_callback(xml)
    except CallbackRefused:
        return


def test_the_signature_is_the_sorted_sha1() -> None:
    joined = "".join(sorted([TOKEN, "1", "2", "3"]))
    CallbackCrypto(TOKEN, KEY, CORP).check_signature(hashlib.sha1(joined.encode()).hexdigest(), "1", "2", "3")
