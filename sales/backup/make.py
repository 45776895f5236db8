"""Makes a backup of the database and the kept secrets, while the assistant runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sales.backup import postgresql, sqlite
from sales.backup.archive import (
    DATABASE,
    BackupError,
    Manifest,
    part_of,
    staging,
    write_archive,
)
from sales.backup.contents import COUNTS, REVISION, kept_secret_files, set_secrets
from sales.database import open_engine
from sales.settings import Settings

Progress = Callable[[str, int, int], None]  # step, done, total
Counts = dict[str, int]


def make_backup(settings: Settings, file: Path, progress: Progress) -> Manifest:
    """Write a backup to `file`, which must not exist. Raises BackupError; then there is no file."""
    if file.exists():
        raise BackupError(f"{file} exists already; choose another name.")
    kind = open_engine(settings.database_url).url.get_backend_name()
    copy = {"sqlite": _copy_sqlite, "postgresql": _dump_postgresql}.get(kind)
    if copy is None:
        raise BackupError(f"A database of the kind {kind} cannot be backed up by this command.")
    with staging(file.absolute().parent) as stage:
        revision, counts = copy(settings, stage / DATABASE, progress)
        if not revision:
            raise BackupError("The database has no tables yet; nothing to back up.")
        files = {DATABASE: stage / DATABASE, **kept_secret_files(settings)}
        progress("Writing the file", 0, 1)
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database=kind,
            revision=revision,
            counts=counts,
            settings=set_secrets(settings),
            parts={name: part_of(path) for name, path in files.items()},
        )
        write_archive(file, manifest, files, stage)
        progress("Writing the file", 1, 1)
    return manifest


def _copy_sqlite(settings: Settings, target: Path, progress: Progress) -> tuple[str, Counts]:
    source = sqlite_file(settings)
    sqlite.copy_database(source, target, lambda n, total: progress("Copying", n, total))
    found = {name: sqlite.value(target, query) for name, query in COUNTS.items()}
    counts = {name: int(str(count)) for name, count in found.items() if count is not None}
    return str(sqlite.value(target, REVISION) or ""), counts


def _dump_postgresql(settings: Settings, target: Path, progress: Progress) -> tuple[str, Counts]:
    engine = open_engine(settings.database_url)
    tools = postgresql.find_tools(engine)
    with postgresql.one_moment(engine) as (connection, snapshot):
        tables = set(sa.inspect(connection).get_table_names())
        if "alembic_version" not in tables:
            return "", {}
        revision = connection.exec_driver_sql(REVISION).scalar()
        counts = _counts(connection, tables)
        postgresql.dump(
            tools, target, snapshot, len(tables), lambda n, total: progress("Copying", n, total)
        )
    return str(revision or ""), counts


def _counts(connection: Connection, tables: set[str]) -> Counts:
    found = {}
    for name, query in COUNTS.items():
        if query.rpartition(" ")[2] in tables:
            found[name] = int(connection.exec_driver_sql(query).scalar_one())
    return found


def sqlite_file(settings: Settings) -> Path:
    """Where the database is. Raises BackupError when it is not a file."""
    name = open_engine(settings.database_url).url.database
    if not name or name == ":memory:":
        raise BackupError("DATABASE_URL names no file; there is nothing to back up or restore.")
    return Path(name)
