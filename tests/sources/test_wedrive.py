"""A folder of 微盘 over real HTTP: paging, stale tokens, busy answers, cookies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from assistant.errors import PlaceTrouble, SendRefused
from assistant.sources.source import Brought, Mirrored
from assistant.sources.wedrive import WeDrive
from tests.sources.servers import Answer, FakeWeDrive, Local, drive_file, drive_folder


@dataclass
class Tokens:
    """The app's tokens; a refused one is followed by the next."""

    given: list[str] = field(default_factory=lambda: ["T1"])
    asked: list[str] = field(default_factory=list)

    def __call__(self, stale: str) -> str:
        self.asked.append(stale)
        if stale and len(self.given) > 1:
            self.given.pop(0)
        return self.given[0]


def space() -> FakeWeDrive:
    contents = {"F1": b"seven days", "F2": b"1,2", "F3": b"three"}
    return FakeWeDrive(
        {
            "S1": [
                drive_folder("D1", "政策"),
                drive_file("F2", "a.csv", contents["F2"]),
                drive_file("F9", "gone.md", b"", file_status=2),
                {"fileid": "W1", "file_name": "在线文档.docx", "file_type": 3, "file_status": 1},
            ],
            "D1": [drive_file("F1", "退货.md", contents["F1"]), drive_file("F3", "a/../b.md", contents["F3"])],
        },
        contents,
    )


@dataclass
class Run:
    """An opened 微盘 with its pauses."""

    drive: WeDrive
    waited: list[float]
    server: Local

    def bring(self, folder: Path) -> Brought:
        return Mirrored(self.drive).bring(folder, lambda what, done, total: None)


@contextmanager
def opened(fake: FakeWeDrive, tokens: Tokens | None = None, folder: str = "", space_id: str = "S1") -> Iterator[Run]:
    waited: list[float] = []
    with Local(fake) as server, httpx2.Client(base_url=server.url, timeout=0.5, trust_env=False) as client:
        fake.base = fake.base or server.url
        yield Run(WeDrive(client, tokens or Tokens(), space_id, folder, waited.append), waited, server)


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_all_folders_and_pages_come_and_only_what_changed_again(tmp_path: Path, page: int) -> None:
    fake = space()
    fake.page = page
    with opened(fake) as run:
        first = run.bring(tmp_path / "m")
        assert set(first.fetched) == {"政策/退货.md", "a.csv", "政策/a／..／b.md"}
        assert first.problems == ()
        assert (tmp_path / "m" / "政策" / "退货.md").read_bytes() == b"seven days"
        fake.contents["F2"] = b"1,3"
        fake.folders["S1"][1] = drive_file("F2", "a.csv", b"1,3")
        fake.folders["D1"].pop()
        second = run.bring(tmp_path / "m")
        assert (second.fetched, second.removed) == (("a.csv",), ("政策/a／..／b.md",))
        assert sum(asked.path.endswith("file_download") for asked in run.server.asked) == 4


def test_one_folder_of_a_space(tmp_path: Path) -> None:
    with opened(space(), folder="D1") as run:
        assert set(run.bring(tmp_path / "m").fetched) == {"退货.md", "a／..／b.md"}
        assert run.drive.name == "wedrive:S1/D1"


@pytest.mark.parametrize("stale", [40014, 42001, 40001])
def test_a_stale_token_is_renewed_once(tmp_path: Path, stale: int) -> None:
    fake = space()
    fake.valid, fake.stale = "T2", stale
    tokens = Tokens(["T1", "T2"])
    with opened(fake, tokens) as run:
        assert len(run.bring(tmp_path / "m").fetched) == 3
    assert tokens.asked.count("T1") == 1
    fake.valid = "T3"
    with opened(fake, tokens) as run, pytest.raises(PlaceTrouble, match=str(stale)):
        run.bring(tmp_path / "m")


@pytest.mark.parametrize("busy", [-1, 45009, 45033])
def test_a_busy_answer_is_waited_out_then_told(tmp_path: Path, busy: int) -> None:
    fake = space()
    fake.instead = [busy, busy]
    with opened(fake) as run:
        assert len(run.bring(tmp_path / "m").fetched) == 3
        assert run.waited == [1.0, 5.0]
        fake.instead = [busy] * 3
        with pytest.raises(PlaceTrouble, match=str(busy)):
            run.bring(tmp_path / "m")
    assert (tmp_path / "m" / "a.csv").read_bytes() == b"1,2"


def test_a_later_page_that_fails_removes_nothing(tmp_path: Path) -> None:
    fake = space()
    with opened(fake) as run:
        run.bring(tmp_path / "m")
        fake.page, fake.folders["D1"] = 1, []
        fake.instead = [0, 0, 45009, 45009, 45009]
        with pytest.raises(PlaceTrouble):
            run.bring(tmp_path / "m")
    assert (tmp_path / "m" / "政策" / "退货.md").exists()


def test_too_many_calls_while_downloading_stop_and_keep(tmp_path: Path) -> None:
    fake = space()
    with opened(fake) as run:
        run.bring(tmp_path / "m")
        fake.folders["S1"][1] = drive_file("F2", "a.csv", b"1,3")
        fake.folders["D1"][0] = drive_file("F1", "退货.md", b"eight days")
        fake.downloads = {"F1": 45009, "F2": 45009}
        result = run.bring(tmp_path / "m")
        assert set(result.kept) == {"a.csv", "政策/退货.md"}
        assert len(result.problems) == 1
        assert run.waited == [1.0, 5.0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(403), "HTTP 403"),
        (Answer(302, headers={"Location": "http://127.0.0.1:9/"}), "HTTP 302"),
        (Answer(body=b"1", announced=3), "传输中断"),
        (Answer(body=b"1,2,3"), "只取到 5"),
        (Answer(late=1.5), "传输中断"),
    ],
)
def test_a_download_that_goes_wrong_keeps_what_was_there(tmp_path: Path, answer: Answer, words: str) -> None:
    fake = space()
    with opened(fake) as run:
        run.bring(tmp_path / "m")
        fake.folders["S1"][1] = drive_file("F2", "a.csv", b"1,9")
        fake.wrong["F2"] = answer
        result = run.bring(tmp_path / "m")
    assert result.kept == ("a.csv",)
    assert words in result.problems[0].reason
    assert "authkey" not in str(result.problems)
    assert (tmp_path / "m" / "a.csv").read_bytes() == b"1,2"


def test_no_right_to_one_file_and_no_https(tmp_path: Path) -> None:
    fake = space()
    fake.downloads = {"F2": 640031}
    with opened(fake) as run:
        result = run.bring(tmp_path / "m")
        assert len(result.fetched) == 2
        assert "640031" in result.problems[0].reason
    fake.downloads, fake.base = {}, "ftp://127.0.0.1"
    with opened(fake) as run:
        assert all("不是 https" in one.reason for one in run.bring(tmp_path / "n").problems)


def test_a_space_that_is_not_there_and_a_secret_that_does_not_fit(tmp_path: Path) -> None:
    with opened(space(), folder="D7") as run, pytest.raises(PlaceTrouble, match=r"640003.*可调用应用"):
        run.bring(tmp_path / "m")

    def refused(stale: str) -> str:
        raise SendRefused(40013, "invalid corpid", retry=False)

    with httpx2.Client(base_url="http://127.0.0.1:9", trust_env=False) as client:
        drive = WeDrive(client, refused, "S1", "", lambda seconds: None)
        with pytest.raises(PlaceTrouble, match="40013"):
            Mirrored(drive).plan(tmp_path / "m")
        lost = WeDrive(client, Tokens(), "S1", "", lambda seconds: None)
        with pytest.raises(PlaceTrouble, match="连不上"):
            Mirrored(lost).plan(tmp_path / "m")


def test_a_gateways_page_and_folders_in_a_ring(tmp_path: Path) -> None:
    with Local(lambda asked: Answer(502, b"<html>")) as server, httpx2.Client(base_url=server.url) as client:
        drive = WeDrive(client, Tokens(), "S1", "", lambda seconds: None)
        with pytest.raises(PlaceTrouble, match="现在忙"):
            Mirrored(drive).plan(tmp_path / "m")
    fake = space()
    fake.folders["D1"] = [drive_folder("D1", "again")]
    with opened(fake) as run, pytest.raises(PlaceTrouble, match="嵌套太深"):
        run.bring(tmp_path / "m")
