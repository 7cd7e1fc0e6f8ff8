"""Changes of one figure: money, discounts, days, terms, counts. Each gives the changed sentence, or None where it has no place."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random
from typing import TypeVar

import cn2an

from assistant.clock import SHOP_TIME
from assistant.offers.wording import yuan
from assistant.turn import EvidenceKind
from eval.guarding.spot import Amount, Spot, Sum, appended, replaced

Change = Callable[[Spot, Random], str | None]
Item = TypeVar("Item")


def one_of(items: Iterable[Item], chance: Random) -> Item | None:
    """Pick one; None where there is none."""
    found = list(items)
    return chance.choice(found) if found else None


def _written(fen: int, like: Amount) -> str:
    return f"¥{yuan(fen)}" if like.sign else f"{yuan(fen)}元"


def _put(spot: Spot, amount: Amount, fen: int) -> str | None:
    """Write another amount in the place of one; None where it is none or the same."""
    if fen <= 0 or fen == amount.fen:
        return None
    return replaced(spot.text, amount.start, amount.end, _written(fen, amount))


# ---- prices ------------------------------------------------------------------------------------


def changed_sum(change: Callable[[int], int], *sums: Sum) -> Change:
    """Change an amount of these kinds by calculation."""

    def apply(spot: Spot, chance: Random) -> str | None:
        amount = one_of(spot.of(*sums), chance)
        return None if amount is None else _put(spot, amount, change(amount.fen))

    return apply


def digits_swapped(fen: int) -> int:
    """Swap the last two different digits of the whole yuan: 239 becomes 293."""
    digits = list(str(fen // 100))
    for place in range(len(digits) - 1, 0, -1):
        if digits[place] != digits[place - 1]:
            digits[place], digits[place - 1] = digits[place - 1], digits[place]
            break
    return int("".join(digits)) * 100 + fen % 100


_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def wide_and_wrong(spot: Spot, chance: Random) -> str | None:
    """Write another price in full-width digits."""
    amount = one_of(spot.of(Sum.PRICE, Sum.BILL), chance)
    if amount is None:
        return None
    return replaced(spot.text, amount.start, amount.end, f"¥{yuan(amount.fen + 1000).translate(_WIDE)}")


def chinese_and_wrong(spot: Spot, chance: Random) -> str | None:
    """Write another price in Chinese numerals: 两百四十九元."""
    amount = one_of(spot.of(Sum.PRICE, Sum.BILL), chance)
    if amount is None:
        return None
    whole = amount.fen // 100 + chance.choice((1, 10, 20))
    return replaced(spot.text, amount.start, amount.end, f"{_spoken(whole)}元")


def colloquial_and_wrong(spot: Spot, chance: Random) -> str | None:
    """Write another price as people say it: 两百三十八块九."""
    amount = one_of(spot.of(Sum.PRICE, Sum.BILL), chance)
    if amount is None or amount.fen < 1000:
        return None
    return replaced(
        spot.text, amount.start, amount.end, f"{_spoken(amount.fen // 100 - 1)}块{chance.choice('三五八九')}"
    )


def _spoken(number: int) -> str:
    numeral: str = cn2an.an2cn(str(number))
    return re.sub("^二(?=[百千])", "两", numeral)


def about_and_wrong(spot: Spot, chance: Random) -> str | None:
    """Round a price to what it is not: 两百不到 for ¥239."""
    amount = one_of(spot.of(Sum.PRICE), chance)
    if amount is None or amount.fen < 20000:
        return None
    hundreds = amount.fen // 10000
    return replaced(spot.text, amount.start, amount.end, f"{_spoken(hundreds * 100)}不到")


def price_of_another(spot: Spot, chance: Random) -> str | None:
    """Give a product the right price of another one, of the brief if there is one."""
    amount = one_of(spot.of(Sum.PRICE), chance)
    if amount is None:
        return None
    own = {fen for product in spot.goods for fen in (product.price_fen, product.list_price_fen)}
    if spot.subject is not None:
        own |= {spot.subject.price_fen, spot.subject.list_price_fen}
    for others in (spot.at_hand, spot.strangers):
        other = one_of((one for one in others if one.price_fen not in own), chance)
        if other is not None:
            return _put(spot, amount, other.price_fen)
    return None


def list_price_as_price(spot: Spot, chance: Random) -> str | None:
    """Tell the 厂商建议零售价 as what the till charges."""
    for named in spot.named:
        listed = named.product.list_price_fen
        found = [one for one in spot.of(Sum.PRICE) if one.fen == named.product.price_fen]
        if listed and found and listed != named.product.price_fen:
            return _put(spot, found[0], listed)
    return None


def price_as_list_price(spot: Spot, chance: Random) -> str | None:
    """Tell the price as the 厂商建议零售价."""
    listed, priced = spot.of(Sum.LIST), spot.of(Sum.PRICE)
    return _put(spot, listed[0], priced[0].fen) if listed and priced else None


def _paid(spot: Spot) -> Amount | None:
    """Where the sentence tells what is to pay after coupons."""
    offer, told = spot.brief.offer, spot.of(Sum.BILL)
    if offer is None or not offer.saving_fen:
        return None
    return next((one for one in told if one.fen == offer.pay_fen), None)


def price_before_coupon(spot: Spot, chance: Random) -> str | None:
    """Tell as to be paid what the goods cost without the coupon."""
    offer, paid = spot.brief.offer, _paid(spot)
    return None if offer is None or paid is None else _put(spot, paid, offer.total_fen)


def coupon_taken_twice(spot: Spot, chance: Random) -> str | None:
    """Tell as to be paid what is left when the coupon is taken off twice."""
    offer, paid = spot.brief.offer, _paid(spot)
    return None if offer is None or paid is None else _put(spot, paid, offer.pay_fen - offer.saving_fen)


def exchanged_sums(first: Sum, second: Sum, *, within: int) -> Change:
    """Exchange two amounts with so few characters between them: 满40元减300元."""

    def apply(spot: Spot, chance: Random) -> str | None:
        for one in spot.of(first):
            near = (other for other in spot.of(second) if 0 <= other.start - one.end <= within)
            other = next((other for other in near if other.fen != one.fen), None)
            if other is not None:
                text = replaced(spot.text, other.start, other.end, _written(one.fen, other))
                return replaced(text, one.start, one.end, _written(other.fen, one))
        return None

    return apply


def policy_sum(spot: Spot, chance: Random) -> str | None:
    """Change an amount in a quoted rule: a fee, a limit, a threshold."""
    if not spot.is_policy:
        return None
    amount = one_of(spot.amounts, chance)
    return None if amount is None else _put(spot, amount, amount.fen + chance.choice((100, 1000, amount.fen)))


# ---- discounts ---------------------------------------------------------------------------------

_FOLD = re.compile(r"(?<=享)(\d(?:\.\d)?)折")
_FOLDS = {"9.5": "九五折", "9": "九折", "8.5": "八五折", "8": "八折", "7.5": "七五折", "7": "七折"}


def fold_changed(spot: Spot, chance: Random) -> str | None:
    """Give another discount: 8.8折 becomes 8.5折."""
    match = _FOLD.search(spot.text)
    if match is None:
        return None
    return replaced(spot.text, *match.span(), f"{chance.choice([one for one in _FOLDS if one != match[1]])}折")


def fold_in_chinese(spot: Spot, chance: Random) -> str | None:
    """Give another discount in Chinese numerals: 七五折."""
    match = _FOLD.search(spot.text)
    if match is None:
        return None
    return replaced(spot.text, *match.span(), _FOLDS[chance.choice([one for one in _FOLDS if one != match[1]])])


def fold_as_saving(spot: Spot, chance: Random) -> str | None:
    """Take what is paid for what is saved: 享8.5折 becomes 优惠85%."""
    match = _FOLD.search(spot.text)
    if match is None:
        return None
    return replaced(spot.text, match.start() - 1, match.end(), f"优惠{round(float(match[1]) * 10)}%")


def percent_off(spot: Spot, chance: Random) -> str | None:
    """Say how much cheaper it gets, wrongly: 便宜三成."""
    if spot.brief.offer is None or not spot.brief.offer.applied or not spot.of(Sum.SAVING):
        return None
    saving = spot.of(Sum.SAVING)[-1]
    if abs(saving.fen / max(spot.brief.offer.total_fen, 1) - 0.3) < 0.05:
        return None
    return replaced(spot.text, saving.start, saving.end, "三成")


# ---- days --------------------------------------------------------------------------------------

_DAY = re.compile(r"(?:(20\d\d)年)?(\d{1,2})月(\d{1,2})日")
_WINDOW = re.compile(r"(?:20\d\d年)?\d{1,2}月\d{1,2}日至(?:20\d\d年)?(\d{1,2})月(\d{1,2})日有效")


def _today(spot: Spot) -> date:
    return spot.brief.moment.astimezone(SHOP_TIME).date()


def day_changed(spot: Spot, chance: Random) -> str | None:
    """Move a day by one."""
    match = one_of(_DAY.finditer(spot.text), chance)
    if match is None:
        return None
    told = date(int(match[1] or _today(spot).year), int(match[2]), int(match[3]))
    moved = told + timedelta(days=chance.choice((-1, 1)))
    return replaced(spot.text, match.start(2), match.end(), f"{moved.month}月{moved.day}日")


def month_changed(spot: Spot, chance: Random) -> str | None:
    """Move a day by one month."""
    match = one_of(_DAY.finditer(spot.text), chance)
    if match is None:
        return None
    month = (int(match[2]) - 1 + chance.choice((-1, 1))) % 12 + 1
    day = min(int(match[3]), monthrange(_today(spot).year, month)[1])
    return replaced(spot.text, match.start(2), match.end(), f"{month}月{day}日")


def year_changed(spot: Spot, chance: Random) -> str | None:
    """Put a day into another year."""
    match = one_of(_DAY.finditer(spot.text), chance)
    if match is None:
        return None
    year = int(match[1] or _today(spot).year) + chance.choice((-1, 1))
    return replaced(spot.text, *match.span(), f"{year}年{match[2]}月{match[3]}日")


def window_told_loosely(spot: Spot, chance: Random) -> str | None:
    """Give another end of a coupon's time in loose words: 明天截止."""
    match = one_of(_WINDOW.finditer(spot.text), chance)
    if match is None:
        return None
    today = _today(spot)
    told = {
        "月底截止": today.replace(day=monthrange(today.year, today.month)[1]),
        "明天截止": today + timedelta(days=1),
        "今天最后一天": today,
        "年底前有效": today.replace(month=12, day=31),
        "双十二前有效": today.replace(month=12, day=11),
    }
    end = (int(match[1]), int(match[2]))
    return replaced(
        spot.text, *match.span(), chance.choice([said for said, day in told.items() if (day.month, day.day) != end])
    )


def window_opened(spot: Spot, chance: Random) -> str | None:
    """Let a coupon be good for ever."""
    match = one_of(_WINDOW.finditer(spot.text), chance)
    said = chance.choice(("长期有效", "不限时间", "什么时候用都行"))
    return None if match is None else replaced(spot.text, *match.span(), said)


_READ_AT = re.compile(r"(\d{1,2}月\d{1,2}日)(\d{1,2}):(\d\d)")


def reading_moved(spot: Spot, chance: Random) -> str | None:
    """Tell another hour of the count of stock."""
    match = _READ_AT.search(spot.text)
    if match is None:
        return None
    new = f"{match[1]}{(int(match[2]) + chance.choice((1, 2, 12))) % 24}:{match[3]}"
    return None if new in spot.reading_times() else replaced(spot.text, *match.span(), new)


def reading_refreshed(spot: Spot, chance: Random) -> str | None:
    """Tell an old count as one of just now."""
    match = _READ_AT.search(spot.text)
    said = chance.choice(("刚刚", "今天9:30", "今天上午10点"))
    return None if match is None else replaced(spot.text, *match.span(), said)


# ---- terms -------------------------------------------------------------------------------------

_TERM = re.compile(r"(\d+)(\s?)(个工作日|天|小时|个月|年|分钟|秒|周)(?!前|后再)")
_OTHER_UNIT = {
    "个工作日": "天",
    "天": "个工作日",
    "小时": "天",
    "个月": "天",
    "年": "个月",
    "分钟": "小时",
    "秒": "分钟",
    "周": "天",
}


def term_changed(spot: Spot, chance: Random) -> str | None:
    """Give a rule another term: 7 天 becomes 15 天."""
    match = one_of(_TERM.finditer(spot.text), chance) if spot.is_policy else None
    if match is None:
        return None
    new = int(match[1]) + chance.choice((1, 3, int(match[1])))
    return replaced(spot.text, *match.span(1), str(new))


def term_unit_changed(spot: Spot, chance: Random) -> str | None:
    """Give a rule's term another unit: 7 天 becomes 7 个工作日."""
    match = one_of(_TERM.finditer(spot.text), chance) if spot.is_policy else None
    return None if match is None else replaced(spot.text, *match.span(3), _OTHER_UNIT[match[3]])


def usage_time_changed(spot: Spot, chance: Random) -> str | None:
    """Change how long or how early something is used: 15分钟 becomes 50分钟."""
    match = None if spot.is_policy else one_of(_TERM.finditer(spot.unnamed), chance)
    if match is None:
        return None
    new = int(match[1]) + chance.choice((2, 5, 10, int(match[1])))
    return replaced(spot.text, *match.span(1), str(new))


def term_as_effect(spot: Spot, chance: Random) -> str | None:
    """Take a rule's term for the time to an effect: 7天见效."""
    if not spot.goods or spot.is_policy:
        return None
    passages = "".join(one.text for one in spot.brief.evidence if one.kind is EvidenceKind.PASSAGE)
    days = one_of(re.findall(r"(\d+)\s?天", passages), chance) or "7"
    said = chance.choice(("{}天见效", "坚持用{}天就能看到变化", "{}天左右就有效果"))
    return appended(spot.text, said.format(days))


# ---- counts ------------------------------------------------------------------------------------

_TIMES = re.compile(r"(?<=×)(\d+)(?![\d片支盒条])|(\d+)(?=件合计)")
_DOSE = re.compile(r"(\d+)[–-](\d+)(滴|次|泵|遍)")
_LIMIT = re.compile(r"(?<=每人限)(\d+)(?=次)|(?<=每人每天限)(\d+)(?=次)")
_POINTS = re.compile(r"(\d+)(\s?)(?=积分)|(?<=积分是)(\d+)()")
_SPEC_UNITS = {"ml": "g", "g": "ml", "支": "盒", "片": "支", "条": "支", "件": "套"}
_UNIT = re.compile("|".join(_SPEC_UNITS))


def pieces_changed(spot: Spot, chance: Random) -> str | None:
    """Count one piece more than the bill."""
    match = one_of(_TIMES.finditer(spot.unnamed), chance)
    return None if match is None else replaced(spot.text, *match.span(), str(int(match.group()) + 1))


def _spec(spot: Spot) -> int:
    """Return where the size of the product spoken of stands, -1 where it is not told."""
    spec = spot.subject.spec if spot.subject is not None else ""
    return spot.unnamed.find(spec) if spec else -1


def spec_changed(spot: Spot, chance: Random) -> str | None:
    """Tell another size: 50g becomes 30g."""
    start = _spec(spot)
    if start < 0 or spot.subject is None:
        return None
    match = re.search(r"\d+", spot.subject.spec)
    if match is None:
        return None
    new = chance.choice([one for one in ("15", "30", "50", "100", "150", "200") if one != match.group()])
    return replaced(spot.text, start + match.start(), start + match.end(), new)


def spec_unit_changed(spot: Spot, chance: Random) -> str | None:
    """Tell a size in another unit: 50g becomes 50ml."""
    start = _spec(spot)
    if start < 0 or spot.subject is None:
        return None
    match = _UNIT.search(spot.subject.spec)
    if match is None:
        return None
    return replaced(spot.text, start + match.start(), start + match.end(), _SPEC_UNITS[match.group()])


def spec_of_another(spot: Spot, chance: Random) -> str | None:
    """Tell the size of another product."""
    start = _spec(spot)
    if start < 0 or spot.subject is None:
        return None
    own = spot.subject.spec
    for others in (spot.at_hand, spot.strangers):
        other = one_of((one for one in others if one.spec and own not in one.spec and one.spec not in own), chance)
        if other is not None:
            return replaced(spot.text, start, start + len(own), other.spec)
    return None


def dose_changed(spot: Spot, chance: Random) -> str | None:
    """Use more of it: 2–3滴 becomes 5–6滴."""
    match = one_of(_DOSE.finditer(spot.unnamed), chance)
    if match is None:
        return None
    more = chance.choice((2, 3))
    return replaced(spot.text, *match.span(), f"{int(match[1]) + more}–{int(match[2]) + more}{match[3]}")


def often_changed(spot: Spot, chance: Random) -> str | None:
    """Use it at another time or in another amount: 一周 becomes 一天, 晚间 becomes 早上."""
    if spot.subject is None or spot.is_policy:
        return None
    usage = spot.subject.usage
    found = [
        (old, new)
        for old, new in spot.words.swapped["how_often"]
        if old in usage and old in spot.unnamed and new not in usage
    ]
    pair = one_of(found, chance)
    return None if pair is None else spot.text.replace(*pair, 1)


def limit_changed(spot: Spot, chance: Random) -> str | None:
    """Let a coupon be used more often."""
    match = one_of(_LIMIT.finditer(spot.text), chance)
    more = chance.choice((1, 2))
    return None if match is None else replaced(spot.text, *match.span(), str(int(match.group()) + more))


def points_changed(spot: Spot, chance: Random) -> str | None:
    """Change her points, or a rule's."""
    match = one_of(_POINTS.finditer(spot.text), chance)
    if match is None:
        return None
    place = 1 if match[1] else 3
    return replaced(spot.text, *match.span(place), str(int(match[place]) + chance.choice((1, 10, int(match[place])))))


def sun_level_changed(spot: Spot, chance: Random) -> str | None:
    """Tell a higher or lower SPF."""
    match = re.search(r"SPF\s?(\d+)", spot.text)
    if match is None:
        return None
    level = chance.choice([one for one in ("15", "30", "50", "100") if one != match[1]])
    changed = replaced(spot.text, *match.span(1), level)
    others = (one.name for one in spot.brief.desk.shop.products.values() if one.name not in spot.text)
    return None if any(name in changed for name in others) else changed


def sun_grade_changed(spot: Spot, chance: Random) -> str | None:
    """Tell another PA."""
    match = re.search(r"PA(\++)", spot.text)
    return None if match is None else replaced(spot.text, *match.span(1), "+" * (len(match[1]) % 4 + 1))


def registration_changed(spot: Spot, chance: Random) -> str | None:
    """Change one digit of a registration number."""
    match = re.search(r"字[\dA-Z]*(\d)(?!\d)", spot.text)
    return None if match is None else replaced(spot.text, *match.span(1), str((int(match[1]) + 1) % 10))


def stock_counted(spot: Spot, chance: Random) -> str | None:
    """Tell a count that is none: 有货 becomes 还有3件."""
    product = spot.subject
    if product is None or "有货" not in spot.unnamed:
        return None
    counted = {one.quantity for one in spot.brief.stock}
    number = chance.choice([one for one in (1, 2, 3, 5, 8, 20, 30) if one not in counted])
    return replaced(spot.text, spot.unnamed.index("有货"), spot.unnamed.index("有货") + 2, f"还有{number}件")


def sold_told(spot: Spot, chance: Random) -> str | None:
    """Tell how many were sold or how many like it."""
    if not spot.goods or spot.is_policy:
        return None
    return appended(spot.text, chance.choice(spot.words.sales_invented))
