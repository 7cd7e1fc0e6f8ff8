"""The one Search of the house: what the index finds, checked again against what the database says may be read.

The service, the console, ``daogou search`` and the eval all call it, so that the same question gives the same passages.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

import structlog

from assistant.seams import Wanted
from assistant.store import access, conflicts, material, questions, synonyms
from assistant.store.database import Database, Transaction
from assistant.store.questions import Changes
from assistant.turn import Hit
from knowledge.answering import rank
from knowledge.index.found import Basis, Found, Scored
from knowledge.index.index import PassageIndex
from knowledge.index.teaching import Taught, teach
from knowledge.noun import Labelled, Noun
from knowledge.passage import Passage, content_mark
from knowledge.reconciling import reconcile

log = structlog.get_logger()

# a search waits so long for another that brings the index up to date, then answers from what is there
PATIENCE_SECONDS = 2.0
ENCODE_AGAIN_SECONDS = 60.0
# a store's own rule may stand behind several of the brand's that share more words with the question
LOOKED_THROUGH = 12
# passages read from the database and applied in one go: some 20 MB
APPLIED_AT_ONCE = 10_000


class Span(Noun):
    """Where a sentence stands in a passage's text, in characters."""

    start: int
    end: int


class WhyLeftOut(Labelled):
    """Why a passage that has to do with the words of a question is not among what was found."""

    SCOPE = "scope", "只给别的门店或区域用"
    NOT_YET = "not-yet", "还没到生效日"
    OVER = "over", "已过期，或已有新版"
    FAR = "far", "和问题的关系不够近"
    SAME = "same", "和排在前面的一段一字不差"
    BEHIND = "behind", "排在后面，没轮到"


class LeftOut(Noun):
    """A passage that a search did not give, and why. Whoever shows it must see to who may read it."""

    passage: Passage
    why: WhyLeftOut
    score: float


class Explained(Noun):
    """A search with its reasons: what was found, the sentence of each that answers best, whether it is a basis for an
    answer, how many passages the database kept back that the index still held, and what was left out and why."""

    hits: tuple[Hit, ...]
    sentences: tuple[Span, ...] = ()
    basis: Basis
    kept_back: int = 0
    left_out: tuple[LeftOut, ...] = ()


class Comparison(Noun):
    """The index against the database, by passage id. ``waiting`` is how many passages have no vector yet."""

    published: int
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def is_equal(self) -> bool:
        """Say whether the index holds just what is published, as it is now."""
        return not (self.missing or self.stale or self.extra)


@dataclass(frozen=True)
class _Seen:
    """What the database said when the index was last brought up to it."""

    material: int
    questions: Changes


@dataclass(frozen=True)
class _Wanted:
    """What the index must hold: the fingerprint of every published passage, and the questions attached to some."""

    hashes: Mapping[str, str]
    asked: Mapping[str, Sequence[str]]


@dataclass
class StoreSearch:
    """Search over the owned index; the index follows the database before each search, by material version.

    ``trouble`` says in Chinese why the index is a makeshift one in memory; empty when it is its own folder.
    """

    database: Database
    index: PassageIndex
    trouble: str = ""
    now: Callable[[], float] = time.monotonic
    _seen: dict[str, _Seen] = field(default_factory=dict)
    # guards the refresh: two searches must not project the same change twice
    _lock: Lock = field(default_factory=Lock)
    _encoding: Thread | None = None
    _encoded_at: float = 0.0

    def __call__(self, wanted: Wanted) -> tuple[Hit, ...]:
        return self._find(wanted).hits

    def explain(self, wanted: Wanted) -> Explained:
        """Search and say what the answer rests on."""
        found = self._find(wanted)
        spans = tuple(self._sentence(wanted.question, hit.passage) for hit in found.hits)
        left_out = tuple(self._left_out(wanted, {hit.passage.id for hit in found.hits}))
        return found.model_copy(update={"sentences": spans, "left_out": left_out})

    def _left_out(self, wanted: Wanted, shown: Set[str]) -> Iterator[LeftOut]:
        """Search again with every scope and every time let through, and say what kept each further passage away."""
        wide = self._ranked(wanted, everywhere=True)
        further = [one for one in wide.passages if one.passage_id not in shown]
        with self.database.read() as tx:
            published = material.passages_by_id(tx, wanted.reader.corp_id, [one.passage_id for one in further])
        for one in further:
            if (passage := published.get(one.passage_id)) is not None:
                yield LeftOut(passage=passage, why=_why_left_out(one, passage, wanted), score=one.score)

    def _ranked(self, wanted: Wanted, *, everywhere: bool = False) -> Found:
        return self.index.search(
            wanted.question,
            store_id=wanted.reader.store_id,
            region_id=wanted.reader.region_id,
            moment=wanted.moment,
            kinds=wanted.kinds,
            skus=wanted.skus,
            limit=max(wanted.limit, LOOKED_THROUGH),
            earlier=wanted.earlier,
            everywhere=everywhere,
        )

    def _find(self, wanted: Wanted) -> Explained:
        self.refresh(wanted.reader.corp_id)
        found = self._ranked(wanted)
        usable = found.usable
        with self.database.read() as tx:
            readable = access.access_passages(tx, [one.passage_id for one in usable], wanted.reader, wanted.moment)
        held = tuple(one for one in usable if one.passage_id in readable)
        hits = self._without_agreed(self._reconciled(held, readable, wanted)[: wanted.limit], readable, wanted)
        return Explained(
            hits=hits,
            basis=found.basis,
            kept_back=len(usable) - len(held),
        )

    def _reconciled(self, held: Sequence[Scored], readable: Mapping[str, Passage], wanted: Wanted) -> tuple[Hit, ...]:
        """On one matter the rule for fewer readers stands first, and has the score of the one it goes before."""
        scored = {one.passage_id: one for one in held}
        standing = reconcile([readable[id_] for id_ in scored], self.index.wording, wanted.skus)
        hits: list[Hit] = []
        score = 0.0
        for one in reversed(standing):
            found = scored[one.passage.id]
            score = max(score, found.score)
            hits.append(
                Hit(
                    passage=one.passage,
                    score=score,
                    dense=found.dense,
                    lexical=found.lexical,
                    replaced_by=one.replaced_by,
                    disagreements=one.disagreements,
                )
            )
        return tuple(reversed(hits))

    def _without_agreed(
        self, hits: tuple[Hit, ...], readable: Mapping[str, Passage], wanted: Wanted
    ) -> tuple[Hit, ...]:
        """Two that somebody called right both are no longer told as disputed."""
        disputed = {hit.passage.id for hit in hits if hit.disagreements}
        if not disputed:
            return hits
        disputed |= {one.other for hit in hits for one in hit.disagreements}
        marks = {id_: content_mark(readable[id_]) for id_ in disputed if id_ in readable}
        with self.database.read() as tx:
            agreed = conflicts.agreed(tx, wanted.reader.corp_id, marks.values())
        if not agreed:
            return hits

        def is_open(hit: Hit, other: str) -> bool:
            return frozenset((marks[hit.passage.id], marks.get(other, ""))) not in agreed

        return tuple(
            hit.model_copy(update={"disagreements": tuple(one for one in hit.disagreements if is_open(hit, one.other))})
            if hit.disagreements
            else hit
            for hit in hits
        )

    def _sentence(self, question: str, passage: Passage) -> Span:
        wording = self.index.wording
        best = rank(wording.question(question), passage.text, wording, " ".join((passage.title, *passage.heading)))
        return Span(start=best[0].start, end=best[0].end) if best else Span(start=0, end=0)

    # ---- following the database ----------------------------------------------------------------

    def refresh(self, corp_id: str) -> None:
        """Bring the index up to the database when material or questions changed since it was last looked at."""
        with self.database.read() as tx:
            now = _Seen(material.material_version(tx, corp_id), questions.changes(tx, corp_id))
        if self._seen.get(corp_id) != now and self._lock.acquire(timeout=PATIENCE_SECONDS):
            try:
                self._follow(corp_id, now)
            finally:
                self._lock.release()
        if self.index.waiting:
            self._encode_beside()

    def _follow(self, corp_id: str, now: _Seen) -> None:
        before = self._seen.get(corp_id)
        if before == now:
            return
        if before is not None and before.material == now.material:
            self._follow_questions(corp_id)
        else:
            self._follow_material(corp_id)
        self._seen[corp_id] = now

    def _follow_material(self, corp_id: str) -> None:
        """Apply what differs, in parts: a shop's whole material need not stand in memory."""
        with self.database.read() as tx:
            self.index.speak([group.words for group in synonyms.groups(tx, corp_id)])
        wanted = self._wanted(corp_id)
        known = self.index.ids_with_hashes()
        changed = [id_ for id_, one in wanted.hashes.items() if known.get(id_) != one]
        gone = [id_ for id_ in known if id_ not in wanted.hashes]
        # what goes must be unfindable first, whatever fails afterwards
        if gone:
            self.index.apply((), gone)
        for start in range(0, len(changed), APPLIED_AT_ONCE):
            with self.database.read() as tx:
                part = material.passages_by_id(tx, corp_id, changed[start : start + APPLIED_AT_ONCE])
            self.index.apply(tuple(part.values()), (), wanted.asked)
        if changed or gone:
            log.info("index refreshed", changed=len(changed), removed=len(gone))

    def _follow_questions(self, corp_id: str) -> None:
        """Bring the questions of passages up to date: their words stand as they are."""
        with self.database.read() as tx:
            held = self._asked_passages(tx, corp_id)
            asked = questions.served(tx, corp_id, held)
        self.index.apply(held, (), asked)

    def _wanted(self, corp_id: str) -> "_Wanted":
        with self.database.read() as tx:
            marks = material.published_marks(tx, corp_id)
            asked = questions.served(tx, corp_id, self._asked_passages(tx, corp_id))
        return _Wanted({id_: one.fingerprint(asked.get(id_, ())) for id_, one in marks.items()}, asked)

    def _asked_passages(self, tx: Transaction, corp_id: str) -> tuple[Passage, ...]:
        return tuple(material.passages_by_id(tx, corp_id, questions.asked_passages(tx, corp_id)).values())

    def _encode_beside(self) -> None:
        """Make the missing vectors in a thread of their own; after a failure, not before a minute has passed."""
        with self._lock:
            busy = self._encoding is not None and self._encoding.is_alive()
            if busy or (self._encoded_at and self.now() - self._encoded_at < ENCODE_AGAIN_SECONDS):
                return
            self._encoded_at = self.now()
            self._encoding = Thread(target=self.index.encode, name="encoding", daemon=True)
            self._encoding.start()

    def bring_up(self, corp_id: str, progress: Callable[[int, int], None] | None = None) -> None:
        """Refresh and wait for the vectors too: for commands, which end when the work is done."""
        self.refresh(corp_id)
        if self._encoding is not None:
            self._encoding.join()
        self.index.encode(progress)

    # ---- looking after the index ---------------------------------------------------------------

    def compare(self, corp_id: str) -> Comparison:
        """Compare the index with the database as both are now, changing nothing."""
        wanted = self._wanted(corp_id).hashes
        known = self.index.ids_with_hashes()
        return Comparison(
            published=len(wanted),
            missing=tuple(sorted(wanted.keys() - known.keys())),
            stale=tuple(sorted(id_ for id_ in wanted.keys() & known.keys() if wanted[id_] != known[id_])),
            extra=tuple(sorted(known.keys() - wanted.keys())),
            waiting=self.index.waiting,
        )

    def rebuild(self, corp_id: str, progress: Callable[[int, int], None] | None = None) -> Comparison:
        """Throw the index's content away, make it anew from the database, and compare."""
        self.index.clear()
        self._follow_material(corp_id)
        self.index.encode(progress)
        return self.compare(corp_id)

    def teach(self, corp_id: str, folder: Path, progress: Callable[[int, int], None] | None = None) -> Taught:
        """Train an encoder on the questions answered so far, and leave it in ``folder`` if held-aside ones prove it.

        It is used from the next opening. Raises EmbedderUnavailable without the extra ``local``.
        """
        with self.database.read() as tx:
            published = material.published_passages(tx, corp_id)
            asked = questions.served(tx, corp_id, published)
        return teach(published, asked, folder, progress)

    def close(self) -> None:
        """Stop making vectors and release the folder."""
        self.index.stop()
        if self._encoding is not None:
            self._encoding.join()
        self.index.close()


def _why_left_out(scored: Scored, passage: Passage, wanted: Wanted) -> WhyLeftOut:
    reader = wanted.reader
    if not passage.scope.reaches(store_id=reader.store_id, region_id=reader.region_id):
        return WhyLeftOut.SCOPE
    if not passage.valid_at(wanted.moment):
        is_early = passage.valid_from is not None and passage.valid_from > wanted.moment
        return WhyLeftOut.NOT_YET if is_early else WhyLeftOut.OVER
    if scored.same_as:
        return WhyLeftOut.SAME
    return WhyLeftOut.BEHIND if scored.related else WhyLeftOut.FAR
