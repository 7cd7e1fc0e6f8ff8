"""Fill the blanks of an approved script from the records, or say that it cannot be done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.flow.drafting.ground import Ground
from assistant.flow.words.wording import closed, conditions, length, listed, money, quoted, sentences
from assistant.shop import BLANK, VARIABLE_OF, Script, ScriptVariable
from assistant.turn import Offer, Sentence

_NOBODY = re.compile(r"【客户称呼】\s*(?:[，,、～~：:！!]\s*|(?=您|你))")
_HELLO = re.compile(r"【客户称呼】(?=好)")


@dataclass(frozen=True)
class Filling:
    """What stands in a blank, and the evidence it was read from."""

    text: str
    evidence: tuple[str, ...] = ()
    quoted: str = ""
    """What stands there instead where the script has quotation marks of its own around the blank."""


@dataclass(frozen=True)
class Filled:
    """A script with nothing left to fill in. ``uncounted`` is the length of coupon conditions in it."""

    script: Script
    sentences: tuple[Sentence, ...]
    uncounted: int = 0

    @property
    def text(self) -> str:
        """The whole script as it would be read."""
        return "".join(sentence.text for sentence in self.sentences)


def fill(script: Script, ground: Ground) -> Filled | None:
    """Fill in every blank; None when one is unknown or there is no record for it."""
    values = fillings(ground)
    wanted = [VARIABLE_OF.get(label) for label in BLANK.findall(script.text)]
    nobody = not ground.address
    for variable in wanted:
        if variable is None or (variable not in values and not (nobody and variable is ScriptVariable.CUSTOMER)):
            return None
    figures = ground.script_ids(script.script_id)
    text = _without_address(script.text) if nobody else script.text
    made = tuple(_sentence(piece, values, figures) for piece in sentences(text))
    conditions = values.get(ScriptVariable.COUPON_TERMS)
    held = ScriptVariable.COUPON_TERMS in wanted and conditions is not None
    return Filled(script, made, length(conditions.text) if held and conditions is not None else 0) if made else None


def fillings(ground: Ground) -> Mapping[ScriptVariable, Filling]:
    """Return every blank that can be filled for this brief. What needs consent and has none is missing."""
    found = {
        ScriptVariable.CUSTOMER: Filling(ground.address),
        ScriptVariable.GUIDE: Filling(ground.brief.desk.guide.name),
        ScriptVariable.STORE: Filling(ground.brief.desk.store.name, ground.store_ids()),
        ScriptVariable.POLICY: Filling(_policy(ground), ground.quote_ids()),
        # 针对您提到的泛红，可以考虑 a product that was never said to be for it: of goods only what they are for is told
        ScriptVariable.CONCERN: Filling(
            listed(ground.concerns_met() if ground.main is not None else ground.need.slots.concerns, 2)
        ),
        **_of_product(ground),
        **_of_offer(ground),
        **_of_customer(ground),
    }
    return {variable: filling for variable, filling in found.items() if filling.text}


def _of_product(ground: Ground) -> dict[ScriptVariable, Filling]:
    product = ground.main
    if product is None:
        return {}
    offer = ground.brief.offer
    if offer is not None and len(offer.lines) > 1:
        # one order of several products: a script may name them, but has no blank for each one's price
        skus = tuple(line.sku for line in offer.lines)
        names = "、".join(line.name for line in offer.lines)
        return {ScriptVariable.PRODUCT: Filling(names, ground.product_ids(*skus))}
    ids = ground.product_ids(product.sku)
    in_stock = ground.own_stock(product.sku)
    return {
        ScriptVariable.PRODUCT: Filling(product.name, ids),
        # the price of one beside the total of several would confuse; the composer adds them up in words
        ScriptVariable.PRICE: Filling("" if _pieces(offer) > 1 else money(product.price_fen), ids),
        ScriptVariable.SPEC: Filling(product.spec, ids),
        ScriptVariable.POINT: Filling(listed(product.selling_points, 1), ids),
        ScriptVariable.SUITABLE: Filling(listed(product.suitable_for, 3), ids),
        ScriptVariable.USAGE: Filling(product.usage.rstrip("。"), ids),
        ScriptVariable.CAUTION: Filling(listed(product.cautions, 2), ids),
        ScriptVariable.STOCK: Filling(
            "有货" if in_stock is not None and in_stock.quantity > 0 else "", ground.stock_ids(product.sku)
        ),
    }


def _pieces(offer: Offer | None) -> int:
    return 0 if offer is None else sum(line.quantity for line in offer.lines)


def _of_offer(ground: Ground) -> dict[ScriptVariable, Filling]:
    offer = ground.brief.offer
    if offer is None:
        return {}
    if not offer.applied:
        return _of_the_tasks_coupon(ground)
    ids = ground.offer_ids()
    saved = bool(offer.saving_fen)
    pieces = f"（{_pieces(offer)}件合计）" if _pieces(offer) > 1 else ""
    return {
        ScriptVariable.COUPON: Filling(
            _coupons_by_name(offer), ids, quoted="」「".join(one.name for one in offer.applied)
        ),
        ScriptVariable.COUPON_TERMS: Filling(conditions(offer), ids),
        ScriptVariable.FINAL_PRICE: Filling(f"{money(offer.pay_fen)}{pieces}" if saved else "", ids),
        ScriptVariable.SAVING: Filling(money(offer.saving_fen) if saved else "", ids),
    }


def _of_the_tasks_coupon(ground: Ground) -> dict[ScriptVariable, Filling]:
    """A task tells of its coupon before anything is chosen to be bought: only what it is, no sum."""
    near = ground.near_coupons()
    if ground.need.task is None or not near:
        return {}
    name, ids = near[0].name, ground.coupon_ids(near[0].coupon_id)
    return {
        ScriptVariable.COUPON: Filling(f"「{name}」", ids, quoted=name),
        ScriptVariable.COUPON_TERMS: Filling(ground.terms_of(near[0].coupon_id), ids),
    }


def _coupons_by_name(offer: Offer) -> str:
    """One coupon by its name; of several the number, since their conditions name each of them."""
    several = len(offer.applied)
    return f"{several}张券" if several > 1 else f"「{offer.applied[0].name}」"


def _of_customer(ground: Ground) -> dict[ScriptVariable, Filling]:
    customer = ground.known_customer
    if customer is None:
        return {}
    ids = ground.customer_ids()
    last = ground.last_purchase
    return {
        ScriptVariable.TIER: Filling(customer.tier, ids),
        ScriptVariable.POINTS: Filling(str(customer.points) if customer.points else "", ids),
        ScriptVariable.LAST_PRODUCT: Filling(last.product_name if last else "", ids),
    }


def _policy(ground: Ground) -> str:
    quote = ground.policy_quote()
    return "" if quote is None else f"{quote.name}写明，{quoted(quote.statements)}".rstrip("。")


def _without_address(text: str) -> str:
    """Write to a customer nobody named: the address and its comma go, and a bare one inside a sentence becomes 您."""
    at_start = re.compile(r"(^|[。！？～\n])\s*" + _NOBODY.pattern)
    return BLANK.sub(
        lambda blank: "您" if blank.group(1) == ScriptVariable.CUSTOMER.label else blank.group(0),
        at_start.sub(r"\1", _HELLO.sub("您", text)),
    )


_COUNTED_TWICE = re.compile(r"一?张(?=\d+张券)")
"""A script speaks of one coupon (您有张【优惠券】); where there are several, their number is measure enough."""


def _sentence(piece: str, values: Mapping[ScriptVariable, Filling], figures: tuple[str, ...]) -> Sentence:
    leaned: list[str] = list(figures)

    def put(blank: re.Match[str]) -> str:
        filling = values[VARIABLE_OF[blank.group(1)]]
        leaned.extend(filling.evidence)
        # a script that writes 「【优惠券】」 has its own quotation marks
        marked = piece[: blank.start()].endswith("「") and piece[blank.end() :].startswith("」")
        return (filling.quoted or filling.text.removeprefix("「").removesuffix("」")) if marked else filling.text

    text = _COUNTED_TWICE.sub("", BLANK.sub(put, piece))
    if piece.endswith("】"):
        # a filling ends without a full stop, and another sentence may follow
        text = closed(text)
    return Sentence(text=re.sub(r"([。！？～])[。]+", r"\1", text), evidence=tuple(dict.fromkeys(leaned)))
