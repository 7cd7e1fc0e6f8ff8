"""What a guide asks for is no record: a model that grants it in her own words has only said the question again.

Looked at are sentences of a model that no record stands behind. What they share with the question and with nothing else at
hand must not be given, promised or described in them; it may be denied, asked about or left open.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

_WHOLE = 6
_LITTLE_MORE = 6
_NEARLY = 0.85
_SHARED = 3
"""Fewer characters in common are anybody's words."""

_CLAUSE = re.compile(r"[，,。；;！!？?：:…\s]+")
_OPEN = re.compile(
    r"没有(?!门槛|限制|套路|条件|问题)|未|没法|没能|没查到|没写|没说|没见|没听|不能|不是|不好|不敢|不清楚|不确定|不知道|无法|并无|查不到|不存在|不在|不支持|问一?[下问]|问问|"
    r"问清|问准|确认|核实|核对|查一?[下查]|请教|店长|医生|如果|要是|假如|的话|吗|呢|？|\?"
)
_NO_DENIAL = re.compile(r"没(?:有)?[^，。；！？]{1,12}(?=也(?:能|可以|行))|不限")
# 皮肤干的时候, 您说的, 想要: the customer's words or case, told back and not granted.
_HER_CASE = re.compile(r"(?:您|你|她|他|客户|客人)(?:说|问|提|讲|想|要|怕|担心|平时|现在|之前|家|自己)")
_AS_A_CASE = re.compile(r"^(?:时候?|之前|之后|以后|期间|这件事|这事|的事|的问题|的情况|方面)")
# What a question and a record are both headed with says nothing yet.
_OF_A_RECORD = re.compile(
    r"(?:的|有|是|里|主要|备案|适合|适用|现在|店里|哪些|什么|怎么|多少|一共|一张|可用|成分|功效|肤质|价格|用法|规格|库存|现货|有货|优惠|注意事项|特点|介绍|推荐|回访|一下|产品|款)+$"
)
_BEFORE, _LONG = 5, 6
"""Where in a clause what is granted begins; so many characters in common are told by their length alone."""
_BACKED = "□"


def letters(text: str) -> str:
    """Return a text without marks and spaces, for comparing."""
    return re.sub(r"\W", "", text)


# 把化妆包也写上 is said to the writer of a draft, never to a customer.
_TO_THE_WRITER = re.compile(
    r"(?:加|补|写)(?:一|两|几)(?:句|条|段)|帮我写|(?:发|给)我一(?:段|条)|把[^，。；]{1,14}(?:写|加)(?:上|进去)"
)


_SENTENCE = re.compile(r"[。；;！!？?\n]+")


def asks_back(text: str, asked: str) -> str:
    """Return the sentence of the question, as it was asked, that this one repeats whole with hardly a word more."""
    plain = letters(text)
    return next(
        (
            one
            for one in _SENTENCE.split(asked)
            if len(said := letters(one)) >= _WHOLE and said in plain and len(plain) - len(said) < _LITTLE_MORE
        ),
        "",
    )


def is_the_question(text: str, asked: str) -> bool:
    """Say whether a sentence is the question, as ``letters``, and hardly a word more, or tells the writer what to write."""
    if _TO_THE_WRITER.search(text):
        return True
    plain = letters(text)
    if len(asked) < _WHOLE or abs(len(plain) - len(asked)) >= _LITTLE_MORE:
        return False
    same = SequenceMatcher(None, plain, asked, autojunk=False).get_matching_blocks()
    return sum(block.size for block in same if block.size > 1) >= _NEARLY * len(asked)


_GRANTS_IT = re.compile(
    "^(?:的?[券卡款装]|套装|可以|，|给您|帮您|为您|的)*(?:"
    "(?:可以|能|都能|直接)(?:用(?!不|的时候)|抵|领|享)|一人一|每人一|您这|没有门槛|无门槛|不限|"
    "(?:很|挺|最|特别)?适合(?:您|她)|早晚|安排|登记|申请|办好|备好|留好)"
)
"""What stands behind words of the question where they are given to her, or told of as of goods that are there."""


def grants(text: str, words: str) -> bool:
    """Say whether a sentence gives what ``words`` name, or tells how it is used or whom it suits."""
    _, found, behind = text.partition(words)
    return bool(found) and _GRANTS_IT.match(behind) is not None


def leaves_open(text: str) -> bool:
    """Say whether a sentence denies, asks or puts off what it speaks of."""
    return _OPEN.search(_NO_DENIAL.sub("", text)) is not None


def of_the_question(words: str, asked: str, known: str) -> bool:
    """Say whether words have their matter from the question alone: two letters or more that no record has."""
    plain = letters(words)
    run = SequenceMatcher(None, plain, asked, autojunk=False).find_longest_match()
    return run.size > 1 and plain[run.a : run.a + run.size] not in known


def repeated(text: str, backed: Iterable[str], asked: str, known: str) -> str:
    """Return what a sentence grants only because it was asked for, or nothing.

    ``backed`` are the names and figures of the sentence that a record stands behind. ``asked`` is the question, ``known`` everything
    the records at hand say, both as ``letters``.
    """
    if leaves_open(text):
        return ""
    for words in sorted(backed, key=len, reverse=True):
        text = text.replace(words, _BACKED)
    for clause in _CLAUSE.split(text):
        plain = letters(clause)
        run = SequenceMatcher(None, plain, asked, autojunk=False).find_longest_match()
        shared = plain[run.a : run.a + run.size].strip("的了")
        late = run.a > _BEFORE and run.size < _LONG
        if len(shared) < _SHARED or late or shared in known or _OF_A_RECORD.match(shared):
            continue
        if not _HER_CASE.search(plain) and not _AS_A_CASE.match(plain[run.a + run.size :]):
            return shared
    return ""
