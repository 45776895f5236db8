"""A browser tab in a test: a real Socket.IO client that remembers what it heard."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any

import socketio
from engineio.payload import Payload

from tests.integration.server import Server

PREFIX = "/webhooks/website"
EVENTS = (
    "session_confirm", "session_renewed", "bot_uttered", "bot_typing", "user_echo", "notice",
    "agent_changed", "connect_error",
)  # fmt: skip
ANSWER_TIMEOUT_S = 20
Payload.max_decode_packets = 1_000  # as in a browser: this client would give up after 16
Json = dict[str, Any]


class Visitor:
    """One tab. `events` holds what the server sent, in order."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.socket = socketio.AsyncClient(reconnection=False)
        self.events: list[tuple[str, Any]] = []
        self.token = ""
        for name in EVENTS:
            self.socket.on(name, self._remember(name))

    def _remember(self, name: str) -> Callable[..., None]:
        return lambda data=None: self.events.append((name, data))

    async def connect(self, transport: str = "websocket", **headers: str) -> None:
        await self.socket.connect(
            f"http://127.0.0.1:{self.server.port}",
            socketio_path=f"{PREFIX}/socket.io",
            transports=[transport],
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            wait_timeout=ANSWER_TIMEOUT_S,  # its default of a second is short of a browser's 20
        )

    async def arrive(
        self, token: object = None, transport: str = "websocket", **request: Any
    ) -> Json:
        """Connect, ask for a session, and return it."""
        await self.connect(transport)
        return await self.request_session(token, **request)

    async def request_session(self, token: object = None, **request: Any) -> Json:
        known = {} if token is None else {"session_id": token}
        ack = await self.send("session_request", {"protocol": 1, **known, **request})
        assert ack["status"] == "ok", ack
        session: Json = self.heard("session_confirm")[-1]
        self.token = session["session_id"]
        return session

    async def send(self, event: str, data: Any = None) -> Json:
        """The acknowledgement. Everything that the server sent before it has arrived then."""
        ack: Json = await self.socket.call(event, data, timeout=ANSWER_TIMEOUT_S)
        return ack

    async def say(self, text: str, message_id: str | None = None, **more: Any) -> Json:
        message_id = message_id or uuid.uuid4().hex
        data = {"message": text, "session_id": self.token, "message_id": message_id, **more}
        return await self.send("user_uttered", data)

    async def submit(self, message_id: str | None = None, **values: Any) -> Json:
        form = {"form": "contact", "values": values, "session_id": self.token}
        return await self.send(
            "form_submitted", {**form, "message_id": message_id or uuid.uuid4().hex}
        )

    def heard(self, name: str) -> list[Any]:
        return [data for event, data in self.events if event == name]

    @property
    def replies(self) -> list[Json]:
        return self.heard("bot_uttered")

    @property
    def text(self) -> str:
        """Everything the bot said in this tab."""
        return "\n".join(reply["text"] for reply in self.replies)

    def button(self, title: str) -> str:
        """The payload of a button that the bot showed in this tab."""
        return next(
            str(button["payload"])
            for reply in self.replies
            for button in reply.get("quick_replies", [])
            if title in button["title"]
        )

    async def hears(self, name: str, count: int = 1) -> list[Any]:
        """Wait until so many events of this name have come."""
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while len(self.heard(name)) < count:
                await asyncio.sleep(0.01)
        return self.heard(name)

    async def leave(self) -> None:
        await self.socket.disconnect()


def visit(server: Server, scenario: Callable[..., Awaitable[None]], tabs: int = 1) -> None:
    """Run a scenario with so many visitors, who leave at its end."""

    async def run() -> None:
        visitors = [Visitor(server) for _ in range(tabs)]
        try:
            await scenario(*visitors)
        finally:
            for visitor in visitors:
                await visitor.leave()

    asyncio.run(run())


def recorded(server: Server, conversation_id: str, kind: str) -> list[Json]:
    """The events of a kind, "user" or "bot", in the server's database."""
    query = "SELECT data FROM events WHERE sender_id = ? AND type_name = ? ORDER BY id"
    with closing(sqlite3.connect(server.folder / "server.db")) as connection:
        rows = connection.execute(query, (conversation_id, kind)).fetchall()
    return [json.loads(row[0]) for row in rows]


def rows(server: Server, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query on the server's database."""
    with closing(sqlite3.connect(server.folder / "server.db")) as connection:
        return connection.execute(query, values).fetchall()
