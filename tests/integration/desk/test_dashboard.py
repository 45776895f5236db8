"""What the dashboard shows, and that nothing happening is no error."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.engine import Engine

from desk.charts import columns_per_day, nice_top
from desk.pages.dashboard import minutes, percent, seconds
from sales.database import transaction
from sales.feedback.store import rate_answer, rate_conversation
from sales.leads import handling
from sales.team.roles import Member
from tests.integration.desk.conftest import Browser, Clock
from tests.integration.desk.sales_floor import HOUSE, SalesFloor

Desk = Callable[[str], Browser]
Hire = Callable[..., Member]


@pytest.fixture
def rep(at_desk: Desk) -> Browser:
    return at_desk("rep")


def tile(html: str, title: str) -> str:
    found = re.search(rf'<h2>{title}</h2><p class="figure[^"]*">([^<]*)</p>', html)
    assert found, title
    return found[1]


def test_before_anything_happens_the_page_says_so(rep: Browser) -> None:
    assert "Nothing happened in these 30 days." in rep.get("/dashboard").text


def test_conversations_leads_and_ratings_are_counted(
    rep: Browser, engine: Engine, clock: Clock, hire: Hire
) -> None:
    floor = SalesFloor(engine, clock())
    lead = floor.lead(minutes_ago=90)
    floor.lead(minutes_ago=24 * 60 * 20)
    floor.conversation(lead).visitor("hello").assistant("Hi!").visitor("what is MPO?")
    with transaction(engine) as session:
        handling.claim(session, lead.id, hire("manager"), clock(), HOUSE)
        rate_answer(session, "c1", 1, "up", clock())
        rate_answer(session, "c1", 2, "down", clock())
        rate_answer(session, "c1", 3, "up", clock())
        rate_conversation(session, "c1", 4, "", clock())
    clock.pass_by(minutes=1)

    html = rep.get("/dashboard").text
    week = rep.get("/dashboard?days=7").text

    assert tile(html, "Conversations") == "1"
    assert tile(html, "New leads") == "2"
    assert tile(week, "New leads") == "1"
    assert tile(html, "Helpful answers") == "67%"
    assert tile(week, "People claim in") == "1 h 30 min"
    assert "On average 4.0 of 5 stars, from 1 visitor." in html
    assert 'aria-label="Conversations per day: 1 in 30 days, at most 1 on one day."' in html


@pytest.mark.parametrize("days", ["", "0", "-7", "400", "x", "7; DROP"])
def test_a_period_that_is_not_offered_is_the_usual_one(rep: Browser, days: str) -> None:
    page = rep.get("/dashboard", params={"days": days})

    assert 'href="/dashboard?days=30" aria-current="page"' in page.text


def test_every_column_of_a_chart_tells_its_day_and_number() -> None:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(3)]

    svg = columns_per_day(days, [0, 1200, 3], "Leads <per> day")

    assert re.findall(r"<title>(.*?)</title>", svg) == ["Nov 1: 0", "Nov 2: 1,200", "Nov 3: 3"]
    assert "Leads &lt;per&gt; day: 1,203 in 3 days" in svg
    heights = [float(height) for height in re.findall(r'<rect[^>]*height="([\d.]+)"', svg)]
    assert heights[0] == 0 < heights[2] < heights[1]


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (5, 10), (11, 20), (21, 40), (999, 1000)]
)
def test_a_scale_ends_at_a_round_number(highest: int, top: int) -> None:
    assert nice_top(highest) == top


def test_figures_read_well() -> None:
    assert [percent(1, 3), percent(1, 200), percent(0, 5), percent(1, 0)] == [
        "33%", "0.5%", "0%", "\u2013",
    ]  # fmt: skip
    assert [seconds(0.0204), seconds(1.26), seconds(None)] == ["20 ms", "1.3 s", "\u2013"]
    assert [minutes(0.4), minutes(59), minutes(125), minutes(None)] == [
        "0 min", "59 min", "2 h 5 min", "\u2013",
    ]  # fmt: skip
