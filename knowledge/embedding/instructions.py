"""What models want to read before a question or a passage, as their makers trained them and their cards say."""

import re
from typing import NamedTuple


class Instructions(NamedTuple):
    """Words put before every question and before every passage; empty for none."""

    question: str = ""
    passage: str = ""


# Without them these models lose most of what they are good at; models that are not listed want none or bring their own.
_KNOWN = (
    (re.compile(r"bge-(?:small|base|large)-zh", re.I), Instructions("为这个句子生成表示以用于检索相关文章：")),
    (re.compile(r"bge-(?:small|base|large)-en", re.I), Instructions("Represent this sentence for searching relevant passages: ")),
    (re.compile(r"(?<![a-z])e5-", re.I), Instructions("query: ", "passage: ")),
    (re.compile(r"qwen3-embedding", re.I), Instructions("Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:")),
)  # fmt: skip


def instructions_of(model: str, question: str = "") -> Instructions:
    """The instructions of a model by its name or folder; ``question`` stands in for what it wants before questions."""
    known = next((wanted for pattern, wanted in _KNOWN if pattern.search(model)), Instructions())
    return known._replace(question=question) if question else known
