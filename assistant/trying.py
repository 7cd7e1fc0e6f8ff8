"""Trying a script before it is served: what the guard says of it, and how it reads with sample facts filled in.

The same claim lock, compliance and filling that serve guides look at it; only the customer and the day are invented.
What stands in ``Shop`` is the corp's own: its products, coupons and stores.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from assistant.clock import Clock
from assistant.desks import Desks
from assistant.errors import IndexUnusable
from assistant.flow.brief import Brief
from assistant.flow.desk import Desk, Shop
from assistant.flow.drafting.blanks import fill, fillings
from assistant.flow.drafting.composing import LONGEST, compose, made_draft
from assistant.flow.drafting.ground import Ground
from assistant.flow.finding.evidence import gather
from assistant.flow.finding.offering import make_offer
from assistant.flow.finding.scripting import CASTING, MONEY_SIGNS, eligible
from assistant.flow.guard.check import check
from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.law.compliance import screen
from assistant.flow.guard.law.rules import Severity
from assistant.material.scripts import blanks_of
from assistant.seams import Reader, Search, Wanted
from assistant.shop import (
    BLANK,
    VARIABLE_OF,
    Customer,
    CustomerFact,
    Person,
    Product,
    Purchase,
    Purpose,
    Role,
    Scene,
    Script,
    ScriptVariable,
    Stock,
    Store,
)
from assistant.turn import ClaimKind, DraftSource, Finding, Hit, Intent, Need, Outcome, Reason, Slots
from knowledge.folding import fold_looks
from knowledge.passage import DocumentKind, Passage, ScopeLevel
from knowledge.people import TITLES, strangers
from knowledge.personal import find_personal

SAMPLE_GOODS = 2
"""Products a script is tried with: what suits one may be unlawful to say of another."""
_ADDRESS = "王姐"
_GUIDE = "小林"
_OWN_WORD = frozenset(
    {
        ClaimKind.DATE,
        ClaimKind.DURATION,
        ClaimKind.QUANTITY,
        ClaimKind.PROMISE,
        ClaimKind.COUPON,
        ClaimKind.PRODUCT,
        ClaimKind.STOCK,
        ClaimKind.STORE,
    }
)
_POLICY = "签收次日起七天内，没有拆封的商品可以退货。"


class ScriptFinding(NamedTuple):
    """One thing to know before publishing; one that ``blocks`` prevents it. The words, the rule, how to mend it."""

    blocks: bool
    finding: Finding


class Preview(NamedTuple):
    """How a script reads. ``draft`` is the whole draft it would carry, empty where none; ``facts`` are what was filled in.

    ``missing`` are blanks for which the sample facts hold nothing, ``intents`` the needs in which it may be used.
    """

    text: str
    draft: str
    facts: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    intents: tuple[Intent, ...]


class Tried(NamedTuple):
    """A script looked at from both sides."""

    findings: tuple[ScriptFinding, ...]
    preview: Preview

    @property
    def blocked(self) -> bool:
        """True when it may not be published as it stands."""
        return any(one.blocks for one in self.findings)


@dataclass(frozen=True)
class ScriptTrial:
    """One corp's scripts as they would be served now. ``search`` finds the shop's rules for scripts that quote them.

    Every method raises NotFound before anything was ingested.
    """

    corp_id: str
    clock: Clock
    desks: Desks
    search: Search | None = None

    def try_out(self, script: Script) -> Tried:
        """Check a script and fill it in."""
        script = _read_anew(script)
        moment = self._moment(script)
        shop = self.desks.shop(self.corp_id, moment)
        briefs = self._briefs(script, shop, moment)
        return Tried(_check(script, shop, briefs), _preview(script, briefs))

    def check(self, script: Script) -> tuple[ScriptFinding, ...]:
        """Say what the guard objects to, what would be vouched for, and whether the script could be used at all."""
        script = _read_anew(script)
        moment = self._moment(script)
        shop = self.desks.shop(self.corp_id, moment)
        return _check(script, shop, self._briefs(script, shop, moment))

    def _moment(self, script: Script) -> datetime:
        """Now, or when the script begins."""
        now = self.clock()
        return max(now, script.valid_from) if script.valid_from is not None else now

    def _briefs(self, script: Script, shop: Shop, moment: datetime) -> tuple[Brief, ...]:
        """The script in every need of its stage, with a few of the goods it was written for."""
        only = replace(shop, scripts=(script,))
        hits = self._hits(script, _store(script, shop), moment)
        goods = _goods(script, shop)
        return tuple(
            _brief(script, intent, only, product, hits, moment)
            for intent in _intents(script)
            for product in goods or (None,)
        )

    def _hits(self, script: Script, store: Store, moment: datetime) -> tuple[Hit, ...]:
        """The shop's own rules about what the script is for; an invented one where none is found."""
        if ScriptVariable.POLICY not in blanks_of(script.text).variables:
            return ()
        question = "、".join(script.keywords) or script.title
        reader = Reader(corp_id=self.corp_id, store_id=store.store_id, region_id=store.region_id)
        found: tuple[Hit, ...] = ()
        if self.search is not None:
            # without its index the house answers in the same way: nothing found
            with suppress(IndexUnusable):
                found = self.search(Wanted(question=question, reader=reader, moment=moment))
        rules = tuple(one for one in found if one.passage.kind is DocumentKind.POLICY)
        return rules or (_sample_rule(question),)


def _check(script: Script, shop: Shop, briefs: tuple[Brief, ...]) -> tuple[ScriptFinding, ...]:
    found = [*_slips(script), *_by_letter(script, shop)]
    if not any(one.blocks for one in found):
        # what a manager is to look at anyway hides nothing else; the guard, which asks nobody, would block it
        told = {one.finding.reason for one in found}
        found += [one for one in _by_guard(script, briefs) if one.finding.reason not in told]
    if not any(one.blocks for one in found):
        # what somebody is asked to vouch for is told in these words, whatever the guard calls it
        found = [*_vouched(script, shop), *found, *_unusable(script)]
    return _each_once(found)


def _preview(script: Script, briefs: tuple[Brief, ...]) -> Preview:
    wanted = blanks_of(script.text).variables
    filled = [(brief, made) for brief in briefs if (made := fill(script, Ground(brief))) is not None]
    carried = next(((brief, whole) for brief, _ in filled if (whole := _carried(script, brief))), None)
    brief = carried[0] if carried is not None else filled[0][0] if filled else briefs[0]
    values = {variable: one.text for variable, one in fillings(Ground(brief)).items()}
    made = next((made for one, made in filled if one is brief), None)
    text = made.text if made is not None else _as_far_as_known(script, values)
    whole = carried[1] if carried is not None else ""
    return Preview(
        text=text,
        draft=whole if whole != text else "",
        facts=tuple((one.label, values[one]) for one in wanted if one in values),
        missing=tuple(one.label for one in wanted if one not in values),
        intents=tuple(dict.fromkeys(one.need.intent for one in briefs if _is_cast(script, one))),
    )


def _carried(script: Script, brief: Brief) -> str:
    """The whole draft that the composer makes with this script, empty where it takes none."""
    return next((one.text for one in compose(brief) if script.script_id in one.script_ids), "")


# ---- what is wrong with it ---------------------------------------------------------------------


def _slips(script: Script) -> Iterator[ScriptFinding]:
    for slip in blanks_of(script.text).slips:
        yield ScriptFinding(
            True, Finding(reason=Reason.UNFILLED_BLANK, rule=slip.reason, span=slip.span, remedy=slip.remedy)
        )


def _by_letter(script: Script, shop: Shop) -> Iterator[ScriptFinding]:
    """What no sample is needed for: prices written out, persons, and what the law objects to whatever the goods."""
    text = _outside(script.text)
    for sign in MONEY_SIGNS:
        if sign in text:
            at = text.index(sign)
            yield _blocking(
                Reason.UNSUPPORTED_FIGURE,
                "价格会变，话术不会跟着变",
                text[max(0, at - 6) : at + 1].strip("，。 "),
                "换成【价格】【券后价】【优惠金额】或【优惠券】，助手按当天的记录填",
            )
            break
    for one in find_personal(text):
        yield _blocking(
            Reason.PRIVACY, "话术给所有人用，不能有某个人的信息", text[one.start : one.end], "删掉，或换成【客户称呼】"
        )
    folded = fold_looks(text)
    for name in strangers(folded.text):
        place = folded.place(name.start, name.end)
        # 王丽女士 is a person; what only stands where a name could stand may be a word
        sure = any(folded.text[name.start : name.end].endswith(title) for title in TITLES)
        yield ScriptFinding(
            sure,
            Finding(
                reason=Reason.PRIVACY,
                rule="话术给所有人用，不能有某个人的名字" if sure else "这里看着像人名，请核对",
                span=text[place.start : place.end],
                remedy="是人名就换成【客户称呼】或【导购姓名】",
            ),
        )
    goods = tuple(shop.products.values()) if _names_goods(text, shop) else ()
    for violation in screen(text, goods, ()):
        if not violation.rule.by_product and violation.rule.severity is not Severity.WARN:
            yield ScriptFinding(violation.rule.severity is Severity.BLOCK, violation.finding)


def _names_goods(text: str, shop: Shop) -> bool:
    return any(one.name in text for one in shop.products.values())


def _by_guard(script: Script, briefs: tuple[Brief, ...]) -> Iterator[ScriptFinding]:
    """What the guard would cut of the very draft. The script's own words block, where they are cut in every need.

    What it would cut of a record's words is only told, and so is what no need would ever draft.
    """
    text = _outside(script.text)
    cast = [brief for brief in briefs if _is_cast(script, brief)]
    seen: dict[Finding, int] = {}
    looked = 0
    for brief in cast or briefs[:1]:
        filled = fill(script, Ground(brief))
        if filled is None:
            continue
        looked += 1
        draft = made_draft(brief, script.manner, filled.sentences, DraftSource.COMPOSER, (script.script_id,))
        verdict = check(draft, brief)
        for finding in dict.fromkeys(verdict.findings) if verdict.outcome is not Outcome.PASS else ():
            if finding.reason is not Reason.EMPTY:
                seen[finding] = seen.get(finding, 0) + 1
    for finding, times in seen.items():
        yield ScriptFinding(bool(cast) and times == looked and finding.span in text, finding)


def _vouched(script: Script, shop: Shop) -> Iterator[ScriptFinding]:
    """What an approval vouches for: from then on it is the record behind these words."""
    text = _outside(script.text)
    names = KnownNames.of(shop.products.values(), shop.coupons, shop.brand)
    for claim in find_claims(text, names):
        if claim.kind in _OWN_WORD:
            yield ScriptFinding(
                False,
                Finding(
                    reason=Reason.UNSUPPORTED_FACT,
                    rule=f"{claim.kind.label}写死在话术里，通过就等于公司认可这句话",
                    span=claim.text,
                    remedy="请核对是不是一直都对；会变的换成变量，或写上失效日期",
                ),
            )


def _unusable(script: Script) -> Iterator[ScriptFinding]:
    """Why the assistant would never pick it, though nothing is wrong with its words."""
    variables = set(blanks_of(script.text).variables)
    told = ""
    if ScriptVariable.COUPON in variables and ScriptVariable.COUPON_TERMS not in variables:
        told, remedy = "提到【优惠券】就要写上【用券条件】，不然助手不会用它", "在后面加上（【用券条件】）"
    elif len(re.sub(r"\s", "", BLANK.sub("", script.text))) > LONGEST[script.manner]:
        told = f"「{script.manner.label}」的话术最多 {LONGEST[script.manner]} 个字，这条太长，助手不会用它"
        remedy = "删短一点，或换一种风格"
    elif script.scene is not Scene.PRIVATE and ScriptVariable.CUSTOMER in variables:
        told, remedy = "发到群里的话没有【客户称呼】可填", "换成“大家”，或去掉称呼"
    else:
        wanted = [CASTING[intent] for intent in _cast_intents(script)]
        blanks = [casting.one_of for casting in wanted if casting.one_of]
        if not wanted:
            told = f"助手在「{script.stage.label}」这个阶段还不会自己挑话术"
            remedy = "它会留在话术库里供查看；想让助手用上，请换一个阶段"
        elif len(blanks) == len(wanted) and not any(variables & one for one in blanks):
            one_of = frozenset[ScriptVariable]().union(*blanks)
            labels = "、".join(f"【{one.label}】" for one in ScriptVariable if one in one_of)
            told, remedy = "少了关键的变量，助手不会用它", f"至少写上其中一个：{labels}"
        elif all(casting.keyword_needed for casting in wanted) and not script.keywords:
            told, remedy = "这个阶段要靠关键词挑话术，这条一个也没有", "写上客户常说的词，比如：贵、敏感、退货"
    if told:
        yield ScriptFinding(False, Finding(reason=Reason.EMPTY, rule=told, span="", remedy=remedy))


def _blocking(reason: Reason, rule: str, span: str, remedy: str) -> ScriptFinding:
    return ScriptFinding(True, Finding(reason=reason, rule=rule, span=span, remedy=remedy))


def _each_once(found: Iterable[ScriptFinding]) -> tuple[ScriptFinding, ...]:
    """Tell the same words once, as gravely as anything about them is, by the widest stretch; the blocking ones first."""
    ordered = sorted(found, key=lambda one: (not one.blocks, -len(one.finding.span)))
    told: list[ScriptFinding] = []
    for one in ordered:
        span = one.finding.span
        known = (other for other in told if other.blocks or not one.blocks)
        if any(span in other.finding.span if span else other.finding.rule == one.finding.rule for other in known):
            continue
        told.append(one)
    return tuple(told)


def _read_anew(script: Script) -> Script:
    """The script with its blanks as they stand in its text."""
    return script.model_copy(update={"variables": blanks_of(script.text).variables})


def _outside(text: str) -> str:
    """The words of a script that are its own; a blank is a pause between them."""
    return BLANK.sub("，", text)


# ---- sample facts ------------------------------------------------------------------------------


def _cast_intents(script: Script) -> tuple[Intent, ...]:
    """The needs in which a script of this stage and scene may be picked at all."""
    return tuple(
        intent
        for intent, casting in CASTING.items()
        if script.stage in casting.stages and (intent is Intent.GROUP_POST) == (script.scene is not Scene.PRIVATE)
    )


def _intents(script: Script) -> tuple[Intent, ...]:
    return _cast_intents(script) or (Intent.RECOMMEND,)


def _goods(script: Script, shop: Shop) -> tuple[Product, ...]:
    """Sample goods of its categories, from different ones where there are; those first of which most is known."""
    meant = [one for one in shop.products.values() if not script.categories or one.category in script.categories]
    meant.sort(key=lambda one: (not one.suitable_for, not one.usage, not one.selling_points, one.is_new, one.sku))
    by_category = {one.category: one for one in reversed(meant)}
    first = [one for one in meant if by_category[one.category] is one]
    return tuple([*first, *(one for one in meant if one not in first)][:SAMPLE_GOODS])


def _brief(
    script: Script, intent: Intent, shop: Shop, product: Product | None, hits: tuple[Hit, ...], moment: datetime
) -> Brief:
    store = _store(script, shop)
    customer = _customer(script, shop, product, store, moment)
    need = _need(script, intent, customer, product)
    desk = _desk(shop, store, customer, moment)
    products = (product,) if product is not None else ()
    stock = desk.stock(tuple(one.sku for one in products))
    offer = make_offer(need, customer, products, desk, moment)
    evidence = gather(need, customer, products, stock, hits, offer, desk)
    return Brief(need, desk, customer, products, stock, hits, offer, evidence, (script.manner,), moment)


def _need(script: Script, intent: Intent, customer: Customer, product: Product | None) -> Need:
    words = (product.name if product is not None else "", *script.keywords, "优惠" if intent is Intent.COUPON else "")
    concerns = tuple(one for one in (product.concerns if product is not None else ()))[:1]
    occasion = next((one for one in script.keywords if "生日" in one), "")
    return Need(
        intent=intent,
        question="，".join(one for one in words if one) or script.stage.label,
        customer_id=customer.customer_id if script.scene is Scene.PRIVATE else "",
        skus=(product.sku,) if product is not None else (),
        slots=Slots(concerns=concerns, occasion=occasion, policy_topics=("退换货",) if intent is Intent.POLICY else ()),
        stage=script.stage,
        scene=script.scene,
    )


def _desk(shop: Shop, store: Store, customer: Customer, moment: datetime) -> Desk:
    def stock(skus: tuple[str, ...]) -> tuple[Stock, ...]:
        return tuple(Stock(store_id=store.store_id, sku=sku, quantity=6, read_at=moment) for sku in skus)

    return Desk(
        shop=shop,
        guide=Person(userid="sample", name=_GUIDE, role=Role.GUIDE, store_id=store.store_id, region_id=store.region_id),
        store=store,
        customers=(),
        current_customer_id=customer.customer_id,
        previous=None,
        said=frozenset(),
        customer=lambda _: customer,
        stock=stock,
        uses=lambda _: {},
        due=lambda: (),
    )


def _store(script: Script, shop: Shop) -> Store:
    """A store that the script reaches, the first by its id."""
    meant = [
        one
        for one in sorted(shop.stores.values(), key=lambda one: one.store_id)
        if script.scope.reaches(store_id=one.store_id, region_id=one.region_id)
        and (not script.dealers or one.dealer in script.dealers)
    ]
    if meant:
        return meant[0]
    place = script.scope.id if script.scope.level is not ScopeLevel.BRAND else ""
    return Store(store_id=place, name=shop.brand, region_id=place, region_name="")


def _customer(script: Script, shop: Shop, product: Product | None, store: Store, moment: datetime) -> Customer:
    tiers = [one for one in shop.tiers if one in script.tiers] or list(shop.tiers[-1:])
    tier = tiers[0] if tiers else ""
    bought: tuple[Purchase, ...] = ()
    facts: tuple[CustomerFact, ...] = ()
    if product is not None:
        bought = (_bought(product, moment),)
        facts = tuple(
            CustomerFact(name="肤质", value=skin, source="试填", observed_at=moment)
            for skin in product.suitable_for[:1]
        )
    return Customer(
        customer_id="sample",
        name=_ADDRESS,
        address_as=_ADDRESS,
        tier=tier,
        tier_level=shop.tiers.index(tier) + 1 if tier in shop.tiers else 0,
        points=1280,
        birthday=moment.date(),
        facts=facts,
        consents=tuple(Purpose),
        guide="sample",
        store_id=store.store_id,
        joined_at=moment - timedelta(days=400),
        order_count=len(bought),
        purchases=bought,
    )


def _bought(product: Product, moment: datetime) -> Purchase:
    return Purchase(
        order_id="",
        sku=product.sku,
        product_name=product.name,
        quantity=1,
        paid_fen=product.price_fen,
        bought_at=moment - timedelta(days=60),
    )


def _sample_rule(about: str) -> Hit:
    """An invented rule, where the shop has none to quote."""
    passage = Passage(
        id="sample",
        document_id="sample",
        title="退换货办法",
        version=1,
        kind=DocumentKind.POLICY,
        place="一、退货",
        heading=(about,),
        text=_POLICY,
    )
    return Hit(passage=passage, score=0.9, lexical=0.9)


def _is_cast(script: Script, brief: Brief) -> bool:
    return any(one.script_id == script.script_id for one in eligible(brief.need, brief.products, brief.desk))


def _as_far_as_known(script: Script, values: dict[ScriptVariable, str]) -> str:
    def put(blank: re.Match[str]) -> str:
        variable = VARIABLE_OF.get(blank.group(1))
        return values.get(variable, blank.group()) if variable is not None else blank.group()

    return BLANK.sub(put, script.text)
