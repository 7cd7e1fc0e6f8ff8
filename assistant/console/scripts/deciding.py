"""What a manager may decide about scripts, in one transaction each, with its entry in the audit log.

Every function raises NotFound for what is not hers to see, NotHerScript for what is not hers to decide, and a refusal
that says who was first when somebody else decided meanwhile.
"""

from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from assistant.console.door.login import Visitor
from assistant.console.formats import moment
from assistant.console.frame import Console
from assistant.console.knowledge.places import Places
from assistant.console.refusals import (
    AlreadyDecided,
    BadChoice,
    NotHerScript,
    OwnSuggestion,
    ReasonMissing,
    SavedByAnother,
    TooMuchRewritten,
)
from assistant.console.scripts.tools import ScriptTools
from assistant.shop import Script
from assistant.store import audit, mined, revisions, scripts
from assistant.store.audit import AuditAction
from assistant.store.console import ratings
from assistant.store.console import suggestions as edited
from assistant.store.console.suggestions import SuggestionStatus
from assistant.store.database import Transaction
from assistant.store.revisions import Decided, Revision, RevisionNoun, RevisionOrigin, RevisionStatus
from assistant.store.scripts import Served

SCRIPT = RevisionNoun.SCRIPT
REWRITTEN = 50
"""Of texts less alike than that (0..100) the second is the work of whoever wrote it."""
NEW = "new"
"""Stands where a form names what is served, for a script that is not."""


def subject(script_id: str) -> str:
    """What the audit log calls a script."""
    return f"script:{script_id}"


def withdraw(tx: Transaction, one: Console, userid: str, script: Script, note: str, **about: str) -> None:
    """Serve a script no longer, in a transaction of the caller's, who made sure that it is served and hers to decide."""
    now, body = one.clock(), script.model_dump(mode="json")
    gone = revisions.withdraw(tx, one.corp_id, SCRIPT, script.script_id, body, by=userid, moment=now, note=note)
    told = {"version": str(gone.version), **about}
    audit.append(tx, one.corp_id, now, userid, AuditAction.WITHDRAW, subject(script.script_id), **told)


@dataclass(frozen=True)
class Deciding:
    """One manager's decisions."""

    one: Console
    tools: ScriptTools
    visitor: Visitor

    @property
    def userid(self) -> str:
        """Who decides."""
        return self.visitor.person.userid

    # ---- suggestions ---------------------------------------------------------------------------

    def approve(
        self, revision_id: str, *, seen: int, standing: str, note: str, script: Script | None = None, owner: str = ""
    ) -> Script:
        """Serve a suggestion from now on, as it stands or with her own small changes (``script``).

        ``standing`` is what the form saw served in its place. Raises ScriptBlocked for what the guard would not let out.
        """
        with self.one.database.read() as tx:
            found, before = self._open(tx, revision_id)
        self._check_waits(found, seen)
        if revisions.is_proposer(found, self.userid):
            raise OwnSuggestion(revision_id)
        suggested = scripts.script_of(found)
        wanted = suggested if script is None else _with_identity(script, suggested)
        if script is not None and fuzz.ratio(suggested.text, wanted.text) < REWRITTEN:
            raise TooMuchRewritten(revision_id)
        self.tools.must_pass(wanted)
        with self.one.database.begin() as tx:
            revisions.hold(tx, self.one.corp_id, SCRIPT, found.record_id)
            self._check_standing(tx, found.record_id, standing)
            self._check_covers(tx, suggested, wanted, *(one.script for one in before))
            if script is not None:
                self._change(tx, found, wanted, seen)
                seen += 1
            done = revisions.publish(
                tx,
                self.one.corp_id,
                SCRIPT,
                revision_id,
                by=self.userid,
                moment=self.one.clock(),
                note=note,
                seen=seen,
                owner=owner or (self.userid if found.owner == audit.SERVICE else ""),
            )
            self._check_done(tx, revision_id, done)
            self._note(tx, AuditAction.PUBLISH, wanted.script_id, version=str(found.version))
            self._decide_behind(tx, found, SuggestionStatus.APPROVED, note)
        return wanted

    def refuse(self, revision_id: str, *, seen: int, note: str) -> None:
        """Send a suggestion back with a reason."""
        with self.one.database.begin() as tx:
            found, _ = self._open(tx, revision_id)
            self._check_waits(found, seen)
            if not note.strip():
                raise ReasonMissing(revision_id)
            if found.proposed_by != self.userid.lower():
                self._check_covers(tx, scripts.script_of(found))
            done = revisions.refuse(
                tx,
                self.one.corp_id,
                SCRIPT,
                revision_id,
                by=self.userid,
                moment=self.one.clock(),
                note=note.strip(),
                seen=seen,
            )
            self._check_done(tx, revision_id, done)
            self._decide_behind(tx, found, SuggestionStatus.REFUSED, note.strip())
            self._note(tx, AuditAction.REFUSE, found.record_id, version=str(found.version))

    def save(self, revision_id: str, script: Script, *, seen: int, owner: str = "") -> None:
        """Change a waiting suggestion; whoever changed it is one of its authors and does not approve it."""
        with self.one.database.begin() as tx:
            found, _ = self._open(tx, revision_id)
            self._check_waits(found, seen)
            suggested = scripts.script_of(found)
            wanted = _with_identity(script, suggested)
            if found.proposed_by != self.userid.lower():
                self._check_covers(tx, suggested)
            self._check_covers(tx, wanted)
            changed = self._change(tx, found, wanted, seen, owner)
            proposers = sorted({*found.about.get("proposers", ()), self.userid.lower()})
            revisions.tell(tx, self.one.corp_id, revision_id, {**changed.about, "proposers": proposers})

    def merge(self, revision_id: str, *, into: str, seen: int) -> str:
        """Close a suggestion in favour of another one or of a served script; returns the suggestion that goes on."""
        kind, _, other = into.partition(":")
        if kind not in ("suggestion", "script") or other == revision_id:
            raise BadChoice("请选一条要并入的话术或建议。")
        with self.one.database.begin() as tx:
            found, _ = self._open(tx, revision_id)
            self._check_waits(found, seen)
            self._check_covers(tx, scripts.script_of(found))
            goes_on = self._carrier(tx, found, kind, other)
            note = f"并入 {goes_on.record_id} 第 {goes_on.version} 版"
            done = revisions.merge(
                tx,
                self.one.corp_id,
                SCRIPT,
                revision_id,
                by=self.userid,
                moment=self.one.clock(),
                note=note,
                seen=seen,
            )
            self._check_done(tx, revision_id, done)
            mined.move(tx, self.one.corp_id, revision_id, goes_on.revision_id)
            mined.count_again(tx, self.one.corp_id, goes_on)
            self._note(tx, AuditAction.MERGE, found.record_id, into=subject(goes_on.record_id))
        return goes_on.revision_id

    def propose(
        self, tx: Transaction, script: Script, *, origin: RevisionOrigin, owner: str = "", **about: Any
    ) -> Revision:
        """Lay a script before whoever decides, in a transaction of the caller's; what is served does not change."""
        made = revisions.propose(
            tx,
            self.one.corp_id,
            SCRIPT,
            script.script_id,
            script.model_dump(mode="json"),
            origin=origin,
            by=self.userid,
            moment=self.one.clock(),
            about=about,
            owner=owner,
        )
        self._note(tx, AuditAction.PROPOSE, script.script_id, version=str(made.version), origin=origin.label)
        return made

    # ---- served scripts ------------------------------------------------------------------------

    def withdraw(self, script_id: str, *, standing: str, note: str) -> None:
        """Serve a script no longer."""
        if not note.strip():
            raise ReasonMissing(script_id)
        with self.one.database.begin() as tx:
            served = self._to_change(tx, script_id, standing)
            if served.withdrawn:
                raise SavedByAnother("这条话术已经撤下了。")
            withdraw(tx, self.one, self.userid, served.script, note.strip())

    def roll_back(self, script_id: str, revision_id: str, *, standing: str, note: str) -> None:
        """Serve an earlier version again; the guard looks at it as the rules are now."""
        if not note.strip():
            raise ReasonMissing(script_id)
        with self.one.database.read() as tx:
            old = revisions.one(tx, self.one.corp_id, SCRIPT, revision_id)
        if old.record_id != script_id or old.status is not RevisionStatus.SUPERSEDED:
            raise BadChoice("请选一个以前用过的版本。")
        self.tools.must_pass(scripts.script_of(old))
        with self.one.database.begin() as tx:
            self._to_change(tx, script_id, standing)
            self._check_covers(tx, scripts.script_of(old))
            made = revisions.roll_back(
                tx, self.one.corp_id, SCRIPT, revision_id, by=self.userid, moment=self.one.clock(), note=note.strip()
            )
            self._note(tx, AuditAction.ROLL_BACK, script_id, version=str(made.version), to=str(old.version))

    def back_to_file(self, script_id: str, *, standing: str) -> None:
        """Serve what the shop's file says again."""
        with self.one.database.begin() as tx:
            self._to_change(tx, script_id, standing)
            file = scripts.file_row(tx, self.one.corp_id, script_id)
            if file is None:
                raise BadChoice("资料表里没有这条话术。")
            self._check_covers(tx, file)
            revisions.back_to_file(tx, self.one.corp_id, SCRIPT, script_id)
            self._note(tx, AuditAction.ROLL_BACK, script_id, to="file", version=str(file.version))

    # ---- what each of them looks at first ------------------------------------------------------

    def _open(self, tx: Transaction, revision_id: str) -> tuple[Revision, tuple[Served, ...]]:
        """A suggestion she may see, and what is served in its place."""
        places = Places(tx, self.one.corp_id, self.visitor)
        found = scripts.one_suggestion(tx, self.one.corp_id, places.who, revision_id)
        return found, tuple(scripts.of_library(tx, self.one.corp_id, (found.record_id,)).values())

    def _to_change(self, tx: Transaction, script_id: str, standing: str) -> Served:
        """A script she may decide on, as her form saw it."""
        revisions.hold(tx, self.one.corp_id, SCRIPT, script_id)
        places = Places(tx, self.one.corp_id, self.visitor)
        served = scripts.one_of_library(tx, self.one.corp_id, places.who, script_id)
        if not places.who.covers(served.script.scope):
            raise NotHerScript(script_id)
        self._check_standing(tx, script_id, standing)
        return served

    def _carrier(self, tx: Transaction, found: Revision, kind: str, other: str) -> Revision:
        """The suggestion that goes on: the other one, or a new one for the served script."""
        places = Places(tx, self.one.corp_id, self.visitor)
        if kind == "suggestion":
            target = scripts.one_suggestion(tx, self.one.corp_id, places.who, other)
            if target.status is not RevisionStatus.PROPOSED:
                raise AlreadyDecided("要并入的那条已经审过了，请换一条。")
            if found.proposed_by != audit.SERVICE:
                proposers = sorted({*target.about.get("proposers", ()), found.proposed_by})
                about = {**target.about, "proposers": proposers}
                revisions.tell(tx, self.one.corp_id, target.revision_id, about)
                return target._replace(about=about)
            return target
        served = scripts.one_of_library(tx, self.one.corp_id, places.who, other)
        suggested = scripts.script_of(found)
        keywords = tuple(dict.fromkeys((*served.script.keywords, *suggested.keywords)))
        script = served.script.model_copy(
            update={"text": suggested.text, "variables": suggested.variables, "keywords": keywords}
        )
        made = revisions.propose(
            tx,
            self.one.corp_id,
            SCRIPT,
            served.script.script_id,
            script.model_dump(mode="json"),
            origin=RevisionOrigin.MERGE,
            by=found.proposed_by,
            moment=self.one.clock(),
            about={**found.about, "merged_from": found.record_id},
            owner=found.owner,
        )
        self._note(
            tx,
            AuditAction.PROPOSE,
            served.script.script_id,
            version=str(made.version),
            origin=RevisionOrigin.MERGE.label,
        )
        return made

    def _check_waits(self, found: Revision, seen: int) -> None:
        if found.status is not RevisionStatus.PROPOSED:
            with self.one.database.read() as tx:
                raise AlreadyDecided(_who_was_first(tx, self.one.corp_id, found))
        if found.changes != seen:
            raise SavedByAnother(_who_saved(found))

    def _check_standing(self, tx: Transaction, script_id: str, standing: str) -> None:
        served = scripts.of_library(tx, self.one.corp_id, (script_id,)).get(script_id)
        now = served.mark if served is not None else NEW
        if now != standing:
            raise SavedByAnother(_what_stands(tx, self.one.corp_id, served))

    def _check_covers(self, tx: Transaction, *about: Script) -> None:
        who = Places(tx, self.one.corp_id, self.visitor).who
        for one in about:
            if not who.covers(one.scope):
                raise NotHerScript(one.script_id)

    def _check_done(self, tx: Transaction, revision_id: str, done: Decided) -> None:
        if done is Decided.OWN:
            raise OwnSuggestion(revision_id)
        if done is Decided.ALREADY:
            found = revisions.one(tx, self.one.corp_id, SCRIPT, revision_id)
            if found.status is RevisionStatus.PROPOSED:
                raise SavedByAnother(_who_saved(found))
            raise AlreadyDecided(_who_was_first(tx, self.one.corp_id, found))

    # ---- what each of them does last -----------------------------------------------------------

    def _change(self, tx: Transaction, found: Revision, script: Script, seen: int, owner: str = "") -> Revision:
        body = script.model_dump(mode="json")
        if not revisions.change(tx, self.one.corp_id, SCRIPT, found.revision_id, body, seen=seen, owner=owner):
            self._check_done(tx, found.revision_id, Decided.ALREADY)
        changed = {**found.about, "changed_by": self.userid.lower(), "changed_at": self.one.clock().isoformat()}
        revisions.tell(tx, self.one.corp_id, found.revision_id, changed)
        self._note(tx, AuditAction.CHANGE, script.script_id, version=str(found.version))
        return found._replace(about=changed)

    def _decide_behind(self, tx: Transaction, found: Revision, decision: SuggestionStatus, note: str) -> None:
        """Let the edited texts behind a suggestion share its fate; those of an approved one become eval cases."""
        turns = edited.decide_behind(
            tx,
            self.one.corp_id,
            found.revision_id,
            decision=decision,
            reviewer=self.userid,
            moment=self.one.clock(),
            note=note,
        )
        if decision is not SuggestionStatus.APPROVED:
            return
        for turn_id in turns:
            reason = f"导购的改写成了话术 {found.record_id} 第 {found.version} 版"
            ratings.keep(tx, self.one.corp_id, turn_id, reason=reason, by=self.userid, moment=self.one.clock())
        if turns:
            self._note(tx, AuditAction.KEEP_CASE, found.record_id, turns=str(len(turns)))

    def _note(self, tx: Transaction, action: AuditAction, script_id: str, **details: str) -> None:
        audit.append(tx, self.one.corp_id, self.one.clock(), self.userid, action, subject(script_id), **details)


def _with_identity(script: Script, suggested: Script) -> Script:
    return script.model_copy(update={"script_id": suggested.script_id, "version": suggested.version})


def _who_was_first(tx: Transaction, corp_id: str, found: Revision) -> str:
    name = scripts.names(tx, corp_id, (found.reviewed_by,)).get(found.reviewed_by, found.reviewed_by)
    when = f"在 {moment(found.reviewed_at)} " if found.reviewed_at else ""
    return f"{name}{when}已经把它改成了「{found.status.label}」，以那次为准，您这次的选择没有记下。"


def _who_saved(found: Revision) -> str:
    text = scripts.script_of(found).text
    return f"您打开以后，另一位同事改过这条建议，现在是：「{text}」。您这次的没有记下，请回去看一眼再定。"


def _what_stands(tx: Transaction, corp_id: str, served: Served | None) -> str:
    if served is None:
        return "这条话术刚被撤回，请回到话术库看一眼。"
    who = scripts.names(tx, corp_id, (served.decided_by,)).get(served.decided_by, "资料表")
    state = "撤下了它" if served.withdrawn else f"换成了第 {served.script.version} 版：「{served.script.text}」"
    return f"您打开以后，{who}{state}。您这次的没有记下，请回去看一眼再定。"
