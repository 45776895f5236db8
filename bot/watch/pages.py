"""GET /health, /ready and /metrics on the assistant's port."""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json, raw

from bot.watch.callers import is_bearer, is_from_here
from bot.watch.health import NEVER, readiness
from bot.watch.metrics import REGISTRY
from sales.settings import Settings

PATHS = ("/health", "/ready", "/metrics")
METHODS = ["GET", "HEAD"]


def add_to(app: Sanic, settings: Settings) -> None:
    """Serve them."""
    token, scraping = settings.watch.metrics_token, asyncio.Lock()

    async def health(_request: Request) -> HTTPResponse:
        return json({"status": "ok"}, headers=NEVER)

    async def ready(request: Request) -> HTTPResponse:
        return await readiness(request.app).response(request.app)

    async def metrics(request: Request) -> HTTPResponse:
        if not (is_from_here(request) or (token and is_bearer(request, token))):
            return empty(401 if token else 404, headers=NEVER)
        async with scraping:  # a slow database holds one thread, however many ask
            text = await asyncio.to_thread(generate_latest, REGISTRY)
        return raw(text, content_type=CONTENT_TYPE_LATEST, headers=NEVER)

    for path, page in zip(PATHS, (health, ready, metrics), strict=True):
        app.add_route(page, path, METHODS, name=path.strip("/"))
