"""``daogou eval retrieval``: measure retrieval on any corpus in BEIR's layout, or on the project's own questions."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from eval.replaying.house import sample_house
from eval.retrieval.corpus import BadCorpus, Query, passages, qrels, queries
from eval.retrieval.measuring import Job, Setting, measure
from eval.retrieval.own import build_own_set, read_questions
from eval.retrieval.report import Report, sum_up
from eval.retrieval.sentences import measure_sentences
from eval.sample import SAMPLE_SHOP


def run(corpus: Path, split: str, asked_split: str, settings: Sequence[Setting], limit: int = 10) -> Report:
    """Measure every setting on one split; raises BadCorpus, also when no question is left to ask."""
    every, judged = queries(corpus), qrels(corpus, split)
    judged = {id_: gains for id_, gains in judged.items() if any(gain > 0 for gain in gains.values())}
    if missing := judged.keys() - every.keys():
        raise BadCorpus(f"qrels/{split}.tsv 提到的问题 {sorted(missing)[0]} 不在 queries.jsonl 里")
    if not judged:
        raise BadCorpus(f"qrels/{split}.tsv 里没有可以评的问题")
    asked = tuple(id_ for id_, query in every.items() if id_ in judged or _is_unanswerable_in(query, split))
    measured = []
    for setting in settings:
        folder = Path(tempfile.mkdtemp(prefix="daogou-retrieval-"))
        try:
            measured.append(measure(Job(corpus, folder / "index", setting, asked_split, asked, limit)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    attached = frozenset[str]()
    if any(setting.with_asked for setting in settings):
        attached = frozenset(id_ for gains in qrels(corpus, asked_split).values() for id_ in gains)
    sentences = None
    if any(every[id_].about.sentences for id_ in judged):
        sentences = measure_sentences(every, judged, {one.id: one for one in passages(corpus)})
    return sum_up(corpus.name, split, measured, every, judged, attached, sentences)


def write_own_set(folder: Path) -> None:
    """Write the project's own set in BEIR's layout; raises BadCorpus."""
    with tempfile.TemporaryDirectory(prefix="daogou-own-") as house, sample_house(SAMPLE_SHOP, Path(house)) as service:
        build_own_set(service, read_questions(), folder)


def _is_unanswerable_in(query: Query, split: str) -> bool:
    return not query.is_answerable and query.about.split == split
