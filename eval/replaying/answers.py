"""A model's answers, kept on disk: the same question to the same model is paid for once, and answered alike again."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assistant.outside.llm import Method, open_model
from assistant.seams import Answer, Ask, ModelAnswer, Prompt


@dataclass(frozen=True)
class Answering:
    """How to reach a model, and where its answers are kept; travels to the processes that replay."""

    base_url: str
    api_key: str = field(repr=False)
    model: str
    method: Method
    kept_in: Path

    def open(self) -> "KeptAnswers":
        """The model behind its kept answers."""
        model = open_model(base_url=self.base_url, api_key=self.api_key, model=self.model, method=self.method)
        return KeptAnswers(model, f"{self.base_url}|{self.model}|{self.method}", self.kept_in)


@dataclass
class KeptAnswers:
    """An ``Ask`` that looks on disk first. ``repeat`` keeps the answers of repetitions apart: they are samples.

    The key is all that the answer depends on: the model and where it lives, the prompt with its version, the schema,
    the repetition. A refusal or a failure is never kept.
    """

    model: Ask
    lives_at: str
    kept_in: Path
    repeat: int = 0
    found: int = 0
    """How many answers came from the disk so far."""

    def __call__(
        self, prompt: Prompt, schema: type[Answer], seconds: float, heard: Callable[[Answer], None] | None = None
    ) -> ModelAnswer[Answer]:
        path = self.kept_in / f"{self._key(prompt, schema)}.json"
        kept = _read(path, schema)
        if kept is None:
            kept = self.model(prompt, schema, seconds, heard)
            _write(path, kept.model_dump_json())
            return kept
        self.found += 1
        if heard is not None:
            heard(kept.value)
        return kept

    def _key(self, prompt: Prompt, schema: type[Answer]) -> str:
        parts: tuple[Any, ...] = (
            self.lives_at,
            prompt.name,
            prompt.version,
            prompt.system,
            prompt.user,
            schema.model_json_schema(),
            self.repeat,
        )
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _read(path: Path, schema: type[Answer]) -> ModelAnswer[Answer] | None:
    """What was kept, or None where nothing was, or the schema has changed its meaning since."""
    try:
        return ModelAnswer[schema].model_validate_json(path.read_bytes())  # type: ignore[valid-type]
    except (FileNotFoundError, ValidationError):
        return None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
