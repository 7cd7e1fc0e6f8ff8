"""One report as one HTML file: its words filled in here, its turns beside them as data, its script and style within.

The file asks for nothing: its own policy allows the scripts and styles whose hashes stand in it, and no request at all.
What a customer or guide wrote reaches the page only as text: escaped by the templates, or set as text by the script.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assistant.charting import drawing
from assistant.clock import SHOP_TIME
from eval.checks.checks import CHECK_NAMES
from eval.counting.outcome import TurnOutcome
from eval.gating.gate import GateFile
from eval.reporting.figures import CHECK_WORDS, SLICED_BY, Figures, HeardLine, Moved, Share, SliceLine, count
from eval.reporting.turns import Plain, Shared, turns_of
from eval.running import Ran

STATIC = Path(__file__).parent / "static"
STYLES = ("report.css",)
SCRIPTS = (drawing.NAME, "filter.js", "charts.js", "transcript.js", "report.js")
SHOWN_REASONS = 6
_RULE = re.compile(r"「(?P<check>[^」]+)」（(?P<pack>[^）]+)）")
"""How the gate names a rule of least shares."""
SHOWN_SLICES = 8


def report(
    now: Ran,
    gate: GateFile,
    *,
    before: Ran | None = None,
    baseline: Sequence[TurnOutcome] | None = None,
    home: str = "",
) -> str:
    """The whole report of a run, against an earlier one where it is given, as HTML.

    ``home`` is the address of the list the report is opened from, empty for a file that stands alone.
    """
    figures, compared = count(now, gate, before=before, baseline=baseline)
    shared = Shared()
    turns = turns_of(now, before, compared, shared)
    data: Plain = {
        "figures": figures.model_dump(mode="json"),
        "turns": turns,
        "shared": shared.rows(),
        "checks": CHECK_WORDS,
        "check_names": CHECK_NAMES,
    }
    return filled(
        "report.html",
        figures=figures,
        home=home,
        left_out=compared.left_out if compared is not None else (),
        checks=CHECK_WORDS,
        tags=_tags_to_show(figures),
        slices=_slices_by_tag(figures),
        worst=worst_slices(figures),
        best=_best_slices(figures),
        moved=_moved(figures),
        matrix=Matrix(figures.intents),
        reasons=_reasons(figures, turns),
        shown_reasons=SHOWN_REASONS,
        shown_slices=SHOWN_SLICES,
        data=embedded(data),
        styles=assets(STYLES),
        scripts=assets(SCRIPTS),
        policy=policy(),
    )


# ---- what must hold whatever a customer wrote --------------------------------------------------


def embedded(data: Mapping[str, Any]) -> Markup:
    """Data as JSON that no HTML parser takes for anything but text, and that is the same JSON still."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def policy(scripts: Sequence[str] = SCRIPTS, styles: Sequence[str] = STYLES, forms: str = "'none'") -> str:
    """A page's Content-Security-Policy: the scripts and styles that stand in it, and nothing else."""
    own = " ".join(hash_of(_asset(name)) for name in scripts), " ".join(hash_of(_asset(name)) for name in styles)
    return f"default-src 'none'; script-src {own[0]}; style-src {own[1]}; base-uri 'none'; form-action {forms}"


def assets(names: Sequence[str]) -> list[Markup]:
    """Files of ours as they stand in a page."""
    return [_asset(name) for name in names]


def filled(template: str, **shown: Any) -> str:
    """Fill a template; a blank that is not given is an error."""
    return _environment().get_template(template).render(**shown)


def hash_of(text: str) -> str:
    """How a page's own policy names a script or style that stands in it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> Markup:
    if name == drawing.NAME:
        return Markup(drawing.library().decode())
    return Markup((STATIC / name).read_text(encoding="utf-8"))


# ---- links -------------------------------------------------------------------------------------


def to_turns(filters: Mapping[str, Any]) -> str:
    """The address, within the file, of the turns that pass these filters."""
    return "#/turns?" + "&".join(f"{quote(key)}={quote(str(value), safe='')}" for key, value in filters.items())


def to_turn(case: str, number: int, repeat: int = 0) -> str:
    """The address, within the file, of one turn."""
    return f"#/turn?case={quote(case, safe='')}&n={number}&r={repeat}"


def _reasons(figures: Figures, turns: Sequence[Plain]) -> list[tuple[str, str]]:
    """The gate's reasons, each with the address of what it is about (empty where there is none) and the case's title."""
    titles = {f"{one['case']}#{one['n']}": one for one in turns}
    told = []
    for text in figures.gate.reasons:
        name, _, rest = text.partition(" ")
        rule = _RULE.match(name)
        if rule is not None and rule["check"] in CHECK_WORDS:
            title = figures.run.packs.get(rule["pack"])
            of_pack = {"tag.题包": title} if title is not None else {}
            shown = text.replace(f"（{rule['pack']}）", f"（{title}）") if title is not None else text
            told.append((shown, to_turns({"check": rule["check"], "is": "fail", **of_pack})))
        elif name in titles:
            turn = titles[name]
            told.append((f"{turn['title']}（第{turn['n']}轮）：{rest}", to_turn(turn["case"], turn["n"])))
        else:
            told.append((text, ""))
    return told


# ---- what the templates are given --------------------------------------------------------------


def _tags_to_show(figures: Figures) -> list[str]:
    here = {one.tag for one in figures.slices}
    return [tag for tag in SLICED_BY if tag in here]


def _slices_by_tag(figures: Figures) -> dict[str, list[SliceLine]]:
    return {tag: [one for one in figures.slices if one.tag == tag] for tag in _tags_to_show(figures)}


def worst_slices(figures: Figures) -> list[SliceLine]:
    """The slices with worse turns, first those that got worse beyond what got worse overall."""
    compared = figures.compared
    if compared is None or not compared.turns:
        return []
    overall = compared.worse_turns / compared.turns
    found = [one for one in figures.slices if one.worse]
    return sorted(found, key=lambda one: (-(one.worse - overall * one.now.judged), one.now.judged, one.value))


def _best_slices(figures: Figures) -> list[SliceLine]:
    compared = figures.compared
    if compared is None or not compared.turns:
        return []
    overall = compared.better_turns / compared.turns
    found = [one for one in figures.slices if one.better]
    return sorted(found, key=lambda one: (-(one.better - overall * one.now.judged), one.now.judged, one.value))


def _moved(figures: Figures) -> dict[tuple[str, str, str], Moved]:
    compared = figures.compared
    return {(one.check, one.tag, one.value): one for one in compared.moved} if compared is not None else {}


class Matrix:
    """What was meant against what was heard, as a table: the most frequent intent first."""

    def __init__(self, lines: Sequence[HeardLine]) -> None:
        self._cells = {(one.expected, one.heard): one.turns for one in lines}
        meant: dict[str, int] = {}
        for one in lines:
            meant[one.expected] = meant.get(one.expected, 0) + one.turns
        self.expected = sorted(meant, key=lambda name: (-meant[name], name))
        others = {one.heard for one in lines} - meant.keys()
        self.heard = [name for name in self.expected if any(one.heard == name for one in lines)] + sorted(others)
        self._meant = meant
        self.right = sum(one.turns for one in lines if one.expected == one.heard)
        self.turns = sum(meant.values())

    def cell(self, expected: str, heard: str) -> int:
        """How many turns."""
        return self._cells.get((expected, heard), 0)

    def whole(self, expected: str) -> int:
        """How many were meant so."""
        return self._meant[expected]

    def heat(self, expected: str, heard: str) -> int:
        """How dark the cell is, 0 to 5, by the share of what was meant."""
        share = self.cell(expected, heard) / self._meant[expected]
        return 0 if not share else min(5, 1 + int(share * 4.999))


# ---- how numbers are written -------------------------------------------------------------------


def percent(share: float | None) -> str:
    """A share to a tenth of a percent; 100 % only where it is all."""
    if share is None:
        return "没检查到"
    return f"{share:.1%}" if share in (0.0, 1.0) or 0.0005 <= share < 0.9995 else ("<0.1%" if share < 0.5 else ">99.9%")


def interval(share: Share) -> str:
    """The 95 % interval in words."""
    return "" if share.low is None or share.high is None else f"{share.low:.1%}–{share.high:.1%}"


def points(now: Share, before: Share | None) -> str:
    """The difference of two shares in percentage points, signed; empty where there is none to tell."""
    if before is None or now.share is None or before.share is None:
        return ""
    difference = (now.share - before.share) * 100
    return "不变" if abs(difference) < 0.05 else f"{difference:+.1f} 个百分点".replace("-", "−")


def moment(value: datetime) -> str:
    """A moment as the shop's clock shows it."""
    return f"{value.astimezone(SHOP_TIME):%Y-%m-%d %H:%M}"


def milliseconds(value: float) -> str:
    """A duration as people read it."""
    return f"{value / 1000:.2f} 秒" if value >= 1000 else f"{value:.0f} 毫秒" if value >= 10 else f"{value:.1f} 毫秒"


def seconds(value: float) -> str:
    """A longer duration as people read it."""
    return f"{value / 60:.0f} 分钟" if value >= 120 else f"{value:.0f} 秒"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({one.__name__: one for one in (percent, interval, moment, milliseconds, seconds)})
    environment.globals.update({one.__name__: one for one in (to_turns, to_turn, points)})
    return environment
