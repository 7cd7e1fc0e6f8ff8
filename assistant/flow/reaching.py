"""What a guide is told about the people she writes to unasked: who is due, who not now, who is left, who wants no more."""

from datetime import datetime

from assistant.flow.desk import Desk
from assistant.flow.noticing import ONLY_YOU
from assistant.flow.reply import Presented, say
from assistant.flow.understanding.contacting import asks_to_stop
from assistant.outreach.caps import CapRule
from assistant.outreach.contacts import ContactReason
from assistant.shop import Customer
from assistant.turn import Action, ActionKind, CouponRule, Need, Offer, RefusalReason, ReplyKind, TaskGoal

CONTACTS_SHOWN = 8
WHO_STOPS = "她不想再收推广，还没登记，因为不知道是哪位：回客户称呼或手机尾号四位，我登记后所有导购都不再主动联系她。"


def whom(desk: Desk) -> Presented:
    """List whom to write to today, the tasks first."""
    due = desk.due()
    if not due:
        return say(ReplyKind.INFORM, "今天没有需要主动联系的客户。未同意接收营销信息的客户不在名单里。")
    lines = [f"今天可以联系这{min(len(due), CONTACTS_SHOWN)}位（都同意接收消息）："]
    lines += [
        f"{number}. {contact.name}｜{contact.reason.label}：{contact.detail}"
        for number, contact in enumerate(due[:CONTACTS_SHOWN], start=1)
    ]
    if len(due) > CONTACTS_SHOWN:
        lines.append(f"另外还有{len(due) - CONTACTS_SHOWN}位，明天再看。")
    if due[0].reason is ContactReason.TASK:
        lines.append("回数字我来起草，做完一位回「下一位」；这次不联系的，回「XX不联系＋原因」，店长能看到。")
    else:
        lines.append("回数字，或说「给XX写生日祝福」「XX好久没来发点什么」，我来起草。")
    if desk.quiet:
        lines.append(f"{desk.quiet}；可以先把话准备好。")
    return say(ReplyKind.INFORM, "\n".join(lines))


def leave_out(need: Need, desk: Desk, customer: Customer, moment: datetime) -> Presented:
    """Leave one customer of a task out; drafts that lie there for her are refused with it."""
    title = need.task.title if need.task is not None else ""
    why = f"原因：{need.refusal_note}" if need.refusal_note else "没说原因"
    lines = [
        f"好的，任务「{title}」里{customer.name}这次不联系，{why}。店长能看到。",
        who_is_left(need, desk),
    ]
    previous = desk.previous
    hers = previous is not None and previous.need.customer_id == customer.customer_id
    if previous is None or not hers or not previous.drafts or previous.answered:
        return say(ReplyKind.CONFIRM, *lines)
    action = Action(kind=ActionKind.REFUSED, at=moment, reason=RefusalReason.CUSTOMER_CHANGED, note=need.refusal_note)
    return say(ReplyKind.CONFIRM, *lines, action=action)


def who_is_left(need: Need, desk: Desk) -> str:
    """Tell how the task goes on once this customer is settled; empty where she stood in none."""
    if need.task is None:
        return ""
    left = sum(1 for one in desk.due() if one.reason is ContactReason.TASK and one.customer_id != need.customer_id)
    if left:
        return f"任务还有{left}位今天能联系，回「下一位」我接着起草。"
    return "今天能联系的任务客户都处理完了，辛苦了。"


def not_now(customer: Customer, desk: Desk) -> Presented | None:
    """Hold a text nobody asked for while the caps of contact do; in quiet hours it may be prepared for later."""
    permit = desk.may_write(customer.customer_id)
    if permit.rule in (None, CapRule.QUIET):
        return None
    return say(ReplyKind.HELD, f"先别联系{customer.name}，{permit.words}。")


def _without_its_coupon(goal: TaskGoal, offer: Offer | None) -> list[str]:
    """Say why the drafts do not speak of the coupon the task was made with; nothing where they may."""
    if not goal.coupon_id or offer is None or any(one.coupon_id == goal.coupon_id for one in offer.applied):
        return []
    barred = (
        one for one in offer.alternatives if one.coupon_id == goal.coupon_id and one.rule is not CouponRule.THRESHOLD
    )
    return [f"{ONLY_YOU}任务里的「{one.name}」这位用不了（{one.distance}），草稿里没有提。" for one in barred]


def around(need: Need, customer: Customer | None, desk: Desk, offer: Offer | None) -> tuple[str, ...]:
    """What the guide reads beside drafts: the task they are for, quiet hours, a wish for no more advertising."""
    lines: list[str] = []
    if need.task is not None:
        purpose = f"：{need.task.purpose}" if need.task.purpose else ""
        lines.append(f"{ONLY_YOU}总部任务「{need.task.title}」{purpose}")
        lines += _without_its_coupon(need.task, offer)
    if asks_to_stop(need) and customer is not None:
        lines.append(f"{ONLY_YOU}已登记{customer.name}不再接收推广，所有导购都不会再主动联系她；她来问的照常答。")
    elif asks_to_stop(need):
        lines.append(f"{ONLY_YOU}{WHO_STOPS}")
    if need.proactive and desk.quiet:
        lines.append(f"{ONLY_YOU}{desk.quiet}。")
    return tuple(lines)
