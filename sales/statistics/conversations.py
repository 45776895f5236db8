"""How much is talked, how often the assistant does not understand, and how fast it answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.statistics.events import ACTION, BOT, USER, events, floored, has_events, within
from sales.statistics.period import PerDay, Period, Spread

FALLBACK = "action_fallback"
QUARTER_S = 900  # time zones differ by quarters of an hour


@dataclass(frozen=True)
class Talk:
    """Conversations and messages of a period."""

    conversations: PerDay  # in which the visitor wrote something that day
    messages: PerDay  # of visitors
    replies: PerDay  # messages of the assistant, and of colleagues through it
    all_conversations: int  # one that lasts two days counts once


@dataclass(frozen=True)
class Answers:
    """The turns that the assistant answered; what a colleague answered is not among them."""

    turns: int
    not_understood: int  # turns that ended in the fallback
    seconds: Spread  # from the visitor's message, once read, to the first word of the answer

    @property
    def fallback_rate(self) -> float | None:
        """The share of turns that were not understood, 0 to 1; None without any turn."""
        return self.not_understood / self.turns if self.turns else None


def talk(session: Session, period: Period) -> Talk:
    """Conversations and messages per day."""
    rows = session.execute(_per_quarter(session, period)) if has_events(session) else ()
    talking: dict[date, set[str]] = defaultdict(set)
    counts: dict[str, dict[date, int]] = {USER: defaultdict(int), BOT: defaultdict(int)}
    days: dict[int, date] = {}
    for row in rows:
        if row.quarter not in days:
            days[row.quarter] = period.day_of(datetime.fromtimestamp(row.quarter * QUARTER_S, UTC))
        day = days[row.quarter]
        counts[row.type_name][day] += row.times
        if row.type_name == USER:
            talking[day].add(row.sender_id)
    return Talk(
        conversations=per_day(period, {day: len(who) for day, who in talking.items()}),
        messages=per_day(period, counts[USER]),
        replies=per_day(period, counts[BOT]),
        all_conversations=len(set().union(*talking.values())),
    )


def answers(session: Session, period: Period) -> Answers:
    """How many turns, how many of them not understood, and how long the visitor waited."""
    rows = session.execute(_turns(period)).all() if has_events(session) else []
    waits = (row.answered_at - row.asked_at for row in rows if row.answered_at is not None)
    return Answers(len(rows), sum(row.not_understood for row in rows), Spread.of(waits))


def per_day(period: Period, counts: dict[date, int]) -> PerDay:
    """The counts with a 0 for every day of the period that has none."""
    days = period.days()
    return PerDay(tuple(days), tuple(counts.get(day, 0) for day in days))


def _per_quarter(session: Session, period: Period) -> Any:
    quarter = floored(session, events.c.timestamp / QUARTER_S).label("quarter")
    return (
        sa.select(quarter, events.c.sender_id, events.c.type_name, sa.func.count().label("times"))
        .where(within(period), events.c.type_name.in_([USER, BOT]))
        .group_by(quarter, events.c.sender_id, events.c.type_name)
    )


def _turns(period: Period) -> Any:
    """One row per turn of the assistant: when it was asked and answered, and whether in vain.

    A turn begins with the visitor's message and runs to the next. Without an action in it the
    assistant kept still, as a colleague had the conversation.
    """
    at, kind = events.c.timestamp, events.c.type_name
    turn = sa.func.sum(sa.case((kind == USER, 1), else_=0)).over(
        partition_by=events.c.sender_id, order_by=events.c.id
    )
    numbered = (
        sa.select(events.c.sender_id, kind, at, events.c.action_name, turn.label("turn"))
        .where(within(period), kind.in_([USER, BOT, ACTION]))
        .subquery()
    )
    column = numbered.c

    def first(condition: Any) -> Any:
        return sa.func.min(sa.case((condition, column.timestamp)))

    acted = sa.func.max(sa.case((column.type_name == ACTION, 1), else_=0))
    in_vain = sa.and_(column.type_name == ACTION, column.action_name == FALLBACK)
    return (
        sa.select(
            first(column.type_name == USER).label("asked_at"),
            first(column.type_name == BOT).label("answered_at"),
            sa.func.max(sa.case((in_vain, 1), else_=0)).label("not_understood"),
        )
        .where(column.turn > 0)
        .group_by(column.sender_id, column.turn)
        .having(acted == 1)
    )
