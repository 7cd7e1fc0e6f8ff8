"""Ids of the shop's own records as a part of an address: whatever they hold, each has one, and none hides a page of ours.

Coupons, scripts and members are called as the shop's files call them: ``A/1``, ``new``, ``..``. What an address cannot hold
stands in it as ``~`` and two hexadecimal digits; a percent sign would be undone on the way, before a route is looked for.
"""

import re
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator

OWN_PAGES = frozenset({"new", "try", "import"})
"""What stands in an address of ours in the place where others have an id."""

_UNFIT = re.compile(r"[/\\~]")
_DOTS = re.compile(r"\.{1,2}")
_WRITTEN = re.compile(r"~([0-9A-F]{2})")


def segment(record_id: str) -> str:
    """An id as one part of an address."""
    fit = _UNFIT.sub(lambda found: _told(found[0]), record_id)
    if fit in OWN_PAGES or _DOTS.fullmatch(fit):
        fit = _told(fit[0]) + fit[1:]
    return quote(fit, safe="~")


def id_of(segment: str) -> str:
    """The id that a part of an address stands for."""
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)), segment)


RecordId = Annotated[str, AfterValidator(id_of)]
"""The id in the path of a route."""


def _told(character: str) -> str:
    return f"~{ord(character):02X}"
