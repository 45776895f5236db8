"""How much of the outbox waits, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import Engine

from bot.watch.outbox import OutboxCollector
from sales.database import open_engine, transaction
from sales.outbox.store import Notification, delivered, enqueue, failed
from sales.outbox.tables import outbox
from sales.outbox.waiting import waiting

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


def notification(number: int, channel: str = "slack") -> Notification:
    return Notification(channel, "lead_new", f"key-{number}", f"stream-{number}", {})


def test_what_is_open_and_what_was_given_up_is_counted_with_its_age(engine: Engine) -> None:
    with transaction(engine) as session:
        for number in range(4):
            enqueue(session, [notification(number)], NOW - timedelta(minutes=number))
        enqueue(session, [notification(9, "email")], NOW)
        ids = list(session.execute(sa.select(outbox.c.id).order_by(outbox.c.id)).scalars())
        first, second = ids[:2]
        delivered(session, first, NOW)
        failed(session, second, NOW, "refused", retry_after_s=1, is_permanent=True)
    with transaction(engine) as session:
        found = {(one.channel, one.state): one for one in waiting(session)}

    assert found["slack", "open"].rows == 2
    assert found["slack", "open"].oldest_at == NOW - timedelta(minutes=3)
    assert found["slack", "dead"].rows == 1
    assert found["email", "open"].rows == 1
    assert ("email", "dead") not in found


def test_without_a_database_the_metrics_say_so_and_nothing_else() -> None:
    registry = CollectorRegistry()
    registry.register(OutboxCollector(open_engine("postgresql://nobody@127.0.0.1:1/none")))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    told = {sample.name: sample.value for family in families for sample in family.samples}

    assert told == {"fiberbot_database_up": 0}
