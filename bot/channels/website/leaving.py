"""Socket.IO while the server ends: who waits for an answer gets it, everybody else goes at once.

Clients connect again by themselves, to another process or to the next one, and send again what was
not acknowledged.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import socketio  # type: ignore[import-untyped]
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.watch import metrics
from bot.watch.load import load

RETRY_AFTER_S = 2
FLUSH_S = 0.2  # for the last packets of a connection
Json = dict[str, Any]


class LeavingServer(socketio.AsyncServer):
    """Knows which connections wait for an answer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._events_in_hand: Counter[str] = Counter()  # Engine.IO session -> events
        self._nothing_in_hand = asyncio.Event()
        self._nothing_in_hand.set()
        metrics.connections.set_function(lambda: len(self.eio.sockets))

    def refusal(self, request: Request) -> HTTPResponse | None:
        """The answer to somebody new while the server ends; None: come in."""
        if not load().is_draining or "sid" in request.args:
            return None
        headers = {"Retry-After": str(RETRY_AFTER_S), "Connection": "close"}
        return response.text("This server is about to end.\n", 503, headers=headers)

    async def let_go(self) -> None:
        """Disconnect whoever waits for nothing, then the others as soon as they have their answer.

        Without acknowledgement, clients send a message again elsewhere.
        """
        for eio_sid in list(self.eio.sockets):
            if not self._events_in_hand[eio_sid]:
                await self.cut_off(eio_sid)
        await self._nothing_in_hand.wait()
        await asyncio.sleep(FLUSH_S)

    async def cut_off(self, eio_sid: str) -> None:
        """End the connection once it was sent what is queued; does not wait for the client."""
        socket = self.eio.sockets.get(eio_sid)
        if socket is not None:
            await socket.close(wait=False, abort=True)
            await socket.queue.put(None)

    async def _handle_event_internal(
        self, server: Any, sid: str, eio_sid: str, data: Any, namespace: str, id: Any  # noqa: A002
    ) -> None:  # fmt: skip
        """Runs the handler and sends the acknowledgement."""
        if load().is_draining:
            return
        self._events_in_hand[eio_sid] += 1
        self._nothing_in_hand.clear()
        try:
            await super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)
        finally:
            self._events_in_hand[eio_sid] -= 1
            self._events_in_hand += Counter()  # drops the zeros
            if load().is_draining and not self._events_in_hand[eio_sid]:
                await self.cut_off(eio_sid)
            if not self._events_in_hand:
                self._nothing_in_hand.set()
