"""A copy of the project whose files may be damaged, and its command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sales.settings import PROJECT

PACKAGES = ("actions", "bot", "desk", "sales", "data")
FILES = ("config.yml", "domain.yml", "credentials.yml", "endpoints.yml")
UNCHANGED = ("web", "deploy")
SKIPPED = shutil.ignore_patterns("__pycache__", "vendor")
OURS = ("REST_", "SLACK_", "SMTP_", "MAIL_", "WEBHOOK", "DESK_", "WEBSITE_", "ALLOWED_", "TRUSTED_",
        "REDIS_", "DATABASE_", "VAR_", "ENCODER_", "WEB_", "HOST", "PORT", "BUSINESS_")  # fmt: skip
TIMEOUT_S = 400


@dataclass(frozen=True)
class Scratch:
    """`run` starts the real command in the copy."""

    folder: Path

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return subprocess.run(
            [sys.executable, "-m", "bot", *words],
            cwd=self.folder,
            env={**kept, "COLUMNS": "400", "PYTHONPATH": str(self.folder), **env},
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip

    def file(self, path: str) -> Path:
        return self.folder / path


def scratch_project(folder: Path) -> Scratch:
    """The project as it is, with a trained model and a built encoder and widget."""
    for name in PACKAGES:
        shutil.copytree(PROJECT / name, folder / name, ignore=SKIPPED)
    for name in FILES:
        shutil.copyfile(PROJECT / name, folder / name)
    for name in UNCHANGED:
        (folder / name).symlink_to(PROJECT / name)
    if (PROJECT / "desk" / "static" / "vendor").is_dir():
        (folder / "desk" / "static" / "vendor").symlink_to(PROJECT / "desk" / "static" / "vendor")
    shutil.copytree(PROJECT / "models", folder / "models")
    (folder / "var").mkdir()
    shutil.copytree((PROJECT / "var" / "encoder").resolve(), folder / "var" / "encoder")
    return Scratch(folder)
