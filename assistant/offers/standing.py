"""What the coupon rules may know about a customer, and nothing more: the one place where it is listed.

个人信息保护法 Art. 24(1) and 互联网信息服务算法推荐管理规定 Art. 21 forbid prices and offers that depend on spending power,
loyalty, device or inferred willingness to pay. Whatever is not a field of ``Standing`` cannot decide a coupon, so two
customers who differ only in that get the same offer by construction; and a rule that asks for it in other words is
refused when its file is read (``forbidden_input``).
"""

import re

from knowledge.noun import Noun


class Standing(Noun):
    """The only facts about a customer that may decide which coupon she gets.

    The published tier, whether she is new (no order yet), the day of her birthday, the tags a coupon names, how many
    days ago she last ordered (for coupons that call lapsed customers back), and her id where a coupon has a list. There
    is no field for what she spent, how often she came, what she paid last time or what she holds in her hand.

    ``tiers`` are the shop's tiers from low to high. ``is_new_customer`` None and nothing else set means that
    nobody is known yet: ``Standing()``.
    """

    tier: str = ""
    tiers: tuple[str, ...] = ()
    is_new_customer: bool | None = None
    birthday_month: int | None = None
    birthday_day: int | None = None
    tags: tuple[str, ...] = ()
    days_since_order: int | None = None
    customer_id: str = ""

    @property
    def known(self) -> bool:
        """Say whether any customer stands behind this."""
        return (
            bool(self.tier or self.tags or self.customer_id)
            or self.is_new_customer is not None
            or self.birthday_month is not None
        )


FORBIDDEN_INPUTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"消费(?:能力|水平|力|金额|额|频次|频率|次数|档次)|累计消费|历史消费|客单价?|人均消费|花费|高消费|低消费"
            r"|高净值|大客户|土豪|有钱|购买力|收入|资产|信用分|spend|ltv|arpu|rfm",
            re.IGNORECASE,
        ),
        "消费能力",
    ),
    (
        re.compile(
            r"手机型号|手机品牌|机型|设备|终端|操作系统|苹果用户|安卓|iphone|ios|android|huawei|device", re.IGNORECASE
        ),
        "使用的设备",
    ),
    (
        re.compile(
            r"付费意愿|支付意愿|价格(?:不)?敏感|不在乎价格|愿意多付|易成交|好说话|砍价|不会比价|willing", re.IGNORECASE
        ),
        "推断的付费意愿",
    ),
    (re.compile(r"浏览(?:次数|时长|频次)|打开次数|复购率|忠诚|粘性|依赖|loyal", re.IGNORECASE), "浏览和忠诚程度"),
)
"""What no coupon may go by, in the words a file may use for it, and what to call it."""


def forbidden_input(words: str) -> str:
    """Return what these words of a rule would have an offer depend on although the law forbids it; empty for nothing."""
    return next((what for pattern, what in FORBIDDEN_INPUTS if pattern.search(words)), "")
