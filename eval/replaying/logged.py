"""Replaying what guides really asked: each logged turn once more, at its own moment, after the turns before it.

A turn is made from the log's own history, never from what this version would have said before. Where the two paths part,
the rest of the conversation is left: what came after was an answer to other words.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from assistant.app import build
from assistant.flow.answer import warm_up
from assistant.seams import Ask
from assistant.service import Service
from assistant.settings import Settings
from assistant.turn import TurnRecord
from knowledge.noun import Labelled


class Part(Labelled):
    """The first thing in the way of a turn that came out otherwise."""

    NEED = "need", "听成了别的"
    HITS = "hits", "找到的资料不同"
    OFFER = "offer", "算的优惠不同"
    DRAFTS = "drafts", "草稿不同"
    VERDICT = "verdict", "检查结果不同"
    REPLY = "reply", "回复不同"


@dataclass(frozen=True)
class Parted:
    """One conversation: ``same`` turns came out alike, then ``part`` of a turn differed, and ``left`` were not tried.

    ``part`` is None where the whole conversation came out alike; ``material_changed`` says that the shop's files were
    others at the time.
    """

    conversation_id: str
    same: int
    left: int
    part: Part | None = None
    logged: TurnRecord | None = None
    now: TurnRecord | None = None
    material_changed: bool = False


@contextmanager
def opened_log(settings: Settings, ask: Ask | None = None) -> Iterator[Service]:
    """Open a service's log beside it: its database is only read, its index is made anew in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="daogou-log-") as folder:
        beside = settings.model_copy(update={"data_dir": Path(folder), "database_url": settings.database})
        service = build(beside, ask=ask)
        warm_up()
        try:
            yield service
        finally:
            service.close()


def replay_log(
    service: Service, records: Sequence[TurnRecord], advance: Callable[[], None] = lambda: None
) -> Iterator[Parted]:
    """Replay these logged turns, conversation by conversation; ``records`` are in the order in which they were made."""
    by_talk = sorted(records, key=lambda one: one.conversation_id)
    for conversation_id, turns in groupby(by_talk, key=lambda one: one.conversation_id):
        yield _replay(service, conversation_id, tuple(turns))
        advance()


def _replay(service: Service, conversation_id: str, turns: tuple[TurnRecord, ...]) -> Parted:
    spoken_of = ""
    for place, logged in enumerate(turns):
        now = service.handling.again(logged, spoken_of)
        part = first_difference(logged, now)
        if part is not None:
            changed = logged.provenance.material_version != now.provenance.material_version
            return Parted(conversation_id, place, len(turns) - place - 1, part, logged, now, changed)
        spoken_of = logged.need.customer_id or spoken_of
    return Parted(conversation_id, len(turns), 0)


def first_difference(logged: TurnRecord, now: TurnRecord) -> Part | None:
    """The first step of the way at which two records of one turn differ, None for none."""
    return next((part for part in Part if _of(part, logged) != _of(part, now)), None)


def _of(part: Part, record: TurnRecord) -> object:
    """What a record holds of one step, without ids and times."""
    if part is Part.NEED:
        return record.need
    if part is Part.HITS:
        return [hit.passage.id for hit in record.hits]
    if part is Part.OFFER:
        offer = record.offer
        return offer and (offer.applied, offer.total_fen, offer.pay_fen)
    if part is Part.DRAFTS:
        return [draft.text for draft in record.drafts]
    if part is Part.VERDICT:
        return [(verdict.outcome, verdict.draft.text) for verdict in record.verdicts]
    return (record.reply.kind, record.reply.parts)


def as_text(found: Sequence[Parted], show: int = 20) -> str:
    """How many conversations came out alike, where the others part, and the first of them in full."""
    turns = sum(one.same + one.left + (one.part is not None) for one in found)
    alike = sum(one.part is None for one in found)
    lines = [f"{len(found)} 段对话，{turns} 轮：{alike} 段从头到尾一样", ""]
    for part in Part:
        parted = [one for one in found if one.part is part]
        if parted:
            because = sum(one.material_changed for one in parted)
            told = f"（其中 {because} 段的资料后来改过）" if because else ""
            lines.append(f"  {part.label}：{len(parted)} 段{told}")
    left = sum(one.left for one in found)
    if left:
        lines.append(f"  分岔以后的 {left} 轮没有再跑：后面的话接的是当时的回复")
    for one in [one for one in found if one.part is not None][:show]:
        if one.logged is not None and one.now is not None and one.part is not None:
            lines += [
                "",
                f"── {one.conversation_id} 第 {one.same + 1} 轮（{one.logged.turn_id}）：{one.part.label}",
                f"当时：{_shown(one.logged)}",
                f"现在：{_shown(one.now)}",
            ]
    return "\n".join(lines)


def _shown(record: TurnRecord) -> str:
    """The intent and the beginning of the reply, in one line."""
    text = " ".join("".join(record.reply.parts).split())
    return f"{record.need.intent.label}；{record.reply.kind.label}；{text[:120]}{'…' if len(text) > 120 else ''}"
