"""A small shop written on the spot, a house to read it into, and ways to look at everything the house then holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from assistant.app import build
from assistant.ingest.report import IngestReport
from assistant.seams import Reader, Wanted
from assistant.searching import StoreSearch
from assistant.service import Service
from assistant.settings import Settings
from assistant.store import material, tables
from assistant.store.database import Database
from knowledge.passage import Passage
from tests.shared import file_reader, lay_tables

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
CORP = "corp"
STORES = "门店编码,门店名称,区域编码,区域\nS001,梧桐店,R01,华东\nS002,榕树店,R02,华南\n"
STAFF = "企业微信账号,姓名,岗位,门店编码\nlin,林晓,导购,S001\nchen,陈榕,导购,S002\n"
CUSTOMERS = (
    "客户ID,昵称,手机号,专属导购,所属门店,服务同意\nC1,小葵,13800001111,lin,S001,是\nC2,阿布,13800002222,chen,S002,是\n"
)
ORDERS = (
    "订单号,客户ID,门店编码,下单时间,商品编码,数量,实付金额,使用优惠券\n"
    "D1,C1,S001,2026-10-01 10:00,A1,1,100,\nD1,C1,S001,2026-10-01 10:00,A2,2,40,\n"
)


@dataclass
class Hands:
    """A clock that is moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        """Let days go by."""
        self.now += timedelta(days=days)


def products(*rows: str) -> str:
    """A product table; each row is ``sku,name,price``."""
    return "商品编码,商品名称,售价(元),品类\n" + "".join(f"{row},护肤\n" for row in rows)


def policy(title: str, text: str, **particulars: object) -> str:
    """A policy as Markdown; particulars go into its head (scope, valid_from, valid_to, version)."""
    head = "".join(f"{key}: {value}\n" for key, value in {"title": title, **particulars}.items())
    return f"---\n{head}---\n# {title}\n\n{text}\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """One file of the shop."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def small_shop(folder: Path) -> Path:
    """Two stores in two regions, two guides with a customer each, two products, one order, one policy."""
    write(folder, "shop.yaml", "brand: 试店\ntiers: [普卡, 金卡]\n")
    write(folder, "门店/stores.csv", STORES)
    write(folder, "门店/staff.csv", STAFF)
    write(folder, "商品/products.csv", products("A1,柔和面霜,100", "A2,清爽面膜,20"))
    write(folder, "会员/customers.csv", CUSTOMERS)
    write(folder, "会员/orders.csv", ORDERS)
    write(folder, "政策/退货.md", policy("退货办法", "签收次日起七天内，没有拆封的商品可以退货。"))
    return folder


@contextmanager
def opened(data: Path, clock: Hands | None = None, **settings: object) -> Iterator[Service]:
    """A house in this folder, its tables made."""
    values = {"data_dir": data, "corp_id": CORP, "quiet_seconds": 0, **settings}
    wanted = Settings.model_validate(values)
    if not wanted.database_url:
        lay_tables(data / "daogou.db")
    service = build(wanted, clock=clock or Hands(), read=file_reader().read)
    try:
        service.database.migrate()
        yield service
    finally:
        service.close()


def found(service: Service, question: str, store: str = "S001", region: str = "R01") -> tuple[str, ...]:
    """The texts a guide of this store gets for a question, at the house's own moment."""
    reader = Reader(corp_id=service.settings.corp_id, store_id=store, region_id=region)
    hits = service.handling.search(Wanted(question=question, reader=reader, moment=service.clock()))
    return tuple(hit.passage.text for hit in hits)


def held(service: Service) -> dict[str, str]:
    """What the index holds: passage ids with their hashes."""
    return cast(StoreSearch, service.handling.search).index.ids_with_hashes()


def published(service: Service) -> dict[str, Passage]:
    """What the database says the index must hold."""
    with service.database.read() as tx:
        return {one.id: one for one in material.published_passages(tx, service.settings.corp_id)}


def index_is_the_database(service: Service) -> bool:
    """Say whether the index holds what the database publishes, each passage as it is now."""
    search = cast(StoreSearch, service.handling.search)
    search.refresh(service.settings.corp_id)
    return search.compare(service.settings.corp_id).is_equal


def contents(database: Database, *, but: frozenset[str] = frozenset({"ingested_at"})) -> dict[str, list[str]]:
    """Every row of every table as text, without these columns."""
    everything = {}
    with database.read() as tx:
        for table in tables.metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in but]
            everything[table.name] = sorted(repr(tuple(row)) for row in tx.execute(select(*columns)))
    return everything


def without_history(database: Database) -> dict[str, list[str]]:
    """Every row without what tells how often its file changed before: a first ingest has no past."""
    everything = contents(database, but=frozenset({"ingested_at", "body", "version", "material_version"}))
    with database.read() as tx:
        for name in ("store", "product", "coupon", "script"):
            bodies = tx.execute(select(tables.metadata.tables[name].c.body)).scalars()
            everything[f"{name} bodies"] = sorted(repr(_unversioned(body)) for body in bodies)
        rows = tx.execute(select(tables.document).where(tables.document.c.kind != "product"))
        everything["document versions"] = sorted(f"{row.document_id} {row.version}" for row in rows)
    return everything


def _unversioned(body: dict[str, Any]) -> dict[str, Any]:
    cited = {**body["cited"], "version": 0} if "cited" in body else None
    return {**body, "cited": cited}


def errors(report: IngestReport) -> list[str]:
    """Everything that was left out, where and why."""
    return [f"{one.where} {one.reason}" for one in report.problems if one.is_error]
