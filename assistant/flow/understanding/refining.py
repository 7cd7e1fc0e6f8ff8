"""A refinement ("短一点") is the previous need once more, worded differently."""

from assistant.flow.desk import Desk
from assistant.shop import Customer
from assistant.turn import Intent, Need


def working_need(need: Need, desk: Desk) -> Need:
    """Return what the drafts are for: the need itself, or the previous turn's need with this refinement on it.

    A refinement names what it refines in ``also``; one that does not takes the need of the turn before.
    """
    if need.intent is not Intent.REFINE:
        return need
    if need.also:
        return need.model_copy(update={"intent": need.also[0], "also": need.also[1:]})
    if desk.previous is None:
        return need
    asked = desk.previous.need
    if asked.intent is Intent.REFINE and asked.also:
        asked = asked.model_copy(update={"intent": asked.also[0], "also": asked.also[1:]})
    return asked.model_copy(
        update={"refinement": need.refinement, "customer_id": need.customer_id or asked.customer_id}
    )


def meant_customer(need: Need, customer: Customer | None, desk: Desk) -> Customer | None:
    """Return whom the drafts are for; a refinement that names nobody keeps the customer of the turn before."""
    if customer is not None or need.intent is not Intent.REFINE:
        return customer
    customer_id = working_need(need, desk).customer_id
    return desk.customer(customer_id) if customer_id else None
