"""Running cases into a folder: chosen, replayed on every core, written as they end, gone on with where it stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from assistant.clock import system_clock
from assistant.settings import Settings
from eval.cases.case import Split
from eval.cases.packs import PACKS, Chosen, broken_seals, choose, read_packs, record_use
from eval.cases.reading import BadCase
from eval.counting.outcome import TurnOutcome, outcomes_of
from eval.replaying.answers import Answering
from eval.replaying.folder import Manifest, RunFolder, begun, commit_here
from eval.replaying.house import houses_folder
from eval.replaying.replay import TurnResult
from eval.replaying.spread import prepare, spread
from eval.replaying.wire import replay_on_wire

RUNS = Path("var/eval")


@dataclass(frozen=True)
class Wanted:
    """Which cases, how often, on how many processes, and with which model (None: the composer alone).

    ``why`` is what the test split is looked at for; without it nobody may.
    """

    splits: tuple[Split, ...]
    packs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    packs_folder: Path = PACKS
    repeats: int = 1
    workers: int = 0
    answering: Answering | None = None
    why: str = ""
    on_wire: bool = False
    """Send every message as WeCom's callback and read every reply where a guide reads it; some seconds a case."""


@dataclass(frozen=True)
class Ran:
    """A whole run."""

    folder: Path
    manifest: Manifest
    results: tuple[TurnResult, ...]

    @property
    def outcomes(self) -> tuple[TurnOutcome, ...]:
        """Every turn without its record."""
        return outcomes_of(self.results, self.manifest.packs)


def chosen_by(wanted: Wanted) -> tuple[Chosen, ...]:
    """The cases that are wanted; raises BadCase where none are, or the test split is touched without a reason."""
    if Split.TEST in wanted.splits:
        if not wanted.why.strip():
            raise BadCase("测试部分只在发布前看一次：请用 --why 写明这次为什么要看，会记下来")
        broken = broken_seals(wanted.packs_folder)
        if broken:
            raise BadCase(
                f"测试部分和封存时不一样了：{'、'.join(broken)}。确认是有意改的，再用 daogou eval cases seal 重新封存"
            )
    if wanted.on_wire and wanted.answering is not None:
        raise BadCase("--through wecom 目前只走话术组稿，不能和 --with-model 一起用")
    found = choose(read_packs(wanted.packs_folder), wanted.splits, names=wanted.packs, only=wanted.only)
    if not found:
        raise BadCase("没有选中任何对话：看看 --pack、--split、--only 写得对不对")
    return found


def run(wanted: Wanted, folder: Path | None, waiting: Console, *, resume: bool = False) -> Ran:
    """Replay what is wanted into a folder (of its own name where none is given); raises BadCase."""
    chosen = chosen_by(wanted)
    model = wanted.answering.model if wanted.answering is not None else ""
    through = "wecom" if wanted.on_wire else "process"
    manifest = begun(chosen, system_clock(), splits=wanted.splits, repeats=wanted.repeats, model=model, through=through)
    into = RunFolder(folder or RUNS / manifest.run_id)
    done: set[tuple[str, int]] = set()
    if resume:
        manifest, done = _gone_on_with(into, manifest)
    else:
        into.begin(manifest)
    if Split.TEST in wanted.splits:
        record_use(wanted.why, commit_here()[0], system_clock(), wanted.packs_folder)
    every = [(one, repeat) for repeat in range(wanted.repeats) for one in chosen]
    left = [(one, repeat) for one, repeat in every if (one.name, repeat) not in done]
    began = perf_counter()
    preparing = _replay(left, into, wanted, waiting, len(every))
    manifest = into.finish(perf_counter() - began, preparing, system_clock())
    return Ran(into.folder, manifest, into.results())


def _gone_on_with(into: RunFolder, now: Manifest) -> tuple[Manifest, set[tuple[str, int]]]:
    """What an interrupted run was of, and the cases it finished; another version or other cases are refused."""
    before = into.manifest()
    for what, mine, its in (
        ("题目", now.cases, before.cases),
        ("代码版本", f"{now.commit}{now.uncommitted}", f"{before.commit}{before.uncommitted}"),
        ("模型", now.model, before.model),
    ):
        if mine != its:
            raise BadCase(f"{into.folder} 里那次评测的{what}和现在不一样，不能接着跑；请换个文件夹重新跑")
    return before, {(one.name, one.repeat) for one in into.results()}


def _replay(left: Sequence[tuple[Chosen, int]], into: RunFolder, wanted: Wanted, waiting: Console, whole: int) -> float:
    kept_in = houses_folder()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=waiting, transient=True) as bar:
        task = bar.add_task("备料", total=whole, completed=whole - len(left))
        preparing = prepare([one for one, _ in left], kept_in, wanted.workers)
        bar.update(task, description="回放")
        with into.written() as pen:
            for results in _one_by_one(left, kept_in, wanted):
                pen.add(results)
                bar.advance(task)
    return preparing


def _one_by_one(left: Sequence[tuple[Chosen, int]], kept_in: Path, wanted: Wanted) -> Iterator[tuple[TurnResult, ...]]:
    """Every case as it ends; through WeCom one after the other, for the durable jobs are one to a process."""
    if wanted.on_wire:
        return (replay_on_wire(one, kept_in, repeat) for one, repeat in left)
    return spread(left, kept_in, answering=wanted.answering, workers=wanted.workers)


def read_run(folder: Path) -> Ran:
    """A run that is there; raises BadCase where it is none."""
    into = RunFolder(folder)
    return Ran(folder, into.manifest(), into.results())


def answering_of_settings() -> Answering:
    """The model of the settings, its answers kept beside the runs; raises BadCase where none is set."""
    settings = Settings()
    if not settings.has_model:
        raise BadCase("没有配置模型。请设置 DAOGOU_LLM_BASE_URL、DAOGOU_LLM_API_KEY 和 DAOGOU_LLM_MODEL")
    return Answering(
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value(),
        model=settings.llm_model,
        method=settings.llm_method,
        kept_in=RUNS / "answers",
    )


@dataclass(frozen=True)
class Again:
    """How many turns came out byte for byte alike, and the names of those that did not."""

    turns: int
    same: int
    other: tuple[str, ...]


def again(earlier: Ran, folder: Path, waiting: Console, workers: int = 0) -> Again:
    """Run an earlier run's cases once more, as they were then, with the code and the shops as they are now."""
    packs = {pack.name: pack for pack in read_packs()}
    missing = sorted({one.pack for one in earlier.results} - packs.keys())
    if missing:
        raise BadCase(f"现在没有这些题包：{'、'.join(missing)}")
    chosen = {one.name: Chosen(packs[one.pack], one.split, one.case) for one in earlier.results}
    into = RunFolder(folder / "again")
    every = list(chosen.values())
    into.begin(begun(every, system_clock(), splits=earlier.manifest.splits, repeats=1))
    _replay([(one, 0) for one in every], into, Wanted(earlier.manifest.splits, workers=workers), waiting, len(every))
    now = {(one.name, one.number): one.fingerprint for one in into.results()}
    first = [one for one in earlier.results if one.repeat == 0]
    other = tuple(f"{one.name}#{one.number}" for one in first if now.get((one.name, one.number)) != one.fingerprint)
    return Again(len(first), len(first) - len(other), other)
