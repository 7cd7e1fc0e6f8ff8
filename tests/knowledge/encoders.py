"""A real little encoder for tests of the dense half: no training, no model, the same vector for the same words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.embed import Vectors
from knowledge.words.wording import Wording


class HashingEmbedder:
    """The encoder without a model: signed feature hashing of one to three neighbouring characters.

    Deterministic and stateless: the same text gives the same vector on every machine and in every version with this
    name. It knows no meanings; it finds other spellings of the same words, so its share in the fusion is small.
    """

    name = "hashed-grams-1"
    # chosen by judgement between memory and collisions, not swept
    dimension = 512
    share = 0.2
    floor = 2.0

    def __init__(self, wording: Wording | None = None) -> None:
        self._wording = wording or Wording()

    def documents(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self.query(text)
        return rows

    def query(self, text: str) -> Vectors:
        """One vector for a question; all zero for a text without letters."""
        vector = np.zeros(self.dimension, dtype=np.float32)
        characters = [character for character in self._wording.fold(text) if character.isalnum()]
        if not characters:
            return vector
        hashes, counts = np.unique(_gram_hashes(characters), return_counts=True)
        weights = 1 + np.log(counts)
        signs = np.where(hashes >> np.uint64(63), 1.0, -1.0)
        buckets = (hashes % np.uint64(self.dimension)).astype(np.intp)
        vector += np.bincount(buckets, weights=weights * signs, minlength=self.dimension).astype(np.float32)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length else vector


def _gram_hashes(characters: Sequence[str]) -> NDArray[np.uint64]:
    points = np.fromiter(map(ord, characters), dtype=np.uint64, count=len(characters))
    grams = [points]
    step = np.uint64(0x110000)
    for size in (2, 3):
        if len(points) >= size:
            longer = grams[-1][: len(points) - size + 1] * step + points[size - 1 :]
            grams.append(longer + np.uint64(size))
    return _mix(np.concatenate(grams))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The splitmix64 finaliser: neighbouring code points land far apart."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(31))
    return mixed
