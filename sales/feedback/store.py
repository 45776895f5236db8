"""Keeps feedback; the last word counts. The caller opens the session and owns the transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sales.feedback.tables import answer_feedback, conversation_ratings


@dataclass(frozen=True)
class AnswerFeedback:
    """A thumb for the bot's n-th message of a conversation."""

    conversation_id: str
    message: int
    value: str  # "up" or "down"
    at: datetime


@dataclass(frozen=True)
class ConversationRating:
    """Stars for a whole conversation."""

    conversation_id: str
    stars: int  # 1 to 5
    comment: str = field(repr=False)
    at: datetime


def rate_answer(
    session: Session, conversation_id: str, message: int, value: str, now: datetime
) -> None:
    """Keep a thumb, "up" or "down", for the bot's n-th message."""
    _put(
        session,
        answer_feedback,
        {"conversation_id": conversation_id, "message": message},
        {"value": value, "at": now},
    )


def rate_conversation(
    session: Session, conversation_id: str, stars: int, comment: str, now: datetime
) -> None:
    """Keep the rating of a conversation: 1 to 5 stars, and a comment or ""."""
    _put(
        session,
        conversation_ratings,
        {"conversation_id": conversation_id},
        {"stars": stars, "comment": comment, "at": now},
    )


def feedback_of(session: Session, conversation_id: str) -> list[AnswerFeedback]:
    """The thumbs of a conversation in the order of its messages; [] if none."""
    query = (
        sa.select(answer_feedback)
        .where(answer_feedback.c.conversation_id == conversation_id)
        .order_by(answer_feedback.c.message)
    )
    return [AnswerFeedback(**row) for row in session.execute(query).mappings()]


def rating_of(session: Session, conversation_id: str) -> ConversationRating | None:
    """The rating of a conversation, or None."""
    query = sa.select(conversation_ratings).where(
        conversation_ratings.c.conversation_id == conversation_id
    )
    row = session.execute(query).mappings().first()
    return ConversationRating(**row) if row else None


def _put(session: Session, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
