"""Takes all leads away as a file, and deletes what is known about a person when they ask."""

from __future__ import annotations

import io
import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages.forms import GONE, lead_id_of, text_of
from desk.rendering import flash, redirect, render
from sales.database import transaction, wipe_deleted
from sales.erasure import erase_person
from sales.leads.export import export_leads
from sales.leads.lead import Lead, parse_reference
from sales.leads.store import lead_by_id
from sales.leads.workflow import NoSuchLeadError

logger = logging.getLogger(__name__)


@requires("export")
def export(request: Request) -> Response:
    """Every lead as CSV."""
    file = io.StringIO(newline="")
    with transaction(request.app.state.engine) as session:
        count = export_leads(session, file)
    logger.info("leads.exported: %d by member %d", count, request.state.member.id)
    name = f"leads-{request.app.state.clock():%Y-%m-%d}.csv"
    return Response(
        file.getvalue().encode("utf-8-sig"),  # so that spreadsheets read the letters rightly
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@requires("erase")
def ask_to_erase(request: Request) -> Response:
    return render(request, "lead/erase.html", lead=_lead(request), refused="")


@requires("erase")
def erase(request: Request) -> Response:
    """Deletes once the reference has been typed in."""
    state, lead = request.app.state, _lead(request)
    if parse_reference(text_of(request.state.form, "reference")) != lead.id:
        refused = f"Type {lead.reference} to confirm. Nothing was deleted."
        return render(request, "lead/erase.html", status=422, lead=lead, refused=refused)
    try:
        with transaction(state.engine) as session:
            erased = erase_person(
                session, actor=request.state.member, now=state.clock(), lead_id=lead.id,
                routes=state.settings.office.routes,
            )  # fmt: skip
    except NoSuchLeadError:
        raise HTTPException(404, GONE) from None
    wipe_deleted(state.engine)
    flash(
        request,
        f"{lead.reference} and everything about this person has been deleted: "
        f"{erased.conversations} conversations with {erased.events} events.",
    )
    return redirect("/inbox")


def _lead(request: Request) -> Lead:
    with transaction(request.app.state.engine) as session:
        lead = lead_by_id(session, lead_id_of(request))
    if lead is None:
        raise HTTPException(404, GONE)
    return lead


routes = [
    Route("/inbox/export", export),
    Route("/leads/{lead_id:int}/erase", ask_to_erase),
    Route("/leads/{lead_id:int}/erase", erase, methods=["POST"]),
]
