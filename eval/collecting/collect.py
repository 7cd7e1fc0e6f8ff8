"""Collecting cases from life: what managers kept, then half from the disagreements that could have done harm, the rest
from what went well."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from assistant.errors import NotFound
from assistant.flow.desk import Desk
from assistant.service import Service
from eval.cases.case import Case
from eval.cases.reading import read_cases
from eval.cases.writing import write_cases
from eval.collecting.cast import Cast
from eval.collecting.taking import Manager, NotTaken, case_of
from eval.collecting.talks import Kind, Talk, talks_of

ALIKE = 90
"""Talks whose words are so alike (0..100) are one question asked twice; of the sample shop's own cases none two are."""
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Collected:
    """What was written, by kind; what was left out and why; and how many talks were decided on at all."""

    files: tuple[Path, ...]
    kinds: Counter[Kind]
    alike: int
    left_out: Counter[str]
    decided: int


def cast_of(service: Service) -> Cast:
    """Everybody in a service's log, with who stands in for them."""

    @lru_cache(maxsize=256)
    def desk_of(userid: str) -> Desk | None:
        try:
            return service.desk(userid)
        except NotFound:
            return None

    cast = Cast(desk_of, tuple((one.userid, one.name) for one in service.guides()))
    cast.meet(service.export_turns())
    return cast


def collect(service: Service, folder: Path, existing: Sequence[Case], limit: int = 100) -> Collected:
    """Write cases to a folder, a file each; raises BadCase where what is there cannot be read."""
    folder.mkdir(parents=True, exist_ok=True)
    cast = cast_of(service)
    managers = {one.turn_id: Manager(one.approved, one.note) for one in service.decided_suggestions()}
    kept = {one.turn_id: one.reason for one in service.kept_cases()}
    talks = list(talks_of(service.export_turns(), kept))
    there = read_cases(folder) if any(folder.rglob("*.yaml")) else ()
    chooser = _Chooser((*existing, *there), {case.id for case in there})
    left_out: Counter[str] = Counter()

    def cases(ones: Iterable[Talk]) -> Iterator[tuple[Talk, Case]]:
        for talk in ones:
            try:
                case = case_of(talk, cast, managers.get(talk.last.turn_id))
            except NotTaken as why:
                left_out[str(why)] += 1
                continue
            if chooser.is_new(case):
                yield talk, case

    others = [talk for talk in talks if talk.last.turn_id not in kept]
    picked = cases([talk for talk in reversed(talks) if talk.last.turn_id in kept])
    dangerous = cases(_by_turns([talk for talk in others if talk.kind.dangerous]))
    harmless = cases(_by_turns([talk for talk in others if not talk.kind.dangerous]))
    # what a manager picked by hand comes first, then half of what is left from what could have done harm
    chosen = list(itertools.islice(picked, limit))
    chosen += itertools.islice(dangerous, (limit - len(chosen) + 1) // 2)
    chosen += itertools.islice(harmless, limit - len(chosen))
    chosen += itertools.islice(dangerous, limit - len(chosen))
    files = []
    for talk, case in chosen:
        path = folder / f"{case.id}.yaml"
        from_where = "店长收下的真实对话" if talk.last.turn_id in kept else "来自真实对话"
        write_cases([case], path, {case.id: [f"{from_where}：{talk.kind.label}"]})
        read_cases(path)
        files.append(path)
    return Collected(tuple(files), Counter(talk.kind for talk, _ in chosen), chooser.alike, left_out, len(talks))


def _by_turns(talks: Sequence[Talk]) -> Iterator[Talk]:
    """One of each kind and intent after another, the newest first, so that no common question fills a small set."""
    groups: dict[tuple[Kind, str], list[Talk]] = {}
    for talk in reversed(talks):
        groups.setdefault((talk.kind, talk.last.need.intent.value), []).append(talk)
    for row in itertools.zip_longest(*(groups[key] for key in sorted(groups))):
        yield from (talk for talk in row if talk is not None)


class _Chooser:
    """Knows every case there is, and lets none in that is all but one of them."""

    def __init__(self, existing: Iterable[Case], ids: set[str]) -> None:
        self._words = [words_of(case) for case in existing]
        self._ids = ids
        self.alike = 0

    def is_new(self, case: Case) -> bool:
        """Say whether there is nothing like it, and remember it."""
        words = words_of(case)
        near = process.extractOne(words, self._words, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if case.id in self._ids or near is not None:
            self.alike += 1
            return False
        self._words.append(words)
        return True


def words_of(case: Case) -> str:
    """What a guide writes in a case, without signs and spaces."""
    return _SIGNS.sub("", "".join(text for turn in case.turns for text in turn.guide)).lower()
