"""A network while it learns, by torch: what the second and the third reader have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from assistant.flow.guard.network import FINENESS, FINENESS_OF_UNITS, Floats, Network
from eval.guarding.second_reading.bags import Bag

UNITS = 64
STEP = 4e-3
SMALLEST_STEP = 0.02
"""What is left of the step at the end, of one."""


class Learning:
    """A network over bags of ``features`` with ``weights`` answers; ``forgotten`` is the share of them it does not see, and of its units."""

    def __init__(self, features: int, weights: int, forgotten: tuple[float, float], seed: int) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        self.chance = np.random.default_rng(seed)
        self._forgotten, self._forgotten_units = forgotten
        self._units = torch.nn.EmbeddingBag(features, UNITS, mode="sum", sparse=True)
        torch.nn.init.normal_(self._units.weight, std=0.02)
        self._at_rest = torch.zeros(UNITS, requires_grad=True)
        self._out = torch.nn.Linear(UNITS, weights)
        self._steps = (
            torch.optim.SparseAdam(list(self._units.parameters()), lr=STEP),
            torch.optim.Adam([self._at_rest, *self._out.parameters()], lr=STEP),
        )

    def read(self, bags: Sequence[Bag]) -> torch.Tensor:
        """Answer to every bag, without what is forgotten this time; returns [bags, weights]."""
        columns = np.concatenate(bags)
        kept = (self.chance.random(len(columns)) >= self._forgotten) / (1 - self._forgotten)
        held = self._units(
            torch.from_numpy(columns),
            torch.from_numpy(np.cumsum([0, *map(len, bags[:-1])])),
            torch.from_numpy(kept.astype(np.float32)),
        )
        units = torch.nn.functional.dropout(torch.relu(held + self._at_rest), self._forgotten_units)
        answer: torch.Tensor = self._out(units)
        return answer

    def learn(self, lost: torch.Tensor, done: float) -> None:
        """Go one step down from what was ``lost``; the steps get smaller with the share of the way that is ``done``."""
        for one in self._steps:
            one.zero_grad()
        lost.backward()
        for one in self._steps:
            for group in one.param_groups:
                group["lr"] = STEP * max(SMALLEST_STEP, 1 - done)
            one.step()

    def whole(self) -> Network:
        """Return what was learned in whole parts of one."""
        return Network(
            _whole(self._units.weight, FINENESS).clip(-127, 127).astype(np.int8),
            _whole(self._at_rest, FINENESS),
            _whole(self._out.weight.T, FINENESS_OF_UNITS),
            _whole(self._out.bias, FINENESS * FINENESS_OF_UNITS),
        )


def joined(members: Sequence[Network]) -> Network:
    """Return one network that weighs what these do on the average: it has the units of all of them."""
    return Network(
        np.concatenate([one.units for one in members], axis=1),
        np.concatenate([one.at_rest for one in members]),
        np.rint(np.concatenate([one.out for one in members]) / len(members)),
        np.rint(sum(one.bias for one in members) / len(members)),
    )


def _whole(weights: Any, fineness: int) -> Floats:
    parts: Floats = np.rint(weights.detach().numpy().astype(np.float64) * fineness)
    return parts
