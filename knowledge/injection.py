"""How much a text sounds like orders to a model, whatever its words: a second look where no expression is met.

Expressions find the orders somebody has thought of. This is one sum over the runs of one to three characters of a sentence or a
few in a row, learned from attacks and from what guides, customers and papers really say
(``python -m eval.guarding.injection_reading``). The weights are whole parts of one, so that the same text weighs the same on every
machine.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

WEIGHTS = "injection.npz"
FINENESS = 256
"""What a run of characters weighs is packaged in this many parts of one."""
LONGEST_RUN = 3
WIDEST = 3
"""So many sentences in a row are weighed together: an order may be told in halves."""
LONGEST = 160
"""Characters that are weighed together; in a longer text a little of everything adds up to something."""
SHORTEST = 4
"""Chinese characters that say anything at all."""
LEAST_CHINESE = 0.12
"""The share of Chinese characters in what is weighed."""
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*")
_DIGIT = re.compile(r"\d")
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class _Weights:
    """What each run weighs, and what a text has to weigh to be taken for an order, in parts of one; ``bias`` is what nothing weighs."""

    of: dict[str, int]
    bias: int
    certain: int


def sounds_like_orders(text: str) -> str:
    """Return the sentences of a folded text that sound most like orders to a model; empty where none are certain to be."""
    weights = _weights()
    weighed = [(_sum(words, weights), words) for words in windows(text)]
    heaviest, words = max(weighed, default=(weights.bias, ""))
    return words if heaviest > weights.certain else ""


def windows(text: str) -> Iterator[str]:
    """Yield one to three sentences in a row of a text that are in Chinese, at most so many characters of each."""
    sentences = [match.group() for match in _SENTENCE.finditer(text)]
    for first in range(len(sentences)):
        for size in range(1, WIDEST + 1):
            words = "".join(sentences[first : first + size])
            if first + size > len(sentences) or (size > 1 and len(words) > LONGEST):
                break
            pieces = (words[start : start + LONGEST] for start in range(0, len(words), LONGEST))
            yield from (piece for piece in pieces if _is_chinese(piece))


def _is_chinese(words: str) -> bool:
    """Say whether a good part is Chinese: of other languages too little was learned to tell an order from a manual."""
    written = len(_HAN.findall(words))
    return written >= SHORTEST and written >= LEAST_CHINESE * len(words)


def runs(text: str) -> set[str]:
    """Return the runs of one to three characters of a text; a figure is a figure whatever it is."""
    plain = " ".join(_DIGIT.sub("0", text).split())
    return {plain[start : start + size] for size in range(1, LONGEST_RUN + 1) for start in range(len(plain) - size + 1)}


def _sum(words: str, weights: _Weights) -> int:
    return weights.bias + sum(weights.of.get(run, 0) for run in runs(words))


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    with np.load(io.BytesIO(files("knowledge.words").joinpath(WEIGHTS).read_bytes())) as held:
        names = held["runs"].tobytes().decode("utf-8").split("\n")
        bias, certain = held["bias_and_certain"].tolist()
        return _Weights(dict(zip(names, held["weights"].tolist(), strict=True)), bias, certain)
