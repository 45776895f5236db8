"""Serves the desk: inside an event loop that is running already, or alone.

Told to stop it takes no new requests, ends the live pages' streams (browsers connect again by
themselves), and finishes the requests in hand within a bound. Alone, a second signal is final.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import uvicorn
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from desk.app import create_app
from desk.pages.events import watch_of
from desk.slow_requests import guarded
from sales.settings import DeskSettings, Settings

logger = logging.getLogger(__name__)
STOP_TIMEOUT_S = 3  # beside the assistant, which has waited for its own work before
BACKLOG = 256
SHELLS_BASE = 128  # exit code of a process that a signal ended


class DeskServer:
    """The desk on its own port, beside whatever else the loop runs. Signals stay with others."""

    def __init__(
        self, app: Starlette, desk: DeskSettings, stop_within_s: int = STOP_TIMEOUT_S
    ) -> None:
        self._app, self._desk = app, desk
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
                timeout_graceful_shutdown=stop_within_s,
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

    async def stop(self) -> int:
        """Lets requests finish within the bound; how many did not. Harmless before `start`."""
        if self._running is None:
            return 0
        watch_of(self._app).end()
        self._server.should_exit = True
        await self._running
        return len(self._server.server_state.tasks)


def serve(settings: Settings, engine: Engine, when_ready: Callable[[], None]) -> None:
    """The desk alone, until the process is told to stop. The database must be migrated."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("desk").setLevel(logging.INFO)
    asyncio.run(_serve(settings, engine, when_ready))


async def _serve(settings: Settings, engine: Engine, when_ready: Callable[[], None]) -> None:
    told_to_stop = asyncio.Event()

    def told(number: int) -> None:
        if told_to_stop.is_set():
            logger.warning("desk.ended_at_once")
            _leave(SHELLS_BASE + number)
        told_to_stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told, number)
    within_s = settings.watch.shutdown_s
    server = DeskServer(create_app(settings, engine), settings.desk, within_s)
    await server.start()
    when_ready()
    await told_to_stop.wait()
    if cut := await server.stop():
        logger.warning("desk.cut_off: requests=%d, after %d s", cut, within_s)
        _leave(0)


def _leave(code: int) -> NoReturn:
    """End the process although requests are in hand: Python would wait for their threads."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


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
