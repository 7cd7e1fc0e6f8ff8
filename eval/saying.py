"""How the commands of ``daogou eval`` speak: every line as it is, and what is wrong with cases or folders without a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from eval.cases.reading import BadCase

ERROR = 2
"""The exit code of a command that could not do what it was asked."""

out = Console()
waiting = Console(stderr=True)
"""Where progress is shown: what a command says may be read by a program."""


def say(text: str) -> None:
    """Print a line as it is: a customer's brackets are no markup, and a long line is not broken."""
    out.print(text, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def told(*also: type[Exception]) -> Iterator[None]:
    """Tell a BadCase, or one of these, as people read it, and end the command."""
    kinds: tuple[type[Exception], ...] = (BadCase, *also)
    try:
        yield
    except kinds as bad:
        out.print(str(bad), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(ERROR) from bad
