"""Keeps the questions that the assistant did not know, until the owner decides what they are.

A decision is about a group of questions that say the same, and holds for those asked later. The
caller opens the session, owns the transaction, and has checked who may decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.questions.question import (
    KINDS,
    NoSuchGroupError,
    QuestionError,
    QuestionGroup,
    checked_topic,
    clean_text,
    group_key,
)
from sales.questions.tables import STATUSES, unknown_questions

OPEN, ASSIGNED, DISMISSED = STATUSES
MOST_TEXTS, MOST_GUESSES = 5, 5
LOOKED_AT = 50  # of a group's questions, the latest, for its texts and guesses
MOST_GROUPS = 200
TABLE = unknown_questions.c


def record_unknown(
    session: Session,
    conversation_id: str,
    text: str,
    kind: str,
    guesses: Iterable[str],
    now: datetime,
) -> None:
    """Keep a question; what was decided about others that say the same holds for it too.

    `kind` is not_understood or out_of_scope; `guesses` are the closest topics, closest first.
    A text without anything to read is not kept. Raises QuestionError for another kind.
    """
    if kind not in KINDS:
        raise QuestionError(f"The kind is {kind!r}; use {' or '.join(KINDS)}.")
    text = clean_text(text)
    if not text:
        return
    key = group_key(text)
    row = {
        "at": now,
        "conversation_id": conversation_id,
        "text": text,
        "group_key": key,
        "kind": kind,
        "guesses": list(guesses),
        **_decision(session, key),
    }
    session.execute(sa.insert(unknown_questions).values(row))


def grouped_questions(
    session: Session, status: str = OPEN, limit: int = 50, offset: int = 0
) -> list[QuestionGroup]:
    """Groups in one status, the most asked first, then the latest; [] if none."""
    if status not in STATUSES:
        raise QuestionError(f"The status is {status!r}; use {', '.join(STATUSES)}.")
    counts = session.execute(_groups(status).limit(min(limit, MOST_GROUPS)).offset(offset)).all()
    samples = _samples(session, status, [row.group_key for row in counts])
    return [_group(row, samples[row.group_key], status) for row in counts]


def count_groups(session: Session) -> dict[str, int]:
    """How many groups are open, assigned and dismissed."""
    query = sa.select(TABLE.status, sa.func.count(TABLE.group_key.distinct()))
    found = {row[0]: row[1] for row in session.execute(query.group_by(TABLE.status))}
    return {status: found.get(status, 0) for status in STATUSES}


def assign(session: Session, group_key: str, topic: str, member_id: int, now: datetime) -> int:
    """The group belongs to a topic: an intent, or faq/<topic>. Returns how many questions.

    Raises TopicError for what cannot be one; whether it exists is known to the caller only.
    Raises NoSuchGroupError.
    """
    return _decide(session, group_key, ASSIGNED, checked_topic(topic), member_id, now)


def dismiss(session: Session, group_key: str, member_id: int, now: datetime) -> int:
    """The group is no question for us. Returns how many questions. Raises NoSuchGroupError."""
    return _decide(session, group_key, DISMISSED, None, member_id, now)


def reopen(session: Session, group_key: str, member_id: int, now: datetime) -> int:
    """The group is open again. Returns how many questions. Raises NoSuchGroupError."""
    return _decide(session, group_key, OPEN, None, member_id, now)


def training_examples(session: Session) -> Mapping[str, list[str]]:
    """Topic -> what visitors wrote for it, one text per group, in the order they were asked.

    Topics in alphabetical order; {} when nothing is assigned.
    """
    first = sa.select(sa.func.min(TABLE.id)).where(TABLE.status == ASSIGNED)
    query = (
        sa.select(TABLE.topic, TABLE.text)
        .where(TABLE.id.in_(first.group_by(TABLE.group_key)), TABLE.topic.is_not(None))
        .order_by(TABLE.topic, TABLE.id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in session.execute(query):
        found[row.topic].append(" ".join(row.text.split()))
    return dict(found)


def _decision(session: Session, key: str) -> Mapping[str, Any]:
    query = (
        sa.select(TABLE.status, TABLE.topic, TABLE.decided_by, TABLE.decided_at)
        .where(TABLE.group_key == key)
        .order_by(TABLE.id.desc())
        .limit(1)
    )
    found = session.execute(query).mappings().first()
    return dict(found) if found else {"status": OPEN}


def _decide(
    session: Session, key: str, status: str, topic: str | None, member_id: int, now: datetime
) -> int:
    values = {"status": status, "topic": topic, "decided_by": member_id, "decided_at": now}
    statement = sa.update(unknown_questions).where(TABLE.group_key == key).values(values)
    done: Any = session.execute(statement)
    if not done.rowcount:
        raise NoSuchGroupError
    return int(done.rowcount)


def _groups(status: str) -> Any:
    count, latest = sa.func.count().label("times"), sa.func.max(TABLE.at).label("latest")
    return (
        sa.select(
            TABLE.group_key,
            count,
            sa.func.count(TABLE.conversation_id.distinct()).label("conversations"),
            sa.func.min(TABLE.at).label("first"),
            latest,
        )
        .where(TABLE.status == status)
        .group_by(TABLE.group_key)
        .order_by(count.desc(), latest.desc(), TABLE.group_key)
    )


def _samples(session: Session, status: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """The latest questions of each group, latest first."""
    place = sa.func.row_number().over(partition_by=TABLE.group_key, order_by=TABLE.id.desc())
    numbered = (
        sa.select(unknown_questions, place.label("place"))
        .where(TABLE.group_key.in_(keys), TABLE.status == status)
        .subquery()
    )
    query = sa.select(numbered).where(numbered.c.place <= LOOKED_AT)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(query.order_by(numbered.c.id.desc())) if keys else ():
        found[row.group_key].append(row)
    return found


def _group(row: Any, samples: Sequence[Any], status: str) -> QuestionGroup:
    guesses = Counter(guess for sample in samples for guess in sample.guesses)
    decided = samples[0]
    return QuestionGroup(
        group_key=row.group_key,
        count=row.times,
        conversations=row.conversations,
        first=row.first,
        latest=row.latest,
        texts=tuple(dict.fromkeys(sample.text for sample in samples))[:MOST_TEXTS],
        kinds=tuple(sorted({sample.kind for sample in samples})),
        guesses=tuple(name for name, _ in guesses.most_common(MOST_GUESSES)),
        status=status,
        topic=decided.topic,
        decided_by=decided.decided_by,
        decided_at=decided.decided_at,
    )
