"""How many messages this process takes on at once, whose turn it is, and what became of each.

A turn is some milliseconds of computing in the event loop. Turns run one after the other in the
order of their arrival, with a pass of the loop between two of them, so that answers leave and
connections are served however many wait. A conversation stands in line once: its further messages
wait for its own lock first (bot/turns.py).
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar

from bot.channels.admission import TooLongError
from bot.watch import metrics
from bot.watch.names import conversation_name
from sales.settings import Settings

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
KEPT_IN_A_TABLE = ("slack",)  # channels whose messages wait in the database: never refused
FIRST_GUESS_S = 0.02  # of what a turn takes
MEMORY = 0.05  # weight of the latest turn in the running mean
SHORTEST_RETRY_S, LONGEST_RETRY_S = 1, 30
LONGEST_WAIT_S = 5.0  # half of the time after which the widget takes a message for lost


class BusyError(RuntimeError):
    """Too many messages wait, or the process is about to end; this one was not taken in."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Come again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


@dataclass
class WatchedTurn:
    """A turn under way; whoever runs it says how it ended."""

    outcome: str = metrics.ANSWERED


class Line:
    """Lets one pass at a time, first come, first served. Belongs to no event loop."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        return sum(not place.done() for place in self._waiting)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the place, and hold it."""
        await self._arrive()
        try:
            await asyncio.sleep(0)  # what the turn before has to say leaves first
            yield
        finally:
            self._leave()

    async def _arrive(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was our turn already
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._is_taken = False


class Load:
    """The turns of this process."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._inside: Counter[str] = Counter()  # conversation -> turns taken in, not ended
        self._turn_s = FIRST_GUESS_S
        self._idle = asyncio.Event()
        self._idle.set()
        self.line = Line()
        self.is_draining = False
        metrics.queue_length.set_function(lambda: len(self.line))
        metrics.turns_in_hand.set_function(self._inside.total)
        metrics.draining.set_function(lambda: self.is_draining)

    @property
    def in_hand(self) -> int:
        """Turns that were taken in and have not ended."""
        return self._inside.total()

    def check(self, channel: str, conversation_id: str) -> None:
        """Raises BusyError when another message of this conversation cannot be taken in.

        From half of the limit on, each conversation has one place.
        """
        if channel in KEPT_IN_A_TABLE:
            return
        inside, most = self.in_hand, self._most_waiting
        is_slow = inside * self._turn_s > LONGEST_WAIT_S  # of the database, or of the machine
        is_crowded = 2 * inside >= most and self._inside[conversation_id] > 0
        is_full = inside >= most or is_slow or is_crowded
        if self.is_draining or is_full:
            metrics.turns.labels(channel, metrics.BUSY).inc()
            raise BusyError(self._retry_after_s())

    def _retry_after_s(self) -> int:
        """When most of what waits will be done; not the same second for everybody."""
        done_in_s = self.in_hand * self._turn_s
        wait_s = SHORTEST_RETRY_S + done_in_s * random.uniform(1, 3)  # noqa: S311  no secret
        return min(round(wait_s), LONGEST_RETRY_S)

    @contextmanager
    def turn(self, channel: str, conversation_id: str) -> Iterator[WatchedTurn]:
        """Count and time the turn. Raises BusyError instead of beginning it."""
        self.check(channel, conversation_id)
        began, watched = time.perf_counter(), WatchedTurn(metrics.FAILED)
        self._inside[conversation_id] += 1
        self._idle.clear()
        try:
            yield watched
        finally:
            self._end(conversation_id)
            self._tell(channel, conversation_id, watched.outcome, time.perf_counter() - began)

    def _end(self, conversation_id: str) -> None:
        self._inside[conversation_id] -= 1
        if self._inside[conversation_id] <= 0:
            del self._inside[conversation_id]
        if not self._inside:
            self._idle.set()

    def _tell(self, channel: str, conversation_id: str, outcome: str, seconds: float) -> None:
        metrics.turns.labels(channel, outcome).inc()
        if outcome in (metrics.ANSWERED, metrics.KEPT):
            metrics.turn_seconds.labels(channel).observe(seconds)
        facts = {
            "channel": channel,
            "outcome": outcome,
            "conversation": conversation_name(conversation_id),
            "ms": round(seconds * 1_000, 1),
        }
        logger.info("turn.done", extra=facts)

    async def computing(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Do the work when it is its turn."""
        came = time.perf_counter()
        async with self.line.turn():
            began = time.perf_counter()
            metrics.wait_seconds.observe(began - came)
            try:
                return await work()
            finally:
                took_s = time.perf_counter() - began
                self._turn_s += MEMORY * (took_s - self._turn_s)

    async def idle(self) -> None:
        """Until no turn is in hand."""
        await self._idle.wait()


@lru_cache(maxsize=1)
def load() -> Load:
    """The one of this process."""
    return Load(Settings.from_env().watch.turns_waiting)


def watched(run: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    """For Turns.run: counted, timed, and refused with BusyError when there is too much to do."""

    @wraps(run)
    async def watch(turns: Any, turn: Any) -> Any:
        with load().turn(turns.channel, turn.conversation_id) as watching:
            try:
                answer = await run(turns, turn)
            except TooLongError:
                watching.outcome = metrics.TOO_LONG
                raise
            watching.outcome = _outcome(answer)
            return answer

    return watch


def _outcome(answer: Any) -> str:
    if answer.is_repeat:
        return metrics.REPEATED
    return metrics.KEPT if answer.message.heard_by else metrics.ANSWERED


def in_line(work: Callable[..., Awaitable[Result]]) -> Callable[..., Awaitable[Result]]:
    """For what computes: one call at a time in this process, in the order of arrival."""

    @wraps(work)
    async def wait_and_work(*args: Any) -> Result:
        return await load().computing(lambda: work(*args))

    return wait_and_work
