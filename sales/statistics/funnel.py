"""How far visitors come in the recommendation, question by question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sales.leads.tables import leads
from sales.statistics.events import ACTION, FORM, SLOT, events, has_events, within
from sales.statistics.period import Period

RECOMMENDATION_FORM = "recommendation_form"
RECOMMENDED = "action_recommend"
REQUESTED = "requested_slot"
QUESTIONS = ("data_rate", "rework", "loss_sensitivity", "budget", "fiber", "distance_m")
CHUNK = 1_000  # rows held in memory, and ids named in one statement


@dataclass(frozen=True)
class Step:
    """One question of the recommendation, in conversations."""

    question: str  # the slot it fills
    asked: int
    answered: int  # after it was asked; "I don't know" is an answer
    told_unasked: int  # the visitor had said it already


@dataclass(frozen=True)
class Funnel:
    """Conversations from the first question to the lead; each counts once."""

    started: int
    steps: tuple[Step, ...]
    recommended: int
    leads: int  # of those with a recommendation


def funnel(session: Session, period: Period, questions: Sequence[str] = QUESTIONS) -> Funnel:
    """The recommendation flow of the period; what happened before or after does not count."""
    if not has_events(session):
        return Funnel(0, tuple(Step(name, 0, 0, 0) for name in questions), 0, 0)
    asked = _asked(session, period)
    told = _told(session, period, questions)
    recommended = _senders(session, period, ACTION, RECOMMENDED)
    return Funnel(
        started=len(_senders(session, period, FORM, RECOMMENDATION_FORM)),
        steps=tuple(_step(name, asked.get(name, {}), told.get(name, {})) for name in questions),
        recommended=len(recommended),
        leads=_leads_from(session, recommended, period),
    )


FirstAsked = dict[str, int]  # conversation -> id of the event
LastTold = dict[str, int]


def _step(question: str, asked: FirstAsked, told: LastTold) -> Step:
    answered = sum(told.get(sender, 0) > at for sender, at in asked.items())
    return Step(question, len(asked), answered, len(told.keys() - asked.keys()))


def _asked(session: Session, period: Period) -> dict[str, FirstAsked]:
    """Question -> the conversations it was put in. Only the JSON tells which question it was."""
    query = (
        sa.select(events.c.id, events.c.sender_id, events.c.data)
        .where(within(period), events.c.type_name == SLOT, events.c.action_name == REQUESTED)
        .order_by(events.c.id)
        .execution_options(yield_per=CHUNK)
    )
    found: dict[str, FirstAsked] = {}
    for row in session.execute(query):
        question = json.loads(row.data).get("value")
        if question:
            found.setdefault(question, {}).setdefault(row.sender_id, row.id)
    return found


def _told(session: Session, period: Period, questions: Sequence[str]) -> dict[str, LastTold]:
    """Question -> the conversations that know the answer, with the last time it was given."""
    query = (
        sa.select(events.c.action_name, events.c.sender_id, sa.func.max(events.c.id).label("last"))
        .where(within(period), events.c.type_name == SLOT, events.c.action_name.in_(questions))
        .where(events.c.data.not_like('%"value": null%'))
        .group_by(events.c.action_name, events.c.sender_id)
    )
    found: dict[str, LastTold] = {}
    for row in session.execute(query):
        found.setdefault(row.action_name, {})[row.sender_id] = row.last
    return found


def _senders(session: Session, period: Period, kind: str, name: str) -> list[str]:
    query = (
        sa.select(events.c.sender_id.distinct())
        .where(within(period), events.c.type_name == kind, events.c.action_name == name)
        .order_by(events.c.sender_id)
    )
    return list(session.execute(query).scalars())


def _leads_from(session: Session, conversations: Sequence[str], period: Period) -> int:
    """How many of the conversations became a lead before the period ended.

    A lead knows its latest conversation only; an earlier one of the same person is not counted.
    """
    count = 0
    for start in range(0, len(conversations), CHUNK):
        some = conversations[start : start + CHUNK]
        query: Any = sa.select(sa.func.count(leads.c.conversation_id.distinct())).where(
            leads.c.conversation_id.in_(some), leads.c.consent_at < period.until
        )
        count += session.execute(query).scalar_one()
    return count
