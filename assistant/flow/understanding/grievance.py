"""Has something gone wrong: a reaction of the skin, faulty goods, bad service. Told apart from asking before use.

A complaint taken for a sale is the worst misunderstanding, so what is in doubt and has signs of having happened counts.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from knowledge.packaged import packaged

_CLAUSE = re.compile(r"[,。!?;:~…\n\s]+")
_HAS_HAPPENED = re.compile(r"了(?!吗|嘛|么|吧|不)|怎么办|咋办")
_ENDS_ASKING = re.compile(r"(?:吗|嘛|(?<![怎什多那这])么|吧|不|没|伐|咩)$")


def complains(text: str) -> bool:
    """Say whether a folded text tells of harm, a fault or a wrong that has happened."""
    signs = _signs()
    if signs["outright"].search(text):
        return True
    if signs["before"].search(text):
        return False
    if _hurts(text, signs):
        return True
    used = any(signs[name].search(text) for name in ("used", "blames"))
    return any(_clause_complains(clause, used, signs) for clause in _CLAUSE.split(text) if clause)


def complaint_words(text: str) -> str:
    """Name what went wrong in the words of a shop's rules: somebody hurt, a body that reacts, goods at fault, or else empty."""
    if hurts(text):
        return "受伤 安全"
    if harms(text):
        return "使用后不适 过敏"
    return "质量问题" if _signs()["fault"].search(text) else ""


def harms(text: str) -> bool:
    """Say whether a folded complaint is about a body harmed, rather than about goods or service."""
    signs = _signs()
    return hurts(text) or signs["grave"].search(text) is not None or signs["harm"].search(text) is not None


def hurts(text: str) -> bool:
    """Say whether a folded text tells that somebody was hurt or that something burns, not that it might."""
    return _hurts(text, _signs())


def asks_for_damages(text: str) -> bool:
    """Say whether a text asks for money for a harm, which is the manager's to answer; 假一赔十 and 赔差价 are rules."""
    return _signs()["damages"].search(text) is not None


def gives_notice(text: str) -> bool:
    """Say whether a folded text asks for a notice, in which a fault is what may happen to anybody."""
    return _signs()["notice"].search(text) is not None


def _hurts(text: str, signs: Mapping[str, re.Pattern[str]]) -> bool:
    return any(
        signs["injury"].search(clause) and not signs["supposed"].search(clause) and not _only_asks(clause)
        for clause in _CLAUSE.split(text)
        if clause
    )


def _only_asks(clause: str) -> bool:
    """Say whether a clause only asks (夹手吗): what has happened is told with 了 or asks what to do."""
    return _ENDS_ASKING.search(clause) is not None and _HAS_HAPPENED.search(clause) is None


def _clause_complains(clause: str, used: bool, signs: Mapping[str, re.Pattern[str]]) -> bool:
    if signs["supposed"].search(clause):
        return False
    told = signs["happened"].search(clause) is not None
    if _asked_only(clause, signs) and not told:
        return False
    if signs["wrong"].search(clause) or signs["fault"].search(clause) or signs["grave"].search(clause):
        return True
    if signs["lasting"].search(clause) and signs["choosing"].search(clause):
        # a skin that is always red and asks what to use
        return False
    harmed = signs["harm"].search(clause) is not None
    return harmed and (used or told)


def _asked_only(clause: str, signs: Mapping[str, re.Pattern[str]]) -> bool:
    """Say whether a clause asks if something might come (用了会刺痛吗), rather than tells that it came and asks for help."""
    return _ENDS_ASKING.search(clause) is not None and signs["might"].search(clause) is not None


@lru_cache(maxsize=1)
def _signs() -> Mapping[str, re.Pattern[str]]:
    read: Mapping[str, list[str]] = packaged("assistant.flow.words", "expressions.yaml")["complaint"]
    return {
        name: re.compile("|".join(f"(?:{expression})" for expression in expressions))
        for name, expressions in read.items()
    }
