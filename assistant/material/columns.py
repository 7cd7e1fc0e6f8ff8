"""Which columns each kind of table has, what shops usually call them, and which table a sheet is."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rapidfuzz import fuzz

from assistant.material.problems import Problem, Severity
from knowledge.noun import Labelled
from knowledge.reading.blocks import Table


class TableKind(Labelled):
    """What the rows of a table are. Listed in the order they lean on each other: stores before people, and so on."""

    STORES = "stores", "门店"
    STAFF = "staff", "员工"
    PRODUCTS = "products", "商品"
    STOCK = "stock", "库存"
    COUPONS = "coupons", "优惠券"
    CUSTOMERS = "customers", "会员"
    ORDERS = "orders", "订单"
    SCRIPTS = "scripts", "话术"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key the readers use, our own name for it, other names shops use, and whether rows need it."""

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False


def _column(key: str, label: str, synonyms: str = "", *, required: bool = False) -> Column:
    return Column(key, label, tuple(synonyms.split()), required)


_SKU = _column("sku", "商品编码", "货号 SKU SKU编码 商品编号 商品货号 款号 产品编码 产品编号 物料编码", required=True)
_STORE = _column("store", "门店编码", "店号 门店编号 门店ID 店铺编码 店铺编号 门店代码", required=True)
_CUSTOMER = _column("customer", "客户ID", "会员号 会员ID 会员编号 客户编号 会员卡号 external_userid", required=True)

COLUMNS: Mapping[TableKind, tuple[Column, ...]] = MappingProxyType(
    {
        TableKind.STORES: (
            _STORE,
            _column("name", "门店名称", "店名 店铺名称 门店", required=True),
            _column("region", "区域编码", "大区编号 大区编码 区域编号 片区编码", required=True),
            _column("region_name", "区域", "大区 区域名称 大区名称 片区"),
            _column("dealer", "经销商", "归属 加盟商 经销商名称 所属公司"),
            _column("address", "地址", "门店地址 详细地址"),
            _column("phone", "电话", "门店电话 联系电话 座机"),
            _column("hours", "营业时间", "营业时段 开店时间"),
        ),
        TableKind.STAFF: (
            _column("userid", "企业微信账号", "账号 userid 企微账号 成员账号 员工账号", required=True),
            _column("name", "姓名", "员工姓名 名字", required=True),
            _column("role", "岗位", "职务 角色 职位", required=True),
            _column("store", "门店编码", "店号 门店编号 所属门店 门店ID 店铺编码"),
            _column("region", "区域编码", "大区编号 大区编码 区域编号 所属区域"),
            _column("active", "在职", "在岗 是否在职 在职状态"),
        ),
        TableKind.PRODUCTS: (
            _SKU,
            _column(
                "barcodes", "条码", "国际条码 69码 商品条码 条形码 EAN EAN码 EAN13 UPC 国条码 商品条形码 国际条形码"
            ),
            _column("name", "商品名称", "品名 产品名称 商品名 名称 商品全称", required=True),
            _column("category", "品类", "类目 分类 商品分类 商品类目 产品分类"),
            _column("brand", "品牌", "品牌名称"),
            _column("series", "系列", "产品系列 商品系列"),
            _column("spec", "规格", "型号 容量规格 包装规格 规格型号 净含量"),
            _column("list_price", "建议零售价(元)", "市场价 吊牌价 厂商建议零售价 零售价 建议价"),
            _column("price", "售价(元)", "到手价 销售价 现价 价格 单价 门店售价 零售单价", required=True),
            _column("floor_price", "控价(元)", "管控价 最低限价 限价"),
            _column("cost", "成本价(元)", "成本 进价 采购价 进货价 成本单价"),
            _column("suitable_for", "适用肤质", "适用人群 适用家庭 适合人群 适合肤质 适用对象"),
            _column("not_for", "不适用", "不适用人群 禁用人群 不适合"),
            _column("concerns", "肌肤需求", "用途 功能需求 肌肤问题 主要用途 需求"),
            _column("ingredients", "主要成分", "成分 核心成分 配料"),
            _column("free_of", "不含", "不添加"),
            _column("efficacy", "备案功效", "功效 注册功效 功效宣称"),
            _column("registration", "备案/注册编号", "备案编号 注册编号 备案号 批准文号 备案注册编号"),
            _column("special_registration", "特殊化妆品注册证号", "特妆证号 特殊化妆品注册编号 特证号"),
            _column("selling_points", "核心卖点", "卖点 功能特点 产品卖点 产品特点"),
            _column("usage", "使用方法", "用法 使用说明 用法用量"),
            _column("cautions", "注意事项", "注意 使用注意 警示用语"),
            _column("aliases", "别名", "俗称 简称 昵称 商品别名"),
            _column("launched", "上市日期", "上架日期 上市时间 上新日期 发售日期"),
            _column("is_new", "是否新品", "新品"),
            _column("coupon_excluded", "不参加优惠", "不参与券 不参与优惠 不可用券 不参加活动"),
        ),
        TableKind.STOCK: (
            _STORE,
            _SKU,
            _column("quantity", "库存数量", "现有数量 库存 可用库存 库存量", required=True),
            _column("read_at", "盘点时间", "盘点日 更新时间 库存时间 盘点日期 同步时间", required=True),
        ),
        TableKind.COUPONS: (
            _column("coupon", "券编码", "券号 券ID 优惠券编码 优惠券编号 券编号", required=True),
            _column("name", "券名称", "券名 优惠券名称 活动名称", required=True),
            _column("kind", "类型", "券类型 优惠类型 优惠券类型", required=True),
            _column("amount", "面额(元)", "减多少 优惠金额 面值 减免金额 券面额"),
            _column("discount", "折扣", "打几折 折扣率 折扣力度"),
            _column("cap", "最高优惠(元)", "封顶 最高减 最多优惠 优惠上限"),
            _column("gift", "赠品", "送什么 礼品 赠品名称 兑换商品"),
            _column("gift_value", "赠品价值(元)", "赠品金额 礼品价值"),
            _column("threshold", "使用门槛(元)", "满多少 门槛 满额 最低消费"),
            _column("skus", "适用商品", "限商品 指定商品 可用商品"),
            _column("categories", "适用品类", "限类目 指定品类 适用类目 可用品类"),
            _column("excluded_skus", "排除商品", "不含商品 除外商品"),
            _column("excluded_categories", "排除品类", "不含类目 除外品类"),
            _column("new_allowed", "新品可用", "新品能用 新品是否可用"),
            _column("stores", "适用门店", "限门店 指定门店 可用门店"),
            _column("regions", "适用区域", "限大区 指定区域 适用大区"),
            _column("tiers", "会员等级", "限级别 适用等级 限会员等级"),
            _column("new_customer", "仅新客", "限新客 新客专享 仅限新客"),
            _column("birthday", "生日月", "限生日月 生日券 生日月专享"),
            _column("tags", "人群标签", "限标签 适用人群 客户标签"),
            _column("starts", "开始日期", "开始 生效日期 开始时间 起始日期", required=True),
            _column("ends", "结束日期", "截止 失效日期 结束时间 截止日期", required=True),
            _column("pieces", "件数", "满几件 第几件 几件起 N件"),
            _column("add_on", "换购商品", "加购商品 换购品 加价购商品"),
            _column("add_on_price", "换购价(元)", "加价 加购价 换购加价"),
            _column("layer", "优惠层级", "优惠层 计算层级 计价层级"),
            _column("brands", "适用品牌", "限品牌 指定品牌 可用品牌"),
            _column("attributes", "适用属性", "限属性 适用系列 限系列"),
            _column("dealers", "适用经销商", "限经销商 指定经销商 适用加盟商"),
            _column("channels", "适用渠道", "限渠道 下单渠道 可用渠道"),
            _column("weekdays", "可用星期", "星期几可用 限星期 可用周几"),
            _column("hours", "可用时段", "限时段 每天时段 可用时间段"),
            _column("blackout", "停用日期", "不可用日期 暂停日期 除外日期"),
            _column("birthday_days", "生日前后天数", "生日前后 生日窗口"),
            _column("lapsed", "多少天没来", "沉睡天数 未下单天数 未到店天数"),
            _column("customers", "限定客户", "指定客户 白名单 客户名单"),
            _column("barred", "排除客户", "黑名单 不可用客户"),
            _column("limit", "每人限用", "每人几张 限领张数 每人限领 每人限用次数"),
            _column("day_limit", "每人每天限用", "每天限用 每人每日限用"),
            _column("grant_limit", "发放总数", "发券总数 总张数 发行量"),
            _column("guide_day_limit", "每导购每天可发", "导购每日额度 导购日限额"),
            _column("store_day_limit", "每店每天可发", "门店每日额度 门店日限额"),
            _column("valid_days", "领取后几天有效", "有效天数 领后有效天数"),
            _column("budget", "总预算(元)", "总额 预算 活动预算"),
            _column("group", "叠加组", "互斥组 优惠组 叠加分组"),
            _column("exclusive", "不可叠加", "单独用 单独使用 不可同享"),
        ),
        TableKind.CUSTOMERS: (
            _CUSTOMER,
            _column("name", "昵称", "微信名 客户名称 会员姓名 客户昵称 姓名", required=True),
            _column("address_as", "称呼", "怎么称呼 客户称呼"),
            _column("phone", "手机号", "手机 手机号码 联系电话 电话"),
            _column("tier", "会员等级", "级别 等级 会员级别 卡等级"),
            _column("points", "积分", "当前积分 会员积分 可用积分"),
            _column("birthday", "生日", "出生日期 生日日期"),
            _column("skin_type", "肤质", "皮肤类型"),
            _column("concerns", "肌肤问题", "肌肤困扰 皮肤问题"),
            _column("allergies", "过敏史", "过敏 过敏成分"),
            _column("tags", "标签", "客户标签 会员标签"),
            _column("guide", "专属导购", "负责导购 专属顾问 服务导购 导购账号"),
            _column("store", "所属门店", "店号 门店编码 归属门店 门店编号"),
            _column("joined", "入会日期", "注册日 入会时间 注册日期 注册时间"),
            _column("service", "服务同意", "服务授权"),
            _column("marketing", "营销同意", "推送授权 营销授权"),
            _column("personalisation", "个性化同意", "个性化授权"),
            _column("consented", "同意时间", "授权时间 同意日期"),
        ),
        TableKind.ORDERS: (
            _column("order", "订单号", "单号 订单编号 订单ID 小票号", required=True),
            _CUSTOMER,
            _column("store", "门店编码", "店号 门店编号 门店ID 店铺编码"),
            _column("channel", "渠道", "来源 订单来源 销售渠道"),
            _column("ordered", "下单时间", "成交时间 订单时间 购买时间 下单日期 交易时间", required=True),
            _SKU,
            _column("product_name", "商品名称", "品名 产品名称 商品名"),
            _column("quantity", "数量", "件数 购买数量 商品数量", required=True),
            _column("paid", "实付金额", "实收 实付 成交金额 实付款 支付金额", required=True),
            _column("status", "状态", "单据状态 订单状态 交易状态"),
            _column("coupon", "使用优惠券", "用券 优惠券 券编码 使用券"),
        ),
        TableKind.SCRIPTS: (
            _column("script", "话术编号", "编号 话术ID 话术编码 序号", required=True),
            _column("title", "标题", "名称 话术标题 主题", required=True),
            _column("stage", "阶段", "环节 销售阶段 销售环节", required=True),
            _column("scene", "场景", "场合 使用场景", required=True),
            _column("manner", "风格", "语气 话术风格 口吻", required=True),
            _column("text", "内容", "正文 话术内容 话术", required=True),
            _column("keywords", "关键词", "触发词 关键字"),
            _column("categories", "适用品类", "限类目 适用类目"),
            _column("scope", "适用范围", "范围 可用范围"),
            _column("dealers", "适用经销商", "限经销商 适用加盟商"),
            _column("tiers", "会员等级", "限会员等级 适用等级"),
            _column("valid_from", "生效日期", "生效日 开始日期 生效时间"),
            _column("valid_to", "失效日期", "失效日 结束日期 失效时间 截止日期"),
        ),
    }
)

INTERNAL = ("备注", "内部", "成本", "进价", "进货", "毛利", "利润", "供货", "供应商", "佣金", "提成", "采购")
"""Headers with these words are for the office: never read into a product or a customer, so they cannot be told on."""
_SIMILAR = 80
_LONG_ENOUGH = 4
"""Below four characters one letter turns the sense: 售价 is not 零售价."""
_MONEY = "元|角|分|百元|千元|万元|万|人民币|rmb|cny"
_REMARK = re.compile(rf"\((?:单位:?)?(?:{_MONEY}|是/否|userid|必填|选填)\)$|/(?:{_MONEY})$")
_TURNS_ROUND = re.compile(r"[不非未无除禁停]|排除")

_HINTS: Mapping[TableKind, tuple[str, ...]] = MappingProxyType(
    {
        TableKind.STORES: ("stores", "门店资料", "门店信息", "门店表"),
        TableKind.STAFF: ("staff", "员工", "人员", "导购名单"),
        TableKind.PRODUCTS: ("products", "商品", "产品", "新品"),
        TableKind.STOCK: ("stock", "库存"),
        TableKind.COUPONS: ("coupons", "优惠", "券"),
        TableKind.CUSTOMERS: ("customers", "会员", "客户"),
        TableKind.ORDERS: ("orders", "订单"),
        TableKind.SCRIPTS: ("scripts", "话术"),
    }
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A table understood: ``columns`` maps our keys to the table's headers.

    ``kind`` is None when no kind fits. ``missing`` are labels of required columns that were not found,
    ``unknown`` headers that are no column of ours, ``guessed`` headers taken for a column by similarity only,
    ``not_there`` headers that the mapping names and the table does not have.
    """

    kind: TableKind | None
    columns: Mapping[str, str]
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()

    @property
    def extra(self) -> tuple[str, ...]:
        """Return the unknown headers whose content may be kept: not the office's own notes and costs."""
        return tuple(header for header in self.unknown if not any(word in header for word in INTERNAL))

    def shown(self, key: str) -> str:
        """Return what the table's own people call a column: its header, or our name when it is not there."""
        return self.columns.get(key) or self.label(key)

    def label(self, key: str) -> str:
        """Return our own name of a column."""
        if self.kind is None:
            return key
        return next(column.label for column in COLUMNS[self.kind] if column.key == key)


def recognise(table: Table, mapping: Mapping[str, str] | None = None, *, kind: TableKind | None = None) -> Recognised:
    """Say which kind of table this is and which header is which column.

    ``mapping`` is the shop's own, our name → their name, and wins over every guess; then come our names and the
    usual synonyms (units in brackets do not matter), then similarity. ``kind`` fixes the kind when it is known.
    """
    kinds = (kind,) if kind else tuple(TableKind)
    tried = {one: _match(table, one, mapping or {}) for one in kinds}
    best = max(tried, key=lambda one: _fit(table, one, tried[one]))
    if kind is None and not _plausible(best, tried[best]):
        return Recognised(None, {}, unknown=table.headers)
    return tried[best]


def column_problems(table: Table, recognised: Recognised) -> tuple[Problem, ...]:
    """Report what is wrong with the header: an unknown table, missing columns, names in the mapping that are not there."""

    def problem(field: str, reason: str, remedy: str, severity: Severity = Severity.ERROR) -> Problem:
        return Problem(table.file, table.sheet, table.header_row, field, "", reason, remedy, severity)

    if recognised.kind is None:
        kinds = "、".join(kind.label for kind in TableKind)
        remedy = "请改用标准列名，或在 shop.yaml 的 columns 里写明每一列是什么"
        return (problem("", f"看不出这张表是什么（{kinds}都不像）", remedy),)
    found = []
    for label in recognised.missing:
        remedy = f"请补上“{label}”这一列，或在 shop.yaml 的 columns 里写明它在表里叫什么，再重新导入"
        found.append(problem(label, f"缺少必填列“{label}”，整张表没有导入", remedy))
    for header in recognised.not_there:
        remedy = "请核对 shop.yaml 里的列名和表头是否一字不差"
        found.append(problem(header, f"shop.yaml 里写的列“{header}”在表里找不到", remedy, Severity.WARNING))
    labels = {header: recognised.label(key) for key, header in recognised.columns.items()}
    for header in recognised.guessed:
        remedy = "如果不是，请在 shop.yaml 的 columns 里写明"
        reason = f"列“{header}”按“{labels[header]}”读取"
        found.append(problem(header, reason, remedy, Severity.WARNING))
    return tuple(found)


def plain_header(header: str) -> str:
    """Return a header without spaces, marks and the unit in brackets: ``*售价（元）`` → ``售价``."""
    compact = "".join(unicodedata.normalize("NFKC", header).lower().split()).strip("*:")
    return _REMARK.sub("", compact)


def _match(table: Table, kind: TableKind, mapping: Mapping[str, str]) -> Recognised:
    columns: dict[str, str] = {}
    free = {header: plain_header(header) for header in table.headers}
    own = {plain_header(column.label): column for column in COLUMNS[kind]}
    not_there = []
    for ours, theirs in mapping.items():
        column = own.get(plain_header(ours))
        header = next((one for one in free if one == theirs or free[one] == plain_header(theirs)), None)
        if column is None or header is None:
            not_there.append(theirs if header is None else ours)
            continue
        columns[column.key] = header
        del free[header]
    for rank in range(2):
        _take_by_name(COLUMNS[kind], columns, free, synonyms=bool(rank))
    grouped = _take_grouped(COLUMNS[kind], columns, free)
    guessed = grouped + _take_similar(COLUMNS[kind], columns, free)
    missing = tuple(column.label for column in COLUMNS[kind] if column.required and column.key not in columns)
    return Recognised(kind, MappingProxyType(columns), missing, tuple(free), guessed, tuple(not_there))


def _take_by_name(wanted: tuple[Column, ...], columns: dict[str, str], free: dict[str, str], *, synonyms: bool) -> None:
    for column in wanted:
        if column.key in columns:
            continue
        for name in column.synonyms if synonyms else (column.label,):
            header = next((one for one, plain in free.items() if plain == plain_header(name)), None)
            if header is not None:
                columns[column.key] = header
                del free[header]
                break


def _take_grouped(wanted: tuple[Column, ...], columns: dict[str, str], free: dict[str, str]) -> tuple[str, ...]:
    """Give ``价格 售价(元)``, a name below a group's name, to the column of its last word where only one ends so."""
    taken = []
    for column in wanted:
        names = {plain_header(name) for name in (column.label, *column.synonyms)}
        ends = [header for header in free if " " in header and plain_header(header.split()[-1]) in names]
        if column.key not in columns and len(ends) == 1:
            columns[column.key] = ends[0]
            del free[ends[0]]
            taken.append(ends[0])
    return tuple(taken)


def _take_similar(wanted: tuple[Column, ...], columns: dict[str, str], free: dict[str, str]) -> tuple[str, ...]:
    """Give headers that are nearly a known name to that column, the most similar first; never across a 不."""
    scored = []
    for column in wanted:
        if column.key in columns:
            continue
        names = [plain_header(name) for name in (column.label, *column.synonyms)]
        names = [name for name in names if len(name) >= _LONG_ENOUGH]
        for header, plain in free.items():
            if len(plain) < _LONG_ENOUGH:
                continue
            same_sense = [name for name in names if bool(_TURNS_ROUND.search(name)) == bool(_TURNS_ROUND.search(plain))]
            score = max((fuzz.ratio(plain, name) for name in same_sense), default=0.0)
            if score >= _SIMILAR:
                scored.append((-score, column.key, header))
    guessed = []
    for _, key, header in sorted(scored):
        if key not in columns and header in free:
            columns[key] = header
            del free[header]
            guessed.append(header)
    return tuple(guessed)


def _fit(table: Table, kind: TableKind, found: Recognised) -> float:
    """Return how well a kind explains the table: headers known, required columns there, and what its name says.

    Folders do not count for the name: one folder holds several kinds.
    """
    name = f"{table.file.rsplit('/', 1)[-1]} {table.sheet}".lower()
    known = len(found.columns) / max(len(table.headers), 1)
    there = 1 - len(found.missing) / _required(kind)
    return known + there + (0.3 if any(word in name for word in _HINTS[kind]) else 0.0)


def _plausible(kind: TableKind, found: Recognised) -> bool:
    return len(found.missing) * 2 <= _required(kind) and len(found.columns) >= 3


def _required(kind: TableKind) -> int:
    return sum(column.required for column in COLUMNS[kind])
