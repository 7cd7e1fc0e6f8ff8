"""A bucket over real HTTP, well and ill."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import PlaceTrouble, SettingsError
from assistant.sources.bucket import Bucket, BucketAccess, open_bucket
from assistant.sources.source import Brought, Mirrored
from tests.sources.servers import Answer, FakeS3, Local, error, xml

FILES = {
    "资料/政策/退货 规则.md": b"seven days",
    "资料/a.csv": b"1,2",
    "资料/": b"",
    "资料/图/x.psd": b"x",
    "other.md": b"o",
}


class Desk:
    """One server and one client for all tests, since making a client takes long; each test puts its own bucket in."""

    fake = FakeS3()

    def __init__(self) -> None:
        self.server = Local(lambda asked: self.fake(asked))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    one = Desk()
    with one.server:
        yield one


def access_of(desk: Desk, key: str = "key") -> BucketAccess:
    return BucketAccess(
        key, "secret", desk.server.url, path_style=True, connect_seconds=1, read_seconds=0.3, attempts=2
    )


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[Bucket]:
    opened = open_bucket(access_of(desk), "shop", "资料/")
    yield opened
    opened.close()


@pytest.fixture
def bucket(desk: Desk, client: Bucket) -> "Use":
    def use(fake: FakeS3, *, name: str = "shop", prefix: str = "资料/") -> AbstractContextManager[Bucket]:
        desk.fake = fake
        return nullcontext(replace(client, bucket=name, prefix=prefix))

    return use


Use = Callable[..., AbstractContextManager[Bucket]]


def bring(one: Bucket, folder: Path) -> Brought:
    return Mirrored(one).bring(folder, lambda what, done, total: None)


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_every_page_is_listed_and_only_what_changed_is_fetched(bucket: Use, tmp_path: Path, page: int) -> None:
    fake = FakeS3(dict(FILES), page=page)
    with bucket(fake) as one:
        assert set(bring(one, tmp_path / "m").fetched) == {"政策/退货 规则.md", "a.csv"}
        assert (tmp_path / "m" / "政策" / "退货 规则.md").read_bytes() == b"seven days"
        fake.objects["资料/a.csv"] = b"1,3"
        del fake.objects["资料/政策/退货 规则.md"]
        second = bring(one, tmp_path / "m")
        assert (second.fetched, second.removed) == (("a.csv",), ("政策/退货 规则.md",))


def test_a_prefix_without_its_slash_and_none_at_all(bucket: Use, tmp_path: Path) -> None:
    with bucket(FakeS3(dict(FILES)), prefix="资料") as one:
        assert set(bring(one, tmp_path / "a").fetched) == {"政策/退货 规则.md", "a.csv"}
    with bucket(FakeS3(dict(FILES)), prefix="") as one:
        assert "other.md" in bring(one, tmp_path / "b").fetched
        assert one.name == "s3://shop/"


def test_a_key_that_climbs_out_is_refused(bucket: Use, tmp_path: Path) -> None:
    with bucket(FakeS3({"../x.md": b"1", "/y.md": b"2", "ok.md": b"3"}), prefix="") as one:
        result = bring(one, tmp_path / "m")
    assert result.fetched == ("ok.md",)
    assert len(result.problems) == 2


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([error(403, "AccessDenied")], "没有权限列出"),
        ([error(500, "InternalError")] * 4, "列不出"),
        ([error(503, "SlowDown")] * 4, "列不出"),
        ([Answer(late=1.0)] * 4, "列不出"),
        ([Answer(body=b"<html>gateway</html>")] * 4, "现在是空的|列不出"),
        ([Answer(body=b"<Contents><Key>a", announced=400)] * 4, "列不出"),
        ([xml("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")], "现在是空的"),
        ([None, error(403, "AccessDenied")], "没有权限列出"),
        ([None, *([Answer(late=1.0)] * 4)], "列不出"),
    ],
)
def test_a_listing_that_fails_on_any_page_changes_nothing(
    bucket: Use, tmp_path: Path, answers: list[Answer | None], words: str
) -> None:
    fake = FakeS3(dict(FILES), page=2)
    with bucket(fake) as one:
        bring(one, tmp_path / "m")
        before = sorted(path for path in (tmp_path / "m").rglob("*"))
        fake.listing = list(answers)
        fake.objects["资料/a.csv"] = b"changed"
        with pytest.raises(PlaceTrouble, match=words) as trouble:
            bring(one, tmp_path / "m")
        assert "secret" not in str(trouble.value)
        assert sorted(path for path in (tmp_path / "m").rglob("*")) == before
        assert (tmp_path / "m" / "a.csv").read_bytes() == b"1,2"


def test_one_failure_of_the_service_is_tried_again(bucket: Use, tmp_path: Path) -> None:
    with bucket(FakeS3(dict(FILES), listing=[error(500, "InternalError")])) as one:
        assert len(bring(one, tmp_path / "m").fetched) == 2


def test_a_listing_that_loses_its_place_is_no_listing(bucket: Use, tmp_path: Path) -> None:
    fake = FakeS3(dict(FILES), page=1)
    with bucket(fake) as one:
        bring(one, tmp_path / "m")
        fake.loses_token = True
        with pytest.raises(PlaceTrouble, match="清单不完整"):
            bring(one, tmp_path / "m")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (error(403, "AccessDenied"), "没有权限读取"),
        (error(404, "NoSuchKey"), "又变了"),
        (error(412, "PreconditionFailed"), "又变了"),
        (error(500, "InternalError"), "传输中断"),
        (Answer(body=b"1", announced=3), "传输中断|只取到"),
        (Answer(body=b"1,2,3"), "只取到 5 字节"),
        (Answer(late=1.0), "传输中断"),
        (Answer(body=b"1,2", drip=0.5), "传输中断"),
    ],
)
def test_an_object_that_does_not_come_stays_as_it_was(bucket: Use, tmp_path: Path, answer: Answer, words: str) -> None:
    fake = FakeS3(dict(FILES))
    with bucket(fake) as one:
        bring(one, tmp_path / "m")
        fake.objects["资料/a.csv"] = b"1,4"
        fake.objects["资料/new.md"] = b"new"
        fake.wrong["资料/a.csv"] = answer
        result = bring(one, tmp_path / "m")
    assert (result.fetched, result.kept) == (("new.md",), ("a.csv",))
    (problem,) = result.problems
    assert any(word in problem.reason for word in words.split("|")), problem
    assert (tmp_path / "m" / "a.csv").read_bytes() == b"1,2"


def test_a_wrong_key_a_wrong_bucket_and_nobody_there(desk: Desk, bucket: Use, tmp_path: Path) -> None:
    stranger = open_bucket(access_of(desk, "other"), "shop")
    with pytest.raises(PlaceTrouble, match="DAOGOU_S3_ACCESS_KEY"):
        bring(stranger, tmp_path / "m")
    stranger.close()
    with bucket(FakeS3(), name="nothing") as one, pytest.raises(PlaceTrouble, match="没有 nothing 这个桶"):
        bring(one, tmp_path / "m")
    access = BucketAccess("key", "secret", "http://127.0.0.1:9", path_style=True, connect_seconds=1, attempts=1)
    nobody = open_bucket(access, "shop")
    with pytest.raises(PlaceTrouble, match="列不出"):
        bring(nobody, tmp_path / "m")
    nobody.close()


def test_what_is_missing_is_named() -> None:
    def not_installed() -> object:
        raise ImportError("boto3")

    with pytest.raises(SettingsError, match="DAOGOU_S3_ACCESS_KEY"):
        open_bucket(BucketAccess("", ""), "shop")
    with pytest.raises(SettingsError, match=r"daogou\[s3\]"):
        open_bucket(BucketAccess("a", "b"), "shop", load=not_installed)
    with pytest.raises(SettingsError, match="DAOGOU_S3_ENDPOINT_URL"):
        open_bucket(BucketAccess("a", "b", "not a url"), "shop")
