"""What every answer of the desk tells the browser, and which host names it answers to."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sales.settings import DeskSettings

# Scripts and styles come from the desk's own files. Style attributes are allowed: the bars of a
# chart have their length there.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
STRICT_TRANSPORT = "max-age=31536000"  # a year
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  # listening on all addresses
PROBED = ("/health", "/ready")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SecurityHeaders:
    """Adds HEADERS to every answer; pages are never kept by a cache, files of /static are."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app, self._is_https = app, is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if self._is_https:
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
                if scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "max-age=3600")
                else:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HostCheck(TrustedHostMiddleware):
    """Answers to the desk's own host names only; PROBED to any, since probes use addresses."""

    def __init__(self, app: ASGIApp, desk: DeskSettings) -> None:
        super().__init__(app, allowed_hosts=allowed_hosts(desk), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") in PROBED:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def allowed_hosts(desk: DeskSettings) -> list[str]:
    """The host of the desk's address when that is set, else where it listens."""
    host = urlsplit(desk.url).hostname if desk.url else None
    if host:
        return [host]
    return ["*"] if desk.host in EVERYWHERE else [*LOOPBACK, desk.host]


def is_served_over_https(desk: DeskSettings) -> bool:
    return desk.url.startswith("https://")
