"""How many leads came in, what became of them, and how fast people took them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.lead import STATES
from sales.leads.tables import leads
from sales.statistics.conversations import per_day
from sales.statistics.period import PerDay, Period, Spread

MinutesBetween = Callable[[datetime, datetime], float]


@dataclass(frozen=True)
class LeadFigures:
    """The leads that were opened in a period, as they stand now."""

    opened: PerDay
    by_state: dict[str, int]  # every state is there, also with 0
    late: int  # claimed too late, or not at all in time
    claimed_minutes: Spread  # from opened to claimed
    contacted_minutes: Spread  # from opened to the first word of a colleague


def minutes_between(start: datetime, end: datetime) -> float:
    """Minutes by the clock, nights and weekends too."""
    return (end - start) / timedelta(minutes=1)


def lead_figures(
    session: Session, period: Period, minutes: MinutesBetween = minutes_between
) -> LeadFigures:
    """The leads opened in the period. `minutes` may count business minutes instead
    (`BusinessHours.minutes_between`).
    """
    rows = session.execute(_opened(period)).all()
    states = Counter(row.state for row in rows)
    return LeadFigures(
        opened=per_day(period, Counter(period.day_of(row.created_at) for row in rows)),
        by_state={state: states[state] for state in STATES},
        late=sum(row.breached_at is not None for row in rows),
        claimed_minutes=_spread([(row.created_at, row.claimed_at) for row in rows], minutes),
        contacted_minutes=_spread([(row.created_at, row.contacted_at) for row in rows], minutes),
    )


def _spread(spans: list[tuple[datetime, datetime | None]], minutes: MinutesBetween) -> Spread:
    return Spread.of(minutes(start, end) for start, end in spans if end is not None)


def _opened(period: Period) -> Any:
    column = leads.c
    return sa.select(
        column.created_at,
        column.state,
        column.claimed_at,
        column.contacted_at,
        column.breached_at,
    ).where(column.created_at >= period.since, column.created_at < period.until)
