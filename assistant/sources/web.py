"""Pages named by their address, off unless hosts are allowed. Written against server-side request forgery (safety F6).

Only https, only hosts the operator listed, only their names (never an address in any notation), only the usual port.
The name is looked up once and the connection goes to the very address that was checked, so a second answer of the name
server changes nothing. Redirects are taken by hand, within the same host, and checked like a first address. No
cookies, no proxies of the environment, 10 MB after unpacking, 10 s for everything.
"""

import ipaddress
import re
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpcore2

from assistant.errors import PlaceTrouble
from assistant.ingest.files import SUFFIXES
from assistant.sources.source import MEGABYTE, Listed, NotFetched
from knowledge.reading.cleaning import display_name

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

LARGEST = 10 * MEGABYTE
SECONDS = 10.0
MOST_REDIRECTS = 3
_LONGEST = 2000
_ODD = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_TYPES = {
    ".html": ("text/html", "application/xhtml+xml"),
    ".htm": ("text/html", "application/xhtml+xml"),
    ".md": ("text/markdown", "text/plain"),
    ".txt": ("text/plain",),
    ".csv": ("text/csv", "text/plain"),
    ".pdf": ("application/pdf", "application/octet-stream"),
    ".xls": ("application/vnd.ms-excel", "application/octet-stream"),
    **{
        suffix: (f"application/vnd.openxmlformats-officedocument.{kind}", "application/octet-stream")
        for suffix, kind in (
            (".docx", "wordprocessingml.document"),
            (".xlsx", "spreadsheetml.sheet"),
            (".pptx", "presentationml.presentation"),
        )
    },
}
_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"))
)
_NAMED_NETWORKS: tuple[tuple[str, tuple[Network, ...]], ...] = tuple(
    (words, tuple(map(ipaddress.ip_network, networks)))
    for words, networks in (
        ("映射成 IPv6 的 IPv4 地址", ("::ffff:0:0/96", "::ffff:0:0:0/96")),
        ("IPv6 转换地址", ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "192.88.99.0/24")),
        ("本机地址", ("127.0.0.0/8", "::1/128", "0.0.0.0/8", "::/128")),
        ("链路本地地址", ("169.254.0.0/16", "fe80::/10")),
        ("运营商内部地址", ("100.64.0.0/10",)),
        ("内网地址", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10")),
        ("组播地址", ("224.0.0.0/4", "ff00::/8")),
    )
)
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")


def address_refusal(address: Address) -> str:
    """Say in Chinese why no connection goes to this address; empty for a public one."""
    if address in _METADATA:
        return "云主机元数据地址"
    for words, networks in _NAMED_NETWORKS:
        if any(address in network for network in networks):
            return words
    if not address.is_global or address.is_reserved or (address.version == 6 and address not in _PUBLIC_IPV6):
        return "保留地址"
    return ""


def url_refusal(url: str, hosts: Iterable[str], ports: frozenset[int] = frozenset({443})) -> str:
    """Say in Chinese why this address is not read; empty when its text gives no reason against it."""
    if len(url) > _LONGEST:
        return "网址太长"
    if _ODD.search(url):
        return "网址里有不该有的字符"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "网址写法不对"
    if parts.scheme != "https":
        return "只读 https 网址"
    if "@" in parts.netloc:
        return "网址里带了账号"
    if not host:
        return "网址里没有域名"
    if (port or 443) not in ports:
        return "端口不是 443"
    return _host_refusal(host.lower(), hosts)


def _host_refusal(host: str, hosts: Iterable[str]) -> str:
    if not host.isascii():
        return "域名里有特殊字符"
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]):
        return "要写域名，不能写 IP 地址"
    if not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return "域名写法不对"
    return "" if host in {one.lower() for one in hosts} else "不在允许的网站里"


def name_of(url: str) -> str:
    """The name of the page in the mirror: host, path, and a mark of the query; without a known suffix it is html."""
    parts = urlsplit(url)
    path = re.sub(r"[^\w.()（）-]+", "_", unquote(parts.path).strip("/"))[-100:].lstrip(".~_") or "index"
    query = f"_{zlib.crc32(parts.query.encode()):08x}" if parts.query else ""
    plain = PurePosixPath(path)
    suffix = plain.suffix.lower()
    known = suffix in SUFFIXES
    return f"{parts.hostname}/{plain.stem if known else path}{query}{suffix if known else '.html'}"


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver for every address of a name; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class WebPages:
    """Pages by their addresses; what was read earlier from other addresses stays.

    ``also_allowed`` are networks that count as public, for a server beside us in tests.
    """

    urls: tuple[str, ...]
    hosts: tuple[str, ...]
    resolve: Resolve = resolve_name
    also_allowed: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({443})
    tls: ssl.SSLContext | None = None
    largest: int = LARGEST
    seconds: float = SECONDS
    monotonic: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        """All pages are one source."""
        return "web"

    @property
    def is_whole(self) -> bool:
        """A few addresses say nothing of the others."""
        return False

    def list(self) -> Iterator[Listed]:
        """One entry an address; raises PlaceTrouble for one that may not be read."""
        for url in self.urls:
            if refusal := self.refusal(url):
                raise PlaceTrouble(f"网址 {display_name(url)[:80]} 不能读：{refusal}", _REMEDY)
            yield Listed(name_of(url), url)

    def refusal(self, url: str) -> str:
        """Say in Chinese why an address may not be read, without asking anybody; empty when it may."""
        return url_refusal(url, self.hosts, self.ports)

    def fetch(self, one: Listed) -> Iterator[bytes]:
        """The content of one page."""
        line = _Line(self, self.monotonic() + self.seconds)
        tls = self.tls or ssl.create_default_context()
        with httpcore2.ConnectionPool(ssl_context=tls, network_backend=line, http2=False, retries=0) as pool:
            url, suffix = one.key, PurePosixPath(name_of(one.key)).suffix
            try:
                for _ in range(MOST_REDIRECTS + 1):
                    if refusal := self.refusal(url):
                        raise NotFetched(f"这个网址不能读：{refusal}", _REMEDY)
                    with pool.stream(
                        "GET", _on_the_wire(url), headers=_HEADERS, extensions=line.timeouts()
                    ) as response:
                        onward = _redirect(response, url)
                        if not onward:
                            yield from self._content(response, suffix, line)
                            return
                    url = onward
            except httpcore2.TimeoutException:
                raise NotFetched(f"{self.seconds:.0f} 秒内没有读完", "请稍后再试") from None
            except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
                raise NotFetched(f"连不上或传输中断（{type(error).__name__}）", "请检查网址和网络，稍后再试") from None
            raise NotFetched(f"跳转超过 {MOST_REDIRECTS} 次", "请直接写最后的网址")

    def _content(self, response: httpcore2.Response, suffix: str, line: "_Line") -> Iterator[bytes]:
        if response.status != 200:
            raise NotFetched(f"网站回答 HTTP {response.status}", "请用浏览器核对网址")
        kind = _header(response, b"content-type").split(";")[0].strip().lower()
        if kind not in _TYPES[suffix]:
            reason = f"内容类型 {kind[:60] or '没有写'} 和网址的后缀 {suffix} 对不上"
            raise NotFetched(reason, "请写能读的文件的网址（网页、pdf、docx、xlsx、pptx、csv、md、txt）")
        unpack = _unpacking(_header(response, b"content-encoding").strip().lower(), self.largest)
        size = 0
        for raw in response.iter_stream():
            line.check()
            for chunk in unpack(raw):
                size += len(chunk)
                if size > self.largest:
                    raise NotFetched(f"页面超过 {self.largest // MEGABYTE} MB", "请拆小后再导入")
                yield chunk


_REMEDY = "只读 DAOGOU_URL_INGEST_HOSTS 里列出的网站的 https 网址"
_HEADERS = (("User-Agent", "daogou"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))


class _Line(httpcore2.NetworkBackend):
    """Connects only to addresses that were checked, and lets nothing take longer than the page may."""

    def __init__(self, pages: WebPages, until: float) -> None:
        self._pages = pages
        self._until = until
        self._inner = httpcore2.SyncBackend()

    def left(self) -> float:
        """Seconds that are left; raises ReadTimeout when there are none."""
        left = self._until - self._pages.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left

    def check(self) -> None:
        """Raise ReadTimeout when the time is over."""
        self.left()

    def timeouts(self) -> dict[str, Any]:
        """What the pool is told to wait at most."""
        left = self.left()
        return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), left)}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Look the name up once and connect to what was found, if all of it is public."""
        try:
            found = [ipaddress.ip_address(one.split("%")[0]) for one in self._pages.resolve(host, port)]
        except (OSError, ValueError):
            raise NotFetched("域名解析不出来", "请核对网址") from None
        if not found:
            raise NotFetched("域名解析不出来", "请核对网址")
        for address in found:
            allowed = any(address in network for network in self._pages.also_allowed)
            if not allowed and (refusal := address_refusal(address)):
                raise NotFetched(f"这个域名指向{refusal}", "请核对网址和域名解析；只读公网上的网站")
        stream = self._inner.connect_tcp(str(found[0]), port, self.left(), local_address, socket_options)
        return _Stream(stream, self)

    def sleep(self, seconds: float) -> None:
        """Never wait: a page is asked for once."""
        self.check()


class _Stream(httpcore2.NetworkStream):
    """A connection none of whose waits outlasts the page's time."""

    def __init__(self, inner: httpcore2.NetworkStream, line: _Line) -> None:
        self._inner = inner
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._line.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._line.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._line.left()), self._line)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _redirect(response: httpcore2.Response, url: str) -> str:
    """Where a redirect leads, empty when it is none; another host is refused."""
    if response.status not in {301, 302, 303, 307, 308}:
        return ""
    try:
        onward = urljoin(url, _header(response, b"location"))
        is_same = urlsplit(onward).netloc.lower() == urlsplit(url).netloc.lower()
    except ValueError:
        raise NotFetched("网页跳转的网址写法不对", "请直接写最后的网址") from None
    if not is_same:
        raise NotFetched("网页跳转到别的网站", "请直接写最后的网址，并把它的域名加进允许的网站")
    return onward


def _on_the_wire(url: str) -> str:
    """An address as it is sent: without its fragment, other letters than ASCII in percent form."""
    return quote(url.split("#", 1)[0], safe=":/?[]@!$&'()*+,;=%~")


def _header(response: httpcore2.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _unpacking(encoding: str, largest: int) -> Callable[[bytes], Iterator[bytes]]:
    """Return what unpacks a body piece by piece, never more at once than a page may have in all."""
    if encoding in {"", "identity"}:
        return lambda raw: iter((raw,))
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise NotFetched(f"不认识的压缩方式 {encoding[:20]}", "请下载后当文件导入")
    unpacker = zlib.decompressobj(47)

    def unpack(raw: bytes) -> Iterator[bytes]:
        try:
            yield unpacker.decompress(raw, largest + 1)
        except zlib.error:
            raise NotFetched("压缩的内容损坏", "请稍后再试") from None

    return unpack
