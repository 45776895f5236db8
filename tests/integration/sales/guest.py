"""A visitor whose widget never gives up: it comes back after every cut and sends again by id."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from socketio.exceptions import SocketIOError  # type: ignore[import-untyped]  # it has no types

from tests.integration.server import Server
from tests.integration.website.visitor import Json, Visitor

PATIENCE_S = 120.0
PAUSE_S = 0.5  # as the widget
REFERENCE = re.compile(r"L-\d{6}")
FORM: Json = {"company": "Acme", "note": "25 trunks by May", "consent": True}
CUT = (SocketIOError, TimeoutError, OSError, asyncio.CancelledError)


class Guest:
    """One tab, over as many connections as it takes. `seen` has what it shows, by number."""

    def __init__(self, server: Server, name: str = "Ana Silva") -> None:
        self.server, self.name = server, name
        self.email = f"{name.lower().replace(' ', '.')}@example.com"
        self.seen: dict[int, Json] = {}
        self.heard: list[str] = []  # what came, in its order; who answers now as "-> Bo Chen"
        self.refused = 0  # times that it was told to send again
        self.agent: str | None = None  # a colleague's name; None: the assistant
        self.token: str | None = None
        self.tab = Visitor(server)
        self.is_confirmed = False
        self._news, self._cut = asyncio.Event(), asyncio.Event()

    async def arrive(self, token: str | None = None) -> None:
        self.token = token or self.token
        await self._connected()

    async def leave(self) -> None:
        """Also out of a connection that never came about."""
        await self.tab.leave()
        if self.tab.socket.eio.http and not self.tab.socket.eio.http.closed:
            await self.tab.socket.eio.http.close()

    async def say(self, text: str) -> None:
        """Until it is acknowledged."""
        data = {"message": text, "message_id": uuid.uuid4().hex}
        await self._send("user_uttered", data)

    async def submit(self, **changes: Any) -> None:
        values = {**FORM, "name": self.name, "reach": self.email, **changes}
        data = {"form": "contact", "values": values, "message_id": uuid.uuid4().hex}
        await self._send("form_submitted", data)

    async def until(self, holds: Callable[[], Any], timeout_s: float = PATIENCE_S) -> Any:
        """What `holds` gives as soon as it is true; meanwhile the tab reconnects when it is cut."""
        async with asyncio.timeout(timeout_s):
            while not (found := holds()):
                await self._connected()
                self._news.clear()
                if found := holds():
                    return found
                try:
                    await asyncio.wait_for(self._news.wait(), 1)
                except TimeoutError:
                    continue
        return found

    @property
    def text(self) -> str:
        return "\n".join(self.seen[number]["text"] for number in sorted(self.seen))

    @property
    def reference(self) -> str:
        """The lead that the assistant named last."""
        return str(REFERENCE.findall(self.text)[-1])

    def said_by(self, author: str) -> list[str]:
        """What the tab shows of a colleague, in its order."""
        return [
            self.seen[number]["text"]
            for number in sorted(self.seen)
            if self.seen[number].get("author") == author
        ]

    def said_by_assistant(self) -> list[Json]:
        """What the assistant itself said; not who came or went."""
        return [m for m in self.seen.values() if not m.get("author") and not m.get("notice")]

    async def _send(self, event: str, data: Json) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await self._connected()
                try:
                    ack = await self._acknowledged(event, {**data, "session_id": self.token})
                except CUT as error:
                    _reraise_own_cancellation(error)
                else:
                    if ack["status"] == "ok":
                        return
                    assert ack["code"] == "failed", ack
                    self.refused += 1
                await asyncio.sleep(PAUSE_S)

    async def _acknowledged(self, event: str, data: Json) -> Json:
        """Raises ConnectionError as soon as the connection is cut."""
        answer = asyncio.ensure_future(self.tab.send(event, data))
        cut = asyncio.ensure_future(self._cut.wait())
        try:
            await asyncio.wait({answer, cut}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionError
            return answer.result()
        finally:
            answer.cancel()
            cut.cancel()

    async def _connected(self) -> None:
        while not (self.tab.socket.connected and self.is_confirmed):
            try:
                await self._connect()
            except CUT as error:
                _reraise_own_cancellation(error)
                await asyncio.sleep(PAUSE_S)

    async def _connect(self) -> None:
        await self.leave()
        self.tab, self.is_confirmed = Visitor(self.server), False
        cut = self._cut = asyncio.Event()
        self.tab.socket.on("disconnect", lambda *_: cut.set())
        for name, heard in {
            "session_confirm": self._confirmed,
            "bot_uttered": self._received,
            "agent_changed": self._changed,
        }.items():
            self.tab.socket.on(name, heard)
        await self.tab.connect()
        known = {"session_id": self.token, "last_seen": self._last_seen()} if self.token else {}
        await self._acknowledged("session_request", {"protocol": 1, **known})

    def _confirmed(self, session: Json) -> None:
        self.token, self.is_confirmed = session["session_id"], True
        for message in session["history"]:
            if message["from"] == "bot":
                self._received(message)
        self._changed(session)

    def _received(self, message: Json) -> None:
        number = message["number"]
        if number not in self.seen:
            self.seen[number] = message
            self.heard.append(message["text"])
        assert self.seen[number]["text"] == message["text"], f"{number} names two messages"
        self._news.set()

    def _changed(self, session: Json) -> None:
        if session["agent"] != self.agent:
            self.agent = session["agent"]
            self.heard.append(f"-> {self.agent}")
        self._news.set()

    def _last_seen(self) -> int:
        """The number up to which nothing is missing."""
        return next(n for n in range(len(self.seen) + 1) if n + 1 not in self.seen)


def _reraise_own_cancellation(error: BaseException) -> None:
    """A connection that ends cancels what waits on it; only the test's own end may pass."""
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
        raise error


def receive(server: Server, scenario: Callable[..., Awaitable[None]], *names: str) -> None:
    """Run a scenario with guests of these names, who leave at its end."""

    async def run() -> None:
        guests = [Guest(server, name) for name in names]
        try:
            await scenario(*guests)
        finally:
            for guest in guests:
                await guest.leave()

    asyncio.run(run())
