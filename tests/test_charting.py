"""The drawing library is the published one, and both who draw use the same copy."""

import hashlib
import re
from importlib.resources import files

from assistant.charting import drawing
from eval.reporting.page import SCRIPTS, assets


def test_it_is_the_file_its_makers_published() -> None:
    told = (files("assistant.charting") / "vendor" / "README.md").read_text(encoding="utf-8")
    known = re.search(r"sha256  ([0-9a-f]{64})", told)
    assert known is not None
    assert hashlib.sha256(drawing.library()).hexdigest() == known.group(1)


def test_a_report_holds_that_copy() -> None:
    assert drawing.library().decode() in assets(SCRIPTS)
