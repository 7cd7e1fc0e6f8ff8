"""What the room of scripts is handed by the composition root: it checks and fills in nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.console.refusals import CheckMissing, ScriptBlocked
from assistant.shop import Script
from assistant.trying import Tried
from knowledge.reading.blocks import Reading

TryScript = Callable[[Script], Tried]
"""A script to what the guard says of it and how it reads; raises NotFound before anything was ingested."""

ReadTable = Callable[[str, bytes], Reading]
"""A file's name and content to what stands in it."""


@dataclass(frozen=True)
class ScriptTools:
    """Where they were not handed in, pages are shown without them and nothing can be published."""

    try_out: TryScript | None = None
    read_table: ReadTable | None = None

    def tried(self, script: Script) -> Tried | None:
        """What is known of a script before it is served; None where nobody can say."""
        return self.try_out(script) if self.try_out is not None else None

    def must_pass(self, script: Script) -> None:
        """Raise ScriptBlocked for a script that may not be served, CheckMissing where nobody can say."""
        tried = self.tried(script)
        if tried is None:
            raise CheckMissing(script.script_id)
        if tried.blocked:
            raise ScriptBlocked([one.finding for one in tried.findings if one.blocks])
