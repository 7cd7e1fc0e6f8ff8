"""Inspect AI's datasets: a JSON line a case, as ``json_dataset`` reads it without being told any field.

``input`` are the messages of the first turn, ``target`` the words that must stand in its answer, and the metadata hold
the whole case with the later turns and every expectation, so that a solver can go on and a scorer can judge.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.cases.case import Case
from eval.cases.packs import Chosen
from eval.cases.writing import content_of


def write_dataset(chosen: Sequence[Chosen], path: Path) -> None:
    """Write these cases as samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # a line ends where JSON lines end: a text may hold what Python also takes for the end of a line
    path.write_text("".join(f"{line}\n" for line in _samples(chosen)), encoding="utf-8", newline="\n")


def read_dataset(path: Path) -> tuple[Case, ...]:
    """The cases of samples that we wrote."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return tuple(Case.model_validate(json.loads(line)["metadata"]["case"]) for line in lines if line)


def _samples(chosen: Sequence[Chosen]) -> Iterator[str]:
    for one in chosen:
        case = one.case
        first = case.turns[0]
        words = [*first.expect.says, *(word for group in first.expect.says_any for word in group)]
        sample = {
            "id": one.name,
            "input": [{"role": "user", "content": text} for text in first.guide],
            "target": words,
            "metadata": {
                "pack": one.pack.name,
                "split": one.split.value,
                "turns": len(case.turns),
                **case.tags.slices(),
                "case": content_of(case),
            },
        }
        yield json.dumps(sample, ensure_ascii=False)
