"""Whatever is done to a folder, in whatever order: the index is the database, the database is a first ingest."""

from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from assistant.ingest.run import Ingest
from assistant.store.database import Database
from knowledge.reading.read import read
from tests.ingest.house import (
    CORP,
    CUSTOMERS,
    ORDERS,
    STAFF,
    STORES,
    Hands,
    found,
    index_is_the_database,
    opened,
    policy,
    products,
    published,
    without_history,
    write,
)
from tests.shared import lay_tables

QUESTION = "没有拆封的商品多少天内可以退货"
RETURNS = {
    version: policy("退货办法", f"没有拆封的商品{days}天内可以退货。", version=version, **window)
    for version, days, window in (
        (1, "七", {}),
        (2, "十五", {"valid_to": "2026-11-30"}),
        (3, "三十", {"valid_from": "2026-11-26"}),
    )
}
CONTENTS = {
    "门店/stores.csv": (STORES, STORES + "S003,银杏店,R01,华东\n", STORES.replace("S002,榕树店,R02,华南\n", "")),
    "门店/staff.csv": (STAFF, STAFF + "wu,吴桐,导购,S003\n"),
    "商品/a.csv": (products("A1,柔和面霜,100", "A2,清爽面膜,20"), products("A1,柔和面霜,120")),
    "商品/b.csv": (products("A2,清爽面膜,25", "A3,滋润乳液,60"), products("A1,面霜,90"), b"\x00\x01"),
    "会员/customers.csv": (CUSTOMERS, CUSTOMERS.replace("C1,", "C3,"), b"\xff\xfe\x00\xd8\x00"),
    "会员/orders_1.csv": (ORDERS, ORDERS.replace("D1", "D2")),
    "会员/orders_2.csv": (ORDERS, ORDERS.replace("C1", "C2")),
    "政策/退货.md": (RETURNS[1], RETURNS[2], b""),
    "政策/退货（新）.md": (RETURNS[2], RETURNS[3], policy("退货办法", "本店不退。", scope="银杏店")),
}
NAMES = st.sampled_from(sorted(CONTENTS))


class Folder(RuleBasedStateMachine):
    """A shop's folder under change, and the house that follows it."""

    def __init__(self) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.home = Path(self.exits.enter_context(TemporaryDirectory()))
        self.shop = self.home / "shop"
        write(self.shop, "shop.yaml", "brand: 试店\n")
        self.clock = Hands()
        self.inside = ExitStack()
        self.house = self.inside.enter_context(opened(self.home / "data", self.clock))
        # what the house may still hold of a file that cannot be opened now
        self.good: dict[str, bytes] = {}
        self.fresh = 0
        for name in CONTENTS:
            write(self.shop, name, CONTENTS[name][0])
        self.ingest()

    @rule(name=NAMES, which=st.integers(0, 2))
    def put(self, name: str, which: int) -> None:
        choices = CONTENTS[name]
        write(self.shop, name, choices[which % len(choices)])

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        (self.shop / name).unlink(missing_ok=True)

    @rule(name=NAMES, first=st.booleans())
    def rename(self, name: str, first: bool) -> None:
        path = self.shop / name
        if path.exists():
            path.rename(path.with_name(f"{'0' if first else 'z'}{path.name}"))

    @rule(days=st.integers(1, 6))
    def wait(self, days: int) -> None:
        self.clock.pass_days(days)

    @rule(lost=st.sampled_from(["", "everything", "lexical/meta.json", "ledger.sqlite3", "vocabulary"]))
    def open_again(self, lost: str) -> None:
        """The service stops; before it starts again its index, or a part of it, is gone or spoilt."""
        self.inside.close()
        index = self.home / "data" / "index"
        if lost == "everything":
            rmtree(index)
        elif lost:
            (index / lost).write_bytes(b"\x00 spoilt \x00")
        self.house = self.inside.enter_context(opened(self.home / "data", self.clock))
        # the first question brings the index up to the database
        found(self.house, QUESTION)

    @rule()
    def ingest(self) -> None:
        report = self.house.ingest([self.shop])
        there = {path.relative_to(self.shop).as_posix(): path.read_bytes() for path in self.shop.rglob("*.*")}
        self.good = {
            name: self.good.get(name, b"") if name in report.unread else content
            for name, content in there.items()
            if name not in report.unread or name in self.good
        }

    @rule(name=NAMES)
    def ingest_one(self, name: str) -> None:
        if (self.shop / name).exists():
            report = self.house.ingest([self.shop / name])
            if name not in report.unread:
                self.good[name] = (self.shop / name).read_bytes()

    @invariant()
    def nothing_outside_its_time_is_found(self) -> None:
        texts = {one.text: one for one in published(self.house).values()}
        assert all(texts[text].valid_at(self.clock()) for text in found(self.house, QUESTION))

    @invariant()
    def the_index_is_the_database(self) -> None:
        assert index_is_the_database(self.house)

    def teardown(self) -> None:
        self.ingest()
        # records of a file that cannot be opened stay as they are; mended, they are as good as new
        for path in list(self.shop.rglob("*.*")):
            name = path.relative_to(self.shop).as_posix()
            if name in self.good:
                write(self.shop, name, self.good[name])
            else:
                path.unlink()
        self.ingest()
        fresh = Database(f"sqlite+pysqlite:///{lay_tables(self.home / 'fresh.db')}")
        Ingest(fresh, CORP, self.clock, read).run((self.shop,))
        was, now = without_history(fresh), without_history(self.house.database)
        fresh.close()
        self.inside.close()
        self.exits.close()
        assert now == was


TestAnySequence = Folder.TestCase
TestAnySequence.settings = settings(
    max_examples=4, stateful_step_count=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
