"""Train the guard's second reader: ``python -m eval.guarding.second_reading`` (needs the extras [eval] and [local]).

Two small networks tell unlawful from lawful sentences over the features that ``second_reader`` names, and of which kind one is.
They learn from the train split, from the sentences written while the rules were widened (``sets/more``), from what more than a
hundred and fifty authors wrote who had not seen them (``sets/authors``), from drafts the product wrote itself and from what people
worded truly from its records (``sets/worded``); of the test and fresh splits they see nothing. The questions asked of the material are
left out: some are typed in pinyin, and a reader that takes pinyin for harmless lets a disguised claim pass. The thresholds are
chosen by cross-validation on authors that a fold has not met: first how few innocent sentences may be stopped, then all the
recall that leaves.
"""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from rich.console import Console
from rich.progress import track

from assistant.flow.guard.law.second_reader import WEIGHTS
from assistant.flow.guard.network import Network
from eval.guarding.network import joined
from eval.guarding.second_reading.bags import Bag, Bags, Numbers, bags, score
from eval.guarding.second_reading.examples import Example, examples
from eval.guarding.second_reading.network import Wanted, fit, wanted_of
from eval.guarding.second_reading.packing import packed

MEMBERS = 2
"""How many networks, told apart by chance alone, weigh together. Of what authors wrote who were not learned from, two miss a
fifteenth less than one; three hardly less than two."""
FOLDS = 8
KEPT_AWAY = 4
"""How many of the folds are weighed, by networks that have not met them: half of all authors tell a threshold well enough."""
FALSE_STOPS = 0.035
"""How many innocent sentences the reader may put to review by itself, in cross-validation. Review holds nothing up but a model's
sentence, and a script until a manager looks; blocking is for FALSE_BLOCKS. Two thirds of the innocent sentences are look-alikes."""
FALSE_BLOCKS = 0.014
"""How many innocent sentences the reader may block by itself, in cross-validation."""
LOST = 0.06
"""How many unlawful sentences may be taken for harmless, in cross-validation, though a rule was met in them. With 0.07 in
place of 0.03 rules and reader together block 0.6 of a hundred unlawful sentences less and stop 0.2 less, and block 0.5 of a hundred
innocent ones less."""


def cross_validated(held: Bags, learnt_from: Sequence[Example], jobs: int = -1) -> Numbers:
    """Weigh the examples of the folds that are kept away with a network that has not met their source (one author, say).

    Returns [examples, 2] as ``score`` does, nan for those of the other folds; a fold is every eighth source, and ``jobs`` are how
    many networks are taught at a time, -1 for one on every core.
    """
    place = {name: number for number, name in enumerate(dict.fromkeys(one.source for one in learnt_from))}
    fold_of = np.array([place[one.source] % FOLDS for one in learnt_from])
    wanted = wanted_of([one.unlawful for one in learnt_from], [one.kind for one in learnt_from])
    folds = sorted(set(fold_of.tolist()))[:KEPT_AWAY]
    taught = fitted(held, wanted, [np.flatnonzero(fold_of != fold) for fold in folds], jobs)
    scores = np.full((len(learnt_from), 2), np.nan)
    for fold, network in track(zip(folds, taught, strict=True), "cross-validating", total=len(folds)):
        for one in np.flatnonzero(fold_of == fold):
            scores[one] = score(network, held.whole[one], held.apart[one])
    return scores


def fitted(held: Bags, wanted: Wanted, choices: Sequence[Bag], jobs: int = -1) -> Iterator[Network]:
    """Teach a network each of these choices of examples; it has the units of all its members."""
    members = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(fit)(held.whole, len(held.names), wanted, chosen, seed) for chosen in choices for seed in range(MEMBERS)
    )
    for _ in choices:
        yield joined(list(islice(members, MEMBERS)))


def thresholds_of(scores: Numbers, learnt_from: Sequence[Example]) -> dict[str, float]:
    """Choose from which weight on a sentence is put to review or blocked, and below which a rule does not count."""
    whole, heaviest = scores.T
    unlawful = np.array([one.unlawful for one in learnt_from])
    counts = np.array([one.is_of_an_author for one in learnt_from]) & ~np.isnan(whole)
    innocent, unlawful = counts & ~unlawful, counts & unlawful
    stopped, harmless = np.sort(heaviest[innocent])[::-1], np.sort(whole[unlawful])
    thresholds = {
        "suspicious": float(stopped[int(FALSE_STOPS * len(stopped))]) + 0.01,
        "certain": float(stopped[int(FALSE_BLOCKS * len(stopped))]) + 0.01,
        "harmless": float(harmless[int(LOST * len(harmless))]),
    }
    for name, value in thresholds.items():
        weighed = whole if name == "harmless" else heaviest
        met = [float(np.mean(weighed[side] > value)) for side in (unlawful, innocent)]
        Console().print(f"{name} {value:.2f}: {met[0]:.1%} of unlawful sentences above, {met[1]:.1%} of innocent ones")
    return thresholds


def train() -> bytes:
    """Train on everything, choose the thresholds, and return the weights as they are packaged."""
    learnt_from = examples()
    held = bags(learnt_from)
    thresholds = thresholds_of(cross_validated(held, learnt_from), learnt_from)
    unlawful = np.array([one.unlawful for one in learnt_from])
    wanted = wanted_of(unlawful.tolist(), [one.kind for one in learnt_from])
    with Console().status("teaching it everything"):
        (network,) = fitted(held, wanted, [np.arange(len(learnt_from))])
    return packed(network, wanted.kinds, held.names, held.heavy(unlawful), thresholds)


if __name__ == "__main__":
    Path(str(files("assistant.flow.guard.law").joinpath(WEIGHTS))).write_bytes(train())
