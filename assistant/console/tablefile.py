"""A table as a file to be saved, harmless to a spreadsheet (safety F7, F8)."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

from fastapi import Response

from assistant.clock import SHOP_TIME
from assistant.material.escaping import escaped

REASON_CHARACTERS = 200
MOST_ROWS = 5000


def table_file(name: str, now: datetime, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A CSV: RFC 4180, with the mark by which a spreadsheet knows UTF-8, no cell taken for a formula."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    for row in (headers, *rows):
        table.writerow([escaped(cell) for cell in row])
    file = f"{name}-{now.astimezone(SHOP_TIME):%Y%m%d-%H%M}.csv"
    return Response(
        written.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file, safe='')}"},
    )
