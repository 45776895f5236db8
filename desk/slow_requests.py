"""A connection to the desk that is cut when a request takes too long to arrive.

uvicorn waits without end for a request that has begun, so that whoever sends a byte now and then
would hold a connection for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

ARRIVED = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR)


class GuardedProtocol(H11Protocol):
    """h11, which is strict about what a request is; one that is not here in time is cut off."""

    arrives_within_s = 60
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by asyncio. A connection on which nothing is ever asked counts as well."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._begin()
        super().data_received(data)
        if self.conn.their_state in ARRIVED:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.arrives_within_s, self.transport.abort)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def guarded(request_timeout_s: int) -> type[asyncio.Protocol]:
    """The protocol for uvicorn."""
    values: dict[str, Any] = {"arrives_within_s": request_timeout_s}
    return type("Protocol", (GuardedProtocol,), values)
