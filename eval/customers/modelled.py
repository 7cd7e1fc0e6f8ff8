"""A customer played by a model, when one is configured: the same persona, freer words."""

from dataclasses import dataclass, field

from pydantic import BaseModel

from assistant.seams import Ask, Prompt
from eval.customers.persona import Persona
from prompts.load import load

SECONDS = 20.0
LONGEST_TALK = 12


class Said(BaseModel):
    """What the model answers: an empty message ends the talk."""

    message: str
    satisfied: bool = False
    why: str = ""


@dataclass
class ModelDriven:
    """A customer whose words a model finds. Raises ModelUnavailable, for a talk without a customer is none."""

    persona: Persona
    ask: Ask
    last: Said = field(default_factory=lambda: Said(message=""))
    _talk: list[str] = field(default_factory=list)

    def opens(self) -> str:
        """Her first message."""
        return self._next()

    def answers(self, reply: str) -> str:
        """What she says to a reply; empty when she has nothing more to say."""
        self._talk.append(f"导购：{reply}")
        return self._next() if len(self._talk) < LONGEST_TALK else ""

    def _next(self) -> str:
        persona = self.persona
        made = load("rubrics/customer").render(
            {
                "goal": persona.wants.label,
                "product": persona.product,
                "budget": str(persona.budget),
                "fact": persona.fact,
                "temper": persona.temper,
                "talk": "\n".join(self._talk) or "（还没开始）",
            },
        )
        prompt = Prompt(name=made.name, version=made.version, system=made.system, user=made.user)
        self.last = self.ask(prompt, Said, SECONDS).value
        if self.last.message:
            self._talk.append(f"顾客：{self.last.message}")
        return self.last.message.strip()
