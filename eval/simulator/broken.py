"""HTTP answers that never come, break off or drip: what a network does on a bad day."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send


class ServerCannotBreakOff(Exception):
    """The app runs in a server whose connections cannot be reached; uvicorn's can."""


def _break_off(receive: Receive) -> None:
    """Cut the TCP connection under this request. ASGI has no word for it, so uvicorn's transport is used."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    # By its method and not its type: uvloop's transports are not asyncio's.
    abort = getattr(transport, "abort", None)
    if not callable(abort):
        raise ServerCannotBreakOff("run the simulator under uvicorn")
    abort()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class NoAnswer(Response):
    """Says nothing until the caller gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the caller to go."""
        await _until_gone(receive)


class ResetAnswer(Response):
    """Cuts the connection before the first byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut, then wait for the server to notice."""
        _break_off(receive)
        await _until_gone(receive)


class CutAnswer(Response):
    """Announces the whole body, sends its first half and cuts the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half, cut, wait for the server to notice."""
        whole = bytes(self.body)
        start: Message = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        await send({"type": "http.response.body", "body": whole[: len(whole) // 2], "more_body": True})
        # The half must leave before the cut, or the caller would see no answer at all.
        await asyncio.sleep(0.02)
        _break_off(receive)
        await _until_gone(receive)


class EndlessAnswer(StreamingResponse):
    """The body, and then one piece of it again and again for as long as anybody reads."""

    def __init__(self, body: bytes, piece: bytes, *, media_type: str) -> None:
        super().__init__(self._flood(body, piece), media_type=media_type)

    @staticmethod
    async def _flood(body: bytes, piece: bytes) -> AsyncIterator[bytes]:
        yield body
        while True:
            yield piece
            # the caller's leaving must be noticed between two pieces
            await asyncio.sleep(0)


class DrippingAnswer(StreamingResponse):
    """One byte, a pause, one byte: defeats a client that only limits the wait for the next byte."""

    def __init__(self, body: bytes, *, seconds: float, media_type: str) -> None:
        super().__init__(self._drops(body, seconds), media_type=media_type)

    @staticmethod
    async def _drops(body: bytes, seconds: float) -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])
            await asyncio.sleep(seconds)
