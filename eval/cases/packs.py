"""Packs of cases: one trade each, with a shop to replay in, a day, and dialogues by split.

A pack is a folder: ``pack.yaml`` (title, day, and the shop where it is not ``shop/`` beside it) and
``dialogues/train|dev|test``. The test split is sealed: its hash stands in ``sealed.yaml``, and every use is recorded.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, ValidationError

from assistant.clock import SHOP_TIME
from eval.cases.case import Case, Split
from eval.cases.reading import BadCase, read_cases
from knowledge.noun import Noun

PACKS = Path(__file__).parent.parent / "packs"
SEALED = "sealed.yaml"
USES = "test-uses.jsonl"
WORKING_SPLITS = (Split.TRAIN, Split.DEV)


def _aware(day: datetime) -> datetime:
    return day if day.tzinfo is not None else day.replace(tzinfo=SHOP_TIME)


class PackFile(Noun):
    """``pack.yaml``: the title people read, the moment the shop's coupons and orders were written for, its material."""

    title: str
    day: Annotated[datetime, AfterValidator(_aware)]
    shop: str = "shop"


@dataclass(frozen=True)
class Pack:
    """One trade: where its shop's files lie, when its cases happen, and where they are."""

    name: str
    title: str
    day: datetime
    shop: Path
    folder: Path

    def cases(self, *splits: Split) -> tuple[Case, ...]:
        """The cases of these splits, by id; of no split there are none. Raises BadCase."""
        places = [place for split in splits if (place := self.folder / "dialogues" / split).is_dir()]
        return read_cases(*places) if places else ()


@dataclass(frozen=True)
class Chosen:
    """One case with where it stands."""

    pack: Pack
    split: Split
    case: Case

    @property
    def name(self) -> str:
        """Unique over all packs."""
        return f"{self.pack.name}/{self.case.id}"


def read_packs(folder: Path = PACKS) -> tuple[Pack, ...]:
    """Every pack of a folder, by name; raises BadCase where a pack.yaml does not fit."""
    return tuple(_read_pack(path.parent) for path in sorted(folder.glob("*/pack.yaml")))


def _read_pack(folder: Path) -> Pack:
    path = folder / "pack.yaml"
    try:
        written = PackFile.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadCase(
            f"{folder.name}/pack.yaml：要写明 title、day（如 2026-11-22T10:00），可以写 shop。{error}"
        ) from error
    shop = (folder / written.shop).resolve()
    if not shop.is_dir():
        raise BadCase(f"{folder.name}/pack.yaml：门店资料文件夹 {written.shop} 不存在")
    return Pack(folder.name, written.title, written.day, shop, folder)


def choose(
    packs: Sequence[Pack], splits: Sequence[Split], *, names: Sequence[str] = (), only: Sequence[str] = ()
) -> tuple[Chosen, ...]:
    """The cases of these packs and splits; ``names`` restricts the packs, ``only`` the case ids (or their beginnings)."""
    unknown = set(names) - {pack.name for pack in packs}
    if unknown:
        raise BadCase(f"没有这些题包：{'、'.join(sorted(unknown))}；有的是：{'、'.join(pack.name for pack in packs)}")
    wanted = [pack for pack in packs if not names or pack.name in names]
    chosen = tuple(Chosen(pack, split, case) for pack in wanted for split in splits for case in pack.cases(split))
    return tuple(one for one in chosen if not only or any(one.case.id.startswith(begin) for begin in only))


# ---- the seal on the test split ----------------------------------------------------------------


def seal_of(pack: Pack) -> str:
    """The hash of a pack's test split: what is asked and expected there, whatever the files are called."""
    whole = hashlib.sha256()
    for case in pack.cases(Split.TEST):
        whole.update(case.model_dump_json().encode())
    return whole.hexdigest()


def seals(folder: Path = PACKS) -> dict[str, str]:
    """The hashes as they were sealed, by pack."""
    path = folder / SEALED
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}) if path.exists() else {}


def seal(folder: Path = PACKS) -> dict[str, str]:
    """Seal every pack's test split as it is now."""
    now = {pack.name: seal_of(pack) for pack in read_packs(folder) if pack.cases(Split.TEST)}
    (folder / SEALED).write_text(yaml.safe_dump(now, allow_unicode=True), encoding="utf-8")
    return now


def broken_seals(folder: Path = PACKS) -> tuple[str, ...]:
    """The packs whose test split is not what was sealed."""
    sealed = seals(folder)
    return tuple(
        pack.name
        for pack in read_packs(folder)
        if (pack.name in sealed or pack.cases(Split.TEST)) and sealed.get(pack.name) != seal_of(pack)
    )


def record_use(why: str, commit: str, moment: datetime, folder: Path = PACKS) -> None:
    """Write down that the test split was looked at, when, at which commit and what for."""
    entry = {"at": moment.astimezone(SHOP_TIME).isoformat(timespec="seconds"), "commit": commit, "why": why}
    with (folder / USES).open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps({**entry, "sealed": seals(folder)}, ensure_ascii=False) + "\n")
