"""When somebody is at work: deadlines count business minutes only. No database here."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_SEARCH_DAYS = 3_660  # ten years without an open day: the settings are wrong


@dataclass(frozen=True)
class BusinessHours:
    """Opening hours in one time zone, the same on every working day.

    Clock changes are followed: what the clock on the wall says counts, in summer and winter.
    """

    timezone: str  # such as America/Los_Angeles
    days: frozenset[int]  # 0 is Monday
    opens: time
    closes: time
    holidays: Container[date] = field(default=frozenset(), hash=False)

    def __post_init__(self) -> None:
        if not self.days or not self.days <= frozenset(range(7)):
            raise ValueError("Business days are numbers from 0 (Monday) to 6; give at least one.")
        if self.closes <= self.opens:
            raise ValueError("Business hours must close after they open, on the same day.")

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is at work; the closing time itself is closed."""
        return any(start <= at < end for start, end in self._spans(at, at))

    def add_minutes(self, start: datetime, minutes: int) -> datetime:
        """When that many business minutes have passed since `start`, in UTC.

        A deadline may fall on the closing time, never after it. 0 minutes give the first open
        moment.
        """
        start, left = start.astimezone(UTC), timedelta(minutes=minutes)
        for opens, closes in self._spans(start, None):
            begins = max(opens, start)
            if begins < closes and left <= closes - begins:
                return begins + left
            left -= max(closes - begins, timedelta())
        raise ValueError("These business hours never open; look at the days and the holidays.")

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole business minutes from `start` to `end`; 0 when `end` is not after `start`."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        spans = self._spans(start, end)
        parts = (min(closes, end) - max(opens, start) for opens, closes in spans)
        return sum((max(part, timedelta()) for part in parts), timedelta()) // timedelta(minutes=1)

    def _spans(self, start: datetime, end: datetime | None) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing in UTC, from the day of `start` to the day of `end`, if any."""
        zone = ZoneInfo(self.timezone)
        first = start.astimezone(zone).date()
        last = end.astimezone(zone).date() if end else first + timedelta(LONGEST_SEARCH_DAYS)
        for day in (first + timedelta(n) for n in range((last - first).days + 1)):
            if day.weekday() not in self.days or day in self.holidays:
                continue
            opens = datetime.combine(day, self.opens, zone).astimezone(UTC)
            closes = datetime.combine(day, self.closes, zone).astimezone(UTC)
            yield opens, closes
