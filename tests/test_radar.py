"""The radar over a whole shop: files, scripts and coupons together, once for each change of the material."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.app import open_material_desk
from assistant.radar import Radar
from assistant.service import Service
from assistant.store import conflicts, documents
from assistant.store.conflicts import Conflict, ConflictKind, SideNoun
from assistant.store.documents import Sight
from knowledge.words.wording import Wording
from tests.ingest.house import CORP, Hands, opened, policy, small_shop, write

EVERYWHERE = Sight("ye", None, frozenset(), frozenset())
COUPONS = (
    "券编号,券名称,类型,面额(元),门槛(元),开始日期,结束日期\nK1,会员日专享券,满减券,30,200,2026-11-01,2026-11-30\n"
)
SCRIPTS = "编号,标题,阶段,场景,语气,话术\nSC1,退货怎么说,售后服务,私聊,亲切,{text}\n"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return small_shop(tmp_path / "shop")


@pytest.fixture
def service(tmp_path: Path, clock: Hands) -> Iterator[Service]:
    with opened(tmp_path / "var", clock) as made:
        yield made


def surveyed(service: Service, shop: Path) -> tuple[Conflict, ...]:
    """Read the files in, compare everything, and give what waits."""
    report = service.ingest([shop])
    assert not [one for one in report.problems if one.is_error], report.problems
    open_material_desk(service).survey()
    with service.database.read() as tx:
        return conflicts.open_conflicts(tx, CORP, EVERYWHERE, limit=50)


def test_a_shop_of_one_mind_has_none(service: Service, shop: Path) -> None:
    write(shop, "话术/scripts.csv", SCRIPTS.format(text="亲，签收次日起7天内没有拆封都能退货哦"))
    write(shop, "优惠/coupons.csv", COUPONS)
    write(shop, "活动/会员日.md", policy("会员日活动", "会员日专享券满200减30，用到11月30日。", kind="活动"))
    assert surveyed(service, shop) == ()


def test_a_script_with_another_figure_than_its_policy(service: Service, shop: Path) -> None:
    write(shop, "话术/scripts.csv", SCRIPTS.format(text="亲，签收次日起15天内没有拆封都能退货哦"))
    (found,) = surveyed(service, shop)
    assert {found.first.noun, found.second.noun} == {SideNoun.DOCUMENT, SideNoun.SCRIPT}
    assert found.kind is ConflictKind.FIGURE


def test_what_is_for_one_dealers_stores_is_told_where_it_counts(service: Service, shop: Path) -> None:
    stores = "门店编号,门店名称,区域编号,区域名称,经销商\nS001,东店,R01,东区,东湖商贸\nS002,西店,R02,西区,西溪商贸\n"
    write(shop, "门店/stores.csv", stores)
    head = "编号,标题,阶段,场景,语气,话术,适用经销商\n"
    told = "SC{},换杯子怎么说,售后服务,私聊,亲切,亲，杯子摔了{}天内可以换新杯子哦,{}\n"
    write(shop, "话术/scripts.csv", head + told.format(1, 10, "东湖商贸") + told.format(2, 20, "西溪商贸"))
    # no store is told both
    assert surveyed(service, shop) == ()
    write(shop, "话术/scripts.csv", head + told.format(1, 10, "东湖商贸") + told.format(2, 20, ""))
    (found,) = surveyed(service, shop)
    assert {found.first.ref, found.second.ref} == {"SC1", "SC2"}
    with service.database.read() as tx:
        for store, seen in (("S001", 1), ("S002", 0)):
            who = documents.sight(tx, CORP, frozenset({store}), "m")
            assert conflicts.count_open(tx, CORP, who) == seen, store


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("会员日专享券满250减30。", ConflictKind.FIGURE),
        ("会员日专享券满200元减40元。", ConflictKind.FIGURE),
        ("会员日专享券可以用到12月5日。", ConflictKind.DATE),
    ],
)
def test_a_text_that_names_a_coupon_and_gives_it_other_rules(
    service: Service, shop: Path, text: str, kind: ConflictKind
) -> None:
    write(shop, "优惠/coupons.csv", COUPONS)
    write(shop, "活动/会员日.md", policy("会员日活动", text, kind="活动"))
    (found,) = surveyed(service, shop)
    assert found.kind is kind
    assert found.second.noun is SideNoun.COUPON
    assert "满 200 元减 30 元，用到 11 月 30 日" in found.second.text


def test_a_coupon_that_has_ended_contradicts_nothing(service: Service, shop: Path, clock: Hands) -> None:
    clock.pass_days(30)
    write(shop, "优惠/coupons.csv", COUPONS)
    write(shop, "活动/会员日.md", policy("会员日活动", "会员日专享券满250减30。", kind="活动"))
    assert surveyed(service, shop) == ()


def test_everything_is_compared_once_for_each_change(service: Service, shop: Path) -> None:
    wording = Wording()
    radar = Radar(service.database, CORP, service.clock, lambda: wording)
    service.ingest([shop])
    assert radar.survey()
    assert not radar.survey()
    write(shop, "政策/须知.md", policy("退货须知", "签收次日起十五天内，没有拆封的商品可以退货。"))
    service.ingest([shop])
    assert radar.survey()
    with service.database.read() as tx:
        assert len(conflicts.open_conflicts(tx, CORP, EVERYWHERE, limit=9)) == 1


def test_what_is_mended_in_the_files_goes_by_itself(service: Service, shop: Path) -> None:
    write(shop, "政策/须知.md", policy("退货须知", "签收次日起十五天内，没有拆封的商品可以退货。"))
    assert len(surveyed(service, shop)) == 1
    write(shop, "政策/须知.md", policy("退货须知", "签收次日起七天内，没有拆封的商品可以退货。"))
    assert surveyed(service, shop) == ()
