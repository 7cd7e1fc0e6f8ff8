"""Styles, small scripts and the icon, read once; each under an address that changes with what it holds.

Whoever has seen a page need not fetch them for the next: they are kept for good, and a new release has new addresses.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from assistant.charting import drawing

STYLE = "style.css"
ICON = "icon.svg"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0c4a3b"/>'
    '<path d="M8 10h16v10H15l-5 4v-4H8z" fill="#fff"/></svg>'
)
_FRAME_STYLE = "base.css"
_MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(NamedTuple):
    """One file that pages ask for; ``mark`` is of its content."""

    name: str
    mark: str
    content: bytes

    @property
    def media(self) -> str:
        """Its media type."""
        return _MEDIA["." + self.name.rpartition(".")[2]]

    @property
    def address(self) -> str:
        """Where this very content is, now and later."""
        return f"/console/static/{self.mark}/{self.name}"


@cache
def bundle() -> Mapping[str, Asset]:
    """Every asset by its name: one stylesheet made of every room's, each room's script, the drawing library, the icon."""
    room = files("assistant.console")
    # the frame's rules first: a room refines them
    styles = sorted(room.joinpath("styles").iterdir(), key=lambda one: (one.name != _FRAME_STYLE, one.name))
    style = b"\n".join(one.read_bytes() for one in styles if one.name.endswith(".css"))
    scripts = {one.name: one.read_bytes() for one in room.joinpath("static").iterdir() if one.name.endswith(".js")}
    held = {STYLE: style, ICON: _ICON.encode(), drawing.NAME: drawing.library(), **scripts}
    return {name: Asset(name, _mark(content), content) for name, content in held.items()}


def asset(name: str) -> str:
    """The address of an asset, for templates; raises KeyError for one there is not."""
    return bundle()[name].address


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
