"""The team, the state of leads, the outbox, takeovers and unknown questions.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LEVELS = "('rep', 'engineer', 'manager')"
PRIORITIES = "('low', 'normal', 'high')"
NEW_IN_LEADS = (  # SQLite cannot rebuild `leads` without losing its history, so columns are added
    "owner_id INTEGER",
    f"level VARCHAR(16) NOT NULL DEFAULT 'rep' CHECK (level IN {LEVELS})",
    f"priority VARCHAR(8) NOT NULL DEFAULT 'normal' CHECK (priority IN {PRIORITIES})",
    "priority_reasons JSON NOT NULL DEFAULT '[]'",
    "due_at {time}",
    "reminded_at {time}",
    "breached_at {time}",
    "snoozed_until {time}",
    "claimed_at {time}",
    "contacted_at {time}",
    "closed_at {time}",
    "closed_reason TEXT NOT NULL DEFAULT ''",
    "version INTEGER NOT NULL DEFAULT 0",
)
LEAD_INDEXES = {
    "leads_by_owner": ["owner_id", "state"],
    "leads_by_due": ["due_at"],
    "leads_by_conversation": ["conversation_id"],
}
TABLES = (
    "unknown_questions",
    "takeovers",
    "job_locks",
    "slack_cards",
    "slack_inbox",
    "outbox",
    "sign_in_failures",
    "ended_sessions",
    "lead_aliases",
    "team_members",
)


def upgrade() -> None:
    """Creates the tables of sales work and widens `leads`."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    time = "TIMESTAMP WITH TIME ZONE" if is_postgresql else "DATETIME"
    for column in NEW_IN_LEADS:
        op.execute(f"ALTER TABLE leads ADD COLUMN {column.format(time=time)}")
    for name, columns in LEAD_INDEXES.items():
        op.create_index(name, "leads", columns)
    _create_team()
    _create_outbox()
    _create_conversations()


def downgrade() -> None:
    """Drops what upgrade created, with everything in it."""
    for table in TABLES:
        op.drop_table(table)
    for name in LEAD_INDEXES:
        op.drop_index(name, "leads")
    for column in NEW_IN_LEADS:
        op.execute(f"ALTER TABLE leads DROP COLUMN {column.split()[0]}")


def _create_team() -> None:
    op.create_table(
        "team_members",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text, nullable=False),
        sa.Column("slack_user_id", sa.String(32)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("session_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("email_key", name="team_members_email"),
        sa.UniqueConstraint("slack_user_id", name="team_members_slack"),
        sa.CheckConstraint(
            "role IN ('rep', 'engineer', 'manager', 'owner')", name="team_members_role"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("sign_in_failures_by_key", "sign_in_failures", ["key", "at"])
    op.create_table(
        "ended_sessions",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )


def _create_outbox() -> None:
    op.create_table(
        "lead_aliases",
        sa.Column("old_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "lead_id", sa.Integer, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False
        ),
    )
    op.create_index("lead_aliases_by_lead", "lead_aliases", ["lead_id"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("stream", sa.String(200), nullable=False),
        sa.Column("lead_id", sa.Integer),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease", sa.String(36)),
        sa.Column("is_uncertain", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("dead_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("receipt", sa.JSON),
        sa.UniqueConstraint("key", name="outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "outbox_open",
        "outbox",
        ["channel", "stream", "id"],
        sqlite_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "outbox_dead",
        "outbox",
        ["dead_at"],
        sqlite_where=sa.text("dead_at IS NOT NULL"),
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )
    op.create_index("outbox_by_delivery", "outbox", ["delivered_at"])
    op.create_index("outbox_by_lead", "outbox", ["lead_id"])
    op.create_index("outbox_by_conversation", "outbox", ["conversation_id"])
    op.create_table(
        "slack_inbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_key", sa.String(200), nullable=False),
        sa.Column("message_key", sa.String(200)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("stream", sa.String(200), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease", sa.String(36)),
        sa.Column("is_uncertain", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text, nullable=False),
        sa.UniqueConstraint("event_key", name="slack_inbox_event"),
        sa.UniqueConstraint("message_key", name="slack_inbox_message"),
        sqlite_autoincrement=True,
    )
    op.create_index("slack_inbox_open", "slack_inbox", ["done_at", "due_at", "id"])
    op.create_table(
        "slack_cards",
        sa.Column("lead_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("told_lines", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("channel", "ts", name="slack_cards_message"),
    )
    op.create_table(
        "job_locks",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )


def _create_conversations() -> None:
    op.create_table(
        "takeovers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column(
            "lead_id", sa.Integer, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("team_members.id"), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.String(16), nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "takeovers_open",
        "takeovers",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("takeovers_by_lead", "takeovers", ["lead_id"])
    op.create_table(
        "unknown_questions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("group_key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("guesses", sa.JSON, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("topic", sa.String(64)),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("team_members.id")),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "status IN ('open', 'assigned', 'dismissed')", name="unknown_questions_status"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("unknown_questions_by_status", "unknown_questions", ["status", "group_key"])
    op.create_index("unknown_questions_by_conversation", "unknown_questions", ["conversation_id"])
