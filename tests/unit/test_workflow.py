"""What may happen to a lead, by whom, and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.leads import workflow
from sales.leads.lead import STATES, Lead, LeadDraft, checked_draft, open_lead
from sales.leads.workflow import (
    LEVELS,
    AlreadyClaimedError,
    LeadActionError,
    TransitionRefusedError,
    check_lead,
)
from sales.office import HOUSE
from sales.team.roles import ROLES, Member, NotAllowedError

NOON = datetime(2025, 7, 1, 19, tzinfo=UTC)  # a Tuesday in California
LATER = NOON + timedelta(minutes=20)
ANN, BEN, EVE, MAX = (
    Member(number, name, "", role, None, True, 0)
    for number, (name, role) in enumerate(
        [("Ann", "rep"), ("Ben", "rep"), ("Eve", "engineer"), ("Max", "manager")], start=1
    )
)
DRAFT = LeadDraft(consent=True, email="zoe@example.com", conversation_id="c1")
NEW = replace(open_lead(checked_draft(DRAFT), NOON), id=17, due_at=NOON + timedelta(minutes=30))
CLAIMED = workflow.claim(NEW, ANN, "", NOON)
CONTACTED = workflow.answer(CLAIMED, ANN, NOON)
WON, LOST = (workflow.close(CONTACTED, outcome, "", NOON) for outcome in ("won", "lost"))
BY_STATE = {"new": NEW, "claimed": CLAIMED, "contacted": CONTACTED, "won": WON, "lost": LOST}

Step = Callable[[Lead], Lead]
STEPS: dict[str, Step] = {
    "claim": lambda lead: workflow.claim(lead, ANN, "Ann", LATER),
    "answer": lambda lead: (workflow.check_answerable(lead), workflow.answer(lead, ANN, LATER))[1],
    "escalate": lambda lead: workflow.escalate(lead, "engineer", LATER, HOUSE),
    "won": lambda lead: workflow.close(lead, "won", "", LATER),
    "lost": lambda lead: workflow.close(lead, "lost", "", LATER),
    "reopen": lambda lead: workflow.reopen(lead, LATER, HOUSE),
    "reassign": lambda lead: workflow.reassign(lead, BEN, LATER),
    "snooze": lambda lead: workflow.snooze(lead, LATER + timedelta(hours=1), LATER, HOUSE),
}
LEADS_TO = {  # state -> step -> the state afterwards; what is not here is refused
    "new": {"claim": "claimed", "escalate": "new", "lost": "lost", "reassign": "claimed",
            "snooze": "new"},
    "claimed": {"claim": "claimed", "answer": "contacted", "escalate": "claimed", "won": "won",
                "lost": "lost", "reassign": "claimed", "snooze": "claimed"},
    "contacted": {"claim": "contacted", "answer": "contacted", "escalate": "contacted",
                  "won": "won", "lost": "lost", "reassign": "contacted", "snooze": "contacted"},
    "won": {"reopen": "contacted"},
    "lost": {"reopen": "contacted"},
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", STATES)
def test_the_whole_state_machine(state: str, step: str) -> None:
    expected = LEADS_TO[state].get(step)
    if expected:
        assert STEPS[step](BY_STATE[state]).state == expected
    else:
        with pytest.raises(TransitionRefusedError) as refused:
            STEPS[step](BY_STATE[state])
        assert "L-000017" in str(refused.value)


def test_a_claimed_lead_names_who_was_faster() -> None:
    with pytest.raises(AlreadyClaimedError) as refused:
        workflow.claim(CLAIMED, BEN, "Ann", LATER)

    assert (refused.value.owner, refused.value.claimed_at) == ("Ann", NOON)
    assert str(refused.value) == "Ann claimed L-000017 at 2025-07-01 19:00 UTC."


def test_claiming_twice_changes_nothing() -> None:
    assert workflow.claim(CLAIMED, ANN, "Ann", LATER) == CLAIMED


def test_a_claim_in_time_meets_the_deadline_and_a_late_one_stays_marked() -> None:
    late = NOON + timedelta(minutes=31)

    assert (CLAIMED.due_at, CLAIMED.breached_at) == (None, None)
    assert workflow.claim(NEW, ANN, "", NEW.due_at or NOON).breached_at is None
    assert workflow.claim(NEW, ANN, "", late).breached_at == late


def test_an_escalated_lead_may_be_claimed_away_by_that_level_only() -> None:
    escalated = workflow.escalate(CLAIMED, "engineer", LATER, HOUSE)

    with pytest.raises(AlreadyClaimedError):
        workflow.claim(escalated, BEN, "Ann", LATER)
    assert workflow.claim(escalated, ANN, "Ann", LATER) == escalated
    taken = workflow.claim(escalated, EVE, "Ann", LATER)
    assert (taken.owner_id, taken.due_at, taken.level) == (EVE.id, None, "engineer")
    with pytest.raises(AlreadyClaimedError):
        workflow.claim(taken, MAX, "Eve", LATER)


def test_an_answer_of_the_right_level_answers_an_escalation() -> None:
    escalated = workflow.escalate(CONTACTED, "engineer", LATER, HOUSE)

    assert workflow.answer(escalated, ANN, LATER).due_at == escalated.due_at
    answered = workflow.answer(escalated, EVE, LATER)
    assert (answered.due_at, answered.owner_id) == (None, ANN.id)


@pytest.mark.parametrize(
    ("level", "to", "is_possible"),
    [(low, high, LEVELS.index(high) > LEVELS.index(low)) for low in LEVELS for high in LEVELS],
)
def test_an_escalation_goes_up_with_a_deadline_of_its_own(
    level: str, to: str, is_possible: bool
) -> None:
    lead = replace(NEW, level=level, reminded_at=NOON, snoozed_until=LATER)
    if not is_possible:
        with pytest.raises(TransitionRefusedError, match="already"):
            workflow.escalate(lead, to, LATER, HOUSE)
        return
    escalated = workflow.escalate(lead, to, LATER, HOUSE)

    assert (escalated.level, escalated.reminded_at, escalated.snoozed_until) == (to, None, None)
    assert escalated.due_at == LATER + timedelta(minutes=30)


def test_levels_and_outcomes_that_do_not_exist_are_refused() -> None:
    with pytest.raises(TransitionRefusedError, match="engineer or manager"):
        workflow.escalate(NEW, "president", LATER, HOUSE)
    with pytest.raises(TransitionRefusedError, match="won or lost"):
        workflow.close(CLAIMED, "new", "", LATER)


def test_a_sleeping_lead_is_due_as_much_later_as_it_slept() -> None:
    friday = datetime(2025, 7, 11, 16, tzinfo=UTC)  # 9:00 in California
    monday = friday + timedelta(days=3)
    lead = replace(NEW, due_at=friday + timedelta(minutes=30))
    asleep = workflow.snooze(lead, monday, friday + timedelta(minutes=10), HOUSE)

    assert asleep.due_at == monday + timedelta(minutes=20)
    longer = workflow.snooze(asleep, monday + timedelta(hours=1), friday, HOUSE)
    assert longer.due_at == monday + timedelta(hours=1, minutes=20)


@pytest.mark.parametrize("wait", [timedelta(0), timedelta(minutes=-1), timedelta(days=31)])
def test_a_snooze_ends_in_the_next_month(wait: timedelta) -> None:
    with pytest.raises(TransitionRefusedError, match="within 30 days"):
        workflow.snooze(NEW, NOON + wait, NOON, HOUSE)


def test_reopening_undoes_the_close() -> None:
    assert workflow.reopen(WON, LATER, HOUSE) == CONTACTED
    unclaimed = workflow.close(NEW, "lost", "spam", LATER)
    reopened = workflow.reopen(unclaimed, LATER, HOUSE)
    assert (reopened.state, reopened.due_at) == ("new", LATER + timedelta(minutes=30))


def test_a_visitor_who_comes_back_is_new_for_everybody() -> None:
    again = workflow.ask_again(replace(WON, level="manager", breached_at=NOON), LATER, HOUSE)

    assert (again.state, again.owner_id, again.level) == ("new", None, "rep")
    assert (again.closed_at, again.breached_at, again.contacted_at) == (None, None, None)
    assert again.due_at == LATER + timedelta(minutes=30)


@pytest.mark.parametrize("unreachable", [{"conversation_id": ""}, {"channel": "rest"}])
def test_a_lead_without_a_chat_is_answered_elsewhere(unreachable: dict[str, str]) -> None:
    with pytest.raises(TransitionRefusedError, match="e-mail or phone"):
        workflow.check_answerable(replace(NEW, **unreachable))


@pytest.mark.parametrize(
    ("action", "others_may"),
    [
        ("claim", {"rep", "engineer", "manager", "owner"}),
        ("note", {"rep", "engineer", "manager", "owner"}),
        ("escalate", {"rep", "engineer", "manager", "owner"}),
        ("reopen", {"rep", "engineer", "manager", "owner"}),
        ("reply", {"engineer", "manager", "owner"}),
        ("close", {"manager", "owner"}),
        ("snooze", {"manager", "owner"}),
        ("reassign", {"manager", "owner"}),
    ],
)
@pytest.mark.parametrize("role", ROLES)
def test_what_others_may_do_to_a_lead_that_has_an_owner(
    role: str, action: str, others_may: set[str]
) -> None:
    ann, ben = replace(ANN, role=role), replace(BEN, role=role)
    check_lead(ann, action, CLAIMED, "Ann")
    if role in others_may:
        check_lead(ben, action, CLAIMED, "Ann")
    else:
        with pytest.raises(NotAllowedError):
            check_lead(ben, action, CLAIMED, "Ann")


def test_a_refusal_names_the_owner_and_who_may() -> None:
    with pytest.raises(NotAllowedError, match="belongs to Ann; else only managers and owners"):
        check_lead(BEN, "close", CLAIMED, "Ann")


def test_an_unclaimed_lead_is_anybodys_but_for_reassigning() -> None:
    for action in ("reply", "close", "snooze"):
        check_lead(BEN, action, NEW, "")
    with pytest.raises(NotAllowedError):
        check_lead(BEN, "reassign", NEW, "")


def test_who_has_left_may_not_even_hand_on_their_own_lead() -> None:
    left = replace(ANN, is_active=False)

    with pytest.raises(NotAllowedError):
        check_lead(left, "reassign", CLAIMED, "Ann")
    with pytest.raises(TransitionRefusedError, match="cannot take leads"):
        workflow.reassign(CLAIMED, replace(BEN, is_active=False), LATER)
    with pytest.raises(TransitionRefusedError, match="belongs to Ann already"):
        workflow.reassign(CLAIMED, ANN, LATER)


def ticks(lead: Lead, minutes: int) -> list[tuple[str, str]]:
    """What the clock does when it looks at the lead every minute for so long: what, and level."""
    done = []
    for minute in range(minutes + 1):
        step = workflow.tick(lead, NOON + timedelta(minutes=minute), HOUSE)
        if step:
            what, lead = step
            done.append((f"{what} at {minute}", lead.level))
    return done


def test_an_unclaimed_lead_climbs_to_the_managers_and_stays_there() -> None:
    assert ticks(NEW, 280) == [
        ("reminder at 30", "rep"),
        ("escalated at 45", "engineer"),
        ("reminder at 75", "engineer"),
        ("escalated at 90", "manager"),
        ("breached at 120", "manager"),
    ]


@pytest.mark.parametrize("state", ["claimed", "contacted", "won", "lost"])
def test_the_clock_leaves_alone_what_nobody_waits_for(state: str) -> None:
    assert ticks(BY_STATE[state], 280) == []


def test_the_clock_stands_still_while_a_lead_sleeps() -> None:
    asleep = workflow.snooze(NEW, NOON + timedelta(minutes=100), NOON, HOUSE)

    assert ticks(asleep, 130) == [("snooze_ended at 100", "rep"), ("reminder at 130", "rep")]


def test_a_process_that_was_down_for_days_reminds_before_it_escalates() -> None:
    thursday = NOON + timedelta(days=2)
    step = workflow.tick(NEW, thursday, HOUSE)

    assert step is not None
    assert step[0] == "reminder"
    assert workflow.tick(step[1], thursday + timedelta(minutes=14), HOUSE) is None


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_no_sequence_of_steps_leaves_a_lead_half_way(steps: list[str]) -> None:
    lead = NEW
    for step in steps:
        try:
            lead = STEPS[step](lead)
        except LeadActionError:
            continue
        is_closed = lead.state in ("won", "lost")
        assert (lead.closed_at is not None) is is_closed
        assert not (is_closed and (lead.due_at or lead.snoozed_until))
        assert lead.owner_id is not None or lead.due_at is not None or is_closed
        assert (lead.state == "claimed") <= (lead.owner_id is not None)
