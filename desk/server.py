"""Serves the desk: inside an event loop that is running already, or alone."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from sqlalchemy.engine import Engine
from starlette.types import ASGIApp

from desk.app import create_app
from desk.slow_requests import guarded
from sales.settings import DeskSettings, Settings

STOP_TIMEOUT_S = 3  # open event streams are then cut; browsers connect again by themselves
BACKLOG = 256


class DeskServer:
    """The desk on its own port, beside whatever else the loop runs. Signals stay with others."""

    def __init__(self, app: ASGIApp, desk: DeskSettings) -> None:
        self._desk = desk
        self._server = _Server(
            uvicorn.Config(
                app,
                http=guarded(desk.request_timeout_s),
                ws="none",  # uvicorn's own needs newer websockets than Sanic has
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(desk.trusted_proxies),
                forwarded_allow_ips=[str(network) for network in desk.trusted_proxies],
                timeout_graceful_shutdown=STOP_TIMEOUT_S,
            )
        )
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answers from here on. OSError when the port is taken."""
        listening = _listening(self._desk)
        self._running = asyncio.create_task(self._server.serve(sockets=[listening]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait((self._running, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._running.done():
            await self._running
            raise RuntimeError("The desk ended before it answered; the log says why.")

    async def stop(self) -> None:
        """Lets open requests finish for STOP_TIMEOUT_S; harmless when it was not started."""
        if self._running:
            self._server.should_exit = True
            await self._running


def serve(settings: Settings, engine: Engine, when_ready: Callable[[], None]) -> None:
    """The desk alone, until the process is told to stop. The database must be migrated."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("desk").setLevel(logging.INFO)
    asyncio.run(_serve(settings, engine, when_ready))


async def _serve(settings: Settings, engine: Engine, when_ready: Callable[[], None]) -> None:
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    server = DeskServer(create_app(settings, engine), settings.desk)
    await server.start()
    when_ready()
    await told_to_stop.wait()
    await server.stop()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, and with a word when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _listening(desk: DeskSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in desk.host else socket.AF_INET
    return socket.create_server((desk.host, desk.port), family=family, backlog=BACKLOG)
