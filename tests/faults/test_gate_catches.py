"""The gate on a product that was made worse on purpose, and on one that was only written otherwise.

Each change is planted in a copy of the source, which a process of its own then evaluates against the baseline.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from eval.gating.gate import GATE, OK, REGRESSION
from tests.faults.planted import NO_CHANGES, REGRESSIONS, Planted

ROOT = Path(__file__).parents[2]
PACKAGES = ("assistant", "knowledge", "prompts", "eval")
# the ordinary suite plants one in process: tests/eval/test_replay.py, a search that finds nothing
pytestmark = pytest.mark.faults


def every(planted: tuple[Planted, ...]) -> list[object]:
    """Each change as a case of its own."""
    return [pytest.param(one, id=one.name) for one in planted]


def plant(one: Planted, into: Path) -> None:
    """Copy the product with one text changed; a text that is not there exactly once is a mistake of the test."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, into / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = into / one.file
    text = path.read_text(encoding="utf-8")
    assert one.old in text, f"{one.file} has changed: plant {one.name!r} anew"
    path.write_text(text.replace(one.old, one.new, 1), encoding="utf-8")


def gate(product: Path, tmp_path: Path) -> tuple[int, str]:
    """The gate's exit code and what it printed, on the sample shop's pack; how fast a busy machine was decides nothing."""
    rules = yaml.safe_load(GATE.read_text(encoding="utf-8"))
    least = {
        pack: {name: share for name, share in checks.items() if name not in rules["measured"]}
        for pack, checks in rules["least"].items()
    }
    (tmp_path / "rules.yaml").write_text(
        yaml.safe_dump({**rules, "least": least}, allow_unicode=True), encoding="utf-8"
    )
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "eval",
            "gate",
            "--pack",
            "beauty",
            "--workers",
            "1",
            "--rules",
            str(tmp_path / "rules.yaml"),
        ],
        cwd=product,
        env={**os.environ, "DAOGOU_EVAL_CACHE": str(tmp_path / "houses"), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.timeout(900)
@pytest.mark.parametrize("planted", every(REGRESSIONS))
def test_a_planted_regression_is_caught_and_its_slice_is_named(planted: Planted, tmp_path: Path) -> None:
    plant(planted, tmp_path / "product")
    code, said = gate(tmp_path / "product", tmp_path)
    assert code == REGRESSION, said
    if planted.slices:
        blamed = next(line for line in said.splitlines() if line.startswith("主要集中在"))
        assert any(f"「{value}」" in blamed for value in planted.slices), blamed


@pytest.mark.timeout(900)
@pytest.mark.parametrize("planted", every(NO_CHANGES))
def test_a_change_that_changes_nothing_is_let_through(planted: Planted, tmp_path: Path) -> None:
    plant(planted, tmp_path / "product")
    code, said = gate(tmp_path / "product", tmp_path)
    assert code == OK, said
