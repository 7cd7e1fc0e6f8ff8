"""Pages by address: what is refused before anybody is asked, what the name server cannot slip in, and real pages."""

import datetime as dt
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from assistant.errors import PlaceTrouble
from assistant.sources.source import Brought, Mirrored
from assistant.sources.web import WebPages, address_refusal, name_of, url_refusal
from tests.sources.servers import Answer, Asked, Local

TLS = ssl.create_default_context()
HOSTS = ("docs.test", "localhost", "xn--fiq228c.cn", "metadata.google.internal")

HOSTILE_URLS = [
    ("http://docs.test/", "只读 https"),
    ("ftp://docs.test/", "只读 https"),
    ("file:///etc/passwd", "只读 https"),
    ("gopher://docs.test:70/", "只读 https"),
    ("javascript:alert(1)", "只读 https"),
    ("//docs.test/", "只读 https"),
    ("docs.test/", "只读 https"),
    ("", "只读 https"),
    ("https://", "没有域名"),
    ("https:///path", "没有域名"),
    ("https://user@docs.test/", "带了账号"),
    ("https://user:secret@docs.test/", "带了账号"),
    ("https://docs.test@evil.test/", "带了账号"),
    ("https://evil.test#@docs.test/", "不在允许"),
    ("https://docs.test:80/", "端口"),
    ("https://docs.test:22/", "端口"),
    ("https://docs.test:8443/", "端口"),
    ("https://docs.test:99999/", "写法不对"),
    ("https://docs.test:abc/", "写法不对"),
    ("https://127.0.0.1/", "IP 地址"),
    ("https://10.0.0.5/", "IP 地址"),
    ("https://8.8.8.8/", "IP 地址"),
    ("https://2130706433/", "IP 地址"),
    ("https://0x7f000001/", "IP 地址"),
    ("https://0x7f.0.0.1/", "IP 地址"),
    ("https://0177.0.0.1/", "IP 地址"),
    ("https://017700000001/", "IP 地址"),
    ("https://127.1/", "IP 地址"),
    ("https://127.0.0.1./", "IP 地址"),
    ("https://docs.test.0x1/", "IP 地址"),
    ("https://[::1]/", "IP 地址"),
    ("https://[::ffff:127.0.0.1]/", "IP 地址"),
    ("https://[fd00:ec2::254]/", "IP 地址"),
    ("https://[::1/", "写法不对"),
    ("https://１２７.０.０.１/", "特殊字符"),
    ("https://127。0。0。1/", "特殊字符"),
    ("https://docs.tеst/", "特殊字符"),
    ("https://docs.test\u200b/", "特殊字符"),
    ("https://docs.test\\@evil.test/", "不该有的字符"),
    ("https://docs.test/\r\nHost: evil.test", "不该有的字符"),
    ("https://docs.test/a b", "不该有的字符"),
    ("https://docs.test/\x00", "不该有的字符"),
    ("https://docs.test./", "写法不对"),
    ("https://.docs.test/", "写法不对"),
    ("https://docs..test/", "写法不对"),
    ("https://-docs.test/", "写法不对"),
    ("https://docs_test/", "写法不对"),
    ("https://docs.test%2eevil.test/", "写法不对"),
    ("https://evil.test/", "不在允许"),
    ("https://docs.test.evil.test/", "不在允许"),
    ("https://sub.docs.test/", "不在允许"),
    ("https://evildocs.test/", "不在允许"),
    ("https://evil.test/?docs.test", "不在允许"),
    ("https://127.0.0.1.nip.io/", "不在允许"),
    ("https://docs.test/" + "a" * 2000, "太长"),
]

HOSTILE_ADDRESSES = [
    ("127.0.0.1", "本机"),
    ("127.255.255.254", "本机"),
    ("0.0.0.0", "本机"),
    ("::1", "本机"),
    ("::", "本机"),
    ("10.1.2.3", "内网"),
    ("172.16.0.1", "内网"),
    ("172.31.255.255", "内网"),
    ("192.168.1.1", "内网"),
    ("fc00::1", "内网"),
    ("fec0::1", "内网"),
    ("169.254.1.1", "链路本地"),
    ("fe80::1", "链路本地"),
    ("fe80::1%eth0", "链路本地"),
    ("169.254.169.254", "元数据"),
    ("100.100.100.200", "元数据"),
    ("168.63.129.16", "元数据"),
    ("192.0.0.192", "元数据"),
    ("fd00:ec2::254", "元数据"),
    ("100.64.0.1", "运营商"),
    ("100.127.255.254", "运营商"),
    ("224.0.0.1", "组播"),
    ("239.255.255.250", "组播"),
    ("ff02::1", "组播"),
    ("::ffff:127.0.0.1", "映射"),
    ("::ffff:8.8.8.8", "映射"),
    ("2002:7f00:1::", "转换"),
    ("64:ff9b::7f00:1", "转换"),
    ("64:ff9b:1::1", "转换"),
    ("2001:0:1::1", "转换"),
    ("192.88.99.1", "转换"),
    ("192.0.2.1", "保留"),
    ("198.18.0.1", "保留"),
    ("203.0.113.9", "保留"),
    ("240.0.0.1", "保留"),
    ("255.255.255.255", "保留"),
    ("2001:db8::1", "保留"),
    ("::127.0.0.1", "保留"),
    ("100::1", "保留"),
    ("4000::1", "保留"),
]


@pytest.mark.parametrize(("url", "reason"), HOSTILE_URLS)
def test_hostile_addresses_are_refused_before_anybody_is_asked(tmp_path: Path, url: str, reason: str) -> None:
    assert reason in url_refusal(url, HOSTS)

    def never(host: str, port: int) -> tuple[str, ...]:
        raise AssertionError(host)

    with pytest.raises(PlaceTrouble, match=reason):
        Mirrored(WebPages((url,), HOSTS, never)).bring(tmp_path / "m", lambda what, done, total: None)


def test_a_plain_address_is_fine() -> None:
    fine = ("https://docs.test", "https://DOCS.test:443/政策?a=1#b", "https://xn--fiq228c.cn/", "https://localhost/")
    assert [url_refusal(url, HOSTS) for url in fine] == [""] * 4
    assert url_refusal("https://docs.test/", ()) == "不在允许的网站里"


@pytest.mark.parametrize(("address", "reason"), HOSTILE_ADDRESSES)
def test_a_name_that_points_inside_is_refused(tmp_path: Path, address: str, reason: str) -> None:
    assert reason in address_refusal(ipaddress.ip_address(address.split("%")[0]))
    for answer in ((address,), ("93.184.216.34", address)):
        result = bring(tmp_path, WebPages(("https://docs.test/a.md",), HOSTS, lambda host, port, a=answer: a, tls=TLS))
        assert result.fetched == ()
        assert reason in result.problems[0].reason


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111"])
def test_public_addresses_are_fine(address: str) -> None:
    assert address_refusal(ipaddress.ip_address(address)) == ""


def bring(folder: Path, pages: WebPages) -> Brought:
    return Mirrored(pages).bring(folder / "m", lambda what, done, total: None)


# ---- a real server ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for docs.test that nobody else trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "docs.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("docs.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


Open = Callable[..., WebPages]


@contextmanager
def site(certificate: Path, answer: Callable[[Asked], Answer]) -> Iterator[tuple[Local, Open]]:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with Local(answer, serving) as server:

        def pages(path: str = "/a.md", **changes: object) -> WebPages:
            values: dict[str, object] = {
                "resolve": lambda host, port: ("127.0.0.1",),
                "also_allowed": (ipaddress.ip_network("127.0.0.1/32"),),
                "ports": frozenset({server.port}),
                "tls": ssl.create_default_context(cafile=str(certificate)),
            }
            url = path if path.startswith("https:") else f"https://docs.test:{server.port}{path}"
            return WebPages((url,), ("docs.test", "other.test"), **{**values, **changes})  # type: ignore[arg-type]

        yield server, pages


def text(body: bytes = b"hello", kind: str = "text/plain; charset=utf-8", **headers: str) -> Answer:
    return Answer(body=body, headers={"Content-Type": kind, **headers})


def test_a_page_comes_once_and_keeps_the_others(certificate: Path, tmp_path: Path) -> None:
    with site(certificate, lambda asked: text(asked.path.encode(), "text/html")) as (server, pages):
        assert bring(tmp_path, pages("/政策/退货.html")).fetched == ("docs.test/政策_退货.html",)
        assert bring(tmp_path, pages("/b")).fetched == ("docs.test/b.html",)
        again = bring(tmp_path, pages("/b"))
        assert (again.fetched, again.removed, again.problems) == ((), (), ())
        assert (tmp_path / "m" / "docs.test" / "政策_退货.html").exists()
        asked = server.asked[0]
        assert "cookie" not in asked.headers
        assert asked.headers["host"] == f"docs.test:{server.port}"


def test_neither_proxy_nor_resolver_of_the_environment_is_asked(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    looked: list[str] = []

    def resolve(host: str, port: int) -> tuple[str, ...]:
        looked.append(host)
        return ("127.0.0.1",) if len(looked) == 1 else ("10.0.0.1",)

    with site(certificate, lambda asked: text()) as (_, pages):
        assert bring(tmp_path, pages(resolve=resolve)).problems == ()
    assert looked == ["docs.test"]


def test_without_the_injected_network_the_local_server_is_out_of_reach(certificate: Path, tmp_path: Path) -> None:
    with site(certificate, lambda asked: text()) as (server, pages):
        assert "本机" in bring(tmp_path, pages(also_allowed=())).problems[0].reason
        assert server.asked == []


def test_a_certificate_of_another_name_or_maker_is_not_taken(certificate: Path, tmp_path: Path) -> None:
    with site(certificate, lambda asked: text()) as (server, pages):
        elsewhere = pages(f"https://other.test:{server.port}/a.md")
        assert "传输中断" in bring(tmp_path, elsewhere).problems[0].reason
        assert "传输中断" in bring(tmp_path, pages(tls=TLS)).problems[0].reason
        assert server.asked == []


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://other.test/", "别的网站"),
        ("http://127.0.0.1/", "别的网站"),
        ("//169.254.169.254/latest", "别的网站"),
        ("http://docs.test:{port}/", "只读 https"),
        ("https://user@docs.test:{port}/", "别的网站"),
        ("file:///etc/passwd", "别的网站"),
        ("https://docs.test:22/", "别的网站"),
        ("https://[::1/", "写法不对"),
        ("/a.md", "跳转超过 3 次"),
        ("", "跳转超过 3 次"),
    ],
)
def test_a_redirect_is_checked_like_a_first_address(
    certificate: Path, tmp_path: Path, location: str, reason: str
) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(302, headers={"Location": location.replace("{port}", asked.headers["host"].split(":")[1])})

    with site(certificate, answer) as (server, pages):
        assert reason in bring(tmp_path, pages()).problems[0].reason
        assert len(server.asked) <= 4


def test_a_few_redirects_in_the_house_are_followed(certificate: Path, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        step = int(asked.path.strip("/r.md") or 0)
        return text(b"there") if step == 3 else Answer(301, headers={"Location": f"/r{step + 1}.md"})

    with site(certificate, answer) as (_, pages):
        result = bring(tmp_path, pages("/r0.md"))
        assert result.problems == ()
        assert (tmp_path / "m" / "docs.test" / "r0.md").read_bytes() == b"there"


def test_a_name_that_turns_inside_between_redirects_is_refused(certificate: Path, tmp_path: Path) -> None:
    answers = iter((("127.0.0.1",), ("169.254.169.254",)))
    with site(certificate, lambda asked: Answer(302, headers={"Location": "/b.md"})) as (_, pages):
        result = bring(tmp_path, pages(resolve=lambda host, port: next(answers)))
        assert "元数据" in result.problems[0].reason


BOMB = gzip.compress(b"0" * 2_000_000)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (text(b"0" * 1001), "超过"),
        (text(b"0" * 10, announced="1"), ""),
        (Answer(body=BOMB, headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"}), "超过"),
        (Answer(body=zlib.compress(b"0" * 9999), headers={"Content-Type": "text/plain", "Content-Encoding": "deflate"}), "超过"),
        (Answer(body=b"broken", headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"}), "损坏"),
        (Answer(body=b"x", headers={"Content-Type": "text/plain", "Content-Encoding": "br"}), "压缩方式"),
        (text(kind="image/png"), "内容类型"),
        (text(kind="text/html"), "内容类型"),
        (text(kind=""), "内容类型"),
        (text(kind="application/octet-stream"), "内容类型"),
        (Answer(404), "HTTP 404"),
        (Answer(500), "HTTP 500"),
        (Answer(body=b"12", announced=5, headers={"Content-Type": "text/plain"}), "传输中断"),
        (Answer(body=b"123456", drip=0.2, headers={"Content-Type": "text/plain"}), "秒内没有读完"),
        (Answer(late=1.0), "秒内没有读完"),
    ],
)  # fmt: skip
def test_a_page_that_is_too_much_or_not_ours_is_left(
    certificate: Path, tmp_path: Path, answer: Answer, reason: str
) -> None:
    with site(certificate, lambda asked: answer) as (_, pages):
        result = bring(tmp_path, pages(largest=1000, seconds=0.5))
    assert [reason in one.reason for one in result.problems] == ([True] if reason else [])


def test_packed_pages_are_unpacked(certificate: Path, tmp_path: Path) -> None:
    packed = Answer(body=gzip.compress(b"hello"), headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"})
    with site(certificate, lambda asked: packed) as (_, pages):
        assert bring(tmp_path, pages()).problems == ()
    assert (tmp_path / "m" / "docs.test" / "a.md").read_bytes() == b"hello"


def test_a_name_nobody_knows(tmp_path: Path) -> None:
    def unknown(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    for resolve in (unknown, lambda host, port: (), lambda host, port: ("nonsense",)):
        result = bring(tmp_path, WebPages(("https://docs.test/",), HOSTS, resolve, tls=TLS))
        assert "解析不出来" in result.problems[0].reason


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://docs.test", "docs.test/index.html"),
        ("https://docs.test/a/b.PDF", "docs.test/a_b.pdf"),
        ("https://docs.test/a.php", "docs.test/a.php.html"),
        ("https://docs.test/%2e%2e/%2e%2e/etc/x.md", "docs.test/etc_x.md"),
        ("https://docs.test/..%2f.hidden.md", "docs.test/hidden.md"),
        ("https://docs.test/a?b=1", "docs.test/a_" + f"{zlib.crc32(b'b=1'):08x}.html"),
    ],
)
def test_a_page_has_a_tame_name(url: str, name: str) -> None:
    assert name_of(url) == name
