"""The searchable projection of the shop's published passages: lexical and dense search over one folder.

The database decides what is published; the index holds what it was given and can be rebuilt at any time. One process
owns a folder.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, tee
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from knowledge.asking.asked import Asked, Part
from knowledge.asking.asking import Asking, points_back
from knowledge.asking.vocabulary import Vocabulary
from knowledge.embedding.embed import Embedder, EmbedderUnavailable, EmbeddingFailed
from knowledge.embedding.rerank import Reranker
from knowledge.index.answered import AnsweredQuestions
from knowledge.index.folder import IndexDamaged, OwnedFolder
from knowledge.index.found import Found
from knowledge.index.ledger import Held, Ledger, Noted
from knowledge.index.lexical import Entry, LexicalIndex, LexicalUnavailable, entry_of
from knowledge.index.searching import Halves, Wanted, look, scopes_of, woven
from knowledge.index.vectors import VectorStore, VectorsUnavailable
from knowledge.passage import DocumentKind, Passage, marks
from knowledge.words.judge import Judge
from knowledge.words.wording import Question, Wording

Item = TypeVar("Item")
# Questions that stand for themselves say more than this much (summed weights of their words); one that points back
# (那…呢, 它, 也) needs more for that. Over train and dev: follow-ups recall@10 .777 -> .822 (always leaning: .839), other questions
# after an unrelated message nDCG@10 .761 -> .761 (always leaning: .737).
_LEANS_BELOW = 1.8
_POINTING_LEANS_BELOW = 99.0
_EMBED_BATCH = 512
# how many passages are folded, cut and written at once: their cut text is what building holds in memory
_WRITE_BATCH = 10_000
_NO_QUESTIONS: Mapping[str, Sequence[str]] = {}


class PassageIndex:
    """One corp's passages in one folder. Safe for threads, not for processes: a lock file keeps others out.

    Without a folder it lives in memory; without an embedder it has words alone; a ``reranker`` looks at the leading
    passages again. Raises IndexBusy, IndexForeign and
    IndexDamaged when opened, EmbedderUnavailable when the encoder cannot be loaded at all.
    """

    def __init__(
        self, folder: Path | None, embedder: Embedder | None, corp_id: str, reranker: Reranker | None = None
    ) -> None:
        self._embedder = embedder
        self._second = _Second(reranker) if reranker is not None else None
        self._corp_id = corp_id
        # guards the ledger, the engines' writers and the remembered scopes against half-made changes
        self._guard = threading.RLock()
        self._missing = ""
        self._failing = ""
        self._stopping = False
        self._folder = OwnedFolder(folder, corp_id) if folder is not None else None
        try:
            self._wording = Wording()
            self._open_words()
            self._vectors = self._open_vectors()
            self._forget_unless_whole()
            self._learn_unless_known()
            self._scopes = self._ledger.scopes()
            self._waiting = self._ledger.waiting()
        except (LexicalUnavailable, sqlite3.DatabaseError) as damaged:
            self._unlock()
            raise IndexDamaged("索引文件坏了，先用关键词临时检索；请运行 daogou index rebuild 重建") from damaged
        except BaseException:
            self._unlock()
            raise

    def _open_words(self) -> None:
        folder = self._folder.path if self._folder is not None else None
        self._ledger = Ledger(folder / "ledger.sqlite3" if folder is not None else None)
        self._vocabulary = (
            Vocabulary.load(folder / "vocabulary", self._wording) if folder is not None else Vocabulary(self._wording)
        )
        self._asking = Asking(self._wording, self._vocabulary)
        self._lexical = LexicalIndex(folder / "lexical" if folder is not None else None, self._wording)
        self._answered = AnsweredQuestions(folder / "answered" if folder is not None else None, self._wording)

    def _open_vectors(self) -> VectorStore | None:
        if self._embedder is None or self._folder is None:
            return None
        try:
            name, dimension = self._embedder.name, self._embedder.dimension
            return VectorStore(self._folder.vectors, self._corp_id, name, dimension)
        except (VectorsUnavailable, EmbeddingFailed) as broken:
            self._missing = str(broken)
            return None

    @property
    def degraded(self) -> str:
        """Empty, or why answers come from the lexical half alone, in Chinese."""
        waiting = f"还有 {self._waiting} 段没有算好向量，先只用关键词检索" if self._waiting else ""
        second = self._second.failing if self._second is not None else ""
        return self._missing or self._failing or waiting or second

    def _forget_unless_whole(self) -> None:
        """Make good what a crash left behind, so that the owner's next comparison brings what is missing.

        Words that the ledger never learnt of, or has forgotten, are dropped. An engine that holds fewer passages than
        the ledger says has lost some (another encoder, a deleted folder): then the ledger is emptied.
        """
        held = self._ledger.count()
        if self._lexical.count > held:
            known = self._ledger.hashes()
            unknown = [id_ for id_ in self._lexical.ids() if id_ not in known]
            self._lexical.apply((), unknown)
            self._answered.apply((), unknown)
        short = self._lexical.count != held
        if self._vectors is not None:
            short = short or self._vectors.count < held - self._ledger.waiting()
        if short and held:
            self._ledger.clear()

    def _learn_unless_known(self) -> None:
        """A vocabulary of other passages than those held (a crash, an index emptied) is learnt anew."""
        if self._vocabulary.passages != self._ledger.count():
            self._vocabulary.clear()
            self._learn(self._ledger.texts())

    def _learn(self, folded: Iterable[str]) -> None:
        texts, again = tee(folded)
        self._vocabulary.learn(texts, (text.partition("\n")[0] for text in again))

    def _unlearn(self, ids: Iterable[str]) -> None:
        for part in _batched(ids, _WRITE_BATCH):
            texts = [held.folded for held in self._ledger.particulars(part).values()]
            self._vocabulary.forget(texts, (text.partition("\n")[0] for text in texts))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the folder. Closing twice does nothing."""
        if self._folder is not None and self._folder.is_released:
            return
        with self._guard:
            if self._folder is not None:
                self._vocabulary.save(self._folder.path / "vocabulary")
            self._ledger.close()
            if self._vectors is not None:
                self._vectors.close()
            self._unlock()

    def stop(self) -> None:
        """Have ``encode`` end after its present batch; what is left waits for the next opening."""
        self._stopping = True

    def _unlock(self) -> None:
        if self._folder is not None:
            self._folder.release()

    def count(self) -> int:
        """How many passages the index holds."""
        with self._guard:
            return self._ledger.count()

    def ids_with_hashes(self) -> dict[str, str]:
        """Every passage held, with the fingerprint of the ``Marks`` it was applied with; the owner compares."""
        with self._guard:
            return self._ledger.hashes()

    @property
    def wording(self) -> Wording:
        """How this index folds and cuts, the shop's own synonyms included."""
        return self._wording

    def speak(self, groups: Sequence[Sequence[str]]) -> None:
        """Know the shop's own synonyms from the next question on; they replace those given before."""
        with self._guard:
            self._wording.speak(groups)

    def clear(self) -> None:
        """Drop everything, and a damaged vector store with it: what is applied then begins anew."""
        with self._guard:
            self._ledger.clear()
            self._lexical.clear()
            self._answered.clear()
            self._vocabulary.clear()
            self._renew_vectors()
            self._waiting = 0

    def _renew_vectors(self) -> None:
        self._missing = self._failing = ""
        if self._vectors is not None:
            try:
                self._vectors.clear()
                return
            except VectorsUnavailable:
                self._vectors.close()
        if self._embedder is None or self._folder is None:
            return
        self._folder.renew_vectors()
        self._vectors = self._open_vectors()

    def apply(
        self,
        upserts: Sequence[Passage],
        deletions: Sequence[str],
        asked: Mapping[str, Sequence[str]] = _NO_QUESTIONS,
    ) -> None:
        """Replace and delete passages; found by their words when this returns, and the same call again changes nothing.

        Their vectors come with ``encode``. ``asked`` attaches to a passage id the questions it has answered (written
        samples, aliases, accepted drafts): the largest gain in recall without a model. They replace those attached before.
        """
        wanted = {passage.id: passage for passage in upserts}
        with self._guard:
            gone = list(self._ledger.hashes_of(id_ for id_ in deletions if id_ not in wanted))
            # a passage that goes must be unfindable first, whatever fails afterwards
            if gone:
                self._drop(gone)
            changed = self._changed(wanted, asked)
        for ids in _batched(changed, _WRITE_BATCH):
            entries = [entry_of(wanted[id_], asked.get(id_, ()), self._wording) for id_ in ids]
            with self._guard:
                self._write(entries, changed)

    def _drop(self, gone: Sequence[str]) -> None:
        self._unlearn(gone)
        self._ledger.record((), gone)
        self._lexical.apply((), gone)
        self._answered.apply((), gone)
        if self._vectors is not None:
            try:
                self._vectors.delete(gone)
            except VectorsUnavailable as broken:
                self._missing = str(broken)

    def _write(self, entries: Sequence[Entry], hashes: Mapping[str, str]) -> None:
        self._lexical.apply(entries, ())
        self._answered.apply(entries, ())
        self._unlearn(self._ledger.hashes_of(one.passage.id for one in entries))
        self._learn([one.folded for one in entries])
        waits = self._embedder is not None and self._folder is not None
        self._ledger.record(
            (
                Noted(one.passage, hashes[one.passage.id], one.folded, embedded_text(one.passage) if waits else None)
                for one in entries
            ),
            (),
        )
        self._scopes = self._ledger.scopes()
        self._waiting = self._ledger.waiting()

    def _changed(self, wanted: Mapping[str, Passage], asked: Mapping[str, Sequence[str]]) -> dict[str, str]:
        hashes = {id_: marks(passage).fingerprint(asked.get(id_, ())) for id_, passage in wanted.items()}
        known = self._ledger.hashes_of(hashes)
        return {id_: hash_ for id_, hash_ in hashes.items() if known.get(id_) != hash_}

    @property
    def waiting(self) -> int:
        """How many passages wait for their vectors; until there are none, words alone answer."""
        return self._waiting

    def encode(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Give every waiting passage its vector. Searches go on meanwhile; a failure leaves the rest waiting.

        A damaged store is not asked: only ``clear`` helps.
        """
        total = self._waiting
        while self._vectors is not None and self._embedder is not None and self._waiting and not self._stopping:
            with self._guard:
                texts = self._ledger.next_waiting(_EMBED_BATCH)
            try:
                vectors = self._embedder.documents(list(texts.values()))
                with self._guard:
                    known = self._ledger.hashes_of(texts)
                    kept = [place for place, id_ in enumerate(texts) if id_ in known]
                    self._vectors.upsert([id_ for id_ in texts if id_ in known], vectors[kept])
                    self._ledger.encoded(texts)
                    self._waiting = self._ledger.waiting()
            except (VectorsUnavailable, EmbeddingFailed) as broken:
                self._missing = str(broken)
                return
            self._missing = ""
            if progress is not None:
                progress(total - self._waiting, total)

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
        earlier: Sequence[str] = (),
        everywhere: bool = False,
    ) -> Found:
        """Passages for a reader in this store and region, valid at this aware moment, best first.

        Empty ``kinds`` or ``skus`` do not restrict. ``earlier`` are the messages before this one, latest last: a
        question that says too little by itself leans on them. Everything ranked is returned; ``Found.usable`` is what
        stands above the relevance floor. ``everywhere`` lets every scope and every time through: what is found that way
        explains a search and answers none.
        """
        held = self._scopes if everywhere else scopes_of(store_id, region_id)
        wanted = Wanted(None if everywhere else moment, tuple(kinds), tuple(skus), limit, held)
        asked = self._asking.read(text, earlier)
        dense = self if self._vectors is not None and not self._waiting else None
        halves = Halves(self._lexical, self._answered, dense, self, self._second)
        found = [look(self._question(part, asked, earlier), wanted, halves) for part in asked.parts]
        return found[0] if len(found) == 1 else woven(found, limit)

    def _question(self, part: Part, asked: Asked, earlier: Sequence[str]) -> Question:
        """One single question, cut, with the words it leans on."""
        meant: dict[str, list[str]] = {}
        for slip in asked.corrections:
            meant.setdefault(slip.said, []).append(slip.meant)
        question = self._wording.question(part.text, (*part.added, *part.carried), meant)
        enough = _POINTING_LEANS_BELOW if points_back(part.text) else _LEANS_BELOW
        if part.carried or len(asked.parts) > 1 or sum(unit.weight for unit in question.units) >= enough:
            return question
        told = (one for one in reversed(earlier) if self._wording.question(one).units)
        return self._wording.question(part.text, (*part.added, *islice(told, 1)), meant)

    # ---- what a search draws on ----------------------------------------------------------------

    @property
    def share(self) -> float:
        """The dense half's say in the fusion."""
        return self._embedder.share if self._embedder is not None else 0.0

    @property
    def floor(self) -> float:
        """The cosine from which a passage counts as related on the vectors' word alone."""
        return self._embedder.floor if self._embedder is not None else 2.0

    def nearest(self, text: str, limit: int) -> dict[str, float]:
        """Cosines of the nearest passages; nothing when the encoder or the vectors fail, which ``degraded`` then says."""
        if self._vectors is None or self._embedder is None:
            return {}
        try:
            near = self._vectors.search(self._embedder.query(text), limit)
        except (VectorsUnavailable, EmbeddingFailed) as broken:
            self._failing = str(broken)
            return {}
        self._failing = ""
        return near

    def judge(self, question: Question) -> Judge:
        """A judge of relevance that knows how rare this question's words are here."""
        return self._lexical.judge(question)

    def particulars(self, ids: Sequence[str]) -> dict[str, Held]:
        """What the ledger knows of these passages."""
        with self._guard:
            return self._ledger.particulars(ids)

    def scopes(self) -> frozenset[str]:
        """The marks of every scope held."""
        return self._scopes


class _Second:
    """A reranker that may fail: then the first ranking stands, and ``failing`` says why, in Chinese."""

    def __init__(self, reranker: Reranker) -> None:
        self._reranker = reranker
        self.share = reranker.share
        self.failing = ""

    def scores(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        """One score for each passage, or nothing."""
        try:
            found = self._reranker.scores(question, passages)
        except EmbedderUnavailable as broken:
            self.failing = str(broken)
            return ()
        self.failing = ""
        return found


def _batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def embedded_text(passage: Passage) -> str:
    """The words of a passage that its vector is made of."""
    return f"{' '.join((passage.title, *passage.heading))}\n{passage.text}"
