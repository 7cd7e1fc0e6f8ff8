"""A script tried before it is served: what blocks it and how to mend it, what is vouched for, how it reads."""

from collections.abc import Iterator

import pytest

from assistant.service import Service
from assistant.shop import Citation, Manner, Scene, Script, Stage
from assistant.trying import ScriptTrial, Tried
from assistant.turn import Intent, Reason
from knowledge.passage import Scope, ScopeLevel
from tests.ingest.house import CORP, NOW, Hands, opened, small_shop, write

GOODS = (
    "商品编码,商品名称,售价(元),品类,规格,适用肤质,使用方法,核心卖点\n"
    "A1,柔和面霜,100,护肤,50ml,敏感肌,取适量抹开,质地清润\nA2,清爽面膜,20,护肤,5片,油皮,敷十分钟后洗净,清爽不黏\n"
)
COUPONS = "券编码,券名称,类型,面额(元),使用门槛(元),开始日期,结束日期\nK1,满50减10,满减,10,50,2026-11-01,2026-12-31\n"
CITED = Citation(document_id="d", title="话术.xlsx", version=1, place="第2行")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("trying")
    shop = small_shop(folder / "shop")
    write(shop, "商品/products.csv", GOODS)
    write(shop, "优惠/coupons.csv", COUPONS)
    with opened(folder / "var", Hands()) as service:
        service.ingest([shop])
        yield service


@pytest.fixture
def trial(house: Service) -> ScriptTrial:
    return ScriptTrial(CORP, lambda: NOW, house.handling.desks, house.handling.search)


def a_script(text: str, stage: Stage = Stage.PRICE, **more: object) -> Script:
    values = {"script_id": "N1", "title": "试", "stage": stage, "scene": Scene.PRIVATE, "manner": Manner.WARM}
    return Script.model_validate({**values, "text": text, "cited": CITED, **more})


def blocking(tried: Tried) -> dict[str, Reason]:
    return {one.finding.span: one.finding.reason for one in tried.findings if one.blocks}


@pytest.mark.parametrize(
    ("text", "span", "reason"),
    [
        ("【客户称呼】，这款是全网最低价，您放心", "全网最低价", Reason.ABSOLUTE_TERM),
        ("【产品名】对湿疹有治疗效果，您可以看看", "治疗", Reason.MEDICAL_TERM),
        ("【产品名】现在只要99元，您看看", "现在只要99元", Reason.UNSUPPORTED_FIGURE),
        ("【产品名】打8折，您看看【价格】", "品名，打8折", Reason.UNSUPPORTED_FIGURE),
        ("【品名】现在【价格】，您看看", "【品名】", Reason.UNFILLED_BLANK),
        ("【产品名现在很好，您看看", "【】", Reason.UNFILLED_BLANK),
        ("有事打13800002222找我，【产品名】【价格】", "13800002222", Reason.PRIVACY),
        ("王丽女士，【产品名】现在【价格】", "王丽女士", Reason.PRIVACY),
        ("【产品名】假一赔十，现在【价格】", "假一赔十", Reason.UNSUPPORTED_PROMISE),
        ("【产品名】明天一定到货，现在【价格】", "明天一定到货", Reason.UNSUPPORTED_PROMISE),
    ],
)
def test_what_keeps_a_script_from_being_published(trial: ScriptTrial, text: str, span: str, reason: Reason) -> None:
    tried = trial.try_out(a_script(text))
    assert tried.blocked
    assert reason in blocking(tried).values(), blocking(tried)
    assert all(one.finding.remedy for one in tried.findings)
    assert any(span in words or words in span for words, why in blocking(tried).items() if why is reason)


@pytest.mark.parametrize(
    "text",
    [
        "【客户称呼】，【产品名】【规格】现在【价格】，您看合适吗？",
        "【产品名】现在【价格】，用【优惠券】（【用券条件】），券后【券后价】。",
        "【产品名】适合【适合人群】，用法是【用法】，现在【价格】。",
    ],
)
def test_a_lawful_script_passes_and_is_filled_in(trial: ScriptTrial, text: str) -> None:
    tried = trial.try_out(a_script(text))
    assert tried.findings == ()
    assert "【" not in tried.preview.text
    assert "柔和面霜" in tried.preview.text
    assert Intent.PRICE in tried.preview.intents
    assert tried.preview.missing == ()


def test_what_an_approval_vouches_for_is_told_and_blocks_nothing(trial: ScriptTrial) -> None:
    tried = trial.try_out(a_script("【产品名】现在【价格】，11月30日以前都在店里。"))
    assert not tried.blocked
    assert any("11月30日" in one.finding.span for one in tried.findings)
    assert all("通过就等于公司认可" in one.finding.rule for one in tried.findings)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (a_script("【产品名】可以用【优惠券】，【价格】"), "【用券条件】"),
        (a_script("您再考虑考虑，不急着定"), "至少写上其中一个：【价格】、【用券条件】"),
        (a_script("您再考虑考虑", Stage.OBJECTION), "关键词"),
        (a_script("请问您平时怎么护肤", Stage.DISCOVERY), "还不会自己挑话术"),
        (a_script("【产品名】【价格】" + "慢慢看" * 60), "最多 160 个字"),
        (a_script("【客户称呼】们看【产品名】【价格】", scene=Scene.GROUP_MARKETING), "【客户称呼】可填"),
    ],
)
def test_a_script_that_would_never_be_picked_says_why(trial: ScriptTrial, script: Script, told: str) -> None:
    tried = trial.try_out(script)
    assert not tried.blocked
    assert told in "".join(one.finding.rule + one.finding.remedy for one in tried.findings)


def test_the_shops_own_rule_is_quoted_where_a_script_quotes_one(trial: ScriptTrial) -> None:
    script = a_script("帮您查了，【政策要点】。", Stage.AFTER_SALES, keywords=("退货",))
    assert "签收次日起七天内" in trial.try_out(script).preview.text


def test_a_script_is_tried_in_a_store_it_reaches_and_when_it_begins(trial: ScriptTrial) -> None:
    scope = Scope(level=ScopeLevel.STORE, id="S002")
    tried = trial.try_out(a_script("【产品名】现在【价格】，欢迎来【门店】", scope=scope))
    assert "榕树店" in tried.preview.text


def test_a_blank_without_sample_facts_is_named(trial: ScriptTrial) -> None:
    tried = trial.try_out(a_script("【产品名】现在【价格】，注意：【注意事项】"))
    assert tried.preview.missing == ("注意事项",)
    assert "【注意事项】" in tried.preview.text
