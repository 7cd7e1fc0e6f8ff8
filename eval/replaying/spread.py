"""Replaying many cases at once: a process for each core, each with houses of its own."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from assistant.__main__ import set_up_logging
from eval.cases.packs import Chosen
from eval.replaying.answers import Answering, KeptAnswers
from eval.replaying.house import House, Material, opened, prepared
from eval.replaying.replay import TurnResult, replay

AT_ONCE = 12
"""Cases a process takes in one go: few enough that none waits long for the last."""

Done = Callable[[str], None]


@dataclass(frozen=True)
class Piece:
    """Cases that share a house, each with the number of its repetition."""

    material: Material
    cases: tuple[tuple[Chosen, int], ...]


def pieces(chosen: Sequence[tuple[Chosen, int]]) -> tuple[Piece, ...]:
    """Cases with the same shop, day and given rows together, a handful a piece."""
    houses: dict[str, tuple[Material, list[tuple[Chosen, int]]]] = {}
    for one, repeat in chosen:
        material = Material(one.pack.shop, one.pack.day, one.case.given)
        # the content is hashed once a house, not once a case
        name = f"{one.pack.name}|{sorted((table, repr(rows)) for table, rows in one.case.given.items())}"
        houses.setdefault(name, (material, []))[1].append((one, repeat))
    return tuple(
        Piece(material, tuple(cases[start : start + AT_ONCE]))
        for material, cases in houses.values()
        for start in range(0, len(cases), AT_ONCE)
    )


def spread(
    chosen: Sequence[tuple[Chosen, int]],
    kept_in: Path,
    *,
    answering: Answering | None = None,
    workers: int = 0,
) -> Iterator[tuple[TurnResult, ...]]:
    """Replay these cases, a whole case at a time as they end; one process runs them in order, for a debugger."""
    work = pieces(chosen)
    number = min(workers or os.cpu_count() or 1, len(work))
    if number <= 1:
        with ExitStack() as open_houses:
            worker = _Worker(kept_in, answering, open_houses)
            for piece in work:
                yield from worker.run(piece)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(number, mp_context=context, initializer=_start, initargs=(kept_in, answering)) as pool:
        waiting = [pool.submit(_run, piece) for piece in work]
        try:
            for future in as_completed(waiting):
                yield from future.result()
        finally:
            for future in waiting:
                future.cancel()


class _Worker:
    """Keeps the house it used last open: the next piece is often of the same."""

    def __init__(self, kept_in: Path, answering: Answering | None, open_houses: ExitStack) -> None:
        self._kept_in = kept_in
        self._answering = answering
        self._open = open_houses
        self._material: Material | None = None
        self._house: House | None = None
        self._answers: KeptAnswers | None = None

    def run(self, piece: Piece) -> list[tuple[TurnResult, ...]]:
        """Replay a piece, case by case."""
        house = self._house_of(piece.material)
        return [tuple(replay(house, chosen, repeat, self._answers)) for chosen, repeat in piece.cases]

    def _house_of(self, material: Material) -> House:
        if self._house is None or self._material != material:
            self._open.close()
            if self._answering is not None and self._answers is None:
                self._answers = self._answering.open()
            self._house = self._open.enter_context(opened(material, self._kept_in, ask=self._answers))
            self._material = material
        return self._house


_worker: _Worker | None = None
"""One for each process of the pool, made by its initializer."""


def _start(kept_in: Path, answering: Answering | None) -> None:
    global _worker
    set_up_logging("WARNING")
    _worker = _Worker(kept_in, answering, ExitStack())


def _run(piece: Piece) -> list[tuple[TurnResult, ...]]:
    assert _worker is not None, "the pool's initializer did not run"
    return _worker.run(piece)


def prepare(chosen: Sequence[Chosen], kept_in: Path, workers: int = 0) -> float:
    """Make every house these cases need that was not made before; returns the seconds it took."""
    began = perf_counter()
    materials = {one.material.key: one.material for one in pieces([(one, 0) for one in chosen])}
    missing = [material for key, material in materials.items() if not (kept_in / key).exists()]
    number = min(workers or os.cpu_count() or 1, len(missing))
    if number <= 1:
        for material in missing:
            prepared(material, kept_in)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(number, mp_context=context, initializer=_start, initargs=(kept_in, None)) as pool:
            list(pool.map(prepared, missing, [kept_in] * len(missing)))
    return perf_counter() - began
