"""Which passages may stand behind an answer: one or two searches, each restricted to the material that belongs."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import rjieba

from assistant.flow.desk import Desk
from assistant.flow.finding.goingon import goes_on_with_rules, papers_before, places_spoken_of
from assistant.flow.understanding.grievance import complaint_words
from assistant.flow.understanding.intents import is_soft, place_of, policy_topics, topic_words, touches
from assistant.flow.words.places import regions_named
from assistant.flow.words.writing import fold
from assistant.seams import Search, Wanted
from assistant.shop import Product
from assistant.turn import Hit, Intent, Need
from knowledge.passage import DocumentKind, ScopeLevel
from knowledge.people import people, without_people
from knowledge.reconciling import matters, same_matter
from knowledge.words.wording import general_wording

AT_MOST = 6
PLANS = 3
MATTERS = 3
"""So many leading rules of the brand are looked at for what this store or region says otherwise."""
KEPT_FOR_SECOND = 2
"""So many places stay for each later search where all found enough."""

_ABOUT_PRODUCTS = frozenset(
    (
        Intent.SUITABILITY,
        Intent.PRODUCT_FACT,
        Intent.USAGE,
        Intent.COMPARE,
        Intent.RECOMMEND,
        Intent.OBJECTION,
        Intent.CLOSING,
    )
)
_HOW_TO = frozenset((Intent.CLOSING, Intent.OBJECTION, Intent.REACTIVATION))
_ASKS_HOW = re.compile(r"怎么|咋|如何|怎样|技巧|话术|方法")
_COUPON_RULES = re.compile(r"叠加|一起用|同享|同时用|规则|规定|过期|有效期|使用条件|怎么用|能退|退货|转赠|折现|找零")
_GOODS_BACK = frozenset(("退货", "换货", "退款", "开封", "保修"))
_RULED_TOO = frozenset(
    (Intent.SUITABILITY, Intent.USAGE, Intent.PRODUCT_FACT, Intent.OBJECTION, Intent.STOCK, Intent.RECOMMEND)
)
"""Asked about goods, these may touch what the shop has rules for."""
_MATTERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"孕|哺乳|喂奶|母乳"), "孕期 哺乳期"),
    (re.compile(r"儿童|小孩|孩子|宝宝|婴|小朋友|\d+岁|[一二三四五六七八九十]岁|青少年"), "儿童 给孩子用"),
    (re.compile(r"娃|\d个?月大?|[一二两三四五六七八九十半]个月|半岁"), "月龄 安全提示"),
    (re.compile(r"糖尿|血糖|血压|三高|痛风|心脏|慢性病"), "特殊人群 病人 问医生"),
    (re.compile(r"膝盖|关节|扭伤|酸痛|疼"), "不适 受伤 就医"),
    (re.compile(r"保质期|过期|临期|批号|生产日期|开封后|多久用完|放多久|保存"), "保质期 开封后多久用完"),
    (re.compile(r"调货|缺货|断货|没货|补货|到货|预留|留一|登记|别的店|其他店|别家店"), "缺货 调货 到货"),
    (re.compile(r"正品|真假|假货|防伪"), "正品 真伪"),
    (re.compile(r"试用|小样|体验装"), "试用装 小样"),
)
"""What shops have rules for though a product is asked about, and the words those rules use."""
_COMPLAINT_MATTERS = {
    "": "投诉 客诉处理流程",
    "质量问题": "质量问题 退换 投诉处理",
    "使用后不适 过敏": "过敏不适处理 投诉处理",
    "受伤 安全": "受伤 夹手 烫伤 冒烟 停用 就医 安全事件处理",
}
_NARROWNESS = {ScopeLevel.STORE: 0, ScopeLevel.REGION: 1, ScopeLevel.BRAND: 2}
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)\s*(小时|分钟|天|个工作日|工作日|周|个月|元|%|折|积分|倍)")
_CLAUSE = re.compile(r"[,，。;；!！?？\n\s]+")
_JOINS = re.compile(r"(?:能不能|可不可以|可以|能|会|支持|也|都|还|怎么|咋|的|要)+$")
# places, people, times and numbers are what a rule is applied to, not what it is about
_APPLIED_TO = ("nr", "ns", "nt", "t", "m", "q", "f")
_SAYS_ENOUGH = 5
_ONLY_WORDS = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]")
_NO_SUBJECT = frozenset(
    (
        *("客户", "顾客", "会员", "客人", "人家", "姐姐", "公司", "个人", "门店", "店铺", "柜台", "官方"),
        *("东西", "问题", "时候", "时间", "情况", "地方", "产品", "商品", "活动", "下单", "订单"),
    )
)


@dataclass(frozen=True)
class _Plan:
    """One search: kinds and SKUs restrict, empty ``skus`` do not.

    ``asked`` are the words of a question about the rules themselves, whose subject a passage must name; ``applied`` are
    the products it is asked of, which no rule need name. ``besides`` are words to search with behind ``question``.
    """

    question: str
    kinds: tuple[DocumentKind, ...]
    skus: tuple[str, ...] = ()
    asked: str = ""
    applied: str = ""
    besides: str = ""


def retrieve(
    need: Need, products: tuple[Product, ...], desk: Desk, search: Search, moment: datetime
) -> tuple[Hit, ...]:
    """Return at most six passages, best first, no two alike. Greetings and the like search nothing."""
    found = [_found(plan, desk, search, moment) for plan in _plans(need, products, desk)[:PLANS]]
    kept: list[Hit] = []
    for place, hits in enumerate(found):
        waiting = sum(min(len(later), KEPT_FOR_SECOND) for later in found[place + 1 :])
        fresh = [hit for hit in hits if hit.passage.id not in {one.passage.id for one in kept}]
        kept += fresh[: max(AT_MOST - len(kept) - waiting, 0)]
    places = places_spoken_of(need, desk)
    at_hand = tuple(hit for hit in kept if not _of_another_place(hit, places))
    return _narrower_first(_distinct(at_hand), policy_topics(fold(need.question)))[:AT_MOST]


def _of_another_place(hit: Hit, asked: frozenset[str]) -> bool:
    """Say whether a rule is for another part of the country than is asked about: 寄到成都, and it says 华南收货."""
    told = regions_named(" ".join((hit.passage.title, *hit.passage.heading, hit.passage.text)))
    return _is_local(hit) and bool(asked) and bool(told) and not asked & told


def _plans(need: Need, products: tuple[Product, ...], desk: Desk) -> tuple[_Plan, ...]:
    """Say what to search, the more important first."""
    about = need.about
    skus = tuple(product.sku for product in products)
    every = (about, *need.also)
    plans: list[_Plan] = []
    if about is Intent.COMPLAINT:
        matter = _COMPLAINT_MATTERS[complaint_words(fold(need.question))]
        plans.append(_Plan(need.question, (DocumentKind.POLICY,), besides=f"{need.question} {matter}"))
    if Intent.POLICY in every or _asks_coupon_rules(need, every):
        applied = fold(" ".join((need.product_words, need.slots.category, *(one.name for one in products))))
        asked = _asked_now(need, desk)
        words = _policy_question(need)
        alone = about is Intent.POLICY and asked == need.question and not goes_on_with_rules(desk)
        if alone and len(_ONLY_WORDS.sub("", asked)) >= _SAYS_ENOUGH:
            plans.append(_Plan(asked, (DocumentKind.POLICY,), asked=asked, applied=applied, besides=words))
        else:
            plans.append(_Plan(words, (DocumentKind.POLICY,), asked=asked, applied=applied))
        before = " ".join(dict.fromkeys(paper.title for paper in papers_before(need, desk)))
        plans += [_Plan(f"{before} {asked}", (DocumentKind.POLICY,))] if before else []
    if about is Intent.GROUP_POST:
        plans.append(
            _Plan(" ".join(part for part in (need.slots.occasion, need.question) if part), (DocumentKind.CAMPAIGN,))
        )
    if not need.from_customer and about in _HOW_TO and _ASKS_HOW.search(need.question):
        plans.append(_Plan(need.question, (DocumentKind.TRAINING,)))
    if skus and (
        about in _ABOUT_PRODUCTS or about in (Intent.COMPLAINT, Intent.GROUP_POST) or need.wants(Intent.RECOMMEND)
    ):
        plans.append(_Plan(need.question, (DocumentKind.PRODUCT,), skus))
    elif about in (Intent.SUITABILITY, Intent.PRODUCT_FACT, Intent.USAGE) and not need.skus:
        plans.append(_Plan(need.question, (DocumentKind.PRODUCT,)))
    if Intent.POLICY not in every:
        plans += _rules_besides(need, about)
    return tuple(plans)


def _asked_now(need: Need, desk: Desk) -> str:
    """Return the words of this turn alone, where they were put behind those of the turn before to search with."""
    before = desk.previous.need.question if desk.previous is not None else ""
    now = need.question.removeprefix(before).strip() if before else need.question
    return now or need.question


def _rules_besides(need: Need, about: Intent) -> list[_Plan]:
    """Search the shop's rules where a question about goods, or a post for a group, touches what they settle."""
    asked = fold(" ".join((need.question, need.slots.skin_type, *need.slots.concerns)))
    if about is Intent.GROUP_POST:
        topics = [topic for topic in policy_topics(asked) if not is_soft(topic)]
        words = " ".join(topic_words(topic) for topic in topics)
    else:
        words = " ".join(matter for sign, matter in _MATTERS if about in _RULED_TOO and sign.search(asked))
    return [_Plan(f"{words} {need.question}", (DocumentKind.POLICY,))] if words else []


def _asks_coupon_rules(need: Need, every: tuple[Intent, ...]) -> bool:
    return Intent.COUPON in every and _COUPON_RULES.search(need.question) is not None


def _policy_question(need: Need) -> str:
    """Add topics to the words asked where a follow-up left them out; product names would only draw product texts."""
    missing = [
        topic_words(topic)
        for topic in need.slots.policy_topics
        if topic not in need.question and topic_words(topic) not in need.question
    ]
    asked = need.question if need.slots.policy_topics or len(need.question) > 1 else ""
    returns = (
        ["退换货"] if _GOODS_BACK & set(need.slots.policy_topics) and "退" not in asked and "换" not in asked else []
    )
    return " ".join((*missing, *returns, asked)).strip()


def _found(plan: _Plan, desk: Desk, search: Search, moment: datetime) -> tuple[Hit, ...]:
    """Search one plan; among rules, those of this store or region on the topic come along, and beside-the-point ones go."""
    hits = _searched(plan, desk, search, moment)
    if plan.besides and plan.besides != plan.question:
        hits = _with_those_besides(hits, _searched(replace(plan, question=plan.besides), desk, search, moment))
    topics = policy_topics(fold(plan.asked))
    if not plan.asked:
        return hits
    told = tuple(hit for hit in hits if not topics or _says_what_is_asked(plan, hit, topics))
    told = (*told, *_own_on_the_matter(plan, told, desk, search, moment))
    if not topics:
        return told
    local = _searched(_Plan(" ".join(topic_words(topic) for topic in topics), plan.kinds), desk, search, moment)
    known = {hit.passage.id for hit in told}
    narrower = [hit for hit in local if hit.passage.id not in known and _is_local(hit) and _about(hit, topics)]
    return (*told, *narrower)


def _with_those_besides(hits: tuple[Hit, ...], besides: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """The words as asked find the paper first in 52 of 100 of our own questions, with topics added in 40.

    What only the topics find stands behind, and has two places kept.
    """
    leading = hits[: AT_MOST - KEPT_FOR_SECOND]
    known = {hit.passage.id for hit in leading}
    fresh = [hit for hit in besides if hit.passage.id not in known][: AT_MOST - len(leading)]
    least = min((hit.score for hit in leading), default=1.0)
    return (*leading, *(hit.model_copy(update={"score": min(hit.score, least)}) for hit in fresh))


def _own_on_the_matter(
    plan: _Plan, hits: tuple[Hit, ...], desk: Desk, search: Search, moment: datetime
) -> tuple[Hit, ...]:
    """Find what this store or region has ruled itself on the matters of the leading papers, in words nobody asked with."""
    wider = [hit for hit in hits if not _is_local(hit)][:MATTERS]
    titles = tuple(dict.fromkeys(word for hit in wider for word in (*matters(hit.passage), *hit.passage.heading[-1:])))
    if not titles:
        return ()
    found = _searched(_Plan(" ".join(titles), plan.kinds), desk, search, moment)
    known = {hit.passage.id for hit in hits}
    own = [hit for hit in found if _is_local(hit) and hit.passage.id not in known]
    # found by other words than those asked, they stand behind what was asked for
    least = min((hit.score for hit in hits), default=0.0)
    return tuple(
        hit.model_copy(update={"score": min(hit.score, least)})
        for hit in own
        if any(same_matter(hit.passage, one.passage) for one in wider)
    )


def _searched(plan: _Plan, desk: Desk, search: Search, moment: datetime) -> tuple[Hit, ...]:
    if not plan.question.strip():
        return ()
    names = tuple(("", name) for card in desk.customers for name in (card.name, card.address_as) if name)
    # an encoder may be another company's: nobody's name or number is searched for
    asked = without_people(plan.question, people(names))
    wanted = Wanted(question=asked, reader=desk.reader, moment=moment, kinds=plan.kinds, skus=plan.skus, limit=AT_MOST)
    return search(wanted)


def _is_local(hit: Hit) -> bool:
    return hit.passage.scope.level is not ScopeLevel.BRAND


def _about(hit: Hit, topics: tuple[str, ...]) -> bool:
    """Say whether a passage is headed by one of the topics, so that it settles it rather than mentions it."""
    headed = fold(" ".join(hit.passage.heading))
    return any(touches(topic, headed) or any(word in headed for word in topic_words(topic).split()) for topic in topics)


def _says_what_is_asked(plan: _Plan, hit: Hit, topics: tuple[str, ...]) -> bool:
    """Say whether the things named in the asking clause stand in a passage: 海外发货 is not answered by 发货."""
    named = tuple(one for one in _things_named(fold(plan.asked), topics) if one not in plan.applied)
    told = fold(" ".join((hit.passage.title, *hit.passage.heading, hit.passage.text)))
    if not any(touches(topic, told) or any(word in told for word in topic_words(topic).split()) for topic in topics):
        return False
    held = [thing for thing in named if any(word in told for word in (thing.rstrip("子儿"), *_other_words(thing)))]
    return not named or len(held) * 2 >= len(named)


def _things_named(question: str, topics: tuple[str, ...]) -> tuple[str, ...]:
    """List the nouns that narrow a topic right before it (海外发货, 国外能寄); 网上, 店里 only say where it was bought."""
    known = {unit.word for unit in general_wording().question(question).units}
    places = [(clause, place_of(topic, clause)) for clause in _CLAUSE.split(question) if clause for topic in topics]
    before = [_JOINS.sub("", clause[:place]) for clause, place in places if place]
    return tuple(
        dict.fromkeys(
            word
            for words in before
            for word, tag in rjieba.tag(words)[-1:]
            if len(word) > 1
            and word in known
            and tag[:1] in "ns"
            and tag[:2] not in _APPLIED_TO
            and word[-1] not in "上里下中内"
            and word not in _NO_SUBJECT
            and not any(touches(topic, word) for topic in topics)
        )
    )


@lru_cache(maxsize=4096)
def _other_words(thing: str) -> tuple[str, ...]:
    """Return what else people say for a thing."""
    return general_wording().question(thing).kindred


def _narrower_first(hits: tuple[Hit, ...], topics: tuple[str, ...]) -> tuple[Hit, ...]:
    """Put this store's or region's own rule before the brand's on the same topic, and leave out what it replaces."""
    own = [hit for hit in hits if _is_local(hit) and _about(hit, topics)]
    if not own:
        return hits
    rest = [
        hit for hit in hits if hit not in own and not hit.replaced_by and not any(_replaced(hit, one) for one in own)
    ]
    best = max((hit.score for hit in hits), default=0.0)
    raised = tuple(hit.model_copy(update={"score": max(hit.score, best)}) for hit in own)
    return (*sorted(raised, key=lambda hit: (_NARROWNESS[hit.passage.scope.level], -hit.score)), *rest)


def _replaced(wider: Hit, narrower: Hit) -> bool:
    """Say whether a wider rule gives other figures of the same kind for the same matter as a narrower one."""
    if _NARROWNESS[wider.passage.scope.level] <= _NARROWNESS[narrower.passage.scope.level]:
        return False
    mine, theirs = _measures(narrower.passage.text), _measures(wider.passage.text)
    return any(theirs[unit] != mine[unit] for unit in mine.keys() & theirs.keys())


def _measures(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for figure, unit in _MEASURE.findall(text):
        found.setdefault(unit, set()).add(figure)
    return {unit: frozenset(figures) for unit, figures in found.items()}


def _distinct(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Order by score and drop passages that say the same; of two alike the narrower scope stays."""
    by_text: dict[str, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (_NARROWNESS[hit.passage.scope.level], -hit.score, hit.passage.id)):
        by_text.setdefault(" ".join(hit.passage.text.split()), hit)
    by_id: dict[str, Hit] = {}
    for hit in sorted(by_text.values(), key=lambda hit: (-hit.score, hit.passage.id)):
        by_id.setdefault(hit.passage.id, hit)
    return tuple(by_id.values())
