"""The lexical half of the index: BM25 in tantivy over text that was cut beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.index.ledger import scope_mark
from knowledge.passage import DocumentKind, Passage
from knowledge.words.judge import Judge, rarity_of
from knowledge.words.wording import Question, Wording

if TYPE_CHECKING:
    import tantivy


# Weights of a match relative to a gram of the question itself.
KINDRED_WEIGHT = 0.5
BESIDE_WEIGHT = 0.5
_WRITER_MEMORY = 40_000_000
_WRITER_THREADS = 2


class LexicalUnavailable(RuntimeError):
    """The lexical engine's files cannot be read; the Chinese text says so."""


@dataclass(frozen=True, slots=True)
class LexicalHit:
    """A passage and its BM25 score; only comparable within one question."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage on its way into the index: its folded text (title and headings first) and the questions it answered."""

    passage: Passage
    folded: str
    asked: tuple[str, ...] = ()


def entry_of(passage: Passage, asked: Sequence[str], wording: Wording) -> Entry:
    """Fold a passage for indexing."""
    folded = wording.fold("\n".join((passage.title, *passage.heading, passage.text)))
    return Entry(passage, folded, tuple(wording.fold(text) for text in asked))


class LexicalIndex:
    """A tantivy index in a folder, or in memory without one. Raises LexicalUnavailable when the folder is damaged."""

    def __init__(self, folder: Path | None, wording: Wording) -> None:
        import tantivy

        self._tantivy = tantivy
        self._wording = wording
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        for field in ("scope", "kind"):
            builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("grams", tokenizer_name="cut", index_option="freq")
        builder.add_text_field("skus", tokenizer_name="lines", index_option="basic")
        self._schema = builder.build()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
            whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            lines = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"[^\n]+")).build()
            self._index.register_tokenizer("cut", whitespace)
            self._index.register_tokenizer("lines", lines)
            self._index.reload()
        except (ValueError, OSError) as damaged:
            raise LexicalUnavailable("关键词索引的文件坏了") from damaged
        self._searcher = self._index.searcher()

    @property
    def count(self) -> int:
        """Passages in the index."""
        return int(self._searcher.num_docs)

    def ids(self) -> list[str]:
        """Every passage in the index, and perhaps some that were deleted from it lately."""
        return [term for term, _ in self._searcher.terms_with_prefix("id", "")]

    def apply(self, entries: Iterable[Entry], gone: Sequence[str]) -> None:
        """Replace and delete passages; searchable when this returns."""
        entries = list(entries)
        writer = self._index.writer(_WRITER_MEMORY, _WRITER_THREADS)
        replaced = [*gone, *(entry.passage.id for entry in entries)]
        if self.count and replaced:
            writer.delete_documents_by_query(self._tantivy.Query.term_set_query(self._schema, "id", replaced))
        for entry in entries:
            writer.add_document(self._document(entry))
        self._publish(writer)

    def clear(self) -> None:
        """Drop every passage."""
        writer = self._index.writer(_WRITER_MEMORY, _WRITER_THREADS)
        writer.delete_all_documents()
        self._publish(writer)

    def _publish(self, writer: "tantivy.IndexWriter") -> None:
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def _document(self, entry: Entry) -> "tantivy.Document":
        passage, cut = entry.passage, self._wording
        return self._tantivy.Document(
            id=passage.id,
            scope=scope_mark(passage.scope),
            kind=passage.kind.value,
            skus="\n".join(passage.skus),
            grams=" ".join(cut.grams(entry.folded)),
        )

    def search(
        self,
        question: Question,
        scopes: Sequence[str],
        kinds: Sequence[DocumentKind],
        skus: Sequence[str],
        limit: int,
    ) -> list[LexicalHit]:
        """The best passages within these scope marks; what is empty does not restrict."""
        query = self._tantivy.Query
        must = self._tantivy.Occur.Must
        clauses = [(must, self._terms(question))]
        # each filter costs about a millisecond at 60,000 passages
        if scopes:
            clauses.append((must, self._filter("scope", scopes)))
        if kinds:
            clauses.append((must, self._filter("kind", [kind.value for kind in kinds])))
        if skus:
            clauses.append((must, self._filter("skus", skus)))
        searcher = self._searcher
        found = searcher.search(
            clauses[0][1] if len(clauses) == 1 else query.boolean_query(clauses), limit, count=False
        )
        return [LexicalHit(str(searcher.doc(address)["id"][0]), float(score)) for score, address in found.hits]

    def _filter(self, field: str, values: Sequence[str]) -> "tantivy.Query":
        query = self._tantivy.Query
        return query.const_score_query(query.term_set_query(self._schema, field, list(values)), 0.0)

    def _terms(self, question: Question) -> "tantivy.Query":
        weights = {gram: question.weight(gram) for gram in question.grams}
        for word in question.kindred:
            for gram in self._wording.grams(word):
                if len(gram) > 1:
                    weights.setdefault(gram, KINDRED_WEIGHT)
        for gram in question.beside:
            weights.setdefault(gram, BESIDE_WEIGHT)
        should = self._tantivy.Occur.Should
        return self._tantivy.Query.boolean_query([(should, self._term(*term)) for term in weights.items()])

    def _term(self, gram: str, weight: float) -> "tantivy.Query":
        query = self._tantivy.Query
        term = query.term_query(self._schema, "grams", gram, "freq")
        return term if weight == 1.0 else query.boost_query(term, weight)

    def judge(self, question: Question) -> Judge:
        """A judge of relevance that knows how rare this question's words are here."""
        words = {*question.grams, *(unit.word for unit in question.units)}
        count = self.count
        rarity = {word: rarity_of(count, self._containing(word)) for word in words}
        return Judge(question, rarity, rarity_of(count, 0))

    def _containing(self, word: str) -> int:
        """Passages with the word; of a longer one, with its rarest pair of characters."""
        pairs = [word] if len(word) <= 2 else [gram for gram in self._wording.grams(word) if len(gram) > 1]
        return min(self._searcher.doc_freq("grams", gram) for gram in pairs or [word])
