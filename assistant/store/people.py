"""People as the admin sees them: the staff file, what she ruled over it, and when each last came in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from assistant.errors import NotFound
from assistant.shop import Person, Role
from assistant.store.access import DIRECTORY
from assistant.store.tables import person, person_ruling, used_login


class Ruling(NamedTuple):
    """What an admin decided for a person; it stands whatever the staff file says of these four."""

    role: Role
    store_id: str
    region_id: str
    active: bool


class PersonLine(NamedTuple):
    """One person as she stands now.

    ``filed`` is what the staff file says where a ruling stands over it, else None. ``changes`` counts the rulings ever
    made for her: whoever saves names the count she saw. ``last_login`` is None when she never came in.
    """

    userid: str
    name: str
    role: Role
    store_id: str
    region_id: str
    active: bool
    filed: Ruling | None
    changes: int
    changed_by: str
    changed_at: datetime | None
    last_login: datetime | None

    @property
    def ruling(self) -> Ruling:
        """Role, place and standing as they are now."""
        return Ruling(self.role, self.store_id, self.region_id, self.active)


class PeopleFilter(NamedTuple):
    """Which people; an empty word does not restrict. ``active`` None: both."""

    words: str = ""
    role: Role | None = None
    store_id: str = ""
    active: bool | None = None


def lines(tx: Connection, corp_id: str, wanted: PeopleFilter, *, after: str = "", limit: int) -> tuple[PersonLine, ...]:
    """People by userid, from after a userid on: one query, whatever their number."""
    query = _lines(corp_id).where(DIRECTORY.c.userid_folded > after.lower())
    if wanted.words:
        like = DIRECTORY.c.userid_folded.contains(wanted.words.lower(), autoescape=True)
        query = query.where(or_(DIRECTORY.c.name.contains(wanted.words, autoescape=True), like))
    if wanted.role is not None:
        query = query.where(DIRECTORY.c.role == wanted.role.value)
    if wanted.store_id:
        query = query.where(DIRECTORY.c.store_id == wanted.store_id)
    if wanted.active is not None:
        query = query.where(DIRECTORY.c.active.is_(wanted.active))
    return tuple(_as_line(row) for row in tx.execute(query.order_by(DIRECTORY.c.userid_folded).limit(limit)))


def line(tx: Connection, corp_id: str, userid: str) -> PersonLine:
    """One person, active or not; raises NotFound."""
    row = tx.execute(_lines(corp_id).where(DIRECTORY.c.userid_folded == userid.lower())).one_or_none()
    if row is None:
        raise NotFound(userid)
    return _as_line(row)


def _lines(corp_id: str) -> Any:
    last = (
        select(func.max(used_login.c.began_at))
        .where(used_login.c.corp_id == corp_id, used_login.c.userid_folded == DIRECTORY.c.userid_folded)
        .correlate(DIRECTORY)
        .scalar_subquery()
    )
    filed = [person.c[name].label(f"filed_{name}") for name in Ruling._fields]
    about = [person_ruling.c[name] for name in ("in_force", "changes", "changed_by", "changed_at")]
    same = and_(person.c.corp_id == DIRECTORY.c.corp_id, person.c.userid_folded == DIRECTORY.c.userid_folded)
    ruled = and_(
        person_ruling.c.corp_id == DIRECTORY.c.corp_id, person_ruling.c.userid_folded == DIRECTORY.c.userid_folded
    )
    return (
        select(DIRECTORY, *filed, *about, last.label("last_login"))
        .select_from(DIRECTORY.join(person, same).outerjoin(person_ruling, ruled))
        .where(DIRECTORY.c.corp_id == corp_id)
    )


def _as_line(row: Row[Any]) -> PersonLine:
    filed = Ruling(Role(row.filed_role), row.filed_store_id, row.filed_region_id, bool(row.filed_active))
    return PersonLine(
        userid=row.userid,
        name=row.name,
        role=Role(row.role),
        store_id=row.store_id,
        region_id=row.region_id,
        active=bool(row.active),
        filed=filed if row.in_force else None,
        changes=row.changes or 0,
        changed_by=row.changed_by or "",
        changed_at=row.changed_at,
        last_login=row.last_login,
    )


def rule(
    tx: Connection, corp_id: str, userid: str, ruling: Ruling | None, *, by: str, moment: datetime, seen: int
) -> bool:
    """Set what holds for a person whatever the file says, or (None) let the file count again.

    False when somebody ruled since ``seen``, and nothing is written. Raises NotFound for nobody of the corp.
    """
    before = line(tx, corp_id, userid)
    if before.changes != seen:
        return False
    values = {
        **(ruling or before.ruling)._asdict(),
        "role": (ruling or before.ruling).role.value,
        "in_force": ruling is not None,
        "changes": seen + 1,
        "changed_by": by.lower(),
        "changed_at": moment,
    }
    this = (person_ruling.c.corp_id == corp_id, person_ruling.c.userid_folded == userid.lower())
    if seen == 0:
        tx.execute(insert(person_ruling).values(corp_id=corp_id, userid_folded=userid.lower(), **values))
        return True
    return (
        tx.execute(update(person_ruling).where(*this, person_ruling.c.changes == seen).values(**values)).rowcount == 1
    )


def active_admins(tx: Connection, corp_id: str) -> frozenset[str]:
    """The folded userids of everybody who may administer now."""
    this = (DIRECTORY.c.corp_id == corp_id, DIRECTORY.c.role == Role.ADMIN.value, DIRECTORY.c.active)
    return frozenset(tx.execute(select(DIRECTORY.c.userid_folded).where(*this)).scalars())


def names(tx: Connection, corp_id: str, userids: Iterable[str]) -> dict[str, str]:
    """What these people are called, by folded userid; somebody who is in no file any more is left out."""
    wanted = sorted({one.lower() for one in userids if one})
    this = (person.c.corp_id == corp_id, person.c.userid_folded.in_(wanted))
    return {
        row.userid_folded: row.name for row in tx.execute(select(person.c.userid_folded, person.c.name).where(*this))
    }


class StoreCount(NamedTuple):
    """How many active guides and managers a store has."""

    guides: int
    managers: int


def counts_by_store(tx: Connection, corp_id: str) -> dict[str, StoreCount]:
    """Active people of every store that has some."""
    rows = tx.execute(
        select(DIRECTORY.c.store_id, DIRECTORY.c.role, func.count().label("number"))
        .where(DIRECTORY.c.corp_id == corp_id, DIRECTORY.c.active, DIRECTORY.c.store_id != "")
        .group_by(DIRECTORY.c.store_id, DIRECTORY.c.role)
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.store_id, {})[row.role] = row.number
    return {
        store_id: StoreCount(roles.get(Role.GUIDE.value, 0), roles.get(Role.MANAGER.value, 0))
        for store_id, roles in found.items()
    }


def directory(tx: Connection, corp_id: str) -> tuple[Person, ...]:
    """Everybody as they stand now, those who left too, by userid."""
    rows = tx.execute(select(DIRECTORY).where(DIRECTORY.c.corp_id == corp_id).order_by(DIRECTORY.c.userid_folded))
    return tuple(
        Person(
            userid=row.userid,
            name=row.name,
            role=Role(row.role),
            store_id=row.store_id,
            region_id=row.region_id,
            active=bool(row.active),
        )
        for row in rows
    )
