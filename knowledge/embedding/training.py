"""Train a small static encoder on the shop's own pairs of question and passage; needs the extra ``local``.

Measured on other people's material: below about a thousand labelled pairs such an encoder is worse than plain words,
above it finds what shares no word. So the pairs must suffice, and a held-aside part of them must say that it helps.
"""

import importlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from knowledge.embedding.embed import EmbedderUnavailable
from knowledge.embedding.trained import TrainedEmbedder, pieces, save
from knowledge.words.wording import Wording

DIMENSION = 256
LARGEST_VOCABULARY = 60_000
_EPOCHS = 12
_BATCH = 256
_RATE = 0.02
_SCALE = 20.0
_SEED = 7


class Pair(NamedTuple):
    """A question and the text that answers it; ``weak`` ones come from the material's own headings and sentences."""

    question: str
    text: str
    weak: bool = False


def train(
    pairs: Sequence[Pair],
    texts: Iterable[str],
    folder: Path,
    wording: Wording,
    progress: Callable[[int, int], None] | None = None,
) -> TrainedEmbedder:
    """Train on these pairs and write the encoder to ``folder``; the same input gives the same encoder.

    ``texts`` are all passages, whose words make the vocabulary. Raises EmbedderUnavailable without the extra.
    """
    torch, modules, losses, tokenizers = _libraries()
    torch.manual_seed(_SEED)
    cut = [(pieces(pair.question, wording), pieces(pair.text, wording)) for pair in pairs]
    vocabulary = _vocabulary([*(pieces(text, wording) for text in texts), *(side for pair in cut for side in pair)])
    level = tokenizers.models.WordLevel({piece: at for at, piece in enumerate(vocabulary)}, unk_token=vocabulary[0])
    tokenizer = tokenizers.Tokenizer(level)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    static = modules.StaticEmbedding(tokenizer, embedding_dim=DIMENSION)
    model = importlib.import_module("sentence_transformers").SentenceTransformer(modules=[static], device="cpu")
    loss = losses.MultipleNegativesRankingLoss(model, scale=_SCALE)
    optimiser = torch.optim.Adam(model.parameters(), lr=_RATE)
    batches = [batch for epoch in range(_EPOCHS) for batch in _batches(cut, random.Random(_SEED + epoch))]
    for done, batch in enumerate(batches):
        sides = [model.preprocess([" ".join(pair[side]) for pair in batch]) for side in (0, 1)]
        optimiser.zero_grad()
        loss(sides, None).backward()
        optimiser.step()
        if progress is not None:
            progress(done + 1, len(batches))
    rows = static.embedding.weight.detach().numpy().astype(np.float16)
    return save(folder, vocabulary, rows, wording)


def _vocabulary(cut: Sequence[Sequence[str]]) -> list[str]:
    counted = Counter(piece for text in cut for piece in set(text))
    common = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return ["[UNK]", *(piece for piece, _ in common[: LARGEST_VOCABULARY - 1])]


def _batches(
    cut: Sequence[tuple[list[str], list[str]]], chance: random.Random
) -> Iterator[list[tuple[list[str], list[str]]]]:
    """Shuffled batches in which no text comes twice: its second question would be told that it is wrong."""
    waiting = list(range(len(cut)))
    chance.shuffle(waiting)
    while waiting:
        batch: list[int] = []
        later: list[int] = []
        seen: set[tuple[str, ...]] = set()
        for at in waiting:
            text = tuple(cut[at][1])
            if len(batch) < _BATCH and text not in seen:
                batch.append(at)
                seen.add(text)
            else:
                later.append(at)
        if len(batch) < 2:
            return
        yield [cut[at] for at in batch]
        waiting = later


def _libraries() -> tuple[Any, Any, Any, Any]:
    # by name, because the extra is optional and the type checker may not have it either
    try:
        return (
            importlib.import_module("torch"),
            importlib.import_module("sentence_transformers.sentence_transformer.modules"),
            importlib.import_module("sentence_transformers.sentence_transformer.losses"),
            importlib.import_module("tokenizers"),
        )
    except ImportError as missing:
        raise EmbedderUnavailable("训练要用 sentence-transformers。请先安装：pip install 'daogou[local]'") from missing
