"""Products and coupons by name: those of the shop, and such as it does not have."""

import re
from functools import lru_cache

import rjieba

from assistant.flow.guard.claims.known_names import name_key
from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.words import any_of, claim_words
from assistant.turn import ClaimKind

_QUOTED = re.compile(r"「([^」\n]{2,24})」")
# Inside 「」 people also put feelings and quotations; a name of ours holds none of these.
_NOT_A_NAME = re.compile(r"[，。！？!?、；;]|[吗呢吧呀啊哦]$|^(?:采用|不采用|换|短一点)")
_COUPON_LIKE = re.compile(r"(?:券|红包|礼金|卡|礼)$|满.*减|折$")


_CODE = re.compile(
    r"(?<![0-9a-z])(?!spf|pa\d|ph\d|b\d|vc|q10|covid|gb)[a-z]{2,5}-?(?:[a-z]{2,3}-?)?\d{3,6}(?![0-9a-z年月日])"
)
"""YY-SP-088, YH099: an article or coupon number; one that no record has is made up."""
_CODE_CHAR = re.compile("[0-9a-z]")


def mark_names(scan: Scan) -> None:
    """Mark every known name, and what is called by the house, by an occasion or by a number and is none of ours."""
    for start, end, name in scan.names.find(scan.text):
        # A code inside a longer code (YY-FC-001 in YY-FC-0012) is another code.
        if _CODE_CHAR.match(scan.text[start]) and start and _CODE_CHAR.match(scan.text[start - 1]):
            continue
        if _CODE_CHAR.match(scan.text[end - 1]) and end < len(scan.text) and scan.text[end].isdigit():
            continue
        # PA+++ is another grade than the PA++ of the name
        if scan.text[end - 1] == "+" and scan.text[end : end + 1] == "+":
            continue
        if name.kind is ClaimKind.PRODUCT and _is_an_ingredient(scan, start, end):
            continue
        scan.add(name.kind, name.value, start, end)
    for match in _house_style(scan.names.brand, scan.names.series).finditer(scan.text):
        scan.add(ClaimKind.PRODUCT, match.group(), *match.span(), known=False)
    for match in claim_words().coupons.finditer(scan.text):
        scan.add(ClaimKind.COUPON, match.group(), *match.span(), known=False)
    for match in _CODE.finditer(scan.text):
        scan.add(ClaimKind.PRODUCT, match.group(), *match.span(), known=False)


_MADE_OF = re.compile("(?:成分|材质|配方|组成|含有?)[^。；！？!?\n]{0,30}[、：:是含分质]$")


def _is_an_ingredient(scan: Scan, start: int, end: int) -> bool:
    """Say whether a nickname stands in a list of what something is made of (成分是主机、充电座、刷头), where it names a part."""
    is_a_part = scan.names.words.ingredients.fullmatch(scan.text, start, end) is not None
    return is_a_part and _MADE_OF.search(scan.text, max(0, start - 36), start) is not None


_NO_SISTER = re.compile(
    "店|会员|品牌|官方|旗舰|门店|集团|公司|家|的|小程序|公众号|商城|产品|系列|客服|积分|活动|优惠|这|那|哪|各|全|所有|任何|每|本|新品|护肤|彩妆|年|月|周|库存|生日|老|姐|总部"
)


def mark_sisters(scan: Scan) -> None:
    """云屿羽绒服: nouns behind the name of the house or of a line, which no product of ours has for a name."""
    firsts = [first for first in (name_key(scan.names.brand), *scan.names.series) if first]
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


def mark_strangers(scan: Scan) -> None:
    """雪松头皮精华露: a name that no product has, known by its end and by nouns before it that describe nothing."""
    for match in claim_words().product_ends.finditer(scan.text):
        first = _nouns_before(scan, match.start())
        start = match.start() - len(first)
        if len(claim_words().describing.sub("", first)) >= 2 and scan.free(start, match.end()):
            scan.add(ClaimKind.PRODUCT, scan.text[start : match.end()], start, match.end(), known=False)
    for match in _NICKNAME.finditer(scan.text):
        if not _NO_NICKNAME.match(match.group()):
            scan.add(ClaimKind.PRODUCT, match.group(), *match.span(), known=False)


_LONGEST_FIRST = 10


def _nouns_before(scan: Scan, position: int) -> str:
    """Return the nouns that stand right before a place and belong to the word there."""
    nouns: list[str] = []
    for word, tag in reversed(rjieba.tag(scan.before(position, _LONGEST_FIRST))):
        if (tag[:1] not in "nabj" and tag not in ("vn", "eng")) or _POINTING.search(word):
            break
        nouns.insert(0, word)
    return "".join(nouns)


_POINTING = re.compile(
    "[这那哪您我你她他店家款支瓶罐盒套用看买选推换想要拿有和跟与或到把给做是在里面别其前后早晚一二两三几每同]|规格|特点|成分|品名"
)
"""您说的面霜, 一支护手霜, 早晚霜: such words point to a product or count it."""

_NICKNAME = re.compile("(?<![一二两三几])[小大][\u4e00-\u9fff](?:瓶|罐|管|棒|伞|膜|砖|珠|灯)(?![装子口身盖头])")
"""小紫瓶: what shops call a product in short; a nickname that none of ours has is none of ours."""
_NO_NICKNAME = re.compile("[小大](?:样|正|规|容|号|包|一|空|开|旅|整|药|水|奶|酒|花|玻|塑|面|眼|手|脚|补)")


@lru_cache(maxsize=64)
def _house_style(brand: str, series: tuple[str, ...]) -> re.Pattern[str]:
    """What a product of this house would be called: its brand or one of its lines, and the name of a kind of product."""
    firsts = [re.escape(first) for first in (name_key(brand), *series) if first]
    endings = any_of(claim_words().product_endings).pattern
    # 舒屿婴儿霜, 凝时胶原蛋白饮: any thing that a shop sells
    things = "霜|液|乳|露|膏|饮|胶囊|次抛|精油|香皂|面巾|棉片|贴片|软糖|口服液|粉饼|仪"
    never = "(?!)"
    return re.compile(
        rf"(?:{'|'.join(firsts)})[^\s，。、；：！？!?,.;:的是有在和里家这款「」]{{0,12}}?(?:{endings}|{things})"
        if firsts
        else never
    )


_COUPON_END = re.compile("券(?!后|的?金额|规|包邮|码)|红包|礼金|抵用金|补偿金|运费险")
_ANY_COUPON = re.compile(
    "优惠|满减|折扣|代金|可用|同类|电子|纸质|会员|生日|新客|老客|能用|有效|这种|那种|这张|那张|几张|两张|三张|一张|张|用|领|发|的|有|没|券|卡|礼|红包|"
    "商品|全场|门店|线上|包邮|兑换|体验|专享|专属|店里|本店|其他|别的|多|新|好|大|小"
)
_FANCIED_COUPON = re.compile(
    r"(?:再|另外|额外|多|还能|还可以|另)(?:给您|送您|加|领|叠加|叠|补|得)?[^，。；「」！？!?]{0,4}[一两几二三]张[^，。；「」！？!?可]{0,8}券|(?:返现|返钱|立减金|津贴|补贴)(?!政策)|"
    r"(?:内部|员工|专属|隐藏|特批|店长|大额|亲友|家属|vip|福利|惊喜)[\u4e00-\u9fff]{0,4}券(?!后|的金额|价)"
)


def mark_fancied_coupons(scan: Scan) -> None:
    """内部员工券: a coupon called by whom it is for, and by no name of the shop's."""
    for match in _COUPON_END.finditer(scan.text):
        first = _nouns_before(scan, match.start())
        start = match.start() - len(first)
        if len(_ANY_COUPON.sub("", first)) >= 2 and scan.free(start, match.end()) and not scan.is_denied(start):
            scan.add(ClaimKind.COUPON, scan.text[start : match.end()], start, match.end(), known=False)
    for match in _FANCIED_COUPON.finditer(scan.text):
        if not scan.is_denied(match.start()):
            scan.add(ClaimKind.COUPON, match.group(), *match.span(), known=False)


def mark_quoted(scan: Scan) -> None:
    """Mark what stands in 「」 and may be a name."""
    for match in _QUOTED.finditer(scan.text):
        inside = match.group(1)
        if _NOT_A_NAME.search(inside) or not scan.free(*match.span(1)):
            continue
        kind = ClaimKind.COUPON if _COUPON_LIKE.search(inside) else ClaimKind.PRODUCT
        scan.add(kind, inside, *match.span(1), known=False)
