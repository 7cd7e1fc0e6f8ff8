"""Trials of scripts: what runs and what came of it, how one is planned, begun, stopped and put into use."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.differences import Difference, compare
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.knowledge.places import Places
from assistant.console.refusals import NotHerScript, OwnSuggestion, ReasonMissing, TrialRefused
from assistant.console.scripts.deciding import Deciding
from assistant.console.scripts.tools import ScriptTools
from assistant.errors import NotFound
from assistant.scoring.planning import (
    FEWEST_UNITS,
    LONGEST_WEEKS,
    LOOKED_BACK,
    Feasibility,
    Plan,
    TrialVerdict,
    plan,
    still_missing,
    trial_verdict,
)
from assistant.scoring.sequential import ENOUGH, Between, Evidence, Side, bounds, difference, evidence
from assistant.scoring.trials import TrialOutcome, alike
from assistant.shop import Script
from assistant.store import audit, experiments, revisions, scripts
from assistant.store.audit import AuditAction
from assistant.store.documents import Sight
from assistant.store.experiments import Beginning, Experiment, ExperimentStatus
from assistant.store.revisions import Revision, RevisionNoun, RevisionStatus
from assistant.store.scripts import LibraryFilter
from assistant.turn import Arm

PAGE_LINES = 20
FOUND = 12
OTHERS = 30
LONGEST_NOTE = 300
EFFECTS = (5, 10, 15, 20)
"""Percentage points that a form offers as the smallest difference worth having."""
WEEKS = (2, 4, 6, 8, 12)
FILE = "file"
_SCRIPT = RevisionNoun.SCRIPT


class Rival(NamedTuple):
    """What a script may be compared with: another version of it, or another script. ``value`` is what a form sends."""

    value: str
    label: str
    script: Script
    revision: Revision | None


class ArmLine(NamedTuple):
    """One side of a trial. ``turns`` are all turns by what became of them; ``side`` and ``bounds`` are of customers, each
    by her first turn."""

    arm: Arm
    script: Script
    turns: dict[TrialOutcome, int]
    side: Side
    bounds: Between

    @property
    def all_turns(self) -> int:
        """Every turn with an answer."""
        return sum(self.turns.values())


class Story(NamedTuple):
    """A trial as it is told. ``changed``: the script is no longer what it was when the trial began, so nothing is compared
    any more."""

    experiment: Experiment
    status: ExperimentStatus
    changed: bool
    found: Evidence
    arms: tuple[ArmLine, ArmLine]
    verdict: TrialVerdict
    missing: int
    difference: Between


class Choice(NamedTuple):
    """What the form for a new trial holds so far."""

    words: str
    script_id: str
    rival: str
    effect: int
    weeks: int


def experiment_routes(router: APIRouter, one: Console, tools: ScriptTools) -> None:
    """Every page and decision."""

    @router.get("/console/experiments", response_model=None)
    def trials(before: str = "", done: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        now = one.clock()
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            every = experiments.every(tx, one.corp_id, before=before, limit=PAGE_LINES + 1)
            seen = [each for each in every[:PAGE_LINES] if _sees(places.who, each)]
            counted = experiments.counted(tx, [each.experiment_id for each in seen])
            people = scripts.names(tx, one.corp_id, (each.started_by for each in seen))
        return page(
            "scripts/experiments.html",
            visitor=visitor,
            lines=[(each, each.status(now), sum(counted[each.experiment_id].values())) for each in seen],
            people=people,
            before=before,
            next_before=every[PAGE_LINES - 1].experiment_id if len(every) > PAGE_LINES else "",
            done=done,
            hidden_names=visitor.hidden(tuple(people.values())),
        )

    @router.get("/console/experiments/new", response_model=None)
    def planned(
        words: str = "",
        script: str = "",
        rival: str = "",
        effect: int = 10,
        weeks: int = 4,
        visitor: Visitor = Depends(one.gate.reader),
    ) -> HTMLResponse:
        choice = Choice(words.strip()[:50], script, rival, _effect(effect), _weeks(weeks))
        with one.database.read() as tx:
            shown = _planning(tx, one, visitor, choice)
        return page("scripts/experiment_new.html", visitor=visitor, **shown)

    @router.post("/console/experiments", response_model=None)
    def start(
        script: str = Form(max_length=64),
        rival: str = Form(max_length=80),
        effect: int = Form(),
        weeks: int = Form(),
        read: str = Form(""),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        choice = Choice("", script, rival, _effect(effect), _weeks(weeks))
        if read != "1":
            raise TrialRefused("试用也是发给真的客户。请先把两边的文案都读一遍，再勾上“两边我都看过”。")
        made = _start(one, tools, visitor, choice)
        return RedirectResponse(f"/console/experiments/{made.experiment_id}?done=started", status_code=303)

    @router.get("/console/experiments/{experiment_id}", response_model=None)
    def trial(experiment_id: str, done: str = "", visitor: Visitor = Depends(one.gate.reader)) -> HTMLResponse:
        with one.database.read() as tx:
            places = Places(tx, one.corp_id, visitor)
            found = _found(tx, one.corp_id, places.who, experiment_id)
            told = _story(tx, one, found)
            people = scripts.names(
                tx,
                one.corp_id,
                (found.started_by, found.ended_by, found.settled_by, found.b_proposed_by),
            )
        return page(
            "scripts/experiment.html",
            visitor=visitor,
            story=told,
            trial=found,
            difference=compare(found.a.text, found.b.text),
            people=people,
            enough=ENOUGH,
            hers=visitor.may_review and _covers(places.who, found),
            mine=found.b_proposed_by == visitor.person.userid.lower(),
            note_characters=LONGEST_NOTE,
            done=done,
            now=one.clock(),
            hidden_names=visitor.hidden(tuple(people.values())),
        )

    @router.post("/console/experiments/{experiment_id}/stop", response_model=None)
    def stop(
        experiment_id: str,
        note: str = Form("", max_length=LONGEST_NOTE),
        visitor: Visitor = Depends(one.gate.reviewer),
    ) -> RedirectResponse:
        now, me = one.clock(), visitor.person.userid
        with one.database.begin() as tx:
            who = Places(tx, one.corp_id, visitor).who
            found = _found(tx, one.corp_id, who, experiment_id)
            if not _covers(who, found):
                raise NotHerScript(experiment_id)
            if not note.strip():
                raise ReasonMissing(experiment_id)
            done = experiments.stop(tx, one.corp_id, experiment_id, by=me, moment=now, note=note.strip())
            if done:
                audit.append(tx, one.corp_id, now, me, AuditAction.STOP, f"experiment:{experiment_id}")
        if not done:
            raise TrialRefused("它已经停了，或者已经到期，导购用的就是现在的话术。", "这次试用已经结束", 409)
        return RedirectResponse(f"/console/experiments/{experiment_id}?done=stopped", status_code=303)

    @router.post("/console/experiments/{experiment_id}/settle", response_model=None)
    def settle(
        experiment_id: str, arm: Arm = Form(), visitor: Visitor = Depends(one.gate.reviewer)
    ) -> RedirectResponse:
        _settle(one, tools, visitor, experiment_id, arm)
        return RedirectResponse(f"/console/experiments/{experiment_id}?done=settled", status_code=303)


# ---- who may -----------------------------------------------------------------------------------


def _sees(who: Sight, found: Experiment) -> bool:
    return all(who.sees(each.scope, each.dealers) for each in (found.a, found.b))


def _covers(who: Sight, found: Experiment) -> bool:
    return who.covers(found.a.scope) and who.covers(found.b.scope)


def _found(tx: Any, corp_id: str, who: Sight, experiment_id: str) -> Experiment:
    """One trial of a script that reaches her stores; raises NotFound."""
    found = experiments.one(tx, corp_id, experiment_id)
    if not _sees(who, found):
        raise NotFound(experiment_id)
    return found


# ---- what came of it ---------------------------------------------------------------------------


def _story(tx: Any, one: Console, found: Experiment) -> Story:
    weighed = evidence(experiments.answers(tx, found.experiment_id))
    counted = experiments.counted(tx, [found.experiment_id])[found.experiment_id]
    ids = {found.a.script_id, found.b.script_id}
    served = {
        each.script.script_id: each.script
        for each in scripts.of_library(tx, one.corp_id, ids).values()
        if not each.withdrawn
    }
    arms = tuple(
        ArmLine(
            arm,
            script,
            {outcome: counted.get((arm, outcome), 0) for outcome in TrialOutcome},
            side,
            bounds(side),
        )
        for arm, script, side in ((Arm.A, found.a, weighed.a), (Arm.B, found.b, weighed.b))
    )
    status = found.status(one.clock())
    return Story(
        experiment=found,
        status=status,
        changed=status is ExperimentStatus.RUNNING and not found.trial.stands(served),
        found=weighed,
        arms=(arms[0], arms[1]),
        verdict=trial_verdict(weighed, found.planned),
        missing=still_missing(weighed, found.planned),
        difference=difference(weighed),
    )


# ---- planning ----------------------------------------------------------------------------------


def _effect(points: int) -> int:
    return min(max(points, 1), 50)


def _weeks(weeks: int) -> int:
    return min(max(weeks, 1), LONGEST_WEEKS)


def _planning(tx: Any, one: Console, visitor: Visitor, choice: Choice) -> dict[str, Any]:
    """Everything the form for a new trial prints: what may be chosen, and what the choice would take."""
    now = one.clock()
    places = Places(tx, one.corp_id, visitor)
    matched: Sequence[Script] = ()
    if not choice.script_id:
        wanted = LibraryFilter(words=choice.words)
        matched = [each.script for each in scripts.library(tx, one.corp_id, places.who, wanted, now, limit=FOUND)]
    script = _served(tx, one.corp_id, places.who, choice.script_id) if choice.script_id else None
    rivals = _rivals(tx, one, places.who, script, choice.words) if script else ()
    rival = _rival(tx, one, places.who, script, choice.rival) if script and choice.rival else None
    held = experiments.holder(tx, one.corp_id, script.script_id, now) if script else ""
    if rival is not None and not held:
        held = experiments.holder(tx, one.corp_id, rival.script.script_id, now)
    me = visitor.person.userid
    return {
        "choice": choice,
        "matched": matched,
        "script": script,
        "rivals": rivals,
        "rival": rival,
        "plan": _plan(tx, one, script, rival, choice) if script and rival else None,
        "difference": compare(script.text, rival.script.text) if script and rival else _same(""),
        "held": held,
        "own": rival is not None and rival.revision is not None and revisions.is_proposer(rival.revision, me),
        "hers": visitor.may_review
        and script is not None
        and places.who.covers(script.scope)
        and (rival is None or places.who.covers(rival.script.scope)),
        "effects": sorted({*EFFECTS, choice.effect}),
        "weeks": sorted({*WEEKS, choice.weeks}),
        "fewest": FEWEST_UNITS,
        "named": places.named,
    }


def _same(text: str) -> Difference:
    return compare(text, text)


def _served(tx: Any, corp_id: str, who: Sight, script_id: str) -> Script:
    """A script that is served now; raises NotFound."""
    found = scripts.one_of_library(tx, corp_id, who, script_id)
    if found.withdrawn:
        raise NotFound(script_id)
    return found.script


def _rivals(tx: Any, one: Console, who: Sight, script: Script, words: str) -> tuple[Rival, ...]:
    """What a script may be compared with: its other versions that somebody approved or may approve now, and other
    scripts for the same place."""
    found = list(_versions(tx, one.corp_id, script))
    wanted = LibraryFilter(words=words, stage=script.stage, scene=script.scene)
    others = scripts.library(tx, one.corp_id, who, wanted, one.clock(), limit=OTHERS)
    found += [_other(each.script) for each in others]
    return tuple(each for each in found if _competes(script, each.script))


def _rival(tx: Any, one: Console, who: Sight, script: Script, value: str) -> Rival | None:
    """The one of them that a form sent, however many there are."""
    kind, _, script_id = value.partition(":")
    if kind != "script":
        return next((each for each in _versions(tx, one.corp_id, script) if each.value == value), None)
    other = _served(tx, one.corp_id, who, script_id)
    return _other(other) if _competes(script, other) else None


def _versions(tx: Any, corp_id: str, script: Script) -> tuple[Rival, ...]:
    found = [
        Rival(
            f"rev:{version.revision_id}",
            f"第 {version.version} 版（{version.status.label}）",
            scripts.script_of(version),
            version,
        )
        for version in revisions.of_record(tx, corp_id, _SCRIPT, script.script_id)
        if version.status in (RevisionStatus.PROPOSED, RevisionStatus.SUPERSEDED)
    ]
    file = scripts.file_row(tx, corp_id, script.script_id)
    if file is not None:
        found.append(Rival(FILE, "门店资料表里的写法", file, None))
    return tuple(each for each in found if _competes(script, each.script))


def _other(script: Script) -> Rival:
    return Rival(f"script:{script.script_id}", f"另一条：{script.title}", script, None)


def _competes(script: Script, other: Script) -> bool:
    """Say whether both would stand in the same place: a draft in another manner stands beside it, not instead of it."""
    place, others = ((each.stage, each.scene, each.manner, each.scope) for each in (script, other))
    return place == others and not alike(script, other)


def _plan(tx: Any, one: Console, script: Script, rival: Rival, choice: Choice) -> Plan:
    now = one.clock()
    ids = frozenset({script.script_id, rival.script.script_id})
    past = experiments.past(tx, one.corp_id, ids, now - LOOKED_BACK)
    return plan(past.units, past.taken, past.since, choice.effect / 100, choice.weeks, now)


def _start(one: Console, tools: ScriptTools, visitor: Visitor, choice: Choice) -> Experiment:
    """Begin a trial: whoever begins it answers for both texts, so she did not write the new one (safety D7)."""
    now, me = one.clock(), visitor.person.userid
    with one.database.read() as tx:
        who = Places(tx, one.corp_id, visitor).who
        script = _served(tx, one.corp_id, who, choice.script_id)
        rival = _rival(tx, one, who, script, choice.rival)
    if rival is None:
        raise NotFound(choice.rival)
    if not (who.covers(script.scope) and who.covers(rival.script.scope)):
        raise NotHerScript(script.script_id)
    if rival.revision is not None and revisions.is_proposer(rival.revision, me):
        raise OwnSuggestion(script.script_id)
    # both go out to customers: the guard looks at the new one as it does before publishing
    tools.must_pass(rival.script)
    with one.database.begin() as tx:
        found = _plan(tx, one, script, rival, choice)
        if found.feasibility is not Feasibility.FINE or found.needed is None:
            raise TrialRefused(why_not(found))
        wanted = Beginning(
            a=script,
            b=rival.script,
            b_revision=rival.revision.revision_id if rival.revision else (FILE if rival.value == FILE else ""),
            b_proposed_by=rival.revision.proposed_by if rival.revision else "",
            base=found.base,
            effect=found.effect,
            planned=found.needed,
            ends_at=now + timedelta(weeks=choice.weeks),
        )
        made = experiments.begin(tx, one.corp_id, wanted, by=me, moment=now)
        if made is None:
            raise TrialRefused(
                "一条话术同时只能在一次试用里。等那一次结束或停掉，再来开始。", "已经有一次试用在用它", 409
            )
        audit.append(
            tx,
            one.corp_id,
            now,
            me,
            AuditAction.START,
            f"experiment:{made.experiment_id}",
            script=script.script_id,
            against=rival.script.script_id,
        )
    return made


def why_not(found: Plan) -> str:
    """Why a trial would not come to an end, and what would make it possible."""
    points = f"{found.effect * 100:.0f} 个百分点"
    match found.feasibility:
        case Feasibility.YOUNG:
            return "这条话术导购用了还不到一周，看不出平常的采用率和每周的人数。满一周再来。"
        case Feasibility.FEW:
            return f"最近四周只有 {found.units} 位客户用到过它并有反馈，不到 {FEWEST_UNITS} 位，估不出要多久。换一条用得多的话术吧。"
        case Feasibility.SMALL:
            return f"要看出 {points} 的差别，需要的人数太多。请把想看出的差别放大一些。"
        case _:
            return (
                f"要看出 {points} 的差别，每边要 {found.needed} 位客户；照现在每周约 {found.per_week:.0f} 位，"
                f"要 {found.weeks_needed} 周，超过计划的 {found.weeks} 周。请放大想看出的差别，或者多试几周。"
            )


# ---- putting it into use -----------------------------------------------------------------------


def _settle(one: Console, tools: ScriptTools, visitor: Visitor, experiment_id: str, arm: Arm) -> None:
    """Put one side into use by the very way on which scripts are published, rolled back and withdrawn."""
    now, me = one.clock(), visitor.person.userid
    with one.database.read() as tx:
        who = Places(tx, one.corp_id, visitor).who
        found = _found(tx, one.corp_id, who, experiment_id)
        told = _story(tx, one, found)
        library = scripts.of_library(tx, one.corp_id, {found.a.script_id, found.b.script_id})
        marks = {script_id: each.mark for script_id, each in library.items()}
        version = _version_of(tx, one.corp_id, found)
    if not _covers(who, found):
        raise NotHerScript(experiment_id)
    if found.settled is not None:
        raise TrialRefused("已经有人定过了，请回到这次试用的页面看看。", "这次试用已经定了", 409)
    if told.verdict is not TrialVerdict.CLEAR and told.status is ExperimentStatus.RUNNING:
        raise TrialRefused("现在还看不出哪边更好。想早点结束，请写明原因停掉它；停了以后仍然可以选一边用。")
    deciding = Deciding(one, tools, visitor)
    note = f"对比试用里选了{arm.label}（{found.a.title}）"
    if not found.of_versions:
        loser = found.b if arm is Arm.A else found.a
        deciding.withdraw(loser.script_id, standing=marks.get(loser.script_id, ""), note=note)
    elif arm is Arm.B:
        _serve(deciding, found, version, standing=marks.get(found.a.script_id, ""), note=note)
    with one.database.begin() as tx:
        if experiments.settle(tx, one.corp_id, experiment_id, arm, by=me, moment=now):
            subject = f"experiment:{experiment_id}"
            audit.append(tx, one.corp_id, now, me, AuditAction.STOP, subject, settled=arm.label)


def _version_of(tx: Any, corp_id: str, found: Experiment) -> Revision | None:
    return None if found.b_revision in ("", FILE) else revisions.one(tx, corp_id, _SCRIPT, found.b_revision)


def _serve(deciding: Deciding, found: Experiment, version: Revision | None, *, standing: str, note: str) -> None:
    """Serve the tried version to everybody."""
    if version is None:
        deciding.back_to_file(found.b.script_id, standing=standing)
    elif not alike(scripts.script_of(version), found.b):
        raise TrialRefused("试用的那一版后来又被改过，和客户看到的不一样了。请到待审里看过新的内容再决定。")
    elif version.status is RevisionStatus.PROPOSED:
        deciding.approve(version.revision_id, seen=version.changes, standing=standing, note=note)
    elif version.status is RevisionStatus.SUPERSEDED:
        deciding.roll_back(found.b.script_id, version.revision_id, standing=standing, note=note)
    else:
        raise TrialRefused(f"试用的那一版现在是「{version.status.label}」，不能再发布了。")
