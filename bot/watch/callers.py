"""Who may ask for what is not meant for visitors: this machine, or who has the token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from sanic.request import Request


def is_from_here(request: Request) -> bool:
    """Whether a program on this machine asks, and not a proxy for somebody else."""
    forwarded = "forwarded" in request.headers or "x-forwarded-for" in request.headers
    try:
        return not forwarded and ip_address(request.ip).is_loopback
    except ValueError:
        return False


def is_bearer(request: Request, token: str) -> bool:
    """Whether the request has the token."""
    offered = request.headers.get("authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(offered.encode(), token.encode())
