"""Leads and their history.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates `leads` and `lead_events`."""
    op.create_table(
        "leads",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("email_key", sa.Text),
        sa.Column("phone", sa.String(20)),
        sa.Column("company", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("need", sa.JSON, nullable=False),
        sa.Column("recommendation", sa.JSON),
        sa.Column("products", sa.JSON, nullable=False),
        sa.Column("transcript", sa.JSON, nullable=False),
        sa.UniqueConstraint("email_key", name="leads_email"),
        sa.UniqueConstraint("phone", name="leads_phone"),
        sa.CheckConstraint("email_key IS NOT NULL OR phone IS NOT NULL", name="leads_contact"),
        sa.CheckConstraint(
            "state IN ('new', 'claimed', 'contacted', 'won', 'lost')", name="leads_state"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("leads_by_update", "leads", ["updated_at", "id"])
    op.create_index("leads_by_state", "leads", ["state", "updated_at", "id"])
    op.create_table(
        "lead_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "lead_id", sa.Integer, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
    )
    op.create_index("lead_events_by_lead", "lead_events", ["lead_id", "id"])


def downgrade() -> None:
    """Drops both tables with everything in them."""
    op.drop_table("lead_events")
    op.drop_table("leads")
