"""The database behind the actions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from sales.database import open_engine, transaction
from sales.settings import Settings


@contextmanager
def shop() -> Iterator[Session]:
    """A database session for one action; commits at the end."""
    with transaction(open_engine(Settings.from_env().database_url)) as session:
        yield session
