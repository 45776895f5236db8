"""The way to the Redis that several processes share. What is kept there may get lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry as BlockingRetry

from sales.settings import SettingsError

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


def check_at_start(url: str) -> str:
    """What to warn of before the assistant starts; "" when Redis answers.

    A Redis that is away may come up later. One that refuses who we are will refuse again: raises
    SettingsError, which like the warning does not hold the password.
    """
    options = {"socket_connect_timeout": CONNECT_TIMEOUT_S, "socket_timeout": ANSWER_TIMEOUT_S}
    try:
        with BlockingRedis.from_url(url, **options, retry=BlockingRetry(NoBackoff(), 1)) as client:
            client.ping()
    except (AuthenticationError, ResponseError) as error:
        raise SettingsError(
            f"REDIS_URL: the Redis at {_place(url)} refuses its user, password or database number; "
            "set it to redis://user:password@host:6379/0, without what your Redis does not have."
        ) from error
    except (RedisError, OSError) as error:
        return (
            f"REDIS_URL: no Redis answers at {_place(url)} ({type(error).__name__}). Conversations "
            "go on without it, and it is used as soon as it answers; until then /ready says 503."
        )
    except (TypeError, ValueError) as error:  # an option behind the question mark
        raise SettingsError(
            "REDIS_URL has an option that no connection has; leave out what follows the question "
            "mark, as in redis://:password@host:6379/0."
        ) from error
    return ""


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"


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
