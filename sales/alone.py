"""What only one process may do at a time, such as preparing the database when several start."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Engine

LOCK_KEY = 5_180_007  # any number, the same in every process, that nobody else locks with


@contextmanager
def alone(engine: Engine, name: str) -> Iterator[None]:
    """Others that ask for this name wait until the block ends, or the process does.

    On SQLite nobody waits: one process serves it, and its transactions keep others out.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    key = (LOCK_KEY, zlib.crc32(name.encode()) - 2**31)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(*key)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(*key)))
