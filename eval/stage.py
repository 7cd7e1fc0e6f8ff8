"""A house of its own for a replay: a fresh database, the sample shop, its day, and nothing sent anywhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from assistant.app import Service, build
from assistant.flow.answer import warm_up
from assistant.seams import Ask
from assistant.settings import Settings
from eval.cases.case import Case
from eval.replay import Run, replay
from eval.sample import SAMPLE_DAY

SAMPLE_CORP = "eval-corp"


@contextmanager
def sample_house(shop: Path, folder: Path, *, ask: Ask | None = None) -> Iterator[Service]:
    """Build the service on a shop's files in ``folder``; closed at the end."""
    settings = Settings.model_validate(
        {
            "data_dir": folder,
            "corp_id": SAMPLE_CORP,
            "quiet_seconds": 0,
            "clock_start": datetime.fromisoformat(SAMPLE_DAY),
            # a replay asks more in a minute than any guide, and wants every answer anew
            "llm_calls_per_minute": 0,
            "llm_tokens_per_day": 0,
            "llm_cache_seconds": 0,
        }
    )
    service = build(settings, ask=ask)
    # as the service does at its start: the first turn of a replay is timed like any other
    warm_up()
    try:
        service.database.migrate()
        service.ingest([shop])
        yield service
    finally:
        service.close()


def replay_on_sample(cases: Sequence[Case], shop: Path, folder: Path) -> Run:
    """Replay these dialogues on a house made for them."""
    with sample_house(shop, folder) as service:
        return replay(service, cases)
