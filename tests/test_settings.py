"""Every setting is documented, and the documented file can be read as it stands."""

import re
from pathlib import Path

from assistant.settings import Settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def documented() -> set[str]:
    return set(re.findall(r"^DAOGOU_(\w+)=", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_every_setting_stands_in_the_example() -> None:
    assert documented() == {name.upper() for name in Settings.model_fields}


def test_every_line_of_the_example_is_explained() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("DAOGOU_"):
            block = [before for before in lines[:number] if before]
            assert any(before.startswith("#") for before in block[-3:]), line


def test_the_example_reads_as_the_defaults() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)  # type: ignore[call-arg]
