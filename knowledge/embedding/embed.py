"""Turn text into vectors: the encoder trained on the shop's own questions, a sentence-transformers model, or an endpoint."""

import importlib
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding.instructions import Instructions, instructions_of

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings


Vectors = NDArray[np.float32]
BUILT_IN = "built-in"
_BATCH = 64


class EmbedderUnavailable(RuntimeError):
    """The encoder that was asked for cannot be used; the Chinese text says why and what to do."""


class EmbeddingFailed(EmbedderUnavailable):
    """The encoder exists but gave nothing this time (network, quota); trying again later may help."""


class LocalModels(NamedTuple):
    """The two modules of the extra ``local``."""

    torch: Any
    library: Any


def local_models(threads: int, instead: str) -> LocalModels:
    """Load the extra ``local``; ``instead`` says in Chinese what else to do. Raises EmbedderUnavailable."""
    # by name, because the extra is optional and the type checker may not have it either
    try:
        found = LocalModels(importlib.import_module("torch"), importlib.import_module("sentence_transformers"))
    except ImportError as missing:
        remedy = f"请先安装：pip install 'daogou[local]'，{instead}"
        raise EmbedderUnavailable(f"没有安装 sentence-transformers。{remedy}") from missing
    if threads:
        found.torch.set_num_threads(threads)
    return found


def bare_name(name_or_folder: str) -> str:
    """A model's name; of a folder only its last part, so that it says nothing about the machine."""
    folder = Path(name_or_folder)
    return folder.name if folder.exists() else name_or_folder


def found_missing(what: str, name: str) -> EmbedderUnavailable:
    """What to say of a model that is not on this machine."""
    return EmbedderUnavailable(f"找不到{what}“{name}”。请检查名称或文件夹；离线机器请先把模型文件夹拷过来")


class Embedder(Protocol):
    """Text to unit vectors.

    ``share`` is its say in the fusion with lexical search, 0 to 1. ``floor`` is the cosine from which a passage
    counts as related on the vectors' word alone; above 1 means never.
    """

    @property
    def name(self) -> str:
        """Name with version: a different name means different vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def share(self) -> float: ...

    @property
    def floor(self) -> float: ...

    def documents(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""
        ...

    def query(self, text: str) -> Vectors:
        """One vector for a question."""
        ...


class SentenceTransformerEmbedder:
    """A sentence-transformers model by name or folder. The model is loaded when first needed.

    What the model's own files say is to be put before questions and passages is put there; for the models in
    ``instructions`` that say nothing, what their makers say; ``query_instruction`` replaces either. With ``local_files_only`` the
    network is never asked; a folder needs none anyway. ``threads`` limits torch: two threads on a busy two-core
    machine made one text 340 ms instead of 11. Raises EmbedderUnavailable.
    """

    share = 0.6

    def __init__(
        self,
        name_or_folder: str,
        query_instruction: str = "",
        *,
        local_files_only: bool = True,
        threads: int = 0,
        floor: float = 0.6,
    ) -> None:
        self._model_name = name_or_folder
        self._own_instruction = query_instruction
        self._local_files_only = local_files_only
        self._threads = threads
        self.floor = floor

    @property
    def name(self) -> str:
        """The model's name; of a folder only its last part, so that the name says nothing about the machine."""
        return f"st-{bare_name(self._model_name)}"

    @property
    def dimension(self) -> int:
        """Dimension of the loaded model."""
        return int(self._model.get_embedding_dimension() or 0)

    @cached_property
    def _model(self) -> Any:
        local = local_models(self._threads, "或改用内置编码器")
        try:
            return local.library.SentenceTransformer(
                self._model_name, device="cpu", local_files_only=self._local_files_only, trust_remote_code=False
            )
        except (OSError, ValueError) as missing:
            raise found_missing("向量模型", self.name) from missing

    @cached_property
    def _instructions(self) -> Instructions:
        own: Mapping[str, str] = self._model.prompts
        written = own.get("document") or own.get("passage") or ""
        if own.get("query") or written:
            return Instructions(self._own_instruction or own.get("query", ""), written)
        return instructions_of(self._model_name, self._own_instruction)

    def documents(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""
        return self._encode(list(texts), self._instructions.passage)

    def query(self, text: str) -> Vectors:
        """One vector for a question."""
        row: Vectors = self._encode([text], self._instructions.question)[0]
        return row

    def _encode(self, texts: list[str], instruction: str) -> Vectors:
        # always said, even when empty: else a model that names a default prompt puts it before everything
        encoded = self._model.encode(
            texts,
            prompt=instruction,
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(encoded, dtype=np.float32)


class OpenAIEmbedder:
    """An OpenAI-compatible embeddings endpoint. The dimension is asked for with the first text.

    Raises EmbeddingFailed when the endpoint does not answer; the index then answers from the lexical half alone.
    """

    share = 0.6

    def __init__(
        self,
        base_url: str,
        key: str,
        model: str,
        query_instruction: str = "",
        *,
        timeout: float = 20,
        floor: float = 0.6,
    ) -> None:
        self._base_url = base_url
        self._key = key
        self._model = model
        self._instructions = instructions_of(model, query_instruction)
        self._timeout = timeout
        self.floor = floor

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return f"api-{self._model}"

    @cached_property
    def dimension(self) -> int:
        """Dimension of the endpoint's vectors."""
        return int(self.query("维度").shape[0])

    @cached_property
    def _client(self) -> "OpenAIEmbeddings":
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        # the settings go by the aliases the library documents, which its types do not know
        settings: dict[str, Any] = {
            "model": self._model,
            "base_url": self._base_url,
            "api_key": SecretStr(self._key),
            "timeout": self._timeout,
            "max_retries": 1,
            "chunk_size": _BATCH,
            # otherwise a tiktoken table is downloaded and token ids are sent, which other servers refuse
            "check_embedding_ctx_length": False,
        }
        return OpenAIEmbeddings(**settings)

    def documents(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return self._ask([self._instructions.passage + text for text in texts])

    def query(self, text: str) -> Vectors:
        """One vector for a question."""
        row: Vectors = self._ask([self._instructions.question + text])[0]
        return row

    def _ask(self, texts: list[str]) -> Vectors:
        from openai import OpenAIError

        from knowledge.people import without_people

        try:
            # the endpoint may be another company's: nobody's name, phone or address goes there
            answer = self._client.embed_documents([without_people(text) for text in texts])
        except OpenAIError as failed:
            raise EmbeddingFailed(f"向量接口没有应答（{type(failed).__name__}），先只用关键词检索") from failed
        return _unit(np.asarray(answer, dtype=np.float32))


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths == 0, 1, lengths)).astype(np.float32)


def open_embedder(
    name: str = BUILT_IN,
    *,
    trained: Path | None = None,
    base_url: str = "",
    key: str = "",
    query_instruction: str = "",
    local_files_only: bool = True,
    threads: int = 0,
) -> Embedder | None:
    """Choose the encoder: ``built-in`` is the one trained on the shop's own questions in the folder ``trained``, or
    None where there is none yet; with ``base_url`` the model ``name`` at that endpoint; else a sentence-transformers
    model by name or folder."""
    if not name or name == BUILT_IN:
        from knowledge.embedding.trained import TrainedEmbedder

        return TrainedEmbedder(trained) if trained is not None and trained.is_dir() else None
    if base_url:
        return OpenAIEmbedder(base_url, key, name, query_instruction)
    cores = threads or max(1, (os.cpu_count() or 2) // 2)
    return SentenceTransformerEmbedder(name, query_instruction, local_files_only=local_files_only, threads=cores)
