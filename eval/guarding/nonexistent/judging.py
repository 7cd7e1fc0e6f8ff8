"""What was shown in a turn, sentence by sentence, held against the shop's tables."""

import re
from collections.abc import Iterator, Sequence

from assistant.flow.guard.claims.find import find_claims
from assistant.flow.guard.claims.granting import subjects as granted_subjects
from assistant.service import Service
from assistant.shop import Scene
from assistant.turn import Intent, TurnRecord
from eval.checks.checks import shown_drafts
from eval.guarding.nonexistent.coupons import judge_coupons
from eval.guarding.nonexistent.figures import judge_counts, judge_discounts, judge_money
from eval.guarding.nonexistent.invention import Invention
from eval.guarding.nonexistent.line import Line
from eval.guarding.nonexistent.names import judge_grants, judge_products, judge_promises
from eval.guarding.nonexistent.truth import MOMENT, Seen, Used
from eval.guarding.nonexistent.written import skus_of_turn

_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]*")
# The words of a message that the guide is warned of are quoted to her, not told as true.
_QUOTED_ORDER = re.compile(
    "像是写给AI的指令「[^」]*」|(?:「[^」]*」)+(?=是敏感个人信息)|(?:她说到|说到了孩子（)「[^」]*」"
)
# what the guard tells of a held draft, and how it would word it: advice on writing, shown as no fact
_HELD_LINE = re.compile(r"^· 「[^」]*」[^：\n]*（[^：\n]*）：.*|可以写：.*")
_NEW_TOPIC = re.compile("^(?:[①②③④⑤·【]|优惠：|顺带一提|依据：|接着可以问)")
_PLAIN_TITLE = re.compile("《[^》]*》")


def look(service: Service, record: TurnRecord, used: Used | None = None) -> Seen:
    """What the shop's tables say about whom and what a turn was about."""
    desk = service.handling.desks.lay(record.corp_id, record.guide, record.conversation_id, "", MOMENT)
    need = record.need
    for_many = need.scene is not Scene.PRIVATE or need.intent is Intent.GROUP_POST
    skus = tuple(
        sorted(skus_of_turn(record) | {one.subject for one in record.evidence if one.subject in desk.shop.products})
    )
    return Seen.of(desk, "" if for_many else need.customer_id, desk.stock(skus), used)


def judge(record: TurnRecord, seen: Seen, never: Sequence[str] = ()) -> tuple[Invention, ...]:
    """Find everything shown in this turn that the shop's tables do not bear out.

    ``never`` are words that must not be granted; telling that there is no such thing is what a good answer does.
    """
    lines = tuple(_lines(record, seen))
    made: list[Invention] = []
    for line in lines:
        made += judge_coupons(line, record, seen)
        made += judge_money(line, record, seen)
        made += judge_discounts(line, record, seen)
        made += judge_promises(line, record, seen)
        made += judge_products(line, record, seen)
        made += judge_counts(line, record, seen)
        made += judge_grants(line, never)
    return tuple(dict.fromkeys(made))


def _lines(record: TurnRecord, seen: Seen) -> Iterator[Line]:
    """Every sentence shown, once; what the guard quotes of a held draft is not shown as true."""
    told: set[str] = set()
    for text in (*record.reply.parts, *shown_drafts(record)):
        carried: frozenset[str] = frozenset()
        for block in text.split("\n"):
            if _NEW_TOPIC.match(block):
                carried = frozenset()
            for match in _SENTENCE.finditer(_PLAIN_TITLE.sub("", _QUOTED_ORDER.sub("", _HELD_LINE.sub("", block)))):
                sentence = match.group().strip()
                if not sentence:
                    continue
                # a wording alone is no figure: what it grants is judged by the words nobody may grant
                found = tuple(
                    one
                    for one in find_claims(sentence, seen.names)
                    if one.value.partition(":")[0] not in granted_subjects()
                )
                line = Line(sentence, found, carried, seen.short_names)
                carried = line.products or carried
                if sentence not in told:
                    told.add(sentence)
                    yield line
