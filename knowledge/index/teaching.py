"""Teach an encoder from the questions that passages have answered, and keep it only if held-aside ones are found better.

Fusing an encoder that does not help costs memory, time and places in the list, so it must prove itself on each shop.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from knowledge.embedding.trained import TrainedEmbedder, note
from knowledge.embedding.training import Pair, train
from knowledge.index.index import PassageIndex, embedded_text
from knowledge.measures import Interval, ndcg, paired
from knowledge.passage import Passage, ScopeLevel
from knowledge.words.wording import Wording

LEAST_QUESTIONS = 200
"""Answered questions below which training is not tried: a fifth of fewer could prove nothing."""
MOST_WEAK = 2_000
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
_DEPTH = 30
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
Asked = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Taught:
    """What came of it. ``gain`` is in nDCG@10 on the ``held_aside`` questions; None where nothing was trained."""

    questions: int
    held_aside: int = 0
    share: float = 0.0
    gain: Interval | None = None

    @property
    def is_kept(self) -> bool:
        """Say whether the encoder helps beyond doubt."""
        return self.gain is not None and self.gain.low > 0

    @property
    def words(self) -> str:
        """What a manager is told."""
        if self.gain is None:
            return (
                f"答过的问题只有 {self.questions} 条，至少要 {LEAST_QUESTIONS} 条才能训练；先用关键词检索，问答多了再来"
            )
        measured = (
            f"留出的 {self.held_aside} 条问题上，nDCG@10 变化 {self.gain.mean:+.3f}"
            f"（95% 区间 {self.gain.low:+.3f} 到 {self.gain.high:+.3f}）"
        )
        return f"{measured}，{f'已采用，向量占比 {self.share}' if self.is_kept else '没有明显变好，不采用'}"


def teach(
    passages: Sequence[Passage],
    asked: Asked,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Taught:
    """Train, try on a fifth held aside, and if it helps train on all and leave the encoder in ``folder``.

    An encoder kept before stays when the new one does not help. Raises EmbedderUnavailable without the extra ``local``.
    """
    by_id = {passage.id: passage for passage in passages}
    known = {id_: tuple(texts) for id_, texts in asked.items() if id_ in by_id}
    count = sum(map(len, known.values()))
    if count < LEAST_QUESTIONS:
        return Taught(count)
    aside = {id_: tuple(filter(_is_aside, texts)) for id_, texts in known.items()}
    kept = {id_: tuple(text for text in texts if not _is_aside(text)) for id_, texts in known.items()}
    wording = Wording()
    with tempfile.TemporaryDirectory(prefix="daogou-teaching-") as name:
        base = Path(name)
        encoder = train(_pairs(by_id, kept), map(embedded_text, passages), base / "encoder", wording, progress)
        verdict = _try(passages, kept, aside, encoder, base / "index", count)
        if verdict.is_kept:
            train(_pairs(by_id, known), map(embedded_text, passages), base / "whole", wording, progress)
            note(base / "whole", {"share": verdict.share, "trial": asdict(verdict)})
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(base / "whole", folder)
    return verdict


def _pairs(by_id: Mapping[str, Passage], asked: Asked) -> list[Pair]:
    """The labelled pairs, and some that the material gives by itself: a heading and the text below it."""
    labelled = [Pair(text, embedded_text(by_id[id_])) for id_, texts in asked.items() for text in texts]
    titled = [one for one in by_id.values() if one.title.strip() and one.text.strip()]
    some = sorted(titled, key=lambda one: _digest(one.id))[:MOST_WEAK]
    return labelled + [Pair(" ".join((one.title, *one.heading)), one.text, weak=True) for one in some]


def _try(
    passages: Sequence[Passage], asked: Asked, aside: Asked, encoder: TrainedEmbedder, folder: Path, count: int
) -> Taught:
    """Search the held-aside questions by words alone and with each share; the best share must beat the words."""
    right: dict[str, dict[str, int]] = {}
    readers: dict[str, Passage] = {}
    for passage in passages:
        for text in aside.get(passage.id, ()):
            right.setdefault(text, {})[passage.id] = 1
            readers[text] = passage
    with PassageIndex(folder, encoder, "teaching") as index:
        index.apply(passages, (), asked)
        index.encode()
        plain = _figures(index, encoder, 0.0, right, readers)
        by_share = {share: _figures(index, encoder, share, right, readers) for share in SHARES}
    best = max(SHARES, key=lambda share: (sum(by_share[share]), -share))
    return Taught(count, len(right), best, paired(plain, by_share[best]))


def _figures(
    index: PassageIndex,
    encoder: TrainedEmbedder,
    share: float,
    right: Mapping[str, Mapping[str, int]],
    readers: Mapping[str, Passage],
) -> list[float]:
    encoder.share = share
    figures = []
    for text, gains in right.items():
        scope, start = readers[text].scope, readers[text].valid_from
        found = index.search(
            text,
            store_id=scope.id if scope.level is ScopeLevel.STORE else "",
            region_id=scope.id if scope.level is ScopeLevel.REGION else "",
            moment=start or _NEVER,
            limit=_DEPTH,
        )
        figures.append(ndcg([one.passage_id for one in found.passages], gains))
    return figures


def _is_aside(text: str) -> bool:
    return int(_digest(text)[:8], 16) % 5 == 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
