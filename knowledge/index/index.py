"""The searchable projection of the shop's published passages: lexical and dense search over one folder.

The database decides what is published; the index holds what it was given and can be rebuilt at any time. One process
owns a folder. The weights below were set by judgement and checked, not swept, on ``tests/knowledge/dev_questions.py``.
"""

import fcntl
import hashlib
import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from knowledge.embedding.embed import Embedder, EmbeddingFailed
from knowledge.index.ledger import Held, Ledger, held_of, scope_mark
from knowledge.index.lexical import Entry, LexicalIndex, entry_of
from knowledge.index.vectors import VectorStore, VectorsUnavailable, corp_mark
from knowledge.noun import Noun
from knowledge.passage import DocumentKind, Passage, Scope, ScopeLevel
from knowledge.words.wording import Question, Wording

FORMAT = "daogou-index 1"
RELEVANCE_WEIGHT = 0.35
# Below either a passage is not about the question. On the dev set all 55 answers stay in the first three and 38 of 40
# questions about other things get nothing; with the word coverage of plain cutting 44 stayed and 4 false ones came.
FLOOR = 0.55
LEAST_COVERAGE = 0.25
_CANDIDATES = 60
_EMBED_BATCH = 512
_NO_QUESTIONS: Mapping[str, Sequence[str]] = {}


class IndexProblem(RuntimeError):
    """The index folder cannot be used; the Chinese text says why and what to do."""


class IndexBusy(IndexProblem):
    """Another process (or another opener in this one) owns the folder."""


class IndexForeign(IndexProblem):
    """The folder holds something that is not our index, or another corp's."""


class Scored(Noun):
    """A passage found, best first.

    ``score`` (0 to 1) orders them; ``lexical`` and ``dense`` are shares of this question's best hit in each half;
    ``coverage`` says how much of the question's own words stand in the passage.
    """

    passage_id: str
    score: float
    dense: float
    lexical: float
    coverage: float


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whom and what a search is for."""

    scopes: frozenset[str]
    moment: datetime
    kinds: tuple[DocumentKind, ...]
    skus: tuple[str, ...]

    def admits(self, held: Held) -> bool:
        """Say whether a passage may be shown in this search."""
        if held.scope not in self.scopes or not held.valid_at(self.moment):
            return False
        if self.kinds and held.kind not in self.kinds:
            return False
        return not self.skus or not held.skus.isdisjoint(self.skus)


def fingerprint(passage: Passage, asked: Sequence[str] = ()) -> str:
    """What a passage and the questions attached to it look like now; a different value means it must be applied
    again."""
    content = json.dumps([passage.model_dump(mode="json"), list(asked)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class PassageIndex:
    """One corp's passages in one folder. Safe for threads, not for processes: a lock file keeps others out.

    Raises IndexBusy and IndexForeign when opened, EmbedderUnavailable when the encoder cannot be loaded at all.
    """

    def __init__(self, folder: Path, embedder: Embedder, corp_id: str) -> None:
        self._folder = folder
        self._embedder = embedder
        self._corp_id = corp_id
        # guards the ledger, the engines' writers and the dictionary of held passages against half-made changes
        self._guard = threading.RLock()
        self._missing = ""
        self._failing = ""
        self._lock = _take_lock(folder)
        try:
            _claim(folder, corp_id)
            self._wording = Wording()
            self._ledger = Ledger(folder / "ledger.sqlite3")
            self._lexical = LexicalIndex(folder / "lexical", self._wording)
            self._held = self._ledger.load()
            self._vectors = self._open_vectors()
            self._forget_unless_whole()
        except BaseException:
            self._lock.close()
            raise

    def _open_vectors(self) -> VectorStore | None:
        try:
            return VectorStore(self._vectors_folder(), self._corp_id, self._embedder.name, self._embedder.dimension)
        except (VectorsUnavailable, EmbeddingFailed) as broken:
            self._missing = str(broken)
            return None

    @property
    def degraded(self) -> str:
        """Empty, or why answers come from the lexical half alone, in Chinese."""
        return self._missing or self._failing

    def _forget_unless_whole(self) -> None:
        """An engine that holds fewer passages than the ledger says lost some (a crash, another encoder, a deleted
        folder): the ledger is emptied so that the owner's next comparison brings everything again."""
        short = self._lexical.count != len(self._held)
        if self._vectors is not None:
            short = short or self._vectors.count != len(self._held)
        if short and self._held:
            self._ledger.clear()
            self._held = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the folder. Closing twice does nothing."""
        if self._lock.closed:
            return
        with self._guard:
            self._ledger.close()
            if self._vectors is not None:
                self._vectors.close()
            self._lock.close()

    def count(self) -> int:
        """How many passages the index holds."""
        return len(self._held)

    def ids_with_hashes(self) -> dict[str, str]:
        """Every passage held, with the ``fingerprint`` it was applied with; the owner compares and applies the rest."""
        return {id_: held.hash for id_, held in self._held.items()}

    def rebuild(self, passages: Sequence[Passage], asked: Mapping[str, Sequence[str]] = _NO_QUESTIONS) -> None:
        """Drop everything and index these passages; repairs a damaged vector store."""
        with self._guard:
            self._ledger.clear()
            self._held = {}
            self._lexical.clear()
            self._renew_vectors()
            self.apply(passages, (), asked)

    def _renew_vectors(self) -> None:
        self._missing = self._failing = ""
        if self._vectors is not None:
            try:
                self._vectors.clear()
                return
            except VectorsUnavailable:
                self._vectors.close()
        damaged = self._vectors_folder()
        # a new name: Chroma remembers a folder it failed to open as long as the process lives
        (self._folder / f"vectors-{int(damaged.name.rsplit('-', 1)[-1]) + 1}").mkdir()
        shutil.rmtree(damaged, ignore_errors=True)
        self._vectors = self._open_vectors()

    def _vectors_folder(self) -> Path:
        numbers = [int(folder.name.rsplit("-", 1)[-1]) for folder in self._folder.glob("vectors-*")]
        return self._folder / f"vectors-{max(numbers, default=1)}"

    def apply(
        self,
        upserts: Sequence[Passage],
        deletions: Sequence[str],
        asked: Mapping[str, Sequence[str]] = _NO_QUESTIONS,
    ) -> None:
        """Replace and delete passages; searchable when this returns, and the same call again changes nothing.

        ``asked`` attaches to a passage id the questions it has answered (written samples, aliases, accepted drafts):
        the largest gain in recall without a model. They replace those attached before.
        """
        with self._guard:
            wanted = {passage.id: passage for passage in upserts}
            changed = self._changed(wanted, asked)
            gone = [id_ for id_ in dict.fromkeys(deletions) if id_ in self._held and id_ not in wanted]
            if not changed and not gone:
                return
            entries = [entry_of(wanted[id_], asked.get(id_, ()), self._wording) for id_ in changed]
            # a passage that goes must be unfindable first, whatever fails afterwards
            for id_ in gone:
                del self._held[id_]
            self._lexical.apply(entries, gone)
            complete = self._apply_vectors(entries, gone)
            # without its vector a passage keeps no hash, so the owner's next comparison brings it again
            hashes = changed if complete else dict.fromkeys(changed, "")
            held = {id_: held_of(wanted[id_], hash_, self._embedder.name) for id_, hash_ in hashes.items()}
            self._ledger.record(((held[entry.passage.id], entry.folded) for entry in entries), gone)
            self._held.update(held)
            if complete and self._vectors is not None and self._vectors.count == len(self._held):
                self._missing = ""

    def _changed(self, wanted: Mapping[str, Passage], asked: Mapping[str, Sequence[str]]) -> dict[str, str]:
        hashes = {id_: fingerprint(passage, asked.get(id_, ())) for id_, passage in wanted.items()}
        known = self._held
        return {id_: hash_ for id_, hash_ in hashes.items() if id_ not in known or known[id_].hash != hash_}

    def _apply_vectors(self, entries: Sequence[Entry], gone: Sequence[str]) -> bool:
        """Store the vectors; say whether all of them are there. A damaged store is not asked: only ``rebuild`` helps."""
        if self._vectors is None:
            return True
        try:
            self._vectors.delete(gone)
            for start in range(0, len(entries), _EMBED_BATCH):
                batch = entries[start : start + _EMBED_BATCH]
                vectors = self._embedder.documents([_embedded_text(entry.passage) for entry in batch])
                self._vectors.upsert([entry.passage.id for entry in batch], vectors)
        except (VectorsUnavailable, EmbeddingFailed) as broken:
            self._missing = str(broken)
            return False
        return True

    def search(
        self,
        text: str,
        *,
        store_id: str,
        region_id: str,
        moment: datetime,
        kinds: Sequence[DocumentKind] = (),
        skus: Sequence[str] = (),
        limit: int = 6,
    ) -> tuple[Scored, ...]:
        """Passages for a reader in this store and region, valid at this aware moment, best first.

        Empty ``kinds`` or ``skus`` do not restrict. Nothing below the relevance floor is returned: a question the
        material says nothing about gets an empty tuple.
        """
        question = self._wording.question(text)
        if not question.units or not self._held:
            return ()
        scopes = frozenset(
            (
                scope_mark(Scope()),
                scope_mark(Scope(level=ScopeLevel.REGION, id=region_id)),
                scope_mark(Scope(level=ScopeLevel.STORE, id=store_id)),
            )
        )
        wanted = _Wanted(scopes, moment, tuple(kinds), tuple(skus))
        lexical = self._lexical_shares(question, wanted, limit)
        cosines = self._cosines(text, wanted, limit)
        found = self._score(question, lexical, cosines, limit)
        return tuple(sorted(found, key=lambda scored: (-scored.score, scored.passage_id))[:limit])

    def _lexical_shares(self, question: Question, wanted: _Wanted, limit: int) -> dict[str, float]:
        """Admitted passages with their BM25 score as a share of the best; asks for more while validity thins them."""
        asking = max(_CANDIDATES, limit * 4)
        while True:
            hits = self._lexical.search(question, sorted(wanted.scopes), wanted.kinds, wanted.skus, asking)
            admitted = [hit for hit in hits if self._admits(hit.id, wanted)]
            if len(admitted) >= limit or len(hits) < asking:
                break
            asking *= 4
        best = max((hit.score for hit in admitted), default=0.0)
        return {hit.id: hit.score / best for hit in admitted[: max(_CANDIDATES, limit)]} if best > 0 else {}

    def _admits(self, passage_id: str, wanted: _Wanted) -> bool:
        held = self._held.get(passage_id)
        return held is not None and wanted.admits(held)

    def _cosines(self, text: str, wanted: _Wanted, limit: int) -> dict[str, float]:
        if self._vectors is None:
            return {}
        asking = min(max(_CANDIDATES, limit * 4), len(self._held))
        try:
            near = self._vectors.search(self._embedder.query(text), asking)
        except (VectorsUnavailable, EmbeddingFailed) as broken:
            self._failing = str(broken)
            return {}
        self._failing = ""
        return {id_: cosine for id_, cosine in near.items() if cosine > 0 and self._admits(id_, wanted)}

    def _score(
        self, question: Question, lexical: Mapping[str, float], cosines: Mapping[str, float], limit: int
    ) -> list[Scored]:
        nearest = max(cosines.values(), default=0.0)
        dense = {id_: cosine / nearest for id_, cosine in cosines.items()} if nearest else {}
        share = self._embedder.share if dense else 0.0
        fused = {id_: (1 - share) * lexical.get(id_, 0.0) + share * dense.get(id_, 0.0) for id_ in {*lexical, *dense}}
        leading = sorted(fused, key=lambda id_: (-fused[id_], id_))[: max(_CANDIDATES // 2, limit * 2)]
        with self._guard:
            texts = self._ledger.folded(leading)
        judge = self._lexical.judge(question)
        found = []
        for id_ in leading:
            relevance = judge.relevance(texts.get(id_, ""))
            related = relevance.value >= FLOOR and relevance.coverage >= LEAST_COVERAGE
            if not related and cosines.get(id_, 0.0) < self._embedder.floor:
                continue
            score = (1 - RELEVANCE_WEIGHT) * fused[id_] + RELEVANCE_WEIGHT * relevance.value
            found.append(
                Scored(
                    passage_id=id_,
                    score=round(score, 4),
                    dense=round(dense.get(id_, 0.0), 4),
                    lexical=round(lexical.get(id_, 0.0), 4),
                    coverage=round(relevance.coverage, 4),
                )
            )
        return found


def _embedded_text(passage: Passage) -> str:
    return f"{' '.join((passage.title, *passage.heading))}\n{passage.text}"


def _take_lock(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True)
    # append mode: opening must not touch a file that somebody else holds
    lock = (folder / "lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        lock.close()
        raise IndexBusy(
            "索引文件夹正被另一个进程使用：同一个文件夹只能由一个服务打开，请先停掉另一个，或换一个文件夹"
        ) from busy
    return lock


def _claim(folder: Path, corp_id: str) -> None:
    """Open only what we made: a vector store from elsewhere can carry settings that run code when opened.

    An index of an older format is thrown away, since it can be rebuilt.
    """
    mark = folder / "made-by"
    ours = f"{FORMAT} {corp_mark(corp_id)}"
    if not mark.exists():
        if any(child.name != "lock" for child in folder.iterdir()):
            raise IndexForeign("索引文件夹里有别的东西，不是本程序建的索引；请换一个空文件夹")
        mark.write_text(ours, encoding="utf-8")
        return
    made = mark.read_text(encoding="utf-8").strip()
    if made == ours:
        return
    if not made.startswith("daogou-index ") or made.rsplit(" ", 1)[-1] != corp_mark(corp_id):
        raise IndexForeign("索引文件夹属于另一个企业；请换一个文件夹")
    for part in (folder / "lexical", *folder.glob("vectors-*")):
        shutil.rmtree(part, ignore_errors=True)
    for file in folder.glob("ledger.sqlite3*"):
        file.unlink()
    mark.write_text(ours, encoding="utf-8")
