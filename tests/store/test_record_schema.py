"""The schema beside the code is the one the code writes by."""

from importlib.resources import files

from assistant.store.schema import schema_text
from assistant.store.turns import SCHEMA_FILE


def test_the_kept_schema_is_todays() -> None:
    kept = files("assistant.store").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    assert kept == schema_text(), "run: python -m assistant.store.schema"
