"""Compares what was understood with what an utterance table says was meant."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.flow.understanding.understand import understand
from assistant.turn import Need
from tests.flow.understanding_shop import BEAUTY, desk_of, inquiry_of, shop_of

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scored:
    said: str
    intent_right: bool
    differences: tuple[str, ...]


def table(name: str) -> list[dict[str, Any]]:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def score(name: str) -> list[Scored]:
    shop = shop_of(BEAUTY)
    return [_score(row, shop) for row in table(name)]


def _score(row: dict[str, Any], shop: Any) -> Scored:
    said = row["say"] if isinstance(row["say"], list) else [row["say"]]
    need = understand(inquiry_of(*said), desk_of(shop, row.get("ctx", "none")))
    got = _as_row(need)
    wanted = {"also": [], **{key: value for key, value in row.items() if key not in ("say", "ctx")}}
    differences = tuple(
        f"{key}: wanted {value!r}, got {got[key]!r}"
        for key, value in wanted.items()
        if (sorted(got[key]) != sorted(value) if key in ("topics", "candidates") else got[key] != value)
    )
    return Scored(f"{row['say']} [{row.get('ctx', '')}]", need.intent == row["intent"], differences)


def _as_row(need: Need) -> dict[str, Any]:
    mention = need.mention
    return {
        "intent": need.intent.value,
        "also": [intent.value for intent in need.also],
        "name": mention.name if mention else "",
        "phone": [mention.phone_head, mention.phone_tail] if mention else ["", ""],
        "customer": need.customer_id,
        "candidates": list(need.candidates),
        "skus": list(need.skus),
        "words": need.product_words,
        "skin": need.slots.skin_type,
        "concerns": list(need.slots.concerns),
        "category": need.slots.category,
        "budget": need.slots.budget_fen,
        "quantity": need.slots.quantity,
        "avoid": list(need.slots.avoid),
        "topics": list(need.slots.policy_topics),
        "occasion": need.slots.occasion,
        "refinement": need.refinement.value if need.refinement else "",
        "choice": need.choice,
        "refusal": need.refusal.value if need.refusal else "",
        "own": need.own_text,
        "from_customer": need.from_customer,
        "scene": need.scene.value,
    }
