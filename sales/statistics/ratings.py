"""What visitors think: thumbs for answers, stars for conversations, and the worst answers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.feedback.tables import answer_feedback, conversation_ratings
from sales.statistics.events import BOT, events, has_events
from sales.statistics.period import Period

STARS = (1, 2, 3, 4, 5)
LOOKED_AT = 500  # thumbs, the latest, for the worst answers: each needs its message
MOST_WORST = 10
UNNAMED = "(no name)"


@dataclass(frozen=True)
class Thumbs:
    """Thumbs of a period."""

    up: int
    down: int


@dataclass(frozen=True)
class Stars:
    """Ratings of whole conversations."""

    counts: dict[int, int]  # 1 to 5 stars, also with 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def average(self) -> float | None:
        total = self.total
        return sum(stars * count for stars, count in self.counts.items()) / total if total else None


@dataclass(frozen=True)
class RatedAnswer:
    """One of the assistant's responses with its thumbs; the latest that got a thumb down."""

    name: str  # of the response, such as utter_faq/return_loss
    up: int
    down: int
    conversation_id: str
    message: int  # the number of that message in its conversation
    text: str = field(repr=False)


def thumbs(session: Session, period: Period) -> Thumbs:
    """Thumbs up and down in the period."""
    column = answer_feedback.c
    query = sa.select(column.value, sa.func.count()).where(_in(column.at, period))
    found = {row[0]: row[1] for row in session.execute(query.group_by(column.value))}
    return Thumbs(found.get("up", 0), found.get("down", 0))


def stars(session: Session, period: Period) -> Stars:
    """How often each number of stars was given in the period."""
    column = conversation_ratings.c
    query = sa.select(column.stars, sa.func.count()).where(_in(column.at, period))
    found = {row[0]: row[1] for row in session.execute(query.group_by(column.stars))}
    return Stars({number: found.get(number, 0) for number in STARS})


def worst_answers(session: Session, period: Period, most: int = MOST_WORST) -> list[RatedAnswer]:
    """Responses with a thumb down, most thumbs down less thumbs up first; [] if none.

    Read from the latest LOOKED_AT thumbs. What colleagues wrote is left out, and so are answers
    that are no longer in the record.
    """
    if not has_events(session):
        return []
    found: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(_rated_messages(period)):
        said = json.loads(row.data)
        metadata = said.get("metadata") or {}
        if not metadata.get("author") and not metadata.get("notice"):
            found[metadata.get("utter_action") or UNNAMED].append((row, said.get("text") or ""))
    rated = [_rated(name, rows) for name, rows in found.items() if _downs(rows)]
    return sorted(rated, key=lambda answer: (answer.up - answer.down, answer.name))[:most]


def _rated(name: str, rows: list[Any]) -> RatedAnswer:
    down = _downs(rows)
    latest, text = next((row, text) for row, text in rows if row.value == "down")
    where = latest.conversation_id, latest.message
    return RatedAnswer(name, len(rows) - down, down, *where, text)


def _downs(rows: Iterable[Any]) -> int:
    return sum(row.value == "down" for row, _ in rows)


def _rated_messages(period: Period) -> Any:
    """The latest thumbs with the messages they were given for, latest first.

    A message's number is its place among the bot messages of its conversation.
    """
    thumb = answer_feedback.c
    latest: Any = sa.select(answer_feedback).where(_in(thumb.at, period))
    latest = latest.order_by(thumb.at.desc()).limit(LOOKED_AT).subquery()
    number = sa.func.row_number().over(partition_by=events.c.sender_id, order_by=events.c.id)
    numbered = (
        sa.select(events.c.id, events.c.sender_id, number.label("number"))
        .where(events.c.type_name == BOT)
        .where(events.c.sender_id.in_(sa.select(latest.c.conversation_id)))
        .subquery()
    )
    is_it = sa.and_(
        numbered.c.sender_id == latest.c.conversation_id, numbered.c.number == latest.c.message
    )
    return (
        sa.select(latest.c.conversation_id, latest.c.message, latest.c.value, events.c.data)
        .select_from(latest)
        .join(numbered, is_it)
        .join(events, events.c.id == numbered.c.id)
        .order_by(latest.c.at.desc(), latest.c.conversation_id, latest.c.message)
    )


def _in(at: Any, period: Period) -> Any:
    return sa.and_(at >= period.since, at < period.until)
