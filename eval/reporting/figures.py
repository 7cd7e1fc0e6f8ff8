"""Everything a report says in numbers, each counted from the turns it leads down to; the JSON export is this noun."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from assistant.scoring.rates import wilson
from assistant.turn import Intent
from eval.cases.case import Level, Split, Stage
from eval.checks.checks import Status
from eval.comparing.paired import Comparison
from eval.comparing.paired import compare as paired
from eval.comparing.reliability import reliability
from eval.counting.figures import (
    Rate,
    percentile,
    ranks_of,
    rates,
    retrieval,
    slices,
    spending,
    turn_rate,
)
from eval.counting.outcome import RAN, TurnOutcome
from eval.gating.gate import OTHERS, Conclusion, GateFile, conclude
from eval.replaying.folder import Manifest
from eval.replaying.replay import TurnResult
from eval.running import Ran
from knowledge.noun import Noun

SLICED_BY = ("题包", "阶段", "意图", "难度", "风险", "场景", "品类")
"""The tags in the order a report shows them."""
_LEVELS = tuple(one.label for one in Level)
_ORDERS = {"阶段": tuple(one.label for one in Stage), "难度": _LEVELS, "风险": _LEVELS}
DEEPEST = 10
SCORE_STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Where the bars of a distribution of scores begin; the last one holds only what is wholly right."""
STEPS = {
    "understand": "听懂",
    "choose": "选定客户和产品",
    "retrieve": "检索",
    "offer": "算优惠",
    "draft": "写草稿",
    "guard": "把关",
    "voice": "换成她的口吻",
}


class Share(Noun):
    """So many of so many, with Wilson's 95 % interval; of nothing there is neither share nor interval."""

    passed: int
    judged: int
    share: float | None
    low: float | None
    high: float | None


class RunLine(Noun):
    """Which run this is."""

    run_id: str
    began_at: datetime
    finished: bool
    commit: str
    uncommitted: bool
    guard_version: str
    model: str
    through: str
    packs: dict[str, str]
    splits: tuple[Split, ...]
    repeats: int
    number_of_cases: int
    cases: int
    turns: int
    seconds: float


class BlameLine(Noun):
    """Where the turns that got worse sit."""

    tag: str
    value: str
    worse: int
    turns: int


class GateLine(Noun):
    """The verdict with its reasons, and what it was held against (empty: against the least shares alone)."""

    code: int
    may_go: bool
    against: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    blames: tuple[BlameLine, ...]


class CheckLine(Noun):
    """One check over all turns."""

    name: str
    now: Share
    before: Share | None = None
    least: dict[str, float] = {}
    """What the rules ask at least, by the title of the pack."""
    is_low: bool = False
    worse: int = 0
    better: int = 0


class SliceLine(Noun):
    """One value of one tag: the share of its turns that are wholly right, and what moved against the earlier run."""

    tag: str
    value: str
    now: Share
    before: Share | None = None
    worse: int = 0
    better: int = 0
    worse_checks: dict[str, int] = {}
    """How many of its turns became wrong, by check, the most first."""


class Bar(Noun):
    """A bar of a distribution: values from ``low`` up to, and without, ``high``."""

    low: float
    high: float
    count: int


class StepLine(Noun):
    """How long one step took, over the turns that had it."""

    step: str
    label: str
    turns: int
    p50: float
    p95: float


class Latency(Noun):
    """Milliseconds a guide would have waited for a turn."""

    turns: int
    p50: float
    p95: float
    longest: float
    bars: tuple[Bar, ...]
    steps: tuple[StepLine, ...]


class Depth(Noun):
    """Retrieval when only the first ``k`` passages count; ``found`` turns have a wanted one among them."""

    k: int
    found: int
    recall: float
    low: float
    high: float
    ndcg: float
    mrr: float


class RetrievalLine(Noun):
    """Over the turns whose case names a passage that answers."""

    turns: int
    depths: tuple[Depth, ...]


class HeardLine(Noun):
    """So many turns were meant as one intent and heard as another (or the same)."""

    expected: str
    heard: str
    turns: int


class SpendingLine(Noun):
    """What a model was asked and cost. ``cost_yuan`` is by the prices in the settings."""

    turns: int
    calls: int
    input_tokens: int
    output_tokens: int
    cost_yuan: float
    kept_answers: int


class FlakyLine(Noun):
    """A case that passed in some repetitions and failed in others."""

    case: str
    passed: int
    repeats: int


class ReliabilityLine(Noun):
    """``all_of[k]``: the share of cases that pass k times in a row."""

    cases: int
    repeats: int
    all_of: dict[int, float]
    flaky: tuple[FlakyLine, ...]


class Moved(Noun):
    """One difference between the two runs with how sure it is; the shares are of turns wholly right, or of one check."""

    check: str
    tag: str
    value: str
    cases: int
    turns: int
    before: float
    after: float
    share: float
    low: float
    high: float
    adjusted_p: float
    is_sure: bool


class ComparedLine(Noun):
    """What differs from the earlier run or the baseline. Worse and better are counted in turns; a turn can be both, in two checks."""

    turns: int
    same: int
    left_out: int
    worse_turns: int
    better_turns: int
    worse: int
    better: int
    moved: tuple[Moved, ...]
    least_seen: float | None = None
    without_statistics: bool = False


class Figures(Noun):
    """All of a report's numbers."""

    run: RunLine
    before_run: RunLine | None = None
    gate: GateLine
    whole_turns: Share
    whole_cases: Share
    before_turns: Share | None = None
    before_cases: Share | None = None
    checks: tuple[CheckLine, ...]
    slices: tuple[SliceLine, ...]
    turn_scores: tuple[Bar, ...]
    case_scores: tuple[Bar, ...]
    before_turn_scores: tuple[Bar, ...] = ()
    before_case_scores: tuple[Bar, ...] = ()
    latency: Latency
    before_latency: Latency | None = None
    retrieval: RetrievalLine
    before_retrieval: RetrievalLine | None = None
    intents: tuple[HeardLine, ...]
    spending: SpendingLine
    before_spending: SpendingLine | None = None
    reliability: ReliabilityLine | None = None
    compared: ComparedLine | None = None


def count(
    now: Ran,
    gate: GateFile,
    *,
    before: Ran | None = None,
    baseline: Sequence[TurnOutcome] | None = None,
) -> tuple[Figures, Comparison | None]:
    """Count a run; what it is compared with is the earlier run where one is given, else the baseline."""
    outcomes = now.outcomes
    earlier = before.outcomes if before is not None else None
    conclusion = conclude(outcomes, gate, earlier if earlier is not None else baseline)
    compared = paired(earlier, outcomes) if earlier is not None else conclusion.comparison
    if compared is not None and not compared.turns:
        compared = None
    against = before.manifest.run_id if before is not None else "基线" if baseline is not None else ""
    old = before.results if before is not None else None
    return Figures(
        run=_run_line(now),
        before_run=_run_line(before) if before is not None else None,
        gate=_gate_line(conclusion, against),
        whole_turns=share_of(turn_rate(now.results)),
        whole_cases=share_of(_case_rate(now.results)),
        before_turns=share_of(turn_rate(old)) if old is not None else None,
        before_cases=share_of(_case_rate(old)) if old is not None else None,
        checks=_checks(now, old, gate, compared),
        slices=_slices(now, before, compared),
        turn_scores=_bars_of_scores(turn_scores(now.results).values()),
        case_scores=_bars_of_scores(case_scores(now.results).values()),
        before_turn_scores=_bars_of_scores(turn_scores(old).values()) if old is not None else (),
        before_case_scores=_bars_of_scores(case_scores(old).values()) if old is not None else (),
        latency=_latency(now.results),
        before_latency=_latency(old) if old is not None else None,
        retrieval=_retrieval(now.results),
        before_retrieval=_retrieval(old) if old is not None else None,
        intents=_intents(now.results),
        spending=_spending(now.results),
        before_spending=_spending(old) if old is not None else None,
        reliability=_reliability(outcomes) if now.manifest.repeats > 1 else None,
        compared=_compared(compared) if compared is not None else None,
    ), compared


def share_of(rate: Rate) -> Share:
    """A rate with its interval."""
    interval = wilson(rate.passed, rate.judged)
    low, high = interval if interval is not None else (None, None)
    return Share(passed=rate.passed, judged=rate.judged, share=rate.share, low=low, high=high)


def _run_line(ran: Ran) -> RunLine:
    of: Manifest = ran.manifest
    return RunLine(
        run_id=of.run_id,
        began_at=of.began_at,
        finished=of.finished_at is not None,
        commit=of.commit,
        uncommitted=bool(of.uncommitted),
        guard_version=of.guard_version,
        model=of.model,
        through=of.through,
        packs=of.packs,
        splits=of.splits,
        repeats=of.repeats,
        number_of_cases=of.number_of_cases,
        cases=len({one.name for one in ran.results}),
        turns=len(ran.results),
        seconds=of.seconds,
    )


def _gate_line(conclusion: Conclusion, against: str) -> GateLine:
    return GateLine(
        code=conclusion.code,
        may_go=conclusion.may_go,
        against=against,
        reasons=conclusion.reasons,
        notes=conclusion.notes,
        blames=tuple(
            BlameLine(tag=one.tag, value=one.value, worse=one.worse, turns=one.turns) for one in conclusion.blames
        ),
    )


def _case_rate(results: Sequence[TurnResult]) -> Rate:
    """Cases all of whose turns are right; each repetition counts."""
    cases: defaultdict[tuple[str, int], list[bool]] = defaultdict(list)
    for one in results:
        cases[one.name, one.repeat].append(one.passed)
    return Rate(sum(all(ones) for ones in cases.values()), len(cases))


# ---- checks and slices -------------------------------------------------------------------------


def _checks(
    ran: Ran, old: Sequence[TurnResult] | None, gate: GateFile, compared: Comparison | None
) -> tuple[CheckLine, ...]:
    now, before = rates(ran.results), rates(old) if old is not None else {}
    packs = sorted({one.pack for one in ran.results})
    least = {name: gate.least.get(name, gate.least.get(OTHERS, {})) for name in packs}
    low = _low(ran.results, gate)
    titles = ran.manifest.packs
    worse = Counter(one.check for one in compared.worse) if compared is not None else Counter[str]()
    better = Counter(one.check for one in compared.better) if compared is not None else Counter[str]()
    return tuple(
        CheckLine(
            name=name,
            now=share_of(rate),
            before=share_of(before[name]) if name in before else None,
            least={titles.get(pack, pack): asked[name] for pack, asked in least.items() if name in asked},
            is_low=name in low,
            worse=worse[name],
            better=better[name],
        )
        for name, rate in now.items()
    )


def _low(results: Sequence[TurnResult], gate: GateFile) -> frozenset[str]:
    """The checks that stay below what a rule asks; the packs no rule names are held together, as the gate does."""
    found: set[str] = set()
    for pack, asked in gate.least.items():
        mine = rates(one for one in results if one.pack == pack or (pack == OTHERS and one.pack not in gate.least))
        found |= {name for name, share in asked.items() if mine[name].passed < share * mine[name].judged}
    return frozenset(found)


def _slices(now: Ran, before: Ran | None, compared: Comparison | None) -> tuple[SliceLine, ...]:
    old = (
        {(one.tag, one.value): one for one in slices(before.results, before.manifest.packs)}
        if before is not None
        else {}
    )
    worse, better = _moved_turns(compared, is_worse=True), _moved_turns(compared, is_worse=False)
    checks: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for change in compared.worse if compared is not None else ():
        for key in change.after.tags.items():
            checks[key][change.check] += 1
    found = [
        SliceLine(
            tag=one.tag,
            value=one.value,
            now=share_of(turn_rate(one.results)),
            before=share_of(turn_rate(old[one.tag, one.value].results)) if (one.tag, one.value) in old else None,
            worse=worse[one.tag, one.value],
            better=better[one.tag, one.value],
            worse_checks=dict(checks[one.tag, one.value].most_common()),
        )
        for one in slices(now.results, now.manifest.packs)
    ]
    return tuple(sorted(found, key=_place_of))


def _place_of(one: SliceLine) -> tuple[int, int, float, int, str]:
    """Tags in their order; what has an order of its own (a stage, a level) in that, the rest with the weakest first."""
    own = _ORDERS.get(one.tag, ())
    place = own.index(one.value) if one.value in own else len(own)
    tag = SLICED_BY.index(one.tag) if one.tag in SLICED_BY else len(SLICED_BY)
    return tag, place, one.now.share or 0.0, -one.now.judged, one.value


def _moved_turns(compared: Comparison | None, *, is_worse: bool) -> Counter[tuple[str, str]]:
    """How many turns moved, by slice."""
    if compared is None:
        return Counter()
    moved = compared.worse if is_worse else compared.better
    turns = {(one.after.name, one.after.repeat): one.after for one in moved}
    return Counter(key for one in turns.values() for key in one.tags.items())


# ---- distributions -----------------------------------------------------------------------------


def score_of(results: Iterable[TurnResult]) -> float:
    """The share of checks passed among those judged, over these turns; a turn that could not be run has passed none."""
    judged = passed = 0
    for one in results:
        for judgement in one.judgements.values():
            if judgement.status is not Status.NOT_APPLICABLE:
                judged += 1
                passed += judgement.status is Status.PASS and not one.error
    return passed / judged if judged else 1.0


def turn_scores(results: Iterable[TurnResult]) -> dict[tuple[str, int, int], float]:
    """The score of every turn, by case, repetition and number."""
    return {(one.name, one.repeat, one.number): score_of((one,)) for one in results}


def case_scores(results: Iterable[TurnResult]) -> dict[tuple[str, int], float]:
    """The score of every case, by name and repetition."""
    cases: defaultdict[tuple[str, int], list[TurnResult]] = defaultdict(list)
    for one in results:
        cases[one.name, one.repeat].append(one)
    return {key: score_of(ones) for key, ones in cases.items()}


def _bars_of_scores(scores: Iterable[float]) -> tuple[Bar, ...]:
    every = list(scores)
    ends = (*SCORE_STEPS[1:], math.inf)
    return tuple(
        Bar(low=low, high=2.0 if high == math.inf else high, count=sum(low <= one < high for one in every))
        for low, high in zip(SCORE_STEPS, ends, strict=True)
    )


def _latency(results: Sequence[TurnResult]) -> Latency:
    waited = [one.milliseconds for one in results]
    steps: defaultdict[str, list[float]] = defaultdict(list)
    for result in results:
        for step, spent in steps_of(result).items():
            steps[step].append(spent)
    return Latency(
        turns=len(waited),
        p50=percentile(waited, 0.5),
        p95=percentile(waited, 0.95),
        longest=max(waited, default=0.0),
        bars=_bars_of_time(waited),
        steps=tuple(
            StepLine(
                step=step,
                label=STEPS.get(step, step),
                turns=len(spent),
                p50=percentile(spent, 0.5),
                p95=percentile(spent, 0.95),
            )
            for step, spent in steps.items()
        ),
    )


def steps_of(result: TurnResult) -> dict[str, float]:
    """Milliseconds by step; a step taken twice counts whole."""
    spent: defaultdict[str, float] = defaultdict(float)
    for one in result.record.timings:
        spent[one.step] += one.milliseconds
    return dict(spent)


def _bars_of_time(waited: Sequence[float], most: int = 14) -> tuple[Bar, ...]:
    """Bars of one round width up to just past p99, the rest in a last one: one slow turn must not flatten the others."""
    if not waited:
        return ()
    end = max(percentile(waited, 0.99), 1.0)
    size = 10 ** math.floor(math.log10(end / most))
    width = next(size * factor for factor in (1, 2, 5, 10) if size * factor * most >= end)
    edges = [width * number for number in range(math.ceil(end / width) + 1)]
    bars = [
        Bar(low=low, high=high, count=sum(low <= one < high for one in waited))
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    beyond = sum(one >= edges[-1] for one in waited)
    return tuple([*bars, Bar(low=edges[-1], high=1e9, count=beyond)] if beyond else bars)


# ---- retrieval, intents, money -----------------------------------------------------------------


def _retrieval(results: Sequence[TurnResult]) -> RetrievalLine:
    wanting = [one for one in results if one.turn.expect.passages]
    firsts = [min(ranks_of(one), default=0) for one in wanting]
    whole = retrieval(wanting, range(1, DEEPEST + 1))
    depths = []
    for k in range(1, DEEPEST + 1):
        found = sum(0 < first <= k for first in firsts)
        low, high = wilson(found, len(firsts)) or (0.0, 0.0)
        depths.append(
            Depth(
                k=k,
                found=found,
                recall=whole.recall[k],
                low=low,
                high=high,
                ndcg=whole.ndcg[k],
                mrr=sum(1 / first for first in firsts if 0 < first <= k) / max(len(firsts), 1),
            )
        )
    return RetrievalLine(turns=whole.turns, depths=tuple(depths))


def _intents(results: Iterable[TurnResult]) -> tuple[HeardLine, ...]:
    heard = Counter(
        (one.turn.expect.intent, one.record.need.intent) for one in results if one.turn.expect.intent is not None
    )
    order = {intent: place for place, intent in enumerate(Intent)}
    return tuple(
        HeardLine(expected=expected.label, heard=got.label, turns=turns)
        for (expected, got), turns in sorted(heard.items(), key=lambda one: (order[one[0][0]], order[one[0][1]]))
    )


def _spending(results: Sequence[TurnResult]) -> SpendingLine:
    spent = spending(results)
    return SpendingLine(
        turns=sum(one.record.provenance.model_calls > 0 for one in results),
        calls=spent.calls,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost_yuan=spent.cost_microfen / 1e8,
        kept_answers=spent.kept_answers,
    )


def _reliability(outcomes: Sequence[TurnOutcome]) -> ReliabilityLine:
    found = reliability(outcomes)
    return ReliabilityLine(
        cases=found.cases,
        repeats=found.repeats,
        all_of=found.all_of,
        flaky=tuple(FlakyLine(case=one.name, passed=one.passed, repeats=one.repeats) for one in found.flaky),
    )


# ---- against the earlier run -------------------------------------------------------------------


def _compared(compared: Comparison) -> ComparedLine:
    moved, least, without = _statistics(compared)
    return ComparedLine(
        turns=compared.turns,
        same=compared.same,
        left_out=len(compared.left_out),
        worse_turns=len({(one.after.name, one.after.repeat) for one in compared.worse}),
        better_turns=len({(one.after.name, one.after.repeat) for one in compared.better}),
        worse=len(compared.worse),
        better=len(compared.better),
        moved=moved,
        least_seen=least,
        without_statistics=without,
    )


def _statistics(compared: Comparison) -> tuple[tuple[Moved, ...], float | None, bool]:
    """Every difference, the largest first, and the smallest that could be seen; nothing where scipy is missing."""
    try:
        from eval.comparing.differences import ALL, WHOLE, differences, least_seen
    except ModuleNotFoundError:
        return (), None, True
    found = differences(compared.pairs)
    whole = next((one for one in found if one.check == WHOLE and one.tag == ALL), None)
    least = None
    if whole is not None and whole.cases:
        least = least_seen(whole.cases, max((whole.worse + whole.better) / max(whole.turns, 1), 0.02))
    moved = [one for one in found if one.worse or one.better]
    return (
        tuple(
            Moved(
                check=one.check,
                tag=one.tag,
                value=one.value,
                cases=one.cases,
                turns=one.turns,
                before=one.before,
                after=one.after,
                share=one.share,
                low=one.low,
                high=one.high,
                adjusted_p=one.adjusted,
                is_sure=one.is_sure,
            )
            for one in sorted(moved, key=lambda one: (one.adjusted, one.share))
        ),
        least,
        False,
    )


CHECK_WORDS = {
    RAN: "这一轮跑成了",
    "听懂": "意图听对了",
    "客户": "认对了客户",
    "答法": "该给草稿、追问还是拒答，做对了",
    "检索命中": "找到了该用的资料",
    "产品": "说的是该说的产品",
    "优惠正确": "券一张不多、一张不少",
    "数字有据": "草稿里每个数字都有出处",
    "合规": "没有绝对化、医疗等违规用语",
    "隐私": "没有露出完整手机号",
    "变量填好": "话术里的空都填上了",
    "该说的说了": "该说的说了，不该说的没说",
    "该转给谁": "该找人处理的说了找谁",
    "语气": "语气像好同事",
    "草稿不同": "两三条草稿，各不相同",
    "长度": "合企业微信的长度",
    "动作记录": "导购的采用、改写、拒用记对了",
    "时延": "两秒内答完",
    "请求干净": "发给模型的话里没有客户姓名和号码",
}
"""What each check looks at, in words a manager knows."""
