"""Serving an app in a thread: it starts, answers, stops, and says when it cannot start."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

from eval.simulator.running import DidNotStart, serving


def test_it_answers_inside_the_block_and_not_after_it() -> None:
    app, ended = FastAPI(), []

    @app.get("/")
    async def root() -> str:
        return "here"

    with serving(app) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert httpx2.get(server.url).json() == "here"
        ended.append("block")
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url)
    assert ended == ["block"]


def test_it_runs_on_the_port_asked_for_and_frees_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for _ in range(2):
        with serving(FastAPI(), port) as server:
            assert server.port == port
            assert httpx2.get(server.url).status_code == 404


def test_a_taken_port_is_an_error_at_once() -> None:
    with serving(FastAPI()) as server, pytest.raises(OSError, match="in use"), serving(FastAPI(), server.port):
        pass


def test_an_app_that_fails_to_start_says_so() -> None:
    @asynccontextmanager
    async def failing(_: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError("no")
        yield

    with pytest.raises(DidNotStart), serving(FastAPI(lifespan=failing)):
        pass
