"""`fiberbot` and `make chat`, as a colleague types them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sales.settings import PROJECT
from tests.integration.server import Server, free_port, texts

SAMPLE = PROJECT / "data" / "catalog" / "sample_products.csv"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'cli.db'}", "COLUMNS": "200"}


def fiberbot(settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120)


def test_help_names_every_group_of_commands(settings: dict[str, str]) -> None:
    said = fiberbot(settings, "--help").stdout

    for name in ("run", "setup", "train", "chat", "catalog", "leads", "db"):
        assert name in said


def test_a_catalog_goes_in_out_and_in_again(settings: dict[str, str], tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"

    first = fiberbot(settings, "catalog", "import", str(SAMPLE))
    exported = fiberbot(settings, "catalog", "export", str(copy))
    again = fiberbot(settings, "catalog", "import", str(copy))
    checked = fiberbot(settings, "catalog", "check")

    assert "528 added, 0 updated" in first.stdout
    assert "528 products" in exported.stdout
    assert "0 added, 528 updated" in again.stdout
    assert "Every product is sound." in checked.stdout


def test_a_wrong_row_is_named_and_nothing_is_imported(
    settings: dict[str, str], tmp_path: Path
) -> None:
    rows = SAMPLE.read_text(encoding="utf-8-sig").splitlines()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("\n".join([*rows[:3], rows[3].replace(",OM4,", ",OM9,", 1)]))

    done = fiberbot(settings, "catalog", "import", str(wrong))
    exported = fiberbot(settings, "catalog", "export", str(tmp_path / "none.csv"))

    assert done.returncode == 1
    assert "Row 4, column fiber, value 'OM9'" in done.stderr
    assert "nothing was changed" in done.stderr
    assert "0 products" in exported.stdout


def test_a_dry_run_changes_nothing(settings: dict[str, str], tmp_path: Path) -> None:
    done = fiberbot(settings, "catalog", "import", str(SAMPLE), "--dry-run")
    exported = fiberbot(settings, "catalog", "export", str(tmp_path / "none.csv"))

    assert "dry run" in done.stdout
    assert "0 products" in exported.stdout


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"DATABASE_URL": "postgresql://nobody:s3cret@127.0.0.1:1/none"}, "DATABASE_URL"),
        ({"DATABASE_URL": "notadatabase"}, "DATABASE_URL"),
    ],
)
def test_an_unusable_setting_is_one_sentence_without_its_secret(
    settings: dict[str, str], change: dict[str, str], named: str
) -> None:
    done = fiberbot({**settings, **change}, "leads", "list")

    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr + done.stdout


def test_a_missing_file_and_a_missing_lead_are_said_so(settings: dict[str, str]) -> None:
    missing = fiberbot(settings, "catalog", "import", "no_such.csv")
    nobody = fiberbot(settings, "leads", "show", "L-000099")

    assert "no_such.csv" in missing.stderr
    assert "L-000099" in nobody.stderr
    assert missing.returncode == nobody.returncode == 1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cli")).start()
    yield server
    server.stop()


LEAD = ("I'd like to be contacted", "Mira Testperson", "mira.testperson@example.com", "Testco")


def leave_a_lead(server: Server, sender: str) -> str:
    server.say("need 400G for a data center, no rework, every dB counts, performance first", sender)
    server.say("OS2", sender)
    server.say("30 m", sender)
    for line in (*LEAD, "skip"):
        server.say(line, sender)
    return texts(server.say("yes", sender))


def test_a_lead_left_in_a_chat_is_listed_and_shown_with_everything_known(server: Server) -> None:
    confirmed = leave_a_lead(server, "lead")
    settings = {**os.environ, "DATABASE_URL": f"sqlite:///{server.folder / 'server.db'}"}
    settings["COLUMNS"] = "200"
    listed = fiberbot(settings, "leads", "list").stdout
    shown = fiberbot(settings, "leads", "show", "L-000001").stdout

    assert "L-000001" in confirmed
    for known in ("L-000001", "Mira Testperson", "mira.testperson@example.com", "Testco"):
        assert known in listed
    for known in ("data_rate: 400", "INX-", "every dB counts", "MTP"):
        assert known in shown


def test_nothing_personal_is_logged(server: Server) -> None:
    leave_a_lead(server, "private")

    for private in ("Mira", "testperson", "Testco"):
        assert private not in server.log


def test_make_chat_talks_to_the_running_assistant(server: Server) -> None:
    settings = {**os.environ, "PORT": str(server.port)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat"], env=settings, input="what is an MPO?\n2\n",
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0
    assert "Multi-Fiber" in done.stdout or "Multi-fiber" in done.stdout
    assert done.stdout.count("1. ") >= 2  # the first answer's buttons, and those of button 2


def test_make_chat_starts_an_assistant_when_none_runs(tmp_path: Path) -> None:
    settings = {**os.environ, "PORT": str(free_port())}
    settings["DATABASE_URL"] = f"sqlite:///{tmp_path / 'chat.db'}"
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat"], env=settings, input="are you a bot?\n",
        capture_output=True, text=True, timeout=180,
    )  # fmt: skip

    assert "Yes, I'm a bot" in done.stdout
