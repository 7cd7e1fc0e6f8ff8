"""Sign-off: a turn's risky drafts are laid before its managers; what one of them decides, or that none did, goes to the guide.

Each step writes its record, its audit entry and its message in one transaction, and happens once. Nothing here sends a word
to a customer: a signed draft still waits for the guide's own click.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from assistant.clock import Clock
from assistant.errors import NotFound
from assistant.flow.awaiting import deadline, drafts
from assistant.flow.parting import part
from assistant.flow.reply import waiting_drafts
from assistant.shop import Store
from assistant.store import access, audit, conversations, notices, outbox, signoffs, turns
from assistant.store.audit import SERVICE, AuditAction
from assistant.store.database import Database, Transaction
from assistant.store.signoffs import Decision, TimedOut
from assistant.turn import TurnRecord

PAGE = "/console/signoffs"
WORDS_SHOWN = 60


def lay_before(tx: Transaction, record: TurnRecord, stores: Mapping[str, Store], console: str) -> None:
    """Lay the drafts of a turn that wait before its managers, and tell each of them; nothing where none waits.

    ``console`` is where the console is reached from outside, empty where nobody said.
    """
    asked = record.sign_off
    if asked is None:
        return
    waiting = waiting_drafts(record.verdicts)
    signoffs.ask(
        tx,
        record.corp_id,
        record.turn_id,
        record.conversation_id,
        drafts=waiting,
        moment=record.finished_at,
        until=asked.until,
    )
    if record.channel != conversations.WECOM:
        return
    store = stores.get(record.store_id)
    guide = _name(tx, record.corp_id, record.guide)
    where = f"（{store.name}）" if store is not None else ""
    reasons = dict.fromkeys(reason for found in waiting.values() for reason in found)
    lines = [f"{guide}{where}有草稿等您签发，{deadline(asked.until, record.started_at)}前有效，客户还在等。"]
    lines += [f"· {reason.rule.label}：{reason.words[:WORDS_SHOWN]}" for reason in reasons]
    lines.append(f"看客户的话和草稿：{console.rstrip('/')}{PAGE}/{record.turn_id}" if console else _BY_HAND)
    for userid in asked.signers:
        key = f"signoff:{record.turn_id}:{userid.lower()}"
        notices.put(tx, record.corp_id, userid, "\n".join(lines), key, record.finished_at)


_BY_HAND = "请打开控制台，在「话术」里点「签发」处理。"


def decide(tx: Transaction, record: TurnRecord, decision: Decision, moment: datetime) -> bool:
    """Write a manager's word and lay out what the guide is told; False when it came second or too late."""
    if not signoffs.decide(tx, record.turn_id, decision, moment):
        return False
    audit.append(
        tx,
        record.corp_id,
        moment,
        decision.by,
        AuditAction.SIGN,
        f"turn:{record.turn_id}",
        decision="signed" if decision.signed else "refused",
        drafts="、".join(str(number) for number in decision.signed),
        rules=_rules(record),
        reason="given" if decision.reason else "",
        advice="given" if decision.advice else "",
    )
    manager = _name(tx, record.corp_id, decision.by)
    advice = (f"{manager}建议这么说（下一条，供您参考，要发请您自己改好再发）：", decision.advice)
    _tell_guide(tx, record, _decided(record, decision, manager), advice if decision.advice else ())
    return True


def withdraw(tx: Transaction, turn_id: str, record: TurnRecord) -> None:
    """Wait no longer where the guide's word on the drafts (``record``) settled the matter otherwise."""
    if signoffs.withdraw(tx, turn_id, record.finished_at):
        audit.append(
            tx,
            record.corp_id,
            record.finished_at,
            record.guide,
            AuditAction.SIGN,
            f"turn:{turn_id}",
            decision="withdrawn",
        )


@dataclass(frozen=True)
class Signing:
    """One corp's sign-offs as of now."""

    database: Database
    corp_id: str
    clock: Clock

    def expire(self) -> tuple[str, ...]:
        """Write down every sign-off that nobody answered in time; returns the turns whose guides have to be told."""
        told: list[str] = []
        while True:
            now = self.clock()
            with self.database.begin() as tx:
                due = signoffs.expire_due(tx, self.corp_id, now)
                told += [one.turn_id for one in due]
                for one in due:
                    self._tell(tx, one, now)
            if len(due) < signoffs.SWEPT_AT_ONCE:
                return tuple(told)

    def _tell(self, tx: Transaction, one: TimedOut, now: datetime) -> None:
        record = turns.read(tx, one.turn_id)
        if record is None:
            raise NotFound(one.turn_id)
        audit.append(
            tx,
            self.corp_id,
            now,
            SERVICE,
            AuditAction.SIGN,
            f"turn:{one.turn_id}",
            decision="timed-out",
            rules=_rules(record),
        )
        _tell_guide(tx, record, _too_late(record, one, now))


def _rules(record: TurnRecord) -> str:
    found = waiting_drafts(record.verdicts).values()
    return "、".join(dict.fromkeys(reason.rule.label for reasons in found for reason in reasons))


# ---- words -------------------------------------------------------------------------------------


def _tell_guide(tx: Transaction, record: TurnRecord, words: str, advice: tuple[str, ...] = ()) -> None:
    """Lay out what the guide is told, as further parts of the turn's reply; whoever chats without WeCom reads it there."""
    if record.channel != conversations.WECOM:
        return
    # advice stands in a message of its own, so that a long press copies just that
    parts = [piece for text in (words, *advice) for piece in part([text])]
    outbox.add(tx, record.corp_id, record.turn_id, record.guide, parts)


def _decided(record: TurnRecord, decision: Decision, manager: str) -> str:
    waiting = tuple(waiting_drafts(record.verdicts))
    left = tuple(number for number in waiting if number not in decision.signed)
    about = _about(record)
    lines = []
    if decision.signed:
        how = "或".join(f"「签发{number}」" for number in decision.signed)
        lines.append(f"{manager}签发了{drafts(decision.signed)}{about}，可以用了。回{how}采用，我把那段给您复制。")
        if left:
            lines.append(f"{drafts(left)}没有签发，先别发。")
    else:
        lines.append(f"{manager}没有签发{drafts(left)}{about}，先别发。")
    if decision.reason:
        lines.append(f"原因：{decision.reason}")
    if not decision.signed and not decision.advice:
        lines.append("要我按这个重写，就把客户的话和要求再发我一次。")
    return "\n".join(lines)


def _too_late(record: TurnRecord, one: TimedOut, now: datetime) -> str:
    remedies = "；".join(
        dict.fromkeys(reason.remedy for found in waiting_drafts(record.verdicts).values() for reason in found)
    )
    return (
        f"{drafts(one.drafts)}{_about(record)}等到{deadline(one.until, now)}没有人签发，现在不能发了。\n"
        f"客户还在等的话：{remedies}；一定要这么说，就直接找店长，或把客户的话再发我一次，我重新报。"
    )


def _about(record: TurnRecord) -> str:
    """Which question it was: by now the guide may be speaking of somebody else."""
    asked = " ".join(message.text.replace("\n", " ") for message in record.messages if message.text)
    return f"（您问的「{asked[:20]}{'…' if len(asked) > 20 else ''}」）" if asked else ""


def _name(tx: Transaction, corp_id: str, userid: str) -> str:
    """A person's name; whoever has left meanwhile is named by her account."""
    try:
        return access.access_person(tx, corp_id, userid).name
    except NotFound:
        return userid
