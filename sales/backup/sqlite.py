"""Copies a SQLite database while it is written to, and puts a copy in its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sales.backup.archive import BackupError

PAGES = 2_000  # copied between two reports of progress
WAIT_S = 30
SIDE_FILES = ("-wal", "-shm")
Progress = Callable[[int, int], None]  # done, total


def copy_database(source: Path, target: Path, progress: Progress) -> None:
    """Copy the database as it is at one moment. Writers are not held up. Raises BackupError."""
    if not source.is_file():
        raise BackupError(f"There is no database {source} yet; nothing to back up.")
    try:
        with closing(_open(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here: that moment
            live.backup(
                copy, pages=PAGES, progress=lambda _, left, total: progress(total - left, total)
            )
            copy.execute("PRAGMA journal_mode=DELETE")  # one file
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{source} could not be copied: {error}.") from error
    target.chmod(0o600)
    check(target, source)


def check(file: Path, named: Path | str) -> None:
    """Raises BackupError, about `named`, when the database in `file` is damaged."""
    try:
        with closing(_open(file)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise BackupError(f"The database in {named} is damaged: {found}")


def value(file: Path, query: str) -> object:
    """The one value that a query finds; None when there is none, or no such table."""
    try:
        with closing(_open(file)) as connection:
            row = connection.execute(query).fetchone()
    except sqlite3.OperationalError:
        return None
    return row[0] if row else None


def refuse_in_use(file: Path) -> None:
    """Raises BackupError when another program has the database open.

    Only who is alone with a database may take it out of WAL mode. A damaged one passes: it is
    what a backup is for.
    """
    if not file.exists():
        return
    try:
        with closing(_open(file, wait_s=1)) as connection:
            is_alone = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete"
    except sqlite3.OperationalError:
        is_alone = False
    except sqlite3.DatabaseError:
        is_alone = True
    if not is_alone:
        raise BackupError(f"{file} is in use. Stop the assistant and the desk, then try again.")


def put_in_place(copy: Path, target: Path, stamp: str) -> Path | None:
    """Make `copy` the database `target`, at once. Returns what the old one is called now."""
    refuse_in_use(target)
    kept = None
    if target.exists():
        kept = target.with_name(f"{target.name}.before-{stamp}")
        _keep(target, kept)
        for suffix in SIDE_FILES:  # left behind by a crash, and nothing to the new database
            side = target.with_name(target.name + suffix)
            if side.exists():
                side.replace(kept.with_name(kept.name + suffix))
    copy.replace(target)
    return kept


def _keep(file: Path, name: Path) -> None:
    try:
        os.link(file, name)
    except OSError:  # a disk without links
        shutil.copy2(file, name)


def _open(file: Path, wait_s: float = WAIT_S) -> sqlite3.Connection:
    """An existing database; none is created."""
    address = f"{file.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=wait_s, isolation_level=None)
