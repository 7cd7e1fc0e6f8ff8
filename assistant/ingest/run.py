"""From a shop's files to its database, then to the index. One transaction a file: nothing is half in.

A file whose content is what it was is not read again; a changed one replaces exactly what came from it; one that has
gone from its folder takes its records with it; one that can no longer be opened keeps what was there. Every bad row is
reported and left out, every good one goes in.

Tables lean on one another (staff on stores, orders on customers, and of two rows with the same id the first file's
counts), so when one of them changes, came or went, all of the shop's tables are gone through again in the order in
which they lean. What the database then holds is what a first ingest of the folder would have put there.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from assistant.clock import Clock
from assistant.ingest.files import FoundFile, find_files, is_table, look_at, root_of
from assistant.ingest.report import IngestReport, Reported, Tally, from_reading
from assistant.ingest.writing import Tabled, Writing, guess_of
from assistant.material.columns import TableKind, recognise
from assistant.material.shopfile import ShopFile, read_shopfile
from assistant.offers.conflicts import Conflict, conflicts
from assistant.shop import Store
from assistant.store import material
from assistant.store.database import Database
from assistant.store.material import CorpFacts, StoredSource
from knowledge.reading.blocks import ProblemLevel, Reading, ReadingProblem

Progress = Callable[[str, int, int], None]


PAIRS_TOLD = 5
"""Conflicting pairs that are told with their example; further ones by name."""


def _conflict(one: Conflict) -> Reported:
    cited = one.coupons[0].cited
    return Reported(cited.title, cited.place, "", one.reason, one.remedy, is_error=False)


@dataclass(frozen=True)
class _Part:
    """One reading with its tables recognised: the file itself, or a file inside an archive or a mail."""

    reading: Reading
    tables: tuple[Tabled, ...]

    @property
    def order(self) -> int:
        """What others lean on comes first; documents last."""
        return min((one.order for one in self.tables), default=len(TableKind))


@dataclass(frozen=True)
class _ReadFile:
    """A file once read, with everything in it. ``is_changed`` is False when only others changed around it."""

    found: FoundFile
    reading: Reading
    parts: tuple[_Part, ...]
    is_changed: bool

    @property
    def order(self) -> int:
        """Files that others lean on come first; documents last."""
        return min(part.order for part in self.parts)

    @property
    def problems(self) -> tuple[ReadingProblem, ...]:
        """What its readers found, member by member."""
        return tuple(problem for part in self.parts for problem in part.reading.problems)

    @property
    def is_unreadable(self) -> bool:
        """Say whether nothing came of it because it could not be opened: not the same as an empty file."""
        return self.reading.failed and any(one.level is ProblemLevel.ERROR for one in self.problems)


@dataclass(frozen=True)
class Ingest:
    """Reads a shop's files for one corp with ``read``, which has to survive any file.

    ``refresh`` brings the index up to the database afterwards. With ``forgetting_key`` people who asked to be forgotten
    are known again in the files, and left out.
    """

    database: Database
    corp_id: str
    clock: Clock
    read: Callable[[Path, str], Reading]
    refresh: Callable[[str], None] | None = None
    forgetting_key: bytes = b""

    def run(self, paths: tuple[Path, ...], progress: Progress | None = None, *, known_as: str = "") -> IngestReport:
        """Read files and folders; what was read from a folder before and is no longer there is taken out.

        ``known_as`` names the place a folder mirrors: its files are kept under that name, wherever the mirror lies.
        """
        tally = Tally()
        advance = progress or (lambda what, done, total: None)
        for path in paths:
            root = path.resolve() if known_as else root_of(path)
            shop = read_shopfile(root)
            self._save_corp(shop)
            _Round(self, path, root, shop, tally, advance, known_as).run()
        if tally.changed or tally.removed:
            tally.problems += self._conflicts()
        if self.refresh is not None:
            advance("整理检索索引", 0, 1)
            self.refresh(self.corp_id)
        return tally.report()

    def _conflicts(self) -> list[Reported]:
        """What the coupons still to be used do to each other and to the least prices, with the basket that shows it."""
        with self.database.read() as tx:
            coupons, products = material.coupons(tx, self.corp_id), material.products(tx, self.corp_id)
        live = [one for one in coupons if one.ends_at > self.clock()]
        found = conflicts(live, products)
        single = [one for one in found if len(one.coupons) == 1]
        several = [one for one in found if len(one.coupons) > 1]
        told = [_conflict(one) for one in (*single, *several[:PAIRS_TOLD])]
        if rest := several[PAIRS_TOLD:]:
            names = "、".join(f"「{one.coupons[0].name}」和「{one.coupons[1].name}」" for one in rest)
            told.append(replace(told[-1], reason=f"另有 {len(rest)} 对也是这样：{names}"))
        return told

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


@dataclass(frozen=True)
class _Round:
    """One path of an ingest: what changed there, and what has to be gone through again because of it."""

    ingest: Ingest
    path: Path
    root: Path
    shop: ShopFile
    tally: Tally
    advance: Progress
    known_as: str = ""

    def run(self) -> None:
        """Tables first, then the texts, which may name stores; each with those unchanged that lean on what changed."""
        there = {found.name: found for found in find_files(self.path, self.root)}
        known, stores = self._known(), self._stores()
        gone = self._remove_missing(known, set(there))
        fresh = [found for name, found in there.items() if name not in known or known[name].sha256 != found.sha256]
        self.tally.unchanged += sorted(there.keys() - {found.name for found in fresh})
        same = {name: one for name, one in known.items() if name not in {*gone, *(found.name for found in fresh)}}
        tables = self._read_all([found for found in fresh if is_table(found.name)])
        if tables or any(is_table(name) for name in gone):
            tables += self._read_all(self._unchanged(same, tables=True), is_changed=False)
        self._store_all(tables)
        texts = self._read_all([found for found in fresh if not is_table(found.name)])
        if self._stores() != stores:
            # a text may name its place as 华东 or by a store's name
            texts += self._read_all(self._unchanged(same, tables=False), is_changed=False)
        self._store_all(texts)

    @property
    def folder(self) -> str:
        """What the sources are kept under: the shop's own name where it has one, so that a moved folder is the same."""
        return f"shop:{self.shop.corp}" if self.shop.corp else self.known_as or str(self.root)

    def _known(self) -> dict[str, StoredSource]:
        with self.ingest.database.read() as tx:
            return material.sources(tx, self.ingest.corp_id, self.folder)

    def _stores(self) -> tuple[Store, ...]:
        with self.ingest.database.read() as tx:
            return material.stores(tx, self.ingest.corp_id)

    def _remove_missing(self, known: dict[str, StoredSource], there: set[str]) -> list[str]:
        """Take out what was read from this folder and is gone. A single file named says nothing of its neighbours."""
        if not self.path.is_dir():
            return []
        inside = self.path.resolve().relative_to(self.root).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        gone = [source for name, source in known.items() if name.startswith(prefix) and name not in there]
        if gone:
            with self.ingest.database.begin() as tx:
                for source in gone:
                    material.remove_source(tx, source.source_id)
                material.supersede(tx, self.ingest.corp_id)
                material.bump_material_version(tx, self.ingest.corp_id)
        names = [source.name for source in gone]
        self.tally.removed += names
        return names

    def _unchanged(self, same: dict[str, StoredSource], *, tables: bool) -> list[FoundFile]:
        """Files read before, in this path or beside it, that are on disk as they were then."""
        names = (name for name in sorted(same) if is_table(name) is tables)
        return [found for found in look_at(names, self.root) if same[found.name].sha256 == found.sha256]

    def _read_all(self, batch: list[FoundFile], *, is_changed: bool = True) -> list[_ReadFile]:
        """Read these files; one that cannot be opened is told, and left as it stands in the database."""
        files = []
        for done, found in enumerate(batch):
            self.advance(found.name, done, len(batch))
            reading = self.ingest.read(found.path, found.name)
            parts = tuple(self._part(one, found.name if one is reading else one.file) for one in reading.every())
            if is_changed:
                self.tally.guesses += [guess_of(one) for part in parts for one in part.tables]
            one = _ReadFile(found, reading, parts, is_changed)
            if one.is_unreadable:
                self._keep_what_was_there(one)
            else:
                files.append(one)
        return files

    def _part(self, reading: Reading, name: str) -> _Part:
        mapping = self.shop.columns_of(name)
        return _Part(reading, tuple(Tabled(table, recognise(table, mapping)) for table in reading.tables))

    def _keep_what_was_there(self, one: _ReadFile) -> None:
        """A file that cannot be opened says nothing of its records; they stay until it can be read again."""
        self.tally.unread.append(one.found.name)
        self.tally.problems += [from_reading(problem) for problem in one.problems]
        with self.ingest.database.begin() as tx:
            # even the old content counts as new then: what it leans on may have changed meanwhile
            material.forget_hash(tx, self._source_id(one))

    def _store_all(self, files: list[_ReadFile]) -> None:
        """Write files in the order in which they lean on each other."""
        pending = {self._source_id(one) for one in files}
        for done, one in enumerate(sorted(files, key=lambda one: (one.order, one.found.name))):
            self.advance(one.found.name, done, len(files))
            pending.discard(self._source_id(one))
            self._store(one, frozenset(pending))

    def _source_id(self, one: _ReadFile) -> str:
        return material.id_of_source(self.ingest.corp_id, self.folder, one.found.name)

    def _read_ahead(self, one: _ReadFile, pending: frozenset[str]) -> tuple[_Part, ...]:
        """Read a single table's rows before the transaction; several tables may lean on each other's, once written."""
        tables = [tabled for part in one.parts for tabled in part.tables]
        if len(tables) != 1:
            return one.parts
        with self.ingest.database.read() as tx:
            reading = Writing(
                tx,
                self.ingest.corp_id,
                self._source_id(one),
                0,
                self.shop,
                self.ingest.clock(),
                Tally(),
                pending,
                self.ingest.forgetting_key,
            )
            ahead = reading.read_ahead(tables[0])
        return tuple(replace(part, tables=(ahead,)) if part.tables else part for part in one.parts)

    def _store(self, one: _ReadFile, pending: frozenset[str]) -> None:
        """Replace everything that came from this file, in one transaction."""
        found, moment, corp_id = one.found, self.ingest.clock(), self.ingest.corp_id
        counted = Tally()
        ordered = sorted(self._read_ahead(one, pending), key=lambda part: part.order)
        with self.ingest.database.begin() as tx:
            source = material.replace_source(tx, corp_id, self.folder, found.name, found.sha256, moment)
            writing = Writing(
                tx,
                corp_id,
                source.source_id,
                source.version,
                self.shop,
                moment,
                counted,
                pending,
                self.ingest.forgetting_key,
            )
            problems = [told for part in ordered for told in writing.write(part.reading, part.tables)]
            material.keep_report(tx, source.source_id, [asdict(problem) for problem in problems])
            material.supersede(tx, corp_id)
            material.bump_material_version(tx, corp_id)
        if one.is_changed:
            self.tally.changed.append(found.name)
            self.tally.held += [part.reading.file for part in one.parts if part.reading.suspicious]
            for label, number in counted.rows.items():
                self.tally.count(label, number)
        self.tally.problems += problems
