"""What a text grants, praises or foretells is found by what it speaks of, and not where it denies, asks or offers to ask."""

import pytest

from assistant.flow.guard.claims.granting import granted


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("下周三货就到店了", "到货"),
        ("别急，马上就上架", "到货"),
        ("我先给您压一件在柜台", "预留"),
        ("我给您留到月底，好吧？", "预留"),
        ("剪了吊牌我也给您换", "退换"),
        ("出了事我兜着", "保证"),
        ("后面搞活动我给您按新价算", "保价"),
        ("我自己掏腰包给您补二十", "让价"),
        ("比淘宝划算", "比别家"),
        ("卖得可火了呢", "销量"),
        ("今儿拍明儿就到", "时效"),
        ("仪器测出来水分高了一大截", "实测"),
        ("生日那张也能一块儿使", "加券"),
        ("头发会变得又黑又密", "功效"),
        ("备孕的也不碍事", "人群"),
        ("礼拜三我们盘点不开门", "营业"),
        ("冬天打烊早，八点就关灯了", "营业"),
        ("国庆七天都不打烊", "营业"),
        ("您明早六点半来就行，我们开得早", "营业"),
    ],
)
def test_what_is_granted_is_found_by_its_subject(text: str, name: str) -> None:
    assert name in {one.name for one in granted(text)}


@pytest.mark.parametrize(
    "text",
    [
        "如果到货了我通知您",
        "几点关门我帮您确认一下",
        "开封后尽快用完",
        "我帮您问一下什么时候补货",
        "您要不要我给您留一件？",
        "这个价我没有权限再让",
        "功效不能打包票",
        "送货时间看快递",
        "孕妇能不能用，资料里没有写，建议先问医生",
        "网上的价格我这边查不到",
        "有想问的随时找我",
        "有事随时找我",
        "有哪点拿不准",
        "这款的特点是不沾手直接涂",
        "我单独帮您看",
        "店里的规定是：生日当天由专属导购发一条祝福",
        "给干皮、中性皮、混合皮用的",
        "避开头皮就好",
    ],
)
def test_what_is_denied_asked_or_left_open_grants_nothing(text: str) -> None:
    assert list(granted(text)) == []
