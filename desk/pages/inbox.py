"""The inbox: which leads wait for whom, most urgent first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.pages import versions
from desk.pages.due import Due, due
from desk.pages.forms import printable
from desk.rendering import render
from sales.database import transaction
from sales.leads.inbox import View, count_leads, leads_in_inbox
from sales.leads.lead import Lead
from sales.leads.need_wording import need_in_short
from sales.team.store import all_members

EMPTY: Mapping[View, str] = {  # what a view says when it has no leads
    "unclaimed": "Nobody is waiting: every lead has been claimed.",
    "mine": "You have no open leads. Look at the unclaimed ones.",
    "breached": "Nothing is late.",
    "escalated": "Nothing has been escalated.",
    "open": "There are no open leads. They appear here as soon as visitors leave them.",
    "closed": "No lead has been won or lost yet.",
}
NAMES: Mapping[View, str] = {
    "unclaimed": "Unclaimed",
    "mine": "Mine",
    "breached": "Late",
    "escalated": "Escalated",
    "open": "All open",
    "closed": "Closed",
}
FIRST_VIEW: View = "open"
PAGE_SIZE = 50
LONGEST_SEARCH = 200  # characters


@dataclass(frozen=True)
class Asked:
    """Which leads the address asks for."""

    view: View
    search: str
    page: int

    @classmethod
    def of(cls, request: Request) -> Asked:
        query = request.query_params
        view, page = query.get("view", ""), query.get("page", "")
        return cls(
            view=next((known for known in NAMES if known == view), FIRST_VIEW),
            search=printable(query.get("q", ""))[:LONGEST_SEARCH],
            page=int(page[:6]) if page.isdecimal() and int(page[:6]) else 1,
        )

    def address(self, path: str = "/inbox", **changed: Any) -> str:
        """The page with the same question, or one that is `changed` in some point."""
        values = {"view": self.view, "q": self.search, "page": self.page, **changed}
        told = {name: value for name, value in values.items() if value not in ("", 1)}
        return f"{path}?{urlencode(told)}"


@dataclass(frozen=True)
class Row:
    """A lead as the inbox shows it."""

    lead: Lead
    need: str
    owner: str
    due: Due


@requires("view")
def show(request: Request) -> Response:
    return render(request, "inbox/page.html", **_contents(request))


@requires("view")
def show_list(request: Request) -> Response:
    """What changes while the page is open."""
    return render(request, "inbox/list.html", **_contents(request))


def _contents(request: Request) -> dict[str, Any]:
    asked, state = Asked.of(request), request.app.state
    now = state.clock()
    version = versions.of_inbox(state.engine, now)  # first: what changes meanwhile is shown again
    member, page = request.state.member, PAGE_SIZE
    with transaction(state.engine) as session:
        found = leads_in_inbox(
            session, view=asked.view, member=member, search=asked.search, now=now,
            limit=page + 1, offset=(asked.page - 1) * page,
        )  # fmt: skip
        counts = count_leads(session, member, now, asked.search)
        names = member_names(session)
    rows = [
        Row(lead, need_in_short(lead), names.get(lead.owner_id or 0, ""), due(lead, now))
        for lead in found[:page]
    ]
    return {
        "asked": asked,
        "names": NAMES,
        "empty": EMPTY[asked.view],
        "counts": counts,
        "rows": rows,
        "has_more": len(found) > page,
        "version": version,
    }


def member_names(session: Session) -> dict[int, str]:
    """Everybody's name, those who left included."""
    return {member.id: member.name for member in all_members(session)}


routes = [
    Route("/inbox", show),
    Route("/inbox/list", show_list),
]
