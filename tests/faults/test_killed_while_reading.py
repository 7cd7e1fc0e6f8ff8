"""``kill -9`` while the shop's files are read in: no document is ever half there, and the index follows the database."""

import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from assistant.app import build
from assistant.searching import StoreSearch
from assistant.settings import Settings
from assistant.store.database import Database
from assistant.store.tables import document, passage, product, script, source
from eval.sample import SAMPLE_SHOP
from tests.faults.process import command, database_of
from tests.way.house import CORP, settings_for, template, until


@dataclass(frozen=True)
class Material:
    """What a database holds, comparable between two of them."""

    documents: dict[str, tuple[str, ...]]
    """Texts of the passages by document title and source name."""
    products: int
    scripts: int


def material_in(database: Database) -> Material:
    """Look into a database."""
    with database.read() as tx:
        rows = tx.execute(
            select(source.c.name, document.c.title, passage.c.text)
            .join(document, document.c.source_id == source.c.source_id)
            .join(passage, passage.c.document_id == document.c.document_id)
        )
        texts: dict[str, list[str]] = {}
        for row in rows:
            texts.setdefault(f"{row.name} {row.title}", []).append(row.text)
        return Material(
            {name: tuple(sorted(found)) for name, found in texts.items()},
            tx.execute(select(func.count()).select_from(product)).scalar_one(),
            tx.execute(select(func.count()).select_from(script)).scalar_one(),
        )


def sources_in(database: Database) -> int:
    """How many files are in."""
    with database.read() as tx:
        return tx.execute(select(func.count()).select_from(source)).scalar_one()


def index_differs(settings: Settings, *, read_again: bool) -> dict[str, str]:
    """Open the house (reading the files again or not); what index and database do not agree on."""
    service = build(settings)
    try:
        if read_again:
            service.ingest([SAMPLE_SHOP])
        search = service.handling.search
        assert isinstance(search, StoreSearch)
        search.refresh(CORP)
        compared = search.compare(CORP)
        return dict.fromkeys((*compared.missing, *compared.stale, *compared.extra), "differs")
    finally:
        service.close()


def kill_and_look(folder: Path, whole: Material, chance: random.Random) -> None:
    """Kill one reading somewhere, look at what is there, read again, look again."""
    folder.mkdir()
    settings = settings_for(folder)
    with database_of(settings) as database:
        database.migrate()
        files = sum(1 for path in SAMPLE_SHOP.rglob("*") if path.is_file())
        stop_at = chance.randrange(files + 4)
        with (folder / "ingest.log").open("wb") as log:
            reading = command(settings, "ingest", str(SAMPLE_SHOP), log=log)
        until(lambda: sources_in(database) >= stop_at or reading.poll() is not None, 60, what="the reading")
        # past the last file the index is being written
        time.sleep(chance.uniform(0, 1.5 if stop_at >= files - 1 else 0.05))
        reading.kill()
        reading.wait()
        partly = material_in(database)
        halves = [name for name, texts in partly.documents.items() if texts != whole.documents.get(name)]
        assert halves == []
        assert index_differs(settings, read_again=False) == {}
        assert index_differs(settings, read_again=True) == {}
        assert material_in(database) == whole


def rounds(base: Path, tmp_path: Path, count: int, seed: int) -> None:
    """Kill that many readings."""
    with database_of(settings_for(template(base))) as database:
        whole = material_in(database)
    chance = random.Random(seed)
    for number in range(count):
        kill_and_look(tmp_path / f"house-{number}", whole, chance)


@pytest.mark.faults
def test_one_kill(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    rounds(tmp_path_factory.getbasetemp(), tmp_path, count=1, seed=5)


@pytest.mark.faults
@pytest.mark.timeout(1500)
def test_forty_kills(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    rounds(tmp_path_factory.getbasetemp(), tmp_path, count=40, seed=6)
