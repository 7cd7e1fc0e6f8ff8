"""One setting on one corpus: build, open again cold, ask everything. Each half in a process of its own, so that the
memory told is its own too."""

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from eval.retrieval.corpus import Query, passages, qrels, queries
from knowledge.embedding.embed import Embedder, open_embedder
from knowledge.embedding.rerank import CrossEncoderReranker, Reranker
from knowledge.index.index import PassageIndex

Item = TypeVar("Item")
LEXICAL = "lexical"
TRAINED = "trained"
ASKED = "+asked"
RERANK = "+rerank="
_CORP = "retrieval-bench"
_BATCH = 20_000
_MEGABYTE = 1024
# a fixed day: two runs of one set see the same material in force
MOMENT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Setting:
    """What is measured: the encoder (``lexical`` for none), whether questions already answered are attached, and the
    reranker that looks again, if any."""

    encoder: str = LEXICAL
    with_asked: bool = False
    reranker: str = ""

    @property
    def name(self) -> str:
        """How it is written on the command line."""
        again = f"{RERANK}{self.reranker}" if self.reranker else ""
        return self.encoder + (ASKED if self.with_asked else "") + again


def setting_of(name: str) -> Setting:
    """Read a setting as people write it: ``lexical``, ``trained`` (on the questions of the attached split), a model's
    name or folder, each with ``+asked``, each with ``+rerank=`` and a cross-encoder's name or folder."""
    first, _, reranker = name.partition(RERANK)
    return Setting(first.removesuffix(ASKED) or LEXICAL, first.endswith(ASKED), reranker)


@dataclass(frozen=True)
class Job:
    """A corpus, a setting, the queries to ask and the split whose questions are attached."""

    corpus: Path
    folder: Path
    setting: Setting
    asked_split: str
    query_ids: tuple[str, ...]
    limit: int


@dataclass(frozen=True)
class Built:
    """What building cost: seconds, bytes on disk, and the process's peak memory in MB."""

    passages: int
    seconds: float
    disk_bytes: int
    peak_megabytes: float
    taught: str = ""


@dataclass(frozen=True)
class Answered:
    """What one query got: passage ids best first, the share of confidence that anything answers, and seconds."""

    ranked: tuple[str, ...]
    basis: float
    enough: bool
    seconds: float


@dataclass(frozen=True)
class Measured:
    """Everything one setting gave."""

    setting: Setting
    built: Built
    cold_seconds: float
    resident_megabytes: float
    answers: Mapping[str, Answered]


def measure(job: Job) -> Measured:
    """Run one job in two fresh processes, one after the other."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as fresh:
        built = fresh.submit(_build, job).result()
        return fresh.submit(_search, job, built).result()


def _build(job: Job) -> Built:
    asked = _attached(job) if job.setting.with_asked else {}
    seconds, count, taught = 0.0, 0, ""
    if job.setting.encoder == TRAINED:
        from knowledge.index.teaching import teach

        began = time.perf_counter()
        verdict = teach(tuple(passages(job.corpus)), _attached(job), _encoder_folder(job))
        taught = f"训练 {time.perf_counter() - began:.0f} 秒：{verdict.words}"
    with PassageIndex(job.folder, _embedder(job), _CORP) as index:
        for batch in _batches(passages(job.corpus), _BATCH):
            began = time.perf_counter()
            index.apply(batch, (), {one.id: asked[one.id] for one in batch if one.id in asked})
            seconds += time.perf_counter() - began
            count += len(batch)
        began = time.perf_counter()
        index.encode()
        seconds += time.perf_counter() - began
    disk = sum(file.stat().st_size for file in job.folder.rglob("*") if file.is_file())
    return Built(count, seconds, disk, peak_megabytes(), taught)


def _search(job: Job, built: Built) -> Measured:
    every = queries(job.corpus)
    asked: Sequence[Query] = [every[id_] for id_ in job.query_ids]
    embedder = _embedder(job)
    began = time.perf_counter()
    with PassageIndex(job.folder, embedder, _CORP, _reranker(job)) as index:
        cold = time.perf_counter() - began
        # the first question pays for what is loaded late; it is asked again below
        for query in asked[:1]:
            _answer(index, query, job.limit)
        bar = track(asked, job.setting.name, console=Console(stderr=True), transient=True)
        answers = {query.id: _answer(index, query, job.limit) for query in bar}
        return Measured(job.setting, built, cold, peak_megabytes(), answers)


def _answer(index: PassageIndex, query: Query, limit: int) -> Answered:
    about = query.about
    began = time.perf_counter()
    found = index.search(
        query.text,
        store_id=about.store_id,
        region_id=about.region_id,
        moment=about.moment or MOMENT,
        limit=limit,
        earlier=about.before,
    )
    seconds = time.perf_counter() - began
    return Answered(tuple(one.passage_id for one in found.passages), found.basis.value, found.basis.enough, seconds)


def _attached(job: Job) -> dict[str, list[str]]:
    """The questions of one split, by the passage that answers them."""
    every = queries(job.corpus)
    asked: dict[str, list[str]] = {}
    for query_id, gains in qrels(job.corpus, job.asked_split).items():
        for passage_id, gain in gains.items():
            if gain > 0:
                asked.setdefault(passage_id, []).append(every[query_id].text)
    return asked


def _embedder(job: Job) -> Embedder | None:
    encoder = job.setting.encoder
    if encoder in (LEXICAL, TRAINED):
        return open_embedder(trained=_encoder_folder(job)) if encoder == TRAINED else None
    return open_embedder(encoder)


def _reranker(job: Job) -> Reranker | None:
    return CrossEncoderReranker(job.setting.reranker) if job.setting.reranker else None


def _encoder_folder(job: Job) -> Path:
    return job.folder.with_name("encoder")


def _batches(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while batch := list(islice(items, size)):
        yield batch


def peak_megabytes() -> float:
    """The most memory this process has held, in MB.

    Linux tells it for this program alone; the peak of getrusage outlives exec there, so that a child would tell its
    parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / _MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
