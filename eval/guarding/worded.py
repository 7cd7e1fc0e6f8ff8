"""Drafts that people worded freely from the records of a question, true ones and false ones, with the brief behind each.

What a model writes is not what the composer writes. The sets were written by authors who knew the records of each question and
none of the guard's rules; the question is asked anew here, so that the brief is what the product finds today.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import yaml

from assistant.flow.answer import answer
from assistant.flow.brief import Brief
from assistant.flow.desk import Inquiry
from assistant.flow.guard.check import check
from assistant.turn import Draft, DraftSource, Message, Outcome, Sentence, Verdict
from eval.cases.packs import Pack, read_packs
from eval.replaying.house import House, Material, houses_folder, opened

Split = Literal["train", "test", "reckoning"]
SPLITS: tuple[Split, ...] = ("train", "test", "reckoning")
"""``reckoning`` is of authors who work out figures in nearly every sentence; nothing was learned from them, and they may be read."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Untrue:
    """A sentence that no record backs; ``span`` are the words that are false, empty where the author marked none."""

    kind: str
    text: str
    span: str = ""


@dataclass(frozen=True)
class Worded:
    """What one author wrote for one question. ``author`` is a number, nobody's name."""

    author: str
    pack: str
    guide: str
    asked: str
    true: tuple[tuple[str, ...], ...]
    untrue: tuple[Untrue, ...]


@dataclass(frozen=True)
class Laid:
    """The same with the brief of today, a draft of the composer's for it, and those of them that the guard leaves whole."""

    worded: Worded
    brief: Brief
    base: Draft
    composed: tuple[Draft, ...]

    def draft_of(self, sentences: Sequence[str]) -> Draft:
        """These sentences as a model's draft for this brief."""
        ended = (text if text[-1] in "。！？!?～~" else f"{text}。" for text in sentences)
        told = tuple(Sentence(text=text) for text in ended)
        return self.base.model_copy(update={"sentences": told, "claims": (), "source": DraftSource.MODEL})


def read(split: Split) -> tuple[Worded, ...]:
    """Everything the authors of one split wrote, in their order."""
    room = files("eval.guarding").joinpath("sets", "worded", split)
    names = sorted(path.name for path in room.iterdir() if path.name.endswith(".yaml"))
    return tuple(
        one for name in names for one in _read(name.removesuffix(".yaml"), room.joinpath(name).read_text("utf-8"))
    )


def _read(author: str, text: str) -> Iterator[Worded]:
    rows: list[dict[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    for row in rows:
        yield Worded(
            author,
            row["pack"],
            row["guide"],
            row["asked"],
            tuple(map(tuple, row["true"])),
            tuple(Untrue(one["kind"], one["text"], one.get("span", "")) for one in row["false"]),
        )


def laid(wanted: Sequence[Worded], progress: Progress | None = None) -> Iterator[Laid]:
    """Ask every question anew; one that the product no longer answers with a draft is left out."""
    done = 0
    for pack in read_packs():
        mine = [one for one in wanted if one.pack == pack.name]
        if mine:
            with opened(Material(pack.shop, pack.day, {}), houses_folder()) as house:
                for one in mine:
                    yield from _asked(one, pack, house)
                    done += 1
                    if progress is not None:
                        progress(done, len(wanted))


def _asked(one: Worded, pack: Pack, house: House) -> Iterator[Laid]:
    service = house.service
    desk = service.handling.desks.lay(service.settings.corp_id, one.guide, "worded", "", pack.day)
    message = Message(message_id="worded", text=one.asked, received_at=pack.day)
    answered = answer(Inquiry((message,), pack.day), desk, service.handling.search, None)
    if answered.brief is not None and answered.drafted.drafts:
        passed = tuple(verdict.draft for verdict in answered.verdicts if verdict.outcome is Outcome.PASS)
        base = passed[0] if passed else answered.drafted.drafts[0]
        yield Laid(one, answered.brief, base, passed)


# ---- measuring ---------------------------------------------------------------------------------


END = 8


@dataclass(frozen=True)
class Missed:
    """A sentence judged otherwise than its author meant it; ``objections`` are the rules that stopped a true one."""

    kind: str
    asked: str
    text: str
    objections: tuple[str, ...] = ()


@dataclass(frozen=True)
class Freely:
    """What the guard makes of drafts worded freely: of (right, all) each, by kind the false sentences."""

    split: Split
    drafts_whole: tuple[int, int]
    sentences_kept: tuple[int, int]
    stopped: dict[str, tuple[int, int]]
    missed: tuple[Missed, ...]

    @property
    def stopped_share(self) -> float:
        """The share of all false sentences that were stopped."""
        return sum(right for right, _ in self.stopped.values()) / sum(of for _, of in self.stopped.values())

    @property
    def cut_share(self) -> float:
        """The share of true sentences that were cut."""
        kept, of = self.sentences_kept
        return 1 - kept / of


def measure(split: Split, progress: Progress | None = None, author: str = "") -> Freely:
    """Check every true draft and every false sentence of a split, or one author; of the test split no sentence is told."""
    whole = drafts = kept = sentences = 0
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    missed: list[Missed] = []
    for one in laid([one for one in read(split) if author in ("", one.author)], progress):
        for told in one.worded.true:
            verdict = check(one.draft_of(told), one.brief)
            left = "".join(sentence.text for sentence in verdict.draft.sentences)
            # behind a cut sentence one loses its 另外, and is still there
            cut = [text for text in told if text.strip("。！？!?～~ ")[-END:] not in left]
            drafts, whole = drafts + 1, whole + (verdict.outcome is Outcome.PASS)
            sentences, kept = sentences + len(told), kept + len(told) - len(cut)
            missed += [Missed("true", one.worded.asked, text, _objections(verdict, text)) for text in cut]
        for untrue in one.worded.untrue:
            stopped = check(one.draft_of([untrue.text]), one.brief).outcome is not Outcome.PASS
            of[untrue.kind] += 1
            right[untrue.kind] += stopped
            if not stopped:
                missed.append(Missed(untrue.kind, one.worded.asked, untrue.text))
    kinds = {kind: (right[kind], of[kind]) for kind in sorted(of)}
    return Freely(split, (whole, drafts), (kept, sentences), kinds, () if split == "test" else tuple(missed))


def _objections(verdict: Verdict, text: str) -> tuple[str, ...]:
    return tuple(f"{one.rule}：{one.span}" for one in verdict.findings if one.span and one.span in text)
