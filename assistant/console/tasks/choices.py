"""What a manager may choose from for a task, and whom a task would reach: read for a form and for its preview."""

from datetime import datetime
from typing import Any

from assistant.clock import SHOP_TIME
from assistant.console.door.login import Visitor
from assistant.console.frame import Console
from assistant.console.tasks.form import Choices, offering, serving
from assistant.offers.holdout import Holdout
from assistant.outreach.choosing import Chosen, choose
from assistant.shop import Stage, Store
from assistant.store import access, material, rulebooks
from assistant.store.console import addressees
from assistant.store.tasks import Task

TAGS_SHOWN = 12
MOST_SCRIPTS = 400


def stores_of(tx: Any, one: Console, visitor: Visitor) -> tuple[Store, ...]:
    """The stores she answers for, whole."""
    every = material.stores(tx, one.corp_id)
    return tuple(store for store in every if visitor.stores is None or store.store_id in visitor.stores)


def choices_for(tx: Any, one: Console, visitor: Visitor, now: datetime) -> Choices:
    """Everything that reaches her stores."""
    stores = stores_of(tx, one, visitor)
    facts = material.corp_facts(tx, one.corp_id)
    scripts = serving(material.scripts(tx, one.corp_id), stores)
    coupons = offering(material.coupons(tx, one.corp_id), stores, now.astimezone(SHOP_TIME).date())
    scripts = tuple(sorted(scripts, key=lambda one: (list(Stage).index(one.stage), one.title)))
    return Choices(
        stores=stores,
        tiers=facts.tiers if facts is not None else (),
        categories=addressees.categories_sold(tx, one.corp_id),
        tags=addressees.tags_in_use(tx, one.corp_id, visitor.stores, TAGS_SHOWN),
        scripts=scripts[:MOST_SCRIPTS],
        coupons=coupons,
    )


def chosen_for(tx: Any, one: Console, found: Task, holdout: Holdout, now: datetime) -> Chosen:
    """Whom this task would reach if it were published now."""
    words = found.words
    return choose(
        addressees.candidates(tx, one.corp_id, found.stores, words.segment, now),
        words.segment,
        sorted(found.stores),
        guides={person.userid.lower() for person in access.access_guides(tx, one.corp_id)},
        rules=rulebooks.of_corp(tx, one.corp_id).contacts,
        holds=lambda customer_id: holdout.holds(one.corp_id, customer_id),
        moment=now,
        days=(words.starts_on, words.ends_on),
    )
