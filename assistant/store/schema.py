"""Writes the JSON Schema of the turn record: ``python -m assistant.store.schema``. A test holds file and code together."""

import json
from pathlib import Path

from assistant.store.turns import SCHEMA_FILE
from assistant.turn import TurnRecord


def schema_text() -> str:
    """The schema as it is kept in the repository."""
    schema = TurnRecord.model_json_schema(mode="serialization")
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
