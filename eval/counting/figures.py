"""What a run came to in numbers: rates by check and by slice, retrieval, latency, tokens. Each is counted, none judged."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from eval.cases.case import WantedPassage
from eval.checks.checks import CHECK_NAMES, Status, fits_passage
from eval.replaying.replay import TurnResult

DEPTHS = (1, 3, 6)
"""The depths at which retrieval is counted; six passages is what a turn asks for."""


@dataclass(frozen=True)
class Rate:
    """So many passed of those that were judged; of none there is no share."""

    passed: int
    judged: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1, or None where nothing was judged."""
        return self.passed / self.judged if self.judged else None


@dataclass(frozen=True)
class Slice:
    """One value of one tag, with its turns."""

    tag: str
    value: str
    results: tuple[TurnResult, ...] = field(repr=False)


@dataclass(frozen=True)
class Retrieval:
    """How the wanted passages stood among those used, over the turns that want one."""

    turns: int
    recall: Mapping[int, float]
    ndcg: Mapping[int, float]
    mrr: float


@dataclass(frozen=True)
class Spending:
    """What a model cost: calls and tokens as the turns record them, millionths of a 分, and answers that were kept."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_microfen: int
    kept_answers: int


def rates(results: Iterable[TurnResult]) -> dict[str, Rate]:
    """Passed and judged, by check."""
    passed: defaultdict[str, int] = defaultdict(int)
    judged: defaultdict[str, int] = defaultdict(int)
    for result in results:
        for name, judgement in result.judgements.items():
            if judgement.status is not Status.NOT_APPLICABLE:
                judged[name] += 1
                passed[name] += judgement.status is Status.PASS
    return {name: Rate(passed[name], judged[name]) for name in CHECK_NAMES}


def turn_rate(results: Sequence[TurnResult]) -> Rate:
    """Turns in which nothing failed."""
    return Rate(sum(one.passed for one in results), len(results))


def tags_of(result: TurnResult, titles: Mapping[str, str]) -> dict[str, str]:
    """Every slice a turn belongs to; what was expected to be heard decides the intent, turn by turn."""
    expected = result.turn.expect.intent
    tags = result.case.tags.slices()
    if expected is not None:
        tags["意图"] = expected.label
    return {"题包": titles.get(result.pack, result.pack), **tags}


def slices(results: Sequence[TurnResult], titles: Mapping[str, str]) -> tuple[Slice, ...]:
    """Every value of every tag, in the order of the tags, the largest first."""
    found: defaultdict[tuple[str, str], list[TurnResult]] = defaultdict(list)
    for result in results:
        for tag, value in tags_of(result, titles).items():
            found[tag, value].append(result)
    order = list(dict.fromkeys(tag for tag, _ in found))
    named = (Slice(tag, value, tuple(ones)) for (tag, value), ones in found.items())
    return tuple(sorted(named, key=lambda one: (order.index(one.tag), -len(one.results), one.value)))


def retrieval(results: Iterable[TurnResult]) -> Retrieval:
    """Recall, nDCG and the mean reciprocal rank of the wanted passages; a turn that wants any of several wants one."""
    ranks = [_ranks(result.turn.expect.passages, result) for result in results if result.turn.expect.passages]
    turns = len(ranks)

    def mean(values: Iterable[float]) -> float:
        return sum(values) / turns if turns else 0.0

    return Retrieval(
        turns,
        {depth: mean(float(any(rank <= depth for rank in one)) for one in ranks) for depth in DEPTHS},
        {depth: mean(_ndcg(one, depth) for one in ranks) for depth in DEPTHS},
        mean(1 / min(one) if one else 0.0 for one in ranks),
    )


def _ranks(wanted: Sequence[WantedPassage], result: TurnResult) -> list[int]:
    """The place of the first hit that fits each wanted passage, from 1; none for those not found."""
    found = (
        next((place for place, hit in enumerate(result.record.hits, start=1) if fits_passage(one, hit)), 0)
        for one in wanted
    )
    return sorted({place for place in found if place})


def _ndcg(ranks: Sequence[int], depth: int) -> float:
    """One fitting passage is all that is asked for, so the ideal is one at the top."""
    return next((1 / math.log2(rank + 1) for rank in ranks if rank <= depth), 0.0)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def spending(results: Iterable[TurnResult]) -> Spending:
    """Calls, tokens and money over all turns."""
    made = [(one.record.provenance, one.kept_answers) for one in results]
    return Spending(
        sum(one.model_calls for one, _ in made),
        sum(one.input_tokens for one, _ in made),
        sum(one.output_tokens for one, _ in made),
        sum(one.cost_microfen for one, _ in made),
        sum(kept for _, kept in made),
    )


def failures(results: Iterable[TurnResult]) -> Iterator[tuple[TurnResult, str, str]]:
    """Every failed check with its turn and what was wrong; a turn that could not be run first."""
    for result in results:
        if result.error:
            yield result, "跑通", f"这一轮没有跑成（{result.error}）"
        for name, judgement in result.judgements.items():
            if judgement.status is Status.FAIL:
                yield result, name, judgement.detail
