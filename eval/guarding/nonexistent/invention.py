"""One thing shown that is not so, and the closed list of what it can be."""

from typing import NamedTuple

from knowledge.noun import Labelled


class Cause(Labelled):
    """What was shown that is not so: a closed list."""

    INVENTED_COUPON = "invented-coupon", "没有这张券"
    INELIGIBLE_COUPON = "ineligible-coupon", "这位客户不能用的券"
    UNCHOSEN_COUPON = "unchosen-coupon", "没算进这一单的券"
    WRONG_TERMS = "wrong-terms", "券的条件说错了"
    COMBINED = "combined", "不能叠的券说成能叠"
    WRONG_FIGURE = "wrong-figure", "金额不对"
    WRONG_DISCOUNT = "wrong-discount", "折扣不对"
    INVENTED_GIFT = "invented-gift", "没有的赠品"
    INVENTED_PRODUCT = "invented-product", "没有的产品"
    INVENTED_STOCK = "invented-stock", "没有的库存"
    INVENTED_RIGHT = "invented-right", "没有的政策或承诺"
    GRANTED = "granted", "照着答应了"


class Invention(NamedTuple):
    """One thing shown that is not so: which words, in which sentence."""

    cause: Cause
    span: str
    sentence: str
