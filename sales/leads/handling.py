"""What colleagues and the SLA clock do with leads: check, change, write down, announce.

Every function takes the lead's id (also one that was merged into another), waits for its turn at
the lead, and gives the lead as it is afterwards. The caller opens the session and owns the
transaction; call these before other reads of it. Raises LeadActionError or NotAllowedError, whose
texts are for the colleague.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy.orm import Session

from sales.leads import merging, workflow
from sales.leads.announcing import announce, announce_reply
from sales.leads.lead import LONGEST_NOTE, Change, Json, Lead
from sales.leads.rows import (
    due_ids,
    keep_change,
    lock_lead,
    move_into,
    owner_name,
    record,
    take_turn,
    who,
)
from sales.leads.store import with_priority
from sales.leads.workflow import NoSuchLeadError, TransitionRefusedError
from sales.office import Office
from sales.takeover.store import Takeover, begin, current_of_lead, end, is_said, say
from sales.team.roles import SYSTEM, Member, check

SaidIn = Literal["desk", "slack"]


def claim(session: Session, lead_id: int, actor: Member, now: datetime, office: Office) -> Lead:
    """The lead, now the actor's. Raises AlreadyClaimedError naming who was faster."""
    lead = _locked(session, lead_id, actor, "claim")
    claimed = workflow.claim(lead, actor, owner_name(session, lead), now)
    if claimed == lead:
        return lead
    return _keep(session, lead, claimed, "claimed", actor, now, office)


def reply(
    session: Session,
    lead_id: int,
    actor: Member,
    text: str,
    key: str,
    now: datetime,
    office: Office,
    said_in: SaidIn = "desk",
) -> Lead:
    """Sends the visitor a text in the actor's name; the assistant is silent from then on.

    An unclaimed lead is claimed first. A repeated `key` sends nothing. What is said in Slack's
    thread is not posted there again.
    """
    lead = _locked(session, lead_id, actor, "reply")
    if is_said(session, key):
        return lead
    text = _needed_text(text, "Write what the visitor should read.")
    workflow.check_answerable(lead)
    if lead.owner_id is None:
        claimed = workflow.claim(lead, actor, "", now)
        lead = _keep(session, lead, claimed, "claimed", actor, now, office)
    say(session, _takeover(session, lead, actor, now), text, key, now)
    if said_in != "slack":
        announce_reply(session, lead, actor, text, key, now, office)
    answered = workflow.answer(lead, actor, now)
    what = "replied" if lead.contacted_at else "contacted"
    return _keep(session, lead, answered, what, actor, now, office)


def release(session: Session, lead_id: int, actor: Member, now: datetime, office: Office) -> Lead:
    """Hands the visitor back to the assistant."""
    lead = _locked(session, lead_id)
    takeover = current_of_lead(session, lead.id)
    if takeover is None:
        raise TransitionRefusedError(
            f"Nobody has taken over the conversation of {lead.reference}; the assistant answers."
        )
    if takeover.member_id != actor.id:
        workflow.check_lead(actor, "reply", lead, owner_name(session, lead))
    end(session, takeover, "released", now)
    return _keep(session, lead, lead, "released", actor, now, office)


def escalate(
    session: Session,
    lead_id: int,
    actor: Member,
    level: str,
    reason: str,
    now: datetime,
    office: Office,
) -> Lead:
    """The lead waiting for an "engineer" or a "manager", who read the reason."""
    lead = _locked(session, lead_id, actor, "escalate")
    reason = _needed_text(reason, "Say why, so that the next person need not ask.")
    escalated = workflow.escalate(lead, level, now, office)
    return _keep(session, lead, escalated, "escalated", actor, now, office, {"reason": reason})


def close(
    session: Session,
    lead_id: int,
    actor: Member,
    outcome: Literal["won", "lost"],
    now: datetime,
    office: Office,
    reason: str = "",
) -> Lead:
    """The lead won or lost. A colleague who is answering the visitor leaves."""
    lead = _locked(session, lead_id, actor, "close")
    closed = workflow.close(lead, outcome, reason.strip()[:LONGEST_NOTE], now)
    takeover = current_of_lead(session, lead.id)
    if takeover:
        end(session, takeover, "closed", now)
    return _keep(session, lead, closed, outcome, actor, now, office)


def reopen(session: Session, lead_id: int, actor: Member, now: datetime, office: Office) -> Lead:
    """A closed lead as it was before."""
    lead = _locked(session, lead_id, actor, "reopen")
    reopened = workflow.reopen(lead, now, office)
    return _keep(session, lead, reopened, "reopened", actor, now, office)


def reassign(
    session: Session, lead_id: int, actor: Member, to: Member, now: datetime, office: Office
) -> Lead:
    """The lead, now looked after by `to`."""
    lead = _locked(session, lead_id, actor, "reassign")
    handed = workflow.reassign(lead, to, now)
    return _keep(session, lead, handed, "reassigned", actor, now, office)


def snooze(
    session: Session, lead_id: int, actor: Member, until: datetime, now: datetime, office: Office
) -> Lead:
    """The lead asleep: its SLA clock stands still, and its owner is reminded at the end."""
    lead = _locked(session, lead_id, actor, "snooze")
    asleep = workflow.snooze(lead, until.astimezone(UTC), now, office)
    return _keep(session, lead, asleep, "snoozed", actor, now, office)


def note(
    session: Session,
    lead_id: int,
    actor: Member,
    text: str,
    now: datetime,
    office: Office,
    said_in: SaidIn = "desk",
) -> Lead:
    """The lead with an internal note in its history, which the visitor never sees."""
    lead = _locked(session, lead_id, actor, "note")
    text = _needed_text(text, "Write the note.")
    details = {"text": text, "said_in": said_in}
    return _keep(session, lead, lead, "note", actor, now, office, details)


def merge_leads(
    session: Session, lead_id: int, other_id: int, actor: Member, now: datetime, office: Office
) -> Lead:
    """The first lead with everything of the other, which from then on is another name for it."""
    take_turn(session)  # nobody opens a lead for a person while two of them become one
    check(actor, "merge")
    known = {one: lock_lead(session, one) for one in sorted((lead_id, other_id))}
    lead, other = _known(known[lead_id], lead_id), _known(known[other_id], other_id)
    merged = with_priority(merging.merge_leads(lead, other))
    move_into(session, lead, other)
    if other.conversation_id not in ("", merged.conversation_id):  # to be erased with the lead
        also = Change("conversation_id", other.conversation_id, merged.conversation_id)
        record(session, lead.id, who(actor), [also], now)
    details = {"other": other.reference, "other_id": other.id}
    return _keep(session, lead, merged, "merged", actor, now, office, details)


def run_sla(session: Session, now: datetime, office: Office) -> int:
    """Reminds, escalates and wakes what is due, and says how many; a second run does nothing."""
    done = 0
    for lead_id in due_ids(session, now):
        lead = lock_lead(session, lead_id)
        step = workflow.tick(lead, now, office) if lead else None
        if lead and step:
            what, after = step
            details = {"reason": workflow.UNCLAIMED} if what == "escalated" else None
            _keep(session, lead, after, what, SYSTEM, now, office, details)
            done += 1
    return done


def _locked(session: Session, lead_id: int, actor: Member | None = None, action: str = "") -> Lead:
    """The lead, for this transaction alone; with an actor, one who may do the action to it."""
    lead = _known(lock_lead(session, lead_id), lead_id)
    if actor:
        workflow.check_lead(actor, action, lead, owner_name(session, lead))
    return lead


def _known(lead: Lead | None, lead_id: int) -> Lead:
    if lead is None:
        raise NoSuchLeadError(lead_id)
    return lead


def _keep(
    session: Session,
    before: Lead,
    after: Lead,
    what: str,
    actor: Member,
    now: datetime,
    office: Office,
    details: Mapping[str, Json] | None = None,
) -> Lead:
    lead = keep_change(session, before, after, what, actor, now, details or {})
    announce(session, lead, what, actor, now, office, details or {})
    return lead


def _takeover(session: Session, lead: Lead, actor: Member, now: datetime) -> Takeover:
    """The actor's takeover of the lead's latest conversation; one of an older conversation ends."""
    known = current_of_lead(session, lead.id)
    if known and known.conversation_id != lead.conversation_id:
        end(session, known, "released", now)
    return begin(session, lead.conversation_id, lead.id, actor, now)


def _needed_text(text: str, request: str) -> str:
    text = text.strip()
    if not text:
        raise TransitionRefusedError(request)
    if len(text) > LONGEST_NOTE:
        raise TransitionRefusedError(f"Keep it under {LONGEST_NOTE:,} characters.")
    return text
