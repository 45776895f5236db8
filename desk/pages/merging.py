"""Two leads of one person become one: look for the other, compare, confirm."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages.forms import GONE, LARGEST_ID, lead_id_of, number_of, printable
from desk.rendering import flash, redirect, render
from sales.database import transaction
from sales.leads.handling import merge_leads
from sales.leads.inbox import leads_in_inbox
from sales.leads.lead import Lead, parse_reference
from sales.leads.need_wording import need_in_short
from sales.leads.store import lead_by_id
from sales.leads.workflow import LeadActionError
from sales.team.store import all_members

MOST_FOUND = 20
LONGEST_SEARCH = 200  # characters


@requires("merge")
def choose(request: Request) -> Response:
    return _page(request)


@requires("merge")
def merge(request: Request) -> Response:
    state, lead_id = request.app.state, lead_id_of(request)
    other_id = number_of(request.state.form, "other")
    try:
        if other_id is None:
            raise LeadActionError("Choose the lead that is to be merged into this one.")
        with transaction(state.engine) as session:
            lead = merge_leads(
                session, lead_id, other_id, request.state.member, state.clock(),
                state.settings.office,
            )  # fmt: skip
    except LeadActionError as error:
        return _page(request, str(error), 409)
    flash(request, f"{reference(other_id)} is part of {lead.reference} now.")
    return redirect(f"/leads/{lead.id}")


def reference(lead_id: int) -> str:
    """What people call the lead."""
    return f"L-{lead_id:06d}"


def _page(request: Request, refused: str = "", status: int = 200) -> Response:
    query = request.query_params
    with transaction(request.app.state.engine) as session:
        lead = lead_by_id(session, lead_id_of(request))
        if lead is None:
            raise HTTPException(404, GONE)
        search = printable(query.get("q", lead.name))[:LONGEST_SEARCH]
        other = _other(session, lead, query.get("other", ""))
        found = _found(session, request, lead, search)
        names = {member.id: member.name for member in all_members(session)}
    values: dict[str, Any] = {
        "lead": lead,
        "other": other,
        "search": search,
        "found": [(one, need_in_short(one), names.get(one.owner_id or 0, "")) for one in found],
        "refused": refused,
        "names": names,
    }
    return render(request, "lead/merge.html", status=status, **values)


def _other(session: Session, lead: Lead, asked: str) -> Lead | None:
    other_id = parse_reference(asked)
    other = lead_by_id(session, other_id) if other_id and other_id <= LARGEST_ID else None
    return other if other and other.id != lead.id else None


def _found(session: Session, request: Request, lead: Lead, search: str) -> list[Lead]:
    """Open ones first; the lead itself is left out."""
    if not search:
        return []
    found = leads_in_inbox(
        session, view="all", member=request.state.member, search=search,
        now=request.app.state.clock(), limit=MOST_FOUND + 1,
    )  # fmt: skip
    return [one for one in found if one.id != lead.id][:MOST_FOUND]


routes = [
    Route("/leads/{lead_id:int}/merge", choose),
    Route("/leads/{lead_id:int}/merge", merge, methods=["POST"]),
]
