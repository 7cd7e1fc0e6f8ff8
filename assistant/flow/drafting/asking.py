"""What to ask the customer next, and what to tell the guide when the records hold no answer."""

import re
from dataclasses import replace

from assistant.flow.brief import Brief
from assistant.flow.drafting.composing import compose
from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.serving import PURCHASE_WORDS
from assistant.flow.finding.fitting import asked_group
from assistant.flow.understanding.grievance import harms
from assistant.flow.words.vocabulary import TermKind
from assistant.flow.words.wording import money
from assistant.flow.words.writing import fold
from assistant.turn import Intent, Signal

LONGEST_QUOTED = 24

_SKIN_FIXED = {
    Intent.GREETING: "您最近皮肤上最想解决的是哪一点？",
    Intent.CARE: "用下来肤感怎么样，有没有哪里不习惯？",
    Intent.REACTIVATION: "您现在日常在用哪些，有没有快用完的？",
    Intent.USAGE: "您前后还搭了哪些产品，早上用还是晚上用？",
    Intent.GROUP_POST: "大家最近皮肤上最头疼的是什么？",
}
"""Where the goods meant are sorted by skin; the others below hold for any shop."""
_FIXED = {
    Intent.PRICE: "您要几件？自己用还是送人？",
    Intent.COUPON: "除了这款，还有别的想一起带的吗？",
    Intent.OBJECTION: "您心里大概想控制在多少预算？",
    Intent.STOCK: "您打算哪天过来，要几件？",
    Intent.CLOSING: "您到店里拿，还是给您寄过去？",
    Intent.GREETING: "您今天想看点什么，自己用还是送人？",
    Intent.BIRTHDAY: "生日月您方便哪天来店里坐坐？",
    Intent.CARE: "您觉得怎么样，有没有哪里不满意？",
    Intent.REACTIVATION: "您最近有没有想添的、想换的？",
    Intent.TASK: "您这周哪天方便过来看看？",
    Intent.USAGE: "哪一步还不太清楚，我再跟您说？",
    Intent.GROUP_POST: "大家最近最想了解哪一类？",
}


_ADVERTISES = {Intent.REACTIVATION: "唤醒消息", Intent.TASK: "任务里的消息"}


def next_question(brief: Brief) -> str:
    """Return one question worth asking the customer: what is still unknown and would change the answer."""
    ground = Ground(brief)
    fixed = "医生有没有说要避开什么？" if ground.ailment else _after(ground)
    asked = fixed if fixed is not None else _discovery(ground)
    return asked if asked not in brief.desk.said else ""


def ask_which_product(brief: Brief) -> str:
    """Return what to ask the customer when no product was recognised, else nothing."""
    ground = Ground(brief)
    need = ground.need
    wished = need.intent is Intent.RECOMMEND and (need.slots.budget_fen is not None or need.product_words)
    unknown = ground.main is None and not need.skus and need.intent in NEED_A_PRODUCT and not wished
    return "您说的是哪一款，方便发下名字或者图片吗？" if unknown else ""


def missing(brief: Brief) -> str:
    """Return one sentence to the guide: what the records do not say, and whom to ask."""
    ground = Ground(brief)
    need = ground.need
    name = ground.main.name if ground.main is not None else need.product_words
    if need.intent in _ADVERTISES and not ground.may_market:
        if need.touches(Signal.MINOR):
            return "这位客户可能未成年，推广消息不写；她来问的照常答，要买请家长来定。"
        what = _ADVERTISES[need.intent]
        return f"这位客户没有同意接收营销信息，{what}先不写；等客户主动联系，或征得同意后再发。"
    if _all_said(brief):
        return "这个问题的说法这次会话里都给过了，没有新的可写；换个角度问我，或者在前面的草稿上改。"
    if need.intent is Intent.STOCK:
        return f"没有查到{name or '这款产品'}在本店的库存记录，先别答复有没有货；请在收银系统核一下，或问店长。"
    if need.intent is Intent.POLICY:
        nearest = ground.nearest_rule(at_most=1)
        if nearest is None:
            return (
                f"现行政策里没有查到{_about(need.question)}的规定，先别口头答应客户；请问店长或总部客服，确认后再回。"
            )
        return (
            f"现行政策里没有查到明确写{_about(need.question)}的规定，最接近的一条是{nearest.name}：「{nearest.lead}」"
            "您看说的是不是这件事：是就照这条回；不是先别口头答应客户，请问店长或总部客服，确认后再回。"
        )
    if ground.main is None and not need.skus and need.intent in NEED_A_PRODUCT:
        if need.intent is Intent.RECOMMEND and need.slots.budget_fen is not None and name:
            return f"{name}里没有价格在{money(need.slots.budget_fen)}以内、又对得上要求的；可以问问客户预算能不能松一点，或换个品类看看。"
        if name and not _sold_here(brief, name):
            return (
                f"本店的商品表里没有「{name}」这类商品，别替客户承诺；可以如实告诉她店里不卖，或问店长有没有别的渠道。"
            )
        if need.intent is Intent.RECOMMEND and name:
            return f"{name}里没有资料写明对得上要求的，别勉强推；可以再问问客户的需要，拿不准问店长。"
        return f"没有认出说的是哪款产品{f'（{name}）' if name else ''}，请发一下产品全名或货号；拿不准可以问店长。"
    group = asked_group(need.question)
    if need.intent is Intent.SUITABILITY and group:
        return (
            f"{name}的资料里没有写明{GROUP_WORDS.get(group, group)}能不能用，不能替客户判断；"
            "先请她问医生，产品这边请问店长或总部客服，确认后再回。"
        )
    where = f"{name}的资料里" if name else "资料里"
    return f"{where}没有写到{_about(need.question)}，先别答复客户；请问店长或总部客服，确认后再回。"


def _sold_here(brief: Brief, words: str) -> bool:
    """Say whether the shop sells anything of the sort these words name."""
    lexicon = brief.desk.shop.lexicon
    types = lexicon.terms(fold(words), TermKind.TYPE)
    return bool(lexicon.terms(fold(words), TermKind.CATEGORY)) or any(lexicon.types_sold(one.value) for one in types)


GROUP_WORDS = {
    "孕": "孕期",
    "哺乳": "哺乳期",
    "婴": "婴幼儿",
    "医美": "医美之后",
    "术后": "术后",
    "破损": "皮肤破损时",
    "吃药": "吃药期间",
    "服药": "服药期间",
    "用药": "用药期间",
    "处方": "用处方药期间",
    "异维": "吃异维A酸期间",
    "维a酸": "用维A酸期间",
}

NEED_A_PRODUCT = frozenset(
    {
        Intent.SUITABILITY,
        Intent.PRODUCT_FACT,
        Intent.USAGE,
        Intent.COMPARE,
        Intent.PRICE,
        Intent.CLOSING,
        Intent.RECOMMEND,
    }
)


def _about(question: str) -> str:
    words = " ".join(question.split()).rstrip("？?。！!吗呢")
    if not words:
        return "这个问题"
    return f"「{words if len(words) <= LONGEST_QUOTED else words[:LONGEST_QUOTED] + '…'}」"


def _all_said(brief: Brief) -> bool:
    """Say whether there would be an answer if nothing had been said yet."""
    if not brief.desk.said and brief.need.refinement is None:
        return False
    need = Ground(brief).need.model_copy(update={"refinement": None})
    return bool(compose(replace(brief, need=need, desk=replace(brief.desk, said=frozenset()))))


def _after(ground: Ground) -> str | None:
    """Return the question that goes with an intent, whatever is known; None where discovery goes on."""
    asked = ground.need.question
    if ground.need.intent is Intent.POLICY:
        bought = any(word in asked for word in PURCHASE_WORDS)
        return "您是门店买的还是线上下的单，哪天买的？" if bought else "您这边具体是什么情况，还有哪里想了解？"
    if ground.need.intent is Intent.COMPLAINT:
        if not harms(fold(asked)):
            return "您是什么时候、在哪里买的？"
        return "用了几天、同时还用了别的什么吗？" if ground.touches_the_body else "现在人怎么样了，是什么时候开始的？"
    of_skin = _SKIN_FIXED.get(ground.need.intent) if ground.speaks_of_skin else None
    return of_skin or _FIXED.get(ground.need.intent)


def _discovery(ground: Ground) -> str:
    slots = ground.need.slots
    if not ground.speaks_of_skin:
        return _of_their_columns(ground)
    if not ground.skin:
        return "您平时皮肤偏干还是偏油，换季会不会泛红？"
    if not slots.concerns:
        return "您最近最想改善的是哪一点，干、出油，还是肤色？"
    if slots.budget_fen is None:
        return "您心里大概想控制在多少预算？"
    return "您现在早晚都在用哪些，我看看怎么搭。"


_COLUMN_QUESTIONS = (
    (re.compile(r"月龄|年龄|段位"), "宝宝现在多大了？"),
    (re.compile(r"尺码|尺寸建议|脚长|身高"), "平时穿多大码，方便说下吗？"),
    (re.compile(r"过敏原"), "自己吃还是送人，有没有对什么过敏的？"),
)
"""What a column of the shop's own tells that only the customer can say the other half of."""


def _of_their_columns(ground: Ground) -> str:
    product = ground.main
    columns = product.attributes if product is not None else {}
    filled = " ".join(label for label, value in columns.items() if value)
    asked = next((question for label, question in _COLUMN_QUESTIONS if label.search(filled)), "")
    return asked or "您主要是什么场合用，有特别在意的地方吗？"
