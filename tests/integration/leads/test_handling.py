"""Claiming, escalating, handing on and closing: kept, done once, and only by who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead
from sales.leads.store import lead_history
from sales.leads.workflow import AlreadyClaimedError, NoSuchLeadError, TransitionRefusedError
from sales.team.roles import NotAllowedError
from sales.team.store import change_member
from tests.integration.leads.work import (
    LATER,
    NINE,
    ZOE,
    Team,
    at_once,
    do,
    events,
    everything,
    reread,
    rows,
    take,
    thread_lines,
)


def test_a_claimed_lead_is_the_claimers_and_nothing_is_due_any_more(
    engine: Engine, team: Team, lead: Lead
) -> None:
    claimed = do(engine, handling.claim, lead.id, team["Ann"])

    assert reread(engine, lead) == claimed
    assert (claimed.state, claimed.owner_id, claimed.claimed_at) == (
        "claimed",
        team["Ann"].id,
        LATER,
    )
    assert (claimed.due_at, claimed.breached_at) == (None, None)
    with transaction(engine) as session:
        event = lead_history(session, lead)[-1]
    assert (event.at, event.who, event.what) == (LATER, "Ann", "claimed")
    assert event.before == {"state": "new", "owner": "", "due_at": lead.due_at.isoformat()}  # type: ignore[union-attr]
    assert event.after == {"state": "claimed", "owner": "Ann", "due_at": None}


def test_of_many_who_claim_at_once_one_wins_and_the_others_are_told_who(
    engine: Engine, team: Team, lead: Lead
) -> None:
    results = at_once(
        *(lambda m=member: do(engine, handling.claim, lead.id, m) for member in team.values())
    )

    winners = [result for result in results if isinstance(result, Lead)]
    assert len(winners) == 1
    winner = next(name for name, member in team.items() if member.id == winners[0].owner_id)
    losers = [result for result in results if isinstance(result, AlreadyClaimedError)]
    assert {(loser.owner, loser.claimed_at) for loser in losers} == {(winner, LATER)}
    assert len(losers) == len(team) - 1
    assert [what for _, what in events(engine, lead)] == ["taken", "claimed"]


def test_a_double_click_claims_once(engine: Engine, team: Team, lead: Lead) -> None:
    first = do(engine, handling.claim, lead.id, team["Ann"])
    before = everything(engine)

    assert (
        do(engine, handling.claim, lead.id, team["Ann"], now=LATER + timedelta(minutes=1)) == first
    )
    assert everything(engine) == before


def test_a_claim_after_the_deadline_stays_marked(engine: Engine, team: Team, lead: Lead) -> None:
    late = NINE + timedelta(minutes=31)

    assert do(engine, handling.claim, lead.id, team["Ann"], now=late).breached_at == late


def test_a_lead_that_does_not_exist_is_not_claimed(engine: Engine, team: Team) -> None:
    with pytest.raises(NoSuchLeadError, match="no lead 99"):
        do(engine, handling.claim, 99, team["Ann"])


@pytest.mark.parametrize(
    ("name", "action", "args"),
    [
        ("Ben", handling.reply, ("hello", "k1")),
        ("Ben", handling.close, ("won",)),
        ("Eve", handling.close, ("lost",)),
        ("Ben", handling.snooze, (LATER + timedelta(hours=1),)),
        ("Eve", handling.snooze, (LATER + timedelta(hours=1),)),
        ("Ben", handling.release, ()),
    ],
)
def test_who_may_not_touch_a_colleagues_lead_changes_nothing(
    engine: Engine, team: Team, lead: Lead, name: str, action: Callable[..., Any], args: Any
) -> None:
    do(engine, handling.reply, lead.id, team["Ann"], "hi", "k0")
    before = everything(engine)

    with pytest.raises(NotAllowedError, match="belongs to Ann"):
        do(engine, action, lead.id, team[name], *args)
    assert everything(engine) == before


def test_reassigning_and_merging_are_for_managers(engine: Engine, team: Team, lead: Lead) -> None:
    other = take(engine, replace(ZOE, email="other@example.com"))

    with pytest.raises(NotAllowedError):
        do(engine, handling.reassign, lead.id, team["Eve"], team["Ann"])
    with pytest.raises(NotAllowedError):
        do(engine, handling.merge_leads, lead.id, other.id, team["Eve"])


def test_who_has_left_does_nothing(engine: Engine, team: Team, lead: Lead) -> None:
    with transaction(engine) as session:
        left = change_member(session, team["Ann"].id, is_active=False)

    with pytest.raises(NotAllowedError, match="switched off"):
        do(engine, handling.claim, lead.id, left)


def test_an_escalation_calls_that_level_with_the_reason(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.claim, lead.id, team["Ann"])
    escalated = do(engine, handling.escalate, lead.id, team["Ann"], "engineer", "custom 144F")

    assert (escalated.level, escalated.owner_id) == ("engineer", team["Ann"].id)
    assert escalated.due_at == LATER + timedelta(minutes=30)
    assert thread_lines(engine)[-1] == (
        "Ann escalated it to a senior engineer: custom 144F", ["engineer"],
    )  # fmt: skip
    mail = rows(engine, "email")[-1]
    assert (mail["kind"], mail["stream"]) == ("lead_escalated", f"email:{lead.id}")
    assert mail["payload"] == {"lead_id": lead.id, "level": "engineer", "reason": "custom 144F"}
    with transaction(engine) as session:
        event = lead_history(session, lead)[-1]
    assert (event.before["level"], event.after["level"]) == ("rep", "engineer")
    assert event.after["reason"] == "custom 144F"
    taken = do(engine, handling.claim, lead.id, team["Eve"])
    assert (taken.owner_id, taken.due_at) == (team["Eve"].id, None)


def test_an_escalation_needs_a_reason(engine: Engine, team: Team, lead: Lead) -> None:
    with pytest.raises(TransitionRefusedError, match="Say why"):
        do(engine, handling.escalate, lead.id, team["Ann"], "manager", " ")


def test_a_manager_calls_owners_too(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.escalate, lead.id, team["Ann"], "manager", "a large order")

    assert thread_lines(engine)[-1][1] == ["manager", "owner"]


def test_a_rep_hands_on_their_own_lead(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.claim, lead.id, team["Ann"])
    handed = do(engine, handling.reassign, lead.id, team["Ann"], team["Ben"])

    assert handed.owner_id == team["Ben"].id
    assert thread_lines(engine)[-1] == ("Ann gave the lead to Ben.", [])


def test_reopening_gives_the_lead_back_to_its_owner(engine: Engine, team: Team, lead: Lead) -> None:
    do(engine, handling.claim, lead.id, team["Ann"])
    do(engine, handling.close, lead.id, team["Ann"], "won")
    reopened = do(engine, handling.reopen, lead.id, team["Ben"])

    assert (reopened.state, reopened.owner_id, reopened.closed_at) == (
        "claimed",
        team["Ann"].id,
        None,
    )
    assert thread_lines(engine)[-1] == ("Ben reopened it.", [])


def test_a_note_stays_inside_and_is_not_repeated_in_slack(
    engine: Engine, team: Team, lead: Lead
) -> None:
    do(engine, handling.note, lead.id, team["Ben"], "asked for a discount")
    do(engine, handling.note, lead.id, team["Ben"], "called back", said_in="slack")

    with transaction(engine) as session:
        notes = [event for event in lead_history(session, lead) if event.what == "note"]
    assert [(note.who, note.after["text"]) for note in notes] == [
        ("Ben", "asked for a discount"), ("Ben", "called back"),
    ]  # fmt: skip
    assert thread_lines(engine) == [("Ben noted: asked for a discount", [])]
    assert rows(engine, "visitor") == []
    assert reread(engine, lead).note == "20 trunks"
