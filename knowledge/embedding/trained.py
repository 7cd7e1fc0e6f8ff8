"""The encoder trained on the shop's own questions: a table of vectors, read without any model library."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.embed import EmbedderUnavailable, Vectors
from knowledge.words.wording import Wording

_VOCABULARY = "vocabulary.json"
_ROWS = "rows.npy"
_CARD = "encoder.json"


def pieces(text: str, wording: Wording) -> list[str]:
    """What a text is made of for this encoder: the very grams of the lexical index, and words of three and more."""
    folded = wording.fold(text)
    return wording.grams(folded) + [word for word in wording.words(folded) if len(word) > 2]


class TrainedEmbedder:
    """The mean of the trained rows of a text's pieces. Raises EmbedderUnavailable when the folder holds none.

    ``share`` was chosen on questions held aside from training; see ``card``.
    """

    floor = 2.0

    def __init__(self, folder: Path, wording: Wording | None = None) -> None:
        try:
            self.card: dict[str, object] = json.loads((folder / _CARD).read_text(encoding="utf-8"))
            vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
            self._rows: NDArray[np.float16] = np.load(folder / _ROWS, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as missing:
            raise EmbedderUnavailable("还没有训练好的编码器；请运行 daogou index train") from missing
        self._places = {piece: at for at, piece in enumerate(vocabulary)}
        self._wording = wording or Wording()
        self.name = f"trained-{self.card['digest']}"
        self.dimension = int(self._rows.shape[1])
        self.share = float(str(self.card.get("share", 0.3)))

    def documents(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""
        return np.stack([self.query(text) for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)

    def query(self, text: str) -> Vectors:
        """One vector for a question; all zero for a text of unknown pieces."""
        known = [self._places[piece] for piece in pieces(text, self._wording) if piece in self._places]
        if not known:
            return np.zeros(self.dimension, dtype=np.float32)
        mean: Vectors = np.asarray(self._rows[known], dtype=np.float32).mean(axis=0)
        length = float(np.linalg.norm(mean))
        return mean / np.float32(length) if length else mean


def save(folder: Path, vocabulary: Sequence[str], rows: NDArray[np.float16], wording: Wording) -> TrainedEmbedder:
    """Write an encoder and open it; its name carries a digest of its content, so vectors of two never meet."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(json.dumps(list(vocabulary), ensure_ascii=False).encode() + rows.tobytes()).hexdigest()[:12]
    (folder / _VOCABULARY).write_text(json.dumps(list(vocabulary), ensure_ascii=False), encoding="utf-8")
    np.save(folder / _ROWS, rows, allow_pickle=False)
    note(folder, {"digest": digest, "pieces": len(vocabulary), "dimension": int(rows.shape[1])})
    return TrainedEmbedder(folder, wording)


def note(folder: Path, facts: dict[str, object]) -> None:
    """Add facts to the encoder's card: what it was trained on, what held-aside questions said, its share."""
    path = folder / _CARD
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, **facts}, ensure_ascii=False, indent=1), encoding="utf-8")
