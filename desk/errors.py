"""Pages that say what went wrong and what would work."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from desk.auth import sessions
from desk.headers import HEADERS
from desk.rendering import render

TITLES = {
    400: "That could not be read",
    403: "Not allowed",
    404: "There is no such page",
    405: "That cannot be done here",
    413: "Too large",
    429: "Too many attempts",
}
TEXTS = {
    404: "It may have been moved or merged. The inbox has all leads.",
    405: "Go back and use the buttons of the page.",
}
FAILED = "The desk made a mistake. It has been logged; try again, and tell the owner if it stays."


def refused(request: Request, error: HTTPException) -> Response:
    """The page for an error that has a status."""
    text = error.detail
    if text in ("Not Found", "Method Not Allowed"):  # Starlette's own words
        text = TEXTS[error.status_code]
    return _page(request, error.status_code, text)


def not_allowed(request: Request, error: Exception) -> Response:
    """The page for somebody whose role does not allow it; the error says whose does."""
    return _page(request, 403, str(error))


def gone(_request: Request, _error: Exception) -> Response:
    """For somebody who left, or was cut off, while they were sending; nobody reads it."""
    return Response(status_code=400)


def failed(request: Request, _error: Exception) -> Response:
    """The page for our own faults; the server logs them. It needs no database: that may be down."""
    request.state.member = None
    response = _page(request, 500, FAILED)
    response.headers.update({**HEADERS, "Cache-Control": "no-store"})
    return response


def _page(request: Request, status: int, text: str) -> Response:
    if "HX-Request" in request.headers:  # shown by desk.js as a message
        return PlainTextResponse(text, status_code=status)
    if "session" not in request.scope:  # refused before there was one
        return PlainTextResponse(text, status_code=status)
    if not hasattr(request.state, "member"):
        request.state.member = sessions.signed_in_member(request)
    title = TITLES.get(status, "Something went wrong")
    return render(request, "error.html", status=status, title=title, text=text)
