"""The list as a file: what the visitor may read, with a reason, harmless to a spreadsheet (safety F7, F8, M4)."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Form, Request, Response

from assistant.console.conversations.filtering import wanted
from assistant.console.door.login import Visitor
from assistant.console.door.pacing import Deed
from assistant.console.formats import moment, without_names, without_phones
from assistant.console.frame import Console
from assistant.console.refusals import ReasonNeeded
from assistant.console.tablefile import MOST_ROWS, REASON_CHARACTERS, table_file
from assistant.store import audit
from assistant.store.audit import AuditAction
from assistant.store.console import conversations
from assistant.store.console.conversations import TurnLine
from assistant.store.console.filtering import TurnFilter
from assistant.turn import ReplyKind

AI_LABEL = "AI生成"
"""What stands in a row whose answer a machine wrote (safety M4)."""
_HEADERS = ("时间", "门店", "导购", "导购问了什么", "问的是", "回复", "审核", "导购反馈", "自动评分", "内容标识")


def export_routes(router: APIRouter, one: Console) -> None:
    """The list of turns as CSV."""

    @router.post("/console/turns/export", response_model=None)
    def export(
        request: Request,
        reason: str = Form("", max_length=REASON_CHARACTERS),
        asked: TurnFilter = Depends(wanted),
        visitor: Visitor = Depends(one.gate.inquirer),
    ) -> Response:
        if not reason.strip():
            raise ReasonNeeded("export")
        one.gate.pacing.count(Deed.EXPORT, request, visitor.person.userid)
        with one.database.begin() as tx:
            lines = conversations.turn_lines(tx, one.corp_id, visitor.stores, asked, before="", limit=MOST_ROWS)
            stores = one.stores(tx, visitor)
            now = one.clock()
            audit.append(
                tx,
                one.corp_id,
                now,
                visitor.person.userid,
                AuditAction.EXPORT,
                "turns",
                reason=without_phones(reason.strip()),
                rows=str(len(lines)),
            )
        hidden = visitor.hidden(tuple(name for line in lines for name in line.customer_names))
        return table_file("对话", now, _HEADERS, (_row(line, stores, hidden) for line in lines))


def _row(line: TurnLine, stores: Mapping[str, str], hidden: tuple[str, ...]) -> tuple[str, ...]:
    return (
        moment(line.finished_at),
        stores.get(line.store_id, line.store_id),
        line.guide,
        without_names(without_phones(line.question), hidden),
        line.intent.label,
        line.reply_kind.label,
        line.verdict.label,
        line.action.label if line.action else "",
        f"{line.score * 100:.0f}" if line.score is not None else "",
        AI_LABEL if line.reply_kind is ReplyKind.DRAFTS else "",
    )
