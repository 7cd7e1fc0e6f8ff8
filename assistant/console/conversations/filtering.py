"""What a page of turns was asked for: read from its address, and written into one."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from fastapi import Query

from assistant.console.frame import address_of
from assistant.store.console.filtering import ANY, UNSAID, Band, Covered, Said, Seen, Step, TurnFilter
from assistant.turn import Intent, RefusalReason

LONGEST_WORDS = 60
_LONGEST_ID = 200
_NAMES = {
    "words": "q",
    "store_id": "store",
    "customer_id": "customer",
}
"""Fields that are called something else in an address."""


def wanted(
    q: str = Query("", max_length=LONGEST_WORDS),
    store: str = Query("", max_length=_LONGEST_ID),
    guide: str = Query("", max_length=_LONGEST_ID),
    customer: str = Query("", max_length=_LONGEST_ID),
    intent: Intent | Literal[""] = "",
    verdict: Seen | Literal[""] = "",
    action: Said | Literal[""] = "",
    refusal: RefusalReason | Literal["", "unsaid"] = "",
    covered: Covered | Literal[""] = "",
    score: Band | Literal[""] = "",
    since: date | Literal[""] = "",
    until: date | Literal[""] = "",
    unsent: Literal["", "1"] = "",
    script: str = Query("", max_length=_LONGEST_ID),
    document: str = Query("", max_length=_LONGEST_ID),
    coupon: str = Query("", max_length=_LONGEST_ID),
    step: Step | Literal[""] = "",
) -> TurnFilter:
    """The filter that stands in an address; a value that is none of the choices is no page (404)."""
    return TurnFilter(
        store_id=store,
        intent=str(intent),
        action=str(action),
        unsent=unsent == "1",
        words=" ".join(q.split()),
        guide=guide.lower(),
        customer_id=customer,
        verdict=str(verdict),
        refusal=str(refusal),
        score=str(score),
        since=since or None,
        until=until or None,
        covered=str(covered),
        script=script,
        document=document,
        coupon=coupon,
        step=str(step),
    )


def fields_of(wanted: TurnFilter) -> dict[str, str]:
    """The filter as fields of a form: what does not restrict is left out."""
    found: dict[str, str] = {}
    for name, value in wanted._asdict().items():
        if value:
            found[_NAMES.get(name, name)] = "1" if value is True else str(value)
    return found


def address(wanted: TurnFilter, before: str = "", path: str = "/console/turns") -> str:
    """The address of the list with this filter, from the turn ``before`` on where one is named."""
    return address_of(path, {**fields_of(wanted), "before": before})


class Chip(NamedTuple):
    """One condition in words, and the address of the list without it."""

    text: str
    without: str


def chips(wanted: TurnFilter, names: Mapping[str, str]) -> tuple[Chip, ...]:
    """Conditions that no field of the form shows; ``names`` says what a customer, script, document or coupon is called."""
    return tuple(Chip(text, address(without)) for text, without in _conditions(wanted, names))


def _conditions(wanted: TurnFilter, names: Mapping[str, str]) -> Iterator[tuple[str, TurnFilter]]:
    if wanted.customer_id:
        yield f"客户：{names.get(wanted.customer_id, wanted.customer_id)}", wanted._replace(customer_id="")
    if wanted.script:
        yield f"话术：{names.get(wanted.script, wanted.script)}", wanted._replace(script="")
    if wanted.document:
        yield f"资料：{names.get(wanted.document, wanted.document)}", wanted._replace(document="")
    if wanted.coupon:
        name = "任意一张" if wanted.coupon == ANY else names.get(wanted.coupon, wanted.coupon)
        step = Step(wanted.step or Step.SUGGESTED.value).label
        yield f"优惠券：{name}（{step}）", wanted._replace(coupon="", step="")
    if wanted.refusal:
        reason = "没说" if wanted.refusal == UNSAID else RefusalReason(wanted.refusal).label
        yield f"不采用的原因：{reason}", wanted._replace(refusal="")
    if wanted.covered:
        yield f"资料：{Covered(wanted.covered).label}", wanted._replace(covered="")
