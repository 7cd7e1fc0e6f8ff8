"""A case from a talk: words with nobody real in them, the customer's card as it was known, and what people decided.

What was accepted is expected again. Of what was refused only that is expected which is certain; why it was refused
stands in the title and in a tag. Of what a manager kept and no guide decided nothing is expected but the customer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assistant.clock import SHOP_TIME
from assistant.flow.desk import Desk
from assistant.shop import Purpose
from assistant.turn import ActionKind, RefusalReason, ReplyKind, TurnRecord
from eval.cases.case import Case, Stage
from eval.cases.writing import as_yaml
from eval.collecting.cast import Cast, Redactor
from eval.collecting.edits import kept_figures, removed_figures, removed_words
from eval.collecting.talks import Talk, chosen_draft, failing

_NO, _YES = "否", "是"
_AGREED_BEFORE = timedelta(days=30)
"""When a stand-in agreed: the snapshot says to what, not when."""
_CONSENT_COLUMNS = {Purpose.SERVICE: "服务同意", Purpose.MARKETING: "营销同意", Purpose.PERSONALISATION: "个性化同意"}
_KNOWN = {"tier": "会员等级", "points": "积分", "tags": "标签"}


class NotTaken(Exception):
    """A talk cannot become a case; says why, in Chinese."""


@dataclass(frozen=True)
class Manager:
    """What a manager said of the text that a guide had made of a draft."""

    approved: bool
    note: str = ""


def case_of(talk: Talk, cast: Cast, manager: Manager | None = None) -> Case:
    """The case of a talk; raises NotTaken where nobody could tell any more who is in it, or somebody still is."""
    desk = cast.desk_of(talk.last.guide)
    if desk is None:
        raise NotTaken("导购已经不在职，认不出话里的客户")
    about = _about(talk)
    if not set(about) <= {card.customer_id for card in desk.customers}:
        raise NotTaken("客户已经不在这位导购名下，认不出话里是不是她")
    redact = cast.redactor(desk, about, _alike(talk))
    content = _content(talk, desk, redact, manager)
    case = Case.model_validate(content)
    if not all(redact.is_clean(line) for line in as_yaml(case).splitlines()):
        raise NotTaken("换过之后还像有个人信息")
    return case


def _about(talk: Talk) -> tuple[str, ...]:
    named = (one for turn in talk.turns for one in (turn.need.customer_id, *turn.need.candidates))
    return tuple(dict.fromkeys(one for one in named if one))


def _alike(talk: Talk) -> tuple[str, ...]:
    return next((turn.need.candidates for turn in talk.turns if len(turn.need.candidates) > 1), ())


def _content(talk: Talk, desk: Desk, redact: Redactor, manager: Manager | None) -> dict[str, Any]:
    last = talk.last
    userid, name = redact.guide()
    moment = talk.turns[0].started_at.astimezone(SHOP_TIME).replace(second=0, microsecond=0)
    given: dict[str, Any] = {
        "员工": [{"企业微信账号": userid, "姓名": name, "岗位": "导购", "门店编码": last.store_id, "在职": _YES}]
    }
    customers = [row for one in redact.about if (row := _card(one, talk, redact, userid, moment))]
    orders = [row for one in redact.about for row in _orders(one, desk, redact, talk.turns[0].started_at)]
    if customers:
        given["会员"] = customers
    if orders:
        given["订单"] = orders
    action = talk.action
    return {
        "id": f"life-{last.turn_id.lower().lstrip('t0') or '0'}".replace("_", "-").ljust(6, "0"),
        "title": _title(talk, redact, manager),
        "guide": userid,
        "tags": {
            "stage": Stage(last.need.stage.value).value,
            "scene": "group" if last.need.intent.value == "group-post" else "private",
            "intent": last.need.intent.value,
            "category": category_of(last, desk),
            "difficulty": "hard" if talk.kind.dangerous else "medium",
            "risk": "high" if talk.kind.dangerous else "medium",
            **(
                {"refusal": action.reason.value}
                if action and action.kind is ActionKind.REFUSED and action.reason
                else {}
            ),
        },
        "clock": moment.isoformat(),
        "given": given,
        "turns": [
            *({"guide": _said(turn, redact), "expect": _on_the_way(turn, redact)} for turn in talk.turns[:-1]),
            {"guide": _said(last, redact), "expect": _decided(talk, desk, redact)},
        ],
    }


def _said(turn: TurnRecord, redact: Redactor) -> list[str]:
    texts = [redact(message.text) for message in turn.messages if message.text.strip()]
    if not texts:
        raise NotTaken("有一轮不是文字，没法回放")
    return texts


def category_of(record: TurnRecord, desk: Desk | None) -> str:
    """What kind of goods a turn is about, as the shop sorts them."""
    known: Mapping[str, Any] = desk.shop.products if desk is not None else {}
    named = [known[sku].category for sku in record.need.skus if sku in known and known[sku].category]
    offered = [line.category for line in record.offer.lines if line.category] if record.offer else []
    return next(iter((*named, *offered)), "") or record.need.slots.category or "其他"


def _title(talk: Talk, redact: Redactor, manager: Manager | None) -> str:
    action = talk.action
    parts = [talk.kind.label]
    if action is not None and action.kind is ActionKind.REFUSED:
        parts = [f"不采用（{action.reason.label if action.reason else '没说原因'}）"]
        if action.note.strip():
            parts.append(redact(" ".join(action.note.split())))
    if talk.kept_because.strip():
        parts.append(f"店长收下：{redact(' '.join(talk.kept_because.split()))}")
    if failed := failing(talk.last):
        parts.append(f"当时没过：{'、'.join(failed)}")
    if manager is not None:
        parts.append("店长认可改法" if manager.approved else "店长没认可改法")
        if manager.note.strip():
            parts.append(f"店长说：{redact(' '.join(manager.note.split()))}")
    return "；".join(parts)[:120]


# ---- what is expected --------------------------------------------------------------------------


def _on_the_way(turn: TurnRecord, redact: Redactor) -> dict[str, Any]:
    """Of the turns before, that nothing of them was decided; only who was meant, without which the rest goes astray."""
    customer = turn.need.customer_id
    return {"customer": redact.stand_in(customer).customer_id} if customer else {}


def _decided(talk: Talk, desk: Desk, redact: Redactor) -> dict[str, Any]:
    record, action = talk.last, talk.action
    expect: dict[str, Any] = {"customer": redact.stand_in(one).customer_id if (one := record.need.customer_id) else ""}
    if action is None:
        # nobody said what would be right; what can be judged without that is judged
        return expect
    if action.kind is ActionKind.REFUSED:
        return {**expect, **_of_refused(record, action.reason)}
    expect["intent"] = record.need.intent.value
    expect["reply"] = ReplyKind.DRAFTS.value
    chosen = chosen_draft(record)
    if action.kind is ActionKind.ACCEPTED:
        if chosen is not None and chosen.skus:
            expect["products"] = list(chosen.skus)
        # which coupons she had used by then is not in the record; a stand-in has used none
        used = any(use.used_by_customer for use in desk.uses(one).values()) if one else False
        if record.offer is not None and not used:
            expect["coupons"] = [one.coupon_id for one in record.offer.applied]
        return expect
    if chosen is not None:
        ours = [product.name for product in desk.shop.products.values()] + [one.name for one in desk.shop.coupons]
        gone = (*removed_words(chosen.text, action.sent_text, ours), *removed_figures(chosen.text, action.sent_text))
        kept = kept_figures(chosen.text, action.sent_text)
        expect["drafts_not"] = [word for word in map(redact, gone) if word.strip()]
        expect["says"] = [figure for figure in kept if redact(figure) == figure]
    return {name: value for name, value in expect.items() if value != []}


def _of_refused(record: TurnRecord, reason: RefusalReason | None) -> dict[str, Any]:
    """What is certain about a refused answer: what was asked, unless it was missed, and what was wrong if one can say."""
    certain: dict[str, Any] = {} if reason is RefusalReason.OFF_POINT else {"intent": record.need.intent.value}
    if reason is RefusalReason.TOO_LONG:
        certain["tone"] = "short"
    if reason is RefusalReason.WRONG_PRODUCT:
        shown = [sku for one in record.verdicts if one.draft.sentences for sku in one.draft.skus]
        # what she asked about herself she did not call wrong
        certain["products_not"] = [sku for sku in dict.fromkeys(shown) if sku not in record.need.skus]
    return {name: value for name, value in certain.items() if value != []}


# ---- the customer's card -----------------------------------------------------------------------


def _card(customer_id: str, talk: Talk, redact: Redactor, guide: str, moment: datetime) -> dict[str, str]:
    """A row of 会员 as the profile was known in the talk, under a stand-in's name."""
    mine = redact.stand_in(customer_id)
    known = next((turn.profile for turn in reversed(talk.turns) if turn.need.customer_id == customer_id), {})
    agreed = known.get("consents", "").split("、")
    row = {
        "客户ID": mine.customer_id,
        "昵称": mine.name,
        "称呼": mine.address_as,
        "手机号": mine.phone,
        "专属导购": guide,
        "所属门店": talk.last.store_id,
        **{column: redact(known[name]) for name, column in _KNOWN.items() if known.get(name)},
        **{name.removeprefix("fact:"): redact(value) for name, value in known.items() if name.startswith("fact:")},
        **{column: _YES if purpose.value in agreed else _NO for purpose, column in _CONSENT_COLUMNS.items()},
        "同意时间": (moment - _AGREED_BEFORE).date().isoformat(),
    }
    if known.get("birthday_month"):
        row["生日"] = redact.birthday(known["birthday_month"])
    return row


def _orders(customer_id: str, desk: Desk, redact: Redactor, until: datetime) -> Iterator[dict[str, str]]:
    """What she had bought by then: without it a regular would be a new customer."""
    mine = redact.stand_in(customer_id)
    bought = [one for one in desk.customer(customer_id).purchases if one.bought_at <= until]
    for number, one in enumerate(bought, start=1):
        yield {
            "订单号": redact.order(mine, number),
            "客户ID": mine.customer_id,
            "门店编码": desk.store.store_id,
            "下单时间": one.bought_at.astimezone(SHOP_TIME).date().isoformat(),
            "商品编码": one.sku,
            "商品名称": one.product_name,
            "数量": str(one.quantity),
            "实付金额": f"{one.paid_fen / 100:.2f}",
            "状态": "已完成",
        }
