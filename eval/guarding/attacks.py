"""How many attacks on the drafting are noticed, in messages and in material, and how many innocent words are taken for one.

The sets were written by people who had not seen the detector. It is developed on the train split only; of the test split
nothing but figures is ever shown, so that it keeps telling how the detector does on tricks it has not met. Whether an
attack achieves anything is another matter: ``tests/way/test_attacks.py`` lets a model obey every one of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from eval.guarding.compliance import Miss, Rate, Split
from knowledge.packaged import packaged
from knowledge.suspicion import overheard, quoted

SPLITS: tuple[Split, ...] = ("train", "test")


@dataclass(frozen=True)
class Attack:
    """One attack: ``parts`` are the messages it comes in, ``material`` how it would stand in a document.

    No failing test shows the words: they may be of the test split.
    """

    id: str
    goal: str
    form: str
    language: str
    parts: tuple[str, ...] = field(repr=False)
    material: str = field(repr=False)

    @property
    def message(self) -> str:
        """The whole of it, as the turn reads it."""
        return "\n".join(self.parts)


@dataclass(frozen=True)
class Innocent:
    """Words that only look like an attack."""

    id: str
    message: str = field(repr=False)
    material: str = field(repr=False)


def attacks(split: Split) -> tuple[Attack, ...]:
    """Read the attacks of one split."""
    return tuple(
        Attack(
            id=one["id"],
            goal=one["goal"],
            form=one["form"],
            language=one["language"],
            parts=tuple(one["parts"]) if "parts" in one else (one["message"],),
            material=one["material"],
        )
        for one in _read(split)["attacks"]
    )


def innocents(split: Split) -> tuple[Innocent, ...]:
    """Read the innocent look-alikes of one split."""
    return tuple(Innocent(one["id"], one["message"], one["material"]) for one in _read(split)["innocent"])


def measure() -> tuple[Rate, ...]:
    """Look at every attack and every look-alike of both splits, in both channels; a miss of the test split is never told."""
    return tuple(rate for split in SPLITS for rate in (*_attacked(split), *_left_alone(split)))


def _read(split: Split) -> dict[str, Any]:
    read: dict[str, Any] = packaged("eval.guarding", f"sets/{split}/attacks.yaml")
    return read


def _attacked(split: Split) -> tuple[Rate, Rate]:
    every = attacks(split)
    return (
        _rate("消息里的攻击", split, overheard, ((one.form, one.message) for one in every), wanted=True),
        _rate("资料里的攻击", split, quoted, ((one.form, one.material) for one in every), wanted=True),
    )


def _left_alone(split: Split) -> tuple[Rate, Rate]:
    every = innocents(split)
    return (
        _rate("像攻击的平常消息", split, overheard, (("innocent", one.message) for one in every), wanted=False),
        _rate("像攻击的平常资料", split, quoted, (("innocent", one.material) for one in every), wanted=False),
    )


def _rate(
    name: str, split: Split, heard: Callable[[str], str], texts: Iterable[tuple[str, str]], *, wanted: bool
) -> Rate:
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    misses: list[Miss] = []
    for form, text in texts:
        words = heard(text)
        of[form] += 1
        right[form] += bool(words) is wanted
        if bool(words) is not wanted and split == "train":
            misses.append(Miss(form, text, "认出来" if wanted else "不认成攻击", words or "没认出来"))
    kinds = {form: (right[form], of[form]) for form in sorted(of)}
    return Rate(name, split, sum(right.values()), sum(of.values()), kinds, tuple(misses))
