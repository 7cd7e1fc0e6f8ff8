"""Store and staff tables → stores and persons."""

from collections.abc import Callable

from assistant.material.columns import Recognised
from assistant.material.context import Context
from assistant.material.rows import Cells, Rows, read_rows
from assistant.material.values import yes_or_no
from assistant.shop import Person, Role, Store
from knowledge.reading.blocks import Table

ROLES = {
    "导购": Role.GUIDE,
    "店员": Role.GUIDE,
    "店长": Role.MANAGER,
    "副店长": Role.MANAGER,
    "区域经理": Role.MANAGER,
    "大区经理": Role.MANAGER,
    "督导": Role.MANAGER,
    "总部": Role.MANAGER,
    "审计": Role.AUDITOR,
    "管理员": Role.ADMIN,
}
_OF_A_REGION = ("区域经理", "大区经理", "督导")
_OF_ALL = ("总部", "审计", "管理员")


def read_stores(table: Table, columns: Recognised, context: Context) -> Rows[Store]:
    """Read stores."""
    return read_rows(table, columns, context, _one_store, identity="store")


def read_staff(table: Table, columns: Recognised, context: Context) -> Rows[Person]:
    """Read guides and managers; accounts are compared without case, as WeCom does.

    A manager's reach is taken from her 岗位: a 店长 without a store, or a 区域经理 without a region, is refused,
    because a manager bound to neither would see everything.
    """
    return read_rows(table, columns, context, _one_person(context), identity="userid", fold=str.lower)


def _one_store(cells: Cells) -> Store | None:
    store, name, region = cells.need("store"), cells.need("name"), cells.need("region")
    if cells.refused:
        return None
    return Store(
        store_id=store,
        name=name,
        region_id=region,
        region_name=cells.text("region_name") or region,
        dealer=cells.text("dealer"),
        address=cells.text("address"),
        phone=cells.text("phone"),
        hours=cells.text("hours"),
    )


def _one_person(context: Context) -> Callable[[Cells], Person | None]:
    stores = frozenset(context.stores) if context.stores is not None else None

    def read(cells: Cells) -> Person | None:
        userid, name, job = cells.need("userid"), cells.need("name"), cells.need("role")
        role = ROLES.get(job)
        if job and role is None:
            cells.flag("role", f"没有“{job}”这个岗位", f"请写成：{'、'.join(ROLES)}")
        active = cells.read("active", yes_or_no)
        store, region = _reach(cells, job, stores, context)
        if role is None or cells.refused:
            return None
        return Person(
            userid=userid,
            name=name,
            role=role,
            store_id=store,
            region_id=region,
            active=active if active is not None else True,
        )

    return read


def _reach(cells: Cells, job: str, stores: frozenset[str] | None, context: Context) -> tuple[str, str]:
    """Return store and region of a person, each empty where the job does not bind her to one."""
    if job in _OF_ALL:
        return "", ""
    if job in _OF_A_REGION:
        region = cells.need("region")
        if region:
            cells.known("region", (region,), context.regions, "区域")
        return "", region
    store = cells.need("store")
    if store:
        cells.known("store", (store,), stores, "门店")
    return store, (context.stores or {}).get(store, cells.text("region"))
