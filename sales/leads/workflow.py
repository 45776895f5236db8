"""Where a lead stands and what may happen to it next. No database here.

Each function gives the lead as it is afterwards, or raises an error that says why not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sales.leads.lead import NEW, Lead
from sales.office import Office
from sales.team.roles import EVERYONE, ROLE_NAMES, ROLES, Member, NotAllowedError, check, may

CLAIMED, CONTACTED, WON, LOST = "claimed", "contacted", "won", "lost"
OPEN_STATES, CLOSED_STATES = (NEW, CLAIMED, CONTACTED), (WON, LOST)
CLOSED_FROM = {WON: (CLAIMED, CONTACTED), LOST: OPEN_STATES}  # nobody wins an unclaimed lead

LEVELS = ("rep", "engineer", "manager")  # who looks after it, lowest first
RANKS = {"rep": 0, "engineer": 1, "manager": 2, "owner": 2}  # index in LEVELS
LEVEL_NAMES = {"rep": "a rep", "engineer": "a senior engineer", "manager": "a manager"}
PRIORITIES = ("low", "normal", "high")

MAY_TOUCH_LEADS_OF_OTHERS = {  # house rules; an action that is not here is open to everyone
    "reply": EVERYONE - {"rep"},
    "close": frozenset(("manager", "owner")),
    "snooze": frozenset(("manager", "owner")),
}
ANSWERED_CHANNELS = ("website", "slack")  # a reply reaches the visitor there
LONGEST_SNOOZE = timedelta(days=30)  # house rule
UNCLAIMED = "Nobody claimed it in time."  # why the SLA clock escalates


class LeadActionError(ValueError):
    """Understood, but not possible now. The text is for the colleague who asked."""


class NoSuchLeadError(LeadActionError):
    def __init__(self, asked: int | str) -> None:
        super().__init__(f"There is no lead {asked}; the list of leads shows those there are.")


class TransitionRefusedError(LeadActionError):
    """The lead's state does not allow it; the text says what would work."""


class AlreadyClaimedError(LeadActionError):
    def __init__(self, reference: str, owner: str, claimed_at: datetime) -> None:
        super().__init__(f"{owner} claimed {reference} at {claimed_at:%Y-%m-%d %H:%M} UTC.")
        self.owner, self.claimed_at = owner, claimed_at


def check_lead(actor: Member, action: str, lead: Lead, owner: str) -> None:
    """Raises NotAllowedError unless the actor may do that to this lead; `owner` is a name."""
    is_theirs = lead.owner_id == actor.id
    if action == "reassign" and is_theirs and actor.is_active:
        return  # one's own lead may be handed on
    check(actor, action)
    allowed = MAY_TOUCH_LEADS_OF_OTHERS.get(action, EVERYONE)
    if lead.owner_id is not None and not is_theirs and actor.role not in allowed:
        names = " and ".join(ROLE_NAMES[role] for role in ROLES if role in allowed)
        raise NotAllowedError(
            f"{lead.reference} belongs to {owner}; else only {names} may do that ({action})."
        )


def claim(lead: Lead, actor: Member, owner: str, now: datetime) -> Lead:
    """The lead in the actor's hands; unchanged when it is there already.

    An escalated lead may be claimed away from its owner by somebody of that level.
    """
    _refuse_closed(lead)
    is_escalation = lead.due_at is not None and RANKS[actor.role] >= LEVELS.index(lead.level)
    if lead.owner_id == actor.id and not is_escalation:
        return lead
    if lead.owner_id not in (None, actor.id) and not is_escalation:
        raise AlreadyClaimedError(lead.reference, owner, lead.claimed_at or lead.updated_at)
    return _owned(lead, actor, now)


def reassign(lead: Lead, to: Member, now: datetime) -> Lead:
    """The lead in the hands of `to`."""
    _refuse_closed(lead)
    if not may(to, "claim"):
        raise TransitionRefusedError(f"{to.name} cannot take leads; choose an active colleague.")
    if lead.owner_id == to.id:
        raise TransitionRefusedError(f"{lead.reference} belongs to {to.name} already.")
    return _owned(lead, to, now)


def check_answerable(lead: Lead) -> None:
    """Raises TransitionRefusedError unless a reply can be sent to the visitor."""
    _refuse_closed(lead)
    if lead.channel not in ANSWERED_CHANNELS or not lead.conversation_id:
        raise TransitionRefusedError(
            f"{lead.reference} has no conversation that can be answered; use e-mail or phone."
        )


def answer(lead: Lead, actor: Member, now: datetime) -> Lead:
    """The lead after the actor wrote to the visitor: contacted, its escalation answered."""
    if lead.owner_id is None:
        raise TransitionRefusedError(f"Claim {lead.reference} before you answer.")
    if lead.due_at is not None and RANKS[actor.role] >= LEVELS.index(lead.level):
        lead = _deadline_met(lead, now)
    return replace(lead, state=CONTACTED, contacted_at=lead.contacted_at or now)


def escalate(lead: Lead, level: str, now: datetime, office: Office) -> Lead:
    """The lead waiting for somebody of a higher level, with a deadline of its own."""
    _refuse_closed(lead)
    if level not in LEVELS:
        raise TransitionRefusedError(f"Escalate to {' or '.join(LEVELS[1:])}.")
    if LEVELS.index(level) <= LEVELS.index(lead.level):
        raise TransitionRefusedError(f"{lead.reference} is with {LEVEL_NAMES[lead.level]} already.")
    due_at = office.deadline(now, lead.priority)
    breached_at = _breached_at(lead, now)
    return replace(
        lead, level=level, due_at=due_at, breached_at=breached_at, reminded_at=None,
        snoozed_until=None,
    )  # fmt: skip


def close(lead: Lead, outcome: str, reason: str, now: datetime) -> Lead:
    """The lead won or lost. Its owner stays."""
    if outcome not in CLOSED_STATES:
        raise TransitionRefusedError(f"A lead is closed as {' or '.join(CLOSED_STATES)}.")
    _refuse_closed(lead)
    if lead.state not in CLOSED_FROM[outcome]:
        raise TransitionRefusedError(f"Claim {lead.reference} before it is {outcome}.")
    lead = _deadline_met(lead, now) if lead.due_at else lead
    return replace(lead, state=outcome, closed_at=now, closed_reason=reason, snoozed_until=None)


def reopen(lead: Lead, now: datetime, office: Office) -> Lead:
    """The lead as it was before it was closed; one without an owner is due anew."""
    if lead.state not in CLOSED_STATES:
        raise TransitionRefusedError(f"{lead.reference} is open already ({lead.state}).")
    if lead.owner_id is None:
        return ask_again(lead, now, office)
    state = CONTACTED if lead.contacted_at else CLAIMED
    return replace(lead, state=state, closed_at=None, closed_reason="")


def ask_again(lead: Lead, now: datetime, office: Office) -> Lead:
    """A closed lead whose visitor came back: new for everybody, with a fresh deadline."""
    return replace(
        lead, state=NEW, owner_id=None, level=LEVELS[0], due_at=office.deadline(now, lead.priority),
        reminded_at=None, breached_at=None, snoozed_until=None, claimed_at=None, contacted_at=None,
        closed_at=None, closed_reason="",
    )  # fmt: skip


def snooze(lead: Lead, until: datetime, now: datetime, office: Office) -> Lead:
    """The lead asleep until then; its deadline moves by the business minutes it sleeps."""
    _refuse_closed(lead)
    if not now < until <= now + LONGEST_SNOOZE:
        raise TransitionRefusedError(f"Snooze until a time within {LONGEST_SNOOZE.days} days.")
    due_at = lead.due_at
    if due_at is not None:
        awake_from = max(now, lead.snoozed_until or now)
        left = office.hours.minutes_between(awake_from, due_at)
        due_at = office.hours.add_minutes(until, left)
    return replace(lead, snoozed_until=until, due_at=due_at)


def tick(lead: Lead, now: datetime, office: Office) -> tuple[str, Lead] | None:
    """What the SLA clock does to the lead now: a word for the history and the lead; or None.

    Unclaimed too long: a reminder; a little later the next level, with a new deadline. Above
    managers there is nobody: then the lead is marked as breached, once.
    """
    if lead.state in CLOSED_STATES:
        return None
    if lead.snoozed_until:
        is_over = lead.snoozed_until <= now
        return ("snooze_ended", replace(lead, snoozed_until=None)) if is_over else None
    if lead.due_at is None or now < lead.due_at:
        return None
    is_top = lead.level == LEVELS[-1]
    if lead.reminded_at is None:
        breached_at = _breached_at(lead, now) if is_top else lead.breached_at
        reminded = replace(lead, reminded_at=now, breached_at=breached_at)
        return ("breached" if is_top else "reminder", reminded)
    patience_ends = office.hours.add_minutes(lead.reminded_at, office.sla.grace_minutes)
    if is_top or now < patience_ends:
        return None
    above = LEVELS[LEVELS.index(lead.level) + 1]
    return ("escalated", escalate(lead, above, now, office))


def _owned(lead: Lead, owner: Member, now: datetime) -> Lead:
    state = CLAIMED if lead.state == NEW else lead.state
    lead = _deadline_met(lead, now) if lead.due_at else lead
    return replace(lead, state=state, owner_id=owner.id, claimed_at=now, snoozed_until=None)


def _deadline_met(lead: Lead, now: datetime) -> Lead:
    """Nothing is due any more; what came too late stays marked."""
    breached_at = _breached_at(lead, now)
    return replace(lead, due_at=None, reminded_at=None, breached_at=breached_at)


def _breached_at(lead: Lead, now: datetime) -> datetime | None:
    is_late = lead.due_at is not None and now > lead.due_at
    return lead.breached_at or (now if is_late else None)


def _refuse_closed(lead: Lead) -> None:
    if lead.state in CLOSED_STATES:
        raise TransitionRefusedError(f"{lead.reference} is {lead.state}; reopen it first.")
