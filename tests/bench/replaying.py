"""How long the dialogues take to replay, and what of it the harness itself costs."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from rich.console import Console

from assistant.flow.answer import warm_up
from eval.cases.packs import WORKING_SPLITS, choose, read_packs
from eval.replaying.house import houses_folder, opened, prepared
from eval.replaying.spread import pieces
from eval.running import Wanted, run
from tests.bench.figures import Figure

_QUIET = Console(quiet=True)


def measure(folder: Path) -> Iterator[Figure]:
    """Replay every working case on one process, then on every core; houses are prepared before and told apart."""
    opening = _opening()
    began = perf_counter()
    alone = run(Wanted(WORKING_SPLITS, workers=1), folder / "alone", _QUIET)
    whole = perf_counter() - began
    product = sum(one.milliseconds for one in alone.results) / 1000
    around = whole - product - alone.manifest.preparing_seconds - opening
    cases = alone.manifest.number_of_cases
    told = "the product's own time in the same run"
    yield Figure(
        f"replay of {cases} dialogues, one process", whole - alone.manifest.preparing_seconds, "s", product, told
    )
    yield Figure("opening every house, the product's own start", opening, "s", product, told)
    yield Figure("harness beside the product", 100 * around / product, "%", 100.0, told, "< 10")
    yield Figure("houses made ready, once a version", alone.manifest.preparing_seconds, "s", product, told)
    shared = run(Wanted(WORKING_SPLITS), folder / "shared", _QUIET)
    spent = shared.manifest.seconds
    per_400 = spent * 400 / cases
    yield Figure("replay of 400 dialogues, every core", per_400, "s", whole * 400 / cases, "one process", "< 60")


def _opening() -> float:
    """Seconds to build and open the product once for every house; the rules it reads once a process are read before."""
    warm_up()
    chosen = choose(read_packs(), WORKING_SPLITS)
    materials = {one.material.key: one.material for one in pieces([(case, 0) for case in chosen])}
    for material in materials.values():
        prepared(material, houses_folder())
    began = perf_counter()
    for material in materials.values():
        with opened(material, houses_folder()):
            pass
    return perf_counter() - began
