"""Copies a PostgreSQL database with its own tools, and brings a copy back in one transaction."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection, Engine

from sales.backup.archive import BackupError

PROGRAMS = ("pg_dump", "pg_restore", "psql")
DEBIAN = Path("/usr/lib/postgresql")
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""
SHARED_ACCESS_S = 10  # to wait for a table that somebody reads
Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True)
class Tools:
    """PostgreSQL's programs, and how they reach the database."""

    folder: Path
    address: str  # without the password, which would show in the list of processes
    environment: dict[str, str]

    def command(self, program: str, *words: str) -> list[str]:
        """The program with its arguments; it connects to the database when it is to."""
        return [str(self.folder / program), *words]


def find_tools(engine: Engine) -> Tools:
    """Tools as new as the server, or newer. Raises BackupError saying what to install."""
    with engine.connect() as connection:
        version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    for folder in _folders():
        if (_version_in(folder) or 0) >= version:
            return Tools(folder, *_reach(engine))
    raise BackupError(
        f"The database is PostgreSQL {version}; {', '.join(PROGRAMS)} of this version or newer "
        f"are not on this machine. Debian: apt-get install postgresql-client-{version}"
    )


@contextmanager
def one_moment(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A connection that sees the database as it is now, and a name by which others see it so."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection, connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()


def dump(tools: Tools, target: Path, snapshot: str, tables: int, progress: Progress) -> None:
    """Write the database into one file. Raises BackupError with what PostgreSQL said."""
    words = ("--format=custom", "--no-owner", "--no-privileges", "--verbose",
             f"--snapshot={snapshot}", f"--file={target}", f"--dbname={tools.address}")  # fmt: skip
    said: list[str] = []
    process = subprocess.Popen(  # noqa: S603  our own arguments
        tools.command("pg_dump", *words), env=tools.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    done = 0
    for line in process.stderr or ():
        said = [*said[-5:], line]
        if "dumping contents of table" in line:
            done += 1
            progress(min(done, tables), tables)
    if process.wait() != 0:
        raise BackupError(f"The backup could not be made. {_error(''.join(said))}")


def refuse_in_use(engine: Engine) -> None:
    """Raises BackupError when others are connected to the database."""
    engine.dispose()  # our own idle connections are no others
    with engine.connect() as connection:
        others = connection.exec_driver_sql(OTHERS).scalar_one()
    if others:
        raise BackupError(
            f"{others} other connections use the database. Stop the assistant, the desk and "
            "whatever else uses it, then try again."
        )


def bring_back(tools: Tools, dumped: Path, stage: Path, our_tables: Iterable[str]) -> None:
    """Replace what is in the database by the dump: all of it, or nothing. Raises BackupError."""
    script = stage / "restore.sql"
    words = ("--clean", "--if-exists", "--no-owner", "--no-privileges", f"--file={script}")
    _run(tools, "pg_restore", *words, str(dumped))
    tables = ", ".join(f'"{name}"' for name in sorted(our_tables))
    _run(
        tools, "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--output=/dev/null",
        "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", f"--dbname={tools.address}",
        f"--command=SET lock_timeout = '{SHARED_ACCESS_S}s'; SET client_min_messages = error",
        f"--command=DROP TABLE IF EXISTS {tables} CASCADE", f"--file={script}",
    )  # fmt: skip


def _run(tools: Tools, program: str, *words: str) -> None:
    done = subprocess.run(  # noqa: S603  our own arguments
        tools.command(program, *words), env=tools.environment, capture_output=True, text=True,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        raise BackupError(f"Nothing was changed. {program}: {_error(done.stderr)}")


def _error(said: str) -> str:
    """The first line that tells an error; the ones after it may quote a row."""
    lines = [line.strip() for line in said.splitlines() if "error" in line.lower()]
    return lines[0] if lines else "PostgreSQL's tools said nothing."


def _folders() -> Iterator[Path]:
    found = shutil.which(PROGRAMS[0])
    if found:
        yield Path(found).parent
    yield from sorted(DEBIAN.glob("*/bin"), reverse=True)


def _version_in(folder: Path) -> int | None:
    """The lowest version of the three programs there, or None when one is missing."""
    versions = []
    for program in PROGRAMS:
        if not (folder / program).is_file():
            return None
        command = [str(folder / program), "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        found = re.search(r"\) (\d+)", said.stdout)
        if not found:
            return None
        versions.append(int(found[1]))
    return min(versions)


def _reach(engine: Engine) -> tuple[str, dict[str, str]]:
    """The address without its password, which goes into the environment of the tools."""
    environment = dict(os.environ)
    if engine.url.password:
        environment["PGPASSWORD"] = str(engine.url.password)
    plain = engine.url._replace(password=None, drivername="postgresql")
    return plain.render_as_string(hide_password=False), environment
