"""The tests' own load balancer does what the real ones are told to do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import aiohttp
import pytest
from aiohttp import web

from tests.integration.cluster.proxy import Proxy
from tests.integration.server import free_port


class Answering:
    """A server that says which one it is, over HTTP and WebSocket; it may be ill."""

    def __init__(self) -> None:
        self.port, self.is_ready = free_port(), True
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(status=200 if self.is_ready else 503)

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("upgrade") != "websocket":
            return web.json_response({"port": self.port, "size": len(await request.read())})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"{self.port} {message.data}")
        return socket

    @contextmanager
    def serving(self) -> Iterator[Answering]:
        app = web.Application(client_max_size=10**7)
        app.router.add_get("/webhooks/website/health/ready", self._health)
        app.router.add_route("*", "/", self._echo)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(runner), self._loop).result(10)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    async def _start(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()


@pytest.fixture
def servers() -> Iterator[list[Answering]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Answering().serving()) for _ in range(3)]


@pytest.fixture
def proxy(servers: list[Answering]) -> Iterator[Proxy]:
    found = Proxy([server.port for server in servers])
    found.start()
    yield found
    found.stop()


async def _all_up(proxy: Proxy, count: int = 3) -> None:
    async with asyncio.timeout(20):
        while sum(backend.is_up for backend in proxy.backends) != count:
            await asyncio.sleep(0.02)


async def _served_by(proxy: Proxy, address: str, body: bytes = b"") -> dict[str, int]:
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        answer = await session.post(f"http://127.0.0.1:{proxy.port}/", data=body)
        found: dict[str, int] = await answer.json()
        return found


def test_an_address_meets_the_same_server_and_many_addresses_meet_all(
    proxy: Proxy, servers: list[Answering]
) -> None:
    async def scenario() -> None:
        await _all_up(proxy)
        met = {}
        for n in range(2, 30):
            found = [(await _served_by(proxy, f"127.0.0.{n}"))["port"] for _ in range(3)]
            assert len(set(found)) == 1
            met[n] = found[0]
        assert set(met.values()) == {server.port for server in servers}
        assert (await _served_by(proxy, "127.0.0.9", b"x" * 300_000))["size"] == 300_000

    asyncio.run(scenario())


def test_websockets_go_to_all_and_away_from_who_is_ill(
    proxy: Proxy, servers: list[Answering]
) -> None:
    async def scenario() -> None:
        await _all_up(proxy)
        async with aiohttp.ClientSession() as session:
            sockets = [await session.ws_connect(f"http://127.0.0.1:{proxy.port}/") for _ in "abc"]
            for socket in sockets:
                await socket.send_str("hello")
            heard = [str((await socket.receive()).data).split() for socket in sockets]
            assert {int(port) for port, _ in heard} == {server.port for server in servers}

            servers[0].is_ready = False
            await _all_up(proxy, 2)
            lost = heard.index([str(servers[0].port), "hello"])
            ended = (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
            assert (await sockets[lost].receive()).type in ended
            again = await session.ws_connect(f"http://127.0.0.1:{proxy.port}/")
            await again.send_str("hello")
            assert str(servers[0].port) not in (await again.receive()).data

    asyncio.run(scenario())
