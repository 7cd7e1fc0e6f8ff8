"""Fit the network of the second reader, by torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.flow.guard.network import FINENESS, FINENESS_OF_UNITS, Network
from eval.guarding.second_reading.bags import Bag, Numbers

UNITS = 64
ROUNDS = 32
"""How often everything is read. With half of it a hundredth less is found of what authors wrote who were not learned from."""
AT_ONCE = 128
STEP = 4e-3
SMALLEST_STEP = 0.02
"""What is left of the step in the last round, of one."""
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
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    units = torch.nn.EmbeddingBag(features, UNITS, mode="sum", sparse=True)
    torch.nn.init.normal_(units.weight, std=0.02)
    at_rest = torch.zeros(UNITS, requires_grad=True)
    out = torch.nn.Linear(UNITS, 1 + len(wanted.kinds))
    steps = (
        torch.optim.SparseAdam(list(units.parameters()), lr=STEP),
        torch.optim.Adam([at_rest, *out.parameters()], lr=STEP),
    )
    said, counts = torch.tensor(wanted.said), torch.tensor(wanted.counts)
    lawful = learnt_from[wanted.said[learnt_from, 0] == 0]
    done, of = 0, ROUNDS * len(learnt_from)
    for _ in range(ROUNDS):
        for batch in np.array_split(chance.permutation(learnt_from), max(1, len(learnt_from) // AT_ONCE)):
            read = [_joined(bags[one], bags, lawful, chance) for one in batch]
            columns = np.concatenate(read)
            seen = (chance.random(len(columns)) >= FORGOTTEN) / (1 - FORGOTTEN)
            held = units(
                torch.from_numpy(columns),
                torch.from_numpy(np.cumsum([0, *map(len, read[:-1])])),
                torch.from_numpy(seen.astype(np.float32)),
            )
            answer = out(torch.nn.functional.dropout(torch.relu(held + at_rest), FORGOTTEN_UNITS))
            lost = torch.nn.functional.binary_cross_entropy_with_logits(answer, said[batch], weight=counts[batch])
            for one in steps:
                one.zero_grad()
            lost.backward()
            for one in steps:
                for group in one.param_groups:
                    group["lr"] = STEP * max(SMALLEST_STEP, 1 - done / of)
                one.step()
            done += len(batch)
    return Network(
        _whole(units.weight, FINENESS).clip(-127, 127).astype(np.int8),
        _whole(at_rest, FINENESS),
        _whole(out.weight.T, FINENESS_OF_UNITS),
        _whole(out.bias, FINENESS * FINENESS_OF_UNITS),
    )


def _joined(bag: Bag, bags: Sequence[Bag], lawful: Bag, chance: np.random.Generator) -> Bag:
    if len(lawful) == 0 or chance.random() >= JOINED:
        return bag
    return np.union1d(bag, bags[chance.choice(lawful)])


def _whole(weights: Any, fineness: int) -> Numbers:
    parts: Numbers = np.rint(weights.detach().numpy().astype(np.float64) * fineness)
    return parts
