"""One clock for all processes, so that a lease of one means the same to the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.database import transaction

ASK_EVERY_S = 5.0  # in between, a clock that nobody can set goes on


def database_now(session: Session) -> datetime:
    """The time by PostgreSQL's clock; with SQLite by our own."""
    if session.get_bind().dialect.name != "postgresql":
        return datetime.now(UTC)
    now: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


class DatabaseClock:
    """The time by PostgreSQL's clock. With SQLite there is one machine, whose own clock it is.

    While the database is away it goes on from what was known last. It asks the database: call it
    where that may take a moment.
    """

    def __init__(self, engine: Engine, steady: Callable[[], float] = time.monotonic) -> None:
        """`steady`: seconds of a clock that is never set."""
        self._engine, self._steady = engine, steady
        self._asked_at = float("-inf")
        self._then: datetime | None = None

    def __call__(self) -> datetime:
        passed_s = self._steady() - self._asked_at
        if self._then is None or passed_s >= ASK_EVERY_S:
            self._ask()
            passed_s = self._steady() - self._asked_at
        if self._then is None:
            return datetime.now(UTC)
        return self._then + timedelta(seconds=passed_s)

    def _ask(self) -> None:
        try:
            with transaction(self._engine) as session:
                now = database_now(session)
        except sa.exc.SQLAlchemyError:
            return
        self._then, self._asked_at = now, self._steady()
