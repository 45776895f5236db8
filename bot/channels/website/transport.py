"""Socket.IO as this channel serves it: its own events only, small packets, few per address."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from engineio.payload import Payload  # type: ignore[import-untyped]
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.open_api import refuse_open_api
from bot.channels.website.leaving import LeavingServer
from bot.channels.website.origins import client_address, is_allowed_origin
from bot.channels.website.packets import PacketSocket
from sales.settings import WebsiteSettings

logger = logging.getLogger(__name__)
LARGEST_PACKET = 65_536  # bytes; the longest message, escaped, in a contact form
SPARE_CONNECTIONS = 20  # past the limit: so that a visitor can be told instead of cut off
MOST_PACKETS = 64  # in one request of a polling client that sends what it wrote while offline
BINARY_PACKETS = ("5", "6")  # Socket.IO's binary event and acknowledgement
METHODS = ["GET", "POST", "OPTIONS"]
Handler = Callable[[str, Any], Awaitable[Any]]


class Transport(LeavingServer):
    """A Socket.IO server that expects the worst of its clients."""

    def __init__(self, settings: WebsiteSettings, manager: object | None = None) -> None:
        """`manager`: Socket.IO's, where there are other processes."""
        super().__init__(
            client_manager=manager,
            async_mode="sanic",
            cors_allowed_origins=self._is_allowed,
            cors_credentials=False,
            max_http_buffer_size=LARGEST_PACKET,
        )
        self.eio._async = {**self.eio._async, "websocket": PacketSocket}
        Payload.max_decode_packets = MOST_PACKETS  # its way to set this; the default is 16
        self._settings = settings
        self._addresses: dict[str, str] = {}  # Engine.IO session -> address
        self._connections: Counter[str] = Counter()

    def address_of(self, sid: str) -> str:
        """The visitor's address, for limits."""
        return self._address(self.get_environ(sid)["sanic.request"])

    def has_too_many(self, address: str) -> bool:
        """Whether more connections are open from there than may be."""
        return self._connections[address] > self._settings.connections_per_address

    def handle_only(self, events: dict[str, Handler]) -> None:
        """The events that clients may send, each with one argument."""
        self._events = events
        for name, handler in events.items():
            self.on(name, handler)

    async def respond(self, request: Request) -> HTTPResponse:
        """Answer a request of either transport; a large one unread."""
        if refusal := self.refusal(request):
            return refusal
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:10]) > LARGEST_PACKET:
            return response.text("The packet is too large.\n", 413)
        if request.method == "POST" and request.stream:
            request.stream.request_max_size = LARGEST_PACKET  # type: ignore[misc]  # a slot of Http
            await request.receive_body()  # type: ignore[no-untyped-call]
        answer: HTTPResponse = await self.handle_request(request)
        return answer

    async def stop(self) -> None:
        """Let go of every client, so that the server can end; they come back by themselves."""
        for socket in list(self.eio.sockets.values()):
            await socket.close(wait=False, abort=True)
            await socket.queue.put(None)
        await self.shutdown()
        for task in asyncio.all_tasks():  # Engine.IO leaves its heartbeats sleeping
            if getattr(task.get_coro(), "__name__", "") == "_send_ping":
                task.cancel()

    def _is_allowed(self, origin: str | None, environ: dict[str, Any]) -> bool:
        host = environ["sanic.request"].headers.get("host", "")
        return is_allowed_origin(origin, host, self._settings.allowed_origins)

    def _address(self, request: Request) -> str:
        forwarded = ",".join(request.headers.getall("x-forwarded-for", []))
        return client_address(request.ip, forwarded, self._settings.trusted_proxies)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> str | None:
        address = self._address(environ["sanic.request"])
        most = self._settings.connections_per_address + SPARE_CONNECTIONS
        if self._connections[address] >= most:
            return "Too many connections."
        await super()._handle_eio_connect(eio_sid, environ)
        self._addresses[eio_sid] = address
        self._connections[address] += 1
        return None

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        address = self._addresses.pop(eio_sid, None)
        if address is not None:
            self._connections[address] -= 1
            self._connections += Counter()  # drops the zeros
        if reason == self.reason.CLIENT_DISCONNECT and eio_sid in self.eio.sockets:
            await self.eio.sockets[eio_sid].queue.put(None)  # lets go of a poll that still waits
        await super()._handle_eio_disconnect(eio_sid, reason)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        """A packet; whoever sends what is none is disconnected."""
        try:
            if not isinstance(data, str) or data.startswith(BINARY_PACKETS):
                raise ValueError("Nothing in the protocol is binary.")
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:  # noqa: BLE001  the edge: a stranger wrote the packet
            logger.info("packet.refused: %s", type(error).__name__)
            await self.cut_off(eio_sid)

    async def _handle_event(self, eio_sid: str, namespace: str, id: Any, data: Any) -> None:  # noqa: A002
        """One of our events: a client can neither play `connect` nor pass other arguments."""
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            raise ValueError("An event is a list that begins with its name.")
        if data[0] in self._events:
            event = [data[0], data[1] if len(data) > 1 else None]
            await super()._handle_event(eio_sid, namespace, id, event)


class TransportBlueprint(Blueprint):
    """The channel's routes, with Socket.IO among them. Keeps the app that serves it.

    The app gets the broadcaster, for whoever has something to say to visitors.
    """

    def __init__(self, transport: Transport, broadcaster: object) -> None:
        super().__init__("website_channel")
        self.ctx.app, self.ctx.broadcaster, self.ctx.transport = None, broadcaster, transport

        async def respond(request: Request) -> HTTPResponse:
            return await transport.respond(request)

        async def stop(_app: Sanic) -> None:
            await transport.stop()

        self.before_server_stop(stop)
        self.add_route(respond, "/socket.io", METHODS, name="socket_io", stream=True)

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Called by Sanic."""
        refuse_open_api(app)
        app.enable_websocket()  # type: ignore[no-untyped-call]
        self.ctx.app = app
        app.ctx.broadcaster, app.ctx.transport = self.ctx.broadcaster, self.ctx.transport
        super().register(app, options)  # type: ignore[no-untyped-call]
