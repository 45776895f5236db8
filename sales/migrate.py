"""Brings a database to the newest schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from sales.database import open_engine

LARGEST_CHECKED = 256_000_000  # bytes of a SQLite file; reading a larger one takes too long
OURS = ("products", "components", "leads")  # without a revision, another program's
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class SchemaError(RuntimeError):
    """The database is not one of ours, or damaged; the text names it and says what to do."""


def upgrade_database(url: str) -> None:
    """Creates or upgrades every table; does nothing when the schema is the newest already.

    Raises SchemaError for a database that is not ours to change.
    """
    config = _config(url)
    scripts = ScriptDirectory.from_config(config)
    current = _current_revision(url)
    if current == scripts.get_current_head():
        return
    _refuse_foreign(url, current, {script.revision for script in scripts.walk_revisions()})
    command.upgrade(config, "head")


def refuse_damaged(url: str) -> None:
    """Raises SchemaError when a SQLite file cannot be read as it was written."""
    engine = open_engine(url)
    file = Path(engine.url.database or "")
    if engine.dialect.name != "sqlite" or not file.is_file():
        return
    if file.stat().st_size > LARGEST_CHECKED:
        return
    with _naming(url), engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise SchemaError(_damaged(url, str(found).splitlines()[-1]))


def downgrade_database(url: str, revision: str = "base") -> None:
    """Goes back to a revision ("base": no tables). The rows of dropped tables are lost."""
    command.downgrade(_config(url), revision)


def is_known_revision(revision: str) -> bool:
    """Whether this version of the code has the migration; a newer one's it has not."""
    scripts = ScriptDirectory.from_config(_config("sqlite://"))
    return any(script.revision == revision for script in scripts.walk_revisions())


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = url
    return config


def _current_revision(url: str) -> str | None:
    with _naming(url), open_engine(url).connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()
        return found.first()


def _refuse_foreign(url: str, current: str | None, known: set[str]) -> None:
    if current is not None and current not in known:
        raise SchemaError(
            f"{place_of(url)} was made by a newer version of the assistant (schema {current}), or "
            "by another program. Install that version, or name another database in DATABASE_URL; "
            "nothing was changed."
        )
    if current is None:
        there = sa.inspect(open_engine(url)).get_table_names()
        if alien := [name for name in OURS if name in there]:
            raise SchemaError(
                f"{place_of(url)} has a table {alien[0]} of another program. Name another "
                "database in DATABASE_URL; nothing was changed."
            )


def place_of(url: str) -> str:
    """The database for an error text: without user and password."""
    address = open_engine(url).url
    if address.get_backend_name() == "sqlite":
        return str(address.database)
    return f"The database {address.database} on {address.host or 'this machine'}"


@contextmanager
def _naming(url: str) -> Iterator[None]:
    """A SQLite file that is none is told by its name."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        if not isinstance(error.orig, sqlite3.DatabaseError):
            raise
        if isinstance(error, sa.exc.OperationalError) and "malformed" not in str(error.orig):
            raise
        raise SchemaError(_damaged(url, str(error.orig))) from error


def _damaged(url: str, reason: str) -> str:
    return (
        f"{place_of(url)} is damaged, or no SQLite database ({reason}). Restore it from a backup, "
        "or move it away to begin with an empty one."
    )
