"""One turn, from the guide's words to the reply: the whole sequence on one screen.

understand → choose products → retrieve → offer → gather evidence → draft → guard → voice → sign-off → reply
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

from assistant.flow import reaching
from assistant.flow.brief import Brief
from assistant.flow.desk import Desk, Inquiry
from assistant.flow.drafting.draft import SECONDS, Drafted, composed_instead, draft
from assistant.flow.drafting.manner import manners_for
from assistant.flow.finding.choosing import choose_products
from assistant.flow.finding.evidence import gather
from assistant.flow.finding.offering import make_offer
from assistant.flow.finding.retrieval import retrieve
from assistant.flow.finding.ruling import ruled
from assistant.flow.finding.scripting import tried
from assistant.flow.guard.check import GUARD_VERSION, check
from assistant.flow.guard.law.compliance import check_text
from assistant.flow.guard.signing import laid_before_a_manager
from assistant.flow.noticing import noticed_around, notices, without_orders
from assistant.flow.reply import Presented, present, with_notices
from assistant.flow.settle import settle
from assistant.flow.understanding.grievance import complains
from assistant.flow.understanding.intents import policy_topics
from assistant.flow.understanding.refining import working_need
from assistant.flow.understanding.signals import signals_in
from assistant.flow.understanding.understand import understand
from assistant.flow.voice.speaking import in_her_order, voiced
from assistant.seams import Ask, Search
from assistant.shop import Customer, as_a_minor
from assistant.turn import (
    Draft,
    Evidence,
    Hit,
    Need,
    Noticed,
    Offer,
    Outcome,
    Provenance,
    Signal,
    Timing,
    TrialShown,
    Verdict,
)
from prompts.load import Prompts

Heard = Callable[[tuple[Draft, ...]], None]
"""Somebody who is shown drafts as they come; each time all of them anew."""


@dataclass(frozen=True)
class Answered:
    """Everything one turn came to; handling stores it and sends ``presented.reply``."""

    need: Need
    customer: Customer | None
    hits: tuple[Hit, ...]
    offer: Offer | None
    evidence: tuple[Evidence, ...]
    drafted: Drafted
    verdicts: tuple[Verdict, ...]
    presented: Presented
    timings: tuple[Timing, ...]
    brief: Brief | None = None
    """What the drafts were written from and judged by; None where nothing had to be drafted."""
    signals: tuple[Noticed, ...] = ()
    """What takes care in the words, around the customer and in the passages."""
    trials: tuple[TrialShown, ...] = ()
    """The trials of scripts in which the drafts stand."""


@dataclass
class _Stopwatch:
    clock: Callable[[], float] = perf_counter
    timings: list[Timing] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = self.clock()
        yield
        self.timings.append(Timing(step=name, milliseconds=round((self.clock() - start) * 1000, 3)))


def answer(
    inquiry: Inquiry,
    desk: Desk,
    search: Search,
    ask: Ask | None,
    model_seconds: float = SECONDS,
    prompts: Prompts | None = None,
    heard: Heard | None = None,
) -> Answered:
    """Answer one inquiry. ``ask`` is None where no model is configured; the composer then words the drafts.

    A model is waited for ``model_seconds`` in all. ``prompts`` are the packaged ones unless told otherwise. ``heard``
    is shown the drafts that have passed the guard so far, while a model goes on; the reply may still be another.
    """
    watch = _Stopwatch()
    with watch.step("understand"):
        need = _of_her_own(understand(inquiry, desk), desk)
        customer = _customer(need, desk)
    with watch.step("rules"):
        need = ruled(need, customer, desk, search, inquiry.moment)
    settled = settle(need, desk, customer, inquiry.moment)
    if settled is not None:
        told = with_notices(settled, notices(need.signals))
        return Answered(
            need, customer, (), None, (), Drafted.nothing(), (), told, tuple(watch.timings), None, need.signals
        )
    desk = _said_to_her(desk, need)
    with watch.step("choose"):
        products = choose_products(need, customer, desk)
        stock = desk.stock(tuple(product.sku for product in products))
    with watch.step("retrieve"):
        hits = retrieve(need, products, desk, search, inquiry.moment)
        signals = (*need.signals, *noticed_around(customer, hits))
        sound = without_orders(hits)
    with watch.step("offer"):
        offer = make_offer(need, customer, products, desk, inquiry.moment)
    evidence = gather(need, customer, products, stock, sound, offer, desk)
    brief = Brief(
        need,
        desk,
        customer,
        products,
        stock,
        sound,
        offer,
        evidence,
        manners_for(need, desk),
        inquiry.moment,
        asked="\n".join(message.text for message in inquiry.messages),
    )
    with watch.step("draft"):
        drafted = draft(
            brief, ask, seconds=model_seconds, prompts=prompts, heard=_checking(heard, brief) if heard else None
        )
        drafted = in_her_order(drafted, brief)
    with watch.step("guard"):
        verdicts = _judged(drafted, brief)
        if drafted.by_model and not any(_may_be_shown(verdict) for verdict in verdicts):
            drafted = in_her_order(composed_instead(drafted, brief), brief)
            verdicts = _judged(drafted, brief)
    with watch.step("voice"):
        verdicts = voiced(verdicts, brief)
    with watch.step("sign-off"):
        verdicts = laid_before_a_manager(verdicts, brief)
    around = (*reaching.around(working_need(need, desk), customer, desk, offer), *notices(signals))
    presented = present(brief, drafted, verdicts, around)
    trials = tried(working_need(need, desk), products, desk, (verdict.draft for verdict in verdicts))
    timings = tuple(watch.timings)
    return Answered(
        need, customer, hits, offer, evidence, drafted, verdicts, presented, timings, brief, signals, trials
    )


def _judged(drafted: Drafted, brief: Brief) -> tuple[Verdict, ...]:
    return tuple(check(one, brief) for one in drafted.drafts)


def _checking(heard: Heard, brief: Brief) -> Heard:
    """Let only what the guard leaves of a draft be heard."""

    def check_and_tell(drafts: tuple[Draft, ...]) -> None:
        verdicts = (check(one, brief) for one in drafts)
        heard(tuple(verdict.draft for verdict in verdicts if _may_be_shown(verdict)))

    return check_and_tell


def _may_be_shown(verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.HELD


def _of_her_own(need: Need, desk: Desk) -> Need:
    """Forget a customer of the turns before who meanwhile is another guide's."""
    hers = need.customer_id == "" or any(card.customer_id == need.customer_id for card in desk.customers)
    return need if hers else need.model_copy(update={"customer_id": ""})


def _said_to_her(desk: Desk, need: Need) -> Desk:
    """Let a text nobody asked for repeat what another customer was told: it is new to this one."""
    return replace(desk, said=desk.said_to.get(need.customer_id, frozenset())) if need.proactive else desk


def _customer(need: Need, desk: Desk) -> Customer | None:
    """Return whom the need is about; what a minor agreed to counts for the service alone (个人信息保护法 Art. 31)."""
    customer = desk.customer(need.customer_id) if need.customer_id else None
    return as_a_minor(customer) if customer is not None and need.touches(Signal.MINOR) else customer


def warm_up() -> None:
    """Read the packaged words and rules now: in a first guide's turn they would hold up everybody for 0.2 s."""
    policy_topics("")
    complains("")
    signals_in("什么都没有说")
    check_text("", ())


def provenance(drafted: Drafted, material_version: int) -> Provenance:
    """Name what produced the drafts, for the record."""
    return drafted.provenance.model_copy(update={"guard_version": GUARD_VERSION, "material_version": material_version})
