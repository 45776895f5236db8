"""Socket Mode: Slack's events over a connection that we open, for machines without an address."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.requests import COMMAND, INTERACTION, Incoming, incoming_event

logger = logging.getLogger(__name__)
KINDS = {"interactive": INTERACTION, "slash_commands": COMMAND}
Json = dict[str, Any]
Take = Callable[[Incoming], Awaitable[Json | None]]


class SocketMode:
    """Keeps the connection, and acknowledges what was kept."""

    def __init__(self, app_token: str, client: AsyncWebClient, take: Take) -> None:
        """`take` keeps a request and gives what to answer; if it raises, Slack sends it again."""
        self._app_token, self._client, self._take = app_token, client, take
        self._socket: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, in the running event loop; slack_sdk tries again until it works."""
        self._socket = SocketModeClient(self._app_token, web_client=self._client)
        self._socket.socket_mode_request_listeners.append(self._listen)
        self._connecting = asyncio.create_task(self._socket.connect())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Disconnect."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._socket:
            await self._socket.close()  # type: ignore[no-untyped-call]

    async def _listen(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            answer = await self._take(incoming_of(request))
        except Exception:  # the edge: without an acknowledgement Slack sends it again
            logger.exception("slack.not_kept: %s", request.type)
            return
        await socket.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))


def incoming_of(request: SocketModeRequest) -> Incoming:
    """The request as it would have come over HTTP; the connection itself proves the sender."""
    text = json.dumps(request.payload, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    kind = KINDS.get(request.type)
    return (
        Incoming(kind, request.payload, digest) if kind else incoming_event(request.payload, digest)
    )
