"""What the administration is handed by the composition root: the console itself reads no settings and no files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Look(NamedTuple):
    """One thing that was examined: what, how it stands, what it says, and how to mend it (empty: nothing to do)."""

    what: str
    state: Literal["ok", "warn", "bad"]
    says: str
    remedy: str = ""


class Fact(NamedTuple):
    """A value that only the environment sets, in words and without secrets. ``name`` is the variable."""

    what: str
    value: str
    name: str


def nothing_examined() -> tuple[Look, ...]:
    """Where nobody handed in an examination."""
    return ()


def no_files(words: Sequence[str]) -> Mapping[str, int]:
    """Where the service keeps no files."""
    return {}


@dataclass(frozen=True)
class Outside:
    """``examine`` looks at everything a running service needs; it may take seconds and calls WeCom.

    ``facts`` are the values of the environment. ``tokens_per_day`` is the model's budget, 0 none. ``forgetting_key``
    makes the marks of forgotten people. ``files`` counts, by the name of a file of the data folder in words, how often
    any of these words stands in it.
    """

    examine: Callable[[], Sequence[Look]] = nothing_examined
    facts: Sequence[Fact] = ()
    tokens_per_day: int = 0
    version: str = ""
    forgetting_key: bytes = field(default=b"", repr=False)
    files: Callable[[Sequence[str]], Mapping[str, int]] = no_files
