"""Every rule a corp sets for itself, as the form asks it: unit, meaning, default and the law behind it."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any, NamedTuple

from pydantic import ValidationError

from assistant.rulebook import Rulebook


class NotRead(ValueError):
    """What was written in a field is no value for it; the text is Chinese and says what would be."""


class Kind(Enum):
    """How a field is asked and written."""

    COUNT = auto()
    YUAN = auto()
    CLOCK = auto()
    SWITCH = auto()


class Field(NamedTuple):
    """One rule. ``part`` and ``name_in_part`` say where it stands in the Rulebook; ``law`` is empty for a matter of taste."""

    part: str
    name_in_part: str
    label: str
    unit: str
    kind: Kind
    meaning: str
    law: str = ""
    least: int = 0
    most: int = 0

    @property
    def name(self) -> str:
        """The name of the field in the form and in the log."""
        return f"{self.part}_{self.name_in_part}" if self.part else self.name_in_part

    def of(self, rules: Rulebook) -> Any:
        """Its value in these rules."""
        return getattr(getattr(rules, self.part) if self.part else rules, self.name_in_part)

    def put(self, rules: Rulebook, value: Any) -> Rulebook:
        """These rules with this value; raises NotRead where the rulebook does not take it."""
        body = rules.model_dump()
        (body[self.part] if self.part else body)[self.name_in_part] = value
        try:
            return Rulebook.model_validate(body)
        except ValidationError as wrong:
            raise NotRead(f"要在 {self.least:,} 到 {self.most:,} {self.unit}之间") from wrong

    def shown(self, value: Any) -> str:
        """The value as a person writes it."""
        match self.kind:
            case Kind.YUAN:
                return f"{Decimal(value) / 100:f}"
            case Kind.CLOCK:
                return f"{value:%H:%M}"
            case Kind.SWITCH:
                return "开" if value else "关"
        return str(value)

    def read(self, words: str) -> Any:
        """The value behind what a person wrote; raises NotRead."""
        return _READERS[self.kind](words.strip())


def _count(words: str) -> int:
    if not words.isdecimal() or len(words) > 7:
        raise NotRead("请填一个整数")
    return int(words)


def _fen(words: str) -> int:
    try:
        fen = Decimal(words) * 100
    except InvalidOperation as wrong:
        raise NotRead("请填金额，单位是元，最多两位小数") from wrong
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen <= 100_000_000:
        raise NotRead("请填 0 到 1,000,000 元之间的金额，最多两位小数")
    return int(fen)


def _clock(words: str) -> time:
    try:
        return time.fromisoformat(words)
    except ValueError as wrong:
        raise NotRead("请填几点几分，比如 21:00") from wrong


def _switch(words: str) -> bool:
    return words == "开"


_READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.COUNT: _count,
    Kind.YUAN: _fen,
    Kind.CLOCK: _clock,
    Kind.SWITCH: _switch,
}


class Group(NamedTuple):
    """Rules that belong together, under one heading."""

    title: str
    says: str
    fields: tuple[Field, ...]


_ADVERTS = "《广告法》第四十三条：未经同意不得发送广告，要给拒绝的方式"
_QUIET = "平台和法律没有写几点，按不打扰生活的常理来定"

_CONTACTS = Group(
    "联系客户",
    "所有导购合起来，一位客户最多被联系几次、什么时候不打扰。到了上限，助手就不再把她放进名单。",
    (
        Field(
            "contacts",
            "per_day",
            "每天最多",
            "次",
            Kind.COUNT,
            "同一位客户一天最多被主动联系几次。填 0 就是都不联系。",
            f"{_ADVERTS}；企业微信群发每位客户可以限到每天 1 次",
            0,
            10,
        ),
        Field(
            "contacts",
            "per_month",
            "每月最多",
            "次",
            Kind.COUNT,
            "同一位客户一个自然月最多被主动联系几次。",
            "企业微信群发：每位客户每月不超过当月天数",
            0,
            31,
        ),
        Field(
            "contacts",
            "quiet_from",
            "晚上几点起不打扰",
            "",
            Kind.CLOCK,
            "从这时起不安排主动联系，北京时间。客户自己来问的照常回。",
            _QUIET,
        ),
        Field("contacts", "quiet_to", "早上几点起可以联系", "", Kind.CLOCK, "到这时再开始，北京时间。", _QUIET),
    ),
)
_SIGNOFF = Group(
    "店长签发",
    "碰到下面几种草稿，先请店长看过，导购才能发。",
    (
        Field(
            "signoff",
            "discount_pays_at_most",
            "折扣低到",
            "%",
            Kind.COUNT,
            "客户付的钱等于或低于门店价的百分之几，就要签发。50 就是五折及以下。填 0 不管折扣。",
            "《价格法》第十四条：不得低价倾销扰乱秩序；也防算错价",
            0,
            100,
        ),
        Field(
            "signoff",
            "grant_fen",
            "优惠金额达到",
            "元",
            Kind.YUAN,
            "一次对话里的券加起来减多少元以上要签发。填 0 不管金额。",
            "",
            0,
            1_000_000,
        ),
        Field(
            "signoff",
            "refund_promise",
            "答应退款的话",
            "",
            Kind.SWITCH,
            "草稿里答应退款、赔偿时要签发。",
            "《消费者权益保护法》第二十条：对顾客说的要真实、算数",
        ),
        Field(
            "signoff",
            "complaint",
            "投诉和不适",
            "",
            Kind.SWITCH,
            "客户投诉，或者说用了不舒服时要签发。",
            "《消费者权益保护法》第十八条：保障人身安全",
        ),
        Field(
            "signoff",
            "health_claim",
            "功效和健康的话",
            "",
            Kind.SWITCH,
            "草稿说到功效、健康时要签发。",
            "《化妆品监督管理条例》第二十二条；《广告法》第十七条：不得涉及医疗",
        ),
        Field(
            "signoff",
            "answer_minutes",
            "多久没人签就算了",
            "分钟",
            Kind.COUNT,
            "超过这么久没有店长签发，草稿作废，助手会告诉导购换个说法先回客户。",
            "",
            5,
            2880,
        ),
    ),
)
_RETENTION = Group(
    "保存多久",
    "到期以后每天自动清理一次，只留不带原话和姓名的数字。改短了，下一次清理就按新的来，清掉的找不回来。",
    (
        Field(
            "retention",
            "conversation_days",
            "对话",
            "天",
            Kind.COUNT,
            "对话原话、草稿和客户资料快照保存多少天。",
            "《个人信息保护法》第十九条：保存期为实现目的所必要的最短时间。网络日志不少于六个月（《网络安全法》），操作记录另外长期保存",
            30,
            3650,
        ),
        Field(
            "retention",
            "unsent_draft_days",
            "没用上的草稿",
            "天",
            Kind.COUNT,
            "导购没有采用的草稿保存多少天。",
            "《个人信息保护法》第十九条",
            1,
            365,
        ),
        Field(
            "retention",
            "notice_days",
            "给员工的提醒",
            "天",
            Kind.COUNT,
            "任务、签发、到期这些提醒发出以后保存多少天。里面可能写着客户的名字。",
            "《个人信息保护法》第十九条",
            30,
            3650,
        ),
        Field(
            "retention",
            "login_days",
            "登录记录",
            "天",
            Kind.COUNT,
            "退出或过期的登录保存多少天；每人最近一次一直留着，谁什么时候登录过在操作记录里也查得到。",
            "《网络安全法》：网络日志留存不少于六个月",
            30,
            3650,
        ),
        Field(
            "retention",
            "unused_upload_days",
            "没用上的上传",
            "天",
            Kind.COUNT,
            "没有提交、被退回或撤下的上传，文件保存多少天。已经切好的资料正文不受影响。",
            "《个人信息保护法》第十九条",
            1,
            365,
        ),
    ),
)
_RANKING = Group(
    "数据",
    "",
    (
        Field(
            "",
            "ranking",
            "导购排名",
            "",
            Kind.SWITCH,
            "打开后，店长能看到导购之间的高低。关着时只看每个人自己的前后变化。",
            "",
        ),
    ),
)


def groups() -> tuple[Group, ...]:
    """Every rule, in the order of the form."""
    return (_CONTACTS, _SIGNOFF, _RETENTION, _RANKING)


FIELDS: tuple[Field, ...] = tuple(field for group in groups() for field in group.fields)
