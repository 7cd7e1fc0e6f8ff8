"""What to say of two products side by side: what she asked about, where they differ, which to choose for what."""

import re
from dataclasses import replace

from assistant.flow.drafting.ground import Ground
from assistant.flow.drafting.lines import Line, Part, answer, closing, fact
from assistant.flow.finding.comparing import UNSAID, Comparison
from assistant.flow.finding.comparing import compare as set_side_by_side
from assistant.flow.finding.fitting import Fit
from assistant.flow.words.wording import listed, money
from assistant.shop import Manner, Product


def compare(ground: Ground, manner: Manner) -> tuple[Line, ...]:
    """Set two products side by side: what differs, and whom each suits."""
    if ground.main is None or not ground.others:
        return ()
    one, other = ground.main, ground.others[0]
    ids = ground.product_ids(one.sku, other.sku)
    whom = answer(ids, *_whom(one, other))
    choice = _choice(ground, one, other, ids)
    sides = set_side_by_side((one, other))
    asked = (*_gap(one, other, ids, ground.need.question), *_asked_rows(sides, one, other, ids, ground.need.question))
    if manner is Manner.BRIEF:
        return (whom, *asked, *choice)
    more = tuple(_sheet(ground, further) for further in ground.others[1:])
    if manner is Manner.EXPERT:
        return (_sheet(ground, one), _sheet(ground, other), *more, *asked, *choice)
    differ = asked or _row(sides, "备案功效", one, other, ids)
    prices = () if _asks_for_the_gap(ground.need.question) else (_prices(one, other, ids),)
    return (whom, *differ, *prices, *more, *choice)


def _whom(one: Product, other: Product) -> tuple[str, ...]:
    mine, theirs = listed(one.suitable_for), listed(other.suitable_for)
    if mine and theirs and mine != theirs:
        return (
            f"{one.name}适合{mine}，{other.name}适合{theirs}。",
            f"{mine}看{one.name}，{theirs}看{other.name}。",
            f"简单说，{one.name}适合的是{mine}，{other.name}适合的是{theirs}。",
        )
    return (
        f"{one.name}{_gist(one)}，{other.name}{_gist(other)}。",
        f"一个是{one.name}{_gist(one)}，一个是{other.name}{_gist(other)}。",
    )


def _gist(product: Product) -> str:
    point = listed(product.selling_points, 1) or listed(product.efficacy, 2) or product.category
    return f"（{point}）"


_ASKED_ROWS = (
    ("主要成分", re.compile(r"成分|配方|含什么|里面有")),
    ("不含", re.compile(r"酒精|香精|色素|防腐剂|矿物油|硅油|不含|添加")),
)
"""What two products are compared by where the question names it; filed effects otherwise."""


def _asked_rows(
    sides: Comparison, one: Product, other: Product, ids: tuple[str, ...], question: str
) -> tuple[Line, ...]:
    asked = (label for label, words in _ASKED_ROWS if words.search(question))
    return tuple(replace(line, part=Part.ANSWER) for label in asked for line in _row(sides, label, one, other, ids))


def _row(sides: Comparison, label: str, one: Product, other: Product, ids: tuple[str, ...]) -> tuple[Line, ...]:
    """Tell how two products stand in one matter; where a record does not speak of it, that is what is said."""
    row = sides.row(label)
    if row is not None and row.differs and row.is_whole:
        return (_differing(label, one, other, ids),)
    if label != "不含":
        return ()
    if row is None:
        return (
            closing(
                "这一项两款的资料里都没写，我核对包装再回您。",
                "资料里没写到这一项，我看过包装再告诉您。",
                "这个我先去核对包装，看清楚再回您。",
            ),
        )
    if not row.differs:
        free = listed(one.free_of)
        return (fact(ids, f"这两款都不含{free}。", f"两款都没有添加{free}。", f"{free}这两款都没加。"),)
    written, silent = (one, other) if row.values[0] != UNSAID else (other, one)
    free = listed(written.free_of)
    return (
        fact(
            ids,
            f"{written.name}写明不含{free}，{silent.name}的资料里没写，我再帮您核对包装。",
            f"不含{free}的是{written.name}，{silent.name}资料没写，我核对了再告诉您。",
            f"{silent.name}的资料没写这一项，{written.name}是写明不含{free}的。",
        ),
    )


_THE_GAP = re.compile("(?:差|贵|便宜)(?:了|出)?(?:多少|几|好多)|差价|价差")


def _asks_for_the_gap(question: str) -> bool:
    return _THE_GAP.search(question) is not None


def _gap(one: Product, other: Product, ids: tuple[str, ...], question: str) -> tuple[Line, ...]:
    """Tell how far two prices lie apart, where that is asked."""
    if not _asks_for_the_gap(question):
        return ()
    mine, theirs = money(one.price_fen), money(other.price_fen)
    if one.price_fen == other.price_fen:
        same = (f"{one.name}和{other.name}都是{mine}。", f"{one.name}{mine}，{other.name}也是{mine}，价格一样。")
        return (answer(ids, *same),)
    gap = money(abs(one.price_fen - other.price_fen))
    return (
        answer(
            ids,
            f"{one.name}{mine}，{other.name}{theirs}，相差{gap}。",
            f"{one.name}是{mine}，{other.name}是{theirs}，两款相差{gap}。",
            f"价格上，{one.name}{mine}，{other.name}{theirs}，相差{gap}。",
        ),
    )


def _prices(one: Product, other: Product, ids: tuple[str, ...]) -> Line:
    sizes = [f"（{product.spec}）" if product.spec else "" for product in (one, other)]
    prices = [money(product.price_fen) for product in (one, other)]
    return fact(
        ids,
        f"价格是{one.name}{prices[0]}{sizes[0]}，{other.name}{prices[1]}{sizes[1]}。",
        f"{one.name}{sizes[0]}{prices[0]}，{other.name}{sizes[1]}{prices[1]}。",
    )


def _differing(label: str, one: Product, other: Product, ids: tuple[str, ...]) -> Line:
    if label == "主要成分":
        mine, theirs = listed(one.ingredients), listed(other.ingredients)
        return fact(
            ids,
            f"成分上，{one.name}主要是{mine}，{other.name}主要是{theirs}。",
            f"{one.name}用的是{mine}，{other.name}用的是{theirs}。",
            f"主要成分不一样：{one.name}有{mine}，{other.name}有{theirs}。",
        )
    if label == "不含":
        mine, theirs = listed(one.free_of), listed(other.free_of)
        return fact(
            ids,
            f"{one.name}不含{mine}，{other.name}不含{theirs}。",
            f"按资料，{one.name}没有添加{mine}，{other.name}没有添加{theirs}。",
            f"{one.name}写明不含{mine}，{other.name}写明不含{theirs}。",
        )
    mine, theirs = listed(one.efficacy), listed(other.efficacy)
    return fact(
        ids,
        f"备案功效上，前一款是{mine}，后一款是{theirs}。",
        f"一个侧重{mine}，一个侧重{theirs}，都是备案写明的。",
    )


def _sheet(ground: Ground, product: Product) -> Line:
    """One product in one sentence, for a reader who wants it side by side."""
    parts = [
        f"适合{listed(product.suitable_for)}" if product.suitable_for else "",
        f"主要成分{listed(product.ingredients)}" if product.ingredients else "",
        f"备案功效{listed(product.efficacy)}" if product.efficacy else "",
        f"{product.spec}，{money(product.price_fen)}" if product.spec else money(product.price_fen),
    ]
    said = "，".join(part for part in parts if part)
    return answer(ground.product_ids(product.sku), f"{product.name}：{said}。", f"{product.name}，{said}。")


def _choice(ground: Ground, one: Product, other: Product, ids: tuple[str, ...]) -> tuple[Line, ...]:
    fits = [product for product in (one, other) if ground.skin and ground.fit(product).fit is Fit.SUITS]
    if len(fits) == 1:
        best, skin = fits[0], ground.skin
        return (
            fact(
                ids,
                f"您是{skin}，我会先看{best.name}。",
                f"按您{skin}来选，{best.name}更对得上。",
                f"{skin}的话，选{best.name}就好。",
            ),
        )
    if not ground.speaks_of_skin:
        return (closing("您更看重哪一点？我帮您定一款。", "您主要什么时候用，我帮您选。", "说说您的要求，我帮您选。"),)
    return (closing("您更在意清爽还是滋润？", "您平时皮肤是什么状态，我帮您定一款。", "说说您的肤质，我帮您选。"),)
