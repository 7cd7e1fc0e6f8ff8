"""A folder that is watched: files still being written, a mount that goes and comes, a clean end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assistant.errors import DaogouError, PlaceTrouble
from assistant.sources.folder import Watch, WatchedFolder
from assistant.sources.source import Mirrored
from tests.ingest.house import contents, opened, policy, products, small_shop, write


@dataclass
class Hours:
    """Time that passes only here: while it does, the next thing happens."""

    happening: list[Callable[[], object]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> bool:
        self.waited.append(seconds)
        if self.happening:
            self.happening.pop(0)()
            return False
        return True

    def rest(self, seconds: float) -> bool:
        """Wait between two looks."""
        self(seconds)
        return False


@dataclass
class House:
    """A watched folder with its mirror, and what was read and told."""

    folder: Path
    mirror: Path
    hours: Hours = field(default_factory=Hours)
    read: list[set[str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refuse: str = ""

    def watch(self, pause: Callable[[float], bool] | None = None) -> Watch:
        place = WatchedFolder(self.folder, 3.0, self.hours.rest)
        return Watch(place, Mirrored(place), self.mirror, self._read, self.told.append, pause or self.hours, 60.0)

    def _read(self) -> None:
        if self.refuse:
            raise DaogouError(self.refuse)
        self.read.append({path.name for path in self.mirror.rglob("*") if path.is_file()})


@pytest.fixture
def house(tmp_path: Path) -> House:
    folder = tmp_path / "shop"
    write(folder, "a.md", "one")
    return House(folder, tmp_path / "var" / "mirror")


def test_it_reads_at_first_and_then_only_what_changed(house: House) -> None:
    watch = house.watch()
    watch.once()
    assert house.read == [{"a.md"}]
    watch.once()
    assert len(house.read) == 1
    write(house.folder, "b.md", "two")
    watch.once()
    assert house.read[1:] == [{"a.md", "b.md"}]
    (house.folder / "a.md").unlink()
    watch.once()
    assert house.read[2:] == [{"b.md"}]


def test_a_file_still_being_written_is_waited_for(house: House) -> None:
    watch = house.watch()
    watch.once()
    write(house.folder, "big.csv", "1,2")
    write(house.folder, "done.md", "ready")
    house.hours.happening = [lambda: write(house.folder, "big.csv", "1,2\n3,4")]
    watch.once()
    assert house.read[-1] == {"a.md", "done.md"}
    assert any("还在写入" in one for one in house.told)
    watch.once()
    assert house.read[-1] == {"a.md", "done.md", "big.csv"}


def test_a_known_file_being_rewritten_keeps_its_old_content(house: House) -> None:
    watch = house.watch()
    watch.once()
    write(house.folder, "a.md", "one and")
    house.hours.happening = [lambda: write(house.folder, "a.md", "one and a half")]
    watch.once()
    assert (house.mirror / "a.md").read_text() == "one"
    watch.once()
    assert (house.mirror / "a.md").read_text() == "one and a half"


def test_a_folder_that_goes_and_comes_back_costs_nothing(house: House, tmp_path: Path) -> None:
    watch = house.watch()
    watch.once()
    away = tmp_path / "away"
    house.folder.rename(away)
    for _ in range(3):
        watch.once()
    assert sum("现在打不开" in one for one in house.told) == 1
    house.folder.mkdir()
    for _ in range(3):
        watch.once()
    assert sum("现在是空的" in one for one in house.told) == 1
    assert (house.mirror / "a.md").read_text() == "one"
    assert len(house.read) == 1
    house.folder.rmdir()
    away.rename(house.folder)
    write(house.folder, "b.md", "two")
    watch.once()
    assert "文件夹恢复正常。" in house.told
    assert house.read[-1] == {"a.md", "b.md"}


def test_a_reading_that_fails_is_tried_again(house: House) -> None:
    house.refuse = "shop.yaml：第 2 行的写法不对"
    watch = house.watch()
    watch.once()
    watch.once()
    assert [one for one in house.told if "shop.yaml" in one] == [house.refuse]
    assert house.read == []
    house.refuse = ""
    watch.once()
    assert house.read == [{"a.md"}]


def test_it_ends_when_told_to(house: House) -> None:
    house.hours.happening = [lambda: None, lambda: write(house.folder, "b.md", "two"), lambda: None]
    house.watch().run()
    assert house.read == [{"a.md"}, {"a.md", "b.md"}]
    assert house.hours.waited.count(60.0) >= 2


def test_what_is_half_looked_at_when_it_ends_is_not_taken(house: House) -> None:
    place = WatchedFolder(house.folder, 3.0, lambda seconds: True)
    with pytest.raises(PlaceTrouble, match="正在停止"):
        Mirrored(place).bring(house.mirror, lambda what, done, total: None)


def test_links_are_not_followed(house: House, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret", "key.md", "secret")
    (house.folder / "link.md").symlink_to(secret)
    (house.folder / "linked").symlink_to(secret.parent)
    (house.folder / "round").symlink_to(house.folder)
    house.watch().once()
    assert house.read == [{"a.md"}]


def test_our_own_hidden_mirror_is_not_mirrored(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    write(folder, "a.md", "one")
    house = House(folder, folder / "var" / ".sources" / "one")
    watch = house.watch()
    for _ in range(3):
        watch.once()
    assert house.read == [{"a.md"}]


def test_a_part_that_cannot_be_looked_at_stops_everything(house: House) -> None:
    if os.geteuid() == 0:
        place = WatchedFolder(house.folder / "a.md", 0.0, house.hours.rest)
    else:
        closed = house.folder / "closed"
        closed.mkdir(mode=0)
        place = WatchedFolder(house.folder, 0.0, house.hours.rest)
    with pytest.raises(PlaceTrouble, match="现在打不开"):
        place.look()


def test_a_watched_folder_is_the_folder_ingested_by_hand(tmp_path: Path) -> None:
    shop = small_shop(tmp_path / "shop")
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        before = contents(service.database)
        place = WatchedFolder(shop, 0.0, Hours().rest)
        mirror = tmp_path / "mirror"
        Mirrored(place).bring(mirror, lambda what, done, total: None)
        report = service.ingest([mirror], known_as=place.name)
        assert (report.changed, report.removed, report.problems) == ((), (), ())
        assert contents(service.database) == before
        write(shop, "政策/配送.md", policy("配送说明", "付款后四十八小时内发货。"))
        write(shop, "商品/products.csv", products("A1,柔和面霜,120", "A2,清爽面膜,20"))
        Mirrored(place).bring(mirror, lambda what, done, total: None)
        assert set(service.ingest([mirror], known_as=place.name).changed) == {"政策/配送.md", "商品/products.csv"}
        assert service.ingest([shop]).changed == ()


def test_the_command_reads_watches_and_ends_cleanly(tmp_path: Path) -> None:
    shop = small_shop(tmp_path / "shop")
    said = tmp_path / "said.txt"
    environment = {"PATH": os.environ["PATH"], "DAOGOU_DATA_DIR": str(tmp_path / "var"), "DAOGOU_CORP_ID": "corp"}
    command = [sys.executable, "-m", "daogou"]
    with opened(tmp_path / "var"):
        pass
    with said.open("wb") as out:
        running = subprocess.Popen(
            [*command, "watch", str(shop), "--every", "0.2", "--quiet", "0.05"], env=environment, stdout=out, stderr=out
        )
        try:
            _wait_for(said, "读入")
            write(shop, "政策/配送.md", policy("配送说明", "付款后四十八小时内发货。"))
            _wait_for(said, "取回 1 个文件")
            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0
        finally:
            running.kill()
            running.wait()
    assert "Traceback" not in said.read_text()


def _wait_for(file: Path, words: str) -> None:
    until = time.monotonic() + 30
    while words not in file.read_text():
        assert time.monotonic() < until, file.read_text()
        time.sleep(0.05)
