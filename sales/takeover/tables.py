"""Table of the conversations that a colleague has taken over."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base, UtcTime

takeovers = sa.Table(
    "takeovers",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("lead_id", sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("member_id", sa.ForeignKey("team_members.id"), nullable=False),
    sa.Column("author", sa.Text, nullable=False),  # the name that the visitor sees
    sa.Column("began_at", UtcTime, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),  # when the colleague last wrote
    sa.Column("ended_at", UtcTime),
    sa.Column("ended_why", sa.String(16), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
sa.Index(  # one colleague at a time
    "takeovers_open",
    takeovers.c.conversation_id,
    unique=True,
    sqlite_where=sa.text("ended_at IS NULL"),
    postgresql_where=sa.text("ended_at IS NULL"),
)
sa.Index("takeovers_by_lead", takeovers.c.lead_id)
