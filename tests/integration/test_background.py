"""The server's own work: deadlines, time-outs and deletions happen once, whoever is running."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.background import Background, Job, house_jobs
from sales.database import transaction
from sales.leads.lead import LeadDraft
from sales.leads.store import take_lead
from sales.leads.tables import leads
from sales.outbox.store import Delivery, Notification, enqueue
from sales.outbox.tables import outbox
from sales.settings import Settings
from sales.takeover.store import begin, current
from sales.team.store import add_member
from tests.integration.delivery.test_worker import Remembering, until

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ALWAYS_OPEN = {"BUSINESS_DAYS": "mon-sun", "BUSINESS_HOURS": "00:00-23:59"}


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Count:
    """A job's work that counts, and fails while `is_broken`."""

    done: list[datetime] = field(default_factory=list)
    is_broken: bool = False

    def __call__(self, now: datetime) -> str:
        if self.is_broken:
            raise RuntimeError("the disk is full")
        self.done.append(now)
        return ""


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings.from_env({"DATABASE_URL": database_url, **ALWAYS_OPEN})


def background(
    settings: Settings, engine: Engine, clock: Any = None, **senders: Remembering
) -> Background:
    return Background(settings, engine, senders, clock=clock or Clock())


def take(engine: Engine, now: datetime) -> int:
    draft = LeadDraft(consent=True, name="Ana", email="ana@example.com", conversation_id="web-1")
    with transaction(engine) as session:
        return take_lead(session, draft, now).id


def reminded(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.execute(sa.select(leads.c.reminded_at)).scalar() is not None


def test_a_lead_that_waited_while_the_server_was_down_is_noticed_after_the_start(
    settings: Settings, engine: Engine
) -> None:
    take(engine, NOON - timedelta(days=3))

    async def scenario() -> None:
        server = background(settings, engine)
        await server.start()
        await until(lambda: reminded(engine))
        await server.stop()

    asyncio.run(scenario())


def test_a_silent_colleague_hands_the_visitor_back(settings: Settings, engine: Engine) -> None:
    lead_id = take(engine, NOON)
    with transaction(engine) as session:
        ann = add_member(session, "Ann", "ann@example.com", "rep", NOON)
        begin(session, "web-1", lead_id, ann, NOON)

    def is_handed_back() -> bool:
        with transaction(engine) as session:
            return current(session, "web-1") is None

    async def scenario() -> None:
        later = NOON + timedelta(minutes=settings.office.takeover_minutes)
        server = background(settings, engine, Clock(later))
        await server.start()
        await until(is_handed_back)
        await server.stop()

    asyncio.run(scenario())


def test_what_is_committed_is_delivered_while_it_runs(settings: Settings, engine: Engine) -> None:
    async def scenario() -> None:
        slack = Remembering()
        server = background(settings, engine, lambda: datetime.now(UTC), slack=slack)
        await server.start()
        news = Notification("slack", "thread", "k1", "lead:1", {"text": "hello"})
        with transaction(engine) as session:
            enqueue(session, [news], datetime.now(UTC))
        await until(lambda: slack.keys == ["k1"])
        await server.stop()

    asyncio.run(scenario())


def test_stopping_waits_for_a_delivery_in_hand_and_not_for_ever(
    settings: Settings, engine: Engine
) -> None:
    async def scenario() -> None:
        async def take_a_moment(_delivery: Delivery) -> None:
            await asyncio.sleep(0.3)

        slack = Remembering(take_a_moment)
        server = background(settings, engine, lambda: datetime.now(UTC), slack=slack)
        news = [Notification("slack", "thread", "k1", "lead:1", {})]
        with transaction(engine) as session:
            enqueue(session, news, datetime.now(UTC))
        await server.start()
        await slack.came.wait()
        async with asyncio.timeout(5):
            await server.stop()

    asyncio.run(scenario())
    with engine.connect() as connection:
        assert connection.execute(sa.select(outbox.c.delivered_at)).scalar() is not None


def test_stopping_what_was_never_started_is_fine(settings: Settings, engine: Engine) -> None:
    asyncio.run(background(settings, engine).stop())


def test_of_several_processes_one_does_the_job_in_each_turn(
    settings: Settings, engine: Engine
) -> None:
    clock, count, start = Clock(), Count(), Barrier(4)
    job = Job("sums", every_s=60, look_s=10, turn_s=30, work=count)
    servers = [background(settings, engine, clock) for _ in range(4)]

    def look(server: Background) -> bool:
        start.wait(timeout=30)
        return server.run_job(job)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert sorted(pool.map(look, servers)) == [False, False, False, True]
            clock.now += timedelta(seconds=60)
    assert count.done == [NOON + timedelta(minutes=n) for n in range(3)]


def test_when_a_process_dies_in_its_turn_another_takes_over(
    settings: Settings, engine: Engine
) -> None:
    def die(_now: datetime) -> None:
        raise SystemExit

    clock, count = Clock(), Count()
    with pytest.raises(SystemExit):
        background(settings, engine, clock).run_job(Job("sums", 3600, 60, 30, die))
    other = background(settings, engine, clock)
    job = Job("sums", 3600, 60, 30, count)

    assert not other.run_job(job)
    clock.now += timedelta(seconds=30)
    assert other.run_job(job)


def test_a_job_that_fails_is_told_once_and_tried_again(
    settings: Settings, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    clock, count = Clock(), Count(is_broken=True)
    server, job = background(settings, engine, clock), Job("sums", 3600, 60, 30, count)
    for _ in range(3):
        assert not server.run_job(job)
        clock.now += timedelta(seconds=30)
    assert caplog.text.count("job.failed: name=sums, RuntimeError") == 1

    count.is_broken = False
    assert server.run_job(job)


def test_a_database_that_is_away_is_told_in_a_line(
    settings: Settings, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_args: Any) -> None:
        raise sa.exc.OperationalError("the database is away", {}, Exception())

    sa.event.listen(engine, "before_cursor_execute", away)
    try:
        assert not background(settings, engine).run_job(Job("sums", 3600, 60, 30, Count()))
    finally:
        sa.event.remove(engine, "before_cursor_execute", away)
    assert "job.failed: name=sums, OperationalError" in caplog.text
    assert "Traceback" not in caplog.text


def test_every_job_of_the_house_runs_on_an_empty_database(
    settings: Settings, engine: Engine
) -> None:
    server = background(settings, engine)
    jobs = house_jobs(settings, engine)

    assert {job.name for job in jobs} == {"sla", "takeovers", "retention", "cleanup"}
    assert [server.run_job(job) for job in jobs] == [True] * 4
    assert [server.run_job(job) for job in jobs] == [False] * 4, "this turn is over"
