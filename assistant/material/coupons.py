"""Coupon tables → coupons. A row whose words could be told to a customer wrongly is never guessed at."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import MappingProxyType

from assistant.clock import SHOP_TIME
from assistant.material.columns import Recognised
from assistant.material.context import Context
from assistant.material.problems import Problem, Severity
from assistant.material.rows import Cells, Rows, read_rows
from assistant.material.values import (
    count,
    day_parts,
    day_spans,
    days_around,
    moment,
    pay_percent,
    several,
    weekdays,
    window_end,
    yes_or_no,
)
from assistant.offers.rules import open_days
from assistant.offers.standing import forbidden_input
from assistant.shop import Audience, Channel, Coupon, CouponKind, CouponScope, Days, Hours, Layer, Times
from knowledge.reading.blocks import Table

KINDS = MappingProxyType(
    {
        "满减": CouponKind.THRESHOLD,
        "满额立减": CouponKind.THRESHOLD,
        "折扣": CouponKind.DISCOUNT,
        "打折": CouponKind.DISCOUNT,
        "代金": CouponKind.VOUCHER,
        "现金": CouponKind.VOUCHER,
        "抵扣": CouponKind.VOUCHER,
        "赠品": CouponKind.GIFT,
        "兑换": CouponKind.GIFT,
        "礼品": CouponKind.GIFT,
        "包邮": CouponKind.FREE_SHIPPING,
        "免邮": CouponKind.FREE_SHIPPING,
        "运费": CouponKind.FREE_SHIPPING,
        "每满减": CouponKind.PER_THRESHOLD,
        "满每减": CouponKind.PER_THRESHOLD,
        "N件折": CouponKind.PIECES,
        "多件折": CouponKind.PIECES,
        "件折": CouponKind.PIECES,
        "第N件折": CouponKind.NTH_PIECE,
        "第二件折": CouponKind.NTH_PIECE,
        "第二件半价": CouponKind.NTH_PIECE,
        "加价购": CouponKind.ADD_ON,
        "换购": CouponKind.ADD_ON,
        "加价换购": CouponKind.ADD_ON,
    }
)
_BY_AMOUNT = (CouponKind.THRESHOLD, CouponKind.VOUCHER, CouponKind.PER_THRESHOLD)
_NO_LIMIT = frozenset(
    {"全部", "不限", "所有", "全场", "全品类", "全部商品", "全部门店", "所有门店", "全国", "全部会员"}
)


def read_coupons(table: Table, columns: Recognised, context: Context) -> Rows[Coupon]:
    """Read coupons; scope and audience are checked against the shop's own products, stores and tiers."""
    found = read_rows(table, columns, context, _one_coupon(context), identity="coupon")
    return Rows(found.good, (*_stacking_unsaid(table, columns), *found.problems), found.places)


def _stacking_unsaid(table: Table, columns: Recognised) -> tuple[Problem, ...]:
    """Warn once of a table that says nothing about stacking: every coupon would then combine with every other."""
    if columns.missing or "group" in columns.columns or "exclusive" in columns.columns:
        return ()
    reason = "没有“叠加组”和“不可叠加”两列，所有券都会按可以叠加计算"
    remedy = "同一单只能用一张的券，请写上相同的叠加组；不能和任何优惠同享的，不可叠加写是"
    return (Problem(table.file, table.sheet, table.header_row, "叠加组", "", reason, remedy, Severity.WARNING),)


def _one_coupon(context: Context) -> Callable[[Cells], Coupon | None]:
    def read(cells: Cells) -> Coupon | None:
        coupon_id, name, kind = cells.need("coupon"), cells.need("name"), _kind(cells)
        amount, cap, gift_value = (cells.money(key) for key in ("amount", "cap", "gift_value"))
        threshold, budget = cells.money("threshold"), cells.money("budget")
        limit = cells.read("limit", count)
        scope, audience = _scope(cells, context), _audience(cells, context)
        starts, ends = _window(cells)
        exclusive = cells.read("exclusive", yes_or_no) or False
        percent = _benefit(cells, kind, amount, threshold)
        pieces, add_on, add_on_fen = _pieces(cells, kind), _add_on(cells, kind, context), cells.money("add_on_price")
        times = _times(cells)
        _look_at_fairness(cells)
        _look_at_sense(cells, times, scope, audience, starts, ends)
        if kind is None or starts is None or ends is None or cells.refused:
            return None
        return Coupon(
            coupon_id=coupon_id,
            name=name,
            kind=kind,
            amount_fen=(amount or 0) if kind in _BY_AMOUNT else 0,
            pay_percent=percent,
            cap_fen=cap,
            gift=cells.text("gift") if kind is CouponKind.GIFT else "",
            gift_value_fen=(gift_value or 0) if kind is CouponKind.GIFT else 0,
            threshold_fen=threshold or 0,
            pieces=pieces,
            add_on_sku=add_on,
            add_on_fen=(add_on_fen or 0) if kind is CouponKind.ADD_ON else 0,
            layer=_layer(cells),
            scope=scope,
            audience=audience,
            starts_at=starts,
            ends_at=ends,
            times=times,
            per_customer_limit=limit,
            per_day_limit=cells.read("day_limit", count),
            budget_fen=budget,
            grant_limit=cells.read("grant_limit", count),
            guide_day_limit=cells.read("guide_day_limit", count),
            store_day_limit=cells.read("store_day_limit", count),
            valid_days=cells.read("valid_days", count),
            stacking_group=cells.text("group"),
            exclusive=exclusive,
            cited=cells.cite(context),
        )

    return read


def _kind(cells: Cells) -> CouponKind | None:
    word = cells.need("kind").removesuffix("券")
    kind = KINDS.get(word) or KINDS.get(word.upper())
    if word and kind is None:
        remedy = "请写成：满减、每满减、折扣、代金、赠品、兑换、包邮、N件折、第N件折、加价购"
        cells.flag("kind", f"不认识“{cells.text('kind')}”这种券", remedy)
    return kind


def _benefit(cells: Cells, kind: CouponKind | None, amount: int | None, threshold: int | None) -> int:
    """Check that the coupon says what it gives; return what the customer pays in percent (100 unless 折扣)."""
    if kind is CouponKind.NTH_PIECE and "半价" in cells.text("kind") and not cells.text("discount"):
        return 50
    if kind in (CouponKind.DISCOUNT, CouponKind.PIECES, CouponKind.NTH_PIECE):
        percent = cells.need_value("discount", pay_percent)
        return percent if percent is not None else 100
    if kind in _BY_AMOUNT:
        _check_amount(cells, kind, amount, threshold)
    if kind is CouponKind.GIFT:
        cells.need("gift")
        if not cells.text("gift_value"):
            reason = "没有填赠品价值，没法和别的券比较，不会被推荐"
            cells.warn("gift_value", reason, "请填赠品现在的售价")
    return 100


def _check_amount(cells: Cells, kind: CouponKind, amount: int | None, threshold: int | None) -> None:
    if not cells.text("amount"):
        cells.flag("amount", f"“{cells.recognised.shown('amount')}”没有填", "请补上减免多少元")
    elif amount == 0:
        cells.flag("amount", "面额是 0 元", "请填写减免多少元")
    if kind is CouponKind.PER_THRESHOLD and not threshold:
        cells.flag("threshold", "每满减没有写满多少", "请填写每满多少元减一次")
    elif kind is CouponKind.THRESHOLD and not threshold:
        cells.warn("threshold", "满减券没有使用门槛，按立减读取", "请核对；无门槛的请把类型写成代金")
    elif amount and threshold and amount >= threshold:
        cells.warn("amount", "面额不低于使用门槛，相当于白送", "请核对面额和门槛是否填反")


def _pieces(cells: Cells, kind: CouponKind | None) -> int:
    """The N of N件折 and 第N件折; 第二件半价 says it in its name."""
    if kind not in (CouponKind.PIECES, CouponKind.NTH_PIECE):
        return 0
    if "第二件" in cells.text("kind") and not cells.text("pieces"):
        return 2
    pieces = cells.need_value("pieces", count)
    if pieces is not None and pieces < 2:
        cells.flag("pieces", f"件数是 {pieces}，至少要 2 件", "请填写满几件或第几件；单件打折请把类型写成折扣")
    return pieces or 0


def _add_on(cells: Cells, kind: CouponKind | None, context: Context) -> str:
    if kind is not CouponKind.ADD_ON:
        return ""
    sku = cells.need("add_on")
    cells.need("add_on_price")
    if sku:
        cells.known("add_on", (sku,), context.skus, "商品")
    if cells.text("budget"):
        reason = "加价购的预算要有核销记录才算得准，订单表里看不出让了多少"
        cells.warn("budget", reason, "请接上收银的核销记录，或改用发放总数来控制")
    return sku


def _layer(cells: Cells) -> Layer | None:
    word = cells.text("layer")
    if not word:
        return None
    layer = next((one for one in Layer if one.label == word.removesuffix("层")), None)
    if layer is None:
        words = "、".join(one.label for one in Layer)
        cells.flag("layer", f"没有“{word}”这个优惠层级", f"请写成：{words}；不写就按类型的通常层级")
    return layer


def _times(cells: Cells) -> Times:
    hours, blackout = cells.read("hours", day_parts) or (), cells.read("blackout", day_spans) or ()
    return Times(
        weekdays=cells.read("weekdays", weekdays) or (),
        hours=tuple(Hours(starts=first, ends=last) for first, last in hours),
        blackout=tuple(Days(first=first, last=last) for first, last in blackout),
    )


def _look_at_fairness(cells: Cells) -> None:
    """Refuse a rule that goes by what the law forbids, in a column of its own or as a tag (个人信息保护法第二十四条)."""
    asked = [(header, header) for header in cells.extra()]
    asked += [(cells.recognised.shown("tags"), tag) for tag in several(cells.text("tags"))]
    for where, words in asked:
        if what := forbidden_input(words):
            reason = f"“{words}”是按{what}给优惠，对同样的客户不公平，法律不允许"
            remedy = "个人信息保护法第二十四条、算法推荐管理规定第二十一条：请改按会员等级、新客、生日、活动标签来写"
            row = cells.row
            cells.problems.append(Problem(row.file, row.sheet, row.number, where, words, reason, remedy))


def _look_at_sense(
    cells: Cells,
    times: Times,
    scope: CouponScope,
    audience: Audience,
    starts: datetime | None,
    ends: datetime | None,
) -> None:
    """Refuse a coupon that nobody can ever use: its days, its goods or its customers leave nothing over."""
    if starts is not None and ends is not None and starts < ends and not _has_a_day(times, starts, ends):
        key = "weekdays" if times.weekdays else "blackout"
        cells.flag(key, "有效期里没有一天能用", "请核对有效期、可用星期和停用日期")
    if scope.skus and set(scope.skus) <= set(scope.excluded_skus):
        cells.flag("excluded_skus", "适用商品全被排除了，没有商品能用", "请核对适用商品和排除商品")
    if audience.customers and set(audience.customers) <= set(audience.barred):
        cells.flag("barred", "限定的客户全被排除了，没有人能用", "请核对限定客户和排除客户")


def _has_a_day(times: Times, starts: datetime, ends: datetime) -> bool:
    first, last = (one.astimezone(SHOP_TIME).date() for one in (starts, ends - timedelta(seconds=1)))
    return any(open_days(times, first, last))


def _window(cells: Cells) -> tuple[datetime | None, datetime | None]:
    starts, ends = cells.need_value("starts", moment), cells.need_value("ends", window_end)
    if starts is not None and ends is not None and ends <= starts:
        reason = f"结束日期“{cells.text('ends')}”不晚于开始日期“{cells.text('starts')}”"
        cells.flag("ends", reason, "请核对两个日期")
    return starts, ends


def _scope(cells: Cells, context: Context) -> CouponScope:
    stores = frozenset(context.stores) if context.stores is not None else None
    new_allowed = cells.read("new_allowed", yes_or_no)
    return CouponScope(
        skus=_listed(cells, "skus", context.skus, "商品"),
        categories=_listed(cells, "categories", context.categories, "品类"),
        excluded_skus=_listed(cells, "excluded_skus", context.skus, "商品"),
        excluded_categories=_listed(cells, "excluded_categories", context.categories, "品类"),
        excludes_new=new_allowed is False,
        stores=_listed(cells, "stores", stores, "门店"),
        regions=_listed(cells, "regions", context.regions, "区域"),
        brands=_listed(cells, "brands", None, "品牌"),
        attributes=tuple(word.replace("：", ":") for word in several(cells.text("attributes"))),
        dealers=_listed(cells, "dealers", None, "经销商"),
        channels=_channels(cells),
    )


_CHANNELS = MappingProxyType(
    {
        **dict.fromkeys(("门店", "线下", "到店", "柜台"), Channel.SHOP),
        **dict.fromkeys(("小程序", "线上", "商城", "网上"), Channel.MINI_PROGRAM),
    }
)


def _channels(cells: Cells) -> tuple[Channel, ...]:
    words = [word for word in several(cells.text("channels")) if word not in _NO_LIMIT and word != "全渠道"]
    for word in words:
        if word not in _CHANNELS:
            cells.flag("channels", f"不认识“{word}”这个渠道", "请写成：门店、小程序")
    return tuple(dict.fromkeys(_CHANNELS[word] for word in words if word in _CHANNELS))


def _listed(cells: Cells, key: str, known: frozenset[str] | None, what: str) -> tuple[str, ...]:
    """Return the listed ids; none, or a word such as 全场, means no restriction. Unknown ones refuse the row."""
    words = several(cells.text(key))
    if set(words) <= _NO_LIMIT:
        return ()
    cells.known(key, words, known, what)
    return words


def _audience(cells: Cells, context: Context) -> Audience:
    return Audience(
        tiers=_tiers(cells, context.tiers),
        new_customer=cells.read("new_customer", yes_or_no) or False,
        birthday_month=cells.read("birthday", yes_or_no) or False,
        birthday_days=cells.read("birthday_days", days_around),
        tags=tuple(tag for tag in several(cells.text("tags")) if tag not in _NO_LIMIT),
        lapsed_days=cells.read("lapsed", count),
        customers=_listed(cells, "customers", context.customers, "客户"),
        barred=_listed(cells, "barred", context.customers, "客户"),
    )


def _tiers(cells: Cells, tiers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tiers named, 金卡及以上 spelled out; a tier the shop does not have refuses the row."""
    found: list[str] = []
    for word in several(cells.text("tiers")):
        base = word.removesuffix("会员").removesuffix("及以上").removesuffix("以上").removesuffix("会员")
        if word in _NO_LIMIT:
            continue
        if tiers and base not in tiers:
            cells.flag("tiers", f"没有“{base}”这个会员等级", f"会员等级有：{'、'.join(tiers)}")
        elif "以上" in word and not tiers:
            cells.flag("tiers", f"不知道“{word}”包括哪些等级", "请在 shop.yaml 的 tiers 里由低到高写明会员等级")
        elif "以上" in word:
            found += tiers[tiers.index(base) :]
        else:
            found.append(base)
    return tuple(dict.fromkeys(found))
