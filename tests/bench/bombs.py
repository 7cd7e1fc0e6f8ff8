"""How soon a callback is acknowledged while ten bombs are being read in, beside the same load without them.

Two services, each with its own house and the same callbacks; beside the second one an ingest reads files made to keep
its reader busy until the limits end it. ``python -m tests.bench.bombs`` prints both figures and their ratio.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from assistant.__main__ import set_up_logging
from assistant.settings import Settings
from assistant.store.access import access_guides
from tests.awkward.making import MAKERS
from tests.bench import acknowledging
from tests.bench.acknowledging import Load
from tests.bench.figures import percentile
from tests.bench.processes import bare_process
from tests.faults.process import command, database_of, service_process
from tests.knowledge.files import put
from tests.way.house import free_port, furnish, settings_for

out = Console()
# the first six take all the CPU or memory they are given; the rest are refused at once, and told
SLOW = {
    **{f"1-深嵌套{number}.html": "炸弹/深嵌套.html" for number in range(4)},
    "2-十万行.xlsx": "表格/十万行.xlsx",
}
QUICK = ("炸弹/压缩比.zip", "炸弹/压缩比.docx", "炸弹/十亿笑.docx", "炸弹/压缩比.tar.gz")


def make_bombs(folder: Path) -> Path:
    """Ten files, the ones that take longest first."""
    for name, made in SLOW.items():
        put(folder, name, MAKERS[made]())
    put(folder, "3-百万段.md", "退货规则\n\n" * 1_000_000)
    for made in QUICK:
        put(folder, f"4-{Path(made).name}", MAKERS[made]())
    return folder


@contextmanager
def ingesting(settings: Settings, folder: Path) -> Iterator[None]:
    """An ingest of a folder in a process of its own, ended if it is still busy afterwards."""
    with (settings.data_dir / "ingest.log").open("wb") as log:
        process = command(settings, "ingest", str(folder), log=log)
        try:
            yield
            if process.poll() not in {None, 0}:
                raise SystemExit(f"the ingest ended by itself: {settings.data_dir / 'ingest.log'}")
        finally:
            process.terminate()
            process.wait()


def measure(house: Path, bombs: Path | None) -> Load:
    """Load a service of its own; with ``bombs`` an ingest reads them meanwhile."""
    settings = settings_for(
        house, listen_port=free_port(), wecom_api_url="http://127.0.0.1:9", quiet_seconds=0.6, log_level="ERROR"
    )
    with bare_process(house / "bare.log") as bare:
        settings = settings.model_copy(update={"wecom_api_url": bare.url})
        with service_process(settings) as service:
            with database_of(settings) as database, database.read() as tx:
                guides = [guide.userid for guide in access_guides(tx, settings.corp_id)]
            postings = acknowledging.postings(guides)
            if bombs is None:
                return acknowledging.load(service.callback, postings)
            with ingesting(settings, bombs):
                return acknowledging.load(service.callback, postings)


def main() -> None:
    """Measure both and print one line each."""
    set_up_logging("ERROR")
    with TemporaryDirectory(prefix="daogou-bombs-") as name:
        base = Path(name)
        furnish(base / "house")
        bombs = make_bombs(base / "bombs")
        shutil.copytree(base / "house", base / "calm")
        calm = measure(base / "calm", None)
        shutil.copytree(base / "house", base / "bombed")
        bombed = measure(base / "bombed", bombs)
    for share in (0.5, 0.99):
        alone, beside = percentile(calm.milliseconds, share), percentile(bombed.milliseconds, share)
        out.print(
            f"acknowledgement p{share * 100:.0f}: {alone:.1f} ms alone, {beside:.1f} ms while ten bombs are read in, "
            f"ratio {beside / alone:.2f}"
        )
    refused = calm.refused + bombed.refused
    sent = len(calm.milliseconds) + len(bombed.milliseconds)
    out.print(f"{sent} callbacks at {acknowledging.PER_SECOND}/s, {refused} not answered 200")


if __name__ == "__main__":
    main()
