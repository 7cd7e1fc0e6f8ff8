"""Worked examples with figures computed by hand: one row of examples.csv is one test a shop manager can read."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.offers.decide import decide
from assistant.offers.standing import Standing
from assistant.shop import Audience, Channel, CouponKind, CouponScope, CouponUse, Days, Hours, Layer, Times
from assistant.turn import CouponRule

from .making import GOLD, NOW, TIERS, coupon, line

ROWS = list(csv.DictReader(Path(__file__).with_name("examples.csv").read_text(encoding="utf-8").splitlines()))
KINDS = {
    "满减": CouponKind.THRESHOLD,
    "折扣": CouponKind.DISCOUNT,
    "代金": CouponKind.VOUCHER,
    "赠品": CouponKind.GIFT,
    "包邮": CouponKind.FREE_SHIPPING,
    "每满减": CouponKind.PER_THRESHOLD,
    "件折": CouponKind.PIECES,
    "第件": CouponKind.NTH_PIECE,
    "加价购": CouponKind.ADD_ON,
}
PEOPLE = {
    "金卡": GOLD,
    "银卡": Standing(tier="银卡", tiers=TIERS, is_new_customer=False, birthday_month=8),
    "新客": Standing(tier="普卡", tiers=TIERS, is_new_customer=True),
    "未知": Standing(tiers=TIERS),
}


def fen(text):
    yuan, _, rest = text.partition(".")
    return int(yuan) * 100 + int(rest.ljust(2, "0") or 0)


def shanghai_midnight(month_day, *, days=0):
    month, day = (int(part) for part in month_day.split("-"))
    return datetime(2026, month, day, tzinfo=UTC) - timedelta(hours=8) + timedelta(days=days)


def parts(text, separator=";"):
    return [part.strip() for part in text.split(separator) if part.strip()]


def read_line(text):
    sku, category, price, *words = text.split()
    more = {"brand": next((word[1:] for word in words if word[0] == "牌"), "")}
    more |= {"attributes": tuple(word[1:] for word in words if word[0] == "属")}
    unit, _, quantity = price.partition("x")
    return line(
        sku.rstrip("!*"),
        fen(unit),
        int(quantity or 1),
        category,
        is_new=sku.endswith("*"),
        coupon_excluded=sku.endswith("!"),
        **more,
    )


def read_coupon(text):
    coupon_id, kind, *words = text.split()
    fields, scope, audience, times = {"ends_at": shanghai_midnight("11-30", days=1)}, {}, {}, {}
    kind = KINDS[kind]
    if words and words[0].isdigit():
        figure = words.pop(0)
        if kind in (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE):
            fields["pay_percent"] = int(figure)
        elif kind is CouponKind.ADD_ON:
            fields["add_on_fen"] = fen(figure)
        elif kind is CouponKind.GIFT:
            fields |= {"gift": "小样", "gift_value_fen": fen(figure)}
        else:
            fields["amount_fen"] = fen(figure)
    for word in words:
        match word[0], word[1:]:
            case "门", rest:
                fields["threshold_fen"] = fen(rest[1:])
            case "顶", rest:
                fields["cap_fen"] = fen(rest)
            case "组", rest:
                fields["stacking_group"] = rest
            case "独", _:
                fields["exclusive"] = True
            case "限", rest:
                fields["per_customer_limit"] = int(rest)
            case "预", rest:
                fields["budget_fen"] = fen(rest[1:])
            case "起", rest:
                fields["starts_at"] = shanghai_midnight(rest)
            case "止", rest:
                fields["ends_at"] = shanghai_midnight(rest, days=1)
            case "品", rest:
                scope["categories"] = (rest[1:],)
            case "排", rest:
                scope["excluded_skus"] = (rest[1:],)
            case "店", rest:
                scope["stores"] = (rest,)
            case "不", _:
                scope["excludes_new"] = True
            case "级", rest:
                audience["tiers"] = tuple(rest.split("/"))
            case "签", rest:
                audience["tags"] = (rest,)
            case "新", _:
                audience["new_customer"] = True
            case "生", _:
                audience["birthday_month"] = True
            case "件", rest:
                fields["pieces"] = int(rest)
            case "换", rest:
                fields["add_on_sku"] = rest
            case "层", rest:
                fields["layer"] = next(one for one in Layer if one.label == rest)
            case "日", rest:
                fields["per_day_limit"] = int(rest)
            case "牌", rest:
                scope["brands"] = (rest,)
            case "属", rest:
                scope["attributes"] = (rest,)
            case "商", rest:
                scope["dealers"] = (rest,)
            case "道", rest:
                scope["channels"] = (channel(rest),)
            case "周", rest:
                times["weekdays"] = tuple(int(day) for day in rest.split("/"))
            case "时", rest:
                first, last = (int(hour) * 60 for hour in rest.split("-"))
                times["hours"] = (Hours(starts=first, ends=last),)
            case "停", rest:
                first, last = (date.fromisoformat(f"2026-{day}") for day in rest.split("/"))
                times["blackout"] = (Days(first=first, last=last),)
            case "龄", rest:
                audience["birthday_days"] = tuple(int(days) for days in rest.split("/"))
            case "隔", rest:
                audience["lapsed_days"] = int(rest)
            case "名", rest:
                audience["customers"] = (rest,)
            case "拒", rest:
                audience["barred"] = (rest,)
            case _:
                raise ValueError(word)
    return coupon(
        coupon_id, kind, scope=CouponScope(**scope), audience=Audience(**audience), times=Times(**times), **fields
    )


def channel(label):
    return next(one for one in Channel if one.label == label)


def read_floors(text):
    return {sku: fen(figure) for sku, figure in (part.split() for part in parts(text))}


def read_uses(text):
    uses = {}
    for part in parts(text):
        coupon_id, figure = part.split()
        if figure[0] == "今":
            uses[coupon_id] = CouponUse(coupon_id=coupon_id, used_today=int(figure[1:]))
            continue
        used = {"used_by_customer": int(figure[:-1])} if figure.endswith("次") else {"spent_fen": fen(figure[:-1])}
        uses[coupon_id] = CouponUse(coupon_id=coupon_id, **used)
    return uses


def read_shares(text):
    shares = {}
    for part in parts(text):
        coupon_id, figures = part.split("=")
        shares[coupon_id] = tuple(fen(figure) for figure in figures.split("/"))
    return shares


def test_the_table_covers_every_rule_and_kind():
    told = {row["没用上的券:规则"].split(":")[1] for row in ROWS if row["没用上的券:规则"]}
    assert told == {rule.value for rule in CouponRule}
    assert len(ROWS) >= 120
    assert all(any(kind in row["券"] and row["用上的券"] for row in ROWS) for kind in KINDS)


@pytest.mark.parametrize("row", ROWS, ids=[row["说明"] for row in ROWS])
def test_example(row):
    offer = decide(
        lines=tuple(read_line(part) for part in parts(row["商品(编码 品类 单价x数量)"])),
        shipping_fen=fen(row["运费"]),
        coupons=tuple(read_coupon(part) for part in parts(row["券"])),
        standing=PEOPLE[row["客户"]],
        uses=read_uses(row["已用"]),
        store_id="S001",
        region_id="R01",
        moment=NOW,
        channel=channel(row["渠道"] or "门店"),
        dealer="甲公司",
        floors=read_floors(row["最低售价"]),
        reach_fen=fen(row["目标价"]) if row["目标价"] else None,
    )
    assert sorted(one.coupon_id for one in offer.applied) == row["用上的券"].split()
    assert (offer.saving_fen, offer.pay_fen) == (fen(row["省"]), fen(row["实付"]))
    assert {one.coupon_id: one.per_line for one in offer.applied if one.per_line} == read_shares(row["每行分摊"])
    if row["没用上的券:规则"]:
        coupon_id, rule = row["没用上的券:规则"].split(":")
        told = next(one for one in offer.alternatives if one.coupon_id == coupon_id)
        assert (told.rule, told.distance) == (CouponRule(rule), row["距离"])
