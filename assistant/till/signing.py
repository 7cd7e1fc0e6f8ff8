"""Signatures of webhooks, ours and theirs: hex HMAC-SHA256 over ``timestamp.body``, fresh within five minutes."""

import hmac
from datetime import datetime
from hashlib import sha256

FRESH_SECONDS = 300
TIMESTAMP = "X-Daogou-Timestamp"
SIGNATURE = "X-Daogou-Signature"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body sent at ``timestamp``, in seconds since 1970."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def headers(secret: str, body: bytes, moment: datetime) -> dict[str, str]:
    """The two headers that go with a body."""
    timestamp = str(int(moment.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: sign(secret, timestamp, body)}


def is_signed(secret: str, timestamp: str, signature: str, body: bytes, moment: datetime) -> bool:
    """Say whether a body is theirs and fresh; compared in constant time."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    fresh = abs(moment.timestamp() - int(timestamp)) <= FRESH_SECONDS
    expected = sign(secret, timestamp, body)
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace")) and fresh
