"""Until when a lead can sleep, in the time zone of the office. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk.pages.forms import text_of
from sales.business_hours import BusinessHours
from sales.leads.workflow import TransitionRefusedError


@dataclass(frozen=True)
class Choice:
    """A time that is often wanted."""

    value: str
    label: str
    until: datetime


def choices(now: datetime, hours: BusinessHours) -> list[Choice]:
    """An hour, four hours, tomorrow and next week; days begin when the office opens."""
    today = now.astimezone(ZoneInfo(hours.timezone))
    midnight = datetime.combine(today.date(), time(), today.tzinfo)
    to_monday = timedelta(days=7 - today.weekday())
    return [
        _choice("1h", "In an hour", now + timedelta(hours=1), hours),
        _choice("4h", "In four hours", now + timedelta(hours=4), hours),
        _choice(
            "day", "Next working day", hours.add_minutes(midnight + timedelta(days=1), 0), hours
        ),
        _choice("week", "Next week", hours.add_minutes(midnight + to_monday, 0), hours),
    ]


def chosen(form: Mapping[str, Any], now: datetime, hours: BusinessHours) -> datetime:
    """The time that the form names. Raises TransitionRefusedError when it names none."""
    own = text_of(form, "until")
    if own:
        return _own_time(own, hours)
    value = text_of(form, "for")
    for choice in choices(now, hours):
        if choice.value == value:
            return choice.until
    raise TransitionRefusedError("Choose how long the lead shall sleep.")


def _own_time(text: str, hours: BusinessHours) -> datetime:
    """A time as a browser's field sends it: 2026-11-23T09:00, on the clock of the office."""
    try:
        there = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(hours.timezone))
        return there.astimezone(UTC)
    except (OverflowError, ValueError):
        raise TransitionRefusedError("Write date and time like 2026-11-23T09:00.") from None


def _choice(value: str, label: str, until: datetime, hours: BusinessHours) -> Choice:
    return Choice(value, f"{label} ({until.astimezone(ZoneInfo(hours.timezone)):%a %H:%M})", until)
