"""Member tables → customers with what they agreed to and what is known of them."""

from collections.abc import Callable
from datetime import date, datetime

from assistant.clock import SHOP_TIME
from assistant.material.columns import Recognised
from assistant.material.context import Context
from assistant.material.problems import Severity
from assistant.material.rows import Cells, Rows, read_rows
from assistant.material.values import count, day, moment, phone, several, yes_or_no
from assistant.shop import CustomerFact, CustomerRecord, Purpose
from knowledge.reading.blocks import Table

FACTS = ("skin_type", "concerns", "allergies")
CONSENTS = {
    "service": Purpose.SERVICE,
    "marketing": Purpose.MARKETING,
    "personalisation": Purpose.PERSONALISATION,
}


def read_customers(table: Table, columns: Recognised, context: Context) -> Rows[CustomerRecord]:
    """Read customers.

    A phone, birthday, tier, guide or store that cannot be right is left empty with a warning, so the customer can
    still be served; consent that cannot be read counts as not given (个人信息保护法 Art. 14).
    """
    return read_rows(table, columns, context, _one_customer(context), identity="customer")


def _one_customer(context: Context) -> Callable[[Cells], CustomerRecord | None]:
    def read(cells: Cells) -> CustomerRecord | None:
        customer_id, name = cells.need("customer"), cells.need("name")
        joined = cells.read("joined", moment, severity=Severity.WARNING)
        consented = cells.read("consented", moment, severity=Severity.WARNING)
        tier = _tier(cells, context)
        row = CustomerRecord(
            customer_id=customer_id,
            name=name,
            address_as=cells.text("address_as"),
            phone=cells.read("phone", phone, severity=Severity.WARNING) or "",
            tier=tier,
            tier_level=context.tiers.index(tier) + 1 if tier in context.tiers else 0,
            points=cells.read("points", count, severity=Severity.WARNING) or 0,
            birthday=_birthday(cells, context),
            tags=several(cells.text("tags")),
            facts=_facts(cells, consented or joined or context.moment),
            consents=_consents(cells),
            consented_at=consented,
            guide=_guide(cells, context),
            store_id=_store(cells, context),
            joined_at=joined,
        )
        return None if cells.refused else row

    return read


def _tier(cells: Cells, context: Context) -> str:
    tier = cells.text("tier")
    if tier and context.tiers and tier not in context.tiers:
        remedy = f"会员等级有：{'、'.join(context.tiers)}；改好之前按没有等级处理"
        cells.warn("tier", f"没有“{tier}”这个会员等级", remedy)
        return ""
    return tier


def _birthday(cells: Cells, context: Context) -> date | None:
    birthday = cells.read("birthday", day, severity=Severity.WARNING)
    if birthday is None:
        return None
    if birthday.year < 1900 or birthday > context.moment.astimezone(SHOP_TIME).date():
        cells.warn("birthday", f"生日日期“{birthday.isoformat()}”不合理", "请核对生日；不知道就留空")
        return None
    return birthday


def _consents(cells: Cells) -> tuple[Purpose, ...]:
    given = {key: cells.read(key, yes_or_no, severity=Severity.WARNING) for key in CONSENTS}
    return tuple(CONSENTS[key] for key, agreed in given.items() if agreed)


def _facts(cells: Cells, observed: datetime) -> tuple[CustomerFact, ...]:
    """Return what is known beside the usual columns; the office's own notes are left out."""
    known = {cells.recognised.label(key): cells.text(key) for key in FACTS if cells.has(key)}
    known |= cells.extra()
    return tuple(
        CustomerFact(name=name, value=value, source="会员档案", observed_at=observed)
        for name, value in known.items()
        if value
    )


def _guide(cells: Cells, context: Context) -> str:
    guide = cells.text("guide")
    if guide and context.guides is not None and guide.lower() not in {one.lower() for one in context.guides}:
        cells.warn("guide", f"没有“{guide}”这个导购", "请改成在职导购的企业微信账号；改好之前没有专属导购")
        return ""
    return guide


def _store(cells: Cells, context: Context) -> str:
    store = cells.text("store")
    if store and context.stores is not None and store not in context.stores:
        cells.warn("store", f"没有“{store}”这个门店", "请核对门店编码；改好之前没有所属门店")
        return ""
    return store
