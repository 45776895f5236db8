"""What the assistant's HTTP server takes from strangers: bounded in time and size, read one way.

Sanic counts the time since the last byte, so a client that sends one now and then would hold a
connection for ever; and it reads a request whose length can be understood in two ways.
"""

from __future__ import annotations

import re
from time import monotonic
from typing import Any

from sanic import Sanic
from sanic.exceptions import BadRequest
from sanic.http import Http, Stage
from sanic.server.protocols.websocket_protocol import WebSocketProtocol

LARGEST_BODY = 1_100_000  # bytes; what Slack sends with a click has up to a megabyte
CHECKS_PER_TIMEOUT = 4
REQUEST_LINE = re.compile(rb"[A-Z]{1,20} /[!-~]* HTTP/1\.([01])")
FIELD_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LENGTH = re.compile(rb"[0-9]{1,12}")
NOT_IN_VALUES = re.compile(rb"[\x00\r\n]")


def guard(app: Sanic, request_timeout_s: int) -> type[WebSocketProtocol]:
    """Sets the limits of the app; the protocol to run it with."""
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY
    app.config.REQUEST_TIMEOUT = request_timeout_s
    app.add_signal(_refuse_ambiguous, "http.lifecycle.read_head")
    return GuardedProtocol


class _Http(Http):
    """An answer to what is no request says nothing of it: Sanic would fail on an odd address."""

    def create_empty_request(self) -> None:
        self.url = None
        super().create_empty_request()


class GuardedProtocol(WebSocketProtocol):
    """A connection that is cut when a request takes too long to arrive, head and body together."""

    HTTP_CLASS = _Http
    __slots__ = ("_began_at",)

    def connection_made(self, transport: Any) -> None:
        """Called by asyncio."""
        self._began_at: float | None = None
        super().connection_made(transport)  # type: ignore[no-untyped-call]
        self._check_later()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if not self._is_arriving():
            self._began_at = monotonic()
        super().data_received(data)  # type: ignore[no-untyped-call]

    def _check_later(self) -> None:
        self.loop.call_later(self.request_timeout / CHECKS_PER_TIMEOUT, self._check)

    def _check(self) -> None:
        if self.transport is None or self.transport.is_closing() or self.websocket is not None:
            return
        if not self._is_arriving():
            self._began_at = None
        elif self._began_at is None:
            self._began_at = monotonic()
        elif monotonic() - self._began_at > self.request_timeout:
            self.transport.abort()
            return
        self._check_later()

    def _is_arriving(self) -> bool:
        """Whether a request has begun and is not here as a whole."""
        http = self.http
        return http is not None and (http.stage is Stage.REQUEST or bool(http.request_body))


async def _refuse_ambiguous(head: bytes, **_context: Any) -> None:
    """Raises BadRequest for a head that a proxy may read in another way than Sanic."""
    request_line, *lines = head.split(b"\r\n")
    asked = REQUEST_LINE.fullmatch(request_line)
    fields = [line.partition(b":") for line in lines]
    values: dict[bytes, list[bytes]] = {}
    for name, colon, value in fields:
        if not colon or not FIELD_NAME.fullmatch(name) or NOT_IN_VALUES.search(value):
            raise BadRequest("A header is not well-formed.")
        values.setdefault(name.lower(), []).append(value.strip())
    if not asked or (asked[1] == b"1" and b"host" not in values):
        raise BadRequest("The request is not well-formed.")
    lengths = values.get(b"content-length", [])
    codings = values.get(b"transfer-encoding", [])
    if len(lengths) + len(codings) > 1 or len(values.get(b"host", [])) > 1:
        raise BadRequest("Length or host is told more than once.")
    if not all(LENGTH.fullmatch(length) for length in lengths):
        raise BadRequest("The length is no number.")
    if codings and codings != [b"chunked"]:
        raise BadRequest("Only chunked transfer encoding is read.")
