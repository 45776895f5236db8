"""Tables of the leads and of their history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from sales.database import Base
from sales.leads.lead import STATES


class UtcTime(sa.types.TypeDecorator):  # type: ignore[type-arg]  # not generic when running
    """An aware time, kept in UTC. SQLite has no time zones, so its values are read as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("Pass a time with its zone, for example datetime.now(UTC).")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)


leads = sa.Table(
    "leads",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("consent_at", UtcTime, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("email_key", sa.Text),  # lower case
    sa.Column("phone", sa.String(20)),  # E.164
    sa.Column("company", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("need", sa.JSON, nullable=False),
    sa.Column("recommendation", sa.JSON(none_as_null=True)),
    sa.Column("products", sa.JSON, nullable=False),
    sa.Column("transcript", sa.JSON, nullable=False),
    sa.UniqueConstraint("email_key", name="leads_email"),
    sa.UniqueConstraint("phone", name="leads_phone"),
    sa.CheckConstraint("email_key IS NOT NULL OR phone IS NOT NULL", name="leads_contact"),
    sa.CheckConstraint(f"state IN {STATES}", name="leads_state"),
    sqlite_autoincrement=True,  # a reference is never given twice
)
sa.Index("leads_by_update", leads.c.updated_at, leads.c.id)
sa.Index("leads_by_state", leads.c.state, leads.c.updated_at, leads.c.id)

lead_events = sa.Table(
    "lead_events",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("lead_id", sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON(none_as_null=True)),
)
sa.Index("lead_events_by_lead", lead_events.c.lead_id, lead_events.c.id)
