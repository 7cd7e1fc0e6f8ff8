"""Before a document is taken back, changed or replaced: who leaned on it; afterwards: corrections for those who sent it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.knowledge.documents import REASON_CHARACTERS, hers, is_record, standing
from assistant.console.knowledge.places import Places, form_day
from assistant.console.refusals import NothingChosen, StillInForce
from assistant.correcting import (
    Correction,
    Statement,
    by_figure,
    correction,
    message_to_guide,
    shares_figures,
    statements,
)
from assistant.errors import NotFound
from assistant.store import audit, corrections, documents, material
from assistant.store.audit import AuditAction
from assistant.store.corrections import SentText
from assistant.store.database import AlreadyThere, Transaction
from assistant.store.documents import DocumentLine
from assistant.store.material import ScriptText
from assistant.uploaded import MaterialDesk
from knowledge.passage import DocumentStatus, Passage

LOOKED_BACK = timedelta(days=30)
"""How far back sent texts are told: what was said a month ago has been acted upon."""

DRAFTS_LIVE = timedelta(days=2)
TEXTS_SHOWN = 60
SCRIPTS_SHOWN = 20


class Touched(NamedTuple):
    """A sent text with what to say now; without a correction it still holds."""

    sent: SentText
    correction: Correction | None

    @property
    def wrong(self) -> str:
        """The clause that no longer holds; empty when it is not known which, or none."""
        return self.correction.wrong if self.correction is not None else ""

    @property
    def before(self) -> str:
        """The sent words in front of it; all of them where it is not known."""
        return self.sent.text.partition(self.wrong)[0] if self.wrong else self.sent.text

    @property
    def after(self) -> str:
        """The sent words behind it."""
        return self.sent.text.partition(self.wrong)[2] if self.wrong else ""


class SharingScript(NamedTuple):
    """A script that gives a figure of the document."""

    script: ScriptText
    sentences: tuple[str, ...]


def leaning_routes(router: APIRouter, one: Console, desk: MaterialDesk) -> None:
    """What leaned on a document, and sending corrections."""

    @router.get("/console/documents/{document_id}/leaning", response_model=None)
    def leaning(document_id: str, done: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            line = documents.one_document(tx, one.corp_id, places.who, document_id)
            found = corrections.leaning_on(
                tx,
                one.corp_id,
                visitor.stores,
                document_id,
                since=now - LOOKED_BACK,
                drafts_since=now - DRAFTS_LIVE,
                limit=TEXTS_SHOWN,
            )
            basis = Basis.read(tx, one.corp_id, document_id)
            scripts = (
                each for each in material.script_texts(tx, one.corp_id) if places.who.sees(each.scope, each.dealers)
            )
            sharing = tuple(islice(_sharing(scripts, basis.old), SCRIPTS_SHOWN + 1))
            stores = one.stores(tx, visitor)
        names = tuple(name for sent in found.texts for name in sent.customer_names)
        return page(
            "knowledge/leaning.html",
            visitor=visitor,
            line=line,
            standing=standing(line, now),
            places=places,
            found=found,
            touched=tuple(basis.touched(sent) for sent in found.texts),
            newer=basis.newer,
            sharing=sharing[:SCRIPTS_SHOWN],
            more_sharing=len(sharing) > SCRIPTS_SHOWN,
            stores=stores,
            in_force=in_force(line, now),
            is_record=basis.is_record,
            may_decide=visitor.may_review and places.who.covers(line.scope),
            reason_characters=REASON_CHARACTERS,
            first_day=form_day(line.valid_from),
            last_day=form_day(line.valid_to, is_end=True),
            days=LOOKED_BACK.days,
            done=done,
            hidden_names=visitor.hidden(names),
        )

    @router.post("/console/documents/{document_id}/corrections", response_model=None)
    def send(
        document_id: str,
        chosen: list[str] = Form(default=[], max_length=TEXTS_SHOWN),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        now, userid = one.clock(), visitor.person.userid
        with one.database.read() as tx:
            line = hers(tx, one, visitor, document_id)
            if in_force(line, now):
                raise StillInForce(document_id)
            basis = Basis.read(tx, one.corp_id, document_id)
            leaned = corrections.leaning_on(
                tx,
                one.corp_id,
                visitor.stores,
                document_id,
                since=now - LOOKED_BACK,
                drafts_since=now,
                limit=TEXTS_SHOWN,
            )
        touched = {one.sent.turn_id: one for one in map(basis.touched, leaned.texts)}
        if not chosen:
            raise NothingChosen(document_id)
        if not touched.keys() >= set(chosen):
            raise NotFound(document_id)
        sent = [
            turn_id
            for turn_id in dict.fromkeys(chosen)
            if _send(one, line, basis, touched[turn_id], userid, now, desk.ai_label)
        ]
        for turn_id in sent:
            one.deliver(turn_id)
        return RedirectResponse(f"/console/documents/{document_id}/leaning?done=corrected", status_code=303)


class Basis(NamedTuple):
    """What a document said, and what is published in its place.

    ``newer`` is any passage of the newer version, for its title and number.
    """

    old: tuple[Statement, ...]
    new: tuple[Statement, ...]
    newer: Passage | None
    is_record: bool

    @classmethod
    def read(cls, tx: Transaction, corp_id: str, document_id: str) -> "Basis":
        """The document's own passages and those of its newer version."""
        own = documents.passages_of_document(tx, corp_id, document_id)
        newer = corrections.newer_passages(tx, corp_id, document_id)
        return cls(
            old=statements(one.passage.text for one in own),
            new=statements(one.text for one in newer),
            newer=newer[0] if newer else None,
            is_record=is_record(own),
        )

    def touched(self, sent: SentText) -> Touched:
        """What is to be said about one sent text."""
        return Touched(sent, correction(sent.text, self.old, self.new))


def in_force(line: DocumentLine, now: datetime) -> bool:
    """Say whether guides are still given this text: then there is nothing to correct yet."""
    is_over = any(end is not None and end <= now for end in (line.valid_to, line.superseded_at))
    return line.status is DocumentStatus.PUBLISHED and not is_over


def _send(
    one: Console, line: DocumentLine, basis: Basis, touched: Touched, userid: str, now: datetime, ai_label: str
) -> bool:
    """Send one correction unless it went out before; says whether it did now."""
    if touched.correction is None or not touched.sent.in_wecom:
        return False
    text = message_to_guide(
        touched.correction,
        when=f"{touched.sent.sent_at.astimezone(SHOP_TIME):%-m月%-d日 %H:%M} ",
        customer=touched.sent.customer,
        title=line.title,
        version=basis.newer.version if basis.newer is not None else None,
        ai_label=ai_label,
    )
    try:
        with one.database.begin() as tx:
            corrections.send(tx, one.corp_id, line.document_id, touched.sent, text, by=userid, moment=now)
            subject = f"document:{line.document_id}"
            audit.append(tx, one.corp_id, now, userid, AuditAction.SEND, subject, turn=touched.sent.turn_id)
    except AlreadyThere:
        return False
    return True


def _sharing(scripts: Iterable[ScriptText], old: tuple[Statement, ...]) -> Iterator[SharingScript]:
    indexed = by_figure(old)
    found = (SharingScript(script, shares_figures(script.text, indexed)) for script in scripts)
    return (one for one in found if one.sentences)
