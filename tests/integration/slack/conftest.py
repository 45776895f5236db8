"""A Slack with people in it, and a house that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from sales.team.roles import Member
from tests.integration.slack.house import NAMES, SALES, House, hire
from tests.slack_stand_in import SlackStandIn


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """Slack, with the team, a stranger and the sales channel."""
    with SlackStandIn() as slack:
        for user, name in NAMES.items():
            slack.add_user(user, name)
        slack.add_channel(SALES, "sales", "channel", *NAMES)
        yield slack


@pytest.fixture
def team(engine: Engine) -> dict[str, Member]:
    """The team by Slack user id."""
    return hire(engine)


@pytest.fixture
def house(engine: Engine, slack: SlackStandIn) -> House:
    return House(engine, slack)
