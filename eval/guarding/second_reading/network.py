"""Fit the network of the second reader, by torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.flow.guard.network import Network
from eval.guarding.network import Learning
from eval.guarding.second_reading.bags import Bag

ROUNDS = 32
"""How often everything is read. With half of it a hundredth less is found of what authors wrote who were not learned from."""
AT_ONCE = 128
FORGOTTEN = 0.7
"""Which share of the features is not seen when an example is read: no claim may hang on a single word."""
FORGOTTEN_UNITS = 0.3
JOINED = 0.15
"""Which share of the examples is read with a lawful one joined on, which changes nothing about what they are."""
KINDS = 0.3
"""What telling the kind counts beside telling unlawful from lawful."""


@dataclass(frozen=True)
class Wanted:
    """What the network is to say, [examples, 1 + kinds], and how much each answer counts."""

    kinds: tuple[str, ...]
    said: NDArray[np.float32]
    counts: NDArray[np.float32]


def wanted_of(unlawful: Sequence[bool], kind_of: Sequence[str]) -> Wanted:
    """Say what is wanted of examples: whether they are unlawful, and of which kind, where an author said that."""
    kinds = tuple(sorted({kind for kind, one in zip(kind_of, unlawful, strict=True) if one and kind}))
    said = np.array(
        [[one, *(one and kind == each for each in kinds)] for one, kind in zip(unlawful, kind_of, strict=True)],
        dtype=np.float32,
    )
    counts = np.full_like(said, KINDS)
    counts[:, 0] = 1.0
    counts[np.array([one and not kind for one, kind in zip(unlawful, kind_of, strict=True)]), 1:] = 0.0
    return Wanted(kinds, said, counts)


def fit(bags: Sequence[Bag], features: int, wanted: Wanted, learnt_from: Bag, seed: int = 0) -> Network:
    """Fit a network to the examples of ``learnt_from``; ``features`` is how many columns there are."""
    network = Learning(features, 1 + len(wanted.kinds), (FORGOTTEN, FORGOTTEN_UNITS), seed)
    said, counts = torch.tensor(wanted.said), torch.tensor(wanted.counts)
    lawful = learnt_from[wanted.said[learnt_from, 0] == 0]
    done, of = 0, ROUNDS * len(learnt_from)
    for _ in range(ROUNDS):
        for batch in np.array_split(network.chance.permutation(learnt_from), max(1, len(learnt_from) // AT_ONCE)):
            answer = network.read([_joined(bags[one], bags, lawful, network.chance) for one in batch])
            lost = torch.nn.functional.binary_cross_entropy_with_logits(answer, said[batch], weight=counts[batch])
            network.learn(lost, done / of)
            done += len(batch)
    return network.whole()


def _joined(bag: Bag, bags: Sequence[Bag], lawful: Bag, chance: np.random.Generator) -> Bag:
    if len(lawful) == 0 or chance.random() >= JOINED:
        return bag
    return np.union1d(bag, bags[chance.choice(lawful)])
