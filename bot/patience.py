"""Waits out a database that restarts, so that a visitor need not send a message again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from sales.database import is_away

Result = TypeVar("Result")
WITHIN_S = 7.0  # the widget gives up on an acknowledgement after 10
PAUSE_S = 0.25


async def patiently(work: Callable[[], Awaitable[Result]]) -> Result:
    """What `work` gives; it is begun anew while the database is away, for WITHIN_S.

    So the work must not mind being done twice. Whatever else it raises is raised.
    """
    loop = asyncio.get_running_loop()
    give_up = loop.time() + WITHIN_S
    while True:
        try:
            return await work()
        except DBAPIError as error:
            if not is_away(error) or loop.time() >= give_up:
                raise
        await asyncio.sleep(PAUSE_S)
