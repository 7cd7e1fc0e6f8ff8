"""A brief as its writers ask about it: whom to address, which product, what the records say, under which ids."""

from dataclasses import dataclass

from assistant.flow.brief import Brief
from assistant.flow.finding.choosing import told_of_whom
from assistant.flow.finding.evidence import companions, consented, held_terms, ids_about
from assistant.flow.finding.fitting import Fitting, fit_of, named_ailment
from assistant.flow.finding.goingon import goes_on_with_rules, papers_before
from assistant.flow.finding.offering import speaks_of_coupons
from assistant.flow.finding.quoting import Quote, best_quote
from assistant.flow.finding.stocking import Near, near
from assistant.flow.finding.trade import eaten, for_skin, mostly, on_the_body
from assistant.flow.understanding.intents import as_rules_say
from assistant.flow.understanding.refining import meant_customer, working_need
from assistant.flow.understanding.signals import injection_in
from assistant.shop import Customer, Product, Purchase, Purpose, Scene, Stock
from assistant.turn import Alternative, CouponRule, EvidenceKind, Intent, Need
from knowledge.passage import DocumentKind

_OF_HER_LAST = (Intent.CARE, Intent.REACTIVATION)
"""These speak of what she bought last, though no product is meant to be sold."""
PLAIN_KINDS = (DocumentKind.PRODUCT, DocumentKind.POLICY)


@dataclass(frozen=True)
class Ground:
    """Questions about one brief; every answer comes from it."""

    brief: Brief

    @property
    def need(self) -> Need:
        """What the drafts are for; behind a refinement the need it refines."""
        return working_need(self.brief.need, self.brief.desk)

    @property
    def customer(self) -> Customer | None:
        """Whom the text is for."""
        return meant_customer(self.brief.need, self.brief.customer, self.brief.desk)

    @property
    def known_customer(self) -> Customer | None:
        """The customer, if she agreed that what is known about her is used, and the text is for her alone."""
        customer = self.customer
        return customer if consented(customer) and not self.is_group else None

    @property
    def is_group(self) -> bool:
        """True where many people read the text: nobody is addressed, nothing personal is used."""
        return self.need.scene is not Scene.PRIVATE or self.need.intent is Intent.GROUP_POST

    @property
    def may_market(self) -> bool:
        """True unless a named customer did not agree to marketing."""
        return self.customer is None or Purpose.MARKETING in self.customer.consents

    @property
    def address(self) -> str:
        """How to call the customer; empty when nobody is named, or by a name that speaks to a model."""
        customer = self.customer
        if customer is None or self.is_group:
            return ""
        called = customer.address_as or customer.name
        return "" if injection_in(called) else called

    @property
    def main(self) -> Product | None:
        """The product meant first."""
        return self.brief.products[0] if self.brief.products else None

    @property
    def others(self) -> tuple[Product, ...]:
        """The further products, in order."""
        return self.brief.products[1:]

    @property
    def smaller(self) -> Product | None:
        """A smaller size of the main product, where the price is the worry."""
        found = companions(self.need, self.brief.products, self.brief.desk)
        return found[0] if found else None

    @property
    def skin(self) -> str:
        """The skin type: what was said now, else what is known and may be used."""
        if self.need.slots.skin_type:
            return self.need.slots.skin_type
        return self.known_customer.fact("肤质") if self.known_customer is not None else ""

    @property
    def speaks_of_skin(self) -> bool:
        """True where the goods meant are sorted by skin in the shop's own columns; without goods, most of the shop's."""
        return mostly(self._meant_goods(), for_skin)

    @property
    def touches_the_body(self) -> bool:
        """True where the goods meant are put on skin, hair or teeth; without goods, most of the shop's."""
        return mostly(self._meant_goods(), on_the_body)

    @property
    def is_eaten(self) -> bool:
        """True where the goods meant are eaten or drunk; without goods, most of the shop's."""
        return mostly(self._meant_goods(), eaten)

    @property
    def inside(self) -> str:
        """What things are made of, in the words of their trade: a cream has a 配方, a coat has not."""
        return "配方里" if self.touches_the_body else "配料里" if self.is_eaten else "用料里"

    @property
    def whom(self) -> str:
        """What the column is called that says for whom a product is."""
        return "适用肤质" if self.speaks_of_skin else "适用范围"

    @property
    def what_for(self) -> str:
        """What the column is called that says what a product is wanted for."""
        return "肌肤需求" if self.speaks_of_skin else "用途"

    def _meant_goods(self) -> tuple[Product, ...]:
        products = self.brief.desk.shop.products
        if self.main is not None:
            return (self.main,)
        last = self.last_purchase
        bought = products.get(last.sku) if last is not None and self.need.intent in _OF_HER_LAST else None
        if bought is not None:
            return (bought,)
        category = self.need.slots.category
        return tuple(one for one in products.values() if one.category == category) or tuple(products.values())

    @property
    def concerns(self) -> tuple[str, ...]:
        """What the customer worries about, from what was said now."""
        return self.need.slots.concerns

    @property
    def ailment(self) -> str:
        """The illness the question names, in its own words; empty for none."""
        return named_ailment(self.need.question)

    def concerns_met(self) -> tuple[str, ...]:
        """Return the stated worries that the main product's record lists."""
        if self.main is None:
            return ()
        listed = self.main.concerns
        return tuple(
            mine for mine in self.concerns if any(mine in theirs or theirs in mine for theirs in listed if theirs)
        )

    def fit(self, product: Product) -> Fitting:
        """Say whether a product suits the skin or the group that was asked about."""
        return fit_of(product, self.skin, self.asked_of_whom)

    @property
    def asked_of_whom(self) -> str:
        """The question, with the one before it where both are about the same person."""
        return told_of_whom(self.need, self.brief.desk)

    @property
    def last_purchase(self) -> Purchase | None:
        """The newest purchase of a customer who agreed to its use."""
        customer = self.known_customer
        if customer is None or not customer.purchases:
            return None
        return max(customer.purchases, key=lambda one: one.bought_at)

    def own_stock(self, sku: str) -> Stock | None:
        """Return this store's newest reading."""
        here = [one for one in self.brief.stock if one.sku == sku and one.store_id == self.brief.desk.store.store_id]
        return max(here, key=lambda one: one.read_at, default=None)

    def other_stock(self, sku: str) -> tuple[Stock, ...]:
        """Return the readings of other stores that have it: those of the region first, then the fullest."""
        stores, home = self.brief.desk.shop.stores, self.brief.desk.store
        there = [
            one
            for one in self.brief.stock
            if one.sku == sku
            and one.quantity > 0
            and one.store_id != self.brief.desk.store.store_id
            and one.store_id in self.brief.desk.shop.stores
        ]
        return tuple(
            sorted(
                there,
                key=lambda one: (near(stores[one.store_id], home) is Near.OTHER, -one.quantity, one.store_id),
            )
        )

    def policy_quote(self, besides: tuple[str, ...] = (), *, at_most: int = 2) -> Quote | None:
        """Return the policy sentences that answer the question; ``besides`` are further words to look for.

        What may well answer another question is nobody's answer, unless it was looked for by ``besides``.
        """
        quote = self.nearest_rule(besides, at_most=at_most)
        return quote if quote is not None and (besides or quote.is_sure) else None

    def nearest_rule(self, besides: tuple[str, ...] = (), *, at_most: int = 2) -> Quote | None:
        """Return the policy sentences that come nearest to the question, however near that is."""
        topics = tuple(dict.fromkeys((*as_rules_say(self.need.slots.policy_topics), *besides)))
        return best_quote(
            self.need.question,
            self.brief.hits,
            (DocumentKind.POLICY,),
            topics,
            at_most=at_most,
            # a rule that shares not one word with the question is no answer, however near it was found
            overlap_needed=True,
            going_on={one.subject for one in papers_before(self.need, self.brief.desk)},
            # a question that goes on with the one before leaves out what it is about
            topics_lead=bool(besides) or goes_on_with_rules(self.brief.desk),
        ) or best_quote(
            self.need.question,
            self.brief.hits,
            (DocumentKind.CAMPAIGN,) if speaks_of_coupons(self.need) else (),
            self.need.slots.policy_topics,
            overlap_needed=True,
        )

    def _kinds_of_main(self) -> tuple[str, ...]:
        """What sort of thing the main product is (面霜): a table of rules has a row for it."""
        traits = self.brief.desk.shop.lexicon.traits.get(self.main.sku) if self.main is not None else None
        return tuple(sorted(traits.types)) if traits is not None else ()

    def plain_quote(self) -> Quote | None:
        """Return sentences of product papers that share words with the question, about this kind of product first."""
        return best_quote(
            self.need.question, self.brief.hits, PLAIN_KINDS, self._kinds_of_main(), overlap_needed=True
        ) or best_quote(self.need.question, self.brief.hits, (DocumentKind.TRAINING,), overlap_needed=True)

    def rule_quote(self) -> Quote | None:
        """Return sentences of the shop's rules that share words with the question and the goods it is about."""
        words = self.words_for_the_goods()
        asked = f"{self.asked_of_whom} {' '.join(words)}"
        return best_quote(asked, self.brief.hits, (DocumentKind.POLICY,), words, overlap_needed=True, topics_lead=True)

    def words_for_the_goods(self) -> tuple[str, ...]:
        """Return what the goods asked about may be called in a rule: their kind, their category, their parts."""
        main = self.main
        said = tuple(self.need.product_words.split())
        if main is None:
            return said
        ends = (main.name[-2:], main.category[:2], main.category[-2:])
        return tuple(dict.fromkeys(one for one in (*said, *self._kinds_of_main(), *ends, *main.ingredients) if one))

    def near_coupons(self) -> tuple[Alternative, ...]:
        """Return the coupons that only a larger order is missing for, nearest first."""
        offer = self.brief.offer
        return () if offer is None else tuple(one for one in offer.alternatives if one.rule is CouponRule.THRESHOLD)

    def terms_of(self, coupon_id: str) -> str:
        """Return all conditions of a coupon, without the full stop; empty for one the shop no longer has."""
        desk = self.brief.desk
        coupon = next((one for one in desk.shop.coupons if one.coupon_id == coupon_id), None)
        return "" if coupon is None else held_terms(coupon, desk).rstrip("。")

    # ---- evidence ids --------------------------------------------------------------------------

    def product_ids(self, *skus: str) -> tuple[str, ...]:
        """Return the ids of these products' records."""
        return tuple(one for sku in skus for one in ids_about(self.brief.evidence, EvidenceKind.PRODUCT, sku))

    def stock_ids(self, sku: str, store_id: str = "") -> tuple[str, ...]:
        """Return the ids of the stock readings of a product, in one store when given."""
        place = self.brief.desk.shop.stores[store_id].name if store_id else ""
        return tuple(
            one.id
            for one in self.brief.evidence
            if one.kind is EvidenceKind.STOCK and one.subject == sku and one.place.startswith(place)
        )

    def offer_ids(self) -> tuple[str, ...]:
        """Return the ids of the bill and of the coupons applied."""
        offer = self.brief.offer
        if offer is None:
            return ()
        applied = tuple(one for coupon in offer.applied for one in self.coupon_ids(coupon.coupon_id))
        return (*ids_about(self.brief.evidence, EvidenceKind.OFFER), *applied)

    def coupon_ids(self, coupon_id: str) -> tuple[str, ...]:
        """Return the ids of a coupon's statement."""
        return ids_about(self.brief.evidence, EvidenceKind.COUPON, coupon_id)

    def customer_ids(self) -> tuple[str, ...]:
        """Return the ids of what is known about the customer."""
        return ids_about(self.brief.evidence, EvidenceKind.CUSTOMER)

    def store_ids(self, store_id: str = "") -> tuple[str, ...]:
        """Return the ids of a store's record; this store's when none is named."""
        return ids_about(self.brief.evidence, EvidenceKind.STORE, store_id or self.brief.desk.store.store_id)

    def script_ids(self, script_id: str) -> tuple[str, ...]:
        """Return the ids of a script that holds figures of its own."""
        return ids_about(self.brief.evidence, EvidenceKind.SCRIPT, script_id)

    def passage_ids(self, quote: Quote | None) -> tuple[str, ...]:
        """Return the id of the passage a quote was taken from."""
        if quote is None:
            return ()
        passage = quote.hit.passage
        return tuple(
            one.id
            for one in self.brief.evidence
            if one.kind is EvidenceKind.PASSAGE
            and one.subject == passage.document_id
            and one.place == passage.place
            and passage.text.strip() in one.text
        )

    def quote_ids(self) -> tuple[str, ...]:
        """Return the id behind ``policy_quote``."""
        return self.passage_ids(self.policy_quote())
