"""The prompts a model is given, shown outside any conversation: for a question now, or for a turn that is on record.

They go the way of a turn up to the model, and there is none: what is shown is what it would read, persons hidden.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.clock import Clock
from assistant.desks import Desks
from assistant.errors import ModelUnavailable, NotFound
from assistant.flow.answer import answer
from assistant.flow.brief import Brief
from assistant.flow.desk import Inquiry
from assistant.flow.drafting.manner import manners_for
from assistant.flow.drafting.masking import Mask
from assistant.flow.drafting.prompt import prompt_for
from assistant.proposing import asked_of, prompt_about
from assistant.seams import Answer, ModelAnswer, ModelReason, Prompt, Search
from assistant.store import material, turns
from assistant.store.database import Database
from assistant.turn import Message, TurnRecord
from prompts.load import Prompts


@dataclass(frozen=True)
class PromptOfTurn:
    """The prompt of a turn on record, made again from it. Names and the talk before are as the database has them now."""

    prompt: Prompt
    record: TurnRecord


@dataclass(frozen=True)
class Prompting:
    """One corp's prompts as of now."""

    database: Database
    desks: Desks
    search: Search
    prompts: Prompts
    corp_id: str
    clock: Clock

    def of_question(self, userid: str, question: str) -> Prompt | None:
        """What a model would be asked if this guide asked now, None where it would not be asked; writes nothing.

        Raises NotFound for a guide who is not there.
        """
        moment = self.clock()
        desk = self.desks.lay(self.corp_id, userid, "", "", moment)
        inquiry = Inquiry((Message(message_id="", text=question, received_at=moment),), moment)
        asked: list[Prompt] = []

        def keep(
            prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
        ) -> ModelAnswer[Answer]:
            asked.append(prompt)
            raise ModelUnavailable(ModelReason.PAUSED, "only looking")

        answer(inquiry, desk, self.search, keep, prompts=self.prompts)
        return asked[0] if asked else None

    def of_turn(self, turn_id: str) -> PromptOfTurn | None:
        """What a model was or would have been asked in a turn, None for a turn in which nothing was drafted.

        Raises NotFound for a turn that is not there, or whose guide or customer is no longer there.
        """
        with self.database.read() as tx:
            record = turns.read(tx, turn_id)
        if record is None or record.corp_id != self.corp_id:
            raise NotFound(turn_id)
        if not record.drafts:
            return None
        desk = self.desks.lay(
            self.corp_id, record.guide, record.conversation_id, "", record.started_at, before_turn=turn_id
        )
        need = record.need
        brief = Brief(
            need=need,
            desk=desk,
            customer=desk.customer(need.customer_id) if need.customer_id else None,
            products=tuple(desk.shop.products[sku] for sku in need.skus if sku in desk.shop.products),
            stock=(),
            hits=record.hits,
            offer=record.offer,
            evidence=record.evidence,
            manners=manners_for(need, desk),
            moment=record.started_at,
        )
        return PromptOfTurn(prompt_for(brief, Mask.of(brief), self.prompts), record)

    def of_material(self) -> Prompt | None:
        """What a model is asked when it thinks of questions for a passage: for the first one, None where there is none."""
        with self.database.read() as tx:
            passages = material.published_passages(tx, self.corp_id)
        first = next((one for one in passages if asked_of(one)), None)
        return prompt_about(first, self.prompts) if first is not None else None
