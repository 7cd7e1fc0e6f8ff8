"""The one Search: it follows the database, survives its index, and is the same from every door."""

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant.app import build
from assistant.seams import Reader, Wanted
from assistant.searching import StoreSearch
from assistant.service import Service
from assistant.store import material, questions, synonyms
from assistant.store.questions import QuestionOrigin, QuestionStatus
from daogou import app
from knowledge.embedding.embed import Vectors
from knowledge.index.found import NoBasis
from knowledge.index.index import PassageIndex
from tests.ingest.house import CORP, Hands, found, index_is_the_database, opened, policy, small_shop, write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return small_shop(tmp_path / "shop")


def passage_of(search: StoreSearch, words: str) -> questions.Passage:
    with search.database.read() as tx:
        return next(one for one in material.published_passages(tx, CORP) if words in one.text)


def test_an_approved_question_is_found_from_the_next_search_on(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        search = service.own_index()
        assert found(service, "反悔了咋整") == ()
        about = passage_of(search, "七天内")
        with service.database.begin() as tx:
            questions.attach(tx, CORP, about, ["买完反悔了咋整"], QuestionOrigin.PROPOSED, service.clock())
        assert found(service, "反悔了咋整") == ()
        with service.database.begin() as tx:
            waiting = [one.question_id for one in questions.to_review(tx, CORP, 9)]
            questions.review(tx, CORP, waiting, QuestionStatus.APPROVED, "boss", service.clock())
        assert found(service, "反悔了咋整") == (about.text,)
        assert search.compare(CORP).is_equal
        with service.database.begin() as tx:
            questions.review(tx, CORP, waiting, QuestionStatus.REFUSED, "boss", service.clock())
        assert found(service, "反悔了咋整") == ()


def test_the_shops_synonyms_are_spoken_after_the_next_change(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        assert found(service, "退单") == ()
        with service.database.begin() as tx:
            synonyms.add(tx, CORP, [("退单", "退货")], service.clock(), changed_by="boss")
            material.bump_material_version(tx, CORP)
        assert len(found(service, "退单")) == 1


def test_a_damaged_index_is_begun_anew_and_answers(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
    (tmp_path / "var" / "index" / "lexical" / "meta.json").write_bytes(b"\x00" * 50)
    with opened(tmp_path / "var") as service:
        assert service.own_index().trouble == ""
        assert len(found(service, "几天内可以退货")) == 1
        assert index_is_the_database(service)


def test_a_deleted_index_comes_back(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
    for file in sorted((tmp_path / "var" / "index").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    with opened(tmp_path / "var") as service:
        assert len(found(service, "几天内可以退货")) == 1
        assert index_is_the_database(service)


def test_a_foreign_folder_is_left_alone_and_words_answer_from_memory(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
    index = tmp_path / "var" / "index"
    (index / "made-by").unlink()
    (index / "letter.txt").write_text("not an index", encoding="utf-8")
    with opened(tmp_path / "var") as service:
        assert "不是本程序建的索引" in service.own_index().trouble
        assert len(found(service, "几天内可以退货")) == 1
    assert (index / "letter.txt").read_text(encoding="utf-8") == "not an index"


def test_check_and_rebuild_tell_and_mend(tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        kept = service.own_index().compare(CORP).published
    run = CliRunner()
    assert "索引和数据库一致" in run.invoke(app, ["index", "check"]).output
    with PassageIndex(tmp_path / "var" / "index", None, CORP) as index:
        index.apply((), list(index.ids_with_hashes())[:1])
    told = run.invoke(app, ["index", "check"])
    assert told.exit_code == 1
    assert "缺 1 段" in told.output
    mended = run.invoke(app, ["index", "rebuild"])
    assert mended.exit_code == 0, mended.output
    assert f"已发布 {kept} 段" in mended.output
    assert run.invoke(app, ["index", "check"]).exit_code == 0


def test_the_command_gives_what_the_service_gives(tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        guide = service.guides()[0].userid
        told = service.explain("几天内可以退货", guide)
        record = service.converse(guide, ["没拆封的几天内可以退货"])
    printed = CliRunner().invoke(app, ["search", "几天内可以退货", "--guide", guide, "--json"])
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.output) == told.model_dump(mode="json")
    assert {hit.passage.id for hit in record.hits} == {hit.passage.id for hit in told.hits}
    nothing = CliRunner().invoke(app, ["search", "今天股票怎么样", "--guide", guide])
    assert NoBasis.WORDS_UNKNOWN.label in nothing.output.replace("\n", "")
    assert "查不了" in CliRunner().invoke(app, ["search", "退货", "--guide", "nobody"]).output


class SlowEncoder:
    """An encoder that waits to be let go."""

    name, dimension, share, floor = "slow", 2, 0.5, 2.0

    def __init__(self) -> None:
        self.go = Event()

    def documents(self, texts: Sequence[str]) -> Vectors:
        self.go.wait(20)
        return np.tile(np.array([0, 1], dtype=np.float32), (len(texts), 1))

    def query(self, text: str) -> Vectors:
        return np.array([0, 1], dtype=np.float32)


def test_searches_are_answered_by_words_while_vectors_are_made(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        encoder = SlowEncoder()
        with PassageIndex(tmp_path / "other", encoder, CORP) as index:
            search = StoreSearch(service.database, index)
            reader = Reader(corp_id=CORP, store_id="S001", region_id="R01")
            wanted = Wanted(question="几天内可以退货", reader=reader, moment=service.clock())
            (hit,) = search(wanted)
            assert (hit.dense, index.waiting > 0) == (0, True)
            encoder.go.set()
            search.bring_up(CORP)
            (hit,) = search(wanted)
            assert hit.dense > 0
            search.close()


def test_a_change_is_seen_by_the_next_search(tmp_path: Path, shop: Path) -> None:
    clock = Hands()
    with opened(tmp_path / "var", clock) as service:
        service.ingest([shop])
        write(shop, "政策/退货.md", policy("退货办法", "签收次日起十五天内，没有拆封的商品可以退货。"))
        service.ingest([shop])
        (text,) = found(service, "几天内可以退货")
        assert "十五天" in text
        assert index_is_the_database(service)


def test_building_without_the_index_says_so(tmp_path: Path) -> None:
    from assistant.app import build_without_index
    from assistant.errors import IndexUnusable
    from assistant.settings import Settings

    service = build_without_index(Settings.model_validate({"data_dir": tmp_path, "corp_id": CORP}))
    with pytest.raises(IndexUnusable):
        service.own_index()
    service.close()
    build(Settings.model_validate({"data_dir": tmp_path, "corp_id": CORP})).close()


def test_two_stores_ask_the_same_and_get_the_rule_of_their_own(tmp_path: Path, shop: Path) -> None:
    heading = "## 退货时间\n\n"
    write(shop, "政策/退货.md", policy("退货办法", f"{heading}签收次日起七天内，没有拆封的商品可以退货。"))
    write(
        shop,
        "政策/梧桐.md",
        policy("梧桐店退货", f"{heading}签收次日起十五天内，没有拆封的商品可以退货。", scope="门店:S001"),
    )
    write(
        shop,
        "政策/华南.md",
        policy("华南退货", f"{heading}签收次日起十天内，没有拆封的商品可以退货。", scope="区域:R02"),
    )
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        for question in ("买了几天内可以退货", "没拆封的能退吗", "退货时间"):
            east, south = found(service, question), found(service, question, "S002", "R02")
            assert "十五天内" in east[0]
            assert "十天内" in south[0]
            assert not any("十天内" in text for text in east)
            assert not any("十五天内" in text for text in south)
            assert "七天内" in east[1]
        hits = service.own_index()(wanted(service, "买了几天内可以退货"))
        assert [hit.replaced_by for hit in hits] == ["", hits[0].passage.id]
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_documents_at_odds_are_both_found_and_say_so(tmp_path: Path, shop: Path) -> None:
    write(shop, "政策/服务承诺.md", policy("服务承诺", "签收次日起十五天内，没有拆封的商品可以退货。"))
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        explained = service.own_index().explain(wanted(service, "几天内可以退货"))
        assert {hit.passage.title for hit in explained.hits} == {"退货办法", "服务承诺"}
        for hit, other in (explained.hits, explained.hits[::-1]):
            assert [one.title for one in hit.disagreements] == [other.passage.title]
        assert {explained.hits[0].disagreements[0].unit} == {"天"}


def wanted(service: Service, question: str) -> Wanted:
    reader = Reader(corp_id=CORP, store_id="S001", region_id="R01")
    return Wanted(question=question, reader=reader, moment=service.clock())
