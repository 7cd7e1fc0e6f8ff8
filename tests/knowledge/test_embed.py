"""Encoders: they are honest about what they need."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding.embed import (
    EmbedderUnavailable,
    EmbeddingFailed,
    OpenAIEmbedder,
    SentenceTransformerEmbedder,
    open_embedder,
)


def test_choice_of_encoder() -> None:
    assert open_embedder() is None
    endpoint = open_embedder("bge", base_url="http://127.0.0.1:1/v1")
    model = open_embedder("some/model")
    assert (endpoint and endpoint.name, model and model.name) == ("api-bge", "st-some/model")


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is not None, reason="the extra is installed")
def test_missing_extra_says_what_to_install() -> None:
    with pytest.raises(EmbedderUnavailable, match="pip install"):
        SentenceTransformerEmbedder("some/model").query("退货")


@pytest.mark.local
def test_sentence_transformers_model_from_a_folder(tmp_path: Path) -> None:
    library = pytest.importorskip("sentence_transformers", reason="needs the extra [local]")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    tokenizers = pytest.importorskip("tokenizers")
    characters = {
        character: number for number, character in enumerate(["[UNK]", *"退货换运费发票会员积分多少钱怎么开"])
    }
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(characters, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    model = library.SentenceTransformer(modules=[modules.StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu")
    model.save(str(tmp_path / "small"))

    encoder = SentenceTransformerEmbedder(str(tmp_path / "small"), query_instruction="")
    rows = encoder.documents(["退货运费", "会员积分"])
    assert encoder.name == "st-small"
    assert rows.shape == (2, encoder.dimension)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows[0], encoder.query("退货运费"), atol=1e-6)


@pytest.mark.local
def test_unknown_model_says_so() -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra [local]")
    with pytest.raises(EmbedderUnavailable, match="找不到"):
        SentenceTransformerEmbedder("no/such-model").query("退货")


class _Endpoint(BaseHTTPRequestHandler):
    """Answers embeddings with [3, 4] for every input, as long as it was sent text and not token ids."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        ok = all(isinstance(text, str) for text in texts)
        rows = [{"object": "embedding", "index": n, "embedding": [3.0, 4.0]} for n in range(len(texts))]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        body = json.dumps({"object": "list", "data": rows, "model": asked["model"], "usage": usage}).encode()
        self.send_response(200 if ok else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_endpoint_is_sent_text_and_gives_unit_vectors(endpoint: str) -> None:
    encoder = OpenAIEmbedder(endpoint, "k", "bge")
    assert encoder.dimension == 2
    assert np.allclose(encoder.documents(["甲", "乙"]), [[0.6, 0.8], [0.6, 0.8]])


def test_endpoint_that_does_not_answer() -> None:
    with pytest.raises(EmbeddingFailed, match="没有应答"):
        OpenAIEmbedder("http://127.0.0.1:1/v1", "k", "bge", timeout=1).query("退货")
