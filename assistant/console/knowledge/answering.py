"""An answer that a manager writes on a topic: checked, cut as any other material, kept as a draft for another to publish."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from assistant.console.knowledge.places import Places, check_order, first_moment, last_moment
from assistant.console.refusals import CheckUnavailable, DatesOdd
from assistant.store import documents, material, questions
from assistant.store.database import Transaction
from assistant.store.material import DocumentToStore
from assistant.store.questions import QuestionOrigin
from assistant.turn import Finding
from knowledge.passage import DocumentKind, DocumentStatus, Passage, Scope
from knowledge.personal import find_personal
from knowledge.reading.blocks import Block, BlockKind, Reading
from knowledge.splitting import split
from knowledge.suspicion import quoted

ROOT = "console"
"""What is written here hangs on sources of its own: no folder that is read again touches it."""
KINDS = (DocumentKind.POLICY, DocumentKind.TRAINING)
LONGEST_TITLE = 60
LONGEST_TEXT = 3000
LONGEST_SOURCE = 60
SHORTEST_TEXT = 4
_SHORTEST_NAME = 2


class Checked(NamedTuple):
    """What the law says to a text: ``blocks`` keep it from being saved, ``remarks`` the publisher should know."""

    blocks: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = ()


CheckText = Callable[[str], Checked]


def no_check(text: str) -> Checked:
    """Where nobody can read a text by the law, none is saved."""
    raise CheckUnavailable(str(len(text)))


class Written(NamedTuple):
    """The form as it was sent."""

    title: str = ""
    text: str = ""
    source: str = ""
    kind: str = DocumentKind.POLICY.value
    scope: str = ""
    first: str = ""
    last: str = ""


class Trouble(NamedTuple):
    """Why a text cannot be saved yet: which field, and what would make it pass."""

    field: str
    text: str


class Answer(NamedTuple):
    """A form that passed, in nouns."""

    title: str
    text: str
    source: str
    kind: DocumentKind
    scope: Scope
    valid_from: datetime | None
    valid_to: datetime | None


class Judged(NamedTuple):
    """What came of reading a form: the answer, or what stands in its way. ``remarks`` do not."""

    answer: Answer | None
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[Finding, ...] = ()


def judge(written: Written, places: Places, check_text: CheckText, names: Iterable[str]) -> Judged:
    """Read a form; ``names`` are customers who may not be named in what every guide will read.

    Raises NotHerScope for a scope beyond her own.
    """
    title, source = " ".join(written.title.split()), " ".join(written.source.split())
    text = "\n".join(line.strip() for line in written.text.strip().splitlines())
    troubles = [*_missing(title, text, source), *_personal(f"{title}\n{text}", names)]
    if written.kind not in {kind.value for kind in KINDS}:
        troubles.append(Trouble("kind", "类型请选政策制度或导购培训。"))
    valid_from = valid_to = None
    try:
        valid_from, valid_to = first_moment(written.first), last_moment(written.last)
        check_order(valid_from, valid_to)
    except DatesOdd:
        troubles.append(Trouble("last", "日期没有填对：截止日要在开始日当天或之后。"))
    checked = check_text(f"{title}。\n{text}")
    troubles += [
        Trouble("text", f"「{one.span}」{one.reason.label}（{one.rule}）：{one.remedy}") for one in checked.blocks
    ]
    scope = places.chosen(written.scope)
    if troubles:
        return Judged(None, tuple(dict.fromkeys(troubles)), checked.remarks)
    answer = Answer(title, text, source, DocumentKind(written.kind), scope, valid_from, valid_to)
    return Judged(answer, (), checked.remarks)


def _missing(title: str, text: str, source: str) -> Iterable[Trouble]:
    if not title:
        yield Trouble("title", "请写标题，用一句客户会怎么问的话最好找，比如：到店自提要多久。")
    if len(text) < SHORTEST_TEXT:
        yield Trouble("text", "请写答案，导购会照着它回客户。")
    if not source:
        yield Trouble("source", "请写是谁说的，比如：总部客服部王莉、2026 年 11 月门店手册。")
    if words := quoted(text) or quoted(title):
        yield Trouble("text", f"「{words}」读着像在给助手下指令，请改成说给客户听的话。")


def _personal(text: str, names: Iterable[str]) -> Iterable[Trouble]:
    for name in sorted({name for name in names if len(name) >= _SHORTEST_NAME and name in text}):
        yield Trouble("text", f"里面写到了客户「{name}」。这段话所有导购都会看到，请去掉客户的名字。")
    for one in find_personal(text):
        if one.kind.value in ("identity", "order", "born", "account", "phone-end"):
            words = text[one.start : one.end]
            yield Trouble("text", f"「{words}」像是某位客户的{one.kind.label}，请去掉，所有导购都会看到。")


def keep(tx: Transaction, corp_id: str, answer: Answer, place: str, by: str, moment: datetime) -> str:
    """Write an answer as a draft and return its document's id. ``place`` names its scope in the source's name.

    A draft of the same title, kind and scope is replaced; a published one becomes its older version when this is published.
    """
    newest = documents.highest_version(tx, corp_id, answer.title, answer.kind, answer.scope)
    version = 1 if newest is None else newest + 1
    name = f"缺口答复/{place}/{answer.kind.label}/{answer.title} 第{version}版"
    digest = hashlib.sha256(f"{answer.title}\n{answer.text}".encode()).hexdigest()
    source = material.replace_source(tx, corp_id, ROOT, name, digest, moment)
    document_id = _id(source.source_id, answer.title)
    passages = _passages(document_id, version, answer)
    material.add_document(
        tx,
        corp_id,
        source.source_id,
        DocumentToStore(
            document_id,
            answer.title,
            answer.kind,
            answer.scope,
            version,
            DocumentStatus.DRAFT,
            answer.valid_from,
            answer.valid_to,
            passages,
            uploaded_by=by,
        ),
    )
    # its title is how customers ask, so it is looked for by it too
    questions.attach(
        tx, corp_id, passages[0], [answer.title], QuestionOrigin.WRITTEN, moment, source_id=source.source_id
    )
    return document_id


def _passages(document_id: str, version: int, answer: Answer) -> tuple[Passage, ...]:
    blocks = tuple(Block(BlockKind.PARAGRAPH, line) for line in answer.text.splitlines() if line)
    pieces = split(Reading(file=answer.title, sha256="", media="txt", title=answer.title, blocks=blocks))
    return tuple(
        Passage(
            id=_id(document_id, str(number)),
            document_id=document_id,
            title=answer.title,
            version=version,
            kind=answer.kind,
            place=answer.source if len(pieces) == 1 else f"{answer.source}（{number + 1}）",
            heading=piece.heading,
            text=piece.text,
            scope=answer.scope,
            valid_from=answer.valid_from,
            valid_to=answer.valid_to,
        )
        for number, piece in enumerate(pieces)
    )


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
