"""What a case is: a dialogue to replay, what is otherwise in it than in its shop, and what is expected of each answer."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from assistant.clock import SHOP_TIME
from assistant.material.columns import TableKind
from assistant.turn import ActionKind, Intent, ReplyKind
from knowledge.noun import Labelled, Noun


class Split(Labelled):
    """What a case may be used for. Nobody improves the product with the test split in view."""

    TRAIN = "train", "训练"
    DEV = "dev", "开发"
    TEST = "test", "测试"


class Stage(Labelled):
    """Where the customer stands on the way from a greeting to the till and back."""

    GREETING = "greeting", "打招呼"
    DISCOVERY = "discovery", "了解需求"
    RECOMMENDATION = "recommendation", "推荐"
    PRICE = "price", "价格优惠"
    OBJECTION = "objection", "异议"
    CLOSING = "closing", "成交"
    AFTER_SALES = "after-sales", "售后"
    CARE = "care", "关怀"
    REACTIVATION = "reactivation", "唤醒"
    HOUSE = "house", "店务"


class Scene(Labelled):
    """Where the words would be sent."""

    PRIVATE = "private", "私聊"
    GROUP = "group", "社群"


class Level(Labelled):
    """How hard a case is, and how much harm a wrong answer would do."""

    EASY = "easy", "容易"
    LOW = "low", "低"
    MEDIUM = "medium", "中"
    HARD = "hard", "难"
    HIGH = "high", "高"


class Tone(Labelled):
    """How a good colleague would sound here, as far as words show it."""

    SOOTHING = "soothing", "先安抚"
    WARM = "warm", "亲切"
    UNHURRIED = "unhurried", "不催"
    SHORT = "short", "简短"


class Tags(Noun):
    """What a case is about; every value is a slice in the report."""

    stage: Stage
    scene: Scene = Scene.PRIVATE
    intent: str
    category: str
    difficulty: Level
    risk: Level

    def slices(self) -> dict[str, str]:
        """Every tag with the words people read."""
        return {
            "阶段": self.stage.label,
            "场景": self.scene.label,
            "意图": next((one.label for one in Intent if one == self.intent), self.intent),
            "品类": self.category,
            "难度": self.difficulty.label,
            "风险": self.risk.label,
        }


class WantedPassage(Noun):
    """A passage that answers: the document's title, and words its place or text must hold (either may be empty)."""

    title: str
    place: str = ""
    text: str = ""


class Expect(Noun):
    """What a right answer holds. A field left out is not checked.

    ``coupons`` is the exact set of coupon ids to apply; an empty list says that no coupon is right here.
    ``passages`` needs any one of them among the passages used, ``passages_not`` none. ``says`` must stand in a shown
    draft or the reply, ``says_any`` at least one of each group, ``says_not`` nowhere in it; ``drafts_not`` nowhere in
    what a customer could be sent. ``products`` must be among the products of the shown drafts, ``products_not`` not.
    ``routed`` says that the guide must be sent to somebody (her manager, the service line, a doctor).
    """

    reply: ReplyKind | None = None
    intent: Intent | None = None
    also: tuple[Intent, ...] = ()
    customer: str | None = None
    products: tuple[str, ...] = ()
    products_not: tuple[str, ...] = ()
    passages: tuple[WantedPassage, ...] = ()
    passages_not: tuple[WantedPassage, ...] = ()
    coupons: tuple[str, ...] | None = None
    says: tuple[str, ...] = ()
    says_any: tuple[tuple[str, ...], ...] = ()
    says_not: tuple[str, ...] = ()
    drafts_not: tuple[str, ...] = ()
    routed: bool | None = None
    tone: Tone | None = None
    action: ActionKind | None = None


class CaseTurn(Noun):
    """What the guide writes (several lines are several messages in a row), and what is expected."""

    guide: tuple[str, ...] = Field(min_length=1)
    expect: Expect


def _as_written(value: object) -> object:
    """A cell as a table has it: people leave the quotes off numbers and dates."""
    return value if value is None or isinstance(value, str) else str(value)


Cell = Annotated[str, BeforeValidator(_as_written)]
Row = dict[str, Cell]


def _known_tables(tables: dict[str, tuple[Row, ...]]) -> dict[str, tuple[Row, ...]]:
    names = tuple(kind.label for kind in TableKind)
    for name in tables:
        if name not in names:
            raise ValueError(f"没有「{name}」这种表，可以写：{'、'.join(names)}")
    return tables


Given = Annotated[dict[str, tuple[Row, ...]], AfterValidator(_known_tables)]
"""Rows that stand before the shop's own of the same key, by table (库存, 会员, 优惠券 …), in the shop's column names."""


def _in_shop_time(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHOP_TIME)


class Case(Noun):
    """One dialogue of one guide.

    ``clock`` is when it happens (Asia/Shanghai where no zone is written); left out, it is the pack's day. ``given`` is
    what is otherwise in this case than in the pack's shop.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,60}$")
    title: str = Field(min_length=2)
    guide: str
    tags: Tags
    clock: Annotated[datetime, AfterValidator(_in_shop_time)] | None = None
    given: Given = {}
    turns: tuple[CaseTurn, ...] = Field(min_length=1)
