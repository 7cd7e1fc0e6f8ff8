"""An encoder learns from answered questions, runs without any model library, and is kept only if it helps."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding.embed import EmbedderUnavailable, open_embedder
from knowledge.embedding.trained import TrainedEmbedder, save
from knowledge.embedding.training import Pair, train
from knowledge.index.teaching import LEAST_QUESTIONS, teach
from knowledge.passage import DocumentKind, Passage
from knowledge.words.wording import Wording

WORDING = Wording()
SUBJECTS = {
    "退货": ("反悔", "签收次日起七日内商品完好的可以退货"),
    "运费": ("邮寄花销", "订单不满九十九元收取运费八元"),
    "积分": ("攒的分", "每消费一元积一分一百分抵一元"),
    "生日": ("寿星福利", "生日当月可领取礼品一份"),
    "发票": ("报销凭据", "电子发票在订单完成后一天内开具"),
    "停车": ("车放哪", "消费满两百元可领取停车券"),
}
MANNERS = ("请问{}怎么弄", "想了解下{}", "{}这块是什么规矩", "麻烦讲讲{}呗", "顾客在问{}")


def passage(number: int, text: str) -> Passage:
    return Passage(
        id=f"p{number}", document_id="d", title="门店规定", version=1, kind=DocumentKind.POLICY, place="", text=text
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("sentence_transformers", reason="needs the extra [local]")
    return tmp_path / "encoder"


@pytest.mark.local
def test_what_was_asked_in_other_words_is_found_by_meaning(folder: Path) -> None:
    pairs = [Pair(manner.format(said), text) for said, text in SUBJECTS.values() for manner in MANNERS]
    texts = [text for _, text in SUBJECTS.values()]
    encoder = train(pairs, texts, folder, WORDING)
    rows = encoder.documents(texts)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
    for place, (said, _) in enumerate(SUBJECTS.values()):
        assert int(np.argmax(rows @ encoder.query(f"{said}要怎么办"))) == place
    again = TrainedEmbedder(folder, WORDING)
    assert again.name == encoder.name
    assert np.array_equal(again.query("反悔"), encoder.query("反悔"))


@pytest.mark.local
def test_the_same_pairs_give_the_same_encoder(folder: Path) -> None:
    pairs = [Pair(said, text) for said, text in SUBJECTS.values()]
    first = train(pairs, [], folder / "a", WORDING)
    assert train(pairs, [], folder / "b", WORDING).name == first.name


@pytest.mark.local
@pytest.mark.faults
def test_questions_that_teach_nothing_leave_words_alone(folder: Path) -> None:
    passages = [passage(number, text) for number, (_, text) in enumerate(SUBJECTS.values())]
    # every question is asked of another passage each time: there is nothing to be learnt
    asked = {
        one.id: [f"第{number}次随便问问{number * 7 % 31}" for number in range(place, 40 * 6, 6)]
        for place, one in enumerate(passages)
    }
    taught = teach(passages, asked, folder)
    assert taught.questions == 240
    assert not taught.is_kept
    assert "不采用" in taught.words
    assert not folder.exists()


def test_too_few_questions_are_told_and_nothing_is_trained(tmp_path: Path) -> None:
    taught = teach(
        [passage(1, "签收次日起七日内可以退货")], {"p1": ["反悔了咋整"], "gone": ["别的"]}, tmp_path / "encoder"
    )
    assert taught.questions == 1
    assert f"至少要 {LEAST_QUESTIONS} 条" in taught.words
    assert not (tmp_path / "encoder").exists()


def test_a_trained_encoder_needs_no_model_library(tmp_path: Path) -> None:
    save(tmp_path, ["[UNK]", "退货", "反悔"], np.eye(3, dtype=np.float16), WORDING)
    script = (
        "import sys; from pathlib import Path\n"
        "from knowledge.embedding.embed import open_embedder\n"
        "encoder = open_embedder(trained=Path(sys.argv[1]))\n"
        "assert encoder.query('反悔').tolist() == [0, 0, 1], encoder.query('反悔')\n"
        "assert not encoder.query('？').any()\n"
        "assert not {'torch', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)


def test_another_content_has_another_name(tmp_path: Path) -> None:
    first = save(tmp_path / "a", ["[UNK]", "退"], np.eye(2, dtype=np.float16), WORDING)
    second = save(tmp_path / "b", ["[UNK]", "换"], np.eye(2, dtype=np.float16), WORDING)
    assert first.name != second.name
    assert json.loads((tmp_path / "a" / "encoder.json").read_text(encoding="utf-8"))["dimension"] == 2


def test_before_training_there_is_no_encoder(tmp_path: Path) -> None:
    assert open_embedder(trained=tmp_path / "none") is None
    with pytest.raises(EmbedderUnavailable, match="daogou index train"):
        TrainedEmbedder(tmp_path)
