"""The corp's own rules in one form; whoever saves second is told who was first."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.console.administration.rules import FIELDS, NotRead, groups
from assistant.console.door.login import Visitor
from assistant.console.frame import Console, page
from assistant.console.refusals import BadChoice, SavedByAnother
from assistant.rulebook import Rulebook
from assistant.store import audit, people, rulebooks
from assistant.store.audit import AuditAction
from assistant.store.database import AlreadyThere, Transaction


def settings_routes(router: APIRouter, one: Console) -> None:
    """Show the rules, and set them."""

    @router.get("/console/settings", response_model=None)
    def shown(visitor: Visitor = Depends(one.gate.administrator), done: str = "") -> HTMLResponse:
        with one.database.read() as tx:
            kept = rulebooks.kept(tx, one.corp_id)
            by = people.names(tx, one.corp_id, (kept.changed_by,))
        return page(
            "administration/settings.html",
            visitor=visitor,
            kept=kept,
            changed_by=by.get(kept.changed_by, kept.changed_by),
            groups=groups(),
            now=_shown(kept.rules),
            defaults=_shown(Rulebook()),
            done=done,
        )

    @router.post("/console/settings", response_model=None)
    def saved(
        visitor: Visitor = Depends(one.gate.administering), form: Mapping[str, str] = Depends(_form)
    ) -> RedirectResponse:
        rules = _read(form)
        try:
            with one.database.begin() as tx:
                changed = _save(one, tx, visitor, rules, int(form.get("changes", "0") or 0))
        except AlreadyThere as error:
            raise SavedByAnother("另一位管理员刚刚保存了设置。请刷新看看她改了什么，再改您要改的。") from error
        return RedirectResponse(f"/console/settings?done={'saved' if changed else 'same'}", status_code=303)


async def _form(request: Request) -> Mapping[str, str]:
    """The fields as the browser sent them, which the gate has read already."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _shown(rules: Rulebook) -> dict[str, str]:
    return {field.name: field.shown(field.of(rules)) for field in FIELDS}


def _read(form: Mapping[str, str]) -> Rulebook:
    rules = Rulebook()
    for field in FIELDS:
        try:
            rules = field.put(rules, field.read(form.get(field.name, "")))
        except NotRead as wrong:
            raise BadChoice(f"“{field.label}”没有填对：{wrong}。其他几项也还没有保存，请退回去改好再交。") from wrong
    return rules


def _save(one: Console, tx: Transaction, visitor: Visitor, rules: Rulebook, seen: int) -> bool:
    """Write the rules and what changed in the log; False when nothing differs."""
    by, moment = visitor.person.userid, one.clock()
    kept = rulebooks.kept(tx, one.corp_id)
    if kept.changes != seen:
        name = people.names(tx, one.corp_id, (kept.changed_by,)).get(kept.changed_by, kept.changed_by)
        raise SavedByAnother(f"{name}刚刚保存了设置。请刷新看看改了什么，再改您要改的。")
    before, after = _shown(kept.rules), _shown(rules)
    changed = {name: f"{before[name]} → {after[name]}" for name in after if before[name] != after[name]}
    if not changed:
        return False
    if not rulebooks.write(tx, one.corp_id, rules, by=by, moment=moment, seen=seen):
        raise SavedByAnother("另一位管理员刚刚保存了设置。请刷新看看她改了什么，再改您要改的。")
    audit.append(tx, one.corp_id, moment, by, AuditAction.SETTING, "rulebook", **changed)
    return True
