"""Brings the reference tables to the link budget, which itself knows no database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from sales.link_budget import Components
from sales.reference.store import all_components, all_links
from sales.reference.values import Link


@dataclass(frozen=True)
class LinkBudgetFigures:
    """What the calculation needs: parts by id, and every link for other optics to propose."""

    components: Components
    links: tuple[Link, ...]


def link_budget_figures(session: Session) -> LinkBudgetFigures:
    """The figures as the reference tables hold them now."""
    components = {component.id: component for component in all_components(session)}
    return LinkBudgetFigures(components, tuple(all_links(session)))
