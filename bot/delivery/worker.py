"""Delivers the outbox: several streams at a time, each channel for itself, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.watch import metrics
from sales.clock import DatabaseClock
from sales.database import transaction
from sales.outbox import bell
from sales.outbox.backoff import MOST_ATTEMPTS
from sales.outbox.store import (
    Delivery,
    delivered,
    failed,
    give_back,
    lease_due,
    renew_leases,
)

logger = logging.getLogger(__name__)
Json = Any
Result = TypeVar("Result")
Clock = Callable[[], datetime]

POLL_S = 0.5  # what other processes commit, and what is due again, is found this soon
AT_ONCE = 8  # streams per channel
LEASE_S = 10.0  # after a kill, the rows in hand wait this long; held longer by renewing
SEND_TIMEOUT_S = 60.0
STOP_WITHIN_S = 10.0
DATABASE_PAUSE_S = 1.0
AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


class SendError(Exception):
    """The receiver did not take it. The text is kept with the row: no personal data in it."""

    def __init__(
        self,
        text: str,
        retry_after_s: float | None = None,
        is_permanent: bool = False,
        is_uncertain: bool = False,
    ) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s  # what the receiver asked for
        self.is_permanent = is_permanent  # trying again would not help
        self.is_uncertain = is_uncertain  # it may have arrived all the same


class Sender(Protocol):
    async def send(self, delivery: Delivery) -> Json | None:
        """Deliver; what the receiver answered is kept. Raises SendError.

        Any other exception is a fault of ours: it is logged and tried again.
        """


class Worker:
    """Delivers what is due with the sender of its channel.

    At least once: a row counts as delivered when the database says so. A channel whose receiver
    is slow holds up no other channel.
    """

    def __init__(
        self,
        engine: Engine,
        senders: Mapping[str, Sender],
        *,
        poll_s: float = POLL_S,
        at_once: int = AT_ONCE,
        lease_s: float = LEASE_S,
        send_timeout_s: float = SEND_TIMEOUT_S,
        database_pause_s: float = DATABASE_PAUSE_S,
        clock: Clock | None = None,
    ) -> None:
        self._engine = engine
        self._senders = dict(senders)
        self._poll_s, self._at_once = poll_s, at_once
        self._lease_s, self._send_timeout_s = lease_s, send_timeout_s
        self._database_pause_s = database_pause_s
        self._clock = clock or DatabaseClock(engine)
        self._name = uuid.uuid4().hex
        self._in_hand: dict[asyncio.Task[None], Delivery] = {}
        self._wake = asyncio.Event()
        self._running: asyncio.Task[Any] | None = None
        self._is_stopping = False
        self._is_database_away = False

    async def run(self) -> None:
        """Deliver until stop() is called."""
        self._running = asyncio.current_task()
        loop = asyncio.get_running_loop()
        unlisten = bell.listen(lambda: _wake_up(loop, self._wake))
        renewing = asyncio.create_task(self._renew_for_ever())
        try:
            while not self._is_stopping:
                self._wake.clear()
                if not await self._take():
                    await self._rest()
        finally:
            unlisten()
            renewing.cancel()

    async def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Take nothing more and finish what is in hand; what takes longer is left to its lease."""
        self._is_stopping = True
        self._wake.set()
        working = {*self._in_hand, *([self._running] if self._running else [])}
        if working:
            await asyncio.wait(working, timeout=within_s)
        late = list(self._in_hand)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            logger.warning("outbox.left: deliveries=%d, they are repeated later", len(late))

    async def run_once(self, now: datetime) -> int:
        """Deliver one round of what is due and wait for it; how many deliveries were tried."""
        deliveries = await asyncio.to_thread(self._lease, now)
        await asyncio.gather(*(self._deliver(delivery, now) for delivery in deliveries))
        return len(deliveries)

    async def _take(self) -> int:
        """Begin every delivery that is due and has a free place; how many."""
        deliveries = await self._ask(lambda: self._lease(self._clock())) or []
        if self._is_stopping:
            await self._ask(lambda: self._give_back([delivery.id for delivery in deliveries]))
            return 0
        for delivery in deliveries:
            task = asyncio.create_task(self._deliver(delivery))
            self._in_hand[task] = delivery
            task.add_done_callback(self._put_down)
        return len(deliveries)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        del self._in_hand[task]
        self._wake.set()  # the next of its stream may go
        if not task.cancelled() and (error := task.exception()):
            logger.error("outbox.error: %s", type(error).__name__, exc_info=error)

    async def _rest(self) -> None:
        pause_s = self._database_pause_s if self._is_database_away else self._poll_s
        try:
            await asyncio.wait_for(self._wake.wait(), pause_s)
        except TimeoutError:
            return

    def _lease(self, now: datetime) -> list[Delivery]:
        busy = [delivery.channel for delivery in list(self._in_hand.values())]
        deliveries: list[Delivery] = []
        with transaction(self._engine) as session:
            for channel in self._senders:
                free = self._at_once - busy.count(channel)
                deliveries += lease_due(session, [channel], now, self._lease_s, free, self._name)
        return deliveries

    async def _deliver(self, delivery: Delivery, now: datetime | None = None) -> None:
        """Send it, then write down how that went; `now` stands for the clock."""
        try:
            receipt = await self._send(delivery)
        except SendError as error:
            await self._note_failure(delivery, error, now)
        else:
            at = now or self._clock()
            await self._note(lambda session: delivered(session, delivery.id, at, receipt))
            metrics.deliveries.labels(delivery.channel, "delivered").inc()
            logger.info("outbox.delivered: %s, attempt=%d", _facts(delivery), delivery.attempts)

    async def _send(self, delivery: Delivery) -> Json | None:
        if delivery.was_interrupted and delivery.attempts > MOST_ATTEMPTS:
            raise SendError("Every attempt was interrupted.", is_permanent=True)
        sending = self._senders[delivery.channel].send(delivery)
        try:
            return await asyncio.wait_for(sending, self._send_timeout_s)
        except SendError:
            raise
        except TimeoutError:
            text = f"No answer within {self._send_timeout_s:.0f} s."
            raise SendError(text, is_uncertain=True) from None
        except Exception as error:  # the outermost edge: one row must not stop the others
            logger.exception("outbox.error: %s", _facts(delivery))
            raise SendError(f"Our fault: {type(error).__name__}.", is_uncertain=True) from None

    async def _note_failure(
        self, delivery: Delivery, error: SendError, now: datetime | None
    ) -> None:
        is_dead = await self._note(
            lambda session: failed(
                session, delivery.id, now or self._clock(), str(error), error.retry_after_s,
                error.is_permanent, is_uncertain=error.is_uncertain, worker=self._name,
            )
        )  # fmt: skip
        outcome = "dead" if is_dead else "failed"
        metrics.deliveries.labels(delivery.channel, outcome).inc()
        log = logger.error if is_dead else logger.warning
        log("outbox.%s: %s, attempt=%d, %s", outcome, _facts(delivery), delivery.attempts, error)

    async def _note(self, write: Callable[[Session], Result]) -> Result | None:
        """Write the outcome, however long the database is away: forgotten, it would be repeated."""

        def work() -> tuple[Result]:
            with transaction(self._engine) as session:
                return (write(session),)

        while (done := await self._ask(work, AWAY)) is None:
            await asyncio.sleep(self._database_pause_s)
        return done[0]

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 4)
            if self._in_hand:
                await self._ask(self._renew)

    def _renew(self) -> None:
        ids = [delivery.id for delivery in list(self._in_hand.values())]
        with transaction(self._engine) as session:
            renew_leases(session, ids, self._clock(), self._lease_s, self._name)

    def _give_back(self, ids: list[int]) -> None:
        with transaction(self._engine) as session:
            give_back(session, ids, self._name)

    async def _ask(
        self,
        question: Callable[[], Result],
        errors: tuple[type[Exception], ...] = (sa.exc.SQLAlchemyError,),
    ) -> Result | None:
        """What the database answers, or None while it is away, which is logged once."""
        try:
            answer = await asyncio.to_thread(question)
        except errors as error:
            if not self._is_database_away:
                logger.warning("outbox.database_away: %s", type(error).__name__)
            self._is_database_away = True
            return None
        if self._is_database_away:
            logger.warning("outbox.database_back: deliveries go on")
        self._is_database_away = False
        return answer


def _wake_up(loop: asyncio.AbstractEventLoop, wake: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(wake.set)


def _facts(delivery: Delivery) -> str:
    return f"channel={delivery.channel}, kind={delivery.kind}, id={delivery.id}"
