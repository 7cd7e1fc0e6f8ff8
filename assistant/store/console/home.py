"""What needs the visitor now, counted; and how the last weeks went."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from assistant.clock import SHOP_TIME
from assistant.outreach.plan import is_behind
from assistant.store import conflicts, documents, scripts
from assistant.store.console import gaps, losers, tasks
from assistant.store.console.scope import Stores, ours, unsent_turns
from assistant.store.documents import Sight
from assistant.store.revisions import RevisionNoun, RevisionStatus
from assistant.store.tables import document, revision, signoff, turn, turn_summary
from assistant.turn import ActionKind, ReplyKind, SignOffStatus
from knowledge.noun import Labelled


class Errand(Labelled):
    """What a manager may have to do, the most pressing first."""

    SIGN = "sign", "草稿等您签发"
    UNSENT = "unsent", "发送失败"
    GAPS = "gaps", "资料缺口"
    SCRIPTS = "scripts", "待审话术建议"
    DOCUMENTS = "documents", "待审资料"
    COUPONS = "coupons", "待发布的券"
    CONFLICTS = "conflicts", "说法打架"
    LOST_SCRIPTS = "lost-scripts", "裁定要撤的话术"
    LOST_COUPONS = "lost-coupons", "裁定要停的券"
    BEHIND = "behind", "任务落后"
    ENDING_SCRIPTS = "ending-scripts", "快到期的话术"
    ENDING_DOCUMENTS = "ending-documents", "快到期的资料"


class Waiting(NamedTuple):
    """So many of one errand. ``until`` is when the first runs out, where it does; ``customers`` wait behind it."""

    errand: Errand
    number: int
    until: datetime | None = None
    customers: int = 0


class Lately(NamedTuple):
    """What became of drafts. ``silent`` are turns with drafts about which the guide said nothing."""

    turns_today: int
    accepted: int
    edited: int
    refused: int
    silent: int

    @property
    def answered(self) -> int:
        """How many drafts the guides gave their word on: the sample of the adoption rate."""
        return self.accepted + self.edited + self.refused


def waiting(
    tx: Connection, corp_id: str, stores: Stores, userid: str, moment: datetime, *, decides_for_all: bool
) -> tuple[Waiting, ...]:
    """Everything of which there is any, the most pressing first; ``decides_for_all`` where she publishes coupons."""
    who = documents.sight(tx, corp_id, stores, userid)
    topics = gaps.waiting(tx, corp_id, stores)
    counted = (
        _to_sign(tx, corp_id, stores, moment),
        Waiting(Errand.UNSENT, _unsent(tx, corp_id, stores)),
        Waiting(Errand.GAPS, topics.topics, customers=topics.customers),
        Waiting(Errand.SCRIPTS, scripts.count_waiting(tx, corp_id, who)),
        Waiting(Errand.DOCUMENTS, documents.waiting(tx, corp_id, who)),
        Waiting(Errand.COUPONS, _coupons(tx, corp_id, userid) if decides_for_all else 0),
        Waiting(Errand.CONFLICTS, conflicts.count_open(tx, corp_id, who)),
        Waiting(Errand.LOST_SCRIPTS, len(losers.lost_scripts(tx, corp_id, who))),
        Waiting(Errand.LOST_COUPONS, len(losers.lost_coupons(tx, corp_id, who)) if decides_for_all else 0),
        Waiting(Errand.BEHIND, _behind(tx, corp_id, stores, moment.astimezone(SHOP_TIME).date())),
        Waiting(Errand.ENDING_SCRIPTS, scripts.count_expiring(tx, corp_id, who, moment)),
        Waiting(Errand.ENDING_DOCUMENTS, _ending(tx, corp_id, who, moment)),
    )
    return tuple(one for one in counted if one.number)


def lately(tx: Connection, corp_id: str, stores: Stores, today: datetime, since: datetime) -> Lately:
    """Count the turns since ``today`` began, and what became of drafts since ``since``."""
    words = (
        select(turn_summary.c.action, func.count().label("turns"))
        .where(
            turn_summary.c.corp_id == corp_id,
            turn_summary.c.finished_at >= since,
            turn_summary.c.reply_kind == ReplyKind.DRAFTS.value,
        )
        .group_by(turn_summary.c.action)
    )
    asked = (
        select(func.count())
        .select_from(turn_summary)
        .where(turn_summary.c.corp_id == corp_id, turn_summary.c.finished_at >= today)
    )
    if stores is not None:
        words = words.where(turn_summary.c.store_id.in_(sorted(stores)))
        asked = asked.where(turn_summary.c.store_id.in_(sorted(stores)))
    kinds = {row.action: row.turns for row in tx.execute(words)}
    return Lately(
        turns_today=tx.execute(asked).scalar_one(),
        accepted=kinds.get(ActionKind.ACCEPTED.value, 0),
        edited=kinds.get(ActionKind.EDITED.value, 0),
        refused=kinds.get(ActionKind.REFUSED.value, 0),
        silent=kinds.get("", 0),
    )


def _to_sign(tx: Connection, corp_id: str, stores: Stores, moment: datetime) -> Waiting:
    query: Any = select(func.count().label("drafts"), func.min(signoff.c.until).label("until")).select_from(
        signoff.join(turn, turn.c.turn_id == signoff.c.turn_id)
    )
    row = tx.execute(
        ours(query, corp_id, stores).where(
            signoff.c.corp_id == corp_id, signoff.c.status == SignOffStatus.WAITING.value, signoff.c.until > moment
        )
    ).one()
    return Waiting(Errand.SIGN, row.drafts, row.until)


def _unsent(tx: Connection, corp_id: str, stores: Stores) -> int:
    query = ours(select(func.count().label("turns")).select_from(turn), corp_id, stores)
    return int(tx.execute(query.where(turn.c.turn_id.in_(unsent_turns()))).scalar_one())


def _coupons(tx: Connection, corp_id: str, userid: str) -> int:
    """Proposed rules that somebody else than this person wrote."""
    query = (
        select(func.count())
        .select_from(revision)
        .where(
            revision.c.corp_id == corp_id,
            revision.c.noun == RevisionNoun.COUPON.value,
            revision.c.status == RevisionStatus.PROPOSED.value,
            revision.c.proposed_by != userid.lower(),
        )
    )
    return int(tx.execute(query).scalar_one())


def _behind(tx: Connection, corp_id: str, stores: Stores, today: date) -> int:
    running = tasks.running(tx, corp_id, stores, today)
    return sum(is_behind(one.counted, one.task.words.starts_on, one.task.words.ends_on, today) for one in running)


def _ending(tx: Connection, corp_id: str, who: Sight, moment: datetime) -> int:
    query = (
        select(func.count())
        .select_from(document)
        .where(
            document.c.corp_id == corp_id,
            *documents.ends_soon(moment + documents.ENDS_SOON),
            documents.decided_by(who),
        )
    )
    return int(tx.execute(query).scalar_one())
