"""A corp's own rules, as its admin set them; the defaults while she has set none."""

import json
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from assistant.rulebook import Rulebook
from assistant.store.tables import rulebook


class KeptRulebook(NamedTuple):
    """The rules and how often they were changed: whoever saves names the count she started from."""

    rules: Rulebook
    changes: int
    changed_by: str
    changed_at: datetime | None


def of_corp(tx: Connection, corp_id: str) -> Rulebook:
    """The rules in force."""
    return kept(tx, corp_id).rules


def kept(tx: Connection, corp_id: str) -> KeptRulebook:
    """The rules in force with who set them and when."""
    row = tx.execute(select(rulebook).where(rulebook.c.corp_id == corp_id)).one_or_none()
    if row is None:
        return KeptRulebook(Rulebook(), 0, "", None)
    return KeptRulebook(Rulebook.model_validate_json(json.dumps(row.body)), row.changes, row.changed_by, row.changed_at)


def write(tx: Connection, corp_id: str, rules: Rulebook, *, by: str, moment: datetime, seen: int) -> bool:
    """Set the rules; False when somebody changed them since ``seen``, and nothing is written."""
    values = {
        "body": rules.model_dump(mode="json"),
        "changes": seen + 1,
        "changed_by": by.lower(),
        "changed_at": moment,
    }
    if kept(tx, corp_id).changes != seen:
        return False
    if seen == 0:
        tx.execute(insert(rulebook).values(corp_id=corp_id, **values))
        return True
    this = (rulebook.c.corp_id == corp_id, rulebook.c.changes == seen)
    return tx.execute(update(rulebook).where(*this).values(**values)).rowcount == 1
