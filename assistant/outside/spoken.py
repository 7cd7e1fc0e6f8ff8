"""What a model said, read as the answer it was asked for: JSON in a schema, with whatever it put around it.

Models think aloud before they answer and wrap JSON in a code block; that is taken off. Everything else that is not the
answer is a reason to ask once more, or to give up where asking again would only cost again.
"""

import json
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from pydantic import ValidationError
from pydantic_core import from_json

from assistant.seams import Answer, ModelReason

LOOP_CHARACTERS = 240
"""A text that ends in one piece said over and over for so many characters is going round in circles."""
_LONGEST_PIECE = 80
_END_OF_THOUGHT = "</think>"


class Unusable(Exception):
    """The model answered, but not with the answer; ``hopeless`` where the same question would go the same way."""

    def __init__(self, reason: ModelReason, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hopeless = hopeless


def read(message: AIMessage, schema: type[Answer]) -> Answer:
    """Return the answer in a whole message; raises Unusable."""
    if message.additional_kwargs.get("refusal") or message.response_metadata.get("finish_reason") == "content_filter":
        raise Unusable(ModelReason.REFUSED)
    text = text_of(message)
    if is_looping(text):
        raise Unusable(ModelReason.BAD_OUTPUT, hopeless=True)
    try:
        return schema.model_validate_json(_json_in(text))
    except ValidationError as outside:
        raise Unusable(ModelReason.BAD_OUTPUT) from outside


def finished(text: str, schema: type[Answer]) -> Answer | None:
    """Return what is complete of an answer that is still being said, None where that is no answer yet.

    Of each list the last item may still grow; it is left out.
    """
    said = text.rpartition(_END_OF_THOUGHT)[2]
    try:
        value = from_json(said[said.find("{") :] if "{" in said else "", allow_partial=True)
        complete = {name: one[:-1] if isinstance(one, list) else one for name, one in value.items()}
        return schema.model_validate(complete)
    except (ValueError, AttributeError):
        # JSON of another shape, or too little of it
        return None


def piece_of(chunk: AIMessageChunk) -> str:
    """Return the words that a piece of a streamed answer adds."""
    if chunk.tool_call_chunks:
        return "".join(call["args"] or "" for call in chunk.tool_call_chunks)
    return str(chunk.text)


def text_of(message: AIMessage) -> str:
    """Return the words of an answer, whether they came as text or as the arguments of a tool."""
    if message.tool_calls:
        return json.dumps(message.tool_calls[0]["args"], ensure_ascii=False)
    if message.invalid_tool_calls:
        return message.invalid_tool_calls[0]["args"] or ""
    return str(message.text)


def is_looping(text: str) -> bool:
    """Say whether the text ends in one short piece, repeated and repeated."""
    tail = text[-LOOP_CHARACTERS:]
    if len(tail) < LOOP_CHARACTERS:
        return False
    # a tail of period n equals itself moved on by n
    return any(tail[size:] == tail[:-size] for size in range(1, _LONGEST_PIECE + 1))


def reported(message: AIMessage) -> tuple[int, int] | None:
    """Return the input and output tokens the endpoint counted, None where it does not say."""
    usage: dict[str, Any] = dict(message.usage_metadata or {})
    if not usage:
        return None
    return int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0)


def _json_in(text: str) -> str:
    """Return what stands between the first brace and the last one, thoughts and fences aside."""
    said = text.rpartition(_END_OF_THOUGHT)[2]
    return said[said.find("{") : said.rfind("}") + 1]
