"""What a text asserts that would need a record: figures, dates, names, effects, promises.

The same extractor reads drafts and evidence, so that both sides of a comparison are spelled the same way:
money in 分, a discount as what is paid (八五折 → 85折), a week as 7天.

Chinese numerals are read by cn2an. Gaps filled here, because it raises on them: 九块九 and 九块九毛 (a digit after 块 is 角),
百二 / 万二 (a leading 一 is missing), 三点五万 (point and unit together), 半, 两百多 (an approximation: kept as ``~``, never
equal to an exact figure), and 八五折 (two digits in a row are read one by one, which cn2an does do).
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import ahocorasick
import cn2an
import rjieba

from assistant.flow.guard.granting import granted
from assistant.flow.guard.makeup import Vocabulary, contents, listed_contents, suits, vocabulary
from assistant.flow.guard.telling import asked, denied
from assistant.shop import Coupon, Product
from assistant.turn import ClaimKind
from knowledge.folding import Place, fold_widths
from knowledge.noun import Labelled
from knowledge.packaged import packaged


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


class PrivateKind(Labelled):
    """Kinds of personal data that have no business in a draft."""

    PHONE = "phone", "手机号"
    IDENTITY = "identity", "身份证号"
    EXTERNAL_ID = "external-id", "客户编号"
    ORDER = "order", "订单号"
    CARD = "card", "卡号"
    BIRTHDAY = "birthday", "完整生日"


@dataclass(frozen=True)
class Private:
    """A piece of personal data, by position in the text as given."""

    kind: PrivateKind
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Name:
    """A known name: what it means, and whether it is a coupon's."""

    kind: ClaimKind
    value: str


class _Spoken(NamedTuple):
    """What a product is called, and the words its record uses. Strings: they are hashed on every turn.

    ``series`` is its line (舒屿), by which a made-up sister of it is recognised.
    """

    sku: str
    name: str
    aliases: tuple[str, ...]
    category: str
    house: str
    told: tuple[str, ...]
    made_of: tuple[str, ...]
    suited: tuple[str, ...]
    series: str


@dataclass(frozen=True, eq=False)
class KnownNames:
    """Every product name, alias and coupon name of a shop in one automaton. Compared by identity: built once per shop."""

    brand: str
    series: tuple[str, ...]
    words: Vocabulary
    _automaton: ahocorasick.Automaton = field(repr=False)

    @classmethod
    def of(cls, products: Iterable[Product], coupons: Iterable[Coupon] = (), brand: str = "") -> "KnownNames":
        """Make the automaton; the same names give the same object back, so that it may be called per turn."""
        spoken = tuple(
            _Spoken(
                product.sku,
                product.name,
                product.aliases,
                product.category,
                product.brand or brand,
                (product.spec, *product.selling_points, *product.cautions, product.usage),
                (*product.ingredients, *product.free_of),
                (*product.suitable_for, *product.not_for),
                product.attributes.get("系列", ""),
            )
            for product in products
        )
        return _known_names(spoken, tuple((coupon.name, coupon.coupon_id) for coupon in coupons), brand)

    def find(self, folded: str) -> Iterator[tuple[int, int, _Name]]:
        """Yield the longest names from left to right as (start, end, name)."""
        if not len(self._automaton):
            return
        for last, (length, name) in self._automaton.iter_long(folded):
            if name is not None:
                yield last - length + 1, last + 1, name


@lru_cache(maxsize=64)
def _known_names(spoken: tuple[_Spoken, ...], redeemed: tuple[tuple[str, str], ...], brand: str) -> KnownNames:
    values: dict[tuple[str, ClaimKind], set[str]] = {}
    for one in spoken:
        for spelling in _spellings(one):
            values.setdefault((spelling, ClaimKind.PRODUCT), set()).add(one.sku)
    for name, coupon_id in redeemed:
        values.setdefault((_key(name), ClaimKind.COUPON), set()).add(coupon_id)
    automaton = ahocorasick.Automaton()
    for (spelling, kind), ids in values.items():
        if len(spelling) >= 2:
            automaton.add_word(spelling, (len(spelling), _Name(kind, "|".join(sorted(ids)))))
    names = {spelling for spelling, _ in values}
    for word in {_key(word) for one in spoken for word in (*one.made_of, *one.told) if word}:
        # an ingredient, a size or a caution that holds a nickname is not that product
        if word not in names and any(name in word for name in names):
            automaton.add_word(word, (len(word), None))
    automaton.make_automaton()
    made_of = tuple(sorted({_key(word) for one in spoken for word in one.made_of}))
    suited = tuple(sorted({_key(word) for one in spoken for word in one.suited}))
    series = tuple(sorted({_key(one.series) for one in spoken if len(one.series) > 1}))
    return KnownNames(brand, series, vocabulary(made_of, suited), automaton)


_TRAILING_SPEC = re.compile(r"[\s(（·\-]*\d+(?:\.\d+)?\s*(?:ml|g|kg|l|片|支|盒|瓶|克|毫升)(?:装)?[)）]?$")


def _key(name: str) -> str:
    return fold_widths(name).text.strip()


def _spellings(spoken: _Spoken) -> set[str]:
    """Return how people write a product: name, aliases, code, and the name without spaces, brand or size.

    An alias that is only an effect, a category or a kind of product (防晒, 面霜) names nothing.
    """
    found: set[str] = set()
    for written in (spoken.name, spoken.sku, *spoken.aliases):
        key = _key(written)
        bare = _TRAILING_SPEC.sub("", key)
        unbranded = bare.removeprefix(_key(spoken.house)).strip() if spoken.house else bare
        found |= {key, key.replace(" ", "")}
        found |= {short for short in (bare, bare.replace(" ", ""), unbranded) if len(short) >= 4}
    return found - _words().generic - {_key(spoken.category)}


@dataclass(frozen=True)
class _Words:
    efficacy: tuple[tuple[str, ...], ...]
    effect_of: dict[str, str]
    effects: re.Pattern[str]
    not_effects: re.Pattern[str]
    promises: tuple[tuple[str, re.Pattern[str]], ...]
    coupons: re.Pattern[str]
    product_endings: tuple[str, ...]
    generic: frozenset[str]
    product_ends: re.Pattern[str]
    describing: re.Pattern[str]
    relieved: re.Pattern[str]
    rid_of: re.Pattern[str]
    trouble_of: dict[str, str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    raw = packaged("assistant.flow.guard", "claim_words.yaml")
    efficacy = tuple(tuple(words) for words in raw["efficacy"])
    effect_of = {word: words[0] for words in efficacy for word in words}
    facts = packaged("assistant.flow.guard", "fact_words.yaml")
    trouble_of = {word: family for family, words in facts["troubles"].items() for word in words}
    return _Words(
        efficacy=efficacy,
        effect_of=effect_of,
        effects=_any_of(effect_of),
        not_effects=_any_of(raw["not_efficacy"]),
        promises=tuple((item["name"], re.compile("|".join(item["patterns"]))) for item in raw["promises"]),
        coupons=re.compile(
            f"({_any_of(raw['coupon_occasions']).pattern})[\\w]{{0,5}}?({_any_of(raw['coupon_endings']).pattern})"
        ),
        product_endings=tuple(raw["product_endings"]),
        generic=frozenset(effect_of) | frozenset(raw["product_endings"]),
        product_ends=_any_of((*raw["product_endings"], *facts["product_ends"])),
        describing=_any_of(
            (
                *effect_of,
                *trouble_of,
                *facts["describing"],
                *raw["product_endings"],
                *(word for words in (*facts["ingredients"], *facts["suited"]) for word in words),
            )
        ),
        relieved=re.compile(
            f"(?P<trouble>{_any_of(trouble_of).pattern})[^，。；！？!?\\n]{{0,9}}?(?P<change>{'|'.join(facts['relief'])})"
        ),
        rid_of=re.compile(
            f"(?P<change>再也没有|不再有|不用再(?:担心|怕)|告别|摆脱|赶走|消灭|扫除|(?:压|管|止|缩|抚|填|治|赶|控制|解决|改善|缓解|击退|搞定)(?:得?住|好|走|掉|平|小)?)[^，。；！？!?\\n]{{0,4}}(?P<trouble>{_any_of(trouble_of).pattern})"
        ),
        trouble_of=trouble_of,
    )


_WORD_FILES = ("claim_words.yaml", "fact_words.yaml", "grant_words.yaml")


def word_bytes() -> bytes:
    """Return the word files as packaged, for the guard's version."""
    room = files("assistant.flow.guard")
    return b"".join(room.joinpath(name).read_bytes() for name in _WORD_FILES)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))


def effect_families() -> dict[str, str]:
    """Return every effect word with the name of its effect (补水 → 保湿)."""
    return dict(_words().effect_of)


# ---- numbers -----------------------------------------------------------------------------------

_ARABIC = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_CHINESE = "[零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟廿卅]+(?:点[零一二三四五六七八九]+[万千]?)?"
_NUMBER = rf"(?:{_ARABIC}(?:[万千](?:\d(?!\d))?|百)?|{_CHINESE})"
_UNIT_FACTOR = {"万": Decimal(10000), "千": Decimal(1000), "百": Decimal(100)}


@lru_cache(maxsize=4096)
def read_number(text: str) -> Decimal | None:
    """Read 1,299.00, 1.2万, 2千3, 两百六十八, 百二, 三点五万, 半; None where it is no number."""
    arabic = re.fullmatch(rf"({_ARABIC})([万千百])?(\d)?", text)
    if arabic:
        figure = Decimal(arabic[1].replace(",", ""))
        factor = _UNIT_FACTOR.get(arabic[2] or "", Decimal(1))
        tail = Decimal(arabic[3]) * factor / 10 if arabic[3] else Decimal(0)
        return figure * factor + tail
    if text == "半":
        return Decimal("0.5")
    if text[-1:] in _UNIT_FACTOR and "点" in text:
        whole = read_number(text[:-1])
        return None if whole is None else whole * _UNIT_FACTOR[text[-1]]
    if text[:1] in ("百", "千", "万") and len(text) > 1:
        text = "一" + text
    try:
        return Decimal(str(cn2an.cn2an(text.replace("〇", "零"), "smart")))
    except ValueError:
        return None


def _plain(number: Decimal) -> str:
    """Write a number without exponent or trailing zeros."""
    return format(number.normalize(), "f") if number else "0"


def _fen(number: Decimal) -> str:
    return _plain(number * 100)


# ---- the scan ----------------------------------------------------------------------------------


class _Scan:
    """One text being read: what has been found, and which characters are already spoken for."""

    def __init__(self, text: str, names: KnownNames) -> None:
        self.original = text
        self.folded = fold_widths(text)
        self.text = self.folded.text
        self.names = names
        self.taken = bytearray(len(self.text))
        # 《无理由退货说明》 promises nothing
        self.titles = tuple(match.span() for match in _TITLE.finditer(self.text))
        self.found: list[Found] = []

    def free(self, start: int, end: int) -> bool:
        return not any(self.taken[start:end])

    def take(self, start: int, end: int) -> None:
        self.taken[start:end] = b"\x01" * (end - start)

    def add(
        self,
        kind: ClaimKind,
        value: str,
        start: int,
        end: int,
        *,
        role: Role = Role.PLAIN,
        known: bool = True,
        over: bool = False,
    ) -> None:
        """Record a finding on free ground; ``over`` lets it lie over figures (买一送一)."""
        if start >= end or not (over or self.free(start, end)):
            return
        if any(first < end and start < last for first, last in self.titles):
            return
        place = self.folded.place(start, end)
        self.take(start, end)
        words = self.original[place.start : place.end]
        self.found.append(Found(kind, words, value, place.start, place.end, role=role, known=known))

    def in_a_name(self, start: int, end: int) -> bool:
        """Say whether a place lies inside the name of a product or a coupon (店长特批券)."""
        place = self.folded.place(start, end)
        names = (one for one in self.found if one.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON))
        return any(one.start <= place.start and place.end <= one.end for one in names)

    def before(self, position: int, width: int = 8) -> str:
        """Return the words before a position, inside its clause."""
        return _CLAUSE_END.split(self.text[max(0, position - width) : position])[-1]

    def after(self, position: int, width: int = 8) -> str:
        """Return the words after a position, inside its clause."""
        return _CLAUSE_END.split(self.text[position : position + width])[0]


_CLAUSE_END = re.compile(r"[，。；！？!?;\n]")
_TITLE = re.compile(r"《[^》\n]{2,40}》")


def find_claims(text: str, names: KnownNames, *, of_a_record: bool = False) -> tuple[Found, ...]:
    """Return every assertion in ``text`` in reading order. Personal data are left to ``find_private``.

    A record backs what is granted word for word, so in one there is no need to find that.
    """
    scan = _Scan(text, names)
    for private in _private_ranges(scan.text):
        scan.take(private.start, private.end)
    for look in (
        _names, _quoted, _fancied, _stores, _sisters, _shades, _dates, _clock, _percents, _money, _durations,
        _quantities, _cued_money, _strangers, _gifts, _promises, _makeup, _stock, _effects, _plain_effects, _grants, _bare,
    ):  # fmt: skip
        if not (of_a_record and look is _grants):
            look(scan)
    found = sorted(scan.found, key=lambda one: (one.start, one.end))
    return tuple(_with_hint(one, found) for one in found)


def find_effects(text: str, names: KnownNames) -> tuple[Found, ...]:
    """Return only the effects a text asserts; words inside a known name, in a question, a wish or a denial assert none."""
    scan = _Scan(text, names)
    _names(scan)
    _effects(scan)
    return tuple(one for one in scan.found if one.kind is ClaimKind.EFFICACY)


def _with_hint(one: Found, found: list[Found]) -> Found:
    named = [other for other in found if other.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON) and other is not one]
    if one.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON) or not named:
        return one
    earlier = [other for other in named if other.start <= one.start]
    nearest = earlier[-1] if earlier else named[0]
    return Found(one.kind, one.text, one.value, one.start, one.end, nearest.value, one.role, one.known)


# ---- names -------------------------------------------------------------------------------------

_QUOTED = re.compile(r"「([^」\n]{2,24})」")
# Inside 「」 people also put feelings and quotations; a name of ours holds none of these.
_NOT_A_NAME = re.compile(r"[，。！？!?、；;]|[吗呢吧呀啊哦]$|^(?:采用|不采用|换|短一点)")
_COUPON_LIKE = re.compile(r"(?:券|红包|礼金|卡|礼)$|满.*减|折$")


_CODE = re.compile(
    r"(?<![0-9a-z])(?!spf|pa\d|ph\d|b\d|vc|q10|covid|gb)[a-z]{2,5}-?(?:[a-z]{2,3}-?)?\d{3,6}(?![0-9a-z年月日])"
)
"""YY-SP-088, YH099: an article or coupon number; one that no record has is made up."""
_CODE_CHAR = re.compile("[0-9a-z]")


def _names(scan: _Scan) -> None:
    for start, end, name in scan.names.find(scan.text):
        # A code inside a longer code (YY-FC-001 in YY-FC-0012) is another code.
        if _CODE_CHAR.match(scan.text[start]) and start and _CODE_CHAR.match(scan.text[start - 1]):
            continue
        if _CODE_CHAR.match(scan.text[end - 1]) and end < len(scan.text) and scan.text[end].isdigit():
            continue
        # PA+++ is another grade than the PA++ of the name
        if scan.text[end - 1] == "+" and scan.text[end : end + 1] == "+":
            continue
        scan.add(name.kind, name.value, start, end)
    for match in _house_style(scan.names.brand, scan.names.series).finditer(scan.text):
        scan.add(ClaimKind.PRODUCT, match.group(), *match.span(), known=False)
    for match in _words().coupons.finditer(scan.text):
        scan.add(ClaimKind.COUPON, match.group(), *match.span(), known=False)
    for match in _CODE.finditer(scan.text):
        scan.add(ClaimKind.PRODUCT, match.group(), *match.span(), known=False)


_NO_SISTER = re.compile(
    "店|会员|品牌|官方|旗舰|门店|集团|公司|家|的|小程序|公众号|商城|产品|系列|客服|积分|活动|优惠|这|那|哪|各|全|所有|任何|每|本|新品|护肤|彩妆|年|月|周|库存|生日|老|姐|总部"
)


def _sisters(scan: _Scan) -> None:
    """云屿羽绒服: nouns behind the name of the house or of a line, which no product of ours has for a name."""
    firsts = [first for first in (_key(scan.names.brand), *scan.names.series) if first]
    for first in firsts:
        for match in re.finditer(re.escape(first), scan.text):
            rest = _HAN_RUN.match(scan.text, match.end())
            if rest is None or not scan.free(match.start(), match.end()):
                continue
            nouns = _nouns_ahead(rest.group())
            if len(nouns) >= 2 and not _NO_SISTER.search(nouns):
                scan.add(ClaimKind.PRODUCT, first + nouns, match.start(), match.end() + len(nouns), known=False)


_HAN_RUN = re.compile("[\u4e00-\u9fffa-z0-9]{2,14}")


def _nouns_ahead(text: str) -> str:
    nouns: list[str] = []
    for word, tag in rjieba.tag(text):
        if _NO_NOUN.match(word) or tag in ("vshi", "vyou") or (tag[:1] not in "nabjsvgxil" and tag != "eng"):
            break
        nouns.append(word)
    return "".join(nouns)


_NO_NOUN = re.compile("[是有在也都就能可会要让给跟和与或到把做用买看选说来去卖适合含写比更很没不多最]")


def _strangers(scan: _Scan) -> None:
    """雪松头皮精华露: a name that no product has, known by its end and by nouns before it that describe nothing."""
    for match in _words().product_ends.finditer(scan.text):
        first = _nouns_before(scan, match.start())
        start = match.start() - len(first)
        if len(_words().describing.sub("", first)) >= 2 and scan.free(start, match.end()):
            scan.add(ClaimKind.PRODUCT, scan.text[start : match.end()], start, match.end(), known=False)
    for match in _NICKNAME.finditer(scan.text):
        if not _NO_NICKNAME.match(match.group()):
            scan.add(ClaimKind.PRODUCT, match.group(), *match.span(), known=False)


LONGEST_FIRST = 10


def _nouns_before(scan: _Scan, position: int) -> str:
    """Return the nouns that stand right before a place and belong to the word there."""
    nouns: list[str] = []
    for word, tag in reversed(rjieba.tag(scan.before(position, LONGEST_FIRST))):
        if tag[:1] not in "nabj" and tag not in ("vn", "eng") or _POINTS.search(word):
            break
        nouns.insert(0, word)
    return "".join(nouns)


_NICKNAME = re.compile("(?<![一二两三几])[小大][\u4e00-\u9fff](?:瓶|罐|管|棒|伞|膜|砖|珠|灯)(?![装子口身盖头])")
"""小紫瓶: what shops call a product in short; a nickname that none of ours has is none of ours."""
_NO_NICKNAME = re.compile("[小大](?:样|正|规|容|号|包|一|空|开|旅|整|药|水|奶|酒|花|玻|塑|面|眼|手|脚|补)")
_POINTS = re.compile(
    "[这那哪您我你她他店家款支瓶罐盒套用看买选推换想要拿有和跟与或到把给做是在里面别其前后早晚一二两三几每同]"
)
"""您说的面霜, 一支护手霜, 早晚霜: such words point to a product or count it."""


@lru_cache(maxsize=64)
def _house_style(brand: str, series: tuple[str, ...]) -> re.Pattern[str]:
    """What a product of this house would be called: its brand or one of its lines, and the name of a kind of product."""
    firsts = [re.escape(first) for first in (_key(brand), *series) if first]
    endings = _any_of(_words().product_endings).pattern
    # 舒屿婴儿霜, 凝时胶原蛋白饮: any thing that a shop sells
    things = "霜|液|乳|露|膏|饮|胶囊|次抛|精油|香皂|面巾|棉片|贴片|软糖|口服液|粉饼|仪"
    never = "(?!)"
    return re.compile(
        rf"(?:{'|'.join(firsts)})[^\s，。、；：！？!?,.;:的是有在和里家这款「」]{{0,12}}?(?:{endings}|{things})"
        if firsts
        else never
    )


_MALL_STORE = re.compile(r"[\u4e00-\u9fff]{2,8}(?:广场|天地|城|汇|里|中心|百货|商场|路)店(?![里员长内铺家])")
_ADDRESS = re.compile(r"[\u4e00-\u9fff]{2,12}(?:路|街|巷|里|大道|弄)\d+号[\u4e00-\u9fffa-z\d]{0,24}")
_NO_STORE = re.compile("我们|咱们|本店|哪个|其他|别的|这家|那家|门店")


def _stores(scan: _Scan) -> None:
    brand = _key(scan.names.brand)
    patterns = [_MALL_STORE]
    if brand:
        patterns.insert(0, re.compile(rf"{re.escape(brand)}[\u4e00-\u9fff]{{2,12}}?店(?![里员长内铺家])"))
    for pattern in patterns:
        for match in pattern.finditer(scan.text):
            if not _NO_STORE.search(match.group()):
                scan.add(ClaimKind.STORE, match.group(), *match.span(), known=False)
    for match in _ADDRESS.finditer(scan.text):
        scan.add(ClaimKind.STORE, match.group(), *match.span(), known=False, role=Role.ADDRESS)


_COUPON_END = re.compile("券(?!后|的?金额|规|包邮|码)|红包|礼金|抵用金|补偿金|运费险")
_ANY_COUPON = re.compile(
    "优惠|满减|折扣|代金|可用|同类|电子|纸质|会员|生日|新客|老客|能用|有效|这种|那种|这张|那张|几张|两张|三张|一张|张|用|领|发|的|有|没|券|卡|礼|红包|"
    "商品|全场|门店|线上|包邮|兑换|体验|专享|专属|店里|本店|其他|别的|多|新|好|大|小"
)
_FANCIED_COUPON = re.compile(
    r"(?:再|另外|额外|多|还能|还可以|另)(?:给您|送您|加|领|叠加|叠|补|得)?[^，。；「」！？!?]{0,4}[一两几二三]张[^，。；「」！？!?可]{0,8}券|(?:返现|返钱|立减金|津贴|补贴)(?!政策)|"
    r"(?:内部|员工|专属|隐藏|特批|店长|大额|亲友|家属|vip|福利|惊喜)[\u4e00-\u9fff]{0,4}券(?!后|的金额|价)"
)


def _fancied(scan: _Scan) -> None:
    """内部员工券: a coupon called by whom it is for, and by no name of the shop's."""
    for match in _COUPON_END.finditer(scan.text):
        first = _nouns_before(scan, match.start())
        start = match.start() - len(first)
        if len(_ANY_COUPON.sub("", first)) >= 2 and scan.free(start, match.end()) and not _denied(scan, start):
            scan.add(ClaimKind.COUPON, scan.text[start : match.end()], start, match.end(), known=False)
    for match in _FANCIED_COUPON.finditer(scan.text):
        if not _denied(scan, match.start()):
            scan.add(ClaimKind.COUPON, match.group(), *match.span(), known=False)


def _quoted(scan: _Scan) -> None:
    for match in _QUOTED.finditer(scan.text):
        inside = match.group(1)
        if _NOT_A_NAME.search(inside) or not scan.free(*match.span(1)):
            continue
        kind = ClaimKind.COUPON if _COUPON_LIKE.search(inside) else ClaimKind.PRODUCT
        scan.add(kind, inside, *match.span(1), known=False)


# ---- dates and times ---------------------------------------------------------------------------

_YEAR = r"(?:(?P<year>20\d\d)\s*[年/.\-])\s*"
_MONTH = rf"(?P<month>1[0-2]|0?[1-9]|{_CHINESE})\s*"
_DAY = rf"(?P<day>3[01]|[12]\d|0?[1-9]|{_CHINESE})\s*"
_WRITTEN_DATE = re.compile(rf"(?:{_YEAR})?{_MONTH}月份?(?:\s*{_DAY}[日号]|(?!\s*\d))")
_FIGURE_DATE = re.compile(r"(?P<year>20\d\d)[/.\-](?P<month>1[0-2]|0?[1-9])[/.\-](?P<day>3[01]|[12]\d|0?[1-9])(?!\d)")
_SHORT_DATE = re.compile(
    r"(?<![\d.¥$])(?P<month>1[0-2]|0?[1-9])[./](?P<day>3[01]|[12]\d|0?[1-9])(?![\d.]|\s*(?:元|块|折|分|倍|%|ml|g|万|千|片|支))"
)
_DATE_CUE_BEFORE = re.compile(r"(?:到|至|截止|截至|活动|期间|有效期|日期|时间|从|[~\-—])[是为:：]?\s*$")
_DATE_CUE_AFTER = re.compile(r"^\s*(?:到|至|截止|前|起|开始|结束|活动|期间|[~\-—]\s*\d|[(（]?周)")
_LONE_DAY = re.compile(
    rf"(?<![\d.月第一二三四五六七八九十])(?P<day>3[01]|[12]\d|0?[1-9]|{_CHINESE})[日号](?=前|之前|截止|结束|到期|起|开始|当天|晚上|上午|下午|$|[，。,])"
)
_SIZES = re.compile(r"(?<![\d月])(?<!月 )\d{1,2}\s*[-–~—]\s*$")
_TERM = re.compile(r"前|之前|截止|结束|到期|起|开始|当天|晚上|上午|下午")
_YEAR_ONLY = re.compile(r"(?<!\d)(20\d\d)年(?!\s*\d{1,2}\s*月)")
_DATE_WORD = re.compile(
    "本月底|这个月底|月底|下月初|下个月初|年底|今年底|双十二|双12|双十一|双11|六一八|618|元旦|春节前|国庆|中秋|端午|七夕|"
    "(?:本|这|下)?(?:周|星期|礼拜)[一二三四五六日天末]|明天|后天|今天|今晚|今日|明日|刚刚|刚才"
)
_NEAR_DEADLINE = re.compile(
    "库存|盘点|的记录|查(?:的|到|过的)|显示|截止|结束|到期|过期|失效|之前|为止|最后|有效|期限|送达|到货|到店领|发货|会员日|恢复|涨|(?<![目之以])前(?!面|台|后|几|天)|开始|起$|起[，。]|止"
)
_CLOCK = re.compile(
    rf"(?:(?P<part>早上|上午|中午|下午|晚上|今晚|凌晨)\s*(?P<said>{_ARABIC}|{_CHINESE})[点时](?P<half>半)?|(?<![\d.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)|(?<![\d.几第])(?P<open>1\d|2[0-4]|十[一二]?)点(?=开门|关门|营业|打烊|闭店|开店|前|截止|结束))"
)


def _dates(scan: _Scan) -> None:
    for pattern in (_FIGURE_DATE, _WRITTEN_DATE):
        for match in pattern.finditer(scan.text):
            value = _date_value(match)
            if value:
                scan.add(ClaimKind.DATE, value, *match.span())
    for match in _SHORT_DATE.finditer(scan.text):
        cued = _DATE_CUE_BEFORE.search(scan.before(match.start())) or _DATE_CUE_AFTER.match(scan.after(match.end()))
        if cued:
            scan.add(ClaimKind.DATE, _date_value(match), *match.span())
    for match in _LONE_DAY.finditer(scan.text):
        day = read_number(match["day"])
        # 12-15号 without a month or a term are sizes of rings, not days
        of_sizes = _SIZES.search(scan.before(match.start())) and not _TERM.match(scan.after(match.end()))
        if day is not None and 1 <= day <= 31 and not of_sizes:
            scan.add(ClaimKind.DATE, f"---{int(day):02d}", *match.span())
    for match in _YEAR_ONLY.finditer(scan.text):
        scan.add(ClaimKind.DATE, match[1], *match.span())
    for match in _DATE_WORD.finditer(scan.text):
        if _is_date_claim(match.group(), scan.before(match.start(), 6) + "|" + scan.after(match.end(), 8)):
            scan.add(ClaimKind.DATE, match.group(), *match.span())


def _is_date_claim(word: str, around: str) -> bool:
    """Say whether a date word sets a term. 今天过来 does not; 今天截止 does; 月底 and feast days always do."""
    everyday = re.match("(?:本|这|下)?(?:周|星期|礼拜)|[今明后]|刚", word)
    return not everyday or bool(_NEAR_DEADLINE.search(around))


def _date_value(match: re.Match[str]) -> str:
    groups = match.groupdict()
    month = read_number(groups["month"])
    day = read_number(groups["day"]) if groups.get("day") else None
    if month is None or not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return ""
    year = groups.get("year") or "-"
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day is not None else "")


def _clock(scan: _Scan) -> None:
    for match in _CLOCK.finditer(scan.text):
        said = match["hour"] or match["said"] or match["open"]
        hour = read_number(said)
        if hour is None or hour > 24:
            continue
        hours = int(hour)
        if match["part"] in ("下午", "晚上", "今晚") and hours < 12:
            hours += 12
        minutes = match["minute"] or ("30" if match["half"] else "00")
        scan.add(ClaimKind.DATE, f"T{hours:02d}:{minutes}", *match.span())


def same_date(said: str, written: str, today: date) -> bool:
    """Say whether the date in a draft is the one written in a record; what the draft leaves open is not compared.

    Date words are resolved against ``today`` (Asia/Shanghai), so that 月底 agrees with a record saying 11月30日.
    """
    if said == written:
        return True
    left, right = _resolved(said, today), _resolved(written, today)
    if left is None or right is None:
        return False
    # A bare month or year must not be taken as proof of a full day, but a record without a year may prove one.
    if any(said is not None and written is None for said, written in zip(left[1:], right[1:], strict=True)):
        return False
    if left[0] is not None and right[0] is None and not _is_near(left, today):
        # a record without a year speaks of the days around
        return False
    shared = [said == written for said, written in zip(left, right, strict=True) if None not in (said, written)]
    return bool(shared) and all(shared)


_NEAR_DAYS = 220


def _is_near(said: tuple[int | None, int | None, int | None], today: date) -> bool:
    year, month, day = said
    if year is None or month is None:
        return True
    return abs((date(year, month, min(day or 1, monthrange(year, month)[1])) - today).days) <= _NEAR_DAYS


def _resolved(value: str, today: date) -> tuple[int | None, int | None, int | None] | None:
    match = re.fullmatch(r"(\d{4}|-)-(\d\d)(?:-(\d\d))?", value)
    if match:
        year = None if match[1] == "-" else int(match[1])
        return year, int(match[2]), int(match[3]) if match[3] else None
    if value.startswith("---"):
        return None, None, int(value[3:])
    if re.fullmatch(r"\d{4}", value):
        return int(value), None, None
    named = _named_day(value, today)
    return None if named is None else (named.year, named.month, named.day)


def _named_day(word: str, today: date) -> date | None:
    month_end = today.replace(day=monthrange(today.year, today.month)[1])
    fixed = {
        "双十二": (12, 12),
        "双12": (12, 12),
        "双十一": (11, 11),
        "双11": (11, 11),
        "元旦": (1, 1),
        "国庆": (10, 1),
    }
    fixed |= {"618": (6, 18), "六一八": (6, 18), "年底": (12, 31), "今年底": (12, 31)}
    if word in ("本月底", "这个月底", "月底"):
        return month_end
    if word in fixed:
        month, day = fixed[word]
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    ahead = {"刚刚": 0, "刚才": 0, "今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "后天": 2}
    if word in ahead:
        return today + timedelta(days=ahead[word])
    weekday = re.fullmatch("(本|这|下)?(?:周|星期|礼拜)([一二三四五六日天])", word)
    if weekday is None:
        return None
    wanted = "一二三四五六日".index(weekday[2].replace("天", "日"))
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(days=wanted + (7 if weekday[1] == "下" else 0))


# ---- discounts and percentages -----------------------------------------------------------------

_ZHE = re.compile(
    rf"(?P<number>{_ARABIC}|[一二三四五六七八九](?:点[一二三四五六七八九]|[一二三四五六七八九])?)\s*折(?![叠痕扣射返中旧断磨])"
)
_PERCENT = re.compile(rf"(?P<number>{_ARABIC})\s*(?:%|个百分点)|百分之(?P<said>{_CHINESE})|百分百")
_HALF_PRICE = re.compile("半价|对折|五折")
_OFF_BEFORE = re.compile("(?:立减|直减|减|优惠|便宜|省|降|返)[了您掉:：]*$")
_TENTHS = re.compile(
    "(?:便宜|优惠|降|省|减|少付|少花|抵|让利?|返)[了您掉]?(?P<number>[一二三四五六七八九])成(?!分|本|员)"
)


def _percents(scan: _Scan) -> None:
    for match in _ZHE.finditer(scan.text):
        number = read_number(match["number"])
        if number is not None:
            scan.add(ClaimKind.PERCENT, f"{_plain(number * 10 if number < 10 else number)}折", *match.span())
    for match in _HALF_PRICE.finditer(scan.text):
        scan.add(ClaimKind.PERCENT, "50折", *match.span())
    for match in _PERCENT.finditer(scan.text):
        number = Decimal(100) if match.group() == "百分百" else read_number(match["number"] or match["said"])
        if number is None:
            continue
        off = _OFF_BEFORE.search(scan.before(match.start())) or scan.after(match.end()).lstrip().startswith("off")
        scan.add(ClaimKind.PERCENT, f"{_plain(100 - number)}折" if off else f"{_plain(number)}%", *match.span())
    for match in _TENTHS.finditer(scan.text):
        tenths = read_number(match["number"])
        if tenths is not None:
            scan.add(ClaimKind.PERCENT, f"{_plain(100 - tenths * 10)}折", *match.span("number"))


# ---- money -------------------------------------------------------------------------------------

_SIGNED = re.compile(rf"[¥$]\s?(?P<number>{_ARABIC})(?P<unit>[万千kw])?\s*元?")
_YUAN = re.compile(
    rf"(?P<number>{_NUMBER})(?P<about>多|几|来|出头)?(?P<unit>[万千])?\s?(?P<word>元|块钱|块|圆|rmb|人民币)(?![素宝旦气宵首老件年夜复])"
    # 599元一双: the 一 counts pairs, no 角
    r"(?:(?P<tail>[\d二三四五六七八九半]|一(?![双对个份件条把罐包套只枚袋本串箱桶副顶根台颗粒杯碗斤克米次位人年月天片支盒瓶张块罩床]))(?![\d.元块张片支盒瓶])(?:毛|角)?)?钱?"
)
_RANGE_HEAD = re.compile(rf"(?P<number>{_NUMBER})\s?[-~～至到—]+\s?$")
_ABOUT = re.compile(
    "(?:不到|大概|差不多|也就)(?P<less>[一二两三四五六七八九]百(?:[一二三四五六七八九]十?)?)(?![多来]?[元块次种个人件天])"
    "|(?P<more>[一二两三四五六七八九]百(?:[一二三四五六七八九]十?)?)(?:不到|出头|上下|左右)"
)
"""两百不到: a price told without its unit, and never exact."""
_MAO = re.compile(rf"(?P<number>{_NUMBER})(?:毛|角|分)钱")
_COIN = re.compile("^(?:硬币|大小)|^钱?硬币")
_A_PIECE = re.compile("^[一两1-2]块$")
_MONEY_CUE = re.compile(
    rf"(?P<cue>满|每满|立减|直减|再减|减|立省|省下?|到手价?|只要|只需|仅需|券后价?|折后价?|原价|现价|售价|抵|低至|便宜|还差|才|卖|价格[是为]?|付|预算|活动价|会员价|面额|价值)[:：]?\s?"
    rf"(?P<number>{_ARABIC}(?:[万千]|(?=\D|$))|[两三四五六七八九一二]?[百千][零一二三四五六七八九十百]*|[二三四五六七八九]十[一二三四五六七八九]?)"
    r"(?![\d.元块%折个件支盒瓶张片天月日号年小分秒种款次步ml克gk倍度积多周点人])"
)
_REDUCED = re.compile(rf"(?P<first>{_ARABIC})\s?(?:元|块)?(?:-|立?减)(?P<second>{_ARABIC})(?![\d.%折ml天月])")


def _money(scan: _Scan) -> None:
    for match in _REDUCED.finditer(scan.text):
        if match.group().count("-") and not re.search(
            "满|每|券", scan.before(match.start(), 6) + scan.after(match.end(), 4)
        ):
            continue
        _money_at(scan, match["first"], *match.span("first"), role=Role.THRESHOLD)
        _money_at(scan, match["second"], *match.span("second"), role=Role.SAVING)
    for match in _SIGNED.finditer(scan.text):
        number = read_number(match["number"])
        if number is not None:
            number *= {"万": 10000, "w": 10000, "千": 1000, "k": 1000}.get(match["unit"] or "", 1)
            scan.add(ClaimKind.MONEY, _fen(number), *match.span(), role=_money_role(scan, *match.span()))
    for match in _YUAN.finditer(scan.text):
        if _is_money(match, scan.after(match.end())):
            _add_yuan(scan, match)
    for match in _ABOUT.finditer(scan.text):
        number = read_number(match["less"] or match["more"])
        if number is not None:
            scan.add(ClaimKind.MONEY, f"~{_fen(number)}", *match.span())
    for match in _MAO.finditer(scan.text):
        number = read_number(match["number"])
        if number is not None:
            scan.add(ClaimKind.MONEY, _plain(number if "分钱" in match.group() else number * 10), *match.span())


def _money_at(scan: _Scan, words: str, start: int, end: int, *, role: Role) -> None:
    number = read_number(words)
    if number is not None:
        scan.add(ClaimKind.MONEY, _fen(number), start, end, role=role)


def _is_money(match: re.Match[str], after: str) -> bool:
    """一元硬币大小 is a size, 两块香皂 and 这一块 are pieces."""
    if _COIN.match(after):
        return False
    return not _A_PIECE.match(match.group())


def _add_yuan(scan: _Scan, match: re.Match[str]) -> None:
    number = read_number(match["number"])
    if number is None:
        # Fail closed: an unreadable figure stays a claim, backed only by the very same words.
        scan.add(ClaimKind.MONEY, match.group(), *match.span())
        return
    number *= _UNIT_FACTOR.get(match["unit"] or "", Decimal(1))
    if match["tail"]:
        tail = Decimal(5) if match["tail"] == "半" else read_number(match["tail"])
        number += (tail or Decimal(0)) / 10
    head = _RANGE_HEAD.search(scan.before(match.start(), 12))
    if head:
        start = match.start() - len(scan.before(match.start(), 12)) + head.start()
        _money_at(scan, head["number"], start, start + len(head["number"]), role=Role.PLAIN)
    about = "~" if match["about"] else ""
    scan.add(ClaimKind.MONEY, about + _fen(number), *match.span(), role=_money_role(scan, *match.span()))


def _cued_money(scan: _Scan) -> None:
    for match in _MONEY_CUE.finditer(scan.text):
        start, end = match.span("number")
        if scan.free(start, end):
            _money_at(scan, match["number"], start, end, role=_money_role(scan, start, end))


_ROLE_BEFORE: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?:{words})(?:了|您|你|是|为|约|大概|[:：(（]|元[)）])*\s*[¥$]?$"))
    for role, words in (
        (Role.THRESHOLD, "满|每满|够|达到?|超过|门槛|使用门槛|满额|凑到|凑满|消费"),
        (Role.GAP, "还差|差|再买|再凑|再加|再添"),
        (
            Role.SAVING,
            "立减|直减|再减|减|立省|省下|节省|省|便宜|优惠|抵扣|抵用|抵|减免|面额|少付|少花|返|最多减|最高减|最高优惠|封顶",
        ),
        (Role.LIST, "原价|建议零售价|零售价|吊牌价|专柜价|划线价|市场价"),
        (Role.FEE, "运费|邮费|快递费|配送费|手续费"),
        (Role.WORTH, "价值|值"),
        (Role.FINAL, "到手价?|实付|券后价?|折后价?|应付|付|」后"),
        (Role.PRICE, "售价|现价|价格|单价|只要|只需|仅需|卖|合计|一共|总共|总价|共|会员价|活动价|现在"),
    )
)
_THRESHOLD_AFTER = re.compile(
    r"^\s*(?:以上|起用|起可|可用|就能用|才能用|(?:元|块)?(?:立?减|就减|包邮|免运费))|^\s*(?:的)?门槛"
)
_SAVING_AFTER = re.compile(r"^\s*(?:的|无门槛|现金|代金|满减|抵用|优惠)*券")


def _money_role(scan: _Scan, start: int, end: int) -> Role:
    before = scan.before(start, 10)
    for role, pattern in _ROLE_BEFORE:
        if pattern.search(before):
            return role
    after = scan.after(end)
    if _SAVING_AFTER.match(after):
        return Role.SAVING
    return Role.THRESHOLD if _THRESHOLD_AFTER.match(after) else Role.PLAIN


# ---- durations ---------------------------------------------------------------------------------

_SPAN_UNIT = "个?工作日|个?自然日|个?小时|个?钟头|个?月|个?星期|个?礼拜|个?季度|周|天|日|年|分钟|秒钟|秒"
_DURATION = re.compile(
    rf"(?P<low>{_NUMBER})(?:\s?[-~～至到—]+\s?(?P<high>{_NUMBER}))?\s?(?P<unit>{_SPAN_UNIT})(?P<plus>半)?(?![份初末底号级历货用])"
)
_HALF = re.compile("半(?P<unit>年|个月|小时|个小时|天)")
_VAGUE_BEFORE = re.compile("[这那过前近头几每上下第隔另]$|早$")
_TERM_AFTER = re.compile(
    "^(?:以?内|之内|后|以后|之后|就|见|变|有效|无理由|可退|退|换|质保|保修|发|到账|之前|前|的?有效期)"
)
_EFFECT_AFTER = re.compile(
    "^(?:就|内|后|左右|能|可以|便|即可|开始)*(?:见效|有效果|起效|变|改善|淡|看[到得]|见[到证]|白|祛|去|焕|逆|年轻|瘦|明显|有变化|恢复|消失)"
)
_POLICY_NEAR = re.compile("退|换货|无理由|签收|发货|到账|退款|质保|保修|送达|寄|物流|快递|补差|保价|有效期|审核|受理")
_IDIOM = re.compile("一年四季|三天两头|一天到晚|千万年|一年一度|一日三餐|三年级|一生一世|百年")
_DAYS_IN = {"周": 7, "星期": 7, "礼拜": 7}


def _durations(scan: _Scan) -> None:
    for match in _IDIOM.finditer(scan.text):
        if scan.free(*match.span()):
            scan.take(*match.span())
    for match in _DURATION.finditer(scan.text):
        if _is_term(match, scan):
            value = _duration_value(match)
            scan.add(ClaimKind.DURATION, value, *match.span(), role=_duration_role(scan, match))
    for match in _HALF.finditer(scan.text):
        if match["unit"] == "天":
            continue
        value = {"年": "6个月", "个月": "15天"}.get(match["unit"], "30分钟")
        scan.add(ClaimKind.DURATION, value, *match.span(), role=_duration_role(scan, match))


def _is_term(match: re.Match[str], scan: _Scan) -> bool:
    """Leave out 这两天, 愉快的一天, 一天两次: words of conversation, not terms."""
    before, after = scan.before(match.start()), scan.after(match.end())
    number = read_number(match["low"])
    small = number is not None and number <= 3 and not match["high"]
    if small and _VAGUE_BEFORE.search(before) and not _EFFECT_AFTER.match(after):
        return False
    if match["unit"] == "日" and not (match["high"] or _TERM_AFTER.match(after) or "近" in before):
        return False
    if number == 1 and not match["high"] and match["low"] in ("一", "1"):
        whole_unit = match["unit"] in ("个月", "年", "小时", "个小时", "工作日", "个工作日")
        return bool(_TERM_AFTER.match(after) or _EFFECT_AFTER.match(after)) or (whole_unit and match["low"] == "1")
    return True


def _duration_value(match: re.Match[str]) -> str:
    unit = match["unit"].removeprefix("个")
    low, high = read_number(match["low"]), read_number(match["high"]) if match["high"] else None
    if low is None:
        return match.group()
    if match["plus"]:
        low += Decimal("0.5")
    factor = _DAYS_IN.get(unit, 1)
    unit = "天" if unit in _DAYS_IN or unit == "日" else {"月": "个月", "钟头": "小时", "秒钟": "秒"}.get(unit, unit)
    figures = "-".join(_plain(number * factor) for number in (low, high) if number is not None)
    return f"{figures}{unit}"


def _duration_role(scan: _Scan, match: re.Match[str]) -> Role:
    before, after = scan.before(match.start(), 12), scan.after(match.end(), 12)
    if _EFFECT_AFTER.match(after):
        return Role.EFFECT
    return Role.POLICY if _POLICY_NEAR.search(before + after) else Role.PLAIN


# ---- quantities and specifications -------------------------------------------------------------

_SHADE = re.compile(r"spf\s?\d+\s?\+*|(?<![a-z])pa\s?\++")
_SPEC_UNIT = "ml|毫升|mg|毫克|kg|千克|公斤|mm|毫米|cm|厘米|g|克|l(?![a-z])|m(?![a-z])|升(?!级)"
_PIECE_UNIT = "台|片|粒|颗|贴|支|盒|瓶|罐|管|袋|包(?!邮|装|退|您)|套|件|只(?!要|需|有|能)|枚|张|双|积分|泵|滴|倍|度|℃|次|层|遍|万人|人|个|款|位|步|种|句|步骤|名|家|项|层|分(?!钟|钱|之)"
_QUANTITY = re.compile(
    rf"(?P<sign>[x×*]\s?)?(?P<low>{_NUMBER})(?:\s?[-~～至到—]+\s?(?P<high>{_NUMBER}))?(?P<about>多|几|来)?\s?(?P<unit>{_SPEC_UNIT}|{_PIECE_UNIT})"
)
_TIMES = re.compile(r"[x×]\s?(?P<number>\d{1,3})(?![\d.]|\s?(?:ml|g|片|支|元))")
_POINTS = re.compile(
    rf"积分(?:余额|还有|一共|共|有|是|为|[:：])*\s?(?P<number>{_ARABIC})(?!\s?(?:积分|元|块|倍|天|个|次|月))"
)
_CANONICAL = {"毫升": "ml", "毫克": "mg", "千克": "kg", "公斤": "kg", "毫米": "mm", "厘米": "cm", "克": "g", "升": "l"}
# Units of conversation: 两款给您, 三位, 两步就好. Only a count that is more than a gesture asserts something.
_TALK_UNIT = frozenset("款位步种句名家项个人遍分") | {"步骤"}
_STOCK_BEFORE = re.compile("(?:库存|现货|还有|还剩|仅剩|只剩|剩|有货|店里有|留了)[只还仅有约:：是为]*$")
_STOCK_AFTER = re.compile("^(?:现货|库存|有货|在店)")
_GIVEN_BEFORE = re.compile("(?:送|赠|限购|限领|限用|最多|每人)[您你一]?(?:可用|能用|可领)?$")
_ORDINAL = re.compile("第$")
_LATIN_BEFORE = re.compile(r"[a-z][\-.]?$")


def _shades(scan: _Scan) -> None:
    for match in _SHADE.finditer(scan.text):
        scan.add(ClaimKind.QUANTITY, match.group().replace(" ", "").upper(), *match.span())


def _quantities(scan: _Scan) -> None:
    for match in _POINTS.finditer(scan.text):
        scan.add(ClaimKind.QUANTITY, f"{match['number'].replace(',', '')}积分", *match.span("number"))
    for match in _QUANTITY.finditer(scan.text):
        if _is_count(match, scan):
            scan.add(ClaimKind.QUANTITY, _quantity_value(match), *match.span(), role=_quantity_role(scan, match))
    for match in _TIMES.finditer(scan.text):
        scan.add(ClaimKind.QUANTITY, f"{match['number']}件", *match.span())
    for match in re.finditer("双倍|翻倍", scan.text):
        scan.add(ClaimKind.QUANTITY, "2倍", *match.span())


def _is_count(match: re.Match[str], scan: _Scan) -> bool:
    """Leave out 一款, 两款给您, 第一次, 一起, B5, 十分: gestures, ordinals and names."""
    before = scan.before(match.start())
    if _ORDINAL.search(before) or _LATIN_BEFORE.search(before):
        return False
    number = read_number(match["low"])
    unit = match["unit"]
    arabic = match["low"][0].isdigit()
    if number is None:
        return False
    if unit in _CANONICAL or unit in _CANONICAL.values():
        return arabic or unit not in ("l", "g")
    if unit in ("度", "分") and not arabic:
        return False
    if unit == "台":
        return number > 1
    weighty = match["high"] or _quantity_role(scan, match) is Role.STOCK or _GIVEN_BEFORE.search(before)
    if unit in _TALK_UNIT:
        return number >= 10 or (unit == "个" and bool(weighty) and number > 1)
    return number > 1 or bool(weighty and not match["high"]) or (number == 1 and bool(match["high"]))


def _quantity_value(match: re.Match[str]) -> str:
    low = read_number(match["low"])
    high = read_number(match["high"]) if match["high"] else None
    figures = "-".join(_plain(number) for number in (low, high) if number is not None)
    unit = _CANONICAL.get(match["unit"], match["unit"])
    return f"{'~' if match['about'] else ''}{figures}{unit}"


def _quantity_role(scan: _Scan, match: re.Match[str]) -> Role:
    stocked = _STOCK_BEFORE.search(scan.before(match.start())) or _STOCK_AFTER.match(scan.after(match.end()))
    return Role.STOCK if stocked and match["unit"] in "支盒瓶罐管袋包套件只枚个片" else Role.PLAIN


_BARE = re.compile(rf"(?<![\d.a-z\-_/:+#]){_ARABIC}(?![\d:]|\.\d|[a-z\-_/]|号店|号楼|号线|号口|楼|层|号柜|世纪|代|后)")


def _bare(scan: _Scan) -> None:
    """A figure of two digits or more that nothing else explained still asserts something."""
    for match in _BARE.finditer(scan.text):
        number = read_number(match.group())
        if number is not None and (number >= 10 or number % 1) and not _ORDINAL.search(scan.before(match.start())):
            scan.add(ClaimKind.QUANTITY, _plain(number), *match.span())


# ---- what is in it, whom it suits, is it there -------------------------------------------------


def _makeup(scan: _Scan) -> None:
    for one in (*contents(scan.text, scan.names.words), *listed_contents(scan.text, scan.names.words)):
        scan.add(ClaimKind.INGREDIENT, one.value, one.start, one.end)
    for one in suits(scan.text, scan.names.words):
        scan.add(ClaimKind.SUITABILITY, one.value, one.start, one.end)


IN_STOCK, SOLD_OUT = "有货", "没货"
_STOCK_STATES = re.compile(
    "(?P<out>没有?现货|没货|没有货|无货|缺货|断货|售罄|卖完|卖光|抢光|没有?库存|零库存)"
    "|(?P<there>有现货|有货|货还有|刚补了?货|到货了)"
)
_STOCK_OPEN_BEFORE = re.compile(
    "(?:如果|要是|万一|等|一|下次|什么时候|何时|有没|是否|哪家|哪里|只要|凡是?|若)[^，。；]{0,6}$"
)
_STOCK_OPEN_AFTER = re.compile(
    "^(?:的(?!库存|记录|现货)|了?(?:我|再|就|会|通知|告诉|提醒)|之?后|以后|提醒|时|与|登记|吗|么|没|不)"
)


def _stock(scan: _Scan) -> None:
    for match in _STOCK_STATES.finditer(scan.text):
        start, end = match.span()
        if (
            _STOCK_OPEN_BEFORE.search(scan.before(start))
            or _STOCK_OPEN_AFTER.match(scan.after(end))
            or _asked(scan, end)
        ):
            continue
        state = SOLD_OUT if match["out"] else IN_STOCK
        if match["there"] and denied(scan.before(start, 3)):
            state = SOLD_OUT
        scan.add(ClaimKind.STOCK, state, start, end)


# ---- gifts, promises, effects ------------------------------------------------------------------

_GIFT = re.compile(
    r"(?<![运配发输派寄护递护目断播传投放报免])(?P<verb>赠送|加赠|附赠|加送|再送|还送|另送|随单送|买就送|就送|额外送|赠品[是为:：]?|送|赠)(?!货|达|到|去|来|给|人|礼|走|回|往|修|检|洗|上门|券|积分|妈|爸|朋友|长辈|闺蜜|老|女|男|同|亲|谁|自|不|吗|的|我|他|她|品|装(?:都|也|和|、|，)|$)"
    r"(?:您|你|大家)?(?P<noun>[^，。；！？!?,;\n「」()（）\s]{2,18})"
)
_GIFT_PUT = re.compile(
    r"(?:(?:给|为|帮)您(?:另外|还|再)?(?:备|准备|包|塞|装)(?:了|好了|上)?|(?:还是|照样|照旧)给您(?![推介说发看查留写讲报算找选挑配用做按寄送带拿邮快]))(?P<noun>[^，。；！？!?,;\n「」()（）\s]{2,18})"
)
_GIFT_LAST = re.compile(
    r"(?:还有|另有|外加|再加)(?P<noun>[^，。；！？!?,;\n「」()（）\s\d]{2,12}?)(?:[一两二三四五\d]+[份支个盒瓶件片套])?(?:赠送|相送|免费送|奉送)"
)
_MEASURE = re.compile(rf"^(?:{_NUMBER}|[一1]?)?(?:份|支|个|盒|瓶|件|片|套|只|枚|袋|张|组)?(?:价值[^的]+的)?")
_SEVERAL = re.compile(r"^(?:[二两三四五六七八九十百]|[2-9]|\d\d)+(?:份|支|个|盒|瓶|件|片|套|只|枚|袋|张|组)$")
_NOUN_END = re.compile(
    rf"(?:[*x×]?(?:{_NUMBER})(?:份|支|个|盒|瓶|件|片|套|只|枚|袋|张)|哦|呢|呀|啦|喔|噢|哈|~|～|的|一[份支个盒瓶件片套])+$"
)
_MONEY_GIFT = re.compile(rf"^{_NUMBER}(?:元|块|积分|倍)|券|祝福|问候|一句|惊喜$")
_WISH_BEFORE = re.compile(
    "(?:想要|想|需要|需求|在意|关注|关心|担心|困扰|介意|问|偏|看重|注重|注意|记得|做好|加强|及时|多|(?:您|你|想|平时|自己)(?:更|比较|想)*侧重|主要看|喜欢|日常|补足)"
    "(?:的|了|的是|是|一下|一点|点|做|做好|到|下|皮肤|肌肤|一支|一款|帮您|日常|先|还是|[^，。；！？!?]{0,3}(?:和|或|、|还是))*$"
)
_NEED_AFTER = re.compile("^(?:的)?(?:需求|需要|诉求|问题|困扰|方面的需求|步骤|类目|品类|的产品有|产品有|还是)")


# What these promise depends on their further words, so the words belong to the value.
_WORDED = frozenset({"保证", "假一赔", "买赠"})


def _gifts(scan: _Scan) -> None:
    for match in (*_GIFT.finditer(scan.text), *_GIFT_PUT.finditer(scan.text), *_GIFT_LAST.finditer(scan.text)):
        noun = _NOUN_END.sub("", _MEASURE.sub("", match["noun"]))
        several = _SEVERAL.match(match["noun"])
        if len(noun) < 2 and several:
            noun = several[0]
        if len(noun) < 2 or _MONEY_GIFT.search(match["noun"]) or _denied(scan, match.start()):
            continue
        start, end = match.span()
        scan.add(ClaimKind.PROMISE, f"赠品:{noun}", start, end, over=True)


def _grants(scan: _Scan) -> None:
    for one in granted(scan.text):
        if scan.in_a_name(one.start, one.end):
            continue
        kind = _KIND_OF_GRANT.get(one.name, ClaimKind.PROMISE)
        over = kind in (ClaimKind.PROMISE, ClaimKind.COUPON)
        value = scan.text[slice(*one.clause)]
        scan.add(kind, f"{one.name}:{value}", one.start, one.end, known=kind is not ClaimKind.COUPON, over=over)


_KIND_OF_GRANT = {"加券": ClaimKind.COUPON, "功效": ClaimKind.EFFICACY, "人群": ClaimKind.SUITABILITY}


def _promises(scan: _Scan) -> None:
    for name, pattern in _words().promises:
        for match in pattern.finditer(scan.text):
            if _denied(scan, match.start()) or _asked(scan, match.end()) or scan.in_a_name(*match.span()):
                continue
            value = f"{name}:{match.group()}" if name in _WORDED else name
            scan.add(ClaimKind.PROMISE, value, *match.span(), over=True)


def _effects(scan: _Scan) -> None:
    for match in _words().not_effects.finditer(scan.text):
        scan.take(*match.span())
    for match in _words().effects.finditer(scan.text):
        start, end = match.span()
        if _denied(scan, start) or _asked(scan, end) or not scan.free(start, end):
            continue
        if _WISH_BEFORE.search(scan.before(start, 10)) or _NEED_AFTER.match(scan.after(end)):
            continue
        scan.add(ClaimKind.EFFICACY, _words().effect_of[match.group()], start, end)


def _plain_effects(scan: _Scan) -> None:
    """斑点会越来越浅, 红血丝会消下去: an effect told without its name, as the trouble that goes away."""
    for match in (*_words().relieved.finditer(scan.text), *_words().rid_of.finditer(scan.text)):
        start, end = match.span()
        if not scan.free(start, end) or _denied(scan, start) or _asked(scan, end):
            continue
        if _NOT_OURS.search(scan.before(start, 14)) or "不" in match.group():
            # 管不了皮炎, 斑不会淡
            continue
        scan.add(ClaimKind.EFFICACY, _words().trouble_of[match["trouble"]], start, end)
    for match in _CHANGED.finditer(scan.text):
        start, end = match.span()
        if scan.free(start, end) and not _asked(scan, end) and not _NOT_OURS.search(scan.before(start, 14)):
            scan.add(ClaimKind.EFFICACY, "看得见的变化", start, end)


_CHANGED = re.compile(
    "(?:脸|皮肤|肌肤|肤色|下颌线|轮廓|牙齿|头发|发量|眼睛|腰|肚子|腿)(?:会|能|就|都)*(?:变|更|越来越|慢慢|一天天)?"
    "(?:白|小|细|亮|紧|嫩|清楚|清晰|浓密|多|厚|瘦|年轻|透亮|光滑)(?:了|一(?:圈|个度|度|点|些)|[两三]个度|很多|不少|起来|下来|得多)"
)
"""脸会小一圈: a change that no record of a cosmetic promises."""


_NOT_OURS = re.compile("医生|就医|医院|如果|要是|等|先|停用|一直|过敏|万一|问问|希望|是不是|会不会")


def _denied(scan: _Scan, start: int) -> bool:
    return denied(scan.before(start, 12))


def _asked(scan: _Scan, end: int) -> bool:
    return asked(scan.text[end : end + 24])


# ---- personal data -----------------------------------------------------------------------------

_PRIVATE: tuple[tuple[PrivateKind, re.Pattern[str]], ...] = (
    (PrivateKind.IDENTITY, re.compile(r"(?<![\da-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dx](?![\da-z])")),
    (PrivateKind.PHONE, re.compile(r"(?<![\d])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)")),
    (PrivateKind.EXTERNAL_ID, re.compile(r"(?<![a-z\d])w[mo][a-z\d_\-]{14,}")),
    (PrivateKind.ORDER, re.compile(r"(?<=订单)(?:号|编号|尾号)?[是为:：\s]*([a-z]{0,4}[\-]?\d[\da-z\-]{5,})|(?<![a-z\d])[a-z]{1,3}20\d{6}[\da-z\-]{2,}")),
    (PrivateKind.CARD, re.compile(r"(?<!\d)\d{12,19}(?!\d)")),
    (PrivateKind.BIRTHDAY, re.compile(
        r"(?:生日|出生|生于)[^，。；\n]{0,6}?(?:19|20)\d\d\s*[年\-/.]\s*\d{1,2}\s*[月\-/.]\s*\d{1,2}日?"
        r"|(?:19|20)\d\d\s*[年\-/.]\s*\d{1,2}\s*[月\-/.]\s*\d{1,2}[日号]?(?:[^，。；\n]{0,4}(?:生日|出生|生人))"
    )),
)  # fmt: skip


@dataclass(frozen=True)
class _PrivateRange:
    kind: PrivateKind
    start: int
    end: int


def _private_ranges(folded: str) -> Iterator[_PrivateRange]:
    taken: list[Place] = []
    for kind, pattern in _PRIVATE:
        for match in pattern.finditer(folded):
            if all(match.end() <= place.start or match.start() >= place.end for place in taken):
                taken.append(Place(*match.span()))
                yield _PrivateRange(kind, *match.span())


def find_private(text: str) -> tuple[Private, ...]:
    """Return phone, identity, card and order numbers, external ids and full birthdays (个人信息保护法 Art. 28)."""
    folded = fold_widths(text)
    found = []
    for one in _private_ranges(folded.text):
        place = folded.place(one.start, one.end)
        found.append(Private(one.kind, text[place.start : place.end], place.start, place.end))
    return tuple(sorted(found, key=lambda private: private.start))
