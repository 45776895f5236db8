"""What waits to be delivered, read from the database when Prometheus asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from sales.database import transaction
from sales.outbox.waiting import DEAD, OPEN, Waiting, waiting

logger = logging.getLogger(__name__)
TARGETS = ("slack", "email", "webhook", "visitor")


class OutboxCollector(Collector):
    """Depth and oldest age per target; without a database it says that only."""

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine, self._clock = engine, clock

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering does not ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        found = self._ask()
        is_up = GaugeMetricFamily("fiberbot_database_up", "1 when the database answers.")
        is_up.add_metric([], 0 if found is None else 1)
        yield is_up
        if found is not None:
            yield from self._told(found)

    def _ask(self) -> list[Waiting] | None:
        try:
            with transaction(self._engine) as session:
                return waiting(session)
        except SQLAlchemyError:
            return None

    def _told(self, found: list[Waiting]) -> Iterator[Metric]:
        depth = GaugeMetricFamily(
            "fiberbot_outbox_depth", "Notifications that are not delivered.",
            labels=["target", "state"],
        )  # fmt: skip
        age = GaugeMetricFamily(
            "fiberbot_outbox_oldest_seconds", "Age of the oldest of them.",
            labels=["target", "state"],
        )  # fmt: skip
        now = self._clock()
        known = {(one.channel, one.state): one for one in found}
        for place in [(target, state) for target in TARGETS for state in (OPEN, DEAD)]:
            one = known.get(place)
            depth.add_metric(place, one.rows if one else 0)
            age.add_metric(place, max((now - one.oldest_at).total_seconds(), 0) if one else 0)
        yield depth
        yield age
