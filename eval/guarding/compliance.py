"""How many unlawful sentences the compliance filter stops, how many innocent ones it leaves alone, split by split.

The sets were written by people who had not seen the rules. Rules are written against the train split only; of the
others nothing but figures is ever shown, so that they keep telling how the filter does on sentences it has not met.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from time import thread_time
from typing import Any, Literal

import yaml

from assistant.flow.guard.law.compliance import screen
from assistant.flow.guard.law.rules import Severity
from assistant.shop import Citation, Product

Split = Literal["train", "test", "fresh"]
SPLITS: tuple[Split, ...] = ("train", "test", "fresh")
"""``fresh`` is of three authors more, who wrote after all rules: how the filter does with people it has never met."""
PASSES = "pass"
STOPS = (Severity.BLOCK.value, Severity.REVIEW.value)
"""Nobody reviews a live draft: what needs review is cut like what is blocked."""
LONGEST_MESSAGE = 2000
_CITED = Citation(document_id="eval", title="商品资料", version=1, place="第1行")


@dataclass(frozen=True)
class Miss:
    """A sentence judged otherwise than its author did."""

    group: str
    text: str
    wanted: str
    got: str


@dataclass(frozen=True)
class Rate:
    """``right`` of ``of`` judged as wanted; ``kinds`` the same by kind, ``misses`` what was not (train only)."""

    name: str
    split: Split
    right: int
    of: int
    kinds: dict[str, tuple[int, int]]
    misses: tuple[Miss, ...]

    @property
    def share(self) -> float:
        """The share judged as wanted, 0..1."""
        return self.right / self.of if self.of else 0.0


def measure() -> tuple[Rate, ...]:
    """Judge every sentence of both splits; a miss of the test split is counted and never told.

    Blocked is what nobody may lift; stopped also counts what is put to review, which a model's sentence does not survive
    either, while a manager may let a script pass.
    """
    return tuple(
        rate
        for split in SPLITS
        for rate in (
            *_unlawful(split, "block", "kind", "unlawful"),
            *_unlawful(split, "obfuscated", "trick", "disguised"),
            *_innocent(split),
            *_in_company(split),
            *_pairs(split),
            *(_personal_data() if split == "fresh" else ()),
        )
    )


def milliseconds_for_the_longest(times: int = 200) -> list[float]:
    """Time the filter on texts of 2,000 characters made of the train split's own sentences, lawful and not.

    Processor time of this thread, so that what else the machine does is not counted.
    """
    sentences = [entry["text"] for name in ("block", "innocent") for entry in _read("train", name)]
    spent = []
    for number in range(times):
        turned = sentences[number * 7 % len(sentences) :] + sentences
        text = "。".join(turned)[:LONGEST_MESSAGE]
        began = thread_time()
        screen(text, ())
        spent.append((thread_time() - began) * 1000)
    return spent


def _unlawful(split: Split, name: str, group: str, called: str) -> tuple[Rate, Rate]:
    judged = [(entry[group], entry["text"], _worst(entry["text"])) for entry in _read(split, name)]
    blocked = [(kind, text, "block", got, got == "block") for kind, text, got in judged]
    stopped = [(kind, text, "block", got, got in STOPS) for kind, text, got in judged]
    return _rate(f"{called}, blocked", split, blocked), _rate(f"{called}, stopped", split, stopped)


def _innocent(split: Split) -> tuple[Rate, ...]:
    judged = [(entry["trade"], entry["text"], _worst(entry["text"])) for entry in _read(split, "innocent")]
    through = [(trade, text, PASSES, got, got not in STOPS) for trade, text, got in judged]
    silent = [(trade, text, PASSES, got, got == PASSES) for trade, text, got in judged]
    unblocked = [(trade, text, PASSES, got, got != Severity.BLOCK.value) for trade, text, got in judged]
    return (
        _rate("innocent, not blocked", split, unblocked),
        _rate("innocent, let through", split, through),
        _rate("innocent, without a warning", split, silent),
    )


def _in_company(split: Split) -> tuple[Rate, Rate]:
    """Judge every sentence with a lawful one before or behind it, the two joined by a comma: friendly words thin out no claim."""
    lawful = [entry["text"] for entry in _read(split, "innocent")]

    def judged(name: str, group: str) -> Iterator[tuple[str, str, str]]:
        for number, entry in enumerate(_read(split, name)):
            beside = lawful[(number * 7 + 3) % len(lawful)]
            first, then = (beside, entry["text"]) if number % 2 else (entry["text"], beside)
            text = f"{first.rstrip(_END_MARKS)}，{then}"
            yield entry[group], text, _worst(text)

    stopped = [(kind, text, "block", got, got in STOPS) for kind, text, got in judged("block", "kind")]
    through = [(trade, text, PASSES, got, got not in STOPS) for trade, text, got in judged("innocent", "trade")]
    return (
        _rate("unlawful in lawful company, stopped", split, stopped),
        _rate("two innocent ones, let through", split, through),
    )


_END_MARKS = "。！!？?～~；; "


def _pairs(split: Split) -> tuple[Rate, Rate]:
    """Judge what the wording or the product decides, and apart from it what a record at hand does.

    The rules tell whether there is a record of a thing; that it says the same is for the claim lock to see.
    """
    content = _content(split, "pairs")
    products = {name: _product(name, fields) for name, fields in content["products"].items()}
    on_record = {entry["pair"] for entry in content["pairs"] if entry.get("records")}
    by_context: list[tuple[str, str, str, str, bool]] = []
    by_record: list[tuple[str, str, str, str, bool]] = []
    for entry in content["pairs"]:
        spoken_of = (products[entry["product"]],) if entry.get("product") else ()
        got = _worst(entry["text"], spoken_of, tuple(entry.get("records", ())))
        wanted = str(entry["expect"])
        shown = f"{entry['text']} [{entry.get('product', '')}{' +record' if entry.get('records') else ''}]"
        # stopped is what matters to a customer; which of block and review decides who may lift it
        row = (entry["trade"], shown, wanted, got, (got in STOPS) == (wanted in STOPS))
        (by_record if entry["pair"] in on_record else by_context).append(row)
    return (
        _rate("context pairs, told apart", split, by_context),
        _rate("context pairs on a record, told apart", split, by_record),
    )


def _personal_data() -> tuple[Rate, Rate]:
    """Judge what was written of customers' personal data, a kind that the other sets do not have (个人信息保护法第十条)."""
    content = _content("fresh", "personal_data")
    unlawful, lawful = (
        [(entry["trade"], entry["text"], _worst(entry["text"])) for entry in content[name]]
        for name in ("block", "innocent")
    )
    return (
        _rate(
            "personal data misused, stopped", "fresh", [(*one, "block", got, got in STOPS) for *one, got in unlawful]
        ),
        _rate(
            "honest with personal data, let through",
            "fresh",
            [(*one, PASSES, got, got not in STOPS) for *one, got in lawful],
        ),
    )


def _rate(name: str, split: Split, rows: list[tuple[str, str, str, str, bool]]) -> Rate:
    of = Counter(group for group, *_ in rows)
    right = Counter(group for group, *_, good in rows if good)
    misses = tuple(Miss(group, text, wanted, got) for group, text, wanted, got, good in rows if not good)
    return Rate(
        name,
        split,
        sum(right.values()),
        len(rows),
        {group: (right[group], of[group]) for group in sorted(of)},
        misses if split == "train" else (),
    )


def _worst(text: str, products: tuple[Product, ...] = (), records: tuple[str, ...] = ()) -> str:
    found = {violation.rule.severity for violation in screen(text, products, records)}
    return next((one.value for one in (Severity.BLOCK, Severity.REVIEW, Severity.WARN) if one in found), PASSES)


def _product(name: str, fields: dict[str, Any]) -> Product:
    return Product.model_validate({"sku": f"EVAL-{name}", "price_fen": 9900, "cited": _CITED, **fields})


def _read(split: Split, name: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = _content(split, name)
    return rows


def _content(split: Split, name: str) -> Any:
    text = files("eval.guarding").joinpath("sets", split, f"{name}.yaml").read_text("utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)
