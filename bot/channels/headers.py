"""Headers that Sanic cannot read, made harmless."""

from __future__ import annotations

from sanic.exceptions import InvalidHeader
from sanic.headers import parse_accept
from sanic.request import Request


async def forgive_accept(request: Request) -> None:
    """Middleware: an Accept header that is none asks for anything.

    Sanic reads it while it writes an error page, and fails over it: 500 in place of 404 or 405.
    """
    try:
        _ = request.accept
    except InvalidHeader:
        request.parsed_accept = parse_accept("*/*")
