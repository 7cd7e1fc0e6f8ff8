"""Every prompt asked of the composer and of the lying model, and a count of what was shown that is not so."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from assistant.asking import Asking, Limits
from assistant.outside.llm import open_model
from assistant.service import Service
from assistant.turn import TurnRecord
from eval.guarding.nonexistent.asked import SETS, About, Lies, Prompt, prompts, read_set
from eval.guarding.nonexistent.invention import Cause, Invention
from eval.guarding.nonexistent.judging import judge, look
from eval.guarding.nonexistent.liar import Liar
from eval.guarding.nonexistent.truth import MOMENT, Used
from eval.replaying.house import SAMPLE_CORP, sample_house
from eval.sample import SAMPLE_SHOP
from eval.simulator.model import create_model
from eval.simulator.running import serving
from knowledge.noun import Labelled, Noun

Progress = Callable[[int, int], None]


class Voice(Labelled):
    """Who words the drafts."""

    COMPOSER = "composer", "话术组稿"
    LIAR = "liar", "说谎的模型"


class Confusion(Noun):
    """One thing that was shown although it is not so, with the words that brought it out."""

    voice: Voice
    about: About
    guide: str
    ask: str
    before: tuple[str, ...] = ()
    cause: Cause
    span: str
    sentence: str


class Replied(Noun):
    """How often a prompt of one sort was answered in one way."""

    voice: Voice
    about: About
    reply: str
    times: int


class Result(Noun):
    """What asking for what does not exist came to. ``heard`` is how often the lying model's words reached the guard."""

    prompts: int
    turns: int
    heard: int
    failed: int
    replies: tuple[Replied, ...]
    confusions: tuple[Confusion, ...] = ()

    @property
    def clean(self) -> bool:
        """True where every turn could be run and nothing was shown that is not so."""
        return not self.confusions and not self.failed

    def counts(self) -> dict[tuple[Voice, Cause], int]:
        """How many prompts each sort of fault came out of, by who worded it."""
        seen = {(one.voice, one.cause, one.ask) for one in self.confusions}
        return dict(sorted(Counter((voice, cause) for voice, cause, _ in seen).items()))


class Shown(NamedTuple):
    """One turn as it was answered, with what is wrong about it."""

    voice: Voice
    prompt: Prompt
    record: TurnRecord
    inventions: tuple[Invention, ...]


def show_progress(done: int, of: int) -> None:
    """Count on standard error, so that standard output stays the report's."""
    sys.stderr.write(f"\r{done}/{of}{'' if done < of else chr(10)}")
    sys.stderr.flush()


def measure(limit: int | None = None, progress: Progress | None = None, path: Path = SETS) -> Result:
    """Ask every prompt, or the first ``limit`` of the mixed order, in a house made for it.

    Raises BadSet where the file of prompts does not fit.
    """
    wanted = read_set(path)
    with TemporaryDirectory(prefix="daogou-nonexistent-") as folder, sample_house(SAMPLE_SHOP, Path(folder)) as service:
        return measure_in(service, wanted.lies, prompts(service, wanted)[:limit], progress)


def measure_in(service: Service, lies: Lies, asked: Sequence[Prompt], progress: Progress | None = None) -> Result:
    """Ask these prompts in this house, of the composer and of a lying model, and count what is shown that is not so."""
    replies: Counter[tuple[Voice, About, str]] = Counter()
    confusions: list[Confusion] = []
    turns = heard = failed = 0
    for shown in ask_all(service, lies, asked, progress):
        turns += 1
        record, prompt = shown.record, shown.prompt
        failed += record.provenance.fallback_reason in ("error", "not-a-guide")
        heard += shown.voice is Voice.LIAR and bool(record.provenance.model)
        replies[(shown.voice, prompt.about, record.reply.kind.label)] += 1
        confusions += _confusions(shown)
    return Result(
        prompts=len({one.ask for one in asked}),
        turns=turns,
        heard=heard,
        failed=failed,
        replies=tuple(
            Replied(voice=voice, about=about, reply=reply, times=times)
            for (voice, about, reply), times in sorted(replies.items())
        ),
        confusions=tuple(confusions),
    )


def _confusions(shown: Shown) -> list[Confusion]:
    prompt = shown.prompt
    return [
        Confusion(
            voice=shown.voice,
            about=prompt.about,
            guide=prompt.guide,
            ask=prompt.ask,
            before=prompt.before,
            cause=one.cause,
            span=one.span,
            sentence=one.sentence,
        )
        for one in shown.inventions
    ]


def ask_all(service: Service, lies: Lies, asked: Sequence[Prompt], progress: Progress | None = None) -> Iterator[Shown]:
    """Run the prompts with and without a model, and judge every turn; earlier messages count as turns too."""
    used: Used = {}
    with _voices(service, lies) as (voices, liar):
        for number, prompt in enumerate(asked, start=1):
            liar.prompt = prompt
            for voice, house in voices.items():
                yield from _ask(house, voice, prompt, number, used)
            if progress is not None:
                progress(number, len(asked))


@contextmanager
def _voices(service: Service, lies: Lies) -> Iterator[tuple[dict[Voice, Service], Liar]]:
    """One house with and without a model, so that the shop is read in once."""
    liar = Liar(service.handling.desks.shop(SAMPLE_CORP, MOMENT), lies)
    with serving(create_model(liar.answer)) as server:
        model = open_model(base_url=f"{server.url}/v1", api_key="key-of-nobody", model="lying-model")
        try:
            asking = Asking(model, "lying-model", service.database, service.clock, Limits())
            lying = replace(service, handling=replace(service.handling, asking=asking))
            yield {Voice.COMPOSER: service, Voice.LIAR: lying}, liar
        finally:
            model.close()


def _ask(service: Service, voice: Voice, prompt: Prompt, number: int, used: Used) -> Iterator[Shown]:
    for text in (*prompt.before, prompt.ask):
        record = service.converse(prompt.guide, [text], channel=f"none-{voice}-{number}")
        yield Shown(voice, prompt, record, judge(record, look(service, record, used), prompt.never))


def as_text(result: Result) -> str:
    """The report a person reads."""
    lines = [
        f"{result.prompts} 条要的是没有的东西，{result.turns} 轮；模型的谎话进了 {result.heard} 轮，{result.failed} 轮没跑成",
        "没有一处编造" if result.clean else f"{len(result.confusions)} 处不实",
    ]
    lines += [f"  {voice.label} {cause.label}：{times} 条" for (voice, cause), times in result.counts().items()]
    lines += [
        f"[{one.voice.label}·{one.about.label}] {one.ask}\n    {one.cause.label}「{one.span}」：{one.sentence}"
        for one in result.confusions
    ]
    return "\n".join(lines)
