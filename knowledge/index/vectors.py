"""The dense half of the index: vectors in an embedded Chroma, owned by this process alone."""

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from knowledge.embedding.embed import Vectors

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection


_FORMAT = 1
_UNFIT = re.compile(r"[^a-zA-Z0-9._-]+")


class VectorsUnavailable(RuntimeError):
    """The vector store failed; the Chinese text says how. The lexical half is not affected."""


def corp_mark(corp_id: str) -> str:
    """A short name for a corp that does not show its id."""
    return hashlib.sha256(corp_id.encode()).hexdigest()[:12]


def collection_name(corp_id: str, encoder: str, dimension: int) -> str:
    """One collection per corp, encoder, dimension and format: vectors of two encoders never meet."""
    short = _UNFIT.sub("-", encoder)[:80].strip("-._") or "encoder"
    digest = hashlib.sha256(encoder.encode()).hexdigest()[:8]
    return f"c{corp_mark(corp_id)}.{short}.{digest}.d{dimension}.v{_FORMAT}"


class VectorStore:
    """A Chroma collection in a folder of ours. Raises VectorsUnavailable."""

    def __init__(self, folder: Path, corp_id: str, encoder: str, dimension: int) -> None:
        import chromadb
        from chromadb.config import Settings

        name = collection_name(corp_id, encoder, dimension)
        try:
            opened = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
            self._client = cast("Client", opened)
            for other in self._client.list_collections():
                if other.name != name:
                    self._client.delete_collection(other.name)
            self._name = name
            self._collection = self._open()
            self._batch = self._client.get_max_batch_size()
        except _chroma_errors() as broken:
            raise VectorsUnavailable(
                f"向量库打不开（{type(broken).__name__}），先只用关键词检索；请重建索引"
            ) from broken

    def _open(self) -> "Collection":
        return self._client.get_or_create_collection(
            self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    @property
    def count(self) -> int:
        """Vectors in the collection."""
        return int(self._collection.count())

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add or replace vectors by passage id."""
        try:
            for start in range(0, len(ids), self._batch):
                end = start + self._batch
                self._collection.upsert(ids=list(ids[start:end]), embeddings=vectors[start:end])
        except _chroma_errors() as broken:
            raise VectorsUnavailable(f"向量写不进去（{type(broken).__name__}）；请重建索引") from broken

    def delete(self, ids: Sequence[str]) -> None:
        """Drop vectors by passage id; unknown ids are ignored."""
        try:
            for start in range(0, len(ids), self._batch):
                self._collection.delete(ids=list(ids[start : start + self._batch]))
        except _chroma_errors() as broken:
            raise VectorsUnavailable(f"向量删不掉（{type(broken).__name__}）；请重建索引") from broken

    def clear(self) -> None:
        """Drop every vector."""
        try:
            self._client.delete_collection(self._name)
            self._collection = self._open()
        except _chroma_errors() as broken:
            raise VectorsUnavailable(f"向量库清不空（{type(broken).__name__}）；请重建索引") from broken

    def search(self, vector: Vectors, limit: int) -> dict[str, float]:
        """The nearest passages with their cosine similarity.

        No filter is passed: filters cost more than the search itself (measured 10 ms against 1.5 at 10,000), so the
        caller asks for more and filters by what it holds. Fewer come where there are fewer: counting them first would
        cost three times the search (10 ms at 60,000).
        """
        try:
            found = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
        except _chroma_errors() as broken:
            raise VectorsUnavailable(f"向量检索失败（{type(broken).__name__}），先只用关键词检索") from broken
        distances = found["distances"]
        if distances is None:
            return {}
        return {id_: 1 - float(distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)}

    def close(self) -> None:
        """Release the files, so that the folder can be opened again in this process."""
        self._client.close()


def _chroma_errors() -> tuple[type[BaseException], ...]:
    from chromadb.errors import ChromaError

    # AttributeError: a client that could not open its files fails again while it stops
    return (ChromaError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, OSError, sqlite3.Error)
