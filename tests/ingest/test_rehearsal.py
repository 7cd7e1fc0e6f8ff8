"""A dry run tells all and changes nothing."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from daogou import app
from tests.ingest.house import CORP, contents, held, opened, policy, products, small_shop, write


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return small_shop(tmp_path / "shop")


def test_it_says_what_the_real_one_then_does(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        before = contents(service.database, but=frozenset())
        told = service.rehearse([shop])
        assert contents(service.database, but=frozenset()) == before
        assert held(service) == {}
        done = service.ingest([shop])
        assert told == done
        assert told.changed


def test_it_sees_what_is_there_already(tmp_path: Path, shop: Path) -> None:
    with opened(tmp_path / "var") as service:
        service.ingest([shop])
        kept, index = contents(service.database, but=frozenset()), held(service)
        write(shop, "政策/配送.md", policy("配送说明", "付款后四十八小时内发货。"))
        write(shop, "商品/products.csv", products("A1,柔和面霜,120", "A9,新面霜,贵"))
        (shop / "政策" / "退货.md").unlink()
        told = service.rehearse([shop])
        assert set(told.changed) == {"政策/配送.md", "商品/products.csv"}
        assert told.removed == ("政策/退货.md",)
        assert any("售价" in problem.field for problem in told.problems)
        assert (contents(service.database, but=frozenset()), held(service)) == (kept, index)


@pytest.mark.postgres
def test_postgres_is_only_read(tmp_path: Path, shop: Path, postgres_url: str) -> None:
    with opened(tmp_path / "var", database_url=postgres_url) as service:
        service.ingest([shop])
        kept = contents(service.database, but=frozenset())
        write(shop, "政策/配送.md", policy("配送说明", "付款后四十八小时内发货。"))
        assert service.rehearse([shop]).changed == ("政策/配送.md",)
        assert contents(service.database, but=frozenset()) == kept


def test_the_command_prints_guesses_and_writes_the_mapping(
    tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAOGOU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DAOGOU_CORP_ID", CORP)
    with opened(tmp_path / "var"):
        pass
    write(shop, "商品/products.csv", "货号,品名,零售单价,产地\nA1,柔和面霜,100,上海\n")
    mapping = tmp_path / "columns.yaml"
    printed = CliRunner().invoke(app, ["ingest", str(shop), "--dry-run", "--map-out", str(mapping)])
    assert printed.exit_code == 0, printed.output
    assert "货号 → 商品编码" in printed.output
    assert "没有对上的列：产地" in printed.output
    assert "数据库和索引都没有改动" in printed.output
    columns = yaml.safe_load(mapping.read_text(encoding="utf-8"))["columns"]["商品/products.csv"]
    assert columns == {"商品编码": "货号", "商品名称": "品名", "售价(元)": "零售单价"}
