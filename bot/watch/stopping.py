"""How the server ends: what is in hand is finished, nothing new is begun, a second signal is final.

1. Not ready any more; new sessions and messages are sent elsewhere (503, or by reconnecting).
2. Turns and deliveries in hand are finished, within a bound; their answers leave.
3. Every client is let go, and the process ends with 0.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from typing import Any, NoReturn

from sanic import Sanic
from sqlalchemy.engine import Engine

from bot.watch.load import load

logger = logging.getLogger(__name__)
SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHELLS_BASE = 128  # exit code of a process that a signal ended


def leave(engine: Engine) -> NoReturn:
    """End the process, once the server has ended, without Python's tidying up.

    That takes seconds with everything that Rasa imports, and changes nothing: what counts is in
    the database, whose connections are closed here.
    """
    engine.dispose()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


class Stopping:
    """Takes the place of Sanic's signal handlers, which cut off what is in hand."""

    def __init__(self, app: Sanic, within_s: float) -> None:
        self._app, self._within_s = app, within_s
        self._task: asyncio.Task[None] | None = None

    @property
    def is_asked(self) -> bool:
        """Whether a signal came: otherwise the server ended by a fault."""
        return self._task is not None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Handle the signals, from now on."""
        for number in SIGNALS:
            loop.add_signal_handler(number, self._told, number)

    def _told(self, number: int) -> None:
        if self._task is not None:
            logger.warning("server.ended_at_once: turns=%d", load().in_hand)
            os._exit(SHELLS_BASE + number)
        load().is_draining = True
        self._task = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            await self._finish()
        except Exception:  # the outermost edge: the process has to end all the same
            logger.exception("server.drain_failed")
        finally:
            self._app.stop()  # type: ignore[no-untyped-call]

    async def _finish(self) -> None:
        logger.info("server.draining: turns=%d, at most %s s", load().in_hand, self._within_s)
        ways = [asyncio.create_task(self._let_go()), asyncio.create_task(load().idle())]
        background: Any = getattr(self._app.ctx, "background", None)
        if background is not None:
            ways.append(asyncio.create_task(background.stop(self._within_s)))
        _, late = await asyncio.wait(ways, timeout=self._within_s)
        if late:
            logger.warning("server.cut_off: turns=%d, they can be sent again", load().in_hand)

    async def _let_go(self) -> None:
        transport: Any = getattr(self._app.ctx, "transport", None)
        if transport is not None:
            await transport.let_go()
