"""One database for the catalog, the reference tables and the leads: SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, registry

mapper_registry = registry()
BUSY_TIMEOUT_S = 30
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted does not stay readable in the file
)
DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg2")
CONNECT_TIMEOUT_S = 3  # for PostgreSQL to answer, while nothing else is answered


class Base(metaclass=sa.orm.DeclarativeMeta):
    """Parent of every table."""

    __abstract__ = True
    registry = mapper_registry
    metadata = mapper_registry.metadata
    __init__ = mapper_registry.constructor


class UtcTime(sa.types.TypeDecorator):  # type: ignore[type-arg]  # not generic when running
    """An aware time, kept in UTC. SQLite has no time zones, so its values are read as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("Pass a time with its zone, for example datetime.now(UTC).")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)


@lru_cache(maxsize=8)
def open_engine(database_url: str) -> Engine:
    """An engine for the URL, one per process and URL; connects when it is first used.

    `postgres://` and `postgresql://` both use psycopg2. A SQLite file's folder is created.
    Parameters stay out of error texts: they may be personal data.
    """
    if database_url.startswith("postgres://"):
        database_url = "postgresql://" + database_url.removeprefix("postgres://")
    url = _usable(database_url)
    if url.get_backend_name() != "sqlite":
        if "connect_timeout" not in url.query:
            url = url.update_query_dict({"connect_timeout": str(CONNECT_TIMEOUT_S)})
        return sa.create_engine(url, future=True, hide_parameters=True, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    in_memory = url.database in (None, "", ":memory:")
    engine = sa.create_engine(
        url,
        future=True,
        hide_parameters=True,
        poolclass=sa.pool.StaticPool if in_memory else sa.pool.QueuePool,  # 1.4 would not pool
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _usable(database_url: str) -> URL:
    """Raises ArgumentError, without the URL: it may hold a password."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise ArgumentError("This is not an address of a database.") from None
    if url.drivername not in DRIVERS:
        raise ArgumentError("This is an address of neither SQLite nor PostgreSQL.")
    return url


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session that commits when the block ends and rolls back when it raises."""
    with Session(engine, future=True, expire_on_commit=False) as session, session.begin():
        yield session


def wipe_deleted(engine: Engine) -> None:
    """After a person was erased: their words leave SQLite's write-ahead log too.

    While somebody reads it, SQLite leaves it for the next time. PostgreSQL cleans up by itself.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL did not answer or was stopping or starting: it may be back in seconds.

    What it refuses, a full disk for one, has an error code of another class.
    """
    if not isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return False
    if "psycopg2" not in type(error.orig).__module__:
        return False
    code = getattr(error.orig, "pgcode", None)
    return code is None or code.startswith(("57P", "08"))


_noted: ContextVar[list[Exception] | None] = ContextVar("noted", default=None)


@contextmanager
def noting_away() -> Iterator[list[Exception]]:
    """The errors of a database that was away which `note_away` is called with inside the block.

    For work whose parts excuse themselves, while the whole can be done anew.
    """
    found: list[Exception] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note_away(error: Exception) -> bool:
    """Whether somebody up the stack will do the work anew, as the database was away."""
    noted = _noted.get()
    if noted is None or not is_away(error):
        return False
    noted.append(error)
    return True
