"""What a mirror takes in, and above all what it never lets go of by mistake."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import PlaceTrouble
from assistant.sources.source import Brought, Limits, Listed, Mirrored, NotFetched, safe_name


@dataclass
class Shelf:
    """A place in memory. ``breaks_after`` entries the listing fails; ``faults`` are raised when a file is fetched."""

    files: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int | None = None
    faults: dict[str, Exception] = field(default_factory=dict)
    tagged: bool = True
    is_whole: bool = True
    sized: bool = True
    extra: tuple[Listed, ...] = ()
    fetched: list[str] = field(default_factory=list)
    name: str = "shelf"

    def list(self) -> Iterator[Listed]:
        for number, (name, content) in enumerate(self.files.items()):
            if number == self.breaks_after:
                raise PlaceTrouble("断了", "再试")
            tag = str(hash(content)) if self.tagged else ""
            yield Listed(name, name, tag, len(content) if self.sized else None)
        yield from self.extra

    def fetch(self, one: Listed) -> Iterator[bytes]:
        self.fetched.append(one.key)
        content = self.files[one.key]
        yield content[:3]
        if one.key in self.faults:
            raise self.faults[one.key]
        yield content[3:]


def bring(shelf: Shelf, folder: Path, *, limits: Limits | None = None, allow_empty: bool = False) -> Brought:
    return Mirrored(shelf, limits or Limits(), allow_empty).bring(folder, lambda what, done, total: None)


def inside(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    return tmp_path / "mirrors" / "one"


def test_only_what_changed_is_fetched_and_what_is_gone_goes(mirror: Path) -> None:
    shelf = Shelf({"政策/退货.md": b"seven days", "a.csv": b"1,2", "photo.psd": b"x", "shop.yaml": b"brand: A"})
    first = bring(shelf, mirror)
    assert set(first.fetched) == {"政策/退货.md", "a.csv", "shop.yaml"}
    shelf.fetched.clear()
    shelf.files["a.csv"] = b"1,3"
    del shelf.files["政策/退货.md"]
    second = bring(shelf, mirror)
    assert (second.fetched, second.removed, second.unchanged) == (("a.csv",), ("政策/退货.md",), ("shop.yaml",))
    assert shelf.fetched == ["a.csv"]
    assert inside(mirror) == {"a.csv": b"1,3", "shop.yaml": b"brand: A"}
    assert not (mirror / "政策").exists()
    third = bring(shelf, mirror)
    assert not third.is_changed
    assert "取回 0 个" in third.summary()


def test_a_plan_does_nothing(mirror: Path) -> None:
    shelf = Shelf({"a.csv": b"1", "b.csv": b"2"})
    bring(shelf, mirror)
    shelf.files = {"b.csv": b"3", "c.csv": b"4"}
    shelf.fetched.clear()
    plan = Mirrored(shelf).plan(mirror)
    assert ([one.name for one in plan.wanted], plan.gone) == (["b.csv", "c.csv"], ("a.csv",))
    assert shelf.fetched == []
    assert inside(mirror) == {"a.csv": b"1", "b.csv": b"2"}


@pytest.mark.parametrize("breaks_after", [0, 1, 2])
def test_a_listing_that_fails_removes_nothing(mirror: Path, breaks_after: int) -> None:
    shelf = Shelf({"a.csv": b"1", "b.csv": b"2", "c.csv": b"3"})
    bring(shelf, mirror)
    before = inside(mirror)
    shelf.files["a.csv"], shelf.breaks_after = b"9", breaks_after
    with pytest.raises(PlaceTrouble, match="断了"):
        bring(shelf, mirror)
    assert inside(mirror) == before


def test_an_empty_place_empties_nothing_unless_told(mirror: Path) -> None:
    shelf = Shelf({"a.csv": b"1"})
    bring(shelf, mirror)
    shelf.files = {}
    with pytest.raises(PlaceTrouble, match=r"现在是空的，以前有 1 个文件.*--allow-empty"):
        bring(shelf, mirror)
    assert inside(mirror) == {"a.csv": b"1"}
    assert bring(shelf, mirror, allow_empty=True).removed == ("a.csv",)
    assert inside(mirror) == {}
    assert bring(shelf, mirror).removed == ()


def test_a_place_that_lost_all_it_could_be_read_from_counts_as_empty(mirror: Path) -> None:
    shelf = Shelf({"a.csv": b"1"})
    bring(shelf, mirror)
    shelf.files = {"photo.psd": b"1"}
    with pytest.raises(PlaceTrouble, match="现在是空的"):
        bring(shelf, mirror)


@pytest.mark.parametrize("tagged", [True, False])
def test_a_file_that_does_not_come_stays_as_it_was(mirror: Path, tagged: bool) -> None:
    shelf = Shelf({"a.csv": b"aaaaa", "b.csv": b"bbbbb"}, tagged=tagged)
    bring(shelf, mirror)
    shelf.files = {"a.csv": b"AAAAA", "b.csv": b"BBBBB"}
    shelf.faults = {"a.csv": NotFetched("没权限", "给权限")}
    result = bring(shelf, mirror)
    assert (result.fetched, result.kept) == (("b.csv",), ("a.csv",))
    assert [(one.file, one.reason, one.remedy) for one in result.problems] == [("a.csv", "没权限", "给权限")]
    assert inside(mirror) == {"a.csv": b"aaaaa", "b.csv": b"BBBBB"}
    shelf.faults = {}
    assert bring(shelf, mirror).fetched == ("a.csv",)


def test_a_place_that_breaks_off_keeps_the_rest(mirror: Path) -> None:
    shelf = Shelf(dict.fromkeys(("a.csv", "b.csv", "c.csv"), b"old old"))
    bring(shelf, mirror)
    shelf.files = dict.fromkeys(shelf.files, b"new new")
    shelf.faults = {"b.csv": PlaceTrouble("太频繁", "等等")}
    shelf.fetched.clear()
    result = bring(shelf, mirror)
    assert (result.fetched, result.kept) == (("a.csv",), ("b.csv", "c.csv"))
    assert shelf.fetched == ["a.csv", "b.csv"]
    assert "还有 2 个文件没取" in result.problems[0].reason
    assert inside(mirror)["c.csv"] == b"old old"


def test_half_a_file_is_none(mirror: Path) -> None:
    shelf = Shelf({"a.csv": b"whole file"})
    bring(shelf, mirror)
    short = Shelf({"half": b"half"}, extra=(Listed("a.csv", "half", "other", 99),))
    result = bring(short, mirror)
    assert result.kept == ("a.csv",)
    assert "只取到 4 字节，应为 99 字节" in result.problems[0].reason
    assert shelf.fetched == ["a.csv"]
    assert inside(mirror) == {"a.csv": b"whole file"}


def test_sizes_and_numbers_are_bounded(mirror: Path) -> None:
    limits = Limits(file_bytes=10, total_bytes=25, files=3)
    shelf = Shelf({"a.csv": b"1" * 11, "b.csv": b"2"})
    result = bring(shelf, mirror, limits=limits)
    assert result.fetched == ("b.csv",)
    assert shelf.fetched == ["b.csv"]
    assert "超过" in result.problems[0].reason
    unsized = bring(Shelf({"a.csv": b"1" * 11, "b.csv": b"2"}, sized=False), mirror, limits=limits)
    assert "超过" in unsized.problems[0].reason
    for files in ({f"{n}.csv": b"1" for n in range(4)}, {f"{n}.csv": b"1" * 9 for n in range(3)}):
        with pytest.raises(PlaceTrouble, match="超过"):
            bring(Shelf(files), mirror, limits=limits)
    with pytest.raises(PlaceTrouble, match="文件太多"):
        bring(Shelf({f"{n}.jpg": b"" for n in range(31)}), mirror, limits=limits)
    assert inside(mirror) == {"b.csv": b"2"}
    late = bring(Shelf({f"{n}.csv": b"1" * 9 for n in range(3)}, sized=False), mirror, limits=limits)
    assert len(late.fetched) == 2
    assert "加起来超过" in late.problems[0].reason


def test_a_file_that_takes_for_ever_is_given_up(mirror: Path) -> None:
    moments = iter(range(0, 10_000, 400))
    source = Mirrored(Shelf({"a.csv": b"1234567"}), Limits(file_seconds=600), monotonic=lambda: float(next(moments)))
    result = source.bring(mirror, lambda what, done, total: None)
    assert "太久" in result.problems[0].reason
    assert inside(mirror) == {}


HOSTILE = [
    "../etc/x.md",
    "a/../../x.md",
    "/etc/x.md",
    "C:/x.md",
    "c:x.md",
    "a\\..\\x.md",
    "a//x.md",
    "./x.md",
    "a/./x.md",
    "a\x00.md",
    "a\nb.md",
    "a\u202egpj.md",
    "a\u200b.md",
    "a\ud800.md",
    "x" * 201 + ".md",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_lead_elsewhere_are_refused_and_told(mirror: Path, name: str) -> None:
    result = bring(Shelf(extra=(Listed(name, "k", "t", 1),)), mirror)
    assert result.fetched == ()
    (problem,) = result.problems
    assert problem.is_error
    assert problem.remedy
    assert inside(mirror.parent).keys() <= {"one.json", "one.lock"}


@given(st.text(max_size=40))
def test_a_safe_name_never_leaves_its_folder(name: str) -> None:
    try:
        safe = safe_name(name)
    except NotFetched:
        return
    base = Path("/mirror")
    assert (base / safe).is_relative_to(base)
    assert ".." not in Path(safe).parts


def test_hidden_files_lock_files_and_other_kinds_are_passed_over(mirror: Path) -> None:
    names = (".git/a.md", "~$价格.xlsx", "a/.b/c.md", "photo.psd", "sub/shop.yaml", "run.sh", "no-suffix")
    result = bring(Shelf(dict.fromkeys(names, b"1")), mirror)
    assert (result.fetched, result.problems) == ((), ())


def test_mails_archives_and_pictures_come_too(mirror: Path) -> None:
    names = {"通知.eml", "资料.zip", "海报.png", "海报.txt"}
    assert set(bring(Shelf(dict.fromkeys(names, b"1")), mirror).fetched) == names


def test_one_name_twice_and_a_file_that_is_also_a_folder(mirror: Path) -> None:
    composed, decomposed = "é.md", "e\u0301.md"
    result = bring(Shelf({composed: b"1", decomposed: b"2", "a.md": b"3", "a.md/b.md": b"4"}), mirror)
    assert set(result.fetched) == {composed, "a.md"}
    assert sorted(one.reason[:4] for one in result.problems) == ["同一个位", "它所在的"]


def test_a_file_becomes_a_folder(mirror: Path) -> None:
    bring(Shelf({"a.md": b"1", "z.md": b"0"}), mirror)
    bring(Shelf({"a.md/b.md": b"2", "z.md": b"0"}), mirror)
    assert inside(mirror) == {"a.md/b.md": b"2", "z.md": b"0"}


def test_without_tags_the_content_says_what_changed(mirror: Path) -> None:
    shelf = Shelf({"a.md": b"1", "b.md": b"2"}, tagged=False)
    bring(shelf, mirror)
    shelf.files["b.md"] = b"3"
    result = bring(shelf, mirror)
    assert (result.fetched, result.unchanged) == (("b.md",), ("a.md",))


def test_a_listing_of_a_part_removes_nothing(mirror: Path) -> None:
    bring(Shelf({"a.md": b"1"}, is_whole=False), mirror)
    assert bring(Shelf({"b.md": b"2"}, is_whole=False), mirror).removed == ()
    assert bring(Shelf({}, is_whole=False), mirror).removed == ()
    assert set(inside(mirror)) == {"a.md", "b.md"}


@pytest.mark.parametrize("ledger", ["", "{", "[]", '{"files": {"a.md": 3}}', '{"files": {"a.md": [1]}}', "{}"])
def test_a_broken_ledger_costs_only_fetching_again(mirror: Path, ledger: str) -> None:
    shelf = Shelf({"a.md": b"1", "b.md": b"2"})
    bring(shelf, mirror)
    mirror.with_name("one.json").write_text(ledger)
    del shelf.files["b.md"]
    result = bring(shelf, mirror)
    assert result.removed == ("b.md",)
    assert inside(mirror) == {"a.md": b"1"}
    assert set(json.loads(mirror.with_name("one.json").read_text())["files"]) == {"a.md"}


def test_a_mirror_that_was_tampered_with_is_mended(mirror: Path, tmp_path: Path) -> None:
    shelf = Shelf({"a.md": b"1234", "d/b.md": b"2"})
    bring(shelf, mirror)
    (mirror / "a.md").write_bytes(b"12")
    (mirror / "stray.md").write_bytes(b"not from there")
    outside = tmp_path / "outside.md"
    outside.write_bytes(b"mine")
    (mirror / "link.md").symlink_to(outside)
    assert set(bring(shelf, mirror).removed) == {"stray.md", "link.md"}
    assert outside.read_bytes() == b"mine"
    assert inside(mirror) == {"a.md": b"1234", "d/b.md": b"2"}


def test_nothing_is_written_through_a_link(mirror: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    mirror.mkdir(parents=True)
    (mirror / "d").symlink_to(elsewhere)
    result = bring(Shelf({"d/a.md": b"1"}, is_whole=False), mirror)
    assert "链接" in result.problems[0].reason
    assert list(elsewhere.iterdir()) == []


def test_two_at_once_do_not_meet(mirror: Path) -> None:
    shelf = Shelf({"a.md": b"1"})
    refused: list[str] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        with pytest.raises(PlaceTrouble, match="另一个进程") as trouble:
            bring(Shelf({"b.md": b"2"}), mirror)
        refused.append(str(trouble.value))

    Mirrored(shelf).bring(mirror, meanwhile)
    assert len(refused) == 1
    assert inside(mirror) == {"a.md": b"1"}


def test_a_mirror_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceTrouble, match="镜像文件夹写不进去"):
        bring(Shelf({"a.md": b"1"}), tmp_path / "file" / "mirror")
