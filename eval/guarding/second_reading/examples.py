"""What the second reader learns from, and in which group each sentence is counted in cross-validation."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import yaml

from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.law.rules import Severity, rules
from assistant.flow.guard.law.spoken_of import SpokenOf
from assistant.shop import Product
from assistant.turn import Reason
from eval.cases.packs import PACKS
from eval.guarding import worded
from eval.guarding.clean import clean_drafts

DRAFTS = 5000
"""How many of the composer's drafts are learned from."""
SHORTEST_WORD = 3
"""A word of a blocking rule is unlawful by itself where it has this many characters; shorter ones mean many things."""


@dataclass(frozen=True)
class Example:
    """A sentence to learn from.

    ``kind`` is what an unlawful one is and what a lawful one looks like, empty where nobody said; ``source`` says which group
    the cross-validation counts it in.
    """

    text: str
    unlawful: bool
    kind: str
    source: str

    @property
    def is_of_an_author(self) -> bool:
        """True for what an author wrote who had not seen the rules: by these scores the thresholds are chosen."""
        return self.source.startswith(_AUTHOR)


def examples() -> list[Example]:
    """Gather everything that may be learnt from, in a fixed order."""
    found = [Example(row["text"], True, row["kind"], "block") for row in _read("train", "block")]
    found += [Example(row["plain"], True, row["kind"], "plain") for row in _read("train", "obfuscated")]
    found += [Example(row["text"], False, "", "innocent") for row in _read("train", "innocent")]
    found += written_by_others()
    pairs = yaml.load(_file("train", "pairs"), Loader=yaml.CSafeLoader)["pairs"]
    passing = {pair["text"] for pair in pairs if pair["expect"] == "pass"}
    stopped = (pair for pair in pairs if pair["expect"] == "block" and pair["text"] not in passing)
    found += [Example(pair["text"], True, "", "pairs") for pair in stopped]
    lawful = (pair for pair in pairs if pair["expect"] == "pass" and not pair.get("records"))
    found += [Example(pair["text"], False, "", "pairs") for pair in lawful]
    found += [Example(text, False, "", "draft") for text in (*_drafted(), *of_the_shops())]
    found += [Example(text, False, "", "worded") for text in _worded_true()]
    for rule in rules():
        kind = next(iter(rule.likeness), _KIND_OF[rule.category])
        if rule.severity is not Severity.WARN:
            found.append(Example(rule.hit, True, kind, "rules"))
        if rule.severity is Severity.BLOCK:
            words = (word for word in rule.words if len(word) >= SHORTEST_WORD)
            found += [Example(word, True, kind, "rules") for word in words]
        found += [Example(text, False, "", "rules") for text in (rule.innocent, rule.rewrite)]
    return found


def written_by_others() -> list[Example]:
    """What was written only to be learned from: while the rules were widened, and by authors who had not seen them."""
    found = [Example(row["text"], True, row["kind"], "more") for row in _read("more", "block")]
    found += [Example(row["text"], False, row.get("near", ""), "more") for row in _read("more", "innocent")]
    for author, written in _authors():
        found += [Example(row["text"], True, row["kind"], author) for row in written["block"]]
        found += [Example(row["plain"], True, row["kind"], author) for row in written["disguised"]]
        found += [Example(row["text"], False, row.get("near", ""), author) for row in written["innocent"]]
    return found


_KIND_OF = {
    Reason.ABSOLUTE_TERM: "absolute",
    Reason.MEDICAL_TERM: "medical",
    Reason.UNSUPPORTED_EFFICACY: "efficacy",
    Reason.UNSUPPORTED_FIGURE: "figure",
    Reason.UNSUPPORTED_PROMISE: "personal-use",
    Reason.PRICE_LAW: "price",
    Reason.UNFAIR_TERM: "terms",
    Reason.PRIVACY: "personal-data",
}


def of_the_shops() -> list[str]:
    """Every sentence of the rules, approved scripts and goods of the invented shops in the packs."""
    texts: list[str] = []
    for shop in sorted(PACKS.glob("*/shop")):
        texts += [path.read_text(encoding="utf-8") for path in sorted(shop.rglob("*.md"))]
        for path in sorted(shop.rglob("*.csv")):
            if path.parent.name in _TOLD:
                with path.open(encoding="utf-8-sig", newline="") as file:
                    texts += [cell for row in csv.reader(file) for cell in row]
    pieces = (one.strip() for text in texts for one in re.split(r"(?<=[。！？])|\n", text))
    return sorted({one for one in pieces if len(one) > SHORTEST_TOLD and not one.startswith(("#", "---"))})


_TOLD = ("话术", "商品", "优惠")
"""Folders whose tables are told to customers."""
SHORTEST_DRAFTED = 3
SHORTEST_TOLD = 5
"""What has fewer characters is no sentence."""
_AUTHOR = "author "


def _drafted() -> list[str]:
    """Sentences that the product wrote itself, as they are and as the guard has them read: with the names of goods blotted out."""
    of_the_sample = [(one.draft, one.brief) for one in clean_drafts(DRAFTS)]
    of_other_shops = [(draft, one.brief) for one in worded.laid(worded.read("train")) for draft in one.composed]
    drafts = [
        written
        for draft, brief in (*of_the_sample, *of_other_shops)
        for written in (draft.text, _unnamed(draft.text, brief.products))
    ]
    pieces = {piece.strip() for text in drafts for piece in re.split(r"(?<=[。！？])|\n", text)}
    return sorted(one for one in pieces if len(one) > SHORTEST_DRAFTED)


def _unnamed(text: str, products: tuple[Product, ...]) -> str:
    return SpokenOf(text, KnownNames.of(products), products).unnamed(text)


def _worded_true() -> list[str]:
    """What people worded freely from the records of a question, and truly."""
    return sorted({sentence for one in worded.read("train") for draft in one.true for sentence in draft})


def _read(split: str, name: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = yaml.load(_file(split, name), Loader=yaml.CSafeLoader)
    return rows


def _authors() -> Iterator[tuple[str, dict[str, list[dict[str, str]]]]]:
    """What each author wrote who is learned from, by a name that only tells them apart."""
    room = files("eval.guarding").joinpath("sets", "authors")
    for path in sorted(room.iterdir(), key=lambda one: one.name):
        yield _AUTHOR + path.name.removesuffix(".yaml"), yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)


def _file(split: str, name: str) -> str:
    return files("eval.guarding").joinpath("sets", split, f"{name}.yaml").read_text("utf-8")
