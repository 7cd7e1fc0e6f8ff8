"""Speech that asserts nothing: words denied, asked, quoted from a customer, or only spoken about."""

import re
from collections.abc import Callable

_STOP = "，。；！？!?;\n"
_STRONG_NO = re.compile(
    f"(?:不能|不可以?|不会|无法|没有|没|不得|不代表|不属于|不具有?|不具备|不含|不承诺|不保证|不敢|不可能|避免|谈不上|称不上|算不上|"
    f"不支持|不建议|不应|不宜|不要|做不到|不存在|没法|不打|不做|不搞|不说|不提|不用|不是说|拒绝|指望|别信|别听)[^{_STOP}]{{0,9}}$|没有(?:哪|任何|什么|谁)[^{_STOP}]{{0,14}}$"
)
_IS_NOT = re.compile(f"(?:不是|并非|不算|非)[^{_STOP}是而]{{0,6}}$")
_WEAK_NO = re.compile(f"(?:不|没|无|未|别|勿)[^{_STOP}]?$")
_NOT_REALLY_NO = re.compile(
    "不满意|不合适|不喜欢|不仅|不但|不只|不光|不止|不得不|没得说|无论|不管|不论|没话说|没有不|无不|不是不|不能不|不会不|不能错过|不要错过|不容错过|没错|不错|"
    "没有之一|不(?:买|来|下单|抢|囤|用就)|不妨|不愧|不亏|不用(?:怕|担心|愁|犹豫|想|吃药)|不再|不要(?:犹豫|怕)|没问题|没有(?:问题|比|什么比|哪|其他|别的)|不可(?:错过|多得|思议)|不会(?:错|后悔|失望)"
)
_ASKING_AFTER = re.compile(f"^[^{_STOP}]{{0,14}}?(?:吗|么(?!多|好|大)|呢?[？?])")
ENTICING = re.compile("(?:想要|要不要|想不想|难道|谁不|还不|是不是很|心动|想拥有|想体验|渴望)")
"""A question that only leads up to a claim."""
_QUOTING = re.compile(
    f"(?:您|你|顾客|客人|客户|有人|她|他|姐|大家)(?:们)?(?:刚才|刚刚|刚|之前|上次)?(?:问|提到|说的|提的|关心|担心|想知道|咨询|在问|听说)[^{_STOP}]{{0,14}}$|"
    f"(?:能不能|可不可以|会不会|是不是|有没有|是否)[^{_STOP}]{{0,8}}$"
)
# Said of the words by the guide herself: she does not use them, nobody should believe them.
_REFUSED_AFTER = re.compile(
    '^(?:”|」|"|』)?[^。！？!?;\n]{0,12}?(?:是误会|没有依据|没依据|(?:都|就|也)别信|不可信|不能信|听听就[好行]|听听罢|违法|不合规|不能说|不让说|不敢说|(?:我|我们|咱)(?:都)?不(?:说|讲|用|做|提|写)|'
    "这种话|这种说法|这类话|这类说法|这回事|说不准|是骗人|就是个说法|只是个说法|早就?结束|(?:就|都|已经?)结束了|回答不了|说不好|不好说|我(?:也)?不(?:太)?懂|做不到(?!我|您|来|退|不|赔)|办不到|不敢保证|不评价|判断不了|才能说|才可以说|怎么看|(?:我|我们|咱|咱们)(?:可|从来|都)?没(?:说|讲|提|写)过(?!假|谎|大话|错|不))"
)
_SPEAKING_OF_THE_WORD = re.compile(
    f'^(?:”|」|"|』)?(?:这(?:个|种|一类|类|样)?(?:词|说法|话(?!费)|字眼|表述|问题)|一?类的?(?:词|说法|话(?!费)))[^{_STOP}]{{0,10}}'
)


# 显不显白 and 调不调价 leave it open.
_WHETHER = re.compile(r"([\u4e00-\u9fff])[不没]\1")


def not_asserted(text: str, start: int, end: int) -> bool:
    """Say whether the words at [start, end) are denied, asked, quoted from a customer, or only mentioned.

    An enticing question (想要三天见效吗) asserts all the same; 不仅 and 没有之一 deny nothing.
    """
    before, after = text[max(0, start - 18) : start], text[end : end + 18]
    if _SPEAKING_OF_THE_WORD.match(after) or _REFUSED_AFTER.match(after) or _QUOTING.search(before):
        return True
    if _ASKING_AFTER.match(after):
        return not ENTICING.search(_last_clause(before) + text[start:end])
    if _WHETHER.search(text, max(0, start - 2), min(len(text), end + 2)):
        return True
    return _denied(_last_clause(before))


def _denied(before: str) -> bool:
    patterns: tuple[Callable[[str], re.Match[str] | None], ...] = (_STRONG_NO.search, _IS_NOT.search, _WEAK_NO.search)
    return any(search(before) for search in patterns) and not _NOT_REALLY_NO.search(before)


def _last_clause(text: str) -> str:
    return re.split(f"[{_STOP}]", text)[-1]
