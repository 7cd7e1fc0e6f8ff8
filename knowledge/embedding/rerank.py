"""A second look at the leading passages: a cross-encoder reads question and passage together."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from knowledge.embedding.embed import bare_name, found_missing, local_models

_BATCH = 16


class Reranker(Protocol):
    """How well passages answer a question, read together, each 0 to 1.

    ``share`` is its say against the first ranking, 0 to 1.
    """

    @property
    def name(self) -> str: ...

    @property
    def share(self) -> float: ...

    def scores(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """One score for each passage; raises EmbedderUnavailable when the model cannot be loaded."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder by name or folder, loaded when first needed.

    The network is never asked with ``local_files_only``. Raises EmbedderUnavailable.
    """

    def __init__(
        self, name_or_folder: str, *, local_files_only: bool = True, threads: int = 0, share: float = 0.7
    ) -> None:
        self._model_name = name_or_folder
        self._local_files_only = local_files_only
        self._threads = threads
        self.share = share

    @property
    def name(self) -> str:
        """The model's name; of a folder only its last part."""
        return f"ce-{bare_name(self._model_name)}"

    @cached_property
    def _model(self) -> Any:
        local = local_models(self._threads, "或把 DAOGOU_RERANKER 留空")
        try:
            # one output through a sigmoid: 0 to 1, whatever the model was trained with
            return local.library.CrossEncoder(
                self._model_name,
                device="cpu",
                num_labels=1,
                local_files_only=self._local_files_only,
                trust_remote_code=False,
                activation_fn=local.torch.nn.Sigmoid(),
            )
        except (OSError, ValueError) as missing:
            raise found_missing("重排模型", self.name) from missing

    def scores(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """One score for each passage."""
        if not passages:
            return ()
        pairs = [(question, passage) for passage in passages]
        found = self._model.predict(pairs, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False)
        return tuple(float(score) for score in np.asarray(found, dtype=np.float64).reshape(len(pairs)))
