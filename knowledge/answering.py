"""Which sentence of a passage answers a question: the one a guide should look at first, highlighted."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.words.judge import rarity_of
from knowledge.words.wording import Question, Wording

_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_SUBJECT_SHARE = 0.25
_ASKING = re.compile(r"[?？]\s*$|^\s*问[:：]")
# only says where to read on, or where to write
_POINTING = re.compile(r"^\s*(?:详见|参见|请看|见《|以.{0,12}为准)")
# a row that only says what a thing is called; its name stands in most questions about it
_NAMING = re.compile(r"^\s*(?:商品|品名|名称|商品名称|别名|又名|俗称|系列|编码)\s*[:：]")
_ASKS_NAME = re.compile(r"叫什么|全名|名字|编码|货号|规格|毫升|ml|克|多大|容量|几片|几支|多重|哪款|哪个是")
_LEANING = re.compile(r"^\s*(?:但|不过|除|其中|以上|若|如有|如果|此时|同时|例外)")
# what a question wants to hear: how to recognise it, and what a sentence that tells it holds
_WANTS: tuple[tuple[re.Pattern[str], re.Pattern[str], float], ...] = (
    (re.compile(r"多久|几天|多少天|什么时候|啥时候|几点|几号|哪天|时间|期限|时效"), re.compile(r"\d|[一二三四五六七八九十两半]\s*(?:天|日|个?月|年|小时|分钟|周)|工作日|当天|当日|次日"), 1.0),
    (re.compile(r"多少|几[个件次分瓶元块折]|满多少|比例|怎么算"), re.compile(r"\d|[一二三四五六七八九十百千两]\s*(?:元|个|件|次|分|倍|折|瓶|%)"), 1.0),
    (re.compile(r"谁(?:出|承担|付|来)|运费|邮费"), re.compile(r"承担|由.{1,8}(?:出|付)|免|包邮|自理"), 0.8),
    (re.compile(r"能不能|可不可以|可以.{0,12}[吗嘛不么]|能.{0,14}[吗嘛不么]|行不行|支持"), re.compile(r"可以?|不能|不得|不可|不支持|支持|不予|无法|均|须|需"), 0.5),
    (re.compile(r"怎么|咋|如何|流程|步骤|哪里|在哪|去哪"), re.compile(r"请|先|再|到|在|凭|出示|登录|联系|点击|提供|填写"), 0.4),
    (re.compile(r"怎么用|咋用|用法|几次|用多少|早晚|步骤|先.{0,6}后|每天|天天"), re.compile(r"用法|使用方法|取.{0,6}(?:量|滴|泵)|涂|早晚"), 1.5),
    (re.compile(r"适合|能用|可以用|能不能用|敏感|孕|过敏|[干油混]皮|肤质|小孩|宝宝"), re.compile(r"适合|不适合|慎用|避免|注意|先在"), 0.8),
    (re.compile(r"成分|含|添加|有没有|酒精|香精"), re.compile(r"成分|不含|含有?"), 0.8),
    (re.compile(r"多大|毫升|ml|克|规格|容量|几片|多重|几支"), re.compile(r"\d+\s*(?:ml|g|片|支|粒|枚|ml|克)|规格"), 1.2),
    (re.compile(r"功效|效果|作用|管用|有用|针对|解决"), re.compile(r"功效|针对|卖点"), 0.8),
    (re.compile(r"为什么|为啥|原因"), re.compile(r"因|由于|为了|避免|所以"), 0.6),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: its words, where they stand in the passage's text (characters), and how well it answers."""

    text: str
    start: int
    end: int
    score: float


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence, list item or row of a text begins and ends, without blanks around it."""
    for match in _SENTENCE.finditer(text):
        words = match.group()
        if stripped := words.strip():
            start = match.start() + words.index(stripped[0])
            yield start, start + len(stripped)


def rank(question: Question, text: str, wording: Wording, context: str = "") -> tuple[Sentence, ...]:
    """Every sentence of a passage, the one that answers best first.

    ``context`` are the titles above the passage: words that stand there name its subject and tell no sentence from
    another. A sentence is scored by the question's words and pairs of characters in it, rarer ones of this passage more, by
    whether it holds the kind of thing that was asked for, and not at all for repeating the question.
    """
    places = list(sentences(text))
    scores = answering(question, [text[start:end] for start, end in places], wording, context)
    scored = [Sentence(text[start:end], start, end, score) for (start, end), score in zip(places, scores, strict=True)]
    return tuple(sorted(scored, key=lambda one: (-one.score, one.start)))


def answering(question: Question, told: Sequence[str], wording: Wording, context: str = "") -> tuple[float, ...]:
    """How well each statement of one passage answers, as ``rank`` scores them; 0 for none at all."""
    folded = [wording.fold(one) for one in told]
    rarity = _rarity(question, folded, wording.fold(context))
    return tuple(round(_score(question, words, rarity), 4) for words in folded)


def holds_what_is_asked(question: str, sentence: str) -> float:
    """Return how far a sentence holds the kind of thing a question wants to hear: a time for 多久, a figure for 多少."""
    return sum(weight for asked, told, weight in _WANTS if asked.search(question) and told.search(sentence))


def _rarity(question: Question, folded: Sequence[str], context: str) -> dict[str, float]:
    sought = {*question.grams, *(unit.word for unit in question.units)}
    return {
        word: rarity_of(len(folded), sum(word in sentence for sentence in folded))
        * (_SUBJECT_SHARE if word in context else 1.0)
        for word in sought
    }


def _score(question: Question, sentence: str, rarity: dict[str, float]) -> float:
    if _ASKING.search(sentence):
        return 0.0
    words = 0.0
    for unit in question.units:
        if unit.word in sentence:
            words += unit.weight * rarity[unit.word]
        elif any(other in sentence for other in unit.kindred):
            words += 0.7 * unit.weight * rarity[unit.word]
    grams = sum(rarity[gram] * (1.0 if len(gram) > 1 else 0.3) for gram in question.grams if gram in sentence)
    wanted = holds_what_is_asked(question.text, sentence)
    fitting = words + 0.5 * grams
    # a long sentence holds any word sooner; half of BM25's usual strength, since answers come with their conditions
    fitting /= 1 + 0.25 * math.log1p(len(sentence) / 30)
    score = fitting + (wanted if fitting else 0.3 * wanted)
    if _LEANING.search(sentence):
        score *= 0.8
    if _NAMING.search(sentence) and not _ASKS_NAME.search(question.text):
        score *= 0.25
    return score * (0.4 if _POINTING.search(sentence) else 1.0)
