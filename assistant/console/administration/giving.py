"""What is known of a person as a file for herself: JSON for machines, a page and tables for people (PIPL Art. 45)."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from assistant.clock import SHOP_TIME
from assistant.console.frame import page
from assistant.material.escaping import escaped
from assistant.store.datamap import MappedTable, data_map
from assistant.store.privacy import Found

MOST_ROWS = 5000
"""Rows of one table in an export (safety F8); what is left out is told in it."""

AI_LABEL = "AI生成"
AI_TABLES = frozenset({"turn", "outbox", "suggestion", "action"})
"""Tables that hold words which a model or the composer wrote (标识办法 Art. 4, 5: the label goes with the copy)."""

HERS_IN_A_RECORD = ("turn_id", "finished_at", "messages", "need", "signals", "profile", "drafts", "reply", "action")
"""Of a turn's record: the rest is the shop's own material and figures, not hers."""


def archive(found: Found, rows: Mapping[str, Sequence[Mapping[str, Any]]], moment: datetime, brand: str) -> bytes:
    """A ZIP of everything: ``数据.json``, ``说明.html``, and a CSV of each table."""
    whole = {name: [_plain(name, row) for row in table] for name, table in rows.items()}
    mapped = data_map().tables
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as to:
        to.writestr("说明.html", _page(found, whole, moment, brand))
        to.writestr("数据.json", json.dumps(_told(found, whole, moment, brand), ensure_ascii=False, indent=1))
        for name, table in whole.items():
            to.writestr(f"表格/{mapped[name].label}.csv", _csv(mapped[name], table))
    return packed.getvalue()


def _told(found: Found, whole: Mapping[str, Any], moment: datetime, brand: str) -> dict[str, Any]:
    mapped = data_map()
    return {
        "about": {"customer_id": found.customer_id, "shop": brand, "made_at": moment.isoformat()},
        "ai": {
            "label": AI_LABEL,
            "producer": "daogou",
            "content_id": f"{found.customer_id}-{moment:%Y%m%d%H%M%S}",
            "in": sorted(AI_TABLES & whole.keys()),
        },
        "tables": {
            name: {
                "label": mapped.tables[name].label,
                "purpose": mapped.tables[name].purpose,
                "basis": mapped.bases[mapped.tables[name].basis],
                "kept": mapped.terms[mapped.tables[name].term],
                "complete": len(table) < MOST_ROWS,
                "rows": table,
            }
            for name, table in whole.items()
        },
    }


def _page(found: Found, whole: Mapping[str, Sequence[Mapping[str, Any]]], moment: datetime, brand: str) -> bytes:
    mapped = data_map()
    sections = [
        {
            "table": mapped.tables[name],
            "basis": mapped.bases[mapped.tables[name].basis],
            "kept": mapped.terms[mapped.tables[name].term],
            "ai": name in AI_TABLES,
            "cut": len(table) >= MOST_ROWS,
            "rows": [list(_readable(mapped.tables[name], row)) for row in table],
        }
        for name, table in whole.items()
    ]
    shown = page("administration/export.html", person=found, sections=sections, moment=moment, brand=brand)
    return bytes(shown.body)


def _readable(mapped: MappedTable, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for column, one in mapped.personal.items():
        if words := _words(row.get(column)):
            # escaped here: her own phone is not masked for herself
            yield one.what, Markup.escape(words)


def _words(value: Any) -> str:
    """A value as a person reads it: texts of a JSON value one after the other."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, dict):
        return "；".join(filter(None, (_words(inner) for inner in value.values())))
    if isinstance(value, list):
        return "、".join(filter(None, (_words(inner) for inner in value)))
    return str(value)


def _plain(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    plain = {column: _written(value) for column, value in row.items()}
    if name == "turn":
        plain["record"] = {key: plain["record"].get(key) for key in HERS_IN_A_RECORD}
    return plain


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(SHOP_TIME).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _csv(mapped: MappedTable, table: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    columns = [column for column in mapped.columns if column in table[0]]
    writer.writerow([mapped.personal[column].what if column in mapped.personal else column for column in columns])
    for row in table:
        writer.writerow([escaped(_cell(row[column])) for column in columns])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
