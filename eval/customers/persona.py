"""Invented customers: a goal, what they keep to themselves until asked, a temper and a patience, all drawn from a seed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from random import Random

import yaml

from knowledge.noun import Noun


class GoalWords(Noun):
    """One goal: how it is opened, what follows, and which words in a reply show that it was met.

    ``never`` are words that no reply may hold: what an attacker is after.
    """

    label: str
    opens: tuple[str, ...]
    then: tuple[str, ...]
    done: str = ""
    is_attack: bool = False
    never: tuple[str, ...] = ()


class Asked(Noun):
    """What a reply may ask back, as a pattern, and what the customer then says."""

    asked: str
    say: tuple[str, ...]


class Words(Noun):
    """``words.yaml``: everything an invented customer can say."""

    goals: dict[str, GoalWords]
    tempers: dict[str, tuple[str, ...]]
    answers: dict[str, Asked]
    leaves: tuple[str, ...]
    facts: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def words() -> Words:
    """The words as they are shipped."""
    text = files("eval.customers").joinpath("words.yaml").read_text(encoding="utf-8")
    return Words.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@dataclass(frozen=True)
class Persona:
    """Who talks: ``known_as`` is how her guide calls her, ``product`` how she calls what she is after."""

    seed: int
    guide: str
    known_as: str
    goal: str
    temper: str
    product: str
    product_name: str
    budget: int
    fact: str
    patience: int

    @property
    def wants(self) -> GoalWords:
        """What she is after, in words."""
        return words().goals[self.goal]

    def filled(self, template: str) -> str:
        """A template with what is hers."""
        return template.format(product=self.product, budget=self.budget, fact=self.fact)


@dataclass(frozen=True)
class Choices:
    """What a shop offers to draw from: guides with their customers, products with a price in 元 and what they are called."""

    customers: Sequence[tuple[str, str]]
    products: Sequence[tuple[str, str, int]]
    facts: Sequence[str]


def personas(choices: Choices, number: int, seed: int, goals: Sequence[str] = ()) -> tuple[Persona, ...]:
    """Draw so many customers; the goals take turns, so that every one of them comes."""
    wanted = list(goals or words().goals)
    drawn = []
    for place in range(number):
        chance = Random(f"{seed}|{place}")
        guide, known_as = chance.choice(choices.customers)
        name, called, price = chance.choice(choices.products)
        drawn.append(
            Persona(
                seed=seed * 1000 + place,
                guide=guide,
                known_as=known_as,
                goal=wanted[place % len(wanted)],
                temper=chance.choice(sorted(words().tempers)),
                product=called,
                product_name=name,
                budget=max(10, round(price * chance.choice((0.6, 0.8, 1.0, 1.3)) / 10) * 10),
                fact=chance.choice(list(choices.facts)),
                patience=chance.choice((3, 4, 5)),
            )
        )
    return tuple(drawn)


@dataclass
class RuleBased:
    """A customer who follows rules: answers what she is asked, goes on with what she wants, leaves when it repeats."""

    persona: Persona
    _step: int = 0
    _told: set[str] = field(default_factory=set)
    _heard: list[str] = field(default_factory=list)
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = Random(self.persona.seed)

    def opens(self) -> str:
        """Her first message."""
        return self._say(self.persona.wants.opens)

    def answers(self, reply: str) -> str:
        """What she says to a reply; empty when she has nothing more to say."""
        if reply in self._heard or len(self._heard) >= self.persona.patience:
            return ""
        self._heard.append(reply)
        told = self._tells(reply)
        if told:
            return told
        if self._step >= len(self.persona.wants.then):
            return ""
        self._step += 1
        return self._say((self.persona.wants.then[self._step - 1],))

    def _tells(self, reply: str) -> str:
        """What she has not told yet and is asked for in the last sentence."""
        last = re.split(r"(?<=[。！!～])", reply.strip())[-1]
        known: Mapping[str, Asked] = words().answers
        for name, asked in known.items():
            if name not in self._told and "？" in last and re.search(asked.asked, last):
                self._told.add(name)
                return self._say(asked.say)
        return ""

    def _say(self, templates: Sequence[str]) -> str:
        said = self.persona.filled(self._chance.choice(list(templates)))
        return self._chance.choice(list(words().tempers[self.persona.temper])).format(words=said)
