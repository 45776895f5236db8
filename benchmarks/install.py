"""What installing takes from a fresh clone: time, disk, and by which packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Row
from benchmarks.installed import Package, imported_modules, packages, size
from benchmarks.part import Bench, Result
from benchmarks.turns import CONVERSATION
from sales.settings import PROJECT

INSTALL, RUNTIME = ["deploy/install.sh"], "--runtime"  # without the tools for tests
LARGEST = 15  # packages told
LEAST_MB = 3  # packages below it are not worth a line
NEEDED_BYTES = 8_000_000_000


def measure(bench: Bench) -> Result:
    """Clones, installs and sets up in a temporary folder; needs the package index."""
    bench.stop_pair()
    free = shutil.disk_usage(bench.folder).free
    if free < NEEDED_BYTES:
        raise BenchmarkError(
            f"Installing needs {NEEDED_BYTES / 1e9:.0f} GB in {bench.folder.parent}, and "
            f"{free / 1e9:.1f} GB are free. Make room, or set TMPDIR to a larger disk."
        )
    clone = bench.folder / "clone"
    _timed(bench, "git clone", ["git", "clone", "--quiet", str(PROJECT), str(clone)], PROJECT)
    install_s = _timed(bench, " ".join(INSTALL), INSTALL, clone)
    rows = [
        Row("Install: packages, with the tools for tests", "s", install_s),
        Row("Disk: packages, with the tools for tests", "MB", size(_site(clone)) / 1e6),
    ]
    if RUNTIME in (clone / INSTALL[0]).read_text(encoding="utf-8"):
        _timed(bench, f"{INSTALL[0]} {RUNTIME}", [*INSTALL, RUNTIME], clone)
    setup_s = _timed(bench, "fiberbot setup", [".venv/bin/fiberbot", "setup"], clone)
    found = _packages(clone)
    unused = sum(each.megabytes for each in found if not each.is_imported)
    rows += [
        Row("Install: encoder, widget, database, training", "s", setup_s),
        Row("Disk: packages for serving", "MB", sum(each.megabytes for each in found)),
        Row("Disk: of these never imported while serving", "MB", unused),
        Row("Disk: everything of an installation that serves", "MB", size(clone) / 1e6),
    ]
    return Result(rows, notes(found))


def notes(found: Sequence[Package]) -> list[str]:
    """The largest packages, and the largest of those that a chat does not import."""
    unused = [p for p in found if not p.is_imported and p.megabytes >= LEAST_MB]
    return [
        "Packages are installed from uv's cache where it has them; a first download adds its time.",
        f"Largest packages: {_listed(found[:LARGEST])}.",
        f"Never imported while serving and talking: {_listed(unused)}.",
    ]


def _listed(found: Sequence[Package]) -> str:
    return ", ".join(f"{each.name} {each.megabytes:.0f} MB" for each in found) or "none"


def _packages(clone: Path) -> list[Package]:
    env = _environment() | {"DATABASE_URL": f"sqlite:///{clone / 'var' / 'fiberbot.db'}"}
    texts = [turn.text for turn in CONVERSATION]
    python = clone / ".venv" / "bin" / "python"
    imported = imported_modules(python, clone, env, texts)
    return packages(_site(clone), imported)


def _site(clone: Path) -> Path:
    return next((clone / ".venv" / "lib").glob("python3*")) / "site-packages"


def _timed(bench: Bench, what: str, command: list[str], folder: Path) -> float:
    bench.say(f"{what} ...")
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        end = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise BenchmarkError(f"{what} failed on a fresh clone. The end of what it said:\n{end}")
    took_s = time.perf_counter() - began
    bench.say(f"{what}: {took_s:.0f} s")
    return took_s


def _environment() -> dict[str, str]:
    """As a newcomer's shell: no virtual environment of ours, compiled modules kept."""
    unwanted = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if name not in unwanted}
