"""An ingest that changes nothing: the real one, run against a throw-away copy of what the database holds."""

import tempfile
from dataclasses import replace
from pathlib import Path

from assistant.ingest.report import IngestReport
from assistant.ingest.run import Ingest, Progress
from assistant.store.database import Database
from assistant.store.material import MATERIAL_TABLES


def rehearse(ingest: Ingest, paths: tuple[Path, ...], progress: Progress | None = None) -> IngestReport:
    """Say what an ingest of these paths would do. Neither the database nor the index is written to, nor locked."""
    with tempfile.TemporaryDirectory(prefix="daogou-rehearsal-") as folder:
        copy = Database(f"sqlite+pysqlite:///{Path(folder) / 'copy.db'}")
        try:
            copy.migrate()
            ingest.database.copy_to(copy, MATERIAL_TABLES)
            return replace(ingest, database=copy, refresh=None).run(paths, progress)
        finally:
            copy.close()
