"""WeCom's callback cryptography, written a second time on purpose.

The product uses a library for this; the simulator must not share its mistakes, so it has its own on ``cryptography``.
Source of every rule: WeCom developer documentation, 加解密方案说明 (document/path/90968) and its sample messages.
"""

import base64
import binascii
import hashlib
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PAD_BLOCK = 32
"""WeCom pads to 32 bytes although an AES block has 16: pad values run from 1 to 32."""

PREFIX_BYTES = 16
LENGTH_BYTES = 4


class CannotOpen(Exception):
    """A ciphertext is not ours, was damaged, or its padding or length is wrong."""


@dataclass(frozen=True)
class Opened:
    """What was inside a ciphertext."""

    prefix: bytes
    message: bytes
    receive_id: str
    pad: int


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """Lower-case hex SHA-1 over the four strings, sorted and joined."""
    joined = "".join(sorted((token, timestamp, nonce, encrypted)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def jsapi_signature(ticket: str, noncestr: str, timestamp: str, url: str) -> str:
    """Signature of a page that calls the JS-SDK; ``url`` without its fragment (document/path/96909)."""
    joined = f"jsapi_ticket={ticket}&noncestr={noncestr}&timestamp={timestamp}&url={url.split('#', 1)[0]}"
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def padded(data: bytes) -> bytes:
    """PKCS#7 to a multiple of 32 bytes; data that already fits gets a whole block more."""
    pad = PAD_BLOCK - len(data) % PAD_BLOCK
    return data + bytes([pad]) * pad


def pad_length(data: bytes) -> int:
    """How many pad bytes end ``data``, every one of them checked. Raises :class:`CannotOpen`."""
    pad = data[-1] if data else 0
    if not 1 <= pad <= PAD_BLOCK or data[-pad:] != bytes([pad]) * pad:
        raise CannotOpen("bad padding")
    return pad


class Crypt:
    """Encrypts, decrypts and signs for one receiver: a corp id, or "" for an AI bot."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        """Raises ValueError when the key is not 43 characters of base64."""
        if len(encoding_aes_key) != 43:
            raise ValueError("EncodingAESKey must have 43 characters")
        # The documented sample key carries stray bits in its last character, so the decoding must be lenient.
        key = base64.b64decode(encoding_aes_key + "=")
        if len(key) != 32:
            raise ValueError("EncodingAESKey must be base64 of 32 bytes")
        self._token = token
        self._key = key
        self._receive_id = receive_id

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The signature WeCom sends beside this ciphertext."""
        return signature(self._token, timestamp, nonce, encrypted)

    def plaintext(self, message: bytes, prefix: bytes | None = None) -> bytes:
        """The layout before padding: 16 random bytes, big-endian length, message, receive id."""
        random = secrets.token_hex(PREFIX_BYTES // 2).encode() if prefix is None else prefix
        return random + struct.pack(">I", len(message)) + message + self._receive_id.encode()

    def encrypt(self, message: bytes, prefix: bytes | None = None) -> str:
        """Base64 ciphertext of ``message``; ``prefix`` (16 bytes) only to reproduce a known answer."""
        return self.seal(padded(self.plaintext(message, prefix)))

    def seal(self, blocks: bytes) -> str:
        """Encrypt bytes that are already padded, rightly or (for a fault) wrongly."""
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(blocks) + encryptor.finalize()).decode()

    def open(self, encrypted: str) -> Opened:
        """Decrypt and take apart. Raises :class:`CannotOpen`; the receive id is for the caller to compare."""
        blocks = self._blocks(encrypted)
        pad = pad_length(blocks)
        data = blocks[:-pad]
        start = PREFIX_BYTES + LENGTH_BYTES
        if len(data) < start:
            raise CannotOpen("shorter than its own head")
        (length,) = struct.unpack(">I", data[PREFIX_BYTES:start])
        if length > len(data) - start:
            raise CannotOpen("length beyond the end")
        try:
            receive_id = data[start + length :].decode()
        except UnicodeDecodeError as error:
            raise CannotOpen("receive id is not text") from error
        return Opened(data[:PREFIX_BYTES], data[start : start + length], receive_id, pad)

    def _blocks(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CannotOpen("not base64") from error
        if not sealed or len(sealed) % PREFIX_BYTES:
            raise CannotOpen("not whole AES blocks")
        decryptor = self._cipher().decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES(self._key), CBC(self._key[:16]))
