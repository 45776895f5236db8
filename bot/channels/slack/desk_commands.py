"""Does what a colleague asks for: the command as a value, the answer as messages.

Errors of sales.leads and sales.team go through to the caller, which tells their texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.channels.slack.commands import Command, help_text, person_id
from bot.channels.slack.lookups import budget_of, products_for
from bot.channels.slack.wording import lead_list, lead_page, local_time, owner_line
from sales.leads import handling
from sales.leads.inbox import count_leads, leads_in_inbox
from sales.leads.lead import Lead
from sales.leads.store import find_lead
from sales.leads.workflow import LeadActionError, NoSuchLeadError
from sales.office import Office
from sales.team.roles import Member, check
from sales.team.store import all_members, member_by_slack

MOST_LISTED = 15
Json = dict[str, Any]


class NoSuchColleagueError(LeadActionError):
    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Mention the colleague, like `reassign 17 to @ann`.")


@dataclass(frozen=True)
class Desk:
    """Who asks, when, and by which key a repeat is known."""

    session: Session
    actor: Member = field(repr=False)
    now: datetime
    office: Office
    key: str


def execute(desk: Desk, command: Command) -> list[Json]:
    """Does it, and says so: messages for the colleague. Raises LeadActionError, NotAllowedError."""
    told = EXECUTED[command.name](desk, command)
    return [{"text": told}] if isinstance(told, str) else told


# -- Looking


def _leads(desk: Desk, command: Command) -> str:
    check(desk.actor, "view")
    found = leads_in_inbox(
        desk.session, view=command.view, member=desk.actor, search=command.text, now=desk.now,
        limit=MOST_LISTED,
    )  # fmt: skip
    told = lead_list(command.view, found, _names(desk), desk.now, desk.office)
    more = count_leads(desk.session, desk.actor, desk.now, command.text)[command.view] - len(found)
    return f"{told}\nand {more} more; the desk shows all." if more > 0 else told


def _lead(desk: Desk, command: Command) -> str:
    lead = _named(desk, command.lead)
    return lead_page(lead, _owner(desk, lead), desk.now, desk.office)


def _who(desk: Desk, command: Command) -> str:
    lead = _named(desk, command.lead)
    return owner_line(lead, _owner(desk, lead), desk.now, desk.office)


def _named(desk: Desk, reference: str) -> Lead:
    check(desk.actor, "view")
    lead = find_lead(desk.session, reference)
    if lead is None:
        raise NoSuchLeadError(reference)
    return lead


def _names(desk: Desk) -> Mapping[int, str]:
    return {member.id: member.name for member in all_members(desk.session)}


def _owner(desk: Desk, lead: Lead) -> str:
    return _names(desk).get(lead.owner_id or 0, "")


# -- Changing. `who` is what every function of sales.leads.handling begins and ends with.


def _claim(desk: Desk, command: Command) -> str:
    lead = handling.claim(desk.session, _id(desk, command), desk.actor, desk.now, desk.office)
    return f"{lead.reference} is yours."


def _reply(desk: Desk, command: Command) -> str:
    lead = handling.reply(
        desk.session, _id(desk, command), desk.actor, command.text, desk.key, desk.now, desk.office
    )
    return (
        f"Sent to the visitor of {lead.reference}. The assistant stays silent there until "
        f"`release {lead.id}`."
    )


def _note(desk: Desk, command: Command) -> str:
    lead = handling.note(
        desk.session, _id(desk, command), desk.actor, command.text, desk.now, desk.office
    )
    return f"Noted on {lead.reference}; the visitor does not see it."


def _release(desk: Desk, command: Command) -> str:
    lead = handling.release(desk.session, _id(desk, command), desk.actor, desk.now, desk.office)
    return f"The assistant answers the visitor of {lead.reference} again."


def _escalate(desk: Desk, command: Command) -> str:
    lead = _named(desk, command.lead)
    level = command.level or ("manager" if lead.level != "rep" else "engineer")
    lead = handling.escalate(
        desk.session, lead.id, desk.actor, level, command.text, desk.now, desk.office
    )
    return (
        f"{lead.reference} is escalated to {'a manager' if level == 'manager' else 'engineering'}."
    )


def _close(desk: Desk, command: Command) -> str:
    lead = handling.close(
        desk.session, _id(desk, command), desk.actor,
        "won" if command.name == "won" else "lost", desk.now, desk.office, command.text,
    )  # fmt: skip
    return f"{lead.reference} is {lead.state}."


def _reopen(desk: Desk, command: Command) -> str:
    lead = handling.reopen(desk.session, _id(desk, command), desk.actor, desk.now, desk.office)
    return f"{lead.reference} is open again."


def _reassign(desk: Desk, command: Command) -> str:
    lead_id, to = _id(desk, command), _colleague(desk, command.person)
    lead = handling.reassign(desk.session, lead_id, desk.actor, to, desk.now, desk.office)
    return f"{lead.reference} belongs to {to.name} now."


def _snooze(desk: Desk, command: Command) -> str:
    until = desk.now + timedelta(minutes=command.minutes)
    lead = handling.snooze(
        desk.session, _id(desk, command), desk.actor, until, desk.now, desk.office
    )
    return f"{lead.reference} sleeps until {local_time(until, desk.office)}."


def _merge(desk: Desk, command: Command) -> str:
    lead_id, other = _id(desk, command), _named(desk, command.other)
    lead = handling.merge_leads(desk.session, lead_id, other.id, desk.actor, desk.now, desk.office)
    return f"{other.reference} is part of {lead.reference} now."


def _id(desk: Desk, command: Command) -> int:
    return _named(desk, command.lead).id


def _colleague(desk: Desk, person: str) -> Member:
    """The active colleague behind a mention or a name, first names too."""
    slack_user = person_id(person)
    if slack_user:
        found = member_by_slack(desk.session, slack_user)
        if found is None:
            raise NoSuchColleagueError("Nobody in the team has that Slack user.")
        return found
    name = person.lstrip("@").casefold()
    active = [m for m in all_members(desk.session) if m.is_active]
    matching = [m for m in active if name in (m.name.casefold(), m.name.casefold().split()[0])]
    if len(matching) != 1:
        why = "Several colleagues have that name." if matching else "No colleague has that name."
        raise NoSuchColleagueError(why)
    return matching[0]


EXECUTED: Mapping[str, Callable[[Desk, Command], str | list[Json]]] = {
    "help": lambda _desk, _command: help_text(),
    "unclear": lambda _desk, command: command.text,
    "leads": _leads,
    "lead": _lead,
    "owner": _who,
    "claim": _claim,
    "reply": _reply,
    "note": _note,
    "release": _release,
    "escalate": _escalate,
    "won": _close,
    "lost": _close,
    "reopen": _reopen,
    "reassign": _reassign,
    "snooze": _snooze,
    "merge": _merge,
    "find": lambda desk, command: products_for(desk.session, command.text),
    "budget": lambda desk, command: budget_of(desk.session, command.text),
}
