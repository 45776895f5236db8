"""Everything the dashboard shows of a period, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from sales.statistics.conversations import Answers, Talk, answers, talk
from sales.statistics.funnel import Funnel, funnel
from sales.statistics.leads import LeadFigures, MinutesBetween, lead_figures, minutes_between
from sales.statistics.period import Period
from sales.statistics.ratings import (
    RatedAnswer,
    Stars,
    Thumbs,
    stars,
    thumbs,
    worst_answers,
)


@dataclass(frozen=True)
class Dashboard:
    """The figures of one period."""

    period: Period
    talk: Talk
    answers: Answers
    funnel: Funnel
    leads: LeadFigures
    thumbs: Thumbs
    stars: Stars
    worst: tuple[RatedAnswer, ...]


def dashboard(
    session: Session, period: Period, minutes: MinutesBetween = minutes_between
) -> Dashboard:
    """Every figure of the period; zeros where nothing happened. `minutes` is for the leads."""
    return Dashboard(
        period,
        talk(session, period),
        answers(session, period),
        funnel(session, period),
        lead_figures(session, period, minutes),
        thumbs(session, period),
        stars(session, period),
        tuple(worst_answers(session, period)),
    )
