"""The database behind the actions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from sales.database import open_engine, transaction
from sales.settings import Settings


@contextmanager
def shop() -> Iterator[Session]:
    """A database session for one action; commits at the end."""
    with transaction(_engine(os.environ.get("DATABASE_URL"), os.environ.get("VAR_DIR"))) as session:
        yield session


@lru_cache(maxsize=8)
def _engine(*_variables: str | None) -> Engine:
    """The settings are read when these variables change: all of them take a millisecond."""
    return open_engine(Settings.from_env().database_url)
