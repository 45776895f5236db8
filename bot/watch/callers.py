"""Who may ask for what is not meant for visitors: this machine, or who has the token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from sanic.request import Request

from sales.settings.safety import is_loopback

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")  # by a proxy


def is_from_here(request: Request) -> bool:
    """Whether a program on this machine asks: no proxy for somebody else, no page of another site.

    Such a page, in a browser on this machine, may be at a name of its own that points to this
    machine, so the name counts too.
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    origin = request.headers.get("origin")
    named = [request.host, *([urlsplit(origin).netloc] if origin is not None else [])]
    return _is_loopback(request.ip) and all(is_loopback(_host(name)) for name in named)


def is_bearer(request: Request, token: str) -> bool:
    """Whether the request has the token."""
    scheme, _, offered = request.headers.get("authorization", "").partition(" ")
    is_right = hmac.compare_digest(_bytes(offered.strip()), token.encode())
    return is_right and scheme.lower() == "bearer"


def _host(name: str) -> str:
    try:
        return urlsplit(f"//{name}").hostname or ""
    except ValueError:
        return ""


def _bytes(text: str) -> bytes:
    """A header as bytes; Sanic reads what is no UTF-8 into surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
