"""Brings a backup back: checked first, then all of it or nothing."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

import sales
from sales.backup import postgresql, sqlite
from sales.backup.archive import DATABASE, BackupError, Manifest, read_archive, staging
from sales.backup.contents import CONVERSATIONS, COUNTS, KEPT_SECRETS, set_secrets
from sales.backup.make import Counts, sqlite_file
from sales.database import Base, open_engine
from sales.migrate import is_known_revision, upgrade_database
from sales.settings import Settings

Progress = Callable[[str, int, int], None]  # step, done, total
Confirm = Callable[[Manifest, Counts], bool]  # what comes, what it replaces


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    kept: tuple[Path, ...]  # what the files that were replaced are called now
    unset: tuple[
        str, ...
    ]  # secrets that were settings where the backup was made, and are none here
    overruled: tuple[str, ...]  # settings that are used here instead of a kept secret in the backup


def restore_backup(
    settings: Settings, file: Path, confirm: Confirm, progress: Progress
) -> Restored | None:
    """Replace the database and the kept secrets by those of the backup.

    `confirm` is asked before anything is replaced that has conversations or leads; None when it
    says no. Raises BackupError; the database is then as it was.
    """
    engine = open_engine(settings.database_url)
    kind = engine.url.get_backend_name()
    folder = sqlite_file(settings).parent if kind == "sqlite" else settings.var_dir
    with staging(folder.absolute()) as stage:
        progress("Checking the file", 0, 1)
        manifest = read_archive(file, stage)
        _refuse_unfit(file, manifest, kind)
        progress("Checking the file", 1, 1)
        present = _present(settings, kind)
        if any(present.values()) and not confirm(manifest, present):
            return None
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        progress("Restoring the database", 0, 1)
        bring_back = _into_sqlite if kind == "sqlite" else _into_postgresql
        kept = [*bring_back(settings, manifest, stage, stamp), *_secrets(settings, stage, stamp)]
        progress("Restoring the database", 1, 1)
    here = set_secrets(settings)
    return Restored(
        manifest,
        tuple(kept),
        unset=tuple(name for name in manifest.settings if name not in here),
        overruled=tuple(
            name for file_name, name in KEPT_SECRETS.items()
            if file_name in manifest.parts and name in here
        ),
    )  # fmt: skip


def _refuse_unfit(file: Path, manifest: Manifest, kind: str) -> None:
    if manifest.database != kind:
        raise BackupError(
            f"{file} is a backup of a {manifest.database} database, DATABASE_URL names a {kind} "
            "one. Set it to a database of the same kind. Nothing was changed."
        )
    if not is_known_revision(manifest.revision):
        raise BackupError(
            f"{file} was made by a newer version of the assistant (schema {manifest.revision}). "
            "Upgrade the assistant first. Nothing was changed."
        )


def _present(settings: Settings, kind: str) -> Counts:
    """What people would miss in the database there is."""
    if kind == "sqlite":
        target = sqlite_file(settings)
        if not target.exists():
            return {}
        try:
            found = {name: sqlite.value(target, query) for name, query in COUNTS.items()}
        except sqlite3.DatabaseError:
            return {"damaged database": 1}
        counts = {name: int(str(count)) for name, count in found.items() if count is not None}
    else:
        with open_engine(settings.database_url).connect() as connection:
            tables = set(sa.inspect(connection).get_table_names())
            counts = {
                name: int(connection.exec_driver_sql(query).scalar_one())
                for name, query in COUNTS.items()
                if query.rpartition(" ")[2] in tables
            }
    return {name: count for name, count in counts.items() if name != "products"}


def _into_sqlite(settings: Settings, manifest: Manifest, stage: Path, stamp: str) -> list[Path]:
    target, copy = sqlite_file(settings), stage / DATABASE
    sqlite.refuse_in_use(target)
    sqlite.check(copy, "the backup")
    _upgrade(f"sqlite:///{copy}")
    kept = sqlite.put_in_place(copy, target, stamp)
    return [kept] if kept else []


def _upgrade(url: str) -> None:
    """Bring the copy to the schema of this version before it takes the database's place."""
    upgrade_database(url)
    engine = open_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")  # one file again
    engine.dispose()


def _into_postgresql(
    settings: Settings, manifest: Manifest, stage: Path, _stamp: str
) -> list[Path]:
    engine = open_engine(settings.database_url)
    tools = postgresql.find_tools(engine)
    postgresql.refuse_in_use(engine)
    engine.dispose()
    postgresql.bring_back(tools, stage / DATABASE, stage, _our_tables())
    upgrade_database(settings.database_url)
    return []


def _our_tables() -> set[str]:
    """Also those that came after the backup was made."""
    for module in pkgutil.walk_packages(sales.__path__, "sales."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)
    return {*Base.metadata.tables, CONVERSATIONS, "alembic_version"}


def _secrets(settings: Settings, stage: Path, stamp: str) -> list[Path]:
    """Put the kept secrets in place; what a differing one that was there is called now."""
    kept = []
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    for name in KEPT_SECRETS:
        source, target = stage / name, settings.var_dir / name
        if not source.exists():
            continue
        if target.exists() and target.read_bytes() != source.read_bytes():
            kept.append(target.replace(target.with_name(f"{name}.before-{stamp}")))
        draft = target.with_name(f"{name}.new")
        draft.write_bytes(source.read_bytes())
        draft.chmod(0o600)
        draft.replace(target)
    return kept
