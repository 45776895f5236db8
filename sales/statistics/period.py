"""A stretch of time in whole days of one time zone, and the two figures that sum up a list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

DAY = timedelta(days=1)
USUAL_DAYS = 30
LONGEST_DAYS = 400  # what a chart can show


@dataclass(frozen=True)
class Period:
    """From `since` up to, but not at, `until`; days are those of `zone`."""

    since: datetime
    until: datetime
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("Pass times with their zone, for example datetime.now(UTC).")
        if not timedelta() < self.until - self.since <= LONGEST_DAYS * DAY:
            raise ValueError(f"A period ends after it begins, at most {LONGEST_DAYS} days later.")

    @classmethod
    def last_days(cls, now: datetime, days: int = USUAL_DAYS, zone: tzinfo = UTC) -> Period:
        """The last `days` days of the zone, today with them, up to `now`."""
        first = now.astimezone(zone).date() - (days - 1) * DAY
        return cls(datetime(first.year, first.month, first.day, tzinfo=zone), now, zone)

    @property
    def seconds(self) -> tuple[float, float]:
        """`since` and `until` as Unix time."""
        return self.since.timestamp(), self.until.timestamp()

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def days(self) -> list[date]:
        """Every day that the period touches, in order."""
        first = self.day_of(self.since)
        last = self.day_of(self.until - timedelta(microseconds=1))
        return [first + number * DAY for number in range((last - first).days + 1)]


@dataclass(frozen=True)
class Spread:
    """Where a list of durations lies. None: there were none."""

    count: int
    median: float | None
    p95: float | None  # 95 of 100 were at most this

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        ordered = sorted(values)
        return cls(len(ordered), percentile(ordered, 50), percentile(ordered, 95))


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest value that `percent` of 100 do not exceed; None of no values."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class PerDay:
    """A count for every day of a period, also where it is 0."""

    days: tuple[date, ...]
    counts: tuple[int, ...]
    total: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum(self.counts))
