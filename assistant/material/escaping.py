"""Cells that a spreadsheet would take for a formula, made harmless going out and put right coming in (safety F7).

A text that begins with = + - @ (half or full width), a tab, a carriage return or NUL, or like an error value
(#REF!), gets an apostrophe before it. A text
that already begins with apostrophes before such a character gets one more, so that taking one away always gives back
what was there.
"""

import re

_RISKY = "(?:[=+\\-@＝＋－＠\\t\\r\\x00]|#[A-Z])"
_TO_ESCAPE = re.compile(f"^'*{_RISKY}")
_ESCAPED = re.compile(f"^'+{_RISKY}")


def escaped(text: str) -> str:
    """A cell's text as it may stand in a file that a spreadsheet opens."""
    return f"'{text}" if _TO_ESCAPE.match(text) else text


def unescaped(text: str) -> str:
    """A cell's text without the apostrophe that ``escaped`` put before it."""
    return text[1:] if _ESCAPED.match(text) else text
