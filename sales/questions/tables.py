"""Table of the questions that the assistant did not know, for the owner to look at."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base, UtcTime

STATUSES = ("open", "assigned", "dismissed")

unknown_questions = sa.Table(
    "unknown_questions",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("group_key", sa.String(64), nullable=False),  # questions that say the same share it
    sa.Column("kind", sa.String(16), nullable=False),  # not_understood, out_of_scope
    sa.Column("guesses", sa.JSON, nullable=False),  # names of the closest topics, closest first
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("topic", sa.String(64)),  # what it was assigned to: an intent or faq/<topic>
    sa.Column("decided_by", sa.ForeignKey("team_members.id")),
    sa.Column("decided_at", UtcTime),
    sa.CheckConstraint(f"status IN {STATUSES}", name="unknown_questions_status"),
    sqlite_autoincrement=True,
)
sa.Index("unknown_questions_by_status", unknown_questions.c.status, unknown_questions.c.group_key)
sa.Index("unknown_questions_by_conversation", unknown_questions.c.conversation_id)
