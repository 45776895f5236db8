"""A team of five, and a lead nobody has claimed."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads.lead import Lead
from sales.team.store import add_member
from tests.integration.leads.work import NINE, ZOE, Team, take


@pytest.fixture
def team(engine: Engine) -> Team:
    roles = {"Ann": "rep", "Ben": "rep", "Eve": "engineer", "Max": "manager", "Olga": "owner"}
    with transaction(engine) as session:
        return {
            name: add_member(session, name, f"{name}@example.com", role, NINE)
            for name, role in roles.items()
        }


@pytest.fixture
def lead(engine: Engine, team: Team) -> Lead:
    return take(engine, ZOE)
