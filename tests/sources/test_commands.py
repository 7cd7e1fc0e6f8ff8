"""The commands from a place to the database, and what they say when they cannot."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from daogou import app
from tests.ingest.house import CORP, policy, products, small_shop
from tests.sources.servers import Answer, Asked, FakeS3, FakeWeDrive, Local, drive_file

RUN = CliRunner()


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATA_DIR": str(tmp_path / "var"),
        "CORP_ID": CORP,
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": "secret",
        "S3_PATH_STYLE": "true",
        "WECOM_SECRET": "",
        "URL_INGEST_HOSTS": "[]",
    }.items():
        monkeypatch.setenv(f"DAOGOU_{name}", value)
    assert RUN.invoke(app, ["migrate"]).exit_code == 0


def say(*words: str) -> tuple[int, str]:
    result = RUN.invoke(app, list(words))
    return result.exit_code, result.output.replace("\n", "")


def test_a_bucket_is_looked_at_fetched_and_emptied_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    table = products("A1,柔和面霜,100").encode()
    fake = FakeS3({"资料/商品.csv": table, "资料/退货.md": policy("退货办法", "七天内可以退货。").encode()})
    with Local(fake) as server:
        monkeypatch.setenv("DAOGOU_S3_ENDPOINT_URL", server.url)
        code, said = say("fetch", "bucket", "shop", "--prefix", "资料/", "--dry-run")
        assert code == 0
        assert "会取回：商品.csv" in said
        code, said = say("fetch", "bucket", "shop", "--prefix", "资料/")
        assert code == 0
        assert "取回 2 个文件" in said
        assert "商品 1" in said
        fake.objects.clear()
        code, said = say("fetch", "bucket", "shop", "--prefix", "资料/")
        assert code == 2
        assert "现在是空的" in said
        code, said = say("fetch", "bucket", "shop", "--prefix", "资料/", "--allow-empty")
        assert code == 0
        assert "撤下 2 个" in said


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAOGOU_S3_ACCESS_KEY", "")
    assert "DAOGOU_S3_ACCESS_KEY" in say("fetch", "bucket", "shop")[1]
    assert "DAOGOU_WECOM_SECRET" in say("fetch", "wedrive", "S1")[1]
    code, said = say("fetch", "url", "https://docs.test/")
    assert code == 2
    assert "DAOGOU_URL_INGEST_HOSTS" in said
    monkeypatch.setenv("DAOGOU_URL_INGEST_HOSTS", '["docs.test"]')
    code, said = say("fetch", "url", "https://127.0.0.1/")
    assert code == 2
    assert "不能写 IP 地址" in said
    code, said = say("watch", str(small_shop(tmp_path / "shop") / "政策"))
    assert code == 2
    assert "shop.yaml 在" in said


def test_a_wedrive_space_comes_in_with_the_apps_own_token(monkeypatch: pytest.MonkeyPatch) -> None:
    text = policy("退货办法", "七天内可以退货。").encode()
    fake = FakeWeDrive({"S1": [drive_file("F1", "退货.md", text)]}, {"F1": text})

    def answer(asked: Asked) -> Answer:
        if asked.path == "/cgi-bin/gettoken":
            assert asked.query == {"corpid": CORP, "corpsecret": "hush"}
            return Answer(body=b'{"errcode":0,"access_token":"T1","expires_in":7200}')
        return fake(asked)

    with Local(answer) as server:
        fake.base = server.url
        monkeypatch.setenv("DAOGOU_WECOM_API_URL", server.url)
        monkeypatch.setenv("DAOGOU_WECOM_SECRET", "hush")
        code, said = say("fetch", "wedrive", "S1")
        assert code == 0
        assert "取回 1 个文件" in said
        code, said = say("fetch", "wedrive", "S1")
        assert "0 个文件，1 个没有变化" in said
        assert sum(asked.path.endswith("file_download") for asked in server.asked) == 1
