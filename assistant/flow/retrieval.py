"""Which passages may stand behind an answer: one or two searches, each restricted to the material that belongs."""

import re
from dataclasses import dataclass
from datetime import datetime

from assistant.flow.desk import Desk
from assistant.seams import Search, Wanted
from assistant.shop import Product
from assistant.turn import Hit, Intent, Need
from knowledge.passage import DocumentKind, ScopeLevel

AT_MOST = 6
KEPT_FOR_SECOND = 2
"""So many places stay for the second search where both found enough."""

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
_COUPON_RULES = re.compile(r"叠加|一起用|同享|同时用|规则|过期|有效期|使用条件|怎么用|能退|退货|转赠|折现|找零")
_GOODS_BACK = frozenset(("退货", "换货", "退款", "开封", "保修"))
_NARROWNESS = {ScopeLevel.STORE: 0, ScopeLevel.REGION: 1, ScopeLevel.BRAND: 2}


@dataclass(frozen=True)
class _Plan:
    """One search: kinds and SKUs restrict, empty ``skus`` do not."""

    question: str
    kinds: tuple[DocumentKind, ...]
    skus: tuple[str, ...] = ()


def retrieve(
    need: Need, products: tuple[Product, ...], desk: Desk, search: Search, moment: datetime
) -> tuple[Hit, ...]:
    """Return at most six passages, best first, no two alike. Greetings and the like search nothing."""
    found = tuple(_searched(plan, desk, search, moment) for plan in _plans(need, products)[:2])
    if not found:
        return ()
    if len(found) == 1 or not found[1]:
        return _distinct(found[0])[:AT_MOST]
    second = tuple(hit for hit in found[1] if hit.passage.id not in {one.passage.id for one in found[0]})
    room = max(AT_MOST - len(second), AT_MOST - KEPT_FOR_SECOND)
    return _distinct((*found[0][:room], *second))[:AT_MOST]


def _plans(need: Need, products: tuple[Product, ...]) -> tuple[_Plan, ...]:
    """Say what to search, the more important first."""
    about = need.also[0] if need.intent is Intent.REFINE and need.also else need.intent
    skus = tuple(product.sku for product in products)
    every = (about, *need.also)
    plans: list[_Plan] = []
    if about is Intent.COMPLAINT:
        plans.append(_Plan(f"{need.question} 过敏不适投诉处理", (DocumentKind.POLICY,)))
    if Intent.POLICY in every or _asks_coupon_rules(need, every):
        plans.append(_Plan(_policy_question(need), (DocumentKind.POLICY,)))
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
    return tuple(plans)


def _asks_coupon_rules(need: Need, every: tuple[Intent, ...]) -> bool:
    return Intent.COUPON in every and _COUPON_RULES.search(need.question) is not None


def _policy_question(need: Need) -> str:
    """Add topics to the words asked where a follow-up left them out; product names would only draw product texts."""
    missing = [topic for topic in need.slots.policy_topics if topic not in need.question]
    asked = need.question if need.slots.policy_topics or len(need.question) > 1 else ""
    returns = (
        ["退换货"] if _GOODS_BACK & set(need.slots.policy_topics) and "退" not in asked and "换" not in asked else []
    )
    return " ".join((*missing, *returns, asked)).strip()


def _searched(plan: _Plan, desk: Desk, search: Search, moment: datetime) -> tuple[Hit, ...]:
    if not plan.question.strip():
        return ()
    wanted = Wanted(
        question=plan.question, reader=desk.reader, moment=moment, kinds=plan.kinds, skus=plan.skus, limit=AT_MOST
    )
    return search(wanted)


def _distinct(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Order by score and drop passages that say the same; of two alike the narrower scope stays."""
    by_text: dict[str, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (_NARROWNESS[hit.passage.scope.level], -hit.score, hit.passage.id)):
        by_text.setdefault(" ".join(hit.passage.text.split()), hit)
    by_id: dict[str, Hit] = {}
    for hit in sorted(by_text.values(), key=lambda hit: (-hit.score, hit.passage.id)):
        by_id.setdefault(hit.passage.id, hit)
    return tuple(by_id.values())
