"""What a product is said to do: an effect by its name, or told as the trouble that goes away."""

import re

from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.words import claim_words
from assistant.turn import ClaimKind

_WISH_BEFORE = re.compile(
    "(?:想要|想|需要|需求|在意|关注|关心|担心|困扰|介意|问|偏|看重|注重|注意|记得|做好|加强|及时|多|(?:您|你|想|平时|自己)(?:更|比较|想)*侧重|主要看|喜欢|日常|补足)"
    "(?:的|了|的是|是|一下|一点|点|做|做好|到|下|皮肤|肌肤|一支|一款|帮您|日常|先|还是|[^，。；！？!?]{0,3}(?:和|或|、|还是))*$"
)
_NEED_AFTER = re.compile(
    "^(?:[、和跟与][^，。；]{0,4})?(?:都|也)?(?:能|可以)?卸|^(?:的)?(?:需求|需要|诉求|问题|困扰|方面的需求|步骤|类目|品类|的产品有|产品有|还是)"
)


def mark_effects(scan: Scan) -> None:
    """Mark effects by their names; a wish, a question or a denial asserts none."""
    for match in claim_words().not_effects.finditer(scan.text):
        scan.take(*match.span())
    for match in claim_words().effects.finditer(scan.text):
        start, end = match.span()
        if scan.is_denied(start) or scan.is_asked(end) or not scan.free(start, end):
            continue
        if _WISH_BEFORE.search(scan.before(start, 10)) or _NEED_AFTER.match(scan.after(end)):
            continue
        scan.add(ClaimKind.EFFICACY, claim_words().effect_of[match.group()], start, end)


def mark_plain_effects(scan: Scan) -> None:
    """斑点会越来越浅, 红血丝会消下去: an effect told without its name, as the trouble that goes away."""
    for match in (*claim_words().relieved.finditer(scan.text), *claim_words().rid_of.finditer(scan.text)):
        start, end = match.span()
        if not scan.free(start, end) or scan.is_denied(start) or scan.is_asked(end):
            continue
        if _NOT_OURS.search(scan.before(start, 14)) or "不" in match.group():
            # 管不了皮炎, 斑不会淡
            continue
        scan.add(ClaimKind.EFFICACY, claim_words().trouble_of[match["trouble"]], start, end)
    for match in _CHANGED.finditer(scan.text):
        start, end = match.span()
        if scan.free(start, end) and not scan.is_asked(end) and not _NOT_OURS.search(scan.before(start, 14)):
            scan.add(ClaimKind.EFFICACY, "看得见的变化", start, end)


_CHANGED = re.compile(
    "(?:脸|皮肤|肌肤|肤色|下颌线|轮廓|牙齿|头发|发量|眼睛|腰|肚子|腿)(?:会|能|就|都)*(?:变|更|越来越|慢慢|一天天)?"
    "(?:白|小|细|亮|紧|嫩|清楚|清晰|浓密|多|厚|瘦|年轻|透亮|光滑)(?:了|一(?:圈|个度|度|点|些)|[两三]个度|很多|不少|起来|下来|得多)"
)
"""脸会小一圈: a change that no record of a cosmetic promises."""


_NOT_OURS = re.compile("医生|就医|医院|如果|要是|等|先|停用|一直|过敏|万一|问问|希望|是不是|会不会")
