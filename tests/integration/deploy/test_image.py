"""The image: its recipe is sound, and what it installs is what it runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pathspec import PathSpec

from sales.settings import PROJECT
from tests.integration.deploy.names import DEPLOY, settings_known

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)
SECRETS = (".env", "deploy/.env", "deploy/tls.pem", "var/website.secret", "var/fiberbot.db",
           ".git/config", "house.backup")  # fmt: skip


def locked(file: str) -> dict[str, str]:
    return {name: version for name, version, _ in LOCKED.findall((PROJECT / file).read_text())}


def copied() -> Iterator[str]:
    """What the recipe copies out of the project."""
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        yield from line.split()[:-1]


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", sorted(set(copied()) - {"."}))
def test_what_the_image_copies_exists_and_reaches_the_builder(path: str) -> None:
    assert (PROJECT / path).exists()
    assert not is_ignored(path if (PROJECT / path).is_file() else f"{path}/__init__.py")


@pytest.mark.parametrize("path", SECRETS)
def test_no_secret_and_no_data_reaches_the_builder(path: str) -> None:
    assert is_ignored(path)


def test_what_starts_the_assistant_reaches_the_builder() -> None:
    names = ("bot/cli.py", "data/nlu.yml", "web/src/protocol.ts", "web/package-lock.json",
             "sales/migrations/env.py", "desk/templates/base.html")  # fmt: skip

    assert [name for name in names if is_ignored(name) or not (PROJECT / name).is_file()] == []


def is_ignored(path: str) -> bool:
    spec = PathSpec.from_lines("gitignore", (PROJECT / ".dockerignore").read_text().splitlines())
    return spec.match_file(path)


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    assert re.search(r"^USER ([1-9]\d+):[1-9]\d+$", FINAL, re.MULTILINE)
    assert "\nSTOPSIGNAL SIGTERM\n" in FINAL
    assert "\nHEALTHCHECK " in FINAL
    assert "\nVOLUME /app/var\n" in FINAL


def test_every_setting_of_the_image_is_one() -> None:
    names = set(re.findall(r"^\s+([A-Z_]+)=", FINAL, re.MULTILINE))
    others = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "RASA_TELEMETRY_ENABLED",
              "ORT_DISABLE_TELEMETRY"}  # fmt: skip

    assert names - others - {"MPLCONFIGDIR"} <= settings_known()


def test_what_runs_is_locked_alike_for_tests_and_has_no_tools_for_them() -> None:
    runs, tests = locked("requirements.lock"), locked("requirements-dev.lock")

    assert {name: tests.get(name) for name in runs} == runs
    assert {"rasa", "sanic", "psycopg2-binary"} <= set(runs)
    for tool in ("pytest", "mypy", "ruff", "playwright", "hypothesis", "kubernetes-validate"):
        assert tool in tests
        assert tool not in runs


def test_nothing_that_reports_to_its_maker_is_locked() -> None:
    major, minor = map(int, locked("requirements.lock")["onnxruntime"].split(".")[:2])

    assert (major, minor) < (1, 29)  # from then on it sends usage data unless told not to
    assert FINAL.count("ORT_DISABLE_TELEMETRY=1") == 1
    assert FINAL.count("RASA_TELEMETRY_ENABLED=false") == 1


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_hashes_and_no_address(name: str) -> None:
    text = (PROJECT / name).read_text()

    for entry in re.split(r"\n(?=[a-z])", text.partition("\n")[2])[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in text
