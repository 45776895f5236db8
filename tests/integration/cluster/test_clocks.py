"""Leases and jobs when clocks disagree, or are set while everything runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.clock import ASK_EVERY_S, DatabaseClock
from sales.database import transaction
from sales.outbox.jobs import hold
from sales.outbox.store import Notification, enqueue, failed, lease_due

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def put(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        enqueue(session, [Notification("slack", "thread", "k1", "lead:1", {})], now)


def leased(engine: Engine, now: datetime, worker: str = "p1") -> list[int]:
    with transaction(engine) as session:
        return [d.id for d in lease_due(session, ["slack"], now, 10, 8, worker)]


def test_what_a_process_with_a_fast_clock_wrote_is_delivered_at_once(engine: Engine) -> None:
    put(engine, NOON + HOUR)

    assert leased(engine, NOON)


def test_a_failed_delivery_waits_all_the_same(engine: Engine) -> None:
    put(engine, NOON)
    (row,) = leased(engine, NOON)
    with transaction(engine) as session:
        failed(session, row, NOON, "HTTP 500.")

    assert not leased(engine, NOON + timedelta(seconds=1))
    assert leased(engine, NOON + timedelta(seconds=3))


def test_a_clock_that_was_set_back_does_not_hold_a_killed_workers_row(engine: Engine) -> None:
    put(engine, NOON - 2 * HOUR)
    assert leased(engine, NOON, "killed")

    assert not leased(engine, NOON - timedelta(seconds=30), "p2"), "it may live"
    assert leased(engine, NOON - HOUR, "p2")


def test_a_clock_that_was_set_back_does_not_stop_the_jobs(engine: Engine) -> None:
    def held(holder: str, at: datetime) -> bool:
        with transaction(engine) as session:
            return hold(session, "sla", holder, at, 60, longest_s=60)

    assert held("p1", NOON)
    assert not held("p2", NOON - timedelta(minutes=1)), "it may be in its turn"
    assert held("p2", NOON - HOUR)


def test_while_the_database_is_away_its_clock_goes_on(engine: Engine) -> None:
    passed_s = 0.0
    clock = DatabaseClock(engine, steady=lambda: 1_000.0 + passed_s)
    before = clock()
    assert abs(before - datetime.now(UTC)) < timedelta(minutes=1)
    passed_s = ASK_EVERY_S - 1
    assert clock() == before + timedelta(seconds=passed_s), "it need not ask each time"

    def away(*_args: object) -> None:
        raise sa.exc.OperationalError("the database is away", {}, Exception())

    passed_s = ASK_EVERY_S + 1
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "before_cursor_execute", away)
        assert clock() == before + timedelta(seconds=passed_s)
        sa.event.remove(engine, "before_cursor_execute", away)
    assert abs(clock() - datetime.now(UTC)) < timedelta(minutes=1)
