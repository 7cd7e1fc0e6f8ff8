"""Questions that passages have answered, searched by themselves: the new question is held against each old one.

As part of a passage's text they drown the words of passages nobody asked about, and as one field they are blurred
with each other; a question of its own keeps both apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.index.lexical import Entry, LexicalUnavailable
from knowledge.words.judge import rarity_of
from knowledge.words.wording import Question, Wording

if TYPE_CHECKING:
    import tantivy

_WRITER_MEMORY = 15_000_000
_CANDIDATES = 40
# the nearest questions of one passage that may add to its words
_MOST_TELLING = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What the questions that a passage has answered say of it.

    ``likeness``: how like the nearest one is to the new question, 0 to 1, as the Dice measure over telling grams weighted
    by rarity (1 for the same words in any order). ``texts``: the nearest ones, folded. ``shared``: the grams that they
    share with the new question, each with its rarity among all questions held.
    """

    likeness: float
    texts: tuple[str, ...]
    shared: Mapping[str, float]

    def joined(self, other: "Told") -> "Told":
        """This and a question less near; beyond a few they only blur the passage."""
        likeness = max(self.likeness, other.likeness)
        if len(self.texts) >= _MOST_TELLING:
            return Told(likeness, self.texts, self.shared)
        return Told(likeness, self.texts + other.texts, {**self.shared, **other.shared})


class AnsweredQuestions:
    """A tantivy index of short questions, each with the passage that answered it."""

    def __init__(self, folder: Path | None, wording: Wording) -> None:
        import tantivy

        self._tantivy = tantivy
        self._wording = wording
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("grams", stored=True, tokenizer_name="cut", index_option="freq")
        builder.add_text_field("text", stored=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
            whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer("cut", whitespace)
            self._index.reload()
        except (ValueError, OSError) as damaged:
            raise LexicalUnavailable("问法索引的文件坏了") from damaged
        self._searcher = self._index.searcher()

    @property
    def count(self) -> int:
        """Questions held."""
        return int(self._searcher.num_docs)

    def apply(self, entries: Sequence[Entry], gone: Sequence[str]) -> None:
        """Replace the questions of these passages; searchable when this returns."""
        replaced = [*gone, *(entry.passage.id for entry in entries)] if self.count else []
        if not replaced and not any(entry.asked for entry in entries):
            return
        writer = self._index.writer(_WRITER_MEMORY, 1)
        if replaced:
            writer.delete_documents_by_query(self._tantivy.Query.term_set_query(self._schema, "id", replaced))
        for entry in entries:
            for text in entry.asked:
                grams = " ".join(self._wording.telling(text))
                writer.add_document(self._tantivy.Document(id=entry.passage.id, grams=grams, text=text))
        self._publish(writer)

    def clear(self) -> None:
        """Drop every question."""
        writer = self._index.writer(_WRITER_MEMORY, 1)
        writer.delete_all_documents()
        self._publish(writer)

    def _publish(self, writer: "tantivy.IndexWriter") -> None:
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def nearest(self, question: Question) -> dict[str, Told]:
        """What the nearest questions say of the passages that answered them, by passage id."""
        mine = set(self._wording.telling(question.text)) if self.count else set()
        if not mine:
            return {}
        query, should = self._tantivy.Query, self._tantivy.Occur.Should
        terms = [(should, query.term_query(self._schema, "grams", gram, "freq")) for gram in sorted(mine)]
        searcher = self._searcher
        near = searcher.search(query.boolean_query(terms), _CANDIDATES, count=False).hits
        rarities = _Rarities(searcher)
        found: dict[str, Told] = {}
        for _, address in near:
            stored = searcher.doc(address)
            passage_id, theirs = str(stored["id"][0]), set(stored["grams"][0].split(" "))
            shared = {gram: rarities.of(gram) for gram in mine & theirs}
            every = sum(map(rarities.of, mine)) + sum(map(rarities.of, theirs))
            told = Told(2 * sum(shared.values()) / every, (str(stored["text"][0]),), shared)
            found[passage_id] = found[passage_id].joined(told) if passage_id in found else told
        return found


class _Rarities:
    """How much each gram tells among the questions held; looked up once per search."""

    def __init__(self, searcher: "tantivy.Searcher") -> None:
        self._searcher = searcher
        self._questions = int(searcher.num_docs)
        self._known: dict[str, float] = {}

    def of(self, gram: str) -> float:
        """The rarity of one gram."""
        if gram not in self._known:
            self._known[gram] = rarity_of(self._questions, int(self._searcher.doc_freq("grams", gram)))
        return self._known[gram]
