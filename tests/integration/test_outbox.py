"""The outbox in a real database: nothing lost, nothing twice in hand, streams in their order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sales.database import transaction
from sales.outbox import bell
from sales.outbox.jobs import hold, keep
from sales.outbox.store import (
    Delivery,
    Notification,
    dead_letters,
    delivered,
    depth,
    enqueue,
    failed,
    give_back,
    lease_due,
    open_notifications,
    renew_leases,
    retry,
    retry_all,
)
from sales.outbox.tables import outbox

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
LEASE_S = 30


def news(stream: str, number: int, channel: str = "slack") -> Notification:
    return Notification(channel, "said", f"{stream}:{number}", stream, {"number": number})


def put(engine: Engine, *notifications: Notification, now: datetime = NOON) -> int:
    with transaction(engine) as session:
        return enqueue(session, notifications, now)


def lease(
    engine: Engine, now: datetime = NOON, limit: int = 10, worker: str = "w1"
) -> list[Delivery]:
    with transaction(engine) as session:
        return lease_due(session, ["slack"], now, LEASE_S, limit, worker)


def keys(deliveries: list[Delivery]) -> list[str]:
    return [delivery.key for delivery in deliveries]


def close(engine: Engine, delivery: Delivery, now: datetime = NOON) -> None:
    with transaction(engine) as session:
        delivered(session, delivery.id, now, {"ts": "1.2"})


def fail(engine: Engine, delivery: Delivery, **how: object) -> bool:
    with transaction(engine) as session:
        return failed(session, delivery.id, NOON, "The receiver is down.", **how)  # type: ignore[arg-type]


def test_a_notification_is_gone_when_its_change_is_undone(engine: Engine) -> None:
    def change_and_fail() -> None:
        with transaction(engine) as session:
            enqueue(session, [news("a", 1)], NOON)
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        change_and_fail()

    assert lease(engine) == []


def test_the_same_key_is_kept_once(engine: Engine) -> None:
    assert put(engine, news("a", 1), news("a", 1), news("a", 2)) == 2
    assert put(engine, news("a", 1), news("a", 3)) == 1
    with transaction(engine) as session:
        assert [entry.key for entry in open_notifications(session)] == ["a:1", "a:2", "a:3"]


def test_a_key_is_known_also_after_its_delivery(engine: Engine) -> None:
    put(engine, news("a", 1))
    close(engine, lease(engine)[0])

    assert put(engine, news("a", 1)) == 0
    assert lease(engine) == []


def test_a_stream_is_delivered_in_its_order_one_at_a_time(engine: Engine) -> None:
    put(engine, news("a", 1), news("b", 1), news("a", 2))

    first = lease(engine)
    assert keys(first) == ["a:1", "b:1"]
    assert lease(engine, worker="w2") == []
    close(engine, first[0])
    assert keys(lease(engine, worker="w2")) == ["a:2"]


def test_a_failed_delivery_holds_back_its_stream_and_no_other(engine: Engine) -> None:
    put(engine, news("a", 1), news("a", 2), news("b", 1))
    first, _ = lease(engine)
    assert not fail(engine, first, retry_after_s=60)

    assert lease(engine, NOON + timedelta(seconds=20)) == []
    later = lease(engine, NOON + timedelta(seconds=62), worker="w2")
    assert [(d.key, d.attempts, d.was_interrupted) for d in later] == [
        ("b:1", 2, True),  # whoever had it never came back
        ("a:1", 2, False),
    ]


def test_what_is_given_up_lets_its_stream_pass_and_waits_for_a_person(engine: Engine) -> None:
    put(engine, news("a", 1), news("a", 2))
    assert fail(engine, lease(engine)[0], is_permanent=True)

    second = lease(engine)
    assert keys(second) == ["a:2"]
    with transaction(engine) as session:
        (dead,) = dead_letters(session)
        assert (dead.key, dead.error) == ("a:1", "The receiver is down.")
        assert depth(session) == {"slack": {"open": 1, "dead": 1}}
        assert retry(session, dead.id, NOON)
        assert not retry(session, second[0].id, NOON)
    assert lease(engine) == [], "its stream has one in hand"
    close(engine, second[0])
    assert [(d.key, d.attempts) for d in lease(engine)] == [("a:1", 1)]


def test_all_dead_letters_of_a_channel_can_be_tried_again(engine: Engine) -> None:
    put(engine, news("a", 1), news("b", 1), news("c", 1, channel="email"))
    with transaction(engine) as session:
        for delivery in lease_due(session, ["slack", "email"], NOON, LEASE_S, 10, "w1"):
            failed(session, delivery.id, NOON, "gone", is_permanent=True)

    with transaction(engine) as session:
        assert retry_all(session, NOON, channel="slack") == 2
        assert retry_all(session, NOON) == 1
        assert dead_letters(session) == []


def test_it_is_given_up_after_a_day_of_trying(engine: Engine) -> None:
    put(engine, news("a", 1))
    now, attempts = NOON, 0
    while deliveries := lease(engine, now):
        attempts += 1
        with transaction(engine) as session:
            failed(session, deliveries[0].id, now, "down")
            entries = open_notifications(session)
        now = entries[0].due_at if entries else now

    assert attempts > 30
    assert timedelta(hours=20) < now - NOON < timedelta(hours=28)
    with transaction(engine) as session:
        assert len(dead_letters(session)) == 1


def test_an_attempt_that_nobody_knows_about_is_remembered(engine: Engine) -> None:
    """Also after an attempt that surely failed: the first one may still have arrived."""
    put(engine, news("a", 1))
    lease(engine)
    (second,) = lease(engine, NOON + timedelta(seconds=LEASE_S), worker="w2")
    assert second.was_interrupted
    fail(engine, second, worker="w2")

    (third,) = lease(engine, NOON + timedelta(minutes=5), worker="w3")
    assert (third.attempts, third.was_interrupted) == (3, True)


def test_a_renewed_lease_is_not_taken_away(engine: Engine) -> None:
    put(engine, news("a", 1))
    (mine,) = lease(engine)
    with transaction(engine) as session:
        renew_leases(session, [mine.id], NOON + timedelta(seconds=20), LEASE_S, "w1")

    assert lease(engine, NOON + timedelta(seconds=40), worker="w2") == []


def test_what_is_given_back_is_as_if_it_had_not_been_leased(engine: Engine) -> None:
    put(engine, news("a", 1))
    (mine,) = lease(engine)
    with transaction(engine) as session:
        give_back(session, [mine.id], "w1")

    (theirs,) = lease(engine, worker="w2")
    assert (theirs.attempts, theirs.was_interrupted) == (1, False)


def test_a_late_failure_does_not_disturb_the_next_worker(engine: Engine) -> None:
    put(engine, news("a", 1))
    (mine,) = lease(engine)
    later = NOON + timedelta(seconds=LEASE_S)
    lease(engine, later, worker="w2")
    fail(engine, mine, worker="w1")

    assert lease(engine, later + timedelta(seconds=10), worker="w3") == []


def test_the_erased_fail_and_arrive_in_silence(engine: Engine) -> None:
    put(engine, news("a", 1))
    (mine,) = lease(engine)
    with transaction(engine) as session:
        session.execute(sa.delete(outbox))

    assert not fail(engine, mine)
    close(engine, mine)


def test_several_workers_never_have_the_same_stream_in_hand(engine: Engine) -> None:
    streams, each = 12, 4
    put(engine, *(news(f"s{n}", i) for i in range(each) for n in range(streams)))
    start = Barrier(4)

    def work(name: str) -> list[str]:
        start.wait(timeout=30)
        done: list[str] = []
        while deliveries := lease(engine, limit=3, worker=name):
            for delivery in deliveries:
                done.append(delivery.key)
                close(engine, delivery)
        return done

    with ThreadPoolExecutor(4) as pool:
        taken = [key for done in pool.map(work, ("w1", "w2", "w3", "w4")) for key in done]
    taken += [d.key for d in iter_rest(engine)]

    assert len(taken) == len(set(taken)) == streams * each
    with transaction(engine) as session:
        rows = session.execute(sa.select(outbox.c.attempts).order_by(outbox.c.id)).scalars()
        assert set(rows) == {1}


def iter_rest(engine: Engine) -> list[Delivery]:
    """What workers that found nothing ready left, because the others had it in hand."""
    rest: list[Delivery] = []
    while deliveries := lease(engine):
        rest += deliveries
        for delivery in deliveries:
            close(engine, delivery)
    return rest


def test_a_busy_stream_does_not_starve_the_others(engine: Engine) -> None:
    put(engine, *(news("busy", n) for n in range(50)))
    put(engine, news("quiet", 1), now=NOON + timedelta(seconds=1))

    assert keys(lease(engine, NOON + timedelta(seconds=2), limit=2)) == ["busy:0", "quiet:1"]


def test_a_very_long_address_does_not_lose_the_lead(engine: Engine) -> None:
    urls = [f"https://crm.example.com/{'x' * 300}/{n}" for n in range(2)]
    rows = [Notification("slack", "k", f"k:{url}", f"webhook:{url}:1", {}) for url in urls]

    assert put(engine, *rows) == 2
    assert len(lease(engine)) == 2, "their streams differ"


def test_looking_for_work_reads_only_what_is_open(engine: Engine) -> None:
    put(engine, *(news(f"s{n}", 1) for n in range(3_000)))
    with engine.begin() as connection:
        connection.execute(sa.update(outbox).values(delivered_at=NOON))
    put(engine, news("fresh", 1))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE outbox"))
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))  # type: ignore[arg-type]
    assert len(lease(engine)) == 1
    query, parameters = next(one for one in asked if "min(" in one[0])
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        plan = str(connection.exec_driver_sql(explain + query, parameters).all())

    assert "outbox_open" in plan
    assert "SCAN outbox'" not in plan
    assert "Seq Scan" not in plan


def test_the_bell_rings_when_the_change_is_there_to_be_read(engine: Engine) -> None:
    seen: list[int] = []

    def look() -> None:
        with engine.connect() as connection:
            seen.append(len(connection.execute(sa.select(outbox.c.id)).all()))

    unlisten = bell.listen(look)
    try:
        with transaction(engine) as session:
            enqueue(session, [news("a", 1)], NOON)
            with session.begin_nested():
                enqueue(session, [news("a", 2)], NOON)
            assert seen == []
        assert seen == [2]
        with transaction(engine) as session:
            enqueue(session, [news("a", 3)], NOON)
            session.rollback()
        assert seen == [2]
    finally:
        unlisten()
    put(engine, news("a", 4))
    assert seen == [2], "nobody listens any more"


def test_one_process_at_a_time_holds_a_job(engine: Engine) -> None:
    def held(holder: str, at: datetime) -> bool:
        with transaction(engine) as session:
            return hold(session, "sla", holder, at, 15)

    assert held("p1", NOON)
    assert not held("p2", NOON + timedelta(seconds=14))
    assert held("p2", NOON + timedelta(seconds=15))
    with transaction(engine) as session:
        assert not keep(session, "sla", "p1", NOON, 60)
        assert keep(session, "sla", "p2", NOON, 60)
    assert not held("p1", NOON + timedelta(seconds=59))


def test_of_many_that_want_a_job_at_once_one_gets_it(engine: Engine) -> None:
    start = Barrier(6)

    def try_it(number: int) -> bool:
        start.wait(timeout=30)
        with transaction(engine) as session:
            return hold(session, "retention", f"p{number}", NOON, 60)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(try_it, range(6))) == [False] * 5 + [True]
