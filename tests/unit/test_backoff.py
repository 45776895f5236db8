"""How long failed deliveries wait, and when they are given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sales.outbox.backoff import (
    LONGEST_RETRY_AFTER_S,
    LONGEST_WAIT_S,
    MOST_ATTEMPTS,
    is_hopeless,
    wait_s,
)

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


def test_waits_double_from_two_seconds_to_an_hour() -> None:
    waits = [wait_s(attempts, chance=lambda: 0.0) for attempts in range(1, 15)]

    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == LONGEST_WAIT_S


def test_what_failed_together_does_not_come_back_together() -> None:
    waits = {wait_s(5) for _ in range(20)}

    assert len(waits) > 10
    assert all(0.8 * 32 <= one <= 32 for one in waits)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_all_attempts_together_take_about_a_day(chance: float) -> None:
    seconds = sum(wait_s(attempts, chance=lambda: chance) for attempts in range(1, MOST_ATTEMPTS))

    assert 21 * 3600 < seconds < 28 * 3600


def test_a_receiver_that_names_a_time_gets_it() -> None:
    assert 30 <= wait_s(10, retry_after_s=30) < 31
    assert wait_s(1, retry_after_s=-5, chance=lambda: 0.0) == 0
    assert wait_s(1, retry_after_s=1e9, chance=lambda: 0.0) == LONGEST_RETRY_AFTER_S


def test_a_busy_receiver_is_not_given_up_within_the_day() -> None:
    assert not is_hopeless(MOST_ATTEMPTS, NOON, NOON + timedelta(minutes=1))
    assert is_hopeless(MOST_ATTEMPTS, NOON, NOON + timedelta(hours=24))


def test_after_two_days_without_us_the_first_failure_is_not_the_last() -> None:
    assert not is_hopeless(1, NOON, NOON + timedelta(days=2))
