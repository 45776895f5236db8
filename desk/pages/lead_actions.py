"""What can be done on a lead's page: each form posts here and goes back to the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages.forms import GONE, lead_id_of, number_of, text_of
from desk.pages.lead import Refusal, refused_page
from desk.pages.snoozing import chosen
from desk.rendering import flash, redirect
from sales.database import transaction
from sales.leads import handling
from sales.leads.lead import Lead
from sales.leads.workflow import (
    AlreadyClaimedError,
    LeadActionError,
    NoSuchLeadError,
    TransitionRefusedError,
)
from sales.office import Office
from sales.takeover.takeover import NoConversationError
from sales.team.roles import Member, NotAllowedError
from sales.team.store import find_member

KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Call:
    """One form that somebody sent, with everything an action needs."""

    session: Session
    lead_id: int
    member: Member
    form: Mapping[str, Any] = field(repr=False)
    now: datetime
    office: Office

    def text(self, name: str) -> str:
        return text_of(self.form, name)


def _claim(call: Call) -> Lead:
    return handling.claim(call.session, call.lead_id, call.member, call.now, call.office)


def _reply(call: Call) -> Lead:
    """The form's key makes a double click send once; it is no use to anybody else."""
    key = call.text("key")
    key = key if KEY.fullmatch(key) else uuid4().hex
    key = f"desk:{call.member.id}:{key}"
    return handling.reply(
        call.session, call.lead_id, call.member, call.text("text"), key, call.now, call.office
    )


def _release(call: Call) -> Lead:
    return handling.release(call.session, call.lead_id, call.member, call.now, call.office)


def _escalate(call: Call) -> Lead:
    return handling.escalate(
        call.session, call.lead_id, call.member, call.text("level"), call.text("reason"),
        call.now, call.office,
    )  # fmt: skip


def _close(call: Call) -> Lead:
    outcome: Any = call.text("outcome")
    return handling.close(
        call.session, call.lead_id, call.member, outcome, call.now, call.office,
        call.text("reason"),
    )  # fmt: skip


def _reopen(call: Call) -> Lead:
    return handling.reopen(call.session, call.lead_id, call.member, call.now, call.office)


def _reassign(call: Call) -> Lead:
    member_id = number_of(call.form, "to")
    to = find_member(call.session, member_id) if member_id else None
    if to is None:
        raise TransitionRefusedError("Choose a colleague.")
    return handling.reassign(call.session, call.lead_id, call.member, to, call.now, call.office)


def _snooze(call: Call) -> Lead:
    until = chosen(call.form, call.now, call.office.hours)
    return handling.snooze(call.session, call.lead_id, call.member, until, call.now, call.office)


def _note(call: Call) -> Lead:
    return handling.note(
        call.session, call.lead_id, call.member, call.text("text"), call.now, call.office
    )


Action = Callable[[Call], Lead]
# name -> (what the role must allow, what to do, what to say then). Leads of one's own may be
# handed on by anybody, and whoever answers a visitor may stop: `handling` checks those.
ACTIONS: Mapping[str, tuple[str, Action, str]] = {
    "claim": ("claim", _claim, "{reference} is yours."),
    "reply": ("reply", _reply, "Sent to the visitor. The assistant stays silent until you leave."),
    "release": ("view", _release, "The assistant answers the visitor again."),
    "escalate": ("escalate", _escalate, "{reference} has been escalated."),
    "close": ("close", _close, "{reference} is {state}."),
    "reopen": ("reopen", _reopen, "{reference} is open again."),
    "reassign": ("view", _reassign, "{reference} has been handed on."),
    "snooze": ("snooze", _snooze, "{reference} is asleep."),
    "note": ("note", _note, "The note is in the timeline."),
}


def _endpoint(name: str) -> Callable[..., Any]:
    permission, action, said = ACTIONS[name]

    def handle(request: Request) -> Response:
        lead_id = lead_id_of(request)
        try:
            lead = _done(request, lead_id, action)
        except NoSuchLeadError:
            raise HTTPException(404, GONE) from None
        except (LeadActionError, NotAllowedError, NoConversationError) as error:
            return _refused(request, lead_id, name, error)
        flash(request, said.format(reference=lead.reference, state=lead.state))
        return redirect(_goal(request) or f"/leads/{lead.id}")

    handle.__name__ = name
    return requires(permission)(handle)


def _done(request: Request, lead_id: int, action: Action) -> Lead:
    state = request.app.state
    with transaction(state.engine) as session:
        call = Call(
            session, lead_id, request.state.member, request.state.form, state.clock(),
            state.settings.office,
        )  # fmt: skip
        return action(call)


def _refused(request: Request, lead_id: int, name: str, error: Exception) -> Response:
    text = _text_of(request, error)
    goal = _goal(request)
    if goal:
        flash(request, text, "bad")
        return redirect(goal)
    status = 403 if isinstance(error, NotAllowedError) else 409
    return refused_page(request, lead_id, Refusal(name, text, dict(request.state.form)), status)


def _text_of(request: Request, error: Exception) -> str:
    """The error's own words; a time in them is that of the office."""
    if not isinstance(error, AlreadyClaimedError):
        return str(error)
    zone = ZoneInfo(request.app.state.settings.office.hours.timezone)
    at = f"{error.claimed_at.astimezone(zone):%b %-d, %H:%M}"
    return f"{error.owner} was faster and claimed it on {at}."


def _goal(request: Request) -> str:
    """The list that the form was on, or "" for the lead's own page."""
    back = text_of(request.state.form, "back")
    return back if back == "/inbox" or back.startswith("/inbox?") else ""


routes = [
    Route(f"/leads/{{lead_id:int}}/{name}", _endpoint(name), methods=["POST"]) for name in ACTIONS
]
