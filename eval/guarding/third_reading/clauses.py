"""The first step of the third reader: a network, fitted by torch, that weighs single clauses.

In a false sentence of several clauses one is false: the author marked it, or else the heaviest is taken for it, by a soft
maximum over the clauses. How unheard of a word is (in how many other true drafts it stands) is itself a mark, counted without
the question that is learned from.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from assistant.flow.guard.doubt.weighing import OWN, bags_of, weigh_clauses
from assistant.flow.guard.network import Network
from eval.guarding.network import Learning
from eval.guarding.second_reading.bags import Bag
from eval.guarding.third_reading.examples import Example

RAREST = 2
"""In how many clauses a mark stands that is learned from."""
ROUNDS = 16
AT_ONCE = 128
FORGOTTEN = 0.5
"""Which share of the marks is not seen when an example is read, and of the units."""
SHARPNESS = 2.0
"""How near the soft maximum over the clauses of a sentence is to the hard one."""
MARKED = 0.5
"""What a clause that is known to be true or false counts beside its sentence."""
OURS = 0.3
"""How much a sentence of ours, true or changed, counts beside one that somebody worded."""


@dataclass(frozen=True)
class Clauses:
    """A network over ``marks``, and in which questions' true drafts a mark of what no record says stands."""

    marks: tuple[str, ...]
    network: Network
    seen: Mapping[str, frozenset[str]]

    def weigh(self, examples: Sequence[Example]) -> list[list[float]]:
        """Weigh the clauses of examples that were not learned from."""
        columns = {mark: number for number, mark in enumerate(self.marks)}
        bags = (bags_of(one.clauses, one.objected, _counter(self.seen, "")) for one in examples)
        return [
            weigh_clauses(self.network, [[columns[mark] for mark in bag if mark in columns] for bag in each])
            for each in bags
        ]


def _counter(seen: Mapping[str, frozenset[str]], without: str) -> Callable[[str, int], int]:
    def count(mark: str, default: int) -> int:
        questions = seen.get(mark)
        return default if questions is None else len(questions) - (without in questions)

    return count


def learn_clauses(learned_from: Sequence[Example], seed: int = 0) -> Clauses:
    """Fit the network to the clauses of sentences."""
    seen = _seen_in(learned_from)
    marked = [bags_of(one.clauses, one.objected, _counter(seen, one.question)) for one in learned_from]
    times = Counter(mark for bags in marked for bag in bags for mark in bag)
    # marks are packaged a line each
    marks = tuple(sorted(mark for mark, of in times.items() if of >= RAREST and "\n" not in mark))
    columns = {mark: number for number, mark in enumerate(marks)}
    bags = [
        [np.array(sorted(columns[mark] for mark in bag if mark in columns), dtype=np.int64) for bag in each]
        for each in marked
    ]
    return Clauses(marks, _fit(learned_from, bags, len(marks), seed), seen)


def weigh_apart(learned_from: Sequence[Example], away: Sequence[Example]) -> list[list[float]]:
    """Weigh the clauses of examples that are ``away`` with a network that has learned from the others."""
    return learn_clauses(learned_from).weigh(away)


def _seen_in(learned_from: Sequence[Example]) -> Mapping[str, frozenset[str]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for one in learned_from:
        if not one.untrue:
            for mark in {mark for clause in one.clauses for mark in clause.marks if mark.startswith(OWN)}:
                seen[mark].add(one.question)
    return {mark: frozenset(questions) for mark, questions in seen.items()}


def _fit(learned_from: Sequence[Example], bags: Sequence[Sequence[Bag]], marks: int, seed: int) -> Network:
    network = Learning(marks, 1, (FORGOTTEN, FORGOTTEN), seed)
    untrue = np.array([one.untrue for one in learned_from], dtype=np.float32)
    counts = np.array([1.0 if one.is_worded else OURS for one in learned_from], dtype=np.float32)
    labels = [np.array(one.labels, dtype=np.float32) for one in learned_from]
    done, of = 0, ROUNDS * len(learned_from)
    for _ in range(ROUNDS):
        for batch in np.array_split(
            network.chance.permutation(len(learned_from)), max(1, len(learned_from) // AT_ONCE)
        ):
            weights = network.read([bag for one in batch for bag in bags[one]])[:, 0]
            network.learn(_lost(weights, [labels[one] for one in batch], untrue[batch], counts[batch]), done / of)
            done += len(batch)
    return network.whole()


def _lost(
    weights: torch.Tensor,
    labels: Sequence[NDArray[np.float32]],
    untrue: NDArray[np.float32],
    counts: NDArray[np.float32],
) -> torch.Tensor:
    """What a batch of sentences loses: each as a whole, and every clause of which it is known what it is."""
    sizes = [len(one) for one in labels]
    sentence = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    top = torch.full((len(sizes),), -np.inf).scatter_reduce(0, sentence, weights.detach(), "amax")
    above = torch.exp(SHARPNESS * (weights - top[sentence]))
    softest = torch.log(torch.zeros(len(sizes)).scatter_add(0, sentence, above)) / SHARPNESS + top
    whole = binary_cross_entropy_with_logits(softest, torch.from_numpy(untrue), weight=torch.from_numpy(counts))
    told = np.concatenate(labels)
    counted = torch.from_numpy((told >= 0) * np.repeat(counts, sizes)).float()
    single = binary_cross_entropy_with_logits(weights, torch.from_numpy(told.clip(0)), weight=counted)
    return whole + MARKED * single
