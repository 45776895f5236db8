"""The way to the Redis that several processes share. What is kept there may get lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 0.5, 1.0
AWAY_S = 1.0  # for so long a Redis that did not answer is not asked again
AWAY = (RedisConnectionError, RedisTimeoutError, ResponseError, OSError, TimeoutError)


def connect(url: str) -> Redis:
    """A pool of connections, which are made when they are needed.

    One that a restart of Redis has cut is made anew once, at once.
    """
    client: Redis = Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
    )
    return client


class RedisLink:
    """Asks Redis without ever waiting long: who gets no answer goes on without."""

    def __init__(self, url: str) -> None:
        self.client = connect(url)
        self._away_until = float("-inf")
        self._is_away = False

    async def ask(self, question: Callable[[], Awaitable[Result]]) -> Result | None:
        """What Redis answers; None while it is away, which is logged once."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return None
        try:
            answer = await question()
        except AWAY as error:
            self._away_until = loop.time() + AWAY_S
            self._tell(True, type(error).__name__)
            return None
        self._tell(False)
        return answer

    def _tell(self, is_away: bool, why: str = "") -> None:
        if is_away and not self._is_away:
            logger.warning("redis.away: %s; conversations go on without it", why)
        elif self._is_away and not is_away:
            logger.warning("redis.back: it answers again")
        self._is_away = is_away
