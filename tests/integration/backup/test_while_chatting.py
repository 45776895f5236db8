"""A backup is taken while visitors chat, and comes back elsewhere with all that was answered."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import requests
from sqlalchemy.engine import make_url

from sales.database import open_engine
from sales.settings import Settings
from tests.integration.deploy.names import probe_paths
from tests.integration.server import Server
from tests.integration.website.visitor import Visitor, visit

LEAD = ("I'd like to be contacted", "Mira Testperson", "mira@example.com", "Testco", "skip", "yes")
ASKED = "what is the difference between MTP and MPO?"


def assistant(folder: Path, database_url: str) -> Server:
    """One with a folder of its own for what it keeps."""
    folder.mkdir(exist_ok=True)
    return Server(
        folder,
        {
            "DATABASE_URL": database_url,
            "VAR_DIR": str(folder / "var"),
            "ENCODER_DIR": str(Settings.from_env().encoder_dir),
        },
    )


def run(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *words]
    env = {**os.environ, **server.settings, "COLUMNS": "200"}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)


def fiberbot(server: Server, *words: str) -> str:
    done = run(server, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def chatting(server: Server, visitors: int = 4) -> Iterator[list[str]]:
    """Visitors who ask and ask; the list has who was answered so far."""
    answered: list[str] = []
    is_over = threading.Event()

    def chat(name: str) -> None:
        turn = 0
        while not is_over.is_set():
            turn += 1
            assert server.say(ASKED, sender=f"{name}-{turn}")
            answered.append(f"{name}-{turn}")

    threads = [threading.Thread(target=chat, args=(f"guest{n}",)) for n in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def conversations(database_url: str) -> set[str]:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        found = set(connection.exec_driver_sql("SELECT DISTINCT sender_id FROM events").scalars())
    engine.dispose()
    return found


def wait_for(answered: list[str], count: int) -> None:
    pause = threading.Event()
    while len(answered) < count:
        pause.wait(0.02)


def test_everything_is_there_after_a_restore_elsewhere(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    old = assistant(tmp_path / "old", f"sqlite:///{tmp_path / 'old' / 'house.db'}").start()
    new = assistant(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'house.db'}")
    file, tokens = tmp_path / "house.backup", []

    async def come(ana: Visitor) -> None:
        await ana.arrive()
        await ana.say(ASKED)
        tokens.append(ana.token)

    async def come_back(ana: Visitor) -> None:
        session = await ana.arrive(tokens[0])
        assert session["history"][0]["text"] == ASKED
        assert ana.token == tokens[0]
        await ana.say("which one is cheaper?")
        assert ana.replies

    try:
        visit(old, come)
        for line in LEAD:
            old.say(line, "lead")
        with chatting(old) as answered:
            wait_for(answered, 4)
            before = set(answered)
            said = fiberbot(old, "backup", str(file))
            refused = run(old, "restore", "--yes", str(file))
            wait_for(answered, len(answered) + 4)  # it goes on
    finally:
        old.stop()
    restored = fiberbot(new, "restore", str(file))
    new.start()
    try:
        visit(new, come_back)
        missing = [path for path in probe_paths() if not _answers(new, path)]
        leads = fiberbot(new, "leads", "show", "L-000001")
        catalog = fiberbot(new, "catalog", "check")
    finally:
        new.stop()

    assert before <= conversations(new.settings["DATABASE_URL"])
    assert refused.returncode == 1
    assert "Stop the assistant" in refused.stderr
    assert "1 leads" in said
    assert "1 leads" in restored
    assert "mira@example.com" in leads
    assert "Every product is sound." in catalog
    assert missing == []


def _answers(server: Server, path: str) -> bool:
    return requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=10).ok


def test_a_backup_of_postgresql_is_whole_too(
    postgres_server: str, empty_postgresql_url: str, tmp_path: Path
) -> None:
    old = assistant(tmp_path / "old", empty_postgresql_url).start()
    file = tmp_path / "house.backup"
    try:
        for line in LEAD:
            old.say(line, "lead")
        with chatting(old) as answered:
            wait_for(answered, 4)
            before = set(answered)
            fiberbot(old, "backup", str(file))
    finally:
        old.stop()
    with _another_database(empty_postgresql_url) as url:
        new = assistant(tmp_path / "new", url)
        fiberbot(new, "restore", str(file))
        found = conversations(url)
        leads = fiberbot(new, "leads", "list")
        catalog = fiberbot(new, "catalog", "check")
        open_engine(url).dispose()

    assert before <= found
    assert "mira@example.com" in leads
    assert "Every product is sound." in catalog


@contextmanager
def _another_database(url: str) -> Iterator[str]:
    """An empty database on the same server."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE elsewhere")
        yield make_url(url).set(database="elsewhere").render_as_string(hide_password=False)
        cursor.execute("DROP DATABASE elsewhere WITH (FORCE)")
    connection.close()
