"""How long a failed delivery waits for its next attempt, and when it is given up. No database."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

FIRST_WAIT_S, LONGEST_WAIT_S = 2, 3_600
LONGEST_RETRY_AFTER_S = 86_400  # a receiver that asks for more is asked again after a day
MOST_ATTEMPTS = 38  # about 24 hours of trying
TRY_FOR = timedelta(hours=24)
JITTER = 0.2  # so that what failed together does not come back together


def wait_s(
    attempts: int,
    retry_after_s: float | None = None,
    chance: Callable[[], float] = random.random,
) -> float:
    """Seconds until the next attempt after `attempts` failed ones.

    Doubles from 2 s to 1 h, up to a fifth less by chance. A receiver that named a time gets
    exactly that, or a little more.
    """
    if retry_after_s is not None:
        return min(max(retry_after_s, 0.0), LONGEST_RETRY_AFTER_S) + JITTER * chance()
    doubled = float(FIRST_WAIT_S << min(attempts - 1, 20))
    return min(doubled, LONGEST_WAIT_S) * (1 - JITTER * chance())


def is_hopeless(attempts: int, created_at: datetime, now: datetime) -> bool:
    """Whether to give up: many attempts and a long time.

    Attempts alone would give up within a minute on a receiver that is busy and says "in a second";
    time alone, on the first failure after we were away for a day.
    """
    return attempts >= MOST_ATTEMPTS and now - created_at >= TRY_FOR
