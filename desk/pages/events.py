"""Live pages: a stream that says when a page is out of date, and when a lead's is.

Another process may change a lead (the assistant, Slack), so the database is asked: at most every
LOOK_EVERY_S for each topic, however many people watch it. The stream carries versions only; the
page fetches what it shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from time import monotonic
from weakref import WeakValueDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desk.access import requires
from desk.auth.sessions import is_still_signed_in
from desk.pages import versions
from desk.pages.forms import lead_id_of

LOOK_EVERY_S = 0.5
SESSION_EVERY_S = 30  # how soon a stream ends after its session has
RETRY_MS = 3_000  # how long a browser waits before it connects again
Look = Callable[[], str]


@dataclass
class Topic:
    """What the last look at the database found."""

    version: str = ""
    looked_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Watch:
    """Looks at the database for everybody who watches a topic: one look serves them all."""

    def __init__(self, every_s: float = LOOK_EVERY_S) -> None:
        self._every_s = every_s
        self._topics: WeakValueDictionary[str, Topic] = WeakValueDictionary()
        self._has_ended = False

    def end(self) -> None:
        """The server stops: nobody is told anything more."""
        self._has_ended = True

    async def versions(self, name: str, look: Look) -> AsyncIterator[str]:
        """The topic's version now, and each new one from then on."""
        topic = self._topics.setdefault(name, Topic())
        told: str | None = None
        while not self._has_ended:
            version = await self._version(topic, look)
            if version != told:
                told = version
                yield version
            await asyncio.sleep(self._every_s)

    async def _version(self, topic: Topic, look: Look) -> str:
        async with topic.lock:
            if monotonic() - topic.looked_at >= self._every_s:
                topic.version = await run_in_threadpool(look)
                topic.looked_at = monotonic()
        return topic.version


def watch_of(app: Starlette) -> Watch:
    """The app's one Watch, made when first asked for."""
    if not hasattr(app.state, "watch"):
        app.state.watch = Watch()
    watch: Watch = app.state.watch
    return watch


@requires("view")
async def inbox(request: Request) -> Response:
    return _stream(request, "inbox", versions.of_inbox)


@requires("view")
async def lead(request: Request) -> Response:
    lead_id = lead_id_of(request)
    return _stream(
        request, f"lead:{lead_id}", lambda engine, now: versions.of_lead(engine, lead_id, now)
    )


def _stream(request: Request, topic: str, version: versions.Version) -> Response:
    state = request.app.state

    def look() -> str:
        engine: Engine = state.engine
        return version(engine, state.clock())

    news = watch_of(request.app).versions(topic, look)
    return EventSourceResponse(_told(request, news))


async def _told(request: Request, news: AsyncIterator[str]) -> AsyncIterator[ServerSentEvent]:
    """Ends with the session, and when the database is away: the browser then connects again."""
    checked_at = monotonic()
    try:
        async for version in news:
            if monotonic() - checked_at >= SESSION_EVERY_S:
                checked_at = monotonic()
                if not await run_in_threadpool(is_still_signed_in, request):
                    return
            yield ServerSentEvent(version, event="version", retry=RETRY_MS)
    except sa.exc.OperationalError:
        return


routes = [
    Route("/events/inbox", inbox),
    Route("/events/leads/{lead_id:int}", lead),
]
