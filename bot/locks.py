"""One turn at a time in each conversation, in this process and in all that share its Redis.

Why not Rasa's RedisLockStore: it keeps the queue of a conversation's tickets as one JSON value, and
issues, removes and expires tickets by reading the value, changing it and writing it back. Nothing
makes these three one step, so two processes that ask at the same moment write the same ticket
number, or one overwrites the other's ticket, and both are served. Who ends also deletes the key
when "nobody waits", in two more steps, and with it a ticket that was issued in between. A ticket
expires after a minute although its owner still works, and one whose owner was killed holds up the
conversation for that minute. It blocks the event loop while it asks, and polls once a second.

Here the lock is one key with a random token: taken by SET NX PX, extended and released by scripts
that compare the token first (redis-py's Lock), so each step is atomic and nobody ends another's
turn. Its life is short, and extended as long as its owner lives: a killed process holds up a
conversation for LEASE_S at most.

No lock with a life can be safe by itself: Redis may forget it, or its owner stall past its end and
wake up later. Then two run the same conversation, and the database decides: bot/fencing.py lets
only one of them save, and bot/turns.py has the other look again. So the lock is what makes that
rare, and the conversations go on when Redis is away. An advisory lock of PostgreSQL would end with
its owner, but would keep a connection for each turn, and a process that is stopped would keep its
conversations.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.lock_store import LockError, LockStore
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError

from bot.redis_link import AWAY, RedisLink
from sales.settings import Settings

logger = logging.getLogger(__name__)
LEASE_S = 4.0
EXTEND_EVERY_S = 1.0
LOOK_EVERY_S = 0.02  # whether another process has ended its turn
WAIT_S = 8.0  # for a turn of another process; then the message fails, and may be sent again
PREFIX = "fiberbot:turn:"


class ConversationLocks(LockStore):
    """Rasa's lock store on `REDIS_URL`; within the process alone when it is unset."""

    def __init__(self, endpoint_config: Any = None, redis_url: str | None = None) -> None:
        """`endpoint_config` is ignored: the address is a setting."""
        url = Settings.from_env().redis_url if redis_url is None else redis_url
        self._redis = RedisLink(url) if url else None
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LEASE_S,
        wait_time_in_seconds: float = LOOK_EVERY_S,
    ) -> AsyncIterator[None]:
        """The conversation is the caller's, first come first served within the process.

        Raises LockError when other processes had it for WAIT_S.
        """
        here = self._here.setdefault(conversation_id, asyncio.Lock())
        async with here, self._everywhere(conversation_id):
            yield

    @asynccontextmanager
    async def _everywhere(self, conversation_id: str) -> AsyncIterator[None]:
        redis = self._redis
        lock = await self._taken(redis, conversation_id) if redis else None
        if redis is None or lock is None:
            yield
            return
        extending = asyncio.create_task(self._extend(lock))
        try:
            yield
        finally:
            extending.cancel()
            with suppress(LockNotOwnedError):
                await redis.ask(lock.release)

    async def _taken(self, redis: RedisLink, conversation_id: str) -> Lock | None:
        """The lock; None while Redis is away."""
        lock = Lock(
            redis.client, PREFIX + conversation_id, timeout=LEASE_S, sleep=LOOK_EVERY_S,
            blocking_timeout=WAIT_S, thread_local=False,
        )  # fmt: skip
        is_taken = await redis.ask(lock.acquire)
        if is_taken is False:
            raise LockError(f"Conversation {conversation_id} was busy for {WAIT_S:g} s.")
        return lock if is_taken else None

    async def _extend(self, lock: Lock) -> None:
        while True:
            await asyncio.sleep(EXTEND_EVERY_S)
            try:
                await lock.reacquire()
            except LockNotOwnedError:
                logger.warning("turn.unlocked: Redis forgot the lock of a turn; saving decides")
                return
            except AWAY:
                continue  # the lock may outlive it
