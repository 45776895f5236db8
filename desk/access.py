"""Who may open a page. Each endpoint is wrapped by `requires`, `signed_in` or `public`.

The wrapper also reads the form of a request that changes something, and refuses one that does not
carry the session's CSRF token (the field `csrf_token`, or the header `X-CSRF-Token` from htmx).
"""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.auth import sessions
from sales.team.roles import PERMISSIONS, check

Handler = Callable[[Request], Any]  # gives a Response, or is a coroutine function that does
Endpoint = Callable[[Request], Awaitable[Response]]

PUBLIC, SIGNED_IN = "public", "signed in"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CSRF_FIELD, CSRF_HEADER = "csrf_token", "X-CSRF-Token"
MOST_FIELDS = 500
LARGEST_FIELD = 200_000  # bytes
EXPIRED = (
    "This page was open for too long, or in a window that has been signed out. Go back, "
    "reload the page and try again."
)


def requires(action: str) -> Callable[[Handler], Endpoint]:
    """Makes a page one for members who may do the action (see sales.team.roles.PERMISSIONS)."""
    if action not in PERMISSIONS:
        raise ValueError(f"{action!r} is no action; use one of {', '.join(sorted(PERMISSIONS))}.")
    return lambda handler: _wrap(handler, action)


def signed_in(handler: Handler) -> Endpoint:
    """Makes a page one for every member."""
    return _wrap(handler, SIGNED_IN)


def public(handler: Handler) -> Endpoint:
    """Makes a page one for anybody; `request.state.member` is None without a session."""
    return _wrap(handler, PUBLIC)


def access_of(route: BaseRoute) -> str:
    """What a route requires: an action, SIGNED_IN or PUBLIC. TypeError when nothing says it."""
    access = getattr(getattr(route, "endpoint", None), "access", None)
    if not isinstance(route, Route) or not isinstance(access, str):
        raise TypeError(f"{route!r} is open to all; wrap its endpoint by requires, or public.")
    return access


def _wrap(handler: Handler, access: str) -> Endpoint:
    @wraps(handler)
    async def endpoint(request: Request) -> Response:
        member = await run_in_threadpool(sessions.signed_in_member, request)
        request.state.member = member
        if access != PUBLIC:
            if member is None:
                return _to_sign_in(request)
            if access != SIGNED_IN:
                check(member, access)
        if request.method not in SAFE_METHODS:
            await _read_form(request)
        return await _answer(handler, request)

    endpoint.access = access  # type: ignore[attr-defined]
    return endpoint


async def _answer(handler: Handler, request: Request) -> Response:
    try:
        if inspect.iscoroutinefunction(handler):
            return cast(Response, await handler(request))
        return cast(Response, await run_in_threadpool(handler, request))
    finally:
        await request.close()  # files that were uploaded


async def _read_form(request: Request) -> None:
    form = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD)
    given = request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD)
    is_from_elsewhere = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if is_from_elsewhere or not _is_ours(given, sessions.csrf_token(request)):
        raise HTTPException(403, EXPIRED)
    request.state.form = form


def _is_ours(given: object, token: str) -> bool:
    return isinstance(given, str) and secrets.compare_digest(given.encode(), token.encode())


def _to_sign_in(request: Request) -> Response:
    """To the sign-in page, and from there back to the page that was asked for."""
    address = "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address += f"?next={quote(wanted, safe='')}"
    if "HX-Request" in request.headers:  # the whole page, not a part of it
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if "text/event-stream" in request.headers.get("Accept", ""):
        return Response("Sign in first.", status_code=401)
    return RedirectResponse(address, status_code=303)
