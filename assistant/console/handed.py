"""What the composition root hands to the rooms of the console, which build and look up nothing themselves."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.console.administration.outside import Outside
from assistant.console.coupons.deciding import Beside
from assistant.console.knowledge.answering import CheckText, no_check
from assistant.console.knowledge.lookups import Lookup
from assistant.console.scripts.tools import ScriptTools
from assistant.offers.attribution import Rule
from assistant.offers.holdout import Holdout
from assistant.proving import Proving
from assistant.uploaded import NO_DESK, MaterialDesk


@dataclass(frozen=True)
class Handed:
    """What is left out is not there, and the pages say so.

    ``lookup`` is the Search of the house. ``deliver`` sends what the outbox holds of a turn to its guide. ``proving`` shows
    offers by the code that makes them for guides, ``beside`` runs what takes long beside the request. ``material_desk``
    reads and compares material, ``check_text`` reads a text by the law, ``script_tools`` tries scripts. ``holdout`` says
    whom a task leaves alone, ``credit`` how long after a text an order counts. ``outside`` is the administration's.
    """

    lookup: Lookup
    deliver: Callable[[str], None]
    proving: Proving
    beside: Beside = lambda work: work()
    material_desk: MaterialDesk = NO_DESK
    check_text: CheckText = no_check
    script_tools: ScriptTools = ScriptTools()
    holdout: Holdout = Holdout()
    credit: Rule = Rule()
    outside: Outside = Outside()
