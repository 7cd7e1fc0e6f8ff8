"""Has something gone wrong: a reaction of the skin, faulty goods, bad service. Told apart from asking before use.

A complaint taken for a sale is the worst misunderstanding, so what is in doubt and has signs of having happened counts.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from assistant.flow.words.writing import packaged

_CLAUSE = re.compile(r"[,。!?;:~…\n\s]+")
_ENDS_ASKING = re.compile(r"(?:吗|嘛|(?<![怎什多那这])么|吧|不|没|伐|咩)$")


def complains(text: str) -> bool:
    """Say whether a folded text tells of harm, a fault or a wrong that has happened."""
    signs = _signs()
    if signs["outright"].search(text):
        return True
    if signs["before"].search(text):
        return False
    used = any(signs[name].search(text) for name in ("used", "blames"))
    return any(_clause_complains(clause, used, signs) for clause in _CLAUSE.split(text) if clause)


def complaint_words(text: str) -> str:
    """Name what went wrong in the words of a shop's rules: a body harmed, goods at fault, or something else (empty)."""
    if harms(text):
        return "使用后不适 过敏"
    return "质量问题" if _signs()["fault"].search(text) else ""


def harms(text: str) -> bool:
    """Say whether a folded complaint is about a body harmed, rather than about goods or service."""
    signs = _signs()
    return signs["grave"].search(text) is not None or signs["harm"].search(text) is not None


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
    read: Mapping[str, list[str]] = packaged("expressions.yaml")["complaint"]
    return {
        name: re.compile("|".join(f"(?:{expression})" for expression in expressions))
        for name, expressions in read.items()
    }
