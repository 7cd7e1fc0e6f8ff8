"""The lexical half of the index: BM25 in tantivy over text that was cut beforehand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.index.ledger import scope_mark
from knowledge.passage import DocumentKind, Passage
from knowledge.words.wording import Judge, Question, Wording, rarity_of

if TYPE_CHECKING:
    import tantivy


# Weights of a match by field, relative to a gram in the running text. Set by judgement, checked on the dev set named in index.py.
TITLE_WEIGHT = 0.5
ASKED_WEIGHT = 1.0
WORD_WEIGHT = 0.3
KINDRED_WEIGHT = 0.5
_WRITER_MEMORY = 60_000_000
_WRITER_THREADS = 2


@dataclass(frozen=True, slots=True)
class LexicalHit:
    """A passage and its BM25 score; only comparable within one question."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage on its way into the index with the questions it has answered and its folded text."""

    passage: Passage
    asked: tuple[str, ...]
    titles: str
    body: str
    questions: str

    @property
    def folded(self) -> str:
        """Everything in it that a question may meet."""
        return "\n".join(part for part in (self.titles, self.questions, self.body) if part)


def entry_of(passage: Passage, asked: Sequence[str], wording: Wording) -> Entry:
    """Fold a passage for indexing."""
    titles = wording.fold(" ".join((passage.title, *passage.heading)))
    questions = wording.fold("\n".join(asked))
    return Entry(passage, tuple(asked), titles, wording.fold(passage.text), questions)


class LexicalIndex:
    """A tantivy index in a folder, or in memory without one."""

    def __init__(self, folder: Path | None, wording: Wording) -> None:
        import tantivy

        self._tantivy = tantivy
        self._wording = wording
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        for field in ("scope", "kind"):
            builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
        for field in ("grams", "words", "titles", "asked"):
            builder.add_text_field(field, tokenizer_name="cut", index_option="freq")
        builder.add_text_field("skus", tokenizer_name="lines", index_option="basic")
        self._schema = builder.build()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
        whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        lines = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"[^\n]+")).build()
        self._index.register_tokenizer("cut", whitespace)
        self._index.register_tokenizer("lines", lines)
        self._index.reload()
        self._searcher = self._index.searcher()

    @property
    def count(self) -> int:
        """Passages in the index."""
        return int(self._searcher.num_docs)

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
        passage = entry.passage
        cut = self._wording
        return self._tantivy.Document(
            id=passage.id,
            scope=scope_mark(passage.scope),
            kind=passage.kind.value,
            skus="\n".join(passage.skus),
            grams=" ".join(cut.grams(entry.body)),
            words=" ".join(cut.words(f"{entry.titles}\n{entry.body}")),
            titles=" ".join(cut.grams(entry.titles)),
            asked=" ".join(cut.grams(entry.questions)),
        )

    def search(
        self,
        question: Question,
        scopes: Sequence[str],
        kinds: Sequence[DocumentKind],
        skus: Sequence[str],
        limit: int,
    ) -> list[LexicalHit]:
        """The best passages within these scope marks; empty ``kinds`` or ``skus`` do not restrict."""
        query = self._tantivy.Query
        must = self._tantivy.Occur.Must
        clauses = [
            (must, self._terms(question)),
            (must, self._filter("scope", scopes)),
        ]
        if kinds:
            clauses.append((must, self._filter("kind", [kind.value for kind in kinds])))
        if skus:
            clauses.append((must, self._filter("skus", skus)))
        searcher = self._searcher
        found = searcher.search(query.boolean_query(clauses), limit, count=False)
        return [LexicalHit(str(searcher.doc(address)["id"][0]), float(score)) for score, address in found.hits]

    def _filter(self, field: str, values: Sequence[str]) -> "tantivy.Query":
        query = self._tantivy.Query
        return query.const_score_query(query.term_set_query(self._schema, field, list(values)), 0.0)

    def _terms(self, question: Question) -> "tantivy.Query":
        weighted: list[tuple[str, str, float]] = []
        for gram in dict.fromkeys(question.grams):
            weighted += [("grams", gram, 1.0), ("titles", gram, TITLE_WEIGHT), ("asked", gram, ASKED_WEIGHT)]
        weighted += [("words", word, WORD_WEIGHT) for word in dict.fromkeys(question.words)]
        for word in question.kindred:
            weighted += [("words", part, KINDRED_WEIGHT) for part in dict.fromkeys(self._wording.words(word))]
        should = self._tantivy.Occur.Should
        return self._tantivy.Query.boolean_query([(should, self._term(*term)) for term in weighted])

    def _term(self, field: str, text: str, weight: float) -> "tantivy.Query":
        query = self._tantivy.Query
        return query.boost_query(query.term_query(self._schema, field, text, "freq"), weight)

    def judge(self, question: Question) -> Judge:
        """A judge of relevance that knows how rare this question's words are here."""
        words = {*question.grams, *(unit.word for unit in question.units)}
        count = self.count
        rarity = {word: rarity_of(count, self._containing(word)) for word in words}
        return Judge(question, rarity, rarity_of(count, 0))

    def _containing(self, word: str) -> int:
        """Passages with the word; of a longer one, with its rarest pair of characters."""
        pairs = [word] if len(word) <= 2 else [gram for gram in self._wording.grams(word) if len(gram) > 1]
        searcher = self._searcher
        return min(max(searcher.doc_freq("grams", gram), searcher.doc_freq("titles", gram)) for gram in pairs or [word])
