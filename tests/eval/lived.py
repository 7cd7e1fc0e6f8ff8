"""A shop full of invented persons in which guides have talked and decided: what collecting and drift read."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from assistant.app import build
from assistant.service import Service
from assistant.settings import Settings
from tests.ingest.house import CORP, NOW, STORES, policy, products, write
from tests.shared import file_reader, lay_tables
from tests.way.invented import Invented, invent

GUIDES = 3
KNOWN = tuple(invent(number) for number in range(36))
STRANGERS = tuple(invent(number, known=False) for number in range(400, 406))
GOODS = ("柔和面霜", "清爽面膜", "云朵洁面")


@dataclass
class Hands:
    """A clock that goes on by itself with every question asked."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **pause: float) -> None:
        """Let time go by."""
        self.now += timedelta(**pause)


def shop(folder: Path) -> Path:
    """One store, three guides, and everybody as their customers."""
    write(folder, "shop.yaml", "brand: 试店\ntiers: [普卡, 金卡]\n")
    write(folder, "门店/stores.csv", STORES)
    staff = "".join(f"guide{number},导{'甲乙丙'[number]}然,导购,S001\n" for number in range(GUIDES))
    write(folder, "门店/staff.csv", f"企业微信账号,姓名,岗位,门店编码\n{staff}")
    write(folder, "商品/products.csv", products(*(f"A{n},{name},{100 + n}" for n, name in enumerate(GOODS))))
    written = io.StringIO()
    rows = csv.writer(written)
    columns = "客户ID,昵称,称呼,手机号,会员等级,生日,标签,偏好,专属导购,所属门店,服务同意,营销同意,个性化同意"
    rows.writerow(columns.split(","))
    for one in KNOWN:
        guide = f"guide{one.number % GUIDES}"
        rows.writerow(
            (
                *(one.customer_id, one.name, one.address_as, one.phone, "金卡", one.birthday.isoformat()),
                *(one.tags, one.note, guide, "S001", "是", "是", "是"),
            )
        )
    write(folder, "会员/customers.csv", written.getvalue())
    orders = "".join(f"{one.order_id},{one.customer_id},S001,2026-10-01 10:00,A1,1,100\n" for one in KNOWN[:9])
    write(folder, "会员/orders.csv", f"订单号,客户ID,门店编码,下单时间,商品编码,数量,实付金额\n{orders}")
    write(folder, "政策/退货.md", policy("退货办法", "签收次日起七天内，没有拆封的商品可以退货。"))
    return folder


def lived_in(folder: Path, clock: Hands) -> Service:
    """The service with everybody in it, nothing said yet."""
    settings = Settings.model_validate({"data_dir": folder / "data", "corp_id": CORP, "quiet_seconds": 0})
    lay_tables(folder / "data" / "daogou.db")
    service = build(settings, clock=clock, read=file_reader().read)
    service.ingest([shop(folder / "shop")])
    return service


def careless(one: Invented, *others: Invented) -> str:
    """Everything about everybody, as guides paste it."""
    return "；".join("，".join(person.written) for person in (one, *others))


def talk(service: Service, clock: Hands, one: Invented, asks: str, decision: Callable[[str], str]) -> None:
    """A question about a customer, and the guide's word on the first draft; hours later than the talk before."""
    clock.wait(hours=2)
    guide = f"guide{one.number % GUIDES}"
    record = service.converse(guide, [asks])
    clock.wait(minutes=1)
    shown = [verdict.draft.text for verdict in record.verdicts if verdict.draft.sentences]
    service.converse(guide, [decision(shown[0] if shown else "")])
