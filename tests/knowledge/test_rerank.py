"""Instructions before questions and passages, and the second look at the leading passages."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding.embed import EmbedderUnavailable, SentenceTransformerEmbedder
from knowledge.embedding.instructions import Instructions, instructions_of
from knowledge.embedding.rerank import CrossEncoderReranker
from knowledge.index.index import PassageIndex
from tests.knowledge.test_index import NOW, passage

CHARACTERS = "[UNK]查询文档：退货换运费发票会员积分多少钱怎么开"


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("BAAI/bge-small-zh-v1.5", Instructions("为这个句子生成表示以用于检索相关文章：")),
        ("/models/bge-large-zh", Instructions("为这个句子生成表示以用于检索相关文章：")),
        ("intfloat/multilingual-e5-small", Instructions("query: ", "passage: ")),
        ("thenlper/gte-large-zh", Instructions()),
        ("BAAI/bge-m3", Instructions()),
    ],
)
def test_models_get_what_their_makers_say(model: str, wanted: Instructions) -> None:
    assert instructions_of(model) == wanted
    assert instructions_of(model, "我的：") == wanted._replace(question="我的：")


class ByWord:
    """A reranker that likes one word, and fails when told to."""

    name = "by-word"

    def __init__(self, word: str, share: float = 0.9) -> None:
        self.word = word
        self.share = share
        self.broken = False
        self.asked: list[tuple[str, int]] = []

    def scores(self, question: str, passages: Sequence[str]) -> tuple[float, ...]:
        self.asked.append((question, len(passages)))
        if self.broken:
            raise EmbedderUnavailable("找不到重排模型")
        return tuple(0.9 if self.word in text else 0.1 for text in passages)


def ranked(index: PassageIndex, question: str) -> list[str]:
    found = index.search(question, store_id="S", region_id="R", moment=NOW, limit=10).passages
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0 <= one.score <= 1 for one in found)
    return [one.passage_id for one in found]


def test_the_second_look_orders_the_leading_passages_anew() -> None:
    passages = [
        passage("a", "退货退货：拆封的商品不能退货。"),
        passage("b", "退货运费由顾客承担。"),
        passage("c", "积分可以抵现。"),
    ]
    reranker = ByWord("承担")
    with PassageIndex(None, None, "corp") as plain, PassageIndex(None, None, "corp", reranker) as second:
        plain.apply(passages, ())
        second.apply(passages, ())
        assert ranked(plain, "拆封的能退货吗") == ["a", "b"]
        assert ranked(second, "拆封的能退货吗") == ["b", "a"]
        assert reranker.asked == [("拆封的能退货吗", 2)]
        reranker.broken = True
        assert ranked(second, "拆封的能退货吗") == ["a", "b"]
        assert "找不到重排模型" in second.degraded
        reranker.broken = False
        assert ranked(second, "拆封的能退货吗") == ["b", "a"]
        assert second.degraded == ""


def test_only_the_leading_twenty_are_read_again() -> None:
    passages = [passage(f"p{number:02}", f"退货说明{'退货' * (number % 5)}第{number}条。") for number in range(40)]
    reranker = ByWord("第39条")
    with PassageIndex(None, None, "corp", reranker) as index:
        index.apply(passages, ())
        index.search("退货", store_id="S", region_id="R", moment=NOW, limit=40)
        assert reranker.asked == [("退货", 20)]


@pytest.mark.local
def test_a_models_own_prompts_are_used(tmp_path: Path) -> None:
    library = pytest.importorskip("sentence_transformers", reason="needs the extra [local]")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    tokenizers = pytest.importorskip("tokenizers")
    known = {character: number for number, character in enumerate(["[UNK]", *CHARACTERS[5:]])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    parts = [modules.StaticEmbedding(tokenizer, embedding_dim=16)]
    prompts = {"query": "查询：", "document": "文档："}
    library.SentenceTransformer(modules=parts, device="cpu", prompts=prompts).save(str(tmp_path / "own"))
    library.SentenceTransformer(modules=parts, device="cpu").save(str(tmp_path / "none"))
    own, none = (SentenceTransformerEmbedder(str(tmp_path / name)) for name in ("own", "none"))
    assert np.allclose(own.query("退货"), none.query("查询：退货"), atol=1e-6)
    assert np.allclose(own.documents(["退货"])[0], none.query("文档：退货"), atol=1e-6)
    said = SentenceTransformerEmbedder(str(tmp_path / "own"), query_instruction="会员：")
    assert np.allclose(said.query("退货"), none.query("会员：退货"), atol=1e-6)


@pytest.mark.local
def test_a_cross_encoder_from_a_folder_gives_shares(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="needs the extra [local]")
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CHARACTERS[5:]]), encoding="utf-8")
    folder = tmp_path / "small"
    transformers.BertTokenizerFast(vocab_file=str(vocabulary)).save_pretrained(str(folder))
    config = transformers.BertConfig(
        vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=1
    )
    transformers.BertForSequenceClassification(config).save_pretrained(str(folder))
    reranker = CrossEncoderReranker(str(folder), threads=1)
    assert reranker.name == "ce-small"
    found = reranker.scores("怎么退货", ["退货运费", "会员积分", "发票怎么开"])
    assert len(found) == 3
    assert all(0 < score < 1 and not math.isnan(score) for score in found)
    assert found[0] == pytest.approx(reranker.scores("怎么退货", ["退货运费"])[0], abs=1e-5)
    assert reranker.scores("怎么退货", []) == ()


@pytest.mark.local
def test_an_unknown_cross_encoder_says_so() -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra [local]")
    with pytest.raises(EmbedderUnavailable, match="找不到重排模型"):
        CrossEncoderReranker("no/such-model").scores("退货", ["退货"])
