"""What a log line may hold: which step, which ids, which lines of code; never whose words were being worked on (G2)."""

import logging
import re
from typing import Any

from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo

FOREIGN = ("sqlalchemy", "openai", "langchain", "httpx", "httpx2", "httpcore", "httpcore2", "dbos", "alembic")
"""Libraries that carry messages, profiles and tokens, and print them when they are told to be talkative."""

_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\S*@\S*|[^\x00-\x7f]+|\d{4,}")
"""What in an error's text may be somebody's words: quotations, addresses, Chinese, long numbers."""


class TraceOfLines:
    """A trace that names lines and tells what went wrong, but not the values that stood there: those are messages."""

    def __init__(self) -> None:
        self._transform = ExceptionDictTransformer(show_locals=False)

    def __call__(self, exc_info: ExcInfo) -> list[dict[str, Any]]:
        """Return the stacks of an exception and its causes."""
        return [_without_values(stack) for stack in self._transform(exc_info)]


def _without_values(stack: dict[str, Any]) -> dict[str, Any]:
    told = _VALUE.sub("…", stack["exc_value"])
    inner = [[_without_values(one) for one in nested] for nested in stack["exceptions"]]
    return {**stack, "exc_value": told, "exc_notes": [], "exceptions": inner}


def hush_foreign_loggers() -> None:
    """Let libraries tell warnings and errors only, however talkative the process is made: their details are values."""
    for name in FOREIGN:
        logging.getLogger(name).setLevel(logging.WARNING)
