"""Which texts nobody asked for: these count against the caps of contact; answers to a customer never do."""

import re

from assistant.turn import Intent, Need

UNASKED = frozenset((Intent.TASK, Intent.BIRTHDAY, Intent.REACTIVATION, Intent.CARE))
"""Needs that are a guide's own idea unless the customer's words brought them up."""

_PUSHED = re.compile(r"(?:发|推|送|提醒|通知|告诉|喊|叫)[^,，。?？问说]{0,10}(?:券|优惠|活动|折扣|福利)")
_RELAYED = re.compile(
    r"(?<=[^问\W])(?:又|还|刚|刚刚|在|来|想)?(?:问(?![问候下她他]|一下[她他])|说(?!说|一[声下])|想知道|反馈|回复)"
)
_TO_HER = re.compile(r"^\W*(?:帮我|帮忙|请|麻烦|你)?(?:再|先)?(?:给|跟|和|对|向|替我|帮我|问问|提醒)")
_ASKED = re.compile(r"[?？吗嘛]|有没有|能不能|是不是")


def is_proactive(need: Need, written: str) -> bool:
    """Say whether the text that is asked for goes to a customer who asked nothing; ``written`` are the guide's words.

    Words of the customer, pasted or passed on (苏姐问…, 她说…), make it an answer.
    """
    if not need.customer_id and need.mention is None and not need.candidates:
        return False
    if need.from_customer or _passes_on(written):
        return need.intent is Intent.TASK
    if need.intent in UNASKED:
        return True
    return need.intent is Intent.COUPON and _PUSHED.search(written) is not None and not _ASKED.search(written)


def _passes_on(written: str) -> bool:
    return _TO_HER.match(written) is None and _RELAYED.search(written) is not None
