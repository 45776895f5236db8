"""The SLA clock: nobody is forgotten, and nobody is reminded twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Engine

from sales.leads import handling
from sales.leads.lead import Lead
from tests.integration.leads.work import (
    LATER,
    NINE,
    Team,
    at_once,
    do,
    events,
    kinds,
    reread,
    sla,
    thread_lines,
)


def test_an_unclaimed_lead_is_reminded_of_and_climbs_each_step_once(
    engine: Engine, team: Team, lead: Lead
) -> None:
    steps = {  # minutes after nine -> what must have happened by then
        29: [], 30: ["reminder"], 44: ["reminder"], 45: ["reminder", "escalated"],
        75: ["reminder", "escalated", "reminder"],
    }  # fmt: skip
    for minutes, expected in steps.items():
        sla(engine, NINE + timedelta(minutes=minutes))
        assert sla(engine, NINE + timedelta(minutes=minutes)) == 0
        assert events(engine, lead)[1:] == [("assistant", what) for what in expected]
    assert sla(engine, NINE + timedelta(minutes=90)) == 1
    assert sla(engine, NINE + timedelta(minutes=120)) == 1
    assert sla(engine, NINE + timedelta(days=30)) == 0

    found = reread(engine, lead)
    assert (found.level, found.breached_at) == ("manager", NINE + timedelta(minutes=45))
    by_clock = "The assistant escalated it to {}: Nobody claimed it in time."
    assert thread_lines(engine) == [
        ("Nobody has claimed L-000001 yet. It was due Tue 09:30 PDT.", ["rep"]),
        (by_clock.format("a senior engineer"), ["engineer"]),
        ("Nobody has claimed L-000001 yet. It was due Tue 10:15 PDT.", ["engineer"]),
        (by_clock.format("a manager"), ["manager", "owner"]),
        (
            "Nobody has claimed L-000001, and no level is left. It was due Tue 11:00 PDT.",
            ["manager", "owner"],
        ),
    ]
    assert kinds(engine, "email") == [
        "lead_new", "lead_late", "lead_escalated", "lead_late", "lead_escalated", "lead_late",
    ]  # fmt: skip


def test_two_clocks_at_once_remind_once(engine: Engine, team: Team, lead: Lead) -> None:
    now = NINE + timedelta(minutes=30)

    assert sorted(at_once(*(lambda: sla(engine, now) for _ in range(3)))) == [0, 0, 1]
    assert events(engine, lead)[1:] == [("assistant", "reminder")]


def test_the_clock_and_a_claim_at_the_same_moment_agree(
    engine: Engine, team: Team, lead: Lead
) -> None:
    now = NINE + timedelta(minutes=30)
    at_once(
        lambda: sla(engine, now), lambda: do(engine, handling.claim, lead.id, team["Ann"], now=now)
    )

    found = reread(engine, lead)
    assert (found.owner_id, found.due_at, found.reminded_at) == (team["Ann"].id, None, None)
    assert sla(engine, now + timedelta(hours=1)) == 0


def test_a_snoozed_lead_sleeps_and_its_owner_is_woken(
    engine: Engine, team: Team, lead: Lead
) -> None:
    until = LATER + timedelta(hours=2)
    do(engine, handling.claim, lead.id, team["Ann"])
    do(engine, handling.snooze, lead.id, team["Ann"], until)

    assert sla(engine, until - timedelta(seconds=1)) == 0
    assert (sla(engine, until), sla(engine, until)) == (1, 0)
    assert reread(engine, lead).snoozed_until is None
    assert thread_lines(engine)[-1] == ("The snooze is over. Ann looks after it.", [])


def test_nobody_is_reminded_of_an_unclaimed_lead_that_sleeps(
    engine: Engine, team: Team, lead: Lead
) -> None:
    until = LATER + timedelta(hours=2)
    do(engine, handling.snooze, lead.id, team["Ann"], until)

    assert sla(engine, NINE + timedelta(minutes=45)) == 0
    assert sla(engine, until) == 1
    assert [sla(engine, until + timedelta(minutes=m)) for m in (19, 20)] == [0, 1]
