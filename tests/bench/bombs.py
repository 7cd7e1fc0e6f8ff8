"""How soon a callback is acknowledged while ten bombs, or a hundred thousand orders, are read in, beside the load alone.

Three services, each with its own house and the same callbacks; beside the second one an ingest reads files made to keep
its reader busy until the limits end it, beside the third one that holds SQLite's one write lock for a while. ``python -m tests.bench.bombs`` prints the figures and their ratios.
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


ORDERS = 100_000


def orders() -> bytes:
    """Good orders of the sample shop, as many as hold SQLite's one write lock for a while."""
    header = "订单号,客户ID,门店编码,渠道,下单时间,商品编码,商品名称,数量,实付金额,状态"
    row = "C00231,S006,门店,2025-05-24 19:46:07,YY-BD-013,云屿甜扁桃身体油,1,129.00,已完成"
    return "\n".join((header, *(f"B{number:06d},{row}" for number in range(ORDERS)))).encode()


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
    """Measure all three and print one line each."""
    set_up_logging("ERROR")
    loads: dict[str, Load] = {}
    with TemporaryDirectory(prefix="daogou-bombs-") as name:
        base = Path(name)
        furnish(base / "house")
        put(base / "orders", "十万订单.csv", orders())
        beside = {"": None, "ten bombs": make_bombs(base / "bombs"), f"{ORDERS:,} orders": base / "orders"}
        for number, (what, folder) in enumerate(beside.items()):
            shutil.copytree(base / "house", base / str(number))
            loads[what] = measure(base / str(number), folder)
    alone = loads.pop("")
    for what, load in loads.items():
        for share in (0.5, 0.99):
            before, now = percentile(alone.milliseconds, share), percentile(load.milliseconds, share)
            out.print(
                f"acknowledgement p{share * 100:.0f}: {before:.1f} ms alone, {now:.1f} ms while {what} are read in, "
                f"ratio {now / before:.2f}"
            )
    every = (alone, *loads.values())
    sent, refused = sum(len(load.milliseconds) for load in every), sum(load.refused for load in every)
    out.print(f"{sent} callbacks at {acknowledging.PER_SECOND}/s, {refused} not answered 200")


if __name__ == "__main__":
    main()
