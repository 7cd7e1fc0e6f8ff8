"""The conversations that are read before a change of the composer goes out."""

from eval.conversations import DOCUMENT, conversations, document


def test_the_document_says_what_the_composer_writes_today() -> None:
    assert len(conversations()) == 20
    assert document() == DOCUMENT.read_text("utf-8"), "python -m eval.conversations writes it anew; read it through"
