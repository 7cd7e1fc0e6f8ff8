"""Watching what would be sent to a model: every request a turn makes is kept for the checks, whether one answers or not."""

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.errors import ModelUnavailable
from assistant.seams import Answer, Ask, ModelAnswer, ModelReason, Prompt


@dataclass
class Watch:
    """An ``Ask`` that remembers the requests of the turn under way and hands them on.

    Without a model it says that the model is paused: the composer then words the drafts, as it would without the watch,
    and yet it is seen what a model would have been told.
    """

    model: Ask | None = None
    requests: list[Prompt] = field(default_factory=list)

    def __call__(
        self, prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
    ) -> ModelAnswer[Answer]:
        self.requests.append(prompt)
        if self.model is None:
            raise ModelUnavailable(ModelReason.PAUSED, "a replay without a model")
        return self.model(prompt, schema, seconds, heard)

    def take(self) -> tuple[Prompt, ...]:
        """The requests since the last time this was asked."""
        taken, self.requests = tuple(self.requests), []
        return taken
