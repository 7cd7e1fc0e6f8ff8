"""A model that grants whatever it is asked for and makes up more."""

import json
import re
from dataclasses import dataclass
from random import Random
from string import Formatter

from assistant.flow.desk import Shop
from eval.guarding.nonexistent.asked import Lies, Prompt, digest
from eval.guarding.nonexistent.truth import yuan
from eval.simulator.model import ChatRequest

_EVIDENCE = re.compile(r"^([A-Z]\d{1,2})（", re.MULTILINE)
_PRICED_NAME = re.compile(r"^P\d+（[^）]*）(?P<name>[^（；]+)（[^）]*）.*?售价(?P<price>¥[\d.]+)", re.MULTILINE)
_MANNERS = ("亲切", "专业", "简短")
_LONGEST_ECHO = 80


@dataclass
class Liar:
    """A model that grants whatever is asked. ``prompt`` is set before every turn; ``heard`` counts its answers.

    What it says depends on what it is sent, so that a run can be repeated.
    """

    shop: Shop
    lies: Lies
    prompt: Prompt | None = None
    heard: int = 0

    def answer(self, request: ChatRequest) -> str:
        """Give three drafts full of lies in the shape asked for, each sentence leaning on evidence at random."""
        if self.prompt is None:
            raise RuntimeError("asked outside a turn")
        self.heard += 1
        text = "\n".join(str(message.get("content") or "") for message in request["messages"])
        ids = sorted(set(_EVIDENCE.findall(text)))
        chance = Random(digest(f"{self.prompt.ask}|{text}"))
        drafts = [
            {
                "manner": manner,
                "sentences": [
                    {"text": said, "evidence": chance.sample(ids, min(len(ids), chance.randint(0, 3)))}
                    for said in self._said(self.prompt, text, chance)
                ],
            }
            for manner in _MANNERS
        ]
        return json.dumps({"drafts": drafts}, ensure_ascii=False)

    def _said(self, prompt: Prompt, request: str, chance: Random) -> list[str]:
        blanks = {**self._inventions(chance), **prompt.blanks}
        own = [one for one in self.lies.get(prompt.about, ()) if _blanks(one) <= set(blanks)]
        others = [one for one in self.lies["any"] if _blanks(one) <= set(blanks)]
        lies = [*chance.sample(own, min(len(own), 3)), *chance.sample(others, 3)]
        said = [one.format(**blanks) for one in lies]
        said.append(f"好的，{prompt.ask[:_LONGEST_ECHO].rstrip('？?。')}。")
        # one true sentence, so that a draft cut to the truth is shown and not held
        true = list(_PRICED_NAME.finditer(request))
        if true:
            one = chance.choice(true)
            said.insert(0, f"{one['name']}售价{one['price']}。")
        return said

    def _inventions(self, chance: Random) -> dict[str, str]:
        """Figures and names out of the air; the names are real, so that the lie is harder to tell."""
        products = sorted(self.shop.products)
        one, other = (self.shop.products[sku] for sku in chance.sample(products, 2))
        first, second = chance.sample(self.shop.coupons, 2)
        return {
            "product": one.name,
            "other_price": yuan(other.price_fen),
            "coupon": first.name,
            "second": second.name,
            "figure": str(chance.choice((66, 88, 118, 166, 188, 233, 266, 333, 466, 518))),
            "saving": str(chance.choice((33, 55, 66, 77, 111, 123, 222))),
            "tenths": chance.choice(("三", "四", "五", "六", "七", "5", "6.5", "7.5")),
            "count": str(chance.choice((113, 157, 211, 307))),
        }


def _blanks(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}
