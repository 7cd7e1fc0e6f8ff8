"""Turns that need no material: which customer, the guide's word on the last drafts, help, profiles, whom to contact."""

import re
from collections.abc import Callable
from datetime import datetime

from assistant.clock import SHOP_TIME
from assistant.errors import NotFound
from assistant.flow import awaiting, reaching
from assistant.flow.awaiting import NUMBERS
from assistant.flow.desk import Desk, Previous
from assistant.flow.finding.offering import OUTREACH, make_offer
from assistant.flow.guard.check import check_own_text
from assistant.flow.guard.signing import Behind, published, sign_offs
from assistant.flow.reply import Presented, say, told
from assistant.flow.similar import most_similar
from assistant.flow.understanding.refining import working_need
from assistant.flow.voice import telling as voice
from assistant.offers.wording import near_date, yuan
from assistant.shop import Customer, CustomerCard, Product, Purpose
from assistant.turn import (
    Action,
    ActionKind,
    Draft,
    EvidenceKind,
    Intent,
    Need,
    Offer,
    ReplyKind,
    SignOff,
)

_AMOUNT = re.compile(r"[\d０-９零一二两三四五六七八九十百千]\s*(?:元|块|折|%|％)|[¥￥]")
PURCHASES_SHOWN = 3
# these cannot be written without knowing for whom
_NEED_A_CUSTOMER = (Intent.BIRTHDAY, Intent.REACTIVATION, Intent.CARE, Intent.TASK, Intent.PROFILE)

HELP = """我能帮您这样用：
· 直接问：「苏姐问这款她能不能用，有券吗」
· 粘贴客户原话，我来起草回复
· 「手机尾号2231能用什么券」「那款还有货吗」「开封了还能退不」
· 「给她写个生日祝福顺便推一下新品」「今天联系谁」「任务」「苏姐的档案」「我这个月记了多少分」
· 草稿不合适就说「短一点」「换个语气」「不提优惠」
· 您常怎么改草稿，我会跟着学：「我的口吻」看学到了什么，「清除我的口吻」就忘掉
· 回 1/2/3 采用；不用请回「不用＋原因」"""


def settle(need: Need, desk: Desk, customer: Customer | None, moment: datetime) -> Presented | None:
    """Answer at once where no drafting is needed; None lets the turn go on."""
    if need.candidates and customer is None:
        return _ask_which(need, desk)
    handlers: dict[Intent, Callable[[], Presented | None]] = {
        Intent.ACCEPT: lambda: _accept(need, desk, moment),
        Intent.EDIT: lambda: _edit(need, desk, moment),
        Intent.REFUSE: lambda: _refuse(need, desk, moment),
        Intent.REFINE: lambda: None if desk.previous else _nothing_yet(),
        Intent.CONTACT_TODAY: lambda: reaching.whom(desk),
        Intent.SKIP_CONTACT: lambda: reaching.leave_out(need, desk, customer, moment) if customer else _ask_who(need),
        Intent.MY_POINTS: lambda: _my_points(desk, moment),
        Intent.MY_STYLE: lambda: say(ReplyKind.INFORM, voice.told(desk.style)),
        # whoever writes this turn down erases the card with it
        Intent.FORGET_STYLE: lambda: say(ReplyKind.CONFIRM, voice.FORGOTTEN),
        Intent.PROFILE: lambda: _profile(customer, moment) if customer else _ask_who(need),
        Intent.HELP: lambda: say(ReplyKind.INFORM, HELP),
        Intent.CHOOSE_CUSTOMER: lambda: _chosen(customer) if customer else _ask_who(need),
        Intent.UNCLEAR: lambda: say(ReplyKind.ASK, _unclear(need)),
    }
    if need.intent in handlers and (settled := handlers[need.intent]()) is not None:
        return settled
    if need.intent in _NEED_A_CUSTOMER and customer is None:
        return _ask_who(need)
    return reaching.not_now(customer, desk) if need.proactive and customer is not None else None


def _ask_which(need: Need, desk: Desk) -> Presented:
    named = need.mention.name if need.mention and need.mention.name else "这位客户"
    several = len(need.candidates) > 1
    asked = f"您名下有{len(need.candidates)}位对得上「{named}」，是哪一位？回数字就行："
    lines = [asked if several else f"没有完全对上「{named}」的，是不是这位？是就回 1，不是请发手机尾号四位："]
    cards = {card.customer_id: card for card in desk.customers}
    lines += [
        f"{number}. {_tell_apart(cards[customer_id], desk.customer(customer_id))}"
        for number, customer_id in enumerate(need.candidates, start=1)
    ]
    return say(ReplyKind.ASK, "\n".join(lines))


def _tell_apart(card: CustomerCard, customer: Customer) -> str:
    words = [card.name, f"尾号{card.phone_tail}" if card.phone_tail else "", customer.tier, customer.fact("肤质")]
    if customer.purchases:
        words.append(f"上次买了{customer.purchases[0].product_name}")
    return "，".join(word for word in words if word)


def _chosen(customer: Customer) -> Presented:
    return say(ReplyKind.ASK, f"好，接下来说的就是{customer.name}。她想了解什么？")


def _ask_who(need: Need) -> Presented:
    if need.mention is not None:
        named = need.mention.name or f"尾号{need.mention.phone_tail}"
        return say(ReplyKind.ASK, f"您名下没找到「{named}」。发一下客户称呼或手机尾号四位，我再来写。")
    return say(ReplyKind.ASK, "是哪位客户呢？发一下称呼或手机尾号四位。")


def _unclear(need: Need) -> str:
    if not need.question.strip():
        return "语音、图片我还看不了，麻烦把客户的问题打成字发我。"
    return "没太明白，是想问产品、优惠、政策，还是要写一段话术？换个说法告诉我，或者回「帮助」看看我会什么。"


def _nothing_yet() -> Presented:
    return say(ReplyKind.ASK, "前面还没有草稿可改，先告诉我客户问了什么。")


# ---- her word on the drafts --------------------------------------------------------------------


def _accept(need: Need, desk: Desk, moment: datetime) -> Presented:
    previous = desk.previous
    if previous is None or need.choice is None or not 1 <= need.choice <= len(previous.drafts):
        count = len(previous.drafts) if previous else 0
        text = f"刚才给了{count}条草稿，回 1 到 {count} 选一条。" if count else "前面还没有草稿，先告诉我客户问了什么。"
        return say(ReplyKind.ASK, text)
    draft = previous.drafts[need.choice - 1]
    unsigned = awaiting.not_signed(need.choice, previous, desk, moment)
    if unsigned:
        return say(ReplyKind.HELD, unsigned)
    withdrawn = _withdrawn(previous, (draft,), desk)
    if withdrawn:
        return say(ReplyKind.HELD, f"先别发，{withdrawn}")
    changed = _what_changed(previous, desk, moment)
    if changed:
        return say(ReplyKind.HELD, f"先别发，{changed}\n回「换个说法」，我按现在的价格和优惠重新写。")
    action = Action(kind=ActionKind.ACCEPTED, at=moment, choice=need.choice, sent_text=draft.text, similarity=1.0)
    told = f"好的，记下用第{need.choice}条（{draft.manner.label}）。复制下面这段发给客户："
    # the copy stands in a message of its own, so that a long press copies just that
    answer = say(ReplyKind.CONFIRM, told, action=action)
    copy = say(ReplyKind.CONFIRM, f"{draft.text}{desk.ai_label}")
    go_on = reaching.who_is_left(previous.need, desk)
    after = say(ReplyKind.CONFIRM, go_on).reply.parts if go_on else ()
    reply = answer.reply.model_copy(update={"parts": (*answer.reply.parts, *copy.reply.parts, *after)})
    return Presented(reply, action=action)


def _withdrawn(previous: Previous, drafts: tuple[Draft, ...], desk: Desk) -> str:
    """Say which consent these drafts were written on is no longer given: it is read when a draft is used, not when it is
    written (个人信息保护法 Art. 15, 广告法 Art. 43)."""
    need = working_need(previous.need, desk)
    if not need.customer_id:
        return ""
    try:
        customer = desk.customer(need.customer_id)
    except NotFound:
        return "她现在不是您名下的客户了。"
    sells = need.intent in (Intent.REACTIVATION, Intent.TASK) or any(draft.coupon_ids or draft.skus for draft in drafts)
    if need.intent in OUTREACH and sells and Purpose.MARKETING not in customer.consents:
        return "她已经不同意接收营销信息了，这条带推广，不能再发给她（广告法第四十三条）。她来问的，照常答。"
    if Purpose.PERSONALISATION not in customer.consents and _leans_on_her_profile(previous, drafts):
        return "她已经不同意按资料做推荐了，这条用到了她的档案（个人信息保护法第二十四条）。回「换个说法」，我不看档案重新写。"
    return ""


def _leans_on_her_profile(previous: Previous, drafts: tuple[Draft, ...]) -> bool:
    known = {one.id for one in previous.evidence if one.kind is EvidenceKind.CUSTOMER}
    leaned = {name for draft in drafts for sentence in draft.sentences for name in sentence.evidence}
    leaned |= {claim.evidence_id for draft in drafts for claim in draft.claims}
    return bool(known & leaned)


def _what_changed(previous: Previous, desk: Desk, moment: datetime) -> str:
    """Say what differs between the offer as drafted and as it would be made now (价格 Art. 19-20: shown equals applied)."""
    before = previous.offer
    if before is None:
        return ""
    products: list[Product] = []
    for line in before.lines:
        product = desk.shop.products.get(line.sku)
        if product is None:
            return f"「{line.name}」已经下架了。"
        if product.price_fen != line.unit_fen:
            return f"「{line.name}」的价格变了，现在是¥{product.price_fen / 100:g}。"
        if product.sku in _said_in_stock(previous, desk) and _is_gone(product.sku, desk):
            return f"「{line.name}」本店刚刚没货了。"
        products.append(product)
    customer = desk.customer(previous.need.customer_id) if previous.need.customer_id else None
    now = make_offer(previous.need, customer, tuple(products), desk, moment)
    return _offer_change(before, now)


def _offer_change(before: Offer, now: Offer | None) -> str:
    if now is not None and (now.pay_fen, _ids(now)) == (before.pay_fen, _ids(before)):
        return ""
    lost = [applied.name for applied in before.applied if now is None or applied.coupon_id not in _ids(now)]
    what = f"「{lost[0]}」现在用不了了" if lost else "优惠算下来和刚才不一样了"
    return f"{what}。" if now is None else f"{what}；现在是：{now.why}。"


def _said_in_stock(previous: Previous, desk: Desk) -> frozenset[str]:
    """The products that the drafts told to be in this store; what another one has was never here to be sold out."""
    here = desk.store.name
    told = (
        one
        for one in previous.evidence
        if one.kind is EvidenceKind.STOCK and "有货" in one.text and one.place.startswith(here)
    )
    return frozenset(one.subject for one in told)


def _is_gone(sku: str, desk: Desk) -> bool:
    here = [one for one in desk.stock((sku,)) if one.store_id == desk.store.store_id]
    return bool(here) and max(here, key=lambda one: one.read_at).quantity <= 0


def _ids(offer: Offer) -> tuple[str, ...]:
    return tuple(applied.coupon_id for applied in offer.applied)


def _edit(need: Need, desk: Desk, moment: datetime) -> Presented:
    previous = desk.previous
    if previous is None or not previous.drafts:
        return _nothing_yet()
    unsigned = _unsigned(need.own_text, previous, desk)
    if unsigned:
        return say(ReplyKind.HELD, awaiting.own_text(unsigned, desk))
    withdrawn = _withdrawn(previous, previous.drafts, desk)
    if withdrawn:
        return say(ReplyKind.HELD, f"先别发您改的这段，{withdrawn}")
    changed = _what_changed(previous, desk, moment) if _speaks_of_money(need.own_text, previous) else ""
    if changed:
        return say(
            ReplyKind.HELD, f"先别发您改的这段，{changed}\n按现在的价格和优惠改好再发我，或回「换个说法」，我重新写。"
        )
    nearest = most_similar(need.own_text, [draft.text for draft in previous.drafts])
    action = Action(
        kind=ActionKind.EDITED,
        at=moment,
        choice=nearest.place + 1,
        sent_text=need.own_text,
        similarity=nearest.similarity,
    )
    spoken_of = dict.fromkeys([*previous.need.skus, *(one.subject for one in previous.evidence)])
    findings = check_own_text(
        need.own_text,
        previous.evidence,
        tuple(desk.shop.products[sku] for sku in spoken_of if sku in desk.shop.products),
        today=moment.astimezone(SHOP_TIME).date(),
        coupons=desk.shop.coupons,
        brand=desk.shop.brand,
    )
    warnings = [told(finding) for finding in findings]
    blocks = [f"好的，记下您改写的版本（参考了第{NUMBERS[nearest.place]}条）。"]
    if warnings:
        blocks.append("发之前请留意：\n" + "\n".join(warnings))
    if go_on := reaching.who_is_left(previous.need, desk):
        blocks.append(go_on)
    return say(ReplyKind.CONFIRM, *blocks, action=action)


def _unsigned(text: str, previous: Previous, desk: Desk) -> tuple[SignOff, ...]:
    """What in her own words a manager has not signed: a signed draft and her advice cover the same words and coupons."""
    behind = Behind(working_need(previous.need, desk), previous.offer, published(previous.evidence))
    standing = previous.standing
    answered = [previous.sign_offs.get(number, ()) for number in standing.signed] if standing is not None else []
    if standing is not None and standing.advice:
        answered.append(sign_offs(standing.advice, behind, desk.sign_off))
    covered = {(one.rule, one.words) for found in answered for one in found}
    return tuple(one for one in sign_offs(text, behind, desk.sign_off) if (one.rule, one.words) not in covered)


def _speaks_of_money(text: str, previous: Previous) -> bool:
    """Say whether her own words carry a coupon of the draft or any amount, which must still be true when she sends."""
    carried = previous.offer.applied if previous.offer is not None else ()
    return any(one.name in text for one in carried) or _AMOUNT.search(text) is not None


def _refuse(need: Need, desk: Desk, moment: datetime) -> Presented:
    if desk.previous is None or not desk.previous.drafts:
        return _nothing_yet()
    action = Action(kind=ActionKind.REFUSED, at=moment, reason=need.refusal, note=need.refusal_note)
    reason = need.refusal.label if need.refusal else "没说原因"
    lines = [f"好的，这次不用，原因记为「{reason}」。要重写就说「短一点」「换个说法」，或告诉我哪里不对。"]
    if desk.previous.need.task is not None:
        lines.append("她还在任务名单里；这次不联系她，就回「不联系＋原因」。")
    return say(ReplyKind.CONFIRM, "\n".join(lines), action=action)


# ---- what she may know -------------------------------------------------------------------------


def _my_points(desk: Desk, moment: datetime) -> Presented:
    account, point_fen = desk.points(), desk.shop.rules.guide_point_fen
    if not account.latest and not point_fen:
        return say(ReplyKind.INFORM, "店里还没有开双积分，用券成交暂时不记分。要开通请和总部说。")
    head = f"您这个月记了 {account.this_month} 分，一共 {account.total} 分。"
    if not account.latest:
        return say(ReplyKind.INFORM, f"{head}客户用了您发的券成交，收银报上来就会记分。")
    lines = [head, "最近几单："]
    for one in account.latest:
        back = f"，退款扣回 {one.given_back} 分，剩 {one.earned - one.given_back} 分" if one.given_back else ""
        lines.append(
            f"· {near_date(one.at.astimezone(SHOP_TIME).date(), seen_from=moment)} 订单 {one.order_id}：{one.earned} 分{back}"
        )
    if point_fen:
        lines.append(f"用券成交的实付每 {yuan(point_fen)} 元记 1 分，退款按比例扣回。")
    lines.append("这是您自己的账，别转给客户。")
    return say(ReplyKind.INFORM, "\n".join(lines))


def _profile(customer: Customer, moment: datetime) -> Presented:
    lines = [f"{customer.name}（{customer.phone_masked}）" if customer.phone_masked else customer.name]
    lines.append(f"会员：{customer.tier or '非会员'}，积分{customer.points}")
    if customer.birthday is not None:
        lines.append(f"生日：{customer.birthday.month}月{customer.birthday.day}日")
    lines += [f"{fact.name}：{fact.value}" for fact in customer.facts]
    if customer.tags:
        lines.append(f"标签：{'、'.join(customer.tags)}")
    lines += [
        f"{_day(purchase.bought_at)} {purchase.product_name}×{purchase.quantity}"
        for purchase in customer.purchases[:PURCHASES_SHOWN]
    ] or ["还没有购买记录"]
    refused = [purpose.label for purpose in Purpose if purpose not in customer.consents]
    if refused:
        lines.append(f"没有同意：{'、'.join(refused)}，请不要用于这些用途")
    return say(ReplyKind.INFORM, "\n".join(lines))


def _day(moment: datetime) -> str:
    local = moment.astimezone(SHOP_TIME)
    return f"{local.year}年{local.month}月{local.day}日"
