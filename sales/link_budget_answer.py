"""A link budget told: calculated from the tables, with fixes and sources, in words and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from sales.link_budget import LinkBudget, LinkBudgetQuery, link_budget
from sales.link_budget_figures import LinkBudgetFigures
from sales.link_budget_fixes import Fix, fixes
from sales.link_budget_text import budget_lines, link_budget_payload
from sales.reference.store import source_titles


@dataclass(frozen=True)
class ToldBudget:
    """What to say: lines of text, and what the widget draws when there is something to draw."""

    budget: LinkBudget
    fixes: tuple[Fix, ...]
    lines: tuple[str, ...]
    payload: dict[str, Any] | None


def told_budget(session: Session, query: LinkBudgetQuery, figures: LinkBudgetFigures) -> ToldBudget:
    """The budget of this link with what would fix it. Raises LinkBudgetError."""
    budget = link_budget(query, figures.components)
    proposals = fixes(budget, figures.components, figures.links)
    lines = budget_lines(budget, proposals, source_titles(session, budget.sources))
    return ToldBudget(budget, proposals, lines, link_budget_payload(budget, proposals))
