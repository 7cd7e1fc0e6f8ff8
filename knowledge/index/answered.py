"""Questions that passages have answered, searched by themselves: the new question is held against each old one.

As part of a passage's text they drown the words of passages nobody asked about, and as one field they are blurred
with each other; a question of its own keeps both apart.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.index.lexical import Entry, LexicalUnavailable
from knowledge.words.wording import Question, Wording

if TYPE_CHECKING:
    import tantivy

_WRITER_MEMORY = 15_000_000
_CANDIDATES = 40


class AnsweredQuestions:
    """A tantivy index of short questions, each with the passage that answered it."""

    def __init__(self, folder: Path | None, wording: Wording) -> None:
        import tantivy

        self._tantivy = tantivy
        self._wording = wording
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("grams", stored=True, tokenizer_name="cut", index_option="freq")
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
                grams = " ".join(dict.fromkeys(self._wording.grams(text)))
                writer.add_document(self._tantivy.Document(id=entry.passage.id, grams=grams))
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

    def likeness(self, question: Question) -> dict[str, float]:
        """How like the question is to the nearest one each passage has answered, 0 to 1, for the nearest passages.

        The Dice measure over grams weighted by rarity: 1 for the same words, whatever their order.
        """
        if not self.count:
            return {}
        query, should = self._tantivy.Query, self._tantivy.Occur.Should
        terms = [(should, query.term_query(self._schema, "grams", gram, "freq")) for gram in question.grams]
        searcher = self._searcher
        near = searcher.search(query.boolean_query(terms), _CANDIDATES, count=False).hits
        found: dict[str, float] = {}
        weights = _Weights(searcher)
        for _, address in near:
            stored = searcher.doc(address)
            alike = weights.dice(question.grams, stored["grams"][0].split(" "))
            passage_id = str(stored["id"][0])
            found[passage_id] = max(found.get(passage_id, 0.0), alike)
        return found


class _Weights:
    """How much each gram tells among the questions held; looked up once per search."""

    def __init__(self, searcher: "tantivy.Searcher") -> None:
        from knowledge.words.judge import rarity_of

        self._rarity = rarity_of
        self._searcher = searcher
        self._known: dict[str, float] = {}

    def dice(self, mine: Iterable[str], theirs: Iterable[str]) -> float:
        """Twice the weight of what both have over the weight of what each has."""
        mine, theirs = set(mine), set(theirs)
        both = sum(map(self._of, mine & theirs))
        every = sum(map(self._of, mine)) + sum(map(self._of, theirs))
        return 2 * both / every if every else 0.0

    def _of(self, gram: str) -> float:
        if gram not in self._known:
            frequency = self._searcher.doc_freq("grams", gram)
            self._known[gram] = self._rarity(int(self._searcher.num_docs), frequency)
        return self._known[gram]
