"""Invented persons with everything a shop may come to know of one, and the ways in which careless people write it.

The same number always gives the same person. Nothing here belongs to anybody: names are put together by dice.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严魏陶姜谢邹喻柏窦章苏潘葛范彭鲁韦马苗方俞袁柳唐薛雷贺倪汤罗郝邬傅卞齐"
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "慕容", "司徒", "夏侯", "端木", "令狐")
GIVEN = "婉清雨桐诗涵梓萱若溪欣怡佳宁思远浩然墨景书瑶静姝云舒语嫣采薇芷琪璐瑾晗玥珂蔓霏棠"
MINORITY = (
    ("阿依古丽", "买买提"),
    ("古丽娜扎", "吐尔逊"),
    ("巴特尔", "苏日娜"),
    ("扎西", "次仁卓玛"),
    ("帕提古丽", "艾山江"),
)
ENGLISH = (
    "Linda",
    "Vivian",
    "Mary Chen",
    "Jocelyn Wu",
    "Kiki Zhao",
    "Ophelia",
    "Tiffany",
    "Yolanda Xu",
    "Beatrix",
    "Quincy Luo",
)
NICKNAMES = ("🌸{}🌸", "A{}-静雅苑", "{}🍀小屋", "AA{}～", "꧁{}꧂", "{}（加班中）", "☆{}☆", "01{}")
TITLES = ("姐", "女士", "小姐", "阿姨", "哥", "先生")
STREETS = ("桂语", "望潮", "听松", "兰亭", "麦田", "石榴", "青禾", "浣纱")
ESTATES = ("翠湖天地花园", "桂花苑", "金色家园", "云栖公寓", "听涛雅苑", "御景山庄", "康乐新村", "紫荆小区")
CITIES = ("浙江省杭州市西湖区", "上海市浦东新区", "江苏省苏州市姑苏区", "广东省佛山市南海区", "四川省成都市锦江区", "")
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
SPOKEN_OTHERWISE = str.maketrans("0123456789", "〇幺二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
MONTHS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
DAYS = (
    *MONTHS[:11],
    *(f"十{one}" for one in MONTHS[1:10]),
    "二十",
    *(f"二十{one}" for one in MONTHS[1:10]),
    "三十",
    "三十一",
)


PARTLY = ("还有{}要一瓶", "{}说想要", "给{}带一支", "{}也来", "帮{}看看")
INTRODUCED = ("收件人：{0}", "我叫{0}", "联系人{0} {1}", "收货人{0}，{1}", "姓名：{0}", "取货人是{0}")
PLAIN_KINDS = (0, 1, 2, 6, 7, 8, 9)
THE_SHOP_SAYS = ((1, 1), (10, 1), (10, 31), (11, 1), (11, 22), (11, 30), (12, 31))
"""Days that stand in the shop's own papers are nobody's birthday here."""


@dataclass(frozen=True)
class Invented:
    """One person: what the shop's file says of her, and what people write about her."""

    number: int
    customer_id: str
    name: str
    address_as: str
    phone: str
    birthday: date
    order_id: str
    tags: str
    note: str
    written: tuple[str, ...]
    """Pieces of a message, each with what is hers in it."""
    secrets: tuple[str, ...]
    """Strings of hers of which none may leave the house."""


def invent(number: int, *, known: bool = True) -> Invented:
    """Make up one person; one who is not ``known`` is in nobody's list and only mentioned."""
    dice = random.Random(number)
    name, called, parts = _name(number if known else PLAIN_KINDS[number % len(PLAIN_KINDS)] + number // 10 * 10, dice)
    phone = f"1{dice.choice('3456789')}{number:03d}{dice.randrange(10**6):06d}"
    born = date(1955, 1, 1) + timedelta(days=dice.randrange(19000))
    while (born.month, born.day) in THE_SHOP_SAYS:
        born += timedelta(days=3)
    order = dice.choice(
        (
            f"OD{2024 + number % 3}{dice.randrange(10**8):08d}",
            f"YY-{dice.randrange(10**6):06d}-{number}",
            f"SF{dice.randrange(10**13):013d}",
            f"{20240101 + number}-{dice.randrange(10**6):06d}",
        )
    )
    pieces = tuple(_pieces(number, dice, name, called, phone, born, order))
    if known:
        pieces += tuple((PARTLY[place].format(part), part) for place, part in enumerate(parts))
    else:
        # nobody's card has her: only what stands around her name can tell that it is one
        pieces = ((INTRODUCED[number // 10 % len(INTRODUCED)].format(name, phone), name), *pieces[2:])
    return Invented(
        number=number,
        customer_id=f"wm{dice.randrange(10**14):014d}Xy",
        name=name,
        address_as=called,
        phone=phone,
        birthday=born,
        order_id=order,
        tags=f"联系微信{_wechat(number)}、常来",
        note=f"住{_address(number, dice)}，备用电话{_other_phone(number)}",
        written=tuple(text for text, _ in pieces),
        secrets=tuple(
            dict.fromkeys(
                (
                    name,
                    called,
                    *(parts if known else ()),
                    phone,
                    f"{phone[:3]}****{phone[7:]}",
                    order,
                    _wechat(number),
                    _other_phone(number),
                    f"{born:%Y-%m-%d}",
                    f"{born.month}月{born.day}日",
                    *(secret for _, secret in pieces),
                )
            )
        ),
    )


def _name(number: int, dice: random.Random) -> tuple[str, str, tuple[str, ...]]:
    """A name, what she is called, and the parts by which alone she may be named."""
    kind = number % 10
    surname = SURNAMES[number % len(SURNAMES)]
    given = "".join(dice.sample(GIVEN, 2))
    title = dice.choice(TITLES)
    if kind == 0:
        compound = COMPOUND[number // 10 % len(COMPOUND)]
        return f"{compound}{given}", f"{compound}{title}", (f"{compound}{given}",)
    if kind == 1:
        first, second = MINORITY[number // 10 % len(MINORITY)]
        return f"{first}·{second}{number}", f"{first}{title}", (f"{first}·{second}",)
    if kind == 2:
        english = f"{ENGLISH[number // 10 % len(ENGLISH)]}"
        return f"{english} {surname}", english, (english,)
    if kind in (3, 4):
        bare = f"{surname}{given}"
        return NICKNAMES[number // 10 % len(NICKNAMES)].format(bare), f"{surname}{title}", (bare,)
    if kind == 5:
        return surname, f"{surname}{title}", (f"{surname}{title}",)
    if kind == 6:
        return f"{surname}{given[0]}", f"{surname}{title}", (f"{surname}{given[0]}",)
    return f"{surname}{given}", f"{surname}{title}", (given, f"小{surname}", f"阿{given[1]}", f"{given[1]}{given[1]}")


def _wechat(number: int) -> str:
    return f"hua_{number:03d}kai"


def _other_phone(number: int) -> str:
    return f"19{number:03d}{(number * 7919) % 10**6:06d}"


def _address(number: int, dice: random.Random) -> str:
    city = CITIES[number % len(CITIES)]
    street, estate = STREETS[number % len(STREETS)], ESTATES[number // 8 % len(ESTATES)]
    block, unit, room = dice.randrange(1, 30), dice.randrange(1, 5), dice.randrange(101, 2999)
    return (
        f"{city}{street}路{number + 100}号{block}栋{unit}单元{room}室",
        f"{city}{street}街{number + 100}号{estate}{block}幢{room}",
        f"{estate}{block}号楼{unit}单元{room}",
        f"{city}{street}镇{street}村{number + 100}号",
        f"{estate}{block}-{unit}-{room}",
    )[number % 5]


def _pieces(
    number: int, dice: random.Random, name: str, called: str, phone: str, born: date, order: str
) -> Iterator[tuple[str, str]]:
    """What people write about her, with the string in it that is hers."""
    yield f"手机{phone}", phone
    yield f"{name}", name
    yield f"叫她{called}", called
    yield _phone_written(number, phone)
    yield _birthday_written(number, born)
    address = _address(number, dice)
    yield f"{('收货地址：', '地址是', '住', '寄到')[number % 4]}{address}", address
    yield f"订单{('号', '号：', '', '编号')[number % 4]}{order}", order
    extra = (
        (f"微信号{_wechat(number)}", _wechat(number)),
        (f"车牌浙A{number:03d}Z{number % 10}", f"浙A{number:03d}Z{number % 10}"),
        (f"卡号6222 0212 {number:04d} {(number * 7) % 10000:04d} 123", f"{number:04d} {(number * 7) % 10000:04d} 123"),
        (f"身份证330106{born:%Y%m%d}{number % 1000:03d}X", f"330106{born:%Y%m%d}{number % 1000:03d}X"),
        (f"邮箱p{number}.hua@mail.example.com", f"p{number}.hua@mail.example.com"),
        (f"QQ {20000 + number}88", f"{20000 + number}88"),
        (f"护照E{number:03d}45678", f"E{number:03d}45678"),
        (f"座机0571-8{number:03d}1234", f"8{number:03d}1234"),
    )
    yield extra[number % len(extra)]


def _phone_written(number: int, phone: str) -> tuple[str, str]:
    spoken = phone.translate(SPOKEN_OTHERWISE if number % 2 else SPOKEN)
    written = (
        f"{phone[:3]} {phone[3:7]} {phone[7:]}",
        f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
        phone.translate(WIDE),
        spoken,
        f"+86{phone}",
        f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}",
        f"{phone[:3]}.{phone[3:7]}.{phone[7:]}",
        " ".join(phone),
        f"{phone[:4]} {phone[4:7]} {phone[7:]}",
        f"{phone[:3]}\u200b{phone[3:7]}\u200b{phone[7:]}",
        phone[:10],
    )[number % 11]
    lead = "手机号" if number % 11 == 10 else "电话"
    return f"{lead}{written}", written.replace("\u200b", "")


def _birthday_written(number: int, born: date) -> tuple[str, str]:
    day = (
        f"{born.year}年{born.month}月{born.day}日",
        f"{born:%Y-%m-%d}",
        f"{born:%Y/%m/%d}",
        f"{born:%Y%m%d}",
        f"{born.year % 100:02d}年{born.month}月{born.day}号",
        f"{born.month}月{born.day}号",
        f"{MONTHS[born.month]}月{DAYS[born.day]}",
        f"{born.month}.{born.day}",
        f"农历{MONTHS[born.month]}月初{MONTHS[number % 9 + 1]}",
    )[number % 9]
    return (f"{day}生日", day.removeprefix("农历")) if number % 3 == 0 else (f"生日{day}", day.removeprefix("农历"))
