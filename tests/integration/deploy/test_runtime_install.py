"""What `make run` installs is enough: no package is there only because the tests want it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sales.settings import PROJECT
from tests.integration.server import Server, texts

IMPORT_ALL = """
import importlib, pathlib, pkgutil
from bot.stand_ins import stand_in
stand_in([pathlib.Path("config.yml")])
for name in ("actions", "bot", "desk", "sales"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith("__main__") and "migrations.env" not in module.name:
            importlib.import_module(module.name)
import rasa.cli.train, rasa.cli.run, rasa.cli.data, rasa.cli.test, rasa.model_training
import pytest
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Python of a new virtual environment with what requirements.lock names, and no more."""
    venv = tmp_path_factory.mktemp("runtime") / "venv"
    uv = shutil.which("uv") or str(PROJECT / ".venv" / "tools" / "bin" / "uv")
    found = venv / "bin" / "python"
    lock = PROJECT / "requirements.lock"
    for words in (
        ["venv", "--python", "3.11", str(venv)],
        ["pip", "sync", "--python", str(found), "--require-hashes", str(lock)],
        ["pip", "install", "--python", str(found), "--no-deps", "--editable", str(PROJECT)],
    ):
        subprocess.run([uv, *words], check=True, capture_output=True)
    yield found
    shutil.rmtree(venv)


def test_every_module_of_ours_finds_what_it_imports(python: Path) -> None:
    done = subprocess.run([python, "-c", IMPORT_ALL], cwd=PROJECT, capture_output=True, text=True)

    missing = done.stderr.strip().splitlines()[-1]
    assert missing == "ModuleNotFoundError: No module named 'pytest'"  # the last line, on purpose


def test_the_assistant_and_the_desk_answer(agent: object, python: Path, tmp_path: Path) -> None:
    server = Server(tmp_path, python=str(python)).start()  # `agent`: the model is trained
    try:
        answer = texts(server.say("difference between MTP and MPO?"))
        desk = requests.get(f"http://127.0.0.1:{server.desk_port}/", timeout=10)
    finally:
        server.stop()

    assert "US Conec" in answer
    assert "password" in desk.text.lower()
