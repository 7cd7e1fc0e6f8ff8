"""A bucket that speaks S3: AWS, MinIO, Aliyun OSS, Tencent COS. The one file that knows boto3."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.errors import PlaceTrouble, SettingsError
from assistant.sources.source import Listed, NotFetched

_CHUNK = 64 * 1024
_REFUSED = frozenset(
    {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden", "InvalidSecurity"}
)
_NOT_THERE = frozenset({"NoSuchBucket", "NoSuchKey", "404"})
_CHANGED = frozenset({"PreconditionFailed", "412"})


@dataclass(frozen=True)
class BucketAccess:
    """How to reach a bucket. ``endpoint_url`` empty means AWS itself; ``path_style`` is what MinIO wants."""

    access_key: str
    secret_key: str
    endpoint_url: str = ""
    region: str = "us-east-1"
    path_style: bool = False
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    attempts: int = 3


@dataclass(frozen=True)
class Bucket:
    """The objects of one bucket under one prefix; ``client`` is boto3's, ``errors`` what it raises."""

    client: Any
    errors: tuple[type[Exception], ...]
    bucket: str
    prefix: str = ""

    @property
    def name(self) -> str:
        """The bucket's address."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def is_whole(self) -> bool:
        """All pages are listed, or none counts."""
        return True

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()

    def list(self) -> Iterator[Listed]:
        """Every object under the prefix, page by page; folder markers are passed over."""
        token, seen = "", set[str]()
        while True:
            page = self._page(token)
            for one in page.get("Contents", ()):
                key = str(one["Key"])
                name = key.removeprefix(self.prefix).removeprefix("/" if self.prefix else "")
                if name and not key.endswith("/"):
                    yield Listed(name, key, str(one["ETag"]), int(one["Size"]))
            if not page.get("IsTruncated"):
                return
            token = str(page.get("NextContinuationToken", ""))
            if not token or token in seen:
                raise PlaceTrouble(f"{self.name} 的文件清单不完整", "请稍后再试；一直这样请联系存储服务商")
            seen.add(token)

    def _page(self, token: str) -> dict[str, Any]:
        more = {"ContinuationToken": token} if token else {}
        try:
            page: dict[str, Any] = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, **more)
        except self.errors as error:
            code = _code(error)
            if code in _REFUSED:
                remedy = "请核对 DAOGOU_S3_ACCESS_KEY、DAOGOU_S3_SECRET_KEY，并给它列出和读取的权限"
                raise PlaceTrouble(f"没有权限列出 {self.name}（{code}）", remedy) from error
            if code in _NOT_THERE:
                raise PlaceTrouble(f"没有 {self.bucket} 这个桶", "请核对桶名、地域和 DAOGOU_S3_ENDPOINT_URL") from error
            raise PlaceTrouble(
                f"列不出 {self.name}（{code}）", "请检查网络和 DAOGOU_S3_ENDPOINT_URL，稍后再试"
            ) from error
        return page

    def fetch(self, one: Listed) -> Iterator[bytes]:
        """The content of one object, as it was when it was listed."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=one.key, IfMatch=one.tag)
            body = answer["Body"]
            try:
                yield from body.iter_chunks(_CHUNK)
            finally:
                body.close()
        except self.errors as error:
            code = _code(error)
            if code in _REFUSED:
                raise NotFetched(f"没有权限读取（{code}）", "请给密钥加上读取这个文件的权限") from error
            if code in _CHANGED | _NOT_THERE:
                raise NotFetched("列出之后又变了", "不用处理，下次会再取") from error
            raise NotFetched(f"传输中断（{code}）", "请检查网络，下次会再取") from error


def open_bucket(
    access: BucketAccess, bucket: str, prefix: str = "", *, load: Callable[[], Any] | None = None
) -> Bucket:
    """A bucket ready to be listed; connects to nothing yet. ``load`` gives the boto3 module.

    Raises SettingsError when boto3 is not installed or a key is missing.
    """
    if not access.access_key or not access.secret_key:
        raise SettingsError("没有对象存储的密钥，请设置 DAOGOU_S3_ACCESS_KEY 和 DAOGOU_S3_SECRET_KEY")
    try:
        boto3 = (load or _boto3)()
    except ImportError as missing:
        raise SettingsError("读对象存储要先安装：pip install 'daogou[s3]'") from missing
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    config = Config(
        connect_timeout=access.connect_seconds,
        read_timeout=access.read_seconds,
        retries={"total_max_attempts": access.attempts, "mode": "standard"},
        s3={"addressing_style": "path" if access.path_style else "auto"},
        # newer checksums are AWS's own; the others refuse them
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        client = boto3.session.Session(
            aws_access_key_id=access.access_key,
            aws_secret_access_key=access.secret_key,
            region_name=access.region,
        ).client("s3", endpoint_url=access.endpoint_url or None, config=config)
    except ValueError as error:
        raise SettingsError(f"DAOGOU_S3_ENDPOINT_URL 写法不对：{access.endpoint_url}") from error
    return Bucket(client, (ClientError, BotoCoreError), bucket, prefix)


def _boto3() -> Any:
    import boto3

    return boto3


def _code(error: Exception) -> str:
    """The service's own short code, or what kind of trouble the line had; never an address, never a key."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        return str(answer.get("Error", {}).get("Code", "")) or type(error).__name__
    return type(error).__name__
