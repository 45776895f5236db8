"""Tables of the leads and of their history."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base, UtcTime
from sales.leads.lead import STATES
from sales.leads.workflow import LEVELS, PRIORITIES

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
    sa.Column("owner_id", sa.Integer),  # a team member, who is never deleted
    sa.Column("level", sa.String(16), nullable=False, server_default="rep"),
    sa.Column("priority", sa.String(8), nullable=False, server_default="normal"),
    sa.Column("priority_reasons", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("due_at", UtcTime),  # when somebody must have claimed it; NULL: nothing is due
    sa.Column("reminded_at", UtcTime),
    sa.Column("breached_at", UtcTime),  # when it was first claimed too late or escalated for it
    sa.Column("snoozed_until", UtcTime),
    sa.Column("claimed_at", UtcTime),
    sa.Column("contacted_at", UtcTime),
    sa.Column("closed_at", UtcTime),
    sa.Column("closed_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("email_key", name="leads_email"),
    sa.UniqueConstraint("phone", name="leads_phone"),
    sa.CheckConstraint("email_key IS NOT NULL OR phone IS NOT NULL", name="leads_contact"),
    sa.CheckConstraint(f"state IN {STATES}", name="leads_state"),
    sa.CheckConstraint(f"level IN {LEVELS}", name="leads_level"),
    sa.CheckConstraint(f"priority IN {PRIORITIES}", name="leads_priority"),
    sqlite_autoincrement=True,  # a reference is never given twice
)
sa.Index("leads_by_update", leads.c.updated_at, leads.c.id)
sa.Index("leads_by_state", leads.c.state, leads.c.updated_at, leads.c.id)
sa.Index("leads_by_owner", leads.c.owner_id, leads.c.state)
sa.Index("leads_by_due", leads.c.due_at)
sa.Index("leads_by_conversation", leads.c.conversation_id)

lead_aliases = sa.Table(  # the references of leads that were merged into another
    "lead_aliases",
    Base.metadata,
    sa.Column("old_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Index("lead_aliases_by_lead", "lead_id"),
)

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
