"""Thumbs for answers and ratings of conversations.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates `answer_feedback` and `conversation_ratings`."""
    op.create_table(
        "answer_feedback",
        sa.Column("conversation_id", sa.String(255), primary_key=True),
        sa.Column("message", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.String(4), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IN ('up', 'down')", name="answer_feedback_value"),
    )
    op.create_index("answer_feedback_by_time", "answer_feedback", ["at"])
    op.create_table(
        "conversation_ratings",
        sa.Column("conversation_id", sa.String(255), primary_key=True),
        sa.Column("stars", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="conversation_ratings_stars"),
    )
    op.create_index("conversation_ratings_by_time", "conversation_ratings", ["at"])


def downgrade() -> None:
    """Drops both tables with everything in them."""
    op.drop_table("conversation_ratings")
    op.drop_table("answer_feedback")
