"""What is found in a text: one assertion, by its kind, its normal form and its place."""

from dataclasses import dataclass

from assistant.turn import ClaimKind
from knowledge.noun import Labelled


class Role(Labelled):
    """What a figure is for, as far as the words beside it tell. Figures of different known roles never match."""

    PLAIN = "plain", "未说明"
    PRICE = "price", "售价"
    FINAL = "final", "到手价"
    LIST = "list", "建议零售价"
    THRESHOLD = "threshold", "门槛"
    SAVING = "saving", "优惠"
    GAP = "gap", "还差"
    FEE = "fee", "运费"
    WORTH = "worth", "价值"
    STOCK = "stock", "库存"
    EFFECT = "effect", "见效时间"
    POLICY = "policy", "政策时限"
    ADDRESS = "address", "地址"


@dataclass(frozen=True)
class Found:
    """One assertion in a text. ``start`` and ``end`` are character positions in the text as given.

    ``value`` is normalised: 分 for money, ``85折``, ``15%``, ``2026-11-30`` / ``--11-30`` / a date word, ``7天``, ``50ml``, sku or
    coupon id for known names (several joined by ``|`` where an alias is shared), the words themselves for unknown ones.
    ``subject_hint`` is the value of the nearest name before it in the text, else after it, else empty.
    """

    kind: ClaimKind
    text: str
    value: str
    start: int
    end: int
    subject_hint: str = ""
    role: Role = Role.PLAIN
    known: bool = True
