"""Pages stay up to date: one look at the database serves everybody who watches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from desk.app import create_app
from desk.pages import versions
from desk.pages.events import Watch
from desk.server import DeskServer
from sales.database import transaction
from sales.erasure import erase_person
from sales.leads import handling
from sales.settings import Settings
from sales.takeover.store import current_of_lead, end
from sales.team.roles import Member
from sales.team.store import set_password_hash
from tests.integration.desk.conftest import PASSWORD, TOKEN, Clock
from tests.integration.desk.sales_floor import HOUSE, SalesFloor
from tests.integration.server import free_port

Hire = Callable[..., Member]
PATIENCE_S = 20


@pytest.fixture
def floor(engine: Engine, clock: Clock) -> SalesFloor:
    return SalesFloor(engine, clock())


# --- what a version tells


def test_every_change_of_a_lead_is_a_new_version(
    engine: Engine, floor: SalesFloor, hire: Hire, clock: Clock
) -> None:
    owner, seen = hire("owner"), [("", "")]

    def look() -> int:
        """How many versions there were so far."""
        now = (versions.of_lead(engine, 2, clock()), versions.of_inbox(engine, clock()))
        if now[0] != seen[-1][0] and now[1] != seen[-1][1]:
            seen.append(now)
        return len(seen) - 1

    floor.lead("Somebody else")
    look()
    floor.lead()
    assert look() == 2
    for number, change in enumerate(
        (
            lambda session: handling.claim(session, 2, owner, clock(), HOUSE),
            lambda session: handling.reply(session, 2, owner, "Hi", "k1", clock(), HOUSE),
            lambda session: handling.note(session, 2, owner, "Note", clock(), HOUSE),
            lambda session: handling.release(session, 2, owner, clock(), HOUSE),
            lambda session: handling.close(session, 2, owner, "won", clock(), HOUSE),
            lambda session: erase_person(session, actor=owner, now=clock(), lead_id=2),
        ),
        start=3,
    ):
        with transaction(engine) as session:
            change(session)
        assert look() == number
    assert look() == 8  # nothing happened


def test_what_is_said_and_a_takeover_that_ends_by_itself_are_news_of_the_lead(
    engine: Engine, floor: SalesFloor, hire: Hire, clock: Clock
) -> None:
    lead, rep = floor.lead(), hire("rep")
    with transaction(engine) as session:
        handling.reply(session, lead.id, rep, "Hi", "k1", clock(), HOUSE)
    first = versions.of_lead(engine, lead.id, clock())
    floor.conversation(lead).visitor("hello")
    second = versions.of_lead(engine, lead.id, clock())
    with transaction(engine) as session:
        takeover = current_of_lead(session, lead.id)
        assert takeover
        end(session, takeover, "timeout", clock())
    third = versions.of_lead(engine, lead.id, clock())

    assert len({first, second, third}) == 3


def test_another_conversation_is_no_news(engine: Engine, floor: SalesFloor, clock: Clock) -> None:
    lead, other = floor.lead(), floor.lead()
    talk = floor.conversation(other).visitor("hello")
    before = versions.of_lead(engine, lead.id, clock())
    talk.visitor("again")

    assert versions.of_lead(engine, lead.id, clock()) == before


def test_a_minute_is_news_since_deadlines_come_nearer(engine: Engine, clock: Clock) -> None:
    before = versions.of_inbox(engine, clock())
    clock.pass_by(minutes=1)

    assert versions.of_inbox(engine, clock()) != before


# --- one look for all


def test_many_watchers_cost_one_look_at_a_time() -> None:
    looks: list[int] = []

    def look() -> str:
        looks.append(1)
        return "7"

    async def day() -> None:
        watch = Watch(every_s=30)
        watchers = [watch.versions("inbox", look) for _ in range(50)]
        assert await asyncio.gather(*(anext(watcher) for watcher in watchers)) == ["7"] * 50
        await close(*watchers)

    asyncio.run(day())
    assert len(looks) == 1


def test_each_watcher_hears_each_new_version_once() -> None:
    current = "1"

    async def day() -> None:
        nonlocal current
        watch = Watch(every_s=0.01)
        first, second = (watch.versions("inbox", lambda: current) for _ in range(2))
        heard = [await anext(first), await anext(second)]
        current = "2"
        heard += await asyncio.gather(anext(first), anext(second))
        assert heard == ["1", "1", "2", "2"]
        with pytest.raises(TimeoutError):  # nothing more is new
            await asyncio.wait_for(anext(first), 0.1)
        await close(second)

    asyncio.run(day())


async def close(*watchers: AsyncIterator[str]) -> None:
    for watcher in watchers:
        await watcher.aclose()  # type: ignore[attr-defined]


# --- over the wire


@contextmanager
def served(app: Starlette, settings: Settings) -> Iterator[str]:
    """The desk in a thread; gives its address."""
    loop, server = asyncio.new_event_loop(), DeskServer(app, settings.desk)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(PATIENCE_S)
    try:
        yield settings.desk.address
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)


@pytest.fixture
def address(settings: Settings, engine: Engine, clock: Clock) -> Iterator[str]:
    settings = replace(settings, desk=replace(settings.desk, port=free_port()))
    with served(create_app(settings, engine, clock), settings) as found:
        yield found


@pytest.fixture
def client(address: str, hire: Hire) -> Iterator[httpx.Client]:
    hire("rep")
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        found = TOKEN.search(client.get("/sign-in").text)
        assert found
        form = {"csrf_token": found[1], "email": "rep@example.com", "password": PASSWORD}
        assert client.post("/sign-in", data=form).status_code == 303
        yield client


STREAM = {"Accept": "text/event-stream"}


@pytest.mark.parametrize("path", ["/events/inbox", "/events/leads/1"])
def test_a_stream_tells_of_a_change_made_by_another_process(
    client: httpx.Client, engine: Engine, floor: SalesFloor, clock: Clock, path: str
) -> None:
    floor.lead()
    with client.stream("GET", path, headers=STREAM) as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        first = next(lines)
        with transaction(engine) as session:  # as Slack or the assistant would
            rep = Member(1, "Rep Example", "rep@example.com", "rep", None, True, 0)
            handling.claim(session, 1, rep, clock(), HOUSE)

        assert next(lines) != first
        assert stream.headers["cache-control"] == "no-store"


def test_a_stream_holds_versions_and_nothing_about_people(
    client: httpx.Client, floor: SalesFloor
) -> None:
    floor.lead()
    with client.stream("GET", "/events/leads/1", headers=STREAM) as stream:
        told = next(line for line in stream.iter_lines() if line.startswith("data: "))

    assert set(told.removeprefix("data: ")) <= set("0123456789-")


def test_nobody_watches_without_signing_in(address: str) -> None:
    answer = httpx.get(f"{address}/events/inbox", headers=STREAM)

    assert answer.status_code == 401


def test_a_stream_ends_with_the_session(
    client: httpx.Client, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.pages.events.SESSION_EVERY_S", 0)
    with client.stream("GET", "/events/inbox", headers=STREAM) as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("data: "))
        next(lines)
        with transaction(engine) as session:
            set_password_hash(session, 1, "another")  # everybody is signed out
        clock.pass_by(minutes=1)

        assert list(lines) == []
