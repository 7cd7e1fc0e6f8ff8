"""One text as those read it who mark assertions in it, each leaving alone what those before it found."""

import re

from assistant.flow.guard.claims.found import Found, Role
from assistant.flow.guard.claims.known_names import KnownNames
from assistant.flow.guard.claims.telling import asked, denied
from assistant.turn import ClaimKind
from knowledge.folding import fold_widths

_CLAUSE_END = re.compile(r"[，。；！？!?;\n]")
_TITLE = re.compile(r"《[^》\n]{2,40}》")


class Scan:
    """One text being read: what has been found, and which characters are already spoken for."""

    def __init__(self, text: str, names: KnownNames) -> None:
        self.original = text
        self.folded = fold_widths(text)
        self.text = self.folded.text
        self.names = names
        self.taken = bytearray(len(self.text))
        # 《无理由退货说明》 promises nothing
        self.titles = tuple(match.span() for match in _TITLE.finditer(self.text))
        self.found: list[Found] = []

    def free(self, start: int, end: int) -> bool:
        """Say whether nothing was found at [start, end) yet."""
        return not any(self.taken[start:end])

    def take(self, start: int, end: int) -> None:
        """Keep [start, end) from being read as anything else."""
        self.taken[start:end] = b"\x01" * (end - start)

    def add(
        self,
        kind: ClaimKind,
        value: str,
        start: int,
        end: int,
        *,
        role: Role = Role.PLAIN,
        known: bool = True,
        over: bool = False,
    ) -> None:
        """Record a finding on free ground; ``over`` lets it lie over figures (买一送一)."""
        if start >= end or not (over or self.free(start, end)):
            return
        if any(first < end and start < last for first, last in self.titles):
            return
        place = self.folded.place(start, end)
        self.take(start, end)
        words = self.original[place.start : place.end]
        self.found.append(Found(kind, words, value, place.start, place.end, role=role, known=known))

    def in_a_name(self, start: int, end: int) -> bool:
        """Say whether a place lies inside the name of a product or a coupon (店长特批券)."""
        place = self.folded.place(start, end)
        names = (one for one in self.found if one.kind in (ClaimKind.PRODUCT, ClaimKind.COUPON))
        return any(one.start <= place.start and place.end <= one.end for one in names)

    def before(self, position: int, width: int = 8) -> str:
        """Return the words before a position, inside its clause."""
        return _CLAUSE_END.split(self.text[max(0, position - width) : position])[-1]

    def after(self, position: int, width: int = 8) -> str:
        """Return the words after a position, inside its clause."""
        return _CLAUSE_END.split(self.text[position : position + width])[0]

    def is_denied(self, start: int) -> bool:
        """Say whether the words before a place, inside its clause, deny what stands there."""
        return denied(self.before(start, 12))

    def is_asked(self, end: int) -> bool:
        """Say whether what ends at a place is asked and not told."""
        return asked(self.text[end : end + 24])
