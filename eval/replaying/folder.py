"""The folder of one run: what was run on what (``run.json``), and every turn as it came (``turns.jsonl``).

A run that was interrupted goes on where it stopped: a case counts once all its turns are written.
"""

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

from assistant.flow.guard.check import GUARD_VERSION
from eval.cases.case import Split
from eval.cases.packs import Chosen
from eval.cases.reading import BadCase
from eval.replaying.replay import TurnResult
from knowledge.noun import Noun

MANIFEST, TURNS = "run.json", "turns.jsonl"
_NAMED = ("daogou", "chromadb", "tantivy", "rjieba", "numpy", "pydantic", "langchain-openai")


class Manifest(Noun):
    """Enough to say which version answered which cases, and to run them again.

    ``cases`` is the hash of all that was asked and expected; ``houses`` the hash of every pack's shop and day.
    """

    run_id: str
    began_at: datetime
    finished_at: datetime | None = None
    commit: str = ""
    uncommitted: str = ""
    """The hash of what was changed and not committed; empty where nothing was."""
    guard_version: str = ""
    packages: dict[str, str] = {}
    python: str = ""
    cores: int = 0
    model: str = ""
    splits: tuple[Split, ...]
    packs: dict[str, str] = {}
    """Title by name."""
    cases: str
    number_of_cases: int
    repeats: int = 1
    through: str = "process"
    """``process``, or ``wecom`` where the messages went through callbacks and the WeCom simulator."""
    seconds: float = 0.0
    preparing_seconds: float = 0.0


def begun(
    chosen: Sequence[Chosen],
    moment: datetime,
    *,
    splits: tuple[Split, ...],
    repeats: int,
    model: str = "",
    through: str = "process",
) -> Manifest:
    """The manifest of a run that starts now."""
    commit, uncommitted = commit_here()
    asked = hashlib.sha256()
    for one in chosen:
        asked.update(f"{one.name}|{one.split}|{one.case.model_dump_json()}".encode())
    return Manifest(
        run_id=f"{moment:%Y%m%d-%H%M%S}-{commit[:8] or 'nogit'}",
        began_at=moment,
        commit=commit,
        uncommitted=uncommitted,
        guard_version=GUARD_VERSION,
        packages={name: version(name) for name in _NAMED},
        python=platform.python_version(),
        cores=os.cpu_count() or 1,
        model=model,
        splits=splits,
        packs={one.pack.name: one.pack.title for one in chosen},
        cases=asked.hexdigest(),
        number_of_cases=len(chosen),
        repeats=repeats,
        through=through,
    )


def commit_here() -> tuple[str, str]:
    """The commit of the source in use and the hash of what differs from it; empty outside a checkout."""
    root = Path(__file__).parent.parent.parent

    def git(*words: str) -> str:
        ran = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
        return ran.stdout if ran.returncode == 0 else ""

    try:
        commit, changed = git("rev-parse", "HEAD").strip(), git("diff", "HEAD")
    except FileNotFoundError:
        return "", ""
    return commit, hashlib.sha256(changed.encode()).hexdigest()[:12] if changed else ""


class RunFolder:
    """One run on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, manifest: Manifest) -> None:
        """Start a new run; a folder that holds another is refused."""
        if (self.folder / MANIFEST).exists():
            raise BadCase(f"{self.folder} 里已经有一次评测了，换个文件夹，或者加上 --resume 接着跑")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._save(manifest)

    def finish(self, seconds: float, preparing_seconds: float, moment: datetime) -> Manifest:
        """Note that all was run."""
        manifest = self.manifest().model_copy(
            update={"finished_at": moment, "seconds": seconds, "preparing_seconds": preparing_seconds}
        )
        self._save(manifest)
        return manifest

    def manifest(self) -> Manifest:
        """What was run on what; raises BadCase where this is no run's folder."""
        path = self.folder / MANIFEST
        if not path.exists():
            raise BadCase(f"{self.folder} 不是评测结果的文件夹（没有 {MANIFEST}）")
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))

    @contextmanager
    def written(self) -> Iterator["_Pen"]:
        """Add cases as they end, each whole and on disk before the next."""
        self._cut_unfinished_line()
        with (self.folder / TURNS).open("a", encoding="utf-8") as file:
            yield _Pen(file)

    def results(self) -> tuple[TurnResult, ...]:
        """Every turn of every whole case, by pack, case, repetition and number."""
        read = list(self._lines())
        whole: dict[tuple[str, int], int] = {}
        for one in read:
            whole[one.name, one.repeat] = whole.get((one.name, one.repeat), 0) + 1
        return tuple(
            sorted(
                (one for one in read if whole[one.name, one.repeat] == len(one.case.turns)),
                key=lambda one: (one.pack, one.case.id, one.repeat, one.number),
            )
        )

    def _cut_unfinished_line(self) -> None:
        path = self.folder / TURNS
        if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
            path.write_bytes(content[: content.rfind(b"\n") + 1])

    def _lines(self) -> Iterator[TurnResult]:
        path = self.folder / TURNS
        if not path.exists():
            return
        seen: dict[tuple[str, int, int], TurnResult] = {}
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            # a line that a killed run did not finish has no end
            if line.endswith("\n"):
                one = TurnResult.model_validate_json(line)
                seen[one.name, one.repeat, one.number] = one
        yield from seen.values()

    def _save(self, manifest: Manifest) -> None:
        path = self.folder / MANIFEST
        beside = path.with_suffix(".part")
        beside.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        beside.replace(path)


class _Pen:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, results: Sequence[TurnResult]) -> None:
        """Write one case."""
        self._file.write("".join(one.model_dump_json() + "\n" for one in results))
        self._file.flush()
