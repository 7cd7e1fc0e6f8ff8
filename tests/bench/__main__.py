"""Measure, and print one table: everything, or the parts named (``python -m tests.bench drafts offers``)."""

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from assistant.__main__ import set_up_logging
from assistant.app import build
from assistant.store.access import access_guides
from assistant.store.conversations import all_unanswered
from eval.sample import SAMPLE_SHOP
from knowledge.reading.read import read
from tests.bench import acknowledging, console, drafting, offers, replaying, searching
from tests.bench.figures import Figure, percentile
from tests.bench.processes import Bare, bare_process, resident_megabytes
from tests.faults.process import ServiceProcess, database_of, records, service_process
from tests.way.house import free_port, settings_for

out = Console()
PROMPT_LIMIT = 6000


def main() -> None:
    """Run the measurements asked for. Figures differ by machine; the ratios to their baselines less so."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them where none is named")
    parts = asked.parse_args().parts or list(PARTS)
    if unknown := sorted(set(parts) - set(PARTS)):
        asked.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    set_up_logging("ERROR")
    began = time.monotonic()
    with TemporaryDirectory(prefix="daogou-bench-") as name:
        base = Path(name)
        # every part that opens a house stands on the one read in first, so its reading is always measured
        read_in = list(_ingesting(base / "house"))
        figures = [*read_in, *(figure for part in PARTS if part in parts for figure in PARTS[part](base))]
    _show(figures)
    out.print(f"Measured in {time.monotonic() - began:.0f} s on Python {sys.version.split()[0]}.")


def _offers(base: Path) -> Iterator[Figure]:
    """Decide offers, beside brute force and beside the rule most tills go by."""
    with _said("offers"):
        yield from offers.measure()


def _searching(base: Path) -> Iterator[Figure]:
    """Build and search made-up corpora, beside bm25s and SQLite FTS5 over the same tokens."""
    with _said("search"):
        yield from searching.measure(base / "search")


def _ingesting(folder: Path) -> Iterator[Figure]:
    """Read the sample shop in; the baseline opens and parses the same files and keeps nothing."""
    with _said("ingest"):
        began = time.perf_counter()
        for path in sorted(SAMPLE_SHOP.rglob("*")):
            if path.is_file() and path.name != "shop.yaml":
                read(path, path.name)
        reading = time.perf_counter() - began
        service = build(settings_for(folder))
        try:
            service.database.migrate()
            began = time.perf_counter()
            report = service.ingest([SAMPLE_SHOP])
            spent = time.perf_counter() - began
        finally:
            service.close()
    passages = report.rows.get("段落", 0)
    rows = sum(number for label, number in report.rows.items() if label not in ("段落", "资料"))
    alone = "reading and parsing the files alone"
    yield Figure("ingest, whole sample shop", spent, "s", reading, alone)
    yield Figure("ingest, passages", passages / spent, "per s", passages / reading, alone)
    yield Figure("ingest, rows", rows / spent, "per s", rows / reading, alone)


def _drafting(base: Path) -> Iterator[Figure]:
    """Ask the dialogues' questions; the baseline is the search for the same question alone."""
    with _said("drafts"):
        folder = base / "drafting"
        shutil.copytree(base / "house", folder)
        times = drafting.measure(folder)
    for share in (0.5, 0.95, 0.99):
        search = percentile(times.search_alone, share)
        label = f"p{share * 100:.0f}"
        aim = "< 100" if share == 0.95 else ""
        yield Figure(
            f"draft by composer {label}", percentile(times.turns, share), "ms", search, "its search alone", aim
        )
        for step, spent in times.steps.items():
            yield Figure(f"  {step} {label}", percentile(spent, share), "ms", search, "its search alone")
        screen = percentile(times.screen_alone, share)
        guard = percentile(times.guard_per_draft, share)
        most = "< 25" if share == 0.99 else ""
        yield Figure(f"guard, one draft {label}", guard, "ms", screen, "compliance rules alone, same text", most)
        tokens = percentile(times.prompt_tokens, share)
        yield Figure(
            f"prompt of a turn {label}", tokens, "tokens", PROMPT_LIMIT, "the limit a prompt may have", "< 6000"
        )
        longest = percentile(times.longest_message, share)
        yield Figure(
            f"compliance rules, 2,000 characters {label}", longest, "ms", screen, "compliance rules, one draft", "< 20"
        )
    out.print(f"[dim]{len(times.turns)} turns with drafts; the slowest asked: {times.slowest.need.question}[/dim]")


def _replaying(base: Path) -> Iterator[Figure]:
    """Replay the dialogues; the baseline is what the product alone takes of it."""
    with _said("dialogues"):
        yield from replaying.measure(base / "replaying")


def _console(base: Path) -> Iterator[Figure]:
    """Ask for the managers' pages among 100,000 turns; the baseline is each page at its quickest."""
    with _said("console"):
        yield from console.measure()


def _serving(base: Path) -> Iterator[Figure]:
    """Serve from a process of its own; the baseline is FastAPI with one empty route, served the same way."""
    folder = base / "serving"
    shutil.copytree(base / "house", folder)
    with bare_process(base / "bare.log") as bare:
        settings = settings_for(
            folder, listen_port=free_port(), wecom_api_url=bare.url, quiet_seconds=0.6, log_level="ERROR"
        )
        with service_process(settings) as service:
            time.sleep(2.0)
            empty = resident_megabytes(bare.pid)
            name = "bare FastAPI process"
            yield Figure("memory, idle service", resident_megabytes(service.process.pid), "MB", empty, name, "< 300")
            yield from _acknowledging(service, bare)
            loaded = resident_megabytes(service.process.pid)
            yield Figure("memory, after the load", loaded, "MB", resident_megabytes(bare.pid), name)


def _acknowledging(service: ServiceProcess, bare: Bare) -> Iterator[Figure]:
    what = f"acknowledgements, {acknowledging.PER_SECOND}/s for {acknowledging.SECONDS} s, twice"
    with _said(what), database_of(service.settings) as database:
        with database.read() as tx:
            guides = [guide.userid for guide in access_guides(tx, service.settings.corp_id)]
        base = acknowledging.load(f"{bare.url}/wecom/callback", acknowledging.postings(guides))
        ours = acknowledging.load(service.callback, acknowledging.postings(guides))
        answered = len(records(database))
        with database.read() as tx:
            waiting = len(all_unanswered(tx))
    if ours.refused or base.refused:
        out.print(f"[red]{ours.refused} of ours and {base.refused} of the baseline's were not answered 200[/red]")
    for share in (0.5, 0.99):
        ack, least = percentile(ours.milliseconds, share), percentile(base.milliseconds, share)
        aim = "< 200" if share > 0.9 else ""
        yield Figure(f"acknowledgement p{share * 100:.0f}", ack, "ms", least, "bare FastAPI endpoint", aim)
    out.print(f"[dim]{answered} turns answered during the load, {waiting} messages still waiting at its end[/dim]")


@contextmanager
def _said(what: str) -> Iterator[None]:
    began = time.monotonic()
    with out.status(f"measuring {what}"):
        yield
    out.print(f"[dim]{what}: {time.monotonic() - began:.0f} s[/dim]")


def _show(figures: list[Figure]) -> None:
    table = Table(title="daogou, measured")
    for heading in ("figure", "value", "aim", "baseline", "ratio", "baseline is"):
        table.add_column(heading, justify="left" if heading in ("figure", "baseline is") else "right")
    for one in figures:
        value = f"{one.value:.1f} {one.unit}"
        table.add_row(one.name, value, one.aim, f"{one.baseline:.1f} {one.unit}", f"{one.ratio:.2f}", one.baseline_name)
    out.print(table)


PARTS: Mapping[str, Callable[[Path], Iterator[Figure]]] = {
    "drafts": _drafting,
    "serving": _serving,
    "offers": _offers,
    "search": _searching,
    "dialogues": _replaying,
    "console": _console,
}


if __name__ == "__main__":
    main()
