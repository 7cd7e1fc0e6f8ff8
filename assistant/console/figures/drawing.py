"""What a chart is given: plain values for ``static/figures.js``, which stand in a table beside it as well."""

import json
from collections.abc import Sequence

from assistant.scoring.counting import Counts
from assistant.turn import ActionKind


def trend(labels: Sequence[str], counts: Sequence[Counts], links: Sequence[str]) -> str:
    """What guides said of drafts over time as stacked bars, the share they used as a line: with a gap where few spoke."""
    said = (ActionKind.ACCEPTED, "accepted"), (ActionKind.EDITED, "edited"), (ActionKind.REFUSED, "refused")
    return _written(
        kind="trend",
        labels=list(labels),
        shares=[one.adoption.share if one.adoption.is_enough else None for one in counts],
        said=[{"name": kind.label, "values": [getattr(one, field) for one in counts]} for kind, field in said],
        links=list(links),
        name="采用率",
        unit="次",
    )


def bars(labels: Sequence[str], values: Sequence[int], links: Sequence[str], unit: str) -> str:
    """Counts as bars, in this order from above."""
    return _written(kind="bars", labels=list(labels), values=list(values), links=list(links), unit=unit)


def _written(**values: object) -> str:
    return json.dumps(values, ensure_ascii=False, allow_nan=False)
