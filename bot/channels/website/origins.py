"""Where a request comes from: the page it was made on, and the address of the visitor."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from sales.settings import Network
from sales.settings.reader import is_origin

DEFAULT_PORTS = {"http": 80, "https": 443}
IPV6_SITE = 64  # bits; one household or office has all addresses below
UNKNOWN = "unknown"


def is_allowed_origin(origin: str | None, host: str, allowed: Sequence[str]) -> bool:
    """Whether a page of this origin may use the chat served on `host` (the Host header).

    The server's own host always may, over http or https: behind a proxy the server cannot tell
    which it was. A request without an origin does not come from a page of another site.
    """
    if origin is None or "*" in allowed or origin.lower() in allowed:
        return True
    try:
        page, server = urlsplit(origin), urlsplit(f"//{host}")
        default = DEFAULT_PORTS[page.scheme]
        return (
            is_origin(origin)
            and "@" not in host
            and (page.hostname, page.port or default)
            == (
                server.hostname,
                server.port or default,
            )
        )
    except (KeyError, ValueError):
        return False


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The visitor's address: the peer, or what a trusted proxy says in X-Forwarded-For.

    The header is read from its end, past every trusted proxy: what stands before was written by
    the visitor. An IPv6 address counts with its whole site (/64).
    """
    hops = [*(hop.strip() for hop in forwarded.split(",") if hop.strip()), peer]
    seen = UNKNOWN
    for hop in reversed(hops):
        try:
            address = ip_address(hop)
        except ValueError:
            break
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        seen = _site(address) if isinstance(address, IPv6Address) else str(address)
        if not any(address in network for network in trusted):
            break
    return seen


def _site(address: IPv6Address) -> str:
    return str(ip_network((address, IPV6_SITE), strict=False))
