"""Where and with what a figure was measured."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sales.settings import PROJECT

PACKAGES = ("rasa", "tensorflow-cpu", "sanic", "sqlalchemy", "onnxruntime", "numpy")


def circumstances(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Time, machine, load before, versions and commit."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(memory_bytes() / 1e9, 1),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {"Python": platform.python_version()} | {p: version(p) for p in packages},
        "commit": commit(),
    }


def cpu() -> str:
    """The processor's name."""
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.is_file():
        named = re.search(r"model name\s*: (.+)", cpu_info.read_text())
        if named:
            return named.group(1)
    return platform.processor() or platform.machine()


def memory_bytes() -> int:
    """All of the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def commit() -> str:
    """The commit that is checked out, "+" behind it when files have changed; "" without git."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=PROJECT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def told(facts: dict[str, Any]) -> str:
    """The circumstances in one line."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return (
        f"{facts['at'][:10]}, {facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, "
        f"{facts['system']}; load before {facts['load']}; commit {facts['commit'] or 'unknown'}; "
        f"{versions}."
    )
