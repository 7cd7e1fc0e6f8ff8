"""A house of its own for a replay: a fresh database, a shop's files, its day, and nothing sent anywhere.

Reading a shop's files takes seconds, so a prepared house is kept, named by the material and the code that read it, and
copied for each replay. Between two cases the database returns to where it was: no case knows of another.
"""

import csv
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

import assistant
import knowledge
from assistant.app import build
from assistant.flow.answer import warm_up
from assistant.seams import Ask
from assistant.service import Service
from assistant.settings import Settings
from assistant.shop import CustomerCard
from eval.cases.case import Row
from eval.replaying.watching import Watch
from eval.sample import SAMPLE_DAY

SAMPLE_CORP = "eval-corp"
BETWEEN_MESSAGES = timedelta(seconds=20)
"""How long a guide takes to write again, on the clock of a replay."""

KEPT_SECONDS = 2 * 24 * 3600.0
"""How long a prepared house waits for its next use, in seconds."""

_GIVEN = "!本题"
"""The folder of a case's own rows: its name stands before all others, and of two rows with one key the first counts."""


class StandingClock:
    """A clock that stands still until it is moved, so that the same replay writes the same times."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Set the hands."""
        self._now = moment.astimezone(UTC)

    def forward(self, step: timedelta = BETWEEN_MESSAGES) -> None:
        """Move on."""
        self._now += step


@contextmanager
def sample_house(shop: Path, folder: Path, *, ask: Ask | None = None) -> Iterator[Service]:
    """Build the service on a shop's files in ``folder``; closed at the end."""
    service = build(_settings(folder, datetime.fromisoformat(SAMPLE_DAY)), ask=ask)
    # as the service does at its start: the first turn of a replay is timed like any other
    warm_up()
    try:
        service.database.migrate()
        service.ingest([shop])
        yield service
    finally:
        service.close()


def _settings(folder: Path, day: datetime) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "corp_id": SAMPLE_CORP,
            "quiet_seconds": 0,
            "clock_start": day,
            # a replay asks more in a minute than any guide, and wants every answer anew
            "llm_calls_per_minute": 0,
            "llm_tokens_per_day": 0,
            "llm_cache_seconds": 0,
        }
    )


# ---- prepared houses ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Material:
    """What a house is made of: a shop's files, the day they were written for, and rows that stand before its own."""

    shop: Path
    day: datetime
    given: Mapping[str, Sequence[Row]]

    @cached_property
    def key(self) -> str:
        """The hash of the material, of the moment it is read at, and of the code that reads it."""
        whole = hashlib.sha256(f"{_code()}|{self.day.isoformat()}".encode())
        for path in sorted(one for one in self.shop.rglob("*") if one.is_file()):
            whole.update(path.relative_to(self.shop).as_posix().encode())
            whole.update(path.read_bytes())
        for table in sorted(self.given):
            whole.update(table.encode())
            for row in self.given[table]:
                whole.update(repr(sorted(row.items())).encode())
        return whole.hexdigest()[:32]


@lru_cache(maxsize=1)
def _code() -> str:
    """The hash of the product's own source: another version reads and indexes anew."""
    whole = hashlib.sha256()
    for package in (assistant, knowledge):
        root = Path(package.__path__[0])
        for path in sorted(one for one in root.rglob("*") if one.suffix in (".py", ".yaml", ".txt")):
            whole.update(path.relative_to(root).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()


def houses_folder() -> Path:
    """Where prepared houses are kept: ``DAOGOU_EVAL_CACHE``, or a folder of this user among the temporary ones."""
    told = os.environ.get("DAOGOU_EVAL_CACHE")
    return Path(told) if told else Path(tempfile.gettempdir()) / f"daogou-eval-{os.getuid()}"


def prepared(material: Material, kept_in: Path) -> Path:
    """The data folder of a house with this material in it, made now unless it was made before. Copy it, don't open it."""
    house = kept_in / material.key
    if house.exists():
        os.utime(house)
    else:
        kept_in.mkdir(parents=True, exist_ok=True)
        _throw_away_unused(kept_in)
        with tempfile.TemporaryDirectory(dir=kept_in, prefix="making-") as making:
            _make(material, Path(making) / "house", Path(making) / "shop")
            try:
                (Path(making) / "house").rename(house)
            except OSError:
                # another process was quicker; the same material gave it the same house
                if not house.exists():
                    raise
    return house


def _throw_away_unused(kept_in: Path) -> None:
    """Every change of the code makes new houses; those of versions nobody runs any more go."""
    oldest = time.time() - KEPT_SECONDS
    for house in kept_in.iterdir():
        if house.stat().st_mtime < oldest:
            shutil.rmtree(house, ignore_errors=True)


def _make(material: Material, folder: Path, staged: Path) -> None:
    shop = material.shop
    if material.given:
        shutil.copytree(shop, staged)
        _write_given(material.given, staged / _GIVEN)
        shop = staged
    service = build(_settings(folder, material.day), clock=StandingClock(material.day))
    try:
        service.database.migrate()
        service.ingest([shop])
    finally:
        service.close()


def _write_given(given: Mapping[str, Sequence[Row]], folder: Path) -> None:
    folder.mkdir()
    for table, rows in given.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)


# ---- an open house -----------------------------------------------------------------------------


class House:
    """A service on a copy of a prepared house, with its clock in hand; ``reset`` before each case."""

    def __init__(self, service: Service, clock: StandingClock, watch: Watch) -> None:
        self.service = service
        self.clock = clock
        self.watch = watch
        self._start = service.database.remember()
        self._cards: dict[str, tuple[CustomerCard, ...]] = {}

    def reset(self, moment: datetime) -> None:
        """Forget every conversation and set the clock."""
        self._start.restore()
        self.clock.move_to(moment)

    def names_of(self, guide: str, customer_id: str) -> tuple[str, ...]:
        """What a customer of this guide is called and known by; nothing where none is meant."""
        if not customer_id:
            return ()
        if guide not in self._cards:
            # the customers of a guide are the same in every case of a house
            desk = self.service.handling.desks.lay(self.service.settings.corp_id, guide, "", "", self.clock())
            self._cards[guide] = desk.customers
        cards = [card for card in self._cards[guide] if card.customer_id == customer_id]
        # a surname alone stands in many words
        names = [name for card in cards for name in (card.name, card.address_as) if len(name) > 1]
        return (customer_id, *names)

    def close(self) -> None:
        """Close the service."""
        self._start.close()
        self.service.close()


@contextmanager
def opened(material: Material, kept_in: Path, *, ask: Ask | None = None) -> Iterator[House]:
    """Open a copy of the house with this material; it is gone afterwards."""
    ready = prepared(material, kept_in)
    with tempfile.TemporaryDirectory(prefix="daogou-replay-") as folder:
        copy = Path(folder) / "house"
        shutil.copytree(ready, copy)
        clock = StandingClock(material.day)
        watch = Watch(ask)
        house = House(build(_settings(copy, material.day), ask=watch, clock=clock), clock, watch)
        warm_up()
        try:
            yield house
        finally:
            house.close()
