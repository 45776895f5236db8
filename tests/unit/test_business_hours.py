"""Deadlines count the minutes in which somebody is at work, and only those."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.business_hours import BusinessHours

CALIFORNIA = ZoneInfo("America/Los_Angeles")
WEEKDAYS = frozenset(range(5))
INDEPENDENCE_DAY = date(2025, 7, 4)  # a Friday
HOURS = BusinessHours(
    "America/Los_Angeles", WEEKDAYS, time(8), time(17), frozenset({INDEPENDENCE_DAY})
)
NIGHT_SHIFT = BusinessHours("Europe/Berlin", frozenset(range(7)), time(1), time(5))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
SEVERAL = st.sampled_from(
    [
        HOURS,
        NIGHT_SHIFT,
        BusinessHours("Asia/Kolkata", frozenset({0, 5}), time(9, 30), time(18, 15)),
    ]
)


def at(text: str) -> datetime:
    """A moment in California, as the clock on the wall shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=CALIFORNIA)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2025-07-01T07:59:59", False),
        ("2025-07-01T08:00", True),
        ("2025-07-01T16:59:59", True),
        ("2025-07-01T17:00", False),
        ("2025-07-04T10:00", False),  # a holiday
        ("2025-07-05T10:00", False),  # a Saturday
    ],
)
def test_somebody_is_at_work_in_the_opening_hours(moment: str, is_open: bool) -> None:
    assert HOURS.is_open(at(moment)) is is_open
    assert HOURS.is_open(at(moment).astimezone(UTC)) is is_open


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2025-07-01T10:00", 30, "2025-07-01T10:30"),
        ("2025-07-01T16:30", 30, "2025-07-01T17:00"),
        ("2025-07-01T16:45", 30, "2025-07-02T08:15"),
        ("2025-07-01T22:00", 30, "2025-07-02T08:30"),
        ("2025-07-01T06:00", 0, "2025-07-01T08:00"),
        ("2025-07-03T16:45", 30, "2025-07-07T08:15"),  # over a holiday and a weekend
        ("2025-07-01T08:00", 2 * 540 + 1, "2025-07-03T08:01"),
    ],
)
def test_a_deadline_skips_nights_weekends_and_holidays(start: str, minutes: int, end: str) -> None:
    assert HOURS.add_minutes(at(start), minutes) == at(end).astimezone(UTC)


@pytest.mark.parametrize("friday", ["2025-03-07", "2025-10-31"])  # the clocks change on Sunday
def test_the_clock_on_the_wall_counts_when_the_clocks_change(friday: str) -> None:
    monday = (date.fromisoformat(friday) + timedelta(3)).isoformat()
    deadline = HOURS.add_minutes(at(f"{friday}T16:00"), 120)

    assert deadline == at(f"{monday}T09:00").astimezone(UTC)
    assert HOURS.minutes_between(at(f"{friday}T16:00"), at(f"{monday}T09:00")) == 120


@pytest.mark.parametrize(("night", "minutes"), [("2025-03-30", 180), ("2025-10-26", 300)])
def test_a_shift_through_the_clock_change_has_the_minutes_it_really_had(
    night: str, minutes: int
) -> None:
    midnight = datetime.fromisoformat(night).replace(tzinfo=ZoneInfo("Europe/Berlin"))

    assert NIGHT_SHIFT.minutes_between(midnight, midnight + timedelta(hours=12)) == minutes


def test_nothing_passes_between_an_end_and_an_earlier_start() -> None:
    assert HOURS.minutes_between(at("2025-07-02T12:00"), at("2025-07-01T12:00")) == 0
    assert HOURS.minutes_between(at("2025-07-04T00:00"), at("2025-07-06T23:00")) == 0


@given(SEVERAL, INSTANTS, st.integers(0, 5_000))
def test_the_minutes_added_are_the_minutes_between(
    hours: BusinessHours, start: datetime, minutes: int
) -> None:
    assert hours.minutes_between(start, hours.add_minutes(start, minutes)) == minutes


@given(SEVERAL, INSTANTS, st.integers(0, 5_000))
def test_a_deadline_never_falls_outside_the_opening_hours(
    hours: BusinessHours, start: datetime, minutes: int
) -> None:
    deadline = hours.add_minutes(start, minutes)

    assert deadline >= start
    assert hours.is_open(deadline) or hours.is_open(deadline - timedelta(microseconds=1))


@given(SEVERAL, INSTANTS, st.integers(0, 500), st.integers(0, 500))
def test_waiting_in_two_parts_is_waiting_once(
    hours: BusinessHours, start: datetime, first: int, second: int
) -> None:
    middle = hours.add_minutes(start, first)
    in_parts = hours.add_minutes(middle, second)
    at_once = hours.add_minutes(start, first + second)

    assert hours.minutes_between(min(in_parts, at_once), max(in_parts, at_once)) == 0


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        (frozenset(), time(8), time(17)),
        (frozenset({7}), time(8), time(17)),
        (WEEKDAYS, time(17), time(8)),
        (WEEKDAYS, time(8), time(8)),
    ],
)
def test_hours_that_never_open_are_refused(days: frozenset[int], opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match="Business"):
        BusinessHours("UTC", days, opens, closes)


def test_an_office_with_holidays_only_says_so() -> None:
    class EveryDay(frozenset[date]):
        def __contains__(self, day: object) -> bool:
            return True

    with pytest.raises(ValueError, match="never open"):
        BusinessHours("UTC", WEEKDAYS, time(8), time(17), EveryDay()).add_minutes(
            at("2025-07-01T10:00"), 1
        )
