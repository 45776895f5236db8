"""Rasa's table of events, as far as statistics read it. Rasa creates it; it may be absent.

Queries use the columns; the JSON in `data` is long, and read only where nothing else tells.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.statistics.period import Period

events = sa.table(
    "events",
    sa.column("id", sa.Integer),
    sa.column("sender_id", sa.String),
    sa.column("type_name", sa.String),
    sa.column("timestamp", sa.Float),  # Unix time in seconds
    sa.column("action_name", sa.String),  # of an action, a slot or a form: its name
    sa.column("data", sa.Text),  # the event as JSON
)
USER, BOT, ACTION, SLOT, FORM = "user", "bot", "action", "slot", "active_loop"
INDEX = "events_by_time"
ORDER_INDEX = "events_by_conversation"  # SQLite's index of conversations is in this order anyway


def has_events(session: Session) -> bool:
    """Whether Rasa has created its table, which it does when it first starts."""
    return bool(sa.inspect(session.connection()).has_table(events.name))


def within(period: Period) -> Any:
    """The condition that an event falls into the period."""
    since, until = period.seconds
    return sa.and_(events.c.timestamp >= since, events.c.timestamp < until)


def floored(session: Session, value: Any) -> Any:
    """A positive number without its fraction; a cast would round it on PostgreSQL."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.func.floor(value), sa.Integer)
    return sa.cast(value, sa.Integer)


def index_events(engine: Engine) -> bool:
    """Index the events, once the table is there; True when an index was new.

    By time, without which every figure reads the whole record, however short its period; and in
    the order of each conversation, without which a turn reads all that was said before it.
    """
    inspector = sa.inspect(engine)
    if not inspector.has_table(events.name):
        return False
    wanted = {INDEX: "timestamp"}
    if engine.dialect.name == "postgresql":
        wanted[ORDER_INDEX] = "sender_id, id"
    missing = wanted.keys() - {index["name"] for index in inspector.get_indexes(events.name)}
    with engine.begin() as connection:
        for name in missing:
            columns = wanted[name]
            connection.execute(sa.text(f"CREATE INDEX IF NOT EXISTS {name} ON events ({columns})"))
    return bool(missing)
