"""What is personal by its shape, whoever it belongs to: phones, addresses, ids, order numbers, days of birth, accounts.

Looked for on folded text (full width, zero-width, traditional and circled forms are off) and told in places of the
original, so that it can be taken out there. The figures of a shop stay: prices, sizes, coupon dates, filing numbers.
Names need to know people; they are found in the flow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.folding import Folded, fold_looks
from knowledge.noun import Labelled


class PersonalKind(Labelled):
    """What kind of thing it is; the label is what a placeholder for it is called."""

    EMAIL = "email", "邮箱"
    IDENTITY = "identity", "证件号"
    ACCOUNT = "account", "账号"
    ID = "id", "编号"
    PHONE = "phone", "电话"
    PHONE_END = "phone-end", "手机尾号"
    ORDER = "order", "订单号"
    CARD = "card", "卡号"
    PLATE = "plate", "车牌"
    BORN = "born", "出生日期"
    ADDRESS = "address", "地址"


@dataclass(frozen=True)
class Personal:
    """One find: the half-open range [start, end) of the text that was looked at."""

    kind: PersonalKind
    start: int
    end: int


# ---- pieces ------------------------------------------------------------------------------------

_HAN = r"[\u4e00-\u9fff]"
_NUMERAL = "[0-9o零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖洞]"
_COUNT = r"(?:\d{1,5}|[零〇一二两三四五六七八九十百]{1,6})"
_GAP = r"[\s\-–—._·•/()（）]{0,3}"
_SAYS = r"\s?(?:号码?|编号|id)?\s?(?:是|为|叫|[:：#])?\s?(?:是|为)?\s?"

# Chinese spoken digits: 一三八零零零零二二三一, 幺三八 0000 二二三一
_MOBILE_HEAD = "(?:[1一幺壹])"
_MOBILE = (
    rf"(?<![0-9a-z零〇一二三四五六七八九幺])(?:\(?(?:\+|00)?86\)?{_GAP})?"
    rf"(?:{_MOBILE_HEAD}[\s\-]?[3-9三四五六七八九叁肆伍陆柒捌玖]{_NUMERAL}(?:{_GAP}{_NUMERAL}{{4}}){{2}}"
    rf"|{_MOBILE_HEAD}[3-9三四五六七八九叁肆伍陆柒捌玖]{_NUMERAL}(?:{_GAP}{_NUMERAL}{{8}}|{_GAP}{_NUMERAL}{{3}}{_GAP}{_NUMERAL}{{5}})"
    rf"|{_MOBILE_HEAD}[3-9三四五六七八九叁肆伍陆柒捌玖]{_NUMERAL}{{2}}{_GAP}{_NUMERAL}{{3,4}}{_GAP}{_NUMERAL}{{3,4}}"
    rf"|{_MOBILE_HEAD}(?:[\s\-.·,，、]?{_NUMERAL}){{10}})"
    rf"(?![0-9零〇一二三四五六七八九幺])"
)

_MONTH = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_SPOKEN_MONTH = r"(?:十[一二]?|[一二三四五六七八九正冬腊])"
_SPOKEN_DAY = (
    r"(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]?|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
)
_MONTH_DAY = rf"(?:{_MONTH}\s?月\s?{_DAY}\s?[日号]?|{_SPOKEN_MONTH}月{_SPOKEN_DAY}[日号]?|{_MONTH}\s?[./\-]\s?{_DAY}(?![\d%元折]))"
_BORN_YEAR = r"(?:19[3-9]\d|200\d|201[0-5])"
_SPOKEN_YEAR = r"(?:(?:一九|二零|二〇)?[零〇一二三四五六七八九]{2})"
_ANY_YEAR = rf"(?:(?:19|20)?\d\d|{_SPOKEN_YEAR})\s?(?:年|[./\-])\s?"
_ENGLISH_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_BIRTHDAY = r"(?:生日|生辰|寿辰|生于|出生(?:日期|年月日?|时间)?|破壳日|birthday|dob|born)"

# what an address is made of; a city alone is none
_PLACE = r"(?:(?![在到是住寄送于至往给我您你他她的址])[\u4e00-\u9fff]){1,8}?"
_REGION = (
    rf"(?:{_PLACE}(?:省|自治区|特别行政区)[\s,，]?)?(?:{_PLACE}(?:市|自治州|盟|地区)[\s,，]?)?"
    rf"(?:{_PLACE}(?:区|县|旗|镇|乡|街道)[\s,，]?){{0,3}}"
)
_UNIT = (
    rf"[\s,，\-]?{_COUNT}(?:\s?\-\s?\d{{1,5}}){{0,3}}\s?(?:号楼|号院|号|栋|幢|座|单元|门|楼|层|室|户|梯|弄|组|队|房)"
    r"|[\s,，]?[a-z甲乙丙丁东西南北中前后]{1,2}\s?(?:栋|幢|座|单元|区|楼|门)"
)
_UNITS = rf"(?:{_UNIT}){{1,6}}(?:[\s\-]?\d{{2,5}}(?!\d))?"
_ESTATE = (
    r"(?:小区|花园|家园|公寓|新村|花苑|嘉苑|名苑|雅苑|苑|豪庭|名邸|公馆|华府|山庄|庄园|大厦|新城|佳园|社区|家属院|大院|宿舍|"
    r"国际|城|府|湾|庭|里|园|居|轩|阁|邸|坊)"
)
_ROAD = r"(?:路|街|巷|弄|大道|胡同|道|里)(?:东|西|南|北|中)?(?:[一二三四五六七八九十]段|\d段)?"
_ADDRESS = (
    rf"(?:{_REGION}{_PLACE}{_ROAD}\s?{_COUNT}(?:\-\d+)?\s?(?:号院|号|弄)(?:{_PLACE}{_ESTATE})?(?:{_UNITS})?"
    rf"|{_REGION}(?:{_PLACE}{_ROAD}(?:\s?{_COUNT}\s?号)?[\s,，]?)?{_PLACE}{_ESTATE}(?:[一二三四五六七八九十]期|\d期)?{_UNITS}"
    rf"|{_REGION}{_PLACE}(?:村|屯|庄|寨|社)(?:{_UNITS})"
    rf"|{_COUNT}\s?(?:号楼|栋|幢|座)[\s,，\-]?{_COUNT}(?:\s?\-\s?\d{{1,5}}|\s?(?:单元|门|楼|层|室|房))(?:{_UNITS}|[\s\-]?\d{{2,5}})?"
    rf"|{_COUNT}\s?单元[\s,，\-]?{_COUNT}\s?(?:室|房|号|户)?)"
)
_LIVES = r"(?:(?:收货|收件|寄件|家庭|详细|邮寄)?(?:地址|住址)|家住|住在|住(?=[\u4e00-\u9fff])|寄到|寄给|邮寄到|快递到|送到|发到|寄往)"
_PLACE_SIGN = re.compile(
    rf"{_PLACE}(?:小区|花园|家园|公寓|新村|花苑|嘉苑|名苑|雅苑|豪庭|名邸|公馆|华府|山庄|家属院|宿舍|佳园|苑)|{_HAN}(?:路|街|巷|弄)\s?{_COUNT}|"
    rf"{_COUNT}\s?(?:栋|幢|单元|室|号楼|号院|弄)|{_HAN}(?:镇|乡){_HAN}{{1,6}}(?:村|社区|路|街|号)|村\s?\d"
)
_LIVES_AT = re.compile(rf"{_LIVES}\s?(?:是|为|在|[:：])?\s?(?P<place>[^。;；!?！？\n]{{2,60}})")
_PLACE_ENDS = re.compile(
    r"[,，、\s]+(?=(?:收件|收货|联系|电话|手机|姓名|我叫|生日|订单|麻烦|谢谢|问|想|能|可以|帮|要|什么|多少|有|微信|尾号|邮编|邮箱|车牌|身份))"
)
_PLATE_HEAD = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼港澳使领]"

_SHAPES: tuple[tuple[PersonalKind, str], ...] = (
    (PersonalKind.EMAIL, r"[a-z0-9._%+\-]+\s?(?:@|\(at\)|\[at\]|艾特)\s?[a-z0-9\-]+(?:\s?(?:\.|点)\s?[a-z0-9\-]+)+"),
    (
        PersonalKind.IDENTITY,
        r"(?<![0-9a-z])[1-9]\d{5}[\s\-]?(?:18|19|20)\d{2}[\s\-]?(?:0[1-9]|1[0-2])[\s\-]?(?:[0-2]\d|3[01])[\s\-]?\d{3}[\dx](?![0-9a-z])",
    ),
    (
        PersonalKind.IDENTITY,
        rf"(?:身份证|通行证|军官证|居留证|护照){_SAYS}(?P<it>[a-z]{{0,2}}\d[\d\s*]{{4,22}}[\dx])(?![0-9a-z])",
    ),
    (PersonalKind.IDENTITY, r"(?<![0-9a-z\-])[a-z]\d{8}(?![0-9a-z])"),
    (PersonalKind.ACCOUNT, r"(?<![a-z0-9])wxid_[a-z0-9_\-]{4,}"),
    (
        PersonalKind.ACCOUNT,
        rf"(?<![a-z])(?:微信|薇信|威信|v信|vx|wx|wechat|抖音|小红书|qq|q q|扣扣|支付宝|微博)(?:号|账号|id|小号)?{_SAYS}(?P<it>[a-z0-9][a-z0-9_\-]{{4,24}})(?![a-z0-9_\-])",
    ),
    (PersonalKind.ID, r"(?<![a-z0-9])(?:wm|wo|wx|ww)[a-z0-9_\-]{8,}"),
    (PersonalKind.ID, r"(?<![a-z0-9_\-])o[a-z0-9_\-]{27}(?![a-z0-9_\-])"),
    (PersonalKind.CARD, r"(?<![\da-z.字])\d{4}(?:[\s\-]\d{4}){3}(?:[\s\-]\d{1,4})?(?!\d)"),
    (PersonalKind.CARD, rf"卡号{_SAYS}(?P<it>[\d\s\-*]{{8,26}}\d)"),
    (PersonalKind.PHONE, _MOBILE),
    (PersonalKind.PHONE, r"(?<!\d)1[3-9]\d\s?[*x]{2,8}\s?\d{2,4}(?!\d)"),
    (PersonalKind.PHONE, r"(?<!\d)\(?0\d{2,3}\)?[\-\s]?\d{7,8}(?:\-\d{1,5})?(?!\d)"),
    (
        PersonalKind.PHONE,
        rf"(?:电话|手机|号码|座机|致电){_SAYS}(?P<it>{_NUMERAL}(?:[\s\-.]?{_NUMERAL}){{5,14}})(?![0-9])",
    ),
    (
        PersonalKind.PHONE_END,
        rf"(?:尾号|尾数|后四位|后4位|末四位|末4位|手机尾)(?P<it>{_SAYS}{_NUMERAL}(?:\s?{_NUMERAL}){{2,3}})(?![0-9])",
    ),
    (
        PersonalKind.ORDER,
        rf"(?:订单|单号|运单|快递|物流|流水|小票|票据|取件码|提货码|提货单)(?:尾号|单号)?{_SAYS}(?P<it>"
        r"(?=[a-z0-9\-_]*\d)(?=[a-z0-9\-_]{4})(?!\d{1,4}(?:年|月|天|元|块|件|单|个|小时|号|分|-\d{1,2}(?:天|日)))[a-z0-9][a-z0-9\-_]*)",
    ),
    (PersonalKind.ORDER, r"(?<![a-z0-9])(?=[a-z0-9\-_]*\d{6})[a-z]{1,6}[\-_]?\d[\d\-_]{5,}[a-z]?(?![a-z0-9])"),
    (PersonalKind.ORDER, r"(?<![\d.a-z字])\d{4,}(?:[\-_]\d{3,})+(?![\d.])"),
    # 备案 and 注册 numbers follow 字 and belong to products
    (PersonalKind.ID, r"(?<![\d.字])\d{9,}(?![\d.])"),
    (
        PersonalKind.PLATE,
        rf"{_PLATE_HEAD}\s?[a-hj-np-z]\s?[·•.\-\s]?\s?(?=[a-z0-9]{{0,5}}\d)(?:[a-hj-np-z0-9]{{5,6}}|[a-hj-np-z0-9]{{4}}[学警领港澳挂])(?![a-z0-9])",
    ),
    (PersonalKind.BORN, rf"(?<!\d){_BORN_YEAR}\s?(?:年|[./\-])\s?{_MONTH}\s?(?:月|[./\-])\s?{_DAY}(?!\d)\s?[日号]?"),
    (PersonalKind.BORN, rf"(?<![\d字a-z.\-]){_BORN_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"),
    (PersonalKind.BORN, rf"(?<!\d)(?:[3-9]\d|0\d)\s?年\s?{_MONTH_DAY}"),
    (PersonalKind.BORN, rf"{_SPOKEN_YEAR}年(?:{_SPOKEN_MONTH}月{_SPOKEN_DAY}[日号]?|{_MONTH}月{_DAY}[日号]?)"),
    (
        PersonalKind.BORN,
        rf"{_BIRTHDAY}{_SAYS}在?\s?(?:农历|阴历|阳历|公历|身份证上)?是?\s?"
        rf"(?P<it>(?:{_ANY_YEAR})?{_MONTH_DAY}|(?:\d{{8}}|\d{{6}}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d))",
    ),
    (
        PersonalKind.BORN,
        rf"(?:农历|阴历|阳历|公历)?(?:{_ANY_YEAR})?{_MONTH_DAY}(?=[^\n,，。;；!?！？\d前后至到起]{{0,5}}{_BIRTHDAY}|的?\s?(?:生人|寿星|过生))",
    ),
    (
        PersonalKind.BORN,
        r"(?<!\d)(?:(?:19|20)?\d\d年?)?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?=\s?(?:的?生日|出生|生人))",
    ),
    (
        PersonalKind.BORN,
        rf"(?:{_ENGLISH_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?,?\s?(?:19|20)\d\d|\d{{1,2}}(?:st|nd|rd|th)?\s?{_ENGLISH_MONTH},?\s?(?:19|20)\d\d)",
    ),
    (PersonalKind.ADDRESS, _ADDRESS),
)
_COMPILED = tuple((kind, re.compile(shape)) for kind, shape in _SHAPES)


def find_personal(text: str) -> tuple[Personal, ...]:
    """Return what is personal by its shape, in reading order, none overlapping another."""
    folded = fold_looks(text)
    return tuple(_in_text(one, folded) for one in find_in_folded(folded.text))


@lru_cache(maxsize=4096)
def find_in_folded(text: str) -> tuple[Personal, ...]:
    """Like ``find_personal``, on text that is folded already and in its places."""
    found = [*_by_shape(text), *_where_someone_lives(text)]
    kept: list[Personal] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and one.start < kept[-1].end:
            if one.end > kept[-1].end:
                kept[-1] = Personal(kept[-1].kind, kept[-1].start, one.end)
            continue
        kept.append(one)
    return tuple(kept)


def _in_text(one: Personal, folded: Folded) -> Personal:
    place = folded.place(one.start, one.end)
    return Personal(one.kind, place.start, place.end)


def _by_shape(text: str) -> Iterator[Personal]:
    for kind, shape in _COMPILED:
        group = "it" if "it" in shape.groupindex else 0
        yield from (Personal(kind, *match.span(group)) for match in shape.finditer(text))


def _where_someone_lives(text: str) -> Iterator[Personal]:
    """What follows 地址, 家住 or 寄到, up to where the address ends, if anything in it is nearer than a city."""
    for match in _LIVES_AT.finditer(text):
        place = _PLACE_ENDS.split(match["place"], maxsplit=1)[0].rstrip(" ,，、")
        if place and _PLACE_SIGN.search(place):
            yield Personal(PersonalKind.ADDRESS, match.start("place"), match.start("place") + len(place))
