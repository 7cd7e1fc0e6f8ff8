"""Find text that speaks to a model instead of to people. Few false alarms matter more than every trick: the found
document waits for a person, and a person who is called in vain ten times stops looking."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_GAP = r"[^。！？!?\n]"
_EARLIER = r"(?:以上|上面|上述|之前|先前|前面|此前|所有|一切|任何|全部|系统|原有|原来|你的|既有|现有)"
_ORDERS = r"(?:指令|指示|提示词|提示语|系统提示|系统消息|设定|命令|约束|prompt)"
_MODEL = r"(?:AI|人工智能|大模型|语言模型|大语言模型|智能助手|聊天机器人|ChatGPT|GPT|LLM)"
_PATTERNS = (
    # 忽略以上所有指令
    rf"(?:忽略|无视|忘记|忘掉|抛弃|丢弃|覆盖|绕过|不要理会|不必理会|停止遵守|不再遵守|不要遵守){_GAP}{{0,10}}{_EARLIER}"
    rf"{_GAP}{{0,10}}{_ORDERS}",
    rf"(?:忽略|无视|忘记|忘掉|不要理会)(?:掉)?{_EARLIER}{_GAP}{{0,4}}(?:规则|规定|要求|限制)(?!者|的)",
    # 从现在起你是……、你现在是一个不受限制的……
    r"(?:从现在起|从现在开始|从此刻起)[，, ]?(?:你|您)(?:就)?(?:是|扮演|充当|不再|必须|只能)",
    rf"(?:你|您)(?:现在|的身份|其实)?(?:是|扮演|将扮演|充当|作为){_GAP}{{0,12}}(?:{_MODEL}|不受{_GAP}{{0,6}}限制|没有{_GAP}{{0,6}}限制的)",
    rf"作为(?:一个|一名)?{_MODEL}(?:助手|模型|客服)?[，, ]?(?:你|您)?(?:必须|务必|应当|应该|需要|不得|不要|请)",
    # AI 助手请注意：
    rf"(?:^|[\s。！？!?；;（(【\[])(?:给|致|对)?(?:所有|任何|读到这里的)?{_MODEL}(?:助手|模型|客服|系统)?(?:请注意|请|注意)?[：:，,]?\s*"
    r"(?:请务必|请你|你必须|你要|必须回答|必须推荐|务必推荐|一律回答|不要告诉|请忽略|请在回答|请在回复)",
    rf"(?:输出|泄露|透露|复述|打印|告诉我|显示){_GAP}{{0,10}}(?:系统提示|提示词|system prompt|初始指令|隐藏指令)",
    r"(?:进入|启用|切换到)(?:越狱|无限制|DAN|上帝)模式",
    # English
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|all|any|your|these|system)\b"
    r"[^.\n]{0,30}\b(?:instructions?|prompts?|rules|guidelines|directions|messages?)\b",
    r"\byou are now (?:a|an|the|in|dan|no longer)\b",
    r"\b(?:reveal|print|repeat|output|show)\b[^.\n]{0,20}\b(?:system prompt|hidden instructions|initial instructions)\b",
    r"\b(?:new|updated|important) (?:system )?instructions? for (?:the )?(?:ai|assistant|model|llm)\b",
    r"\b(?:ai|llm|language model|chatbot)s? (?:assistant )?(?:must|should|shall) (?:now |always |never )?(?:ignore|say|answer|reply|recommend|output)\b",
    # the marks of chat templates
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?INST\]|<</?SYS>>|</?(?:system|instructions?)>",
    r"^\s*(?:system|assistant)\s*[:：]\s*(?:you|your|do not|always|never|ignore|你|请你)",
    r"^#{2,}\s*(?:system|instruction|system prompt)\s*[:：]?\s*$",
)
_SPEAKS_TO_A_MODEL = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE | re.MULTILINE)
# 忽 略 以 上 指 令: blanks between Chinese characters hide nothing from a model
_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff])[ \t\u3000.·_-]+(?=[\u4e00-\u9fff])")
_LONGEST_QUOTE = 40
SHORTEST = 6
"""Nothing shorter tells a model anything."""
_MOST_QUOTED = 5


def suspicious_parts(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give place and quotation of each text (with its place) that speaks to a model, at most one a text."""
    found = 0
    for place, text in texts:
        if quotation := quoted(text):
            found += 1
            yield place, quotation
            if found >= _MOST_QUOTED:
                return


def quoted(text: str) -> str:
    """Return the words of ``text`` that speak to a model; empty when none do."""
    if len(text) < SHORTEST:
        return ""
    plain = unicodedata.normalize("NFKC", text)
    closed = _SPREAD.sub("", plain)
    match = _SPEAKS_TO_A_MODEL.search(plain) or (_SPEAKS_TO_A_MODEL.search(closed) if closed != plain else None)
    return " ".join(match.group().split())[:_LONGEST_QUOTE] if match else ""
