"""A lead's page: who it is, what they need, what was said, and what can be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages import versions
from desk.pages.advice import reasons_of, sources_of
from desk.pages.due import due, waits_for
from desk.pages.forms import GONE, lead_id_of
from desk.pages.snoozing import choices
from desk.pages.timeline import entries
from desk.pages.times import phone_text, short_time
from desk.pages.transcript import Transcripts, undelivered
from desk.rendering import flash, redirect, render
from sales.catalog.store import product_by_sku
from sales.database import transaction
from sales.leads.lead import Lead
from sales.leads.need_wording import need_rows
from sales.leads.store import lead_by_id, lead_history
from sales.leads.workflow import (
    CLOSED_STATES,
    LEVEL_NAMES,
    LEVELS,
    TransitionRefusedError,
    check_answerable,
    check_lead,
)
from sales.takeover.store import current_of_lead
from sales.team.roles import Member, NotAllowedError
from sales.team.store import all_members

CHECKED = (
    "claim", "reply", "note", "snooze", "escalate", "close", "reopen", "reassign",
)  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """An action that was not possible: why, and what the form held, so that nothing is lost."""

    action: str
    text: str
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)


@requires("view")
def show(request: Request) -> Response:
    lead_id = lead_id_of(request)
    values = lead_values(request, lead_id)
    if values["lead"].id != lead_id:  # merged into another
        return redirect(f"/leads/{values['lead'].id}")
    return render(request, "lead/page.html", **values)


@requires("view")
def show_now(request: Request) -> Response:
    """What changes while the page is open; it holds no form that somebody may be filling in."""
    lead_id = lead_id_of(request)
    try:
        values = lead_values(request, lead_id)
    except HTTPException as error:  # gone while it was open
        flash(request, error.detail, "warn")
        return Response(headers={"HX-Redirect": "/inbox"})
    if values["lead"].id != lead_id:  # merged into another
        return Response(headers={"HX-Redirect": f"/leads/{values['lead'].id}"})
    return render(request, "lead/now.html", **values)


def refused_page(request: Request, lead_id: int, refusal: Refusal, status: int) -> Response:
    """The lead's page as it is now, with what was refused and why."""
    if "HX-Request" in request.headers:  # htmx shows only what succeeded
        status = 200
    values = {**lead_values(request, lead_id), "refusal": refusal}
    return render(request, "lead/page.html", status=status, **values)


def lead_values(request: Request, lead_id: int) -> dict[str, Any]:
    """Everything that the templates of a lead show. HTTPException 404 without the lead."""
    app, member = request.app, request.state.member
    now, office = app.state.clock(), app.state.settings.office
    version = versions.of_lead(app.state.engine, lead_id, now)  # first: later news is shown again
    with transaction(app.state.engine) as session:
        lead = lead_by_id(session, lead_id)
        if lead is None:
            raise HTTPException(404, GONE)
        history = lead_history(session, lead)
        members = all_members(session)
        waiting = undelivered(session, lead.id)
        takeover = current_of_lead(session, lead.id)
        products = [(sku, product_by_sku(session, sku)) for sku in lead.products]
    earlier, lines = transcripts_of(app).of(lead)
    advice = reasons_of(lead)
    names = {one.id: one.name for one in members}
    owner = names.get(lead.owner_id or 0, "")
    return {
        "lead": lead,
        "owner": owner,
        "is_open": lead.state not in CLOSED_STATES,
        "due": due(lead, now),
        "waits_for": waits_for(lead),
        "need": need_rows(lead.need),
        "advice": advice,
        "sources": sources_of(advice),
        "products": products,
        "entries": entries(history),
        "earlier": earlier,
        "lines": [*lines, *waiting],
        "takeover": takeover,
        "why_not": refusals(member, lead, owner),
        "levels": _levels_above(lead),
        "colleagues": [one for one in members if one.is_active and one.id != lead.owner_id],
        "sleeps": choices(now, office.hours),
        "timezone": office.hours.timezone,
        "short": partial(short_time, now=now, zone=office.hours.timezone),
        "phone": phone_text(lead.phone or ""),
        "key": uuid4().hex,
        "refusal": Refusal("", ""),
        "version": version,
    }


def refusals(member: Member, lead: Lead, owner: str) -> dict[str, str]:
    """Action -> why this member cannot do it to this lead; what they may do is missing."""
    found: dict[str, str] = {}
    for action in CHECKED:
        try:
            check_lead(member, action, lead, owner)
            if action == "reply":
                check_answerable(lead)
        except (NotAllowedError, TransitionRefusedError) as error:
            found[action] = str(error)
    return found


def transcripts_of(app: Starlette) -> Transcripts:
    """The app's one reader of conversations, made when first asked for."""
    if not hasattr(app.state, "transcripts"):
        app.state.transcripts = Transcripts(app.state.engine)
    transcripts: Transcripts = app.state.transcripts
    return transcripts


def _levels_above(lead: Lead) -> list[tuple[str, str]]:
    return [(level, LEVEL_NAMES[level]) for level in LEVELS[LEVELS.index(lead.level) + 1 :]]


routes = [
    Route("/leads/{lead_id:int}", show),
    Route("/leads/{lead_id:int}/now", show_now),
]
