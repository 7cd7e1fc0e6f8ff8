"""The fields of the rule form: one for every column of a coupon table, in the order in which a person thinks of them."""

from collections.abc import Mapping
from typing import NamedTuple

from assistant.material.columns import COLUMNS, TableKind
from assistant.material.coupon_cells import KIND_WORDS
from assistant.shop import Channel, Layer

_LABELS: Mapping[str, str] = {column.key: column.label for column in COLUMNS[TableKind.COUPONS]}
_REQUIRED = frozenset(column.key for column in COLUMNS[TableKind.COUPONS] if column.required)


class Choice(NamedTuple):
    """One answer of a drop-down: what is written into the cell, and what a person reads."""

    value: str
    label: str


class Field(NamedTuple):
    """One input. ``choices`` make it a drop-down; ``hint`` is an example or a word of explanation; ``wide`` takes the
    whole line."""

    key: str
    label: str
    required: bool
    hint: str
    choices: tuple[Choice, ...] = ()
    wide: bool = False


class Group(NamedTuple):
    """Fields under one heading. ``open`` without being asked; the rarer ones are folded in until they hold something."""

    name: str
    title: str
    note: str
    fields: tuple[Field, ...]
    open: bool = True

    def is_open(self, cells: Mapping[str, str], wrong: Mapping[str, object]) -> bool:
        """Say whether the group is shown unfolded."""
        return self.open or any(cells.get(one.key) or one.key in wrong for one in self.fields)


def _field(key: str, hint: str = "", *choices: Choice, wide: bool = False) -> Field:
    return Field(key, _LABELS[key], key in _REQUIRED, hint, choices, wide)


_YES = (Choice("", "否"), Choice("是", "是"))
_KINDS = (Choice("", "请选择"), *(Choice(word, kind.label) for kind, word in KIND_WORDS.items()))
_LAYERS = (Choice("", "按类型的通常层级"), *(Choice(one.label, one.label) for one in Layer))
_CHANNELS = (Choice("", "都可以"), *(Choice(one.label, f"只限{one.label}") for one in Channel))

GROUPS: tuple[Group, ...] = (
    Group(
        "what",
        "这是什么券",
        "",
        (
            _field("coupon", "和收银系统里的编码一致，存好以后不能改"),
            _field("name", "客户会看到的名字，例如 满300减40"),
            _field("kind", "", *_KINDS),
        ),
    ),
    Group(
        "how-much",
        "优惠多少",
        "只填这一类用得着的：满减和代金填面额，折扣填折扣，赠品填赠品。",
        (
            _field("threshold", "不限就空着"),
            _field("amount", "减多少元，例如 40"),
            _field("discount", "例如 8.5折"),
            _field("cap", "最多省多少元，不封顶就空着"),
            _field("pieces", "N件折、第N件折用，例如 2"),
            _field("gift", "例如 面膜 2 片"),
            _field("gift_value", "赠品现在的售价"),
            _field("add_on", "加价购用，填商品编码"),
            _field("add_on_price", "加多少元换购"),
        ),
    ),
    Group(
        "goods",
        "哪些商品能用",
        "都空着就是全场可用；几个之间用顿号隔开。排除总是优先。",
        (
            _field("skus", "商品编码，不知道可以在下面找", wide=True),
            _field("categories", "例如 面部护肤、防晒", wide=True),
            _field("brands"),
            _field("attributes", "例如 系列:云润"),
            _field("excluded_skus", "商品编码", wide=True),
            _field("excluded_categories"),
            _field("new_allowed", "", Choice("", "可以用"), Choice("否", "新品不能用")),
        ),
    ),
    Group(
        "when",
        "什么时候能用",
        "日期写成 2026-12-01，结束那天也能用；要精确到几点就写 2026-12-01 18:00。",
        (
            _field("starts", "例如 2026-12-01"),
            _field("ends", "例如 2026-12-31，这天也能用"),
            _field("weekdays", "例如 周二、周四，或 周一至周五"),
            _field("hours", "例如 10:00-12:00、18:00-22:00"),
            _field("blackout", "例如 2026-12-24至2026-12-26"),
            _field("valid_days", "领到那天算第 1 天；空着就用到活动结束"),
        ),
    ),
    Group(
        "where",
        "哪里能用",
        "都空着就是所有门店都能用。",
        (
            _field("stores", "门店编码，不知道可以在下面找", wide=True),
            _field("regions", "区域编码"),
            _field("dealers"),
            _field("channels", "", *_CHANNELS),
        ),
    ),
    Group(
        "who",
        "给谁用",
        "都空着就是人人可用。不能按消费能力、手机型号这类来分，法律不允许。",
        (
            _field("tiers", "例如 金卡及以上"),
            _field("new_customer", "", *_YES),
            _field("birthday", "", *_YES),
            _field("birthday_days", "例如 前3后7"),
            _field("tags", "例如 敏感关怀"),
            _field("lapsed", "例如 90"),
            _field("customers", "客户编号，只给这些人", wide=True),
            _field("barred", "客户编号，这些人不能用", wide=True),
        ),
        open=False,
    ),
    Group(
        "limits",
        "发多少、用多少",
        "不限就空着。",
        (
            _field("budget", "全部优惠加起来最多多少元"),
            _field("grant_limit"),
            _field("limit"),
            _field("day_limit"),
            _field("guide_day_limit"),
            _field("store_day_limit"),
        ),
    ),
    Group(
        "beside",
        "和别的优惠怎么搭",
        "同一单只能用一张的几张券，写上相同的叠加组。",
        (
            _field("group", "例如 店铺券"),
            _field("exclusive", "", Choice("", "可以和别的一起用"), Choice("是", "不和任何优惠同享")),
            _field("layer", "", *_LAYERS),
        ),
        open=False,
    ),
)
KEYS: frozenset[str] = frozenset(one.key for group in GROUPS for one in group.fields)
LABEL_OF = _LABELS
KEY_OF: Mapping[str, str] = {label: key for key, label in _LABELS.items()}
