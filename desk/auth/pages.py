"""Sign in, sign out, and one's own account."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import public, signed_in
from desk.auth import oidc, sessions, users
from desk.auth.passwords import PasswordError
from desk.auth.throttle import TooManyAttemptsError
from desk.auth.users import WrongPasswordError
from desk.rendering import flash, redirect, render
from sales.database import transaction
from sales.team.roles import Member

logger = logging.getLogger(__name__)
LONGEST_EMAIL = 254
HOME = "/"
PROVIDER_FAILED = (
    "Signing in with the company account did not work. Try again, or use your password."
)


@public
def sign_in_page(request: Request) -> Response:
    goal = _safe_goal(request.query_params.get("next"))
    if request.state.member:
        return redirect(goal)
    return _sign_in_page(request, goal)


@public
def sign_in(request: Request) -> Response:
    form = request.state.form
    email, password = str(form.get("email", "")), str(form.get("password", ""))
    goal = _safe_goal(str(form.get("next", "")))
    app = request.app.state
    try:
        member = users.sign_in(
            app.engine, app.passwords, email[:LONGEST_EMAIL], password, address_of(request),
            app.clock(),
        )  # fmt: skip
    except TooManyAttemptsError as error:
        logger.warning("sign_in.throttled: for %s min", error.minutes)
        return _sign_in_page(request, goal, str(error), email, status=429)
    except WrongPasswordError as error:
        logger.info("sign_in.refused: wrong e-mail or password")
        return _sign_in_page(request, goal, str(error), email, status=403)
    _begin(request, member, "password")
    return redirect(goal)


@public
def sign_out(request: Request) -> Response:
    sessions.end(request)
    flash(request, "You are signed out.")
    return redirect("/sign-in")


@public
async def to_provider(request: Request) -> Response:
    if request.app.state.oidc is None:
        return redirect("/sign-in")
    request.session["next"] = _safe_goal(request.query_params.get("next"))
    base = request.app.state.settings.desk.url or str(request.base_url).rstrip("/")
    try:
        return await oidc.ask(request.app.state.oidc, request, base + oidc.CALLBACK)
    except oidc.ProviderError as error:
        return await _provider_failed(request, error)


@public
async def from_provider(request: Request) -> Response:
    """The provider sends the browser back here, with a code to exchange."""
    if request.app.state.oidc is None:
        return redirect("/sign-in")
    try:
        claims = await oidc.answered_claims(request.app.state.oidc, request)
    except oidc.ProviderError as error:
        return await _provider_failed(request, error)
    try:
        member = await run_in_threadpool(_member_of, request, claims)
    except oidc.NotAMemberError as error:
        logger.info("sign_in.refused: no member behind the company account")
        return await run_in_threadpool(_sign_in_page, request, HOME, str(error), "", 403)
    goal = _safe_goal(request.session.get("next"))
    _begin(request, member, "company account")
    return redirect(goal)


@signed_in
def account_page(request: Request) -> Response:
    return _account_page(request)


@signed_in
def change_password(request: Request) -> Response:
    form, app = request.state.form, request.app.state
    current, new = str(form.get("current", "")), str(form.get("new", ""))
    if new != str(form.get("again", "")):
        return _account_page(request, {"again": "The two passwords are not the same."})
    try:
        member = users.change_password(
            app.engine, app.passwords, request.state.member, current, new, address_of(request),
            app.clock(),
        )  # fmt: skip
    except (WrongPasswordError, TooManyAttemptsError) as error:
        text = "This is not your password." if isinstance(error, WrongPasswordError) else str(error)
        return _account_page(request, {"current": text})
    except PasswordError as error:
        return _account_page(request, {"new": str(error)})
    sessions.end(request)
    sessions.begin(request, member)
    flash(request, "Your password is changed. Other devices are signed out.")
    return redirect("/account")


def address_of(request: Request) -> str:
    """Where the request comes from; the server has believed trusted proxies already."""
    return request.client.host if request.client else "unknown"


def _begin(request: Request, member: Member, how: str) -> None:
    if "id" in request.session:
        sessions.end(request)
    sessions.begin(request, member)
    logger.info("sign_in.done: member %s by %s", member.id, how)


def _member_of(request: Request, claims: Mapping[str, object]) -> Member:
    with transaction(request.app.state.engine) as session:
        return oidc.member_from_claims(session, claims)


async def _provider_failed(request: Request, error: oidc.ProviderError) -> Response:
    logger.warning("sign_in.provider_failed: %s", error)
    return await run_in_threadpool(_sign_in_page, request, HOME, PROVIDER_FAILED, "", 502)


def _sign_in_page(
    request: Request, goal: str, error: str = "", email: str = "", status: int = 200
) -> Response:
    with transaction(request.app.state.engine) as session:
        is_first = not users.has_owner(session)
    return render(
        request,
        "auth/sign_in.html",
        status=status,
        goal=goal,
        error=error,
        email=email,
        is_first=is_first,
        has_provider=request.app.state.oidc is not None,
    )


def _account_page(request: Request, errors: dict[str, str] | None = None) -> Response:
    status = 422 if errors else 200
    return render(request, "auth/account.html", status=status, errors=errors or {})


def _safe_goal(given: str | None) -> str:
    """A page of the desk to go on to; never another site."""
    if not given or not given.startswith("/") or "\\" in given or not given.isprintable():
        return HOME
    parts = urlsplit(given)
    leads_away = parts.scheme or parts.netloc or given.startswith("//")
    return HOME if leads_away or parts.path.startswith("/sign-") else given


routes = [
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/company", to_provider, methods=["GET"]),
    Route(oidc.CALLBACK, from_provider, methods=["GET"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/account", account_page, methods=["GET"]),
    Route("/account/password", change_password, methods=["POST"]),
]
