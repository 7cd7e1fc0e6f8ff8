"""Whether words are told as a fact, or only denied, asked, or left open.

Only what is told needs a record behind it. A question that merely ends a statement (给您留着，好吧？) asks nothing.
"""

import re

_NEGATED = re.compile(
    "(?:不能|不可以?|不会|无法|不是|并非|没有|没|不支持|不提供|不含|不含有|不具有?|不具备|不承诺|不保证|不敢|不|非|无|未|别|暂无|暂不)(?:[^，。；！？!?\\s]{0,5})$"
)
_FALSE_NEGATION = re.compile(
    "不满意|不合适|不喜欢|不仅|不但|不只|不光|不止|不得不|没得说|无论|不管|没话说|没有不|无不|不断|非常|没问题|不错|不干|不油|不腻|不用说|不说|不瞒|没事|别急|别担心|不着急|不急|不怕"
)
_QUESTION_END = re.compile("^[^，。；！!\\n]{0,16}?(?:[？?]|吗|么(?![多])|呢|还是)")
_TAG = re.compile(
    "^[^，。；！!？?\\n]{0,16}?(?:好吧|好不好|好吗|行吧|行不行|成不|是吧|对吧|对不对|是不是|吧|哈|哦|啊|嘛|呀|哇|啦|噢|咯|呗|怎么样|如何)[？?]*\\s*$"
    "|^[^，。；！!？?\\n谁什怎哪几多]{0,16}?呢(?![？?])"
)
"""好吧？ behind a statement, and 呢 without a question mark (可火了呢): both only soften it."""
_ASKS = re.compile(
    "是否|有没有|有无|能不能|会不会|可不可以|要不要|是不是|合不合|含不含|行不行|怎么|什么时候|哪[家个款种里](?!更|都|也|卖)|多少(?![次遍年回]|都|也)|几时|何时"
)
_OPEN = re.compile(
    "问一?[下问声]|问问|问清|问准|确认|核实|核对|核一下|查一?[下查]|请教|咨询|不知道|不清楚|不确定|说不准|不好说|不敢说|没法(?!比)|没有?记录|没查到|查不到|没写|没说|没提|"
    "为准|要看|得看|看情况|看看(?:能|有|是|行)|能不能|是否|有没有|会不会|要不要|可不可以|是不是|登记|记下|反映|记录是|记录里"
)


def denied(before: str) -> bool:
    """Say whether the words before a place, inside its clause, deny what stands there."""
    return bool(_NEGATED.search(before)) and not _FALSE_NEGATION.search(before)


def asked(after: str) -> bool:
    """Say whether what stands before these words is a question, and not a statement with 好吧？ behind it."""
    return bool(_QUESTION_END.match(after)) and not _TAG.match(after)


def is_open(clause: str) -> bool:
    """Say whether a clause asks, or offers to ask, and so tells nothing."""
    return bool(_OPEN.search(clause) or _ASKS.search(clause))
