"""Laying a guide's desk: what the database knows, as the values the flow works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock
from typing import NamedTuple

from assistant.clock import SHOP_TIME
from assistant.errors import NotFound
from assistant.flow.desk import Desk, HouseRules, Previous, Shop
from assistant.flow.words.lexicon import Lexicon
from assistant.offers.holdout import Holdout
from assistant.outreach.caps import CapRule, Permit, Reach, may_write, quiet_words
from assistant.outreach.contacts import Contact, due_contacts
from assistant.rulebook import ContactRules
from assistant.shop import Coupon, CouponUse, Customer, Person, Stock, Store, as_a_minor
from assistant.sold import GuidePoints
from assistant.spending import Spending
from assistant.store import (
    access,
    contacts,
    experiments,
    material,
    rulebooks,
    scripting,
    signoffs,
    styles,
    tasks,
    turns,
)
from assistant.store.coupons import grants, uses
from assistant.store.coupons.grants import GrantUse
from assistant.store.coupons.uses import Times
from assistant.store.database import Database, Transaction
from assistant.store.till import points
from assistant.turn import Intent, ReplyKind, Signal, TaskGoal, TurnRecord

REMEMBERED_TURNS = 6
POINTS_SHOWN = 5
_ON_DRAFTS = frozenset((Intent.ACCEPT, Intent.EDIT))
_ABOUT_HERSELF = frozenset((Intent.MY_STYLE, Intent.FORGET_STYLE))


class _ShopOfDay(NamedTuple):
    """A shop as loaded, and the Shanghai day it was loaded for."""

    shop: Shop
    day: date


@dataclass
class Desks:
    """Lays desks; keeps each corp's published material in memory until its version in the database changes."""

    database: Database
    ai_label: str
    holdout: Holdout = Holdout()
    guide_point_fen: int = 0
    spending: Spending = field(init=False)
    _shops: dict[str, _ShopOfDay] = field(default_factory=dict)
    # guards _shops: turns run in several threads
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.spending = Spending(self.database)

    def shop(self, corp_id: str, moment: datetime) -> Shop:
        """The corp's material as published now and seen on this day; raises NotFound before anything was ingested."""
        today = moment.astimezone(SHOP_TIME).date()
        with self.database.read() as tx:
            version = material.material_version(tx, corp_id)
        with self._lock:
            known = self._shops.get(corp_id)
            if known is None or known.day != today or known.shop.material_version != version:
                known = _ShopOfDay(self._load(corp_id, today), today)
                self._shops[corp_id] = known
            return known.shop

    def lay(
        self,
        corp_id: str,
        userid: str,
        conversation_id: str,
        current_customer_id: str,
        moment: datetime,
        *,
        before_turn: str = "",
    ) -> Desk:
        """Lay the desk of one guide; raises NotFound when she is not an active person of the corp.

        ``before_turn`` leaves out that turn of the conversation and all after it, as the desk was laid then.
        """
        shop = self.shop(corp_id, moment)
        with self.database.read() as tx:
            guide = access.access_person(tx, corp_id, userid)
            cards = access.access_cards(tx, corp_id, guide)
            until = moment if before_turn else None
            recent = turns.latest(tx, conversation_id, REMEMBERED_TURNS, before_turn, until)
            style = styles.of_guide(tx, corp_id, userid)
            contact_rules = rulebooks.of_corp(tx, corp_id).contacts
            script_uses = scripting.uses(tx, corp_id)
            sign_off = rulebooks.of_corp(tx, corp_id).signoff
            signers = access.access_signers(tx, corp_id, guide, _store_of(shop, guide).region_id)
            previous = _signing(tx, _previous(recent), moment, until)
            signed = _signed_last(tx, conversation_id, moment, until)
        mine = {card.customer_id for card in cards}
        minors = _minors(recent)
        return Desk(
            shop=shop,
            guide=guide,
            store=_store_of(shop, guide),
            customers=cards,
            current_customer_id=current_customer_id if current_customer_id in mine else "",
            previous=previous,
            said=frozenset(_said(recent)),
            said_to=_said_to(recent),
            customer=self._customer(corp_id, guide, moment, minors),
            stock=self.stock_reader(corp_id),
            uses=self.uses_reader(corp_id, shop, moment),
            due=self._due(corp_id, guide, shop, contact_rules, moment, until),
            may_write=self._may_write(corp_id, contact_rules, moment, until),
            tasks=self._tasks(corp_id, guide, moment),
            quiet=quiet_words(contact_rules, moment),
            points=self._points(corp_id, guide, moment),
            style=style,
            script_uses=script_uses,
            trials=tuple(trial for trial in shop.trials if moment < trial.ends_at),
            minors=minors,
            ai_label=self.ai_label,
            sign_off=sign_off,
            signers=signers,
            signed=signed,
        )

    def _load(self, corp_id: str, today: date) -> Shop:
        with self.database.read() as tx:
            facts = material.corp_facts(tx, corp_id)
            if facts is None:
                raise NotFound(corp_id)
            products = tuple(product.on(today) for product in material.products(tx, corp_id))
            coupons = material.coupons(tx, corp_id)
            scripts = material.scripts(tx, corp_id)
            stores = material.stores(tx, corp_id)
            trials = experiments.open_trials(tx, corp_id)
        served = {script.script_id: script for script in scripts}
        return Shop(
            corp_id=corp_id,
            brand=facts.brand,
            material_version=facts.material_version,
            tiers=facts.tiers,
            rules=HouseRules(
                facts.shipping_fen,
                facts.free_shipping_from_fen,
                facts.lapsed_after_days,
                guide_point_fen=self.guide_point_fen,
            ),
            products={product.sku: product for product in products},
            coupons=coupons,
            scripts=scripts,
            stores={store.store_id: store for store in stores},
            lexicon=Lexicon.build(products, tuple(coupon.name for coupon in coupons)),
            trials=tuple(trial for trial in trials if trial.stands(served)),
        )

    def _customer(
        self, corp_id: str, guide: Person, moment: datetime, minors: frozenset[str]
    ) -> Callable[[str], Customer]:
        def load(customer_id: str) -> Customer:
            with self.database.read() as tx:
                found = access.access_customer(tx, corp_id, guide, customer_id, moment)
            return as_a_minor(found) if customer_id in minors else found

        return load

    def stock_reader(self, corp_id: str) -> Callable[[tuple[str, ...]], tuple[Stock, ...]]:
        """Return what reads the counts of some products, in every store."""

        def load(skus: tuple[str, ...]) -> tuple[Stock, ...]:
            if not skus:
                return ()
            with self.database.read() as tx:
                return material.stock_of(tx, corp_id, skus)

        return load

    def coupons(self, corp_id: str, moment: datetime) -> Mapping[str, Coupon]:
        """Today's coupon templates by id."""
        return {one.coupon_id: one for one in self.shop(corp_id, moment).coupons}

    def uses_reader(self, corp_id: str, shop: Shop, moment: datetime) -> Callable[[str], Mapping[str, CouponUse]]:
        """Return what reads how often each coupon was used, by one customer and by everybody.

        What was granted counts with what it may still cost, but a customer's own unused grant is hers to use: its money is
        not missing to herself. Orders on which a grant was redeemed are counted by the grant alone.
        """

        def load(customer_id: str) -> Mapping[str, CouponUse]:
            everybody = self.spending.of(corp_id, shop, moment)
            with self.database.read() as tx:
                times = uses.times_used(tx, corp_id, customer_id, moment) if customer_id else {}
                granted = grants.standing(tx, corp_id, customer_id)
                mine = grants.of_customer(tx, corp_id, customer_id, moment) if customer_id else ()
            own: dict[str, int] = {}
            for one in mine:
                own[one.coupon_id] = own.get(one.coupon_id, 0) + one.reserved_fen
            ids = sorted({*times, *everybody, *granted} & {one.coupon_id for one in shop.coupons})
            return {one: _use(one, times, everybody, granted, own.get(one, 0)) for one in ids}

        return load

    def _due(
        self, corp_id: str, guide: Person, shop: Shop, rules: ContactRules, moment: datetime, until: datetime | None
    ) -> Callable[[], tuple[Contact, ...]]:
        def load() -> tuple[Contact, ...]:
            with self.database.read() as tx:
                mine = access.access_customers(tx, corp_id, guide, moment)
                reach = contacts.reach_of_guide(tx, corp_id, guide.userid, moment, until)
                given = tasks.open_of_guide(tx, corp_id, guide.userid, moment)
            # who was drawn to be left alone stands in no list; a guide may still answer her
            free = tuple(
                one
                for one in mine
                if not self.holdout.holds(corp_id, one.customer_id)
                and _is_free(may_write(rules, reach.get(one.customer_id, Reach()), moment))
            )
            return due_contacts(free, moment, shop.rules.lapsed_after_days, given)

        return load

    def _may_write(
        self, corp_id: str, rules: ContactRules, moment: datetime, until: datetime | None
    ) -> Callable[[str], Permit]:
        def load(customer_id: str) -> Permit:
            with self.database.read() as tx:
                return may_write(rules, contacts.reach_of(tx, corp_id, customer_id, moment, until), moment)

        return load

    def _tasks(self, corp_id: str, guide: Person, moment: datetime) -> Callable[[], Mapping[str, TaskGoal]]:
        def load() -> Mapping[str, TaskGoal]:
            with self.database.read() as tx:
                given = tasks.open_of_guide(tx, corp_id, guide.userid, moment)
            return {customer_id: one.goal for customer_id, one in given.items()}

        return load

    def _points(self, corp_id: str, guide: Person, moment: datetime) -> Callable[[], GuidePoints]:
        def load() -> GuidePoints:
            local = moment.astimezone(SHOP_TIME)
            month_from = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            with self.database.read() as tx:
                return points.of_guide(tx, corp_id, guide.userid, month_from, POINTS_SHOWN)

        return load


def _is_free(permit: Permit) -> bool:
    """Quiet hours pass by themselves: who is on the list in the evening is written to in the morning."""
    return permit.rule in (None, CapRule.QUIET)


def _store_of(shop: Shop, guide: Person) -> Store:
    known = shop.stores.get(guide.store_id)
    return known or Store(store_id=guide.store_id, name=shop.brand, region_id=guide.region_id, region_name="")


def _previous(recent: tuple[TurnRecord, ...]) -> Previous | None:
    """The last turn that said something about a need.

    A confirmation ("已记录") is not one, and a click that was held back leaves the drafts it meant on the table; so does
    a look at her own way of writing.
    """
    confirmed = False
    for record in recent:
        if record.need.intent in _ABOUT_HERSELF:
            continue
        if record.reply.kind is ReplyKind.CONFIRM:
            confirmed = True
        elif record.need.intent not in _ON_DRAFTS:
            return _as_previous(record, answered=record.action is not None or confirmed)
    return None


def _as_previous(record: TurnRecord, *, answered: bool) -> Previous:
    shown = tuple(verdict for verdict in record.verdicts if verdict.draft.sentences)
    drafts = tuple(verdict.draft for verdict in shown)
    waiting = {number: verdict.sign_offs for number, verdict in enumerate(shown, start=1) if verdict.sign_offs}
    return Previous(record.turn_id, record.need, drafts, record.offer, answered, record.evidence, waiting)


def _signing(tx: Transaction, previous: Previous | None, moment: datetime, until: datetime | None) -> Previous | None:
    """The drafts on the table with where their sign-off stands, or stood ``until`` a moment; most need none."""
    if previous is None or not previous.sign_offs:
        return previous
    return replace(previous, standing=signoffs.standing(tx, previous.turn_id, moment, as_then=until is not None))


def _signed_last(tx: Transaction, conversation_id: str, moment: datetime, until: datetime | None) -> Previous | None:
    turn_id = signoffs.latest_signed(tx, conversation_id, until)
    record = turns.read(tx, turn_id) if turn_id else None
    return _signing(tx, _as_previous(record, answered=record.action is not None), moment, until) if record else None


def _minors(recent: tuple[TurnRecord, ...]) -> frozenset[str]:
    """The customers of these turns whose own words, or the guide's, made them minors."""
    return frozenset(one.need.customer_id for one in recent if one.need.touches(Signal.MINOR) and one.need.customer_id)


def _said(recent: tuple[TurnRecord, ...]) -> set[str]:
    return {sentence.plain for record in recent for verdict in record.verdicts for sentence in verdict.draft.sentences}


def _said_to(recent: tuple[TurnRecord, ...]) -> dict[str, frozenset[str]]:
    spoken_of = {record.need.customer_id for record in recent}
    return {
        customer_id: frozenset(_said(tuple(one for one in recent if one.need.customer_id == customer_id)))
        for customer_id in spoken_of
    }


def _use(
    coupon_id: str,
    times: Mapping[str, Times],
    everybody: Mapping[str, int],
    granted: Mapping[str, GrantUse],
    own_fen: int,
) -> CouponUse:
    used, by_grants = times.get(coupon_id, Times()), granted.get(coupon_id, GrantUse(coupon_id))
    return CouponUse(
        coupon_id=coupon_id,
        used_by_customer=used.ever + by_grants.used,
        used_today=used.today,
        spent_fen=everybody.get(coupon_id, 0) + max(by_grants.spent_fen - own_fen, 0),
    )
