"""Every command reads `.env`, as somebody who edits the file expects."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.preparation import rasa_environment
from sales.settings import PROJECT
from tests.integration.server import free_port
from tests.integration.test_rasa_commands import start, wait_for

COMMANDS = {
    "run": ("bot", "run"),
    "desk": ("bot", "desk"),
    "leads": ("bot", "leads", "list"),
    "rasa": ("bot.rasa_command", "run", "actions"),
}


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=PROJECT, env={**own, "COLUMNS": "300", **env},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.touch(mode=0o600)
    return file


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_malformed_line_in_a_sentence(file: Path, command: str) -> None:
    file.write_text("PORT=6001\nSMTP_PASSWORD pa55word\n")
    done = run(*COMMANDS[command], ENV_FILE=str(file))

    assert done.returncode == 1
    assert done.stderr.startswith(f"{file}, line 2: write NAME=value")
    assert len(done.stderr.splitlines()) == 1
    assert "pa55word" not in done.stderr


@pytest.mark.parametrize(("command", "setting"), [("run", "PORT"), ("desk", "DESK_PORT")])
def test_what_the_file_sets_is_what_the_command_sees(
    file: Path, command: str, setting: str
) -> None:
    file.write_text(f"{setting}=harbour\n")

    assert f"{setting} is 'harbour'" in run(*COMMANDS[command], ENV_FILE=str(file)).stderr


def test_the_environment_counts_more_and_readable_secrets_are_warned_of(
    file: Path, tmp_path: Path
) -> None:
    databases = [tmp_path / "of-file.db", tmp_path / "of-environment.db"]
    file.write_text(f"DATABASE_URL=sqlite:///{databases[0]}\nSMTP_HOST=mail\nSMTP_PASSWORD=pa55\n")
    first = run("bot", "db", "upgrade", ENV_FILE=str(file))
    assert [database.exists() for database in databases] == [True, False]
    file.chmod(0o644)
    second = run(
        "bot", "db", "upgrade", ENV_FILE=str(file), DATABASE_URL=f"sqlite:///{databases[1]}"
    )

    assert [database.exists() for database in databases] == [True, True]
    assert (first.returncode, first.stderr) == (0, "")
    assert second.returncode == 0
    assert second.stderr.strip().endswith(f"chmod 600 {file}")


def test_rasas_own_commands_read_it_too(file: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "actions.log"
    file.write_text("SANIC_HOST=127.0.0.2\n")
    env = {**rasa_environment(), "ENV_FILE": str(file)}
    process = start("run", "actions", "-p", str(port), env=env, log=log)
    try:
        wait_for(f"http://127.0.0.2:{port}/health", process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
