"""Puts the desk together: pages, sign-in, sessions, error pages and security headers.

A module of `desk.pages` (and each one named in OWN_PAGES) has `routes: list[Route]`. Every endpoint
is wrapped by `desk.access.requires(action)`, `signed_in` or `public`; a route without one of them
is refused when the app is made. An endpoint is an ordinary function `(Request) -> Response`; it
runs in a thread, so it may use the database, and finds there:

- `request.state.member`: who is signed in (`sales.team.roles.Member`)
- `request.state.form`: what a form or htmx sent; its CSRF token has been checked
- `request.app.state.engine`, `.settings`, `.clock` (a function that gives the time)
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

import desk.pages
from desk import errors
from desk.access import access_of, public, signed_in
from desk.auth import oidc
from desk.auth.passwords import Passwords
from desk.auth.sessions import ABSOLUTE_TIMEOUT
from desk.body_limit import BodyLimit
from desk.catalog.import_pages import LARGEST_REQUEST
from desk.headers import HostCheck, SecurityHeaders, is_served_over_https
from desk.rendering import STATIC_FOLDER, template_environment
from sales.kept_secret import kept_secret
from sales.settings import Settings
from sales.team.roles import NotAllowedError

OWN_PAGES = (
    "desk.auth.pages",
    "desk.catalog.pages",
    "desk.catalog.edit_pages",
    "desk.catalog.import_pages",
    "desk.team.pages",
    "desk.outbox",
)
LARGEST_FORM = 256_000  # bytes
SECRET_FILE = "desk.secret"  # noqa: S105  # a file's name
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, engine: Engine, clock: Clock = utc_now) -> Starlette:
    """The desk as an ASGI app. The database must be migrated; nothing is opened yet."""
    app = Starlette(
        routes=[*_routes(), Mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")],
        middleware=_middleware(settings),
        exception_handlers=_ERROR_PAGES,
    )
    app.state.settings, app.state.engine, app.state.clock = settings, engine, clock
    app.state.passwords = Passwords()
    app.state.templates = template_environment(settings)
    app.state.oidc = oidc.provider(settings.desk)
    return app


_ERROR_PAGES: dict[Any, Any] = {
    HTTPException: errors.refused,
    NotAllowedError: errors.not_allowed,
    ClientDisconnect: errors.gone,
    Exception: errors.failed,
}


def _middleware(settings: Settings) -> list[Middleware]:
    is_https = is_served_over_https(settings.desk)
    secret = settings.desk.secret or kept_secret(settings.var_dir / SECRET_FILE)[0]
    return [
        Middleware(SecurityHeaders, is_https=is_https),
        Middleware(HostCheck, desk=settings.desk),
        Middleware(BodyLimit, usual=LARGEST_FORM, larger={"/catalog/import": LARGEST_REQUEST}),
        Middleware(
            SessionMiddleware,
            secret_key=secret,
            session_cookie="__Host-desk" if is_https else "desk",
            max_age=int(ABSOLUTE_TIMEOUT.total_seconds()),
            https_only=is_https,
        ),
    ]


def _routes() -> list[BaseRoute]:
    routes = [Route("/", _home), Route("/health", _health), Route("/ready", _ready)]
    for name in page_modules():
        routes += importlib.import_module(name).routes
    for route in routes:
        access_of(route)  # refuses one that nobody protects
    return list[BaseRoute](routes)


def page_modules() -> Iterator[str]:
    """Names of the modules that have `routes`."""
    yield from OWN_PAGES
    for module in pkgutil.iter_modules(desk.pages.__path__, "desk.pages."):
        if hasattr(importlib.import_module(module.name), "routes"):
            yield module.name


@signed_in
def _home(_request: Request) -> Response:
    return RedirectResponse("/inbox", status_code=303)


@public
def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


@public
def _ready(request: Request) -> Response:
    is_there = _answers(request.app.state.engine)
    status, code = ("ready", 200) if is_there else ("not ready", 503)
    return JSONResponse({"status": status, "database": is_there}, code)


def _answers(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
