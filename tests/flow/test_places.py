"""A rule for one part of the country is not quoted to somebody who lives in another."""

import pytest

from assistant.flow.finding.retrieval import retrieve
from assistant.flow.words.places import regions_named
from assistant.seams import Wanted
from assistant.turn import Hit, Intent, Slots
from knowledge.passage import DocumentKind, Scope, ScopeLevel
from tests.flow.shopfloor import MOMENT, desk, hit, need, passage


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("寄到成都几天到", {"西南"}),
        ("从广州发到西安", {"华南", "西北"}),
        ("华东一般2天", {"华东"}),
        ("开封后多久用完", set()),
    ],
)
def test_a_place_tells_its_part_of_the_country(text: str, regions: set[str]) -> None:
    assert regions_named(text) == regions


SOUTH = passage(
    81, "华南区域配送补充说明", DocumentKind.POLICY, "华南收货的现货订单付款后24小时内发货，一般1天到。"
).model_copy(update={"scope": Scope(level=ScopeLevel.REGION, id="R01")})
EVERYWHERE = passage(82, "配送说明", DocumentKind.POLICY, "付款后48小时内发货，西南4天到，其他地区5天到。")


def _found(question: str) -> set[str]:
    def search(wanted: Wanted) -> tuple[Hit, ...]:
        return (hit(SOUTH), hit(EVERYWHERE))

    asked = need(Intent.POLICY, question, slots=Slots(policy_topics=("物流",)))
    return {one.passage.title for one in retrieve(asked, (), desk(), search, MOMENT)}


def test_the_rule_of_another_region_stays_away() -> None:
    assert _found("寄到成都几天到") == {"配送说明"}


def test_the_region_s_own_rule_answers_its_own_people() -> None:
    assert "华南区域配送补充说明" in _found("寄到佛山几天到")
    assert "华南区域配送补充说明" in _found("几天能到")
