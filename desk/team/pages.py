"""The team: who may use the desk and as what, and new passwords for those who lost theirs."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.auth import sessions
from desk.auth.passwords import generated_password
from desk.auth.users import set_password
from desk.pages.forms import row_id_of
from desk.rendering import flash, redirect, render
from sales.database import transaction
from sales.team.roles import PERMISSIONS, ROLES, Member
from sales.team.store import TeamError, add_member, all_members, change_member, find_member

logger = logging.getLogger(__name__)
NOBODY = "There is no such team member."
NEW = {"name": "", "email": "", "role": "rep", "slack_user_id": ""}


@requires("team")
def team_page(request: Request) -> Response:
    with transaction(request.app.state.engine) as session:
        members = all_members(session)
    return render(request, "team/team.html", members=members)


@requires("team")
def new_page(request: Request) -> Response:
    return _member_form(request, None, NEW)


@requires("team")
def add(request: Request) -> Response:
    form, state = request.state.form, request.app.state
    typed = {name: str(form.get(name, "")).strip() for name in NEW}
    password = generated_password() if form.get("with_password") else ""
    try:
        with transaction(state.engine) as session:
            member = add_member(session, **typed, now=state.clock())
            if password:
                set_password(session, member, password, state.passwords)
    except TeamError as error:
        return _member_form(request, None, typed, str(error))
    logger.info("team.added: member %s by %s", member.id, request.state.member.id)
    return _added(request, member, password)


@requires("team")
def member_page(request: Request) -> Response:
    member = _member(request)
    return _member_form(request, member, _values(member))


@requires("team")
def change(request: Request) -> Response:
    form, member = request.state.form, _member(request)
    typed = {name: str(form.get(name, "")).strip() for name in ("name", "role", "slack_user_id")}
    try:
        with transaction(request.app.state.engine) as session:
            change_member(session, member.id, **typed, is_active=bool(form.get("is_active")))
    except TeamError as error:
        return _member_form(request, member, {**_values(member), **typed}, str(error))
    logger.info("team.changed: member %s by %s", member.id, request.state.member.id)
    flash(request, "The change is saved and holds at once.")
    return redirect("/team")


@requires("team")
def reset_password(request: Request) -> Response:
    """Shows a new password once, to be passed on; old sessions of the member end."""
    state, member, password = request.app.state, _member(request), generated_password()
    with transaction(state.engine) as session:
        member = set_password(session, member, password, state.passwords)
    if member.id == request.state.member.id:
        sessions.begin(request, member)
    logger.info("team.password_reset: member %s by %s", member.id, request.state.member.id)
    return _added(request, member, password)


def _member(request: Request) -> Member:
    member_id = row_id_of(request, "member_id", NOBODY)
    with transaction(request.app.state.engine) as session:
        member = find_member(session, member_id)
    if member is None:
        raise HTTPException(404, NOBODY)
    return member


def _values(member: Member) -> dict[str, str]:
    return {
        "name": member.name,
        "email": member.email,
        "role": member.role,
        "slack_user_id": member.slack_user_id or "",
    }


def _member_form(
    request: Request, member: Member | None, values: dict[str, str], error: str = ""
) -> Response:
    return render(
        request,
        "team/member.html",
        status=422 if error else 200,
        colleague=member,
        values=values,
        error=error,
        roles={role: _allowed(role) for role in ROLES},
        has_provider=request.app.state.oidc is not None,
    )


def _allowed(role: str) -> str:
    """What the role may do beyond a rep's daily work, for the person who picks it."""
    extra = [
        action for action, roles in PERMISSIONS.items() if role in roles and "rep" not in roles
    ]
    return ", ".join(extra) or "the daily work with leads"


def _added(request: Request, member: Member, password: str) -> Response:
    # Shown in the answer itself: a message for the next page would put it into a cookie.
    return render(request, "team/password.html", colleague=member, password=password)


routes = [
    Route("/team", team_page, methods=["GET"]),
    Route("/team/new", new_page, methods=["GET"]),
    Route("/team/new", add, methods=["POST"]),
    Route("/team/{member_id:int}", member_page, methods=["GET"]),
    Route("/team/{member_id:int}", change, methods=["POST"]),
    Route("/team/{member_id:int}/password", reset_password, methods=["POST"]),
]
