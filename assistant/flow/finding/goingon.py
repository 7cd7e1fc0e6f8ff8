"""Which papers answered the turn before and of which place it was, where a question about the shop's rules goes on with that one."""

import re

from assistant.flow.desk import Desk
from assistant.flow.words.places import regions_named
from assistant.turn import Evidence, EvidenceKind, Intent, Need

_ANOTHER_CASE = re.compile("线上|网上|网购|小程序|门店|店里|实体店")
"""Bought elsewhere is another case, which mostly has another paper."""
LONGEST = 24
"""A question of more characters stands for itself."""


def goes_on_with_rules(desk: Desk) -> bool:
    """Say whether the turn before was about the shop's rules: what is asked now may leave out what it is about."""
    previous = desk.previous
    return previous is not None and Intent.POLICY in (previous.need.intent, *previous.need.also)


def places_spoken_of(need: Need, desk: Desk) -> frozenset[str]:
    """Return the regions a question names or, where it goes on with the one before, that named: 寄到成都…, 满多少包邮."""
    named, previous = regions_named(need.question), desk.previous
    if named or previous is None or {need.intent, previous.need.intent} != {Intent.POLICY}:
        return named
    same_person = need.customer_id == previous.need.customer_id
    return regions_named(previous.need.question) if same_person and len(need.question) <= LONGEST else named


def papers_before(need: Need, desk: Desk) -> tuple[Evidence, ...]:
    """Return the passages that the drafts before rest on: 不是咱家买的能换不 is still about 以旧换新, not about returns."""
    previous = desk.previous
    if previous is None or need.from_customer:
        return ()
    now = need.question.removeprefix(previous.need.question).strip()
    if {need.intent, previous.need.intent} != {Intent.POLICY} or len(now) > LONGEST:
        return ()
    newly = set(need.slots.policy_topics) - set(previous.need.slots.policy_topics)
    if newly or _ANOTHER_CASE.search(now):
        return ()
    cited = {one for draft in previous.drafts for sentence in draft.sentences for one in sentence.evidence}
    return tuple(one for one in previous.evidence if one.kind is EvidenceKind.PASSAGE and one.id in cited)
