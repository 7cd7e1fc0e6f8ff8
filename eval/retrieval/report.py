"""What a retrieval run tells: figures per setting and per type of question, and which differences are real."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from rich.console import Group
from rich.table import Table

from eval.retrieval.corpus import Qrels, Query
from eval.retrieval.measuring import Answered, Measured
from eval.retrieval.own import QuestionType
from eval.retrieval.sentences import Sentences
from knowledge.measures import Interval, auroc, ndcg, paired, recall, reciprocal_rank

Measure = Callable[[Sequence[str], Mapping[str, int]], float]
MEASURES: Mapping[str, Measure] = {
    "recall@1": lambda ranked, gains: recall(ranked, gains, 1),
    "recall@5": lambda ranked, gains: recall(ranked, gains, 5),
    "recall@10": lambda ranked, gains: recall(ranked, gains, 10),
    "MRR@10": reciprocal_rank,
    "nDCG@10": ndcg,
}
ASKED_BEFORE = "段落被问过"
NOT_ASKED_BEFORE = "段落没人问过"
_LABELS = {one.value: one.label for one in QuestionType}


@dataclass(frozen=True)
class Slice:
    """The figures of some questions under one setting; ``figures`` by the names in ``MEASURES``."""

    name: str
    questions: int
    figures: Mapping[str, float]


@dataclass(frozen=True)
class NoBasis:
    """How well a setting knows what it cannot answer: AUROC of its confidence, and the two kinds of error it makes."""

    unanswerable: int
    auroc: float
    answered_anyway: float
    refused_wrongly: float


@dataclass(frozen=True)
class Result:
    """One setting, summed up. Seconds, bytes and MB as measured."""

    name: str
    passages: int
    build_seconds: float
    disk_bytes: int
    build_peak_megabytes: float
    cold_seconds: float
    p50_ms: float
    p95_ms: float
    search_peak_megabytes: float
    whole: Slice
    slices: tuple[Slice, ...]
    no_basis: NoBasis | None
    taught: str = ""


@dataclass(frozen=True)
class Difference:
    """A later setting against the first, question by question."""

    name: str
    against: str
    intervals: Mapping[str, Interval]


@dataclass(frozen=True)
class Report:
    """All settings of one run on one split of a corpus."""

    corpus: str
    split: str
    results: tuple[Result, ...]
    differences: tuple[Difference, ...]
    sentences: Sentences | None = None

    def save(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


def sum_up(
    corpus: str,
    split: str,
    measured: Sequence[Measured],
    every: Mapping[str, Query],
    judged: Qrels,
    asked_passages: frozenset[str],
    sentences: Sentences | None = None,
) -> Report:
    """Turn raw answers into figures."""
    results = tuple(_result(one, every, judged, asked_passages) for one in measured)
    differences = tuple(_difference(measured[0], later, judged) for later in measured[1:])
    return Report(corpus, split, results, differences, sentences)


def _result(measured: Measured, every: Mapping[str, Query], judged: Qrels, asked: frozenset[str]) -> Result:
    times = sorted(answer.seconds * 1000 for answer in measured.answers.values())
    return Result(
        name=measured.setting.name,
        passages=measured.built.passages,
        build_seconds=measured.built.seconds,
        disk_bytes=measured.built.disk_bytes,
        build_peak_megabytes=measured.built.peak_megabytes,
        cold_seconds=measured.cold_seconds,
        p50_ms=times[len(times) // 2],
        p95_ms=times[min(len(times) * 95 // 100, len(times) - 1)],
        search_peak_megabytes=measured.resident_megabytes,
        whole=_slice("全部", measured, judged, list(judged)),
        slices=tuple(_slices(measured, every, judged, asked)),
        no_basis=_no_basis(measured, every, judged),
        taught=measured.built.taught,
    )


def _slices(measured: Measured, every: Mapping[str, Query], judged: Qrels, asked: frozenset[str]) -> Iterator[Slice]:
    types: dict[str, list[str]] = {}
    for id_ in judged:
        types.setdefault(every[id_].about.type, []).append(id_)
    if types.keys() != {""}:
        for type_ in sorted(types, key=lambda one: list(_LABELS).index(one) if one in _LABELS else len(_LABELS)):
            yield _slice(_LABELS.get(type_, type_), measured, judged, types[type_])
    if asked:
        before = [id_ for id_, gains in judged.items() if not asked.isdisjoint(gains)]
        yield _slice(ASKED_BEFORE, measured, judged, before)
        yield _slice(NOT_ASKED_BEFORE, measured, judged, [id_ for id_ in judged if id_ not in set(before)])


def _slice(name: str, measured: Measured, judged: Qrels, ids: Sequence[str]) -> Slice:
    figures = {title: fmean(values) if values else 0.0 for title, values in _values(measured, judged, ids).items()}
    return Slice(name, len(ids), figures)


def _values(measured: Measured, judged: Qrels, ids: Sequence[str]) -> dict[str, list[float]]:
    return {
        title: [measure(measured.answers[id_].ranked, judged[id_]) for id_ in ids]
        for title, measure in MEASURES.items()
    }


def _no_basis(measured: Measured, every: Mapping[str, Query], judged: Qrels) -> NoBasis | None:
    """None where the set names no question that nothing answers."""
    nothing = [answer for id_, answer in measured.answers.items() if not every[id_].is_answerable]
    if not nothing:
        return None
    something = [measured.answers[id_] for id_ in judged]

    def share(answers: Sequence[Answered], *, enough: bool) -> float:
        return fmean(answer.enough is enough for answer in answers)

    return NoBasis(
        len(nothing),
        auroc([one.basis for one in something], [one.basis for one in nothing]),
        share(nothing, enough=True),
        share(something, enough=False),
    )


def _difference(first: Measured, later: Measured, judged: Qrels) -> Difference:
    before, after = _values(first, judged, list(judged)), _values(later, judged, list(judged))
    intervals = {title: paired(before[title], after[title]) for title in MEASURES}
    return Difference(later.setting.name, first.setting.name, intervals)


# ---- for people --------------------------------------------------------------------------------


def shown(report: Report) -> Group:
    """The report as tables for a terminal."""
    parts: list[Table | str] = [_costs(report), _figures(report)]
    parts += [f"{result.name}：{result.taught}" for result in report.results if result.taught]
    if told := report.sentences:
        parts.append(
            f"依据句（{told.passages} 段）：排第一的就是答案 {told.first:.1%}，前三句里有答案 {told.first_three:.1%}"
        )
    parts += [_types(result) for result in report.results if result.slices]
    parts += [_differences(report)] if report.differences else []
    return Group(*parts)


def _costs(report: Report) -> Table:
    columns = ("设置", "段落", "建库", "索引大小", "建库峰值内存", "冷启动", "p50", "p95", "检索峰值内存")
    table = _table(f"{report.corpus} · {report.split}", columns)
    for one in report.results:
        table.add_row(
            one.name,
            f"{one.passages:,}",
            f"{one.build_seconds:.1f} 秒",
            f"{one.disk_bytes / 1e6:.0f} MB",
            f"{one.build_peak_megabytes:.0f} MB",
            f"{one.cold_seconds:.2f} 秒",
            f"{one.p50_ms:.1f} 毫秒",
            f"{one.p95_ms:.1f} 毫秒",
            f"{one.search_peak_megabytes:.0f} MB",
        )
    return table


def _figures(report: Report) -> Table:
    table = _table("检索效果", ("设置", "问题数", *MEASURES, "无依据 AUROC", "没依据却答", "有依据却拒"))
    for one in report.results:
        basis = one.no_basis
        told = (
            (f"{basis.auroc:.3f}", f"{basis.answered_anyway:.1%}", f"{basis.refused_wrongly:.1%}")
            if basis
            else ("–",) * 3
        )
        table.add_row(one.name, str(one.whole.questions), *_cells(one.whole), *told)
    return table


def _types(result: Result) -> Table:
    table = _table(f"{result.name}：分类型", ("类型", "问题数", *MEASURES))
    for one in result.slices:
        table.add_row(one.name, str(one.questions), *_cells(one))
    return table


def _differences(report: Report) -> Table:
    table = _table("逐题对比（差值和 95% 区间；区间不含 0 才算真有差别）", ("设置", *MEASURES))
    for one in report.differences:
        cells = [
            f"{gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]{'' if gap.is_clear else '（分不出）'}"
            for gap in one.intervals.values()
        ]
        table.add_row(f"{one.name} 比 {one.against}", *cells)
    return table


def _cells(one: Slice) -> list[str]:
    return [f"{one.figures[title]:.3f}" for title in MEASURES]


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right", overflow="fold")
    return table
