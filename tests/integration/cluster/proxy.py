"""A load balancer for tests: as small as one can be that loses no chat when a server dies.

WebSockets go to the server with the fewest connections. Whatever else (long polling, which needs
each request at the server that has its session) goes by the visitor's address to the same one. A
server that does not answer its health check gets nothing, and what it had is cut, so that the
visitors come back to another.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import zlib
from dataclasses import dataclass, field

from tests.integration.server import free_port

CHECK_EVERY_S, CHECK_TIMEOUT_S = 0.3, 3.0
LONGEST_HEAD = 65_536
HEALTH = b"GET /webhooks/website/health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(eq=False)
class Backend:
    port: int
    is_up: bool = False
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        for writer in list(self.open):
            writer.transport.abort()


class Proxy:
    """Runs in a thread of its own, from start() to stop()."""

    def __init__(self, ports: list[int]) -> None:
        self.port = free_port()
        self.backends = [Backend(port) for port in ports]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._tasks = [asyncio.create_task(self._watch(backend)) for backend in self.backends]

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for backend in self.backends:
            backend.cut()
        await asyncio.sleep(0.1)

    async def _watch(self, backend: Backend) -> None:
        while True:
            is_up = await _is_healthy(backend.port)
            if backend.is_up and not is_up:
                backend.cut()
            backend.is_up = is_up
            await asyncio.sleep(CHECK_EVERY_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            address = str(writer.get_extra_info("peername")[0])
            for backend in self._candidates(head, address):
                try:
                    streams = await asyncio.open_connection("127.0.0.1", backend.port)
                except OSError:
                    backend.is_up = False
                    continue
                await _join(backend, head, (reader, writer), streams)
                break
        writer.close()

    def _candidates(self, head: bytes, address: str) -> list[Backend]:
        """The servers in the order in which they are tried."""
        up = [backend for backend in self.backends if backend.is_up]
        if b"upgrade: websocket" in head.lower():
            return sorted(up, key=lambda backend: len(backend.open))
        return sorted(up, key=lambda backend: zlib.crc32(f"{address} {backend.port}".encode()))


async def _is_healthy(port: int) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEALTH)
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status


async def _join(backend: Backend, head: bytes, visitor: Streams, server: Streams) -> None:
    """Pass everything on in both directions until one side ends."""
    writers = {visitor[1], server[1]}
    backend.open.add(visitor[1])
    try:
        server[1].write(head)
        ways = [
            asyncio.create_task(_pass_on(visitor[0], server[1])),
            asyncio.create_task(_pass_on(server[0], visitor[1])),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    finally:
        backend.open.discard(visitor[1])
        for writer in writers:
            writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
