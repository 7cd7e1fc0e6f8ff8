"""Gifts and promises."""

import re

from assistant.flow.guard.claims.numbers import NUMBER
from assistant.flow.guard.claims.scan import Scan
from assistant.flow.guard.claims.words import claim_words
from assistant.turn import ClaimKind

_GIFT = re.compile(
    r"(?<![运配发输派寄护递护目断播传投放报免])(?P<verb>赠送|加赠|附赠|加送|再送|还送|另送|随单送|买就送|就送|额外送|赠品[是为:：]?|送|赠)(?!货|达|到|去|来|给|人|礼|走|回|往|修|检|洗|上门|券|积分|妈|爸|朋友|长辈|闺蜜|老|女|男|同|亲|谁|自|不|吗|的|我|他|她|品|装(?:都|也|和|、|，)|$)"
    r"(?:您|你|大家)?(?P<noun>[^，。；！？!?,;\n「」()（）\s]{2,18})"
)
_GIFT_PUT = re.compile(
    r"(?:(?:给|为|帮)您(?:另外|还|再)?(?:备|准备|包(?!得)|塞|装)(?:了|好了|上)?|(?:还是|照样|照旧)给您(?![推介说发看查留写讲报算找选挑配用做按寄送带拿邮快]))(?P<noun>[^，。；！？!?,;\n「」()（）\s]{2,18})"
)
_GIFT_LAST = re.compile(
    r"(?:还有|另有|外加|再加)(?P<noun>[^，。；！？!?,;\n「」()（）\s\d]{2,12}?)(?:[一两二三四五\d]+[份支个盒瓶件片套])?(?:赠送|相送|免费送|奉送)"
)
_MEASURE = re.compile(rf"^(?:{NUMBER}|[一1]?)?(?:份|支|个|盒|瓶|件|片|套|只|枚|袋|张|组)?(?:价值[^的]+的)?")
_SEVERAL = re.compile(r"^(?:[二两三四五六七八九十百]|[2-9]|\d\d)+(?:份|支|个|盒|瓶|件|片|套|只|枚|袋|张|组)$")
_NOUN_END = re.compile(
    rf"(?:[*x×]?(?:{NUMBER})(?:份|支|个|盒|瓶|件|片|套|只|枚|袋|张)|哦|呢|呀|啦|喔|噢|哈|~|～|的|一[份支个盒瓶件片套])+$"
)
_MONEY_GIFT = re.compile(rf"^{NUMBER}(?:元|块|积分|倍)|券|祝福|问候|一句|惊喜$")


# What these promise depends on their further words, so the words belong to the value.
_WORDED = frozenset({"保证", "假一赔", "买赠"})


def mark_gifts(scan: Scan) -> None:
    """Mark what is given on top."""
    for match in (*_GIFT.finditer(scan.text), *_GIFT_PUT.finditer(scan.text), *_GIFT_LAST.finditer(scan.text)):
        noun = _NOUN_END.sub("", _MEASURE.sub("", match["noun"]))
        several = _SEVERAL.match(match["noun"])
        if len(noun) < 2 and several:
            noun = several[0]
        if len(noun) < 2 or _MONEY_GIFT.search(match["noun"]) or scan.is_denied(match.start()):
            continue
        start, end = match.span()
        scan.add(ClaimKind.PROMISE, f"赠品:{noun}", start, end, over=True)


def mark_promises(scan: Scan) -> None:
    """Mark promises by their words (假一赔十)."""
    for name, pattern in claim_words().promises:
        for match in pattern.finditer(scan.text):
            if scan.is_denied(match.start()) or scan.is_asked(match.end()) or scan.in_a_name(*match.span()):
                continue
            value = f"{name}:{match.group()}" if name in _WORDED else name
            scan.add(ClaimKind.PROMISE, value, *match.span(), over=True)
