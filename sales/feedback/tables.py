"""Tables of the feedback: a thumb for each answer, a rating for each conversation."""

from __future__ import annotations

import sqlalchemy as sa

from sales.database import Base, UtcTime

answer_feedback = sa.Table(
    "answer_feedback",
    Base.metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("message", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("value", sa.String(4), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.CheckConstraint("value IN ('up', 'down')", name="answer_feedback_value"),
)
sa.Index("answer_feedback_by_time", answer_feedback.c.at)

conversation_ratings = sa.Table(
    "conversation_ratings",
    Base.metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("stars", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.CheckConstraint("stars BETWEEN 1 AND 5", name="conversation_ratings_stars"),
)
sa.Index("conversation_ratings_by_time", conversation_ratings.c.at)
