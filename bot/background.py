"""What the server does besides answering: deliveries, deadlines, and deleting what is old.

Jobs run once in a cluster: a lock in the database decides who has the turn. They survive restarts,
because what is due is read from the tables and not from a timer.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.delivery.worker import STOP_WITHIN_S, Sender, Worker
from sales.clock import DatabaseClock
from sales.database import transaction
from sales.leads.handling import run_sla
from sales.outbox.jobs import hold, keep
from sales.retention import clean_up, delete_old
from sales.settings import Settings
from sales.takeover.store import end_silent

logger = logging.getLogger(__name__)
CLOCK_S = 15  # how late a deadline may be noticed
HOUR_S, DAY_S = 3_600, 86_400
Work = Callable[[datetime], Any]  # gives what is worth a line in the log, or nothing


@dataclass(frozen=True)
class Job:
    """Something to do once in every `every_s`, whichever process comes first.

    `look_s`: how often each process looks. `turn_s`: one that dies in its turn keeps the others
    away for so long.
    """

    name: str
    every_s: float
    look_s: float
    turn_s: float
    work: Work


class Background:
    """Worker and jobs of one process, from start() to stop()."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        senders: Mapping[str, Sender],
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._engine, self._clock = engine, clock or DatabaseClock(engine)
        self._worker = Worker(engine, senders, clock=self._clock)
        self._jobs = house_jobs(settings, engine)
        self._looking: list[asyncio.Task[None]] = []
        self._name = uuid.uuid4().hex
        self._running: set[asyncio.Task[Any]] = set()
        self._failing: set[str] = set()

    async def start(self) -> None:
        """Begin; returns at once."""
        self._begin(self._worker.run())
        self._looking = [asyncio.create_task(self._look_for_ever(job)) for job in self._jobs]

    async def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Finish what is in hand, within a bound; the rest is done again after the next start."""
        for looking in self._looking:
            looking.cancel()
        await self._worker.stop(within_s)
        if self._running:
            await asyncio.wait(set(self._running), timeout=within_s)

    async def _look_for_ever(self, job: Job) -> None:
        """In between it sleeps by a clock that nobody can set."""
        with suppress(asyncio.CancelledError):  # the scheduler ends; stop() waits for the job
            while True:
                await asyncio.shield(self._begin(asyncio.to_thread(self.run_job, job)))
                await asyncio.sleep(job.look_s)

    def _begin(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def run_job(self, job: Job) -> bool:
        """Do the job if it is this process's turn; False when it is not, or when it failed."""
        try:
            now = self._clock()
            if not self._has_turn(job, now):
                return False
            done = job.work(now)
            self._end_turn(job, now)
        except Exception as error:  # noqa: BLE001 - the outermost edge; it is told below
            self._tell_failure(job, error)
            return False
        self._failing.discard(job.name)
        if done:
            logger.info("job.done: name=%s, %s", job.name, done)
        return True

    def _has_turn(self, job: Job, now: datetime) -> bool:
        with transaction(self._engine) as session:
            longest_s = max(job.turn_s, job.every_s)
            return hold(session, job.name, self._name, now, job.turn_s, longest_s)

    def _end_turn(self, job: Job, now: datetime) -> None:
        """The next turn is due a little before `every_s`, so that looking in time finds it."""
        with transaction(self._engine) as session:
            keep(session, job.name, self._name, now, job.every_s - job.look_s / 2)

    def _tell_failure(self, job: Job, error: Exception) -> None:
        """With a traceback once, until it works again; the database being away needs none."""
        is_new = job.name not in self._failing
        self._failing.add(job.name)
        if is_new:
            is_away = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
            trace = None if is_away else error
            logger.error("job.failed: name=%s, %s", job.name, type(error).__name__, exc_info=trace)


def house_jobs(settings: Settings, engine: Engine) -> tuple[Job, ...]:
    """The jobs of a server with these settings."""
    office = settings.office

    def watch_deadlines(now: datetime) -> str:
        with transaction(engine) as session:
            told = run_sla(session, now, office)
        return f"leads={told}" if told else ""

    def hand_back_silent(now: datetime) -> str:
        with transaction(engine) as session:
            ended = end_silent(session, now, office.takeover_minutes, office.routes)
        return f"takeovers={ended}" if ended else ""

    def delete(now: datetime) -> str:
        return str(delete_old(engine, settings.retention, now, office.routes))

    def tidy(now: datetime) -> str:
        rows = clean_up(engine, now)
        return f"rows={rows}" if rows else ""

    return (
        Job("sla", CLOCK_S, CLOCK_S, 60, watch_deadlines),
        Job("takeovers", CLOCK_S, CLOCK_S, 60, hand_back_silent),
        Job("retention", DAY_S, HOUR_S, HOUR_S, delete),
        Job("cleanup", DAY_S, HOUR_S, HOUR_S, tidy),
    )
