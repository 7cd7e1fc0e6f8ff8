"""Local servers that speak enough of S3, of 微盘 and of plain HTTP, and misbehave when asked to."""

import hashlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Answer:
    """What goes back. ``announced`` is a false length; ``drip`` are seconds before every byte; ``late`` before all."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    drip: float = 0.0
    late: float = 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class Local:
    """A server on 127.0.0.1 that answers as a function says and remembers what was asked."""

    def __init__(self, answer: Callable[[Asked], Answer], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        local = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, unquote(parts.path), query, headers, body)
                local.asked.append(asked)
                self._send(answer(asked))

            def _send(self, one: Answer) -> None:
                time.sleep(one.late)
                self.send_response(one.status)
                length = len(one.body) if one.announced is None else one.announced
                for name, value in {"Content-Length": str(length), "Connection": "close", **one.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if not one.drip:
                    self.wfile.write(one.body)
                    return
                for byte in one.body:
                    time.sleep(one.drip)
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, plain."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class FakeS3:
    """One bucket called ``shop``. ``listing`` and ``objects_at`` hold answers that are given instead of the right ones."""

    objects: dict[str, bytes] = field(default_factory=dict)
    page: int = 1000
    listing: list[Answer | None] = field(default_factory=list)
    wrong: dict[str, Answer] = field(default_factory=dict)
    loses_token: bool = False

    def __call__(self, asked: Asked) -> Answer:
        """Answer ListObjectsV2 and GetObject, path style."""
        if asked.headers.get("authorization", "").find("Credential=key/") < 0:
            return error(403, "InvalidAccessKeyId")
        bucket, _, key = asked.path.lstrip("/").partition("/")
        if bucket != "shop":
            return error(404, "NoSuchBucket")
        return self._object(key, asked) if key else self._list(asked)

    def _object(self, key: str, asked: Asked) -> Answer:
        if key in self.wrong:
            return self.wrong[key]
        if key not in self.objects:
            return error(404, "NoSuchKey")
        if asked.headers.get("if-match") != etag(self.objects[key]):
            return error(412, "PreconditionFailed")
        return Answer(body=self.objects[key], headers={"ETag": etag(self.objects[key])})

    def _list(self, asked: Asked) -> Answer:
        if self.listing and (instead := self.listing.pop(0)) is not None:
            return instead
        assert asked.query["list-type"] == "2"
        keys = sorted(key for key in self.objects if key.startswith(asked.query.get("prefix", "")))
        start = int(asked.query.get("continuation-token", "0"))
        rows = "".join(
            f"<Contents><Key>{escape(quote(key))}</Key><ETag>{escape(etag(self.objects[key]))}</ETag>"
            f"<Size>{len(self.objects[key])}</Size></Contents>"
            for key in keys[start : start + self.page]
        )
        more = start + self.page < len(keys)
        token = f"<NextContinuationToken>{start + self.page}</NextContinuationToken>"
        end = token if more and not self.loses_token else ""
        return xml(
            f"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>"
            f"{rows}{end}</ListBucketResult>"
        )


def etag(data: bytes) -> str:
    """The tag S3 gives a plain object."""
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def xml(body: str) -> Answer:
    """An answer in XML."""
    return Answer(body=f'<?xml version="1.0"?>{body}'.encode(), headers={"Content-Type": "application/xml"})


def error(status: int, code: str) -> Answer:
    """S3's way of saying no."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


@dataclass
class FakeWeDrive:
    """A space ``S1``: folder id → items; item ids → content. Tokens other than ``valid`` are refused with ``stale``."""

    folders: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    valid: str = "T1"
    stale: int = 42001
    page: int = 1000
    instead: list[int] = field(default_factory=list)
    downloads: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, Answer] = field(default_factory=dict)
    base: str = ""

    def __call__(self, asked: Asked) -> Answer:
        """Answer file_list, file_download and the download itself."""
        if asked.path.startswith("/download/"):
            return self._download(asked)
        if asked.query.get("access_token") != self.valid:
            return _said({"errcode": self.stale, "errmsg": "token"})
        if self.instead and (errcode := self.instead.pop(0)):
            return _said({"errcode": errcode, "errmsg": "wrong"})
        return self._list(asked.json()) if asked.path.endswith("file_list") else self._where(asked.json())

    def _list(self, body: dict[str, Any]) -> Answer:
        assert body["spaceid"] == "S1"
        assert (body["sort_type"], body["limit"]) == (1, 1000)
        items = self.folders.get(body["fatherid"])
        if items is None:
            return _said({"errcode": 640003, "errmsg": "no folder"})
        end = body["start"] + self.page
        found = {"item": items[body["start"] : end]}
        return _said({"errcode": 0, "has_more": end < len(items), "next_start": end, "file_list": found})

    def _where(self, body: dict[str, Any]) -> Answer:
        errcode = self.downloads.get(body["fileid"], 0)
        if errcode:
            return _said({"errcode": errcode, "errmsg": "no"})
        url = f"{self.base}/download/{body['fileid']}"
        return _said({"errcode": 0, "download_url": url, "cookie_name": "authkey", "cookie_value": body["fileid"]})

    def _download(self, asked: Asked) -> Answer:
        fileid = asked.path.rsplit("/", 1)[-1]
        if asked.headers.get("cookie") != f"authkey={fileid}":
            return Answer(403)
        return self.wrong.get(fileid) or Answer(body=self.contents[fileid])


def drive_file(fileid: str, name: str, content: bytes, **more: object) -> dict[str, Any]:
    """A file as 微盘 lists it."""
    sha = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    plain = {
        "fileid": fileid,
        "file_name": name,
        "file_type": 2,
        "file_status": 1,
        "file_size": len(content),
        "sha": sha,
    }
    return {**plain, **more}


def drive_folder(fileid: str, name: str) -> dict[str, Any]:
    """A folder as 微盘 lists it."""
    return {"fileid": fileid, "file_name": name, "file_type": 1, "file_status": 1}


def _said(body: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
