"""From a shop's files to its database, then to the index. One transaction a file: nothing is half in.

Files are read in the order in which they lean on each other (stores before people before products …). A file whose
content is what it was is not read again; a changed one replaces exactly what came from it; one that has gone from
its folder takes its records with it. Every bad row is reported and left out, every good one goes in.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.clock import Clock
from assistant.ingest.files import FoundFile, find_files, root_of
from assistant.ingest.report import IngestReport, Tally
from assistant.ingest.writing import Tabled, Writing
from assistant.material.columns import TableKind, recognise
from assistant.material.shopfile import ShopFile, read_shopfile
from assistant.store import material
from assistant.store.database import Database
from assistant.store.material import CorpFacts
from knowledge.blocks import Reading
from knowledge.reading import read

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _ReadFile:
    """A file once read, its tables recognised."""

    found: FoundFile
    reading: Reading
    tables: tuple[Tabled, ...]

    @property
    def order(self) -> int:
        """Files that others lean on come first; documents last."""
        kinds = [list(TableKind).index(one.recognised.kind) for one in self.tables if one.recognised.kind]
        return min(kinds, default=len(TableKind))


@dataclass(frozen=True)
class Ingest:
    """Reads a shop's files for one corp. ``refresh`` brings the index up to the database afterwards."""

    database: Database
    corp_id: str
    clock: Clock
    refresh: Callable[[str], None] | None = None

    def run(self, paths: tuple[Path, ...], progress: Progress | None = None) -> IngestReport:
        """Read files and folders; what was read from a folder before and is no longer there is taken out."""
        tally = Tally()
        advance = progress or (lambda what, done, total: None)
        for path in paths:
            root = root_of(path)
            shop = read_shopfile(root)
            self._save_corp(shop)
            there = list(find_files(path, root))
            self._remove_missing(path, root, {found.name for found in there}, tally)
            files = self._read_all(self._changed(root, there, tally), shop, advance)
            for done, one in enumerate(files):
                advance(one.found.name, done, len(files))
                self._store(one, shop, tally)
        if self.refresh is not None:
            advance("整理检索索引", 0, 1)
            self.refresh(self.corp_id)
        return tally.report()

    def _save_corp(self, shop: ShopFile) -> None:
        with self.database.begin() as tx:
            known = material.corp_facts(tx, self.corp_id)
            if known is not None and not shop.brand:
                return
            facts = CorpFacts(
                brand=shop.brand or "本店",
                tiers=shop.tiers,
                shipping_fen=shop.shipping_fen,
                free_shipping_from_fen=shop.free_shipping_from_fen,
                lapsed_after_days=shop.lapsed_after_days,
                material_version=known.material_version if known else 1,
            )
            if known != facts:
                material.save_corp(tx, self.corp_id, facts)
                material.bump_material_version(tx, self.corp_id)

    def _remove_missing(self, path: Path, root: Path, there: set[str], tally: Tally) -> None:
        """Take out what was read from this folder and is gone. A single file named says nothing of its neighbours."""
        if not path.is_dir():
            return
        inside = path.resolve().relative_to(root).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        with self.database.begin() as tx:
            known = material.sources(tx, self.corp_id, str(root))
            gone = [source for name, source in known.items() if name.startswith(prefix) and name not in there]
            for source in gone:
                material.remove_source(tx, source.source_id)
            if gone:
                material.supersede(tx, self.corp_id)
                material.bump_material_version(tx, self.corp_id)
        tally.removed += [source.name for source in gone]

    def _changed(self, root: Path, there: list[FoundFile], tally: Tally) -> list[FoundFile]:
        with self.database.read() as tx:
            known = material.sources(tx, self.corp_id, str(root))
        same = {found.name for found in there if found.name in known and known[found.name].sha256 == found.sha256}
        tally.unchanged += sorted(same)
        return [found for found in there if found.name not in same]

    def _read_all(self, fresh: list[FoundFile], shop: ShopFile, advance: Progress) -> list[_ReadFile]:
        files = []
        for done, found in enumerate(fresh):
            advance(found.name, done, len(fresh))
            reading = read(found.path, found.name)
            mapping = shop.columns_of(found.name)
            tables = tuple(Tabled(table, recognise(table, mapping)) for table in reading.tables)
            files.append(_ReadFile(found, reading, tables))
        return sorted(files, key=lambda one: (one.order, one.found.name))

    def _store(self, one: _ReadFile, shop: ShopFile, tally: Tally) -> None:
        """Replace everything that came from this file, in one transaction."""
        found, moment = one.found, self.clock()
        with self.database.begin() as tx:
            source = material.replace_source(tx, self.corp_id, str(found.root), found.name, found.sha256, moment)
            writing = Writing(tx, self.corp_id, source.source_id, source.version, shop, moment, tally)
            problems = writing.write(one.reading, one.tables)
            material.keep_report(tx, source.source_id, [asdict(problem) for problem in problems])
            material.supersede(tx, self.corp_id)
            material.bump_material_version(tx, self.corp_id)
        tally.changed.append(found.name)
        tally.problems += problems
