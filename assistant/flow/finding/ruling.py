"""Whether a question that seemed to be about goods is really settled by one of the shop's rules.

停车多少钱 asks no price of goods, 升金卡还差多少 compares none: where no goods are meant and a rule answers surely, it is a
question about the rules.
"""

import re
from datetime import datetime

from assistant.flow.desk import Desk
from assistant.flow.finding.choosing import choose_products
from assistant.flow.finding.quoting import best_quote
from assistant.flow.finding.retrieval import retrieve
from assistant.seams import Search
from assistant.shop import Customer
from assistant.turn import EvidenceKind, Intent, Need
from knowledge.passage import DocumentKind

_OF_GOODS = frozenset(
    (
        Intent.COMPARE,
        Intent.PRICE,
        Intent.STOCK,
        Intent.USAGE,
        Intent.SUITABILITY,
        Intent.PRODUCT_FACT,
        Intent.UNCLEAR,
    )
)
_ASKED_OF_RULES = {
    Intent.BIRTHDAY: re.compile(
        r"补领|生日(?:礼|券|小样|福利|积分|当?月)[^,。!]{0,12}(?:吗|嘛|几|差|啥时候|什么时候|由谁|谁发|怎么领|可以不|多少|自己)|由谁发|发几条"
    ),
    Intent.COUPON: re.compile(
        r"一起用|[两二2]张|叠加|同享|最后一天|几点|到期|过期|(?:什么|啥)时候发|先扣|还是先|超过的?部分|退的时候|没付|占着|还能再用|怎么使用|转给|折现"
    ),
}
"""生日券啥时候发, 能不能一次用两张券 ask for the rule; 现在有什么券 and a wish to congratulate do not."""
_SHORTEST = 5
RULED_FROM = 0.5
"""The odds from which a rule answers rather than the goods."""
_RULED_FROM_OF = {Intent.SUITABILITY: 0.8, Intent.STOCK: 0.8}
"""Whether a body bears them, and when they come in, is not lightly a matter of rules."""


def ruled(need: Need, customer: Customer | None, desk: Desk, search: Search, moment: datetime) -> Need:
    """Return the need as one for a rule where that surely answers and no goods are meant; otherwise as it was."""
    sign = _ASKED_OF_RULES.get(need.intent)
    asked = sign is not None and sign.search(need.question) is not None
    if not (need.intent in _OF_GOODS or asked) or need.also or need.skus or need.candidates:
        return need
    if desk.previous is not None and any(one.kind is EvidenceKind.PRODUCT for one in desk.previous.evidence):
        # it goes on about those goods
        return need
    if len(re.sub(r"\W", "", need.question)) < _SHORTEST or choose_products(need, customer, desk):
        return need
    as_rule = need.model_copy(update={"intent": Intent.POLICY})
    hits = retrieve(as_rule, (), desk, search, moment)
    quote = best_quote(need.question, hits, (DocumentKind.POLICY,), need.slots.policy_topics, overlap_needed=True)
    least = _RULED_FROM_OF.get(need.intent, RULED_FROM)
    return as_rule if quote is not None and quote.odds >= least else need
