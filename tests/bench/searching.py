"""What the retrieval index costs at 60,000 and 100,000 passages, beside bm25s and SQLite's FTS5 over the very same tokens.

Every measurement runs in a process of its own, so that the memory told is its own. The corpus is made up from a seed.
"""

import pickle
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeVar

from eval.retrieval.measuring import peak_megabytes
from knowledge.index.index import PassageIndex
from knowledge.passage import DocumentKind, Passage
from knowledge.words.wording import Wording
from tests.bench.figures import Figure, percentile
from tests.knowledge.encoders import HashingEmbedder

Result = TypeVar("Result")
SIZES = (60_000, 100_000)
QUESTIONS = 300
# FTS5 takes a tenth of a second a question
QUESTIONS_FOR_SQLITE = 40
ADDED = 50
_SEED = 20_261_124
_ROOT = Path(__file__).parents[2]
_MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
_CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
    "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展"
    "五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战"
    "先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白"
)
_WORDS = 8_000
_SENTENCE = (8, 22)
_SENTENCES = (4, 7)


def corpus(count: int) -> Iterator[Passage]:
    """Made-up passages of some 140 characters: words of two or three characters drawn as in real text, few of them
    often and most of them seldom."""
    chance = Random(_SEED)
    words = _words(chance)
    for number in range(count):
        sentences = (
            "".join(chance.choices(words.known, cum_weights=words.weights, k=chance.randint(*_SENTENCE) // 2))
            for _ in range(chance.randint(*_SENTENCES) + 2)
        )
        title = "".join(chance.choices(words.known, cum_weights=words.weights, k=3))
        yield Passage(
            id=f"p{number}",
            document_id=f"d{number // 20}",
            title=title,
            version=1,
            kind=DocumentKind.POLICY,
            place="正文",
            text="，".join(sentences) + "。",
        )


@dataclass(frozen=True)
class _Words:
    known: tuple[str, ...]
    weights: tuple[float, ...]


def _words(chance: Random) -> _Words:
    known = dict.fromkeys("".join(chance.choices(_CHARACTERS, k=chance.choice((1, 2, 2, 2, 3)))) for _ in range(_WORDS))
    weights, total = [], 0.0
    for rank in range(1, len(known) + 1):
        total += 1 / rank
        weights.append(total)
    return _Words(tuple(known), tuple(weights))


def questions(count: int) -> list[str]:
    """Questions of six to twenty characters: pieces of passages with other words between them."""
    chance = Random(_SEED + 1)
    texts = [passage.text for passage in corpus(2_000)]
    asked = []
    for _ in range(count):
        pieces = []
        for text in chance.sample(texts, 2):
            start = chance.randrange(len(text) - 12)
            pieces.append(text[start : start + chance.randint(3, 10)])
        asked.append("".join(pieces))
    return asked


# ---- ours --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Built:
    """Seconds to build, MB on disk, and the process's peak memory in MB."""

    seconds: float
    disk: float
    peak: float


@dataclass(frozen=True)
class Searched:
    """Seconds to open, milliseconds a question, the process's peak memory in MB, seconds until what was added is found."""

    cold: float
    milliseconds: tuple[float, ...]
    peak: float
    added: float


def build(folder: Path, count: int, fused: bool = False) -> Built:
    """Index the corpus by words alone, or with vectors of a stand-in encoder too."""
    spent = 0.0
    with PassageIndex(folder, HashingEmbedder() if fused else None, "bench") as index:
        batch: list[Passage] = []
        for passage in corpus(count):
            batch.append(passage)
            if len(batch) == 10_000:
                spent += _timed(lambda: index.apply(tuple(batch), ()))
                batch.clear()
        spent += _timed(lambda: index.apply(tuple(batch), ()))
        spent += _timed(index.encode)
    return Built(spent, _disk(folder), peak_megabytes())


def search(folder: Path, limit: int, fused: bool = False) -> Searched:
    """Open cold, ask everything, then add a few passages and find the last."""
    asked = questions(QUESTIONS)
    began = time.perf_counter()
    with PassageIndex(folder, HashingEmbedder() if fused else None, "bench") as index:
        cold = time.perf_counter() - began
        spent = [_timed(lambda one=one: _ask(index, one, limit)) * 1000 for one in asked[:20] + asked]
        peak = peak_megabytes()
        new = [
            one.model_copy(update={"id": f"new-{one.id}", "text": f"{one.text}新到编号{one.id}。"}) for one in _some()
        ]
        began = time.perf_counter()
        index.apply(new, ())
        found = _ask(index, f"新到编号{new[-1].id.removeprefix('new-')}", limit)
        added = time.perf_counter() - began
    if new[-1].id not in found:
        raise RuntimeError("an added passage was not found")
    return Searched(cold, tuple(spent[20:]), peak, added)


def _ask(index: PassageIndex, question: str, limit: int) -> list[str]:
    found = index.search(question, store_id="", region_id="", moment=_MOMENT, limit=limit)
    return [one.passage_id for one in found.passages]


def _some() -> list[Passage]:
    return list(corpus(ADDED))


# ---- the baselines -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Baseline:
    """Seconds to build (cutting included), milliseconds a question, MB at the peak."""

    seconds: float
    milliseconds: tuple[float, ...]
    peak: float


def bm25s_alone(count: int) -> Baseline:
    """The library bm25s with Lucene's formula over our grams, all in memory."""
    import bm25s

    wording = Wording()
    texts = [_text(passage) for passage in corpus(count)]
    began = time.perf_counter()
    engine = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    known: dict[str, int] = {}
    cut = [[known.setdefault(gram, len(known)) for gram in wording.grams(wording.fold(text))] for text in texts]
    engine.index((cut, known), show_progress=False)
    seconds = time.perf_counter() - began

    def ask(question: str) -> None:
        grams = dict.fromkeys(wording.grams(wording.fold(question)))
        engine.retrieve([[known[gram] for gram in grams if gram in known]], k=10, show_progress=False)

    return Baseline(seconds, _asked(ask, QUESTIONS), peak_megabytes())


def sqlite_alone(folder: Path, count: int) -> Baseline:
    """SQLite's FTS5 over our grams, blank-separated, on disk."""
    wording = Wording()
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "fts.sqlite3") as database:
        database.execute("create virtual table held using fts5(grams, tokenize = 'unicode61', content = '')")
        texts = [_text(passage) for passage in corpus(count)]
        began = time.perf_counter()
        rows = ((number, " ".join(wording.grams(wording.fold(text)))) for number, text in enumerate(texts))
        database.executemany("insert into held (rowid, grams) values (?, ?)", rows)
        database.commit()
        seconds = time.perf_counter() - began

        def ask(question: str) -> None:
            grams = dict.fromkeys(wording.grams(wording.fold(question)))
            match = " OR ".join(f'"{gram}"' for gram in grams)
            database.execute("select rowid from held where held match ? order by rank limit 10", (match,)).fetchall()

        spent = _asked(ask, QUESTIONS_FOR_SQLITE)
    database.close()
    return Baseline(seconds, spent, peak_megabytes())


def _text(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}"


def _asked(ask: Callable[[str], None], count: int) -> tuple[float, ...]:
    asked = questions(count)
    for one in asked[:3]:
        ask(one)
    return tuple(_timed(lambda one=one: ask(one)) * 1000 for one in asked)


# ---- the table ---------------------------------------------------------------------------------


def measure(folder: Path) -> Iterator[Figure]:
    """Build and search at each size; the folder is used for the indexes and left empty."""
    for size in SIZES:
        yield from _measured(folder / str(size), size)


def _measured(folder: Path, size: int) -> Iterator[Figure]:
    ours = _alone(build, folder / "ours", size)
    few, many = (_alone(search, _copied(folder, limit), limit) for limit in (6, 100))
    library = _alone(bm25s_alone, size)
    name = f"{size:,} passages"
    aim = size == SIZES[0]
    yield Figure(f"{name}: build", ours.seconds, "s", library.seconds, "bm25s", "< 10" if aim else "")
    yield Figure(f"{name}: memory, building", ours.peak, "MB", library.peak, "bm25s", "< 300" if aim else "")
    for share in (0.5, 0.95):
        label = f"{name}: search p{share * 100:.0f}"
        theirs = percentile(library.milliseconds, share)
        aimed = ("< 5" if aim else "< 10") if share > 0.9 else ""
        yield Figure(label, percentile(few.milliseconds, share), "ms", theirs, "bm25s", aimed)
        yield Figure(f"{label}, 100 wanted", percentile(many.milliseconds, share), "ms", theirs, "bm25s", aimed)
    if aim:
        sqlite = _alone(sqlite_alone, folder / "sqlite", size)
        yield Figure(f"{name}: build", ours.seconds, "s", sqlite.seconds, "SQLite FTS5")
        for share in (0.5, 0.95):
            theirs = percentile(sqlite.milliseconds, share)
            yield Figure(
                f"{name}: search p{share * 100:.0f}", percentile(few.milliseconds, share), "ms", theirs, "SQLite FTS5"
            )
        yield Figure(f"{name}: on disk", ours.disk, "MB", _disk(folder / "sqlite"), "SQLite FTS5")
    yield Figure(f"{name}: memory, searching", few.peak, "MB", library.peak, "bm25s", "< 300" if aim else "")
    yield Figure(f"{name}: opened cold", few.cold, "s", library.seconds, "bm25s, built anew", "< 1")
    yield Figure(f"{name}: {ADDED} added, found", few.added, "s", library.seconds, "bm25s, built anew", "< 1")
    if aim:
        # a real encoder adds its own time for one short text: about 0.1 ms when static, 10 and more when not
        dense = _alone(build, folder / "dense", size, True)
        fused = _alone(search, folder / "dense", 6, True)
        yield Figure(f"{name}: build with 512-d vectors", dense.seconds, "s", ours.seconds, "words alone")
        for share in (0.5, 0.95):
            alone, both = (percentile(one.milliseconds, share) for one in (few, fused))
            aimed = "< 15" if share > 0.9 else ""
            yield Figure(f"{name}: fused search p{share * 100:.0f}", both, "ms", alone, "words alone", aimed)
        yield Figure(f"{name}: memory, fused search", fused.peak, "MB", few.peak, "words alone")
    shutil.rmtree(folder)


def _copied(folder: Path, limit: int) -> Path:
    """An index of its own for each search, since searching ends with adding."""
    copy = folder / f"ours-{limit}"
    shutil.copytree(folder / "ours", copy)
    return copy


_CHILD = """import pickle, sys
work, given = pickle.load(sys.stdin.buffer)
pickle.dump(work(*given), sys.stdout.buffer)
"""


def _alone(work: Callable[..., Result], *given: object) -> Result:
    """Run in a fresh process that loads nothing else, not even this command: its memory is the work's own."""
    told = pickle.dumps((work, given))
    done = subprocess.run([sys.executable, "-c", _CHILD], input=told, stdout=subprocess.PIPE, check=True, cwd=_ROOT)
    result: Result = pickle.loads(done.stdout)
    return result


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _disk(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
