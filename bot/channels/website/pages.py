"""What the website serves over plain HTTP: the widget, the demo page, health."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.website.assets import NOT_BUILT, Asset, read_asset
from bot.channels.website.origins import is_allowed_origin
from bot.watch.health import readiness

FOREVER = "public, max-age=31536000, immutable"  # the name of such a file changes with its content
FIVE_MINUTES = "public, max-age=300"
ALWAYS_ASK = "no-cache"
NEVER = "no-store"
METHODS = ["GET", "HEAD"]
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src {connect}; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)


class Pages:
    """The routes, added to the channel's blueprint."""

    def __init__(self, folder: Path, origins: Sequence[str]) -> None:
        self._web, self._built, self._origins = folder, folder / "dist", origins

    def add_to(self, routes: Blueprint) -> None:
        """Serve widget, demo page and health under the blueprint's prefix."""

        async def ready(request: Request) -> HTTPResponse:
            return await readiness(request.app).response(request.app)

        async def widget(request: Request) -> HTTPResponse:
            return self._file(request, self._built, "widget.js", FIVE_MINUTES)

        async def asset(request: Request, name: str) -> HTTPResponse:
            return self._file(request, self._built / "assets", name, FOREVER)

        async def demo(request: Request) -> HTTPResponse:
            page = self._file(request, self._web, "demo.html", ALWAYS_ASK)
            page.headers["Content-Security-Policy"] = self._policy(request.host)
            return page

        routes.add_route(_live, "/", METHODS, name="root")
        routes.add_route(_live, "/health/live", METHODS, name="live")
        routes.add_route(ready, "/health/ready", METHODS)
        routes.add_route(widget, "/widget.js", METHODS)
        routes.add_route(asset, "/assets/<name:path>", METHODS)
        routes.add_route(demo, "/demo", METHODS)
        routes.on_response(_secure)  # type: ignore[no-untyped-call]

    def _file(self, request: Request, folder: Path, name: str, caching: str) -> HTTPResponse:
        found = read_asset(folder, name)
        if found is None:
            is_built = (self._built / "widget.js").is_file()
            status, text = (404, "There is no such file.\n") if is_built else (503, NOT_BUILT)
            return response.text(text, status, headers={"Cache-Control": NEVER})
        answer = _delivered(request, found)
        answer.headers.update({"Cache-Control": caching, "ETag": found.etag})
        answer.headers.update(self._cross_origin(request))
        return answer

    def _cross_origin(self, request: Request) -> dict[str, str]:
        """An allowed site may load the widget as a module."""
        headers = {
            "Vary": "Origin, Accept-Encoding",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        origin = request.headers.get("origin")
        if origin and is_allowed_origin(origin, request.host, self._origins):
            headers["Access-Control-Allow-Origin"] = origin
        return headers

    def _policy(self, host: str) -> str:
        """The page may load and call this server only; allowed sites may frame it."""
        sites = " ".join(origin for origin in self._origins if origin != "*")
        anyone = "*" if "*" in self._origins else f"'self' {sites}".strip()
        sockets = f"'self' ws://{host} wss://{host}" if _is_plain(host) else "'self'"
        return POLICY.format(connect=sockets, ancestors=anyone)


async def _live(_request: Request) -> HTTPResponse:
    return response.json({"status": "ok"}, headers={"Cache-Control": NEVER})


async def _secure(_request: Request, answer: HTTPResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        answer.headers.setdefault(name, value)


def _delivered(request: Request, asset: Asset) -> HTTPResponse:
    if request.headers.get("if-none-match") == asset.etag:
        return HTTPResponse(status=304)
    accepts_gzip = "gzip" in request.headers.get("accept-encoding", "")
    body, headers = asset.plain, {}
    if asset.zipped is not None and accepts_gzip:
        body, headers = asset.zipped, {"Content-Encoding": "gzip"}
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(body))
        body = b""
    return HTTPResponse(body, 200, headers, asset.content_type)


def _is_plain(host: str) -> bool:
    return bool(host) and all(c.isascii() and (c.isalnum() or c in ".-:[]") for c in host)
