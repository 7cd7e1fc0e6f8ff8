"""What the tests of foreign formats share: the sample shop's holdings, made by hand, and files written on the spot."""

import json
from pathlib import Path
from typing import Any

from eval.foreign.bringing import read_file
from eval.foreign.holdings import Holdings, Piece
from eval.foreign.making import Brought

GUIDE = "linxiaoyun"
SHOP = Holdings(
    guides=frozenset({GUIDE}),
    skus=frozenset({"YY-FC-005", "YY-FC-006"}),
    coupons=frozenset({"YH023", "YH039"}),
    customers=frozenset({(GUIDE, "C00001")}),
    pieces=(
        Piece("门店退换货政策", "三、怎么退", "签收次日起七天内，没有拆封的商品，凭小票可以退货，退款原路返回。"),
        Piece("积分规则", "二、怎么用", "积分每 100 分抵 1 元，一次最多抵 50 元。"),
    ),
)


def brought(folder: Path, form: str, content: Any, name: str = "", holdings: Holdings | None = SHOP) -> Brought:
    """Read a file of this content; what is no text is written as JSON."""
    path = folder / (name or ("file.yaml" if form == "promptfoo" else "file.json"))
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return read_file(path, form, GUIDE, holdings)
