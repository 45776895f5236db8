"""Works off the inbox: what belongs together in its order, the rest side by side.

A job is closed in the transaction of what it changed. When the process dies before, its lease
runs out and the job is done by whoever looks next.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.engine import Engine

from bot.channels.slack import inbox
from bot.channels.slack.inbox import Job, LostLeaseError, TooEarlyError
from sales.clock import DatabaseClock
from sales.database import transaction

logger = logging.getLogger(__name__)
LEASE_S = 10.0  # after a kill, the rows in hand wait this long; held longer by renewing
POLL_S = 1.0  # for what other processes received, and for what waits to be tried again
AT_ONCE = 16  # jobs; each stream has one
MOST_ATTEMPTS = 6  # about a minute
FORGET_EVERY_S = 3_600.0
STOP_S = 5.0  # for jobs in hand when the server stops


class Handler(Protocol):
    """Does one kind of job. It calls `inbox.finish` in the transaction of what it changes."""

    async def handle(self, job: Job) -> None:
        """Do it; raise what went wrong to have it tried again."""

    async def give_up(self, job: Job) -> None:
        """Tell whoever waits that it did not work, and close the row."""


class Worker:
    """One per process. Rows of the same stream are done one after the other, in all processes."""

    def __init__(
        self,
        engine: Engine,
        handler: Handler,
        *,
        poll_s: float = POLL_S,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._engine, self._handler, self._poll_s = engine, handler, poll_s
        self._clock = clock or DatabaseClock(engine)
        self._name = uuid.uuid4().hex
        self._wake = asyncio.Event()
        self._jobs: dict[int, asyncio.Task[None]] = {}
        self._loops: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """Something new is in the inbox."""
        self._wake.set()

    def start(self) -> None:
        """Begin, in the running event loop."""
        loops = (self._run(), self._every(LEASE_S / 4, self._renew), self._forget_forever())
        self._loops = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """Begin nothing new, and give what is in hand a moment to end."""
        for loop in self._loops:
            loop.cancel()
        if self._jobs:
            await asyncio.wait(self._jobs.values(), timeout=STOP_S)
        for job in self._jobs.values():
            job.cancel()
        await asyncio.gather(*self._loops, *self._jobs.values(), return_exceptions=True)

    async def run_once(self) -> int:
        """Do everything that is due now; how many jobs it were."""
        done = 0
        while jobs := await self._lease():
            done += len(jobs)
            await asyncio.gather(*(self._do(job) for job in jobs))
        return done

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                for job in await self._lease():
                    self._begin(job)
            except Exception:  # the outermost edge: the database is away, and will be back
                logger.exception("slack_inbox.unreachable: tried again in %s s", self._poll_s)
            with suppress(TimeoutError):  # wait_for could lose the cancellation that ends the loop
                async with asyncio.timeout(self._poll_s):
                    await self._wake.wait()

    def _begin(self, job: Job) -> None:
        task = asyncio.create_task(self._do(job))
        self._jobs[job.id] = task

        def ended(_: object) -> None:
            self._jobs.pop(job.id, None)
            self.wake()  # the next of its stream may go

        task.add_done_callback(ended)

    async def _lease(self) -> list[Job]:
        return await asyncio.to_thread(self._lease_now, AT_ONCE - len(self._jobs))

    def _lease_now(self, limit: int) -> list[Job]:
        with transaction(self._engine) as session:
            return inbox.lease(session, self._clock(), LEASE_S, limit, self._name)

    async def _do(self, job: Job) -> None:
        """The job, tried again when it fails and given up when it keeps failing."""
        try:
            await self._handler.handle(job)
        except LostLeaseError as error:
            logger.warning("slack_inbox.taken_over: %s", error)
        except TooEarlyError as error:
            logger.info("slack_inbox.too_early: row %s, attempt %s", job.id, job.attempts)
            await self._after_failure(job, error)
        except Exception as error:  # the outermost edge: the log has the cause
            logger.exception("slack_inbox.failed: row %s, attempt %s", job.id, job.attempts)
            await self._after_failure(job, error)

    async def _after_failure(self, job: Job, error: Exception) -> None:
        try:
            if job.attempts >= MOST_ATTEMPTS:
                await self._handler.give_up(job)
                logger.error("slack_inbox.given_up: row %s", job.id)
            else:
                await asyncio.to_thread(self._postpone, job, type(error).__name__)
        except Exception:  # the lease runs out, and the job is tried again
            logger.exception("slack_inbox.not_put_back: row %s", job.id)

    def _postpone(self, job: Job, error: str) -> None:
        with transaction(self._engine) as session:
            inbox.postpone(session, job, self._clock(), error)

    async def _renew(self) -> None:
        if self._jobs:
            await asyncio.to_thread(self._renew_now, list(self._jobs))

    def _renew_now(self, ids: list[int]) -> None:
        with transaction(self._engine) as session:
            until = self._clock() + timedelta(seconds=LEASE_S)
            inbox.renew(session, ids, until, self._name)

    async def _forget_forever(self) -> None:
        await self._every(FORGET_EVERY_S, lambda: asyncio.to_thread(self._forget))

    def _forget(self) -> None:
        with transaction(self._engine) as session:
            inbox.forget_done(session, self._clock())

    async def _every(self, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await do()
            except Exception:  # housekeeping: the next time will do
                logger.exception("slack_inbox.housekeeping_failed")
