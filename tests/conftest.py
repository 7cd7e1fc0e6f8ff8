"""What every test may rely on: services told apart from their absence, and no call to a model by accident."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import hypothesis
import pytest

from assistant.settings import Settings

POSTGRES = ("127.0.0.1", 5432)
POSTGRES_URL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"

# Word lists are compiled on first use: how long one example takes says nothing, and no test here measures time.
hypothesis.settings.register_profile("daogou", deadline=None)
hypothesis.settings.load_profile("daogou")


def _listening(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a service that is not here, and say so; long fault runs only when asked for."""
    here = {"postgres": _listening(POSTGRES), "browser": os.path.exists("/usr/bin/chromium")}
    wanted = {
        "postgres": "no PostgreSQL on 127.0.0.1:5432",
        "browser": "no /usr/bin/chromium (apt-get install chromium)",
    }
    asked_for_faults = "faults" in str(config.getoption("-m"))
    for item in items:
        for marker, reason in wanted.items():
            if item.get_closest_marker(marker) and not here[marker]:
                item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("faults") and not asked_for_faults:
            item.add_marker(pytest.mark.skip(reason="a long run: make faults"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI a service that is present must have been used: a skipped test for it is a failure."""
    if os.environ.get("CI") != "true" or not _listening(POSTGRES):
        return
    skipped = [
        report.nodeid
        for report in terminalreporter.getreports("skipped")
        # a long run is left to make faults whatever runs here
        if "postgres" in report.keywords and "faults" not in report.keywords
    ]
    if skipped:
        terminalreporter.write_line(f"PostgreSQL is running and these tests did not use it: {skipped}", red=True)
        raise pytest.UsageError("tests for a running service were skipped")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own DAOGOU_* and .env never reach a test, and no model is asked by accident."""
    for name in [name for name in os.environ if name.startswith(("DAOGOU_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@contextmanager
def on_the_server(template: str = "template1") -> Iterator[str]:
    """The address of a new PostgreSQL database made after another; dropped at the end."""
    import psycopg

    server = POSTGRES_URL.replace("+psycopg", "")
    name = f"daogou_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
        # a test may kill the process, none pulls the plug: no commit need wait for the disk
        connection.execute(f'alter database "{name}" set synchronous_commit = off')
    yield POSTGRES_URL.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A database of its own for one test, dropped afterwards."""
    with on_the_server() as url:
        yield url
