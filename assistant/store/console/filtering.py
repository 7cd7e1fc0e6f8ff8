"""Which turns somebody asks for, as conditions over the narrow rows: the list, the export and every figure's link."""

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, union_all

from assistant.clock import SHOP_TIME
from assistant.scoring.searchwords import words_of
from assistant.scoring.summing import LeanKind, TurnVerdict
from assistant.store.console.scope import Stores, unsent_turns
from assistant.store.coupons.life import GrantStatus
from assistant.store.tables import coupon_grant, turn_lean, turn_summary, turn_word
from assistant.turn import ActionKind, ReplyKind
from knowledge.noun import Labelled

ANY = "any"
"""Any coupon at all."""
UNSAID = "unsaid"
"""Refused, and no reason given."""
_LOOKED_AT = 2000
"""How far a word's rows are counted to find the rarest one; beyond, words are common alike."""
_MOST_WORDS = 16


class Said(Labelled):
    """What the guide said of the drafts; the first three are ``ActionKind``."""

    ACCEPTED = ActionKind.ACCEPTED.value, ActionKind.ACCEPTED.label
    EDITED = ActionKind.EDITED.value, ActionKind.EDITED.label
    REFUSED = ActionKind.REFUSED.value, ActionKind.REFUSED.label
    USED = "used", "采用或改后采用"
    ANY = "any", "有反馈"
    NONE = "none", "还没反馈"


class Seen(Labelled):
    """What the guard made of a turn; all but the last two are ``TurnVerdict``."""

    PASSED = TurnVerdict.PASSED.value, TurnVerdict.PASSED.label
    CUT = TurnVerdict.CUT.value, TurnVerdict.CUT.label
    HELD = TurnVerdict.HELD.value, TurnVerdict.HELD.label
    ASKED = TurnVerdict.ASKED.value, TurnVerdict.ASKED.label
    ABSTAINED = TurnVerdict.ABSTAINED.value, TurnVerdict.ABSTAINED.label
    SHOWN = "shown", "给出了草稿"
    GUARDED = "guarded", "审核删过或拦过"


class Covered(Labelled):
    """Whether the material had the answer; turns that asked for none are neither."""

    YES = "yes", "答上了"
    NO = "no", "没答上"
    ASKED = "asked", "要资料来答的"


class Band(Labelled):
    """Where the automatic score stands, of 100."""

    LOW = "low", "60 分以下"
    MIDDLE = "middle", "60–80 分"
    HIGH = "high", "80 分以上"
    NONE = "none", "没有评分"


class Step(Labelled):
    """How far a coupon came."""

    SUGGESTED = "suggested", "推荐过"
    SENT = "sent", "发给了客户"
    GRANTED = "granted", "已发放"
    REDEEMED = "redeemed", "已核销"


class TurnFilter(NamedTuple):
    """Which turns; an empty word does not restrict. ``since`` and ``until`` are Shanghai days, both included.

    ``guide`` is a userid in lower case, ``refusal`` a RefusalReason or ``unsaid``. ``coupon`` is an id or ``any``, ``step`` how far it came (suggested, where empty).
    ``taken`` restricts ``script`` to turns where the draft that was sent came of it.
    """

    store_id: str = ""
    intent: str = ""
    action: str = ""
    unsent: bool = False
    words: str = ""
    guide: str = ""
    customer_id: str = ""
    verdict: str = ""
    refusal: str = ""
    score: str = ""
    since: date | None = None
    until: date | None = None
    covered: str = ""
    script: str = ""
    document: str = ""
    coupon: str = ""
    step: str = ""

    @property
    def is_open(self) -> bool:
        """True when nothing restricts."""
        return self == TurnFilter()

    @property
    def says_nothing(self) -> bool:
        """True when there is something to search for that no word can be made of: one character alone, a number."""
        return bool(self.words.strip()) and not words_of(self.words)


def day_began(day: date) -> datetime:
    """The moment a Shanghai day begins."""
    return datetime.combine(day, time(), SHOP_TIME)


def chosen(tx: Connection, columns: Any, corp_id: str, stores: Stores, wanted: TurnFilter) -> Select[Any]:
    """A query over the turns wanted, newest first; ``columns`` are of ``turn_summary``."""
    rows: Any = turn_summary
    conditions = [turn_summary.c.corp_id == corp_id, *_conditions(corp_id, wanted)]
    if stores is not None:
        conditions.append(turn_summary.c.store_id.in_(sorted(stores)))
    moment, turn_id = turn_summary.c.finished_at, turn_summary.c.turn_id
    if wanted.words.strip():
        words = _rarest_first(tx, corp_id, sorted(words_of(wanted.words))[:_MOST_WORDS])
        rows = turn_word.join(turn_summary, turn_summary.c.turn_id == turn_word.c.turn_id)
        conditions += _with_words(corp_id, words, stores)
        # the index of the words gives them in this order already
        moment, turn_id = turn_word.c.finished_at, turn_word.c.turn_id
    if wanted.since is not None:
        conditions.append(moment >= day_began(wanted.since))
    if wanted.until is not None:
        conditions.append(moment < day_began(wanted.until + timedelta(days=1)))
    return select(*columns).select_from(rows).where(*conditions).order_by(moment.desc(), turn_id.desc())


def before_place(query: Select[Any], wanted: TurnFilter, finished_at: datetime, turn_id: str) -> Select[Any]:
    """Hold a query of ``chosen`` to what is older than a place in it."""
    table: Any = turn_word if wanted.words.strip() else turn_summary
    same = and_(table.c.finished_at == finished_at, table.c.turn_id < turn_id)
    return query.where(table.c.finished_at <= finished_at, or_(table.c.finished_at < finished_at, same))


# ---- the conditions ----------------------------------------------------------------------------


def _conditions(corp_id: str, wanted: TurnFilter) -> list[ColumnElement[bool]]:
    row = turn_summary.c
    same = (
        (row.store_id, wanted.store_id),
        (row.intent, wanted.intent),
        (row.guide_folded, wanted.guide.lower()),
        (row.customer_id, wanted.customer_id),
    )
    found = [column == value for column, value in same if value]
    if wanted.refusal:
        reason = "" if wanted.refusal == UNSAID else wanted.refusal
        found += [row.action == ActionKind.REFUSED.value, row.refusal == reason]
    if wanted.action:
        found.append(_said(Said(wanted.action)))
    if wanted.verdict:
        found.append(_seen(Seen(wanted.verdict)))
    if wanted.covered:
        found.append(is_covered(Covered(wanted.covered)))
    if wanted.score:
        found.append(_scored(Band(wanted.score)))
    if wanted.unsent:
        found.append(row.turn_id.in_(unsent_turns()))
    if wanted.script:
        found.append(_leans(corp_id, LeanKind.SCRIPT, wanted.script))
    if wanted.document:
        found.append(_leans(corp_id, LeanKind.DOCUMENT, wanted.document))
    if wanted.coupon:
        found.append(_came_to(corp_id, wanted.coupon, Step(wanted.step) if wanted.step else Step.SUGGESTED))
    return found


def _said(one: Said) -> ColumnElement[bool]:
    action = turn_summary.c.action
    match one:
        case Said.NONE:
            return and_(action == "", turn_summary.c.reply_kind == ReplyKind.DRAFTS.value)
        case Said.ANY:
            return action != ""
        case Said.USED:
            return action.in_((ActionKind.ACCEPTED.value, ActionKind.EDITED.value))
        case _:
            return action == one.value


def _seen(one: Seen) -> ColumnElement[bool]:
    match one:
        case Seen.SHOWN:
            return turn_summary.c.draft_count > 0
        case Seen.GUARDED:
            return is_guarded()
        case _:
            return turn_summary.c.verdict == one.value


def is_guarded() -> ColumnElement[bool]:
    """Turns with drafts, or whose drafts were all held, in which the guard objected to something."""
    looked_at = or_(turn_summary.c.draft_count > 0, turn_summary.c.reply_kind == ReplyKind.HELD.value)
    return and_(turn_summary.c.cut_claims > 0, looked_at)


def is_covered(one: Covered) -> ColumnElement[bool]:
    """Answers for which material is needed: drafts, a held draft, or 资料里没有."""
    drafts = turn_summary.c.reply_kind == ReplyKind.DRAFTS.value
    answers = (ReplyKind.DRAFTS.value, ReplyKind.HELD.value, ReplyKind.ABSTAIN.value)
    match one:
        case Covered.YES:
            return and_(drafts, ~turn_summary.c.has_gap)
        case Covered.ASKED:
            return turn_summary.c.reply_kind.in_(answers)
        case Covered.NO:
            return and_(turn_summary.c.reply_kind.in_(answers), or_(~drafts, turn_summary.c.has_gap))


def _scored(one: Band) -> ColumnElement[bool]:
    score = turn_summary.c.score
    match one:
        case Band.NONE:
            return score.is_(None)
        case Band.LOW:
            return score < 0.6
        case Band.MIDDLE:
            return and_(score >= 0.6, score < 0.8)
        case Band.HIGH:
            return score >= 0.8


def _leans(corp_id: str, kind: LeanKind, ref: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    row = turn_lean.c
    named = () if ref == ANY else (row.ref == ref,)
    return (
        select(row.turn_id)
        .where(row.turn_id == turn_summary.c.turn_id, row.corp_id == corp_id, row.kind == kind.value, *named, *more)
        .correlate(turn_summary)
        .exists()
    )


def _came_to(corp_id: str, coupon: str, step: Step) -> ColumnElement[bool]:
    if step is Step.SUGGESTED:
        return turn_summary.c.suggests_coupon if coupon == ANY else _leans(corp_id, LeanKind.COUPON, coupon)
    if step is Step.SENT and coupon == ANY:
        return turn_summary.c.sends_coupon
    if step is Step.SENT:
        return _leans(corp_id, LeanKind.COUPON, coupon, turn_lean.c.taken)
    granted = select(coupon_grant.c.turn_id).where(coupon_grant.c.corp_id == corp_id)
    if coupon != ANY:
        granted = granted.where(coupon_grant.c.coupon_id == coupon)
    if step is Step.REDEEMED:
        granted = granted.where(coupon_grant.c.status == GrantStatus.REDEEMED.value)
    return turn_summary.c.turn_id.in_(granted)


# ---- by words ----------------------------------------------------------------------------------


def _rarest_first(tx: Connection, corp_id: str, words: list[str]) -> list[str]:
    """The words by how many turns have them: the rarest leads, the others are only looked up."""
    if len(words) < 2:
        return words
    counted = [
        select(literal(word).label("word"), func.count().label("turns")).select_from(
            select(turn_word.c.turn_id)
            .where(turn_word.c.corp_id == corp_id, turn_word.c.word == word)
            .limit(_LOOKED_AT)
            .subquery()
        )
        for word in words
    ]
    return [row.word for row in sorted(tx.execute(union_all(*counted)), key=lambda row: (row.turns, row.word))]


def _with_words(corp_id: str, words: list[str], stores: Stores) -> list[ColumnElement[bool]]:
    # no word at all: nothing is found, rather than everything
    found = [turn_word.c.corp_id == corp_id, turn_word.c.word == (words[0] if words else "")]
    if stores is not None:
        found.append(turn_word.c.store_id.in_(sorted(stores)))
    for word in words[1:]:
        other = turn_word.alias()
        found.append(
            select(other.c.turn_id)
            .where(
                other.c.corp_id == corp_id,
                other.c.word == word,
                other.c.finished_at == turn_word.c.finished_at,
                other.c.turn_id == turn_word.c.turn_id,
            )
            .correlate(turn_word)
            .exists()
        )
    return found
