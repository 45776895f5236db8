"""What cannot be backed up or restored is told, by name, and changes nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa

from sales.backup.archive import MANIFEST, BackupError, Manifest
from sales.backup.make import make_backup
from sales.backup.restore import Restored, restore_backup
from sales.database import open_engine
from sales.migrate import downgrade_database, upgrade_database
from sales.outbox.tables import job_locks
from sales.settings import Settings

Edit = Callable[[dict[str, Any]], None]


def quiet(_step: str, _done: int, _total: int) -> None:
    """No progress."""


def settings_for(database_url: str, folder: Path) -> Settings:
    return Settings.from_env({"DATABASE_URL": database_url, "VAR_DIR": str(folder / "var")})


def leave_mark(database_url: str, label: str) -> None:
    """Leaves a mark that tells one database from another."""
    row = {"name": label, "holder": "x", "until": datetime(2026, 1, 1, tzinfo=UTC)}
    with open_engine(database_url).begin() as connection:
        connection.execute(sa.insert(job_locks).values(**row))


def marks(database_url: str) -> set[str]:
    with open_engine(database_url).connect() as connection:
        found = set(connection.exec_driver_sql("SELECT name FROM job_locks").scalars())
    open_engine(database_url).dispose()
    return found


def restore(settings: Settings, file: Path) -> Restored:
    restored = restore_backup(settings, file, lambda _manifest, _present: True, quiet)
    assert restored is not None
    return restored


def backup(settings: Settings, file: Path) -> Manifest:
    manifest = make_backup(settings, file, quiet)
    open_engine(settings.database_url).dispose()
    return manifest


@pytest.fixture
def kept(database_url: str, tmp_path: Path) -> tuple[Settings, Path]:
    """A database with a mark, and a backup of it from before another mark."""
    settings = settings_for(database_url, tmp_path)
    leave_mark(database_url, "before")
    file = tmp_path / "kept.backup"
    backup(settings, file)
    leave_mark(database_url, "after")
    open_engine(database_url).dispose()
    return settings, file


def rewritten(file: Path, edit: Edit, database: bytes | None = None) -> Path:
    """A copy of a backup with another list of contents, and perhaps another database in it."""
    copy = file.with_name("rewritten.backup")
    with tarfile.open(file) as old, tarfile.open(copy, "w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == MANIFEST:
                manifest = json.loads(content)
                edit(manifest)
                content = json.dumps(manifest).encode()
            elif member.name == "database" and database is not None:
                content = database
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return copy


def test_a_restore_brings_back_what_was_there_and_nothing_newer(
    kept: tuple[Settings, Path],
) -> None:
    settings, file = kept
    restored = restore(settings, file)

    assert marks(settings.database_url) == {"before"}
    assert restored.manifest.counts["leads"] == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    kept: tuple[Settings, Path], tmp_path: Path
) -> None:
    settings, _ = kept
    downgrade_database(settings.database_url, "0004")
    backup(settings, tmp_path / "older.backup")
    upgrade_database(settings.database_url)
    open_engine(settings.database_url).dispose()

    restored = restore(settings, tmp_path / "older.backup")

    assert restored.manifest.revision == "0004"
    with open_engine(settings.database_url).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM facts").scalar_one() == 0
    assert marks(settings.database_url) == {"before", "after"}


def test_the_database_that_a_file_replaces_is_kept(tmp_path: Path, migrated_sqlite: Path) -> None:
    url = f"sqlite:///{tmp_path / 'house.db'}"
    (tmp_path / "house.db").write_bytes(migrated_sqlite.read_bytes())
    settings = settings_for(url, tmp_path)
    backup(settings, tmp_path / "kept.backup")
    leave_mark(url, "after")
    open_engine(url).dispose()

    restored = restore(settings, tmp_path / "kept.backup")

    assert marks(f"sqlite:///{restored.kept[0]}") == {"after"}
    assert marks(url) == set()


def test_a_damaged_database_is_replaced_all_the_same(tmp_path: Path, migrated_sqlite: Path) -> None:
    file = tmp_path / "house.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    settings = settings_for(f"sqlite:///{file}", tmp_path)
    backup(settings, tmp_path / "kept.backup")
    file.write_bytes(b"\x00not a database" * 1_000)

    restored = restore(settings, tmp_path / "kept.backup")

    assert restored.kept[0].read_bytes().startswith(b"\x00not a database")
    assert marks(settings.database_url) == set()


def test_the_answer_no_changes_nothing(kept: tuple[Settings, Path]) -> None:
    settings, file = kept
    with open_engine(settings.database_url).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE events (id INTEGER, sender_id VARCHAR)")
        connection.exec_driver_sql("INSERT INTO events VALUES (1, 'web-1'), (2, 'web-1')")
    open_engine(settings.database_url).dispose()
    asked: list[dict[str, int]] = []

    def refuse(_manifest: Manifest, present: dict[str, int]) -> bool:
        asked.append(present)
        return False

    assert restore_backup(settings, file, refuse, quiet) is None
    assert asked == [{"conversations": 1, "leads": 0}]
    assert marks(settings.database_url) == {"before", "after"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda data: data[:-300] + bytes(300), "damaged"),
        (lambda data: b"", "not a backup"),
        (lambda data: b"PGDMP" + data, "not a backup"),
        (lambda data: gzip.compress(b"something else"), "not a backup"),
    ],
)
def test_a_damaged_or_foreign_file_is_named(
    tmp_path: Path, migrated_sqlite: Path, spoil: Callable[[bytes], bytes], told: str
) -> None:
    (tmp_path / "house.db").write_bytes(migrated_sqlite.read_bytes())
    settings = settings_for(f"sqlite:///{tmp_path / 'house.db'}", tmp_path)
    backup(settings, tmp_path / "kept.backup")
    spoilt = tmp_path / "spoilt.backup"
    spoilt.write_bytes(spoil((tmp_path / "kept.backup").read_bytes()))
    before = (tmp_path / "house.db").read_bytes()

    with pytest.raises(BackupError, match=f"spoilt.backup.*{told}"):
        restore(settings, spoilt)
    assert (tmp_path / "house.db").read_bytes() == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda found: found.update(revision="9999"), "newer version"),
        (lambda found: found.update(format=2), "format 2"),
        (lambda found: found.update(database="mysql"), "mysql"),
        (lambda found: found["parts"]["database"].update(sha256="0" * 64), "database in it is dam"),
        (lambda found: found["parts"].update({"../x": found["parts"]["database"]}), "not a backup"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(
    kept: tuple[Settings, Path], edit: Edit, told: str
) -> None:
    settings, file = kept

    with pytest.raises(BackupError, match=told):
        restore(settings, rewritten(file, edit))
    assert marks(settings.database_url) == {"before", "after"}


def test_a_restore_that_fails_on_the_way_changes_nothing(kept: tuple[Settings, Path]) -> None:
    settings, file = kept
    with tarfile.open(file) as tar:
        whole = tar.extractfile("database").read()  # type: ignore[union-attr]
    half = whole[: len(whole) // 2]

    def matching(found: dict[str, Any]) -> None:
        digest = hashlib.sha256(half).hexdigest()
        found["parts"]["database"] = {"size": len(half), "sha256": digest}

    with pytest.raises(BackupError):
        restore(settings, rewritten(file, matching, half))
    assert marks(settings.database_url) == {"before", "after"}


def test_a_database_that_somebody_uses_is_not_replaced(kept: tuple[Settings, Path]) -> None:
    settings, file = kept
    url = open_engine(settings.database_url).url
    if url.get_backend_name() == "sqlite":
        other: Any = sqlite3.connect(str(url.database))
        other.execute("SELECT count(*) FROM leads").fetchone()
    else:
        other = psycopg2.connect(url.render_as_string(hide_password=False))
    with closing(other), pytest.raises(BackupError, match="Stop the assistant"):
        restore(settings, file)
    assert marks(settings.database_url) == {"before", "after"}


def test_a_backup_replaces_no_file(kept: tuple[Settings, Path]) -> None:
    settings, file = kept
    before = file.read_bytes()

    with pytest.raises(BackupError, match="exists already"):
        backup(settings, file)
    assert file.read_bytes() == before


def test_what_is_not_there_is_not_backed_up(tmp_path: Path) -> None:
    missing = settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path)
    sqlite3.connect(tmp_path / "empty.db").close()
    empty = settings_for(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path)

    for settings in (missing, empty):
        with pytest.raises(BackupError, match="nothing to back up"):
            backup(settings, tmp_path / "kept.backup")
    assert not (tmp_path / "kept.backup").exists()
    assert not (tmp_path / "none.db").exists()


def test_missing_tools_of_postgresql_are_named(
    kept: tuple[Settings, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, _ = kept
    if open_engine(settings.database_url).url.get_backend_name() == "sqlite":
        return
    monkeypatch.setattr("sales.backup.postgresql.DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupError, match="apt-get install postgresql-client-"):
        backup(settings, tmp_path / "another.backup")
